//! `dynascope shards STREAM`: the shard tree.

use clap::Args;
use serde::Serialize;

use super::asking::Asking;
use super::exit::{Exit, Failure};
use super::session::Session;
use super::streams::{columns, json};
use super::{Global, Listing};
use crate::app::StreamArgument;
use crate::clock;
use crate::model::time::{Zone, short_span};
use crate::model::{Lineage, SequenceNumber, Shard, ShardId, Time};

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
            Listing::Table => text += &global.spell(tree(&lineage, now(&session)))?,
        }
    }
    super::exit::print(&text)
}

/// By the service's clock, if it has said what time it is.
fn now(session: &Session) -> Time {
    session.clock.unwrap_or_default().service_time(clock::now())
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

/// The tree for people: a rollover stays in its column, a split indents.
fn tree(lineage: &Lineage, now: Time) -> String {
    let unknown = || "—".to_owned();
    let rows = lineage.rows().into_iter().filter_map(|row| {
        let shard = lineage.get(&row.shard)?;
        let sign = match (row.continues, row.children) {
            (true, _) => "│",
            (false, 0) => "•",
            (false, _) => "▾",
        };
        let born = shard.id.created_at();
        // A shard ends where the first that follows it begins.
        let next = lineage.children_of(&shard.id).iter().filter_map(ShardId::created_at).min();
        let until = if lineage.is_closed(&shard.id) {
            next.map_or_else(unknown, |time| time.full(Zone::Utc))
        } else {
            "now".to_owned()
        };
        Some([
            format!("{}{sign} {}", "  ".repeat(row.depth), shard.id),
            state(lineage, shard).to_owned(),
            born.map_or_else(unknown, |time| short_span(now.since(time))),
            born.map_or_else(unknown, |time| time.full(Zone::Utc)),
            until,
        ])
    });
    columns(["SHARD", "STATE", "AGE", "FROM (UTC)", "TO"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-10-06 12:03:05 UTC.
    const NOON: Time = Time::from_seconds(1_791_288_185);

    fn shard(minutes: i64, name: &str, parent: Option<&Shard>, is_closed: bool) -> Shard {
        let id = format!("shardId-{:020}-{name}", NOON.millis() - minutes * 60_000);
        Shard {
            id: ShardId::new(&id),
            parent: parent.map(|parent| parent.id.clone()),
            starting: Some(SequenceNumber::new("100000000000000000001")),
            ending: is_closed.then(|| SequenceNumber::new("100000000000000000999")),
        }
    }

    /// A shard that rolled over and split, one half of which split again; one that closed without a
    /// child; one whose name tells no time, below a parent that is not listed.
    fn family() -> Lineage {
        let root = shard(1_500, "0000f35f", None, true);
        let rolled = shard(1_260, "1111aa12", Some(&root), true);
        let left = shard(600, "2222bb34", Some(&rolled), true);
        let right = shard(600, "3333cc56", Some(&rolled), false);
        let first = shard(45, "4444dd78", Some(&left), false);
        let second = shard(45, "5555ee9a", Some(&left), false);
        let ended = shard(300, "6666ff00", None, true);
        let foreign = Shard {
            id: ShardId::new("shardId-000000000007"),
            parent: Some(ShardId::new("shardId-000000000003")),
            starting: None,
            ending: None,
        };
        let mut lineage = Lineage::default();
        for shard in [root, rolled, left, right, first, second, ended, foreign] {
            lineage.merge(shard);
        }
        lineage
    }

    #[test]
    fn the_tree_for_people_is_as_its_golden_file() {
        assert_eq!(tree(&family(), NOON), include_str!("../../tests/data/shards.txt"));
    }

    #[test]
    fn the_json_is_as_its_golden_file() {
        assert_eq!(json(&listed(&family())).unwrap(), include_str!("../../tests/data/shards.json"));
    }
}
