//! The commands that tell: streams, shards, config, completions and man.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/mod.rs"]
mod support;

use std::path::Path;

use dynascope::demo::{Contents, Demo, DemoConfig};
use dynascope::model::Time;
use serde_json::Value;
use support::program::{Ended, Program};
use support::screen::{Exit, Screen};

const START: Time = Time::from_seconds(1_791_316_726);

fn demo() -> Demo {
    let config = DemoConfig { start: Some(START), contents: Contents::Tables, ..DemoConfig::default() };
    Demo::serve(&config, 0).unwrap()
}

fn texts<'v>(listed: &'v Value, name: &str) -> Vec<&'v str> {
    listed.as_array().unwrap().iter().map(|it| it[name].as_str().unwrap()).collect()
}

fn at(demo: &Demo, args: &[&str]) -> String {
    let ended = Program::at(demo.endpoint(), args).run();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{args:?}");
    ended.stdout
}

#[test]
fn the_explorer_begins_with_the_records_that_the_command_line_asks_for() {
    let demo = demo();
    let args = ["orders", "--endpoint-url", demo.endpoint(), "--from", "trim-horizon"];
    let args = [&args[..], &["--filter", "@event = MODIFY"]].concat();
    let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope")).args(&args).size(200, 40).spawn();
    screen.wait_for("the modified orders", |screen| {
        screen.contents().contains("/@event = MODIFY") && screen.contents().contains("~ MODIFY")
    });
    assert!(!screen.text().contains("+ INSERT"), "{}", screen.text());
    screen.keys("q");
    assert_eq!(screen.wait_for_exit(), Exit::Status(0));
    assert!(screen.text().contains("again: dynascope orders --from trim-horizon"), "{}", screen.text());
}

#[test]
fn in_a_pipe_streams_are_json_and_on_a_terminal_a_table() {
    let demo = demo();
    let piped: Value = serde_json::from_str(&at(&demo, &["streams"])).unwrap();
    let tables = texts(&piped, "tableName");
    assert!(tables.is_sorted() && tables.contains(&"orders") && tables.contains(&"payments"), "{tables:?}");
    let only: Value = serde_json::from_str(&at(&demo, &["streams", "--table", "orders"])).unwrap();
    assert_eq!(texts(&only, "tableName"), ["orders"]);
    let mut screen = Screen::command(env!("CARGO_BIN_EXE_dynascope"))
        .args(&["streams", "--endpoint-url", demo.endpoint()])
        .size(120, 20)
        .spawn();
    assert_eq!(screen.wait_for_exit(), Exit::Status(0), "{}", screen.text());
    let text = screen.text();
    assert!(text.starts_with("TABLE "), "{text}");
    assert!(text.contains("orders     ENABLED   NEW_AND_OLD_IMAGES"), "{text}");
    assert_eq!(at(&demo, &["streams", "-o", "table"]).lines().next(), text.lines().next());
}

#[test]
fn every_shard_is_drawn_once_and_a_child_of_a_split_deeper_than_its_parent() {
    let demo = demo();
    let listed: Value = serde_json::from_str(&at(&demo, &["shards", "orders"])).unwrap();
    let drawn = at(&demo, &["shards", "orders", "-o", "table"]);
    assert_eq!(drawn.lines().count(), 1 + listed.as_array().unwrap().len());
    let column = |id: &str| {
        let mut lines = drawn.lines().filter(|line| line.contains(id));
        let column = lines.next().unwrap().split(id).next().unwrap().chars().count();
        assert_eq!(lines.next(), None, "{id} is drawn twice");
        column
    };
    let mut splits = 0;
    for shard in listed.as_array().unwrap() {
        let children: Vec<&str> =
            shard["children"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        let own = column(shard["shardId"].as_str().unwrap());
        let deeper = if children.len() > 1 { 2 } else { 0 };
        splits += usize::from(children.len() > 1);
        for child in children {
            assert_eq!(column(child), own + deeper, "{child}");
        }
        let word = if shard["endingSequenceNumber"].is_null() { " open " } else { " closed " };
        let line = drawn.lines().find(|line| line.contains(shard["shardId"].as_str().unwrap())).unwrap();
        assert!(line.contains(word), "{line}");
    }
    assert!(splits > 0, "the demo has no split to see");
    let ascii = at(&demo, &["shards", "orders", "-o", "table", "--ascii"]);
    assert!(ascii.is_ascii() && ascii.lines().count() == drawn.lines().count(), "{ascii}");
}

/// Runs it with this file as its configuration.
fn configured(text: &str, args: &[&str]) -> (Ended, String) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    let args: Vec<&str> = args.iter().copied().chain(["--config", &path]).collect();
    (Program::new(&args).run(), path)
}

/// The value and the origin of a setting in the table.
fn said(table: &str, name: &str) -> (String, String) {
    let title = table.lines().next().unwrap();
    let [value, from] = ["VALUE", "FROM"].map(|word| title.find(word).unwrap());
    let is_it = |line: &&str| line.split_whitespace().next() == Some(name);
    let line: Vec<char> =
        table.lines().find(is_it).unwrap_or_else(|| panic!("no {name} in\n{table}")).chars().collect();
    let text = |chars: &[char]| chars.iter().collect::<String>().trim().to_owned();
    (text(&line[value..from]), text(&line[from..]))
}

#[test]
fn config_tells_each_setting_and_where_it_came_from() {
    let file = "[view]\ntheme = \"colour-blind\"\n\n[table.\"my.orders\"]\nignore = [\"v\", 'a.\"b.c\"']\n[keys]\nfollow = [\"F\"]\n";
    let args = ["config", "--region", "us-east-2", "--ascii"];
    let (ended, path) = configured(file, &args);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let table = ended.stdout;
    for (name, value, from) in [
        ("config", path.clone(), "--config".to_owned()),
        ("region", "us-east-2".into(), "--region".into()),
        ("endpoint-url", "AWS's own".into(), "default".into()),
        ("credentials", "not shown".into(), "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY".into()),
        ("color", "auto (no: this is no terminal)".into(), "default".into()),
        ("store.megabytes", "512".into(), "default".into()),
        ("view.ascii", "true".into(), "--ascii".into()),
        ("view.theme", "colour-blind".into(), format!("{path}:2")),
        ("table.\"my.orders\".ignore", "v, a.\"b.c\"".into(), format!("{path}:5")),
        ("keys.follow", "F".into(), format!("{path}:7")),
        ("keys.close", "q".into(), "default".into()),
    ] {
        assert_eq!(said(&table, name), (value, from), "{name} in\n{table}");
    }
}

#[test]
fn the_configuration_of_the_readme_is_understood() {
    let readme = include_str!("../README.md");
    let example = readme.lines().skip_while(|line| *line != "    [pace]");
    let example: Vec<&str> = example.take_while(|line| line.starts_with("    ")).collect();
    assert!(example.len() > 8, "{example:?}");
    let (ended, path) = configured(&example.join("\n"), &["config"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(said(&ended.stdout, "keys.next-change").0, "Space");
    assert!(said(&ended.stdout, "table.orders.actor").1.starts_with(&path));
}

#[test]
fn config_tells_the_same_as_json() {
    let ended = Program::new(&["config", "-o", "json"]).env("NO_COLOR", "1").run();
    let all: Value = serde_json::from_str(&ended.stdout).unwrap();
    let setting = |name: &str| all.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    assert_eq!(setting("color"), serde_json::json!({"name": "color", "value": "never", "from": "NO_COLOR"}));
    let config = setting("config");
    assert_eq!(config["value"], "/nonexistent/.config/dynascope/config.toml (not there)");
}

#[test]
fn no_secret_of_the_environment_is_told() {
    let ended = Program::new(&["config"])
        .env("AWS_ACCESS_KEY_ID", "AKIDHIDDEN")
        .env("AWS_SECRET_ACCESS_KEY", "HIDDEN")
        .env("AWS_SESSION_TOKEN", "HIDDEN")
        .env("HTTPS_PROXY", "http://user:HIDDEN@proxy.example:3128")
        .run();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(!ended.stdout.contains("HIDDEN"), "{}", ended.stdout);
    assert_eq!(said(&ended.stdout, "proxy"), ("http://…@proxy.example:3128".into(), "HTTPS_PROXY".into()));
}

#[test]
fn a_wrong_entry_ends_every_command_with_its_line() {
    for (text, line, words) in [
        ("[view]\ntheme = \"pink\"", 2, "`colour-blind`"),
        ("[table.t]\n\nignore = [\"a..b\"]", 3, "is no path"),
        ("[keys]\nfly = \"x\"", 2, "there is no action \"fly\""),
        ("[keys]\nfollow = \"q\"", 2, "q is the key of close, too"),
        ("[keys]\n\n\nfollow = \"Hyper-q\"", 4, "\"Hyper-q\" is no key"),
        ("[tables.t]\n", 1, "unknown field `tables`"),
    ] {
        for args in [&["streams"][..], &["tail", "orders"], &["config"]] {
            let (ended, path) = configured(text, args);
            assert_eq!((ended.status, ended.stdout.as_str()), (1, ""), "{args:?} {text}");
            assert!(
                ended.stderr.starts_with(&format!("dynascope: {path}, line {line}: ")),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains(words), "{}", ended.stderr);
        }
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = Program::new(&["completions", shell]).run();
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{shell}");
        for word in ["tail", "shards", "endpoint-url"] {
            assert!(ended.stdout.contains(word), "{shell} has no {word}");
        }
    }
    assert_eq!(Program::new(&["completions", "tcsh"]).run().status, 2);
    assert_eq!(Program::new(&["completions"]).run().status, 2);
}

#[test]
fn bash_takes_its_completions() {
    if !Path::new("/bin/bash").exists() {
        return;
    }
    let script = format!(
        "eval \"$({} completions bash)\"; COMP_WORDS=(dynascope ta); COMP_CWORD=1; _dynascope dynascope ta; echo \"${{COMPREPLY[@]}}\"",
        env!("CARGO_BIN_EXE_dynascope")
    );
    let ended = std::process::Command::new("/bin/bash").args(["-c", &script]).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&ended.stdout),
        "tail\n",
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn a_manual_page_is_printed_for_the_program_and_for_each_command() {
    for (args, name) in [(&["man"][..], "dynascope"), (&["man", "tail"], "dynascope-tail")] {
        let ended = Program::new(args).run();
        assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{args:?}");
        assert!(ended.stdout.contains(&format!(".TH {name} 1 ")), "{args:?}: {}", ended.stdout);
        assert!(ended.stdout.contains("Examples:"), "{args:?}");
    }
    let ended = Program::new(&["man", "nothing"]).run();
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("there is no command \"nothing\"; there are demo, streams"),
        "{}",
        ended.stderr
    );
}
