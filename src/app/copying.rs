//! What is copied of a record: a popup that lists, then takes.

use std::sync::Arc;

use super::action::Copied;
use super::effect::{CopyJob, Effect};
use super::summary::thousands;
use super::{AppState, Pane, Popup};
use crate::history::Step;
use crate::model::{EventName, ShardId, StreamArn};
use crate::store::Page;

/// A longer text, in bytes, is more than many terminals take by OSC 52: 100,000 bytes of base64 and
/// what is around it.
pub const MAX_BY_TERMINAL: usize = 74_994;

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copyable {
    Value,
    Path,
    Key,
    Record,
    LambdaEvent,
    GetItem,
    Revert,
    Restore,
}

impl Copyable {
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

/// A record with where it is from.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    stream: StreamArn,
    shard: ShardId,
    pub page: Arc<Page>,
    /// Of the record in its page.
    pub slot: usize,
}

impl AppState {
    /// The record that the cursor is on: among the records, or among the steps of a history.
    pub(super) fn chosen(&self) -> Option<Chosen> {
        if let Some(history) = &self.history {
            let step = history.selected()?;
            let (stream, shard) = (history.stream.clone(), step.shard.clone());
            return Some(Chosen { stream, shard, page: Arc::new(step.record().alone()), slot: 0 });
        }
        let store = &self.reading.as_ref()?.store;
        let id = self.selected_record()?;
        let (origin, _) = self.reading.as_ref()?.record(id)?;
        let (page, slot) = store.page_of(id)?;
        let (stream, shard) = store.shard_of(origin);
        Some(Chosen { stream: stream.clone(), shard: shard.clone(), page: Arc::clone(page), slot })
    }

    pub(super) fn start_copy(&mut self) {
        if self.chosen().is_some() {
            self.popup = Some(Popup::Copy);
        } else {
            self.note("no record is selected");
        }
    }

    /// Why this is not to be had of the record that the cursor is on, as far as that is seen without
    /// parsing it or looking at others: taking it nevertheless says more.
    pub fn obstacle(&self, what: Copyable) -> Option<&'static str> {
        let record = match &self.history {
            Some(history) => history.selected().map(Step::record),
            None => self.reading.as_ref().zip(self.selected_record()).and_then(|(reading, id)| {
                let (_, record) = reading.record(id)?;
                Some(record)
            }),
        };
        let Some(record) = record else { return Some("no record is selected") };
        let no_old = record.old_image().is_none().then_some("no old image");
        let no_new = record.new_image().is_none().then_some("no new image");
        let no_keys = record.keys().is_none().then_some("no keys");
        match (what, record.event()) {
            (Copyable::Value | Copyable::Path, _) if self.focus != Pane::Diff => Some("4 goes there"),
            (Copyable::Value | Copyable::Path, _) => {
                self.path_under_cursor().is_none().then_some("no attribute there")
            }
            (Copyable::Record | Copyable::LambdaEvent, _) => None,
            (Copyable::Key | Copyable::GetItem, _) | (Copyable::Restore, EventName::Remove) => no_keys,
            (Copyable::Revert | Copyable::Restore, EventName::Unknown) => Some("the event is not known"),
            (Copyable::Revert, EventName::Insert) | (Copyable::Restore, _) => no_keys.or(no_new),
            (Copyable::Revert, EventName::Modify) => no_keys.or(no_new).or(no_old),
            (Copyable::Revert, EventName::Remove) => no_keys.or(no_old),
        }
    }

    /// Takes what the popup lists under this letter.
    pub(super) fn choose_copy(&mut self, letter: char) -> Vec<Effect> {
        let Some(what) = Copyable::ALL.into_iter().find(|what| what.letter() == letter) else {
            return vec![];
        };
        self.popup = None;
        let path = self.path_under_cursor();
        if what.needs_path() && path.is_none() {
            self.note("no attribute is under the cursor: 4 goes to the diff");
            return vec![];
        }
        let Some((chosen, reading)) = self.chosen().zip(self.reading.as_ref()) else { return vec![] };
        let is_judged_by_later = what == Copyable::Restore;
        let pages = reading.store.pages_of(&chosen.stream).filter(|_| is_judged_by_later).cloned().collect();
        let job = CopyJob {
            what,
            stream: chosen.stream,
            shard: chosen.shard,
            session: self.session.clone(),
            page: chosen.page,
            slot: chosen.slot,
            path,
            pages,
        };
        vec![Effect::Copy(Box::new(job))]
    }

    /// Says which way a text went, and asks the terminal where no program took it.
    pub(super) fn on_copied(&mut self, copied: Copied) -> Vec<Effect> {
        let Copied { text, what, taken_by } = copied;
        let bytes = thousands(text.len() as u64);
        if taken_by.is_none() && text.len() > MAX_BY_TERMINAL {
            self.note(format!("{what} is too long for a terminal: {bytes} bytes; w writes to a file"));
            return vec![];
        }
        let by = taken_by.unwrap_or("OSC 52, if the terminal knows that");
        self.note(format!("copied {what}, {bytes} bytes, by {by}"));
        if taken_by.is_some() { vec![] } else { vec![Effect::CopyByTerminal(text)] }
    }
}
