//! `dynascope streams`: the streams there are.

use clap::Args;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::asking::Asking;
use super::exit::{Exit, Failure};
use super::session::Session;
use super::{Global, Listing};
use crate::model::text::{escape_json, sanitize};
use crate::ui::sanitize::padded;

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
    // The values are the same, and safe on a terminal.
    text.map(|text| escape_json(&text).into_owned() + "\n")
        .map_err(|error| Failure::new(format!("cannot write JSON: {error}")))
}

fn table(listed: &[Listed]) -> String {
    let rows = listed.iter().map(|stream| {
        let Listed { table_name, stream_label, stream_status, stream_view_type, shards, .. } = stream;
        [
            table_name.clone(),
            stream_status.clone(),
            stream_view_type.clone(),
            format!("{shards:>6}"),
            stream_label.clone(),
        ]
    });
    columns(["TABLE", "STATUS", "VIEW TYPE", "SHARDS", "STREAM"], rows)
}

/// A table for people: straight columns under their titles, safe on a terminal.
pub(super) fn columns<const N: usize>(titles: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows = std::iter::once(titles.map(str::to_owned)).chain(rows);
    let rows: Vec<[String; N]> = rows.map(|row| row.map(|text| sanitize(&text).into_owned())).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(text, width)| padded(text, width)).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams() -> [Listed; 2] {
        [("orders", "ENABLED", "NEW_AND_OLD_IMAGES", 12), ("a\u{1b}[2J", "漢字", "NEW_IMAGE", 1_204)].map(
            |(table, status, view_type, shards)| Listed {
                table_name: table.into(),
                stream_label: "2026-10-01T08:00:00.000".into(),
                stream_arn: format!(
                    "arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/2026-10-01T08:00:00.000"
                ),
                stream_status: status.into(),
                stream_view_type: view_type.into(),
                shards,
            },
        )
    }

    #[test]
    fn the_table_for_people_is_as_its_golden_file() {
        assert_eq!(table(&streams()), include_str!("../../tests/data/streams.txt"));
    }

    #[test]
    fn the_json_is_as_its_golden_file() {
        assert_eq!(json(&streams()).unwrap(), include_str!("../../tests/data/streams.json"));
    }
}
