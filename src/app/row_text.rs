//! A record in one line: its key and what changed, in few words.

use super::reading::Reading;
use crate::model::plain::preview;
use crate::model::{AttributeValue, Change, EventName, Item, Time, diff, parse_item};
use crate::store::{RecordId, RecordRef, Row};

/// Longest key text, in graphemes: the rest is seen in the diff.
const MAX_KEY: usize = 80;

const SHORT_PATH: usize = 16;

/// What the list of records shows of one row. Texts are as they came: not safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowText {
    Record {
        time: Option<Time>,
        event: EventName,
        table: String,
        key: String,
        summary: String,
        size: Option<u32>,
        is_ttl: bool,
    },
    Gap {
        place: String,
        why: String,
        after: Option<String>,
    },
    Poison {
        reason: String,
    },
}

impl RowText {
    /// `None` for what has been evicted.
    pub fn of(reading: &Reading, id: RecordId) -> Option<Self> {
        Some(match reading.store.row(id)? {
            Row::Record(origin, record) => Self::Record {
                time: record.time(),
                event: record.event(),
                table: reading.store.shard_of(origin).0.table().to_owned(),
                key: key_text(record, reading.key_names(origin)),
                summary: summary(record),
                size: record.size_bytes(),
                is_ttl: record.flags().ttl,
            },
            Row::Gap(_, gap) => Self::Gap {
                place: gap
                    .shard
                    .as_ref()
                    .map_or_else(|| "the stream".to_owned(), |shard| format!("…{}", shard.short())),
                why: gap.reason.to_string(),
                after: gap.after.as_ref().map(|number| number.as_str().to_owned()),
            },
            Row::Poison(_, _, poison) => Self::Poison { reason: poison.reason.clone() },
        })
    }
}

/// The values of the keys, partition key first: `ord#91`, `ord#91 / 2026-01-01`.
pub fn key_text(record: RecordRef<'_>, names: &[String]) -> String {
    let Some(Ok(keys)) = record.keys().map(|keys| parse_item(keys.as_bytes())) else {
        return "(no keys)".to_owned();
    };
    let given = names.iter().filter_map(|name| keys.get(name));
    let values: Vec<String> = match given.clone().count() {
        0 => keys.iter().map(|(_, value)| key_value(value)).collect(),
        _ => given.map(key_value).collect(),
    };
    values.join(" / ")
}

fn key_value(value: &AttributeValue<'_>) -> String {
    // A key is known by its text; quotes would be in the way.
    if let AttributeValue::S(text) = value {
        return text.chars().take(MAX_KEY).collect();
    }
    preview(value, MAX_KEY).text
}

/// What changed: `status +2`, `7 attributes`.
pub fn summary(record: RecordRef<'_>) -> String {
    let image = |json: Option<&str>| json.is_some();
    match (image(record.old_image()), image(record.new_image())) {
        (true, true) => changed(record).unwrap_or_else(|| "images cannot be read".to_owned()),
        (false, true) => attributes(record.new_image(), record.event() == EventName::Insert, "now"),
        (true, false) => attributes(record.old_image(), record.event() == EventName::Remove, "before"),
        (false, false) => "keys only".to_owned(),
    }
}

fn attributes(json: Option<&str>, is_whole_story: bool, when: &str) -> String {
    let Some(Ok(item)) = json.map(|json| parse_item(json.as_bytes())) else {
        return "image cannot be read".to_owned();
    };
    let count = plural(item.len() as u64, "attribute");
    if is_whole_story { count } else { format!("{count} {when}") }
}

fn changed(record: RecordRef<'_>) -> Option<String> {
    let old: Item<'_> = parse_item(record.old_image()?.as_bytes()).ok()?;
    let new: Item<'_> = parse_item(record.new_image()?.as_bytes()).ok()?;
    let diff = diff(&old, &new);
    let changes = diff.changes();
    // A long path leaves no room for the rest.
    let is_short = |change: &&Change<'_, '_>| change.path.to_string().len() <= SHORT_PATH;
    let Some(first) = changes.iter().find(is_short).or(changes.first()) else {
        return Some("no change".to_owned());
    };
    let path = first.path.to_string();
    let text = match changes.len() - 1 {
        0 => match value_change(first) {
            Some(values) => format!("{path} {values}"),
            None => path,
        },
        more => format!("{path} +{more}"),
    };
    Some(text)
}

/// Both values where they are short.
fn value_change(change: &Change<'_, '_>) -> Option<String> {
    const SHORT: usize = 16;
    let old = preview(change.change.old_value()?, SHORT);
    let new = preview(change.change.new_value()?, SHORT);
    (!old.is_cut && !new.is_cut).then(|| format!("{} → {}", old.text, new.text))
}

/// `1 attribute`, `7 attributes`.
pub fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
