//! What goes to a capture, how its writing is shown, and markers.

use insta::assert_snapshot;

use crate::stage::{PAID, Stage, arn, page, reading_orders, record, shop, split};
use dynascope::app::{Action, Config, Effect};
use dynascope::follow::{Report, Start};
use dynascope::journal::{Entry, Kept, StreamFact};
use dynascope::model::{
    ErrorKind, Gap, GapReason, Marker, Operation, Shard, SourceError, StreamArn, StreamStatus, ViewType,
};
use dynascope::store::RecordRef;

const NEW: &str = r#"{"pk":{"S":"ord#92"},"status":{"S":"NEW"}}"#;

fn orders() -> StreamArn {
    arn("orders", "2026-10-01T08:00:00.000")
}

/// The orders being read, and captured.
fn capturing(width: u16, height: u16) -> Stage {
    let config = Config { capture: Some("c.jsonl".into()), ..Config::default() };
    let mut stage = Stage::ready_with(width, height, config, shop());
    stage.keys("Enter");
    stage
}

/// What went to the capture since it was last asked.
fn captured(stage: &mut Stage) -> Vec<Entry> {
    let entry = |effect| if let Effect::Capture(entry) = effect { Some(entry) } else { None };
    stage.take_effects().into_iter().filter_map(entry).collect()
}

fn listed(shard: &Shard) -> Entry {
    Entry::Shard { stream: orders(), shard: shard.clone() }
}

fn fact(status: StreamStatus) -> Entry {
    let key_names = vec!["pk".into()];
    Entry::Stream(StreamFact { stream: orders(), status, view_type: ViewType::NewAndOldImages, key_names })
}

#[test]
fn everything_that_is_read_is_captured_behind_the_facts_that_it_needs() {
    let mut stage = capturing(140, 40);
    let [root, rolled, left, right] = split();
    let shards = [&root, &rolled, &left, &right].map(listed);
    assert_eq!(captured(&mut stage), [&[fact(StreamStatus::Enabled)][..], &shards].concat());
    let records = [record(1, -3, "INSERT", "ord#92", "", NEW), "7".to_owned()];
    let read = |shard: &Shard, records: &[String]| Entry::Page {
        stream: orders(),
        shard: shard.id.clone(),
        page: page(records),
    };
    // A filter narrows the view, not the capture.
    stage.keys("/ nothing Enter");
    stage.arrive(&left, &records, false);
    assert_eq!(captured(&mut stage), [read(&left, &records)]);
    stage.arrive(&left, &[], false);
    assert_eq!(captured(&mut stage), [], "an empty page says nothing");
    let (operation, kind) = (Operation::GetShardIterator, ErrorKind::TrimmedData);
    let error = SourceError { operation, kind, message: String::new() };
    let trimmed = Report::TailStopped { tail: stage.tail(&left), error };
    stage.act(Action::Report(trimmed));
    let after = Some(dynascope::model::SequenceNumber::new("100000000000000000001"));
    let gap = Gap::in_shard(left.id.clone(), GapReason::Trimmed, after);
    assert_eq!(captured(&mut stage), [Entry::Gap { stream: orders(), gap }]);
}

#[test]
fn what_is_dropped_is_not_captured() {
    let mut stage = capturing(140, 40);
    let [_, _, left, _] = split();
    stage.keys("/ status='NEW' Enter Ctrl-k");
    captured(&mut stage);
    let [new, paid] =
        [record(1, -3, "INSERT", "ord#92", "", NEW), record(2, -2, "INSERT", "ord#91", "", PAID)];
    stage.arrive(&left, &[new, paid], false);
    let [Entry::Page { page, .. }] = &captured(&mut stage)[..] else { panic!("one page") };
    let ids: Vec<&str> = page.records().map(RecordRef::event_id).collect();
    assert_eq!(ids, ["e1"]);
}

#[test]
fn without_a_capture_nothing_goes_there() {
    let mut stage = reading_orders(140, 40);
    stage.keys("m Enter");
    assert_eq!(captured(&mut stage), []);
    assert_eq!(stage.state.end(), []);
}

#[test]
fn a_marker_is_dropped_at_the_key_press_and_captured_with_its_label() {
    let mut stage = capturing(140, 40);
    stage.pass(3);
    let time = stage.now;
    let marker = |label: &str| Entry::Marker(Marker { time, label: label.into() });
    captured(&mut stage);
    stage.keys("m");
    stage.pass(5);
    assert_eq!(captured(&mut stage), [], "its label is not known");
    stage.keys("run Space 3 Enter");
    assert_eq!(captured(&mut stage), [marker("run 3")]);
    // Esc leaves it without a label; so does the end.
    let time = stage.now;
    let marker = |label: &str| Entry::Marker(Marker { time, label: label.into() });
    stage.keys("m no Esc");
    assert_eq!(captured(&mut stage), [marker("")]);
    stage.keys("m half");
    assert_eq!(captured(&mut stage), []);
    assert_eq!(stage.state.end(), [Effect::Capture(marker("half"))]);
    assert_eq!(stage.state.end(), []);
    let reading = stage.state.reading.as_ref().unwrap();
    assert_eq!(reading.markers.len(), 3);
}

#[test]
fn markers_stand_between_records_whatever_is_filtered() {
    let mut stage = reading_orders(100, 24);
    let [_, _, left, _] = split();
    stage.keys("3 m run Space 3 Enter");
    stage.pass(3);
    stage.keys("m Esc");
    stage.arrive(&left, &[record(4, 9, "INSERT", "ord#93", "", NEW)], false);
    stage.keys("k");
    assert_snapshot!(stage.styled(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only                                  12:03 UTC
    ╭ 1 Streams ──── 3 ╮╭ 2 Shards · orders ────────────╮╭ 3 Records · orders · from 11:58 ───────── 6 ╮
    │ ● orders  NEW+OLD││▾ all shards              0.1/s││12:03:02 + ord#92 2 attributes           42 B│
    │▸● payments +1 NEW││ ▾ 03:43:05 …0000f35f closed o…││12:03:03 - ord#17 2 attributes           42 B│
    │ ○ audit       off││ ▾ 07:43:05 …1111aa12 closed o…││12:03:04 ~ ord#91 lines +3              269 B│
    │                  ││    11:43:05 …2222bb34 open    ││───── marker 1 · "run 3" ────────────────────│
    │                  ││    11:43:05 …3333cc56 open    ││───── marker 2 ──────────────────────────────│
    │                  ││                               ││12:03:14 + ord#93 2 attributes           42 B│
    │                  ││                               ││                                             │
    │                  ││                               ││                                             │
    │                  ││                               ││                                             │
    │                  ││                               ││                                             │
    │                  ││                               ││                                             │
    │                  ││                               ││                                             │
    ╰──────────────────╯╰───────────────────────────────╯╰─ ↓ 0 came since · G follows again ──────────╯
    ╭ 4 Diff · marker 2 ───────────────────────────────────────────────────────────────── changed only ╮
    │   Dropped at 2026-10-06T12:03:12Z.                                                               │
    │   It has no label.                                                                               │
    │                                                                                                  │
    │                                                                                                  │
    │                                                                                                  │
    │                                                                                                  │
    ╰──────────────────────────────────────────────────────────────────────────────────────────────────╯
                   █ 15m   +2 ~1 -1   lag 3.0s   Enter open  / filter  v mode  f follow  ? help  q quit
    aaaaaaaaaaaaa
    baaaaaaaaaaabbbbaaabbaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbccccccccccccccccccccccccccccccccccccccccccccccc
    bdefgggggggfdddddddbbdfggggggggggffffffffffffffdddddbcbbbbbbbbbh.aaaaaa........................bbbbc
    bbh.............bbbbb.b.bbbbbbbb...........bbbbbbbbbbcbbbbbbbbbi.aaaaaa........................bbbbc
    bbb.............bbbbb.b.bbbbbbbb...........bbbbbbbbbbcbbbbbbbbbj.aaaaaa.......................bbbbbc
    b..................bb..b.bbbbbbbb...........hhhhhhh.bckkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkc
    b..................bb..b.bbbbbbbb...........hhhhhhh.bclllllllllllllllllllllllllllllllllllllllllllllc
    b..................bb...............................bcbbbbbbbbbh.aaaaaa........................bbbbc
    b..................bb...............................bc.............................................c
    b..................bb...............................bc.............................................c
    b..................bb...............................bc.............................................c
    b..................bb...............................bc.............................................c
    b..................bb...............................bc.............................................c
    b..................bb...............................bc.............................................c
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbccmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmccccccccccc
    baaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbaaaaaaaaaaaaaab
    bfffddddddddddddddddddddddddddddddddfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffb
    b...bbbbbbbbbbbbbbbb...............................................................................b
    b..................................................................................................b
    b..................................................................................................b
    b..................................................................................................b
    b..................................................................................................b
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    .jjjjjjjjjjjjjjjjjjj.........................nnnnn.bbbb..n.bbbbbb..n.bbbb..n.bbbbbb..n.bbbb..n.bbbb
    a BOLD
    b DIM
    c Cyan BOLD
    d DIM UNDERLINED
    e Green UNDERLINED
    f UNDERLINED
    g BOLD UNDERLINED
    h Green
    i Red
    j Yellow
    k Magenta BOLD
    l Magenta BOLD REVERSED
    m Cyan BOLD DIM
    n Cyan
    "#);
    stage.keys("k");
    assert!(stage.screen().contains("4 Diff · marker 1"), "{}", stage.screen());
    stage.keys("/ nothing Enter");
    let screen = stage.screen();
    assert!(screen.contains("marker 1 · \"run 3\"") && screen.contains("marker 2 ─"), "{screen}");
    assert!(!screen.contains("INSERT"), "{screen}");
    stage.theme = stage.theme.in_ascii();
    assert!(stage.screen().contains("----- marker 2 ----"), "{}", stage.screen());
    // Of one shard they are shown, too.
    stage.keys("Esc 2 j");
    assert!(stage.screen().contains("marker 2"), "{}", stage.screen());
}

#[test]
fn a_label_is_shown_where_the_marker_was_seen_without_it() {
    let mut stage = reading_orders(100, 24);
    stage.keys("3 m");
    let screen = stage.screen();
    assert!(screen.contains("─ marker 1 ─") && screen.contains("It has no label."), "{screen}");
    stage.keys("a\u{1b}b Enter");
    let screen = stage.screen();
    assert!(screen.contains("marker 1 · \"a␛b\"") || screen.contains("marker 1 · \"a\\x1bb\""), "{screen}");
    assert!(!screen.contains("It has no label."), "{screen}");
}

#[test]
fn a_search_beside_finds_the_markers_too() {
    let mut stage = reading_orders(100, 24);
    let [_, _, left, _] = split();
    stage.keys("m here Enter");
    let many: Vec<String> = (10..2_500).map(|n| record(n, 20, "INSERT", "ord#1", "", NEW)).collect();
    stage.arrive(&left, &many, false);
    stage.keys("3 / ord#17 Enter g");
    let screen = stage.screen();
    assert!(screen.contains("marker 1 · \"here\"") && screen.contains("REMOVE"), "{screen}");
}

#[test]
fn what_is_captured_is_no_reason_to_ask_before_quitting_unless_something_is_missing() {
    let mut stage = capturing(140, 40);
    let [_, _, left, _] = split();
    stage.arrive(&left, &[record(1, -3, "INSERT", "ord#92", "", NEW)], false);
    stage.pass(120);
    let trouble = Kept { trouble: Some("No space left on device".into()), ..Kept::default() };
    stage.act(Action::Captured(trouble));
    stage.take_effects();
    stage.keys("q");
    assert_eq!(stage.take_effects(), []);
    stage.keys("Esc");
    stage.act(Action::Captured(Kept { records: 1, ..Kept::default() }));
    stage.keys("q");
    assert_eq!(stage.take_effects(), [Effect::Quit]);
}

#[test]
fn how_much_is_captured_is_in_the_header_and_what_goes_wrong_in_a_banner() {
    let mut stage = capturing(100, 24);
    stage.screen();
    stage.state.is_dirty = false;
    stage.act(Action::Captured(Kept { records: 12_408, bytes: 2_100_000, ..Kept::default() }));
    assert!(!stage.state.is_dirty, "a number is no reason for a frame");
    stage.pass(1);
    assert!(stage.state.is_dirty);
    let first = |stage: &mut Stage, lines: usize| -> String {
        stage.screen().split_inclusive('\n').take(lines).collect()
    };
    let header = " dynascope   prod · eu-west-1 · 123456789012 · read-only     ● captured 12,408 · 2.1 MB   12:03 UTC\n";
    assert_eq!(first(&mut stage, 1), header);
    let trouble = Some("No space left on device (os error 28)".to_owned());
    stage.act(Action::Captured(Kept { records: 12_408, bytes: 2_100_000, trouble, left_out: 3 }));
    let shown = first(&mut stage, 2);
    let banner = " ! c.jsonl cannot be written: No space left on device (os error 28). Reading goes on;";
    assert!(shown.contains(" ! captured 12,408 · ") && shown.contains(banner), "{shown}");
    assert!(stage.state.notice().unwrap().starts_with("the capture cannot be written: No space left"));
    stage.act(Action::Captured(Kept { records: 12_500, bytes: 2_200_000, trouble: None, left_out: 3 }));
    assert_eq!(
        stage.state.notice(),
        Some("the capture is written again; 3 records were too many to wait and are missing: a gap in it")
    );
    assert!(stage.state.banner().is_none());
    let summary = stage.state.summary().unwrap();
    assert!(summary.contains(" · 12,500 captured to c.jsonl, not all · again: "), "{summary}");
}

#[test]
fn what_was_asked_for_and_not_read_is_a_gap_of_the_capture_in_the_end() {
    let mut stage = capturing(140, 40);
    let [_, _, left, right] = split();
    for shard in [&left, &right] {
        stage.arrive(shard, &[record(1, -3, "INSERT", "ord#92", "", NEW)], false);
    }
    assert_eq!(stage.state.end(), []);
    let (now, hours) = (stage.now, std::time::Duration::from_hours(1));
    let reading = stage.state.reading.as_mut().unwrap();
    reading.seek(Start::Since(now.minus(hours)), 77, now);
    captured(&mut stage);
    let gaps: Vec<Gap> = stage
        .state
        .end()
        .into_iter()
        .map(|effect| {
            let Effect::Capture(Entry::Gap { gap, .. }) = effect else { panic!("{effect:?} is no gap") };
            gap
        })
        .collect();
    assert!(!gaps.is_empty());
    for gap in &gaps {
        assert!(
            matches!(gap.reason, GapReason::NotRead { from, until } if from < until && until <= now),
            "{gap:?}"
        );
    }
}
