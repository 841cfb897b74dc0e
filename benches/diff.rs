//! Two items of 430 KB, from bytes to their diff: `cargo bench --bench diff`. With `-- --peer OLD NEW`
//! it answers each line of its input with the nanoseconds that the diff of two files took: see
//! `scripts/bench diff`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use dynascope::model::diff::mark_text;
use dynascope::model::{diff, parse_item};

const BYTES: usize = 430_000;
const ROUNDS: usize = 101;

#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
fn measure(what: &str, mut run: impl FnMut() -> usize) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("{what:<40} median {:>9.3?}  min {:>9.3?}  -> {}", times[ROUNDS / 2], times[0], run());
}

/// An item that grows by `part(n)` until it is large enough.
fn item(open: &str, part: impl Fn(usize) -> String, close: &str) -> String {
    let mut json = open.to_owned();
    for n in 0.. {
        if json.len() >= BYTES {
            break;
        }
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(json, "{comma}{}", part(n));
    }
    json + close
}

fn order_line(n: usize, version: usize) -> String {
    let quantity = if n % 100 == 7 { version } else { n % 10 };
    format!(
        r#"{{"M":{{"sku":{{"S":"SKU-{n:06}"}},"qty":{{"N":"{quantity}"}},"price":{{"N":"{n}.90"}},"tags":{{"SS":["a","b"]}},"note":{{"S":"left at the door"}}}}}}"#
    )
}

fn attribute(n: usize, version: usize) -> String {
    let value = if n % 100 == 7 { version } else { n };
    format!(r#""attribute{n:06}":{{"N":"{value}"}}"#)
}

fn sentence(n: usize, version: usize) -> String {
    let word = if n % 10 == 7 { version } else { 0 };
    let text = format!("the quick brown fox {n} {word} jumps over the lazy dog ").repeat(20);
    format!(r#""text{n:06}":{{"S":"{text}"}}"#)
}

/// Parses and compares two files as often as it is asked to.
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
fn answer(old: &str, new: &str) -> std::io::Result<()> {
    let (old, new) = (std::fs::read(old)?, std::fs::read(new)?);
    for line in std::io::stdin().lines() {
        line?;
        let start = Instant::now();
        let changes = match (parse_item(&old), parse_item(&new)) {
            (Ok(old), Ok(new)) => diff(&old, &new).changes().len(),
            (old, new) => return Err(std::io::Error::other(format!("{:?} {:?}", old.err(), new.err()))),
        };
        println!("{} {changes}", start.elapsed().as_nanos());
    }
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [peer, old, new] = arguments.as_slice()
        && peer == "--peer"
    {
        return answer(old, new).unwrap_or_else(|error| panic!("{error}"));
    }
    let pair = |make: &dyn Fn(usize) -> String| (make(1), make(2));
    let shapes = [
        ("an order of many lines", pair(&|v| item(r#"{"lines":{"L":["#, |n| order_line(n, v), "]}}"))),
        ("an order, one line put in front", {
            let lines = |v| move |n| order_line(n + v, 1);
            (item(r#"{"lines":{"L":["#, lines(1), "]}}"), item(r#"{"lines":{"L":["#, lines(0), "]}}"))
        }),
        ("numbers only, 30 bytes each", pair(&|v| item("{", |n| attribute(n, v), "}"))),
        ("text of 1 KB each", pair(&|v| item("{", |n| sentence(n, v), "}"))),
        (
            "one text",
            pair(&|v| {
                item(r#"{"text":{"S":""#, |n| format!("word {}", if n == 9 { v } else { n }), r#""}}"#)
            }),
        ),
        (
            "one text of escapes",
            pair(&|v| {
                item(r#"{"text":{"S":""#, |n| format!("\\n\\u00e9{}", if n == 9 { v } else { n }), r#""}}"#)
            }),
        ),
        (
            "every line changed",
            pair(&|v| item(r#"{"lines":{"L":["#, |n| order_line(n * 100 + 7, v + n), "]}}")),
        ),
    ];
    for (name, (old, new)) in &shapes {
        measure(&format!("{name}: parse both"), || {
            parse_item(old.as_bytes()).map_or(0, |item| item.len())
                + parse_item(new.as_bytes()).map_or(0, |item| item.len())
        });
        measure(&format!("{name}: parse and diff"), || {
            let (Ok(old), Ok(new)) = (parse_item(old.as_bytes()), parse_item(new.as_bytes())) else {
                return 0;
            };
            diff(&old, &new).changes().len()
        });
        let (Ok(old), Ok(new)) = (parse_item(old.as_bytes()), parse_item(new.as_bytes())) else { continue };
        measure(&format!("{name}: diff"), || diff(&old, &new).attributes.entries.len());
        measure(&format!("{name}: diff, changes"), || diff(&old, &new).changes().len());
    }
    let (old, new) = &shapes[4].1;
    measure("marks in one text of 430 KB", || mark_text(old, new).new.len());
}
