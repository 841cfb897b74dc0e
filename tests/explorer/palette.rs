//! The palette of every action, and keys of one's own.

use insta::assert_snapshot;

use crate::stage::{Stage, reading_orders, shop};
use dynascope::app::{Config, Effect, Pane};
use dynascope::config::{KeyNames, Keys};
use dynascope::follow::{Pace, ReadingId, Request, TailId};

#[test]
fn the_palette_shows_what_fits_and_marks_what_enter_does() {
    let mut stage = Stage::ready(60, 16, shop());
    stage.keys(": to Space the Down");
    assert_snapshot!(stage.styled(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · r… 12:03 UTC
     [1 Streams]  2 Shards   3 Records   4 Diff
    ╭ ╭ Actions · Enter does it · Esc closes ────────────────╮ ╮
    │ │ : to the▏                                            │D│
    │▸│   to the first                                g Home │W│
    │ │ ▸ to the last; among records this follows      G End │f│
    │ │   to the streams                                   1 │ │
    │ │   to the shards                                    2 │ │
    │ │   to the records                                   3 │ │
    │ │   to the diff                                      4 │ │
    │ │   to the next pane                               Tab │ │
    │ │   to the pane before                       Shift-Tab │ │
    │ │   show or hide the diff                            d │ │
    │ ╰──────────────────────────────────────────────────────╯ │
    ╰──────────────────────────────────────────────────────────╯
                                    Enter read  ? help  q quit
    aaaaaaaaaaaaa
    .bbbbbbbbbbb.cccccccccc.ccccccccccc.cccccccc
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    bdbeee......b............................................bdb
    bcbeee............................................eeeeeeebcb
    bcbfffgggggggggggggggggggggggggggggggggggggggggggggffffffbcb
    b.beee.................................................eeb.b
    b.beee.................................................eeb.b
    b.beee.................................................eeb.b
    b.beee.................................................eeb.b
    b.beee...............................................eeeeb.b
    b.beee.........................................eeeeeeeeeeb.b
    b.beee.................................................eeb.b
    b.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.b
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    ................................eeeee.cccc..e.cccc..e.cccc
    a BOLD
    b Cyan BOLD
    c DIM
    d DIM UNDERLINED
    e Cyan
    f Cyan REVERSED
    g REVERSED
    "#);
}

#[test]
fn what_is_chosen_is_done_as_if_by_its_key() {
    let mut stage = reading_orders(140, 40);
    stage.take_effects();
    stage.keys(": s t o p Enter");
    let stop = |number| {
        let tail = TailId { reading: ReadingId(1), number };
        Effect::Request(Request::SetPace(tail, Pace::Stopped))
    };
    let mut effects = stage.take_effects();
    effects.sort_by_key(|effect| format!("{effect:?}"));
    assert_eq!(effects, [stop(1), stop(2)]);
    assert_eq!(stage.state.popup, None);
}

#[test]
fn an_action_of_another_pane_goes_there_first() {
    let mut stage = reading_orders(140, 40);
    stage.keys("1 : next-change Enter");
    assert_eq!(stage.state.focus, Pane::Diff);
    assert_eq!(stage.state.diff.cursor, 1);
}

#[test]
fn an_action_of_a_pane_that_is_not_there_is_told() {
    let mut stage = reading_orders(140, 40);
    stage.take_effects();
    stage.keys("3 : back Space to Space the Space records Enter");
    assert_eq!(stage.state.notice(), Some("there is no history now"));
    assert_eq!((stage.take_effects(), stage.state.focus), (vec![], Pane::Records));
}

#[test]
fn the_cursor_stays_among_the_actions_and_new_letters_start_anew() {
    let mut stage = reading_orders(140, 40);
    let mark = |stage: &mut Stage| {
        let screen = stage.screen();
        let line = screen.lines().find(|line| line.contains("▸ half")).unwrap_or_default();
        line.split("▸ ").nth(1).unwrap_or_default().split("   ").next().unwrap_or_default().to_owned()
    };
    stage.keys(": half");
    assert_eq!(mark(&mut stage), "half a page down");
    stage.keys("Down Down Down");
    assert_eq!(mark(&mut stage), "half a page up");
    stage.keys("Up Up Up");
    assert_eq!(mark(&mut stage), "half a page down");
    stage.keys("Down Space page");
    assert_eq!(mark(&mut stage), "half a page down");
    stage.keys("qqq");
    assert!(stage.screen().contains("no action has these letters"));
    stage.take_effects();
    stage.keys("Enter Esc");
    assert_eq!((stage.take_effects(), &stage.state.popup), (vec![], &None));
}

#[test]
fn keys_of_one_s_own_work_and_are_what_the_help_and_the_status_line_say() {
    let keys = [("follow", "F"), ("show-help", "F1")];
    let keys: Keys = keys.map(|(action, key)| (action.to_owned(), KeyNames(vec![key.to_owned()]))).into();
    let mut stage = Stage::ready_with(140, 40, Config { keys, ..Config::default() }, shop());
    stage.keys("Enter 3");
    let status = stage.screen().lines().last().unwrap_or_default().to_owned();
    assert!(status.contains("F follow") && status.contains("F1 help"), "{status}");
    stage.keys("?");
    assert_eq!(stage.state.popup, None);
    stage.keys(": newest");
    assert!(stage.screen().contains("F │"), "{}", stage.screen());
}
