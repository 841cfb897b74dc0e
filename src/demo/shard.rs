//! A shard of the model: a share of the keys, for a stretch of the stream.

use std::time::Duration;

use super::place::{Place, Sequence};
use crate::model::{self, ShardId, Time};

/// A share of the space of key hashes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub low: u64,
    pub high: u64,
}

impl KeyRange {
    pub fn contains(self, hash: u64) -> bool {
        (self.low..=self.high).contains(&hash)
    }

    pub fn width(self) -> u64 {
        self.high - self.low
    }

    pub fn halves(self) -> [Self; 2] {
        let middle = self.low + self.width() / 2;
        // A range of one hash cannot be halved; its second half then shares it, and stays empty.
        let next = middle.saturating_add(1).min(self.high);
        [Self { low: self.low, high: middle }, Self { low: next, high: self.high }]
    }

    /// Cuts the whole space in proportion to the weights.
    pub fn weighted(weights: &[u64]) -> Vec<Self> {
        let total: u64 = weights.iter().sum::<u64>().max(1);
        let unit = u64::MAX / total;
        let mut low = 0_u64;
        let mut ranges = Vec::with_capacity(weights.len());
        for (index, weight) in weights.iter().enumerate() {
            let last = index + 1 == weights.len();
            let high = if last { u64::MAX } else { low + unit * weight - 1 };
            ranges.push(Self { low, high });
            low = high.saturating_add(1);
        }
        ranges
    }
}

#[derive(Clone, Debug)]
pub struct ShardState {
    pub id: ShardId,
    /// Its index in the stream, in the order of creation.
    pub index: usize,
    pub parent: Option<ShardId>,
    pub children: Vec<usize>,
    pub keys: KeyRange,
    /// Its records lie at or after this place...
    pub first: Place,
    /// ...and, once it is closed, before this one.
    pub end: Option<Place>,
    pub created_at: Time,
    pub closed_at: Option<Time>,
    /// When it rolls over by itself.
    pub rolls_at: Option<Time>,
}

/// Records are kept for 24 hours.
pub const RETENTION: Duration = Duration::from_hours(24);
/// After the last record is gone, how long reads of a shard still find it, empty.
const GRACE: Duration = Duration::from_hours(1);
/// A shard is open for about this long, and then goes on in one child.
pub const ROLLOVER: Duration = Duration::from_hours(4);

impl ShardState {
    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// A closed shard leaves the listing when every record it can hold has aged out.
    pub fn is_listed(&self, now: Time) -> bool {
        self.closed_at.is_none_or(|closed| closed >= now.minus(RETENTION))
    }

    /// Reading goes on to find it for a while after it left the listing.
    pub fn is_readable(&self, now: Time) -> bool {
        self.closed_at.is_none_or(|closed| closed > now.minus(RETENTION + GRACE))
    }

    pub fn describe(&self) -> model::Shard {
        model::Shard {
            id: self.id.clone(),
            parent: self.parent.clone(),
            starting: Some(Sequence::starting(self.first).number()),
            ending: self.end.map(|end| Sequence::ending(end).number()),
        }
    }
}
