//! What was not read, said aloud.

use super::sequence_number::SequenceNumber;
use super::shard::ShardId;

/// Records that exist, or may exist, and were not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub shard: ShardId,
    pub reason: GapReason,
    /// The last sequence number read before the gap; absent where nothing had been read.
    pub after: Option<SequenceNumber>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// The records passed the trim horizon (24 hours) before they were read.
    Trimmed,
    /// The shard was first read so late that its oldest records may have passed the trim horizon.
    MayBeTrimmed,
    /// The shard is no longer there: what was not read of it, or of what came after it, is lost.
    ShardGone,
}
