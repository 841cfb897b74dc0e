//! A stream that is written to while it is read, and splits; and what is on the disk beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use dynascope::demo::{Contents, Demo, DemoConfig};
use dynascope::model::{SequenceNumber, StreamArn, ViewType};
use serde_json::Value;
use tempfile::TempDir;

use super::life::{Death, Life};
use super::support::program::Program;

/// More open shards than these only roll over.
const MANY: usize = 8;

pub struct World {
    demo: Demo,
    stream: StreamArn,
    folder: TempDir,
    dice: fastrand::Rng,
    records: usize,
    /// Where each version was written: the first is 1.
    written: Vec<(String, SequenceNumber)>,
}

/// The number of a record.
pub fn version(line: &str) -> usize {
    let line: Value = serde_json::from_str(line).unwrap();
    line["dynamodb"]["NewImage"]["version"]["N"].as_str().unwrap().parse().unwrap()
}

impl World {
    pub fn new(dice: fastrand::Rng, records: usize) -> Self {
        let demo =
            Demo::serve(&DemoConfig { contents: Contents::Nothing, ..DemoConfig::default() }, 0).unwrap();
        let now = demo.now();
        let stream =
            demo.service().lock().unwrap().create_stream("events", ViewType::NewAndOldImages, 2, now);
        let folder = tempfile::tempdir().unwrap();
        Self { demo, stream, folder, dice, records, written: vec![] }
    }

    pub fn endpoint(&self) -> &str {
        self.demo.endpoint()
    }

    pub fn checkpoint(&self) -> PathBuf {
        self.folder.path().join("checkpoint")
    }

    /// What a run said.
    pub fn said(&self) -> PathBuf {
        self.folder.path().join("said")
    }

    pub fn capture(&self, number: usize, is_packed: bool) -> PathBuf {
        let ending = if is_packed { "jsonl.zst" } else { "jsonl" };
        self.folder.path().join(format!("capture-{number}.{ending}"))
    }

    pub fn shards(&self) -> usize {
        self.written.iter().map(|(shard, _)| shard).collect::<BTreeSet<_>>().len()
    }

    /// Writes so many records, if there are so many left; now and then a shard splits or rolls over.
    fn write(&mut self, records: usize) {
        let (now, mut service) = (self.demo.now(), self.demo.service().lock().unwrap());
        for _ in 0..records.min(self.left()) {
            if self.dice.u32(..200) == 0 {
                let open = service.open_shards(&self.stream);
                let shard = &open[self.dice.usize(..open.len())];
                if open.len() < MANY && self.dice.bool() {
                    service.split(&self.stream, shard, now);
                } else {
                    service.roll(&self.stream, shard, now);
                }
            }
            let version = self.written.len() + 1;
            let image =
                format!("{{\"version\":{{\"N\":\"{version}\"}},\"text\":{{\"S\":\"{:x<150}\"}}}}", "");
            let key = format!("k{}", self.dice.u32(..50));
            let (shard, number) = service.put(&self.stream, &key, None, Some(&image), now).unwrap();
            self.written.push((shard.to_string(), number));
        }
    }

    pub fn write_the_rest(&mut self) {
        self.write(self.records);
    }

    /// Lets a run write more than anybody reads, and kills it in the middle of that.
    pub fn kill_while_it_writes(&mut self, life: Life) -> Death {
        self.write(400);
        life.stall();
        life.kill()
    }

    pub fn left(&self) -> usize {
        self.records - self.written.len()
    }

    /// Lets a run read while more is written, and kills it behind some savings and then some bytes.
    pub fn feed_until_killed(&mut self, mut life: Life, dice: &mut fastrand::Rng, kills: usize) -> Death {
        let mut savings = [0, 0, 1, 2, 2, 2, 2, 3][dice.usize(..8)];
        let bytes = if savings == 0 && dice.bool() { 0 } else { dice.usize(..60_000) };
        // So that there is something left for the last life.
        let mut budget = dice.usize(..3 * self.records / (2 * kills + 2));
        let (mut seen, mut read) = (self.mark(), 0);
        life.read();
        loop {
            let mark = self.mark();
            if mark != seen {
                seen = mark;
                if savings > 0 {
                    savings -= 1;
                    read = life.output.len();
                }
            }
            if savings == 0 && (life.output.len() - read >= bytes || budget == 0) {
                return life.kill();
            }
            if !life.take() || dice.u32(..4) == 0 {
                let records = dice.usize(..30).min(budget);
                self.write(records);
                budget -= records;
                // What is to be saved has to change.
                if savings > 0 && budget == 0 && self.left() > 0 {
                    budget = 1;
                }
                if self.left() == 0 {
                    return life.kill();
                }
            }
        }
    }

    /// Changes whenever the checkpoint is saved.
    fn mark(&self) -> Option<(u64, i64, i64)> {
        let known = fs::metadata(self.checkpoint()).ok()?;
        Some((known.ino(), known.mtime(), known.mtime_nsec()))
    }

    /// The versions that the checkpoint has passed.
    pub fn passed(&self) -> BTreeSet<usize> {
        let Ok(text) = fs::read_to_string(self.checkpoint()) else { return BTreeSet::new() };
        let checkpoint: Value = serde_json::from_str(&text).unwrap();
        let shards = checkpoint["dynascope"]["streams"][0]["shards"].as_array().unwrap();
        let standing: BTreeMap<&str, Option<SequenceNumber>> = shards
            .iter()
            .filter_map(|shard| {
                let id = shard["shardId"].as_str().unwrap();
                match (shard["state"].as_str().unwrap(), shard["position"].as_str()) {
                    ("exhausted", None) => Some((id, None)),
                    ("reading", Some(position)) => {
                        Some((id, Some(SequenceNumber::new(position.strip_prefix("after:")?))))
                    }
                    ("reading" | "waiting", None) => None,
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        let is_passed = |(shard, number): &(String, SequenceNumber)| {
            standing.get(&**shard).is_some_and(|after| after.as_ref().is_none_or(|after| number <= after))
        };
        (1..).zip(&self.written).filter(|(_, place)| is_passed(place)).map(|(version, _)| version).collect()
    }

    /// The versions that a capture holds, as `cat` opens it; of its lines only the last may be torn.
    pub fn opened(capture: &Path) -> Vec<usize> {
        if !capture.exists() {
            return vec![];
        }
        let ended = Program::new(&["cat", capture.to_str().unwrap(), "-o", "jsonl"]).run();
        assert_eq!(ended.status, 0, "{}", ended.stderr);
        if capture.extension().is_some_and(|ending| ending == "jsonl") {
            let text = fs::read_to_string(capture).unwrap();
            let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
            for line in whole.lines() {
                serde_json::from_str::<Value>(line).unwrap();
            }
        }
        ended.stdout.lines().map(version).collect()
    }

    /// The records of one shard come in their order, and a child's behind its parent's.
    pub fn assert_order(&self, order: &[usize]) {
        let mut last: BTreeMap<&str, &SequenceNumber> = BTreeMap::new();
        for version in order {
            let (shard, number) = &self.written[version - 1];
            if let Some(before) = last.insert(shard, number) {
                assert!(before < number, "{version} comes behind a later one of its shard");
            }
        }
    }
}
