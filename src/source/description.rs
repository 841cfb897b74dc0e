//! The SDK's description of a stream in our words.

use aws_sdk_dynamodbstreams::types::{KeyType, Shard as SdkShard, StreamDescription as SdkDescription};
use aws_smithy_types::DateTime;

use crate::model::{SequenceNumber, Shard, ShardId, StreamDescription, StreamStatus, Time, ViewType};

/// What the service does not say is unknown; what it says in words of its own is kept.
pub fn description(sdk: &SdkDescription) -> StreamDescription {
    let status = sdk.stream_status().map_or("UNKNOWN", |status| status.as_str());
    let view_type = sdk.stream_view_type().map_or("UNKNOWN", |view_type| view_type.as_str());
    let mut keys: Vec<_> = sdk.key_schema().iter().collect();
    keys.sort_by_key(|key| key.key_type() != &KeyType::Hash);
    StreamDescription {
        status: StreamStatus::parse(status),
        view_type: ViewType::parse(view_type),
        created_at: sdk.creation_request_date_time().and_then(time),
        key_names: keys.into_iter().map(|key| key.attribute_name().to_owned()).collect(),
        shards: sdk.shards().iter().filter_map(shard).collect(),
        last_evaluated_shard: sdk.last_evaluated_shard_id().filter(|id| !id.is_empty()).map(ShardId::new),
    }
}

fn time(sdk: &DateTime) -> Option<Time> {
    let micros = sdk.as_nanos().checked_add(500)? / 1_000;
    i64::try_from(micros).ok().map(Time::from_micros)
}

/// A shard without an id cannot be asked for.
fn shard(sdk: &SdkShard) -> Option<Shard> {
    let range = sdk.sequence_number_range();
    let number = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(SequenceNumber::new);
    Some(Shard {
        id: sdk.shard_id().filter(|id| !id.is_empty()).map(ShardId::new)?,
        parent: sdk.parent_shard_id().filter(|id| !id.is_empty()).map(ShardId::new),
        starting: number(range.and_then(|range| range.starting_sequence_number())),
        ending: number(range.and_then(|range| range.ending_sequence_number())),
    })
}
