//! `tail --capture`: what is in the file, read back line by line.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn capture(demo: &Demo, table: &str, path: &Path, args: &[&str]) -> Ended {
    let capture = ["--capture", path.to_str().unwrap()];
    tail(demo.endpoint(), &[&[table][..], &DRAIN, &capture, args].concat())
}

/// The text of a capture, packed or not.
fn text(path: &Path) -> String {
    text_now(path).unwrap()
}

/// The same; absent where something is being written to it at this moment.
fn text_now(path: &Path) -> Option<String> {
    let bytes = fs::read(path).unwrap();
    let is_packed = path.extension().is_some_and(|ending| ending == "zst");
    let bytes = if is_packed { zstd::stream::decode_all(&bytes[..]).ok()? } else { bytes };
    String::from_utf8(bytes).ok().filter(|text| text.is_empty() || text.ends_with('\n'))
}

/// Waits until so many records are in a capture that is being written.
fn wait_for(path: &Path, count: usize) {
    let deadline = support::deadline::Deadline::after(support::deadline::PATIENCE);
    while text_now(path).is_none_or(|text| records(&lines(&text)).len() < count) {
        assert!(!deadline.has_passed(), "{count} records are not written");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn fact(line: &Value) -> Option<&str> {
    line["dynascope"]["kind"].as_str()
}

/// Facts come before the records that need them: the stream's first, and a shard's before its records.
fn assert_is_in_order(captured: &[Value]) {
    assert_eq!(fact(&captured[0]), Some("stream"));
    let mut listed = BTreeSet::new();
    for line in captured {
        if fact(line) == Some("shard") {
            listed.insert(line["dynascope"]["shardId"].as_str().unwrap());
        } else if fact(line).is_none() {
            assert!(listed.contains(line["shardId"].as_str().unwrap()), "{line}");
        }
    }
}

fn records(captured: &[Value]) -> Vec<Told> {
    captured.iter().filter(|line| fact(line).is_none()).map(told).collect()
}

/// A shard's records in their order; the shards by their names.
fn by_shard(records: Vec<Told>) -> BTreeMap<String, Vec<Told>> {
    let mut shards: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for record in records {
        shards.entry(record.1.clone()).or_default().push(record);
    }
    shards
}

#[test]
fn a_capture_has_every_record_of_250_shards_once_in_order_each_behind_the_fact_of_its_shard() {
    for (name, faults) in [("fleet.jsonl", false), ("fleet.jsonl.zst", true)] {
        let config = DemoConfig { faults, contents: Contents::Wide, ..DemoConfig::default() };
        let demo = Demo::serve(&config, 0).unwrap();
        demo.service().lock().unwrap().faults.rules.retain(|rule| rule.fault != Fault::Hang);
        let folder = Folder::new();
        let path = folder.path(name);
        let ended = capture(&demo, "fleet", &path, &[]);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        demo.service().lock().unwrap().faults.rules.clear();
        let history = history(&demo, &arn(&demo, "fleet"));
        let captured = lines(&text(&path));
        assert_is_in_order(&captured);
        assert_eq!(by_shard(records(&captured)), by_shard(history.iter().map(witnessed).collect()));
        // The last fact of a shard says how it ended.
        let shards =
            captured.iter().filter(|line| fact(line) == Some("shard")).map(|line| &line["dynascope"]);
        let shards: BTreeMap<&str, &Value> = shards.map(|it| (it["shardId"].as_str().unwrap(), it)).collect();
        assert_eq!(shards.len(), 250);
        let open = shards.values().filter(|shard| shard["endingSequenceNumber"].is_null()).count();
        assert_eq!(open, 90);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let bytes = fs::metadata(&path).unwrap().len();
        let said = format!("captured 4000 records to {}, {bytes} bytes\n", path.display());
        assert!(ended.stderr.ends_with(&said), "{}", ended.stderr);
    }
}

#[test]
fn a_capture_has_what_is_filtered_away_but_not_what_is_dropped() {
    let (demo, _) = small(9);
    let folder = Folder::new();
    let until = "--until=2030-01-01T00:00:00Z";
    let filtered = folder.path("filtered.jsonl");
    let ended =
        capture(&demo, "small", &filtered, &["--filter", "version = 7", "--exclude", "version = 7", until]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    assert_eq!(records(&lines(&text(&filtered))).len(), 9);
    let kept = folder.path("kept.jsonl");
    let ended = capture(&demo, "small", &kept, &["--keep-only", "version > 7", "--filter", "version = 9"]);
    assert_eq!(versions(&ended.stdout), [9]);
    assert!(ended.stderr.contains("7 records dropped by --keep-only"), "{}", ended.stderr);
    let captured = lines(&text(&kept));
    let facts = captured.iter().filter(|line| fact(line).is_some()).count();
    assert_eq!((captured.len() - facts, facts), (2, 2));
}

#[test]
fn a_capture_is_appended_to_and_has_the_gaps_where_they_were() {
    let (demo, stream) = small(4);
    let folder = Folder::new();
    let path = folder.path("small.jsonl");
    assert_eq!(capture(&demo, "small", &path, &[]).status, 0);
    let captured = lines(&text(&path));
    let args = ["tail", "small", "--from", "trim-horizon", "-o", "jsonl", "-m", "6"];
    let args = [&args[..], &["--capture", path.to_str().unwrap()]].concat();
    let mut running = Program::at(demo.endpoint(), &args).start();
    let last = (0..4).map(|_| running.line()).last().unwrap();
    let (expired, trimmed) = (RefusalKind::ExpiredIterator, RefusalKind::TrimmedDataAccess);
    demo.service().lock().unwrap().faults.rules = vec![
        Rule::next(1, Operation::GetRecords, Fault::Refuse(expired)),
        Rule::next(1, Operation::GetShardIterator, Fault::Refuse(trimmed)),
    ];
    put(&demo, &stream, 5);
    put(&demo, &stream, 6);
    let ended = running.wait();
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    let again = lines(&text(&path));
    assert_eq!(again[..captured.len()], captured);
    let kinds: Vec<Option<&str>> = again[captured.len()..].iter().map(fact).collect();
    let record = None;
    let facts = [Some("stream"), Some("shard")];
    assert_eq!(kinds, [&facts[..], &[record; 4], &[Some("gap")], &[record; 2]].concat());
    let gap = &again[captured.len() + 6]["dynascope"];
    assert_eq!(gap["afterSequenceNumber"], told(&lines(&(last + "\n"))[0]).2);
}

#[test]
fn a_file_that_cannot_be_a_capture_is_told_before_anything_is_read() {
    let (demo, _) = small(1);
    let folder = Folder::new();
    let (link, foreign) = (folder.path("link"), folder.path("notes.json"));
    symlink(folder.path("target"), &link).unwrap();
    fs::write(&foreign, "{}").unwrap();
    for (path, why) in [
        (&link, "it is a symbolic link, and links are not followed"),
        (&foreign, "it exists and is something else: nothing is appended to it; name another file"),
        (&folder.path("nowhere/c.jsonl"), "No such file or directory (os error 2)"),
    ] {
        let ended = capture(&demo, "small", path, &[]);
        let said = format!("dynascope: cannot capture to {}: {why}\n", path.display());
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (1, "", said));
    }
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "{}");
}

#[test]
fn a_signal_leaves_the_capture_whole_and_a_second_writer_is_refused_meanwhile() {
    for name in ["small.jsonl", "small.jsonl.zst"] {
        let (demo, _) = small(5);
        let folder = Folder::new();
        let path = folder.path(name);
        let args =
            ["tail", "small", "--from", "trim-horizon", "-o", "jsonl", "--capture", path.to_str().unwrap()];
        let mut running = Program::at(demo.endpoint(), &args).start();
        for _ in 0..5 {
            running.line();
        }
        let second = capture(&demo, "small", &path, &[]);
        assert_eq!(second.status, 1);
        assert!(second.stderr.ends_with("another process is writing to it\n"), "{}", second.stderr);
        running.signal(Signal::TERM);
        let ended = running.wait();
        assert_eq!(ended.status, 143);
        assert!(ended.stderr.contains("captured 5 records to "), "{}", ended.stderr);
        assert_eq!(records(&lines(&text(&path))).len(), 5);
    }
}

#[test]
fn whoever_is_killed_leaves_whole_lines_and_the_next_cuts_what_was_torn() {
    for name in ["small.jsonl", "small.jsonl.zst"] {
        let (demo, _) = small(5);
        let folder = Folder::new();
        let path = folder.path(name);
        let args =
            ["tail", "small", "--from", "trim-horizon", "-o", "jsonl", "--capture", path.to_str().unwrap()];
        let mut running = Program::at(demo.endpoint(), &args).start();
        for _ in 0..5 {
            running.line();
        }
        // It is there within the second, without an end.
        wait_for(&path, 5);
        running.signal(Signal::KILL);
        assert_eq!(running.wait().status, -9);
        let whole = text(&path);
        let torn = File::options().append(true).open(&path).unwrap();
        let len = torn.metadata().unwrap().len();
        torn.set_len(len - 3).unwrap();
        drop(torn);
        let ended = capture(&demo, "small", &path, &[]);
        assert!(ended.stderr.contains(" bytes at its end were torn and are cut off\n"), "{}", ended.stderr);
        let captured = text(&path);
        let fresh = folder.path("fresh.jsonl");
        capture(&demo, "small", &fresh, &[]);
        let fresh = text(&fresh);
        let whole: Vec<&str> = whole.split_inclusive('\n').collect();
        let is_left = |left: usize| captured == whole[..left].concat() + &fresh;
        assert!((0..whole.len()).any(is_left), "of {whole:?} a beginning is left in {captured}");
    }
}

#[test]
fn a_line_on_stdin_is_a_marker_between_the_records() {
    let (demo, stream) = small(2);
    let folder = Folder::new();
    let path = folder.path("small.jsonl");
    let args = ["tail", "small", "--from", "trim-horizon", "-o", "jsonl", "--markers", "-m", "3"];
    let capture = ["--capture", path.to_str().unwrap(), "--gaps"];
    let mut running = Program::at(demo.endpoint(), &[&args[..], &capture].concat()).listening().start();
    let before = format!("{}\n{}\n", running.line(), running.line());
    running.tell("run 3\n");
    let marker = running.line();
    let line: Value = serde_json::from_str(&marker).unwrap();
    assert_eq!((fact(&line), line["dynascope"]["label"].as_str()), (Some("marker"), Some("run 3")));
    let time: jiff::Timestamp = line["dynascope"]["time"].as_str().unwrap().parse().unwrap();
    assert!((time.as_second() - demo.now().seconds()).abs() < 60);
    // The end of stdin ends nothing else.
    running.close_stdin();
    put(&demo, &stream, 3);
    let ended = running.wait();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let captured = text(&path);
    assert!(captured.ends_with(&format!("{before}{marker}\n{}", ended.stdout)), "{captured}");
    for format in ["pretty", "diff"] {
        let args = ["tail", "small", "--markers", "-o", format];
        let mut running = Program::at(demo.endpoint(), &args).listening().start();
        running.tell("here\n");
        let line = running.line();
        assert!(line.starts_with("── marker  20") && line.ends_with("  here"), "{line}");
        running.signal(Signal::TERM);
        assert_eq!(running.wait().status, 143);
    }
}

#[test]
fn a_full_disk_is_told_and_waited_for_while_records_are_printed() {
    for name in ["small.jsonl", "small.jsonl.zst"] {
        let (demo, stream) = small(300);
        let folder = Folder::new();
        let path = folder.path(name);
        let args =
            ["tail", "small", "--from", "trim-horizon", "-o", "jsonl", "--capture", path.to_str().unwrap()];
        let mut running = Program::at(demo.endpoint(), &args).with_full_disk(1).start();
        for _ in 0..300 {
            running.line();
        }
        put(&demo, &stream, 301);
        running.line();
        running.wait_to_say("the capture cannot be written: File too large (os error 27)");
        running.free_disk();
        wait_for(&path, 301);
        running.signal(Signal::TERM);
        let ended = running.wait();
        assert_eq!(ended.status, 143);
        let told =
            ended.stderr.matches("the capture cannot be written: File too large (os error 27)").count();
        assert_eq!(told, 1, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("the capture is written again; nothing is missing"),
            "{}",
            ended.stderr
        );
        let captured = lines(&text(&path));
        let history = history(&demo, &stream);
        assert_eq!(records(&captured), history.iter().map(witnessed).collect::<Vec<_>>());
        assert_is_in_order(&captured);
    }
}
