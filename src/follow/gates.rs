//! Which shards are read, from where, and in whose turn: parents before children.

use std::time::Duration;

use super::follower::Follower;
use super::position::{self, Position, RETENTION, Start, TIME_ALLOWANCE};
use super::progress::{End, Progress, ShardState};
use super::step::Step;
use crate::model::{Gap, GapReason, ShardId, Time};

/// How much of the oldest records may be trimmed while a stream is being listed, without a word.
const TRIM_SLACK: Duration = Duration::from_mins(10);

/// A shard whose parent no listing has shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Orphan {
    /// How many listings had begun when that was seen.
    seen: u32,
    /// It came with the first listing.
    is_first: bool,
}

enum Decision {
    /// Another reading has it.
    Met,
    /// Not enough is known yet.
    Later,
    /// Its parent may have been created behind the back of the listing that did not show it.
    ListAgain,
    WaitForParent,
    BeforeStart,
    Start {
        from: Position,
        drop_before: Option<Time>,
    },
}

impl Decision {
    fn trim_horizon(drop_before: Option<Time>) -> Self {
        Self::Start { from: Position::TrimHorizon, drop_before }
    }
}

impl Follower {
    /// Starts every shard whose turn has come.
    pub(super) fn open_gates(&mut self, steps: &mut Vec<Step>) {
        // Parents before children, which the order of the ids does not promise.
        let undecided = self.lineage.rows().into_iter().map(|row| row.shard).filter(|id| {
            self.shards.get(id).is_none_or(|progress| progress.state == ShardState::WaitingForParent)
        });
        for id in undecided.collect::<Vec<_>>() {
            if !self.is_wanted(&id) {
                continue;
            }
            if self.among.as_ref().is_some_and(|among| !among.contains(&id)) {
                continue;
            }
            if let Some(progress) = self.earlier.as_mut().and_then(|run| run.reading.remove(&id)) {
                self.resume(&id, progress, steps);
                continue;
            }
            match self.decide(&id) {
                Decision::Later => {}
                Decision::ListAgain => {
                    if !self.orphans.contains_key(&id) {
                        let orphan = Orphan { seen: self.discovery.begun(), is_first: !self.settled };
                        self.orphans.insert(id, orphan);
                        self.discovery.list_soon(self.now);
                    }
                }
                Decision::WaitForParent => {
                    self.shards.entry(id).or_insert_with(|| Progress::new(ShardState::WaitingForParent));
                }
                Decision::Met => {
                    self.shards.insert(id, Progress::new(ShardState::Exhausted(End::Met)));
                }
                Decision::BeforeStart => {
                    self.shards.insert(id, Progress::new(ShardState::BeforeStart));
                }
                Decision::Start { from, drop_before } => {
                    let mut progress = Progress::new(ShardState::Starting);
                    progress.drop_before = drop_before;
                    progress.owed_from = Some(self.owed_from(&id));
                    self.note_unseen_parent(&id, steps);
                    self.orphans.remove(&id);
                    self.shards.insert(id.clone(), progress);
                    self.start_tail(&id, from, steps);
                }
            }
        }
        self.settled |= self.discovery.is_listed();
    }

    /// Goes on with a shard where an earlier run stood.
    fn resume(&mut self, id: &ShardId, mut progress: Progress, steps: &mut Vec<Step>) {
        let (last, at_timestamp) = (progress.last.as_ref(), self.at_timestamp);
        let (from, drop_before) = position::resume(last, &progress.from, self.started, at_timestamp);
        progress.drop_before = progress.drop_before.max(drop_before);
        self.shards.insert(id.clone(), progress);
        self.start_tail(id, from, steps);
    }

    /// Whether a shard is among those that it is narrowed to, and may have records that are old enough.
    /// The time in its id is a hint, so what is near the end is read all the same.
    pub(super) fn is_wanted(&self, id: &ShardId) -> bool {
        let is_wanted =
            |only: &ShardId| if self.is_alone() { id == only } else { self.lineage.descends(id, only) };
        let is_too_young =
            |until: Time| id.created_at().is_some_and(|created| created > until.plus(TIME_ALLOWANCE));
        self.only.as_ref().is_none_or(is_wanted) && !self.until.is_some_and(is_too_young)
    }

    /// Forgets the shards that are read, or not wanted, once the service has forgotten them:
    /// longer ago than it keeps records, and on none of the last two listings.
    ///
    /// Where only one shard's descendants are followed, all are kept: they prove the descent.
    pub(super) fn forget_what_has_gone(&mut self) {
        if self.only.is_some() {
            return;
        }
        let horizon = self.service_time().minus(RETENTION);
        let (listing, lineage) = (self.discovery.begun(), &mut self.lineage);
        self.shards.retain(|id, progress| {
            let is_old = progress.ended_at.or(id.created_at()).is_some_and(|time| time < horizon);
            let has_gone = progress.is_done() && is_old && progress.listed + 2 <= listing;
            if has_gone {
                lineage.forget(id);
            }
            !has_gone
        });
    }

    fn decide(&self, id: &ShardId) -> Decision {
        if let Some(from) = self.first.as_ref().filter(|_| self.only.as_ref() == Some(id)) {
            return Decision::Start { from: from.clone(), drop_before: None };
        }
        let parent = match &self.only {
            Some(only) if only == id => None,
            _ => self.lineage.get(id).and_then(|shard| shard.parent.as_ref()),
        };
        let read_parent = parent.and_then(|parent| self.shards.get(parent));
        match read_parent {
            Some(parent) if !parent.is_done() => return Decision::WaitForParent,
            Some(parent) if parent.state == ShardState::Exhausted(End::Met) => return Decision::Met,
            // A child begins with its oldest record, whatever the start was: LATEST would skip
            // what was written since its birth.
            Some(parent) if parent.state != ShardState::BeforeStart => {
                return Decision::trim_horizon(parent.drop_before);
            }
            Some(_) | None => {}
        }
        let listed = self.discovery.is_listed();
        let is_closed = self.lineage.is_closed(id);
        // A parent that is named may be on a later page, or wait itself.
        let undecided_parent = parent.filter(|_| read_parent.is_none());
        let is_listed = |parent| self.lineage.get(parent).is_some();
        let parent_may_come =
            undecided_parent.is_some_and(|parent| self.discovery.may_list_more() || is_listed(parent));
        if !parent_may_come && undecided_parent.is_some_and(|parent| self.may_be_passed_over(id, parent)) {
            return Decision::ListAgain;
        }
        let Some(time) = self.wanted_from() else {
            return if parent_may_come { Decision::Later } else { Decision::trim_horizon(None) };
        };
        // Found after the first listing, perhaps long after its birth.
        if self.came_later(id) {
            if parent_may_come {
                return Decision::Later;
            }
            return Decision::trim_horizon(Some(time));
        }
        if is_closed {
            if !listed {
                return Decision::Later;
            }
            if !self.goes_back() || self.closed_before(id, time) {
                return Decision::BeforeStart;
            }
            if parent_may_come {
                return Decision::Later;
            }
        } else if self.goes_back() && parent_may_come && !born_before(id, time) {
            return Decision::Later;
        }
        let (from, drop_before) = position::first(self.start, self.started, self.at_timestamp);
        Decision::Start { from, drop_before }
    }

    /// Whether a shard's parent, which no page has shown, may have been created while the pages
    /// were asked for, on one that was past.
    fn may_be_passed_over(&self, id: &ShardId, parent: &ShardId) -> bool {
        if !self.discovery.is_listed() {
            return false;
        }
        let is_listed_since = self.orphans.get(id).is_some_and(|it| self.discovery.is_listed_since(it.seen));
        !is_listed_since && !born_before(parent, self.listing_began)
    }

    /// Whether the first listing did not have it.
    fn came_later(&self, id: &ShardId) -> bool {
        self.settled && !self.orphans.get(id).is_some_and(|orphan| orphan.is_first)
    }

    /// Whether what was written before the start can be reached: else it is the latest.
    fn goes_back(&self) -> bool {
        self.at_timestamp || matches!(self.start, Start::Since(_))
    }

    /// From when on all of the shard's records have to be shown.
    fn owed_from(&self, id: &ShardId) -> Time {
        let wanted = self.all_owed_from();
        id.created_at().map_or(wanted, |born| born.max(wanted))
    }

    /// From when on records of any shard have to be shown.
    pub(super) fn all_owed_from(&self) -> Time {
        // What is trimmed while the listing is under way was lost before we came.
        self.wanted_from().unwrap_or_else(|| self.started.minus(RETENTION).plus(TRIM_SLACK))
    }

    /// A shard that came after the first listing descends from one that was followed. Where its
    /// parent was never listed, that one lived and died unseen.
    fn note_unseen_parent(&self, id: &ShardId, steps: &mut Vec<Step>) {
        let parent = self.lineage.get(id).and_then(|shard| shard.parent.clone());
        let Some(parent) = parent.filter(|parent| self.came_later(id) && self.lineage.get(parent).is_none())
        else {
            return;
        };
        if self.only.as_ref() != Some(id) {
            steps.push(Step::Gap(Gap::in_shard(parent, GapReason::ShardGone, None)));
        }
    }

    /// Whether all of the shard is older than a time: its children were born before it.
    fn closed_before(&self, id: &ShardId, time: Time) -> bool {
        let children = self.lineage.children_of(id);
        !children.is_empty() && children.iter().all(|child| born_before(child, time))
    }
}

/// By the hint in the shard's id, and well before.
fn born_before(id: &ShardId, time: Time) -> bool {
    id.created_at().is_some_and(|created| created < time.minus(TIME_ALLOWANCE))
}
