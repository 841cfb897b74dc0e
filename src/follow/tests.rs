//! Stories of one stream: reports in, the whole list of steps out.

use std::sync::Arc;
use std::time::Duration;

mod beside;
mod ends;
mod positions;
mod resuming;
mod turns;

use super::progress::Progress;
use super::{
    Ask, End, Follower, Pace, Position, ReadingId, Report, Request, ShardState, Start, Step, TailId,
};
use crate::model::{
    ClockOffset, ErrorKind, EventName, Operation, Precision, SequenceNumber, Shard, ShardId, SourceError,
    StreamArn, StreamDescription, StreamStatus, Time, ViewType,
};
use crate::store::page::{Envelope, Facts, Flags, Page, Poison, RecordRef, RecordSpan, Span};

const READING: ReadingId = ReadingId(1);

/// A moment in seconds; the reading starts at 1000.
const fn at(seconds: i64) -> Time {
    Time::from_seconds(seconds)
}

const T0: Time = at(1_000);
/// Back to 900.
const AGO: Duration = Duration::from_secs(100);
const T1: Time = at(1_001);
const T2: Time = at(1_002);
const T3: Time = at(1_003);

fn stream() -> StreamArn {
    StreamArn::parse("arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000").unwrap()
}

/// `open("b", "a")` is a child of a; without a parent it is `open("a", "")`.
fn open(id: &str, parent: &str) -> Shard {
    let parent = Some(parent).filter(|parent| !parent.is_empty()).map(ShardId::new);
    Shard { id: ShardId::new(id), parent, starting: Some(SequenceNumber::new("1")), ending: None }
}

fn closed(id: &str, parent: &str) -> Shard {
    Shard { ending: Some(SequenceNumber::new("9")), ..open(id, parent) }
}

fn description(shards: &[Shard], more: Option<&str>, status: StreamStatus) -> StreamDescription {
    StreamDescription {
        status,
        view_type: ViewType::KeysOnly,
        created_at: None,
        key_names: vec![],
        shards: shards.to_vec(),
        last_evaluated_shard: more.map(ShardId::new),
    }
}

fn described(ask: Ask, description: StreamDescription) -> Report {
    Report::StreamDescribed { reading: READING, stream: stream(), ask, description: Box::new(description) }
}

/// All shards, on one page.
fn listed(shards: &[Shard]) -> Report {
    described(Ask::Shards { after: None }, description(shards, None, StreamStatus::Enabled))
}

/// A page of shards after another.
fn paged(after: Option<&str>, shards: &[Shard], more: Option<&str>) -> Report {
    let ask = Ask::Shards { after: after.map(ShardId::new) };
    described(ask, description(shards, more, StreamStatus::Enabled))
}

fn children(parent: &str, shards: &[Shard]) -> Report {
    described(Ask::ChildrenOf(ShardId::new(parent)), description(shards, None, StreamStatus::Enabled))
}

fn error(operation: Operation, kind: ErrorKind) -> SourceError {
    SourceError { operation, kind, message: String::new() }
}

fn not_described(ask: Ask, kind: ErrorKind) -> Report {
    let error = error(Operation::DescribeStream, kind);
    Report::StreamNotDescribed { reading: READING, stream: stream(), ask, error }
}

fn tail(number: u32) -> TailId {
    TailId { reading: READING, number }
}

fn stopped(number: u32, kind: ErrorKind) -> Report {
    Report::TailStopped { tail: tail(number), error: error(Operation::GetRecords, kind) }
}

/// A page of records with these sequence numbers, all of one time.
fn page_at(numbers: &str, time: Time) -> Arc<Page> {
    let mut from = 0;
    let spans: Vec<RecordSpan> = numbers
        .split_whitespace()
        .map(|number| {
            let start = from + numbers[from..].find(number).unwrap();
            from = start + number.len();
            let span = Span::new(start..from).unwrap();
            RecordSpan { record: span, sequence_number: span, ..RecordSpan::default() }
        })
        .collect();
    let facts =
        Facts { time: Some(time), size_bytes: None, event: EventName::Insert, flags: Flags::default() };
    let facts = vec![facts; spans.len()];
    Arc::new(Page::new(numbers, spans, facts, Envelope::default(), vec![]))
}

/// Records were read: `read(1, "5 6")`.
fn read(number: u32, numbers: &str) -> Report {
    Report::PageRead { tail: tail(number), page: page_at(numbers, T1), end: false }
}

/// The same without a next iterator.
fn read_last(number: u32, numbers: &str) -> Report {
    Report::PageRead { tail: tail(number), page: page_at(numbers, T1), end: true }
}

/// Steps in a few words each.
fn words(steps: &[Step]) -> Vec<String> {
    let word = |step: &Step| match step {
        Step::Request(Request::DescribeStream { reading, stream: of, ask }) => {
            assert_eq!((*reading, of), (READING, &stream()));
            match ask {
                Ask::Shards { after: None } => "list".to_owned(),
                Ask::Shards { after: Some(after) } => format!("list after {after}"),
                Ask::ChildrenOf(shard) => format!("children of {shard}"),
            }
        }
        Step::Request(Request::StartTail(tail, pace)) => {
            assert_eq!((tail.id.reading, &tail.stream), (READING, &stream()));
            let from = match &tail.from {
                Position::TrimHorizon => "the trim horizon".to_owned(),
                Position::Latest => "the latest".to_owned(),
                Position::AtTimestamp(time) => format!("the time {}", time.seconds()),
                Position::AtSequenceNumber(number) => format!("number {number}"),
                Position::AfterSequenceNumber(number) => format!("after {number}"),
            };
            let pace = if *pace == Pace::Watched { String::new() } else { format!(", {pace:?}") };
            format!("tail {}: {} from {from}{pace}", tail.id.number, tail.shard)
        }
        Step::Request(Request::SetPace(tail, pace)) => format!("tail {}: {pace:?}", tail.number),
        Step::Request(Request::StopTail(tail)) => format!("tail {}: stop", tail.number),
        Step::Request(Request::ListStreams { table, .. }) => {
            format!("streams of {}", table.as_deref().unwrap_or("all"))
        }
        Step::Request(Request::RetryNow) => "retry now".into(),
        Step::Show { shard, page } => {
            let numbers: Vec<&str> = page.records().map(RecordRef::sequence_number).collect();
            format!("{shard} shows {}", numbers.join(" "))
        }
        Step::Gap(gap) => {
            let after = gap.after.as_ref().map_or(String::new(), |after| format!(" after {after}"));
            let place = gap.shard.as_ref().map_or("the stream", ShardId::as_str);
            format!("{place} has a gap{after}: {:?}", gap.reason)
        }
        Step::Warn(warning) => format!("warning: {warning}"),
    };
    steps.iter().map(word).collect()
}

/// A follower and what it says.
struct Story(Follower);

impl Story {
    /// Follows a stream of which nothing is known yet.
    fn begin(start: Start) -> Self {
        let mut story = Self(Follower::new(READING, stream(), start, None, T0));
        assert_eq!(words(&story.0.tick(T0)), ["list"]);
        story
    }

    /// Follows a stream with these shards, and says what it did about them.
    fn reading(start: Start, shards: &[Shard]) -> (Self, Vec<String>) {
        let mut story = Self::begin(start);
        let steps = story.on(listed(shards), T0);
        (story, steps)
    }

    fn on(&mut self, report: Report, now: Time) -> Vec<String> {
        words(&self.0.on(report, now))
    }

    fn tick(&mut self, now: Time) -> Vec<String> {
        words(&self.0.tick(now))
    }

    fn state(&self, shard: &str) -> &ShardState {
        &self.0.progress(&ShardId::new(shard)).unwrap().state
    }
}

const NOTHING: [&str; 0] = [];
const IS_DISABLED: [&str; 2] =
    ["warning: the stream of t is disabled: nothing new is written to it", "streams of t"];

#[test]
fn a_child_starts_at_its_trim_horizon_once_its_parent_has_verifiably_ended() {
    for start in [Start::TrimHorizon, Start::Latest, Start::Recent(AGO)] {
        let (mut story, _) = Story::reading(start, &[open("a", "")]);
        assert_eq!(story.on(read_last(1, "5 6"), T1), ["a shows 5 6", "list"]);
        assert_eq!(story.state("a"), &ShardState::VerifyingEnd);
        let split = [closed("a", ""), open("b", "a"), open("c", "a")];
        let expected = ["tail 2: b from the trim horizon", "tail 3: c from the trim horizon"];
        assert_eq!(story.on(listed(&split), T2), expected, "{start:?}");
        assert_eq!(story.state("a"), &ShardState::Exhausted(End::Drained));
    }
}

#[test]
fn a_child_waits_for_its_parent_whatever_their_order_on_the_page() {
    let (mut story, steps) =
        Story::reading(Start::TrimHorizon, &[open("a", "b"), closed("b", "c"), closed("c", "")]);
    assert_eq!(steps, ["tail 1: c from the trim horizon, Drain"]);
    assert_eq!(story.state("a"), &ShardState::WaitingForParent);
    assert_eq!(
        story.on(read_last(1, "1"), T1),
        ["c shows 1", "tail 2: b from the trim horizon, Drain"],
        "its end is listed already"
    );
    assert_eq!(story.on(read_last(2, "2"), T1), ["b shows 2", "tail 3: a from the trim horizon"]);
}

#[test]
fn an_end_that_no_listing_confirms_was_none() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert_eq!(story.on(read_last(1, "5 6"), T1), ["a shows 5 6", "list"]);
    let steps = story.on(listed(&[open("a", "")]), T2);
    assert_eq!(
        steps,
        [
            "warning: shard a: an answer had no next iterator, but the shard is listed as open; reading on",
            "tail 2: a from after 6",
        ]
    );
    assert_eq!(story.on(read(2, "7"), T3), ["a shows 7"]);
}

#[test]
fn an_end_seen_during_a_listing_is_verified_by_the_next_one() {
    let mut story = Story::begin(Start::TrimHorizon);
    story.on(paged(None, &[open("a", "")], Some("a")), T0);
    // The page that says whether a is closed has passed already.
    assert_eq!(story.on(read_last(1, "5"), T1), ["a shows 5"]);
    assert_eq!(story.on(paged(Some("a"), &[open("x", "")], None), T2).last().unwrap(), "list");
    assert_eq!(story.state("a"), &ShardState::VerifyingEnd);
}

#[test]
fn ends_that_are_never_confirmed_are_not_asked_about_in_a_loop() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    let mut warnings = 0;
    let mut lists = 0;
    for round in 1..40 {
        // A second passes in each round.
        let now = at(1_000 + round);
        let tail = story.0.tails;
        for word in story.on(read_last(tail, ""), now).into_iter().chain(story.tick(now)) {
            lists += u32::from(word == "list");
        }
        for word in story.on(listed(&[open("a", "")]), now) {
            warnings += u32::from(word.starts_with("warning"));
            lists += u32::from(word == "list");
        }
    }
    assert!(lists <= 6, "{lists} listings in 40 s");
    assert!((1..=4).contains(&warnings), "{warnings} warnings");
}

#[test]
fn an_expired_iterator_is_renewed_after_the_last_record() {
    for start in [Start::TrimHorizon, Start::Latest, Start::Recent(AGO)] {
        let (mut story, _) = Story::reading(start, &[open("a", "")]);
        assert_eq!(story.on(read(1, "5 6"), T1), ["a shows 5 6"]);
        assert_eq!(story.on(stopped(1, ErrorKind::ExpiredIterator), T2), ["tail 2: a from after 6"]);
    }
}

#[test]
fn an_expired_iterator_without_a_record_never_becomes_latest_again() {
    let (mut story, steps) = Story::reading(Start::Latest, &[open("a", "")]);
    // LATEST could miss the very next write.
    assert_eq!(steps, ["tail 1: a from the time 998"], "times are rounded down");
    assert_eq!(story.on(read(1, ""), T1), NOTHING);
    let steps = story.on(stopped(1, ErrorKind::ExpiredIterator), T2);
    assert_eq!(steps, ["tail 2: a from the time 998"]);

    // Where there is no AT_TIMESTAMP, all is read and what is older is left out.
    let refused = Report::TailStopped {
        tail: tail(2),
        error: error(Operation::GetShardIterator, ErrorKind::Validation),
    };
    assert_eq!(story.on(refused, T2), ["tail 3: a from the trim horizon"]);
    let old = Report::PageRead { tail: tail(3), page: page_at("1 2", at(900)), end: false };
    assert_eq!(story.on(old, T3), NOTHING);
    assert_eq!(story.on(read(3, "3"), T3), ["a shows 3"]);
}

#[test]
fn an_iterator_that_the_service_calls_bogus_is_renewed_too() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert_eq!(story.on(stopped(1, ErrorKind::Validation), T1), ["tail 2: a from the trim horizon"]);
}

#[test]
fn renewals_are_bounded_and_a_record_starts_the_count_anew() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", ""), open("z", "")]);
    let renewed = |story: &mut Story| {
        let mut renewed = 0;
        while *story.state("a") == ShardState::Starting && renewed < 10 {
            let number = if story.0.tails == 2 { 1 } else { story.0.tails };
            story.on(stopped(number, ErrorKind::ExpiredIterator), T1);
            renewed += 1;
        }
        renewed
    };
    assert_eq!(renewed(&mut story), 4, "three renewals, and the fourth failure counts");
    assert!(
        matches!(story.state("a"), ShardState::Failed(error) if error.kind == ErrorKind::ExpiredIterator)
    );
    assert_eq!(story.on(read(2, "1"), T2), ["z shows 1"], "the others go on");
    assert_eq!(words(&story.0.retry(T2)), ["tail 6: a from the trim horizon", "list"]);
    assert_eq!(story.on(read(6, "5"), T2), ["a shows 5"]);
    for number in 6..9 {
        let expected = format!("tail {}: a from after 5", number + 1);
        assert_eq!(story.on(stopped(number, ErrorKind::ExpiredIterator), T3), [expected]);
    }
}

#[test]
fn trimmed_records_are_a_gap_behind_the_last_one_read() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    story.on(read(1, "5 6"), T1);
    assert_eq!(story.on(stopped(1, ErrorKind::ExpiredIterator), T2), ["tail 2: a from after 6"]);
    assert_eq!(
        story.on(stopped(2, ErrorKind::TrimmedData), T2),
        ["a has a gap after 6: Trimmed", "tail 3: a from the trim horizon"]
    );
    assert_eq!(story.on(read(3, "20"), T3), ["a shows 20"]);
}

#[test]
fn a_shard_that_is_trimmed_even_at_its_trim_horizon_is_over() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", ""), open("b", "a")]);
    assert_eq!(
        story.on(stopped(1, ErrorKind::TrimmedData), T1),
        ["a has a gap: Trimmed", "tail 2: b from the trim horizon"]
    );
    assert_eq!(story.state("a"), &ShardState::Exhausted(End::Trimmed));
    assert_eq!(story.on(stopped(1, ErrorKind::TrimmedData), T1), NOTHING, "no loop");
}

#[test]
fn a_shard_that_is_gone_is_a_gap_and_the_others_go_on() {
    let (mut story, _) =
        Story::reading(Start::TrimHorizon, &[closed("a", ""), open("b", "a"), open("c", "")]);
    assert_eq!(
        story.on(stopped(1, ErrorKind::NotFound), T1),
        ["a has a gap: ShardGone", "tail 3: b from the trim horizon", "list"]
    );
    assert_eq!(story.state("a"), &ShardState::Exhausted(End::Gone));
    assert_eq!(story.on(read(2, "1"), T2), ["c shows 1"]);
}

#[test]
fn a_stream_that_is_gone_is_not_asked_for_again_until_a_retry() {
    let mut story = Story::begin(Start::Latest);
    let ask = Ask::Shards { after: None };
    assert_eq!(story.on(not_described(ask, ErrorKind::NotFound), T1), NOTHING);
    assert_eq!(story.0.failure().map(|error| &error.kind), Some(&ErrorKind::NotFound));
    assert_eq!(story.tick(at(9_000)), NOTHING);
    assert_eq!(words(&story.0.retry(at(9_000))), ["list"]);
}

#[test]
fn a_listing_that_is_denied_is_tried_again_by_the_next_round() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert_eq!(story.tick(at(1_031)), ["list"]);
    let denied = ErrorKind::AccessDenied(Operation::DescribeStream);
    assert_eq!(story.on(not_described(Ask::Shards { after: None }, denied), at(1_031)), NOTHING);
    assert!(story.0.failure().is_some());
    assert_eq!(story.on(read(1, "1"), at(1_040)), ["a shows 1"], "what is known is read on");
    assert_eq!(story.tick(at(1_062)), ["list"]);
    story.on(listed(&[open("a", "")]), at(1_063));
    assert_eq!(story.0.failure(), None);
}

#[test]
fn children_are_looked_for_at_once_then_less_and_less_often_and_then_by_listings() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    assert_eq!(story.on(read_last(1, "1"), T1), ["a shows 1", "children of a"]);
    let mut now = T1;
    let mut waits = vec![];
    for _ in 0..9 {
        assert_eq!(story.on(children("a", &[]), now), NOTHING);
        let asked = now;
        while story.tick(now).is_empty() && now < at(1_100) {
            now = now.plus(std::time::Duration::from_millis(10));
        }
        waits.push(now.since(asked).as_millis());
    }
    assert_eq!(waits, [50, 100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
    assert_eq!(story.on(children("a", &[]), now), ["list"]);
    assert_eq!(story.on(listed(&[closed("a", "")]), now), NOTHING);
    assert!(!story.0.discovery.is_looking(), "the regular listings have to find them");
    let born = story.on(listed(&[closed("a", ""), open("b", "a")]), at(1_100));
    assert_eq!(born[0], "tail 2: b from the trim horizon");
}

#[test]
fn children_that_are_found_end_the_search() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    story.on(read_last(1, ""), T1);
    assert_eq!(story.on(children("a", &[open("b", "a")]), T1), ["tail 2: b from the trim horizon"]);
    assert_eq!(story.tick(T3), NOTHING);
}

#[test]
fn an_endpoint_that_ignores_child_shards_is_not_asked_again() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    story.on(read_last(1, ""), T1);
    let all = [closed("a", ""), closed("b", "a")];
    let steps = story.on(children("a", &all), T1);
    assert_eq!(steps, ["tail 2: b from the trim horizon, Drain", "list"], "what it says is not wasted");
    story.on(listed(&all), T2);
    assert_eq!(story.on(read_last(2, ""), T3), ["list"]);
}

#[test]
fn an_endpoint_that_rejects_child_shards_is_not_asked_again() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", ""), closed("b", "")]);
    assert_eq!(story.on(read_last(1, ""), T1), ["children of a"]);
    let ask = Ask::ChildrenOf(ShardId::new("a"));
    assert_eq!(story.on(not_described(ask, ErrorKind::Validation), T1), ["list"]);
    story.on(listed(&[closed("a", ""), closed("b", "")]), T2);
    assert_eq!(story.on(read_last(2, ""), T3), ["list"]);
}

#[test]
fn a_search_for_children_that_fails_otherwise_goes_on() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    story.on(read_last(1, ""), T1);
    let ask = Ask::ChildrenOf(ShardId::new("a"));
    assert_eq!(story.on(not_described(ask, ErrorKind::NotFound), T1), NOTHING);
    assert_eq!(story.tick(T2), ["children of a"]);
}

#[test]
fn that_at_timestamp_is_not_supported_is_remembered() {
    let recent = Start::Recent(AGO);
    let (mut story, steps) = Story::reading(recent, &[open("a", ""), open("b", "")]);
    assert_eq!(steps, ["tail 1: a from the time 898", "tail 2: b from the time 898"]);
    let refused = |number| Report::TailStopped {
        tail: tail(number),
        error: error(Operation::GetShardIterator, ErrorKind::Validation),
    };
    assert_eq!(story.0.start(), recent);
    assert_eq!(story.on(refused(1), T1), ["tail 3: a from the latest"]);
    assert_eq!(story.on(refused(2), T1), ["tail 4: b from the latest"]);
    assert_eq!(story.0.start(), Start::Latest);
    // Another iterator that is lost is not asked for by its time again.
    assert_eq!(story.on(stopped(3, ErrorKind::ExpiredIterator), T2), ["tail 5: a from the trim horizon"]);
}

#[test]
fn a_time_is_reached_back_to_also_without_at_timestamp() {
    let since = Start::Since(at(930));
    let shards = [closed("a", ""), open("b", "a")];
    let (mut story, steps) = Story::reading(since, &shards);
    assert_eq!(steps, ["tail 1: a from the time 898, Drain"]);
    let refused = Report::TailStopped {
        tail: tail(1),
        error: error(Operation::GetShardIterator, ErrorKind::Validation),
    };
    assert_eq!(story.on(refused, T1), ["tail 2: a from the trim horizon, Drain"]);
    assert_eq!(story.0.start(), since);
    // Times may be rounded down to the minute: what may be as late as wanted is shown.
    let old = Report::PageRead { tail: tail(2), page: page_at("5", at(840)), end: false };
    assert_eq!(story.on(old, T1), NOTHING);
    let doubtful = Report::PageRead { tail: tail(2), page: page_at("6", at(900)), end: true };
    assert_eq!(story.on(doubtful, T1), ["a shows 6", "tail 3: b from the trim horizon"]);
}

#[test]
fn the_latest_without_at_timestamp_leaves_out_no_record_for_its_time() {
    let (mut story, steps) = Story::reading(Start::Latest, &[open("a", "")]);
    assert_eq!(steps, ["tail 1: a from the time 998"]);
    let error = error(Operation::GetShardIterator, ErrorKind::Validation);
    story.on(Report::TailStopped { tail: tail(1), error }, T1);
    let rounded = Report::PageRead { tail: tail(2), page: page_at("5", at(960)), end: false };
    assert_eq!(story.on(rounded, T1), ["a shows 5"]);
}

#[test]
fn the_latest_of_which_nothing_was_read_cannot_have_been_trimmed() {
    let (mut story, _) = Story::reading(Start::Latest, &[open("a", "")]);
    let refused = error(Operation::GetShardIterator, ErrorKind::Validation);
    assert_eq!(
        story.on(Report::TailStopped { tail: tail(1), error: refused }, T1),
        ["tail 2: a from the latest"]
    );
    story.on(read(2, ""), T1);
    assert_eq!(story.on(stopped(2, ErrorKind::TrimmedData), T2), ["tail 3: a from the trim horizon"]);
    assert_eq!(story.on(read(3, "5"), T2), ["a shows 5"]);
}

#[test]
fn the_position_is_fixed_once_every_shard_that_is_open_was_read() {
    let (mut story, _) = Story::reading(Start::Latest, &[open("a", ""), open("b", "")]);
    story.on(read(1, ""), T1);
    assert!(!story.0.is_positioned(), "b has not been read");
    story.on(Report::TailStarted { tail: tail(2) }, T1);
    assert!(!story.0.is_positioned(), "b has an iterator, which the service may settle late");
    story.on(read(2, ""), T1);
    assert!(story.0.is_positioned() && !story.0.has_only_latest());
    assert!(!Story::begin(Start::Latest).0.is_positioned(), "nothing is listed");
}

#[test]
fn a_stream_is_read_since_a_moment_when_each_shard_is() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", ""), open("b", "")]);
    story.on(read(1, ""), T2);
    story.on(read(2, "5"), T1);
    assert!(story.0.is_read_since(T1) && !story.0.is_read_since(T2));
    story.on(stopped(2, ErrorKind::AccessDenied(Operation::GetRecords)), T3);
    assert!(!story.0.is_read_since(T2), "a shard that failed is not read");
}

#[test]
fn a_time_is_reached_when_a_shard_is_caught_up_well_after_it() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    let a = ShardId::new("a");
    (0..4).for_each(|_| drop(story.on(read(1, ""), at(1_010))));
    assert!(!story.0.has_reached(&a, at(1_000)), "it is not caught up");
    story.on(read(1, ""), at(1_010));
    assert!(story.0.has_reached(&a, at(1_008)) && !story.0.has_reached(&a, at(1_009)));
    // By the service's clock, which is a minute ahead.
    story.on(Report::ClockRead { offset: ClockOffset(60_000_000) }, at(1_010));
    assert!(story.0.has_reached(&a, at(1_068)) && !story.0.has_reached(&a, at(1_069)));
}

#[test]
fn a_shard_is_read_from_a_number_and_without_its_descendants() {
    let shards = [closed("a", ""), closed("b", "a"), open("c", "b")];
    let narrowed = || Follower::new(READING, stream(), Start::TrimHorizon, Some(ShardId::new("b")), T0);
    let first = Position::AtSequenceNumber(SequenceNumber::new("4"));
    let mut story = Story(narrowed().with_first(first.clone()));
    story.tick(T0);
    assert_eq!(story.on(listed(&shards), T0), ["tail 1: b from number 4, Drain"]);
    assert_eq!(story.on(read_last(1, "5"), T1), ["b shows 5", "tail 2: c from the trim horizon"]);

    let mut story = Story(narrowed().with_first(first).without_descendants());
    story.tick(T0);
    assert_eq!(story.on(listed(&shards), T0), ["tail 1: b from number 4, Drain"]);
    assert!(!story.0.is_over());
    assert_eq!(story.on(read_last(1, "5"), T1), ["b shows 5"]);
    assert!(story.0.is_over() && story.0.is_drained());
}

#[test]
fn fifty_empty_pages_are_not_the_end_of_a_shard() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", ""), open("b", "a")]);
    for _ in 0..50 {
        assert_eq!(story.on(read(1, ""), T1), NOTHING);
        assert_eq!(story.state("a"), &ShardState::Reading);
    }
    assert_eq!(story.on(read(1, "5"), T1), ["a shows 5"]);
}

#[test]
fn a_record_that_comes_twice_is_shown_once() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert_eq!(story.on(read(1, "5 6"), T1), ["a shows 5 6"]);
    assert_eq!(story.on(read(1, "5 6"), T1), NOTHING);
    assert_eq!(story.on(read(1, "6 7 7 8"), T1), ["a shows 7 8"]);
    assert_eq!(story.0.progress(&ShardId::new("a")).unwrap().records, 4);
}

#[test]
fn sequence_numbers_that_go_backwards_are_shown_with_a_warning() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert_eq!(story.on(read(1, "9 10"), T1), ["a shows 9 10"], "numbers, not texts");
    let warning = "warning: shard a: sequence numbers go backwards; shown in the order of arrival";
    assert_eq!(story.on(read(1, "11 4"), T1), ["a shows 11 4", warning]);
    // And what is read last is not taken back.
    assert_eq!(story.on(stopped(1, ErrorKind::ExpiredIterator), T2), ["tail 2: a from after 11"]);
}

#[test]
fn reports_of_other_readings_and_of_older_tails_are_ignored() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    story.on(stopped(1, ErrorKind::ExpiredIterator), T1);
    let elsewhere = TailId { reading: ReadingId(7), number: 2 };
    let ask = Ask::Shards { after: None };
    let late = [
        read(1, "5"),
        read_last(1, "5"),
        stopped(1, ErrorKind::NotFound),
        Report::TailStarted { tail: tail(1) },
        Report::TailSlowed {
            tail: tail(1),
            error: error(Operation::GetRecords, ErrorKind::Internal { status: 500 }),
            again_in: std::time::Duration::ZERO,
        },
        Report::PageRead { tail: elsewhere, page: page_at("5", T1), end: true },
        Report::StreamDescribed {
            reading: ReadingId(7),
            stream: stream(),
            ask: ask.clone(),
            description: Box::new(description(&[open("x", "")], None, StreamStatus::Disabled)),
        },
        Report::StreamNotDescribed {
            reading: ReadingId(7),
            stream: stream(),
            ask,
            error: error(Operation::DescribeStream, ErrorKind::NotFound),
        },
    ];
    for report in late {
        assert_eq!(story.on(report.clone(), T2), NOTHING, "{report:?}");
        assert_eq!(story.state("a"), &ShardState::Starting, "{report:?}");
    }
    assert_eq!((story.0.failure(), story.0.lineage().len()), (None, 1));
    assert_eq!(story.on(read(2, "5"), T2), ["a shows 5"]);
}

#[test]
fn a_page_of_a_listing_that_nobody_waits_for_still_teaches_its_shards() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    let late = paged(Some("q"), &[open("r", "")], Some("s"));
    assert_eq!(story.on(late, T1), ["tail 2: r from the trim horizon"], "and is not followed");
}

#[test]
fn stopped_shards_are_kept_alive_and_read_on() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", ""), closed("b", "")]);
    assert_eq!(words(&story.0.stop()), ["tail 1: Stopped", "tail 2: Stopped"]);
    // What is on its way is shown; what starts meanwhile is stopped, too.
    assert_eq!(story.on(read(1, "5"), T1), ["a shows 5"]);
    assert_eq!(story.on(stopped(1, ErrorKind::ExpiredIterator), T1), ["tail 3: a from after 5, Stopped"]);
    assert_eq!(words(&story.0.go_on()), ["tail 3: Watched", "tail 2: Drain"]);
}

#[test]
fn a_shard_that_closes_is_read_to_its_end_without_pauses() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert_eq!(story.on(listed(&[closed("a", ""), open("b", "a")]), T1), ["tail 1: Drain"]);
    assert_eq!(story.state("b"), &ShardState::WaitingForParent);
}

#[test]
fn a_parent_without_an_ending_is_read_to_its_end_all_the_same() {
    let (mut story, steps) = Story::reading(Start::TrimHorizon, &[open("a", ""), open("b", "a")]);
    assert_eq!(steps, ["tail 1: a from the trim horizon, Drain"], "it has a child: it is closed");
    assert_eq!(story.on(read(1, "1"), T1), ["a shows 1"]);
    assert_eq!(story.on(read_last(1, "2"), T1), ["a shows 2", "tail 2: b from the trim horizon"]);
}

#[test]
fn what_failed_is_tried_again_from_where_it_stood() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", ""), open("b", "")]);
    story.on(read(1, "5"), T1);
    let denied = ErrorKind::AccessDenied(Operation::GetRecords);
    assert_eq!(story.on(stopped(1, denied.clone()), T1), NOTHING);
    assert!(matches!(story.state("a"), ShardState::Failed(error) if error.kind == denied));
    assert_eq!(words(&story.0.retry(T2)), ["tail 3: a from after 5", "list"]);
    assert_eq!(story.on(stopped(2, ErrorKind::Credentials), T2), NOTHING);
    assert_eq!(words(&story.0.retry(T3))[0], "tail 4: b from the trim horizon");
}

#[test]
fn a_disabled_stream_ends_without_a_search_for_children() {
    let mut story = Story::begin(Start::TrimHorizon);
    let disabled = |shards: &[Shard]| {
        described(Ask::Shards { after: None }, description(shards, None, StreamStatus::Disabled))
    };
    // Some endpoints leave the last shards open.
    let steps = story.on(disabled(&[closed("a", ""), open("b", "")]), T0);
    assert_eq!(steps[..2], IS_DISABLED);
    assert_eq!(steps[2..], ["tail 1: a from the trim horizon, Drain", "tail 2: b from the trim horizon"]);
    assert_eq!(story.on(read_last(1, "1"), T1), ["a shows 1"]);
    assert_eq!(story.on(read_last(2, "2"), T1), ["b shows 2"]);
    assert_eq!(story.state("b"), &ShardState::Exhausted(End::Drained));
    assert!(story.0.is_drained() && story.0.is_settled());
}

#[test]
fn a_stream_that_is_disabled_meanwhile_ends_the_search_for_children() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    assert_eq!(story.on(read_last(1, ""), T1), ["children of a"]);
    story.on(children("a", &[]), T1);
    let disabled = description(&[], None, StreamStatus::Disabled);
    assert_eq!(story.on(described(Ask::ChildrenOf(ShardId::new("a")), disabled), T1), IS_DISABLED);
    assert_eq!(story.tick(T3), NOTHING);
    assert!(story.0.is_drained());
}

#[test]
fn shards_are_listed_page_by_page_and_read_as_they_come() {
    let mut story = Story::begin(Start::TrimHorizon);
    assert_eq!(
        story.on(paged(None, &[open("a", "")], Some("a")), T0),
        ["list after a", "tail 1: a from the trim horizon"]
    );
    assert_eq!(story.on(paged(Some("a"), &[open("b", "")], None), T0), ["tail 2: b from the trim horizon"]);
    assert!(story.0.is_listed());
    assert_eq!(story.tick(at(1_029)), NOTHING);
    assert_eq!(story.tick(at(1_030)), ["list"]);
}

#[test]
fn a_token_that_is_repeated_ends_the_listing() {
    let mut story = Story::begin(Start::TrimHorizon);
    let warning = "warning: the endpoint repeats a page of DescribeStream; the shards listed so far are kept";
    story.on(paged(None, &[open("a", "")], Some("b")), T0);
    let repeated = || paged(Some("b"), &[open("c", ""), open("d", "x")], Some("b"));
    // What has no parent is read at once; the parent of the other may come yet.
    assert_eq!(story.on(repeated(), T0), [warning, "tail 2: c from the trim horizon"]);
    for again in [at(1_002), at(1_004)] {
        assert!(!story.0.is_listed());
        assert_eq!(story.tick(again), ["list"]);
        story.on(paged(None, &[open("a", "")], Some("b")), again);
        let steps = story.on(repeated(), again);
        assert_eq!(steps[0], warning);
        assert_eq!(steps[1..].is_empty(), again == at(1_002), "{steps:?}");
    }
    assert!(story.0.is_listed(), "three times are enough");
    // Once more, since the parent may have been created in between.
    story.on(paged(None, &[open("a", "")], Some("b")), at(1_005));
    assert_eq!(story.on(repeated(), at(1_005))[1..], ["tail 3: d from the trim horizon"]);
}

#[test]
fn a_listing_that_never_ends_is_ended_after_two_hundred_pages() {
    let mut story = Story::begin(Start::TrimHorizon);
    let token = |page: u32| format!("shard-{page:04}");
    let mut steps = story.on(paged(None, &[open("a", "")], Some(&token(1))), T0);
    for page in 1..200 {
        assert!(steps.contains(&format!("list after {}", token(page))), "{steps:?}");
        steps = story.on(paged(Some(&token(page)), &[], Some(&token(page + 1))), T0);
    }
    assert!(matches!(&steps[..], [warning] if warning.contains("repeats a page")), "{steps:?}");
}

#[test]
fn a_stream_without_shards_is_listed_again_soon() {
    let (mut story, steps) = Story::reading(Start::Latest, &[]);
    assert_eq!(steps, NOTHING);
    assert_eq!(story.tick(T1), NOTHING);
    assert_eq!(story.tick(T2), ["list"]);
    // Born since: from its first record, and nothing older than the start.
    assert_eq!(story.on(listed(&[open("a", "")]), T2), ["tail 1: a from the trim horizon"]);
    let old = Report::PageRead { tail: tail(1), page: page_at("1", at(900)), end: false };
    assert_eq!(story.on(old, T2), NOTHING);
    assert_eq!(story.on(read(1, "2"), T2), ["a shows 2"]);
}

#[test]
fn a_child_whose_parent_is_not_there_any_more_starts_at_once() {
    let start = at(1_800_000_000);
    let parent = format!("shardId-{:020}-00000000", start.millis() - 61_000);
    for from in [Start::TrimHorizon, Start::Latest] {
        let mut follower = Follower::new(READING, stream(), from, None, start);
        follower.tick(start);
        let steps = words(&follower.on(listed(&[open("b", &parent)]), start));
        let from = if from == Start::Latest { "the time 1799999998" } else { "the trim horizon" };
        assert_eq!(steps, [format!("tail 1: b from {from}")]);
    }
    // But not before all pages have been seen.
    let mut story = Story::begin(Start::TrimHorizon);
    assert_eq!(story.on(paged(None, &[open("b", "z")], Some("b")), T0), ["list after b"]);
    assert_eq!(
        story.on(paged(Some("b"), &[closed("z", "")], None), T0),
        ["tail 1: z from the trim horizon, Drain"]
    );
}

#[test]
fn a_parent_that_may_be_new_on_a_page_already_seen_is_looked_for_again() {
    for start in [Start::TrimHorizon, Start::Latest] {
        let (mut story, steps) = Story::reading(start, &[open("b", "a")]);
        assert_eq!(steps, ["list"]);
        let from = if start == Start::Latest { "the time 998" } else { "the trim horizon" };
        assert_eq!(story.on(listed(&[open("b", "a")]), T1), [format!("tail 1: b from {from}")]);
    }
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("b", "a")]);
    assert_eq!(
        story.on(listed(&[open("b", "a"), closed("a", "")]), T1),
        ["tail 1: a from the trim horizon, Drain"]
    );
}

#[test]
fn shards_in_a_circle_are_read_as_roots_and_warned_of_once() {
    let circle = [open("a", "b"), open("b", "a"), open("c", "c")];
    let (mut story, steps) = Story::reading(Start::TrimHorizon, &circle);
    let warnings: Vec<&String> = steps.iter().filter(|step| step.starts_with("warning")).collect();
    assert_eq!(warnings.len(), 2, "{steps:?}");
    let tails: Vec<&String> = steps.iter().filter(|step| step.starts_with("tail")).collect();
    assert_eq!(tails, ["tail 1: b from the trim horizon, Drain", "tail 2: c from the trim horizon"]);
    assert_eq!(story.on(read_last(1, ""), T1), ["tail 3: a from the trim horizon"]);
    assert_eq!(story.tick(at(1_030)), ["list"]);
    assert_eq!(story.on(listed(&circle), at(1_030)), NOTHING);
}

#[test]
fn from_the_latest_closed_shards_are_left_out_and_only_open_leaves_are_read() {
    let named = |day: u32, name: &str| {
        format!("shardId-{:020}-{name}", 1_400_000_000_000 + u64::from(day) * 86_400_000)
    };
    let (a, b, c) = (named(1, "a"), named(2, "b"), named(3, "c"));
    let now = Time::from_millis(1_400_000_000_000 + 9 * 86_400_000);
    let mut story = Story(Follower::new(READING, stream(), Start::Latest, None, now));
    story.tick(now);
    let steps = story.on(listed(&[closed(&a, ""), closed(&b, &a), open(&c, &b)]), now);
    assert_eq!(steps, [format!("tail 1: {c} from the time {}", now.seconds() - 2)]);
    assert_eq!((story.state(&a), story.state(&b)), (&ShardState::BeforeStart, &ShardState::BeforeStart));
}

#[test]
fn a_closed_shard_of_unknown_age_is_asked_for_what_is_new() {
    let shards = [closed("a", ""), open("b", "a")];
    let (mut story, steps) = Story::reading(Start::Latest, &shards);
    assert_eq!(steps, ["tail 1: a from the time 998, Drain"]);
    assert_eq!(story.on(read_last(1, ""), T1), ["tail 2: b from the trim horizon"]);
}

#[test]
fn only_one_shard_and_its_descendants_are_read_where_that_is_asked_for() {
    let only = Some(ShardId::new("b"));
    let mut story = Story(Follower::new(READING, stream(), Start::TrimHorizon, only, T0));
    story.tick(T0);
    let shards = [closed("a", ""), closed("b", "a"), open("c", "b"), open("d", "")];
    assert_eq!(story.on(listed(&shards), T0), ["tail 1: b from the trim horizon, Drain"]);
    assert_eq!(story.on(read_last(1, ""), T1), ["tail 2: c from the trim horizon"]);
}

#[test]
fn an_open_shard_is_caught_up_after_enough_empty_pages() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    for empty in 1..=5 {
        assert!(!story.0.is_drained(), "after {} empty pages", empty - 1);
        story.on(read(1, ""), T1);
    }
    assert_eq!(story.state("a"), &ShardState::CaughtUp);
    assert!(story.0.is_drained());
    story.on(read(1, "5"), T2);
    assert_eq!(story.state("a"), &ShardState::Reading);
    story.on(read(1, ""), T2);
    assert_eq!(story.state("a"), &ShardState::CaughtUp, "the head was known: one is enough");
}

#[test]
fn closing_stops_every_tail_and_nothing_more_is_heard() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", ""), open("b", "")]);
    assert_eq!(words(&story.0.close()), ["tail 1: stop", "tail 2: stop"]);
    assert_eq!(story.on(read(1, "5"), T1), NOTHING);
    assert_eq!(words(&story.0.close()), NOTHING);
}

#[test]
fn a_parent_that_lived_and_died_unseen_is_a_gap() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    let shards = [closed("a", ""), open("c", "b")];
    assert_eq!(story.on(children("a", &shards), T1), ["tail 1: Drain", "list"]);
    let expected = ["b has a gap: ShardGone", "tail 2: c from the trim horizon"];
    assert_eq!(story.on(listed(&shards), T1), expected);
}

#[test]
fn what_may_have_come_and_gone_between_two_listings_is_a_gap() {
    let day = 86_400;
    let shards = [open("a", "")];
    // From a minute before the last listing, for children that are listed late.
    for (pause, gap) in [(day - 60, NOTHING.to_vec()), (day - 59, vec!["the stream has a gap: Unlisted"])] {
        let (mut story, _) = Story::reading(Start::Latest, &shards);
        assert_eq!(story.tick(at(1_030)), ["list"]);
        assert_eq!(story.on(listed(&shards), at(1_030)), NOTHING);
        assert_eq!(story.tick(at(1_030 + pause)), ["list"]);
        let steps = story.on(listed(&shards), at(1_030 + pause));
        assert_eq!(steps.iter().map(|step| step.split(" {").next().unwrap()).collect::<Vec<_>>(), gap);
    }
    // The first listing, when it takes so long.
    let mut story = Story::begin(Start::TrimHorizon);
    story.on(paged(None, &shards, Some("a")), T0);
    let steps = story.on(paged(Some("a"), &[], None), at(1_000 + 601));
    assert_eq!(
        steps,
        ["the stream has a gap: Unlisted { from: Time(-84800000000), until: Time(-84799000000) }"]
    );
}

#[test]
fn a_stream_that_goes_while_it_is_written_to_has_a_gap_since_the_last_listing() {
    let gone = || not_described(Ask::Shards { after: None }, ErrorKind::NotFound);
    let (mut story, _) = Story::reading(Start::Latest, &[open("a", "")]);
    assert_eq!(story.tick(at(1_030)), ["list"]);
    assert_eq!(
        story.on(gone(), at(1_030)),
        ["the stream has a gap: Unlisted { from: Time(940000000), until: Time(1030000000) }"]
    );
    // A shard of it that fails is not tried again by any listing.
    for _ in 0..3 {
        story.on(stopped(story.0.tails, ErrorKind::ExpiredIterator), at(1_031));
    }
    let steps = story.on(stopped(story.0.tails, ErrorKind::ExpiredIterator), at(1_031));
    assert_eq!(steps, ["a has a gap: ShardGone"]);
    // One that was disabled, and all of it read, has none, once no child can come any more.
    let disabled = || {
        described(Ask::Shards { after: None }, description(&[closed("a", "")], None, StreamStatus::Disabled))
    };
    let (mut story, _) = Story::reading(Start::Latest, &[open("a", "")]);
    story.tick(at(1_030));
    story.on(disabled(), at(1_030));
    story.on(read_last(1, ""), at(1_031));
    story.tick(at(1_100));
    story.on(disabled(), at(1_100));
    story.tick(at(1_130));
    assert_eq!(story.on(gone(), at(1_130)), NOTHING);
}

#[test]
fn poison_that_comes_again_is_told_once_if_it_says_which_record_it_is() {
    let page = |texts: [&str; 2]| {
        let text = texts.concat();
        let first = texts[0].len();
        let spans = [0..first, first..text.len()].map(|range| Span::new(range).unwrap());
        let poison = spans.map(|span| Poison::new(0, "odd".into(), span));
        Arc::new(Page::new(&text, vec![], vec![], Envelope::default(), poison.to_vec()))
    };
    let mut progress = Progress::new(ShardState::Reading);
    let mut told = |texts| {
        let (page, _) = progress.admit(page(texts), Precision::default());
        page.map_or(vec![], |page| {
            page.poison().iter().map(|poison| page.poison_text(poison).to_owned()).collect::<Vec<_>>()
        })
    };
    let named = r#"{"eventID":"1","dynamodb":7}"#;
    assert_eq!(told([named, "null"]), [named, "null"]);
    assert_eq!(told([named, "null"]), ["null"], "another record may look the same");
    assert_eq!(told([named, named]), [""; 0]);
    let other = r#"{"dynamodb":{"SequenceNumber":7}}"#;
    assert_eq!(told([other, other]), [other, other], "one page does not repeat itself");
}

#[test]
fn a_shard_read_anew_has_to_find_its_head_anew() {
    let (mut story, _) = Story::reading(Start::Latest, &[open("a", "")]);
    let rejected = Report::TailStopped {
        tail: tail(1),
        error: error(Operation::GetShardIterator, ErrorKind::Validation),
    };
    assert_eq!(story.on(rejected, T1), ["tail 2: a from the latest"]);
    story.on(read(2, ""), T1);
    assert_eq!(story.state("a"), &ShardState::CaughtUp, "the latest is the head");
    story.on(stopped(2, ErrorKind::ExpiredIterator), T2);
    story.on(read(3, ""), T2);
    assert_eq!(story.state("a"), &ShardState::Reading, "an empty page proves nothing elsewhere");
    for _ in 0..4 {
        story.on(read(3, ""), T2);
    }
    assert_eq!(story.state("a"), &ShardState::CaughtUp);
}

#[test]
fn a_shard_is_forgotten_once_the_service_has_forgotten_it() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", ""), open("b", "a")]);
    story.on(read_last(1, "1"), T1);
    story.on(read(2, "2"), T1);
    let listed_at = |story: &mut Story, time: i64, shards: &[Shard]| {
        assert_eq!(story.tick(at(time)), ["list"]);
        story.on(listed(shards), at(time));
        (story.0.progress(&ShardId::new("a")).is_some(), story.0.lineage().len())
    };
    let (both, one) = ([closed("a", ""), open("b", "a")], [open("b", "a")]);
    assert_eq!(listed_at(&mut story, 40_000, &one), (true, 2), "it may be left out by mistake");
    assert_eq!(listed_at(&mut story, 80_000, &one), (true, 2));
    assert_eq!(listed_at(&mut story, 100_000, &both), (true, 2), "it is listed still");
    assert_eq!(listed_at(&mut story, 100_030, &one), (true, 2));
    assert_eq!(listed_at(&mut story, 100_060, &one), (false, 1));
    assert_eq!(story.on(read(2, "3"), at(100_070)), ["b shows 3"]);
}

#[test]
fn nothing_starts_before_a_parent_that_waits_for_its_own() {
    for start in [Start::TrimHorizon, Start::Latest] {
        let shards = [closed("b", "a"), open("c", "b")];
        let (mut story, steps) = Story::reading(start, &shards);
        assert_eq!(steps, ["list"], "a may have been passed over");
        let from = if start == Start::Latest { "the time 998" } else { "the trim horizon" };
        assert_eq!(story.on(listed(&shards), T1), [format!("tail 1: b from {from}, Drain")]);
        assert_eq!(story.state("c"), &ShardState::WaitingForParent);
    }
}

#[test]
fn a_parent_that_is_not_there_at_the_start_is_no_gap() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("c", "b")]);
    assert_eq!(story.on(listed(&[open("c", "b")]), T1), ["tail 1: c from the trim horizon"]);
}

#[test]
fn what_a_description_says_of_the_stream_is_told() {
    let mut story = Story::begin(Start::Latest);
    assert_eq!((story.0.status(), story.0.view_type(), story.0.key_names().len()), (None, None, 0));
    let mut told = description(&[], None, StreamStatus::Enabled);
    told.key_names = vec!["pk".into(), "sk".into()];
    story.on(described(Ask::Shards { after: None }, told), T0);
    assert_eq!(story.0.status(), Some(&StreamStatus::Enabled));
    assert_eq!(story.0.view_type(), Some(&ViewType::KeysOnly));
    assert_eq!(story.0.key_names(), ["pk", "sk"]);
    assert_eq!(story.0.started(), T0);
}

#[test]
fn a_follower_is_drained_when_open_shards_are_caught_up_or_born_after_the_start() {
    let start = at(1_800_000_000);
    // The id says when it was born, in milliseconds; the start is known to two seconds.
    for (born, is_drained) in [(0, false), (2_000, false), (2_001, true)] {
        let id = format!("shardId-{:020}-00000000", start.millis() + born);
        let mut follower = Follower::new(READING, stream(), Start::TrimHorizon, None, start);
        follower.tick(start);
        follower.on(listed(&[open(&id, "")]), start);
        assert_eq!(follower.is_drained(), is_drained, "{born}");
    }
}
