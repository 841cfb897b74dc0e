//! Follows one stream: every shard from its start to its verified end, parents before children.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::checkpoint::Earlier;
use super::discovery::Discovery;
use super::gates::Orphan;
use super::position::{self, Position, Start};
use super::progress::{Progress, ShardState};
use super::request::{Ask, ReadingId, Report, Request, TailId};
use super::step::Step;
use crate::model::{
    ClockOffset, ErrorKind, Lineage, Precision, Remedy, ShardId, SourceError, StreamArn, StreamStatus, Time,
    ViewType,
};

/// Of the shard that a follower is narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Descendants {
    Read,
    LeftOut,
}

/// The following of one stream.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of a machine")]
pub struct Follower {
    pub(super) reading: ReadingId,
    pub(super) stream: StreamArn,
    pub(super) start: Start,
    /// By the service's clock; of several runs that go on from a checkpoint, the first one's.
    pub(super) started: Time,
    /// When this run began, by the service's clock.
    pub(super) began: Time,
    /// Ours, when something last happened.
    pub(super) now: Time,
    offset: ClockOffset,
    /// Only this shard and its descendants.
    pub(super) only: Option<ShardId>,
    /// Only these shards.
    pub(super) among: Option<BTreeSet<ShardId>>,
    /// Somebody else reads them at the moment.
    pub(super) yielded: BTreeSet<ShardId>,
    pub(super) descendants: Descendants,
    /// Where `only` begins, in place of the start.
    pub(super) first: Option<Position>,
    /// Shards that were created well after this time are not read.
    pub(super) until: Option<Time>,
    pub(super) lineage: Lineage,
    pub(super) shards: BTreeMap<ShardId, Progress>,
    pub(super) discovery: Discovery,
    pub(super) status: Option<StreamStatus>,
    pub(super) view_type: Option<ViewType>,
    pub(super) key_names: Vec<String>,
    pub(super) failure: Option<SourceError>,
    pub(super) at_timestamp: bool,
    /// How finely the endpoint tells times.
    pub(super) precision: Precision,
    /// When a listing was last through, by the service's clock.
    pub(super) listed_at: Option<Time>,
    /// When the listing under way began, by the service's clock.
    pub(super) listing_began: Time,
    /// Every shard with a record from this time on was listed, or will be; absent before the first
    /// whole listing.
    pub(super) listed_from: Option<Time>,
    pub(super) stopped: bool,
    pub(super) tails: u32,
    /// Shards that wait for another listing to show their parent, or not.
    pub(super) orphans: BTreeMap<ShardId, Orphan>,
    /// The shards of the first listing have been decided on.
    pub(super) settled: bool,
    /// Shards in a circle are listed again and again, and warned of once.
    pub(super) in_circles: BTreeSet<ShardId>,
    /// It is told, and asks for nothing.
    pub(super) is_captured: bool,
    /// Present where it goes on from a checkpoint.
    pub(super) earlier: Option<Earlier>,
}

impl Follower {
    /// Follows a stream from `start`; `only` narrows it to a shard and its descendants.
    pub fn new(
        reading: ReadingId,
        stream: StreamArn,
        start: Start,
        only: Option<ShardId>,
        now: Time,
    ) -> Self {
        Self {
            reading,
            stream,
            start,
            started: now,
            began: now,
            now,
            offset: ClockOffset::default(),
            only,
            among: None,
            yielded: BTreeSet::new(),
            descendants: Descendants::Read,
            first: None,
            until: None,
            lineage: Lineage::default(),
            shards: BTreeMap::new(),
            discovery: Discovery::new(now),
            status: None,
            view_type: None,
            key_names: vec![],
            failure: None,
            at_timestamp: true,
            precision: Precision::default(),
            listed_at: None,
            listing_began: now,
            listed_from: None,
            stopped: false,
            tails: 0,
            orphans: BTreeMap::new(),
            settled: false,
            in_circles: BTreeSet::new(),
            is_captured: false,
            earlier: None,
        }
    }

    /// Only these shards are read, and no descendants of theirs.
    #[must_use]
    pub fn among(mut self, shards: BTreeSet<ShardId>) -> Self {
        self.among = Some(shards);
        self
    }

    /// Of a shard that it is narrowed to, no descendant is read.
    #[must_use]
    pub fn without_descendants(mut self) -> Self {
        self.descendants = Descendants::LeftOut;
        self
    }

    /// A shard that it is narrowed to begins here.
    #[must_use]
    pub fn with_first(mut self, first: Position) -> Self {
        self.first = Some(first);
        self
    }

    pub fn reading(&self) -> ReadingId {
        self.reading
    }

    pub fn stream(&self) -> &StreamArn {
        &self.stream
    }

    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    pub fn status(&self) -> Option<&StreamStatus> {
        self.status.as_ref()
    }

    pub fn view_type(&self) -> Option<&ViewType> {
        self.view_type.as_ref()
    }

    /// The names of the key attributes, partition key first.
    pub fn key_names(&self) -> &[String] {
        &self.key_names
    }

    /// Why the shards cannot be listed.
    pub fn failure(&self) -> Option<&SourceError> {
        self.failure.as_ref()
    }

    pub fn progress(&self, shard: &ShardId) -> Option<&Progress> {
        self.shards.get(shard)
    }

    pub fn all_progress(&self) -> impl Iterator<Item = (&ShardId, &Progress)> {
        self.shards.iter()
    }

    pub fn started(&self) -> Time {
        self.started
    }

    /// Where the reading started: some time ago becomes the latest where the endpoint has no
    /// AT_TIMESTAMP.
    pub fn start(&self) -> Start {
        match self.start {
            Start::Recent(_) if !self.at_timestamp => Start::Latest,
            Start::TrimHorizon | Start::Latest | Start::Recent(_) | Start::Since(_) => self.start,
        }
    }

    /// From when on records are wanted, by the service's clock; absent for the oldest there are.
    pub fn wanted_from(&self) -> Option<Time> {
        position::wanted_from(self.start(), self.started)
    }

    /// Whether all shards have been listed at least once.
    pub fn is_listed(&self) -> bool {
        self.is_captured || self.discovery.is_listed()
    }

    /// Whether every shard that is listed has been read as far as it goes: none waits its turn.
    pub fn is_settled(&self) -> bool {
        self.shards.values().all(|progress| {
            matches!(
                progress.state,
                ShardState::CaughtUp
                    | ShardState::Captured
                    | ShardState::Exhausted(_)
                    | ShardState::BeforeStart
                    | ShardState::Failed(_)
            )
        })
    }

    pub(super) fn is_alone(&self) -> bool {
        self.descendants == Descendants::LeftOut
    }

    /// Whether no record can ever come: the stream is disabled or gone, or no descendants are
    /// wanted, and all of it is read.
    pub fn is_over(&self) -> bool {
        let has_ended = self.is_alone()
            || self.status == Some(StreamStatus::Disabled)
            || self.failure.as_ref().is_some_and(|error| error.kind == ErrorKind::NotFound);
        has_ended && self.discovery.is_listed() && self.shards.values().all(Progress::is_done)
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether everything that was there at the start has been read: all shards listed, the
    /// closed ones exhausted, the open ones caught up.
    ///
    /// For an open shard this is no proof but [`CALLS_TO_REACH_HEAD`] empty pages in a row.
    pub fn is_drained(&self) -> bool {
        self.discovery.is_listed()
            && !self.discovery.is_looking()
            && self.shards.iter().all(|(id, progress)| match &progress.state {
                ShardState::WaitingForParent
                | ShardState::Starting
                | ShardState::Reading
                | ShardState::Slowed(_) => {
                    // Born after the start, so are its records. The start is known to the second.
                    let began = self.began.plus(Duration::from_secs(2));
                    id.created_at().is_some_and(|created| created > began)
                }
                ShardState::VerifyingEnd => progress.renewals > 2,
                ShardState::CaughtUp
                | ShardState::Captured
                | ShardState::Failed(_)
                | ShardState::Exhausted(_)
                | ShardState::BeforeStart => true,
            })
    }

    /// Our time when the service's is `time`.
    pub(super) fn own_time(&self, time: Time) -> Time {
        self.offset.own_time(time)
    }

    /// The service's time.
    pub(super) fn service_time(&self) -> Time {
        self.offset.service_time(self.now)
    }

    /// What time brings: listings and lookups that are due.
    pub fn tick(&mut self, now: Time) -> Vec<Step> {
        self.now = now;
        if self.is_captured {
            return vec![];
        }
        if matches!(&self.failure, Some(error) if error.kind == ErrorKind::NotFound) {
            return vec![];
        }
        let asks = self.discovery.tick(now);
        if asks.contains(&Ask::Shards { after: None }) {
            self.listing_began = self.service_time();
        }
        asks.into_iter().map(|ask| self.describe(ask)).collect()
    }

    /// What a report brings. Reports of other readings and of older tails are ignored.
    pub fn on(&mut self, report: Report, now: Time) -> Vec<Step> {
        self.now = now;
        let mut steps = vec![];
        match report {
            Report::ClockRead { offset } => {
                self.offset = offset;
            }
            Report::StreamDescribed { reading, ask, description, .. } if reading == self.reading => {
                self.described(&ask, *description, now, &mut steps);
            }
            Report::StreamNotDescribed { reading, ask, error, .. } if reading == self.reading => {
                self.not_described(&ask, error, now, &mut steps);
            }
            Report::TailStarted { tail } => {
                if let Some((_, progress)) = self.tailing(tail) {
                    progress.state = ShardState::Reading;
                }
            }
            Report::PageRead { tail, page, end } => self.page_read(tail, page, end, now, &mut steps),
            Report::TailSlowed { tail, error, .. } => {
                if let Some((_, progress)) = self.tailing(tail) {
                    progress.state = ShardState::Slowed(error);
                }
            }
            Report::TailStopped { tail, error } => self.tail_stopped(tail, error, now, &mut steps),
            Report::StreamsListed { run, streams, more } if run == self.run() => {
                self.streams_listed(&streams, more, &mut steps);
            }
            Report::StreamDescribed { .. }
            | Report::StreamNotDescribed { .. }
            | Report::CallDelayed { .. }
            | Report::CredentialsLost { .. }
            | Report::CredentialsRenewed
            | Report::StreamsListed { .. }
            | Report::StreamsNotListed { .. } => {}
        }
        steps.extend(self.tick(now));
        steps
    }

    /// Stops reading: no shard is polled, but iterators are kept alive.
    pub fn stop(&mut self) -> Vec<Step> {
        self.stopped = true;
        self.set_pace()
    }

    /// Reads on where it was stopped.
    pub fn go_on(&mut self) -> Vec<Step> {
        self.stopped = false;
        self.set_pace()
    }

    /// Leaves shards to another reader, whose calls count with ours, and takes back all others.
    pub fn yield_shards(&mut self, shards: BTreeSet<ShardId>) -> Vec<Step> {
        let before = std::mem::replace(&mut self.yielded, shards);
        let changed = before.symmetric_difference(&self.yielded);
        let tails = changed.filter_map(|id| Some((self.progress(id)?.tail?, self.pace(id))));
        tails.map(|(tail, pace)| Step::Request(Request::SetPace(tail, pace))).collect()
    }

    fn set_pace(&mut self) -> Vec<Step> {
        let tails: Vec<(TailId, ShardId)> =
            self.shards.iter().filter_map(|(id, progress)| Some((progress.tail?, id.clone()))).collect();
        tails.into_iter().map(|(tail, id)| Step::Request(Request::SetPace(tail, self.pace(&id)))).collect()
    }

    /// Ends every tail: nobody follows this stream any more.
    pub fn close(&mut self) -> Vec<Step> {
        let tails = self.shards.values_mut().filter_map(|progress| progress.tail.take());
        tails.map(|tail| Step::Request(Request::StopTail(tail))).collect()
    }

    /// Tries again what had failed, from where it stood.
    pub fn retry(&mut self, now: Time) -> Vec<Step> {
        self.now = now;
        self.failure = None;
        self.discovery.list_soon(now);
        let mut steps: Vec<Step> = vec![];
        for remedy in [Remedy::Retry, Remedy::RenewIterator, Remedy::GiveUp] {
            self.retry_failed(remedy, &mut steps);
        }
        steps.extend(self.tick(now));
        steps
    }

    /// Reads the shards again that failed with an error of this remedy, from where they stood.
    pub(super) fn retry_failed(&mut self, remedy: Remedy, steps: &mut Vec<Step>) {
        let has_failed =
            |progress: &Progress| progress.failure().is_some_and(|error| error.kind.remedy() == remedy);
        let failed = self.shards.iter().filter(|(_, progress)| has_failed(progress));
        let failed: Vec<ShardId> = failed.map(|(id, _)| id.clone()).collect();
        for id in failed {
            if let Some(progress) = self.shards.get_mut(&id) {
                progress.renewals = 0;
            }
            self.restart(&id, steps);
        }
    }
}
