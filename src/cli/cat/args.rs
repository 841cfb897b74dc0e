//! The arguments of `cat`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::cli::format::Output;
use crate::cli::privacy::PrivacyArgs;
use crate::cli::range::{From, RangeArgs};
use crate::cli::selection::SelectionArgs;
use crate::model::Time;
use crate::output::Format;

#[derive(Debug, Args)]
pub struct CatArgs {
    /// Captures (JSON Lines, also compressed by zstd), Lambda events, answers of get-records; - is stdin
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub range: RangeArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// End after this many records; exit 3 if there are fewer
    #[arg(short, long, value_name = "N", help_heading = "When to end")]
    pub max_records: Option<u64>,

    /// pretty (the default on a terminal) or jsonl, json, diff, csv, lambda-event
    #[arg(short, long, value_enum, hide_possible_values = true, help_heading = "Output")]
    pub output: Option<Output>,
    /// Plain JSON in place of DynamoDB JSON (jsonl and json). Lossy: sets become arrays, binary base64
    #[arg(long, help_heading = "Output")]
    pub unmarshal: bool,
    /// Print all else that a capture says as lines, too: streams, shards, gaps, markers, poison
    #[arg(long, help_heading = "Output")]
    pub gaps: bool,
    /// Records in an event at most (lambda-event); 1 where nothing is said
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub batch_size: Option<NonZeroUsize>,

    #[command(flatten)]
    pub privacy: PrivacyArgs,
}

impl CatArgs {
    /// What does not go together, beyond what the parser sees. `now` is the time by our clock.
    pub fn contradiction(&self, now: Time) -> Option<&'static str> {
        // Whether the shard is one of a single stream is known when all is read.
        if let Some(contradiction) = self.range.contradiction(1, now) {
            Some(contradiction)
        } else if self.range.from == Some(From::Latest) {
            Some("a capture has no latest: nothing is written to it any more")
        } else {
            Output::contradiction(self.output, self.unmarshal, self.batch_size)
        }
    }

    pub fn format(&self, is_terminal: bool) -> Format {
        Output::or_usual(self.output, is_terminal && !self.unmarshal)
    }
}
