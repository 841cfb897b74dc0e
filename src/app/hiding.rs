//! What is ignored, and whether records in which nothing else changed are hidden.

use super::AppState;
use super::effect::Effect;
use super::noise::{Toggled, entry_key, ignore_line, ignored, toggle};
use super::reading::{Arrived, Reading};
use crate::config::{AttributePath, Tables};
use crate::follow::Follower;
use crate::store::{Origin, RecordId};

#[derive(Clone, Debug, Default)]
pub struct Hiding {
    /// What is known of tables: the configuration, and what was said since.
    pub tables: Tables,
    pub is_on: bool,
    /// How many records were left out since the search began.
    pub count: u64,
    /// Rows from this one on came since; a search will look at them.
    unsearched: Option<RecordId>,
    /// The search under way looks at what has just come.
    pub is_catching_up: bool,
}

impl Hiding {
    pub fn with(tables: Tables) -> Self {
        Self { tables, ..Self::default() }
    }

    /// A search begins anew. Whether there is anything to hide.
    pub fn begin(&mut self, reading: &Reading) -> bool {
        (self.count, self.unsearched, self.is_catching_up) = (0, None, false);
        self.can_hide(reading)
    }

    fn can_hide(&self, reading: &Reading) -> bool {
        let mut streams = reading.followers.iter().map(Follower::stream);
        self.is_on && streams.any(|stream| !ignored(&self.tables, stream.table()).is_empty())
    }

    /// What is ignored in the table of these rows, while noise is hidden.
    pub fn ignored(&self, origin: Origin, reading: &Reading) -> &[AttributePath] {
        let table = reading.store.shard_of(origin).0.table();
        if self.is_on { ignored(&self.tables, table) } else { &[] }
    }

    /// Leaves the records that have just come to a search: parsing them is too dear for the thread
    /// of the screen. What need not be parsed is handed back.
    pub fn put_off<'a>(
        &mut self,
        arrived: &'a [Arrived],
        is_too_much: bool,
        reading: &Reading,
    ) -> Vec<&'a Arrived> {
        let is_later = is_too_much || self.can_hide(reading);
        let (later, now): (Vec<_>, Vec<_>) = arrived.iter().partition(|rows| is_later && rows.page.is_some());
        if let Some(first) = later.first() {
            self.unsearched.get_or_insert(RecordId(first.ids.start));
        }
        now
    }

    /// The first row that no search has looked at.
    pub fn take_unsearched(&mut self) -> Option<RecordId> {
        let from = self.unsearched.take()?;
        self.is_catching_up = true;
        Some(from)
    }
}

impl AppState {
    /// Ignores the path under the cursor in the table of the record, or no longer.
    pub(super) fn ignore_path(&mut self) -> Vec<Effect> {
        let Some((path, table)) = self.path_under_cursor().zip(self.table_of_diff()) else {
            self.note("no attribute is under the cursor: there is nothing to ignore");
            return vec![];
        };
        let table = table.to_owned();
        let tables = &mut self.records.hiding.tables;
        let said = match toggle(tables, &table, path.clone()) {
            Toggled::Ignored => {
                let line = ignore_line(ignored(tables, &table));
                format!("ignored; in the config [table.{}] {line} keeps it so", entry_key(&table))
            }
            Toggled::CountsAgain => format!("{path} of {table} counts again"),
            Toggled::IsInside(around) => format!("{path} is ignored already: it is inside {around}"),
        };
        self.records.forget_texts();
        if let Some(history) = &mut self.history {
            history.forget_words();
        }
        self.note(said);
        match &self.reading {
            Some(reading) if self.records.hiding.is_on => self.records.search(reading),
            Some(_) | None => vec![],
        }
    }

    /// The paths that are ignored in the item that the diff shows.
    pub fn ignored_in_diff(&self) -> &[AttributePath] {
        self.table_of_diff().map_or(&[], |table| ignored(&self.records.hiding.tables, table))
    }

    /// The table of the item that the diff shows.
    fn table_of_diff(&self) -> Option<&str> {
        if let Some(history) = &self.history {
            return Some(history.stream.table());
        }
        let reading = self.reading.as_ref()?;
        let (origin, _) = reading.record(self.selected_record()?)?;
        Some(reading.store.shard_of(origin).0.table())
    }

    /// Hides records in which only what is ignored changed, or shows them.
    pub(super) fn hide_noise(&mut self) -> Vec<Effect> {
        let hiding = &mut self.records.hiding;
        hiding.is_on = !hiding.is_on;
        if hiding.is_on && hiding.tables.values().all(|table| table.ignore.is_empty()) {
            self.note("nothing is ignored yet: I on a path of the diff ignores it");
        }
        self.reading.as_ref().map_or_else(Vec::new, |reading| self.records.search(reading))
    }
}
