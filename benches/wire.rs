//! A GetRecords body, from bytes to an index of its records and on to lines of JSON, beside the
//! usual ways to read JSON: `cargo bench --bench wire`.

mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use dynascope::model::{ShardId, StreamArn};
use dynascope::output::jsonl;
use dynascope::source::wire::read_records;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use support::record;

const RECORDS: usize = 1_000;
const ROUNDS: usize = 101;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    records: Vec<Envelope<'a>>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "eventID")]
    event_id: &'a str,
    #[serde(borrow)]
    dynamodb: Change<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change<'a> {
    approximate_creation_date_time: f64,
    #[serde(borrow)]
    keys: &'a RawValue,
    #[serde(borrow)]
    new_image: Option<&'a RawValue>,
    #[serde(borrow)]
    old_image: Option<&'a RawValue>,
    sequence_number: &'a str,
    size_bytes: u32,
}

/// Everything that our index holds, too.
fn raw_value(body: &[u8]) -> usize {
    let Ok(answer) = serde_json::from_slice::<Answer<'_>>(body) else { return 0 };
    let parts = |record: &Envelope<'_>| {
        let change = &record.dynamodb;
        let image = |image: Option<&RawValue>| image.map_or(0, |image| image.get().len());
        record.event_id.len()
            + change.keys.get().len()
            + image(change.new_image)
            + image(change.old_image)
            + change.sequence_number.len()
            + change.size_bytes as usize
            + usize::from(change.approximate_creation_date_time > 0.0)
    };
    answer.records.iter().map(parts).sum()
}

fn value(body: &[u8]) -> usize {
    serde_json::from_slice::<Value>(body).map_or(0, |value| value["Records"].as_array().map_or(0, Vec::len))
}

#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
fn main() {
    let records: Vec<String> = (0..RECORDS).map(record).collect();
    let body = format!(r#"{{"Records":[{}],"NextShardIterator":"next"}}"#, records.join(","));
    let Ok(answer) = read_records(body.as_bytes()) else { return println!("the body cannot be read") };
    let Ok(stream) =
        StreamArn::parse("arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000")
    else {
        return println!("the ARN cannot be read");
    };
    let shard = ShardId::new("shardId-00000001791316726480-f35f62ef");
    let mut out = Vec::with_capacity(2 * body.len());
    let mut lines = || {
        out.clear();
        for record in answer.page.records() {
            jsonl::record(&mut out, &stream, &shard, record);
        }
        out.len()
    };
    let read = || read_records(body.as_bytes()).map_or(0, |answer| answer.page.len());
    let checked = || std::str::from_utf8(body.as_bytes()).map_or(0, str::len);
    let crc = || crc32fast::hash(body.as_bytes()) as usize;
    let mut ways: [(&str, &mut dyn FnMut() -> usize); 6] = [
        ("read_records", &mut { read }),
        ("lines of JSON from it", &mut lines),
        ("UTF-8 check alone", &mut { checked }),
        ("CRC-32 alone", &mut { crc }),
        ("serde_json, RawValue envelope", &mut || raw_value(body.as_bytes())),
        ("serde_json Value", &mut || value(body.as_bytes())),
    ];
    println!("{RECORDS} records, {} bytes; medians of {ROUNDS} interleaved rounds", body.len());
    let mut times: Vec<Vec<Duration>> = vec![vec![]; ways.len()];
    for _ in 0..ROUNDS {
        for ((_, run), times) in ways.iter_mut().zip(&mut times) {
            // Once for the caches, which the one before has filled with its own.
            black_box(run());
            let start = Instant::now();
            black_box(run());
            times.push(start.elapsed());
        }
    }
    let mut ours = None;
    for ((name, _), mut times) in ways.iter().zip(times) {
        times.sort();
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / RECORDS as f64;
        let median = micros(times[ROUNDS / 2]);
        let ratio = median / *ours.get_or_insert(median);
        println!(
            "{name:<32} {median:>7.3} µs a record  (min {:.3}, max {:.3})  {ratio:>6.2} of read_records",
            micros(times[0]),
            micros(times[ROUNDS - 1]),
        );
    }
}
