//! A checkpoint as JSON: times in UTC, positions in the words of `--from`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Checkpoint, KnownShard, Place, Standing};
use crate::follow::position::Position;
use crate::follow::progress::End;
use crate::model::moment::parse_moment;
use crate::model::time::Zone;
use crate::model::{SequenceNumber, ShardId, StreamArn, Time};

#[derive(Serialize, Deserialize)]
pub struct FileText {
    pub dynascope: Body,
}

#[derive(Serialize, Deserialize)]
pub struct Body {
    pub v: u32,
    pub kind: String,
    pub streams: Vec<StreamText>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StreamText {
    stream_arn: String,
    written: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only_shard: Option<String>,
    descendants: bool,
    started: String,
    /// `trim-horizon` or a time.
    from: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    listed_from: Option<String>,
    settled: bool,
    disabled: bool,
    shards: Vec<ShardText>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShardText {
    shard_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_shard_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ending_sequence_number: Option<String>,
    #[serde(flatten)]
    state: StateText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drop_before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owed_from: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
enum StateText {
    /// It waits for its parent.
    Waiting,
    BeforeStart,
    Reading {
        /// `trim-horizon`, `after:NUMBER`, `at:NUMBER` or a time.
        position: String,
    },
    Exhausted {
        end: EndText,
        #[serde(rename = "endedAt")]
        ended_at: String,
    },
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EndText {
    Drained,
    Trimmed,
    Gone,
}

impl StreamText {
    pub fn of(checkpoint: &Checkpoint) -> Self {
        Self {
            stream_arn: checkpoint.stream.to_string(),
            written: checkpoint.written.to_string(),
            only_shard: checkpoint.only.as_ref().map(ToString::to_string),
            descendants: checkpoint.descendants,
            started: checkpoint.started.to_string(),
            from: checkpoint.from.map_or(TRIM_HORIZON.to_owned(), |time| time.to_string()),
            listed_from: checkpoint.listed_from.map(|time| time.to_string()),
            settled: checkpoint.settled,
            disabled: checkpoint.disabled,
            shards: checkpoint.shards.iter().map(|(id, known)| ShardText::of(id, known)).collect(),
        }
    }

    pub fn checkpoint(self) -> Result<Checkpoint, String> {
        let shards = self.shards.into_iter().map(ShardText::shard);
        Ok(Checkpoint {
            stream: StreamArn::parse(&self.stream_arn).map_err(|error| error.to_string())?,
            written: time(&self.written)?,
            only: self.only_shard.as_deref().map(ShardId::new),
            descendants: self.descendants,
            started: time(&self.started)?,
            from: if self.from == TRIM_HORIZON { None } else { Some(time(&self.from)?) },
            listed_from: self.listed_from.as_deref().map(time).transpose()?,
            settled: self.settled,
            disabled: self.disabled,
            shards: shards.collect::<Result<BTreeMap<_, _>, _>>()?,
        })
    }
}

impl ShardText {
    fn of(id: &ShardId, known: &KnownShard) -> Self {
        let state = match known.place.as_ref().map(|place| &place.at) {
            None => StateText::Waiting,
            Some(Standing::BeforeStart) => StateText::BeforeStart,
            Some(Standing::At(position)) => StateText::Reading { position: position_text(position) },
            Some(Standing::Exhausted { end, at }) => {
                let end = match end {
                    // Only a reading beside a live one meets it, and that leaves no checkpoint.
                    End::Drained | End::Met => EndText::Drained,
                    End::Trimmed => EndText::Trimmed,
                    End::Gone => EndText::Gone,
                };
                StateText::Exhausted { end, ended_at: at.to_string() }
            }
        };
        let times =
            |of: fn(&Place) -> Option<Time>| known.place.as_ref().and_then(of).map(|time| time.to_string());
        Self {
            shard_id: id.to_string(),
            parent_shard_id: known.parent.as_ref().map(ToString::to_string),
            ending_sequence_number: known.ending.as_ref().map(ToString::to_string),
            state,
            drop_before: times(|place| place.drop_before),
            owed_from: times(|place| place.owed_from),
        }
    }

    fn shard(self) -> Result<(ShardId, KnownShard), String> {
        let at = match &self.state {
            StateText::Waiting => None,
            StateText::BeforeStart => Some(Standing::BeforeStart),
            StateText::Reading { position } => Some(Standing::At(parse_position(position)?)),
            StateText::Exhausted { end, ended_at } => {
                let end = match end {
                    EndText::Drained => End::Drained,
                    EndText::Trimmed => End::Trimmed,
                    EndText::Gone => End::Gone,
                };
                Some(Standing::Exhausted { end, at: time(ended_at)? })
            }
        };
        let drop_before = self.drop_before.as_deref().map(time).transpose()?;
        let owed_from = self.owed_from.as_deref().map(time).transpose()?;
        let known = KnownShard {
            parent: self.parent_shard_id.as_deref().map(ShardId::new),
            ending: self.ending_sequence_number.as_deref().map(SequenceNumber::new),
            place: at.map(|at| Place { at, drop_before, owed_from }),
        };
        Ok((ShardId::new(&self.shard_id), known))
    }
}

const TRIM_HORIZON: &str = "trim-horizon";

fn position_text(position: &Position) -> String {
    match position {
        Position::TrimHorizon => TRIM_HORIZON.to_owned(),
        Position::Latest => "latest".to_owned(),
        Position::AtTimestamp(time) => time.to_string(),
        Position::AtSequenceNumber(number) => format!("at:{number}"),
        Position::AfterSequenceNumber(number) => format!("after:{number}"),
    }
}

fn parse_position(text: &str) -> Result<Position, String> {
    Ok(match text.split_once(':') {
        None if text == TRIM_HORIZON => Position::TrimHorizon,
        Some(("at", number)) => Position::AtSequenceNumber(SequenceNumber::new(number)),
        Some(("after", number)) => Position::AfterSequenceNumber(SequenceNumber::new(number)),
        // LATEST would be another place today than it was then.
        Some(_) | None => Position::AtTimestamp(time(text)?),
    })
}

fn time(text: &str) -> Result<Time, String> {
    parse_moment(text, Time::default(), Zone::Utc).ok_or_else(|| format!("{text:?} is no time"))
}
