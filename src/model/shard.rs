//! A shard: one ordered piece of a stream, and its place below a parent.

use std::fmt;
use std::sync::Arc;

use super::sequence_number::SequenceNumber;
use super::time::Time;

/// The name of a shard. The service's are `shardId-<20 digits of ms>-<8 hex>`; emulators differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(Arc<str>);

impl ShardId {
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When the shard was created, as its name hints. A hint, never a proof.
    pub fn created_at(&self) -> Option<Time> {
        let digits = self.0.strip_prefix("shardId-")?.split('-').next()?;
        if digits.len() != 20 {
            return None;
        }
        let millis: i64 = digits.parse().ok()?;
        // 2012-01-01, when DynamoDB began, to the year 2100: anything else is a counter.
        (1_325_376_000_000..4_102_444_800_000).contains(&millis).then(|| Time::from_millis(millis))
    }

    /// The last eight characters: enough to tell the shards of one stream apart.
    pub fn short(&self) -> &str {
        let from = self.0.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
        &self.0[from..]
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A shard as DescribeStream lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    pub id: ShardId,
    pub parent: Option<ShardId>,
    pub starting: Option<SequenceNumber>,
    /// Present when the shard is closed: nothing is written to it any more.
    pub ending: Option<SequenceNumber>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_id_hints_at_its_time() {
        let id = ShardId::new("shardId-00000001791316726480-f35f62ef");
        assert_eq!(id.created_at(), Some(Time::from_millis(1_791_316_726_480)));
        assert_eq!(id.short(), "f35f62ef");
    }

    #[test]
    fn foreign_shard_ids_have_no_time() {
        for text in ["", "shardId-000000000001", "shardId-00000000000000000007-aaaaaaaa", "é"] {
            assert_eq!(ShardId::new(text).created_at(), None, "{text}");
            assert!(ShardId::new(text).short().len() <= text.len());
        }
    }
}
