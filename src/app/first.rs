//! What the command line says of the first reading.

use std::sync::Arc;
use std::time::Duration;

use super::AppState;
use super::effect::Effect;
use crate::follow::{Part, Start};
use crate::query::Filter;

/// How far back reading starts where nothing else is said.
const RECENT: Duration = Duration::from_mins(5);

/// The first reading. Only where it starts holds for later ones, too: the rest is about its streams.
#[derive(Clone, Debug, PartialEq)]
pub struct First {
    pub part: Part,
    /// What is in the prompt of the filter; empty where all is wanted.
    pub filter: String,
    /// Only what it matches is stored.
    pub keep_only: Option<Arc<Filter>>,
}

impl First {
    fn from(start: Start) -> Self {
        Self { part: Part::from(start), filter: String::new(), keep_only: None }
    }

    /// What holds for the reading that begins now; what is left is for the next.
    pub(super) fn take(&mut self) -> Self {
        let next = Self::from(self.part.start);
        std::mem::replace(self, next)
    }
}

impl Default for First {
    fn default() -> Self {
        Self::from(Start::Recent(RECENT))
    }
}

impl AppState {
    /// With something to say at the start.
    #[must_use]
    pub fn with_remarks(mut self, remarks: Vec<String>) -> Self {
        for remark in remarks {
            self.note(remark);
        }
        self
    }

    /// Filters the reading that has just begun, as if that had been typed.
    pub(super) fn filter_first(&mut self, text: String) -> Vec<Effect> {
        if text.is_empty() {
            return vec![];
        }
        let effects = self.filter_records(&text);
        self.filters.push(text);
        effects
    }
}
