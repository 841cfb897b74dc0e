//! `dynascope streams`: the streams there are.

use std::io::Write as _;

use clap::Args;
use serde::Serialize;

use super::asking::Asking;
use super::exit::{Exit, Failure};
use super::session::Session;
use super::{Global, Listing};
use crate::model::text::sanitized;

#[derive(Debug, Args)]
pub struct StreamsArgs {
    /// Only the streams of this table
    #[arg(long)]
    table: Option<String>,
    /// table (the default on a terminal) or json
    #[arg(short, long, value_enum)]
    output: Option<Listing>,
}

/// A stream in the JSON of this command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    table_name: String,
    stream_label: String,
    stream_arn: String,
    stream_status: String,
    stream_view_type: String,
    shards: usize,
}

pub async fn run(global: &Global, args: &StreamsArgs) -> Result<Exit, Failure> {
    let mut session = Session::open(global, &[]).await?;
    let mut asking = Asking::new(&mut session);
    let mut streams = asking.streams(args.table.as_deref()).await?;
    streams.sort_by(|a, b| a.table.cmp(&b.table).then_with(|| b.label.cmp(&a.label)));
    let mut listed = vec![];
    for stream in streams {
        let (description, lineage) = asking.shards(&stream.arn).await?;
        listed.push(Listed {
            table_name: stream.table,
            stream_label: stream.label,
            stream_arn: stream.arn.to_string(),
            stream_status: description.status.as_str().to_owned(),
            stream_view_type: description.view_type.as_str().to_owned(),
            shards: lineage.len(),
        });
    }
    let text = match Listing::or_default(args.output) {
        Listing::Json => json(&listed)?,
        Listing::Table => table(&listed),
    };
    super::exit::print(&text)
}

/// Pretty-printed, with a newline at the end.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Failure::new(format!("cannot write JSON: {error}")))
}

fn table(listed: &[Listed]) -> String {
    let width = |text: fn(&Listed) -> &str, title: &str| {
        listed.iter().map(|stream| text(stream).chars().count()).chain([title.len()]).max().unwrap_or(0)
    };
    let table = width(|stream| &stream.table_name, "TABLE");
    let status = width(|stream| &stream.stream_status, "STATUS");
    let view = width(|stream| &stream.stream_view_type, "VIEW TYPE");
    let label = width(|stream| &stream.stream_label, "STREAM");
    let mut out = vec![];
    // A Vec takes every byte.
    let _ = writeln!(
        out,
        "{:table$}  {:status$}  {:view$}  {:>6}  {:label$}",
        "TABLE", "STATUS", "VIEW TYPE", "SHARDS", "STREAM"
    );
    for stream in listed {
        let _ = writeln!(
            out,
            "{:table$}  {:status$}  {:view$}  {:>6}  {:label$}",
            sanitized(&stream.table_name),
            sanitized(&stream.stream_status),
            sanitized(&stream.stream_view_type),
            stream.shards,
            sanitized(&stream.stream_label)
        );
    }
    String::from_utf8_lossy(&out).into_owned()
}
