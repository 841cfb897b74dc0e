//! Which part of a capture is wanted: from where, until when, of which shards.

use std::collections::BTreeMap;

use crate::cli::range::{From, RangeArgs};
use crate::model::{Lineage, SequenceNumber, Shard, ShardId, StreamArn, Time};
use crate::store::RecordRef;

/// The part that the flags say.
#[derive(Debug)]
pub struct Within {
    from: Option<Time>,
    until: Option<Time>,
    shard: Option<ShardId>,
    has_descendants: bool,
    /// Where the shard begins, and whether behind that record.
    first: Option<(SequenceNumber, bool)>,
    lineages: BTreeMap<StreamArn, Lineage>,
    has_met_shard: bool,
}

impl Within {
    pub fn new(range: &RangeArgs) -> Self {
        Self {
            from: range.moment().map(|moment| moment.time),
            until: range.until.map(|moment| moment.time),
            shard: range.shard.as_deref().map(ShardId::new),
            has_descendants: !range.only,
            first: match &range.from {
                Some(From::At(number)) => Some((number.clone(), false)),
                Some(From::After(number)) => Some((number.clone(), true)),
                Some(From::Latest | From::TrimHorizon | From::Time(_)) | None => None,
            },
            lineages: BTreeMap::new(),
            has_met_shard: false,
        }
    }

    /// Learns of a shard and its parent. They are named before their records.
    pub fn know(&mut self, stream: &StreamArn, shard: Shard) {
        if self.shard.is_some() {
            self.lineages.entry(stream.clone()).or_default().merge(shard);
        }
    }

    pub fn wants_shard(&mut self, stream: &StreamArn, shard: &ShardId) -> bool {
        let Some(wanted) = &self.shard else { return true };
        self.has_met_shard |= shard == wanted;
        let descends = || self.lineages.get(stream).is_some_and(|lineage| lineage.descends(shard, wanted));
        shard == wanted || self.has_descendants && descends()
    }

    /// Whether a record of a wanted shard is wanted. One without a time may be.
    pub fn wants(&self, shard: &ShardId, record: RecordRef<'_>) -> bool {
        let is_within = record.time().is_none_or(|time| {
            self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until)
        });
        let is_behind = || {
            let Some((first, is_left_out)) = &self.first else { return true };
            let number = SequenceNumber::new(record.sequence_number());
            self.shard.as_ref() != Some(shard)
                || if *is_left_out { number > *first } else { number >= *first }
        };
        is_within && is_behind()
    }

    /// The shard that was named, where no file has it.
    pub fn missing_shard(&self) -> Option<&ShardId> {
        self.shard.as_ref().filter(|_| !self.has_met_shard)
    }
}
