//! The arguments of `tail`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::wait::Goal;
use crate::app::StreamArgument;
use crate::cli::capturing::CaptureArgs;
use crate::cli::following::streams_text;
use crate::cli::format::Output;
use crate::cli::privacy::PrivacyArgs;
use crate::cli::range::RangeArgs;
use crate::cli::selection::SelectionArgs;
use crate::cli::stream;
use crate::cli::when::duration;
use crate::output::Format;
use crate::output::command::quoted;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct TailArgs {
    /// Tables' names or streams' ARNs
    #[arg(required = true, value_name = "STREAM", value_parser = stream)]
    pub streams: Vec<StreamArgument>,

    #[command(flatten)]
    pub range: RangeArgs,
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
    /// Continue where the last run stopped (it beats --from and --since), and keep this file up to date
    ///
    /// It stands behind what was printed last; a run that was killed may print what it printed in its last
    /// second again. One file may serve several streams; while a run keeps it, another one is refused.
    #[arg(long, value_name = "FILE", help_heading = "Which records")]
    pub checkpoint: Option<PathBuf>,
    /// Print gaps and records that cannot be understood as lines, too
    #[arg(long, help_heading = "Output")]
    pub gaps: bool,
    /// Records in an event at most (lambda-event); 1 where nothing is said
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub batch_size: Option<NonZeroUsize>,

    #[command(flatten)]
    pub privacy: PrivacyArgs,

    /// Each line on stdin is a marker, now: a line between records, and in the capture
    #[arg(long, help_heading = "Output")]
    pub markers: bool,
    #[command(flatten)]
    pub capture: CaptureArgs,
}

impl TailArgs {
    /// What does not go together, beyond what the parser sees. `now` is the time by our clock.
    pub fn contradiction(&self, now: crate::model::Time) -> Option<&'static str> {
        if let Some(contradiction) = self.range.contradiction(self.streams.len(), now) {
            Some(contradiction)
        } else if self.expect.is_some()
            && self.timeout.is_none()
            && !self.no_follow
            && self.range.until.is_none()
        {
            Some("--expect needs an end: --timeout, --until or --no-follow")
        } else {
            Output::contradiction(self.output, self.unmarshal, self.batch_size)
        }
    }

    /// The command that goes on where this one gave up.
    pub fn resume(&self) -> String {
        let checkpoint = self.checkpoint.as_ref().map(|path| quoted(&path.to_string_lossy()));
        let checkpoint = checkpoint.map_or(String::new(), |path| format!(" --checkpoint {path}"));
        format!("dynascope tail {}{checkpoint}", streams_text(&self.streams))
    }

    pub fn goal(&self) -> Goal {
        self.expect.or(self.max_records.map(Goal::Records)).unwrap_or(Goal::Any)
    }

    /// Words for people, JSON for programs.
    pub fn format(&self, is_terminal: bool) -> Format {
        Output::or_usual(self.output, is_terminal && !self.unmarshal)
    }
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
}
