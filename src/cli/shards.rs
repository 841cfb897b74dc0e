//! `dynascope shards STREAM`: the shard tree.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::asking::Asking;
use super::exit::{Exit, Failure};
use super::session::Session;
use super::streams::json;
use super::{Global, Listing};
use crate::app::StreamArgument;
use crate::model::text::sanitize;
use crate::model::time::Zone;
use crate::model::{Lineage, SequenceNumber, Shard, ShardId};

#[derive(Debug, Args)]
pub struct ShardsArgs {
    /// A table's name or a stream's ARN
    #[arg(value_parser = super::stream)]
    stream: StreamArgument,
    /// table (the default on a terminal) or json
    #[arg(short, long, value_enum)]
    output: Option<Listing>,
}

/// A shard in the JSON of this command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    shard_id: &'a str,
    parent_shard_id: Option<&'a str>,
    state: &'static str,
    created_at: Option<String>,
    starting_sequence_number: Option<&'a str>,
    ending_sequence_number: Option<&'a str>,
    children: Vec<&'a str>,
}

pub async fn run(global: &Global, args: &ShardsArgs) -> Result<Exit, Failure> {
    let streams = [args.stream.clone()];
    let mut session = Session::open(global, &streams).await?;
    let streams = session.resolve(&streams).await?;
    let mut text = String::new();
    for stream in &streams {
        let (_, lineage) = Asking::new(&mut session).shards(stream).await?;
        match Listing::or_default(args.output) {
            Listing::Json => text += &json(&listed(&lineage))?,
            Listing::Table => text += &tree(&lineage),
        }
    }
    super::exit::print(&text)
}

fn state(lineage: &Lineage, shard: &Shard) -> &'static str {
    if lineage.is_closed(&shard.id) { "closed" } else { "open" }
}

fn listed(lineage: &Lineage) -> Vec<Listed<'_>> {
    let listed = |shard: &'_ Shard| {
        let shard = lineage.get(&shard.id)?;
        Some(Listed {
            shard_id: shard.id.as_str(),
            parent_shard_id: shard.parent.as_ref().map(ShardId::as_str),
            state: state(lineage, shard),
            created_at: shard.id.created_at().map(|time| time.to_string()),
            starting_sequence_number: shard.starting.as_ref().map(SequenceNumber::as_str),
            ending_sequence_number: shard.ending.as_ref().map(SequenceNumber::as_str),
            children: lineage.children_of(&shard.id).iter().map(ShardId::as_str).collect(),
        })
    };
    lineage.shards().filter_map(listed).collect()
}

/// A rollover stays in its column, a split indents.
fn tree(lineage: &Lineage) -> String {
    let mut out = String::new();
    for row in lineage.rows() {
        let Some(shard) = lineage.get(&row.shard) else { continue };
        let branch = if row.continues { "│" } else { "▸" };
        let born = row.shard.created_at().map_or_else(|| "—".into(), |time| time.full(Zone::Utc));
        let name = sanitize(row.shard.as_str());
        let indent = "  ".repeat(row.depth);
        // A String takes every character.
        let _ = writeln!(out, "{indent}{branch} {name}  {}  {born}", state(lineage, shard));
    }
    out
}
