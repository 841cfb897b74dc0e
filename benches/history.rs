//! The search for one item's records among a million, and putting ten thousand of them in order:
//! `cargo bench --bench history`.
#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot go on")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dynascope::history::{History, ItemKey, Step, Touch, gather};
use dynascope::model::{Lineage, ShardId};
use dynascope::query::Needle;
use dynascope::source::wire::read_records;
use dynascope::store::Page;

const PAGES: usize = 100;
const RECORDS: usize = 1_000;
/// Each page is looked at so often: a million records in all.
const LAPS: usize = 10;

/// A record of about 1 KB with both images. One in a hundred is of the item that is looked for.
fn record(n: usize) -> String {
    let item = if n.is_multiple_of(100) { 0 } else { n };
    let key = format!(r#""pk":{{"S":"customer#{item:08}"}},"sk":{{"S":"order#{item:012}"}}"#);
    let image = |status: &str| {
        format!(
            r#"{{{key},"status":{{"S":"{status}"}},"total":{{"N":"{n}.95"}},"note":{{"S":"{}"}},"tags":{{"SS":["express","gift"]}}}}"#,
            "left with the neighbour ".repeat(10)
        )
    };
    format!(
        r#"{{"eventID":"{n:032x}","eventName":"MODIFY","dynamodb":{{"ApproximateCreationDateTime":{},"Keys":{{{key}}},"NewImage":{},"OldImage":{},"SequenceNumber":"{}","SizeBytes":700}}}}"#,
        1_790_000_000 + n / 100,
        image("SHIPPED"),
        image("PACKED"),
        100_000_000_003_218_256_368_u128 + n as u128,
    )
}

fn page(number: usize) -> Arc<Page> {
    let records: Vec<String> = (0..RECORDS).map(|at| record(number * RECORDS + at)).collect();
    let body = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    let answer = read_records(body.as_bytes()).expect("records as the service sends them");
    Arc::new(answer.page)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let done = black_box(work());
    (start.elapsed(), done)
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it found")]
fn main() {
    let pages: Vec<Arc<Page>> = (0..PAGES).map(page).collect();
    let shard = ShardId::new("shardId-1");
    let key = ItemKey::json(
        &format!("{{{}}}", r#""pk":{"S":"customer#00000000"},"sk":{"S":"order#000000000000"}"#),
        &[],
    )
    .expect("a key");
    let mut found: Vec<Step> = vec![];
    for round in 0..3 {
        let (search, steps) = timed(|| {
            let matcher = key.matcher();
            let mut steps = vec![];
            for _ in 0..LAPS {
                steps = pages.iter().flat_map(|page| gather(page, &shard, &matcher)).collect();
            }
            steps
        });
        found = steps;
        let needle = Needle::new("customer#00000000").expect("a text");
        let (text, hits) = timed(|| {
            let is_hit = |record: &dynascope::store::RecordRef<'_>| {
                needle.is_in([record.keys(), record.new_image(), record.old_image()].into_iter().flatten())
            };
            (0..LAPS)
                .map(|_| pages.iter().map(|page| page.records().filter(is_hit).count()).sum::<usize>())
                .sum::<usize>()
        });
        println!(
            "round {round}: the item's records among 1M: {search:?} ({} found in a lap); a text search: {text:?} ({hits})",
            found.len()
        );
    }
    let (insert, history) = timed(|| {
        let mut history = History::default();
        history.insert(found.clone(), &Lineage::default());
        history
    });
    println!("{} steps put in order, links checked: {insert:?}", history.steps().count());
    let path = "status".parse().expect("a path");
    let (sift, touched) = timed(|| history.steps().filter(|step| step.touches(&path) == Touch::Yes).count());
    println!("{touched} steps of these touched an attribute: {sift:?}");
}
