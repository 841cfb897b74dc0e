//! The pane that shows one record: its rows, the cursor on them, and what is found in them.

use super::document::{Document, Mode};
use super::reading::Reading;
use super::window::Motion;
use crate::store::RecordId;

#[derive(Clone, Debug, Default)]
pub struct Diff {
    pub document: Option<Document>,
    pub mode: Mode,
    pub cursor: usize,
    /// Columns that values are scrolled by.
    pub scroll: usize,
    pub find: String,
    /// Rows that hold what is looked for.
    pub found: Vec<usize>,
}

impl Diff {
    pub fn reset(&mut self) {
        *self = Self { mode: self.mode, ..Self::default() };
    }

    /// Lays out the selected record, unless it is laid out already.
    pub fn settle(&mut self, reading: Option<&Reading>, selected: Option<RecordId>) {
        let is_current = |document: &Document| Some(document.id) == selected && document.mode == self.mode;
        if self.document.as_ref().is_some_and(is_current) {
            return;
        }
        let is_same_record = self.document.as_ref().map(|document| document.id) == selected;
        let document = reading.zip(selected).and_then(|(reading, id)| Document::of(reading, id, self.mode));
        self.document = document;
        if !is_same_record {
            self.scroll = 0;
        }
        self.cursor = 0;
        self.look();
        self.cursor = self.first_change().unwrap_or(0);
    }

    fn len(&self) -> usize {
        self.document.as_ref().map_or(0, |document| document.rows.len())
    }

    fn first_change(&self) -> Option<usize> {
        self.document.as_ref()?.rows.iter().position(|row| row.kind.is_change())
    }

    pub fn step(&mut self, motion: Motion, height: usize) {
        self.cursor = motion.from(self.cursor, self.len(), height);
    }

    /// To the next change, or to the one before.
    pub fn step_to_change(&mut self, forward: bool) {
        let Some(document) = &self.document else { return };
        let is_change = |row: &usize| document.rows[*row].kind.is_change();
        let next = if forward {
            (self.cursor + 1..document.rows.len()).find(is_change)
        } else {
            (0..self.cursor.min(document.rows.len())).rev().find(is_change)
        };
        self.cursor = next.unwrap_or(self.cursor);
    }

    /// Which change the cursor is on, counted from 1.
    pub fn change_number(&self) -> Option<usize> {
        let document = self.document.as_ref()?;
        let rows = document.rows.get(..=self.cursor)?;
        document
            .rows
            .get(self.cursor)?
            .kind
            .is_change()
            .then(|| rows.iter().filter(|row| row.kind.is_change()).count())
    }

    pub fn set_find(&mut self, text: &str) {
        text.clone_into(&mut self.find);
        self.look();
        if !self.found.is_empty() && !self.found.contains(&self.cursor) {
            self.step_to_found(true);
        }
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

    /// To the next row found, around the end.
    pub fn step_to_found(&mut self, forward: bool) {
        let next = if forward {
            self.found.iter().find(|row| **row > self.cursor).or(self.found.first())
        } else {
            self.found.iter().rev().find(|row| **row < self.cursor).or(self.found.last())
        };
        self.cursor = next.copied().unwrap_or(self.cursor);
    }
}
