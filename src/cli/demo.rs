//! `dynascope demo`: the explorer on an embedded DynamoDB Streams service, or only the service.

use std::io::Write as _;

use clap::Args;

use super::capturing::CaptureArgs;
use super::exit::{Exit, Failure, complain};
use super::signals::Signals;
use super::{Global, RecordArgs};
use crate::demo::{Contents, Demo, DemoConfig};
use crate::model::Time;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Only serve, and print the endpoint
    #[arg(long)]
    headless: bool,
    /// The port to serve on; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "N")]
    port: u16,
    /// The same seed and time give the same records
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The demo's time at the start (RFC 3339); now, if not given
    #[arg(long, value_parser = time, value_name = "TIME")]
    at: Option<Time>,
    /// How many times as fast as real time the demo's time runs
    #[arg(long, default_value_t = 1.0, value_parser = factor, value_name = "X")]
    speed: f64,
    /// Multiplies the traffic of about 30 records a second
    #[arg(long, default_value_t = 1.0, value_parser = factor, value_name = "R")]
    rate: f64,
    /// Let things go wrong: throttles, expired iterators, late children
    #[arg(long)]
    faults: bool,
    /// One stream of 250 shards over four generations in place of the tables
    #[arg(long, hide = true)]
    wide: bool,
    #[command(flatten)]
    records: RecordArgs,
    #[command(flatten)]
    capture: CaptureArgs,
}

fn time(text: &str) -> Result<Time, String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let expected = |_| "a time like 2026-11-20T12:00:00Z is expected".to_owned();
    parsed.map(|time| Time::from_micros(time.as_microsecond())).map_err(expected)
}

/// A positive number that leaves sums of times in range.
fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse::<f64>().ok().filter(|factor| (0.001..=100_000.0).contains(factor));
    factor.ok_or_else(|| "a number from 0.001 to 100000 is expected".into())
}

impl DemoArgs {
    fn config(&self) -> DemoConfig {
        let contents = if self.wide { Contents::Wide } else { Contents::Tables };
        DemoConfig {
            seed: self.seed,
            start: self.at,
            speed: self.speed,
            rate: self.rate,
            faults: self.faults,
            contents,
        }
    }
}

pub async fn run(global: &Global, args: &DemoArgs) -> Result<Exit, Failure> {
    if args.headless && (args.records != RecordArgs::default() || args.capture != CaptureArgs::default()) {
        complain("--headless only serves: which records are shown is said to who reads them");
        return Ok(Exit::Usage);
    }
    let cannot = |error| Failure::new(format!("cannot serve on port {}: {error}", args.port));
    let demo = Demo::serve(&args.config(), args.port).map_err(cannot)?;
    if args.headless {
        serve(&demo).await
    } else {
        super::explore::on_demo(global, &demo, &args.records, &args.capture).await
    }
}

/// Serves until a signal.
async fn serve(demo: &Demo) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::new(format!("no signals: {error}")))?;
    let mut out = std::io::stdout().lock();
    let said = writeln!(out, "{}", demo.endpoint()).and_then(|()| out.flush());
    said.map_err(|error| Failure::new(format!("cannot write: {error}")))?;
    Ok(Exit::Signal(signals.next().await))
}
