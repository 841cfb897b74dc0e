//! Reading further back, for the lineage of one item only: from the trim horizon to what is held.

use std::collections::{BTreeMap, BTreeSet};

use super::{Extent, ItemHistory};
use crate::app::effect::Effect;
use crate::app::reading::Reading;
use crate::follow::{Follower, ReadingId, Report, Request, ShardState, Start, Step};
use crate::history::gather;
use crate::model::{ClockOffset, Lineage, SequenceNumber, ShardId, SourceError, Time, sequence_number};
use crate::store::{Page, RecordRef};

/// A reading of the shards in which older records of the item can be.
#[derive(Debug)]
pub struct BackReading {
    follower: Follower,
    shards: BTreeSet<ShardId>,
    /// The oldest record of a shard that is held.
    meets: BTreeMap<ShardId, SequenceNumber>,
    pub records: u64,
    /// When the record that was read last was created.
    pub at: Option<Time>,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Standing {
    Reading,
    /// All that is kept of the lineage has been read.
    Met,
    Failed(SourceError),
}

impl BackReading {
    fn new(history: &ItemHistory, reading: &Reading, follower: &Follower, id: ReadingId, now: Time) -> Self {
        let lineage = follower.lineage();
        let mut shards: BTreeSet<ShardId> = BTreeSet::new();
        for holder in history.rows.shards() {
            let mut at = Some(&holder);
            // Known ones end the walk: their ancestors are in already.
            while let Some(shard) = at.filter(|shard| !shards.contains(*shard)) {
                shards.insert(shard.clone());
                at = lineage.get(shard).and_then(|shard| shard.parent.as_ref());
            }
        }
        let meets = oldest_held(reading, history);
        let follower = Follower::new(id, follower.stream().clone(), Start::TrimHorizon, None, now);
        Self { follower: follower.among(shards.clone()), shards, meets, records: 0, at: None }
    }

    fn page_read(&mut self, page: &Page) {
        self.records += page.len() as u64;
        self.at = page.records().filter_map(RecordRef::time).next_back().or(self.at);
    }

    /// Whether nothing of the shard is left to read that is not held.
    fn is_through(&self, shard: &ShardId) -> bool {
        let Some(progress) = self.follower.progress(shard) else {
            // What is not listed any more is trimmed.
            return self.follower.is_listed() && self.follower.lineage().get(shard).is_none();
        };
        match &progress.state {
            ShardState::CaughtUp
            | ShardState::Captured
            | ShardState::Exhausted(_)
            | ShardState::BeforeStart => true,
            ShardState::WaitingForParent | ShardState::Starting | ShardState::Failed(_) => false,
            ShardState::Reading | ShardState::Slowed(_) | ShardState::VerifyingEnd => {
                let is_met = |last: &SequenceNumber, held: &SequenceNumber| {
                    sequence_number::compare(last.as_str(), held.as_str()).is_ge()
                };
                progress
                    .last
                    .as_ref()
                    .zip(self.meets.get(shard))
                    .is_some_and(|(last, held)| is_met(last, held))
            }
        }
    }

    fn standing(&self) -> Standing {
        let failed = self.follower.all_progress().find_map(|(_, progress)| progress.failure());
        if let Some(error) = self.follower.failure().or(failed) {
            return Standing::Failed(error.clone());
        }
        let is_through = self.follower.is_listed() && self.shards.iter().all(|shard| self.is_through(shard));
        if is_through { Standing::Met } else { Standing::Reading }
    }

    /// The shard that is being read.
    fn busy(&self) -> Option<&ShardId> {
        let busy = self.follower.all_progress().find(|(id, progress)| {
            matches!(progress.state, ShardState::Starting | ShardState::Reading | ShardState::Slowed(_))
                && !self.is_through(id)
        });
        busy.map(|(id, _)| id)
    }
}

/// The sequence number of the oldest record held of each shard of the item's stream.
fn oldest_held(reading: &Reading, history: &ItemHistory) -> BTreeMap<ShardId, SequenceNumber> {
    let mut oldest = BTreeMap::new();
    // Newest first: the last one stays.
    for (origin, page) in reading.store.pages_with_origin() {
        let (stream, shard) = reading.store.shard_of(origin);
        let first = page.records().map(RecordRef::sequence_number).find(|number| !number.is_empty());
        if let Some(first) = first.filter(|_| *stream == history.stream) {
            oldest.insert(shard.clone(), SequenceNumber::new(first));
        }
    }
    oldest
}

impl ItemHistory {
    /// Begins to read further back.
    pub(in crate::app) fn begin_back(
        &mut self,
        reading: &Reading,
        follower: &Follower,
        id: ReadingId,
        offset: ClockOffset,
        now: Time,
    ) -> Vec<Effect> {
        let mut back = BackReading::new(self, reading, follower, id, now);
        let steps = back.follower.on(Report::ClockRead { offset }, now);
        // From the first of them on nothing was read.
        let roots = follower.lineage().rows().into_iter().map(|row| row.shard);
        let first = roots.into_iter().find(|shard| back.shards.contains(shard));
        self.back = Some(back);
        self.change(|it| it.rows.set_unread(first.map(|shard| (shard, None)), follower.lineage()));
        self.take_back(steps, follower.lineage())
    }

    /// Whether a report is for the reading further back.
    pub(in crate::app) fn is_back(&self, id: ReadingId) -> bool {
        self.back.as_ref().is_some_and(|back| back.follower.reading() == id)
    }

    /// Hands a report to the reading further back, or none where time has passed.
    pub(in crate::app) fn on_back(
        &mut self,
        report: Option<Report>,
        lineage: &Lineage,
        now: Time,
    ) -> Vec<Effect> {
        let Some(back) = &mut self.back else { return vec![] };
        let steps = match report {
            Some(report) => back.follower.on(report, now),
            None => back.follower.tick(now),
        };
        self.take_back(steps, lineage)
    }

    fn take_back(&mut self, steps: Vec<Step>, lineage: &Lineage) -> Vec<Effect> {
        let mut effects = vec![];
        for step in steps {
            match step {
                // Newer streams of the table are not its business.
                Step::Request(Request::ListStreams { .. }) | Step::Warn(_) => {}
                Step::Request(request) => effects.push(Effect::Request(request)),
                Step::Gap(gap) => self.change(|it| it.rows.insert_gap(gap, lineage)),
                Step::Show { shard, page } => {
                    if let Some(back) = &mut self.back {
                        back.page_read(&page);
                    }
                    let steps = gather(&page, &shard, &self.key.matcher());
                    if !steps.is_empty() {
                        effects.extend(self.insert(steps, lineage));
                    }
                    if let Some(last) = page.records().next_back() {
                        let after = Some(SequenceNumber::new(last.sequence_number()));
                        self.change(|it| it.rows.set_unread(Some((shard, after)), lineage));
                    }
                }
            }
        }
        effects
    }

    pub(in crate::app) fn back_standing(&self) -> Option<Standing> {
        self.back.as_ref().map(BackReading::standing)
    }

    /// The shard that is read further back at the moment: nobody else should read it as well.
    pub(in crate::app) fn back_busy(&self) -> Option<ShardId> {
        self.back.as_ref().and_then(BackReading::busy).cloned()
    }

    /// Ends the reading further back. Where it is through, the history is complete as far as the
    /// stream goes.
    pub(in crate::app) fn end_back(&mut self, is_through: bool, lineage: &Lineage) -> (Vec<Effect>, u64) {
        let Some(mut back) = self.back.take() else { return (vec![], 0) };
        if is_through {
            self.held_since = Extent::TrimHorizon;
            self.change(|it| it.rows.set_unread(None, lineage));
        }
        let requests = back.follower.close().into_iter().filter_map(|step| match step {
            Step::Request(request) => Some(Effect::Request(request)),
            Step::Show { .. } | Step::Gap(_) | Step::Warn(_) => None,
        });
        (requests.collect(), back.records)
    }
}
