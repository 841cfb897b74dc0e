//! The history of an item: keys in, screens and effects out.

use dynascope::app::{Action, Config, Effect, Pane};
use dynascope::follow::{Pace, Position, ReadingId, Report, Request};
use dynascope::history::{ItemKey, Row};
use dynascope::model::{ErrorKind, Operation, SourceError};
use insta::assert_snapshot;

use crate::stage::{Stage, reading_orders, record, shop, split};

/// An image of the order 91.
fn image(status: &str, amount: &str) -> String {
    format!(
        r#"{{"pk":{{"S":"ord#91"}},"status":{{"S":"{status}"}},"total":{{"M":{{"amount":{{"N":"{amount}"}}}}}}}}"#
    )
}

fn order(number: u32, time: i64, event: &str, old: &str, new: &str) -> String {
    record(number, time, event, "ord#91", old, new)
}

/// The life of an order: read from both shards, with one write that nobody saw.
fn life(width: u16, height: u16) -> Stage {
    let mut stage = Stage::ready_with(width, height, Config::default(), shop());
    stage.keys("Enter");
    let [_, _, left, right] = split();
    let new = image("NEW", "19.90");
    let paid = image("PAID", "19.90");
    let dear = image("PAID", "2490");
    let sent = image("SENT", "2490.0");
    let lost = image("LOST", "2490.0");
    stage.arrive(
        &left,
        &[
            order(1, -240, "INSERT", "", &new),
            record(2, -230, "INSERT", "ord#92", "", &new),
            order(3, -200, "MODIFY", &new, &paid),
            order(4, -180, "MODIFY", &paid, &dear),
            order(6, -90, "MODIFY", &dear, &sent),
            order(9, -30, "REMOVE", &lost, ""),
        ],
        false,
    );
    stage.arrive(&right, &[record(10, -20, "INSERT", "ord#93", "", &new)], false);
    stage
}

/// The history, opened at the last record of the order.
fn opened(width: u16, height: u16) -> Stage {
    let mut stage = life(width, height);
    stage.keys("k H");
    stage
}

fn shown(stage: &Stage) -> Vec<String> {
    let history = stage.state.history.as_ref().unwrap();
    let row = |at| match history.row(at).unwrap() {
        Row::Step(step) => step.record().sequence_number()[16..].trim_start_matches('0').to_owned(),
        Row::Missing(_) => "gap".to_owned(),
        Row::Broken(..) => "!".to_owned(),
        Row::Dropped(_) => "…".to_owned(),
    };
    (0..history.len()).map(row).collect()
}

#[test]
fn the_history_of_an_item_is_opened_walked_and_compared_on_a_narrow_screen() {
    let mut stage = opened(80, 24);
    assert_snapshot!(stage.styled());
    // What nobody saw.
    stage.keys("k");
    assert_snapshot!(stage.screen());
    // The item as it was then.
    stage.keys("g j j v v v");
    assert_snapshot!(stage.screen());
    // From the first step to the last but one.
    stage.keys("v v g Space j j j Space");
    assert_snapshot!(stage.styled());
    stage.keys("Esc");
    assert_eq!(stage.state.focus, Pane::History);
    stage.keys("Esc");
    assert!(stage.state.history.is_none());
    assert_eq!(stage.state.focus, Pane::Records);
}

#[test]
fn on_an_attribute_only_the_steps_that_touched_it_are_shown() {
    let mut stage = life(140, 40);
    // The second last record of the order: its amount is only written differently.
    stage.keys("k k Enter");
    assert!(stage.screen().contains("status"));
    stage.keys("H");
    assert_eq!(shown(&stage), ["1", "3", "6", "!", "9"]);
    assert_snapshot!(stage.styled());
    stage.keys("a");
    assert_eq!(shown(&stage), ["1", "3", "4", "6", "!", "9"]);
    // Another attribute, chosen in the diff below.
    stage.keys("k Tab a");
    assert_eq!(shown(&stage), ["1", "4", "!", "9"]);
    assert!(stage.screen().contains("total.amount 19.90 → 2490"), "{}", stage.screen());
    assert!(stage.screen().contains("broken, total.amount as before"), "{}", stage.screen());
    // Esc undoes one layer after the other.
    stage.keys("Esc Esc");
    assert_eq!(shown(&stage).len(), 6);
    stage.keys("q");
    assert!(stage.state.history.is_none());
}

#[test]
fn new_records_of_the_item_appear_and_the_cursor_stays() {
    let mut stage = opened(100, 30);
    let [_, _, left, _] = split();
    let history = |stage: &Stage| (shown(stage), stage.state.history.as_ref().unwrap().cursor());
    assert_eq!(
        history(&stage),
        (vec!["1".into(), "3".into(), "4".into(), "6".into(), "!".into(), "9".into()], 5)
    );
    stage.arrive(
        &left,
        &[order(11, -5, "INSERT", "", &image("NEW", "1")), record(12, -4, "REMOVE", "ord#92", "", "")],
        false,
    );
    assert_eq!(history(&stage).1, 5);
    assert_eq!(history(&stage).0.last().unwrap(), "11");
    stage.keys("f");
    stage.arrive(&left, &[order(13, -3, "REMOVE", &image("NEW", "1.0"), "")], false);
    assert_eq!((shown(&stage).len(), history(&stage).1), (8, 7));
}

#[test]
fn a_gap_of_the_item_s_lineage_is_a_row_and_one_elsewhere_is_not() {
    let mut stage = opened(120, 30);
    let [_, _, left, right] = split();
    for shard in [&right, &left] {
        let error = SourceError {
            operation: Operation::GetRecords,
            kind: ErrorKind::TrimmedData,
            message: String::new(),
        };
        let tail = stage.tail(shard);
        stage.act(Action::Report(Report::TailStopped { tail, error }));
        stage.answer();
    }
    assert_eq!(shown(&stage), ["1", "3", "4", "6", "!", "9", "gap"]);
    assert!(stage.screen().contains("not complete: the newest is missing"));
    stage.arrive(&left, &[order(20, -1, "INSERT", "", &image("NEW", "1"))], false);
    assert_eq!(shown(&stage).last().unwrap(), "20");
    assert!(stage.screen().contains("complete back to 12:03:04"), "{}", stage.screen());
    assert_snapshot!(stage.screen());
}

#[test]
fn what_is_held_much_of_is_searched_off_the_thread_newest_first() {
    let mut stage = life(100, 30);
    let [_, _, _, right] = split();
    let many: Vec<String> = (0..2_000).map(|at| record(100 + at, -10, "REMOVE", "other", "", "")).collect();
    stage.arrive(&right, &many, false);
    stage.keys("3 g H");
    let mut effects = stage.take_effects();
    let Some(Effect::Trace(job)) = effects.pop() else { panic!("{effects:?}") };
    assert_eq!(job.key, ItemKey::Json(r#"{"pk":{"S":"ord#91"}}"#.into()));
    let pages: Vec<(String, usize)> =
        job.pages.iter().map(|(shard, page)| (shard.short().to_owned(), page.len())).collect();
    let expected = [("3333cc56", 2_000), ("3333cc56", 1), ("2222bb34", 6)];
    assert_eq!(pages, expected.map(|(shard, records)| (shard.to_owned(), records)));
    // The stage has run it.
    assert_eq!(shown(&stage), ["1", "3", "4", "6", "!", "9"]);
    assert_eq!(stage.state.history.as_ref().unwrap().cursor(), 0);
    // Late findings of an older search are ignored.
    stage.keys("Esc H");
    let late =
        dynascope::app::history::Traced { generation: job.generation, steps: vec![], seen: 9, is_done: true };
    let seen = stage.state.history.as_ref().unwrap().seen;
    stage.act(Action::Traced(late));
    assert_eq!(stage.state.history.as_ref().unwrap().seen, seen);
}

#[test]
fn without_a_record_there_is_no_history_and_another_reading_ends_it() {
    let mut stage = Stage::ready(100, 30, shop());
    stage.keys("Enter H");
    assert!(stage.state.history.is_none());
    assert!(stage.screen().contains("no record with a key is selected"));
    let mut stage = reading_orders(100, 30);
    stage.keys("H");
    assert!(stage.state.history.is_some());
    stage.keys("1 j Enter");
    assert!(stage.state.history.is_none());
    assert_eq!(stage.state.focus, Pane::Records);
}

#[test]
fn b_reads_the_item_s_lineage_from_the_trim_horizon_to_what_is_held_and_nothing_else() {
    let mut stage = opened(110, 30);
    let [root, rolled, left, right] = split();
    let (live, others) = (stage.tail(&left), stage.tail(&right));
    stage.take_effects();
    stage.keys("b");
    // Its own listing; then the oldest ancestor, and what descends from it in its turn.
    let described = |effect: &Effect| matches!(effect, Effect::Request(Request::DescribeStream { reading, .. }) if *reading == ReadingId(2));
    let started = |effects: &[Effect]| -> Vec<(String, Position)> {
        let start = |effect: &Effect| {
            let Effect::Request(Request::StartTail(tail, _)) = effect else { return None };
            Some((tail.shard.short().to_owned(), tail.from.clone()))
        };
        effects.iter().filter_map(start).collect()
    };
    let effects = stage.take_effects();
    assert_eq!(effects.len(), 2, "{effects:?}");
    assert!(described(&effects[0]));
    assert_eq!(started(&effects), [("0000f35f".to_owned(), Position::TrimHorizon)]);
    assert_eq!(shown(&stage)[0], "gap", "what is older has not been read");
    let old = image("OLD", "1");
    stage.arrive(
        &root,
        &[order(1, -9_000, "INSERT", "", &old), record(2, -8_999, "INSERT", "ord#2", "", &old)],
        false,
    );
    assert_snapshot!(stage.screen());
    stage.arrive(&root, &[], true);
    stage.arrive(&rolled, &[order(1, -4_000, "REMOVE", &old, "")], true);
    // In the shard that is being followed its reader at the head pauses.
    let effects = stage.take_effects();
    let expected =
        [rolled.id.short(), left.id.short()].map(|shard| (shard.to_owned(), Position::TrimHorizon));
    assert_eq!(started(&effects), expected);
    let pause = |pace| Effect::Request(Request::SetPace(live, pace));
    assert!(effects.contains(&pause(Pace::Stopped)), "{effects:?}");
    // It meets what is held: the first record is known.
    let back = stage.tail(&left);
    stage.arrive(&left, &[order(1, -240, "INSERT", "", &image("NEW", "19.90"))], false);
    assert_eq!(stage.take_effects(), [Effect::Request(Request::StopTail(back)), pause(Pace::Watched)]);
    assert_eq!(shown(&stage), ["1", "1", "1", "3", "4", "6", "!", "9"]);
    assert!(stage.state.history.as_ref().unwrap().back.is_none());
    assert!(
        stage.screen().contains("read back to the oldest kept: 7 steps among 4 records"),
        "{}",
        stage.screen()
    );
    // There is nothing older.
    stage.keys("b");
    assert_eq!(stage.take_effects(), []);
    assert_ne!(back, others);
}

#[test]
fn reading_further_back_is_cancelled_by_ctrl_c_and_what_was_not_read_stays_a_row() {
    let mut stage = opened(110, 30);
    let [root, rolled, ..] = split();
    stage.keys("b");
    let old = image("OLD", "1");
    stage.arrive(&root, &[order(1, -9_000, "INSERT", "", &old)], true);
    let back = stage.tail(&rolled);
    stage.take_effects();
    stage.keys("Ctrl-c");
    assert_eq!(stage.take_effects(), [Effect::Request(Request::StopTail(back))]);
    assert_eq!(shown(&stage), ["1", "gap", "1", "3", "4", "6", "!", "9"]);
    assert_snapshot!(stage.screen());
    // Late answers change nothing.
    let page = crate::stage::page(&[order(2, -8_000, "REMOVE", &old, "")]);
    stage.act(Action::Report(Report::PageRead { tail: back, page, end: false }));
    assert_eq!(shown(&stage).len(), 8);
    // It can be begun again; closing the view ends it.
    stage.keys("b Esc");
    assert!(stage.state.history.as_ref().unwrap().back.is_none());
    stage.keys("b H");
    assert!(stage.state.history.is_none());
    let stopped = |effect: &Effect| matches!(effect, Effect::Request(Request::StopTail(_)));
    assert_eq!(stage.take_effects().iter().filter(|effect| stopped(effect)).count(), 2);
}

#[test]
fn nothing_of_a_record_reaches_the_screen_as_a_control_sequence() {
    let mut stage = life(100, 30);
    let [_, _, left, _] = split();
    let evil = r"\u001b[2J\u202e\u0007";
    let image = |value: &str| format!(r#"{{"pk":{{"S":"{evil}"}},"{evil}":{{"S":"{value}{evil}"}}}}"#);
    let records = [
        record(20, -9, "INSERT", evil, "", &image("a")),
        record(21, -8, "MODIFY", evil, &image("a"), &image("b")),
        record(22, -7, "MODIFY", evil, &image("c"), &image("d")),
    ];
    stage.arrive(&left, &records, false);
    stage.keys("G Enter a");
    for _ in 0..4 {
        let screen = stage.screen();
        assert!(screen.contains("History"), "{screen}");
        let is_dangerous = |c: &char| *c != '\n' && dynascope::model::text::is_dangerous(*c);
        assert_eq!(screen.chars().find(is_dangerous), None);
        stage.keys("k v");
    }
}

#[test]
fn a_shard_of_the_item_that_is_not_read_makes_the_history_incomplete() {
    let mut stage = opened(120, 30);
    let [_, _, left, right] = split();
    let fail = |stage: &mut Stage, shard| {
        let kind = ErrorKind::AccessDenied(Operation::GetRecords);
        let error = SourceError { operation: Operation::GetRecords, kind, message: String::new() };
        let tail = stage.tail(shard);
        stage.act(Action::Report(Report::TailStopped { tail, error }));
    };
    fail(&mut stage, &right);
    assert!(!stage.screen().contains("not complete"), "it is none of the item's shards");
    fail(&mut stage, &left);
    assert!(stage.screen().contains("not complete: …2222bb34 is not read"), "{}", stage.screen());
}
