//! A follower that is told: of a stream whose records are in a file there is nothing to ask.

use super::follower::Follower;
use super::position::Start;
use super::progress::{Progress, ShardState};
use super::request::ReadingId;
use crate::model::{SequenceNumber, Shard, ShardId, StreamArn, StreamStatus, Time, ViewType};
use crate::store::Page;
use crate::store::page::RecordRef;

impl Follower {
    /// Of a stream that was captured.
    pub fn captured(reading: ReadingId, stream: StreamArn, now: Time) -> Self {
        let mut follower = Self::new(reading, stream, Start::TrimHorizon, None, now);
        follower.is_captured = true;
        follower
    }

    /// Whether it is told, and asks for nothing.
    pub fn is_captured(&self) -> bool {
        self.is_captured
    }

    /// The stream, as it was described when it was captured.
    pub fn describe_captured(&mut self, status: StreamStatus, view_type: ViewType, key_names: Vec<String>) {
        (self.status, self.view_type, self.key_names) = (Some(status), Some(view_type), key_names);
    }

    /// A shard, as it was listed when it was captured.
    pub fn list_captured(&mut self, shard: Shard) {
        let progress = Progress::new(ShardState::Captured);
        self.shards.entry(shard.id.clone()).or_insert(progress);
        self.lineage.merge(shard);
    }

    /// Records of a shard; one that was not listed is a root. Whether they are earlier than others that
    /// came before them.
    pub fn count_captured(&mut self, shard: &ShardId, page: &Page) -> bool {
        if !self.shards.contains_key(shard) {
            self.list_captured(Shard { id: shard.clone(), parent: None, starting: None, ending: None });
        }
        let Some(progress) = self.shards.get_mut(shard) else { return false };
        progress.records += page.len() as u64;
        progress.bytes += page.records().map(|record| record.json().len() as u64).sum::<u64>();
        let numbers = || page.records().map(RecordRef::sequence_number).filter(|number| !number.is_empty());
        let ends = numbers().next().zip(numbers().next_back());
        let Some((first, last)) =
            ends.map(|(first, last)| (SequenceNumber::new(first), SequenceNumber::new(last)))
        else {
            return false;
        };
        let is_earlier = progress.last.as_ref().is_some_and(|known| first < *known);
        progress.last = progress.last.take().max(Some(last));
        is_earlier
    }
}
