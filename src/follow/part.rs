//! Which part of a stream is read.

use super::follower::Follower;
use super::position::{Position, Start};
use super::request::ReadingId;
use crate::model::{ShardId, StreamArn, Time};

/// Where to start, and in which shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub start: Start,
    /// Only this shard.
    pub only: Option<ShardId>,
    /// And its descendants.
    pub descendants: bool,
    /// Where that shard begins, in place of the start.
    pub first: Option<Position>,
    /// Nothing is wanted that was created at this time or later.
    pub until: Option<Time>,
}

impl Part {
    /// All shards.
    pub fn from(start: Start) -> Self {
        Self { start, only: None, descendants: true, first: None, until: None }
    }

    /// Follows this part of a stream.
    pub fn follower(&self, reading: ReadingId, stream: StreamArn, now: Time) -> Follower {
        let mut follower = Follower::new(reading, stream, self.start, self.only.clone(), now);
        follower.until = self.until;
        let follower = if self.descendants { follower } else { follower.without_descendants() };
        match &self.first {
            Some(first) => follower.with_first(first.clone()),
            None => follower,
        }
    }
}
