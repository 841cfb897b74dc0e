//! The pane that shows one record: its rows, the cursor on them, and what is found in them.

mod layouts;
mod sight;

use std::sync::Arc;

use super::document::{Document, DocumentRow, Fold, Found, Mode};
use super::effect::LayOutJob;
use super::reading::Reading;
use crate::store::RecordId;
use layouts::{Laid, Layouts};
pub use sight::{Room, Sight};

/// What one row of the pane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A row of the document.
    Row(usize),
    /// Rows that are folded into one.
    Fold(usize),
}

#[derive(Clone, Debug, Default)]
pub struct Diff {
    pub document: Option<Arc<Document>>,
    /// The rows of the pane.
    pub shown: Vec<Shown>,
    pub mode: Mode,
    /// Which of the rows shown.
    pub cursor: usize,
    /// How many lines of the cursor's row are above the pane, where it is too tall for it.
    pub line: usize,
    /// Columns that values are scrolled by.
    pub scroll: usize,
    /// Long rows take several lines.
    pub wraps: bool,
    pub find: String,
    /// Rows of the document that hold what is looked for.
    pub found: Vec<usize>,
    /// The record under the cursor is being laid out.
    pub is_awaited: bool,
    layouts: Layouts,
}

impl Diff {
    pub fn reset(&mut self) {
        let mut layouts = std::mem::take(&mut self.layouts);
        layouts.forget();
        *self = Self { mode: self.mode, wraps: self.wraps, layouts, ..Self::default() };
    }

    /// Forgets what was laid out: its records are numbered anew.
    pub fn forget(&mut self) {
        self.layouts.forget();
        self.show(None);
    }

    /// Lays out the selected record, unless it is laid out already; a large one is laid out by the
    /// job that is returned.
    pub fn settle(&mut self, reading: Option<&Reading>, selected: Option<RecordId>) -> Option<LayOutJob> {
        let is_current =
            |document: &Arc<Document>| Some(document.id) == selected && document.mode == self.mode;
        if self.document.as_ref().is_some_and(is_current) {
            return None;
        }
        self.is_awaited = false;
        let Some((reading, id)) = reading.zip(selected) else {
            self.show(None);
            return None;
        };
        if let Some(document) = self.layouts.get(id, self.mode) {
            self.show(Some(document));
            return None;
        }
        match Document::find(reading, id, self.mode) {
            None => self.show(None),
            Some(Found::Other(document)) => self.show(Some(Arc::new(document))),
            Some(Found::Record(subject)) => match self.layouts.lay_out(subject, self.mode) {
                Laid::Now(document) => self.show(Some(document)),
                Laid::Later(job) => {
                    self.show(None);
                    self.is_awaited = true;
                    return job;
                }
            },
        }
        None
    }

    /// What a row shows has changed.
    pub fn forget_row(&mut self, id: RecordId) {
        if self.document.as_ref().is_some_and(|document| document.id == id) {
            self.document = None;
        }
    }

    /// Takes in what was laid out. Whether it was awaited.
    pub fn laid_out(&mut self, number: u32, document: Arc<Document>) -> bool {
        self.layouts.laid_out(number, document)
    }

    fn show(&mut self, document: Option<Arc<Document>>) {
        let id = |document: &Option<Arc<Document>>| document.as_ref().map(|document| document.id);
        let is_same_record = id(&self.document) == id(&document);
        let change = self.row().and_then(|row| row.change).filter(|_| is_same_record);
        if !is_same_record {
            self.scroll = 0;
        }
        self.shown = document.as_ref().map_or_else(Vec::new, |document| folded(document));
        self.document = document;
        (self.cursor, self.line) = (0, 0);
        self.look();
        // In another mode the same change is looked at.
        let at_change =
            |row: &DocumentRow| row.change.is_some() && (change.is_none() || row.change == change);
        self.cursor = (0..self.shown.len()).find(|at| self.row_at(*at).is_some_and(at_change)).unwrap_or(0);
    }

    pub fn row_at(&self, at: usize) -> Option<&DocumentRow> {
        match self.shown.get(at)? {
            Shown::Row(row) => self.document.as_ref()?.rows.get(*row),
            Shown::Fold(_) => None,
        }
    }

    pub fn fold_at(&self, at: usize) -> Option<&Fold> {
        match self.shown.get(at)? {
            Shown::Fold(fold) => self.document.as_ref()?.folds.get(*fold),
            Shown::Row(_) => None,
        }
    }

    /// The row under the cursor.
    pub fn row(&self) -> Option<&DocumentRow> {
        self.row_at(self.cursor)
    }

    pub fn toggle_wrap(&mut self) {
        self.wraps = !self.wraps;
        (self.line, self.scroll) = (0, 0);
    }

    /// Unfolds what is under the cursor. Whether there was something to unfold.
    pub fn unfold(&mut self) -> bool {
        let Some(rows) = self.fold_at(self.cursor).map(|fold| fold.rows.clone()) else { return false };
        self.shown.splice(self.cursor..=self.cursor, rows.map(Shown::Row));
        true
    }

    /// To the next change, or to the one before.
    pub fn step_to_change(&mut self, forward: bool) {
        let change = |at: usize| self.row_at(at).and_then(|row| row.change);
        let current = change(self.cursor);
        let is_other = |at: &usize| change(*at).is_some_and(|change| Some(change) != current);
        let next = if forward {
            (self.cursor + 1..self.shown.len()).find(is_other)
        } else {
            let last = (0..self.cursor.min(self.shown.len())).rev().find(is_other);
            last.map(|last| {
                (0..last).rev().take_while(|at| change(*at) == change(last)).last().unwrap_or(last)
            })
        };
        if let Some(next) = next {
            (self.cursor, self.line) = (next, 0);
        }
    }

    /// Which change the cursor is on, counted from 1.
    pub fn change_number(&self) -> Option<usize> {
        self.row()?.change.map(|change| change + 1)
    }

    pub fn set_find(&mut self, text: &str) {
        text.clone_into(&mut self.find);
        self.look();
        let is_here = matches!(self.shown.get(self.cursor), Some(Shown::Row(row)) if self.is_found(*row));
        if !is_here {
            self.step_to_found(true);
        }
    }

    pub fn is_found(&self, row: usize) -> bool {
        self.found.binary_search(&row).is_ok()
    }

    fn look(&mut self) {
        let wanted = self.find.to_lowercase();
        self.found = match &self.document {
            Some(document) if !wanted.is_empty() => {
                let has = |text: &str| text.to_lowercase().contains(&wanted);
                let rows = document.rows.iter().enumerate();
                rows.filter(|(_, row)| row.texts().any(has)).map(|(at, _)| at).collect()
            }
            Some(_) | None => vec![],
        };
    }

    /// To the next row found, around the end; it is unfolded where it is folded.
    pub fn step_to_found(&mut self, forward: bool) {
        let Some(shown) = self.shown.get(self.cursor) else { return };
        let (start, is_fold) = (self.start_of(*shown), matches!(shown, Shown::Fold(_)));
        let next = if forward {
            let is_behind = |row: &&usize| **row > start || is_fold && **row == start;
            self.found.iter().find(is_behind).or(self.found.first())
        } else {
            self.found.iter().rev().find(|row| **row < start).or(self.found.last())
        };
        if let Some(row) = next {
            self.reveal(*row);
        }
    }

    /// Which row of the document something shown begins with.
    fn start_of(&self, shown: Shown) -> usize {
        match shown {
            Shown::Row(row) => row,
            Shown::Fold(fold) => {
                let fold = self.document.as_ref().and_then(|document| document.folds.get(fold));
                fold.map_or(0, |fold| fold.rows.start)
            }
        }
    }

    /// Puts the cursor on a row of the document.
    fn reveal(&mut self, row: usize) {
        let at = self.shown.partition_point(|shown| self.start_of(*shown) <= row).saturating_sub(1);
        (self.cursor, self.line) = (at, 0);
        let start = self.shown.get(at).map_or(0, |shown| self.start_of(*shown));
        if self.unfold() {
            self.cursor = at + (row - start);
        }
    }
}

/// The rows of the pane while everything that can be is folded.
fn folded(document: &Document) -> Vec<Shown> {
    let (mut shown, mut at) = (vec![], 0);
    for (number, fold) in document.folds.iter().enumerate() {
        shown.extend((at..fold.rows.start).map(Shown::Row));
        shown.push(Shown::Fold(number));
        at = fold.rows.end;
    }
    shown.extend((at..document.rows.len()).map(Shown::Row));
    shown
}
