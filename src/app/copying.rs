//! What is copied of a record: a popup that lists, then takes.

use std::sync::Arc;

use super::effect::{CopyJob, Effect};
use super::{AppState, Popup};

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    Value,
    Path,
    Key,
    Record,
    LambdaEvent,
    GetItem,
    Revert,
    Restore,
}

impl Copied {
    pub const ALL: [Self; 8] = [
        Self::Value,
        Self::Path,
        Self::Key,
        Self::Record,
        Self::LambdaEvent,
        Self::GetItem,
        Self::Revert,
        Self::Restore,
    ];

    /// The key that takes it.
    pub fn letter(self) -> char {
        match self {
            Self::Value => 'v',
            Self::Path => 'p',
            Self::Key => 'k',
            Self::Record => 'r',
            Self::LambdaEvent => 'l',
            Self::GetItem => 'g',
            Self::Revert => 'u',
            Self::Restore => 'U',
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "the value",
            Self::Path => "the path",
            Self::Key => "the key",
            Self::Record => "the record",
            Self::LambdaEvent => "the Lambda event",
            Self::GetItem => "the get-item command",
            Self::Revert => "the revert command",
            Self::Restore => "the restore command",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            Self::Value => "value under the cursor of the diff",
            Self::Path => "its path",
            Self::Key => "key of the item, as DynamoDB JSON",
            Self::Record => "record, as a line of JSON",
            Self::LambdaEvent => "Lambda event with this record",
            Self::GetItem => "command: get the item as it is now",
            Self::Revert => "command: revert this record, nothing else",
            Self::Restore => "command: restore the item as of here",
        }
    }

    /// Whether it is about the row of the diff that the cursor is on.
    fn needs_path(self) -> bool {
        matches!(self, Self::Value | Self::Path)
    }
}

impl AppState {
    pub(super) fn start_copy(&mut self) {
        let selected = self.reading.as_ref().zip(self.selected_record());
        if selected.is_some_and(|(reading, id)| reading.record(id).is_some()) {
            self.popup = Some(Popup::Copy);
        } else {
            self.note("no record is selected");
        }
    }

    /// Takes what the popup lists under this letter.
    pub(super) fn choose_copy(&mut self, letter: char) -> Vec<Effect> {
        let Some(what) = Copied::ALL.into_iter().find(|what| what.letter() == letter) else { return vec![] };
        self.popup = None;
        let path = self.path_under_cursor();
        if what.needs_path() && path.is_none() {
            self.note("no attribute is under the cursor: 4 goes to the diff");
            return vec![];
        }
        let Some((reading, id)) = self.reading.as_ref().zip(self.selected_record()) else { return vec![] };
        let Some((origin, page, slot)) = reading.store.page_of(id) else { return vec![] };
        let (stream, shard) = reading.store.shard_of(origin);
        let is_judged_by_later = what == Copied::Restore;
        let pages = reading.store.pages_of(stream).filter(|_| is_judged_by_later).cloned().collect();
        let job = CopyJob {
            what,
            stream: stream.clone(),
            shard: shard.clone(),
            session: self.session.clone(),
            page: Arc::clone(page),
            slot,
            path,
            pages,
        };
        vec![Effect::Copy(Box::new(job))]
    }
}
