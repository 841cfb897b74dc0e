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
}

impl Part {
    /// All shards.
    pub fn from(start: Start) -> Self {
        Self { start, only: None, descendants: true, first: None }
    }

    /// Follows this part of a stream.
    pub fn follower(&self, reading: ReadingId, stream: StreamArn, now: Time) -> Follower {
        let follower = Follower::new(reading, stream, self.start, self.only.clone(), now);
        let follower = if self.descendants { follower } else { follower.without_descendants() };
        match &self.first {
            Some(first) => follower.with_first(first.clone()),
            None => follower,
        }
    }
}
