//! The tasks against a scripted source, in time that stands still until nothing else can happen.

mod ahead;

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Fetcher, Limits};
use crate::follow::{Ask, Pace, Position, ReadingId, Report, Request, Tail, TailId};
use crate::model::{
    ClockOffset, ErrorKind, Operation, SequenceNumber, ShardId, SourceError, StreamArn, StreamDescription,
    StreamStatus, ViewType,
};
use crate::source::wire::RecordsAnswer;
use crate::source::{RecordsBody, ShardIterator, StreamSource, StreamsPage};

const TAIL: TailId = TailId { reading: ReadingId(1), number: 1 };

/// How the source answers a call.
#[derive(Clone, Debug)]
enum Answer {
    /// A page of so many records, and the next iterator.
    Page(usize),
    /// The same, so large that the next is asked for while it is read.
    Large(usize),
    /// The same, but damaged.
    Torn(usize),
    /// The last page of a closed shard.
    Last(usize),
    Fails(ErrorKind),
    Hangs,
    Panics,
}

use Answer::{Fails, Hangs, Large, Last, Page, Panics, Torn};

/// Answers in their order; when there are no more, an empty page to every call.
#[derive(Clone, Debug)]
struct Script(Arc<Mutex<Played>>);

#[derive(Debug)]
struct Played {
    answers: VecDeque<Answer>,
    /// Milliseconds since the start, and the call.
    calls: Vec<(u64, String)>,
    /// When records were read.
    reads: Vec<u64>,
    /// Reads in each second.
    each_second: Vec<usize>,
    /// Iterators handed out.
    iterators: u32,
    /// Reads are answered by nothing, iterators all the same.
    reads_hang: bool,
    offset: Option<ClockOffset>,
    /// Reads are throttled between these moments, in milliseconds since the start.
    storm: Range<u64>,
    /// Reads in a second before the others are throttled.
    capacity: usize,
    /// Every so manieth read is throttled.
    chance: usize,
    start: Instant,
}

impl Script {
    fn note(&self, call: String) -> Answer {
        let mut played = self.0.lock().unwrap();
        let at = u64::try_from(played.start.elapsed().as_millis()).unwrap();
        played.calls.push((at, call));
        if played.calls.last().is_some_and(|(_, call)| call.starts_with("records")) {
            played.reads.push(at);
            if played.reads_hang {
                return Hangs;
            }
            let second = usize::try_from(at / 1_000).unwrap();
            let seconds = played.each_second.len().max(second + 1);
            played.each_second.resize(seconds, 0);
            played.each_second[second] += 1;
            let is_too_much = played.each_second[second] > played.capacity;
            if is_too_much || played.storm.contains(&at) || played.reads.len().is_multiple_of(played.chance) {
                return Fails(THROTTLED);
            }
        }
        played.answers.pop_front().unwrap_or(Page(0))
    }

    fn set_clock(&self, offset: i64) {
        self.0.lock().unwrap().offset = Some(ClockOffset(offset));
    }

    fn next_iterator(&self) -> String {
        let mut played = self.0.lock().unwrap();
        played.iterators += 1;
        played.iterators.to_string()
    }

    /// Where an answer is no page of records.
    async fn plain<T>(answer: Answer, operation: Operation, done: T) -> Result<T, SourceError> {
        match answer {
            Page(_) | Large(_) | Torn(_) | Last(_) => Ok(done),
            Fails(kind) => Err(SourceError { operation, kind, message: String::new() }),
            Hangs => std::future::pending().await,
            Panics => panic!("as scripted"),
        }
    }
}

impl StreamSource for Script {
    fn clock_offset(&self) -> Option<ClockOffset> {
        self.0.lock().unwrap().offset
    }

    async fn renew(&self) {
        let mut played = self.0.lock().unwrap();
        let at = u64::try_from(played.start.elapsed().as_millis()).unwrap();
        played.calls.push((at, "renew".into()));
    }

    fn renewal(&self) -> String {
        "log in".into()
    }

    async fn list_streams(
        &self,
        table: Option<&str>,
        _: Option<&StreamArn>,
    ) -> Result<StreamsPage, SourceError> {
        let answer = self.note(format!("list {}", table.unwrap_or("all")));
        Self::plain(answer, Operation::ListStreams, StreamsPage { streams: vec![], more: None }).await
    }

    async fn describe_stream(&self, _: &StreamArn, ask: &Ask) -> Result<StreamDescription, SourceError> {
        let answer = self.note(match ask {
            Ask::Shards { .. } => "describe".to_owned(),
            Ask::ChildrenOf(shard) => format!("children of {shard}"),
        });
        Self::plain(answer, Operation::DescribeStream, description()).await
    }

    async fn get_shard_iterator(
        &self,
        _: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, SourceError> {
        let answer = self.note(format!("iterator {shard} {position:?}"));
        let iterator = ShardIterator::new(self.next_iterator());
        Self::plain(answer, Operation::GetShardIterator, iterator).await
    }

    async fn get_records(
        &self,
        _: &StreamArn,
        iterator: &ShardIterator,
        limit: u16,
    ) -> Result<RecordsBody, SourceError> {
        // The token itself stays hidden: it is recognised among those handed out.
        let handed_out = self.0.lock().unwrap().iterators;
        let known = (1..=handed_out).rev().find(|number| *iterator == ShardIterator::new(number.to_string()));
        let answer = self.note(format!("records {} {limit}", known.unwrap_or(0)));
        let body = |records: usize, behind: &str, next: Option<String>| {
            let records = vec![r#"{"dynamodb":{}}"#; records].join(",");
            let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
            let text = format!(r#"{{"Records":[{records}]{behind},"NextShardIterator":{next}}}"#);
            RecordsBody { bytes: text.into(), crc32: None }
        };
        let page = |records, next| body(records, "", next);
        let large = |records, behind: &str| {
            body(records, &(" ".repeat(64 << 10) + behind), Some(self.next_iterator()))
        };
        match answer {
            Page(records) => Ok(page(records, Some(self.next_iterator()))),
            Large(records) => Ok(large(records, "")),
            Torn(records) => Ok(large(records, "]")),
            Last(records) => Ok(page(records, None)),
            other @ (Fails(_) | Hangs | Panics) => {
                Self::plain(other, Operation::GetRecords, page(0, None)).await
            }
        }
    }

    fn read_records(&self, body: RecordsBody) -> Result<RecordsAnswer, SourceError> {
        let (operation, message) = (Operation::GetRecords, String::new());
        body.read().map_err(|kind| SourceError { operation, kind, message })
    }
}

fn description() -> StreamDescription {
    StreamDescription {
        status: StreamStatus::Enabled,
        view_type: ViewType::KeysOnly,
        created_at: None,
        key_names: vec![],
        shards: vec![],
        last_evaluated_shard: None,
    }
}

fn stream() -> StreamArn {
    StreamArn::parse("arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000").unwrap()
}

fn describe(ask: Ask) -> Request {
    Request::DescribeStream { reading: ReadingId(1), stream: stream(), ask }
}

fn list(run: u32) -> Request {
    Request::ListStreams { run, table: None, after: None }
}

/// A fetcher that runs on a script.
struct Stage {
    script: Script,
    requests: mpsc::Sender<Request>,
    reports: mpsc::Receiver<Report>,
    running: JoinHandle<()>,
    start: Instant,
}

impl Stage {
    fn new(limits: Limits, answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with_room(limits, answers, 1_000)
    }

    /// With room for so many reports that nobody takes.
    fn with_room(limits: Limits, answers: impl IntoIterator<Item = Answer>, room: usize) -> Self {
        let start = Instant::now();
        let answers = answers.into_iter().collect();
        let script = Script(Arc::new(Mutex::new(Played {
            answers,
            calls: vec![],
            reads: vec![],
            each_second: vec![],
            iterators: 0,
            reads_hang: false,
            offset: None,
            storm: 0..0,
            capacity: usize::MAX,
            chance: usize::MAX,
            start,
        })));
        let (report_sender, reports) = mpsc::channel(room);
        let (requests, request_receiver) = mpsc::channel(8);
        let running = tokio::spawn(Fetcher::new(script.clone(), limits, report_sender).run(request_receiver));
        Self { script, requests, reports, running, start }
    }

    async fn send(&self, request: Request) {
        self.requests.send(request).await.unwrap();
    }

    async fn tail(&self, from: Position, pace: Pace) {
        let tail = Tail { id: TAIL, stream: stream(), shard: ShardId::new("a"), from };
        self.send(Request::StartTail(tail, pace)).await;
    }

    /// Lets time pass up to a moment, in milliseconds since the start.
    async fn until(&self, millis: u64) {
        tokio::time::sleep_until(self.start + Duration::from_millis(millis)).await;
    }

    fn calls(&self) -> Vec<(u64, String)> {
        self.script.0.lock().unwrap().calls.clone()
    }

    /// When records were read, in milliseconds since the start.
    fn reads(&self) -> Vec<u64> {
        self.script.0.lock().unwrap().reads.clone()
    }

    /// The limits of the reads.
    fn limits(&self) -> Vec<String> {
        let limit = |call: &str| call.rsplit(' ').next().unwrap().to_owned();
        self.calls()
            .iter()
            .filter(|(_, call)| call.starts_with("records"))
            .map(|(_, call)| limit(call))
            .collect()
    }

    /// What has been reported and not taken yet.
    fn reported(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.reports.try_recv().ok()).map(|report| words(&report)).collect()
    }
}

/// A report in a few words; how long a delay is, is left to chance.
fn words(report: &Report) -> String {
    match report {
        Report::ClockRead { offset } => format!("clock read: {}", offset.0),
        Report::TailStarted { .. } => "started".into(),
        Report::PageRead { page, end, .. } => {
            format!("page of {}{}", page.len(), if *end { ", the last" } else { "" })
        }
        Report::TailSlowed { error, .. } => format!("slowed: {}", error.kind.label()),
        Report::TailStopped { error, .. } => format!("stopped: {}", error.kind.label()),
        Report::CallDelayed { error, .. } => format!("delayed: {}", error.kind.label()),
        Report::CredentialsLost { renewal, .. } => format!("credentials lost: {renewal}"),
        Report::CredentialsRenewed => "credentials renewed".into(),
        Report::StreamsListed { run, .. } => format!("listed {run}"),
        Report::StreamsNotListed { run, error } => format!("not listed {run}: {}", error.kind.label()),
        Report::StreamDescribed { .. } => "described".into(),
        Report::StreamNotDescribed { error, .. } => format!("not described: {}", error.kind.label()),
    }
}

const THROTTLED: ErrorKind = ErrorKind::Throttled { retry_after: None };

fn timeout() -> ErrorKind {
    ErrorKind::Timeout(Duration::from_secs(10))
}

fn damaged() -> ErrorKind {
    ErrorKind::Damaged("a value expected at byte 3".into())
}

#[tokio::test(start_paused = true)]
async fn a_closed_shard_is_read_from_its_iterators_to_its_end() {
    let mut stage = Stage::new(Limits::CUSTOM, [Page(0), Page(2), Page(0), Last(3)]);
    let from = Position::AfterSequenceNumber(SequenceNumber::new("7"));
    stage.tail(from, Pace::Drain).await;
    stage.until(60_000).await;
    assert_eq!(stage.reported(), ["started", "page of 2", "page of 0", "page of 3, the last"]);
    let calls: Vec<String> = stage.calls().into_iter().map(|(_, call)| call).collect();
    assert_eq!(
        calls,
        [
            "iterator a AfterSequenceNumber(SequenceNumber(\"7\"))",
            "records 1 1000",
            "records 2 1000",
            "records 3 1000",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_open_shard_is_read_every_quarter_second_with_data_and_every_second_without() {
    let stage = Stage::new(Limits::AWS, [Page(0), Page(1), Page(1), Page(0), Page(1), Page(0)]);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(4_000).await;
    assert_eq!(stage.reads(), [0, 250, 500, 1_500, 1_750, 2_750, 3_750]);
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_is_read_without_pauses_but_for_the_limit() {
    let full = || [Page(0), Page(1_000), Page(1_000), Page(999), Page(0)];
    let stage = Stage::new(Limits::CUSTOM, full());
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(1_000).await;
    assert_eq!(stage.reads(), [0, 0, 0, 250]);

    let stage = Stage::new(Limits::AWS, full());
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(1_000).await;
    assert_eq!(stage.reads(), [0, 250, 500, 750]);
}

#[tokio::test(start_paused = true)]
async fn empty_pages_before_the_head_are_crossed_quickly() {
    let stage = Stage::new(Limits::AWS, []);
    stage.tail(Position::TrimHorizon, Pace::Watched).await;
    stage.until(3_500).await;
    assert_eq!(stage.reads(), [0, 250, 500, 750, 1_000, 2_000, 3_000], "the fifth empty page is the head");
}

#[tokio::test(start_paused = true)]
async fn a_shard_with_records_all_along_is_crossed_quickly_too() {
    let mut answers = vec![Page(0)];
    for _ in 0..3 {
        answers.extend([Page(0), Page(0), Page(5)]);
    }
    let stage = Stage::new(Limits::CUSTOM, answers);
    stage.tail(Position::TrimHorizon, Pace::Watched).await;
    stage.until(500).await;
    assert_eq!(stage.reads(), [0; 14], "five empty pages in a row are the head, not five in all");
}

#[tokio::test(start_paused = true)]
async fn a_hidden_shard_is_read_every_five_seconds_and_a_stopped_one_every_five_minutes() {
    let stage = Stage::new(Limits::AWS, []);
    stage.tail(Position::Latest, Pace::Background).await;
    stage.until(10_500).await;
    assert_eq!(stage.reads(), [0, 5_000, 10_000]);
    stage.send(Request::SetPace(TAIL, Pace::Stopped)).await;
    stage.until(620_000).await;
    assert_eq!(stage.reads()[3..], [310_000, 610_000], "often enough for an iterator of 15 minutes");
}

#[tokio::test(start_paused = true)]
async fn a_new_pace_counts_from_the_last_read() {
    let stage = Stage::new(Limits::AWS, []);
    stage.tail(Position::Latest, Pace::Stopped).await;
    stage.until(400).await;
    stage.send(Request::SetPace(TAIL, Pace::Watched)).await;
    stage.until(1_100).await;
    assert_eq!(stage.reads(), [0, 1_000], "what is left of the second is waited for");
    stage.send(Request::SetPace(TAIL, Pace::Stopped)).await;
    stage.until(60_000).await;
    assert_eq!(stage.reads().len(), 2);
    stage.send(Request::SetPace(TAIL, Pace::Watched)).await;
    stage.until(60_100).await;
    assert_eq!(stage.reads()[2..], [60_000], "what was long due is read at once");
}

#[tokio::test(start_paused = true)]
async fn paces_that_come_again_and_again_do_not_put_a_read_off() {
    let stage = Stage::new(Limits::AWS, []);
    stage.tail(Position::Latest, Pace::Watched).await;
    for moment in (100..3_000).step_by(100) {
        stage.until(moment).await;
        stage.send(Request::SetPace(TAIL, Pace::Watched)).await;
    }
    assert_eq!(stage.reads(), [0, 1_000, 2_000]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_is_repeated_from_the_same_iterator_after_the_announced_time() {
    let answers = [
        Page(0),
        Page(1),
        Fails(THROTTLED),
        Fails(ErrorKind::Internal { status: 503 }),
        Fails(ErrorKind::LimitExceeded),
        Page(2),
    ];
    let mut stage = Stage::new(Limits::AWS, answers);
    stage.tail(Position::Latest, Pace::Watched).await;
    let mut reported = vec![];
    let mut waits = vec![];
    while reported.len() < 6 {
        let report = stage.reports.recv().await.unwrap();
        if let Report::TailSlowed { again_in, .. } = &report {
            waits.push(u64::try_from(again_in.as_millis()).unwrap());
        }
        reported.push(words(&report));
    }
    assert_eq!(
        reported,
        [
            "started",
            "page of 1",
            "slowed: throttled",
            "slowed: service failure",
            "slowed: limit exceeded",
            "page of 2"
        ]
    );
    let calls = stage.calls();
    assert!(calls[2..6].iter().all(|(_, call)| call == "records 2 1000"), "{calls:?}");
    for (attempt, wait) in waits.iter().enumerate() {
        let (before, after) = (calls[attempt + 2].0, calls[attempt + 3].0);
        // The limiter of all shards may add a fifth of a second.
        assert!((*wait - 1..=*wait + 201).contains(&(after - before)), "{calls:?} {waits:?}");
        assert!(*wait >= 20 && *wait <= 200 << attempt, "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_is_given_the_time_that_it_asks_for() {
    let asked = ErrorKind::Throttled { retry_after: Some(Duration::from_secs(30)) };
    let stage = Stage::new(Limits::AWS, [Page(0), Fails(asked)]);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(30_100).await;
    assert_eq!(stage.reads(), [0, 30_000]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_stays_damaged_stops_the_tail() {
    let mut stage = Stage::new(Limits::AWS, [Page(0), Fails(damaged()), Fails(damaged()), Fails(damaged())]);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(60_000).await;
    let expected = ["started", "slowed: damaged answer", "slowed: damaged answer", "stopped: damaged answer"];
    assert_eq!(stage.reported(), expected);
    assert_eq!(stage.reads().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn one_damaged_page_after_other_failures_does_not_stop_the_tail() {
    let answers = [Page(0), Fails(THROTTLED), Fails(THROTTLED), Fails(damaged()), Last(1)];
    let mut stage = Stage::new(Limits::AWS, answers);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(60_000).await;
    assert_eq!(stage.reported().last().unwrap(), "page of 1, the last");
}

#[tokio::test(start_paused = true)]
async fn what_repetition_cannot_mend_stops_the_tail_at_once() {
    let for_good = [
        ErrorKind::ExpiredIterator,
        ErrorKind::TrimmedData,
        ErrorKind::NotFound,
        ErrorKind::Validation,
        ErrorKind::AccessDenied(Operation::GetRecords),
    ];
    for kind in for_good {
        let stopped = format!("stopped: {}", kind.label());
        let mut stage = Stage::new(Limits::AWS, [Fails(kind.clone())]);
        stage.tail(Position::Latest, Pace::Watched).await;
        stage.until(60_000).await;
        assert_eq!(stage.reported(), [stopped.as_str()], "without an iterator");

        let mut stage = Stage::new(Limits::AWS, [Page(0), Page(1), Fails(kind)]);
        stage.tail(Position::Latest, Pace::Watched).await;
        stage.until(60_000).await;
        assert_eq!(stage.reported(), ["started", "page of 1", &stopped]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_halves_the_page_and_success_doubles_it() {
    let answers = [Page(0), Fails(timeout()), Fails(timeout()), Fails(THROTTLED), Page(1), Page(1), Page(1)];
    let stage = Stage::new(Limits::AWS, answers);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(10_000).await;
    assert_eq!(stage.limits()[..7], ["1000", "500", "250", "250", "500", "1000", "1000"]);
}

#[tokio::test(start_paused = true)]
async fn however_many_timeouts_one_record_is_asked_for() {
    let answers = std::iter::once(Page(0)).chain((0..12).map(|_| Fails(timeout())));
    let stage = Stage::new(Limits::AWS, answers);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(600_000).await;
    assert_eq!(stage.limits()[9..13], ["1", "1", "1", "1"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_full_by_its_own_small_limit_has_more_behind_it() {
    let mut stage = Stage::new(Limits::CUSTOM, [Page(0), Fails(timeout()), Page(500), Page(1)]);
    stage.tail(Position::Latest, Pace::Background).await;
    stage.until(240).await;
    let reads = stage.reads();
    assert_eq!(stage.reported()[2..], ["page of 500", "page of 1"]);
    assert_eq!(reads[1], reads[2], "{reads:?}");
}

#[tokio::test(start_paused = true)]
async fn a_tail_that_is_stopped_makes_no_more_calls_whatever_it_is_doing() {
    let cases: [Vec<Answer>; 4] =
        [vec![], vec![Hangs], vec![Page(0), Hangs], vec![Page(0), Fails(THROTTLED), Fails(THROTTLED)]];
    for answers in cases {
        let mut stage = Stage::new(Limits::AWS, answers);
        stage.tail(Position::Latest, Pace::Watched).await;
        stage.until(10).await;
        stage.send(Request::StopTail(TAIL)).await;
        stage.until(11).await;
        let calls = stage.calls().len();
        stage.reported();
        stage.until(600_000).await;
        assert_eq!((stage.calls().len(), stage.reported().len()), (calls, 0));
        stage.script.0.lock().unwrap().answers.clear();
        // What is no more can be stopped and paced once more.
        stage.send(Request::StopTail(TAIL)).await;
        stage.send(Request::SetPace(TAIL, Pace::Drain)).await;
        stage.send(list(1)).await;
        stage.until(600_010).await;
        assert_eq!(stage.reported(), ["listed 1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_is_reported_as_a_fault() {
    let mut stage = Stage::new(Limits::AWS, [Page(0), Page(1), Panics]);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(60_000).await;
    assert_eq!(stage.reported(), ["started", "page of 1", "stopped: fault in dynascope"]);

    let mut stage = Stage::new(Limits::AWS, [Panics, Panics, Page(0)]);
    stage.send(list(7)).await;
    stage.until(1_000).await;
    stage.send(describe(Ask::Shards { after: None })).await;
    stage.until(2_000).await;
    stage.send(list(8)).await;
    stage.until(3_000).await;
    assert_eq!(
        stage.reported(),
        ["not listed 7: fault in dynascope", "not described: fault in dynascope", "listed 8"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_nobody_takes_does_not_keep_requests_from_being_taken() {
    let mut stage = Stage::with_room(Limits::CUSTOM, [Panics, Panics, Panics], 1);
    for number in 0..40 {
        // Nobody takes reports meanwhile.
        let tail = TailId { number, ..TAIL };
        let tail = Tail { id: tail, stream: stream(), shard: ShardId::new("a"), from: Position::Latest };
        let sent = stage.requests.send(Request::StartTail(tail, Pace::Watched));
        tokio::time::timeout(Duration::from_secs(5), sent).await.expect("requests are taken").unwrap();
        stage.until(u64::from(number)).await;
    }
    let mut faults = 0;
    for _ in 0..200 {
        let report = stage.reports.recv().await.unwrap();
        faults += usize::from(words(&report) == "stopped: fault in dynascope");
    }
    assert_eq!(faults, 3, "and none is lost");
}

#[tokio::test(start_paused = true)]
async fn reports_that_nobody_takes_stop_the_reading_and_none_is_lost() {
    let answers = std::iter::once(Page(0)).chain((1..=30).map(Page)).chain([Last(0)]);
    let mut stage = Stage::with_room(Limits::CUSTOM, answers, 4);
    stage.tail(Position::TrimHorizon, Pace::Drain).await;
    stage.until(60_000).await;
    // Four wait in the channel, the start among them, and the fifth in the task's hands.
    assert_eq!(stage.reads().len(), 4);
    let mut expected = vec!["started".to_owned()];
    expected.extend((1..=30).map(|records| format!("page of {records}")));
    expected.push("page of 0, the last".into());
    let mut reported = vec![];
    while reported.len() < expected.len() {
        reported.push(words(&stage.reports.recv().await.unwrap()));
    }
    assert_eq!(reported, expected);
}

#[tokio::test(start_paused = true)]
async fn descriptions_and_lists_keep_their_distance_each_for_itself() {
    let stage = Stage::new(Limits::AWS, []);
    for number in 0..3 {
        stage.send(describe(Ask::Shards { after: None })).await;
        stage.send(list(number)).await;
        stage.send(describe(Ask::ChildrenOf(ShardId::new("a")))).await;
    }
    stage.until(5_000).await;
    let times = |name: &str| -> Vec<u64> {
        stage.calls().iter().filter(|(_, call)| call.starts_with(name)).map(|(at, _)| *at).collect()
    };
    let mut descriptions = [times("describe"), times("children")].concat();
    descriptions.sort_unstable();
    assert_eq!(descriptions, [0, 200, 400, 600, 800, 1_000]);
    assert_eq!(times("list"), [0, 250, 500]);
}

#[tokio::test(start_paused = true)]
async fn a_list_or_a_description_that_fails_is_repeated_until_it_cannot_be_mended() {
    let answers = [Fails(THROTTLED), Fails(ErrorKind::Internal { status: 500 }), Page(0)];
    let mut stage = Stage::new(Limits::AWS, answers.clone());
    stage.send(list(3)).await;
    stage.until(60_000).await;
    assert_eq!(stage.reported(), ["delayed: throttled", "delayed: service failure", "listed 3"]);

    let mut stage = Stage::new(Limits::AWS, answers);
    stage.send(describe(Ask::Shards { after: None })).await;
    stage.until(60_000).await;
    assert_eq!(stage.reported(), ["delayed: throttled", "delayed: service failure", "described"]);

    let mut stage = Stage::new(Limits::AWS, [Fails(THROTTLED), Fails(ErrorKind::NotFound)]);
    stage.send(describe(Ask::Shards { after: None })).await;
    stage.until(60_000).await;
    assert_eq!(stage.reported(), ["delayed: throttled", "not described: not found"]);
}

#[tokio::test(start_paused = true)]
async fn one_shard_that_fails_does_not_hold_up_another() {
    for answers in [vec![Hangs], vec![Page(0), Hangs]] {
        let mut stage = Stage::new(Limits::CUSTOM, answers);
        stage.tail(Position::Latest, Pace::Watched).await;
        stage.until(1).await;
        let second = TailId { number: 2, ..TAIL };
        let tail = Tail { id: second, stream: stream(), shard: ShardId::new("b"), from: Position::Latest };
        stage.send(Request::StartTail(tail, Pace::Watched)).await;
        stage.until(2_500).await;
        let tails: Vec<TailId> = std::iter::from_fn(|| stage.reports.try_recv().ok())
            .filter_map(|report| if let Report::PageRead { tail, .. } = report { Some(tail) } else { None })
            .collect();
        assert_eq!(tails, [second; 3]);
    }
}

#[tokio::test(start_paused = true)]
async fn at_most_sixteen_reads_are_under_way() {
    let stage = Stage::new(Limits::CUSTOM, []);
    stage.script.0.lock().unwrap().reads_hang = true;
    for number in 0..40 {
        let tail = TailId { number, ..TAIL };
        let tail = Tail { id: tail, stream: stream(), shard: ShardId::new("a"), from: Position::Latest };
        stage.send(Request::StartTail(tail, Pace::Watched)).await;
    }
    stage.until(1_000).await;
    assert_eq!(stage.reads().len(), 16);
}

#[tokio::test(start_paused = true)]
async fn the_fetcher_ends_with_all_its_tasks_when_nobody_asks_or_listens_any_more() {
    for closes_requests in [true, false] {
        let stage = Stage::new(Limits::CUSTOM, [Page(0), Hangs, Page(0), Hangs]);
        stage.tail(Position::Latest, Pace::Watched).await;
        let tail = TailId { number: 2, ..TAIL };
        let tail = Tail { id: tail, stream: stream(), shard: ShardId::new("b"), from: Position::Latest };
        stage.until(1).await;
        stage.send(Request::StartTail(tail, Pace::Drain)).await;
        stage.until(2).await;
        let Stage { script, requests, reports, running, .. } = stage;
        // Two tasks, the fetcher and this test hold the script.
        assert!(Arc::strong_count(&script.0) > 2);
        let kept: Box<dyn std::any::Any> = if closes_requests {
            drop(requests);
            Box::new(reports)
        } else {
            drop(reports);
            Box::new(requests)
        };
        tokio::time::timeout(Duration::from_secs(1), running).await.expect("it ends").unwrap();
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&script.0), 1, "no task has survived");
        drop(kept);
    }
}

#[tokio::test(start_paused = true)]
async fn who_quits_waits_for_no_call_whatever_hangs() {
    // Forty readers of which sixteen hang in a call, a listing, a description, and a probe.
    for without_credentials in [false, true] {
        let stage = Stage::with_room(Limits::AWS, [], 1);
        for number in 0..40 {
            let id = TailId { number, ..TAIL };
            let tail = Tail { id, stream: stream(), shard: ShardId::new("a"), from: Position::Latest };
            stage.send(Request::StartTail(tail, Pace::Watched)).await;
        }
        stage.until(2_000).await;
        let lost = without_credentials.then_some(Fails(ErrorKind::Credentials));
        stage.script.0.lock().unwrap().answers = lost.into_iter().chain(vec![Hangs; 100]).collect();
        stage.send(list(1)).await;
        stage.send(describe(Ask::Shards { after: None })).await;
        stage.until(30_000).await;
        let quit = Instant::now();
        let Stage { script, requests, reports, running, .. } = stage;
        let kept: Box<dyn std::any::Any> = if without_credentials {
            drop(reports);
            Box::new(requests)
        } else {
            drop(requests);
            Box::new(reports)
        };
        tokio::time::timeout(Duration::from_mins(10), running).await.expect("it ends").unwrap();
        tokio::task::yield_now().await;
        drop(kept);
        assert!(quit.elapsed() < Duration::from_secs(1), "{:?}", quit.elapsed());
        assert_eq!(Arc::strong_count(&script.0), 1, "no task has survived");
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_s_clock_is_told_before_its_first_answer_and_again_when_it_is_set() {
    let mut stage = Stage::new(Limits::AWS, []);
    stage.script.set_clock(600_000_000);
    stage.send(list(1)).await;
    stage.until(1_000).await;
    stage.script.set_clock(601_900_000);
    stage.send(list(2)).await;
    stage.until(2_000).await;
    stage.script.set_clock(602_100_000);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(2_500).await;
    assert_eq!(
        stage.reported(),
        ["clock read: 600000000", "listed 1", "listed 2", "clock read: 602100000", "started", "page of 0"]
    );
}

#[tokio::test(start_paused = true)]
async fn without_credentials_one_call_probes_and_all_go_on_from_where_they_were() {
    let lost = || Fails(ErrorKind::Credentials);
    // One tail begins after the other; then a page for each.
    let mut answers = vec![Page(0), Page(1), Page(0), Page(1)];
    // A read fails, then two probes; the last of them is cut off, which proves nothing.
    answers.extend([lost(), lost(), Fails(timeout()), Page(7), Page(8)]);
    let mut stage = Stage::new(Limits::AWS, answers);
    for (number, shard) in [(1, "a"), (2, "b")] {
        let id = TailId { number, ..TAIL };
        let tail = Tail { id, stream: stream(), shard: ShardId::new(shard), from: Position::Latest };
        stage.send(Request::StartTail(tail, Pace::Watched)).await;
        stage.until(u64::from(number)).await;
    }
    stage.until(4_000).await;
    // A listing waits with them.
    stage.send(list(1)).await;
    stage.until(35_249).await;
    let reported = stage.reported();
    assert_eq!(
        reported,
        ["started", "page of 1", "started", "page of 1", "credentials lost: log in"],
        "it is said once"
    );
    let reads = stage.reads();
    assert_eq!(reads, [0, 1, 250, 5_250, 15_250], "one probe at a time, ever more seldom");
    let renewed = stage.calls().iter().filter(|(_, call)| call == "renew").count();
    assert_eq!(renewed, 2, "each with new credentials");

    stage.until(35_900).await;
    assert_eq!(
        stage.reported(),
        ["credentials renewed", "page of 7", "page of 8", "listed 1", "page of 0", "page of 0"]
    );
    let calls = stage.calls();
    let read = |call: &str| calls.iter().filter(|(_, made)| made == call).count();
    assert_eq!((read("records 2 1000"), read("records 4 1000")), (4, 1), "from the same iterators {calls:?}");
}

#[tokio::test(start_paused = true)]
async fn who_has_renewed_the_credentials_need_not_wait_for_the_next_probe() {
    let mut stage = Stage::new(Limits::AWS, [Fails(ErrorKind::Credentials), Page(0)]);
    // Without need it does nothing, and not later either.
    stage.send(Request::RetryNow).await;
    stage.send(list(1)).await;
    stage.until(1_000).await;
    assert_eq!(stage.calls().len(), 1);
    stage.send(Request::RetryNow).await;
    stage.until(1_001).await;
    assert_eq!(stage.reported(), ["credentials lost: log in", "credentials renewed", "listed 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_prober_that_is_stopped_is_followed_by_another() {
    let mut stage = Stage::new(Limits::AWS, [Page(0), Page(0), Fails(ErrorKind::Credentials)]);
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(1_100).await;
    stage.send(list(1)).await;
    stage.send(Request::StopTail(TAIL)).await;
    stage.until(20_000).await;
    assert_eq!(
        stage.reported(),
        ["started", "page of 0", "credentials lost: log in", "credentials renewed", "listed 1"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_rejected_is_left_at_the_usual_one_for_good() {
    for kind in [ErrorKind::LimitExceeded, ErrorKind::Validation] {
        let answers = [Page(0), Fails(timeout()), Fails(kind.clone()), Fails(timeout()), Page(1)];
        let mut stage = Stage::new(Limits::AWS, answers);
        stage.tail(Position::Latest, Pace::Watched).await;
        stage.until(3_000).await;
        assert_eq!(stage.limits()[..4], ["1000", "500", "1000", "1000"]);
        assert_eq!(stage.reported()[..4], ["started", "slowed: timeout", "slowed: timeout", "page of 1"]);

        // What is refused with the usual limit is refused for another reason.
        let mut stage =
            Stage::new(Limits::AWS, [Page(0), Fails(timeout()), Fails(kind.clone()), Fails(kind)]);
        stage.tail(Position::Latest, Pace::Watched).await;
        stage.until(400).await;
        let said = stage.reported();
        assert!(["slowed: limit exceeded", "stopped: not accepted"].contains(&said[2].as_str()), "{said:?}");
    }
}

/// Two hundred shards, one as the other.
async fn tail_two_hundred(stage: &Stage, pace: Pace) {
    for number in 0..200 {
        let id = TailId { number, ..TAIL };
        let tail = Tail { id, stream: stream(), shard: ShardId::new("a"), from: Position::Latest };
        stage.send(Request::StartTail(tail, pace)).await;
    }
}

/// How many reads were made between two moments.
fn reads_between(stage: &Stage, moments: Range<u64>) -> usize {
    stage.reads().iter().filter(|at| moments.contains(at)).count()
}

#[tokio::test(start_paused = true)]
async fn two_hundred_shards_throttled_for_a_minute_all_recover_without_a_storm() {
    for limits in [Limits::AWS, Limits::CUSTOM] {
        let mut stage = Stage::with_room(limits, [], 100_000);
        stage.script.0.lock().unwrap().storm = 5_000..65_000;
        tail_two_hundred(&stage, Pace::Watched).await;
        stage.until(64_999).await;
        let usual = reads_between(&stage, 0..5_000) / 5;
        assert!(usual >= 200, "{usual} a second");
        // Pauses that grow for each shard alone would let a thousand through.
        let first = reads_between(&stage, 5_000..10_000);
        assert!(first <= usual * 5 / 2, "{first} in five seconds in place of {usual} a second");
        let under_throttles = reads_between(&stage, 35_000..65_000) / 30;
        assert!(under_throttles * 8 <= usual, "{under_throttles} a second in place of {usual}");
        while stage.reports.try_recv().is_ok() {}
        stage.until(150_000).await;
        let mut read = BTreeSet::new();
        while let Ok(report) = stage.reports.try_recv() {
            let said = words(&report);
            assert!(["page of 0", "slowed: throttled"].contains(&said.as_str()), "{said}");
            if let Report::PageRead { tail, .. } = report {
                read.insert(tail);
            }
        }
        assert_eq!(read.len(), 200, "no shard is lost");
        let after = reads_between(&stage, 140_000..150_000) / 10;
        assert!(after * 10 >= usual * 9, "{after} a second in place of {usual}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_takes_fewer_reads_than_we_would_make_is_asked_for_hardly_more() {
    for limits in [Limits::AWS, Limits::CUSTOM] {
        let stage = Stage::with_room(limits, [], 100_000);
        stage.script.0.lock().unwrap().capacity = 60;
        tail_two_hundred(&stage, Pace::Watched).await;
        stage.until(60_000).await;
        let each_second = stage.script.0.lock().unwrap().each_second[20..60].to_vec();
        let refused: usize = each_second.iter().map(|reads| reads.saturating_sub(60)).sum();
        let made: usize = each_second.iter().sum();
        // By pauses of each shard alone it is a fifth, of twice as many.
        assert!(refused * 8 <= made, "{refused} of {made} were too many");
        assert!(made >= 20 * 60, "{made} in forty seconds");
    }
}

#[tokio::test(start_paused = true)]
async fn throttles_at_random_do_not_starve_a_drain() {
    let mut stage = Stage::with_room(Limits::CUSTOM, vec![Page(1); 10_200], 20_000);
    stage.script.0.lock().unwrap().chance = 10;
    tail_two_hundred(&stage, Pace::Drain).await;
    let mut millis = 0;
    let mut pages = 0;
    while pages < 10_000 {
        millis += 100;
        stage.until(millis).await;
        pages += std::iter::from_fn(|| stage.reports.try_recv().ok())
            .filter(|report| matches!(report, Report::PageRead { .. }))
            .count();
    }
    assert!(millis <= 2_000, "{millis} ms");
}

#[tokio::test(start_paused = true)]
async fn a_throttle_of_one_region_slows_the_others_as_little_as_other_apis() {
    let mut answers = vec![Page(0); 6];
    answers.insert(0, Fails(THROTTLED));
    let stage = Stage::new(Limits::AWS, answers);
    stage.send(describe(Ask::Shards { after: None })).await;
    stage.until(1_000).await;
    let calls = stage.calls().len();
    for number in 0..4 {
        stage.send(list(number)).await;
    }
    stage.until(1_760).await;
    assert_eq!(stage.calls().len() - calls, 4, "listings go on every quarter second");
    for _ in 0..3 {
        stage.send(describe(Ask::Shards { after: None })).await;
    }
    stage.until(2_700).await;
    let described = stage.calls().iter().filter(|(at, call)| *at > 1_700 && call == "describe").count();
    assert!(described < 3, "descriptions do not");
}

#[tokio::test(start_paused = true)]
async fn hidden_shards_that_hang_leave_room_for_those_that_are_looked_at() {
    let mut stage = Stage::new(Limits::AWS, []);
    stage.script.0.lock().unwrap().reads_hang = true;
    for number in 2..40 {
        let id = TailId { number, ..TAIL };
        let tail = Tail { id, stream: stream(), shard: ShardId::new("a"), from: Position::Latest };
        stage.send(Request::StartTail(tail, Pace::Background)).await;
    }
    stage.until(1_000).await;
    stage.script.0.lock().unwrap().reads_hang = false;
    stage.reported();
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(1_100).await;
    assert_eq!(stage.reported(), ["started", "page of 0"]);
}
