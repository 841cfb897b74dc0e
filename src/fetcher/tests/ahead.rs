//! What is asked for while a page is read.

use proptest::prelude::*;

use super::*;

fn records_calls(stage: &Stage) -> Vec<String> {
    stage.calls().into_iter().map(|(_, call)| call).filter(|call| call.starts_with("records")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_that_proves_damaged_is_asked_for_again_and_what_was_ahead_of_it_forgotten() {
    for ahead in [Large(9), Last(9), Hangs, Fails(THROTTLED), Fails(ErrorKind::ExpiredIterator)] {
        let mut stage = Stage::new(Limits::CUSTOM, [Page(0), Torn(5), ahead.clone(), Large(5), Last(1)]);
        stage.tail(Position::TrimHorizon, Pace::Drain).await;
        stage.until(5_000).await;
        let expected = ["started", "slowed: damaged answer", "page of 5", "page of 1, the last"];
        assert_eq!(stage.reported(), expected, "{ahead:?}");
        let calls = records_calls(&stage);
        assert_eq!(calls[..3], ["records 1 1000", "records 2 1000", "records 1 1000"], "{ahead:?}");
        assert_eq!(calls.len(), 4, "{ahead:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_stays_damaged_stops_a_drain_too() {
    let answers = [Page(0), Torn(5), Large(9), Torn(5), Large(9), Torn(5), Large(9)];
    let mut stage = Stage::new(Limits::CUSTOM, answers);
    stage.tail(Position::TrimHorizon, Pace::Drain).await;
    stage.until(60_000).await;
    let expected = ["started", "slowed: damaged answer", "slowed: damaged answer", "stopped: damaged answer"];
    assert_eq!(stage.reported(), expected);
    assert_eq!(stage.reads().len(), 6, "and no call is made after it");
}

#[tokio::test(start_paused = true)]
async fn a_page_is_reported_while_the_next_one_is_long_in_coming_and_stopping_ends_that_call() {
    let mut stage = Stage::new(Limits::CUSTOM, [Page(0), Large(2), Hangs]);
    stage.tail(Position::TrimHorizon, Pace::Drain).await;
    stage.until(10).await;
    assert_eq!(stage.reported(), ["started", "page of 2"]);
    assert_eq!(records_calls(&stage), ["records 1 1000", "records 2 1000"]);
    let held = Arc::strong_count(&stage.script.0);
    stage.send(Request::StopTail(TAIL)).await;
    stage.until(11).await;
    assert!(Arc::strong_count(&stage.script.0) < held, "the call has ended");
    stage.until(600_000).await;
    assert_eq!((stage.calls().len(), stage.reported().len()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn the_fetcher_ends_with_the_calls_that_are_ahead() {
    for closes_requests in [true, false] {
        let stage = Stage::new(Limits::CUSTOM, [Page(0), Large(2), Hangs]);
        stage.tail(Position::TrimHorizon, Pace::Drain).await;
        stage.until(10).await;
        assert_eq!(stage.reads().len(), 2);
        let Stage { script, requests, reports, running, .. } = stage;
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
async fn a_call_ahead_that_fails_is_repeated_from_its_iterator_after_the_page_before_it() {
    for kind in [THROTTLED, ErrorKind::Internal { status: 503 }, timeout()] {
        let answers = [Page(0), Large(1), Fails(kind.clone()), Large(2), Last(3)];
        let mut stage = Stage::new(Limits::CUSTOM, answers);
        stage.tail(Position::TrimHorizon, Pace::Drain).await;
        stage.until(5_000).await;
        let slowed = format!("slowed: {}", kind.label());
        let expected = ["started", "page of 1", &slowed, "page of 2", "page of 3, the last"];
        assert_eq!(stage.reported(), expected);
        let from: Vec<String> = records_calls(&stage).iter().map(|call| call[..9].to_owned()).collect();
        assert_eq!(from, ["records 1", "records 2", "records 2", "records 3"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_ahead_without_credentials_is_left_to_the_gate() {
    let lost = || Fails(ErrorKind::Credentials);
    let mut stage = Stage::new(Limits::CUSTOM, [Page(0), Large(1), lost(), lost(), Last(2)]);
    stage.tail(Position::TrimHorizon, Pace::Drain).await;
    stage.until(60_000).await;
    let expected =
        ["started", "page of 1", "credentials lost: log in", "credentials renewed", "page of 2, the last"];
    assert_eq!(stage.reported(), expected);
    let again = records_calls(&stage)[1..].iter().all(|call| call == "records 2 1000");
    assert!(again, "{:?}", stage.calls());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_ahead_of_the_pace() {
    let large = || [Page(0), Large(1), Large(1), Large(1), Large(1)];
    let stage = Stage::new(Limits::AWS, large());
    stage.tail(Position::TrimHorizon, Pace::Drain).await;
    stage.until(600).await;
    assert_eq!(stage.reads(), [0, 250, 500]);

    // At the head, a page that is not full is all there is.
    let stage = Stage::new(Limits::CUSTOM, large());
    stage.tail(Position::Latest, Pace::Watched).await;
    stage.until(600).await;
    assert_eq!(stage.reads(), [0, 250, 500]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_ahead_of_who_does_not_take_what_was_read() {
    let answers = std::iter::once(Page(0)).chain((1..=30).map(Large)).chain([Last(0)]);
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

/// How a call for a page of [`Shard`] ends.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered,
    /// With a name in it that only looks like the next iterator.
    Misleading,
    Damaged,
    Throttled,
    Unheard,
}

/// A shard of so many pages: an iterator always brings its page, whatever was asked before.
#[derive(Clone, Debug)]
struct Shard {
    sizes: Arc<[usize]>,
    fates: Arc<Mutex<VecDeque<Fate>>>,
}

impl Shard {
    fn body(&self, number: usize, fate: Fate) -> RecordsBody {
        let misleading =
            if matches!(fate, Fate::Misleading) { r#","x":{"NextShardIterator":"0"}"# } else { "" };
        let damage = if matches!(fate, Fate::Damaged) { "]" } else { "" };
        let next = if number + 1 < self.sizes.len() {
            format!(r#","NextShardIterator":"{}""#, number + 1)
        } else {
            String::new()
        };
        let record = format!(r#"{{"dynamodb":{{"SequenceNumber":"{number}"}}}}"#);
        let padding = " ".repeat(self.sizes[number]);
        let text = format!(r#"{{"Records":[{record}]{damage}{padding}{next}{misleading}}}"#);
        RecordsBody { bytes: text.into(), crc32: None }
    }
}

impl StreamSource for Shard {
    async fn list_streams(&self, _: Option<&str>, _: Option<&StreamArn>) -> Result<StreamsPage, SourceError> {
        unreachable!("only a tail runs")
    }

    async fn describe_stream(&self, _: &StreamArn, _: &Ask) -> Result<StreamDescription, SourceError> {
        unreachable!("only a tail runs")
    }

    async fn get_shard_iterator(
        &self,
        _: &StreamArn,
        _: &ShardId,
        _: &Position,
    ) -> Result<ShardIterator, SourceError> {
        Ok(ShardIterator::new("0".into()))
    }

    async fn get_records(
        &self,
        _: &StreamArn,
        iterator: &ShardIterator,
        _: u16,
    ) -> Result<RecordsBody, SourceError> {
        let fate = self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Answered);
        let fails = |kind| SourceError { operation: Operation::GetRecords, kind, message: String::new() };
        tokio::time::sleep(Duration::from_millis(20)).await;
        match fate {
            Fate::Throttled => return Err(fails(THROTTLED)),
            Fate::Unheard => return Err(fails(timeout())),
            Fate::Answered | Fate::Misleading | Fate::Damaged => {}
        }
        let is_it = |number: &usize| *iterator == ShardIterator::new(number.to_string());
        Ok(self.body((0..self.sizes.len()).find(is_it).unwrap(), fate))
    }

    fn read_records(&self, body: RecordsBody) -> Result<RecordsAnswer, SourceError> {
        let (operation, message) = (Operation::GetRecords, String::new());
        body.read().map_err(|kind| SourceError { operation, kind, message })
    }
}

/// The sequence numbers of the pages in the order of their reports.
async fn drained(shard: Shard, room: usize) -> Vec<String> {
    let (report_sender, mut reports) = mpsc::channel(room);
    let (requests, request_receiver) = mpsc::channel(8);
    tokio::spawn(Fetcher::new(shard, Limits::CUSTOM, report_sender).run(request_receiver));
    let tail = Tail { id: TAIL, stream: stream(), shard: ShardId::new("a"), from: Position::TrimHorizon };
    requests.send(Request::StartTail(tail, Pace::Drain)).await.unwrap();
    let mut numbers = vec![];
    while let Some(report) = reports.recv().await {
        if let Report::PageRead { page, end, .. } = report {
            numbers.extend(page.records().map(|record| record.sequence_number().to_owned()));
            if end {
                break;
            }
        } else if matches!(report, Report::TailStopped { .. }) {
            break;
        }
    }
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn every_page_is_reported_once_and_in_order_whatever_fails(
        sizes in prop::collection::vec(prop_oneof![0_usize..100, Just(64 << 10)], 1..8),
        // Three damaged answers to one call would be the end of the tail.
        fates in prop::collection::vec(
            prop_oneof![
                4 => Just(Fate::Answered),
                1 => Just(Fate::Misleading),
                1 => Just(Fate::Throttled),
                1 => Just(Fate::Unheard),
            ],
            0..20,
        ),
        damaged in prop::collection::btree_set(0_usize..20, 0..3),
        room in 1_usize..6,
    ) {
        let mut fates = fates;
        for place in damaged {
            if let Some(fate) = fates.get_mut(place) {
                *fate = Fate::Damaged;
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let shard = Shard { sizes: sizes.clone().into(), fates: Arc::new(Mutex::new(fates.into())) };
        let numbers = runtime.block_on(drained(shard, room));
        let expected: Vec<String> = (0..sizes.len()).map(|number| number.to_string()).collect();
        prop_assert_eq!(numbers, expected);
    }
}
