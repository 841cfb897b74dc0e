//! The flags that say how records are written.

use std::num::NonZeroUsize;

use clap::ValueEnum;

use crate::output::Format;

/// What `--unmarshal` costs.
pub const LOSSY: &str = "--unmarshal loses types: sets become arrays, binary values base64 text";

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

    /// Words for people, JSON for programs.
    pub fn or_usual(chosen: Option<Self>, is_for_people: bool) -> Format {
        let usual = if is_for_people { Self::Pretty } else { Self::Jsonl };
        chosen.unwrap_or(usual).format()
    }

    /// What does not go together.
    pub fn contradiction(
        chosen: Option<Self>,
        unmarshal: bool,
        batch_size: Option<NonZeroUsize>,
    ) -> Option<&'static str> {
        if unmarshal && !matches!(chosen, None | Some(Self::Jsonl | Self::Json)) {
            Some("--unmarshal is for jsonl and json")
        } else if batch_size.is_some() && chosen != Some(Self::LambdaEvent) {
            Some("--batch-size is for -o lambda-event")
        } else {
            None
        }
    }
}
