//! What a stream is: plain data and its rules. No async, no clock, no terminal, no AWS.

pub mod attribute;
pub mod decimal;
pub mod diff;
pub mod error;
pub mod escapes;
pub mod gap;
pub mod json;
pub mod lineage;
pub mod marker;
pub mod moment;
pub mod path;
pub mod plain;
pub mod precision;
pub mod sequence_number;
pub mod shard;
pub mod stream;
pub mod text;
pub mod time;

pub use attribute::{AttributeType, AttributeValue, Base64, Item, ItemError, parse_item};
pub use decimal::Decimal;
pub use diff::{Change, Difference, ItemDiff, ValueChange, diff};
pub use error::{ErrorKind, Operation, Remedy, SourceError};
pub use gap::{Gap, GapReason};
pub use lineage::{Lineage, Merged};
pub use marker::Marker;
pub use path::{Path, Step};
pub use precision::Precision;
pub use sequence_number::SequenceNumber;
pub use shard::{Shard, ShardId};
pub use stream::{ArnError, EventName, StreamArn, StreamDescription, StreamStatus, StreamSummary, ViewType};
pub use time::{ClockOffset, Time};
