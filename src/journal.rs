//! What belongs in a capture: the records as they were read, and the facts beside them.

mod captured;

pub use captured::{Captured, Lines, SoFar, Trouble, WrongLine};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::follow::Follower;
use crate::model::{Gap, Marker, Shard, ShardId, StreamArn, StreamStatus, ViewType};
use crate::store::Page;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Stream(StreamFact),
    Shard {
        stream: StreamArn,
        shard: Shard,
    },
    /// Records, and what could not be understood among them.
    Page {
        stream: StreamArn,
        shard: ShardId,
        page: Arc<Page>,
    },
    Gap {
        stream: StreamArn,
        gap: Gap,
    },
    Marker(Marker),
}

/// A stream as it was last described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFact {
    pub stream: StreamArn,
    pub status: StreamStatus,
    pub view_type: ViewType,
    pub key_names: Vec<String>,
}

/// How the writing of a capture stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Records written since it was opened.
    pub records: u64,
    /// How long the file is.
    pub bytes: u64,
    /// Why nothing can be written at the moment: it is tried again and again.
    pub trouble: Option<String>,
    /// Records that were read and are not in the capture: a gap in it.
    pub left_out: u64,
}

impl Kept {
    /// Whether nothing that was read is missing.
    pub fn is_whole(&self) -> bool {
        self.trouble.is_none() && self.left_out == 0
    }

    /// What is to be said of a change, in words; `None` where all goes well as before.
    pub fn change(&self, before: &Self) -> Option<String> {
        match (&before.trouble, &self.trouble) {
            (None, Some(trouble)) => Some(format!(
                "the capture cannot be written: {trouble}; reading goes on, what comes waits, and it is tried \
                 again every second"
            )),
            (Some(_), None) if self.left_out == 0 => {
                Some("the capture is written again; nothing is missing".to_owned())
            }
            (Some(_), None) => Some(format!(
                "the capture is written again; {} records were too many to wait and are missing: a gap in it",
                self.left_out
            )),
            (Some(_), Some(_)) if before.left_out == 0 && self.left_out > 0 => Some(
                "the capture still cannot be written: records are left out of it from here on".to_owned(),
            ),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

/// Which facts have been told, so that each is told when it is new or has changed.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    streams: BTreeMap<StreamArn, Told>,
}

#[derive(Clone, Debug, Default)]
struct Told {
    stream: Option<StreamFact>,
    shards: BTreeMap<ShardId, Shard>,
}

impl Journal {
    /// What a follower knows that was not told yet. Told before the records of a page, a shard's fact
    /// precedes its records: no shard is read that is not listed.
    pub fn news(&mut self, follower: &Follower) -> Vec<Entry> {
        let stream = follower.stream();
        let told = self.streams.entry(stream.clone()).or_default();
        let mut entries = vec![];
        let described = follower.status().zip(follower.view_type()).map(|(status, view_type)| StreamFact {
            stream: stream.clone(),
            status: status.clone(),
            view_type: view_type.clone(),
            key_names: follower.key_names().to_vec(),
        });
        if let Some(fact) = described.filter(|fact| told.stream.as_ref() != Some(fact)) {
            told.stream = Some(fact.clone());
            entries.push(Entry::Stream(fact));
        }
        for shard in follower.lineage().shards() {
            if told.shards.get(&shard.id) != Some(shard) {
                told.shards.insert(shard.id.clone(), shard.clone());
                entries.push(Entry::Shard { stream: stream.clone(), shard: shard.clone() });
            }
        }
        // What is not listed any more needs no memory.
        told.shards.retain(|id, _| follower.lineage().get(id).is_some());
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::follow::{Ask, ReadingId, Report, Start};
    use crate::model::{SequenceNumber, StreamDescription, Time};

    fn shard(id: &str, parent: Option<&str>, ending: Option<&str>) -> Shard {
        Shard {
            id: ShardId::new(id),
            parent: parent.map(ShardId::new),
            starting: None,
            ending: ending.map(SequenceNumber::new),
        }
    }

    #[test]
    fn a_fact_is_told_when_it_is_new_and_when_it_has_changed() {
        let arn = "arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000";
        let stream = StreamArn::parse(arn).unwrap();
        let now = Time::from_seconds(1_000);
        let mut follower = Follower::new(ReadingId(1), stream.clone(), Start::TrimHorizon, None, now);
        let mut journal = Journal::default();
        assert_eq!(journal.news(&follower), [], "nothing is known");
        let mut describe = |status: StreamStatus, shards: Vec<Shard>| {
            let description = Box::new(StreamDescription {
                status,
                view_type: ViewType::KeysOnly,
                created_at: None,
                key_names: vec!["pk".into()],
                shards,
                last_evaluated_shard: None,
            });
            let (reading, ask) = (ReadingId(1), Ask::Shards { after: None });
            let stream = stream.clone();
            follower.on(Report::StreamDescribed { reading, stream, ask, description }, now);
            journal.news(&follower)
        };
        let fact = |status| {
            let key_names = vec!["pk".into()];
            Entry::Stream(StreamFact {
                stream: stream.clone(),
                status,
                view_type: ViewType::KeysOnly,
                key_names,
            })
        };
        let told = |shard: &Shard| Entry::Shard { stream: stream.clone(), shard: shard.clone() };
        let (open, closed) = (shard("a", None, None), shard("a", None, Some("9")));
        let child = shard("b", Some("a"), None);
        let enabled = || StreamStatus::Enabled;
        assert_eq!(describe(enabled(), vec![open.clone()]), [fact(enabled()), told(&open)]);
        assert_eq!(describe(enabled(), vec![open]), []);
        assert_eq!(describe(enabled(), vec![closed.clone(), child.clone()]), [told(&closed), told(&child)]);
        assert_eq!(describe(StreamStatus::Disabled, vec![closed, child]), [fact(StreamStatus::Disabled)]);
    }
}
