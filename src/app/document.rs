//! One record laid out in rows of text: what changed, or the whole item.

use super::reading::Reading;
use super::row_text::{key_text, plural};
use crate::model::path::{Path, Step};
use crate::model::plain::{plain_lines, preview};
use crate::model::{Change, EventName, GapReason, Item, ValueChange, diff, parse_item};
use crate::store::{RecordId, RecordRef, Row};

/// Longest text of one value, in graphemes: enough to scroll through by hand.
const MAX_VALUE: usize = 2_000;

/// How a record is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    ChangedOnly,
    FullJson,
}

impl Mode {
    const ALL: [Self; 2] = [Self::ChangedOnly, Self::FullJson];

    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|mode| *mode == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Whether it shows items rather than changes.
    pub fn is_whole_item(self) -> bool {
        matches!(self, Self::FullJson)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::ChangedOnly => "changed only",
            Self::FullJson => "full JSON",
        }
    }
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Added,
    Removed,
    Changed,
    /// The same number, written differently.
    Rewritten,
    /// An attribute of which nothing is known but its value.
    Present,
    /// A line of JSON.
    Line,
    /// Something said by dynascope.
    Note,
    Heading,
}

impl RowKind {
    pub fn is_change(self) -> bool {
        matches!(self, Self::Added | Self::Removed | Self::Changed | Self::Rewritten)
    }

    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
            Self::Rewritten => '=',
            Self::Present | Self::Line | Self::Note | Self::Heading => ' ',
        }
    }
}

/// One row. Texts are as they came: not safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    pub kind: RowKind,
    /// Where in the item: in the new image, or in the old one of what was removed.
    pub at: Option<Path<'static>>,
    /// An attribute's path, or the whole text of a line.
    pub path: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl DocumentRow {
    fn line(kind: RowKind, text: impl Into<String>) -> Self {
        Self { kind, at: None, path: text.into(), old: None, new: None }
    }

    /// Everything the row says.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        [Some(self.path.as_str()), self.old.as_deref(), self.new.as_deref()].into_iter().flatten()
    }
}

/// A record laid out. Owned: it stays when the record has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: RecordId,
    pub mode: Mode,
    pub title: String,
    pub rows: Vec<DocumentRow>,
    pub changes: usize,
}

impl Document {
    /// `None` for what has been evicted.
    pub fn of(reading: &Reading, id: RecordId, mode: Mode) -> Option<Self> {
        let (title, rows) = match reading.store.row(id)? {
            Row::Record(origin, record) => {
                let key = key_text(record, reading.key_names(origin));
                let view_type = &record.common_envelope().stream_view_type;
                let rows = match mode {
                    Mode::ChangedOnly => changed_only(record, view_type),
                    Mode::FullJson => full_json(record, view_type),
                };
                (format!("{key} · {}", record.event().as_str()), rows)
            }
            Row::Gap(_, gap) => {
                let why = match gap.reason {
                    GapReason::Trimmed => {
                        "Records here passed the 24 hours for which DynamoDB keeps them before they were read."
                    }
                    GapReason::MayBeTrimmed => {
                        "The shard was first read so late that its oldest records may have passed the \
                         trim horizon (24 hours)."
                    }
                    GapReason::ShardGone => {
                        "The service no longer knows this shard: what was not read of it is lost."
                    }
                    GapReason::Unlisted { .. } => {
                        "So long passed between two listings of the shards that some may have been created, \
                         written to and trimmed unseen."
                    }
                };
                let after = gap.after.as_ref().map_or_else(
                    || "Nothing had been read of it before.".to_owned(),
                    |number| format!("The last sequence number read before the gap: {number}"),
                );
                let note = |text: String| DocumentRow::line(RowKind::Note, text);
                let mut rows = vec![note(why.to_owned())];
                if let GapReason::Unlisted { from, until } = gap.reason {
                    rows.push(note(format!("Their records would be from {from} to {until}.")));
                }
                if let Some(shard) = &gap.shard {
                    rows.extend([note(format!("Shard {shard}")), note(after)]);
                }
                ("gap".to_owned(), rows)
            }
            Row::Poison(_, page, poison) => {
                let mut rows = vec![DocumentRow::line(
                    RowKind::Note,
                    format!("This record cannot be understood ({}). It is kept as it came:", poison.reason),
                )];
                rows.extend(
                    page.poison_text(poison).lines().map(|line| DocumentRow::line(RowKind::Line, line)),
                );
                ("unreadable record".to_owned(), rows)
            }
        };
        let changes = rows.iter().filter(|row| row.kind.is_change()).count();
        Some(Self { id, mode, title, rows, changes })
    }
}

fn note(text: impl Into<String>) -> DocumentRow {
    DocumentRow::line(RowKind::Note, text)
}

fn unreadable(what: &str, why: &dyn std::fmt::Display) -> DocumentRow {
    note(format!("The {what} cannot be read: {why}"))
}

fn changed_only(record: RecordRef<'_>, view_type: &str) -> Vec<DocumentRow> {
    let (old_json, new_json) = (record.old_image(), record.new_image());
    let old = old_json.map(|json| parse_item(json.as_bytes()));
    let new = new_json.map(|json| parse_item(json.as_bytes()));
    match (&old, &new) {
        (Some(Err(error)), _) => return vec![unreadable("old image", error)],
        (_, Some(Err(error))) => return vec![unreadable("new image", error)],
        (Some(Ok(old)), Some(Ok(new))) => return changes(old, new),
        (Some(Ok(old)), None) if record.event() == EventName::Remove => {
            return present(old, RowKind::Removed);
        }
        (None, Some(Ok(new))) if record.event() == EventName::Insert => return present(new, RowKind::Added),
        _ => {}
    }
    let mut rows = vec![note(missing_images(record, view_type))];
    match (&old, &new) {
        (Some(Ok(item)), _) => {
            rows.push(DocumentRow::line(RowKind::Heading, "before"));
            rows.extend(present(item, RowKind::Present));
        }
        (_, Some(Ok(item))) => {
            rows.push(DocumentRow::line(RowKind::Heading, "now"));
            rows.extend(present(item, RowKind::Present));
        }
        _ => {
            if let Some(Ok(keys)) = record.keys().map(|json| parse_item(json.as_bytes())) {
                rows.push(DocumentRow::line(RowKind::Heading, "keys"));
                rows.extend(present(&keys, RowKind::Present));
            }
        }
    }
    rows
}

/// Which image does not exist, and what follows from it.
fn missing_images(record: RecordRef<'_>, view_type: &str) -> String {
    let stream = if view_type.is_empty() { "This stream" } else { view_type };
    match (record.old_image().is_some(), record.new_image().is_some()) {
        (false, true) => format!("{stream}: there is no old image, so what changed is not known."),
        (true, false) => format!("{stream}: there is no new image, so what changed is not known."),
        _ => match record.event() {
            EventName::Insert => {
                format!("{stream}: there is no new image, so what was inserted is not known.")
            }
            EventName::Remove => {
                format!("{stream}: there is no old image, so what was removed is not known.")
            }
            EventName::Modify | EventName::Unknown => {
                format!("{stream}: there is neither image, so only the keys are known.")
            }
        },
    }
}

fn present(item: &Item<'_>, kind: RowKind) -> Vec<DocumentRow> {
    let row = |(name, value): (&str, &_)| {
        let at = Path::new(vec![Step::Name(name.to_owned().into())]);
        let path = at.to_string();
        let text = Some(preview(value, MAX_VALUE).text);
        let (old, new) = if kind == RowKind::Removed { (text, None) } else { (None, text) };
        DocumentRow { kind, at: Some(at), path, old, new }
    };
    item.iter().map(row).collect()
}

fn changes(old: &Item<'_>, new: &Item<'_>) -> Vec<DocumentRow> {
    let diff = diff(old, new);
    let changes = diff.changes();
    if changes.is_empty() {
        return vec![note("Both images hold the same.")];
    }
    let mut rows = vec![];
    if changes.iter().any(|change| change.by_index) {
        rows.push(note(format!(
            "A list changed in more than {} elements: they are compared by index.",
            crate::model::diff::MAX_ELEMENT_EDITS
        )));
    }
    rows.extend(changes.iter().map(change_row));
    rows
}

fn change_row(change: &Change<'_, '_>) -> DocumentRow {
    let path = match &change.old_path {
        Some(old) => format!("{} (was {old})", change.path),
        None => change.path.to_string(),
    };
    let text = |value| preview(value, MAX_VALUE).text;
    let (old, new) = if let ValueChange::Set(set) = change.change {
        (members('-', &set.removed), members('+', &set.added))
    } else {
        (change.change.old_value().map(text), change.change.new_value().map(text))
    };
    let kind = match change.change {
        ValueChange::Added { .. } => RowKind::Added,
        ValueChange::Removed { .. } => RowKind::Removed,
        ValueChange::Rewritten { .. } => RowKind::Rewritten,
        ValueChange::Retyped { .. } | ValueChange::Changed { .. } | ValueChange::Set(_) => RowKind::Changed,
    };
    DocumentRow { kind, at: Some(change.path.clone().into_owned()), path, old, new }
}

/// The members that a set lost or gained: `-{ a, b }`.
fn members(sign: char, members: &[&str]) -> Option<String> {
    if members.is_empty() {
        return None;
    }
    let list: String = members.join(", ").chars().take(MAX_VALUE).collect();
    Some(format!("{sign}{{ {list} }}"))
}

fn full_json(record: RecordRef<'_>, view_type: &str) -> Vec<DocumentRow> {
    let mut rows = vec![];
    let mut section = |heading: &str, json: &str| {
        rows.push(DocumentRow::line(RowKind::Heading, heading));
        match parse_item(json.as_bytes()) {
            Ok(item) => {
                rows.extend(
                    plain_lines(&item).into_iter().map(|line| DocumentRow::line(RowKind::Line, line)),
                );
            }
            Err(error) => rows.push(unreadable(heading, &error)),
        }
    };
    match (record.new_image(), record.old_image()) {
        (None, None) => section("keys", record.keys().unwrap_or("{}")),
        (Some(new), None) => section("new image", new),
        (None, Some(old)) => section("old image", old),
        (Some(new), Some(old)) => {
            section("new image", new);
            section("old image", old);
        }
    }
    let expected = match record.event() {
        EventName::Insert => record.new_image().is_some(),
        EventName::Remove => record.old_image().is_some(),
        EventName::Modify | EventName::Unknown => {
            record.new_image().is_some() && record.old_image().is_some()
        }
    };
    if !expected {
        rows.insert(0, note(missing_images(record, view_type)));
    }
    rows
}

/// `3 changes`; for a whole item how many attributes it has is said by the rows.
pub fn change_count(document: &Document) -> String {
    plural(document.changes as u64, "change")
}
