//! One record laid out in rows of text: what changed, or the whole item.

mod changed;
mod full;
mod images;
mod row;
mod tree;
mod value;
pub mod wrap;

use std::ops::Range;
use std::sync::Arc;

use super::reading::Reading;
use super::row_text::{key_text, plural};
use super::telling::image_bytes;
use crate::model::GapReason;
use crate::model::plain::Form;
use crate::store::{Page, Poison, RecordId, RecordRef, Row};
use images::Images;
pub use row::{DocumentRow, RowKind};
pub use value::Value;

/// Longest text of one value in one row, in graphemes: enough to scroll through by hand.
pub const MAX_VALUE: usize = 2_000;

/// How a record is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    ChangedOnly,
    Unified,
    SideBySide,
    FullJson,
    FullDynamoDbJson,
}

impl Mode {
    pub const ALL: [Self; 5] =
        [Self::ChangedOnly, Self::Unified, Self::SideBySide, Self::FullJson, Self::FullDynamoDbJson];

    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|mode| *mode == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Whether it shows items rather than changes.
    pub fn is_whole_item(self) -> bool {
        matches!(self, Self::FullJson | Self::FullDynamoDbJson)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::ChangedOnly => "changed only",
            Self::Unified => "unified",
            Self::SideBySide => "side by side",
            Self::FullJson => "full JSON",
            Self::FullDynamoDbJson => "full DynamoDB JSON",
        }
    }
}

/// Rows that are shown as one until they are unfolded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    pub rows: Range<usize>,
    /// How many attributes or elements they are.
    pub count: usize,
    /// How deep in the item they are.
    pub depth: usize,
}

impl Fold {
    /// `  ⋯ 12 unchanged`.
    pub fn text(&self) -> String {
        format!("{}⋯ {} unchanged", "  ".repeat(self.depth), self.count)
    }
}

/// A record laid out. Owned: it stays when the record has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: RecordId,
    pub mode: Mode,
    pub title: String,
    pub rows: Vec<DocumentRow>,
    /// In order and apart.
    pub folds: Vec<Fold>,
    pub changes: usize,
}

/// What is to be laid out: a record, with what is known of it beside its page.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    pub id: RecordId,
    pub title: String,
    pub page: Arc<Page>,
    pub slot: usize,
}

impl Subject {
    /// Bytes of both images: what laying it out costs.
    pub fn bytes(&self) -> usize {
        image_bytes(self.page.record(self.slot))
    }
}

/// What is behind a row of the records.
#[derive(Clone, Debug)]
pub enum Found {
    Record(Subject),
    /// A gap, or what cannot be understood: laid out at once.
    Other(Document),
}

impl Document {
    /// `None` for what has been evicted.
    pub fn find(reading: &Reading, id: RecordId, mode: Mode) -> Option<Found> {
        let other = |title: &str, rows| Document::new(id, mode, title.to_owned(), rows, vec![]);
        Some(Found::Other(match reading.store.row(id)? {
            Row::Record(origin, record) => {
                let (page, slot) = reading.store.page_of(id)?;
                let title = title(record, reading.key_names(origin));
                return Some(Found::Record(Subject { id, title, page: Arc::clone(page), slot }));
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
                    GapReason::Unlisted { .. } => {
                        "So long passed between two listings of the shards that some may have been created, \
                         written to and trimmed unseen."
                    }
                    GapReason::NotRead { .. } => "Nobody has asked yet for what lies here.",
                    GapReason::NotCaptured { .. } => {
                        "The records here were read, but could not be written to the capture."
                    }
                    GapReason::ShardGone => {
                        "The service no longer knows this shard: what was not read of it is lost."
                    }
                };
                let after = gap.after.as_ref().map_or_else(
                    || "Nothing had been read of it before.".to_owned(),
                    |number| format!("The last sequence number read before the gap: {number}"),
                );
                let mut notes = vec![why.to_owned()];
                if let Some((from, until)) = gap.reason.span() {
                    notes.push(format!("Their records would be from {from} to {until}."));
                }
                if let Some(shard) = &gap.shard {
                    notes.extend([format!("Shard {shard}"), after]);
                }
                other("gap", notes.into_iter().map(DocumentRow::note).collect())
            }
            Row::Poison(_, page, poison) => other("unreadable record", unreadable(page, poison)),
            Row::Marker(number, marker) => {
                let mut notes = vec![format!("Dropped at {}.", marker.time)];
                notes.push(match marker.label.as_str() {
                    "" => "It has no label.".to_owned(),
                    label => label.to_owned(),
                });
                other(&format!("marker {number}"), notes.into_iter().map(DocumentRow::note).collect())
            }
        }))
    }

    /// Lays out a record: parses its images and compares them.
    pub fn of(subject: &Subject, mode: Mode) -> Self {
        let images = Images::of(subject.page.record(subject.slot));
        let (rows, folds) = match mode {
            Mode::ChangedOnly => (changed::rows(&images), vec![]),
            Mode::Unified => tree::rows(&images, tree::Layout::Unified),
            Mode::SideBySide => tree::rows(&images, tree::Layout::SideBySide),
            Mode::FullJson => (full::rows(&images, Form::Plain), vec![]),
            Mode::FullDynamoDbJson => (full::rows(&images, Form::DynamoDb), vec![]),
        };
        Self::new(subject.id, mode, subject.title.clone(), rows, folds)
    }

    fn new(id: RecordId, mode: Mode, title: String, rows: Vec<DocumentRow>, folds: Vec<Fold>) -> Self {
        let changes = rows.iter().filter_map(|row| row.change).max().map_or(0, |last| last + 1);
        Self { id, mode, title, rows, folds, changes }
    }

    /// Bytes of its texts, roughly.
    pub fn bytes(&self) -> usize {
        self.rows.iter().map(|row| size_of::<DocumentRow>() + row.texts().map(str::len).sum::<usize>()).sum()
    }

    /// `3 changes`.
    pub fn change_count(&self) -> String {
        plural(self.changes as u64, "change")
    }
}

/// `ord#91 · MODIFY`.
fn title(record: RecordRef<'_>, key_names: &[String]) -> String {
    format!("{} · {}", key_text(record, key_names), record.event().as_str())
}

fn unreadable(page: &Page, poison: &Poison) -> Vec<DocumentRow> {
    let why = format!("This record cannot be understood ({}). It is kept as it came:", poison.reason);
    let lines = page.poison_text(poison).lines();
    [DocumentRow::note(why)]
        .into_iter()
        .chain(lines.flat_map(|line| DocumentRow::lines(line, None)))
        .collect()
}
