//! What cannot work is said in one sentence, with what to do, and the right exit status: never a panic,
//! never a terminal left raw.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use dynascope::demo::{Contents, Demo, DemoConfig};
use dynascope::model::ViewType;
use support::program::{Ended, Program};
use support::screen::{Exit, Screen};

/// One sentence of ours, on stderr and nowhere else.
fn assert_said(ended: &Ended, status: i32, words: &[&str], case: &str) {
    assert_eq!((ended.status, ended.stdout.as_str()), (status, ""), "{case}: {}", ended.stderr);
    assert!(ended.stderr.starts_with("dynascope: "), "{case}: {}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{case}: {}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{case}: {word:?} is not in: {}", ended.stderr);
    }
}

/// What clap says of a wrong command line.
fn assert_usage(args: &[&str], words: &[&str]) {
    let ended = Program::new(args).run();
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{args:?}: {}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{args:?}: {word:?} is not in: {}", ended.stderr);
    }
}

/// A server that gives every caller the same answer.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // The caller may go away at any time.
            let _ = stream.read(&mut [0; 8_192]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    endpoint
}

/// A port of this machine at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn nothing() -> Demo {
    Demo::serve(&DemoConfig { contents: Contents::Nothing, ..DemoConfig::default() }, 0).unwrap()
}

const COMMANDS: [&[&str]; 3] = [&["streams"], &["shards", "orders"], &["tail", "orders", "--give-up", "0s"]];

#[test]
fn wrong_arguments_are_a_matter_of_usage() {
    for (args, words) in [
        (&["tail"][..], &["STREAM"][..]),
        (&["shards"], &["STREAM"]),
        (&["tail", "arn:aws:s3:::bucket"], &["arn:aws:s3:::bucket"]),
        (&["tail", "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"], &["arn:aws:dynamodb"]),
        (&["tail", "a table"], &["3 to 255 letters"]),
        (&["no"], &["3 to 255 letters"]),
        (&["tail", "orders", "--from", "yesterday"], &["trim-horizon"]),
        (&["tail", "orders", "-m", "-1"], &["-1"]),
        (&["tail", "orders", "-m", "many"], &["many"]),
        (&["tail", "orders", "--timeout", "soon"], &["a duration like"]),
        (&["tail", "orders", "-o", "xml"], &["jsonl"]),
        (&["tail", "orders", "--no-such-option"], &["--no-such-option"]),
        (&["streams", "-o", "pretty"], &["table", "json"]),
        (&["--color", "sometimes"], &["auto", "always", "never"]),
        (&["demo", "--speed", "0"], &["0.001"]),
        (&["demo", "--at", "noon"], &["2026-11-20T12:00:00Z"]),
        (&["demo", "--headless", "--port", "70000"], &["70000"]),
        (&["orders", "tail", "payments"], &["name streams behind it"]),
        (&["--grep", "x", "tail", "payments"], &["put it behind"]),
        (&["orders", "--from", "yesterday"], &["trim-horizon", "2026-11-20T02:10:00Z"]),
        (&["orders", "--since", "soon"], &["a duration like"]),
        (&["orders", "--since", "1h", "--from", "latest"], &["--since", "--from"]),
        (&["orders", "--since", "2999-01-01"], &["lies in the future"]),
        (&["orders", "--from", "at:7"], &["name its stream and --shard"]),
        (&["orders", "payments", "--from", "at:7", "--shard", "s"], &["name its stream"]),
        (&["--shard", "shardId-1"], &["name that stream"]),
        (&["orders", "payments", "--shard", "shardId-1"], &["name that stream"]),
        (&["orders", "--only"], &["--shard"]),
        (&["orders", "--filter", "#s = 1"], &["column 1", "placeholder"]),
        (&["orders", "--keep-only", "a ="], &["column 4"]),
        (&["orders", "--exclude", "("], &["column 2"]),
        (&["orders", "--grep", ""], &["a text to look for"]),
        (&["demo", "--headless", "--grep", "x"], &["only serves"]),
    ] {
        assert_usage(args, words);
    }
}

#[test]
fn help_and_version_are_no_failures() {
    for args in [&["--help"][..], &["--version"], &["tail", "--help"], &["demo", "-h"]] {
        let ended = Program::new(args).run();
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{args:?}");
        assert!(ended.stdout.contains("dynascope"), "{args:?}");
    }
}

/// What is set, what is missing, and what must be said of it.
type Environment =
    (&'static [(&'static str, &'static str)], &'static [&'static str], &'static [&'static str]);

#[test]
fn an_environment_that_cannot_work_is_named() {
    let none: &[(&str, &str)] = &[];
    let cases: &[Environment] = &[
        (none, &["AWS_REGION", "AWS_DEFAULT_REGION"], &["no AWS region", "--region"]),
        (&[("AWS_PROFILE", "nope")], &[], &["\"nope\"", "/dev/null"]),
        (&[("AWS_MAX_ATTEMPTS", "0")], &[], &["AWS_MAX_ATTEMPTS=\"0\"", "from 1"]),
        (&[("AWS_RETRY_MODE", "x")], &[], &["AWS_RETRY_MODE=\"x\"", "standard"]),
        (&[("AWS_ENDPOINT_URL", "garbage")], &[], &["AWS_ENDPOINT_URL=\"garbage\"", "http://"]),
        (&[("AWS_ENDPOINT_URL", "http://")], &[], &["AWS_ENDPOINT_URL", "http://"]),
        (&[("AWS_ENDPOINT_URL", "http://[::1")], &[], &["AWS_ENDPOINT_URL", "http://"]),
        (&[("AWS_ENDPOINT_URL", "http://localhost:port")], &[], &["AWS_ENDPOINT_URL", "http://"]),
        (&[("AWS_ENDPOINT_URL", "http://a b")], &[], &["AWS_ENDPOINT_URL", "http://"]),
        (&[("AWS_ENDPOINT_URL", "http://local\u{e9}host:1")], &[], &["AWS_ENDPOINT_URL"]),
        (&[("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "ftp://x")], &[], &["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"]),
        (&[("AWS_REGION", "eu west")], &[], &["AWS_REGION=\"eu west\""]),
        (&[("AWS_DEFAULT_REGION", "eu west")], &["AWS_REGION"], &["AWS_DEFAULT_REGION=\"eu west\""]),
        (&[("AWS_USE_FIPS_ENDPOINT", "x")], &[], &["AWS_USE_FIPS_ENDPOINT"]),
        (&[("AWS_CA_BUNDLE", "/nonexistent")], &[], &["AWS_CA_BUNDLE", "/nonexistent"]),
        (&[("AWS_CA_BUNDLE", "/dev/null")], &[], &["AWS_CA_BUNDLE", "no certificate"]),
        (&[("XDG_CONFIG_HOME", "\u{1b}[2J")], &["AWS_REGION", "AWS_DEFAULT_REGION"], &["no AWS region"]),
    ];
    for (set, removed, words) in cases {
        for args in COMMANDS {
            let mut program = Program::new(args);
            for name in *removed {
                program = program.without_env(name);
            }
            for (name, value) in *set {
                program = program.env(name, value);
            }
            assert_said(&program.run(), 1, words, &format!("{args:?} {set:?} without {removed:?}"));
        }
    }
}

#[test]
fn options_that_cannot_work_are_named() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["streams", "--profile", "nope"], &["\"nope\""]),
        (&["streams", "--endpoint-url", "localhost:8000"], &["--endpoint-url=\"localhost:8000\"", "http://"]),
        (&["streams", "--region", "eu west"], &["--region=\"eu west\"", "eu-west-1"]),
        (&["streams", "--config", "/nonexistent.toml"], &["/nonexistent.toml"]),
        (&["streams", "--log-file", "/nonexistent/log"], &["/nonexistent/log"]),
    ];
    for (args, words) in cases {
        assert_said(&Program::new(args).run(), 1, words, &format!("{args:?}"));
    }
}

#[test]
fn a_profile_that_is_missing_is_told_beside_those_there_are() {
    let home = tempfile::tempdir().unwrap();
    let aws = home.path().join(".aws");
    std::fs::create_dir(&aws).unwrap();
    std::fs::write(aws.join("config"), "[profile staging]\nregion = eu-west-1\n").unwrap();
    let program = Program::new(&["streams", "--profile", "prod"]);
    let ended = program
        .env("HOME", home.path().to_str().unwrap())
        .without_env("AWS_CONFIG_FILE")
        .without_env("AWS_SHARED_CREDENTIALS_FILE")
        .run();
    assert_said(&ended, 1, &["\"prod\"", "staging", ".aws/config"], "--profile prod");
}

#[test]
fn without_credentials_it_says_how_to_come_by_them() {
    let demo = nothing();
    for args in COMMANDS {
        let program = Program::at(demo.endpoint(), args);
        let ended = program.without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY").run();
        assert_said(&ended, 1, &["credentials", "AWS_PROFILE", "aws sso login"], &format!("{args:?}"));
    }
}

#[test]
fn an_endpoint_where_nobody_listens_is_told() {
    let endpoint = nobody();
    for args in COMMANDS {
        let ended = Program::at(&endpoint, args).run();
        assert_said(&ended, 1, &["cannot reach", &endpoint, "check the endpoint"], &format!("{args:?}"));
    }
}

#[test]
fn an_endpoint_that_is_something_else_is_told() {
    let words: &[&str] = &["is not from DynamoDB", "check --endpoint-url"];
    for (answer, words) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>Sign in</html>", words),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>Not here</html>",
            words,
        ),
        ("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", words),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", words),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", words),
        ("220 mail.example.com ESMTP\r\n", &["check the endpoint"]),
        ("", &["check the endpoint"]),
        ("\x1b]0;evil\x07\r\n\r\n", &["check the endpoint"]),
        ("HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n\x1b]0;evil\x07\x1b[2J..", words),
    ] {
        let ended = Program::at(&server(answer), &["tail", "orders", "--give-up", "0s"]).run();
        assert_said(&ended, 1, words, answer);
        assert!(!ended.stderr.contains('\x1b'), "{:?}", ended.stderr);
    }
}

#[test]
fn a_table_or_stream_that_is_not_there_is_told() {
    let demo = nothing();
    let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/gone/stream/2026-01-01T00:00:00.000";
    for command in ["shards", "tail"] {
        let ended = Program::at(demo.endpoint(), &[command, "nosuch"]).run();
        let words = ["no stream was found", "\"nosuch\"", "aws dynamodb update-table"];
        assert_said(&ended, 1, &words, command);
        let ended = Program::at(demo.endpoint(), &[command, arn]).run();
        assert_said(&ended, 1, &["check the name, the region, the account"], command);
    }
    let now = demo.now();
    demo.service().lock().unwrap().create_stream("small", ViewType::KeysOnly, 1, now);
    let unknown = ["tail", "small", "--shard", "shardId-00000001700000000000-deadbeef", "--no-follow"];
    let ended = Program::at(demo.endpoint(), &unknown).run();
    assert_said(&ended, 1, &["shardId-00000001700000000000-deadbeef", "shards"], "--shard");
    let ended = Program::at(demo.endpoint(), &["tail", "small", "small2", "--shard", "x"]).run();
    assert_eq!(ended.status, 1);
}

#[test]
fn a_taken_port_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = Program::new(&["demo", "--headless", "--port", &port]).run();
    assert_said(&ended, 1, &["cannot serve on port", &port], "--port");
}

#[test]
fn the_explorer_without_a_terminal_says_what_to_use() {
    for args in [&[][..], &["orders"], &["demo"]] {
        assert_said(
            &Program::new(args).run(),
            1,
            &["needs a terminal", "dynascope tail"],
            &format!("{args:?}"),
        );
    }
    // Only one of the two is a terminal.
    for script in ["\"$0\" demo </dev/null", "\"$0\" demo | cat; exit \"${PIPESTATUS[0]}\""] {
        let mut screen = Screen::command("bash")
            .args(&["--norc", "--noprofile", "-c", script, env!("CARGO_BIN_EXE_dynascope")])
            .size(120, 20)
            .spawn();
        assert_eq!(screen.wait_for_exit(), Exit::Status(1), "{script}");
        assert!(screen.text().contains("needs a terminal"), "{}", screen.text());
        screen.assert_restored();
    }
}

fn explorer(args: &[&str]) -> support::screen::Start {
    Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(args).size(200, 30)
}

#[test]
fn the_explorer_says_what_cannot_work_and_gives_the_terminal_back() {
    for (start, words) in [
        (explorer(&["demo"]).env("TERM", "dumb"), "TERM=dumb"),
        (explorer(&["--profile", "nope"]), "\"nope\""),
        (explorer(&[]).env("AWS_MAX_ATTEMPTS", "0"), "AWS_MAX_ATTEMPTS"),
        (explorer(&["--endpoint-url", "garbage"]), "--endpoint-url=\"garbage\""),
        (explorer(&[]).without_env("AWS_REGION").without_env("AWS_DEFAULT_REGION"), "no AWS region"),
        (explorer(&["demo", "--config", "/nonexistent.toml"]), "/nonexistent.toml"),
    ] {
        let mut screen = start.spawn();
        assert_eq!(screen.wait_for_exit(), Exit::Status(1), "{words}: {}", screen.text());
        screen.assert_restored();
        let text = screen.text();
        assert!(text.starts_with("dynascope: ") && text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_explorer_shows_what_an_endpoint_gets_wrong() {
    let html =
        server("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>Sign in</html>");
    for (endpoint, words) in [(nobody(), "cannot reach"), (html, "not from DynamoDB")] {
        let mut screen = explorer(&["--endpoint-url", &endpoint]).spawn();
        screen.wait_for_text(words);
        screen.keys("q");
        assert_eq!(screen.wait_for_exit(), Exit::Status(0));
        screen.assert_restored();
    }
}

#[test]
fn a_terminal_that_is_too_small_is_told_until_it_grows() {
    for (columns, rows) in [(39, 30), (100, 11), (1, 1), (5, 2), (0, 0)] {
        let mut screen = explorer(&["demo"]).size(columns, rows).spawn();
        screen.wait_for("the explorer's screen", vt100::Screen::alternate_screen);
        screen.resize(120, 40);
        screen.wait_for_text("orders");
        screen.resize(39, 11);
        screen.wait_for_text("too small");
        screen.keys("q");
        assert_eq!(screen.wait_for_exit(), Exit::Status(0), "{columns}x{rows}");
        screen.assert_restored();
    }
}

#[test]
fn a_configuration_file_that_is_wrong_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    for text in ["no such key = 1", "[nosuch]\nx = 1\n", "[store]\nmegabytes = \"many\"\n", "\u{0}"] {
        std::fs::write(&path, text).unwrap();
        assert_config_is_named(&path, text);
    }
}

fn assert_config_is_named(path: &Path, text: &str) {
    let path = path.to_str().unwrap();
    let ended = Program::new(&["streams", "--config", path]).run();
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{text}: {}", ended.stderr);
    assert!(ended.stderr.starts_with("dynascope: "), "{}", ended.stderr);
    assert!(ended.stderr.contains(path) && ended.stderr.contains("line"), "{text}: {}", ended.stderr);
}
