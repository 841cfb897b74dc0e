//! Several runs, one after the other: each has nothing of the one before but a checkpoint's text.

use std::collections::{BTreeMap, BTreeSet};

use dynascope::follow::{Checkpoints, Follower, Held, Position, ReadingId, Report, Start};
use dynascope::model::{ErrorKind, SequenceNumber, ShardId};
use dynascope::store::Page;
use proptest::test_runner::TestCaseError;

use super::Model;

#[derive(Default)]
pub struct Runs {
    start: Option<Start>,
    /// The text that was saved last.
    pub saved: Option<String>,
    /// How much had been shown then.
    shown: usize,
    /// And listed.
    listed: BTreeSet<ShardId>,
    /// Where in what was shown a later run began.
    begun: Vec<usize>,
    /// What was shown and not saved, by its place.
    unsaved: Vec<std::ops::Range<usize>>,
    /// See `Step::EndBehind`.
    pub end_behind: Option<usize>,
    held: BTreeMap<ShardId, Held>,
    /// What could not be understood has no place that a checkpoint could stand behind.
    poison: BTreeSet<String>,
}

impl Runs {
    pub fn begin_at(&self, place: usize) -> bool {
        self.begun.contains(&place)
    }
}

impl Model {
    pub fn save(&mut self) {
        let Some(follower) = &self.follower else { return };
        let Some(checkpoint) = follower.checkpoint(&self.runs.held) else { return };
        self.runs.saved = Some(Checkpoints::from(checkpoint).to_text());
        (self.runs.shown, self.runs.listed) = (self.shown.len(), self.listed.clone());
    }

    pub fn die(&mut self) {
        let Some(follower) = self.follower.take() else { return };
        self.runs.start = Some(follower.start());
        self.descriptions.clear();
        self.tails.clear();
        if self.runs.saved.is_none() {
            // It is as if it had never been.
            self.shown.clear();
            self.gaps.clear();
            self.runs.begun.clear();
        }
        self.runs.unsaved.push(self.runs.shown.min(self.shown.len())..self.shown.len());
        self.listed.clone_from(&self.runs.listed);
        self.runs.held.clear();
        self.runs.end_behind = None;
    }

    pub fn rise(&mut self) {
        if self.follower.is_some() {
            return;
        }
        let Some(start) = self.runs.start else { return };
        self.runs.begun.push(self.shown.len());
        let follower = Follower::new(ReadingId(1), self.stream.clone(), start, None, self.our_time());
        let saved = self.runs.saved.as_ref().map(|text| Checkpoints::parse(text).unwrap());
        self.follower = Some(match saved.as_ref().and_then(|saved| saved.of(&self.stream)) {
            Some(checkpoint) => follower.resuming(checkpoint),
            None => follower,
        });
        self.report(Report::ClockRead { offset: self.offset });
        self.tick();
    }

    /// Of a page that the reader ends in, what it shows.
    pub(super) fn cut(&mut self, shard: &ShardId, page: &Page) -> Page {
        for poison in page.poison() {
            let raw: serde_json::Value = serde_json::from_str(page.poison_text(poison)).unwrap();
            self.runs.poison.insert(raw["eventID"].as_str().unwrap().to_owned());
        }
        let Some(behind) = self.runs.end_behind.filter(|behind| *behind < page.len()) else {
            return page.clone();
        };
        let mut position = self.follower().position_before_page(shard).unwrap().clone();
        if let Some(last) = behind.checked_sub(1) {
            let number = SequenceNumber::new(page.record(last).sequence_number());
            position = Position::AfterSequenceNumber(number);
        }
        let owed_from = page.record(behind).time();
        self.runs.held.insert(shard.clone(), Held { position, owed_from });
        page.without(&(behind..page.len()).collect::<Vec<_>>())
    }

    /// It saves where it stands, and ends.
    pub(super) fn end_if_cut(&mut self) {
        if !self.runs.held.is_empty() {
            self.save();
            self.die();
        }
    }

    pub(super) fn has_come_to_rest(&self) -> bool {
        let follower = self.follower();
        let is_gone = follower.failure().is_some_and(|error| error.kind == ErrorKind::NotFound);
        follower.is_settled() && (is_gone || follower.is_listed())
    }

    /// What was shown: each record once, but for what was shown behind the position that was saved.
    pub(super) fn shown_once(&self) -> Result<BTreeSet<&String>, TestCaseError> {
        let (mut seen, mut in_this_run) = (BTreeMap::new(), BTreeSet::new());
        for (place, shown) in self.shown.iter().enumerate() {
            if self.runs.begin_at(place) {
                in_this_run.clear();
            }
            let may_repeat = self.runs.unsaved.iter().any(|range| range.contains(&place))
                || self.runs.poison.contains(&shown.event_id);
            let is_saved = seen.insert(&shown.event_id, may_repeat) == Some(false);
            if !in_this_run.insert(&shown.event_id) || is_saved {
                return Err(TestCaseError::fail(format!("shown twice: {} of {}", shown.keys, shown.shard)));
            }
        }
        Ok(seen.into_keys().collect())
    }
}
