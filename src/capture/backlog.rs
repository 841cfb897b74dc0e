//! Lines that wait to be written, and the records left out because too many waited.

use std::collections::{BTreeMap, VecDeque};

use super::lines;
use crate::journal::Entry;
use crate::model::{Gap, GapReason, StreamArn, Time};
use crate::store::{Page, RecordRef};

/// A piece of so many bytes is written at once: it packs well, and little is lost with it.
pub const FULL: usize = 1 << 20;

/// Whole lines in pieces of about [`FULL`] bytes, oldest first.
#[derive(Debug, Default)]
pub struct Backlog {
    pieces: VecDeque<Piece>,
    bytes: usize,
    left_out: BTreeMap<StreamArn, Span>,
}

#[derive(Debug, Default)]
pub struct Piece {
    pub lines: Vec<u8>,
    pub records: u64,
}

/// From when to when records were created.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Time,
    until: Time,
}

impl Backlog {
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn add(&mut self, entry: &Entry) {
        self.tell_gaps();
        self.write(entry);
    }

    /// Leaves out a page. `now` stands for times that are not known.
    pub fn leave_out(&mut self, stream: &StreamArn, page: &Page, now: Time) {
        let times = page.records().map(|record: RecordRef<'_>| record.time().unwrap_or(now));
        let (from, until) = times.fold((now, Time::from_micros(i64::MIN)), |(from, until), time| {
            (from.min(time), until.max(time))
        });
        let span = Span { from, until: until.max(from) };
        let known = self.left_out.entry(stream.clone()).or_insert(span);
        *known = Span { from: known.from.min(span.from), until: known.until.max(span.until) };
    }

    /// Says, where they would stand, that records were left out.
    pub fn tell_gaps(&mut self) {
        for (stream, Span { from, until }) in std::mem::take(&mut self.left_out) {
            let reason = GapReason::NotCaptured { from, until };
            self.write(&Entry::Gap { stream, gap: Gap { shard: None, reason, after: None } });
        }
    }

    fn write(&mut self, entry: &Entry) {
        if self.pieces.back().is_none_or(|piece| piece.lines.len() >= FULL) {
            self.pieces.push_back(Piece::default());
        }
        let Some(piece) = self.pieces.back_mut() else { return };
        let before = piece.lines.len();
        lines::write(&mut piece.lines, entry);
        self.bytes += piece.lines.len() - before;
        if let Entry::Page { page, .. } = entry {
            piece.records += page.len() as u64;
        }
    }

    /// What is to be written next.
    pub fn first(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    /// The first has been written.
    pub fn drop_first(&mut self) {
        if let Some(piece) = self.pieces.pop_front() {
            self.bytes -= piece.lines.len();
        }
    }

    /// How many records wait.
    pub fn records(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.records).sum()
    }
}
