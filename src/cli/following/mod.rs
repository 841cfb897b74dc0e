//! Streams that are followed without a screen: what comes of them, one event after the other.

mod trouble;
mod troubles;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

use super::asking::explained;
use super::exit::{Failure, complain};
use super::session::Session;
use crate::app::StreamArgument;
use crate::clock;
use crate::follow::{Checkpoints, Follower, Part, ReadingId, Report, Request, Step};
use crate::model::{Gap, ShardId, SourceError, StreamArn, Time};
use crate::store::Page;
use trouble::Trouble;

/// How often what is due is looked for.
const TICK: Duration = Duration::from_millis(100);

/// Something that came of one of the streams, by its place among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A stream was described: its follower may know more of it.
    Described {
        stream: usize,
    },
    /// Records that were not handed out before.
    Page {
        stream: usize,
        shard: ShardId,
        page: Arc<Page>,
    },
    Gap {
        stream: usize,
        gap: Gap,
    },
    /// All that has come was handed out; what is next has to be waited for.
    Rest,
}

/// What to follow, and for how long without an answer.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub part: Part,
    pub give_up: Duration,
    /// The command that goes on where this one gave up.
    pub resume: String,
}

/// A session and its followers.
#[derive(Debug)]
pub struct Following {
    session: Session,
    followers: Vec<Follower>,
    /// The shard that was named, until it is known to be there.
    named: Option<ShardId>,
    requests: VecDeque<Request>,
    events: VecDeque<Event>,
    has_rested: bool,
    ticks: Interval,
    trouble: Trouble,
}

impl Following {
    pub fn new(session: Session, streams: Vec<StreamArn>, wanted: Wanted) -> Result<Self, Failure> {
        if wanted.part.only.is_some() && streams.len() > 1 {
            return Err(Failure::new("--shard names a shard of one stream; name only that stream"));
        }
        let now = clock::now();
        let follower =
            |(number, stream): (u32, StreamArn)| wanted.part.follower(ReadingId(number), stream, now);
        let followers = (0..).zip(streams).map(follower).collect();
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let clock = session.clock;
        let mut following = Self {
            session,
            followers,
            named: wanted.part.only,
            requests: VecDeque::new(),
            events: VecDeque::new(),
            has_rested: false,
            ticks,
            trouble: Trouble::new(wanted.give_up, wanted.resume),
        };
        if let Some(offset) = clock {
            following.on(Report::ClockRead { offset });
        }
        Ok(following)
    }

    /// The service's time, as far as it is known.
    pub fn now(&self) -> Time {
        self.session.clock.unwrap_or_default().service_time(clock::now())
    }

    /// Streams that are among the checkpoints are read on from there.
    #[must_use]
    pub fn going_on_from(mut self, checkpoints: &Checkpoints) -> Self {
        let going_on = |follower: Follower| match checkpoints.of(follower.stream()).cloned() {
            Some(checkpoint) => follower.resuming(&checkpoint),
            None => follower,
        };
        self.followers = std::mem::take(&mut self.followers).into_iter().map(going_on).collect();
        self
    }

    /// Whether all that came of what was read has been handed out.
    pub fn has_handed_out_all(&self) -> bool {
        self.events.is_empty()
    }

    /// What came and has not been handed out: of one answer at the most.
    pub fn take_rest(&mut self) -> VecDeque<Event> {
        std::mem::take(&mut self.events)
    }

    pub fn followers(&self) -> &[Follower] {
        &self.followers
    }

    /// Whether no record can ever come.
    pub fn is_over(&self) -> bool {
        self.followers.iter().all(Follower::is_over)
    }

    /// Whether everything that was there at the start has been read.
    pub fn is_drained(&self) -> bool {
        self.followers.iter().all(Follower::is_drained)
    }

    /// Why a shard is not read any more, if one is not.
    pub fn failure(&self) -> Option<&SourceError> {
        self.followers.iter().flat_map(Follower::all_progress).find_map(|(_, progress)| progress.failure())
    }

    /// The next event. Nothing is lost where this is cancelled.
    ///
    /// Fails when nothing has worked for too long, or nothing ever will.
    pub async fn next(&mut self) -> Result<Event, Failure> {
        loop {
            if let Some(event) = self.events.pop_front() {
                self.has_rested = false;
                return Ok(event);
            }
            self.send_requests().await?;
            if let Ok(report) = self.session.reports.try_recv() {
                self.on(report);
                continue;
            }
            if !self.has_rested {
                self.check_shard()?;
                self.has_rested = true;
                return Ok(Event::Rest);
            }
            tokio::select! {
                report = self.session.reports.recv() => self.on(report.ok_or_else(fetcher_ended)?),
                _ = self.ticks.tick() => self.tick()?,
            }
            self.has_rested = false;
        }
    }

    async fn send_requests(&mut self) -> Result<(), Failure> {
        while !self.requests.is_empty() {
            let place = self.session.requests.reserve().await.map_err(|_| fetcher_ended())?;
            if let Some(request) = self.requests.pop_front() {
                place.send(request);
            }
        }
        Ok(())
    }

    /// Fails when the stream has no shard of the name that was given: nothing would ever come.
    fn check_shard(&mut self) -> Result<(), Failure> {
        let Some(follower) = self.followers.first().filter(|follower| follower.is_listed()) else {
            return Ok(());
        };
        match self.named.take() {
            Some(shard) if follower.lineage().get(&shard).is_none() => Err(Failure::new(format!(
                "the stream has no shard {shard}, or no more; see dynascope shards {}",
                follower.stream().table()
            ))),
            Some(_) | None => Ok(()),
        }
    }

    /// What is due; and whether it is time to give up.
    fn tick(&mut self) -> Result<(), Failure> {
        let now = clock::now();
        for index in 0..self.followers.len() {
            let steps = self.followers[index].tick(now);
            self.act(index, steps);
        }
        self.trouble.check(&self.followers)
    }

    fn on(&mut self, report: Report) {
        let now = clock::now();
        self.trouble.note(&report);
        if let Report::ClockRead { offset } = report {
            self.session.clock = Some(offset);
        }
        let reading = match &report {
            Report::StreamDescribed { reading, .. } | Report::StreamNotDescribed { reading, .. } => *reading,
            Report::TailStarted { tail }
            | Report::PageRead { tail, .. }
            | Report::TailSlowed { tail, .. }
            | Report::TailStopped { tail, .. } => tail.reading,
            Report::ClockRead { .. } | Report::StreamsListed { .. } => {
                for index in 0..self.followers.len() {
                    let steps = self.followers[index].on(report.clone(), now);
                    self.act(index, steps);
                }
                return;
            }
            Report::CallDelayed { .. }
            | Report::CredentialsLost { .. }
            | Report::CredentialsRenewed
            | Report::StreamsNotListed { .. } => return,
        };
        let index = reading.0 as usize;
        if let Some(follower) = self.followers.get_mut(index) {
            if matches!(report, Report::StreamDescribed { .. }) {
                self.events.push_back(Event::Described { stream: index });
            }
            let steps = follower.on(report, now);
            self.act(index, steps);
        }
    }

    fn act(&mut self, stream: usize, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Request(request) => self.requests.push_back(request),
                Step::Show { shard, page } => self.events.push_back(Event::Page { stream, shard, page }),
                Step::Gap(gap) => self.events.push_back(Event::Gap { stream, gap }),
                Step::Warn(warning) => complain(&warning.to_string()),
            }
        }
    }
}

fn fetcher_ended() -> Failure {
    Failure::new("the fetcher has ended; please report this")
}

/// The streams as they were named, for a command that is printed.
pub fn streams_text(streams: &[StreamArgument]) -> String {
    let text = |stream: &StreamArgument| match stream {
        StreamArgument::Table(table) => table.clone(),
        StreamArgument::Arn(arn) => arn.to_string(),
    };
    streams.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// A gap in words.
pub fn gap_sentence(gap: &Gap) -> String {
    let after = gap.after.as_ref().map_or(String::new(), |after| format!(" after {after}"));
    let place = gap.shard.as_ref().map_or("the stream".to_owned(), |shard| format!("shard {shard}"));
    format!("GAP in {place}{after}: {}", gap.reason)
}

/// What it means that a shard could not be read where all had to be.
pub fn not_everything(error: &SourceError) -> Failure {
    Failure::new(format!("not everything could be read: {}", explained(error)))
}
