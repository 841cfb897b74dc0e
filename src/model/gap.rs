//! What was not read, said aloud.

use std::fmt;

use super::sequence_number::SequenceNumber;
use super::shard::ShardId;
use super::time::Time;

/// Records that exist, or may exist, and were not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Absent where it is not known in which shards the records were.
    pub shard: Option<ShardId>,
    pub reason: GapReason,
    /// The last sequence number read before the gap; absent where nothing had been read.
    pub after: Option<SequenceNumber>,
}

impl Gap {
    /// A gap in one shard, behind what was read of it.
    pub fn in_shard(shard: ShardId, reason: GapReason, after: Option<SequenceNumber>) -> Self {
        Self { shard: Some(shard), reason, after }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// The records passed the trim horizon (24 hours) before they were read.
    Trimmed,
    /// The shard was first read so late that its oldest records may have passed the trim horizon.
    MayBeTrimmed,
    /// The shard is no longer there: what was not read of it, or of what came after it, is lost.
    ShardGone,
    /// So long passed between two listings that shards may have been created, written to and
    /// trimmed without being listed. Their records are from this time, by the service's clock.
    Unlisted { from: Time, until: Time },
    /// They lie between two times that were read: nobody has asked for them yet.
    NotRead { from: Time, until: Time },
    /// They were read, but could not be written to the capture.
    NotCaptured { from: Time, until: Time },
}

impl GapReason {
    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trimmed => "trimmed",
            Self::MayBeTrimmed => "may-be-trimmed",
            Self::ShardGone => "shard-gone",
            Self::Unlisted { .. } => "unlisted",
            Self::NotRead { .. } => "not-read",
            Self::NotCaptured { .. } => "not-captured",
        }
    }

    /// The reason of a word and, where it has one, its span.
    pub fn parse(word: &str, span: Option<(Time, Time)>) -> Option<Self> {
        Some(match (word, span) {
            ("trimmed", _) => Self::Trimmed,
            ("may-be-trimmed", _) => Self::MayBeTrimmed,
            ("shard-gone", _) => Self::ShardGone,
            ("unlisted", Some((from, until))) => Self::Unlisted { from, until },
            ("not-read", Some((from, until))) => Self::NotRead { from, until },
            ("not-captured", Some((from, until))) => Self::NotCaptured { from, until },
            _ => return None,
        })
    }

    /// From when to when the records are, by the service's clock, where that is known.
    pub fn span(self) -> Option<(Time, Time)> {
        match self {
            Self::Unlisted { from, until }
            | Self::NotRead { from, until }
            | Self::NotCaptured { from, until } => Some((from, until)),
            Self::Trimmed | Self::MayBeTrimmed | Self::ShardGone => None,
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trimmed => f.write_str("records were trimmed before they were read"),
            Self::MayBeTrimmed => {
                f.write_str("the oldest records may have been trimmed before they were read")
            }
            Self::ShardGone => f.write_str(
                "the shard is no longer there; what was not read of it, or came after it, is lost",
            ),
            Self::Unlisted { from, until } => {
                write!(f, "shards may have come and gone unseen from {from} to {until}")
            }
            Self::NotRead { from, until } => write!(f, "not read: what was written from {from} to {until}"),
            Self::NotCaptured { from, until } => {
                write!(f, "read, but not written to the capture: what came from {from} to {until}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_by_its_word_and_its_span() {
        let (from, until) = (Time::from_seconds(1), Time::from_seconds(2));
        for reason in [
            GapReason::Trimmed,
            GapReason::MayBeTrimmed,
            GapReason::ShardGone,
            GapReason::Unlisted { from, until },
            GapReason::NotRead { from, until },
            GapReason::NotCaptured { from, until },
        ] {
            assert_eq!(GapReason::parse(reason.word(), reason.span()), Some(reason));
        }
        assert_eq!(GapReason::parse("not-read", None), None);
        assert_eq!(GapReason::parse("lost", None), None);
    }
}
