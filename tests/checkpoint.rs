//! `dynascope tail --checkpoint`, the binary itself, against the demo service: one run goes on where the
//! other stopped, however it stopped.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

#[path = "checkpoint/files.rs"]
mod files;
mod support;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use dynascope::demo::{Contents, Demo, DemoConfig, Fault, Rule};
use dynascope::model::{StreamArn, Time, ViewType};
use rustix::process::Signal;
use serde_json::Value;
use support::program::{Ended, Program, Running};
use tempfile::TempDir;

/// A table `small` with one shard and so many records of one item, and a place for a checkpoint.
struct Stage {
    demo: Demo,
    stream: StreamArn,
    folder: TempDir,
    versions: usize,
}

impl Stage {
    fn new(records: usize) -> Self {
        let demo =
            Demo::serve(&DemoConfig { contents: Contents::Nothing, ..DemoConfig::default() }, 0).unwrap();
        let stream = create(&demo, "small", demo.now().minus(Duration::from_mins(5)));
        let folder = tempfile::tempdir().unwrap();
        let mut stage = Self { demo, stream, folder, versions: 0 };
        stage.put(records);
        stage
    }

    fn put(&mut self, records: usize) {
        for _ in 0..records {
            self.versions += 1;
            put(&self.demo, &self.stream, self.versions, self.demo.now());
        }
    }

    /// The only open shard goes on in a child.
    fn roll(&self) {
        let mut service = self.demo.service().lock().unwrap();
        let open = service.open_shards(&self.stream)[0].clone();
        service.roll(&self.stream, &open, self.demo.now()).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    fn checkpoint(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn program(&self, args: &[&str]) -> Program {
        let path = self.path();
        let usual = ["-o", "jsonl", "--checkpoint", path.to_str().unwrap()];
        Program::at(self.demo.endpoint(), &[&["tail", "small"], args, &usual].concat())
    }

    fn tail(&self, args: &[&str]) -> Ended {
        self.program(args).run()
    }

    /// The versions that a run prints, and what it says of the checkpoint.
    fn read(&self, args: &[&str]) -> (Vec<usize>, String) {
        let ended = self.tail(args);
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        (versions(&ended.stdout), without_times(&ended.stderr))
    }
}

fn create(demo: &Demo, table: &str, now: Time) -> StreamArn {
    demo.service().lock().unwrap().create_stream(table, ViewType::NewAndOldImages, 1, now)
}

fn put(demo: &Demo, stream: &StreamArn, version: usize, now: Time) {
    let image = format!("{{\"version\":{{\"N\":\"{version}\"}}}}");
    let mut service = demo.service().lock().unwrap();
    service.put(stream, "the item", None, Some(&image), now).unwrap();
}

fn version(line: &str) -> usize {
    let line: Value = serde_json::from_str(line).unwrap();
    line["dynamodb"]["NewImage"]["version"]["N"].as_str().unwrap().parse().unwrap()
}

fn versions(stdout: &str) -> Vec<usize> {
    stdout.lines().map(version).collect()
}

/// Without the moment of the checkpoint.
fn without_times(stderr: &str) -> String {
    let line = |line: &str| match line.split_once(" from the checkpoint of ") {
        Some((before, _)) => format!("{before} from the checkpoint\n"),
        None => format!("{line}\n"),
    };
    stderr.lines().map(line).collect()
}

const GOING_ON: &str = "dynascope: small: going on from the checkpoint\n";
const DRAIN: [&str; 3] = ["--from", "trim-horizon", "--no-follow"];
const BEATEN: &str =
    "dynascope: --checkpoint beats --from and --since: it goes on where the last run stopped\n";

#[test]
fn a_run_that_has_enough_in_the_middle_of_a_page_leaves_the_rest_to_the_next() {
    let mut stage = Stage::new(10);
    assert_eq!(stage.read(&["--from", "trim-horizon", "-m", "3"]), (vec![1, 2, 3], String::new()));
    stage.roll();
    stage.put(2);
    assert_eq!(stage.read(&["-m", "4"]), (vec![4, 5, 6, 7], GOING_ON.to_owned()));
    assert_eq!(stage.read(&["--no-follow"]), (vec![8, 9, 10, 11, 12], GOING_ON.to_owned()));
    let ended = stage.tail(&["--no-follow", "-m", "1"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (3, ""), "nothing is left");
    stage.put(1);
    let (read, said) = stage.read(&DRAIN);
    assert_eq!((read, said), (vec![13], format!("{GOING_ON}{BEATEN}")));
}

#[test]
fn what_came_to_an_idle_shard_while_nobody_read_is_printed_by_the_next_run_with_latest_too() {
    for has_timestamps in [true, false] {
        let mut stage = Stage::new(0);
        let before = stage.demo.now().minus(Duration::from_mins(2));
        (1..=2).for_each(|version| put(&stage.demo, &stage.stream, version, before));
        stage.versions = 2;
        let rules = if has_timestamps { vec![] } else { vec![Rule::always(Fault::NoTimestamps)] };
        stage.demo.service().lock().unwrap().faults.rules = rules;
        let idle = follow_until_ready(&stage);
        idle.signal(Signal::KILL);
        assert_eq!(idle.wait().status, -9);
        stage.put(2);
        stage.roll();
        stage.put(1);
        assert_eq!(stage.read(&["--no-follow"]).0, [3, 4, 5]);
    }
}

/// A run with LATEST whose position is fixed.
fn follow_until_ready(stage: &Stage) -> Running {
    let ready = stage.folder.path().join("ready");
    let running = stage.program(&["--ready-file", ready.to_str().unwrap()]).start();
    let deadline = support::deadline::Deadline::after(support::deadline::PATIENCE);
    while !ready.exists() || !stage.path().exists() {
        assert!(!deadline.has_passed(), "it is never ready");
        std::thread::sleep(Duration::from_millis(5));
    }
    running
}

#[test]
fn whole_generations_of_shards_that_came_meanwhile_are_read() {
    let mut stage = Stage::new(1);
    assert_eq!(stage.read(&DRAIN).0, [1]);
    for _ in 0..5 {
        stage.roll();
        stage.put(1);
    }
    assert_eq!(stage.read(&DRAIN).0, [2, 3, 4, 5, 6]);
}

#[test]
fn a_signal_a_timeout_and_a_closed_pipe_leave_it_where_it_was_printed_to() {
    let mut stage = Stage::new(2);
    let mut running = stage.program(&["--from", "trim-horizon"]).start();
    assert_eq!([version(&running.line()), version(&running.line())], [1, 2]);
    running.signal(Signal::TERM);
    assert_eq!(running.wait().status, 143);
    stage.put(1);
    assert_eq!(stage.read(&["--timeout", "1s"]).0, [3]);
    stage.put(1);
    let mut running = stage.program(&[]).start();
    assert_eq!(version(&running.line()), 4);
    running.close_stdout();
    stage.put(1);
    assert_eq!(running.wait().status, 0);
    // What it wrote last nobody has read, and what it wrote before may come again.
    let read = stage.read(&["--no-follow"]).0;
    assert!(read == [5] || read == [4, 5], "{read:?}");
}

#[test]
fn what_a_filter_leaves_out_is_passed_and_what_lies_behind_until_is_not() {
    let mut stage = Stage::new(0);
    let now = Time::from_seconds(stage.demo.now().seconds());
    let times: Vec<Time> = (0..6).map(|at| now.minus(Duration::from_secs(60 - 10 * at))).collect();
    for (version, time) in (1..).zip(&times) {
        put(&stage.demo, &stage.stream, version, *time);
    }
    stage.versions = 6;
    let until = times[3].to_string();
    let filter = ["--filter", "version <> 2"];
    let (read, said) = stage.read(&[&DRAIN[..], &filter, &["--until", &until]].concat());
    assert_eq!((read, said), (vec![1, 3], String::new()));
    stage.roll();
    stage.put(1);
    assert_eq!(stage.read(&["--until", &until, "--no-follow"]).0, Vec::<usize>::new());
    assert_eq!(stage.read(&["--no-follow"]).0, [4, 5, 6, 7]);
}

#[test]
fn a_position_that_was_trimmed_is_a_gap_that_is_told_once() {
    let stage = Stage::new(0);
    let long_ago = stage.demo.now().minus(Duration::from_hours(30));
    let stream = create(&stage.demo, "old", long_ago);
    for version in 1..=3 {
        put(&stage.demo, &stream, version, long_ago.plus(Duration::from_secs(version as u64)));
    }
    put(&stage.demo, &stream, 4, stage.demo.now());
    let path = stage.path();
    let checkpoint = ["-o", "jsonl", "--gaps", "--no-follow", "--checkpoint", path.to_str().unwrap()];
    let tail = |args: &[&str]| {
        let tail = [&["tail", "old"], args, &checkpoint].concat();
        Program::at(stage.demo.endpoint(), &tail).run()
    };
    let first = tail(&["--from", "trim-horizon"]);
    assert_eq!((first.status, versions(&first.stdout)), (0, vec![4]), "{}", first.stderr);
    // As if it had stopped 29 hours ago.
    let history =
        stage.demo.service().lock().unwrap().history(&stream, Time::from_seconds(0), stage.demo.now());
    let [_, second, _, last] = &history[..] else { panic!("{history:?}") };
    let (then, now) =
        (format!("after:{}", second.sequence_number), format!("after:{}", last.sequence_number));
    assert!(stage.checkpoint().contains(&now), "{}", stage.checkpoint());
    fs::write(&path, stage.checkpoint().replace(&now, &then)).unwrap();
    let resumed = tail(&[]);
    let (gap, records) = resumed.stdout.split_once('\n').unwrap();
    let gap: Value = serde_json::from_str(gap).unwrap();
    assert_eq!(gap["dynascope"]["reason"], "trimmed");
    assert_eq!(gap["dynascope"]["afterSequenceNumber"], second.sequence_number.as_str());
    assert_eq!((resumed.status, versions(records)), (5, vec![4]), "{}", resumed.stderr);
    let again = tail(&[]);
    assert_eq!((again.status, again.stdout.as_str()), (0, ""), "{}", again.stderr);
}

#[test]
fn of_a_table_that_has_a_newer_stream_all_of_that_is_read_and_the_older_one_is_told() {
    let mut stage = Stage::new(2);
    assert_eq!(stage.read(&DRAIN).0, [1, 2]);
    stage.put(1);
    let older = stage.stream.clone();
    stage.demo.service().lock().unwrap().disable(&older, stage.demo.now());
    stage.stream = create(&stage.demo, "small", stage.demo.now());
    stage.put(2);
    let (read, said) = stage.read(&["--no-follow"]);
    assert_eq!(read, [4, 5]);
    assert!(
        said.contains("small has a newer stream than the one of the checkpoint: reading all of"),
        "{said}"
    );
    let command = format!("dynascope tail {older} --checkpoint {}", stage.path().display());
    assert!(said.contains(&command), "{said}");
    // What is printed there works.
    let path = stage.path();
    let args = ["tail", older.as_str(), "--checkpoint", path.to_str().unwrap(), "-o", "jsonl"];
    let ended = Program::at(stage.demo.endpoint(), &args).run();
    assert_eq!((ended.status, versions(&ended.stdout)), (0, vec![3]), "{}", ended.stderr);
    // And the newer one stands where it stood.
    assert_eq!(stage.read(&["--no-follow"]), (vec![], GOING_ON.to_owned()));
}

#[test]
fn several_streams_share_a_file_and_one_that_is_not_read_keeps_its_place() {
    let mut stage = Stage::new(2);
    let other = create(&stage.demo, "other", stage.demo.now());
    put(&stage.demo, &other, 11, stage.demo.now());
    let both = stage.read(&[&["other"], &DRAIN[..]].concat()).0;
    assert_eq!(both.len(), 3);
    stage.put(1);
    put(&stage.demo, &other, 12, stage.demo.now());
    assert_eq!(stage.read(&["--no-follow"]).0, [3]);
    put(&stage.demo, &other, 13, stage.demo.now());
    assert_eq!(stage.read(&["other", "--no-follow"]).0, [12, 13]);
}
