//! The four requests as they come, and the rules that their parameters must keep.

use serde::Deserialize;

use super::refusal::Refusal;
use crate::model::{ShardId, StreamArn, Time};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListStreams {
    pub table_name: Option<String>,
    pub limit: Option<i64>,
    pub exclusive_start_stream_arn: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeStream {
    pub stream_arn: Option<String>,
    pub limit: Option<i64>,
    pub exclusive_start_shard_id: Option<String>,
    pub shard_filter: Option<ShardFilter>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ShardFilter {
    pub r#type: Option<String>,
    pub shard_id: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetShardIterator {
    pub stream_arn: Option<String>,
    pub shard_id: Option<String>,
    pub shard_iterator_type: Option<String>,
    pub sequence_number: Option<String>,
    /// Seconds since 1970, with a fraction.
    pub timestamp: Option<serde_json::Number>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetRecords {
    pub shard_iterator: Option<String>,
    pub limit: Option<i64>,
}

fn required<'a>(name: &str, value: Option<&'a String>) -> Result<&'a str, Refusal> {
    value.map(String::as_str).ok_or_else(|| Refusal::constraint(name, "null", "not be null"))
}

fn of_length(name: &str, value: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let length = value.chars().count();
    let quoted = format!("'{value}'");
    if length < least {
        let rule = format!("have length greater than or equal to {least}");
        return Err(Refusal::constraint(name, &quoted, &rule));
    }
    if length > most {
        return Err(Refusal::constraint(name, &quoted, &format!("have length less than or equal to {most}")));
    }
    Ok(())
}

/// The wanted count, from 1 to `most`; `most` where none is given.
pub fn limit(value: Option<i64>, most: usize) -> Result<usize, Refusal> {
    let Some(value) = value else { return Ok(most) };
    let quoted = format!("'{value}'");
    if value < 1 {
        return Err(Refusal::constraint("limit", &quoted, "have value greater than or equal to 1"));
    }
    let rule = || Refusal::constraint("limit", &quoted, &format!("have value less than or equal to {most}"));
    usize::try_from(value).ok().filter(|value| *value <= most).ok_or_else(rule)
}

pub fn stream_arn(value: Option<&String>) -> Result<StreamArn, Refusal> {
    let text = required("streamArn", value)?;
    of_length("streamArn", text, 37, 1024)?;
    StreamArn::parse(text).map_err(|_| Refusal::validation("Invalid StreamArn"))
}

pub fn shard_id(value: Option<&String>) -> Result<ShardId, Refusal> {
    let text = required("shardId", value)?;
    of_length("shardId", text, 28, 65)?;
    Ok(ShardId::new(text))
}

/// Where GetShardIterator is to point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IteratorType {
    TrimHorizon,
    Latest,
    AtSequenceNumber(String),
    AfterSequenceNumber(String),
    AtTimestamp(Time),
}

/// Each type takes exactly its own parameter.
pub fn iterator_type(request: &GetShardIterator) -> Result<IteratorType, Refusal> {
    const TYPES: &str = "[AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, AT_TIMESTAMP, TRIM_HORIZON]";
    let name = required("shardIteratorType", request.shard_iterator_type.as_ref())?;
    let sequence = || -> Result<String, Refusal> {
        let Some(text) = request.sequence_number.as_deref() else {
            return Err(Refusal::validation(format!("SequenceNumber is required for {name}")));
        };
        of_length("sequenceNumber", text, 21, 40)?;
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::validation("Invalid SequenceNumber"));
        }
        Ok(text.to_owned())
    };
    let wanted = match name {
        "TRIM_HORIZON" => IteratorType::TrimHorizon,
        "LATEST" => IteratorType::Latest,
        "AT_SEQUENCE_NUMBER" => IteratorType::AtSequenceNumber(sequence()?),
        "AFTER_SEQUENCE_NUMBER" => IteratorType::AfterSequenceNumber(sequence()?),
        "AT_TIMESTAMP" => {
            let Some(timestamp) = &request.timestamp else {
                return Err(Refusal::validation("Timestamp is required for AT_TIMESTAMP"));
            };
            let time = Time::parse_seconds(&timestamp.to_string());
            IteratorType::AtTimestamp(time.ok_or_else(|| Refusal::validation("Invalid Timestamp"))?)
        }
        other => {
            let rule = format!("satisfy enum value set: {TYPES}");
            return Err(Refusal::constraint("shardIteratorType", &format!("'{other}'"), &rule));
        }
    };
    let takes_sequence =
        matches!(wanted, IteratorType::AtSequenceNumber(_) | IteratorType::AfterSequenceNumber(_));
    if request.sequence_number.is_some() && !takes_sequence {
        return Err(Refusal::validation(format!("SequenceNumber is not allowed with {name}")));
    }
    if request.timestamp.is_some() && !matches!(wanted, IteratorType::AtTimestamp(_)) {
        return Err(Refusal::validation(format!("Timestamp is not allowed with {name}")));
    }
    Ok(wanted)
}

/// The closed shard whose children are wanted.
pub fn children_of(filter: &ShardFilter) -> Result<ShardId, Refusal> {
    let kind = required("shardFilter.type", filter.r#type.as_ref())?;
    if kind != "CHILD_SHARDS" {
        let rule = "satisfy enum value set: [CHILD_SHARDS]";
        return Err(Refusal::constraint("shardFilter.type", &format!("'{kind}'"), rule));
    }
    shard_id(filter.shard_id.as_ref())
}

pub fn shard_iterator(value: Option<&String>) -> Result<&str, Refusal> {
    let text = required("shardIterator", value)?;
    of_length("shardIterator", text, 1, 2048)?;
    Ok(text)
}
