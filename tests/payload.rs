//! Records of every shape, over the wire into the program itself: nothing is lost, invented or fatal.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use serde_json::{Value, json};
use support::program::{Ended, Program};
use support::screen::{Exit, Screen};
use support::scripted_server::{Answer, Asked, ScriptedServer, Step};
use tokio::runtime::Runtime;

const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000";
/// The last record of every story, on a page of its own: it is seen only where reading went on.
const LAST: &str = "the last";

/// A stream of one open shard with these bodies of GetRecords, by the iterator that asks for them.
struct Stream {
    /// Lives as long as the server.
    _runtime: Runtime,
    server: ScriptedServer,
}

impl Stream {
    /// The records on one page, and the last on the next.
    fn of(view_type: &str, records: &[String]) -> Self {
        let body = format!(r#"{{"Records":[{}],"NextShardIterator":"it-1"}}"#, records.join(","));
        Self::answering(view_type, Answer::ok(body))
    }

    /// The first page is given.
    fn answering(view_type: &str, first: Answer) -> Self {
        let last = record(99, "INSERT", LAST, None, Some("{}"));
        let last = format!(r#"{{"Records":[{last}],"NextShardIterator":"it-2"}}"#);
        let view_type = view_type.to_owned();
        let script = move |asked: &Asked| {
            let body = match asked.operation.as_str() {
                "ListStreams" => json!({"Streams": [{"StreamArn": ARN}]}).to_string(),
                "DescribeStream" => json!({"StreamDescription": {
                    "StreamArn": ARN, "StreamStatus": "ENABLED", "StreamViewType": view_type,
                    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                    "Shards": [{"ShardId": "shardId-1", "SequenceNumberRange": {"StartingSequenceNumber": "1"}}],
                }})
                .to_string(),
                "GetShardIterator" => r#"{"ShardIterator":"it-0"}"#.to_owned(),
                _ if asked.body.contains("it-0") => return Step::Answer(first.clone()),
                _ if asked.body.contains("it-1") => last.clone(),
                _ => r#"{"Records":[],"NextShardIterator":"it-2"}"#.to_owned(),
            };
            Step::Answer(Answer::ok(body))
        };
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(ScriptedServer::start(script));
        Self { _runtime: runtime, server }
    }

    /// Lines for people up to the last record, without it.
    fn pretty(&self, records: usize) -> Vec<String> {
        let ended = self.until(records, "pretty");
        let mut lines: Vec<String> = ended.stdout.lines().map(str::to_owned).collect();
        let last = lines.pop().unwrap_or_default();
        assert!(last.contains(LAST), "{ended:?}");
        lines
    }

    /// Reads so many records and the last.
    fn until(&self, records: usize, format: &str) -> Ended {
        let count = (records + 1).to_string();
        let args = ["tail", ARN, "--from", "trim-horizon", "--gaps", "--timeout", "20s"];
        let args = [&args[..], &["-m", &count, "-o", format]].concat();
        let ended = Program::at(&self.server.endpoint(), &args).run();
        assert_eq!(ended.status, 0, "{ended:?}");
        ended
    }

    fn explorer(&self, columns: u16, rows: u16) -> Screen {
        let start = Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(&[ARN]).size(columns, rows);
        let mut screen = start.env("AWS_ENDPOINT_URL", &self.server.endpoint()).spawn();
        screen.wait_for_text(LAST);
        screen
    }
}

/// A record of the item `key` with these images, as the service writes it, made at a time far ahead:
/// whatever is asked for, it is new enough.
fn record(number: u32, event: &str, key: &str, old: Option<&str>, new: Option<&str>) -> String {
    let image = |name: &str, image: Option<&str>| {
        image.map_or_else(String::new, |image| format!(r#","{name}":{image}"#))
    };
    format!(
        r#"{{"eventID":"e{number}","eventName":"{event}","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{{"ApproximateCreationDateTime":4000000000,"Keys":{{"pk":{{"S":"{key}"}}}},"SequenceNumber":"1000000000000000{number:05}","SizeBytes":9{}{}}}}}"#,
        image("OldImage", old),
        image("NewImage", new),
    )
}

fn modify(old: &str, new: &str) -> String {
    record(1, "MODIFY", "the item", Some(old), Some(new))
}

fn lines(ended: &Ended) -> Vec<Value> {
    // What is handed on as it came, and serde_json does not take.
    let whole = ended.stdout.replace(r"\ud800", "?").replace("1e400", "7");
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What changed, in the one line for people of one record.
fn said(old: &str, new: &str) -> String {
    let [line] = &Stream::of("NEW_AND_OLD_IMAGES", &[modify(old, new)]).pretty(1)[..] else {
        panic!("one line")
    };
    line.clone()
}

/// D1.
#[test]
fn a_poisonous_record_costs_nothing_but_itself() {
    let good = |number| record(number, "INSERT", &format!("k{number}"), None, Some("{}"));
    let as_value = |value: &str| record(5, "INSERT", "k5", None, Some(&format!(r#"{{"v":{value}}}"#)));
    let usual = record(5, "INSERT", "k5", None, Some("{}"));
    let records = ["null", "{}", "[]", "7", "\"x\""].map(str::to_owned);
    let values = [
        r#"{"S":null}"#,
        r#"{"N":5}"#,
        "{}",
        "null",
        r#"{"S":"a","N":"1"}"#,
        r#"{"S":"\ud800"}"#,
        r#"{"B":"_-"}"#,
        r#"{"X":1e400}"#,
    ]
    .map(as_value);
    let fields = [
        usual.replace("4000000000", "\"2026-01-01T00:00:00Z\""),
        usual.replace(r#""SizeBytes":9"#, r#""SizeBytes":"9""#),
        usual.replace(r#""SizeBytes":9"#, r#""SizeBytes":9.5"#),
        usual.replace(r#""SizeBytes":9"#, r#""SizeBytes":1e400"#),
        usual.replace(r#""Keys":{"pk":{"S":"k5"}}"#, r#""Keys":7"#),
        usual.replace(r#""eventName":"INSERT""#, r#""eventName":7"#),
        usual.replace(r#""eventID":"e5""#, r#""eventID":null"#),
    ];
    for poison in records.into_iter().chain(values).chain(fields) {
        let page: Vec<String> = (0..10).map(|n| if n == 5 { poison.clone() } else { good(n) }).collect();
        let ended = Stream::of("NEW_IMAGE", &page).until(9, "jsonl");
        let told = lines(&ended);
        for number in [0, 1, 2, 3, 4, 6, 7, 8, 9] {
            let is_it = |line: &&Value| line["dynamodb"]["Keys"]["pk"]["S"] == format!("k{number}");
            assert_eq!(told.iter().filter(is_it).count(), 1, "{poison}: {}", ended.stdout);
        }
        // A record, as far as it goes, or a line about it that has it whole.
        let is_poison = |line: &&Value| line["dynascope"]["raw"] == poison.as_str();
        let quarantined = told.iter().filter(is_poison).count();
        let is_last = |line: &&Value| line["dynamodb"]["Keys"]["pk"]["S"] == LAST;
        let shown = told.iter().filter(|line| line["dynamodb"].is_object() && !is_last(line)).count();
        assert_eq!(quarantined + shown, 10, "{poison}: {}", ended.stdout);
        // Of ten records the last is the eleventh.
        assert_eq!(told.iter().any(|line| is_last(&line)), quarantined == 1, "{poison}: {}", ended.stdout);
    }
}

/// D2.
#[test]
fn a_page_that_is_no_json_is_asked_for_again_and_never_passed_over() {
    for body in
        [&b"{\"Records\":[{]}"[..], b"{\"Records\":[\"\xff\xfe\"]}", b"{\"Records\":[", b"{\"Records\":[]} x"]
    {
        let stream = Stream::answering("NEW_IMAGE", Answer::ok(body));
        let args = ["tail", ARN, "--from", "trim-horizon", "--no-follow", "-o", "jsonl"];
        let ended = Program::at(&stream.server.endpoint(), &args).run();
        let asked = stream.server.asked();
        let tries = asked.iter().filter(|asked| asked.operation == "GetRecords").count();
        assert!((2..=5).contains(&tries), "{tries} tries");
        assert!(asked.iter().all(|asked| !asked.body.contains("it-1")), "nothing is skipped");
        assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("damaged"), "{}", ended.stderr);
    }
}

/// D3.
#[test]
fn a_type_that_is_not_known_is_told_and_compared() {
    let line =
        said(r#"{"v":{"VECTOR":[1]},"w":{"VECTOR":[1]}}"#, r#"{"v":{"VECTOR":[2]},"w":{"VECTOR":[1]}}"#);
    assert!(line.contains("  v ") && line.contains("VECTOR"), "{line}");
    assert!(!line.contains(", w"), "{line}");
}

/// D4.
#[test]
fn deep_values_are_read_or_said_to_be_too_deep() {
    for depth in [32, 61, 62, 10_000] {
        let image = format!(r#"{{"v":{}{{"S":"deep"}}{}}}"#, r#"{"L":["#.repeat(depth), "]}".repeat(depth));
        let other = image.replace("deep", "down");
        let stream = Stream::of("NEW_AND_OLD_IMAGES", &[modify(&image, &other)]);
        let told = stream.until(1, "jsonl").stdout;
        assert!(told.contains(&image) && told.contains(&other), "{depth}: byte for byte");
        let [line] = &stream.pretty(1)[..] else { panic!("one line") };
        let says = if depth > 1_000 { "an image that cannot be read" } else { "down" };
        assert!(line.contains(says), "{depth}: {line}");
        let mut screen = stream.explorer(120, 30);
        screen.keys("3g4vv");
        screen.wait_for_text(if depth > 1_000 { "cannot be read" } else { "1 change" });
        screen.keys("<C-c>");
        assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    }
}

/// D5.
#[test]
fn numbers_are_verbatim_and_equal_by_value() {
    let long = "12345678901234567890123456789012345678";
    for number in [long, "9.9999999999999999999999999999999999999E+125", "-1E-130", "-0", "1.0", "1E5"] {
        let stream = Stream::of(
            "NEW_IMAGE",
            &[record(1, "INSERT", "k", None, Some(&format!(r#"{{"n":{{"N":"{number}"}}}}"#)))],
        );
        let told = stream.until(1, "jsonl");
        assert_eq!(lines(&told)[0]["dynamodb"]["NewImage"]["n"]["N"], number);
    }
    let last_digit = format!("{}9", &long[..37]);
    let line = said(&format!(r#"{{"n":{{"N":"{long}"}}}}"#), &format!(r#"{{"n":{{"N":"{last_digit}"}}}}"#));
    assert!(line.contains(&format!("n {long} → {last_digit}")), "{line}");
}

/// D6.
#[test]
fn everything_empty_has_its_own_look() {
    let empty = [
        "{\"S\":\"\"}",
        "{\"B\":\"\"}",
        "{\"L\":[]}",
        "{\"M\":{}}",
        "{\"SS\":[]}",
        "{\"NS\":[]}",
        "{\"BS\":[]}",
        "{\"NULL\":false}",
        "{\"S\":\"NULL\"}",
        "{\"BOOL\":false}",
        "{\"S\":\"false\"}",
    ];
    let mut looks = vec![];
    for value in empty {
        let line = said("{}", &format!(r#"{{"v":{value}}}"#));
        let (_, look) = line.split_once("v + ").unwrap_or_else(|| panic!("{value}: {line}"));
        assert!(!looks.contains(&look.to_owned()), "{value} looks like another: {look}");
        looks.push(look.to_owned());
    }
}

/// D7.
#[test]
fn the_order_of_a_set_is_no_change() {
    let line = said(
        r#"{"s":{"SS":["a","b"]},"n":{"NS":["1","2"]},"b":{"BS":["AA==","AQ=="]}}"#,
        r#"{"s":{"SS":["b","a"]},"n":{"NS":["2.0","1"]},"b":{"BS":["AQ==","AA=="]}}"#,
    );
    assert!(line.trim_end().ends_with("the item"), "{line}");
}

/// D8.
#[test]
fn strange_names_make_paths_with_one_meaning() {
    let line = said(
        r#"{"a":{"M":{"b":{"N":"1"}}}}"#,
        r#"{"a":{"M":{"b":{"N":"2"}}},"a.b":{"N":"3"},"":{"N":"4"},"a[0]":{"N":"5"}}"#,
    );
    for path in ["a.b 1 → 2", "\"a.b\" + 3", "\"\" + 4", "\"a[0]\" + 5"] {
        assert!(line.contains(path), "{path} in {line}");
    }
    let line = said("{}", r#"{"\u001b[2J":{"N":"1"}}"#);
    assert!(line.contains(r#""\u{1b}[2J" + 1"#), "{line}");
}

/// D9.
#[test]
fn no_view_type_makes_attributes_look_added() {
    let image = r#"{"pk":{"S":"k"},"v":{"N":"1"}}"#;
    for view_type in ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] {
        let has = |side: &str| view_type == "NEW_AND_OLD_IMAGES" || view_type.starts_with(side);
        for event in ["INSERT", "MODIFY", "REMOVE"] {
            let old = (has("OLD") && event != "INSERT").then_some(image);
            let new = (has("NEW") && event != "REMOVE").then_some(image);
            let typed = format!(r#""StreamViewType":"{view_type}","SizeBytes""#);
            let record = record(1, event, "k", old, new).replace(r#""SizeBytes""#, &typed);
            let stream = Stream::of(view_type, &[record]);
            let case = format!("{view_type} {event}");
            let [line] = &stream.pretty(1)[..] else { panic!("one line") };
            assert!(!line.contains(" v + ") && !line.contains(" v - "), "{case}: {line}");
            let mut screen = stream.explorer(120, 40);
            screen.keys("3g4");
            screen.wait_for("the diff of it", |screen| screen.contents().contains(&format!("k · {event}")));
            screen.wait_until_still(std::time::Duration::from_millis(30));
            let text = screen.text();
            let is_added = text.contains("+ v ");
            assert_eq!(is_added, event == "INSERT" && new.is_some(), "{case}:\n{text}");
            assert_eq!(text.contains("- v "), event == "REMOVE" && old.is_some(), "{case}:\n{text}");
            let is_partial = match event {
                "INSERT" => new.is_none(),
                "REMOVE" => old.is_none(),
                _ => old.is_none() || new.is_none(),
            };
            assert_eq!(text.contains(&format!("{view_type}: there is ")), is_partial, "{case}:\n{text}");
            screen.keys("<C-c>");
            assert_eq!(screen.wait_for_exit(), Exit::Status(0));
        }
    }
}

/// D10.
#[test]
fn strange_times_are_told_or_left_out() {
    let usual = record(1, "INSERT", "k", None, Some("{}"));
    for (time, shown) in [
        ("1.7E9", "2023-11-14 22:13:20"),
        ("1700000000.123", "2023-11-14 22:13:20.123"),
        ("-1", ""),
        ("253402300800", ""),
        ("1e300", ""),
        ("-1e400", ""),
        ("\"1700000000\"", "—"),
        ("null", "—"),
    ] {
        let odd = usual.replace("4000000000", time);
        let stream = Stream::of("NEW_IMAGE", &[odd, record(2, "INSERT", "other", None, Some("{}"))]);
        // It ends with the last record: no more have come than were to be read.
        let lines = stream.pretty(2);
        assert!(lines.iter().any(|line| line.contains(shown)), "{time}: {lines:?}");
        assert!(lines.iter().any(|line| line.contains("other")), "{time}: {lines:?}");
        let mut screen = stream.explorer(120, 30);
        screen.keys("3g4v2i<C-c>");
        assert_eq!(screen.wait_for_exit(), Exit::Status(0), "{time}");
        screen.assert_restored();
    }
}

/// D11.
#[test]
fn a_deletion_by_time_to_live_is_marked_in_both_spellings() {
    for identity in [
        r#"{"Type":"Service","PrincipalId":"dynamodb.amazonaws.com"}"#,
        r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#,
    ] {
        let removed = record(1, "REMOVE", "k", Some(r#"{"v":{"N":"1"}}"#), None);
        let by_ttl = removed.replacen('{', &format!(r#"{{"userIdentity":{identity},"#), 1);
        let stream = Stream::of("OLD_IMAGE", &[by_ttl]);
        let [line] = &stream.pretty(1)[..] else { panic!("one line") };
        assert!(line.contains("TTL"), "{line}");
        let told = lines(&stream.until(1, "jsonl"));
        let as_lambda = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
        assert_eq!(told[0]["userIdentity"], as_lambda);
        let mut screen = stream.explorer(120, 30);
        screen.wait_for_text("TTL");
    }
}

/// D12.
#[test]
fn huge_items_are_shown_and_left_again() {
    let attributes: Vec<String> = (0..2_000).map(|n| format!(r#""a{n:04}":{{"N":"{n}"}}"#)).collect();
    let wide = format!("{{{}}}", attributes.join(","));
    let changed = wide.replace(r#"{"N":"1999"}"#, r#"{"N":"0"}"#);
    let long = |end: &str| format!(r#"{{"v":{{"S":"{}{end}"}}}}"#, "x".repeat(400_000));
    let records = [modify(&wide, &changed), record(2, "MODIFY", "long", Some(&long("a")), Some(&long("b")))];
    let mut screen = Stream::of("NEW_AND_OLD_IMAGES", &records).explorer(140, 40);
    screen.keys("3g");
    screen.wait_for_text("a1999");
    screen.keys("4vvv");
    screen.wait_for_text("full JSON");
    screen.keys("G");
    screen.wait_for_text("\"a1998\": 1998");
    screen.keys("3j");
    screen.wait_for_text("long · MODIFY");
    screen.keys("4vlllGg");
    screen.wait_for_text("xxxxxxxxxx");
    screen.keys("<C-c>");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
}

/// D13.
#[test]
fn names_that_come_twice_and_nul_cut_nothing_off() {
    let twice =
        record(1, "INSERT", "k", None, Some(r#"{"v":{"S":"first"},"v":{"S":"la\u0000st"},"w":{"N":"1"}}"#));
    let stream = Stream::of("NEW_IMAGE", &[twice]);
    let told = stream.until(1, "jsonl").stdout;
    assert!(told.contains(r#"{"v":{"S":"first"},"v":{"S":"la\u0000st"},"w":{"N":"1"}}"#), "{told}");
    let mut screen = stream.explorer(120, 40);
    screen.keys("3g4");
    screen.wait_for("the text behind NUL", |screen| {
        let text = screen.contents();
        ["\"la\\x00st\"", "\"la\\u0000st\""].iter().any(|shown| text.contains(shown)) && text.contains("w ")
    });
    assert!(!screen.text().contains("first"), "{}", screen.text());
}
