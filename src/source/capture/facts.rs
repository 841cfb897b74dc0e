//! Lines of a capture that are no records: streams, shards, gaps, poison, markers.

use serde::Deserialize;

use super::gather::arn;
use crate::journal::{Entry, StreamFact};
use crate::model::{
    Gap, GapReason, Marker, SequenceNumber, Shard, ShardId, StreamArn, StreamStatus, Time, ViewType,
};

/// The version of the lines that this program writes, and the last one that it knows.
const VERSION: u32 = 1;

#[derive(Deserialize)]
struct Line {
    dynascope: Said,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    v: u32,
    kind: String,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: Option<String>,
    shard_id: Option<String>,
    parent_shard_id: Option<String>,
    starting_sequence_number: Option<String>,
    ending_sequence_number: Option<String>,
    stream_status: Option<String>,
    stream_view_type: Option<String>,
    #[serde(default)]
    key_schema: Vec<Key>,
    reason: Option<String>,
    from: Option<String>,
    until: Option<String>,
    after_sequence_number: Option<String>,
    raw: Option<String>,
    time: Option<String>,
    label: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    attribute_name: String,
}

/// What a line says.
pub enum Told {
    Entry(Entry),
    /// A record that could not be understood when it was read from the service.
    Poison {
        stream: String,
        shard: String,
        reason: String,
        raw: String,
    },
}

/// Reads the line of a fact; an error says why it is foreign to us.
pub fn read(json: &str) -> Result<Told, String> {
    let line: Line = serde_json::from_str(json).map_err(|_| "a fact that cannot be understood")?;
    let said = line.dynascope;
    if said.v != VERSION {
        return Err(format!("a fact in version {}, and this program knows {VERSION}", said.v));
    }
    said.told()
}

impl Said {
    fn told(mut self) -> Result<Told, String> {
        let entry = match self.kind.as_str() {
            "stream" => {
                let status = StreamStatus::parse(&self.stream_status.take().unwrap_or_default());
                let view_type = ViewType::parse(&self.stream_view_type.take().unwrap_or_default());
                let key_names = self.key_schema.iter().map(|key| key.attribute_name.clone()).collect();
                Entry::Stream(StreamFact { stream: self.stream(), status, view_type, key_names })
            }
            "shard" => {
                let number = |text: Option<String>| text.map(|text| SequenceNumber::new(&text));
                let shard = Shard {
                    id: self.shard().ok_or("a shard without an id")?,
                    parent: self.parent_shard_id.as_deref().map(ShardId::new),
                    starting: number(self.starting_sequence_number.take()),
                    ending: number(self.ending_sequence_number.take()),
                };
                Entry::Shard { stream: self.stream(), shard }
            }
            "gap" => {
                let reason = self.gap_reason()?;
                let after = self.after_sequence_number.as_deref().map(SequenceNumber::new);
                Entry::Gap { stream: self.stream(), gap: Gap { shard: self.shard(), reason, after } }
            }
            "poison" => {
                return Ok(Told::Poison {
                    stream: self.event_source_arn.unwrap_or_default(),
                    shard: self.shard_id.unwrap_or_default(),
                    reason: self.reason.unwrap_or_default(),
                    raw: self.raw.unwrap_or_default(),
                });
            }
            "marker" => {
                let time = self.time.as_deref().and_then(Time::parse).ok_or("a marker without a time")?;
                Entry::Marker(Marker { time, label: self.label.unwrap_or_default() })
            }
            _ => return Err("a fact of an unknown kind".into()),
        };
        Ok(Told::Entry(entry))
    }

    fn stream(&self) -> StreamArn {
        arn(self.event_source_arn.as_deref().unwrap_or_default())
    }

    fn shard(&self) -> Option<ShardId> {
        self.shard_id.as_deref().map(ShardId::new)
    }

    fn gap_reason(&self) -> Result<GapReason, String> {
        let time = |text: &Option<String>| text.as_deref().and_then(Time::parse);
        let span = time(&self.from).zip(time(&self.until));
        let word = self.reason.as_deref().unwrap_or_default();
        GapReason::parse(word, span).ok_or_else(|| "a gap for an unknown reason".into())
    }
}
