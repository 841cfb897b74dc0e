//! The arguments of `tail`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::wait::Goal;
use crate::app::StreamArgument;
use crate::cli::selection::SelectionArgs;
use crate::cli::stream;
use crate::cli::when::{Moment, duration, moment};
use crate::follow::{Position, Start};
use crate::model::SequenceNumber;
use crate::output::Format;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct TailArgs {
    /// Tables' names or streams' ARNs
    #[arg(required = true, value_name = "STREAM", value_parser = stream)]
    pub streams: Vec<StreamArgument>,

    /// Where to start: latest (the default), trim-horizon, a time (15m, 02:10, RFC 3339), and with one
    /// --shard at:SEQUENCE-NUMBER or after:SEQUENCE-NUMBER
    #[arg(long, value_parser = position, value_name = "POSITION", help_heading = "Which records")]
    pub from: Option<From>,
    /// Start so long ago, or at this time
    #[arg(
        long,
        value_parser = moment,
        value_name = "DURATION|TIME",
        conflicts_with = "from",
        help_heading = "Which records"
    )]
    pub since: Option<Moment>,
    /// Only what was created before this time; it ends once all of that has been read
    #[arg(long, value_parser = moment, value_name = "TIME", help_heading = "Which records")]
    pub until: Option<Moment>,
    /// Only this shard and its descendants
    #[arg(long, value_name = "ID", help_heading = "Which records")]
    pub shard: Option<String>,
    /// Only --shard itself, without its descendants
    #[arg(long, requires = "shard", help_heading = "Which records")]
    pub only: bool,
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// End when everything that was there at the start has been read
    #[arg(long, help_heading = "When to end")]
    pub no_follow: bool,
    /// End after this many records; exit 3 if fewer came
    #[arg(short, long, value_name = "N", conflicts_with = "expect", help_heading = "When to end")]
    pub max_records: Option<u64>,
    /// So many records and no more: N, N.., N..M or 0; exit 3 if fewer came, 4 at the first too many
    #[arg(long, value_parser = expectation, value_name = "N|N..|N..M|0", help_heading = "When to end")]
    pub expect: Option<Goal>,
    /// End after this long. With --expect, how long the least number is waited for
    #[arg(long, value_parser = duration, value_name = "DURATION", help_heading = "When to end")]
    pub timeout: Option<Duration>,
    /// How long to wait for a surplus once the least number has come
    #[arg(
        long,
        value_parser = duration,
        default_value = "3s",
        requires = "expect",
        value_name = "DURATION",
        help_heading = "When to end"
    )]
    pub settle: Duration,
    /// How long to wait for credentials to be renewed, or for an endpoint to come back
    #[arg(
        long,
        value_parser = duration,
        default_value = "2m",
        value_name = "DURATION",
        help_heading = "When to end"
    )]
    pub give_up: Duration,
    /// A file that appears when no later write can be missed; it is removed at the start
    #[arg(long, value_name = "PATH", help_heading = "When to end")]
    pub ready_file: Option<PathBuf>,

    /// pretty (the default on a terminal) or jsonl, json, diff, csv, lambda-event
    #[arg(short, long, value_enum, hide_possible_values = true, help_heading = "Output")]
    pub output: Option<Output>,
    /// Plain JSON in place of DynamoDB JSON (jsonl and json). Lossy: sets become arrays, binary base64
    #[arg(long, help_heading = "Output")]
    pub unmarshal: bool,
    /// Print gaps and records that cannot be understood as lines, too
    #[arg(long, help_heading = "Output")]
    pub gaps: bool,
}

impl TailArgs {
    /// What does not go together, beyond what the parser sees. `now` is the time by our clock.
    pub fn contradiction(&self, now: crate::model::Time) -> Option<&'static str> {
        let is_at_number = matches!(self.from, Some(From::At(_) | From::After(_)));
        let is_in_future = |moment: Moment| moment.time > now;
        if is_at_number && (self.shard.is_none() || self.streams.len() > 1) {
            Some("a sequence number is one shard's: name its stream and --shard")
        } else if self.moment().is_some_and(is_in_future) {
            Some("the time to start at lies in the future")
        } else if self.expect.is_some() && self.timeout.is_none() && !self.no_follow && self.until.is_none() {
            Some("--expect needs an end: --timeout, --until or --no-follow")
        } else if self.unmarshal && !matches!(self.output, None | Some(Output::Jsonl | Output::Json)) {
            Some("--unmarshal is for jsonl and json")
        } else {
            None
        }
    }

    /// The time to start at, where it is one.
    pub fn moment(&self) -> Option<Moment> {
        match self.from {
            Some(From::Time(moment)) => Some(moment),
            _ => self.since,
        }
    }

    pub fn start(&self) -> Start {
        match (&self.from, self.moment()) {
            (_, Some(moment)) => Start::Since(moment.time),
            (None | Some(From::Latest), None) => Start::Latest,
            // A sequence number's shard begins there, and its descendants with their oldest record.
            (Some(From::TrimHorizon | From::Time(_) | From::At(_) | From::After(_)), None) => {
                Start::TrimHorizon
            }
        }
    }

    /// Where the one shard begins, if that is a sequence number.
    pub fn first(&self) -> Option<Position> {
        match &self.from {
            Some(From::At(number)) => Some(Position::AtSequenceNumber(number.clone())),
            Some(From::After(number)) => Some(Position::AfterSequenceNumber(number.clone())),
            _ => None,
        }
    }

    pub fn goal(&self) -> Goal {
        self.expect.or(self.max_records.map(Goal::Records)).unwrap_or(Goal::Any)
    }

    /// Words for people, JSON for programs.
    pub fn format(&self, is_terminal: bool) -> Format {
        let usual = if is_terminal && !self.unmarshal { Output::Pretty } else { Output::Jsonl };
        self.output.unwrap_or(usual).format()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A line of changes for people
    Pretty,
    /// A line of JSON, in the shape that Lambda receives
    Jsonl,
    /// One array of the same
    Json,
    /// Each record with every change
    Diff,
    /// For a spreadsheet
    Csv,
    /// What a Lambda function receives
    LambdaEvent,
}

impl Output {
    pub fn format(self) -> Format {
        match self {
            Self::Pretty => Format::Pretty,
            Self::Jsonl => Format::Jsonl,
            Self::Json => Format::Json,
            Self::Diff => Format::Diff,
            Self::Csv => Format::Csv,
            Self::LambdaEvent => Format::LambdaEvent,
        }
    }
}

/// Where to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// With what is written from now on.
    Latest,
    /// With the oldest record there is.
    TrimHorizon,
    Time(Moment),
    /// With the record of this sequence number.
    At(SequenceNumber),
    /// With the record after it.
    After(SequenceNumber),
}

fn position(text: &str) -> Result<From, String> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| SequenceNumber::new(text)).ok_or("a sequence number has digits only".to_owned())
    };
    Ok(match text {
        "latest" => From::Latest,
        "trim-horizon" => From::TrimHorizon,
        _ => match text.split_once(':') {
            Some(("at", text)) => From::At(number(text)?),
            Some(("after", text)) => From::After(number(text)?),
            _ => From::Time(moment(text).map_err(|_| {
                "latest, trim-horizon, a time like 15m, 02:10 or 2026-11-20T02:10:00Z, at:NUMBER or \
                 after:NUMBER is expected"
            })?),
        },
    })
}

fn expectation(text: &str) -> Result<Goal, String> {
    let number = |text: &str| text.parse::<u64>().ok();
    let range = match text.split_once("..") {
        None => number(text).map(|exact| (exact, Some(exact))),
        Some((least, "")) => number(least).filter(|least| *least > 0).map(|least| (least, None)),
        Some((least, most)) => number(least).zip(number(most).map(Some)),
    };
    let range = range.filter(|(least, most)| most.is_none_or(|most| most >= *least));
    let (least, most) = range.ok_or("a number (2), at least (1..), a range (1..3) or 0 is expected")?;
    Ok(Goal::Expected { least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_a_number_a_least_number_or_a_range() {
        let goal = |least, most| Ok(Goal::Expected { least, most });
        assert_eq!(expectation("2"), goal(2, Some(2)));
        assert_eq!(expectation("0"), goal(0, Some(0)));
        assert_eq!(expectation("1.."), goal(1, None));
        assert_eq!(expectation("0..3"), goal(0, Some(3)));
        for text in ["", "..", "..3", "3..1", "0..", "-1", "two", "1...2", "1..x"] {
            assert!(expectation(text).is_err(), "{text}");
        }
    }

    #[test]
    fn positions_are_named_as_the_service_names_them() {
        assert_eq!(position("latest"), Ok(From::Latest));
        assert_eq!(position("trim-horizon"), Ok(From::TrimHorizon));
        assert_eq!(position("at:007"), Ok(From::At(SequenceNumber::new("007"))));
        assert_eq!(position("after:7"), Ok(From::After(SequenceNumber::new("7"))));
        assert!(matches!(position("2026-11-20T02:10:00Z"), Ok(From::Time(_))));
        for text in ["oldest", "at:", "at:x", "after:-7", "LATEST"] {
            assert!(position(text).is_err(), "{text}");
        }
    }
}
