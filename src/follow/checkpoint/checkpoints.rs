//! The checkpoints of several streams, and the file's text that they are.

use serde::Deserialize;

use super::Checkpoint;
use super::text::{Body, FileText, StreamText};
use crate::model::StreamArn;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;
const KIND: &str = "checkpoint";
/// What is left of a file that was cut off.
const BEGINNING: &str = "{\"dynascope\":{";

/// Where the reading of several streams stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoints(Vec<Checkpoint>);

/// Why a text is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointsError {
    #[error("it is no checkpoint of dynascope")]
    Foreign,
    #[error("a newer dynascope wrote it (version {0}; this one reads {VERSION})")]
    Newer(u32),
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl Checkpoints {
    pub fn of(&self, stream: &StreamArn) -> Option<&Checkpoint> {
        self.0.iter().find(|checkpoint| checkpoint.stream == *stream)
    }

    /// The newest of another stream of the same table: one before this.
    pub fn of_older(&self, stream: &StreamArn) -> Option<&Checkpoint> {
        let place =
            |arn: &StreamArn| (arn.region().to_owned(), arn.account().to_owned(), arn.table().to_owned());
        let is_older =
            |it: &&Checkpoint| place(&it.stream) == place(stream) && it.stream.label() < stream.label();
        self.0.iter().filter(is_older).max_by_key(|it| it.stream.label())
    }

    /// Puts a stream's checkpoint in the place of its earlier one. The others stay.
    pub fn put(&mut self, checkpoint: Checkpoint) {
        match self.0.iter_mut().find(|known| known.stream == checkpoint.stream) {
            Some(known) => *known = checkpoint,
            None => self.0.push(checkpoint),
        }
    }

    /// Whether going on from here would be no different from going on from there.
    pub fn stand_like(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| a.stands_like(b))
    }

    pub fn to_text(&self) -> String {
        let streams = self.0.iter().map(StreamText::of).collect();
        let text = FileText { dynascope: Body { v: VERSION, kind: KIND.to_owned(), streams } };
        // Nothing in it can fail to be JSON.
        serde_json::to_string(&text).map_or(String::new(), |text| text + "\n")
    }

    /// Reads what [`to_text`](Self::to_text) wrote. Nothing at all is a file that was only made.
    pub fn parse(text: &str) -> Result<Self, CheckpointsError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // First what it claims to be: what a newer version holds may look otherwise.
        let damaged = |error: serde_json::Error| CheckpointsError::Damaged(error.to_string());
        // Of lines of JSON, which is what a capture is, the first.
        let head = serde_json::Deserializer::from_str(text).into_iter::<HeadText>().next();
        match head.and_then(Result::ok) {
            Some(HeadText { dynascope: Head { kind, .. } }) if kind != KIND => {
                return Err(CheckpointsError::Foreign);
            }
            Some(HeadText { dynascope: Head { v, .. } }) if v > VERSION => {
                return Err(CheckpointsError::Newer(v));
            }
            None if !text.starts_with(BEGINNING) => return Err(CheckpointsError::Foreign),
            Some(_) | None => {}
        }
        let file: FileText = serde_json::from_str(text).map_err(damaged)?;
        let streams = file.dynascope.streams.into_iter().map(StreamText::checkpoint);
        streams.collect::<Result<_, _>>().map(Self).map_err(CheckpointsError::Damaged)
    }
}

impl From<Checkpoint> for Checkpoints {
    fn from(checkpoint: Checkpoint) -> Self {
        Self(vec![checkpoint])
    }
}

#[derive(Deserialize)]
struct HeadText {
    dynascope: Head,
}

#[derive(Deserialize)]
struct Head {
    v: u32,
    kind: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::follow::Position;
    use crate::follow::checkpoint::{KnownShard, Place, Standing};
    use crate::follow::progress::End;
    use crate::model::{SequenceNumber, ShardId, Time};

    const STREAM: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000";

    fn checkpoint() -> Checkpoint {
        let place = |at| Some(Place { at, drop_before: None, owed_from: None });
        let after = Position::AfterSequenceNumber(SequenceNumber::new("7"));
        let at = Time::from_micros(1_500_000);
        let shards = [
            ("a", None, place(Standing::BeforeStart)),
            ("b", Some("a"), place(Standing::Exhausted { end: End::Drained, at })),
            ("c", Some("b"), place(Standing::At(after))),
            ("d", Some("b"), place(Standing::At(Position::AtTimestamp(at)))),
            ("e", Some("b"), place(Standing::At(Position::TrimHorizon))),
            ("f", Some("e"), None),
        ];
        let mut checkpoint =
            Checkpoint::from_the_birth_of(StreamArn::parse(STREAM).unwrap(), Time::from_seconds(1));
        checkpoint.shards = shards
            .into_iter()
            .map(|(id, parent, place)| {
                let ending = parent.is_none().then(|| SequenceNumber::new("3"));
                (ShardId::new(id), KnownShard { parent: parent.map(ShardId::new), ending, place })
            })
            .collect();
        checkpoint
    }

    #[test]
    fn a_checkpoint_is_json_of_a_version_and_read_as_it_was_written() {
        let checkpoints = Checkpoints::from(checkpoint());
        insta::assert_snapshot!(checkpoints.to_text().replace("},{", "},\n{"), @r#"
        {"dynascope":{"v":1,"kind":"checkpoint","streams":[{"streamArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000","written":"1970-01-01T00:00:01Z","descendants":true,"started":"1970-01-01T00:00:01Z","from":"trim-horizon","listedFrom":"1970-01-01T00:00:01Z","settled":false,"disabled":false,"shards":[{"shardId":"a","endingSequenceNumber":"3","state":"before-start"},
        {"shardId":"b","parentShardId":"a","state":"exhausted","end":"drained","endedAt":"1970-01-01T00:00:01.5Z"},
        {"shardId":"c","parentShardId":"b","state":"reading","position":"after:7"},
        {"shardId":"d","parentShardId":"b","state":"reading","position":"1970-01-01T00:00:01.5Z"},
        {"shardId":"e","parentShardId":"b","state":"reading","position":"trim-horizon"},
        {"shardId":"f","parentShardId":"e","state":"waiting"}]}]}}
        "#);
        assert_eq!(Checkpoints::parse(&checkpoints.to_text()), Ok(checkpoints));
        assert_eq!(Checkpoints::parse(""), Ok(Checkpoints::default()), "a file that mktemp has made");
    }

    #[test]
    fn what_is_no_checkpoint_or_a_newer_or_half_of_one_is_told_apart() {
        let text = Checkpoints::from(checkpoint()).to_text();
        let capture = "{\"dynascope\":{\"v\":1,\"kind\":\"stream\"}}\n{\"eventID\":\"1\"}\n";
        for foreign in [capture, "{}", "[]", "hello", "\u{0}"] {
            assert_eq!(Checkpoints::parse(foreign), Err(CheckpointsError::Foreign), "{foreign:?}");
        }
        let newer = "{\"dynascope\":{\"v\":2,\"kind\":\"checkpoint\",\"tables\":7}}";
        assert_eq!(Checkpoints::parse(newer), Err(CheckpointsError::Newer(2)));
        for length in BEGINNING.len()..text.len() - 2 {
            let half = Checkpoints::parse(&text[..length]);
            assert!(matches!(half, Err(CheckpointsError::Damaged(_))), "{length}: {half:?}");
        }
        for (place, wrong) in
            [("after:7", "latest"), ("1970-01-01T00:00:01Z", "tomorrow"), ("arn:aws", "arn")]
        {
            let half = Checkpoints::parse(&text.replacen(place, wrong, 1));
            assert!(matches!(half, Err(CheckpointsError::Damaged(_))), "{wrong}: {half:?}");
        }
    }

    #[test]
    fn a_stream_s_checkpoint_takes_the_place_of_its_earlier_one_and_others_stay() {
        let newer = StreamArn::parse(&STREAM.replace("2026-01-01", "2026-01-02")).unwrap();
        let mut checkpoints = Checkpoints::from(checkpoint());
        assert_eq!(checkpoints.of_older(&newer), Some(&checkpoint()));
        let other = StreamArn::parse(&STREAM.replace("table/t/", "table/u/")).unwrap();
        assert_eq!(checkpoints.of_older(&other), None, "another table's");
        let later = Checkpoint { written: Time::from_seconds(9), ..checkpoint() };
        checkpoints.put(Checkpoint { stream: newer.clone(), ..checkpoint() });
        checkpoints.put(later.clone());
        assert_eq!(checkpoints.of(&later.stream), Some(&later));
        assert_eq!(checkpoints.of(&newer).map(|it| it.written), Some(Time::from_seconds(1)));
        assert_eq!(checkpoints.of_older(&later.stream), None);
    }
}
