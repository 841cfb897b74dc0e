//! The explorer itself, in a terminal and on the demo service: back to what was not read, and cancelled.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::time::Duration;

use dynascope::demo::{Contents, Demo, DemoConfig, Fault, RefusalKind, Rule};
use dynascope::model::time::Zone;
use dynascope::model::{Operation, Time, ViewType};
use support::AWS_ENVIRONMENT;
use support::screen::{Exit, Screen};

/// A version of one item each minute, the first one twenty minutes ago.
fn old() -> (Demo, Vec<Time>) {
    let demo = Demo::serve(&DemoConfig { contents: Contents::Nothing, ..DemoConfig::default() }, 0).unwrap();
    let first = Time::from_seconds(demo.now().seconds()).minus(Duration::from_mins(20));
    let times: Vec<Time> = (0..20).map(|minute| first.plus(Duration::from_mins(minute))).collect();
    let mut service = demo.service().lock().unwrap();
    let stream = service.create_stream("old", ViewType::NewAndOldImages, 1, first);
    for (version, time) in (1..).zip(&times) {
        let image = format!("{{\"version\":{{\"N\":\"{version}\"}}}}");
        service.put(&stream, "the item", None, Some(&image), *time).unwrap();
    }
    drop(service);
    (demo, times)
}

#[test]
fn reading_back_is_cancelled_and_what_was_not_read_is_read_later() {
    let (demo, times) = old();
    let clock = |time: Time| time.clock(Zone::Utc);
    let mut start = Screen::command(env!("CARGO_BIN_EXE_dynascope"))
        .args(&["--endpoint-url", demo.endpoint(), "old"])
        .size(120, 40);
    for (name, value) in AWS_ENVIRONMENT {
        start = start.env(name, value);
    }
    let mut screen = start.spawn();
    screen.wait_for_text(&clock(times[19]));
    screen.wait_for_text("● LIVE");
    let throttled = Rule {
        operation: Some(Operation::GetRecords),
        ..Rule::always(Fault::Refuse(RefusalKind::Throttling))
    };
    demo.service().lock().unwrap().faults.rules = vec![throttled];
    screen.keys("@-12m<Enter>");
    screen.wait_for_text("Ctrl-C cancels");
    screen.keys("<C-c>");
    screen.wait_for_text("not read: ");
    demo.service().lock().unwrap().faults.rules = vec![];
    screen.keys("b");
    screen.wait_for_no_text("not read: ");
    screen.keys("g");
    screen.wait_for_text(&clock(times[1]));
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}
