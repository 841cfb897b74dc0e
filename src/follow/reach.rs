//! How far the reading of a stream has come: what those ask who wait for an end.

use super::follower::Follower;
use super::position::Start;
use super::progress::{Progress, ShardState};
use crate::model::{Precision, ShardId, Time};

impl Follower {
    /// Whether the position is fixed on every shard that is open, so that nothing written from now
    /// on is missed. One answer is needed: the service's LATEST may be settled with the first read.
    pub fn is_positioned(&self) -> bool {
        self.is_listed()
            && self.shards.values().all(|progress| {
                progress.is_done()
                    || progress.read_at.is_some()
                    || progress.state == ShardState::WaitingForParent
            })
    }

    /// Whether all that is there has been listed and read, and nothing is being looked for.
    pub(super) fn is_through(&self) -> bool {
        self.is_listed()
            && !self.discovery.is_looking()
            && !self.discovery.may_list_more()
            && self.shards.values().all(Progress::is_done)
    }

    /// How finely the endpoint tells times, as far as was seen.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Another reading of the stream has seen how finely times are told.
    pub fn learn_precision(&mut self, precision: Precision) {
        self.precision = self.precision.max(precision);
    }

    /// Whether the endpoint knows AT_TIMESTAMP, as far as it was asked.
    pub fn knows_timestamps(&self) -> bool {
        self.at_timestamp
    }

    /// Whether it reads from LATEST, for want of AT_TIMESTAMP.
    pub fn has_only_latest(&self) -> bool {
        !self.at_timestamp && matches!(self.start(), Start::Latest)
    }

    /// Whether every shard has been read since a moment by our clock: what was written before it,
    /// and could be read then, has been shown.
    pub fn is_read_since(&self, moment: Time) -> bool {
        self.is_listed()
            && self.shards.values().all(|progress| progress.is_done() || progress.read_at >= Some(moment))
    }

    /// Whether all that was created before a time, by the service's clock, has been shown of a
    /// shard, as far as the time of our reading tells.
    pub fn has_reached(&self, shard: &ShardId, time: Time) -> bool {
        // The service rounds times down to seconds, and its clock is known to the second.
        let moment = self.own_time(time).plus(std::time::Duration::from_secs(2));
        let is_younger = || shard.created_at().is_some_and(|created| created > time);
        self.shards.get(shard).is_some_and(|progress: &Progress| {
            progress.is_done()
                || progress.failure().is_some()
                || progress.state == ShardState::CaughtUp && progress.read_at >= Some(moment)
                || is_younger()
        })
    }
}
