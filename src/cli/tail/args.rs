//! The arguments of `tail`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::app::StreamArgument;
use crate::cli::{duration, stream};
use crate::follow::Start;
use crate::output::Format;

#[derive(Debug, Args)]
pub struct TailArgs {
    /// Tables' names or streams' ARNs
    #[arg(required = true, value_name = "STREAM", value_parser = stream)]
    pub streams: Vec<StreamArgument>,
    /// Where to start
    #[arg(long, value_enum, default_value = "latest", value_name = "POSITION")]
    pub from: From,
    /// Only this shard and its descendants
    #[arg(long, value_name = "ID")]
    pub shard: Option<String>,
    /// End when everything that was there at the start has been read
    #[arg(long)]
    pub no_follow: bool,
    /// End after this many records
    #[arg(short, long, value_name = "N")]
    pub max_records: Option<u64>,
    /// End after this long
    #[arg(long, value_parser = duration, value_name = "DURATION")]
    pub timeout: Option<Duration>,
    /// How long to wait for credentials to be renewed, or for an endpoint to come back
    #[arg(long, value_parser = duration, default_value = "2m", value_name = "DURATION")]
    pub give_up: Duration,
    /// Print gaps and records that cannot be understood as lines, too
    #[arg(long)]
    pub gaps: bool,
    /// pretty (the default on a terminal) or jsonl
    #[arg(short, long, value_enum)]
    pub output: Option<Output>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A line of changes for people
    Pretty,
    /// A line of JSON, in the shape that Lambda receives
    Jsonl,
}

impl Output {
    /// Words for people, JSON for programs.
    pub fn format(chosen: Option<Self>, is_terminal: bool) -> Format {
        match chosen.unwrap_or(if is_terminal { Self::Pretty } else { Self::Jsonl }) {
            Self::Pretty => Format::Pretty,
            Self::Jsonl => Format::Jsonl,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// What is written from now on
    Latest,
    /// The oldest records there are
    TrimHorizon,
}

impl From {
    pub fn start(self) -> Start {
        match self {
            Self::Latest => Start::Latest,
            Self::TrimHorizon => Start::TrimHorizon,
        }
    }
}
