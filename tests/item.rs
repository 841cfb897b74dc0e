//! `dynascope item`, the binary itself: the history of one item on the demo service and on DynamoDB Local.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::collections::BTreeMap;

use dynascope::demo::{Contents, Demo, DemoConfig, Fault, RefusalKind, Rule};
use dynascope::model::{Operation, StreamArn, ViewType};
use serde_json::{Value, json};
use support::dynamodb_local::DynamoDbLocal;
use support::program::{Ended, Program};
use support::python::python;
use support::screen::{Exit, Screen};

fn item(endpoint: &str, args: &[&str]) -> Ended {
    Program::at(endpoint, &[&["item"], args].concat()).run()
}

fn serve() -> (Demo, StreamArn) {
    let demo = Demo::serve(&DemoConfig { contents: Contents::Nothing, ..DemoConfig::default() }, 0).unwrap();
    let now = demo.now();
    let stream = demo.service().lock().unwrap().create_stream("small", ViewType::NewAndOldImages, 1, now);
    (demo, stream)
}

/// An item goes from version to version; 0 is no item.
fn put(demo: &Demo, stream: &StreamArn, key: &str, old: u32, new: u32) {
    let image = |version: u32| (version > 0).then(|| format!("{{\"version\":{{\"N\":\"{version}\"}}}}"));
    let mut service = demo.service().lock().unwrap();
    service.put(stream, key, image(old).as_deref(), image(new).as_deref(), demo.now()).unwrap();
}

fn roll(demo: &Demo, stream: &StreamArn) {
    let mut service = demo.service().lock().unwrap();
    let open = service.open_shards(stream);
    service.roll(stream, &open[0], demo.now()).unwrap();
}

/// An item whose shard rolled over twice, beside another; one write of it was never recorded.
fn life() -> (Demo, StreamArn) {
    let (demo, stream) = serve();
    put(&demo, &stream, "7", 0, 1);
    put(&demo, &stream, "other", 0, 1);
    roll(&demo, &stream);
    put(&demo, &stream, "7", 1, 2);
    put(&demo, &stream, "7", 2, 3);
    put(&demo, &stream, "other", 1, 2);
    roll(&demo, &stream);
    put(&demo, &stream, "7", 5, 6);
    put(&demo, &stream, "7", 6, 0);
    (demo, stream)
}

fn versions(stdout: &str) -> Vec<(String, Value)> {
    let line = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["dynamodb"]["Keys"], json!({"pk": {"S": "7"}}));
        let event = record["eventName"].as_str().unwrap().to_owned();
        (event, record["dynamodb"]["NewImage"]["version"]["N"].clone())
    };
    stdout.lines().map(line).collect()
}

#[test]
fn in_a_pipe_the_records_of_one_item_are_printed_in_their_order() {
    let (demo, _) = life();
    let ended = item(demo.endpoint(), &["small", "7"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let expected = [
        ("INSERT", json!("1")),
        ("MODIFY", json!("2")),
        ("MODIFY", json!("3")),
        ("MODIFY", json!("6")),
        ("REMOVE", Value::Null),
    ];
    assert_eq!(versions(&ended.stdout), expected.map(|(event, version)| (event.to_owned(), version)));
    assert!(
        ended.stderr.contains("1 times the item was not as its last record had left it"),
        "{}",
        ended.stderr
    );
    // The same item by its key in DynamoDB JSON.
    let by_json = item(demo.endpoint(), &["small", "--key", r#"{"pk":{"S":"7"}}"#]);
    assert_eq!((by_json.status, by_json.stdout), (0, ended.stdout));
}

#[test]
fn for_people_it_is_a_table_of_changes_with_what_was_not_seen() {
    let (demo, _) = life();
    let ended = item(demo.endpoint(), &["small", "7", "-o", "diff"]);
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    // A line begins with a date and a time where it is a record's.
    let shown: Vec<&str> = ended
        .stdout
        .lines()
        .map(|line| if line.starts_with("20") { line.splitn(3, ' ').nth(2).unwrap().trim() } else { line })
        .collect();
    let expected = [
        "+ INSERT  7",
        "    + pk  \"7\"",
        "    + version  1",
        "~ MODIFY  7",
        "    ~ version  1 → 2",
        "~ MODIFY  7",
        "    ~ version  2 → 3",
        "! BROKEN  the old image below is not the new image above: something was not seen",
        "~ MODIFY  7",
        "    ~ version  5 → 6",
        "- REMOVE  7",
        "    - pk  \"7\"",
        "    - version  6",
    ];
    assert_eq!(shown, expected);
    assert!(
        ended.stderr.contains("5 records of the item among 7 read; complete back to 20"),
        "{}",
        ended.stderr
    );
}

#[test]
fn since_leaves_out_what_is_older() {
    let (demo, stream) = serve();
    put(&demo, &stream, "7", 0, 1);
    let ended = item(demo.endpoint(), &["small", "7", "--since", "1h", "-o", "pretty"]);
    assert_eq!((ended.status, ended.stdout.lines().count()), (0, 1), "{}", ended.stderr);
    let ended = item(demo.endpoint(), &["small", "7", "--since", "2999-01-01T00:00:00Z"]);
    assert_eq!(ended.status, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("lies in the future"), "{}", ended.stderr);
}

#[test]
fn an_item_without_records_is_no_failure_and_is_said() {
    let (demo, _) = life();
    let ended = item(demo.endpoint(), &["small", "nobody"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, ""));
    let said = "0 records of the item among 7 read; complete back to the oldest kept";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn a_key_that_cannot_be_the_table_s_is_a_usage_error() {
    let (demo, _) = life();
    for (args, said) in [
        (&["small"][..], "required arguments were not provided"),
        (&["small", "7", "8"], "the table's key is pk; 2 values were given"),
        (&["small", "--key", "{"], "the key is no DynamoDB JSON"),
        (&["small", "--key", r#"{"id":{"S":"7"}}"#], "the table's key is pk; what was given is id"),
        (&["small", "7", "--key", "{}"], "cannot be used with"),
    ] {
        let ended = item(demo.endpoint(), args);
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn a_gap_of_the_item_s_lineage_changes_the_exit_status() {
    let (demo, _) = life();
    let trimmed = Fault::Refuse(RefusalKind::TrimmedDataAccess);
    demo.service().lock().unwrap().faults.rules = vec![Rule::next(1, Operation::GetShardIterator, trimmed)];
    let ended = item(demo.endpoint(), &["small", "7", "-o", "diff"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains("dynascope: GAP in shard "), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("! GAP"), "{}", ended.stdout);
}

#[test]
fn every_item_of_dynamodb_local_is_found_by_its_key_whatever_its_types() {
    let local = DynamoDbLocal::start();
    let endpoint = local.endpoint();
    python("write.py", &[&endpoint, "--writes", "160"]);
    for table in ["keys_only", "new_image", "old_image", "both_images"] {
        let args = ["tail", table, "--from", "trim-horizon", "--no-follow", "-o", "jsonl"];
        let all = Program::at(&endpoint, &args).run().stdout;
        let mut by_key: BTreeMap<String, String> = BTreeMap::new();
        for line in all.split_inclusive('\n') {
            let record: Value = serde_json::from_str(line).unwrap();
            *by_key.entry(record["dynamodb"]["Keys"].to_string()).or_default() += line;
        }
        assert!(by_key.len() > 1, "{table}");
        // The items with the most records, and one of each shape of key.
        let mut items: Vec<_> = by_key.iter().collect();
        items.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.len()));
        for (key, lines) in items.into_iter().take(3) {
            let ended = item(&endpoint, &[table, "--key", key]);
            assert_eq!((ended.status, &ended.stdout), (0, lines), "{table} {key}: {}", ended.stderr);
            let texts = texts_of(key);
            let named = item(
                &endpoint,
                &[&[table, "--"], &texts.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat(),
            );
            if key.contains("\"B\"") {
                assert_eq!((named.status, named.stdout.as_str()), (2, ""), "{}", named.stderr);
                assert!(named.stderr.contains("is of type B: name the item with --key"), "{}", named.stderr);
            } else {
                assert_eq!((named.status, &named.stdout), (0, lines), "{table} {texts:?}: {}", named.stderr);
            }
        }
    }
}

/// The values of a key, partition key first, as somebody would type them.
fn texts_of(key: &str) -> Vec<String> {
    let key: Value = serde_json::from_str(key).unwrap();
    let value = |name: &str| key.get(name)?.as_object()?.values().next()?.as_str().map(str::to_owned);
    ["pk", "sk"].into_iter().filter_map(value).collect()
}

#[test]
fn the_explorer_shows_an_item_s_history_and_reads_further_back() {
    let local = DynamoDbLocal::start();
    let endpoint = local.endpoint();
    python("write.py", &[&endpoint, "--writes", "8"]);
    let put = |status: &str| {
        let item = format!(r#"{{"pk":{{"S":"ord#new"}},"sk":{{"B":"AAE="}},"status":{{"S":"{status}"}}}}"#);
        python("put.py", &[&endpoint, "both_images", &item]);
    };
    // Before anybody reads: DynamoDB Local has no AT_TIMESTAMP, so reading starts at the latest.
    put("EARLY");
    let mut screen = Screen::spawn(&["--endpoint-url", &endpoint, "both_images"], 160, 45);
    screen.wait_for_text("caught up");
    put("WAITING");
    screen.wait_for_text("ord#new");
    put("PAID");
    screen.wait_for_text("PAID");
    screen.keys("3GH");
    screen.wait_for_text("History · ord#new");
    screen.wait_for_text("2 steps");
    screen.keys("b");
    screen.wait_for_text("3 steps");
    screen.wait_for_text("complete back to the oldest kept");
    screen.keys("g");
    screen.wait_for_text("EARLY");
    screen.keys("qq");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
}
