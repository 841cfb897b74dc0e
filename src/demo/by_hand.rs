//! Filling the service by hand, and what was written to it: for tests.

use std::collections::BTreeMap;

use super::dice::mix_text;
use super::log::{Log, Written};
use super::place::Sequence;
use super::service::{REGION, Service, arn};
use super::stream::{Put, Schedule, Stream};
use crate::model::{EventName, SequenceNumber, ShardId, StreamArn, Time, ViewType};

/// A record as it was written, to compare with what a reader made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    pub shard: ShardId,
    pub sequence_number: SequenceNumber,
    pub event: EventName,
    pub event_id: String,
    /// DynamoDB JSON of the key attributes.
    pub keys: String,
    /// To the microsecond; the record itself says whole seconds.
    pub created: Time,
}

impl Service {
    /// Switches on a stream for a table with the string key `pk`, with so many open shards.
    pub fn create_stream(&mut self, table: &str, view: ViewType, shards: usize, now: Time) -> StreamArn {
        let arn = arn(table, now);
        let seed = mix_text(self.seed, arn.as_str());
        let mut stream = Stream {
            arn: arn.clone(),
            view,
            created_at: now,
            disabled_at: None,
            key_names: vec!["pk"],
            shards: vec![],
            by_id: BTreeMap::new(),
            log: Log::Written(Written::new(seed, now)),
            schedule: Schedule::default(),
        };
        stream.add_roots(&vec![1; shards.max(1)], now);
        self.add(stream);
        arn
    }

    /// Writes a change of an item. `None` where it changes nothing or the stream is switched off.
    pub fn put(
        &mut self,
        stream: &StreamArn,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
        now: Time,
    ) -> Option<(ShardId, SequenceNumber)> {
        let put = Put { key, old, new, by_ttl: false };
        self.streams.get_mut(stream)?.put(&put, REGION, now)
    }

    /// Deletes an item by time to live.
    pub fn expire(
        &mut self,
        stream: &StreamArn,
        key: &str,
        old: &str,
        now: Time,
    ) -> Option<(ShardId, SequenceNumber)> {
        let put = Put { key, old: Some(old), new: None, by_ttl: true };
        self.streams.get_mut(stream)?.put(&put, REGION, now)
    }

    /// Splits an open shard in two. No children where it is closed or unknown.
    pub fn split(&mut self, stream: &StreamArn, shard: &ShardId, now: Time) -> Vec<ShardId> {
        let Some(stream) = self.streams.get_mut(stream) else { return vec![] };
        let Some(index) = stream.by_id.get(shard).copied() else { return vec![] };
        let children = stream.split(index, now);
        children.iter().filter_map(|child| stream.shards.get(*child)).map(|child| child.id.clone()).collect()
    }

    /// Rolls an open shard over into one child.
    pub fn roll(&mut self, stream: &StreamArn, shard: &ShardId, now: Time) -> Option<ShardId> {
        let stream = self.streams.get_mut(stream)?;
        let index = stream.by_id.get(shard).copied()?;
        let child = stream.roll(index, now)?;
        stream.shards.get(child).map(|child| child.id.clone())
    }

    /// Switches a stream off: it can be read for another 24 hours.
    pub fn disable(&mut self, stream: &StreamArn, now: Time) {
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.disable(now);
        }
    }

    /// The open shards, oldest first.
    pub fn open_shards(&self, stream: &StreamArn) -> Vec<ShardId> {
        let open = self.streams.get(stream).into_iter().flat_map(Stream::open_shards);
        open.map(|shard| shard.id.clone()).collect()
    }

    /// The parent of a shard, listed or not.
    pub fn parent_of(&self, stream: &StreamArn, shard: &ShardId) -> Option<ShardId> {
        let stream = self.streams.get(stream)?;
        stream.shards.get(*stream.by_id.get(shard)?)?.parent.clone()
    }

    /// Every record written from `from` to before `until`, trimmed or not: shard by shard, in the
    /// order of their creation.
    pub fn history(&mut self, stream: &StreamArn, from: Time, until: Time) -> Vec<Witness> {
        let Some(stream) = self.streams.get_mut(stream) else { return vec![] };
        stream.advance(until);
        let mut all = vec![];
        for shard in &stream.shards {
            let end = stream.log.place_at(shard, until);
            let mut at = stream.log.place_at(shard, from);
            while let Some(found) = stream.log.find(shard, at, end) {
                at = found.place() + 1;
                let [high, low] = found.event_id();
                all.push(Witness {
                    shard: shard.id.clone(),
                    sequence_number: Sequence::of_record(stream.log.seed(), found.place()).number(),
                    event: found.event(),
                    event_id: format!("{high:016x}{low:016x}"),
                    keys: found.keys(),
                    created: found.created(),
                });
            }
        }
        all
    }
}
