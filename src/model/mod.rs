//! What a stream is: plain data and its rules. No async, no clock, no terminal, no AWS.

pub mod error;
pub mod json;
pub mod lineage;
pub mod sequence_number;
pub mod shard;
pub mod stream;
pub mod time;

pub use error::{ErrorKind, Operation, Remedy, SourceError};
pub use lineage::{Lineage, Merged};
pub use sequence_number::SequenceNumber;
pub use shard::{Shard, ShardId};
pub use stream::{ArnError, EventName, StreamArn, StreamDescription, StreamStatus, StreamSummary, ViewType};
pub use time::Time;
