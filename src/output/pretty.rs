//! A line for people: when, what, which item, and what changed.

use std::io::Write as _;

use crate::model::attribute::{AttributeValue, parse_item};
use crate::model::diff::{ValueChange, diff};
use crate::model::plain::preview;
use crate::model::text::sanitize;
use crate::model::time::Zone;
use crate::model::{EventName, Gap, Marker, ShardId, StreamArn, Time};
use crate::store::{Poison, RecordRef};

/// Values longer than this, in graphemes, are cut.
const VALUE: usize = 40;
/// The colour of what is no record.
const FACT: &str = "\x1b[35m";
/// Changes beyond these are counted.
const CHANGES: usize = 4;

/// Appends a record's line.
pub fn record(
    out: &mut Vec<u8>,
    table: Option<&str>,
    key_names: &[String],
    color: bool,
    record: RecordRef<'_>,
) {
    head(out, table, key_names, color, record, &changes(record));
}

/// Appends a line of when, what, which item, and of what else there is to say.
pub(super) fn head(
    out: &mut Vec<u8>,
    table: Option<&str>,
    key_names: &[String],
    color: bool,
    record: RecordRef<'_>,
    what: &str,
) {
    let event = record.event();
    let time = record.time().map_or_else(|| "—".into(), |time: Time| time.full(Zone::Utc));
    let ttl = if record.flags().ttl { "TTL " } else { "" };
    let table = table.map(|table| format!("{table}  ")).unwrap_or_default();
    let what = match format!("{ttl}{what}") {
        what if what.is_empty() => what,
        what => format!("  {}", what.trim_end()),
    };
    let line = format!("{table}{}{what}", key(key_names, record));
    let event = painted(paint(event), color, &format!("{} {:6}", event.sign(), event.as_str()));
    // A Vec takes every byte.
    let _ = writeln!(out, "{time}  {event}  {}", sanitize(&line));
}

/// Appends the line of a gap.
pub fn gap(out: &mut Vec<u8>, stream: &StreamArn, color: bool, gap: &Gap) {
    let after = gap.after.as_ref().map(|after| format!(" after {after}")).unwrap_or_default();
    let shard = gap.shard.as_ref().map_or(String::new(), |shard| format!("  shard {shard}"));
    let line = format!("{}{shard}{after}: {}", stream.table(), gap.reason);
    let _ = writeln!(out, "{}  {}", painted(FACT, color, "! GAP   "), sanitize(&line));
}

/// Appends the line of a marker.
pub fn marker(out: &mut Vec<u8>, color: bool, marker: &Marker) {
    let line = format!("{}  {}", marker.time.full(Zone::Utc), marker.label);
    let _ = writeln!(out, "{}  {}", painted(FACT, color, "── marker"), sanitize(line.trim_end()));
}

/// Appends the line between two records of an item that do not fit.
pub fn broken_link(out: &mut Vec<u8>, color: bool) {
    let what = "the old image below is not the new image above: something was not seen";
    let _ = writeln!(out, "{}  {what}", painted(FACT, color, "! BROKEN"));
}

/// Appends the line of a record that could not be understood.
pub fn poison(out: &mut Vec<u8>, stream: &StreamArn, shard: &ShardId, color: bool, poison: &Poison) {
    let line = format!("{}  shard {shard}: {}", stream.table(), poison.reason);
    let _ = writeln!(out, "{}  {}", painted(FACT, color, "! POISON"), sanitize(&line));
}

/// The text between the codes of a colour.
pub(super) fn painted(paint: &str, color: bool, text: &str) -> String {
    if color { format!("{paint}{text}\x1b[0m") } else { text.to_owned() }
}

fn paint(event: EventName) -> &'static str {
    match event {
        EventName::Insert => "\x1b[32m",
        EventName::Modify => "\x1b[33m",
        EventName::Remove => "\x1b[31m",
        EventName::Unknown => "\x1b[35m",
    }
}

fn key(key_names: &[String], record: RecordRef<'_>) -> String {
    let Some(values) = key_values(key_names, record) else { return "—".into() };
    let text = |value: AttributeValue<'_>| {
        if let AttributeValue::S(text) | AttributeValue::N(text) = value {
            text.into_owned()
        } else {
            preview(&value, VALUE).text
        }
    };
    values.into_iter().map(text).collect::<Vec<_>>().join(" / ")
}

/// The values of the key attributes, partition key first; `None` where they cannot be read.
pub(super) fn key_values<'a>(key_names: &[String], record: RecordRef<'a>) -> Option<Vec<AttributeValue<'a>>> {
    let keys = parse_item(record.keys()?.as_bytes()).ok()?;
    let rank = |name: &str| key_names.iter().position(|known| known == name).unwrap_or(usize::MAX);
    let mut parts: Vec<_> = keys.iter().collect();
    parts.sort_by_key(|(name, _)| rank(name));
    Some(parts.into_iter().map(|(_, value)| value.clone()).collect())
}

fn changes(record: RecordRef<'_>) -> String {
    let old = record.old_image().map(|image| parse_item(image.as_bytes()).ok());
    let new = record.new_image().map(|image| parse_item(image.as_bytes()).ok());
    match (&old, &new) {
        (Some(None), _) | (_, Some(None)) => "an image that cannot be read".into(),
        (Some(Some(old)), Some(Some(new))) => {
            let diff = diff(old, new);
            let changes = diff.changes();
            let mut words: Vec<String> = changes
                .iter()
                .take(CHANGES)
                .map(|change| format!("{}{}", change.path, change_words(change.change)))
                .collect();
            if changes.len() > CHANGES {
                words.push(format!("{} more", changes.len() - CHANGES));
            }
            words.join(", ")
        }
        (Some(Some(item)), None) | (None, Some(Some(item))) => format!("{} attributes", item.len()),
        (None, None) => String::new(),
    }
}

fn change_words(change: &ValueChange<'_>) -> String {
    let value = |value: &AttributeValue<'_>| preview(value, VALUE).text;
    match (change.old_value(), change.new_value()) {
        (Some(old), Some(new)) => format!(" {} → {}", value(old), value(new)),
        (None, Some(new)) => format!(" + {}", value(new)),
        (Some(old), None) => format!(" - {}", value(old)),
        (None, None) => String::new(),
    }
}
