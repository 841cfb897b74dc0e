//! The time of a frame of 120x40 where there is much to show, beside where there is little:
//! `cargo bench --bench frame`.
#![expect(clippy::unwrap_used, reason = "the stage is that of the tests")]

use std::time::{Duration, Instant};

use dynascope::app::{Action, Config, Size, settle};
use dynascope::model::{Shard, StreamStatus, ViewType};
use dynascope::ui;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use stage::{Known, Stage, arn, record, shard};

#[path = "../tests/explorer/stage.rs"]
#[expect(dead_code, reason = "it is the tests', too")]
mod stage;

const SIZE: Size = Size { width: 120, height: 40 };
const ROUNDS: usize = 1_000;
const PAGE: u32 = 1_000;

/// A stream of so many open shards, being read.
fn reading(shards: i64) -> (Stage, Shard) {
    let shards: Vec<Shard> = (0..shards).map(|n| shard(60, &format!("{n:08x}"), None, false)).collect();
    let first = shards[0].clone();
    let orders = arn("orders", "2026-10-01T08:00:00.000");
    let known =
        Known { arn: orders, status: StreamStatus::Enabled, view_type: ViewType::NewAndOldImages, shards };
    let config = Config { budget: 2 << 30, ..Config::default() };
    let mut stage = Stage::ready_with(SIZE.width, SIZE.height, config, vec![known]);
    stage.keys("Enter");
    (stage, first)
}

/// The same with so many records.
fn with_records(pages: u32) -> Stage {
    let (mut stage, shard) = reading(4);
    let image = r#"{"pk":{"S":"ord#91"},"status":{"S":"PENDING"},"total":{"N":"19.95"}}"#;
    for page in 0..pages {
        // In the order of their times, as the service has them.
        let time = i64::from(page * 200 / pages) - 200;
        let one = |n| record(page * PAGE + n, time, "MODIFY", "ord#91", image, image);
        let records: Vec<String> = (0..PAGE).map(one).collect();
        stage.arrive(&shard, &records, false);
    }
    stage
}

/// The time of a frame, after a key or a tick each, in microseconds: the median and the 99th percentile.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn measure(stages: &mut [Stage; 2], mut happens: impl FnMut(&mut Stage, usize)) -> [[f64; 2]; 2] {
    let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).unwrap();
    let mut times: [Vec<Duration>; 2] = [vec![], vec![]];
    for round in 0..ROUNDS {
        for (stage, times) in stages.iter_mut().zip(&mut times) {
            happens(stage, round);
            let start = Instant::now();
            settle(&mut stage.state);
            terminal.draw(|frame| ui::draw(frame, &stage.state, &stage.theme)).unwrap();
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        [times[ROUNDS / 2], times[ROUNDS * 99 / 100]].map(|time| time.as_secs_f64() * 1e6)
    })
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn report(what: &str, [little, much]: [[f64; 2]; 2]) {
    for (name, at) in [("median", 0), ("p99", 1)] {
        let ratio = much[at] / little[at];
        println!("{what:<40} {name:<8} {:>8.0} µs {:>8.0} µs {ratio:>6.2}", little[at], much[at]);
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn main() {
    println!("{ROUNDS} frames of 120x40, in turns {:>28} {:>11} {:>6}", "little", "much", "ratio");
    let up_and_down =
        |stage: &mut Stage, round: usize| stage.keys(if round.is_multiple_of(2) { "k" } else { "j" });
    let tick = |stage: &mut Stage, _: usize| stage.act(Action::Tick);

    let looking_at = |pane: &str, mut stage: Stage| {
        stage.keys(pane);
        stage
    };
    let mut shards = [5, 5_000].map(|count| looking_at("2", reading(count).0));
    report("5,000 shards to 5: the cursor moves", measure(&mut shards, up_and_down));
    report("5,000 shards to 5: a tick", measure(&mut shards, tick));

    let mut records = [1, 1_000].map(|pages| looking_at("3", with_records(pages)));
    report("1M records to 1k: the cursor moves", measure(&mut records, up_and_down));
    report("1M records to 1k: a tick", measure(&mut records, tick));
}
