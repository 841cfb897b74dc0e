//! What is copied and written: keys in, texts and files out.

use insta::assert_snapshot;
use std::os::unix::fs::PermissionsExt as _;

use crate::stage::{PAID, PENDING, Stage, reading_orders, record, split};
use dynascope::app::action::FileWritten;
use dynascope::app::copying::Copyable;
use dynascope::app::{Action, CopyJob, Effect, WriteJob};
use dynascope::export;

/// What these keys copy, or why they do not.
fn copied(stage: &mut Stage, keys: &str) -> String {
    stage.take_effects();
    stage.keys(keys);
    match copy_job(stage) {
        Some(job) => export::copy(&job).map_or_else(|error| error.to_string(), |copy| copy.text),
        None => stage.state.notice().unwrap_or("nothing").to_owned(),
    }
}

fn copy_job(stage: &mut Stage) -> Option<CopyJob> {
    let copy = |effect| if let Effect::Copy(job) = effect { Some(*job) } else { None };
    stage.take_effects().into_iter().find_map(copy)
}

fn write_job(stage: &mut Stage) -> WriteJob {
    let write = |effect| if let Effect::Write(job) = effect { Some(*job) } else { None };
    stage.take_effects().into_iter().find_map(write).unwrap()
}

#[test]
fn the_popup_lists_what_can_be_copied_and_takes_it() {
    let mut stage = reading_orders(80, 24);
    stage.keys("3 y");
    assert_snapshot!(stage.screen(), @r#"
     dynascope   prod · eu-west-1 · 123456789012 · read-only              12:03 UTC
      1 Streams   2 Shards  [3 Records]  4 Diff
    ╭ 3 Records · orders · ● LIVE from 11:58 ─────────────────────────────────── 3 ╮
    │12:03:02 + INSERT ord#92 2 attributes                                     42 B│
    │12:03:03 - REMOVE ord#17 2 attributes                                     42 B│
    │12:03:04 ~ MODIFY ord#91 lines +3                                        269 B│
    │                                                                              │
    │ ╭ Copy · Esc closes ───────────────────────────────────────────────────────╮ │
    │ │ v  value under the cursor of the diff · 4 goes there                     │ │
    │ │ p  its path · 4 goes there                                               │ │
    │ │ k  key of the item, as DynamoDB JSON                                     │ │
    │ │ r  record, as a line of JSON                                             │ │
    │ │ l  Lambda event with this record                                         │ │
    │ │ g  command: get the item as it is now                                    │ │
    │ │ u  command: revert this record, nothing else                             │ │
    │ │ U  command: restore the item as of here                                  │ │
    │ ╰──────────────────────────────────────────────────────────────────────────╯ │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    ╰─ order across shards is approximate ─────────────────────────────────────────╯
                   █ 15m   +1 ~1 -1   Enter open  / filter  v mode  ? help  q quit
    "#);
    stage.keys("Esc");
    for key in ["Esc", "q"] {
        stage.keys(&format!("y {key}"));
        assert!(!stage.screen().contains("Lambda"), "{key}");
    }
    let told = "copied the revert command, 1,020 bytes, by OSC 52";
    stage.act(Action::Told(told.into()));
    assert!(stage.screen().lines().last().unwrap().contains(told), "{}", stage.screen());
}

#[test]
fn a_value_and_its_path_are_those_under_the_cursor() {
    let mut stage = reading_orders(140, 40);
    assert_eq!(copied(&mut stage, "3 y v"), "no attribute is under the cursor: 4 goes to the diff");
    stage.keys("4 g");
    let mut each = vec![];
    for _ in 0..4 {
        each.push(format!("{}: {}", copied(&mut stage, "y p"), copied(&mut stage, "y v")));
        stage.keys("j");
    }
    assert_snapshot!(each.join("\n"), @r#"
    lines: [{"qty":1,"sku":"A-1"}]
    status: PAID
    tags: ["vip"]
    total.amount: 24.90
    "#);
}

#[test]
fn a_key_a_record_and_its_event_are_what_came() {
    let mut stage = reading_orders(140, 40);
    assert_eq!(copied(&mut stage, "3 y k"), r#"{"pk":{"S":"ord#91"}}"#);
    let line = copied(&mut stage, "y r");
    assert!(line.starts_with(r#"{"eventID":"e2","eventName":"MODIFY""#) && line.ends_with('}'), "{line}");
    let event: serde_json::Value = serde_json::from_str(&copied(&mut stage, "y l")).unwrap();
    assert_eq!(event["Records"][0]["dynamodb"]["SequenceNumber"], "100000000000000000002");
    assert_snapshot!(copied(&mut stage, "y g"), @r#"
    # account 123456789012, region eu-west-1, table orders
    aws dynamodb get-item --region eu-west-1 --profile prod --table-name orders \
      --key '{"pk":{"S":"ord#91"}}' \
      --consistent-read
    "#);
}

#[test]
fn a_modify_is_reverted_by_two_keys() {
    let mut stage = reading_orders(140, 40);
    assert_snapshot!(copied(&mut stage, "3 y u"), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Reverts the 4 changes of a MODIFY at 2026-10-06 12:03:04 UTC.
    # DynamoDB refuses it where one of these paths holds something else by now.
    aws dynamodb update-item --region eu-west-1 --profile prod --table-name orders \
      --key '{"pk":{"S":"ord#91"}}' \
      --update-expression 'SET #status = :1, #tags = :3, #total.#amount = :5 REMOVE #lines' \
      --condition-expression '#lines = :0 AND #status = :2 AND #tags = :4 AND #total.#amount = :6' \
      --expression-attribute-names '{"#amount":"amount","#lines":"lines","#status":"status","#tags":"tags","#total":"total"}' \
      --expression-attribute-values '{":0":{"L":[{"M":{"qty":{"N":"1"},"sku":{"S":"A-1"}}}]},":1":{"S":"PENDING"},":2":{"S":"PAID"},":3":{"SS":["new"]},":4":{"SS":["vip"]},":5":{"N":"19.90"},":6":{"N":"24.90"}}'
    "##);
    stage.keys("k");
    assert_snapshot!(copied(&mut stage, "y u"), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Puts back what a REMOVE at 2026-10-06 12:03:03 UTC took away.
    # DynamoDB refuses it where the item exists by now.
    aws dynamodb put-item --region eu-west-1 --profile prod --table-name orders \
      --item '{"pk":{"S":"ord#92"},"status":{"S":"NEW"}}' \
      --condition-expression 'attribute_not_exists(#pk)' \
      --expression-attribute-names '{"#pk":"pk"}'
    "##);
}

#[test]
fn an_item_is_restored_by_what_is_held_of_it_over_all_shards() {
    let mut stage = reading_orders(140, 40);
    let [_, _, left, right] = split();
    let other = r#"{"pk":{"S":"ord#91"},"status":{"S":"SENT"}}"#;
    stage.arrive(&left, &[record(5, 1, "REMOVE", "ord#91", PAID, "")], false);
    stage.keys("3");
    assert_eq!(
        copied(&mut stage, "G y U"),
        "no later record of this item is held: nothing to restore (u reverts this record)"
    );
    // The cursor stays on the MODIFY; the same record comes twice, and another item's in between.
    stage.keys("k");
    stage.arrive(&right, &[record(7, 2, "INSERT", "ord#91", "", other)], false);
    stage.arrive(
        &left,
        &[record(5, 1, "REMOVE", "ord#91", PAID, ""), record(8, 3, "INSERT", "x", "", other)],
        false,
    );
    assert_snapshot!(copied(&mut stage, "y U"), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Restores the item as it was after the MODIFY at 2026-10-06 12:03:04 UTC, and discards 2 later changes.
    # Changes back 4 paths. DynamoDB refuses it where one of them holds something else by now.
    aws dynamodb update-item --region eu-west-1 --profile prod --table-name orders \
      --key '{"pk":{"S":"ord#91"}}' \
      --update-expression 'SET #lines = :0, #status = :1, #tags = :3, #total = :4' \
      --condition-expression 'attribute_not_exists(#lines) AND #status = :2 AND attribute_not_exists(#tags) AND attribute_not_exists(#total)' \
      --expression-attribute-names '{"#lines":"lines","#status":"status","#tags":"tags","#total":"total"}' \
      --expression-attribute-values '{":0":{"L":[{"M":{"qty":{"N":"1"},"sku":{"S":"A-1"}}}]},":1":{"S":"PAID"},":2":{"S":"SENT"},":3":{"SS":["vip"]},":4":{"M":{"amount":{"N":"24.90"}}}}'
    "##);
}

#[test]
fn a_command_that_is_too_long_takes_its_parameters_from_a_private_file() {
    let mut stage = reading_orders(140, 40);
    let [_, _, left, _] = split();
    let long = format!(r#"{{"pk":{{"S":"ord#91"}},"n":{{"S":"{}"}}}}"#, "x".repeat(100_000));
    stage.arrive(&left, &[record(5, 1, "REMOVE", "ord#91", &long, "")], false);
    stage.keys("3 G y u");
    let job = copy_job(&mut stage).unwrap();
    let copy = export::copy(&job).unwrap();
    let path = copy.text.split("file://").nth(1).unwrap().split(['\'', '\n']).next().unwrap();
    assert!(copy.what.contains(path), "{}", copy.what);
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    let input: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(input["Item"], serde_json::from_str::<serde_json::Value>(&long).unwrap());
}

#[test]
fn what_cannot_be_copied_is_dimmed_and_says_why() {
    let mut stage = Stage::ready(140, 40, crate::stage::shop());
    stage.keys("Enter");
    let [_, _, left, _] = split();
    let mut number = 0;
    let mut listed = |event: &str, old: &str, new: &str, keys: &str| {
        number += 1;
        stage.arrive(&left, &[record(number, number.into(), event, "a", old, new)], false);
        stage.keys(&format!("3 G {keys} y"));
        let buffer = stage.draw();
        let lines = crate::stage::lines(&buffer);
        let mut reasons = vec![];
        for what in Copyable::ALL {
            let is_it = |line: &&String| line.contains(&format!(" {}  {}", what.letter(), what.help()));
            let y = lines.iter().position(|line| is_it(&line)).unwrap();
            let (before, after) = lines[y].split_once(what.help()).unwrap();
            let reason = after.strip_prefix(" · ").and_then(|text| text.split_once("  "));
            let cell = &buffer[(before.chars().count() as u16, y as u16)];
            let is_dim = cell.modifier.contains(ratatui::style::Modifier::DIM);
            assert_eq!(is_dim, reason.is_some(), "{}", lines[y]);
            reasons.extend(reason.map(|(reason, _)| reason.to_owned()));
        }
        stage.keys("Esc");
        reasons.join(", ")
    };
    let there = "4 goes there, 4 goes there";
    assert_eq!(listed("MODIFY", PENDING, PAID, ""), there);
    assert_eq!(listed("MODIFY", PENDING, PAID, "4"), "");
    assert_eq!(listed("MODIFY", "", PAID, ""), format!("{there}, no old image"));
    assert_eq!(listed("MODIFY", PENDING, "", ""), format!("{there}, no new image, no new image"));
    assert_eq!(listed("MODIFY", "", "", ""), format!("{there}, no new image, no new image"));
    assert_eq!(listed("INSERT", "", PAID, ""), there);
    assert_eq!(listed("INSERT", "", "", ""), format!("{there}, no new image, no new image"));
    assert_eq!(listed("REMOVE", PAID, "", ""), there);
    assert_eq!(listed("REMOVE", "", "", ""), format!("{there}, no old image"));
    assert_eq!(
        listed("SHRUG", "", "", ""),
        format!("{there}, the event is not known, the event is not known")
    );
}

#[test]
fn a_command_of_the_demo_says_that_it_is_one() {
    let mut stage = reading_orders(140, 40);
    stage.keys("3 y g");
    let mut job = copy_job(&mut stage).unwrap();
    job.session.is_demo = true;
    job.session.endpoint = Some("http://127.0.0.1:9".into());
    let text = export::copy(&job).unwrap().text;
    assert!(text.contains("The demo serves streams only"), "{text}");
    assert!(text.contains("--endpoint-url http://127.0.0.1:9") && !text.contains("--profile"), "{text}");
    // AWS's own endpoint for streams, reached through a VPC, has no tables.
    job.session.endpoint = Some("https://vpce-1.streams.dynamodb.eu-west-1.vpce.amazonaws.com".into());
    assert!(!export::copy(&job).unwrap().text.contains("--endpoint-url"));
}

#[test]
fn what_is_no_record_is_not_copied() {
    let mut stage = Stage::ready(140, 40, crate::stage::shop());
    stage.keys("3 y");
    assert_eq!(stage.state.notice(), Some("no record is selected"));
    assert_eq!(stage.state.popup, None);
    stage.keys("w");
    assert_eq!(stage.state.notice(), Some("there is no record to write"));
}

#[test]
fn the_records_in_view_are_written_to_the_file_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = reading_orders(140, 40);
    stage.keys("3 w");
    assert_snapshot!(stage.screen().lines().skip(12).take(12).collect::<Vec<_>>().join("\n"), @r#"
    │                          ││                                            ││                                                                │
    │                          ││                                            ││                                                                │
    │                       ╭ Write to a file · Esc closes ────────────────────────────────────────────────────────────╮                       │
    │                       │ i  this item, as DynamoDB JSON                                                           │                       │
    │                       │ j  the records in view, as JSON Lines                                                    │                       │
    │                       │ l  the records in view, as one Lambda event                                              │                       │
    │                       │ c  the records in view, as CSV                                                           │                       │
    │                       │ J  all records held, as JSON Lines                                                       │                       │
    │                       │ L  all records held, as one Lambda event                                                 │                       │
    │                       │ C  all records held, as CSV                                                              │                       │
    │                       │ k  privacy: keep…; all other values, keys included, become hashes                        │                       │
    ╰───────────────────────│ x  privacy: redact…; what is named becomes hashes                                        │───────────────────────╯
    "#);
    stage.keys("c");
    let offered = stage.state.prompt.as_ref().unwrap().text.clone();
    assert_eq!(offered, "orders-20261006-120309.csv");
    let mut written = |keys: &str, name: &str| {
        let path = folder.path().join(name);
        stage.keys(keys);
        stage.keys("Ctrl-u");
        stage.act(Action::Intent(dynascope::app::Intent::Paste(path.to_str().unwrap().into())));
        stage.take_effects();
        stage.keys("Enter");
        let job = write_job(&mut stage);
        let tally = export::write(&job, |_, _| {}).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(tally.bytes, text.len() as u64);
        (tally.records, text)
    };
    let (count, csv) = written("Esc w c", "a.csv");
    let events = |text: &str| {
        let events = text
            .lines()
            .map(|line| ["INSERT", "REMOVE", "MODIFY"].into_iter().find(|event| line.contains(event)));
        events.flatten().collect::<Vec<_>>()
    };
    assert_eq!((count, events(&csv)), (3, vec!["INSERT", "REMOVE", "MODIFY"]), "{csv}");
    assert!(csv.lines().nth(3).unwrap().contains(",orders,ord#91,,lines status tags total.amount,"), "{csv}");
    let (count, item) = written("w i", "item.json");
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!((count, json(&item)), (1, json(PAID)));
    let (_, event) = written("w L", "event.json");
    assert_eq!(json(&event)["Records"].as_array().unwrap().len(), 3);
    // What a filter leaves in view.
    let (count, lines) = written("/ paid Enter w j", "b.jsonl");
    assert_eq!((count, events(&lines)), (1, vec!["MODIFY"]));
    assert_eq!(written("w J", "c.jsonl").0, 3);
}

#[test]
fn a_file_that_exists_is_replaced_only_after_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.jsonl");
    std::fs::write(&path, "kept").unwrap();
    let mut stage = reading_orders(140, 40);
    stage.keys("3 w j Ctrl-u");
    stage.act(Action::Intent(dynascope::app::Intent::Paste(path.to_str().unwrap().into())));
    stage.keys("Enter");
    let job = write_job(&mut stage);
    assert!(matches!(export::write(&job, |_, _| {}), Err(export::WriteError::Exists)));
    for (answer, is_replaced) in [("n", false), ("Esc", false), ("y", true)] {
        stage.act(Action::FileWritten(FileWritten::Exists(Box::new(job.clone()))));
        assert!(stage.screen().contains("Replace the file?"));
        stage.take_effects();
        stage.keys(answer);
        assert_eq!(stage.state.popup, None, "{answer}");
        let effects = stage.take_effects();
        assert_eq!(!effects.is_empty(), is_replaced, "{answer}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
        if let [Effect::Write(job)] = &effects[..] {
            export::write(job, |_, _| {}).unwrap();
        }
    }
    assert!(std::fs::read_to_string(&path).unwrap().starts_with(r#"{"eventID":"e1""#));
}

#[test]
fn nothing_is_written_of_a_view_that_is_not_complete() {
    let mut stage = reading_orders(140, 40);
    stage.keys("3 w j");
    stage.state.records.is_searching = true;
    stage.take_effects();
    stage.keys("Enter");
    assert_eq!(stage.take_effects(), []);
    assert_eq!(stage.state.notice(), Some("nothing is written yet: the filter is still searching"));
    stage.keys("w J Enter");
    assert_eq!(write_job(&mut stage).path, "orders-20261006-120309.jsonl");
}

#[test]
fn quitting_asks_while_a_file_is_being_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = reading_orders(80, 24);
    stage.keys("3 w j Enter q");
    assert!(stage.screen().contains("A file is still being written."), "{}", stage.screen());
    let path = folder.path().join("x");
    let job = WriteJob { path: path.to_str().unwrap().into(), ..write_job(&mut stage) };
    stage.keys("n");
    stage.act(export::written(Box::new(job), |_| {}));
    assert!(stage.screen().contains("x: 3 records, "), "{}", stage.screen());
    stage.keys("q");
    assert!(stage.take_effects().contains(&Effect::Quit));
}

#[test]
fn gaps_and_unreadable_records_are_lines_or_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = reading_orders(140, 40);
    let [_, _, left, _] = split();
    stage.arrive(&left, &[r#"{"dynamodb":7}"#.to_owned()], false);
    for (letter, lines, told) in [("j", 4, ""), ("c", 4, " (without 1 gaps and unreadable records)")] {
        stage.take_effects();
        stage.keys(&format!("3 w {letter} Enter"));
        let name = folder.path().join(letter);
        let job = WriteJob { path: name.to_str().unwrap().into(), ..write_job(&mut stage) };
        let tally = export::write(&job, |_, _| {}).unwrap();
        assert_eq!((tally.records, tally.others), (3, 1));
        let text = std::fs::read_to_string(&name).unwrap();
        assert_eq!(text.lines().count(), lines, "{text}");
        let expected = format!(
            "{}: 3 records, {} bytes{told}",
            name.display(),
            dynascope::app::summary::thousands(tally.bytes)
        );
        assert_eq!(tally.told(&job), expected);
    }
}

#[test]
fn a_file_keeps_what_was_held_when_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = reading_orders(140, 40);
    stage.keys("3 w J Enter");
    let job = WriteJob { path: folder.path().join("x").to_str().unwrap().into(), ..write_job(&mut stage) };
    let [_, _, left, _] = split();
    stage.arrive(&left, &[record(9, 5, "INSERT", "late", "", PENDING)], false);
    assert_eq!(export::write(&job, |_, _| {}).unwrap().records, 3);
}

#[test]
fn a_wrong_value_is_found_its_step_too_and_the_revert_of_that_is_copied() {
    let mut stage = reading_orders(140, 40);
    let [_, _, left, _] = split();
    let dear = PAID.replace("24.90", "2490");
    let sent = dear.replace("PAID", "SENT");
    stage.arrive(
        &left,
        &[
            record(4, 1, "MODIFY", "ord#91", PAID, &dear),
            record(5, 2, "MODIFY", "ord#91", &dear, &sent),
            record(6, 3, "INSERT", "ord#93", "", PENDING),
        ],
        false,
    );
    // The amount is wrong in the newest record of the order; which step brought it?
    stage.keys("3 / 2490 Enter H k 4 a");
    assert_eq!(stage.state.history.as_ref().map(|history| history.len()), Some(2), "{}", stage.screen());
    assert_snapshot!(copied(&mut stage, "y u"), @r##"
    # account 123456789012, region eu-west-1, table orders
    # Reverts the 1 change of a MODIFY at 2026-10-06 12:03:06 UTC.
    # DynamoDB refuses it where one of these paths holds something else by now.
    aws dynamodb update-item --region eu-west-1 --profile prod --table-name orders \
      --key '{"pk":{"S":"ord#91"}}' \
      --update-expression 'SET #total.#amount = :0' \
      --condition-expression '#total.#amount = :1' \
      --expression-attribute-names '{"#amount":"amount","#total":"total"}' \
      --expression-attribute-values '{":0":{"N":"24.90"},":1":{"N":"2490"}}'
    "##);
    // From the same step: the item as it was after it.
    assert!(copied(&mut stage, "y U").contains("discards 1 later change."));
    assert_eq!(copied(&mut stage, "4 ] y v"), "2490");
}

#[test]
fn what_is_hidden_is_typed_seen_at_work_and_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = reading_orders(140, 40);
    stage.keys("3 w k");
    for letter in "lines[*].qty, stat".chars() {
        stage.act(Action::Intent(dynascope::app::Intent::Type(letter)));
    }
    stage.keys("Tab");
    let around = |screen: &str| {
        let lines: Vec<&str> = screen.lines().collect();
        [&lines[10..30], &lines[39..]].concat().join("\n")
    };
    assert_snapshot!(around(&stage.screen()), @r#"
    │                          ││                                            ││                                                                │
    │                       ╭ What is written of this item ────────────────────────────────────────────────────────────╮                       │
    │                       │   {                                                                                      │                       │
    │                       │     "lines": {"L": [                                                                     │                       │
    │                       │       {"M": {                                                                            │                       │
    │                       │         "54fd886d1c9d0006": {"S": "0c95eaef389202af"},                                   │                       │
    │                       │         "qty": {"N": "1"}                                                                │                       │
    │                       │       }}                                                                                 │                       │
    │                       │     ]},                                                                                  │                       │
    │                       │     "pk": {"S": "9628f243ccc9724f"},                                                     │                       │
    │                       │     "status": {"S": "PAID"},                                                             │                       │
    │                       │     "tags": {"SS": [                                                                     │                       │
    │                       │       "d06edd32d27ef217"                                                                 │                       │
    ╰───────────────────────│     ]},                                                                                  │───────────────────────╯
    ╭ 4 Diff · ord#91 · MODI│     "total": {"M": {                                                                     │─── changed only · 1/4 ╮
    │ + lines         [{ qty│       "7ee4e01279ac12d9": {"N": "261728008865800"}                                       │                       │
    │ ~ status        "PENDI│     }}                                                                                   │                       │
    │ ~ tags          -{"new│   }                                                                                      │                       │
    │ ~ total.amount  19.90 ╰──────────────────────────────────────────────────────────────────────────────────────────╯                       │
    │                                                                                                                                          │
     keep only › lines[*].qty, status▏                                                                       Tab complete  Enter keep  Esc undo
    "#);
    stage.keys("Enter");
    assert_snapshot!(around(&stage.screen()), @r#"
    │                       │ J  all records held, as JSON Lines                                                       │                       │
    │                       │ L  all records held, as one Lambda event                                                 │                       │
    │                       │ C  all records held, as CSV                                                              │                       │
    │                       │ k  privacy: keep…; all other values, keys included, become hashes                        │                       │
    │                       │ x  privacy: redact…; what is named becomes hashes                                        │                       │
    │                       │ r  privacy: raw                                                                          │                       │
    │                       │ all hidden but lines[*].qty, status                                                      │                       │
    │                       │    {                                                                                     │                       │
    │                       │      "lines": {"L": [                                                                    │                       │
    │                       │        {"M": {                                                                           │                       │
    │                       │          "54fd886d1c9d0006": {"S": "0c95eaef389202af"},                                  │                       │
    │                       │          "qty": {"N": "1"}                                                               │                       │
    │                       │        }}                                                                                │                       │
    ╰───────────────────────│      ]},                                                                                 │───────────────────────╯
    ╭ 4 Diff · ord#91 · MODI│      "pk": {"S": "9628f243ccc9724f"},                                                    │─── changed only · 1/4 ╮
    │ + lines         [{ qty│      "status": {"S": "PAID"},                                                            │                       │
    │ ~ status        "PENDI│      "tags": {"SS": [                                                                    │                       │
    │ ~ tags          -{"new│        "d06edd32d27ef217"                                                                │                       │
    │ ~ total.amount  19.90 │      ]},                                                                                 │                       │
    │                       │      "total": {"M": {                                                                    │                       │
                   █ 15m   +1 ~1 -1   lag 0.0s   2.0 calls/s ≈ $0.03/day        Enter open  / filter  v mode  f follow  P stop  ? help  q quit
    "#);
    let mut written = |keys: &str, name: &str| {
        let path = folder.path().join(name);
        stage.keys(keys);
        stage.keys("Ctrl-u");
        stage.act(Action::Intent(dynascope::app::Intent::Paste(path.to_str().unwrap().into())));
        stage.take_effects();
        stage.keys("Enter");
        let job = write_job(&mut stage);
        export::write(&job, |_, _| {}).unwrap();
        std::fs::read_to_string(&path).unwrap()
    };
    let texts = [written("j", "a"), written("w l", "b"), written("w c", "c"), written("w i", "d")];
    for text in &texts {
        for hidden in ["ord#", "123456789012", "24.90", "vip", "A-1"] {
            assert!(!text.contains(hidden), "{hidden} is in {text}");
        }
        assert!(text.contains("PAID"), "{text}");
    }
    assert!(texts[0].contains(r#""qty":{"N":"1"}"#), "{}", texts[0]);
    assert!(written("w r j", "e").contains("ord#91"), "nothing is hidden any more");
}

#[test]
fn a_rule_that_is_none_is_not_taken() {
    let mut stage = reading_orders(140, 40);
    stage.keys("3 w x a . . Enter");
    let said = "a name was expected at 2";
    assert!(stage.screen().lines().last().unwrap().contains(said), "{}", stage.screen());
    stage.keys("Esc");
    assert!(stage.screen().contains("privacy: raw, as it is now"), "{}", stage.screen());
    stage.keys("x Ctrl-u Enter");
    assert!(stage.screen().contains("privacy: raw, as it is now"), "of nothing, nothing is hidden");
}
