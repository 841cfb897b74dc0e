//! Keeps what it is told in a file, and goes on when that cannot be written.

use std::fs::File;
use std::io;
use std::path::Path;

use super::backlog::{Backlog, FULL};
use crate::files::{Growing, GrowingError, Sink};
use crate::journal::{Entry, Kept};
use crate::model::Time;

/// How a capture begins, or a file of records that it may be appended to.
const BEGINNINGS: &[&[u8]] = &[b"{\"dynascope\":{\"v\":", b"{\"eventID\":"];
/// While nothing can be written so many bytes of records wait, and no more.
const WAITING: usize = 16 << 20;

/// Takes entries and writes their lines.
///
/// Only records are ever left out: stream, shards, gaps and markers are few, and whoever tells of them
/// holds as many in memory.
#[derive(Debug)]
pub struct Keeper<S = File> {
    file: Growing<S>,
    backlog: Backlog,
    kept: Kept,
    waiting: usize,
}

impl Keeper {
    /// Opens a capture to append to, or makes it; beside it, how many bytes were cut off its torn end.
    pub fn open(path: &Path) -> Result<(Self, u64), GrowingError> {
        let (file, cut) = Growing::open(path, BEGINNINGS)?;
        Ok((Self::on(file), cut))
    }
}

impl<S: Sink> Keeper<S> {
    fn on(file: Growing<S>) -> Self {
        let kept = Kept { bytes: file.len(), ..Kept::default() };
        Self { file, backlog: Backlog::default(), kept, waiting: WAITING }
    }

    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Whether something waits to be handed over.
    pub fn is_waiting(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether lines are better handed over at once than together with others.
    pub fn is_prompt(&self) -> bool {
        !self.file.is_packed() && self.kept.trouble.is_none()
    }

    /// Takes an entry. `now` stands for times of records that are not known.
    pub fn take(&mut self, entry: &Entry, now: Time) {
        match entry {
            Entry::Page { stream, page, .. } if self.backlog.bytes() >= self.waiting => {
                self.backlog.leave_out(stream, page, now);
                self.kept.left_out += page.len() as u64;
            }
            Entry::Page { .. }
            | Entry::Stream(_)
            | Entry::Shard { .. }
            | Entry::Gap { .. }
            | Entry::Marker(_) => {
                self.backlog.add(entry);
            }
        }
        if self.backlog.bytes() >= FULL && self.kept.trouble.is_none() {
            self.hand_over();
        }
    }

    /// Writes what waits. What cannot be written waits on.
    pub fn hand_over(&mut self) {
        self.kept.trouble = self.write().err().map(|error| error.to_string());
        self.kept.bytes = self.file.len();
    }

    fn write(&mut self) -> io::Result<()> {
        self.write_pieces()?;
        self.backlog.tell_gaps();
        self.write_pieces()
    }

    fn write_pieces(&mut self) -> io::Result<()> {
        while let Some(piece) = self.backlog.first() {
            self.file.append(&piece.lines)?;
            self.kept.records += piece.records;
            self.backlog.drop_first();
        }
        Ok(())
    }

    /// Writes all that waits, to the disk itself; what cannot be written is lost, and counted.
    pub fn finish(&mut self) {
        self.hand_over();
        self.kept.left_out += self.backlog.records();
        if let (None, Err(error)) = (&self.kept.trouble, self.file.sync()) {
            self.kept.trouble = Some(error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::disk::Disk;
    use crate::model::{Marker, ShardId, StreamArn};
    use crate::source::wire;
    use serde_json::Value;

    const NOW: Time = Time::from_seconds(1_000);

    fn stream() -> StreamArn {
        StreamArn::parse("arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000").unwrap()
    }

    /// A page of one record, by its number, of so many seconds.
    fn page(number: u32) -> Entry {
        let body = format!(
            "{{\"Records\":[{{\"eventID\":\"e{number}\",\"eventName\":\"INSERT\",\"dynamodb\":{{\
             \"ApproximateCreationDateTime\":{number},\"SequenceNumber\":\"{number}\"}}}}]}}"
        );
        let page = Arc::new(wire::read_records(body.as_bytes()).unwrap().page);
        Entry::Page { stream: stream(), shard: ShardId::new("s"), page }
    }

    fn marker(label: &str) -> Entry {
        Entry::Marker(Marker { time: NOW, label: label.into() })
    }

    fn keeper(room: usize, is_packed: bool) -> Keeper<Disk> {
        Keeper::on(Growing::on(Disk { room, ..Disk::default() }, is_packed))
    }

    /// What is on the disk, in few words: every line is whole.
    fn told(keeper: &mut Keeper<Disk>) -> Vec<String> {
        let is_packed = keeper.file.is_packed();
        let bytes = &keeper.file.sink().bytes;
        let text = if is_packed { zstd::stream::decode_all(&bytes[..]).unwrap() } else { bytes.clone() };
        let text = String::from_utf8(text).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        let word = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let fact = &line["dynascope"];
            let text = |value: &Value| value.as_str().map(str::to_owned);
            text(&line["eventID"])
                .or(text(&fact["label"]))
                .or(text(&fact["until"]).map(|until| format!("{} {until}", fact["from"].as_str().unwrap())))
                .unwrap_or_else(|| text(&fact["kind"]).unwrap())
        };
        text.lines().map(word).collect()
    }

    #[test]
    fn a_disk_that_is_full_leaves_whole_lines_and_what_waited_is_written_once_there_is_room() {
        for is_packed in [false, true] {
            let mut keeper = keeper(600, is_packed);
            let mut taken = 0;
            while keeper.kept().trouble.is_none() {
                taken += 1;
                keeper.take(&page(taken), NOW);
                keeper.hand_over();
            }
            let trouble = keeper.kept().trouble.clone().unwrap();
            assert!(trouble.contains("No space left on device"), "{trouble}");
            let written = told(&mut keeper).len() as u32;
            assert_eq!((written, keeper.kept().records), (taken - 1, u64::from(taken - 1)));
            keeper.take(&page(taken + 1), NOW);
            keeper.hand_over();
            assert_eq!(told(&mut keeper).len() as u32, written);
            keeper.file.sink().room = 1 << 20;
            keeper.hand_over();
            let all: Vec<String> = (1..=taken + 1).map(|number| format!("e{number}")).collect();
            assert_eq!((told(&mut keeper), keeper.kept().is_whole()), (all, true));
        }
    }

    #[test]
    fn what_is_too_much_to_wait_is_left_out_and_becomes_a_gap_where_it_was() {
        let mut keeper = keeper(0, false);
        keeper.hand_over();
        keeper.waiting = 200;
        keeper.take(&page(1), NOW);
        keeper.hand_over();
        assert!(keeper.kept().trouble.is_some());
        for number in [2, 60, 7] {
            keeper.take(&page(number), NOW);
        }
        // Facts are never left out.
        assert_eq!(keeper.kept().left_out, 3);
        keeper.file.sink().room = 1 << 20;
        keeper.hand_over();
        keeper.take(&page(61), NOW);
        keeper.hand_over();
        let gap = "1970-01-01T00:00:02Z 1970-01-01T00:01:00Z";
        assert_eq!(told(&mut keeper), ["e1", gap, "e61"]);
        assert_eq!((keeper.kept().records, keeper.kept().left_out), (2, 3));
        assert_eq!(keeper.kept().trouble, None);
    }

    #[test]
    fn facts_are_not_left_out_and_come_behind_the_gap_before_them() {
        let mut keeper = keeper(0, true);
        keeper.waiting = 1;
        keeper.take(&marker("a"), NOW);
        keeper.hand_over();
        keeper.take(&page(5), NOW);
        keeper.take(&marker("b"), NOW);
        keeper.file.sink().room = 1 << 20;
        keeper.finish();
        assert_eq!(told(&mut keeper), ["a", "1970-01-01T00:00:05Z 1970-01-01T00:00:05Z", "b"]);
    }

    #[test]
    fn what_cannot_be_written_at_the_end_is_counted_as_missing() {
        let mut keeper = keeper(0, true);
        keeper.take(&page(1), NOW);
        keeper.finish();
        let kept = keeper.kept();
        assert_eq!((kept.records, kept.left_out, kept.trouble.is_some()), (0, 1, true));
    }

    #[test]
    fn what_could_not_be_understood_is_a_line_behind_its_page() {
        let body = br#"{"Records":["no object",{"eventID":"e1","eventName":"INSERT","dynamodb":{"SequenceNumber":"1"}}]}"#;
        let page = Arc::new(wire::read_records(body).unwrap().page);
        let mut keeper = keeper(1 << 20, false);
        keeper.take(&Entry::Page { stream: stream(), shard: ShardId::new("s"), page }, NOW);
        keeper.finish();
        assert_eq!(told(&mut keeper), ["e1", "poison"]);
    }

    #[test]
    fn a_megabyte_is_written_without_being_asked() {
        let mut keeper = keeper(8 << 20, true);
        let body = format!(
            "{{\"Records\":[{{\"eventID\":\"e1\",\"eventName\":\"INSERT\",\"dynamodb\":{{\"SequenceNumber\":\"1\",\
             \"NewImage\":{{\"a\":{{\"S\":\"{}\"}}}}}}}}]}}",
            "x".repeat(FULL / 2)
        );
        let page = Arc::new(wire::read_records(body.as_bytes()).unwrap().page);
        let entry = Entry::Page { stream: stream(), shard: ShardId::new("s"), page };
        keeper.take(&entry, NOW);
        assert!(keeper.is_waiting());
        keeper.take(&entry, NOW);
        assert!(!keeper.is_waiting());
        assert_eq!(keeper.kept().records, 2);
    }
}
