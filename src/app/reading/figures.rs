//! How a reading stands: how many of its shards are read up to now, and how fresh that is.

use std::time::Duration;

use super::Reading;
use crate::app::rates::Rates;
use crate::follow::{Progress, ShardState};
use crate::model::{ShardId, Time};

/// A record of this age has just been made.
const JUST_NOW: Duration = Duration::from_secs(10);

impl Reading {
    /// Whether some shard is behind, starting, or not yet listed.
    pub fn is_catching_up(&self, now: Time) -> bool {
        let (all, current) = self.shard_counts(now);
        current < all || self.followers.iter().any(|follower| !follower.is_listed())
    }

    /// Whether a shard has been read up to about now: to where nothing more comes, or, where records
    /// never cease, to one that has just been made.
    fn is_current(&self, at: usize, shard: &ShardId, progress: &Progress, now: Time) -> bool {
        let last = || self.by_shard.get(&(at, shard.clone())).and_then(Rates::last);
        match progress.state {
            ShardState::CaughtUp | ShardState::Captured => true,
            ShardState::Reading => last().is_some_and(|last| now.since(last) < JUST_NOW),
            ShardState::BeforeStart
            | ShardState::WaitingForParent
            | ShardState::Starting
            | ShardState::Slowed(_)
            | ShardState::VerifyingEnd
            | ShardState::Exhausted(_)
            | ShardState::Failed(_) => false,
        }
    }

    /// How long ago the newest record was made; while all is caught up, how long ago that was seen.
    pub fn lag(&self, now: Time) -> Option<Duration> {
        if self.is_catching_up(now) {
            return self.records.last().map(|newest| now.since(newest));
        }
        self.read_at().map(|at| now.since(at))
    }

    /// Shards that are read or are to be read.
    fn live(&self) -> impl Iterator<Item = (usize, &ShardId, &Progress)> {
        let all = self.followers.iter().enumerate();
        let all = all.flat_map(|(at, follower)| follower.all_progress().map(move |(id, it)| (at, id, it)));
        all.filter(|(_, _, progress)| {
            !matches!(progress.state, ShardState::Exhausted(_) | ShardState::BeforeStart)
        })
    }

    /// When the shard that was read longest ago was read.
    pub fn read_at(&self) -> Option<Time> {
        self.live().filter_map(|(_, _, progress)| self.answered_at(progress)).min()
    }

    /// When a shard was last read.
    pub fn answered_at(&self, progress: &Progress) -> Option<Time> {
        progress.read_at.map(|at| self.offset.service_time(at))
    }

    /// How many shards are read, and how many of them are caught up.
    pub fn shard_counts(&self, now: Time) -> (usize, usize) {
        self.live().fold((0, 0), |(all, current), (at, id, progress)| {
            (all + 1, current + usize::from(self.is_current(at, id, progress, now)))
        })
    }

    /// How many shards have nothing more to read at the moment.
    pub fn caught_up(&self) -> usize {
        self.live().filter(|(_, _, progress)| progress.state == ShardState::CaughtUp).count()
    }

    /// How many shards have brought records: among several the order is approximate.
    pub fn origins(&self) -> usize {
        self.by_shard.len()
    }
}
