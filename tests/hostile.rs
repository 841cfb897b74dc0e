//! No byte from outside reaches a terminal or a stream of lines as anything but text.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use dynascope::demo::{Contents, Demo, DemoConfig};
use dynascope::model::text::is_dangerous;
use dynascope::model::{StreamArn, ViewType};
use serde_json::{Value, json};
use support::program::Program;
use support::screen::{Exit, Screen, Start};
use support::scripted_server::{Answer, Asked, ScriptedServer, Step};
use support::sequences::foreign;
use tokio::runtime::Runtime;

/// What dynascope itself sends to a terminal, and nothing else.
const OWN: &[&str] = &[
    // Moves, styles, erasing.
    "CSI H",
    "CSI m",
    "CSI 2J",
    "CSI J",
    "CSI K",
    // The alternate screen, the cursor, bracketed paste.
    "CSI ?1049h",
    "CSI ?1049l",
    "CSI ?25h",
    "CSI ?25l",
    "CSI ?2004h",
    "CSI ?2004l",
    // The mouse: presses, drags, moves; in the two ways to write where.
    "CSI ?1000h",
    "CSI ?1000l",
    "CSI ?1002h",
    "CSI ?1002l",
    "CSI ?1003h",
    "CSI ?1003l",
    "CSI ?1006h",
    "CSI ?1006l",
    "CSI ?1015h",
    "CSI ?1015l",
    // Ends of lines.
    "0x0a",
    "0x0d",
];

/// In a command's output there are lines, and colours. A terminal makes CR LF of LF.
const OWN_IN_LINES: &[&str] = &["CSI m", "0x0a", "0x0d"];

/// Clears the screen, sets the clipboard and the title, rings, and more; by themselves.
const CONTROLS: [(&str, &str); 14] = [
    ("\x1b[2J", "\\x1b[2J"),
    ("\x1b]52;c;ZXZpbA==\x07", "\\x1b]52;c;ZXZpbA==\\x07"),
    ("\x1b]0;evil\x1b\\", "\\x1b]0;evil\\x1b\\"),
    ("\u{9b}31m", "\\x9b31m"),
    ("\u{9d}0;evil\u{9c}", "\\x9d0;evil\\x9c"),
    ("\x07", "\\x07"),
    ("\x1bPq#0\x1b\\", "\\x1bPq#0\\x1b\\"),
    ("\x1bc", "\\x1bc"),
    ("a\rb", "a\\x0db"),
    ("\x08\x7f", "\\x08\\x7f"),
    ("\u{202e}cba", "\\u{202e}cba"),
    ("x\u{200b}y", "x\\u{200b}y"),
    ("\u{e0041}\u{e007f}", "\\u{e0041}\\u{e007f}"),
    ("\u{2028}\u{e000}\u{feff}", "\\u{2028}\\u{e000}\\u{feff}"),
];

/// What is wide, narrow or piled up in ways on which terminals disagree.
const UNEVEN: [&str; 5] =
    ["漢字漢字漢字", "👨\u{200d}👩\u{200d}👧\u{200d}👦", "❤\u{fe0f}", "e\u{301}", "ｆｕｌｌ"];

fn zalgo() -> String {
    format!("z{}", "\u{301}".repeat(40))
}

/// All of it in one short text.
fn evil() -> String {
    let controls: Vec<&str> = CONTROLS.iter().map(|(raw, _)| *raw).collect();
    controls.join("~")
}

/// Fails unless `raw` holds only sequences in `own`, and nothing that hides or turns text.
fn assert_tame(raw: &[u8], own: &[&str]) {
    let found = foreign(raw, own);
    assert!(found.is_empty(), "foreign sequences: {found:?}");
    let text = String::from_utf8_lossy(raw);
    let hidden: Vec<char> = text
        .chars()
        .filter(|character| !matches!(character, '\u{200d}' | '\u{fe0f}' | '\x1b' | '\n' | '\r'))
        .filter(|character| is_dangerous(*character))
        .collect();
    assert!(hidden.is_empty(), "{hidden:?} in {text:?}");
}

/// Fails unless each pane that has its upper corners on the screen has straight sides.
fn assert_aligned(screen: &Screen) {
    screen.see(|screen| {
        let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
        let at = |row, column| screen.cell(row, column).map(|cell| cell.contents().to_owned());
        let mut sides = 0;
        for row in 0..rows {
            for column in 0..columns {
                if !matches!(at(row, column).as_deref(), Some("╭" | "╮")) {
                    continue;
                }
                for below in row + 1..rows {
                    match at(below, column).as_deref() {
                        Some("│") => sides += 1,
                        Some("╰" | "╯") => break,
                        other => panic!("{below},{column} holds {other:?}:\n{}", screen.contents()),
                    }
                }
            }
        }
        assert!(sides > 0, "no pane was found:\n{}", screen.contents());
    });
}

fn demo() -> Demo {
    Demo::serve(&DemoConfig { contents: Contents::Nothing, ..DemoConfig::default() }, 0).unwrap()
}

/// A stream `small` whose records have hostile keys, names and values.
fn hostile_records() -> (Demo, StreamArn) {
    let demo = demo();
    let now = demo.now();
    let stream = demo.service().lock().unwrap().create_stream("small", ViewType::NewAndOldImages, 1, now);
    let texts = CONTROLS.iter().map(|(raw, _)| (*raw).to_owned()).chain(UNEVEN.map(String::from));
    for (number, text) in texts.chain([zalgo()]).enumerate() {
        put(&demo, &stream, &format!("k{number:02}{text}"), &text);
    }
    (demo, stream)
}

/// A change in which everything is the text: a name, a value, a list, a nested name, binary.
fn put(demo: &Demo, stream: &StreamArn, key: &str, text: &str) {
    let image = |version: &str| {
        let mut item = json!({
            "version": {"N": version},
            "value": {"S": format!("{version} {text}")},
            "list": {"L": [{"S": text}, {"SS": [text, version]}]},
            "map": {"M": {text: {"S": version}}},
        });
        item[format!("n{text}")] = json!({"S": format!("{text} {version}")});
        item.to_string()
    };
    let mut service = demo.service().lock().unwrap();
    service.put(stream, key, Some(&image("1")), Some(&image("2")), demo.now()).unwrap();
}

fn explorer(endpoint: &str, columns: u16, rows: u16) -> Start {
    let start = Screen::command(env!("CARGO_BIN_EXE_dynascope"));
    start.env("AWS_ENDPOINT_URL", endpoint).size(columns, rows)
}

#[test]
fn hostile_records_are_only_text_in_every_view() {
    let (demo, _) = hostile_records();
    for (columns, rows) in [(140, 40), (81, 24)] {
        let mut screen = explorer(demo.endpoint(), columns, rows).args(&["small"]).spawn();
        screen.wait_for_text("k19");
        screen.keys("3g");
        // Down the records, each in the diff's modes; wide letters pass the right edge.
        for _ in 0..20 {
            screen.keys("4vvllhh3j");
            screen.wait_until_still(std::time::Duration::from_millis(20));
        }
        assert_tame(&screen.raw(), OWN);
        screen.keys("g");
        screen.wait_for_text("\\x1b[2J");
        screen.keys("zd");
        screen.wait_until_still(std::time::Duration::from_millis(100));
        assert_aligned(&screen);
        screen.keys("<C-c>");
        assert_eq!(screen.wait_for_exit(), Exit::Status(0));
        assert_tame(&screen.raw(), OWN);
        screen.assert_restored();
    }
}

#[test]
fn what_a_terminal_would_obey_is_spelled_out_in_the_diff() {
    for (raw, shown) in CONTROLS {
        let demo = demo();
        let now = demo.now();
        let stream = demo.service().lock().unwrap().create_stream("small", ViewType::NewAndOldImages, 1, now);
        put(&demo, &stream, "the item", raw);
        let mut screen = explorer(demo.endpoint(), 140, 40).args(&["small"]).spawn();
        screen.wait_for_text("the item");
        screen.keys("3g4");
        // A line break in a cell is a sign; JSON has its own escapes for what JSON cannot hold.
        screen.wait_for(shown, |screen| {
            let text = screen.contents();
            text.contains(shown) && text.contains("version")
        });
        screen.keys("v");
        screen.wait_until_still(std::time::Duration::from_millis(50));
        assert_aligned(&screen);
        screen.keys("<C-c>");
        screen.wait_for_exit();
        assert_tame(&screen.raw(), OWN);
    }
}

#[test]
fn a_hostile_filter_is_only_text() {
    let (demo, _) = hostile_records();
    let mut screen = explorer(demo.endpoint(), 120, 30).args(&["small"]).spawn();
    screen.wait_for_text("k19");
    screen.keys("3/");
    screen.wait_for_text("text ›");
    screen.paste("\u{9b}31m\u{202e}\x07\u{e0041}漢");
    screen.wait_for_text("\\x9b31m\\u{202e}\\x07\\u{e0041}漢");
    assert_aligned(&screen);
    screen.keys("<Enter>");
    screen.wait_until_still(std::time::Duration::from_millis(50));
    screen.keys("<C-c>");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    assert_tame(&screen.raw(), OWN);
}

/// Answers in which all that can be named is hostile.
struct Hostile {
    /// Lives as long as the server.
    _runtime: Runtime,
    server: ScriptedServer,
}

impl Hostile {
    fn start(records: impl Fn(&Asked) -> Step + Send + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(ScriptedServer::start(move |asked| answer(asked, &records)));
        Self { _runtime: runtime, server }
    }
}

fn hostile_arn() -> String {
    format!("arn:aws:dynamodb:eu-west-1:1{0}2:table/t{0}/stream/2026-01-01T00:00:00.000{0}", evil())
}

fn answer(asked: &Asked, records: &impl Fn(&Asked) -> Step) -> Step {
    let (arn, evil) = (hostile_arn(), evil());
    let body = match asked.operation.as_str() {
        "ListStreams" => {
            json!({"Streams": [{"StreamArn": arn, "TableName": format!("t{evil}"), "StreamLabel": evil}]})
        }
        "DescribeStream" => json!({"StreamDescription": {
            "StreamArn": arn, "StreamLabel": evil, "TableName": format!("t{evil}"),
            "StreamStatus": format!("S{evil}"), "StreamViewType": format!("V{evil}"),
            "CreationRequestDateTime": 1_700_000_000,
            "KeySchema": [{"AttributeName": format!("k{evil}"), "KeyType": "HASH"}],
            "Shards": [{"ShardId": format!("shard{evil}"),
                "SequenceNumberRange": {"StartingSequenceNumber": evil}}],
        }}),
        "GetShardIterator" => json!({"ShardIterator": format!("it{}", evil.escape_debug())}),
        _ => return records(asked),
    };
    Step::Answer(Answer::ok(body.to_string()))
}

fn refused(_: &Asked) -> Step {
    let body = json!({"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "message": evil()});
    Step::Answer(Answer::new(400, body.to_string()))
}

fn not_dynamodb(_: &Asked) -> Step {
    Step::Answer(Answer::ok(format!("<html>{}", evil())))
}

/// A page with a record whose envelope is hostile, and one that cannot be understood.
fn page(asked: &Asked) -> Step {
    if asked.body.contains("next") {
        return Step::Answer(Answer::ok(r#"{"Records":[],"NextShardIterator":"next"}"#));
    }
    let evil = evil();
    let record = json!({
        "eventID": evil, "eventName": evil, "eventVersion": evil, "eventSource": evil, "awsRegion": evil,
        "userIdentity": {"Type": evil, "PrincipalId": evil},
        "dynamodb": {
            "Keys": {format!("k{evil}"): {"S": evil}}, "NewImage": {"v": {evil.clone(): evil}},
            "SequenceNumber": evil, "SizeBytes": 7, "StreamViewType": evil,
            "ApproximateCreationDateTime": 1_700_000_000,
        },
    });
    let body = json!({"Records": [record, {"dynamodb": {"Keys": evil}}, evil], "NextShardIterator": "next"});
    Step::Answer(Answer::ok(body.to_string()))
}

#[test]
fn hostile_names_and_errors_are_only_text_in_the_explorer() {
    for records in [refused as fn(&Asked) -> Step, not_dynamodb, page] {
        let hostile = Hostile::start(records);
        let mut screen = explorer(&hostile.server.endpoint(), 150, 40).spawn();
        screen.wait_for_text("t\\x1b[2J");
        screen.keys("i");
        screen.wait_until_still(std::time::Duration::from_millis(100));
        assert_tame(&screen.raw(), OWN);
        screen.keys("<Esc>1<Enter>");
        screen.wait_for_text("shard");
        screen.wait_until_still(std::time::Duration::from_millis(300));
        assert_aligned(&screen);
        screen.keys("2i");
        screen.wait_until_still(std::time::Duration::from_millis(100));
        screen.keys("<Esc>3j4vz");
        screen.wait_until_still(std::time::Duration::from_millis(100));
        assert_tame(&screen.raw(), OWN);
        // The line that stays behind names the table.
        screen.keys("<C-c>");
        assert_eq!(screen.wait_for_exit(), Exit::Status(0));
        assert!(screen.text().contains("t\\x1b[2J"), "{}", screen.text());
        assert_tame(&screen.raw(), OWN);
        screen.assert_restored();
    }
}

/// The commands on the hostile service, and how each ends.
fn commands() -> [Vec<String>; 6] {
    let of = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<String>>();
    let arn = hostile_arn();
    [
        of(&["streams", "-o", "table"]),
        of(&["streams", "-o", "json"]),
        of(&["shards", &arn, "-o", "table"]),
        of(&["shards", &arn, "-o", "json"]),
        of(&["tail", &arn, "--from", "trim-horizon", "-m", "1", "--gaps", "-o", "pretty"]),
        of(&["tail", &arn, "--from", "trim-horizon", "-m", "1", "--gaps", "-o", "jsonl"]),
    ]
}

#[test]
fn hostile_names_are_only_text_in_a_command_s_output() {
    let hostile = Hostile::start(page);
    for args in commands() {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ended = Program::at(&hostile.server.endpoint(), &args).run();
        assert_eq!(ended.status, 0, "{args:?}: {}", ended.stderr);
        assert_tame(ended.stderr.as_bytes(), OWN_IN_LINES);
        // What is written for programs is JSON, whole; not all of it was in JSON's own escapes.
        if args.contains(&"jsonl") {
            for line in ended.stdout.lines() {
                serde_json::from_str::<Value>(line).unwrap();
            }
        } else {
            assert_tame(ended.stdout.as_bytes(), OWN_IN_LINES);
        }
    }
}

#[test]
fn a_table_for_people_has_straight_columns_whatever_the_names() {
    let hostile = Hostile::start(page);
    let ended = Program::at(&hostile.server.endpoint(), &["streams", "-o", "table"]).run();
    let column = |line: &str, word: &str| line.find(word);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ended.stdout);
    assert_eq!(column(lines[0], "STATUS"), column(lines[1], "S\\x1b[2J"), "{}", ended.stdout);
    assert_eq!(column(lines[0], "VIEW TYPE"), column(lines[1], "V\\x1b[2J"), "{}", ended.stdout);
}

#[test]
fn on_a_terminal_every_command_writes_only_text() {
    let hostile = Hostile::start(page);
    for args in commands() {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut screen = explorer(&hostile.server.endpoint(), 200, 60).args(&args).spawn();
        assert_eq!(screen.wait_for_exit(), Exit::Status(0), "{args:?}: {}", screen.text());
        assert_tame(&screen.raw(), OWN_IN_LINES);
    }
}

#[test]
fn json_lines_are_the_bytes_that_came_unless_they_go_to_a_terminal() {
    let demo = demo();
    let now = demo.now();
    let stream = demo.service().lock().unwrap().create_stream("small", ViewType::NewImage, 1, now);
    let image = "{\"v\":{\"S\":\"\u{9b}31m\u{202e}\u{7f}é\"}}";
    demo.service().lock().unwrap().put(&stream, "k", None, Some(image), demo.now()).unwrap();
    let args = ["tail", "small", "--from", "trim-horizon", "--no-follow", "-o", "jsonl"];
    let piped = Program::at(demo.endpoint(), &args).run();
    assert!(piped.stdout.contains("\u{9b}31m\u{202e}\u{7f}é"), "{:?}", piped.stdout);
    let mut screen = explorer(demo.endpoint(), 2_000, 10).args(&args).spawn();
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    assert_tame(&screen.raw(), OWN_IN_LINES);
    let text = screen.text();
    assert!(text.contains("\\u009b31m\\u202e\\u007fé"), "{text}");
    let value = |text: &str| serde_json::from_str::<Value>(text.lines().next().unwrap()).unwrap();
    assert_eq!(value(&text), value(&piped.stdout));
}

#[test]
fn a_command_s_error_quotes_nothing_that_a_terminal_would_obey() {
    for records in [refused as fn(&Asked) -> Step, not_dynamodb] {
        let hostile = Hostile::start(records);
        let arn = hostile_arn();
        let args = ["tail", &arn, "--from", "trim-horizon", "--give-up", "0s", "--timeout", "2s"];
        let ended = Program::at(&hostile.server.endpoint(), &args).run();
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.contains("\\x1b[2J"), "{}", ended.stderr);
        assert_tame(ended.stderr.as_bytes(), OWN_IN_LINES);
    }
}

#[test]
fn hostile_arguments_are_quoted_as_text() {
    let evil = evil();
    let option = format!("--{evil}");
    for args in [
        &[evil.as_str()][..],
        &["tail", &evil],
        &["streams", &option],
        &["tail", "orders", "--from", &evil],
        &["streams", "--color", &evil],
        &["streams", "--region", &evil],
        &["streams", "--profile", &evil],
        &["streams", "--config", &evil],
        &["streams", "--log-file", &format!("/nonexistent/{evil}")],
        &["streams", "--endpoint-url", &evil],
        &["config", "--profile", &evil],
        &["man", &evil],
        &["completions", &evil],
        &["demo", "--seed", &evil],
    ] {
        let ended = Program::new(args).run();
        assert!(matches!(ended.status, 1 | 2), "{args:?}: {ended:?}");
        let is_visible = ["\\x1b[2J", "\\u{1b}[2J"].iter().any(|shown| ended.stderr.contains(shown));
        assert!(is_visible, "{args:?}: {}", ended.stderr);
        assert_tame(ended.stderr.as_bytes(), OWN_IN_LINES);
        let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(args).size(120, 40).spawn();
        screen.wait_for_exit();
        assert_tame(&screen.raw(), OWN_IN_LINES);
    }
}
