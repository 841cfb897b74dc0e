//! State and action in, the whole list of effects out.

use crate::stage::{
    Known, NOON, Stage, arn, reading_orders, reading_orders_within, record, shard, shop, split,
};
use dynascope::app::shards::Choice;
use dynascope::app::streams::LOOKING;
use dynascope::app::{Action, Config, Effect, First, Found, Intent, Pane, Session, StreamArgument, update};
use dynascope::follow::{Ask, Pace, Part, Position, ReadingId, Report, Request, Start, Tail, TailId};
use dynascope::model::time::Zone;
use dynascope::model::{
    ErrorKind, Operation, Shard, ShardId, SourceError, StreamArn, StreamStatus, ViewType,
};
use dynascope::query::Filter;
use dynascope::store::RecordId;
use std::sync::Arc;
use std::time::Duration;

fn orders() -> StreamArn {
    arn("orders", "2026-10-01T08:00:00.000")
}

fn describe(reading: ReadingId, stream: StreamArn) -> Effect {
    Effect::Request(Request::DescribeStream { reading, stream, ask: Ask::Shards { after: None } })
}

fn list(run: u32, table: Option<&str>) -> Effect {
    Effect::Request(Request::ListStreams { run, table: table.map(str::to_owned), after: None })
}

#[test]
fn without_an_argument_streams_are_listed_and_nothing_is_read() {
    let mut stage = Stage::new(140, 40, Config::default(), shop());
    assert_eq!(stage.take_effects(), [list(1, None)]);
    stage.connect();
    stage.answer();
    assert_eq!(stage.take_effects(), [describe(LOOKING, orders())]);
    stage.pass(10);
    let all = stage.take_effects();
    assert_eq!(all.len(), 2, "the older stream of payments is folded: {all:?}");
}

#[test]
fn a_stream_given_by_its_arn_is_read_at_once() {
    let streams = vec![StreamArgument::Arn(orders())];
    let mut stage = Stage::new(140, 40, Config { streams, ..Config::default() }, shop());
    assert_eq!(stage.take_effects(), [describe(ReadingId(1), orders()), list(1, None)]);
    assert_eq!(stage.state.focus, Pane::Records);
}

#[test]
fn a_table_is_read_once_its_newest_stream_is_known() {
    let streams = vec![StreamArgument::Table("payments".into())];
    let mut stage = Stage::new(140, 40, Config { streams, ..Config::default() }, shop());
    assert_eq!(stage.take_effects(), [list(1, Some("payments")), list(2, None)]);
    stage.answer();
    let newest = arn("payments", "2026-09-01T08:00:00.000");
    assert!(stage.take_effects().contains(&describe(ReadingId(1), newest.clone())));
    assert!(stage.state.reading.as_ref().is_some_and(|reading| reading.follows(&newest)));
}

#[test]
fn enter_starts_a_tail_for_each_open_shard_five_minutes_back() {
    let mut stage = Stage::ready(140, 40, shop());
    stage.take_effects();
    stage.keys("Enter");
    let [_, _, left, right] = split();
    // Two seconds more, as times are rounded down.
    let from = Position::AtTimestamp(stage.now.minus(Duration::from_secs(302)));
    let tail = |number, shard: &dynascope::model::Shard| {
        let id = TailId { reading: ReadingId(1), number };
        let tail = Tail { id, stream: orders(), shard: shard.id.clone(), from: from.clone() };
        Effect::Request(Request::StartTail(tail, Pace::Watched))
    };
    assert_eq!(stage.take_effects(), [describe(ReadingId(1), orders()), tail(1, &left), tail(2, &right)]);
}

#[test]
fn another_stream_ends_the_tails_of_the_one_before() {
    let mut stage = reading_orders(140, 40);
    stage.take_effects();
    stage.keys("1 j Enter");
    let stop = |number| Effect::Request(Request::StopTail(TailId { reading: ReadingId(1), number }));
    let effects = stage.take_effects();
    assert_eq!(effects[..2], [stop(1), stop(2)]);
    assert_eq!(effects[2], describe(ReadingId(2), arn("payments", "2026-09-01T08:00:00.000")));
    assert!(stage.state.reading.as_ref().unwrap().store.is_empty());
}

#[test]
fn reading_is_stopped_and_goes_on() {
    let mut stage = reading_orders(140, 40);
    stage.take_effects();
    let pace =
        |number, pace| Effect::Request(Request::SetPace(TailId { reading: ReadingId(1), number }, pace));
    stage.keys("P");
    let mut effects = stage.take_effects();
    effects.sort_by_key(|effect| format!("{effect:?}"));
    assert_eq!(effects, [pace(1, Pace::Stopped), pace(2, Pace::Stopped)]);
    stage.keys("P");
    assert_eq!(stage.take_effects(), [pace(1, Pace::Watched), pace(2, Pace::Watched)]);
}

#[test]
fn quitting_asks_only_when_more_than_a_minute_would_be_lost() {
    let mut stage = Stage::ready(140, 40, shop());
    stage.take_effects();
    stage.keys("q");
    assert_eq!(stage.take_effects(), [Effect::Quit]);

    let mut stage = reading_orders(140, 40);
    stage.pass(61);
    stage.take_effects();
    stage.keys("q");
    assert_eq!(stage.take_effects(), []);
    assert!(stage.screen().contains("3 records are in memory only."));
    stage.keys("q");
    assert_eq!(stage.take_effects(), [Effect::Quit]);
}

#[test]
fn escape_undoes_one_layer_and_never_quits() {
    let mut stage = reading_orders(140, 40);
    stage.keys("z / PAID Enter");
    assert_eq!(stage.state.records.filter, "PAID");
    stage.keys("Esc");
    assert_eq!((stage.state.records.filter.as_str(), stage.state.is_zoomed), ("", true));
    stage.keys("Esc");
    assert!(!stage.state.is_zoomed);
    stage.take_effects();
    stage.keys("Esc Esc Esc 1 Esc Esc 2 Esc Esc 4 Esc Esc Esc");
    assert!(!stage.take_effects().contains(&Effect::Quit));
}

#[test]
fn control_c_quits_and_control_z_suspends_from_anywhere() {
    let mut stage = reading_orders(140, 40);
    for place in ["1", "?", "Esc / a", "Enter 4 /"] {
        stage.keys(place);
        stage.take_effects();
        stage.keys("Ctrl-z Ctrl-c");
        assert_eq!(stage.take_effects(), [Effect::Suspend, Effect::Quit], "{place}");
    }
}

#[test]
fn the_selection_stays_on_its_record_when_older_ones_arrive() {
    let mut stage = reading_orders(140, 40);
    stage.keys("g");
    let before = stage.state.selected_record();
    assert!(before.is_some());
    let [_, _, _, right] = split();
    stage.arrive(&right, &[record(4, -2, "REMOVE", "ord#16", "", "")], false);
    stage.arrive(&right, &[record(5, 0, "REMOVE", "ord#15", "", "")], false);
    assert_eq!(stage.state.selected_record(), before);
    assert_eq!(stage.state.records.since, 2);
}

#[test]
fn late_findings_of_an_older_search_are_ignored() {
    let mut stage = reading_orders(140, 40);
    stage.keys("/ nothing Enter");
    let late = Found { generation: 0, ids: vec![RecordId(0)], seen: 1, is_done: true, ..Found::default() };
    stage.act(Action::Found(late));
    let reading = stage.state.reading.as_ref().unwrap();
    assert_eq!(stage.state.records.timeline(reading).len(), 0);
}

#[test]
fn many_records_are_searched_off_the_thread_of_the_screen() {
    let mut stage = reading_orders(140, 40);
    let [_, _, left, _] = split();
    let records: Vec<String> = (10..4_010)
        .map(|number| record(number, 0, "INSERT", &format!("ord#{number}"), "", r#"{"pk":{"S":"x"}}"#))
        .collect();
    for some in records.chunks(1_000) {
        stage.arrive(&left, some, false);
    }
    stage.take_effects();
    stage.keys("/ ORD#77");
    let effects = stage.take_effects();
    let is_search = |effect: &&Effect| matches!(effect, Effect::Search(job) if job.pages.len() == 6);
    assert_eq!(effects.iter().filter(is_search).count(), 6, "one for each letter");
    let reading = stage.state.reading.as_ref().unwrap();
    // 77, 770 to 779, and none of 7700 as there are 4,009.
    assert_eq!(stage.state.records.timeline(reading).len(), 11);
    assert_eq!((stage.state.records.seen, stage.state.records.is_searching), (4_003, false));
}

#[test]
fn a_shard_narrows_to_itself_and_its_descendants() {
    let mut stage = reading_orders(140, 40);
    let [root, _, left, _] = split();
    for (keys, choice, records) in [
        ("2 j", Choice::Shard(0, root.id.clone()), 3),
        ("j j", Choice::Shard(0, left.id.clone()), 2),
        ("g", Choice::All, 3),
    ] {
        stage.keys(keys);
        assert_eq!(stage.state.records.choice, choice);
        let reading = stage.state.reading.as_ref().unwrap();
        assert_eq!(stage.state.records.timeline(reading).len(), records, "{keys}");
    }
}

#[test]
fn a_gap_is_a_row_under_any_filter() {
    let mut stage = reading_orders(140, 40);
    let [_, _, left, _] = split();
    let error = SourceError {
        operation: Operation::GetRecords,
        kind: ErrorKind::TrimmedData,
        message: String::new(),
    };
    stage.act(Action::Report(Report::TailStopped { tail: stage.tail(&left), error }));
    stage.answer();
    stage.keys("/ nothing");
    assert!(stage.screen().contains("gap in …2222bb34: records were trimmed"), "{}", stage.screen());
}

#[test]
fn expired_credentials_are_told_with_what_to_do() {
    let mut stage = reading_orders(140, 40);
    let error = SourceError {
        operation: Operation::GetRecords,
        kind: ErrorKind::Credentials,
        message: String::new(),
    };
    let renewal = "run aws sso login --profile prod".to_owned();
    stage.act(Action::Report(Report::CredentialsLost { error, renewal }));
    assert!(stage.screen().contains("aws sso login --profile prod, then press R"), "{}", stage.screen());
    let effects = update(&mut stage.state, Action::Intent(Intent::Retry), NOON);
    assert!(effects.contains(&Effect::Request(Request::RetryNow)), "{effects:?}");
    stage.act(Action::Report(Report::CredentialsRenewed));
    assert!(!stage.screen().contains("aws sso login"), "{}", stage.screen());
    let effects = update(&mut stage.state, Action::Intent(Intent::Retry), NOON);
    assert!(!effects.contains(&Effect::Request(Request::RetryNow)), "{effects:?}");
}

#[test]
fn the_banner_stands_from_the_loss_of_the_credentials_to_their_renewal() {
    let mut stage = Stage::ready(140, 40, shop());
    let lost = |renewal: &str| {
        let error = SourceError {
            operation: Operation::ListStreams,
            kind: ErrorKind::Credentials,
            message: "the security token is expired".into(),
        };
        Action::Report(Report::CredentialsLost { error, renewal: renewal.into() })
    };
    assert_eq!(stage.state.banner(), None);
    stage.state.is_dirty = false;
    assert_eq!(update(&mut stage.state, lost("run aws sso login --profile prod"), NOON), []);
    assert!(stage.state.is_dirty);
    let expected = "The credentials (profile prod) are missing or expired: run aws sso login --profile prod, then \
                    press R. Positions are kept. ListStreams: the credentials are missing, expired or wrong (the \
                    security token is expired)";
    assert_eq!(stage.state.banner().as_deref(), Some(expected));
    // A page that was under way is no renewal, nor is time.
    assert_eq!(update(&mut stage.state, Action::Tick, NOON.plus(Duration::from_mins(10))), []);
    assert_eq!(stage.state.banner().as_deref(), Some(expected));
    update(&mut stage.state, lost("run aws login"), NOON);
    assert!(stage.state.banner().is_some_and(|banner| banner.contains(": run aws login, then press R")));
    stage.state.is_dirty = false;
    assert_eq!(update(&mut stage.state, Action::Report(Report::CredentialsRenewed), NOON), []);
    assert_eq!((stage.state.banner(), stage.state.is_dirty), (None, true));
    assert_eq!(stage.state.notice(), Some("the credentials work again"));
}

#[test]
fn what_looks_wrong_in_the_configuration_is_told_at_the_start() {
    let mut stage = Stage::new(140, 40, Config::default(), shop());
    let session = Session { hint: Some("it is elsewhere".into()), ..Session::default() };
    assert_eq!(update(&mut stage.state, Action::Session(Ok(session)), NOON), []);
    assert_eq!(stage.state.notice(), Some("it is elsewhere"));
}

#[test]
fn of_five_thousand_shards_those_near_the_cursor_are_drawn() {
    let shards: Vec<Shard> = (0..5_000).map(|n| shard(60, &format!("{n:08x}"), None, false)).collect();
    let (status, view_type) = (StreamStatus::Enabled, ViewType::KeysOnly);
    let known = Known { arn: orders(), status, view_type, shards };
    let mut stage = Stage::ready(140, 40, vec![known]);
    stage.keys("Enter 2");
    let screen = stage.screen();
    assert!(screen.contains("…00000000") && !screen.contains("…00001387"), "{screen}");
    stage.keys("End");
    let screen = stage.screen();
    assert!(screen.contains("…00001387") && !screen.contains("…00000000"), "{screen}");
}

#[test]
fn proof_of_life_is_no_reason_for_a_frame() {
    let mut stage = reading_orders(140, 40);
    let [_, _, left, _] = split();
    stage.state.is_dirty = false;
    stage.arrive(&left, &[], false);
    assert!(!stage.state.is_dirty);
    stage.pass(1);
    assert!(stage.state.is_dirty, "it is shown with the next tick");
}

#[test]
fn an_idle_explorer_draws_a_frame_a_minute() {
    let mut stage = Stage::ready(140, 40, shop());
    stage.pass(10);
    let mut frames = 0;
    for _ in 0..300 {
        stage.state.is_dirty = false;
        stage.pass(1);
        frames += u32::from(stage.state.is_dirty);
    }
    assert_eq!(frames, 5);
}

#[test]
fn the_first_reading_is_as_the_command_line_says_and_later_ones_only_start_so() {
    let [_, _, left, _] = split();
    let part = Part { only: Some(left.id.clone()), ..Part::from(Start::TrimHorizon) };
    let filter = |text: &str| Filter::parse(text, NOON, Zone::Utc).unwrap();
    let first = First {
        part,
        filter: "status = 'PAID'".into(),
        keep_only: Some(Arc::new(filter("@event <> REMOVE"))),
    };
    let streams = vec![StreamArgument::Table("orders".into())];
    let config = Config { streams, first, ..Config::default() };
    let mut stage = Stage::ready_with(140, 40, config, shop());
    let reading = stage.state.reading.as_ref().unwrap();
    let read: Vec<_> = reading.followers[0].all_progress().map(|(id, _)| id.clone()).collect();
    assert_eq!(read.first(), Some(&left.id), "{read:?}");
    assert_eq!(stage.state.records.filter, "status = 'PAID'");
    let paid = r#"{"pk":{"S":"a"},"status":{"S":"PAID"}}"#;
    let sent = r#"{"pk":{"S":"a"},"status":{"S":"SENT"}}"#;
    let records = [
        record(1, 1, "INSERT", "a", "", paid),
        record(2, 2, "MODIFY", "a", paid, sent),
        record(3, 3, "REMOVE", "a", sent, ""),
    ];
    stage.arrive(&left, &records, false);
    let reading = stage.state.reading.as_ref().unwrap();
    assert_eq!((reading.store.len(), reading.dropped), (2, 1));
    assert!(stage.screen().contains("/status = 'PAID' 1 "), "{}", stage.screen());
    // It is as if it had been typed: it is found again, and Esc takes it away.
    stage.keys("/ Ctrl-u Up");
    assert_eq!(stage.state.prompt.as_ref().unwrap().text, "status = 'PAID'");
    stage.keys("Enter Esc");
    assert_eq!(stage.state.records.filter, "");
    stage.keys("1 g j Enter");
    let reading = stage.state.reading.as_ref().unwrap();
    assert_ne!(reading.followers[0].stream().table(), "orders");
    assert_eq!((&reading.part, &reading.keep_only), (&Part::from(Start::TrimHorizon), &None));
    assert_eq!(stage.state.records.filter, "");
}

#[test]
fn a_shard_that_the_stream_does_not_have_is_named() {
    let part = Part { only: Some(ShardId::new("shardId-no\u{1b}[2J")), ..Part::from(Start::Latest) };
    let streams = vec![StreamArgument::Table("orders".into())];
    let config = Config { streams, first: First { part, ..First::default() }, ..Config::default() };
    let mut stage = Stage::ready_with(140, 40, config, shop());
    stage.keys("3");
    assert!(stage.screen().contains("the stream has no shard shardId-no"), "{}", stage.screen());
}

#[test]
fn on_quit_one_line_says_what_was_read() {
    let mut stage = reading_orders(140, 40);
    stage.now = NOON.plus(Duration::from_mins(28));
    stage.pass(1);
    assert_eq!(
        stage.state.summary().unwrap(),
        "orders 11:58–12:31 UTC · 3 records · 0 gaps · 2 calls ≈ $0.00 · again: dynascope orders --since 11:58"
    );
}

#[test]
fn what_is_evicted_leaves_the_view_and_is_counted() {
    let mut stage = reading_orders_within(20_000, 140, 40);
    let [_, _, left, _] = split();
    stage.keys("/ ord#1 Enter g");
    for number in 100..200 {
        let one = record(number, 0, "INSERT", &format!("ord#{number}"), "", r#"{"pk":{"S":"x"}}"#);
        stage.arrive(&left, &[one], false);
    }
    let reading = stage.state.reading.as_ref().unwrap();
    let timeline = stage.state.records.timeline(reading);
    assert_eq!(timeline.len(), reading.store.len());
    assert!(
        reading.store.evicted() > 3 && timeline.iter().all(|place| reading.store.row(place.id).is_some())
    );
    assert!(stage.screen().contains(" evicted "), "{}", stage.screen());
    assert!(stage.state.selected_record().is_some());
}
