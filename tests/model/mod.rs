//! The demo service's model, a follower on it, and between them a fetcher without a network: it
//! makes one call at a time, in any order that the test likes.

#![allow(dead_code, reason = "every test binary uses its own part")]

mod runs;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use dynascope::demo::request::{DescribeStream, GetRecords, GetShardIterator, ListStreams, ShardFilter};
use dynascope::demo::{Fault, Refusal, Service, When, Witness};
use dynascope::follow::{
    Ask, Follower, Position, ReadingId, Report, Request, Start, Step as FollowStep, Tail, TailId, Warning,
};
use dynascope::model::{
    ClockOffset, Gap, GapReason, Operation, Remedy, ShardId, SourceError, StreamArn, StreamDescription, Time,
    ViewType,
};
use dynascope::source::wire;
use dynascope::store::Page;
use proptest::test_runner::TestCaseError;

pub const START: Time = Time::from_seconds(1_791_316_726);

/// Something that happens in the world.
#[derive(Clone, Debug)]
pub enum Step {
    Put(u8),
    Split(usize),
    Roll(usize),
    Wait(Duration),
    /// The stream is switched off.
    Disable,
    /// It is switched on again: a newer stream, which is not the one that is read.
    Enable,
    /// Our clock is set: so many seconds behind the service's, or ahead where negative.
    SetClock(i64),
    /// The fetcher makes one of the calls that are due.
    Work(u16),
    /// Where the reading stands is saved.
    Save,
    /// The reader is killed: what was saved is all that is left of it.
    Die,
    /// It ends, by itself, behind so many records of the next page that has more.
    EndBehind(usize),
    /// Another one goes on from what was saved.
    Rise,
}

pub struct Shown {
    pub shard: ShardId,
    pub event_id: String,
    pub keys: String,
    pub created: Time,
}

struct Running {
    tail: Tail,
    iterator: Option<String>,
}

pub struct Model {
    pub service: Service,
    pub stream: StreamArn,
    pub now: Time,
    limit: u16,
    values: BTreeMap<u8, u32>,
    follower: Option<Follower>,
    started: Time,
    offset: ClockOffset,
    descriptions: VecDeque<Ask>,
    tails: BTreeMap<TailId, Running>,
    pub shown: Vec<Shown>,
    pub gaps: Vec<Gap>,
    pub warnings: Vec<Warning>,
    /// Every shard that an answer listed.
    listed: BTreeSet<ShardId>,
    /// Descriptions of before, by the request, and when they were made.
    described: BTreeMap<String, (Time, StreamDescription)>,
    /// One in so many descriptions is one of before; none while 0.
    pub stale_one_in: u64,
    calls: u64,
    runs: runs::Runs,
}

/// For so long a description may be what was.
const STALE: Duration = Duration::from_secs(30);

impl Model {
    pub fn new(roots: usize, limit: u16) -> Self {
        let mut service = Service::new(7);
        let stream = service.create_stream("t", ViewType::NewAndOldImages, roots, START);
        Self {
            service,
            stream,
            now: START,
            limit,
            values: BTreeMap::new(),
            follower: None,
            started: START,
            offset: ClockOffset::default(),
            descriptions: VecDeque::new(),
            tails: BTreeMap::new(),
            shown: vec![],
            gaps: vec![],
            warnings: vec![],
            listed: BTreeSet::new(),
            described: BTreeMap::new(),
            stale_one_in: 0,
            calls: 0,
            runs: runs::Runs::default(),
        }
    }

    pub fn follower(&self) -> &Follower {
        self.follower.as_ref().unwrap()
    }

    pub fn play(&mut self, steps: &[Step]) {
        for step in steps {
            let open = self.service.open_shards(&self.stream);
            let chosen = |at: &usize| open.get(at % open.len().max(1));
            match step {
                Step::Put(key) => self.put(*key),
                Step::Split(at) => {
                    chosen(at).map(|shard| self.service.split(&self.stream, shard, self.now));
                }
                Step::Roll(at) => {
                    chosen(at).map(|shard| self.service.roll(&self.stream, shard, self.now));
                }
                Step::Wait(span) => self.now = self.now.plus(*span),
                Step::Disable => self.service.disable(&self.stream, self.now),
                Step::Enable => drop(self.service.create_stream("t", ViewType::NewAndOldImages, 1, self.now)),
                Step::SetClock(behind) => {
                    self.offset = ClockOffset(behind * 1_000_000);
                    self.report(Report::ClockRead { offset: self.offset });
                }
                Step::Work(choice) => self.work(usize::from(*choice)),
                Step::Save => self.save(),
                Step::Die => self.die(),
                Step::EndBehind(records) => self.runs.end_behind = Some(*records),
                Step::Rise => self.rise(),
            }
        }
    }

    fn put(&mut self, key: u8) {
        let image = |value: &u32| format!("{{\"n\":{{\"N\":\"{value}\"}}}}");
        let old = self.values.get(&key).map(image);
        let value = self.values.get(&key).map_or(0, |value| value + 1);
        self.values.insert(key, value);
        let new = image(&value);
        self.service.put(&self.stream, &format!("k{key}"), old.as_deref(), Some(&new), self.now);
    }

    pub fn follow(&mut self, start: Start) {
        // So that what is written from now on is younger than what was before.
        self.now = self.now.plus(Duration::from_millis(1));
        let follower = Follower::new(ReadingId(1), self.stream.clone(), start, None, self.our_time());
        self.follower = Some(follower);
        self.report(Report::ClockRead { offset: self.offset });
        self.tick();
    }

    /// Works until the first listing is complete and every tail has its first iterator; says when
    /// that began.
    pub fn begin(&mut self) -> Time {
        let from = self.now;
        for round in 0..10_000 {
            let waiting = self.tails.values().any(|running| running.iterator.is_none());
            if self.follower().is_listed() && !waiting {
                return from;
            }
            self.work(round);
            // A listing that is tried again is tried later.
            if round % 20 == 19 {
                self.now = self.now.plus(Duration::from_millis(500));
            }
        }
        panic!("the first listing never ended");
    }

    fn tick(&mut self) {
        let now = self.our_time();
        let steps = self.follower.as_mut().map(|follower| follower.tick(now));
        self.take(steps.unwrap_or_default());
    }

    fn report(&mut self, report: Report) {
        let now = self.our_time();
        let steps = self.follower.as_mut().map(|follower| follower.on(report, now));
        self.take(steps.unwrap_or_default());
        self.end_if_cut();
    }

    /// By our clock, which need not be the service's.
    fn our_time(&self) -> Time {
        Time::from_micros(self.now.micros() - self.offset.0)
    }

    /// Lets everything that is there be read, in some time and without further changes.
    pub fn settle(&mut self) {
        // Longer than the latest child and the listing after it.
        const QUIET: Duration = Duration::from_secs(100);
        // What comes and goes has gone: with it nothing would ever be quiet.
        self.service.faults.rules.retain(|rule| rule.when == When::Always);
        let (mut since, mut shown) = (self.now, self.shown.len());
        for round in 0..500_000_usize {
            self.work(round);
            if self.shown.len() > shown || !self.has_come_to_rest() {
                (since, shown) = (self.now, self.shown.len());
            }
            if self.now.since(since) > QUIET {
                return;
            }
            // Time passes once each tail had its turn.
            if round % (self.tails.len() + 1) == 0 {
                self.now = self.now.plus(Duration::from_secs(1));
            }
        }
        let states: Vec<_> = self.follower().all_progress().map(|(id, it)| (id, &it.state)).collect();
        panic!("it never settles: {states:?}");
    }

    fn work(&mut self, choice: usize) {
        if self.follower.is_none() {
            return;
        }
        self.tick();
        let due = self.descriptions.len() + self.tails.len();
        if due == 0 {
            return;
        }
        let choice = choice % due;
        let report = match self.descriptions.remove(choice) {
            Some(ask) => Some(self.describe(ask)),
            None => self.read(choice - self.descriptions.len()),
        };
        if let Some(report) = report {
            self.report(report);
        }
    }

    fn take(&mut self, steps: Vec<FollowStep>) {
        for step in steps {
            match step {
                FollowStep::Request(Request::DescribeStream { ask, .. }) => self.descriptions.push_back(ask),
                FollowStep::Request(Request::StartTail(tail, _)) => {
                    self.tails.insert(tail.id, Running { tail, iterator: None });
                }
                FollowStep::Request(Request::StopTail(tail)) => drop(self.tails.remove(&tail)),
                FollowStep::Show { shard, page } => self.show(&shard, &page),
                FollowStep::Gap(gap) => self.gaps.push(gap),
                FollowStep::Request(Request::ListStreams { run, table, .. }) => self.list(run, table),
                FollowStep::Request(Request::SetPace(..) | Request::RetryNow) => {}
                FollowStep::Warn(warning) => self.warnings.push(warning),
            }
        }
    }

    fn show(&mut self, shard: &ShardId, page: &Page) {
        let page = &self.cut(shard, page);
        // What cannot be understood is shown as it came.
        self.shown.extend(page.poison().iter().map(|poison| {
            let raw: serde_json::Value = serde_json::from_str(page.poison_text(poison)).unwrap();
            let created = raw["dynamodb"]["ApproximateCreationDateTime"].as_f64().unwrap();
            Shown {
                shard: shard.clone(),
                event_id: raw["eventID"].as_str().unwrap().to_owned(),
                keys: raw["dynamodb"]["Keys"].to_string(),
                created: Time::from_seconds(created as i64),
            }
        }));
        self.shown.extend(page.records().map(|record| Shown {
            shard: shard.clone(),
            event_id: record.event_id().to_owned(),
            keys: record.keys().unwrap().to_owned(),
            created: record.time().unwrap(),
        }));
    }

    fn list(&mut self, run: u32, table_name: Option<String>) {
        let request = ListStreams { table_name, ..Default::default() };
        if let Ok(listed) = self.service.list_streams(&request, self.now) {
            self.report(Report::StreamsListed { run, streams: listed.streams, more: listed.last_evaluated });
        }
    }

    /// Makes the DescribeStream call that has waited longest, if any.
    pub fn describe_next(&mut self) {
        self.tick();
        if let Some(ask) = self.descriptions.pop_front() {
            let report = self.describe(ask);
            self.report(report);
        }
    }

    fn describe(&mut self, ask: Ask) -> Report {
        let text = |text: &str| Some(text.to_owned());
        let mut request = DescribeStream { stream_arn: text(self.stream.as_str()), ..Default::default() };
        match &ask {
            Ask::Shards { after } => {
                request.exclusive_start_shard_id = after.as_ref().map(ToString::to_string);
            }
            Ask::ChildrenOf(shard) => {
                let (r#type, shard_id) = (text("CHILD_SHARDS"), text(shard.as_str()));
                request.shard_filter = Some(ShardFilter { r#type, shard_id });
            }
        }
        let (reading, stream) = (ReadingId(1), self.stream.clone());
        match self.service.describe_stream(&request, self.now) {
            Ok(description) => {
                let description = self.or_stale(format!("{ask:?}"), description);
                self.listed.extend(description.shards.iter().map(|shard| shard.id.clone()));
                if self.follower().status().is_none() && self.runs.saved.is_none() {
                    self.started = self.now;
                }
                Report::StreamDescribed { reading, stream, ask, description: Box::new(description) }
            }
            Err(refusal) => {
                let error = error(Operation::DescribeStream, &refusal);
                // As the fetcher does: what repeating can mend is repeated.
                if error.kind.remedy() == Remedy::Retry {
                    self.descriptions.push_back(ask);
                    return Report::CallDelayed { reading: None, error, again_in: Duration::ZERO };
                }
                Report::StreamNotDescribed { reading, stream, ask, error }
            }
        }
    }

    /// A description, or in its place the one of before.
    fn or_stale(&mut self, request: String, fresh: StreamDescription) -> StreamDescription {
        self.calls += 1;
        let is_stale = self.stale_one_in > 0 && self.calls.is_multiple_of(self.stale_one_in);
        let (at, before) = self.described.entry(request).or_insert_with(|| (self.now, fresh.clone()));
        if is_stale && self.now.since(*at) < STALE {
            return before.clone();
        }
        (*at, *before) = (self.now, fresh.clone());
        fresh
    }

    /// One call for one of the tails.
    fn read(&mut self, choice: usize) -> Option<Report> {
        let id = *self.tails.keys().nth(choice)?;
        let Running { tail, iterator } = &self.tails[&id];
        let called = match iterator.clone() {
            None => self.service.get_shard_iterator(&position(tail), self.now).map(Called::Iterator),
            Some(iterator) => {
                let request =
                    GetRecords { shard_iterator: Some(iterator), limit: Some(i64::from(self.limit)) };
                self.service.get_records(&request, self.now).map(Called::Page)
            }
        };
        let operation = if iterator.is_none() { Operation::GetShardIterator } else { Operation::GetRecords };
        match called {
            Ok(Called::Iterator(token)) => {
                self.tails.get_mut(&id)?.iterator = Some(token);
                Some(Report::TailStarted { tail: id })
            }
            Ok(Called::Page(page)) => {
                // As the fetcher does: an answer that breaks off is asked for again.
                if self.service.faults.strikes(Operation::GetRecords, None, &Fault::Truncated) {
                    let kind = wire::read_records(&page.body.as_bytes()[..page.body.len() / 2]).unwrap_err();
                    let error = SourceError { operation, kind, message: String::new() };
                    return Some(Report::TailSlowed { tail: id, error, again_in: Duration::ZERO });
                }
                let answer = wire::read_records(page.body.as_bytes()).unwrap();
                let end = answer.next_iterator.is_none();
                if end {
                    self.tails.remove(&id);
                } else {
                    self.tails.get_mut(&id)?.iterator = answer.next_iterator;
                }
                Some(Report::PageRead { tail: id, page: Arc::new(answer.page), end })
            }
            Err(refusal) => {
                let error = error(operation, &refusal);
                if error.kind.remedy() == Remedy::Retry {
                    return Some(Report::TailSlowed { tail: id, error, again_in: Duration::ZERO });
                }
                self.tails.remove(&id);
                Some(Report::TailStopped { tail: id, error })
            }
        }
    }

    /// Every record exactly once or in a shown gap, and each key in its order. `from` is where the
    /// reading was asked to start.
    pub fn check(&mut self, from: Option<Time>) -> Result<(), TestCaseError> {
        let until = self.now.plus(Duration::from_secs(1));
        let all: Vec<Witness> = self.service.history(&self.stream, START, until);
        let seen = self.shown_once()?;
        // The stream was gone before the first answer, and that is said.
        if self.follower().status().is_none() && self.runs.saved.is_none() {
            return Ok(());
        }
        // What is trimmed while the first listing is under way was lost before we came.
        let kept = || self.started.minus(Duration::from_hours(24)).plus(Duration::from_mins(10));
        let owed_from = from.unwrap_or_else(kept);
        for record in all.iter().filter(|record| record.created >= owed_from) {
            let in_gap = self.gaps.iter().any(|gap| self.is_in(gap, record));
            if !seen.contains(&record.event_id) && !in_gap {
                let shards: Vec<_> =
                    self.follower().all_progress().map(|(id, it)| (id.short(), &it.state)).collect();
                let story = format!("gaps {:?}, shards {shards:?}, saved {:?}", self.gaps, self.runs.saved);
                return Err(TestCaseError::fail(format!("lost: {record:?}, {story}")));
            }
        }
        self.check_order(&all)
    }

    /// Whether a gap was shown where the record lies: behind what was read of its shard, or
    /// anywhere in a lineage that lived and died unseen.
    fn is_in(&self, gap: &Gap, record: &Witness) -> bool {
        let after = gap.after.as_ref().is_none_or(|after| *after < record.sequence_number);
        let unseen = || {
            !self.listed.contains(&record.shard)
                && match (gap.reason, &gap.shard) {
                    (GapReason::ShardGone, Some(shard)) => {
                        self.service_descends(shard, &record.shard)
                            || self.service_descends(&record.shard, shard)
                    }
                    (GapReason::Unlisted { from, until }, None) => (from..=until).contains(&record.created),
                    _ => false,
                }
        };
        (gap.shard.as_ref() == Some(&record.shard) && after) || unseen()
    }

    /// By the service's own book, whatever it lists.
    fn service_descends(&self, shard: &ShardId, ancestor: &ShardId) -> bool {
        let mut at = Some(shard.clone());
        while let Some(id) = at {
            if id == *ancestor {
                return true;
            }
            at = self.service.parent_of(&self.stream, &id);
        }
        false
    }

    fn check_order(&self, all: &[Witness]) -> Result<(), TestCaseError> {
        let written: BTreeMap<&str, &Witness> = all.iter().map(|it| (&*it.event_id, it)).collect();
        let mut last: BTreeMap<&str, &Witness> = BTreeMap::new();
        for (place, shown) in self.shown.iter().enumerate() {
            if self.runs.begin_at(place) {
                last.clear();
            }
            let Some(record) = written.get(&*shown.event_id) else {
                return Err(TestCaseError::fail(format!("never written: {}", shown.event_id)));
            };
            if let Some(before) = last.insert(&record.keys, record)
                && before.sequence_number >= record.sequence_number
            {
                return Err(TestCaseError::fail(format!("out of order: {before:?}, then {record:?}")));
            }
        }
        Ok(())
    }
}

enum Called {
    Iterator(String),
    Page(dynascope::demo::RecordsPage),
}

pub fn position(tail: &Tail) -> GetShardIterator {
    let text = |text: &str| Some(text.to_owned());
    let mut request = GetShardIterator {
        stream_arn: text(tail.stream.as_str()),
        shard_id: text(tail.shard.as_str()),
        ..Default::default()
    };
    request.shard_iterator_type = text(match &tail.from {
        Position::TrimHorizon => "TRIM_HORIZON",
        Position::Latest => "LATEST",
        Position::AtTimestamp(time) => {
            request.timestamp = serde_json::Number::from_f64(time.micros() as f64 / 1e6);
            "AT_TIMESTAMP"
        }
        Position::AtSequenceNumber(number) => {
            request.sequence_number = text(number.as_str());
            "AT_SEQUENCE_NUMBER"
        }
        Position::AfterSequenceNumber(number) => {
            request.sequence_number = text(number.as_str());
            "AFTER_SEQUENCE_NUMBER"
        }
    });
    request
}

pub fn error(operation: Operation, refusal: &Refusal) -> SourceError {
    SourceError { operation, kind: refusal.error_kind(operation), message: String::new() }
}
