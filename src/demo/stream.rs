//! A stream of the model: its shards, how they end, split and go on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dice::{mix, mix_text};
use super::log::{Entry, Log};
use super::place::{Place, Sequence};
use super::record::{Envelope, Part, write_record};
use super::shard::{KeyRange, RETENTION, ROLLOVER, ShardState};
use crate::model::{EventName, SequenceNumber, ShardId, StreamArn, Time, ViewType};

#[derive(Debug)]
pub struct Stream {
    pub arn: StreamArn,
    pub view: ViewType,
    pub created_at: Time,
    pub disabled_at: Option<Time>,
    /// Partition key, then sort key.
    pub key_names: Vec<&'static str>,
    pub shards: Vec<ShardState>,
    pub by_id: BTreeMap<ShardId, usize>,
    pub log: Log,
    pub schedule: Schedule,
}

/// What happens to the shards by itself.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Times of splits, the latest first.
    pub splits: Vec<Time>,
    /// Go on splitting after the last of them, every few minutes.
    pub keeps_splitting: bool,
    /// No splits while this many shards are open.
    pub most_open: usize,
    pub rolls: bool,
    pub disables_at: Option<Time>,
}

/// A change of one item, written by hand.
#[derive(Clone, Copy, Debug)]
pub struct Put<'a> {
    /// The value of the partition key `pk`, a string.
    pub key: &'a str,
    /// Attributes beside the key, as DynamoDB JSON: `{"n":{"N":"1"}}`. `None`: no such item.
    pub old: Option<&'a str>,
    pub new: Option<&'a str>,
    /// Deleted by time to live.
    pub by_ttl: bool,
}

impl Stream {
    pub fn add_roots(&mut self, weights: &[u64], now: Time) {
        let first = self.boundary(now);
        for keys in KeyRange::weighted(weights) {
            self.add_shard(None, keys, first, now);
        }
    }

    fn add_shard(&mut self, parent: Option<usize>, keys: KeyRange, first: Place, now: Time) -> usize {
        let index = self.shards.len();
        let digits = mix(self.log.seed() ^ 0x5a4d, index as u64) as u32;
        let id = ShardId::new(&format!("shardId-{:020}-{digits:08x}", now.millis().max(0)));
        if let Some(parent) = parent.and_then(|parent| self.shards.get_mut(parent)) {
            parent.children.push(index);
        }
        let late = Duration::from_secs(mix(self.log.seed() ^ 0x7011, index as u64) % 180);
        self.by_id.insert(id.clone(), index);
        self.shards.push(ShardState {
            id,
            index,
            parent: parent.and_then(|parent| self.shards.get(parent)).map(|parent| parent.id.clone()),
            children: vec![],
            keys,
            first,
            end: None,
            created_at: now,
            closed_at: None,
            rolls_at: self.schedule.rolls.then(|| now.plus(ROLLOVER + late)),
        });
        if let Log::Written(written) = &mut self.log {
            written.shards.push(vec![]);
        }
        index
    }

    /// A place between what is written before `now` and after it.
    fn boundary(&mut self, now: Time) -> Place {
        match &mut self.log {
            Log::Written(written) => {
                written.last = written.last.max(now);
                written.skip()
            }
            Log::Generated(traffic) => traffic.place_at(now),
        }
    }

    fn close(&mut self, index: usize, now: Time) -> Option<(KeyRange, Place)> {
        if !self.shards.get(index)?.is_open() {
            return None;
        }
        let end = self.boundary(now);
        let shard = self.shards.get_mut(index)?;
        shard.end = Some(end.max(shard.first));
        shard.closed_at = Some(now);
        shard.rolls_at = None;
        Some((shard.keys, end))
    }

    /// Closes an open shard; each half of its keys goes on in a child of its own.
    pub fn split(&mut self, index: usize, now: Time) -> Vec<usize> {
        let Some((keys, end)) = self.close(index, now) else { return vec![] };
        keys.halves().map(|half| self.add_shard(Some(index), half, end, now)).to_vec()
    }

    /// Closes an open shard; its keys go on in one child.
    pub fn roll(&mut self, index: usize, now: Time) -> Option<usize> {
        let (keys, end) = self.close(index, now)?;
        Some(self.add_shard(Some(index), keys, end, now))
    }

    /// Nothing is written any more; open shards close and will have no children.
    pub fn disable(&mut self, now: Time) {
        for index in 0..self.shards.len() {
            self.close(index, now);
        }
        self.disabled_at.get_or_insert(now);
    }

    /// A disabled stream can be read for as long as it may hold records.
    pub fn exists(&self, now: Time) -> bool {
        self.disabled_at.is_none_or(|at| at >= now.minus(RETENTION))
    }

    pub fn open_shards(&self) -> impl Iterator<Item = &ShardState> {
        self.shards.iter().filter(|shard| shard.is_open())
    }

    pub fn shard(&self, id: &ShardId) -> Option<&ShardState> {
        self.by_id.get(id).and_then(|index| self.shards.get(*index))
    }

    /// Writes a record. `None` where nothing changes, or nothing can be written any more.
    pub fn put(&mut self, put: &Put, region: &str, now: Time) -> Option<(ShardId, SequenceNumber)> {
        let event = match (put.old, put.new) {
            (None, None) => return None,
            (Some(old), Some(new)) if old == new => return None,
            (None, Some(_)) => EventName::Insert,
            (Some(_), Some(_)) => EventName::Modify,
            (Some(_), None) => EventName::Remove,
        };
        let hash = mix_text(0, put.key);
        let shard = self.shards.iter().rev().find(|shard| shard.is_open() && shard.keys.contains(hash))?;
        let Log::Written(written) = &mut self.log else { return None };
        let place = written.next;
        let sequence = Sequence::of_record(written.seed, place);
        let created = written.last.max(now);
        let event_id = [mix(written.seed, place), mix(!written.seed, place)];
        let keys = image(put.key, "{}");
        let envelope = Envelope {
            event_id,
            event,
            created,
            sequence,
            view: &self.view,
            region,
            by_ttl: put.by_ttl && event == EventName::Remove,
        };
        let mut json = String::with_capacity(512);
        let size = write_record(&mut json, &envelope, |out, part| {
            let attributes = match part {
                Part::Keys => "{}",
                Part::NewImage => put.new.unwrap_or("{}"),
                Part::OldImage => put.old.unwrap_or("{}"),
            };
            let before = out.len();
            out.push_str(&image(put.key, attributes));
            // Names, values and little else: about two thirds of the JSON.
            (out.len() - before) * 2 / 3
        });
        let entry = Entry { place, created, event, event_id, size, keys: keys.into(), json: json.into() };
        written.shards.get_mut(shard.index)?.push(entry);
        written.next += 1;
        written.last = created;
        Some((shard.id.clone(), sequence.number()))
    }

    /// Lets the schedule happen up to `now`, in its order, however often this is called.
    pub fn advance(&mut self, now: Time) {
        while let Some((time, due)) = self.next_due() {
            if time > now {
                return;
            }
            match due {
                Due::Roll(index) => {
                    self.roll(index, time);
                }
                Due::Split => self.split_busiest(time),
                Due::Disable => {
                    self.schedule = Schedule::default();
                    self.disable(time);
                }
            }
        }
    }

    fn next_due(&self) -> Option<(Time, Due)> {
        let roll = self
            .shards
            .iter()
            .filter_map(|shard| Some((shard.rolls_at?, Due::Roll(shard.index))))
            .min_by_key(|(time, _)| *time);
        let split = self.schedule.splits.last().map(|time| (*time, Due::Split));
        let disable = self.schedule.disables_at.map(|time| (time, Due::Disable));
        [disable, split, roll].into_iter().flatten().min_by_key(|(time, _)| *time)
    }

    fn split_busiest(&mut self, now: Time) {
        self.schedule.splits.pop();
        if self.schedule.splits.is_empty() && self.schedule.keeps_splitting {
            let pause = 180 + mix(self.log.seed() ^ 0x59_117, self.shards.len() as u64) % 120;
            self.schedule.splits.push(now.plus(Duration::from_secs(pause)));
        }
        if self.open_shards().count() >= self.schedule.most_open {
            return;
        }
        // Keys are spread evenly: the widest share of them is the busiest.
        let busiest = self.open_shards().max_by_key(|shard| (shard.keys.width(), shard.index));
        if let Some(index) = busiest.map(|shard| shard.index) {
            self.split(index, now);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Due {
    Roll(usize),
    Split,
    Disable,
}

/// `{"pk":{"S":key}, attributes...}`
fn image(key: &str, attributes: &str) -> String {
    let mut out = String::with_capacity(key.len() + attributes.len() + 20);
    out.push_str("{\"pk\":{\"S\":");
    super::item::write_text(&mut out, key);
    out.push('}');
    let rest = attributes.trim().strip_prefix('{').unwrap_or("}");
    if rest.trim_start() != "}" {
        out.push(',');
    }
    out.push_str(rest);
    out
}
