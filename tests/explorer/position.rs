//! `@` and `b`: going to a position that is held, and reading back to one that is not.

use std::time::Duration;

use dynascope::app::Effect;
use dynascope::follow::{Pace, Position, Report, Request};
use dynascope::model::{ErrorKind, Operation, SourceError, Time};
use insta::assert_snapshot;

use crate::stage::{NOON, Stage, page, reading_orders, record, shop, split};

const NEW: &str = r#"{"pk":{"S":"ord#92"},"status":{"S":"NEW"}}"#;

fn order(number: u32, time: i64) -> String {
    record(number, time, "INSERT", &format!("ord#{number}"), "", NEW)
}

/// What readings were started from, by shard.
fn started(stage: &mut Stage) -> Vec<(String, Position)> {
    let start = |effect: Effect| {
        let Effect::Request(Request::StartTail(tail, _)) = effect else { return None };
        Some((tail.shard.short().to_owned(), tail.from))
    };
    stage.take_effects().into_iter().filter_map(start).collect()
}

/// The times of the records on the screen, with a mark at the cursor, and gaps.
fn rows(stage: &mut Stage) -> Vec<String> {
    let reading = stage.state.reading.as_ref().unwrap();
    let cursor = stage.state.records.cursor(reading);
    let timeline = stage.state.records.timeline(reading).iter().enumerate();
    let texts = timeline.map(|(row, place)| {
        let mark = if row == cursor { ">" } else { "" };
        let what = match reading.store.row(place.id).unwrap() {
            dynascope::store::Row::Record(_, record) => {
                let time = record.time().unwrap();
                record.event_id().to_owned() + " " + &time.clock(dynascope::model::time::Zone::Utc)
            }
            dynascope::store::Row::Gap(_, gap) => format!("gap: {}", gap.reason),
            dynascope::store::Row::Poison(..) | dynascope::store::Row::Marker(..) => "other".to_owned(),
        };
        format!("{mark}{what}")
    });
    texts.collect()
}

#[test]
fn a_time_that_is_held_moves_the_cursor_and_reads_nothing() {
    let mut stage = reading_orders(140, 40);
    stage.take_effects();
    stage.keys("@ 12:03:03 Enter");
    assert_eq!(started(&mut stage), []);
    assert_eq!(rows(&mut stage), ["e1 12:03:02", ">e3 12:03:03", "e2 12:03:04"]);
    assert!(stage.screen().contains("from 12:03:03 UTC, "), "{}", stage.screen());
    // What is written later does not move it; latest follows again.
    let [_, _, left, _] = split();
    stage.arrive(&left, &[order(9, 3)], false);
    assert_eq!(rows(&mut stage)[1], ">e3 12:03:03");
    stage.keys("@ latest Enter");
    assert_eq!(rows(&mut stage)[3], ">e9 12:03:08");
    assert!(stage.state.records.is_following);
}

#[test]
fn what_is_typed_is_told_and_what_is_wrong_stays_to_be_mended() {
    let mut stage = reading_orders(140, 40);
    stage.keys("@");
    assert!(stage.screen().contains("position › ▏"), "{}", stage.screen());
    stage.keys("02:10");
    assert!(stage.screen().contains("from 02:10:00 UTC, 9h ago"), "{}", stage.screen());
    stage.keys("Enter @ soon Enter");
    assert!(stage.state.prompt.is_some());
    assert!(stage.screen().contains("oldest, latest, a time like -15m"), "{}", stage.screen());
    stage.keys("Ctrl-u 700 Enter");
    assert!(stage.screen().contains("select it in the pane of shards first"), "{}", stage.screen());
    stage.keys("Ctrl-u 2027-01-01 Enter");
    assert!(stage.screen().contains("this time lies in the future"), "{}", stage.screen());
    stage.keys("Esc");
    assert!(stage.state.prompt.is_none());
}

#[test]
fn going_back_reads_from_there_until_it_meets_what_is_held() {
    let mut stage = reading_orders(80, 24);
    let [_, rolled, left, right] = split();
    let live = stage.tail(&left);
    stage.take_effects();
    stage.keys("@ 11:00 Enter");
    // The shard before the split was alive then; its parent was not.
    let at = |text: &str| Position::AtTimestamp(text.parse_time());
    assert_eq!(started(&mut stage), [("1111aa12".to_owned(), at("10:59:58"))]);
    stage.arrive(&rolled, &[order(21, -3_785), order(22, -3_700)], false);
    assert_eq!(
        rows(&mut stage),
        ["e21 11:00:00", "e22 11:01:25", "e1 12:03:02", "e3 12:03:03", "e2 12:03:04"]
            .map(|row| { if row.starts_with("e21") { format!(">{row}") } else { row.to_owned() } })
    );
    stage.pass(2);
    assert_snapshot!("reading_back_80", stage.screen());
    stage.arrive(&rolled, &[order(23, -1_300)], true);
    let both = [left.id.short(), right.id.short()].map(|id| (id.to_owned(), Position::TrimHorizon));
    assert_eq!(started(&mut stage), both);
    // The live reader of the shard pauses meanwhile.
    let back = stage.tail(&left);
    assert_ne!(back, live);
    stage.arrive(&left, &[order(0, -900), record(1, -3, "INSERT", "ord#92", "", NEW)], false);
    stage.arrive(&right, &[record(3, -2, "REMOVE", "ord#17", NEW, "")], false);
    let stopped = |tail| Effect::Request(Request::StopTail(tail));
    let effects = stage.take_effects();
    assert!(effects.contains(&stopped(back)), "{effects:?}");
    assert!(!stage.state.reading.as_ref().unwrap().is_seeking());
    assert_eq!(
        rows(&mut stage),
        [
            ">e21 11:00:00",
            "e22 11:01:25",
            "e23 11:41:25",
            "e0 11:48:05",
            "e1 12:03:02",
            "e3 12:03:03",
            "e2 12:03:04"
        ]
    );
    assert!(stage.screen().contains("4 records more; from there on all is held"), "{}", stage.screen());
}

#[test]
fn ctrl_c_cancels_and_what_was_not_read_is_a_row_until_it_is_read() {
    let mut stage = reading_orders(140, 40);
    let [_, rolled, left, right] = split();
    stage.keys("@ 11:00 Enter");
    stage.arrive(&rolled, &[order(21, -3_785)], false);
    let back = stage.tail(&rolled);
    stage.take_effects();
    stage.keys("Ctrl-c");
    assert_eq!(stage.take_effects(), [Effect::Request(Request::StopTail(back))]);
    let gap = "gap: not read: what was written from 2026-10-06T11:00:00Z to 2026-10-06T11:58:09Z";
    assert_eq!(rows(&mut stage), [">e21 11:00:00", gap, "e1 12:03:02", "e3 12:03:03", "e2 12:03:04"]);
    assert_snapshot!("cancelled_140", stage.screen());
    // Late answers change nothing.
    let late = Report::PageRead { tail: back, page: page(&[order(22, -3_000)]), end: false };
    stage.act(dynascope::app::Action::Report(late));
    assert_eq!(rows(&mut stage).len(), 5);
    // A part of it is read: the row shrinks.
    stage.keys("@ 11:30 Enter");
    stage.arrive(&rolled, &[order(23, -1_300)], true);
    stage.arrive(&left, &[record(1, -3, "INSERT", "ord#92", "", NEW)], false);
    stage.arrive(&right, &[record(3, -2, "REMOVE", "ord#17", NEW, "")], false);
    let gap = "gap: not read: what was written from 2026-10-06T11:00:00Z to 2026-10-06T11:30:00Z";
    assert_eq!(
        rows(&mut stage),
        ["e21 11:00:00", gap, ">e23 11:41:25", "e1 12:03:02", "e3 12:03:03", "e2 12:03:04"]
    );
    // All of it is read: what was read before is passed over, and the row goes.
    stage.take_effects();
    stage.keys("@ 10:50 Enter");
    stage.arrive(&rolled, &[order(20, -4_000), order(21, -3_785)], false);
    let number = dynascope::model::SequenceNumber::new("100000000000000000021");
    let started = started(&mut stage);
    assert!(
        matches!(&started[1], (_, Position::AfterSequenceNumber(after)) if *after == number),
        "{started:?}"
    );
    stage.arrive(&rolled, &[order(22, -3_000), order(23, -1_300)], true);
    stage.arrive(&left, &[record(1, -3, "INSERT", "ord#92", "", NEW)], false);
    stage.arrive(&right, &[record(3, -2, "REMOVE", "ord#17", NEW, "")], false);
    assert_eq!(
        rows(&mut stage),
        [
            ">e20 10:56:25",
            "e21 11:00:00",
            "e22 11:13:05",
            "e23 11:41:25",
            "e1 12:03:02",
            "e3 12:03:03",
            "e2 12:03:04"
        ]
    );
}

#[test]
fn reading_back_stops_before_it_pushes_out_what_is_held() {
    let mut stage = crate::stage::reading_orders_within(40_000, 140, 40);
    let [_, rolled, ..] = split();
    stage.keys("@ 11:00 Enter");
    for round in 0..100 {
        if !stage.state.reading.as_ref().unwrap().is_seeking() {
            break;
        }
        let records: Vec<String> =
            (0..4).map(|at| order(100 + 4 * round + at, -3_700 + i64::from(round))).collect();
        stage.arrive(&rolled, &records, false);
    }
    let reading = stage.state.reading.as_ref().unwrap();
    assert!(!reading.is_seeking() && reading.store.evicted() == 0, "{}", reading.store.evicted());
    assert!(stage.screen().contains("more would push out what is held"), "{}", stage.screen());
    assert!(rows(&mut stage).iter().any(|row| row.starts_with("gap: not read")));
}

#[test]
fn whoever_reads_another_stream_or_stops_reading_reads_nothing_back_either() {
    let mut stage = reading_orders(140, 40);
    let [_, rolled, ..] = split();
    stage.keys("@ 11:00 Enter");
    let back = stage.tail(&rolled);
    stage.take_effects();
    stage.keys("P");
    let paced = |pace| Effect::Request(Request::SetPace(back, pace));
    assert!(stage.take_effects().contains(&paced(Pace::Stopped)));
    stage.keys("P");
    assert!(stage.take_effects().contains(&paced(Pace::Drain)));
    // What the service has lost of it lies before what is held.
    let error = SourceError {
        operation: Operation::GetRecords,
        kind: ErrorKind::TrimmedData,
        message: String::new(),
    };
    stage.act(dynascope::app::Action::Report(Report::TailStopped { tail: back, error }));
    let lost = "gap: records were trimmed before they were read";
    assert_eq!(rows(&mut stage)[0].trim_start_matches('>'), lost);
    stage.answer();
    let back = stage.tail(&rolled);
    stage.take_effects();
    stage.keys("1 g j Enter");
    let effects = stage.take_effects();
    assert!(effects.contains(&Effect::Request(Request::StopTail(back))), "{back:?} {effects:?}");
}

#[test]
fn b_goes_a_quarter_of_an_hour_further_back_each_time() {
    let mut stage = reading_orders(140, 40);
    let [_, rolled, left, right] = split();
    stage.take_effects();
    stage.keys("b");
    let at = |text: &str| Position::AtTimestamp(text.parse_time());
    // From 11:58:09, where the reading began.
    let both = [left.id.short(), right.id.short()];
    // Both were born at 11:43:05, their parent closed then: a hint is no proof.
    assert_eq!(started(&mut stage), [("1111aa12".to_owned(), at("11:42:58"))], "its children wait, {both:?}");
    stage.arrive(&rolled, &[], true);
    stage.arrive(&left, &[record(1, -3, "INSERT", "ord#92", "", NEW)], false);
    stage.arrive(&right, &[record(3, -2, "REMOVE", "ord#17", NEW, "")], false);
    assert!(!stage.state.reading.as_ref().unwrap().is_seeking());
    stage.take_effects();
    stage.keys("b");
    assert_eq!(started(&mut stage), [("1111aa12".to_owned(), at("11:27:58"))]);
}

#[test]
fn a_sequence_number_is_read_from_in_the_shard_that_is_selected() {
    let mut stage = reading_orders(140, 40);
    let [_, rolled, ..] = split();
    stage.keys("2 j j");
    stage.take_effects();
    stage.keys("@ 100000000000000000021 Enter");
    let number = dynascope::model::SequenceNumber::new("100000000000000000021");
    assert_eq!(started(&mut stage), [(rolled.id.short().to_owned(), Position::AtSequenceNumber(number))]);
    // The service does not know it.
    let error = SourceError {
        operation: Operation::GetShardIterator,
        kind: ErrorKind::Validation,
        message: String::new(),
    };
    let tail = stage.tail(&rolled);
    stage.act(dynascope::app::Action::Report(Report::TailStopped { tail, error }));
    assert!(stage.screen().contains("the service knows no such sequence number"), "{}", stage.screen());
    assert!(!stage.state.reading.as_ref().unwrap().is_seeking());
    // One that is held is gone to.
    stage.keys("j @ 100000000000000000001 Enter");
    assert_eq!(started(&mut stage), []);
    assert_eq!(rows(&mut stage), [">e1 12:03:02", "e2 12:03:04"]);
}

#[test]
fn latest_leaves_what_is_far_behind_unread() {
    use dynascope::app::{Config, First};
    use dynascope::follow::{Part, Start};
    let first = First { part: Part::from(Start::TrimHorizon), ..First::default() };
    let mut stage = Stage::ready_with(140, 40, Config { first, ..Config::default() }, shop());
    stage.keys("Enter");
    let [root, _, left, right] = split();
    stage.arrive(&root, &[order(1, -29_000)], false);
    stage.take_effects();
    stage.keys("@ latest Enter");
    let both = [left.id.short(), right.id.short()];
    let from = started(&mut stage);
    assert_eq!(from.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), both, "{from:?}");
    stage.arrive(&left, &[order(9, 5)], false);
    let rows = rows(&mut stage);
    assert_eq!(rows[0], "e1 03:59:45");
    assert!(rows[1].starts_with("gap: not read: what was written from 2026-10-06T03:59:45Z"), "{rows:?}");
    assert_eq!(rows[2..], [">e9 12:03:10"]);
}

trait ParseTime {
    fn parse_time(&self) -> Time;
}

impl ParseTime for str {
    /// A time of the day of the stage.
    fn parse_time(&self) -> Time {
        let zone = dynascope::model::time::Zone::Utc;
        dynascope::model::moment::parse_moment(self, NOON.plus(Duration::from_mins(1)), zone).unwrap()
    }
}
