//! What is written to a file: a popup that lists, a prompt for the name, a question before a file is
//! replaced.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::action::FileWritten;
use super::effect::{Effect, WriteJob, Written};
use super::private::Hiding;
use super::prompt::{Prompt, Purpose};
use super::{AppState, Popup};
use crate::model::time::Zone;

/// How records are written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// DynamoDB JSON, indented: of one item.
    Item,
    JsonLines,
    LambdaEvent,
    Csv,
}

/// Which records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Selected,
    /// All in view: by the filter, and by the shard that is selected.
    InView,
    /// All that are held.
    Held,
}

/// One line of the popup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub letter: char,
    pub format: Format,
    pub scope: Scope,
    pub help: &'static str,
}

const fn choice(letter: char, format: Format, scope: Scope, help: &'static str) -> Choice {
    Choice { letter, format, scope, help }
}

pub static CHOICES: [Choice; 7] = [
    choice('i', Format::Item, Scope::Selected, "this item, as DynamoDB JSON"),
    choice('j', Format::JsonLines, Scope::InView, "the records in view, as JSON Lines"),
    choice('l', Format::LambdaEvent, Scope::InView, "the records in view, as one Lambda event"),
    choice('c', Format::Csv, Scope::InView, "the records in view, as CSV"),
    choice('J', Format::JsonLines, Scope::Held, "all records held, as JSON Lines"),
    choice('L', Format::LambdaEvent, Scope::Held, "all records held, as one Lambda event"),
    choice('C', Format::Csv, Scope::Held, "all records held, as CSV"),
];

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Item | Self::LambdaEvent => "json",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

impl AppState {
    pub(super) fn start_write(&mut self) {
        if self.reading.as_ref().is_some_and(|reading| !reading.store.is_empty()) {
            self.popup = Some(Popup::Write);
        } else {
            self.note("there is no record to write");
        }
    }

    /// Asks for the name of the file.
    pub(super) fn choose_write(&mut self, letter: char) {
        let Some(choice) = CHOICES.iter().find(|choice| choice.letter == letter) else {
            return match letter {
                'k' => self.start_hiding(Hiding::AllBut),
                'x' => self.start_hiding(Hiding::Named),
                'r' => self.hide_nothing(),
                _ => {}
            };
        };
        self.popup = None;
        let name = self.offered_name(choice.format);
        self.prompt = Some(Prompt::new(Purpose::WriteFile(*choice), &name));
    }

    /// `orders-20261006-120305.jsonl`
    fn offered_name(&self, format: Format) -> String {
        let streams = self.reading.iter().flat_map(|reading| &reading.followers);
        let tables: Vec<&str> = streams.map(|follower| follower.stream().table()).collect();
        let table = if let [table] = tables[..] { table } else { "records" };
        let table = table.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(*letter));
        let table = table.collect::<String>();
        let full = self.now.full(Zone::Utc);
        let time = full.chars().take(19).filter(|letter| !"-:".contains(*letter)).collect::<String>();
        format!("{}-{}.{}", table.trim_start_matches('.'), time.replace(' ', "-"), format.extension())
    }

    /// Writes to the file that was named.
    pub(super) fn write(&mut self, choice: Choice, name: &str) -> Vec<Effect> {
        let name = name.trim();
        if name.is_empty() {
            self.note("nothing is written without a name");
            return vec![];
        }
        if choice.scope == Scope::InView && self.records.is_searching {
            self.note("nothing is written yet: the filter is still searching");
            return vec![];
        }
        let Some(reading) = &self.reading else { return vec![] };
        let rows = match choice.scope {
            Scope::Selected => match self.chosen() {
                Some(chosen) => Written::Item { page: chosen.page, slot: chosen.slot },
                None => {
                    self.note("no record is selected");
                    return vec![];
                }
            },
            Scope::InView => Written::Records {
                store: Arc::new(reading.store.clone()),
                view: self.records.is_narrowed().then(|| self.records.timeline(reading).clone()),
            },
            Scope::Held => Written::Records { store: Arc::new(reading.store.clone()), view: None },
        };
        let key_names = reading
            .followers
            .iter()
            .map(|follower| (follower.stream().clone(), follower.key_names().to_vec()))
            .collect::<BTreeMap<_, _>>();
        let job = WriteJob {
            path: name.to_owned(),
            may_replace: false,
            format: choice.format,
            rows,
            key_names,
            privacy: self.private.privacy(),
        };
        self.begin_writing(job)
    }

    pub(super) fn begin_writing(&mut self, job: WriteJob) -> Vec<Effect> {
        self.files_in_writing += 1;
        vec![Effect::Write(Box::new(job))]
    }

    /// A file is written, or cannot be.
    pub(super) fn on_written(&mut self, written: FileWritten) {
        self.files_in_writing = self.files_in_writing.saturating_sub(1);
        match written {
            FileWritten::Told(words) => self.note(words),
            // It is replaced only if that is wanted.
            FileWritten::Exists(job) => self.popup = Some(Popup::ConfirmReplace(job)),
        }
        self.is_dirty = true;
    }
}
