//! What a follower wants done, and what it warns of.

use std::sync::Arc;

use super::request::Request;
use crate::model::{Gap, ShardId, StreamArn};
use crate::store::Page;

/// Something for the follower's owner to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Request(Request),
    /// Records that were not shown before.
    Show {
        shard: ShardId,
        page: Arc<Page>,
    },
    Gap(Gap),
    Warn(Warning),
}

/// Something that should not be, and costs no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    #[error("shard {0} names itself or a descendant as its parent; it is read as a root")]
    Cycle(ShardId),
    #[error("the endpoint repeats a page of DescribeStream; the shards listed so far are kept")]
    RepeatedListing,
    #[error("shard {0}: sequence numbers go backwards; shown in the order of arrival")]
    OutOfOrder(ShardId),
    #[error("the stream of {0} is disabled: nothing new is written to it")]
    Disabled(String),
    #[error("{table} has a newer stream, which is not followed: {newest}", table = newest.table())]
    NewerStream { newest: StreamArn },
    #[error("shard {0}: an answer had no next iterator, but the shard is listed as open; reading on")]
    UnverifiedEnd(ShardId),
}
