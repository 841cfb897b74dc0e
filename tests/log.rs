//! The log of a run: calls and kinds of failure, never data, keys or tokens; for its owner only.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use dynascope::model::text::is_dangerous;
use serde_json::json;
use support::program::Program;
use support::screen::{Exit, Screen};
use support::scripted_server::{Answer, Asked, ScriptedServer, Step};
use tokio::runtime::Runtime;

/// What must not be found in a log: of records, of their position, of the credentials.
const MARKS: [&str; 8] = [
    "MarkedKey",
    "MarkedValue",
    "MarkedName",
    "MarkedIterator",
    "MarkedMessage",
    "AKIAMARKEDKEYID00000",
    "MarkedSecretKey",
    "MarkedToken",
];

const ARN: &str =
    "arn:aws:dynamodb:eu-west-1:123456789012:table/t\u{1b}[2J\u{202e}/stream/2026-01-01T00:00:00.000";

/// Records, then refusals that quote what they were sent, as a service might.
fn answer(asked: &Asked) -> Step {
    let body = match asked.operation.as_str() {
        "ListStreams" => json!({"Streams": [{"StreamArn": ARN, "TableName": "t", "StreamLabel": "l"}]}),
        "DescribeStream" => json!({"StreamDescription": {
            "StreamArn": ARN, "StreamStatus": "ENABLED", "StreamViewType": "NEW_IMAGE",
            "KeySchema": [{"AttributeName": "MarkedName", "KeyType": "HASH"}],
            "Shards": [{"ShardId": "shard\u{1b}[2J-1", "SequenceNumberRange": {"StartingSequenceNumber": "1"}}],
        }}),
        "GetShardIterator" => json!({"ShardIterator": "MarkedIterator"}),
        _ if asked.body.contains("Next") => {
            let quoted = format!("MarkedMessage {}", asked.body);
            let error = json!({"__type": "x#AccessDeniedException", "message": quoted});
            return Step::Answer(Answer::new(400, error.to_string()));
        }
        _ => json!({
            "Records": [{
                "eventID": "1", "eventName": "INSERT",
                "dynamodb": {
                    "Keys": {"MarkedName": {"S": "MarkedKey"}},
                    "NewImage": {"MarkedName": {"S": "MarkedKey"}, "v": {"S": "MarkedValue"}},
                    "SequenceNumber": "100000000000000000001", "ApproximateCreationDateTime": 4_000_000_000_u32,
                },
            }, {"MarkedName": "MarkedValue"}],
            "NextShardIterator": "MarkedIteratorNext",
        }),
    };
    Step::Answer(Answer::ok(body.to_string()))
}

const CREDENTIALS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIAMARKEDKEYID00000"),
    ("AWS_SECRET_ACCESS_KEY", "MarkedSecretKey"),
    ("AWS_SESSION_TOKEN", "MarkedToken"),
    // Other programs' knob; the SDK's own log holds whole bodies.
    ("RUST_LOG", "trace"),
];

fn assert_clean(log: &Path, wanted: &str) {
    let text = std::fs::read_to_string(log).unwrap();
    assert!(text.contains(wanted) && text.contains("GetRecords"), "{text}");
    for mark in MARKS {
        assert!(!text.contains(mark), "{mark} in {text}");
    }
    let dangerous = |character: char| character != '\n' && is_dangerous(character);
    assert!(!text.contains(dangerous), "{text:?}");
    assert_eq!(std::fs::metadata(log).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_log_of_tail_holds_no_data_and_no_secrets() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(ScriptedServer::start(answer));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let path = log.to_str().unwrap();
    let args = ["tail", ARN, "--from", "trim-horizon", "-v", "-v", "--log-file", path, "-o", "jsonl"];
    let args = [&args[..], &["--timeout", "5s", "--gaps"]].concat();
    let mut program = Program::at(&server.endpoint(), &args);
    for (name, value) in CREDENTIALS {
        program = program.env(name, value);
    }
    let ended = program.run();
    assert!(ended.stdout.contains("MarkedValue"), "{ended:?}");
    assert_clean(&log, "access denied");
}

#[test]
fn the_log_of_the_explorer_holds_no_data_and_no_secrets() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(ScriptedServer::start(answer));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let args = ["-v", "-v", "--log-file", log.to_str().unwrap(), ARN];
    let mut start = Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(&args).size(140, 40);
    for (name, value) in CREDENTIALS {
        start = start.env(name, value);
    }
    let mut screen = start.env("AWS_ENDPOINT_URL", &server.endpoint()).spawn();
    screen.wait_for_text("MarkedKey");
    screen.wait_for_text("failed");
    screen.keys("<C-c>");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    assert_clean(&log, "access denied");
}

#[test]
fn a_log_is_not_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    std::fs::write(&target, "precious").unwrap();
    symlink(&target, &link).unwrap();
    let ended = Program::new(&["streams", "--log-file", link.to_str().unwrap()]).run();
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.starts_with("dynascope: cannot write the log "), "{}", ended.stderr);
    assert!(ended.stderr.contains("symbolic link"), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
}
