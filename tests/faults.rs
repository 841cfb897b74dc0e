//! Faults of the world around the whole program: clocks, credentials, servers that hang.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use support::screen::Screen;

#[test]
fn the_explorer_goes_by_the_service_s_clock() {
    let args = ["demo", "--at", "2020-02-02T12:00:00Z"];
    let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(&args).size(140, 40).spawn();
    screen.wait_for_text("orders");
    screen.keys("/orders<Enter>");
    screen.wait_for_no_text("payments");
    screen.keys("<Enter>");
    screen.wait_for_text("MODIFY");
    screen.wait_for_text("LIVE from 11:55");
    screen.wait_for_text("lag 0");
    assert!(screen.text().contains("12:00 UTC"), "{}", screen.text());
}
