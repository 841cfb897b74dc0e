//! `dynascope open FILE...`: the explorer on captured records.

use std::future::ready;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::sync::mpsc;

use super::exit::{Exit, Failure, complain};
use super::explore::{cannot, check_terminal, end, theme};
use super::range::From;
use super::{Global, RecordArgs, captures};
use crate::app::{AppState, Config, First, Session};
use crate::follow::{Part, Start};
use crate::model::Time;
use crate::model::time::Zone;
use crate::runtime::Files;
use crate::terminal::Terminal;
use crate::{clock, runtime};

/// Who names files wants to see all of them.
const BUDGET: usize = 4 << 30;

#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Captures (JSON Lines, also compressed by zstd), Lambda events, answers of get-records; - is stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    records: RecordArgs,
}

/// What the flags say of the records.
fn first(records: &RecordArgs, now: Time) -> Result<First, String> {
    let RecordArgs { range, selection } = records;
    if range.shard.is_some() || matches!(range.from, Some(From::At(_) | From::After(_))) {
        return Err("--shard is for cat; here a shard is selected in its pane".into());
    }
    if range.from == Some(From::Latest) {
        return Err("a capture has no latest: nothing is written to it any more".into());
    }
    if let Some(contradiction) = range.contradiction(1, now) {
        return Err(contradiction.into());
    }
    let since = range.moment().map(|moment| format!("@time >= '{}'", moment.time));
    let rest = selection.as_expression(range.until.map(|until| until.time))?;
    let filter = match since {
        Some(since) if rest.is_empty() => since,
        Some(since) => format!("{since} AND ({rest})"),
        None => rest,
    };
    Ok(First { part: Part::from(Start::TrimHorizon), filter, keep_only: selection.keep_only().map(Arc::new) })
}

pub async fn run(global: &Global, args: &OpenArgs) -> Result<Exit, Failure> {
    let now = clock::now();
    let first = match first(&args.records, now) {
        Ok(first) => first,
        Err(contradiction) => {
            complain(&contradiction);
            return Ok(Exit::Usage);
        }
    };
    // Where stdin brings the records, the keys come from the terminal itself.
    let reads_stdin = args.files.iter().any(|file| file == Path::new("-"));
    check_terminal(reads_stdin || io::stdin().is_terminal())?;
    let file = global.load_config()?;
    let files = captures::open(&args.files)?;
    let config = Config {
        files: args.files.iter().map(|file| captures::name(file)).collect(),
        budget: file.store.megabytes.bytes().max(BUDGET),
        zone: if file.view.local_time { Zone::Local } else { Zone::Utc },
        keys: file.keys,
        tables: file.tables,
        first,
        ..Config::default()
    };
    // Nobody asks, and nobody answers.
    let ((requests, _), (_, reports)) = (mpsc::channel(1), mpsc::channel(1));
    let terminal = Terminal::enter().map_err(cannot)?;
    let state = AppState::new(config, now).with_remarks(args.records.range.guesses(now));
    let theme = theme(global, file.view);
    let connect = ready(Ok(Session::default()));
    let files = Files { read: Some(files), ..Files::default() };
    end(Box::pin(runtime::explore(terminal, state, theme, connect, requests, reports, files)).await, None)
}
