//! Where a stream's records come from: written by hand, or computed when they are read.

use super::place::{Place, Sequence};
use super::record::{Envelope, Part, write_record};
use super::shard::ShardState;
use super::traffic::{Change, Traffic};
use crate::model::{EventName, Time};

#[derive(Debug)]
pub enum Log {
    Written(Written),
    Generated(Traffic),
}

/// Records written by hand, by shard, in the order of their places.
#[derive(Debug)]
pub struct Written {
    pub seed: u64,
    /// The place of the next record.
    pub next: Place,
    /// Time does not run backwards in a stream.
    pub last: Time,
    pub shards: Vec<Vec<Entry>>,
}

#[derive(Debug)]
pub struct Entry {
    pub place: Place,
    pub created: Time,
    pub event: EventName,
    pub event_id: [u64; 2],
    pub size: usize,
    /// `{"pk":{"S":...}}`
    pub keys: Box<str>,
    pub json: Box<str>,
}

/// A record that a search came upon; not rendered yet.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    Written(&'a Entry),
    Generated(&'a Traffic, Place, Change),
}

impl Log {
    pub fn seed(&self) -> u64 {
        match self {
            Self::Written(written) => written.seed,
            Self::Generated(traffic) => traffic.seed(),
        }
    }

    /// The place behind everything that is written at `now`.
    pub fn end(&self, now: Time) -> Place {
        match self {
            Self::Written(written) => written.next,
            Self::Generated(traffic) => traffic.place_at(Time::from_micros(now.micros() + 1)),
        }
    }

    /// The first place in the shard with a record of `time` or later, as far as is known.
    pub fn place_at(&self, shard: &ShardState, time: Time) -> Place {
        let place = match self {
            Self::Written(written) => {
                let entries = written.entries(shard);
                let index = entries.partition_point(|entry| entry.created < time);
                entries.get(index).map_or(written.next, |entry| entry.place)
            }
            Self::Generated(traffic) => traffic.place_at(time),
        };
        place.clamp(shard.first, shard.end.unwrap_or(Place::MAX))
    }

    /// When the stretch before `place` was last alive: what was read up to there.
    pub fn time_before(&self, shard: &ShardState, place: Place) -> Time {
        match self {
            Self::Written(written) => {
                let entries = written.entries(shard);
                let index = entries.partition_point(|entry| entry.place < place);
                let before = index.checked_sub(1).and_then(|index| entries.get(index));
                before.map_or(shard.created_at, |entry| entry.created)
            }
            Self::Generated(traffic) => traffic.time_of(place),
        }
    }

    /// The first record of the shard in the places from `from` to before `until`.
    pub fn find(&self, shard: &ShardState, from: Place, until: Place) -> Option<Found<'_>> {
        match self {
            Self::Written(written) => {
                let entries = written.entries(shard);
                let index = entries.partition_point(|entry| entry.place < from);
                entries.get(index).filter(|entry| entry.place < until).map(Found::Written)
            }
            Self::Generated(traffic) => {
                let from = from.max(shard.first);
                let (place, change) = traffic.find(shard.keys, from, until)?;
                Some(Found::Generated(traffic, place, change))
            }
        }
    }
}

impl Written {
    pub fn new(seed: u64, created: Time) -> Self {
        // The second record has a digit more than the first.
        Self { seed, next: 2, last: created, shards: vec![] }
    }

    fn entries(&self, shard: &ShardState) -> &[Entry] {
        self.shards.get(shard.index).map_or(&[], Vec::as_slice)
    }

    /// A place that no record has: where shards end and begin.
    pub fn skip(&mut self) -> Place {
        self.next += 1;
        self.next - 1
    }
}

impl Found<'_> {
    pub fn place(&self) -> Place {
        match self {
            Self::Written(entry) => entry.place,
            Self::Generated(_, place, _) => *place,
        }
    }

    pub fn created(&self) -> Time {
        match self {
            Self::Written(entry) => entry.created,
            Self::Generated(traffic, place, _) => traffic.time_of(*place),
        }
    }

    pub fn event(&self) -> EventName {
        match self {
            Self::Written(entry) => entry.event,
            Self::Generated(traffic, _, change) => traffic.event_of(*change),
        }
    }

    pub fn event_id(&self) -> [u64; 2] {
        match self {
            Self::Written(entry) => entry.event_id,
            Self::Generated(traffic, place, _) => traffic.event_id(*place),
        }
    }

    pub fn keys(&self) -> String {
        match self {
            Self::Written(entry) => entry.keys.to_string(),
            Self::Generated(traffic, _, change) => {
                let mut keys = String::new();
                traffic.write_part(&mut keys, *change, Part::Keys);
                keys
            }
        }
    }

    /// Writes the whole record. Returns SizeBytes.
    pub fn write(&self, out: &mut String, region: &str) -> usize {
        match self {
            Self::Written(entry) => {
                out.push_str(&entry.json);
                entry.size
            }
            Self::Generated(traffic, place, change) => {
                let event = traffic.event_of(*change);
                let envelope = Envelope {
                    event_id: traffic.event_id(*place),
                    event,
                    created: traffic.time_of(*place),
                    sequence: Sequence::of_record(traffic.seed(), *place),
                    view: traffic.view(),
                    region,
                    by_ttl: event == EventName::Remove && traffic.removes_by_ttl(*change),
                };
                write_record(out, &envelope, |out, part| traffic.write_part(out, *change, part))
            }
        }
    }
}
