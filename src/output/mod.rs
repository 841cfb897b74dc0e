//! Records as text.

mod changes;
pub mod command;
pub mod csv;
pub mod jsonl;
pub mod lambda_event;
mod pretty;
mod private;

use std::io::{self, Write};
use std::num::NonZeroUsize;

use crate::journal::{Entry, StreamFact};
use crate::model::text::{escape_json, sanitize_lines};
use crate::model::{Gap, Marker, ShardId, StreamArn};
use crate::store::{Page, Poison, RecordRef};
use lambda_event::Batches;
pub use private::{NotPrivate, page as private_page};

/// Written to the sink in pieces of about this size.
const BUFFER: usize = 64 * 1024;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line of changes for people
    Pretty,
    /// A line of JSON, in the shape that Lambda receives
    Jsonl,
    /// One array of the same
    Json,
    /// A line for people, then one for each change
    Diff,
    /// A spreadsheet's lines, the first of them the columns
    Csv,
    /// A line for each event of a Lambda function
    LambdaEvent,
}

/// Writes records to a sink.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Writer<W> {
    sink: W,
    buffer: Vec<u8>,
    format: Format,
    plain_images: bool,
    facts: bool,
    several_streams: bool,
    color: bool,
    on_terminal: bool,
    /// An element of the array has been written.
    has_begun: bool,
    /// The event that is open.
    event: Batches,
}

impl<W: Write> Writer<W> {
    pub fn new(sink: W, format: Format) -> Self {
        let buffer = Vec::with_capacity(2 * BUFFER);
        Self {
            sink,
            buffer,
            format,
            plain_images: false,
            facts: false,
            several_streams: false,
            color: false,
            on_terminal: false,
            has_begun: false,
            event: Batches::new(NonZeroUsize::MIN),
        }
    }

    /// Gaps and poison are lines too, where the format has a place for them.
    #[must_use]
    pub fn with_facts(mut self, facts: bool) -> Self {
        self.facts = facts;
        self
    }

    /// Keys and images are written as plain JSON, where they are written as JSON.
    #[must_use]
    pub fn with_plain_images(mut self, plain: bool) -> Self {
        self.plain_images = plain;
        self
    }

    /// Lines for people name the table.
    #[must_use]
    pub fn with_tables(mut self, several_streams: bool) -> Self {
        self.several_streams = several_streams;
        self
    }

    /// Records in an event of Lambda at most.
    #[must_use]
    pub fn with_batch_size(mut self, size: NonZeroUsize) -> Self {
        self.event = Batches::new(size);
        self
    }

    /// From now on lines for people name the table.
    pub fn name_tables(&mut self) {
        self.several_streams = true;
    }

    /// Lines for people are coloured.
    #[must_use]
    pub fn with_color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    /// What a terminal would obey is escaped, also in JSON, where its value stays the same.
    #[must_use]
    pub fn with_terminal(mut self, on_terminal: bool) -> Self {
        self.on_terminal = on_terminal;
        self
    }

    pub fn record(
        &mut self,
        stream: &StreamArn,
        shard: &ShardId,
        key_names: &[String],
        record: RecordRef<'_>,
    ) -> io::Result<()> {
        let table = self.several_streams.then(|| stream.table());
        let line = if self.plain_images { jsonl::unmarshalled } else { jsonl::record };
        match self.format {
            Format::Jsonl | Format::Json => {
                self.json(|out| line(out, stream, shard, record));
            }
            Format::Pretty => pretty::record(&mut self.buffer, table, key_names, self.color, record),
            Format::Diff => changes::record(&mut self.buffer, table, key_names, self.color, record),
            Format::Csv => {
                self.begin_table();
                csv::record(&mut self.buffer, stream, shard, key_names, record);
            }
            Format::LambdaEvent => self.event.record(&mut self.buffer, stream, record),
        }
        if self.buffer.len() >= BUFFER { self.hand_over() } else { Ok(()) }
    }

    pub fn gap(&mut self, stream: &StreamArn, gap: &Gap) {
        if !self.facts {
            return;
        }
        match self.format {
            Format::Jsonl | Format::Json => self.json(|out| jsonl::gap(out, stream, gap)),
            Format::Pretty | Format::Diff => pretty::gap(&mut self.buffer, stream, self.color, gap),
            Format::Csv | Format::LambdaEvent => {}
        }
    }

    /// A marker is a line for people who asked for it; for programs it is a fact among others.
    pub fn marker(&mut self, marker: &Marker) {
        match self.format {
            Format::Jsonl | Format::Json if self.facts => self.json(|out| jsonl::marker(out, marker)),
            Format::Pretty | Format::Diff => pretty::marker(&mut self.buffer, self.color, marker),
            Format::Jsonl | Format::Json | Format::Csv | Format::LambdaEvent => {}
        }
    }

    /// Something that a capture says beside its records. Only lines of JSON have a place for all of it.
    pub fn fact(&mut self, fact: &Entry) {
        match fact {
            Entry::Gap { stream, gap } => self.gap(stream, gap),
            Entry::Stream(StreamFact { stream, status, view_type, key_names }) => {
                self.json_fact(|out| jsonl::stream(out, stream, status, view_type, key_names));
            }
            Entry::Shard { stream, shard } => self.json_fact(|out| jsonl::shard(out, stream, shard)),
            Entry::Marker(marker) => self.marker(marker),
            Entry::Page { .. } => {}
        }
    }

    fn json_fact(&mut self, line: impl FnOnce(&mut Vec<u8>)) {
        if self.facts && matches!(self.format, Format::Jsonl | Format::Json) {
            self.json(line);
        }
    }

    /// Says that an item was not as the record before had left it. It is no fact of the stream, so
    /// lines of JSON are without it.
    pub fn broken_link(&mut self) {
        if matches!(self.format, Format::Pretty | Format::Diff) {
            pretty::broken_link(&mut self.buffer, self.color);
        }
    }

    pub fn poison(&mut self, stream: &StreamArn, shard: &ShardId, page: &Page, poison: &Poison) {
        if !self.facts {
            return;
        }
        match self.format {
            Format::Jsonl | Format::Json => {
                self.json(|out| jsonl::poison(out, stream, shard, page, poison));
            }
            Format::Pretty | Format::Diff => {
                pretty::poison(&mut self.buffer, stream, shard, self.color, poison);
            }
            Format::Csv | Format::LambdaEvent => {}
        }
    }

    /// A line of JSON, or an element of the array.
    fn json(&mut self, line: impl FnOnce(&mut Vec<u8>)) {
        if self.format == Format::Json {
            self.buffer.extend(if self.has_begun { b",\n" } else { b"[\n" });
        }
        self.has_begun = true;
        line(&mut self.buffer);
        if self.format == Format::Json {
            self.buffer.pop_if(|byte| *byte == b'\n');
        }
    }

    /// The columns stand above the first line.
    fn begin_table(&mut self) {
        if !self.has_begun {
            self.has_begun = true;
            self.buffer.extend(csv::HEADER.as_bytes());
        }
    }

    /// Ends the array and hands over what is buffered.
    pub fn finish(&mut self) -> io::Result<()> {
        match self.format {
            Format::Json => self.buffer.extend(if self.has_begun { &b"\n]\n"[..] } else { b"[]\n" }),
            Format::Csv => self.begin_table(),
            Format::Pretty | Format::Jsonl | Format::Diff | Format::LambdaEvent => {}
        }
        self.flush()
    }

    /// Hands over all that was written. An event that is open ends: who waits for it has what there is.
    pub fn flush(&mut self) -> io::Result<()> {
        self.event.end(&mut self.buffer);
        self.hand_over()
    }

    /// Hands over what is buffered. It is not written a second time when that fails.
    fn hand_over(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let is_json = matches!(self.format, Format::Jsonl | Format::Json | Format::LambdaEvent);
        let written = if self.on_terminal && self.format == Format::Csv {
            self.sink.write_all(sanitize_lines(&String::from_utf8_lossy(&self.buffer)).as_bytes())
        } else if self.on_terminal && is_json {
            self.sink.write_all(escape_json(&String::from_utf8_lossy(&self.buffer)).as_bytes())
        } else {
            self.sink.write_all(&self.buffer)
        };
        let written = written.and_then(|()| self.sink.flush());
        self.buffer.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GapReason, SequenceNumber, Time};
    use crate::source::wire;

    /// A record that is none, then a gap.
    fn facts(format: Format, color: bool) -> String {
        let stream = "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026-01-01T00:00:00.000";
        let (stream, shard) = (StreamArn::parse(stream).unwrap(), ShardId::new("shard-1"));
        let answer = wire::read_records(br#"{"Records":["\u001b[2J"]}"#).unwrap();
        let mut sink = vec![];
        let mut writer = Writer::new(&mut sink, format).with_facts(true).with_color(color);
        writer.poison(&stream, &shard, &answer.page, &answer.page.poison()[0]);
        let after = Some(SequenceNumber::new("7"));
        writer.gap(&stream, &Gap::in_shard(shard, GapReason::Trimmed, after));
        writer.marker(&Marker { time: Time::from_seconds(60), label: "run \u{1b}3".into() });
        writer.finish().unwrap();
        String::from_utf8(sink).unwrap()
    }

    #[test]
    fn what_is_no_record_is_a_line_in_the_format_of_the_others() {
        let json = facts(Format::Jsonl, false);
        let kinds = ["poison", "gap", "marker"];
        let lines: Vec<serde_json::Value> =
            json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        for (line, kind) in lines.iter().zip(kinds) {
            assert_eq!(line["dynascope"]["kind"], kind);
        }
        let array: Vec<serde_json::Value> = serde_json::from_str(&facts(Format::Json, false)).unwrap();
        assert_eq!(array, lines);
        insta::assert_snapshot!(facts(Format::Pretty, false), @r#"
        ! POISON  orders  shard shard-1: it is no object
        ! GAP     orders  shard shard-1 after 7: records were trimmed before they were read
        ── marker  1970-01-01 00:01:00  run \x1b3
        "#);
        assert_eq!(facts(Format::Diff, false), facts(Format::Pretty, false));
        assert_eq!(
            (facts(Format::Csv, false).lines().count(), facts(Format::LambdaEvent, false)),
            (1, String::new())
        );
        // Programs that did not ask for facts see none; markers that people asked for are shown.
        for (format, shown) in
            [(Format::Jsonl, ""), (Format::Pretty, "── marker  1970-01-01 00:01:00  here\n")]
        {
            let mut sink = vec![];
            let mut writer = Writer::new(&mut sink, format);
            writer.marker(&Marker { time: Time::from_seconds(60), label: "here".into() });
            writer.finish().unwrap();
            assert_eq!(String::from_utf8(sink).unwrap(), shown);
        }
        assert!(facts(Format::Diff, true).contains("\u{1b}[35m! GAP   \u{1b}[0m  orders"));
    }
}
