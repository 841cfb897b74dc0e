//! Files in place of AWS: what they bring, and what cannot be done with them.

use super::action::Intent;
use super::effect::Effect;
use super::reading::Reading;
use super::shards::Choice;
use super::summary::thousands;
use super::{AppState, Connection, Loadable, Pane};
use crate::journal::{Captured, Entry, SoFar, StreamFact};
use crate::model::{StreamArn, StreamDescription, StreamStatus, ViewType};

/// The files that are looked at.
#[derive(Clone, Debug)]
pub struct Offline {
    /// As they were named.
    pub files: Vec<String>,
    pub so_far: SoFar,
    /// The cursor has been put on the first record.
    has_begun: bool,
}

impl Offline {
    pub fn new(files: Vec<String>) -> Self {
        Self { files, so_far: SoFar::default(), has_begun: false }
    }

    pub fn is_loading(&self) -> bool {
        !self.so_far.is_done
    }

    /// How much of the files has been read, in percent, where their size is known.
    fn percent(&self) -> Option<u64> {
        let of = self.so_far.of.filter(|of| *of > 0)?;
        Some((u128::from(self.so_far.bytes.min(of)) * 100 / u128::from(of)) as u64)
    }

    /// `offline`, the files, and how far their reading has come.
    pub fn words(&self) -> Vec<String> {
        let files = match &self.files[..] {
            [first, _, ..] => format!("{first} and {} more", self.files.len() - 1),
            files => files.concat(),
        };
        let mut words = vec!["offline".to_owned(), files];
        if self.is_loading() {
            words.extend(self.percent().map(|percent| format!("{percent}%")));
        }
        words.push(format!("{} records", thousands(self.so_far.records)));
        for (count, what) in [(self.so_far.bad.count, "bad"), (self.so_far.foreign.count, "foreign")] {
            if count > 0 {
                let lines = if count == 1 { "line" } else { "lines" };
                words.push(format!("{} {what} {lines}", thousands(count)));
            }
        }
        if !self.so_far.troubles.is_empty() {
            words.push("cut short".to_owned());
        }
        words
    }
}

impl AppState {
    /// What is done first where files are looked at: nothing is asked for.
    pub(super) fn begin_offline(&mut self) -> Vec<Effect> {
        self.connection = Connection::Ready;
        self.streams.listing = Loadable::Ready(());
        let first = self.first.take();
        let mut reading = Reading::offline(self.budget, self.now);
        reading.keep_only = first.keep_only;
        self.reading = Some(reading);
        self.focus = Pane::Records;
        self.filter_first(first.filter)
    }

    /// Takes in a piece of the files.
    pub(super) fn on_loaded(&mut self, captured: Captured) -> Vec<Effect> {
        let now = self.now;
        self.is_dirty = true;
        let (Some(offline), Some(reading)) = (&mut self.offline, &mut self.reading) else { return vec![] };
        offline.so_far = captured.so_far;
        let is_done = !offline.is_loading();
        let remarks = offline.so_far.remarks();
        let facts: Vec<StreamFact> = captured
            .entries
            .iter()
            .filter_map(|entry| if let Entry::Stream(fact) = entry { Some(fact.clone()) } else { None })
            .collect();
        let outcome = reading.load(captured.entries, &mut self.next_reading, now);
        let streams: Vec<StreamArn> =
            reading.followers.iter().map(|follower| follower.stream().clone()).collect();
        for stream in streams {
            if !self.streams.entries.contains_key(&stream) {
                self.know(&stream);
            }
        }
        if !facts.is_empty() {
            self.records.forget_texts();
        }
        for fact in facts {
            self.streams.described(&fact.stream, description(fact.status, fact.view_type, fact.key_names));
        }
        self.shards.is_stale = true;
        let marked = outcome.marked.clone();
        let effects = self.take(outcome);
        if let Some(reading) = &self.reading {
            for id in marked {
                self.records.marked(id, reading);
            }
        }
        if is_done {
            for remark in remarks {
                self.note(remark);
            }
        }
        effects
    }

    /// Puts the cursor on the first record once there is one, so that nothing moves while more come.
    pub(super) fn begin_at_first(&mut self) {
        let (Some(offline), Some(reading)) = (&mut self.offline, &self.reading) else { return };
        if !offline.has_begun && !self.records.timeline(reading).is_empty() {
            offline.has_begun = true;
            self.records.stay_at(0, reading);
        }
    }

    /// Shows the records of a stream, or of all that are in the files.
    pub(super) fn narrow_to(&mut self, chosen: &[StreamArn]) {
        let Some(reading) = &self.reading else { return };
        let place = |arn: &StreamArn| reading.followers.iter().position(|follower| follower.stream() == arn);
        let choice = match chosen {
            [only] if reading.is_several() => place(only).map_or(Choice::All, Choice::Stream),
            _ => Choice::All,
        };
        if chosen.len() > 1 && chosen.len() < reading.followers.len() {
            self.note("the streams of files are shown one at a time, or all together");
        }
        self.streams.marks.clear();
        self.shards.select(&choice);
        self.focus = Pane::Records;
    }

    /// Why something cannot be done with files, if it cannot.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most can be done")]
    pub(super) fn refused_offline(&self, intent: &Intent) -> Option<&'static str> {
        self.offline.as_ref()?;
        Some(match intent {
            Intent::Follow if self.history.is_none() => {
                "this is a file: nothing is written to it any more; G goes to its end"
            }
            Intent::StopOrGoOn => "this is a file: nothing is read but what it holds",
            Intent::FurtherBack => "this is a file: there is nothing further back than it goes",
            Intent::DropMarker => "this is a file: markers are dropped while something is read",
            Intent::Retry => "this is a file: there is nothing to try again",
            _ => return None,
        })
    }
}

fn description(status: StreamStatus, view_type: ViewType, key_names: Vec<String>) -> StreamDescription {
    StreamDescription {
        status,
        view_type,
        created_at: None,
        key_names,
        shards: vec![],
        last_evaluated_shard: None,
    }
}
