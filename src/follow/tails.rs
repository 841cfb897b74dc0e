//! What becomes of the tails: pages, ends that must be verified, and errors.

use std::sync::Arc;

use super::CALLS_TO_REACH_HEAD;
use super::follower::Follower;
use super::position::{self, Position, RETENTION};
use super::progress::{End, Progress, ShardState};
use super::request::{Pace, Request, Tail, TailId};
use super::step::{Step, Warning};
use crate::model::{
    ErrorKind, Gap, GapReason, Operation, Remedy, SequenceNumber, ShardId, SourceError, StreamStatus, Time,
};
use crate::store::Page;

/// Iterators renewed in a row without a record before a shard counts as failed.
const MAX_RENEWALS: u32 = 3;

impl Follower {
    pub(super) fn start_tail(&mut self, id: &ShardId, from: Position, steps: &mut Vec<Step>) {
        let pace = self.pace(id);
        let Some(progress) = self.shards.get_mut(id) else { return };
        self.tails += 1;
        let tail = TailId { reading: self.reading, number: self.tails };
        progress.tail = Some(tail);
        progress.from = from.clone();
        progress.is_anew = true;
        progress.state = ShardState::Starting;
        progress.empty_pages = 0;
        // Where the head is has to be found out anew.
        progress.reached_head = false;
        let tail = Tail { id: tail, stream: self.stream.clone(), shard: id.clone(), from };
        steps.push(Step::Request(Request::StartTail(tail, pace)));
    }

    pub(super) fn pace(&self, id: &ShardId) -> Pace {
        if self.stopped || self.yielded.contains(id) {
            Pace::Stopped
        } else if self.lineage.is_closed(id) {
            Pace::Drain
        } else {
            Pace::Watched
        }
    }

    /// The shard of a tail that is still ours.
    pub(super) fn tailing(&mut self, tail: TailId) -> Option<(ShardId, &mut Progress)> {
        let (id, progress) = self.shards.iter_mut().find(|(_, progress)| progress.tail == Some(tail))?;
        Some((id.clone(), progress))
    }

    pub(super) fn page_read(
        &mut self,
        tail: TailId,
        page: Arc<Page>,
        end: bool,
        now: Time,
        steps: &mut Vec<Step>,
    ) {
        let (horizon, started) = (self.service_time().minus(RETENTION), self.started);
        // All times of the page tell how they are rounded, also those of its first records.
        for time in page.times() {
            self.precision.see(time);
        }
        let precision = self.precision;
        let Some((shard, progress)) = self.tailing(tail) else { return };
        progress.read_at = Some(now);
        progress.before = progress.position(started);
        // After a sequence number the service says what is gone; from the trim horizon, or a time
        // before it, it is silent.
        if progress.last.is_none() && progress.owed_from.is_some_and(|owed| owed < horizon) {
            progress.owed_from = None;
            steps.push(Step::Gap(Gap::in_shard(shard.clone(), GapReason::MayBeTrimmed, None)));
        }
        if page.is_empty() {
            progress.empty_pages += 1;
        } else {
            progress.empty_pages = 0;
        }
        if !end {
            progress.renewals = 0;
        }
        let last = progress.last.clone();
        let (page, backwards) = progress.admit(page, precision);
        progress.is_anew &= progress.last == last;
        if let Some(page) = page {
            progress.records += page.len() as u64;
            progress.bytes += page.records().map(|record| record.json().len() as u64).sum::<u64>();
            steps.push(Step::Show { shard: shard.clone(), page });
        }
        if backwards {
            steps.push(Step::Warn(Warning::OutOfOrder(shard.clone())));
        }
        if end {
            self.end_seen(&shard, now, steps);
        } else {
            self.still_open(&shard);
        }
    }

    fn still_open(&mut self, shard: &ShardId) {
        let (is_closed, service_time) = (self.lineage.is_closed(shard), self.service_time());
        let Some(progress) = self.shards.get_mut(shard) else { return };
        // LATEST is the head; elsewhere it takes some empty pages to know that it is reached.
        let enough =
            if progress.reached_head || progress.from == Position::Latest { 1 } else { CALLS_TO_REACH_HEAD };
        progress.reached_head |= !is_closed && progress.empty_pages >= enough;
        if !is_closed && progress.empty_pages >= enough {
            progress.state = ShardState::CaughtUp;
            progress.owed_from = Some(service_time);
        } else {
            progress.state = ShardState::Reading;
        }
    }

    /// Nothing more of a shard is wanted, nor of its descendants.
    pub(super) fn leave(&mut self, shard: &ShardId) -> Vec<Step> {
        let mut steps = self.stop_tail(shard);
        let service_time = self.service_time();
        if let Some(progress) = self.shards.get_mut(shard) {
            progress.finish(End::Met, service_time);
        }
        self.discovery.children_known(shard);
        self.open_gates(&mut steps);
        steps
    }

    /// Leaves out what of a shard lies before a record, and that record.
    pub(super) fn go_on_after(&mut self, shard: &ShardId, number: SequenceNumber) -> Vec<Step> {
        let mut steps = self.stop_tail(shard);
        // One that was read to its end meanwhile has no tail.
        if !steps.is_empty() {
            self.start_tail(shard, Position::AfterSequenceNumber(number), &mut steps);
        }
        steps
    }

    fn stop_tail(&mut self, shard: &ShardId) -> Vec<Step> {
        let tail = self.shards.get_mut(shard).and_then(|progress| progress.tail.take());
        tail.map(|tail| Step::Request(Request::StopTail(tail))).into_iter().collect()
    }

    /// An answer without a next iterator. Only a listing proves that the shard has ended.
    fn end_seen(&mut self, shard: &ShardId, now: Time, steps: &mut Vec<Step>) {
        let ended = self.lineage.is_closed(shard) || self.status == Some(StreamStatus::Disabled);
        let Some(progress) = self.shards.get_mut(shard) else { return };
        progress.tail = None;
        if ended {
            self.finish(shard, End::Drained, now, steps);
        } else {
            progress.state = ShardState::VerifyingEnd;
            // An end that was denied again and again is left to the regular listings.
            if progress.renewals < MAX_RENEWALS {
                self.discovery.list_soon(now);
            }
        }
    }

    /// A whole listing is known: ends that it does not confirm were none.
    pub(super) fn verify_ends(&mut self, now: Time, steps: &mut Vec<Step>) {
        let verifying: Vec<ShardId> = self
            .shards
            .iter()
            .filter(|(_, progress)| progress.state == ShardState::VerifyingEnd)
            .map(|(id, _)| id.clone())
            .collect();
        for id in verifying {
            if self.lineage.is_closed(&id) || self.status == Some(StreamStatus::Disabled) {
                self.finish(&id, End::Drained, now, steps);
            } else {
                steps.push(Step::Warn(Warning::UnverifiedEnd(id.clone())));
                self.restart(&id, steps);
            }
        }
        self.retry_failed(Remedy::RenewIterator, steps);
    }

    fn finish(&mut self, shard: &ShardId, end: End, now: Time, steps: &mut Vec<Step>) {
        let service_time = self.service_time();
        if let Some(progress) = self.shards.get_mut(shard) {
            progress.finish(end, service_time);
        }
        let childless = !self.is_alone() && self.lineage.children_of(shard).is_empty();
        if childless && self.status != Some(StreamStatus::Disabled) {
            self.discovery.look_for_children(shard, now);
        }
        self.open_gates(steps);
    }

    /// Reads a shard again from where it stood.
    pub(super) fn restart(&mut self, shard: &ShardId, steps: &mut Vec<Step>) {
        let (started, at_timestamp) = (self.started, self.at_timestamp);
        let Some(progress) = self.shards.get_mut(shard) else { return };
        progress.renewals += 1;
        progress.renewed += 1;
        let (from, drop_before) =
            position::resume(progress.last.as_ref(), &progress.from, started, at_timestamp);
        progress.drop_before = progress.drop_before.max(drop_before);
        self.start_tail(shard, from, steps);
    }

    pub(super) fn tail_stopped(
        &mut self,
        tail: TailId,
        error: SourceError,
        now: Time,
        steps: &mut Vec<Step>,
    ) {
        let is_gone = matches!(&self.failure, Some(failure) if failure.kind == ErrorKind::NotFound);
        let Some((shard, progress)) = self.tailing(tail) else { return };
        progress.tail = None;
        if rejects_at_timestamp(&error, &progress.from) {
            self.without_at_timestamp(&shard, steps);
            return;
        }
        let gap = |reason| Step::Gap(Gap::in_shard(shard.clone(), reason, progress.last.clone()));
        match remedy(&error) {
            Remedy::RenewIterator if progress.renewals < MAX_RENEWALS => self.restart(&shard, steps),
            Remedy::SkipToTrimHorizon if progress.from == Position::TrimHorizon => {
                steps.push(gap(GapReason::Trimmed));
                self.finish(&shard, End::Trimmed, now, steps);
            }
            // Nothing that is owed of it is old enough to be trimmed. DynamoDB Local says so of a shard
            // that is being written to for the first time.
            Remedy::SkipToTrimHorizon if progress.last.is_none() && progress.from == Position::Latest => {
                self.restart(&shard, steps);
            }
            Remedy::SkipToTrimHorizon => {
                steps.push(gap(GapReason::Trimmed));
                progress.owed_from = None;
                self.start_tail(&shard, Position::TrimHorizon, steps);
            }
            // Of a stream that has gone no listing comes that would have a failed shard tried again.
            _ if error.kind == ErrorKind::NotFound || is_gone => {
                steps.push(gap(GapReason::ShardGone));
                self.discovery.list_soon(now);
                self.finish(&shard, End::Gone, now, steps);
            }
            Remedy::RenewIterator | Remedy::Retry | Remedy::GiveUp => {
                progress.state = ShardState::Failed(error);
            }
        }
    }

    /// The endpoint has no AT_TIMESTAMP: the shard starts as it would have without.
    fn without_at_timestamp(&mut self, shard: &ShardId, steps: &mut Vec<Step>) {
        self.at_timestamp = false;
        let Some(progress) = self.shards.get_mut(shard) else { return };
        let nothing_was_read = progress.read_at.is_none() && progress.renewed == 0;
        if nothing_was_read {
            let (from, drop_before) = position::first(self.start, self.started, false);
            progress.drop_before = drop_before;
            self.start_tail(shard, from, steps);
        } else {
            self.restart(shard, steps);
        }
    }
}

fn rejects_at_timestamp(error: &SourceError, from: &Position) -> bool {
    error.kind == ErrorKind::Validation
        && error.operation == Operation::GetShardIterator
        && matches!(from, Position::AtTimestamp(_))
}

/// An iterator that GetRecords rejects as bogus is renewed like one that has expired.
fn remedy(error: &SourceError) -> Remedy {
    if error.kind == ErrorKind::Validation && error.operation == Operation::GetRecords {
        return Remedy::RenewIterator;
    }
    error.kind.remedy()
}
