//! A reading of the demo service's model, and between them a fetcher without a network.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use dynascope::app::Effect;
use dynascope::app::reading::{Outcome, Reading};
use dynascope::app::seeking::SeekState;
use dynascope::demo::request::{DescribeStream, GetRecords, ShardFilter};
use dynascope::demo::{Service, When, Witness};
use dynascope::follow::{Ask, Part, ReadingId, Report, Request, Start, Tail, TailId};
use dynascope::model::{Operation, Precision, Remedy, StreamArn, Time, ViewType};
use dynascope::source::wire;
use dynascope::store::Row;
use proptest::test_runner::TestCaseError;

use crate::model::{START, error, position};

/// How long the day is: nothing of it is trimmed while it is read.
const DAY: Duration = Duration::from_hours(22);
const ROOTS: usize = 8;

/// A service with a day behind it.
pub struct Day {
    service: Service,
    stream: StreamArn,
    values: BTreeMap<u8, u32>,
    now: Time,
}

impl Day {
    /// Eight lineages that roll over about every 55 minutes, and items that change in bursts.
    pub fn new(seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut service = Service::new(7);
        let stream = service.create_stream("t", ViewType::NewAndOldImages, ROOTS, START);
        let mut day = Self { service, stream, values: BTreeMap::new(), now: START };
        let end = START.plus(DAY);
        let mut next_roll = START.plus(Duration::from_secs(dice.u64(100..400)));
        while day.now < end {
            let pause = if dice.u8(0..4) > 0 { dice.u64(0..4_000) } else { dice.u64(0..1_200_000) };
            day.now = day.now.plus(Duration::from_millis(pause));
            while next_roll < day.now {
                let open = day.service.open_shards(&day.stream);
                if let Some(shard) = open.first() {
                    day.service.roll(&day.stream, shard, next_roll);
                }
                next_roll = next_roll.plus(Duration::from_secs(dice.u64(200..600)));
            }
            put(&mut day.service, &day.stream, &mut day.values, dice.u8(0..12), day.now);
        }
        day
    }
}

fn put(service: &mut Service, stream: &StreamArn, values: &mut BTreeMap<u8, u32>, key: u8, now: Time) {
    let image = |value: &u32| format!("{{\"n\":{{\"N\":\"{value}\"}}}}");
    let old = values.get(&key).map(image);
    let value = values.get(&key).map_or(0, |value| value + 1);
    values.insert(key, value);
    service.put(stream, &format!("k{key}"), old.as_deref(), Some(&image(&value)), now);
}

struct Running {
    tail: Tail,
    iterator: Option<String>,
}

pub struct Desk {
    pub service: Service,
    stream: StreamArn,
    values: BTreeMap<u8, u32>,
    pub now: Time,
    pub reading: Reading,
    pub is_rounded: bool,
    /// What the live reading is owed from.
    held: Time,
    start: Start,
    limit: u16,
    next_id: u32,
    descriptions: VecDeque<(ReadingId, Ask)>,
    tails: BTreeMap<TailId, Running>,
    turn: usize,
    /// The oldest time that was ever sought.
    asked: Time,
}

impl Desk {
    pub fn new(day: Day, start: Start, limit: u16) -> Self {
        let now = day.now.plus(Duration::from_millis(1));
        Self {
            service: day.service,
            reading: Reading::new(vec![day.stream.clone()], &Part::from(start), 1, usize::MAX, now),
            stream: day.stream,
            values: day.values,
            now,
            is_rounded: false,
            held: now,
            start,
            limit,
            next_id: 2,
            descriptions: VecDeque::new(),
            tails: BTreeMap::new(),
            turn: 0,
            asked: now,
        }
    }

    /// Works until every shard of the live reading has its first iterator.
    pub fn begin(&mut self) {
        let outcome = self.reading.tick(self.now);
        self.take(outcome);
        for _ in 0..10_000 {
            let is_waiting = self.tails.values().any(|running| running.iterator.is_none());
            if self.reading.followers[0].is_listed() && !is_waiting {
                let wanted = self.reading.held_from(0).unwrap();
                self.held = match self.start {
                    Start::Since(_) => wanted,
                    _ if self.reading.followers[0].knows_timestamps() => Time::from_seconds(wanted.seconds()),
                    Start::TrimHorizon | Start::Latest | Start::Recent(_) => self.now,
                };
                return;
            }
            self.work(1);
            self.now = self.now.plus(Duration::from_millis(10));
        }
        panic!("the first listing never ended");
    }

    pub fn put(&mut self, key: u8) {
        self.now = self.now.plus(Duration::from_millis(1));
        put(&mut self.service, &self.stream, &mut self.values, key, self.now);
    }

    pub fn roll(&mut self, at: usize) {
        let open = self.service.open_shards(&self.stream);
        self.service.roll(&self.stream, &open[at % open.len()], self.now);
    }

    pub fn wait(&mut self, span: Duration) {
        self.now = self.now.plus(span);
    }

    pub fn seek(&mut self, from: Start) {
        self.asked = self.asked.min(match from {
            Start::Since(time) => time,
            Start::TrimHorizon | Start::Latest | Start::Recent(_) => START,
        });
        let outcome = self.reading.seek(from, self.next_id, self.now);
        self.next_id += 1;
        self.take(outcome);
    }

    pub fn cancel(&mut self) {
        let outcome = self.reading.stop_seeking(self.now);
        self.take(outcome);
    }

    /// Lets everything be read that is there.
    pub fn settle(&mut self) {
        self.service.faults.rules.retain(|rule| rule.when == When::Always);
        let (mut since, mut held) = (self.now, self.reading.store.len());
        for _ in 0..200_000 {
            self.work(1);
            if self.reading.store.len() > held
                || self.reading.is_seeking()
                || !self.reading.followers[0].is_settled()
            {
                (since, held) = (self.now, self.reading.store.len());
            }
            if self.now.since(since) > Duration::from_secs(100) {
                return;
            }
            if self.turn.is_multiple_of(self.tails.len() + 1) {
                self.now = self.now.plus(Duration::from_secs(1));
            }
        }
        panic!("it never settles: {:?}", self.reading.seek_state(self.now));
    }

    pub fn work(&mut self, times: usize) {
        for _ in 0..times {
            let outcome = self.reading.tick(self.now);
            self.take(outcome);
            let due = self.descriptions.len() + self.tails.len();
            if due == 0 {
                return;
            }
            self.turn += 1;
            let choice = self.turn % due;
            let report = match self.descriptions.remove(choice) {
                Some((reading, ask)) => Some(self.describe(reading, ask)),
                None => self.read(choice - self.descriptions.len()),
            };
            if let Some(report) = report {
                let outcome = self.reading.on(report, self.now);
                self.take(outcome);
            }
            if self.reading.seek_state(self.now) == Some(SeekState::Met) {
                self.cancel();
            }
        }
    }

    fn take(&mut self, outcome: Outcome) {
        for effect in outcome.effects {
            let Effect::Request(request) = effect else { panic!("nothing asks for {effect:?}") };
            match request {
                Request::DescribeStream { reading, ask, .. } => self.descriptions.push_back((reading, ask)),
                Request::StartTail(tail, _) => {
                    self.tails.insert(tail.id, Running { tail, iterator: None });
                }
                Request::StopTail(tail) => drop(self.tails.remove(&tail)),
                Request::ListStreams { .. } | Request::SetPace(..) | Request::RetryNow => {}
            }
        }
    }

    fn describe(&mut self, reading: ReadingId, ask: Ask) -> Report {
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
        let description = Box::new(self.service.describe_stream(&request, self.now).unwrap());
        Report::StreamDescribed { reading, stream: self.stream.clone(), ask, description }
    }

    /// One call for one of the tails.
    fn read(&mut self, choice: usize) -> Option<Report> {
        let id = *self.tails.keys().nth(choice)?;
        let Running { tail, iterator } = &self.tails[&id];
        let Some(token) = iterator.clone() else {
            return match self.service.get_shard_iterator(&position(tail), self.now) {
                Ok(token) => {
                    self.tails.get_mut(&id)?.iterator = Some(token);
                    Some(Report::TailStarted { tail: id })
                }
                Err(refusal) => {
                    self.tails.remove(&id);
                    let error = error(Operation::GetShardIterator, &refusal);
                    Some(Report::TailStopped { tail: id, error })
                }
            };
        };
        let request = GetRecords { shard_iterator: Some(token), limit: Some(i64::from(self.limit)) };
        match self.service.get_records(&request, self.now) {
            Ok(page) => {
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
                let error = error(Operation::GetRecords, &refusal);
                if error.kind.remedy() == Remedy::Retry {
                    return Some(Report::TailSlowed { tail: id, error, again_in: Duration::ZERO });
                }
                self.tails.remove(&id);
                Some(Report::TailStopped { tail: id, error })
            }
        }
    }

    /// The second in which one of the records was created.
    pub fn created(&mut self, at: usize) -> Time {
        let written = self.written();
        Time::from_seconds(written[at % written.len()].created.seconds())
    }

    fn written(&mut self) -> Vec<Witness> {
        self.service.history(&self.stream, START, self.now.plus(Duration::from_secs(1)))
    }

    /// The event IDs held, in the order of the screen, with their places.
    fn held(&self) -> Vec<(String, Time)> {
        let store = &self.reading.store;
        let rows = store.timeline().iter().filter_map(|place| match store.row(place.id)? {
            Row::Record(_, record) => Some((record.event_id().to_owned(), place.time)),
            Row::Gap(..) | Row::Poison(..) | Row::Marker(..) => None,
        });
        rows.collect()
    }

    /// Nothing twice, each key in its order, and all at about their time.
    pub fn check_once_and_in_order(&mut self) -> Result<(), TestCaseError> {
        let written = self.written();
        let written: BTreeMap<&str, &Witness> = written.iter().map(|it| (&*it.event_id, it)).collect();
        let mut seen = BTreeSet::new();
        let mut last: BTreeMap<&str, &Witness> = BTreeMap::new();
        let held = self.held();
        for (id, place) in &held {
            if !seen.insert(id) {
                return Err(TestCaseError::fail(format!("held twice: {:?}", written[&**id])));
            }
            let record = written[&**id];
            if let Some(before) = last.insert(&record.keys, record)
                && before.sequence_number >= record.sequence_number
            {
                return Err(TestCaseError::fail(format!("out of order: {before:?}, then {record:?}")));
            }
            let stamp = self.stamp(record.created);
            let off = (stamp.micros() - place.micros()).abs();
            if off > 1_000 {
                return Err(TestCaseError::fail(format!("{record:?} stands {off} µs from {stamp}")));
            }
        }
        Ok(())
    }

    /// As the endpoint writes it.
    fn stamp(&self, created: Time) -> Time {
        let precision = if self.is_rounded { Precision::Minute } else { Precision::Second };
        precision.floor(created)
    }

    /// Each record that was asked for is held or in a gap, and none is both.
    pub fn check_gaps(&mut self) -> Result<(), TestCaseError> {
        let written = self.written();
        let held: BTreeSet<String> = self.held().into_iter().map(|(id, _)| id).collect();
        let unread = self.reading.unread();
        let store = &self.reading.store;
        let rows = store.timeline().iter().filter_map(|place| match store.row(place.id)? {
            Row::Gap(_, gap) => gap.reason.span(),
            Row::Record(..) | Row::Poison(..) | Row::Marker(..) => None,
        });
        let rows: Vec<(Time, Time)> = rows.collect();
        let owed = self.asked.min(self.held);
        for record in &written {
            let is_in = unread.iter().any(|(_, it)| {
                it.shard == record.shard
                    && it.after.as_ref().is_none_or(|after| *after < record.sequence_number)
                    && it.before.as_ref().is_none_or(|before| record.sequence_number < *before)
                    && (it.from..=it.until.plus(Duration::from_mins(1)))
                        .contains(&self.stamp(record.created).max(it.from))
                    && record.created >= it.from
            });
            let is_held = held.contains(&record.event_id);
            if is_held && is_in && record.created >= owed {
                return Err(TestCaseError::fail(format!(
                    "held, and said to be unread: {record:?}, {:?}",
                    unread.iter().filter(|(_, it)| it.shard == record.shard).collect::<Vec<_>>()
                )));
            }
            if !is_held && !is_in && record.created >= owed {
                return Err(TestCaseError::fail(format!("lost: {record:?}, {unread:?}")));
            }
            // A row is about times as they are told: a stamp stands for its whole unit.
            let told = self.stamp(record.created);
            let in_row = || rows.iter().any(|(from, until)| self.stamp(*from) <= told && told <= *until);
            if !is_held && record.created >= owed && !in_row() {
                return Err(TestCaseError::fail(format!("in no row of a gap: {record:?}, {rows:?}")));
            }
        }
        Ok(())
    }

    /// The first record at or after a time is the first that may have been created then.
    pub fn check_first_at(&mut self, time: Time) -> Result<(), TestCaseError> {
        let written = self.written();
        let wanted = self.stamp(time);
        let first = written.iter().map(|it| self.stamp(it.created)).filter(|it| *it >= wanted).min();
        let store = &self.reading.store;
        let found = self.reading.first_at(time).map(|place| match store.row(place.id).unwrap() {
            Row::Record(_, record) => record.time().unwrap(),
            other @ (Row::Gap(..) | Row::Poison(..) | Row::Marker(..)) => panic!("{other:?} is no record"),
        });
        if found != first {
            return Err(TestCaseError::fail(format!("from {time}: found {found:?}, not {first:?}")));
        }
        Ok(())
    }
}
