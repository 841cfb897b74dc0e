//! What listings of shards and of streams bring: news of the lineage, ends confirmed, newer streams.

use std::time::Duration;

use super::discovery::Paged;
use super::follower::Follower;
use super::position::RETENTION;
use super::progress::{End, ShardState};
use super::request::{Ask, Request};
use super::step::{Step, Warning};
use crate::model::{
    ErrorKind, Gap, GapReason, Merged, Shard, ShardId, SourceError, StreamArn, StreamDescription,
    StreamStatus, StreamSummary, Time,
};

/// How long after its parent's end a child may first be listed.
const CHILDREN_LISTED_WITHIN: Duration = Duration::from_mins(1);

impl Follower {
    /// Asks for the table's streams: one that is enabled again has a new one, and whoever goes on
    /// reading the old hears nothing.
    pub(super) fn look_for_newer(&self, after: Option<StreamArn>) -> Step {
        let table = Some(self.stream.table().to_owned());
        Step::Request(Request::ListStreams { run: self.run(), table, after })
    }

    /// The follower's own listing of streams: counted from the end, so that it is nobody else's.
    pub(super) fn run(&self) -> u32 {
        u32::MAX - self.reading.0
    }

    pub(super) fn streams_listed(
        &self,
        streams: &[StreamSummary],
        more: Option<StreamArn>,
        steps: &mut Vec<Step>,
    ) {
        let newer =
            |arn: &&StreamArn| arn.table() == self.stream.table() && arn.label() > self.stream.label();
        if let Some(newest) =
            streams.iter().map(|stream| &stream.arn).filter(newer).max_by_key(|arn| arn.label())
        {
            steps.push(Step::Warn(Warning::NewerStream { newest: newest.clone() }));
        } else if more.is_some() {
            steps.push(self.look_for_newer(more));
        }
    }

    pub(super) fn describe(&self, ask: Ask) -> Step {
        Step::Request(Request::DescribeStream { reading: self.reading, stream: self.stream.clone(), ask })
    }

    pub(super) fn described(
        &mut self,
        ask: &Ask,
        description: StreamDescription,
        now: Time,
        steps: &mut Vec<Step>,
    ) {
        self.failure = None;
        // Nothing is read before the first answer, so nothing has been missed.
        if self.status.is_none() {
            self.began = self.service_time();
            if self.earlier.is_none() {
                self.started = self.began;
            }
        }
        let paged = match ask {
            Ask::Shards { after } => {
                let is_empty = self.lineage.is_empty() && description.shards.is_empty();
                self.discovery.paged(after.as_ref(), &description, is_empty, now)
            }
            Ask::ChildrenOf(parent) => {
                let honest = description.shards.iter().all(|shard| shard.parent.as_ref() == Some(parent));
                let found = !description.shards.is_empty();
                self.discovery.looked_for_children(parent, found, honest, now);
                Paged::Stale
            }
        };
        if description.status == StreamStatus::Disabled && self.status != Some(StreamStatus::Disabled) {
            let table = self.stream.table().to_owned();
            steps.push(Step::Warn(Warning::Disabled(table)));
            steps.push(self.look_for_newer(None));
        }
        self.status = Some(description.status);
        self.view_type = Some(description.view_type);
        self.key_names = description.key_names;
        for shard in description.shards {
            self.merge(shard, steps);
        }
        if self.status == Some(StreamStatus::Disabled) {
            self.discovery.stop_looking();
        }
        let is_whole = matches!(paged, Paged::Complete | Paged::Repeats) && !self.discovery.may_list_more();
        match &paged {
            Paged::Next(ask) => steps.push(self.describe(ask.clone())),
            Paged::Repeats => steps.push(Step::Warn(Warning::RepeatedListing)),
            Paged::Complete | Paged::Stale => {}
        }
        // A listing that began before the end was seen may have passed the shard already.
        if is_whole {
            self.note_unlisted(steps);
        }
        if paged == Paged::Complete {
            self.forget_what_has_gone();
        }
        if is_whole && !self.discovery.is_listing_awaited() {
            self.verify_ends(now, steps);
        }
        self.open_gates(steps);
    }

    /// A whole listing is through. What was written and trimmed between two of them, in shards
    /// that neither could show, is a gap.
    fn note_unlisted(&mut self, steps: &mut Vec<Step>) {
        let now = self.service_time();
        self.note_gone_since_listed(now.minus(RETENTION), steps);
        self.listed_at = Some(now);
        // A child that was not listed yet may have been written to.
        self.listed_from = Some(self.listing_began.minus(CHILDREN_LISTED_WITHIN));
    }

    fn note_gone_since_listed(&self, until: Time, steps: &mut Vec<Step>) {
        let from = self.listed_from.unwrap_or_else(|| self.all_owed_from());
        let was_disabled = self.earlier.as_ref().is_some_and(|run| run.was_disabled);
        if from < until && !was_disabled {
            let reason = GapReason::Unlisted { from, until };
            steps.push(Step::Gap(Gap { shard: None, reason, after: None }));
        }
    }

    fn merge(&mut self, shard: Shard, steps: &mut Vec<Step>) {
        let id = shard.id.clone();
        if let Some(progress) = self.shards.get_mut(&id) {
            progress.listed = self.discovery.begun();
        }
        let family = [Some(id.clone()), shard.parent.clone()].into_iter().flatten();
        let were_open: Vec<ShardId> = family.filter(|id| !self.lineage.is_closed(id)).collect();
        if let Some(parent) = &shard.parent {
            self.discovery.children_known(parent);
        }
        if self.lineage.merge(shard) == Merged::Cycle && self.in_circles.insert(id.clone()) {
            steps.push(Step::Warn(Warning::Cycle(id)));
        }
        // What has just closed is read to its end without the pauses of a live shard.
        for id in were_open.into_iter().filter(|id| self.lineage.is_closed(id)) {
            if let Some(tail) = self.shards.get(&id).and_then(|progress| progress.tail) {
                steps.push(Step::Request(Request::SetPace(tail, self.pace(&id))));
            }
        }
    }

    pub(super) fn not_described(&mut self, ask: &Ask, error: SourceError, now: Time, steps: &mut Vec<Step>) {
        match ask {
            Ask::ChildrenOf(_) if error.kind == ErrorKind::Validation => self.discovery.filter_ignored(now),
            Ask::ChildrenOf(shard) => self.discovery.looked_for_children(shard, false, true, now),
            Ask::Shards { .. } => {
                self.discovery.listing_failed(now);
                if error.kind == ErrorKind::NotFound {
                    self.stream_gone(steps);
                }
                self.failure = Some(error);
            }
        }
    }

    /// The stream itself is no longer there: what waited for something waits in vain. Ongoing
    /// tails find out on their own.
    fn stream_gone(&mut self, steps: &mut Vec<Step>) {
        self.discovery.stop_looking();
        // It was written to after the last listing, until it was disabled.
        if self.status.as_ref().map_or(self.earlier.is_some(), |status| *status != StreamStatus::Disabled) {
            self.note_gone_since_listed(self.service_time(), steps);
        }
        // Gone before they could be gone on with.
        let unread = self.earlier.as_mut().map(|run| std::mem::take(&mut run.reading));
        for (id, mut progress) in unread.unwrap_or_default() {
            progress.state = ShardState::VerifyingEnd;
            self.shards.insert(id, progress);
        }
        let listed_at = self.listed_at;
        for (id, progress) in &mut self.shards {
            let waits = matches!(progress.state, ShardState::WaitingForParent | ShardState::VerifyingEnd);
            // Children that were listed too late for us may have lived and died below it.
            let settled_at = progress.ended_at.map(|ended_at| ended_at.plus(CHILDREN_LISTED_WITHIN));
            let may_have_had_children = progress.state == ShardState::Exhausted(End::Drained)
                && self.lineage.children_of(id).is_empty()
                && settled_at > listed_at;
            if waits || may_have_had_children || progress.failure().is_some() {
                progress.state = ShardState::Exhausted(End::Gone);
                let after = progress.last.clone();
                steps.push(Step::Gap(Gap::in_shard(id.clone(), GapReason::ShardGone, after)));
            }
        }
    }
}
