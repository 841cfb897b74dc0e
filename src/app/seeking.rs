//! Reading what is older than what is held: it goes into its place among the rest.

use std::sync::Arc;
use std::time::Duration;

use super::reading::{Arrived, Outcome, Reading, request};
use crate::follow::{
    Advance, Coverage, Follower, ReadingId, Report, Seek, Standing, Start, Step, Unread, unread,
};
use crate::model::{Gap, GapReason, SourceError, Time};
use crate::store::{Place, RecordId, Row};

/// A record stands at most so much before its time, unless its shard's times run backwards.
const SEAM: Duration = Duration::from_secs(1);

/// How the readings of what is older stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeekState {
    Reading(Advance),
    /// All that was asked for is held.
    Met,
    Failed(SourceError),
}

impl Reading {
    /// From when on the live reading has all records of a follower, by the service's clock; absent
    /// where it has all there are.
    pub fn held_from(&self, at: usize) -> Option<Time> {
        self.followers.get(at).and_then(Follower::wanted_from)
    }

    /// Begins to read what is older than what is held, with reading ids from `first` on. What is
    /// under way ends.
    pub fn seek(&mut self, from: Start, first: u32, now: Time) -> Outcome {
        let mut outcome = self.stop_seeking(now);
        for at in 0..self.followers.len() {
            let Some(held) = self.held_from(at) else { continue };
            if matches!(from, Start::Since(time) if time >= held) {
                continue;
            }
            let id = ReadingId(first + at as u32);
            let (live, own_now) = (&self.followers[at], self.offset.own_time(now));
            let coverage = &mut self.coverage[at];
            let (mut seek, mut steps) = Seek::new(live, &self.part, from, id, coverage, self.offset, own_now);
            steps.extend(seek.tick(own_now));
            self.seeks.insert(at, seek);
            self.take_seek(at, steps, now, &mut outcome);
        }
        self.show_unread(now, &mut outcome);
        outcome
    }

    pub fn is_seeking(&self) -> bool {
        !self.seeks.is_empty()
    }

    /// Something was reported to a reading of what is older.
    pub(super) fn on_seek(&mut self, id: ReadingId, report: Report, now: Time) -> Outcome {
        let mut outcome = Outcome::default();
        if matches!(report, Report::PageRead { .. } | Report::TailSlowed { .. }) {
            self.calls.add(now, 1, now);
            self.call_count += 1;
        }
        let found = self.seeks.iter_mut().find(|(_, seek)| seek.reading() == id);
        let Some((at, seek)) = found.map(|(at, seek)| (*at, seek)) else { return outcome };
        let steps = seek.on(report, &mut self.coverage[at], self.offset.own_time(now));
        self.take_seek(at, steps, now, &mut outcome);
        outcome
    }

    /// Time has passed.
    pub(super) fn tick_seeks(&mut self, now: Time, outcome: &mut Outcome) {
        let own_now = self.offset.own_time(now);
        for at in self.seeks.keys().copied().collect::<Vec<_>>() {
            let steps = self.seeks.get_mut(&at).map(|seek| seek.tick(own_now)).unwrap_or_default();
            self.take_seek(at, steps, now, outcome);
        }
    }

    pub(super) fn each_seek(&mut self, mut act: impl FnMut(&mut Seek, &mut Coverage, usize)) {
        for (at, seek) in &mut self.seeks {
            act(seek, &mut self.coverage[*at], *at);
        }
    }

    fn take_seek(&mut self, at: usize, steps: Vec<Step>, now: Time, outcome: &mut Outcome) {
        for step in steps {
            match step {
                Step::Show { shard, page } => {
                    let origin = self.origin(at, &shard);
                    let lineage = self.followers[at].lineage();
                    let bounds = self.coverage[at].bounds(&shard, &page, lineage);
                    self.count(at, &shard, &page, now);
                    let whole = Arc::clone(&page);
                    let page = self.kept(at, &shard, page);
                    let (ids, ends) = self.store.insert(origin, Arc::clone(&page), bounds, now);
                    if let Some(ends) = ends {
                        self.coverage[at].back_shown(&shard, &whole, ends);
                    }
                    outcome.arrived.push(Arrived { ids, origin, page: Some(page) });
                }
                step @ (Step::Request(_) | Step::Gap(_) | Step::Warn(_)) => {
                    self.take(at, vec![step], now, outcome);
                }
            }
        }
        if let Some(seek) = self.seeks.get(&at) {
            self.followers[at].learn_precision(seek.follower().precision());
        }
        outcome.effects.extend(self.share_shards());
    }

    /// Where the first record held stands that was created at a time or later, as far as its creation
    /// time tells: see [`Precision`](crate::model::Precision) for the rule.
    pub fn first_at(&self, time: Time) -> Option<Place> {
        let precision = self.followers.iter().map(Follower::precision).min().unwrap_or_default();
        let timeline = self.store.timeline();
        // Where readings meet, records stand a trifle before their time.
        let around = precision.floor(time).minus(SEAM);
        let first = timeline.row_of(Place { time: around, id: RecordId(0) });
        let reaches = |place: &Place| match self.store.row(place.id) {
            Some(Row::Record(_, record)) => precision.may_reach(record.time().unwrap_or(place.time), time),
            Some(Row::Poison(..)) => precision.may_reach(place.time, time),
            Some(Row::Gap(..) | Row::Marker(..)) | None => false,
        };
        (first..timeline.len()).filter_map(|row| timeline.get(row)).find(reaches)
    }

    /// How the readings of what is older stand, all together; absent where there are none.
    pub fn seek_state(&self, now: Time) -> Option<SeekState> {
        let own_now = self.offset.own_time(now);
        let mut together: Option<Advance> = None;
        for (at, seek) in &self.seeks {
            match seek.standing() {
                Standing::Failed(error) => return Some(SeekState::Failed(error)),
                Standing::Met => {}
                Standing::Reading => {
                    let held = self.held_from(*at).unwrap_or(now);
                    let advance = seek.advance(held, own_now);
                    together = Some(together.map_or(advance, |other| other.and(advance)));
                }
            }
        }
        if self.seeks.is_empty() {
            return None;
        }
        Some(together.map_or(SeekState::Met, SeekState::Reading))
    }

    /// Ends the readings of what is older. What they did not read is shown as gaps.
    pub fn stop_seeking(&mut self, now: Time) -> Outcome {
        let mut outcome = Outcome::default();
        for (at, seek) in std::mem::take(&mut self.seeks) {
            let steps = seek.close(&mut self.coverage[at]);
            outcome.effects.extend(steps.into_iter().filter_map(request));
        }
        outcome.effects.extend(self.share_shards());
        self.show_unread(now, &mut outcome);
        outcome
    }

    /// What was asked for and not read, by follower and shard.
    pub fn unread(&self) -> Vec<(usize, Unread)> {
        let all = self.followers.iter().enumerate();
        let all = all.flat_map(|(at, live)| {
            let held = self.held_from(at).unwrap_or(Time::from_micros(i64::MIN));
            unread(&self.coverage[at], live, held).into_iter().map(move |it| (at, it))
        });
        all.collect()
    }

    /// Puts the rows that say what was not read where they belong now: one for each time without a
    /// break in a stream, over all its shards. While it is being read the progress says it.
    fn show_unread(&mut self, now: Time, outcome: &mut Outcome) {
        for id in std::mem::take(&mut self.unread) {
            self.store.remove_gap(id);
            self.gaps.retain(|gap| *gap != id);
            outcome.gone.push(id);
        }
        let mut spans: Vec<(usize, Time, Time)> = vec![];
        for (at, unread) in self.unread() {
            if self.seeks.contains_key(&at) {
                continue;
            }
            match spans.last_mut().filter(|(of, _, until)| *of == at && unread.from <= *until) {
                Some((_, _, until)) => *until = unread.until.max(*until),
                None => spans.push((at, unread.from, unread.until)),
            }
        }
        for (at, from, until) in spans {
            let gap = Gap { shard: None, reason: GapReason::NotRead { from, until }, after: None };
            let id = self.push_gap(at, gap, now, outcome);
            self.unread.push(id);
        }
    }
}

impl Advance {
    /// Of two streams that are read together.
    #[must_use]
    fn and(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            at: self.at.min(other.at),
            left: self.left.zip(other.left).map(|(a, b)| a.max(b)),
        }
    }
}
