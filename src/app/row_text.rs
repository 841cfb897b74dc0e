//! A record in one line: its key and what changed, in few words.

use super::noise::{self, actor};
use super::reading::Reading;
use super::telling::is_large;
use crate::config::{AttributePath, Table, Tables};
use crate::model::attribute::ItemError;
use crate::model::plain::preview;
use crate::model::{AttributeValue, Change, EventName, Gap, GapReason, Item, Time, diff, parse_item};
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
        /// Absent while it is being found out.
        summary: Option<String>,
        size: Option<u32>,
        is_ttl: bool,
        /// Only what is ignored in its table changed.
        is_noise: bool,
        /// Who made the item what it is, where the table says so.
        by: Option<String>,
    },
    Gap {
        place: String,
        why: String,
        after: Option<String>,
    },
    /// What was written between two times that were read, and was not read itself.
    Unread {
        from: Time,
        until: Time,
    },
    Poison {
        reason: String,
    },
    Marker {
        number: u32,
        label: String,
    },
}

impl RowText {
    /// `None` for what has been evicted.
    pub fn of(reading: &Reading, id: RecordId, tables: &Tables) -> Option<Self> {
        Some(match reading.store.row(id)? {
            Row::Record(origin, record) => {
                let table = reading.store.shard_of(origin).0.table();
                let mut text = Self::Record {
                    time: record.time(),
                    event: record.event(),
                    table: table.to_owned(),
                    key: key_text(record, reading.key_names(origin)),
                    summary: None,
                    size: record.size_bytes(),
                    is_ttl: record.flags().ttl,
                    is_noise: false,
                    by: None,
                };
                if !is_large(record) {
                    text.tell(Told::of(record, tables.get(table)));
                }
                text
            }
            Row::Gap(_, Gap { reason: GapReason::NotRead { from, until }, .. }) => {
                Self::Unread { from: *from, until: *until }
            }
            Row::Gap(_, gap) => Self::Gap {
                place: gap
                    .shard
                    .as_ref()
                    .map_or_else(|| "the stream".to_owned(), |shard| format!("…{}", shard.short())),
                why: gap.reason.to_string(),
                after: gap.after.as_ref().map(|number| number.as_str().to_owned()),
            },
            Row::Poison(_, _, poison) => Self::Poison { reason: poison.reason.clone() },
            Row::Marker(number, marker) => Self::Marker { number, label: marker.label.clone() },
        })
    }
}

impl RowText {
    /// Whether it is still being found out what the record did.
    pub fn is_untold(&self) -> bool {
        matches!(self, Self::Record { summary: None, .. })
    }

    /// Says what the record did.
    pub fn tell(&mut self, told: Told) {
        if let Self::Record { summary, is_noise, by, .. } = self {
            (*summary, *is_noise, *by) = (Some(told.summary), told.is_noise, told.by);
        }
    }

    /// Who made the item what it is, where its table says so.
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Record { by, .. } => by.as_deref(),
            Self::Gap { .. } | Self::Unread { .. } | Self::Poison { .. } | Self::Marker { .. } => None,
        }
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

/// A value that is looked up by: keys, and names of people.
pub(super) fn key_value(value: &AttributeValue<'_>) -> String {
    // It is known by its text; quotes would be in the way.
    if let AttributeValue::S(text) = value {
        return text.chars().take(MAX_KEY).collect();
    }
    preview(value, MAX_KEY).text
}

/// What a record did, in few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What changed: `status +2`, `7 attributes`.
    pub summary: String,
    /// Only what is ignored in its table changed.
    pub is_noise: bool,
    /// Who made the item what it is, where the table says so.
    pub by: Option<String>,
}

impl Told {
    pub fn of(record: RecordRef<'_>, table: Option<&Table>) -> Self {
        let read = |json| parse_item(str::as_bytes(json));
        let (old, new) = (record.old_image().map(read), record.new_image().map(read));
        let newest = new.as_ref().or(old.as_ref()).and_then(|item| item.as_ref().ok());
        let by = table.zip(newest).and_then(|(table, item)| actor(table, item));
        let ignored = table.map_or(&[][..], |table| &table.ignore);
        let mut is_noise = false;
        let summary = match (&old, &new) {
            (Some(Ok(old)), Some(Ok(new))) => {
                let diff = diff(old, new);
                let changes = diff.changes();
                is_noise = noise::is_noise(&changes, ignored);
                changed(&changes, ignored)
            }
            (Some(_), Some(_)) => "images cannot be read".to_owned(),
            (None, Some(new)) => attributes(new, record.event() == EventName::Insert, "now"),
            (Some(old), None) => attributes(old, record.event() == EventName::Remove, "before"),
            (None, None) => "keys only".to_owned(),
        };
        Self { summary, is_noise, by }
    }
}

fn attributes(image: &Result<Item<'_>, ItemError>, is_whole_story: bool, when: &str) -> String {
    let Ok(item) = image else { return "image cannot be read".to_owned() };
    let count = plural(item.len() as u64, "attribute");
    if is_whole_story { count } else { format!("{count} {when}") }
}

fn changed(changes: &[Change<'_, '_>], ignored: &[AttributePath]) -> String {
    // What is ignored says least, and a long path leaves no room for the rest.
    let is_weak = |change: &&Change<'_, '_>| {
        let is_long = || change.path.to_string().len() > SHORT_PATH;
        (noise::is_noise(std::slice::from_ref(change), ignored), is_long())
    };
    let Some(first) = changes.iter().min_by_key(is_weak) else {
        return "no change".to_owned();
    };
    let path = first.path.to_string();
    match changes.len() - 1 {
        0 => match value_change(first) {
            Some(values) => format!("{path} {values}"),
            None => path,
        },
        more => format!("{path} +{more}"),
    }
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
