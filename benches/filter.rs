//! Filters over records where they lie, beside reading all of each record: `cargo bench --bench filter`.
//! With a file of JSON Lines, seconds over all of it, for scripts/bench: `… -- FILE FILTER...`

mod support;

use std::hint::black_box;
use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use dynascope::model::time::Zone;
use dynascope::model::{Time, parse_item};
use dynascope::query::{Filter, Tally, Whence};
use dynascope::source::wire::read_records;
use dynascope::store::Page;
use serde_json::Value;
use support::record;

const RECORDS: usize = 1_000;
const ROUNDS: usize = 51;
const WHENCE: Whence<'static> = Whence { table: "orders", shard: "shardId-1" };

/// Expressions and, beside each, how often it is true of the records made here.
const FILTERS: [&str; 8] = [
    "status = 'SHIPPED'",
    "status = 'NOWHERE'",
    "total > 990",
    "address.city = 'Köln' AND total < 10",
    "contains(tags, 'gift')",
    "changed(status, 'PACKED', 'SHIPPED')",
    "text('no. 77,')",
    "@size > 790",
];

fn page(records: &[String]) -> Option<Page> {
    read_records(format!(r#"{{"Records":[{}]}}"#, records.join(",")).as_bytes())
        .ok()
        .map(|answer| answer.page)
}

fn filter(text: &str) -> Option<Filter> {
    Filter::parse(text, Time::from_seconds(0), Zone::Utc).ok()
}

fn matched(filter: &Filter, page: &Page) -> usize {
    // As once something has matched.
    let mut tally = Tally::new(1, 1);
    filter.count_page(page, WHENCE, &mut tally).len()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn time(run: &mut dyn FnMut() -> usize) -> (Duration, usize) {
    let start = Instant::now();
    let outcome = black_box(run());
    (start.elapsed(), outcome)
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn in_memory() {
    let records: Vec<String> = (0..RECORDS).map(record).collect();
    let Some(page) = page(&records) else { return println!("the records cannot be read") };
    let filters: Vec<(String, Filter)> =
        FILTERS.iter().filter_map(|text| Some(((*text).to_owned(), filter(text)?))).collect();
    let page = &page;
    let images = || page.records().flat_map(|record| [record.new_image(), record.old_image()]).flatten();
    let mut ways: Vec<(String, Box<dyn FnMut() -> usize + '_>)> = vec![
        (
            "both images read whole".to_owned(),
            Box::new(move || {
                images().filter_map(|image| parse_item(image.as_bytes()).ok()).map(|item| item.len()).sum()
            }),
        ),
        (
            "serde_json Value of the record".to_owned(),
            Box::new(move || {
                let read = |record: &str| serde_json::from_str::<Value>(record).is_ok();
                page.records().filter(|record| read(record.json())).count()
            }),
        ),
    ];
    for (text, filter) in &filters {
        ways.push((text.clone(), Box::new(move || matched(filter, page))));
    }
    if let Some((text, filter)) = filters.get(1) {
        let count = move || {
            let mut tally = Tally::default();
            page.records().filter(|record| filter.count(*record, WHENCE, &mut tally)).count()
        };
        ways.push((format!("{text}, counting why"), Box::new(count)));
    }
    println!("{RECORDS} records of about 1 KB; medians of {ROUNDS} interleaved rounds");
    let mut times: Vec<Vec<Duration>> = vec![vec![]; ways.len()];
    let mut found = vec![0; ways.len()];
    for _ in 0..ROUNDS {
        for (((_, run), times), found) in ways.iter_mut().zip(&mut times).zip(&mut found) {
            black_box(run());
            let (taken, outcome) = time(run);
            times.push(taken);
            *found = outcome;
        }
    }
    let mut whole = None;
    for (((name, _), mut times), found) in ways.iter().zip(times).zip(found) {
        times.sort();
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / RECORDS as f64;
        let median = micros(times[ROUNDS / 2]);
        let ratio = *whole.get_or_insert(median) / median;
        println!(
            "{name:<48} {median:>7.3} µs a record  (min {:.3}, max {:.3})  {ratio:>6.1} times as fast; {found} found",
            micros(times[0]),
            micros(times[ROUNDS - 1]),
        );
    }
}

/// Seconds for all lines of a file: read into pages, then each filter over them. An expression, or
/// a text behind `text:`.
#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn over_a_file(path: &str, filters: &[String]) {
    let mut pages = vec![];
    let (read, records) = time(&mut || {
        let Ok(file) = std::fs::File::open(path) else { return 0 };
        let mut lines = BufReader::with_capacity(1 << 20, file).lines();
        loop {
            let next: Vec<String> = lines.by_ref().take(RECORDS).map_while(Result::ok).collect();
            let Some(page) = page(&next).filter(|page| !page.is_empty()) else { break };
            pages.push(page);
        }
        pages.iter().map(Page::len).sum()
    });
    println!("read\t{:.4}\t{records}", read.as_secs_f64());
    for text in filters {
        let filter = match text.strip_prefix("text:") {
            Some(needle) => Filter::text(needle),
            None => filter(text),
        };
        let Some(filter) = filter else { return println!("{text} is no filter") };
        // As a search does; the second time it is known where letters may hide.
        for _ in 0..2 {
            let mut tally = Tally::default();
            let (taken, found) = time(&mut || {
                pages.iter().map(|page| filter.count_page(page, WHENCE, &mut tally).len()).sum()
            });
            println!("{text}\t{:.4}\t{found}", taken.as_secs_f64());
        }
    }
}

fn main() {
    // Cargo adds an argument of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.split_first() {
        Some((path, filters)) => over_a_file(path, filters),
        None => in_memory(),
    }
}
