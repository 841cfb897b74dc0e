//! `dynascope cat` and `dynascope open`, the binary itself, on captures of the demo service.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use dynascope::demo::{Contents, Demo, DemoConfig};
use dynascope::model::{StreamArn, ViewType};
use support::program::{Ended, Program};
use support::python::python;
use support::screen::{Exit, Screen};
use tempfile::TempDir;

/// A capture of two streams, made by the program itself: an item of `orders` that goes through ten
/// versions, other items beside it, and one of `payments`.
struct Captured {
    folder: TempDir,
    path: PathBuf,
}

impl Captured {
    fn new(name: &str) -> Self {
        let demo =
            Demo::serve(&DemoConfig { contents: Contents::Nothing, ..DemoConfig::default() }, 0).unwrap();
        let orders = stream(&demo, "orders");
        let payments = stream(&demo, "payments");
        for version in 1..=10 {
            let image = |version: u32| {
                let status = ["NEW", "PAID", "SHIPPED"][version as usize % 3];
                format!(
                    r#"{{"version":{{"N":"{version}"}},"status":{{"S":"{status}"}},"note":{{"S":"\u001b[2J é"}}}}"#
                )
            };
            let old = (version > 1).then(|| image(version - 1));
            put(&demo, &orders, "ord#1", old.as_deref(), Some(&image(version)));
            put(&demo, &orders, &format!("ord#{}", version + 1), None, Some(&image(version)));
        }
        put(&demo, &payments, "pay#1", None, Some(r#"{"total":{"N":"1.50"}}"#));
        put(&demo, &payments, "pay#1", Some(r#"{"total":{"N":"1.50"}}"#), None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        // One after the other: together they would come in any order.
        for table in ["orders", "payments"] {
            let args = ["tail", table, "--from", "trim-horizon", "--no-follow", "--capture"];
            let ended = Program::at(demo.endpoint(), &[&args[..], &[path.to_str().unwrap()]].concat()).run();
            assert_eq!(ended.status, 0, "{}", ended.stderr);
        }
        Self { folder, path }
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// A file beside it.
    fn beside(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn stream(demo: &Demo, table: &str) -> StreamArn {
    demo.service().lock().unwrap().create_stream(table, ViewType::NewAndOldImages, 1, demo.now())
}

fn put(demo: &Demo, stream: &StreamArn, key: &str, old: Option<&str>, new: Option<&str>) {
    demo.service().lock().unwrap().put(stream, key, old, new, demo.now()).unwrap();
}

fn cat(args: &[&str]) -> Ended {
    Program::new(&[&["cat"], args].concat()).run()
}

fn open(args: &[&str]) -> Screen {
    let args = [&["open"], args].concat();
    let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope"))
        .args(&args)
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .without_env("AWS_REGION")
        .without_env("AWS_DEFAULT_REGION")
        .size(140, 40)
        .spawn();
    screen.wait_for_text("offline");
    screen
}

#[test]
fn a_capture_is_walked_without_a_network_as_if_it_were_read_now() {
    let captured = Captured::new("demo.jsonl");
    let mut screen = open(&[captured.path()]);
    screen.wait_for_text("22 records");
    // All of both streams, from the first record on, and standing still.
    screen.wait_for("the first record", |screen| {
        let text = screen.contents();
        text.contains("4 Diff · ord#1 · INSERT") && text.contains("2 streams · captured ")
    });
    for (key, said) in [
        ("f", "this is a file: nothing is written"),
        ("P", "nothing is read but"),
        ("R", "nothing to try again"),
    ] {
        screen.keys(key);
        screen.wait_for_text(said);
    }
    screen.keys("G");
    screen.wait_for_text("4 Diff · pay#1 · REMOVE");
    // A stream narrows.
    screen.keys("1/payments<Enter><Enter>");
    screen.wait_for_text("only payments");
    screen.keys("2gj<Enter>");
    screen.wait_for_text("only orders");
    screen.keys("/status = 'SHIPPED' AND version > 4<Enter>");
    screen.wait_for("four matches", |screen| screen.contents().matches("orders ord#").count() == 4);
    screen.keys("gH");
    screen.wait_for_text("of what was captured");
    screen.wait_for("ten steps", |screen| {
        let text = screen.contents();
        text.contains("History · ord#1 · 10 steps") && !text.contains("complete")
    });
    screen.keys("b");
    screen.wait_for_text("nothing further back");
    screen.keys("<Esc>q");
    let ended = screen.wait_for_exit();
    assert_eq!(ended, Exit::Status(0));
    assert!(screen.text().contains("demo.jsonl · 22 records · 0 gaps"), "{}", screen.text());
}

/// All that is not the lines of a file.
fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[test]
fn what_was_captured_comes_out_again_as_it_went_in() {
    for name in ["whole.jsonl", "packed.jsonl.zst"] {
        let captured = Captured::new(name);
        let printed = cat(&[captured.path(), "-o", "jsonl", "--gaps"]);
        assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
        let records = cat(&[captured.path()]).stdout;
        assert_eq!((records.lines().count(), printed.stdout.lines().count()), (22, 26));
        if name == "whole.jsonl" {
            assert_eq!(printed.stdout, fs::read_to_string(&captured.path).unwrap());
        }
        // A second file that has some of it, and one that is an array.
        let array = captured.beside("array.json", cat(&[captured.path(), "-o", "json", "-m", "5"]).stdout);
        let twice = cat(&[captured.path(), &array, captured.path()]);
        assert_eq!(twice.stdout, records);
        assert_eq!(twice.stderr, "dynascope: 27 records were there already and are left out\n");
        // An array alone is as good as the lines.
        assert_eq!(cat(&[&array]).stdout.lines().count(), 5);
    }
}

#[test]
fn a_torn_file_gives_what_it_holds_and_says_so() {
    let captured = Captured::new("torn.jsonl.zst");
    let whole = fs::read(&captured.path).unwrap();
    let torn = captured.beside("cut.jsonl.zst", &whole[..whole.len() - 7]);
    let ended = cat(&[&torn, captured.path()]);
    assert_eq!((ended.status, ended.stdout.lines().count()), (0, 22));
    assert!(ended.stderr.contains("cut.jsonl.zst: its last zstd frame is torn"), "{}", ended.stderr);
    let mut damaged = whole.clone();
    damaged[9] ^= 0xff;
    let ended = cat(&[&captured.beside("damaged.zst", damaged)]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("its zstd is damaged, and the rest is lost"), "{}", ended.stderr);
    let mut screen = open(&[&torn]);
    screen.wait_for_text("its last zstd frame is torn");
    screen.wait_for_text("cut short");
    let missing = cat(&["nowhere.jsonl"]);
    assert_eq!(
        (missing.status, missing.stderr.as_str()),
        (1, "dynascope: cannot read nowhere.jsonl: No such file or directory (os error 2)\n")
    );
    assert_eq!(cat(&[captured.folder.path().to_str().unwrap()]).status, 1);
}

#[test]
fn lines_that_are_no_records_are_counted_and_never_reach_the_terminal_as_they_are() {
    let captured = Captured::new("lines.jsonl");
    let mut text = fs::read_to_string(&captured.path).unwrap();
    text.insert_str(0, "\u{1b}[2J not JSON\n{\"level\":\"info\"}\n");
    let path = captured.beside("mixed\u{1b}[31m.jsonl", text);
    let ended = cat(&[&path]);
    assert_eq!((ended.status, ended.stdout.lines().count()), (0, 22));
    assert!(ended.stderr.contains("1 bad line left out, the first at "), "{}", ended.stderr);
    assert!(ended.stderr.contains(":1: a value expected at byte 0"), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 foreign line left out, the first at "), "{}", ended.stderr);
    assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
    let mut screen = open(&[&path]);
    screen.wait_for_text("1 bad line · 1 foreign line");
    screen.wait_for_text("4 Diff · ord#1 · INSERT");
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("\u{1b}[2J not"));
}

#[test]
fn a_lambda_event_is_opened_from_stdin_while_the_keys_come_from_the_terminal() {
    let captured = Captured::new("events.jsonl");
    let events = cat(&[captured.path(), "-o", "lambda-event", "--batch-size", "8"]);
    assert_eq!(events.stdout.lines().count(), 3);
    let event: serde_json::Value = serde_json::from_str(events.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(event["Records"].as_array().unwrap().len(), 8);
    let pretty = captured.beside("event.json", serde_json::to_string_pretty(&event).unwrap());
    let program = env!("CARGO_BIN_EXE_dynascope");
    let mut screen = Screen::command("sh")
        .args(&["-c", &format!("cat {pretty} | {program} open -")])
        .size(140, 40)
        .spawn();
    screen.wait_for_text("offline · stdin · 8 records");
    // An event does not say in which shard its records were.
    screen.keys("G");
    screen.wait_for("the last record", |screen| screen.contents().contains("4 Diff · ord#5 · INSERT"));
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    assert_eq!(cat(&[&pretty]).stdout.lines().count(), 8);
}

#[test]
fn records_of_a_part_are_asked_for_by_shard_number_and_time() {
    let captured = Captured::new("part.jsonl");
    let lines: Vec<serde_json::Value> =
        cat(&[captured.path()]).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first = &lines[0];
    let shard = first["shardId"].as_str().unwrap();
    let in_shard = lines.iter().filter(|line| line["shardId"] == shard);
    let numbers: Vec<&str> =
        in_shard.map(|line| line["dynamodb"]["SequenceNumber"].as_str().unwrap()).collect();
    let count = |args: &[&str]| cat(&[&[captured.path()], args].concat()).stdout.lines().count();
    assert_eq!(count(&["--shard", shard]), numbers.len());
    assert_eq!(count(&["--shard", shard, "--from", &format!("at:{}", numbers[2])]), numbers.len() - 2);
    assert_eq!(count(&["--shard", shard, "--from", &format!("after:{}", numbers[2])]), numbers.len() - 3);
    assert_eq!(count(&["--until", "2020-01-01T00:00:00Z"]), 0);
    assert_eq!(count(&["--since", "2020-01-01T00:00:00Z"]), 22);
    let missing = cat(&[captured.path(), "--shard", "shardId-1"]);
    assert_eq!(
        (missing.status, last_line(&missing.stderr)),
        (1, "dynascope: no file has the shard shardId-1")
    );
    let too_few = cat(&[captured.path(), "-m", "23"]);
    assert_eq!((too_few.status, too_few.stdout.lines().count()), (3, 22));
    assert_eq!(cat(&[captured.path(), "--from", "latest"]).status, 2);
    let gap = format!(
        "{{\"dynascope\":{{\"v\":1,\"kind\":\"gap\",\"eventSourceARN\":{},\"shardId\":\"{shard}\",\"reason\":\"trimmed\"}}}}\n",
        first["eventSourceARN"]
    );
    let ended = cat(&[&captured.beside("gap.jsonl", &gap), "--gaps"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (5, gap.as_str()));
    assert!(ended.stderr.starts_with("dynascope: GAP in shard shardId-"), "{}", ended.stderr);
}

/// A question in three languages: ours, jq's and SQL's. In jq `$i` is the item, in SQL `item`.
const QUESTIONS: [(&str, &str, &str); 10] = [
    ("status = 'PAID'", r#"$i.status.S == "PAID""#, "(item->>'$.status.S') = 'PAID'"),
    (
        "total.amount > 200",
        "($i.total.M.amount.N // \"0\" | tonumber) > 200",
        "CAST((item->>'$.total.M.amount.N') AS DECIMAL(18, 4)) > 200",
    ),
    ("@event = REMOVE", r#".eventName == "REMOVE""#, "eventName = 'REMOVE'"),
    (
        "begins_with(customerId, 'cus#3')",
        r#"$i.customerId.S // "" | startswith("cus#3")"#,
        "starts_with((item->>'$.customerId.S'), 'cus#3')",
    ),
    ("attribute_exists(parcel)", "$i.parcel != null", "(item->'$.parcel') IS NOT NULL"),
    (
        "attribute_not_exists(paymentId) AND @table = 'orders'",
        r#"$i.paymentId == null and (.eventSourceARN | contains("table/orders/"))"#,
        "(item->'$.paymentId') IS NULL AND contains(eventSourceARN, 'table/orders/')",
    ),
    (
        "lines[0].qty >= 2",
        "($i.lines.L[0].M.qty.N // \"0\" | tonumber) >= 2",
        "CAST((item->>'$.lines.L[0].M.qty.N') AS INTEGER) >= 2",
    ),
    (
        "shipTo.residential = true",
        "$i.shipTo.M.residential.BOOL == true",
        "(item->>'$.shipTo.M.residential.BOOL') = 'true'",
    ),
    (
        "changed(status)",
        ".dynamodb.OldImage.status != .dynamodb.NewImage.status",
        "(dynamodb->>'$.OldImage.status.S') IS DISTINCT FROM (dynamodb->>'$.NewImage.status.S')",
    ),
    (
        "currency IN ('USD', 'GBP') AND amount BETWEEN 50 AND 100",
        r#"($i.currency.S | . == "USD" or . == "GBP") and ($i.amount.N | tonumber | . >= 50 and . <= 100)"#,
        "(item->>'$.currency.S') IN ('USD', 'GBP') AND CAST((item->>'$.amount.N') AS DECIMAL(18, 4)) BETWEEN 50 AND 100",
    ),
];

/// Sequence numbers in order.
fn sorted(numbers: impl Iterator<Item = String>) -> Vec<String> {
    let mut numbers: Vec<String> = numbers.collect();
    numbers.sort();
    numbers
}

#[test]
fn jq_and_duckdb_find_in_a_capture_what_its_own_filter_finds() {
    let demo = Demo::serve(&DemoConfig::default(), 0).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.jsonl");
    let path = path.to_str().unwrap();
    // One after the other: together, all 4,000 may be of the table that answers first.
    for table in ["orders", "payments"] {
        let args = ["tail", table, "--from", "trim-horizon", "-m", "2000", "--capture", path];
        assert_eq!(Program::at(demo.endpoint(), &args).run().status, 0);
    }
    let sql: Vec<&str> = [path].into_iter().chain(QUESTIONS.map(|(_, _, sql)| sql)).collect();
    let answers = python("sql.py", &sql);
    let mut answers = answers.lines().map(|line| serde_json::from_str::<Vec<String>>(line).unwrap());
    for (ours, jq, sql) in QUESTIONS {
        let found = cat(&[path, "--filter", ours]);
        assert_eq!(found.status, 0, "{}", found.stderr);
        let number = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()
        };
        let found = sorted(found.stdout.lines().map(number));
        let program = format!(
            "select(.dynamodb) | (.dynamodb.NewImage // .dynamodb.OldImage) as $i | select({jq}) \
             | .dynamodb.SequenceNumber"
        );
        let output = Command::new("jq").args(["-r", &program, path]).output().unwrap();
        assert!(output.status.success(), "{jq}: {}", String::from_utf8_lossy(&output.stderr));
        let by_jq = sorted(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned));
        assert!(!found.is_empty() && found.len() < 4_000, "{ours} tells nothing apart: {}", found.len());
        assert_eq!(found, by_jq, "{ours} is not what jq finds by {jq}");
        assert_eq!(found, answers.next().unwrap(), "{ours} is not what DuckDB finds by {sql}");
    }
}

/// The code below a recipe's mark in the README.
fn recipe(name: &str) -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, recipe) = readme.split_once(&format!("<!-- recipe: {name} -->\n```python\n")).unwrap();
    recipe.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn the_recipes_of_the_readme_count_a_capture_and_replay_it_to_a_handler() {
    let captured = Captured::new("orders.jsonl");
    let python = support::fetched("DYNASCOPE_PYTHON", "target/venv/bin/python");
    let run = |script: &str, input: &str| {
        let path = captured.beside("script.py", recipe(script));
        let stdin = fs::File::open(input).unwrap();
        let mut command = Command::new(&python);
        let output = command.arg(path).current_dir(captured.folder.path()).stdin(stdin).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let counted = run("duckdb", "/dev/null");
    let has = |words: [&str; 3]| {
        counted.lines().any(|line| {
            let cells: Vec<&str> = line.split('│').map(str::trim).filter(|cell| !cell.is_empty()).collect();
            cells == words
        })
    };
    // Versions 1 to 10 of the item: PAID are 1, 4, 7 and 10; each beside another item.
    assert!(has(["INSERT", "PAID", "5"]) && has(["MODIFY", "PAID", "3"]), "{counted}");
    captured.beside("handler.py", "def handler(event, context):\n    print(len(event[\"Records\"]))\n");
    let events = cat(&[captured.path(), "-o", "lambda-event", "--batch-size", "9"]).stdout;
    assert_eq!(run("replay", &captured.beside("events.jsonl", events)), "9\n9\n4\n");
}
