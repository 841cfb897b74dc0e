//! Faults of the world around the whole program: clocks, credentials, servers that hang.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, test_kill_process};
use serde_json::Value;
use support::deadline::{Deadline, PATIENCE};
use support::program::Program;
use support::screen::{Exit, Screen};
use support::scripted_server::{Answer, ScriptedServer, Step};

#[test]
fn the_explorer_goes_by_the_service_s_clock() {
    let args = ["demo", "--at", "2020-02-02T12:00:00Z"];
    let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(&args).size(140, 40).spawn();
    screen.wait_for_text("orders");
    screen.keys("/orders<Enter>");
    screen.wait_for_no_text("payments");
    screen.keys("<Enter>");
    screen.wait_for_text("MODIFY");
    screen.wait_for_text("LIVE from 11:55");
    screen.wait_for_text("lag 0");
    assert!(screen.text().contains("12:00 UTC"), "{}", screen.text());
}

const EXPIRED: (u16, &str, &str) = (400, "ExpiredTokenException", "The security token is expired");
const ARN: &str = "arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000";

/// One open shard that is read page by page: a record, and nothing more. Whoever has another key than
/// the one that holds now is refused.
async fn guarded(valid: Arc<Mutex<String>>) -> ScriptedServer {
    ScriptedServer::start(move |asked| {
        let key = valid.lock().unwrap().clone();
        if !asked.authorization.contains(&format!("Credential={key}/")) {
            let (status, code, message) = EXPIRED;
            return Step::Answer(Answer::error(status, code, message));
        }
        let body = match asked.operation.as_str() {
            "DescribeStream" => format!(
                r#"{{"StreamDescription":{{"StreamArn":"{ARN}","StreamStatus":"ENABLED","StreamViewType":"KEYS_ONLY",
                "Shards":[{{"ShardId":"shardId-1","SequenceNumberRange":{{"StartingSequenceNumber":"1"}}}}]}}}}"#
            ),
            "GetShardIterator" => r#"{"ShardIterator":"1"}"#.to_owned(),
            _ => {
                let asked: Value = serde_json::from_str(&asked.body).unwrap();
                let number: u64 = asked["ShardIterator"].as_str().unwrap().parse().unwrap();
                // The first key holds for two records.
                if number == 2 {
                    *valid.lock().unwrap() = "SECOND".into();
                }
                format!(
                    r#"{{"Records":[{{"eventID":"{number}","eventName":"MODIFY","dynamodb":{{"Keys":{{"k":{{"S":"a"}}}},
                    "SequenceNumber":"{number}"}}}}],"NextShardIterator":"{}"}}"#,
                    number + 1
                )
            }
        };
        Step::Answer(Answer::ok(body))
    })
    .await
}

fn write_keys(file: &Path, key: &str) {
    std::fs::write(file, format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = s\n"))
        .unwrap();
}

/// `tail` with credentials from a file.
fn tail_with(file: &Path, endpoint: &str, args: &[&str]) -> Program {
    Program::at(endpoint, &[&["tail", ARN, "--from", "trim-horizon", "-o", "jsonl"], args].concat())
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_expire_are_waited_for_and_no_record_is_lost_or_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("credentials");
    write_keys(&file, "FIRST");
    let server = guarded(Arc::new(Mutex::new("FIRST".into()))).await;
    let mut tail = tail_with(&file, &server.endpoint(), &["--max-records", "5"]).start();
    let number = |line: String| {
        let line: Value = serde_json::from_str(&line).unwrap();
        line["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()
    };
    assert_eq!([number(tail.line()), number(tail.line())], ["1", "2"]);
    write_keys(&file, "SECOND");
    assert_eq!([number(tail.line()), number(tail.line()), number(tail.line())], ["3", "4", "5"]);
    let ended = tail.wait();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let said: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("credentials are missing, expired or wrong") && said[0].contains("aws sso login")
    );
    assert!(said[1].contains("going on after") && said[1].contains("the credentials work"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_nobody_renews_are_given_up_with_the_command_that_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("credentials");
    write_keys(&file, "FIRST");
    let server = guarded(Arc::new(Mutex::new("FIRST".into()))).await;
    let ended = tail_with(&file, &server.endpoint(), &["--give-up", "1s"]).run();
    assert_eq!((ended.status, ended.stdout.lines().count()), (1, 2), "{}", ended.stderr);
    let said: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].contains("gave up after 1.0s; to go on: dynascope tail arn:aws:"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_for_credentials_that_hangs_is_not_waited_for_nor_started_in_a_storm() {
    let directory = tempfile::tempdir().unwrap();
    let (config, runs) = (directory.path().join("config"), directory.path().join("runs"));
    // It starts a program that hangs, and hangs itself.
    let process = format!("sleep 60 & echo $$ $! >> {}; sleep 60; wait", runs.display());
    std::fs::write(&config, format!("[default]\ncredential_process = {process}\n")).unwrap();
    let server = guarded(Arc::new(Mutex::new("FIRST".into()))).await;
    let ended = tail_with(Path::new("/dev/null"), &server.endpoint(), &["--give-up", "2s"])
        .env("AWS_CONFIG_FILE", config.to_str().unwrap())
        .env("PATH", "/usr/bin:/bin")
        .run();
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("the provider of credentials did not answer"), "{}", ended.stderr);
    let run = std::fs::read_to_string(&runs).unwrap();
    assert_eq!(run.lines().count(), 1);
    let deadline = Deadline::after(PATIENCE);
    for process in run.split_whitespace() {
        while test_kill_process(Pid::from_raw(process.parse().unwrap()).unwrap()).is_ok() {
            assert!(!deadline.has_passed(), "what was started for credentials is left behind");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_hang_do_not_keep_the_program() {
    let server = ScriptedServer::always(Step::Hang).await;
    let tail = Program::at(&server.endpoint(), &["tail", ARN]).start();
    let deadline = Deadline::after(PATIENCE);
    while server.asked().is_empty() {
        assert!(!deadline.has_passed(), "no call is made");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let told = tokio::time::Instant::now();
    tail.signal(Signal::TERM);
    let ended = tokio::task::spawn_blocking(|| tail.wait()).await.unwrap();
    assert_eq!(ended.status, 143, "{}", ended.stderr);
    assert!(told.elapsed() < Duration::from_secs(5), "far below the patience with a call");

    // The explorer, with the metadata service of an instance that is none.
    let endpoint = server.endpoint();
    let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope"))
        .args(&["--endpoint-url", &endpoint])
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &endpoint)
        .size(120, 36)
        .spawn();
    screen.wait_for_text("Streams");
    screen.keys("q");
    let told = tokio::time::Instant::now();
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    assert!(told.elapsed() < Duration::from_secs(5), "far below the patience with a call");
    screen.assert_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_between_us_and_the_service_is_told_in_plain_words() {
    let page = "<!DOCTYPE html><html><title>Hotel</title></html>";
    for (answer, words) in [
        (Answer::ok(page), "it is a web page: log in to the network"),
        (Answer::new(307, "").header("location", "http://127.0.0.1:1/"), "it sends us elsewhere: a proxy"),
    ] {
        let server = ScriptedServer::always(Step::Answer(answer)).await;
        let ended = Program::at(&server.endpoint(), &["streams"]).run();
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(words) && ended.stderr.contains("status "), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_set_for_dynamodb_alone_is_told_not_to_hold_for_streams() {
    const HINT: &str = "set AWS_ENDPOINT_URL_DYNAMODB_STREAMS, too";
    let local = ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1");
    // Where somebody else answers in place of the service that was meant.
    for answer in [
        Answer::ok("<html></html>"),
        Answer::ok("{}"),
        Answer::error(400, "UnrecognizedClientException", "The security token is invalid"),
        Answer::error(400, "ResourceNotFoundException", "Stream not found"),
    ] {
        let server = ScriptedServer::always(Step::Answer(answer.clone())).await;
        for (name, is_told) in [(local.0, true), ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", false)] {
            let endpoint = if is_told { local.1 } else { &server.endpoint() };
            let ended = Program::at(&server.endpoint(), &["streams"]).env(name, endpoint).run();
            let said = &ended.stderr;
            assert_eq!((ended.status, said.contains(HINT)), (1, is_told), "{answer:?}: {said}");
        }
    }
    // At the start, where nothing else names an endpoint. Nobody listens at the proxy.
    let ended = Program::new(&["tail", ARN, "--give-up", "0s"])
        .env(local.0, local.1)
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .run();
    assert!(
        ended.stderr.starts_with("dynascope: AWS_ENDPOINT_URL_DYNAMODB does not hold"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_profile_that_asks_for_a_code_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config");
    std::fs::write(
        &config,
        "[profile prod]\nrole_arn = r\nmfa_serial = m\nsource_profile = base\n[profile base]\n",
    )
    .unwrap();
    let ended = Program::new(&["streams", "--profile", "prod"])
        .env("AWS_CONFIG_FILE", config.to_str().unwrap())
        .run();
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("aws configure export-credentials --profile prod --format env"),
        "{}",
        ended.stderr
    );
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_named_comes_before_keys_in_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("credentials");
    write_keys(&file, "NAMED");
    let server = ScriptedServer::always(Step::Answer(Answer::ok(r#"{"Streams":[]}"#))).await;
    let keys = |args: &[&str]| {
        let program = Program::at(&server.endpoint(), args);
        assert_eq!(program.env("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap()).run().status, 0);
        let authorization = server.asked().last().unwrap().authorization.clone();
        authorization.split("Credential=").nth(1).unwrap().split('/').next().unwrap().to_owned()
    };
    assert_eq!(keys(&["streams"]), "dynascope");
    assert_eq!(keys(&["streams", "--profile", "default"]), "NAMED");
}

/// Environment variables that must not be there if the metadata service of an instance is to be asked.
const BEFORE_METADATA: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_metadata_service_that_never_answers_delays_no_frame_and_is_not_waited_for_for_ever() {
    // It takes connections and says nothing.
    let black_hole = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let metadata =
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{}", black_hole.local_addr().unwrap()));
    let server = ScriptedServer::always(Step::Hang).await;
    let endpoint = server.endpoint();
    let streams = |region: &str| {
        let program = Program::at(&endpoint, &["streams"]).env(metadata.0, &metadata.1);
        let program = BEFORE_METADATA.iter().fold(program, |program, name| program.without_env(name));
        let ended = program.env("AWS_REGION", region).run();
        assert_eq!((ended.status, ended.stderr.lines().count()), (1, 1), "{}", ended.stderr);
        ended.stderr
    };
    let explorer = |args: &[&str]| {
        let start = Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(args).size(140, 36);
        let start = BEFORE_METADATA.iter().fold(start, |start, name| start.without_env(name));
        let mut screen = start.env(metadata.0, &metadata.1).spawn();
        screen.wait_for_text("connecting …");
        screen
    };
    let (region, all) = (["--region", "eu-west-1"], ["--endpoint-url", endpoint.as_str()]);
    assert!(streams("eu-west-1").contains("no credentials were found); set AWS_PROFILE"));
    assert!(streams("").contains("no AWS region: pass --region"));
    // It is asked for the region first.
    assert_eq!(explorer(&all).wait_for_exit(), Exit::Status(1));
    let mut screen = explorer(&all);
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    screen.assert_restored();
    let mut screen = explorer(&[region, [all[0], all[1]]].concat());
    screen.wait_for_text("The credentials (profile default) are missing or expired");
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    assert!(server.asked().is_empty(), "no call is made without credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_not_dynamodb_is_given_up_as_nobody_is() {
    for word in ["<html></html>", "{}"] {
        let server = ScriptedServer::always(Step::Answer(Answer::ok(word))).await;
        let ended = Program::at(&server.endpoint(), &["tail", ARN, "--give-up", "500ms"]).run();
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        let said: Vec<&str> = ended.stderr.lines().collect();
        assert!(said[0].contains("is not from DynamoDB Streams"), "{said:?}");
        assert!(
            said.last().unwrap().contains("gave up after 0.5s; to go on: dynascope tail arn:"),
            "{said:?}"
        );
    }
}
