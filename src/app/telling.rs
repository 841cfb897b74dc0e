//! The rows of large records: what they did is found out off the thread of the screen.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reading::Reading;
use super::row_text::{RowText, Told};
use crate::config::{Table, Tables};
use crate::store::{Page, RecordId, RecordRef};

/// Images of more bytes together are parsed off the thread of the screen.
pub const AT_ONCE: usize = 32 << 10;

/// Whether parsing the images of a record would hold up the screen.
pub fn is_large(record: RecordRef<'_>) -> bool {
    image_bytes(record) > AT_ONCE
}

/// Bytes of both images: what parsing them costs.
pub fn image_bytes(record: RecordRef<'_>) -> usize {
    [record.old_image(), record.new_image()].into_iter().flatten().map(str::len).sum()
}

/// Rows to be put into words off the thread of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct TellJob {
    /// By which its answer is known.
    pub number: u32,
    pub rows: Vec<Untold>,
}

/// A row whose summary is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Untold {
    pub id: RecordId,
    pub page: Arc<Page>,
    /// Of the record in its page.
    pub slot: usize,
    /// What is known of its table.
    pub table: Option<Table>,
}

impl TellJob {
    pub fn run(&self) -> Vec<(RecordId, Told)> {
        let told = |row: &Untold| (row.id, Told::of(row.page.record(row.slot), row.table.as_ref()));
        self.rows.iter().map(told).collect()
    }
}

/// The one job under way: the next is asked for when it has been answered and other rows may be shown.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    asked: Option<u32>,
    last: u32,
}

impl Telling {
    /// The answer to a job under way is no longer wanted.
    pub fn forget(&mut self) {
        self.asked = None;
    }

    /// Asks for the rows that lack words, unless others are asked for.
    pub fn ask(
        &mut self,
        texts: &BTreeMap<RecordId, RowText>,
        reading: &Reading,
        tables: &Tables,
    ) -> Option<TellJob> {
        if self.asked.is_some() {
            return None;
        }
        let untold = texts.iter().filter(|(_, text)| text.is_untold()).filter_map(|(id, _)| {
            let (origin, _) = reading.record(*id)?;
            let (page, slot) = reading.store.page_of(*id)?;
            let table = tables.get(reading.store.shard_of(origin).0.table()).cloned();
            Some(Untold { id: *id, page: Arc::clone(page), slot, table })
        });
        let rows: Vec<Untold> = untold.collect();
        if rows.is_empty() {
            return None;
        }
        self.last = self.last.wrapping_add(1);
        self.asked = Some(self.last);
        Some(TellJob { number: self.last, rows })
    }

    /// Whether this answers the job under way, which it then ends.
    pub fn is_answered(&mut self, number: u32) -> bool {
        let is_answered = self.asked == Some(number);
        if is_answered {
            self.asked = None;
        }
        is_answered
    }
}
