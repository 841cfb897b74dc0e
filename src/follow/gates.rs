//! Which shards are read, from where, and in whose turn: parents before children.

use super::follower::{Follower, Step};
use super::position::{self, Position, Start, TIME_ALLOWANCE};
use super::progress::{Progress, ShardState};
use crate::model::{ShardId, Time};

enum Decision {
    /// Not enough is known yet.
    Later,
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
            if self.only.as_ref().is_some_and(|only| !self.lineage.descends(&id, only)) {
                continue;
            }
            match self.decide(&id) {
                Decision::Later => {}
                Decision::WaitForParent => {
                    self.shards.entry(id).or_insert_with(|| Progress::new(ShardState::WaitingForParent));
                }
                Decision::BeforeStart => {
                    self.shards.insert(id, Progress::new(ShardState::BeforeStart));
                }
                Decision::Start { from, drop_before } => {
                    let mut progress = Progress::new(ShardState::Starting);
                    progress.drop_before = drop_before;
                    self.shards.insert(id.clone(), progress);
                    steps.extend(self.start_tail(&id, from));
                }
            }
        }
        self.settled = self.discovery.is_listed();
    }

    fn decide(&self, id: &ShardId) -> Decision {
        let parent = match &self.only {
            Some(only) if only == id => None,
            _ => self.lineage.get(id).and_then(|shard| shard.parent.as_ref()),
        };
        let read_parent = parent.and_then(|parent| self.shards.get(parent));
        match read_parent {
            Some(parent) if !parent.is_done() => return Decision::WaitForParent,
            // A child begins with its oldest record, whatever the start was: LATEST would skip
            // what was written since its birth.
            Some(parent) if parent.state != ShardState::BeforeStart => {
                return Decision::trim_horizon(parent.drop_before);
            }
            Some(_) | None => {}
        }
        let listed = self.discovery.is_listed();
        let is_closed = self.lineage.is_closed(id);
        // A parent that is named may be on a later page of the first listing.
        let parent_may_come = parent.is_some() && read_parent.is_none() && !listed;
        match self.start {
            Start::TrimHorizon if parent_may_come => Decision::Later,
            Start::TrimHorizon => Decision::trim_horizon(None),
            // Found after the first listing, perhaps long after its birth.
            Start::Latest if self.settled => Decision::trim_horizon(Some(self.started.minus(TIME_ALLOWANCE))),
            Start::Recent(time) if self.settled => Decision::trim_horizon(Some(time.minus(TIME_ALLOWANCE))),
            Start::Latest | Start::Recent(_) if is_closed && !listed => Decision::Later,
            Start::Latest if is_closed => Decision::BeforeStart,
            Start::Recent(time) if is_closed && self.closed_before(id, time) => Decision::BeforeStart,
            Start::Recent(time) if parent_may_come && !born_before(id, time) => Decision::Later,
            Start::Latest | Start::Recent(_) => {
                let from = position::first(self.start, self.at_timestamp);
                Decision::Start { from, drop_before: None }
            }
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
