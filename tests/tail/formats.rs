//! What the formats of `tail` look like.

use super::*;

/// Three records of one item in the one shard of `things`: insert, modify, remove.
fn things() -> Demo {
    let demo = serve(Contents::Nothing);
    let now = Time::from_seconds(demo.now().seconds());
    let mut service = demo.service().lock().unwrap();
    let stream = service.create_stream("things", ViewType::NewAndOldImages, 1, now);
    let first = r#"{"n":{"N":"1.50"},"tags":{"SS":["a","b"]},"raw":{"B":"AAE="}}"#;
    let second = r#"{"n":{"N":"2"},"tags":{"SS":["a","c"]},"note":{"S":"\u001b[2J"}}"#;
    for (old, new) in [(None, Some(first)), (Some(first), Some(second)), (Some(second), None)] {
        service.put(&stream, "k", old, new, now).unwrap();
    }
    drop(service);
    demo
}

fn read(demo: &Demo, args: &[&str]) -> Ended {
    tail(demo.endpoint(), &[&["things", "--from", "trim-horizon", "--no-follow"], args].concat())
}

/// Without the times, which are of today.
fn timeless(stdout: &str) -> String {
    let line = |line: &str| if line.starts_with("20") { line[21..].to_owned() } else { line.to_owned() };
    stdout.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn diff_has_every_change_on_a_line() {
    let demo = things();
    let ended = read(&demo, &["-o", "diff"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(timeless(&ended.stdout), @r#"
    + INSERT  k
        + n  1.50
        + pk  "k"
        + raw  <2 B binary 00 01>
        + tags  SS {"a", "b"}
    ~ MODIFY  k
        ~ n  1.50 → 2
        + note  "\x1b[2J"
        - raw  <2 B binary 00 01>
        ~ tags  SS {"a", "b"} → SS {"a", "c"}
    - REMOVE  k
        - n  2
        - note  "\x1b[2J"
        - pk  "k"
        - tags  SS {"a", "c"}
    "#);
    let coloured = read(&demo, &["-o", "diff", "--color", "always", "-m", "2"]).stdout;
    for line in ["\x1b[32m+ INSERT\x1b[0m", "    \x1b[33m~ n  1.50 → 2\x1b[0m", "    \x1b[31m- raw"] {
        assert!(coloured.contains(line), "{line:?} is not in:\n{coloured:?}");
    }
}

#[test]
fn json_is_one_array_whatever_ends_it() {
    let demo = things();
    let whole = read(&demo, &["-o", "json"]);
    let array: Vec<Value> = serde_json::from_str(&whole.stdout).unwrap();
    let names: Vec<&Value> = array.iter().map(|record| &record["eventName"]).collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
    assert_eq!(array[..], lines(&read(&demo, &["-o", "jsonl"]).stdout));
    assert_eq!(read(&demo, &["-o", "json", "--filter", "n = 7"]).stdout, "[]\n");
    let cut = read(&demo, &["-o", "json", "-m", "1"]);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&cut.stdout).unwrap()[..], array[..1]);
    // A signal, too.
    let args = ["tail", "things", "--from", "trim-horizon", "-o", "json"];
    let mut running = Program::at(demo.endpoint(), &args).start();
    let begun = format!("{}\n{}\n", running.line(), running.line());
    running.signal(Signal::TERM);
    let ended = running.wait();
    assert_eq!(ended.status, 143);
    serde_json::from_str::<Vec<Value>>(&(begun + &ended.stdout)).unwrap();
}

#[test]
fn plain_json_says_once_that_it_is_lossy() {
    let demo = things();
    for format in ["json", "jsonl"] {
        let ended = read(&demo, &["--unmarshal", "-o", format, "-m", "1"]);
        let said = "dynascope: --unmarshal loses types: sets become arrays, binary values base64 text\n";
        assert_eq!((ended.status, ended.stderr.as_str()), (0, said));
        let image = r#""NewImage":{"n":1.50,"pk":"k","raw":"AAE=","tags":["a","b"]}"#;
        assert!(ended.stdout.contains(image), "{}", ended.stdout);
    }
}

#[test]
fn csv_has_its_columns_even_where_nothing_came_and_lambda_gets_an_event_each() {
    let demo = things();
    let rows = read(&demo, &["-o", "csv"]).stdout;
    let columns = "time,event,table,partition_key,sort_key,changed,";
    assert!(rows.starts_with(columns), "{rows}");
    assert_eq!(rows.lines().count(), 4, "{rows}");
    assert!(rows.contains(",MODIFY,things,k,,n note raw tags,"), "{rows}");
    let nothing = read(&demo, &["-o", "csv", "--filter", "n = 7"]).stdout;
    assert!(nothing.starts_with(columns) && nothing.lines().count() == 1, "{nothing}");
    let events = lines(&read(&demo, &["-o", "lambda-event"]).stdout);
    let names: Vec<&Value> = events.iter().map(|event| &event["Records"][0]["eventName"]).collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
}

#[test]
fn what_is_not_kept_leaves_the_program_as_a_hash_that_is_another_the_next_time() {
    let demo = things();
    let keep = |format: &str| {
        let ended = read(&demo, &["-o", format, "--keep", "tags", "--gaps"]);
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
        assert!(!ended.stdout.contains("1.5") && !ended.stdout.contains("AAE="), "{}", ended.stdout);
        ended.stdout
    };
    for format in ["pretty", "diff", "csv", "json", "lambda-event"] {
        keep(format);
    }
    let records = |stdout: String| -> Vec<serde_json::Value> {
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (first, second) = (records(keep("jsonl")), records(keep("jsonl")));
    let key = |record: &serde_json::Value| record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap().to_owned();
    assert_eq!(first.len(), 3);
    assert!(first.iter().all(|record| key(record) == key(&first[0])), "one item is one item");
    assert_ne!(key(&first[0]), key(&second[0]), "the key is made anew for each run");
    assert_eq!(first[0]["dynamodb"]["NewImage"]["tags"], serde_json::json!({"SS": ["a", "b"]}));
    assert!(first[0]["eventSourceARN"].as_str().unwrap().contains(":000000000000:table/things/"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.jsonl");
    read(&demo, &["--keep", "tags", "--capture", path.to_str().unwrap()]);
    let capture = std::fs::read_to_string(&path).unwrap();
    let account = "eu-west-1:000000000000:table/things";
    assert!(capture.contains(account) && capture.contains(r#""tags":{"SS":["a","b"]}"#), "{capture}");
    for hidden in ["1.50", "AAE=", r#"{"S":"k"}"#, "123456789012"] {
        assert!(!capture.contains(hidden), "{hidden} is in {capture}");
    }
    let whole = folder.path().join("whole.jsonl");
    read(&demo, &["--capture", whole.to_str().unwrap()]);
    for format in ["pretty", "diff", "csv", "json", "jsonl", "lambda-event"] {
        let args = ["cat", whole.to_str().unwrap(), "-o", format, "--keep", "tags", "--gaps"];
        let ended = Program::new(&args).run();
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
        for hidden in ["1.5", "AAE=", r#"{"S":"k"}"#, "123456789012"] {
            assert!(!ended.stdout.contains(hidden), "{hidden} is in {}", ended.stdout);
        }
    }
    let redacted = read(&demo, &["-o", "jsonl", "--redact", "n, raw"]).stdout;
    assert!(!redacted.contains("1.5") && !redacted.contains("AAE=") && redacted.contains(r#"{"S":"k"}"#));
}

#[test]
fn a_path_that_is_none_and_two_rules_at_once_are_refused() {
    let demo = things();
    let wrong = read(&demo, &["--keep", "a, b..c"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("a name was expected at 5\n  a, b..c\n       ^"), "{}", wrong.stderr);
    assert_eq!(read(&demo, &["--keep", "a", "--redact", "b"]).status, 2);
}
