//! Reading what is older than what is held: it goes into its place among the rest.

use std::sync::Arc;
use std::time::Duration;

use super::reading::{Arrived, Outcome, Reading, request};
use crate::follow::{
    Advance, Part, Position, ReadingId, Report, Seek, Standing, Start, Step, Unread, unread,
};
use crate::model::{Gap, GapReason, ShardId, SourceError, Time};

/// Who is further behind than this is not following.
const FAR_BEHIND: Duration = Duration::from_mins(1);

/// How the readings of what is older stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeekState {
    Reading(Advance),
    /// All that was asked for is held.
    Met,
    Failed(SourceError),
}

impl Reading {
    /// Begins to read what is older than what is held, with reading ids from `first` on. What is
    /// under way ends.
    pub fn seek(&mut self, from: Start, first: u32, now: Time) -> Outcome {
        let mut outcome = self.stop_seeking(now);
        for at in 0..self.followers.len() {
            let Some(held) = self.held_from(at) else { continue };
            if matches!(from, Start::Since(time) if time >= held) {
                continue;
            }
            let part = Part { start: from, first: None, ..self.part.clone() };
            self.begin_seek(at, &part, ReadingId(first + at as u32), now, &mut outcome);
        }
        self.show_unread(now, &mut outcome);
        outcome
    }

    /// Reads one shard from a sequence number on, and its descendants, until they meet what is held.
    pub fn seek_number(&mut self, at: usize, shard: ShardId, first: Position, id: u32, now: Time) -> Outcome {
        let mut outcome = self.stop_seeking(now);
        let part = Part { only: Some(shard), first: Some(first), ..Part::from(Start::TrimHorizon) };
        self.begin_seek(at, &part, ReadingId(id), now, &mut outcome);
        self.show_unread(now, &mut outcome);
        outcome
    }

    fn begin_seek(&mut self, at: usize, part: &Part, id: ReadingId, now: Time, outcome: &mut Outcome) {
        let (live, own_now) = (&self.followers[at], self.offset.own_time(now));
        let (mut seek, mut steps) = Seek::new(live, part, id, &mut self.coverage[at], self.offset, own_now);
        steps.extend(seek.tick(own_now));
        self.seeks.insert(at, seek);
        self.take_seek(at, steps, now, outcome);
    }

    /// Records that the readings of what is older have brought.
    pub fn sought(&self) -> u64 {
        self.seeks.values().map(|seek| seek.records).sum()
    }

    /// Whether what is shown is well behind what is written.
    pub fn is_far_behind(&self, now: Time) -> bool {
        self.is_catching_up(now) && self.lag(now).is_some_and(|lag| lag > FAR_BEHIND)
    }

    /// Follows what is written from now on, with reading ids from `first` on. What lies between that and
    /// what was read so far stays unread.
    pub fn jump_to_latest(&mut self, first: u32, now: Time) -> Outcome {
        let mut outcome = self.stop_seeking(now);
        let (offset, own_now) = (self.offset, self.offset.own_time(now));
        for at in 0..self.followers.len() {
            let id = ReadingId(first + at as u32);
            let part = Part { start: Start::Latest, first: None, ..self.part.clone() };
            let (mut next, mut steps) =
                self.coverage[at].restart(&mut self.followers[at], &part, id, own_now);
            steps.extend(next.on(Report::ClockRead { offset }, own_now));
            self.followers[at] = next;
            self.take(at, steps, now, &mut outcome);
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
        if self.owes_rows {
            self.show_unread(now, outcome);
        }
        let own_now = self.offset.own_time(now);
        for at in self.seeks.keys().copied().collect::<Vec<_>>() {
            let steps = self.seeks.get_mut(&at).map(|seek| seek.tick(own_now)).unwrap_or_default();
            self.take_seek(at, steps, now, outcome);
        }
    }

    /// Something happened that concerns everybody.
    pub(super) fn tell_seeks(&mut self, report: &Report, now: Time, outcome: &mut Outcome) {
        let own_now = self.offset.own_time(now);
        for at in self.seeks.keys().copied().collect::<Vec<_>>() {
            let Some(seek) = self.seeks.get_mut(&at) else { continue };
            let steps = seek.on(report.clone(), &mut self.coverage[at], own_now);
            self.take_seek(at, steps, now, outcome);
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
                    outcome.arrived.push(Arrived { ids, origin, page: Some(page), is_older: true });
                }
                // What is lost of a shard that is read back lies before what is held of it.
                Step::Gap(gap) => {
                    let place = self.seeks.get(&at).map(|seek| seek.reached(gap.shard.as_ref()));
                    self.push_gap(at, gap, place, now, outcome);
                }
                step @ (Step::Request(_) | Step::Warn(_)) => {
                    self.take(at, vec![step], now, outcome);
                }
            }
        }
        if let Some(seek) = self.seeks.get(&at) {
            self.followers[at].learn_precision(seek.follower().precision());
        }
        outcome.effects.extend(self.share_shards());
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
            let held = self.held_from(at).unwrap_or(Time::OLDEST);
            unread(&self.coverage[at], live, held).into_iter().map(move |it| (at, it))
        });
        all.collect()
    }

    /// Puts the rows that say what was not read where they belong now: one for each time without a
    /// break in a stream, over all its shards. Those of a stream stay while it is being read back.
    fn show_unread(&mut self, now: Time, outcome: &mut Outcome) {
        // Shards that are not listed yet are known to nobody.
        self.owes_rows = self.followers.iter().any(|follower| !follower.is_listed());
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
        let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.unread)
            .into_iter()
            .partition(|(_, span)| self.seeks.contains_key(&span.0) || spans.contains(span));
        for (id, _) in gone {
            self.store.remove_gap(id);
            self.gaps.retain(|gap| *gap != id);
            outcome.gone.push(id);
        }
        self.unread = kept;
        spans.retain(|span| !self.unread.iter().any(|(_, known)| known == span));
        for span in spans {
            let (at, from, until) = span;
            let gap = Gap { shard: None, reason: GapReason::NotRead { from, until }, after: None };
            let id = self.push_gap(at, gap, None, now, outcome);
            self.unread.push((id, span));
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
