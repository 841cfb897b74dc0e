//! Files in place of AWS: what they bring is shown as if it were read, and nothing is asked for.

use crate::stage::{NOON, PAID, Stage, arn, page, record, shard};
use dynascope::app::{Action, Config, Effect, First};
use dynascope::journal::{Captured, Entry, Lines, SoFar, StreamFact};
use dynascope::model::{Gap, GapReason, Marker, Shard, StreamArn, StreamStatus, ViewType};

const NEW: &str = r#"{"pk":{"S":"ord#92"},"status":{"S":"NEW"}}"#;

fn orders() -> StreamArn {
    arn("orders", "2026-10-01T08:00:00.000")
}

fn offline() -> Stage {
    let config = Config { files: vec!["a.jsonl".into()], ..Config::default() };
    let mut stage = Stage::new(140, 40, config, vec![]);
    stage.pass(1);
    stage
}

fn load(stage: &mut Stage, entries: Vec<Entry>, so_far: SoFar) {
    stage.act(Action::Loaded(Box::new(Captured { entries, so_far })));
}

fn read(shard: &Shard, records: &[String]) -> Entry {
    Entry::Page { stream: orders(), shard: shard.id.clone(), page: page(records) }
}

/// The rows of the records' pane that hold a sign of an event.
fn events(stage: &mut Stage) -> Vec<String> {
    let screen = stage.screen();
    let rows = screen.lines().filter(|line| line.contains("INSERT ") || line.contains("MODIFY "));
    let pane = |line: &str| line.rsplit("││").next().unwrap_or_default().to_owned();
    rows.filter(|line| !line.contains("4 Diff")).map(pane).collect()
}

#[test]
fn what_files_bring_stands_still_and_nothing_is_asked_for() {
    let mut stage = offline();
    assert!(stage.screen().contains("reading"));
    let (root, other) = (shard(60, "aaaaaaaa", None, true), shard(50, "bbbbbbbb", None, false));
    let child = shard(30, "cccccccc", Some(&root), false);
    let key_names = vec!["pk".into()];
    let fact = StreamFact {
        stream: orders(),
        status: StreamStatus::Enabled,
        view_type: ViewType::NewAndOldImages,
        key_names,
    };
    let first = vec![
        Entry::Stream(fact),
        Entry::Shard { stream: orders(), shard: root.clone() },
        Entry::Shard { stream: orders(), shard: child.clone() },
        read(&root, &[record(5, -300, "INSERT", "ord#92", "", NEW)]),
        read(&child, &[record(7, -200, "MODIFY", "ord#92", NEW, PAID)]),
    ];
    let bad = Lines { count: 3, first: None };
    let so_far = SoFar { bytes: 41, of: Some(100), records: 2, bad, ..SoFar::default() };
    load(&mut stage, first, so_far.clone());
    let screen = stage.screen();
    assert!(screen.contains("offline · a.jsonl · 41% · 2 records · 3 bad lines"), "{screen}");
    assert!(screen.contains("4 Diff · ord#92 · INSERT"), "it opens at the first record:\n{screen}");
    assert!(!screen.contains("calls/s") && !screen.contains("lag"), "{screen}");
    // An earlier file of the first shard, a shard that no fact names, a gap and a marker.
    let gap = Gap::in_shard(child.id.clone(), GapReason::Trimmed, None);
    let second = vec![
        read(&root, &[record(2, -400, "INSERT", "ord#17", "", NEW)]),
        read(&other, &[record(3, -250, "INSERT", "ord#3", "", NEW)]),
        Entry::Gap { stream: orders(), gap },
        Entry::Marker(Marker { time: NOON, label: "run 3".into() }),
    ];
    load(&mut stage, second, SoFar { bytes: 100, records: 4, is_done: true, ..so_far });
    let keys = ["ord#17", "ord#92", "ord#3", "ord#92"];
    let rows = events(&mut stage);
    assert!(rows.iter().zip(keys).all(|(row, key)| row.contains(key)) && rows.len() == 4, "{rows:#?}");
    let screen = stage.screen();
    assert!(screen.contains("4 Diff · ord#92 · INSERT"), "the selection stays on its record:\n{screen}");
    assert!(screen.contains("gap in") && screen.contains("run 3"), "{screen}");
    assert!(screen.contains("offline · a.jsonl · 4 records") && screen.contains("captured"), "{screen}");
    for (key, said) in [("f", "G goes to its end"), ("P", "this is a file"), ("R", "nothing to try again")] {
        stage.keys(key);
        assert!(stage.screen().contains(said), "{key}: {}", stage.screen());
    }
    stage.keys("H");
    assert!(stage.screen().contains("of what was captured 11:56:25–12:03:05"), "{}", stage.screen());
    stage.keys("b");
    assert!(stage.screen().contains("nothing further back"), "{}", stage.screen());
    let asked = stage.take_effects().into_iter().any(|effect| matches!(effect, Effect::Request(_)));
    assert!(!asked, "there is nobody to ask");
}

#[test]
fn a_filter_from_the_command_line_meets_all_that_files_bring_and_nothing_is_lost_in_between() {
    let first = First { filter: "status = 'PAID'".into(), ..First::default() };
    let config = Config { files: vec!["a.jsonl".into()], first, ..Config::default() };
    let mut stage = Stage::new(140, 40, config, vec![]);
    let root = shard(60, "aaaaaaaa", None, true);
    for number in 0..3 {
        let time = i64::from(number) - 100;
        let records = [
            record(2 * number, time, "INSERT", &format!("ord#{number}"), "", NEW),
            record(2 * number + 1, time, "MODIFY", &format!("ord#{number}"), NEW, PAID),
        ];
        let so_far = SoFar { records: u64::from(number) * 2 + 2, is_done: number == 2, ..SoFar::default() };
        load(&mut stage, vec![read(&root, &records)], so_far);
    }
    let rows = events(&mut stage);
    assert!(rows.len() == 3 && rows.iter().all(|row| row.contains("MODIFY")), "{rows:#?}");
    assert!(stage.screen().contains("4 Diff · ord#0 · MODIFY"), "the first match:\n{}", stage.screen());
    stage.keys("/ Ctrl-u Enter");
    assert_eq!(events(&mut stage).len(), 6);
}
