//! What is being read: followers of one or more streams, and the records they brought.

mod figures;
mod load;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::effect::Effect;
use super::held::Landing;
use super::rates::Rates;
use crate::follow::{Coverage, Follower, Part, ReadingId, Report, Seek, Start, Step, Warning};
use crate::model::{ClockOffset, EventName, Gap, GapReason, Marker, ShardId, StreamArn, Time};
use crate::query::{Filter, Whence};
use crate::store::{Origin, Page, RecordId, RecordRef, Row, Store};

/// Estimated price of one GetRecords call beyond the free ones, in dollars: $0.02 per 100,000.
pub const DOLLARS_PER_CALL: f64 = 0.000_000_2;

/// How often each thing happened to an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    pub inserts: u64,
    pub modifies: u64,
    pub removes: u64,
    pub others: u64,
}

impl EventCounts {
    fn add(&mut self, event: EventName) {
        match event {
            EventName::Insert => self.inserts += 1,
            EventName::Modify => self.modifies += 1,
            EventName::Remove => self.removes += 1,
            EventName::Unknown => self.others += 1,
        }
    }

    pub fn total(&self) -> u64 {
        self.inserts + self.modifies + self.removes + self.others
    }
}

/// Rows that came into the store.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub ids: Range<u64>,
    pub origin: Origin,
    /// Absent for a gap.
    pub page: Option<Arc<Page>>,
    /// They were read back: nothing new has happened.
    pub is_older: bool,
}

/// What a report did to the reading.
#[derive(Debug, Default)]
pub struct Outcome {
    pub effects: Vec<Effect>,
    pub arrived: Vec<Arrived>,
    /// Gaps that are none any more.
    pub gone: Vec<RecordId>,
    /// Markers that a capture brought.
    pub marked: Vec<RecordId>,
    pub warnings: Vec<Warning>,
}

/// One reading session: streams that are followed together. All its times are the service's;
/// followers are handed our own, for their pauses.
#[derive(Debug)]
pub struct Reading {
    pub followers: Vec<Follower>,
    pub store: Store,
    pub started: Time,
    /// Records from this time on were asked for, if from any.
    pub since: Time,
    /// What of the streams was asked for.
    pub part: Part,
    pub events: EventCounts,
    /// Records by the time of their creation.
    pub records: Rates,
    pub by_shard: BTreeMap<(usize, ShardId), Rates>,
    /// GetRecords calls by the time of their answers.
    pub calls: Rates,
    pub call_count: u64,
    /// Rows that are gaps; some may have been evicted.
    pub gaps: Vec<RecordId>,
    /// Rows that are markers; some may have been evicted.
    pub markers: Vec<RecordId>,
    /// What has been read, by follower.
    pub(super) coverage: Vec<Coverage>,
    /// Readings of what is older, under way, by follower.
    pub(super) seeks: BTreeMap<usize, Seek>,
    /// What the cursor goes to once it is held.
    pub(super) landing: Option<Landing>,
    /// The rows that say what was asked for and not read: of which follower, from when to when.
    pub(super) unread: Vec<(RecordId, (usize, Time, Time))>,
    /// They have to be found anew when all shards are listed.
    pub(super) owes_rows: bool,
    /// What another reader reads of a stream.
    lent: Option<(StreamArn, ShardId)>,
    /// Only what it matches is stored.
    pub keep_only: Option<Arc<Filter>>,
    /// Records that were not stored because of it.
    pub dropped: u64,
    pub(super) offset: ClockOffset,
    is_offline: bool,
}

impl Reading {
    /// Follows streams together, with reading ids from `first` on.
    pub fn new(streams: Vec<StreamArn>, part: &Part, first: u32, budget: usize, now: Time) -> Self {
        let coverage = streams.iter().map(|_| Coverage::default()).collect();
        let followers = streams.into_iter().zip(first..);
        Self {
            coverage,
            seeks: BTreeMap::new(),
            landing: None,
            unread: vec![],
            owes_rows: false,
            lent: None,
            followers: followers.map(|(stream, id)| part.follower(ReadingId(id), stream, now)).collect(),
            store: Store::new(budget),
            started: now,
            since: match part.start {
                Start::TrimHorizon => Time::OLDEST,
                Start::Latest => now,
                Start::Recent(ago) => now.minus(ago),
                Start::Since(time) => time,
            },
            part: part.clone(),
            events: EventCounts::default(),
            records: Rates::default(),
            by_shard: BTreeMap::new(),
            calls: Rates::default(),
            call_count: 0,
            gaps: vec![],
            markers: vec![],
            keep_only: None,
            dropped: 0,
            offset: ClockOffset::default(),
            is_offline: false,
        }
    }

    pub fn follows(&self, stream: &StreamArn) -> bool {
        self.followers.iter().any(|follower| follower.stream() == stream)
    }

    pub fn is_several(&self) -> bool {
        self.followers.len() > 1
    }

    /// The shard that was named, where the stream has none of that name: nothing will ever come.
    pub fn missing_shard(&self) -> Option<&ShardId> {
        let named = self.part.only.as_ref()?;
        let is_missing =
            |follower: &Follower| follower.is_listed() && follower.lineage().get(named).is_none();
        self.followers.iter().all(is_missing).then_some(named)
    }

    pub fn is_stopped(&self) -> bool {
        !self.is_offline && self.followers.iter().all(Follower::is_stopped)
    }

    /// Goes by the service's clock from now on.
    pub fn set_clock(&mut self, offset: ClockOffset, now: Time) -> Outcome {
        self.offset = offset;
        let mut outcome = self.each(now, |follower, now| follower.on(Report::ClockRead { offset }, now));
        self.tell_seeks(&Report::ClockRead { offset }, now, &mut outcome);
        outcome
    }

    pub fn tick(&mut self, now: Time) -> Outcome {
        self.by_shard.retain(|(at, shard), _| self.followers[*at].progress(shard).is_some());
        let mut outcome = self.each(now, Follower::tick);
        self.tick_seeks(now, &mut outcome);
        outcome
    }

    pub fn retry(&mut self, now: Time) -> Outcome {
        self.each(now, Follower::retry)
    }

    /// Ends all tails.
    pub fn close(&mut self, now: Time) -> Outcome {
        let mut outcome = self.each(now, |follower, _| follower.close());
        for mut seek in std::mem::take(&mut self.seeks).into_values() {
            outcome.effects.extend(seek.end().into_iter().filter_map(request));
        }
        outcome
    }

    /// Stops reading, or goes on.
    pub fn stop_or_go_on(&mut self, now: Time) -> Outcome {
        let go_on = self.is_stopped();
        let mut outcome =
            self.each(now, |follower, _| if go_on { follower.go_on() } else { follower.stop() });
        for seek in self.seeks.values_mut() {
            let steps = if go_on { seek.go_on() } else { seek.pause() };
            outcome.effects.extend(steps.into_iter().filter_map(request));
        }
        outcome
    }

    /// Leaves a shard of a stream to another reader; `None` takes back what was left.
    pub fn yield_shard(&mut self, stream: &StreamArn, shard: Option<ShardId>) -> Vec<Effect> {
        self.lent = shard.map(|shard| (stream.clone(), shard));
        self.share_shards()
    }

    /// A shard has one reader at a time: the service allows five calls a second for each, to all its
    /// readers together.
    pub(super) fn share_shards(&mut self) -> Vec<Effect> {
        let mut effects = vec![];
        for (at, follower) in self.followers.iter_mut().enumerate() {
            let mut busy = self.seeks.get(&at).map(Seek::busy).unwrap_or_default();
            let lent = self.lent.iter().filter(|(stream, _)| stream == follower.stream());
            busy.extend(lent.map(|(_, shard)| shard.clone()));
            let steps = follower.yield_shards(busy).into_iter();
            effects.extend(steps.filter_map(request));
        }
        effects
    }

    fn each(&mut self, now: Time, act: impl Fn(&mut Follower, Time) -> Vec<Step>) -> Outcome {
        let mut outcome = Outcome::default();
        for at in 0..self.followers.len() {
            let steps = act(&mut self.followers[at], self.offset.own_time(now));
            self.take(at, steps, now, &mut outcome);
        }
        outcome
    }

    /// Hands a report to the follower that it is for, or to all where it is for nobody's reading.
    /// Those of other readings change nothing.
    pub fn on(&mut self, report: Report, now: Time) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(id) = reading_of(&report) else {
            for at in 0..self.followers.len() {
                let steps = self.followers[at].on(report.clone(), now);
                self.take(at, steps, now, &mut outcome);
            }
            return outcome;
        };
        if self.seeks.values().any(|seek| seek.reading() == id) {
            return self.on_seek(id, report, now);
        }
        let Some(at) = self.followers.iter().position(|follower| follower.reading() == id) else {
            return outcome;
        };
        if matches!(report, Report::PageRead { .. } | Report::TailSlowed { .. }) {
            self.calls.add(now, 1, now);
            self.call_count += 1;
        }
        let steps = self.followers[at].on(report, self.offset.own_time(now));
        self.take(at, steps, now, &mut outcome);
        outcome
    }

    pub(super) fn take(&mut self, at: usize, steps: Vec<Step>, now: Time, outcome: &mut Outcome) {
        for step in steps {
            match step {
                Step::Request(request) => outcome.effects.push(Effect::Request(request)),
                Step::Warn(warning) => outcome.warnings.push(warning),
                Step::Show { shard, page } => {
                    let page = self.coverage[at].admit_live(&shard, page);
                    if page.is_empty() {
                        continue;
                    }
                    let origin = self.origin(at, &shard);
                    let places = places(&page, self.store.floor(origin), now);
                    self.coverage[at].live_shown(&shard, &page, places);
                    self.count(at, &shard, &page, now);
                    let page = self.kept(at, &shard, page);
                    let ids = self.store.push(origin, Arc::clone(&page), now);
                    outcome.arrived.push(Arrived { ids, origin, page: Some(page), is_older: false });
                }
                Step::Gap(gap) => {
                    self.push_gap(at, gap, None, now, outcome);
                }
            }
        }
    }

    /// Keeps a marker between the records.
    pub fn mark(&mut self, marker: Marker) -> RecordId {
        let id = self.store.push_marker(marker);
        self.markers.push(id);
        let first = self.store.first_id();
        self.markers.retain(|id| *id >= first);
        id
    }

    /// Keeps a gap where what its shard has shown ends, or at another place.
    pub(super) fn push_gap(
        &mut self,
        at: usize,
        gap: Gap,
        place: Option<Time>,
        now: Time,
        outcome: &mut Outcome,
    ) -> RecordId {
        let origin = match &gap.shard {
            Some(shard) => self.origin(at, shard),
            None => self.store.stream_origin(self.followers[at].stream()),
        };
        let reason = gap.reason;
        let ids = match place {
            Some(place) => self.store.insert_gap(origin, gap, place),
            None => self.store.push_gap(origin, gap, now),
        };
        let id = RecordId(ids.start);
        self.gaps.push(id);
        let first = self.store.first_id();
        self.gaps.retain(|id| *id >= first);
        let is_older = matches!(reason, GapReason::NotRead { .. });
        outcome.arrived.push(Arrived { ids, origin, page: None, is_older });
        id
    }

    /// What of a page is to be stored. Poison always is: it may be what is wanted.
    pub(super) fn kept(&mut self, at: usize, shard: &ShardId, page: Arc<Page>) -> Arc<Page> {
        let Some(filter) = &self.keep_only else { return page };
        let whence = Whence { table: self.followers[at].stream().table(), shard: shard.as_str() };
        let (kept, dropped): (Vec<usize>, Vec<usize>) =
            (0..page.len()).partition(|slot| filter.matches(page.record(*slot), whence));
        self.dropped += dropped.len() as u64;
        match (dropped.is_empty(), page.poison().is_empty()) {
            (true, _) => page,
            (false, true) => Arc::new(page.only(&kept)),
            (false, false) => Arc::new(page.without(&dropped)),
        }
    }

    pub(super) fn origin(&mut self, at: usize, shard: &ShardId) -> Origin {
        let follower = &self.followers[at];
        self.store.origin(follower.stream(), shard, follower.lineage().parent_of(shard))
    }

    pub(super) fn count(&mut self, at: usize, shard: &ShardId, page: &Page, now: Time) {
        let by_shard = self.by_shard.entry((at, shard.clone())).or_default();
        for record in page.records() {
            self.events.add(record.event());
            if let Some(time) = record.time() {
                self.records.add(time, 1, now);
                by_shard.add(time, 1, now);
            }
        }
    }

    /// The follower and the shard behind an origin.
    pub fn shard_of(&self, origin: Origin) -> Option<(usize, &Follower, &ShardId)> {
        let (stream, shard) = self.store.shard_of(origin);
        let at = self.followers.iter().position(|follower| follower.stream() == stream)?;
        Some((at, &self.followers[at], shard))
    }

    /// The names of the key attributes of the table that a record is from.
    pub fn key_names(&self, origin: Origin) -> &[String] {
        self.shard_of(origin).map_or(&[], |(_, follower, _)| follower.key_names())
    }

    /// What stands behind a row of the store, if it is a record.
    pub fn record(&self, id: RecordId) -> Option<(Origin, RecordRef<'_>)> {
        match self.store.row(id)? {
            Row::Record(origin, record) => Some((origin, record)),
            Row::Gap(..) | Row::Poison(..) | Row::Marker(..) => None,
        }
    }
}

/// Where the first and the last record of a page stand that is pushed behind what is there.
fn places(page: &Page, floor: Option<Time>, now: Time) -> (Time, Time) {
    let at = |time: Option<Time>| time.max(floor).unwrap_or(now);
    (at(page.times().next()), at(page.times().max()))
}

pub(super) fn request(step: Step) -> Option<Effect> {
    if let Step::Request(request) = step { Some(Effect::Request(request)) } else { None }
}

/// Whose report it is; `None` for listings.
pub fn reading_of(report: &Report) -> Option<ReadingId> {
    match report {
        Report::StreamsListed { .. }
        | Report::StreamsNotListed { .. }
        | Report::ClockRead { .. }
        | Report::CredentialsLost { .. }
        | Report::CredentialsRenewed => None,
        Report::StreamDescribed { reading, .. } | Report::StreamNotDescribed { reading, .. } => {
            Some(*reading)
        }
        Report::CallDelayed { reading, .. } => *reading,
        Report::TailStarted { tail }
        | Report::PageRead { tail, .. }
        | Report::TailSlowed { tail, .. }
        | Report::TailStopped { tail, .. } => Some(tail.reading),
    }
}
