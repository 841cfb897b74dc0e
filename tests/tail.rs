//! `dynascope tail`, the binary itself, against the demo service: what is printed, where, and how it ends.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

#[path = "tail/captures.rs"]
mod captures;
#[path = "tail/expectations.rs"]
mod expectations;
#[path = "tail/formats.rs"]
mod formats;
#[path = "tail/positions.rs"]
mod positions;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use dynascope::demo::{Contents, Demo, DemoConfig, Fault, RefusalKind, Rule, When, Witness};
use dynascope::model::{Operation, ShardId, StreamArn, Time, ViewType};
use rustix::process::Signal;
use serde_json::{Value, json};
use support::AWS_ENVIRONMENT;
use support::program::{Ended, Program, Running};

const START: &str = "2026-11-20T12:00:00Z";
const DRAIN: [&str; 5] = ["--from", "trim-horizon", "--no-follow", "-o", "jsonl"];

fn serve(contents: Contents) -> Demo {
    Demo::serve(&DemoConfig { contents, ..DemoConfig::default() }, 0).unwrap()
}

/// The ARN of a table's only stream, as the program itself finds it.
fn arn(demo: &Demo, table: &str) -> StreamArn {
    let listed = Program::at(demo.endpoint(), &["streams", "--table", table, "-o", "json"]).run();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    StreamArn::parse(listed[0]["streamArn"].as_str().unwrap()).unwrap()
}

fn tail(endpoint: &str, args: &[&str]) -> Ended {
    Program::at(endpoint, &[&["tail"], args].concat()).run()
}

fn drain(endpoint: &str, table: &str) -> Ended {
    tail(endpoint, &[&[table][..], &DRAIN].concat())
}

/// A stream `small` with one open shard and so many records of one item.
fn small(records: usize) -> (Demo, StreamArn) {
    let demo = serve(Contents::Nothing);
    let now = demo.now();
    let stream = demo.service().lock().unwrap().create_stream("small", ViewType::NewAndOldImages, 1, now);
    for version in 1..=records {
        put(&demo, &stream, version);
    }
    (demo, stream)
}

fn put(demo: &Demo, stream: &StreamArn, version: usize) {
    let image = |version: usize| format!("{{\"version\":{{\"N\":\"{version}\"}}}}");
    let old = (version > 1).then(|| image(version - 1));
    let mut service = demo.service().lock().unwrap();
    service.put(stream, "the item", old.as_deref(), Some(&image(version)), demo.now()).unwrap();
}

fn versions(stdout: &str) -> Vec<usize> {
    let version =
        |line: &Value| line["dynamodb"]["NewImage"]["version"]["N"].as_str().unwrap().parse().unwrap();
    lines(stdout).iter().map(version).collect()
}

/// Every line as JSON: there is nothing else on stdout.
fn lines(stdout: &str) -> Vec<Value> {
    assert!(stdout.is_empty() || stdout.ends_with('\n'));
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Everything that was ever written to a stream: shard by shard, in the order of their creation.
fn history(demo: &Demo, stream: &StreamArn) -> Vec<Witness> {
    demo.service().lock().unwrap().history(stream, Time::from_seconds(0), demo.now())
}

/// What identifies a record, and where it was.
type Told = (String, String, String, String);

fn witnessed(witness: &Witness) -> Told {
    let event = witness.event.as_str().to_owned();
    (witness.event_id.clone(), witness.shard.to_string(), witness.sequence_number.to_string(), event)
}

fn told(line: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (shard, sequence_number) = (&line["shardId"], &line["dynamodb"]["SequenceNumber"]);
    (text(&line["eventID"]), text(shard), text(sequence_number), text(&line["eventName"]))
}

/// Each item's records, in their order.
fn by_key<T>(
    records: &[T],
    key: impl Fn(&T) -> Value,
    told: impl Fn(&T) -> Told,
) -> BTreeMap<String, Vec<Told>> {
    let mut items: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for record in records {
        items.entry(key(record).to_string()).or_default().push(told(record));
    }
    items
}

/// Every record once, and those of one item in the order in which they were written.
fn assert_is_history(stdout: &str, history: &[Witness]) {
    let printed = lines(stdout);
    let expected = by_key(history, |record| serde_json::from_str(&record.keys).unwrap(), witnessed);
    let found = by_key(&printed, |line| line["dynamodb"]["Keys"].clone(), told);
    assert_eq!(printed.len(), history.len());
    for (key, records) in &expected {
        assert_eq!(found.get(key), Some(records), "{key}");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn a_stream_of_250_shards_is_listed_whole() {
    let demo = serve(Contents::Wide);
    let ended = Program::at(demo.endpoint(), &["shards", "fleet", "-o", "json"]).run();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let shards: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let ids: BTreeSet<&str> = shards.iter().map(|shard| shard["shardId"].as_str().unwrap()).collect();
    assert_eq!((shards.len(), ids.len()), (250, 250));
    let open = shards.iter().filter(|shard| shard["state"] == "open").count();
    let roots = shards.iter().filter(|shard| shard["parentShardId"].is_null()).count();
    let children: usize = shards.iter().map(|shard| shard["children"].as_array().unwrap().len()).sum();
    assert_eq!((open, roots, children), (90, 32, 250 - 32));
    for witness in history(&demo, &arn(&demo, "fleet")) {
        assert!(ids.contains(witness.shard.as_str()), "{}", witness.shard);
    }
}

#[test]
fn every_record_of_250_shards_is_printed_once_each_item_in_order() {
    let demo = serve(Contents::Wide);
    let ended = drain(demo.endpoint(), "fleet");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let history = history(&demo, &arn(&demo, "fleet"));
    assert_eq!(history.len(), 4_000);
    assert_is_history(&ended.stdout, &history);
}

#[test]
fn whatever_goes_wrong_every_record_is_still_printed_once_in_order() {
    use Operation::{DescribeStream, GetRecords, GetShardIterator, ListStreams};
    let demo = serve(Contents::Wide);
    let history = history(&demo, &arn(&demo, "fleet"));
    let refuse = Fault::Refuse;
    demo.service().lock().unwrap().faults.rules = vec![
        Rule::next(1, ListStreams, refuse(RefusalKind::Throttling)),
        Rule::next(1, DescribeStream, Fault::Truncated),
        Rule::next(2, GetShardIterator, refuse(RefusalKind::Internal)),
        Rule::next(2, GetShardIterator, Fault::EmptyBody),
        Rule::next(4, GetRecords, refuse(RefusalKind::ExpiredIterator)),
        Rule::next(4, GetRecords, refuse(RefusalKind::LimitExceeded)),
        Rule::next(4, GetRecords, refuse(RefusalKind::Unavailable)),
        Rule::next(4, GetRecords, Fault::Truncated),
        Rule::next(4, GetRecords, Fault::Html),
        Rule::fraction(0.1, GetRecords, Fault::DuplicatePage),
        Rule::always(Fault::OpenParents),
    ];
    let ended = drain(demo.endpoint(), "fleet");
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_is_history(&ended.stdout, &history);
    // And it is said, on stderr.
    assert!(ended.stderr.lines().all(|line| line.starts_with("dynascope: ")), "{}", ended.stderr);
    for said in ["GetShardIterator: the answer (status 200) is not from DynamoDB Streams", "status 503"] {
        assert!(ended.stderr.contains(said), "{said} is not in:\n{}", ended.stderr);
    }
    // Every one of them happened.
    let left = |rule: &&Rule| matches!(rule.when, When::Next(1..));
    let faults = &demo.service().lock().unwrap().faults;
    assert_eq!(faults.rules.iter().filter(left).collect::<Vec<_>>(), Vec::<&Rule>::new());
}

/// `dynascope demo --headless`, and its endpoint.
fn headless(args: &[&str]) -> (Running, String) {
    let mut running = Program::new(&[&["demo", "--headless", "--port", "0"], args].concat()).start();
    let endpoint = running.line();
    (running, endpoint)
}

/// A day of five tables that stands still: no record comes or is trimmed while a test runs.
const STILL: [&str; 8] = ["--seed", "7", "--at", START, "--speed", "0.001", "--rate", "0.01"];

#[test]
fn a_nasty_demo_is_read_like_a_friendly_one() {
    for seed in 1..=3 {
        let config = DemoConfig { seed, faults: true, contents: Contents::Wide, ..DemoConfig::default() };
        let demo = Demo::serve(&config, 0).unwrap();
        // A call that is never answered costs ten seconds.
        demo.service().lock().unwrap().faults.rules.retain(|rule| rule.fault != Fault::Hang);
        let ended = drain(demo.endpoint(), "fleet");
        assert_eq!(ended.status, 0, "seed {seed}: {}", ended.stderr);
        assert!(!ended.stderr.is_empty());
        demo.service().lock().unwrap().faults.rules.clear();
        assert_is_history(&ended.stdout, &history(&demo, &arn(&demo, "fleet")));
    }
}

#[test]
fn the_same_seed_and_time_give_the_same_bytes() {
    let read = || {
        let (_demo, endpoint) = headless(&STILL);
        let one_lineage = drain(&endpoint, "inventory");
        assert_eq!((one_lineage.status, one_lineage.stderr.as_str()), (0, ""));
        // Shards that are read side by side come as they come.
        let several = drain(&endpoint, "payments");
        let mut lines: Vec<String> = several.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        (one_lineage.stdout, lines)
    };
    let (first, second) = (read(), read());
    assert!(first.0.lines().count() > 100 && first.1.len() > 100);
    assert!(first == second, "two runs differ");
    let (_demo, endpoint) = headless(&["--seed", "8", "--at", START, "--speed", "0.001", "--rate", "0.01"]);
    assert!(drain(&endpoint, "inventory").stdout != first.0, "the seed means nothing");
}

#[test]
fn the_lines_for_people_are_these() {
    let (_demo, endpoint) = headless(&STILL);
    let shards = Program::at(&endpoint, &["shards", "sessions", "-o", "json"]).run().stdout;
    let shards: Vec<Value> = serde_json::from_str(&shards).unwrap();
    let [.., youngest] = &shards[..] else { panic!("no shards") };
    let shard = youngest["shardId"].as_str().unwrap();
    let args = ["sessions", "--shard", shard, "--from", "trim-horizon", "-o", "pretty", "-m", "9"];
    let ended = tail(&endpoint, &args);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ended.stdout, @r#"
    2026-11-20 11:08:05  ~ MODIFY  8e6920fd83054cf5  lastSeen 1795172687 → 1795172874, page "/search?q=l%C3%A1mpa" → "/p/KB-87", touches 1 → 2
    2026-11-20 11:10:10  ~ MODIFY  3c4cf47cfe5fc3e5  lastSeen 1795172812 → 1795172999, page "/account" → "/search?q=l%C3%A1mpa", touches 1 → 2
    2026-11-20 11:10:20  - REMOVE  9cb36e5f63a641ad  10 attributes
    2026-11-20 11:10:26  - REMOVE  ed2f69a96a55a191  TTL 10 attributes
    2026-11-20 11:11:18  ~ MODIFY  e3b800dc5030adca  lastSeen 1795172687 → 1795173062, page "/search?q=l%C3%A1mpa" → "/p/KB-87", touches 1 → 2
    2026-11-20 11:13:23  ~ MODIFY  01b7ab0fbec7d166  lastSeen 1795172624 → 1795173187, page "/account" → "/search?q=l%C3%A1mpa", touches 1 → 2
    2026-11-20 11:13:28  - REMOVE  a864dc9d65f91814  10 attributes
    2026-11-20 11:16:30  ~ MODIFY  3c4cf47cfe5fc3e5  lastSeen 1795172999 → 1795173374, page "/search?q=l%C3%A1mpa" → "/p/KB-87", touches 2 → 3
    2026-11-20 11:19:53  + INSERT  f2f5cf34ce224b8d  10 attributes
    "#);
    let keys_only = ["audit", "--from", "trim-horizon", "-o", "pretty", "-m", "2"];
    assert_eq!(
        tail(&endpoint, &keys_only).stdout,
        "2026-11-19 12:01:06  + INSERT  bo-7 / 16777541\n2026-11-19 12:02:13  + INSERT  chi-1 / 16777542\n"
    );
    let coloured = tail(&endpoint, &[&args[..], &["--color", "always"]].concat());
    assert!(coloured.stdout.contains("\x1b[33m~ MODIFY\x1b[0m"), "{}", coloured.stdout);
}

#[test]
fn exactly_as_many_records_are_printed_as_were_asked_for() {
    let (demo, _) = small(1_500);
    for (wanted, status) in [(0, 0), (1, 0), (999, 0), (1_000, 0), (1_001, 0), (1_500, 0), (1_501, 3)] {
        let ended = tail(demo.endpoint(), &[&["small", "-m", &wanted.to_string()], &DRAIN[..]].concat());
        assert_eq!((ended.status, ended.stderr.as_str()), (status, ""), "-m {wanted}");
        let expected: Vec<usize> = (1..=wanted.min(1_500)).collect();
        assert_eq!(versions(&ended.stdout), expected, "-m {wanted}");
    }
}

#[test]
fn a_timeout_is_a_failure_only_where_records_are_missing() {
    let (demo, _) = small(3);
    let from = ["small", "--from", "trim-horizon", "--timeout", "300ms", "-o", "jsonl"];
    let ended = tail(demo.endpoint(), &from);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let ended = tail(demo.endpoint(), &[&from[..], &["-m", "4"]].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (3, ""));
}

#[test]
fn what_is_written_while_it_follows_is_printed() {
    let (demo, stream) = small(2);
    let args = ["tail", "small", "--from", "trim-horizon", "-o", "jsonl", "-m", "4"];
    let mut running = Program::at(demo.endpoint(), &args).start();
    let before = format!("{}\n{}\n", running.line(), running.line());
    assert_eq!(versions(&before), [1, 2]);
    put(&demo, &stream, 3);
    let third = running.line() + "\n";
    assert_eq!(versions(&third), [3]);
    let [shard] = &demo.service().lock().unwrap().open_shards(&stream)[..] else { unreachable!() };
    demo.service().lock().unwrap().roll(&stream, shard, demo.now()).unwrap();
    put(&demo, &stream, 4);
    let ended = running.wait();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(versions(&ended.stdout), [4]);
}

#[test]
fn a_signal_ends_it_with_its_number() {
    let (demo, _) = small(1);
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let args = ["tail", "small", "--from", "trim-horizon", "-o", "jsonl"];
        let mut running = Program::at(demo.endpoint(), &args).start();
        running.line();
        running.signal(signal);
        let ended = running.wait();
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (status, "", ""));
        let (running, _) = headless(&[]);
        running.signal(signal);
        assert_eq!(running.wait().status, status);
    }
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let (demo, stream) = small(3_000);
    // More than a pipe holds is waiting behind the first line.
    let script = r#""$0" "$@" | head -1; echo "${PIPESTATUS[0]}""#;
    let mut command = Command::new("bash");
    command.env_clear().envs(AWS_ENVIRONMENT).env("AWS_ENDPOINT_URL", demo.endpoint());
    command.args(["-c", script, env!("CARGO_BIN_EXE_dynascope"), "tail", "small"]).args(DRAIN);
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let (first, status) = stdout.split_once('\n').unwrap();
    assert_eq!(versions(&format!("{first}\n")), [1]);
    assert_eq!((status, &*String::from_utf8_lossy(&output.stderr)), ("0\n", ""));

    let args = ["tail", "small", "--from", "trim-horizon", "-o", "jsonl"];
    let mut running = Program::at(demo.endpoint(), &args).start();
    for _ in 0..3_000 {
        running.line();
    }
    running.close_stdout();
    put(&demo, &stream, 3_001);
    let ended = running.wait();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
}

#[test]
fn a_shard_is_read_with_its_descendants_and_no_other() {
    let demo = serve(Contents::Wide);
    let stream = arn(&demo, "fleet");
    let listed = Program::at(demo.endpoint(), &["shards", "fleet", "-o", "json"]).run();
    let shards: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    let root = shards.iter().find(|shard| shard["parentShardId"].is_null()).unwrap();
    let mut family = vec![root["shardId"].clone()];
    for at in 0.. {
        let Some(parent) = family.get(at).cloned() else { break };
        let children = shards.iter().filter(|shard| shard["parentShardId"] == parent);
        family.extend(children.map(|child| child["shardId"].clone()));
    }
    assert!(family.len() >= 5, "{family:?}");
    let expected: Vec<Witness> = history(&demo, &stream)
        .into_iter()
        .filter(|witness| family.contains(&json!(witness.shard.as_str())))
        .collect();
    let root = root["shardId"].as_str().unwrap();
    let ended = tail(demo.endpoint(), &[&["fleet", "--shard", root], &DRAIN[..]].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_is_history(&ended.stdout, &expected);
}

#[test]
fn two_streams_are_read_at_once() {
    let (demo, first) = small(5);
    let now = demo.now();
    let second = demo.service().lock().unwrap().create_stream("other", ViewType::NewAndOldImages, 1, now);
    for version in 1..=4 {
        put(&demo, &second, version);
    }
    let ended = tail(demo.endpoint(), &[&["small", second.as_str()], &DRAIN[..]].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    for (stream, count) in [(&first, 5), (&second, 4)] {
        let of_it: String = ended
            .stdout
            .lines()
            .filter(|line| line.contains(&format!("\"eventSourceARN\":\"{stream}\"")))
            .fold(String::new(), |text, line| text + line + "\n");
        assert_eq!(versions(&of_it), (1..=count).collect::<Vec<_>>(), "{stream}");
    }
    assert_eq!(ended.stdout.lines().count(), 9);
    let args = ["small", "other", "--from", "trim-horizon", "--no-follow", "-o", "pretty"];
    let pretty = tail(demo.endpoint(), &args).stdout;
    for (table, count) in [("small", 5), ("other", 4)] {
        let named = pretty.lines().filter(|line| line.contains(&format!("  {table}  the item"))).count();
        assert_eq!(named, count, "{pretty}");
    }
}

#[test]
fn a_gap_is_told_and_changes_the_exit_status() {
    for with_lines in [true, false] {
        let (demo, stream) = small(2);
        let shard = demo.service().lock().unwrap().open_shards(&stream)[0].clone();
        let mut args = vec!["tail", "small", "--from", "trim-horizon", "-o", "jsonl", "-m", "4"];
        args.extend(with_lines.then_some("--gaps"));
        let mut running = Program::at(demo.endpoint(), &args).start();
        let read = [running.line(), running.line()];
        let last = told(&lines(&format!("{}\n", read[1]))[0]).2;
        {
            // What it read last has been trimmed when it comes back for more.
            let faults = &mut demo.service().lock().unwrap().faults;
            let (expired, trimmed) = (RefusalKind::ExpiredIterator, RefusalKind::TrimmedDataAccess);
            faults.rules = vec![
                Rule::next(1, Operation::GetRecords, Fault::Refuse(expired)),
                Rule::next(1, Operation::GetShardIterator, Fault::Refuse(trimmed)),
            ];
        }
        put(&demo, &stream, 3);
        put(&demo, &stream, 4);
        let ended = running.wait();
        assert_eq!(ended.status, 5, "{}", ended.stderr);
        let said = format!("dynascope: GAP in shard {shard} after {last}: ");
        assert!(ended.stderr.contains(&said), "{}", ended.stderr);
        let (gaps, records): (Vec<&str>, Vec<&str>) =
            ended.stdout.split_inclusive('\n').partition(|line| line.starts_with("{\"dynascope\""));
        assert_eq!(versions(&records.concat()), [3, 4]);
        assert_eq!(gaps.len(), usize::from(with_lines));
        for gap in lines(&gaps.concat()) {
            assert_eq!(gap["dynascope"]["kind"], "gap");
            assert_eq!(gap["dynascope"]["shardId"], shard.as_str());
            assert_eq!(gap["dynascope"]["afterSequenceNumber"], last);
        }
    }
}
