//! How far one shard has been read, and which of its records are new.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use super::position::{self, Position};
use super::request::TailId;
use crate::model::{Precision, SequenceNumber, SourceError, Time, sequence_number};
use crate::store::Page;

/// Sequence numbers remembered by shard to tell a repeated record from one out of order: two pages.
const REMEMBERED: usize = 2_000;

/// What is done at a shard, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShardState {
    /// It closed before the start that was asked for.
    BeforeStart,
    /// Its parent has not been read to the end.
    WaitingForParent,
    /// An iterator has been asked for.
    Starting,
    Reading,
    /// Open, and nothing more to read at the moment.
    CaughtUp,
    /// A call failed and is being repeated.
    Slowed(SourceError),
    /// An answer had no next iterator; a listing has to confirm the end.
    VerifyingEnd,
    Exhausted(End),
    /// It is not read until a retry.
    Failed(SourceError),
    /// Its records are in a file. Whether they are all there are nobody knows.
    Captured,
}

/// Why there is nothing more to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Closed, and read to its last record.
    Drained,
    /// All of it has passed the trim horizon.
    Trimmed,
    /// The service no longer knows the shard.
    Gone,
    /// What comes next, there and in its descendants, has been read by another reading.
    Met,
}

/// How far a shard has been read.
#[derive(Clone, Debug)]
pub struct Progress {
    pub state: ShardState,
    pub records: u64,
    /// Bytes of the records' JSON.
    pub bytes: u64,
    pub last: Option<SequenceNumber>,
    /// When the last answer came.
    pub read_at: Option<Time>,
    /// Iterators that had to be renewed, in all.
    pub renewed: u32,
    pub(super) tail: Option<TailId>,
    pub(super) from: Position,
    /// Where it stood before the page that was read last.
    pub(super) before: Position,
    /// No record has come since its tail was started.
    pub(super) is_anew: bool,
    /// When the record that was read last was created, wanted or not.
    pub at: Option<Time>,
    /// Records that were created before this time are not wanted.
    pub(super) drop_before: Option<Time>,
    /// From when on all of its records have to be shown, by the service's clock; absent while what
    /// may be missing lies in a gap that was shown.
    pub(super) owed_from: Option<Time>,
    /// The last listing that it was on, counted from 1.
    pub(super) listed: u32,
    /// When it was read to its end, by the service's clock.
    pub(super) ended_at: Option<Time>,
    pub(super) empty_pages: u32,
    pub(super) reached_head: bool,
    /// Renewed in a row without a record.
    pub(super) renewals: u32,
    remembered: VecDeque<u64>,
}

impl Progress {
    pub(super) fn new(state: ShardState) -> Self {
        Self {
            state,
            records: 0,
            bytes: 0,
            last: None,
            read_at: None,
            renewed: 0,
            tail: None,
            from: Position::TrimHorizon,
            before: Position::TrimHorizon,
            is_anew: true,
            at: None,
            drop_before: None,
            owed_from: None,
            listed: 0,
            ended_at: None,
            empty_pages: 0,
            reached_head: false,
            renewals: 0,
            remembered: VecDeque::new(),
        }
    }

    /// Why it is not read, until a retry.
    pub fn failure(&self) -> Option<&SourceError> {
        if let ShardState::Failed(error) = &self.state { Some(error) } else { None }
    }

    /// Where to go on reading. What was trimmed behind the last record is in a gap already where it
    /// was started from the trim horizon for that.
    pub(super) fn position(&self, started: Time) -> Position {
        let last = self.last.as_ref().filter(|_| !self.is_anew || self.from != Position::TrimHorizon);
        position::resume(last, &self.from, started, true).0
    }

    /// Goes on at a position of an earlier run.
    pub(super) fn stand(&mut self, position: Position) {
        if let Position::AfterSequenceNumber(last) = &position {
            self.remember(fingerprint(last.as_str()));
            self.last = Some(last.clone());
        }
        self.from = position;
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, ShardState::Exhausted(_) | ShardState::BeforeStart)
    }

    /// Nothing more is read of it: what told repeated records is no longer needed.
    pub(super) fn finish(&mut self, end: End, now: Time) {
        self.tail = None;
        self.state = ShardState::Exhausted(end);
        self.ended_at = Some(now);
        self.remembered = VecDeque::new();
    }

    /// Keeps the records of a page that are wanted and were not read before. The flag says that some
    /// went backwards.
    pub(super) fn admit(&mut self, page: Arc<Page>, precision: Precision) -> (Option<Arc<Page>>, bool) {
        let page = self.admit_poison(page);
        let mut backwards = false;
        let mut refused = vec![];
        for (slot, record) in page.records().enumerate() {
            self.at = record.time().or(self.at);
            let is_too_old = |limit| record.time().is_some_and(|time| !precision.may_reach(time, limit));
            if self.drop_before.is_some_and(is_too_old) {
                refused.push(slot);
                // A lost iterator need not go through all that is not wanted again.
                self.pass(record.sequence_number());
                continue;
            }
            let number = record.sequence_number();
            if number.is_empty() {
                continue;
            }
            let fingerprint = fingerprint(number);
            let is_later =
                self.last.as_ref().is_none_or(|last| sequence_number::compare(last.as_str(), number).is_lt());
            if is_later {
                self.last = Some(SequenceNumber::new(number));
            } else if self.remembered.contains(&fingerprint) {
                refused.push(slot);
                continue;
            } else {
                backwards = true;
            }
            self.remember(fingerprint);
        }
        if refused.is_empty() {
            return ((!page.is_empty()).then_some(page), backwards);
        }
        let kept = page.without(&refused);
        ((!kept.is_empty()).then(|| Arc::new(kept)), backwards)
    }

    fn pass(&mut self, number: &str) {
        let is_later = |last: &SequenceNumber| sequence_number::compare(last.as_str(), number).is_lt();
        if !number.is_empty() && self.last.as_ref().is_none_or(is_later) {
            self.last = Some(SequenceNumber::new(number));
        }
    }

    /// Leaves out the poison that an earlier page had. Only what says which record it is can be told
    /// from another that looks the same.
    fn admit_poison(&mut self, page: Arc<Page>) -> Arc<Page> {
        if page.poison().is_empty() {
            return page;
        }
        let texts = page.poison().iter().map(|poison| page.poison_text(poison));
        let named =
            texts.enumerate().filter(|(_, text)| text.contains("SequenceNumber") || text.contains("eventID"));
        let named: Vec<(usize, u64)> = named.map(|(place, text)| (place, fingerprint(text))).collect();
        let (told, new): (Vec<_>, Vec<_>) =
            named.into_iter().partition(|(_, it)| self.remembered.contains(it));
        for (_, fingerprint) in new {
            self.remember(fingerprint);
        }
        let told: Vec<usize> = told.into_iter().map(|(place, _)| place).collect();
        if told.is_empty() { page } else { Arc::new(page.without_poison(&told)) }
    }

    fn remember(&mut self, fingerprint: u64) {
        if self.remembered.len() == REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back(fingerprint);
    }
}

fn fingerprint(number: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(number)
}
