//! The diff view: its modes in every look, and how one moves in it.

use crate::stage::{Stage, payments, record, shop, split};
use dynascope::app::document::{Document, Mode};
use dynascope::app::{Action, Effect, LayOutJob, settle};
use dynascope::model::Path;
use dynascope::ui::theme::Theme;
use insta::assert_snapshot;
use std::sync::Arc;

const OLD: &str = r#"{"pk":{"S":"ord#91"},"blob":{"B":"AAECAwQF"},"customer":{"M":{"city":{"S":"Köln"},"name":{"S":"Ada \"A.\" King"},"tier":{"N":"3"}}},
    "lines":{"L":[{"M":{"qty":{"N":"1"},"sku":{"S":"A-1"}}},{"M":{"qty":{"N":"2"},"sku":{"S":"B-2"}}},{"M":{"qty":{"N":"3"},"sku":{"S":"C-3"}}}]},
    "note":{"S":"left with the neighbour on the second floor, who says thank you"},"paid":{"BOOL":false},"price":{"N":"19.90"},
    "ref":{"N":"7"},"source":{"S":"web"},"status":{"S":"PENDING"},"tags":{"SS":["new","vip"]},"weight":{"N":"1.0"},"zip":{"NULL":true}}"#;
const NEW: &str = r#"{"pk":{"S":"ord#91"},"blob":{"B":"AAECAwUF"},"customer":{"M":{"city":{"S":"Köln"},"name":{"S":"Ada \"A.\" King"},"tier":{"N":"3"}}},
    "lines":{"L":[{"M":{"qty":{"N":"9"},"sku":{"S":"X-9"}}},{"M":{"qty":{"N":"1"},"sku":{"S":"A-1"}}},{"M":{"qty":{"N":"5"},"sku":{"S":"B-2"}}},{"M":{"qty":{"N":"3"},"sku":{"S":"C-3"}}}]},
    "note":{"S":"left with the baker on the second floor, who says thank you"},"paid":{"BOOL":true},"price":{"N":"24.90"},
    "ref":{"S":"7\u001b[2J"},"source":{"S":"web"},"status":{"S":"PAID"},"tags":{"SS":["new","gift"]},"weight":{"N":"1"},"zip":{"NULL":true},
    "meta":{"M":{"by":{"S":"ops"},"on":{"BOOL":true}}}}"#;

/// The diff of one record, over the whole screen.
fn diff_of(width: u16, height: u16, event: &str, old: &str, new: &str) -> Stage {
    let mut stage = Stage::ready(width, height, shop());
    stage.keys("Enter");
    let [_, _, left, _] = split();
    stage.arrive(&left, &[record(1, 0, event, "ord#91", old, new)], false);
    stage.keys("4 z");
    stage.draw();
    stage
}

fn change(width: u16, height: u16) -> Stage {
    diff_of(width, height, "MODIFY", OLD, NEW)
}

fn looks() -> [(&'static str, Theme); 4] {
    [
        ("default", Theme::default()),
        ("light", Theme::named("light").unwrap()),
        ("colour-blind", Theme::named("colour-blind").unwrap()),
        ("no-colour", Theme::default().without_colour()),
    ]
}

fn snapshots_of(width: u16, height: u16) {
    let mut stage = change(width, height);
    for mode in Mode::ALL {
        assert_eq!(stage.state.diff.mode, mode);
        // A row in the middle: what is marked must be seen under the cursor, too.
        stage.keys("]");
        for (look, theme) in looks() {
            stage.theme = theme;
            let name = format!("{width}x{height} {} {look}", mode.name()).replace(' ', "_");
            assert_snapshot!(name, stage.styled());
        }
        stage.keys("v");
    }
}

#[test]
fn every_mode_in_every_look_on_a_small_screen() {
    snapshots_of(80, 24);
}

#[test]
fn every_mode_in_every_look_on_a_large_screen() {
    snapshots_of(140, 40);
}

#[test]
fn what_does_not_exist_is_said_in_every_mode() {
    let item = r#"{"pk":{"S":"ord#91"},"n":{"N":"1"}}"#;
    let cases = [
        ("NEW_IMAGE", "", item, "NEW_IMAGE: there is no old image, so what changed is not known."),
        ("OLD_IMAGE", item, "", "OLD_IMAGE: there is no new image, so what changed is not known."),
        ("KEYS_ONLY", "", "", "KEYS_ONLY: there is neither image, so only the keys are known."),
    ];
    for (view_type, old, new, expected) in cases {
        let mut stage = Stage::ready(100, 30, shop());
        stage.keys("Enter");
        let [_, _, left, _] = split();
        let one = record(1, 0, "MODIFY", "ord#91", old, new).replace("NEW_AND_OLD_IMAGES", view_type);
        stage.arrive(&left, &[one], false);
        stage.keys("4 z");
        for mode in Mode::ALL {
            let screen = stage.screen();
            assert!(screen.contains(expected) && screen.contains("ord#91"), "{mode:?}: {screen}");
            assert_eq!(
                screen.contains("y g copies a get-item command"),
                new.is_empty(),
                "{mode:?}: {screen}"
            );
            let document = stage.state.diff.document.clone().unwrap();
            assert_eq!(document.changes, 0, "{mode:?}");
            assert!(document.rows.iter().all(|row| !row.kind.is_change()), "{mode:?}");
            stage.keys("v");
        }
    }
}

fn path(stage: &Stage) -> Option<String> {
    stage.state.path_under_cursor().map(|path| path.to_string())
}

#[test]
fn changes_are_stepped_through_in_every_mode_and_their_paths_are_known() {
    let mut stage = change(140, 40);
    let expected = [
        "blob",
        "lines[0]",
        "lines[2].qty",
        "meta",
        "note",
        "paid",
        "price",
        "ref",
        "status",
        "tags",
        "weight",
    ];
    for mode in Mode::ALL {
        stage.keys("g");
        let mut seen = vec![];
        if stage.state.diff.row().is_some_and(|row| row.change == Some(0)) {
            seen.extend(path(&stage));
        }
        while seen.len() < expected.len() {
            stage.keys("]");
            seen.extend(path(&stage));
        }
        assert_eq!(seen, expected, "{mode:?}");
        assert_eq!(stage.state.diff.change_number(), Some(expected.len()), "{mode:?}");
        for expected in expected.iter().rev().skip(1) {
            stage.keys("[");
            assert_eq!(path(&stage).as_deref(), Some(*expected), "{mode:?}");
        }
        stage.keys("v");
    }
    // Another mode shows the same change.
    stage.keys("g ] ] v");
    assert_eq!(path(&stage).as_deref(), Some("lines[2].qty"));
    assert_eq!("lines[2].qty".parse::<Path<'static>>().ok(), stage.state.path_under_cursor());
    stage.keys("3");
    assert_eq!(path(&stage), None, "another pane has the focus");
}

#[test]
fn what_did_not_change_is_folded_until_it_is_wanted() {
    let mut stage = change(100, 40);
    stage.keys("v");
    assert_snapshot!(stage.screen());
    // The first fold, by Enter; the cursor is on the first of its rows.
    stage.keys("g j j");
    assert!(stage.state.diff.fold_at(stage.state.diff.cursor).is_some());
    assert_eq!(path(&stage), None);
    stage.keys("Enter");
    assert_eq!(path(&stage).as_deref(), Some("customer"));
    // What is found is unfolded.
    stage.keys("v / X-9 Enter");
    assert_eq!(path(&stage).as_deref(), Some("lines[0].sku"));
    stage.keys("Esc / C-3 Enter");
    assert_eq!(path(&stage).as_deref(), Some("lines[3].sku"));
    stage.keys("n");
    assert_eq!(path(&stage).as_deref(), Some("lines[3].sku"), "there is one on each side, in one row");
}

#[test]
fn long_values_wrap_and_a_row_taller_than_the_pane_is_gone_through() {
    let long = |word: &str| {
        format!(r#"{{"a":{{"S":"start {word} {}end"}},"b":{{"S":"next"}}}}"#, "漢字 lorem ".repeat(100))
    };
    let mut stage = diff_of(60, 14, "INSERT", "", &long("x"));
    stage.keys("\\");
    let top = stage.screen();
    assert!(top.contains("start x") && !top.contains("end\""), "{top}");
    for _ in 0..100 {
        if stage.screen().contains("end\"") {
            break;
        }
        stage.keys("j");
        assert_eq!(path(&stage).as_deref(), Some("a"), "the row is not left before its end was seen");
    }
    assert!(stage.screen().contains("end\""));
    stage.keys("j");
    assert_eq!(path(&stage).as_deref(), Some("b"));
    assert!(stage.screen().contains("next"));
    stage.keys("k");
    assert!(stage.screen().contains("end\""), "upwards the end comes first");
    stage.keys("g");
    assert_eq!(stage.screen(), top);
    // Without wrapping one scrolls.
    stage.keys("\\");
    for _ in 0..300 {
        stage.keys("l");
    }
    stage.draw();
    assert!(stage.state.diff.scroll > 0);
}

fn large(word: &str) -> String {
    format!(r#"{{"pk":{{"S":"ord#91"}},"text":{{"S":"{}{word}"}}}}"#, "lorem ipsum ".repeat(2_000))
}

fn jobs(effects: &[Effect]) -> Vec<LayOutJob> {
    let job = |effect: &Effect| if let Effect::LayOut(job) = effect { Some(job.clone()) } else { None };
    effects.iter().filter_map(job).collect()
}

fn answer(stage: &mut Stage, job: &LayOutJob) {
    let document = Arc::new(Document::of(&job.subject, job.mode));
    stage.act(Action::LaidOut { number: job.number, document });
}

#[test]
fn a_large_record_is_laid_out_off_the_thread_of_the_screen() {
    let mut stage = Stage::ready(140, 40, shop());
    stage.keys("Enter");
    let [_, _, left, right] = split();
    stage.arrive(&left, &[record(1, -1, "MODIFY", "ord#91", &large("one"), &large("two"))], false);
    stage.take_effects();
    assert!(stage.screen().contains("laying out…"));
    let [job] = jobs(&stage.take_effects()).try_into().unwrap();
    assert_eq!((job.mode, job.subject.title.as_str()), (Mode::ChangedOnly, "ord#91 · MODIFY"));

    // One at a time: what else is looked at meanwhile waits.
    stage.arrive(&right, &[record(2, 0, "MODIFY", "ord#92", &large("one"), &large("six"))], false);
    stage.take_effects();
    assert!(stage.screen().contains("laying out…"));
    assert_eq!(jobs(&stage.take_effects()), []);

    // Its answer is kept, but another record is shown by now: that one is asked for.
    answer(&mut stage, &job);
    assert!(stage.screen().contains("laying out…"));
    let [next] = jobs(&stage.take_effects()).try_into().unwrap();
    assert_ne!(next.subject.id, job.subject.id);
    answer(&mut stage, &next);
    assert!(stage.screen().contains("six"), "{}", stage.screen());

    // Back and forth nothing is asked again; another mode is.
    stage.keys("3 k");
    assert!(stage.screen().contains("two"));
    stage.keys("j");
    assert!(stage.screen().contains("six"));
    assert_eq!(stage.take_effects(), []);
    stage.keys("v");
    stage.draw();
    assert_eq!(jobs(&stage.take_effects()).iter().map(|job| job.mode).collect::<Vec<_>>(), [Mode::Unified]);
}

#[test]
fn rows_of_large_records_are_put_into_words_off_the_thread_of_the_screen() {
    let mut stage = Stage::ready(140, 40, shop());
    stage.keys("Enter");
    let [_, _, left, right] = split();
    let row = |stage: &mut Stage, key: &str| {
        let screen = stage.screen();
        screen.lines().find(|line| line.contains(&format!("MODIFY {key}"))).unwrap().to_owned()
    };
    stage.arrive(&left, &[record(1, -1, "MODIFY", "ord#91", &large("one"), &large("two"))], false);
    let effects = settle(&mut stage.state);
    let [Effect::Tell(job), Effect::LayOut(_)] = &effects[..] else { panic!("{effects:?}") };
    assert!(row(&mut stage, "ord#91").contains("ord#91 … "), "{}", stage.screen());

    // One at a time: another row waits for the answer to this one.
    stage.arrive(&right, &[record(2, 0, "MODIFY", "ord#92", &large("one"), &large("six"))], false);
    assert_eq!(settle(&mut stage.state), []);
    stage.state.is_dirty = false;
    stage.act(Action::RowsTold { number: job.number, rows: job.run() });
    assert!(stage.state.is_dirty);
    let effects = settle(&mut stage.state);
    let [Effect::Tell(next)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(next.rows.len(), 1);
    assert!(row(&mut stage, "ord#91").contains("ord#91 text "), "{}", stage.screen());
    assert!(row(&mut stage, "ord#92").contains("ord#92 … "), "{}", stage.screen());

    // What is ignored has changed meanwhile: the answer is of before, and asked for again.
    stage.state.records.forget_texts();
    stage.act(Action::RowsTold { number: next.number, rows: next.run() });
    let effects = settle(&mut stage.state);
    let [Effect::Tell(again)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((again.rows.len(), again.number), (2, next.number + 1));
}

#[test]
fn a_late_answer_of_another_reading_is_ignored() {
    let mut stage = Stage::ready(140, 40, shop());
    stage.keys("Enter");
    let [_, _, left, _] = split();
    stage.arrive(&left, &[record(1, 0, "MODIFY", "ord#91", &large("one"), &large("two"))], false);
    stage.draw();
    let [late] = jobs(&stage.take_effects()).try_into().unwrap();
    stage.keys("1 j Enter");
    // The first record of the new reading has the same id.
    stage.arrive(&payments(), &[record(2, 0, "MODIFY", "pay#1", &large("one"), &large("six"))], false);
    stage.draw();
    let [own] = jobs(&stage.take_effects()).try_into().unwrap();
    assert_eq!(own.subject.id, late.subject.id);
    answer(&mut stage, &late);
    assert!(stage.screen().contains("laying out…"));
    answer(&mut stage, &own);
    assert!(stage.screen().contains("six"), "{}", stage.screen());
    answer(&mut stage, &late);
    assert!(stage.screen().contains("six"));
}
