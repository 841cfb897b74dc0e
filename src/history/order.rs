//! The order of an item's records over all shards.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::step::Step;
use crate::model::{Gap, GapReason, Lineage, SequenceNumber, ShardId, Time, sequence_number};

/// Records of a shard that are not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Absent where it is not known in which shards they were.
    pub shard: Option<ShardId>,
    /// The last sequence number before them; absent where nothing was read before.
    pub after: Option<SequenceNumber>,
    /// Absent where nobody has tried to read them.
    pub gap: Option<GapReason>,
}

impl Missing {
    pub fn as_gap(&self) -> Option<Gap> {
        let reason = self.gap?;
        Some(Gap { shard: self.shard.clone(), reason, after: self.after.clone() })
    }
}

/// What stands in the history of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Step(Step),
    Missing(Missing),
}

impl Entry {
    /// No shard has the empty name: what is in none stands by its time alone.
    fn shard(&self) -> ShardId {
        match self {
            Self::Step(step) => step.shard.clone(),
            Self::Missing(missing) => missing.shard.clone().unwrap_or_else(|| ShardId::new("")),
        }
    }

    pub(super) fn step(&self) -> Option<&Step> {
        match self {
            Self::Step(step) => Some(step),
            Self::Missing(_) => None,
        }
    }

    /// A gap stands directly behind the record after which it was noticed, and before all where
    /// nothing had been read.
    fn compare(&self, other: &Self) -> Ordering {
        let rank = |entry: &Self| matches!(entry, Self::Missing(_));
        match (self.number(), other.number()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => sequence_number::compare(a, b).then_with(|| rank(self).cmp(&rank(other))),
        }
    }

    fn number(&self) -> Option<&str> {
        match self {
            Self::Step(step) => Some(step.record().sequence_number()),
            Self::Missing(missing) => missing.after.as_ref().map(SequenceNumber::as_str),
        }
    }

    fn time(&self) -> Option<Time> {
        match self {
            Self::Step(step) => step.time(),
            Self::Missing(Missing { gap, .. }) => gap.and_then(GapReason::span).map(|(_, until)| until),
        }
    }
}

/// Within a shard by sequence number, an ancestor before its descendants, and else by time.
pub(super) fn order(entries: Vec<Entry>, lineage: &Lineage) -> Vec<Entry> {
    let mut ordered = Vec::with_capacity(entries.len());
    let mut shards: BTreeMap<ShardId, VecDeque<Entry>> = BTreeMap::new();
    for entry in entries {
        shards.entry(entry.shard()).or_default().push_back(entry);
    }
    for entries in shards.values_mut() {
        // Stable: what has no number stays as it came.
        entries.make_contiguous().sort_by(Entry::compare);
    }
    // How many shards above each are not through.
    let mut waits: BTreeMap<ShardId, usize> = BTreeMap::new();
    let mut below: BTreeMap<ShardId, Vec<ShardId>> = BTreeMap::new();
    for id in shards.keys() {
        let is_above = |other: &&ShardId| *other != id && lineage.descends(id, other);
        for above in shards.keys().filter(is_above) {
            *waits.entry(id.clone()).or_default() += 1;
            below.entry(above.clone()).or_default().push(id.clone());
        }
    }
    let head = |shards: &BTreeMap<ShardId, VecDeque<Entry>>, id: &ShardId| {
        let first = shards.get(id).and_then(VecDeque::front)?;
        Some((first.time(), id.clone()))
    };
    let roots = shards.keys().filter(|id| !waits.contains_key(*id));
    let mut heads: BTreeSet<(Option<Time>, ShardId)> = roots.filter_map(|id| head(&shards, id)).collect();
    while let Some((_, id)) = heads.pop_first() {
        ordered.extend(shards.get_mut(&id).and_then(VecDeque::pop_front));
        if let Some(next) = head(&shards, &id) {
            heads.insert(next);
            continue;
        }
        for below in below.remove(&id).unwrap_or_default() {
            let Some(waiting) = waits.get_mut(&below) else { continue };
            *waiting -= 1;
            if *waiting == 0 {
                heads.extend(head(&shards, &below));
            }
        }
    }
    ordered
}
