//! What a follower asks for, and what it is told.

use std::sync::Arc;
use std::time::Duration;

use super::position::Position;
use crate::model::{ClockOffset, ShardId, SourceError, StreamArn, StreamDescription, StreamSummary};
use crate::store::Page;

/// One following of one stream. A later one of the same stream has another id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadingId(pub u32);

/// One ongoing reading of one shard. Late answers of an older tail are recognised by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TailId {
    pub reading: ReadingId,
    pub number: u32,
}

/// A shard to be read, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    pub id: TailId,
    pub stream: StreamArn,
    pub shard: ShardId,
    pub from: Position,
}

/// How eagerly a shard is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Closed or far behind: page after page.
    Drain,
    /// Looked at or tailed: every 0.25 s with data, every second without.
    Watched,
    /// Hidden: every 5 s.
    Background,
    /// Not read; one call every 5 minutes keeps the iterator alive (it would die after 15).
    Stopped,
}

/// Which shards of a stream to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// One page of all shards, behind the given one.
    Shards { after: Option<ShardId> },
    /// The children of a closed shard (ShardFilter CHILD_SHARDS). Some endpoints ignore the filter
    /// or reject it.
    ChildrenOf(ShardId),
}

/// Something to be done at the service. The only thing that the fetcher takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// One page of the streams, of one table or of all.
    ListStreams {
        run: u32,
        table: Option<String>,
        after: Option<StreamArn>,
    },
    DescribeStream {
        reading: ReadingId,
        stream: StreamArn,
        ask: Ask,
    },
    StartTail(Tail, Pace),
    SetPace(TailId, Pace),
    StopTail(TailId),
    /// What waits for credentials tries at once.
    RetryNow,
}

/// Something that happened at the service. The only thing that the fetcher sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    StreamsListed {
        run: u32,
        streams: Vec<StreamSummary>,
        /// Where the next page starts.
        more: Option<StreamArn>,
    },
    StreamsNotListed {
        run: u32,
        error: SourceError,
    },
    StreamDescribed {
        reading: ReadingId,
        stream: StreamArn,
        ask: Ask,
        description: Box<StreamDescription>,
    },
    StreamNotDescribed {
        reading: ReadingId,
        stream: StreamArn,
        ask: Ask,
        error: SourceError,
    },
    /// The service's clock, by the Date of its answers. Comes before the report of such an answer.
    ClockRead {
        offset: ClockOffset,
    },
    /// No call is made until the credentials work again; what was under way keeps its place.
    CredentialsLost {
        error: SourceError,
        /// What renews them, as a sentence.
        renewal: String,
    },
    /// All goes on from where it was.
    CredentialsRenewed,
    /// A call about streams or shards failed and will be made again.
    CallDelayed {
        reading: Option<ReadingId>,
        error: SourceError,
        again_in: Duration,
    },
    /// The tail has its first iterator.
    TailStarted {
        tail: TailId,
    },
    /// A page was read, perhaps an empty one.
    PageRead {
        tail: TailId,
        page: Arc<Page>,
        /// The answer had no next iterator.
        end: bool,
    },
    /// A call failed and will be made again from the same place.
    TailSlowed {
        tail: TailId,
        error: SourceError,
        again_in: Duration,
    },
    /// The tail has ended with an error that the same call cannot mend.
    TailStopped {
        tail: TailId,
        error: SourceError,
    },
}
