//! One page of GetRecords.

use std::time::Duration;

use super::item::write_text;
use super::iterator::{Position, ShardIterator};
use super::place::Place;
use super::record;
use super::shard::{RETENTION, ShardState};
use super::stream::Stream;
use crate::model::Time;

/// A page of GetRecords, as its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordsPage {
    /// `{"Records":[...],"NextShardIterator":"..."}`
    pub body: String,
    pub records: usize,
    /// Absent at the end of a closed shard, where the last records may come too.
    pub next: Option<String>,
    /// The body without its end, where `next` is written.
    records_end: usize,
}

/// A page holds about a megabyte of records at most.
const PAGE_BYTES: usize = 1 << 20;
/// How far one call looks for records: beyond it the page ends, perhaps empty.
const PAGE_PLACES: Place = 1 << 17;
/// Each stretch of this length without a record costs a reader an empty page...
const EMPTY_STRETCH: Duration = Duration::from_mins(30);
/// ...up to so many.
const MOST_EMPTY_PAGES: u128 = 4;

/// What a page is read from.
#[derive(Debug)]
pub struct Reading<'a> {
    pub stream: &'a Stream,
    pub shard: &'a ShardState,
    pub iterator: &'a ShardIterator,
    pub region: &'a str,
    pub now: Time,
    pub limit: usize,
    /// One in so many records cannot be decoded.
    pub poison: Option<u64>,
    /// Times are rounded to the minute.
    pub is_rounded: bool,
}

impl Reading<'_> {
    /// The page of the records from `from` on.
    pub fn page(&self, from: Place) -> RecordsPage {
        let log = &self.stream.log;
        let known = self.shard.end.unwrap_or_else(|| log.end(self.now));
        let until = known.min(from.saturating_add(PAGE_PLACES)).max(from);
        let first = log.find(self.shard, from, until);
        let reached = first.map_or_else(|| self.end_of_stretch(until), |first| first.created());
        if u128::from(self.iterator.crossed) < self.empty_pages(from, reached) {
            let crossed = self.iterator.crossed + 1;
            return RecordsPage::new("{\"Records\":[".to_owned(), 0, Some(self.token(from, crossed)));
        }

        let mut body = String::with_capacity(if first.is_some() { 64 << 10 } else { 512 });
        body.push_str("{\"Records\":[");
        let (mut records, mut bytes, mut next) = (0, 0, until);
        let mut at = first;
        while let Some(found) = at {
            if records == self.limit {
                next = found.place();
                break;
            }
            let before = body.len();
            if records > 0 {
                body.push(',');
            }
            let start = body.len();
            bytes += found.write(&mut body, self.region);
            if records > 0 && bytes > PAGE_BYTES {
                body.truncate(before);
                next = found.place();
                break;
            }
            if self.is_rounded {
                record::round_time(&mut body, start);
            }
            let [die, _] = found.event_id();
            if self.poison.is_some_and(|one_in| die.is_multiple_of(one_in.max(1))) {
                record::poison(&mut body, start);
            }
            records += 1;
            at = log.find(self.shard, found.place() + 1, until);
        }
        let is_over = self.shard.end.is_some_and(|end| next >= end)
            && (records == 0 || self.empty_pages(next, self.end_of_stretch(next)) == 0);
        // A reader that waits at the newest end has crossed what was empty there.
        let crossed = if records == 0 { self.iterator.crossed.saturating_add(1) } else { 0 };
        let next = (!is_over).then(|| self.token(next, crossed));
        RecordsPage::new(body, records, next)
    }

    fn end_of_stretch(&self, until: Place) -> Time {
        match self.shard.end.zip(self.shard.closed_at) {
            Some((end, closed)) if until >= end => closed,
            _ => self.now,
        }
    }

    /// How many empty pages lie between `from` and the next record, which came at `reached`.
    fn empty_pages(&self, from: Place, reached: Time) -> u128 {
        let quiet = self.stream.log.time_before(self.shard, from).max(self.now.minus(RETENTION));
        (reached.since(quiet).as_micros() / EMPTY_STRETCH.as_micros()).min(MOST_EMPTY_PAGES)
    }

    fn token(&self, place: Place, crossed: u8) -> String {
        let iterator =
            ShardIterator { issued: self.now, at: Position::At(place), crossed, ..self.iterator.clone() };
        iterator.token()
    }
}

impl RecordsPage {
    fn new(mut body: String, records: usize, next: Option<String>) -> Self {
        body.push(']');
        let mut page = Self { records_end: body.len(), body, records, next: None };
        page.end_with(next);
        page
    }

    fn end_with(&mut self, next: Option<String>) {
        self.body.truncate(self.records_end);
        if let Some(next) = &next {
            self.body.push_str(",\"NextShardIterator\":");
            write_text(&mut self.body, next);
        }
        self.body.push('}');
        self.next = next;
    }

    /// Makes the next page this one again.
    pub fn repeat(&mut self, token: &str) {
        self.end_with(Some(token.to_owned()));
    }
}
