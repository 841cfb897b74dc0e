//! Reads what is older than a live reading has, from a time until it meets what is held.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::coverage::{Coverage, Met, Unread};
use super::follower::Follower;
use super::part::Part;
use super::position::{RETENTION, Start};
use super::progress::{End, ShardState};
use super::request::{ReadingId, Report, Request};
use super::step::Step;
use crate::model::{ClockOffset, ShardId, SourceError, Time};
use crate::store::Page;

/// A second follower of a stream, beside the live one.
///
/// It reads parents before children, like any other, and ends shard by shard: where it comes upon a
/// record that is held, or at the head of a shard of which the live reading has shown nothing yet. The
/// descendants of such a shard are the live reading's.
#[derive(Clone, Debug)]
pub struct Seek {
    follower: Follower,
    /// From when on records are wanted; the oldest that may be kept, where all are.
    pub from: Time,
    /// Our time.
    began: Time,
    /// Records that were not held before.
    pub records: u64,
    /// Shards that need no more reading.
    through: BTreeSet<ShardId>,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Reading,
    /// All that was asked for is held.
    Met,
    Failed(SourceError),
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    pub records: u64,
    /// Up to when all shards have been read.
    pub at: Time,
    /// How much longer it takes, by the time covered so far.
    pub left: Option<Duration>,
}

impl Seek {
    /// Begins to read a part of a stream beside `live`, from a time or a sequence number on, or with the
    /// oldest record there is. The first
    /// steps are what time brings.
    pub fn new(
        live: &Follower,
        part: &Part,
        id: ReadingId,
        coverage: &mut Coverage,
        offset: ClockOffset,
        now: Time,
    ) -> (Self, Vec<Step>) {
        let mut follower = part.follower(id, live.stream().clone(), now);
        follower.at_timestamp = live.at_timestamp;
        follower.precision = live.precision;
        let horizon = offset.service_time(now).minus(RETENTION);
        let from = match part.start {
            // When a sequence number was written its record tells.
            _ if part.first.is_some() => live.wanted_from().unwrap_or(horizon),
            Start::Since(time) => time.max(horizon),
            Start::TrimHorizon | Start::Latest | Start::Recent(_) => horizon,
        };
        coverage.ask(from);
        let steps = follower.on(Report::ClockRead { offset }, now);
        (
            Self { follower, from, began: now, records: 0, through: BTreeSet::new() },
            steps.into_iter().filter(is_own).collect(),
        )
    }

    pub fn reading(&self) -> ReadingId {
        self.follower.reading()
    }

    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    pub fn tick(&mut self, now: Time) -> Vec<Step> {
        self.follower.tick(now).into_iter().filter(is_own).collect()
    }

    /// What a report brings. Pages hold only what is not held.
    pub fn on(&mut self, report: Report, coverage: &mut Coverage, now: Time) -> Vec<Step> {
        let mut own = vec![];
        for step in self.follower.on(report, now) {
            match step {
                Step::Show { shard, page } => self.show(&shard, page, coverage, &mut own),
                step @ (Step::Request(_) | Step::Gap(_) | Step::Warn(_)) => own.push(step),
            }
        }
        self.note_through(coverage, &mut own);
        own.retain(is_own);
        own
    }

    fn show(&mut self, shard: &ShardId, page: Arc<Page>, coverage: &mut Coverage, own: &mut Vec<Step>) {
        let first = page.times().next().filter(|first| *first < self.from && self.follower.first.is_some());
        if let Some(first) = first {
            self.from = first;
            coverage.ask(first);
        }
        coverage.begin(shard, self.start_of(shard));
        let (pages, met) = coverage.admit_back(shard, page);
        for page in pages {
            self.records += page.len() as u64;
            own.push(Step::Show { shard: shard.clone(), page });
        }
        match met {
            Met::Live => {
                self.through.insert(shard.clone());
                own.extend(self.follower.leave(shard));
            }
            Met::Stretch(last) => own.extend(self.follower.go_on_after(shard, last)),
            Met::Nothing => {}
        }
    }

    /// Since when records of a shard are read.
    fn start_of(&self, shard: &ShardId) -> Time {
        shard.created_at().map_or(self.from, |born| born.max(self.from))
    }

    /// Shards that have just been read to their end, or to their head: what is written from now on is
    /// the live reading's.
    fn note_through(&mut self, coverage: &mut Coverage, own: &mut Vec<Step>) {
        let is_through =
            |state: &ShardState| matches!(state, ShardState::CaughtUp | ShardState::Exhausted(_));
        let all = self.follower.all_progress();
        let new = all.filter(|(id, it)| is_through(&it.state) && !self.through.contains(*id));
        let new: Vec<(ShardId, ShardState)> = new.map(|(id, it)| (id.clone(), it.state.clone())).collect();
        for (shard, state) in new {
            self.through.insert(shard.clone());
            if state != ShardState::Exhausted(End::Met) {
                coverage.begin(&shard, self.start_of(&shard));
                coverage.join(&shard);
            }
            if state == ShardState::CaughtUp {
                own.extend(self.follower.leave(&shard));
            }
        }
    }

    pub fn standing(&self) -> Standing {
        let failed = self.follower.all_progress().find_map(|(_, progress)| progress.failure());
        if let Some(error) = self.follower.failure().or(failed) {
            return Standing::Failed(error.clone());
        }
        if self.follower.is_through() { Standing::Met } else { Standing::Reading }
    }

    /// The shards that are read at the moment: nobody else should read them as well.
    pub fn busy(&self) -> BTreeSet<ShardId> {
        let busy = self.follower.all_progress().filter(|(_, progress)| progress.tail.is_some());
        busy.map(|(id, _)| id.clone()).collect()
    }

    /// Stops reading for a while: positions are kept.
    pub fn pause(&mut self) -> Vec<Step> {
        self.follower.stop()
    }

    pub fn go_on(&mut self) -> Vec<Step> {
        self.follower.go_on()
    }

    /// Ends all its tails.
    pub fn end(&mut self) -> Vec<Step> {
        self.follower.close()
    }

    /// Up to when a shard has been read, or where it begins.
    pub fn reached(&self, shard: Option<&ShardId>) -> Time {
        let Some(shard) = shard else { return self.from };
        let at = self.follower.progress(shard).and_then(|progress| progress.at);
        at.map_or(self.start_of(shard), |at| at.max(self.start_of(shard)))
    }

    /// How far it has come, on its way to what is held from `held` on.
    pub fn advance(&self, held: Time, now: Time) -> Advance {
        let reading = self.follower.all_progress().filter(|(_, progress)| progress.tail.is_some());
        let at = reading.map(|(_, progress)| progress.at.unwrap_or(self.begins_at())).min();
        let at = at.unwrap_or_else(|| self.begins_at()).min(held);
        let (covered, ahead) = (at.since(self.begins_at()), held.since(at));
        let left = (covered > Duration::ZERO)
            .then(|| now.since(self.began).mul_f64(ahead.as_secs_f64() / covered.as_secs_f64()));
        Advance { records: self.records, at, left }
    }

    /// Where reading begins: with the oldest record there is, where the endpoint knows no times.
    fn begins_at(&self) -> Time {
        if self.follower.knows_timestamps() {
            return self.from;
        }
        let horizon = self.follower.service_time().minus(RETENTION);
        let all = self.follower.all_progress().filter(|(_, it)| it.state != ShardState::BeforeStart);
        let oldest = all.filter_map(|(id, _)| id.created_at()).min();
        oldest.map_or(horizon, |oldest| oldest.max(horizon)).min(self.from)
    }

    /// Ends it. What was not read stays unread.
    pub fn close(mut self, coverage: &mut Coverage) -> Vec<Step> {
        let steps = self.end();
        coverage.stop(|shard| self.follower.progress(shard).and_then(|progress| progress.at));
        steps
    }
}

/// Newer streams of the table are not its business, and it warns of nothing that the live reading does
/// not.
fn is_own(step: &Step) -> bool {
    !matches!(step, Step::Warn(_) | Step::Request(Request::ListStreams { .. }))
}

/// What was asked for of a stream and was not read, by the shards that are known, oldest first.
///
/// The live reading has what was written from `held` on.
pub fn unread(coverage: &Coverage, live: &Follower, held: Time) -> Vec<Unread> {
    let Some(asked) = coverage.asked() else { return vec![] };
    let lineage = live.lineage();
    let mut unread: Vec<Unread> = lineage
        .shards()
        .filter(|shard| live.is_wanted(&shard.id))
        .flat_map(|shard| {
            // A shard that the live reading has not was over when its children were born.
            let children = lineage.children_of(&shard.id).iter();
            let over = children.map(|child| child.created_at().unwrap_or(held)).max();
            coverage.unread_in(&shard.id, over.map_or(held, |over| over.min(held)))
        })
        .collect();
    unread.retain(|it| it.until > asked);
    unread.sort_by(|a, b| (a.from, &a.shard).cmp(&(b.from, &b.shard)));
    unread
}
