//! The time until which records are wanted.

use std::collections::BTreeSet;

use crate::follow::Follower;
use crate::model::{ShardId, Time};
use crate::store::RecordRef;

/// What has come past the time.
#[derive(Debug)]
pub struct Until {
    time: Time,
    past: BTreeSet<(usize, ShardId)>,
}

impl Until {
    pub fn new(time: Time) -> Self {
        Self { time, past: BTreeSet::new() }
    }

    /// Whether a record was created before the time; one without a time may have been. A stream is
    /// named by its place.
    pub fn wants(&mut self, stream: usize, shard: &ShardId, record: RecordRef<'_>) -> bool {
        let is_wanted = record.time().is_none_or(|time| time < self.time);
        // A shard's records, and then its children's, come in the order of their times.
        if !is_wanted && !self.past.iter().any(|(at, id)| *at == stream && id == shard) {
            self.past.insert((stream, shard.clone()));
        }
        is_wanted
    }

    /// Whether nothing from before the time can come any more.
    pub fn is_reached(&self, followers: &[Follower]) -> bool {
        followers.iter().enumerate().all(|(stream, follower)| {
            let is_past = |shard: &ShardId| {
                let mut past = self.past.iter().filter(|(at, _)| *at == stream);
                past.any(|(_, ancestor)| follower.lineage().descends(shard, ancestor))
            };
            follower.is_listed()
                && follower
                    .all_progress()
                    .all(|(shard, _)| follower.has_reached(shard, self.time) || is_past(shard))
        })
    }
}
