//! What is ignored in a table, who made a change, and records that are noise.

use insta::assert_snapshot;

use crate::stage::{NOON, Stage, page, record, shop, split};
use dynascope::app::{Action, Config, Effect, Found, SearchJob, update};
use dynascope::config::{AttributePath, Table, Tables};
use dynascope::follow::{Report, Request};
use dynascope::store::RecordId;

fn orders(ignore: &[&str], actor: &[&str]) -> Tables {
    let paths = |texts: &[&str]| texts.iter().map(|text| AttributePath(text.parse().unwrap())).collect();
    [("orders".to_owned(), Table { ignore: paths(ignore), actor: paths(actor) })].into()
}

fn item(status: &str, version: u32, by: &str) -> String {
    format!(
        r#"{{"pk":{{"S":"ord#1"}},"status":{{"S":"{status}"}},"meta":{{"M":{{"version":{{"N":"{version}"}},"by":{{"S":"{by}"}}}}}}}}"#
    )
}

/// A modify in which only the version changed, one in which more did, and an insert.
fn records() -> [String; 3] {
    [
        record(1, -3, "INSERT", "ord#1", "", &item("NEW", 1, "ann")),
        record(2, -2, "MODIFY", "ord#1", &item("NEW", 1, "ann"), &item("NEW", 2, "ann")),
        record(3, -1, "MODIFY", "ord#1", &item("NEW", 2, "ann"), &item("PAID", 3, r"\u001b[2J")),
    ]
}

fn reading(width: u16, height: u16, tables: Tables) -> Stage {
    let mut stage = Stage::ready_with(width, height, Config { tables, ..Config::default() }, shop());
    stage.keys("Enter");
    let [_, _, left, _] = split();
    stage.arrive(&left, &records(), false);
    stage
}

fn len(stage: &Stage) -> usize {
    let reading = stage.state.reading.as_ref().unwrap();
    stage.state.records.timeline(reading).len()
}

#[test]
fn a_record_that_is_noise_is_dimmed_and_badged_and_the_actor_has_a_column() {
    let mut stage = reading(84, 12, orders(&["meta.version"], &["meta.by"]));
    assert_snapshot!(stage.styled(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only                  12:03 UTC
      1 Streams   2 Shards  [3 Records]  4 Diff
    ╭ 3 Records · orders · catching up from 11:58 ────────────────────────────────── 3 ╮
    │12:03:02 + INSERT ord#1 by ann     3 attributes                               93 B│
    │12:03:03 ~ MODIFY ord#1 by ann     noise meta.version 1 → 2                  186 B│
    │12:03:04 ~ MODIFY ord#1 by \x1b[2J meta.by +2                                193 B│
    │                                                                                  │
    │                                                                                  │
    │                                                                                  │
    │                                                                                  │
    ╰──────────────────────────────────────────────────────────────────────────────────╯
                   █ 15m   +1 ~2 -0       Enter open  / filter  v mode  ? help  q quit
    aaaaaaaaaaaaa
    .bbbbbbbbbbb.bbbbbbbbbb.ccccccccccc.bbbbbbbb
    cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    cbbbbbbbbbd.dddddddaaaaa.bbbbbbbbbb............................................bbbbc
    cbbbbbbbbbb.bbbbbbbbbbbb.bbbbbbbbbb.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.bbbbbc
    ceeeeeeeeefgfffffffhhhhhgeeeeeeeeeegggggggggggggggggggggggggggggggggggggggggggeeeeec
    c..................................................................................c
    c..................................................................................c
    c..................................................................................c
    c..................................................................................c
    cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    .iiiiiiiiiiiiiiiiiii..................jjjjj.bbbb..j.bbbbbb..j.bbbb..j.bbbb..j.bbbb
    a BOLD
    b DIM
    c Cyan BOLD
    d Green
    e DIM REVERSED
    f Yellow REVERSED
    g REVERSED
    h BOLD REVERSED
    i Yellow
    j Cyan
    "#);
}

#[test]
fn what_is_ignored_is_not_what_a_record_is_told_by() {
    let mut stage = reading(84, 12, orders(&["meta"], &[]));
    assert!(stage.screen().contains("~ MODIFY ord#1 status +2"), "{}", stage.screen());
}

#[test]
fn the_diff_says_who_made_the_change() {
    let mut stage = reading(84, 12, orders(&[], &["meta.by"]));
    stage.keys("3 g Enter");
    assert!(stage.screen().contains("4 Diff · ord#1 · INSERT · 3 changes · by ann"), "{}", stage.screen());
}

#[test]
fn a_path_of_the_diff_is_ignored_by_a_key_and_counts_again_by_the_same() {
    let mut stage = reading(140, 24, Tables::new());
    stage.keys("3 g j Enter");
    stage.take_effects();
    stage.keys("I");
    assert_eq!(stage.take_effects(), []);
    assert_eq!(
        stage.state.notice(),
        Some("ignored; in the config [table.orders] ignore = [\"meta.version\"] keeps it so")
    );
    assert!(stage.screen().contains("noise meta.version 1 → 2"), "{}", stage.screen());
    let status = stage.screen().lines().last().unwrap_or_default().to_owned();
    assert!(status.contains("[table.orders] ignore = [\"meta.version\"] keeps it so"), "{status}");
    assert!(status.ends_with("? help  q quit"), "{status}");
    stage.keys("I");
    assert_eq!(stage.state.notice(), Some("meta.version of orders counts again"));
    assert!(!stage.screen().contains("noise"), "{}", stage.screen());
    stage.keys("3 : ignore Space path Enter k k k k k k k k k k I");
    assert!(stage.state.notice().is_some(), "a row that is about no attribute is told");
}

#[test]
fn hidden_noise_is_counted_and_comes_back() {
    let mut stage = reading(140, 24, orders(&["meta.version"], &[]));
    stage.take_effects();
    stage.keys("3 I");
    let effects = stage.take_effects();
    let [Effect::Search(SearchJob { pages, filter: None, .. })] = &effects[..] else { panic!("{effects:?}") };
    let version = [AttributePath("meta.version".parse().unwrap())];
    assert_eq!(pages.iter().map(|page| page.first).collect::<Vec<_>>(), [RecordId(0)]);
    assert_eq!(*pages[0].ignored, version);
    assert_eq!(len(&stage), 2);
    assert!(stage.screen().contains(" 1 hidden as noise · I shows them "), "{}", stage.screen());
    stage.keys("/ ord Enter");
    assert!(stage.screen().contains(" 1 hidden as noise "), "{}", stage.screen());
    stage.keys("I Esc");
    assert_eq!(len(&stage), 3);
    assert!(!stage.screen().contains("hidden as"), "{}", stage.screen());
}

#[test]
fn what_is_ignored_by_a_key_is_hidden_at_once_while_noise_is_hidden() {
    let mut stage = reading(140, 24, Tables::new());
    stage.keys("3 I");
    assert_eq!(stage.state.notice(), Some("nothing is ignored yet: I on a path of the diff ignores it"));
    stage.keys("g j Enter I");
    assert_eq!(len(&stage), 2);
    assert!(stage.screen().contains("1 hidden as noise"), "{}", stage.screen());
}

#[test]
fn what_comes_while_noise_is_hidden_is_looked_at_by_one_search_after_the_other() {
    let mut stage = reading(140, 24, orders(&["meta.version"], &[]));
    stage.keys("3 I g");
    let [_, _, left, right] = split();
    let act = |stage: &mut Stage, action| -> Vec<SearchJob> {
        let effects = update(&mut stage.state, action, NOON);
        effects
            .into_iter()
            .filter_map(|effect| {
                if let Effect::Search(job) = effect {
                    return Some(job);
                }
                assert!(matches!(effect, Effect::Request(Request::SetPace(..))), "{effect:?}");
                None
            })
            .collect()
    };
    let arrive = |stage: &Stage, shard, number: u32| {
        let noise = record(number, 0, "MODIFY", "ord#1", &item("NEW", 1, "a"), &item("NEW", 2, "a"));
        let other = record(number + 1, 0, "MODIFY", "ord#1", &item("NEW", 2, "a"), &item("OLD", 3, "a"));
        Action::Report(Report::PageRead { tail: stage.tail(shard), page: page(&[noise, other]), end: false })
    };
    let action = arrive(&stage, &left, 10);
    let jobs = act(&mut stage, action);
    assert_eq!(jobs.iter().map(|job| job.pages[0].first).collect::<Vec<_>>(), [RecordId(3)]);
    assert_eq!(len(&stage), 2, "nothing is parsed on the thread of the screen");
    let action = arrive(&stage, &right, 20);
    assert_eq!(act(&mut stage, action), [], "one search at a time");
    let action = arrive(&stage, &left, 30);
    assert_eq!(act(&mut stage, action), []);

    let found = |ids: &[u64], seen, hidden| {
        let ids = ids.iter().copied().map(RecordId).collect();
        Action::Found(Found {
            generation: jobs[0].generation,
            ids,
            seen,
            hidden,
            is_done: true,
            ..Found::default()
        })
    };
    let next = act(&mut stage, found(&[4], 2, 1));
    let pages: Vec<RecordId> = next.iter().flat_map(|job| &job.pages).map(|page| page.first).collect();
    assert_eq!(pages, [RecordId(7), RecordId(5)], "all that came meanwhile, newest first");
    assert_eq!((len(&stage), stage.state.records.since), (3, 1));
    assert_eq!(act(&mut stage, found(&[6, 8], 4, 2)), []);
    assert_eq!((len(&stage), stage.state.records.since), (5, 3));
    assert!(stage.screen().contains("4 hidden as noise"), "{}", stage.screen());
}

#[test]
fn an_item_s_history_says_who_made_each_step_and_which_are_noise() {
    let mut stage = reading(100, 20, orders(&["meta.version"], &["meta.by"]));
    stage.keys("3 H");
    let screen = stage.screen();
    let line = |words: &str| screen.lines().find(|line| line.contains(words)).unwrap_or_default().to_owned();
    assert!(line("INSERT").contains("by ann"), "{screen}");
    assert!(line("1 → 2").contains("noise meta.version 1 → 2"), "{screen}");
    assert!(line("meta.by +2").contains(r"by \x1b[2J"), "{screen}");
    stage.keys("k");
    stage.keys("4 I");
    assert_eq!(stage.state.notice(), Some("meta.version of orders counts again"));
    assert!(!stage.screen().contains("noise"), "{}", stage.screen());
}

#[test]
fn an_ignored_change_is_dimmed_in_the_diff() {
    use ratatui::style::Modifier;
    let mut stage = reading(84, 12, orders(&["meta.version"], &[]));
    stage.keys("4");
    let buffer = stage.draw();
    let dimmed = |word: &str| {
        let lines = crate::stage::lines(&buffer);
        let row = lines.iter().position(|line| line.contains(word)).unwrap();
        let cell = buffer.cell((4, row as u16)).unwrap();
        cell.style().add_modifier.contains(Modifier::DIM)
    };
    assert_eq!([dimmed("meta.by"), dimmed("meta.version"), dimmed("status")], [false, true, false]);
}
