//! The explorer's pure core: one state, one reducer, effects as data.

pub mod action;
pub mod capturing;
pub mod completion;
pub mod copying;
pub mod diff;
pub mod document;
pub mod effect;
mod filter;
mod first;
pub mod geometry;
pub mod held;
mod hiding;
pub mod history;
mod intents;
pub mod noise;
pub mod offline;
mod popup;
pub mod position;
pub mod private;
pub mod prompt;
pub mod rates;
pub mod reading;
pub mod records;
mod reports;
pub mod row_text;
pub mod seeking;
pub mod shards;
pub mod streams;
pub mod summary;
pub mod telling;
mod update;
pub mod window;
pub mod writing;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub use action::{Action, Found, Intent, Session, Size};
pub use effect::{CopyJob, Effect, LayOutJob, SearchJob, SearchPage, WriteJob, Written};
pub use first::First;
pub use popup::Popup;
pub use update::{settle, update};
pub use window::Motion;

use crate::config::{Keys, Tables};
use crate::follow::{Progress, ShardState};
use crate::model::path::Path;
use crate::model::time::Zone;
use crate::model::{ClockOffset, SourceError, StreamArn, Time};
use crate::privacy::Key;
use capturing::{Capturing, Unlabelled};
use diff::{Diff, Room};
use geometry::{Division, Wish};
use history::ItemHistory;
use offline::Offline;
use private::Private;
use prompt::Prompt;
use reading::Reading;
use records::Records;
use shards::Shards;
use streams::Streams;

/// Something that is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loadable<T> {
    #[default]
    Idle,
    Loading,
    Ready(T),
    Failed(SourceError),
}

impl<T> Loadable<T> {
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Idle | Self::Loading | Self::Failed(_) => None,
        }
    }
}

/// The parts of the explorer that can have the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    #[default]
    Streams,
    Shards,
    Records,
    Diff,
    /// Lies over the others while an item's history is open.
    History,
}

impl Pane {
    /// Those that are always there.
    pub const ALL: [Self; 4] = [Self::Streams, Self::Shards, Self::Records, Self::Diff];

    pub fn number(self) -> usize {
        self as usize + 1
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Streams => "Streams",
            Self::Shards => "Shards",
            Self::Records => "Records",
            Self::Diff => "Diff",
            Self::History => "History",
        }
    }
}

/// A STREAM given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamArgument {
    Table(String),
    Arn(StreamArn),
}

/// What the explorer is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// As far as known before AWS is configured.
    pub session: Session,
    /// Read at once; none lists the streams.
    pub streams: Vec<StreamArgument>,
    /// Looked at in place of AWS.
    pub files: Vec<String>,
    pub first: First,
    /// The file that is captured to.
    pub capture: Option<String>,
    /// Bytes of records held at most.
    pub budget: usize,
    pub zone: Zone,
    pub size: Size,
    /// Keys in place of the usual ones.
    pub keys: Keys,
    /// What is known of tables.
    pub tables: Tables,
    /// By which what is hidden in files is hashed; absent where the system has no randomness.
    pub key: Option<Key>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            session: Session::default(),
            streams: vec![],
            files: vec![],
            first: First::default(),
            capture: None,
            budget: 512 << 20,
            zone: Zone::Utc,
            size: Size { width: 80, height: 24 },
            keys: Keys::new(),
            tables: Tables::new(),
            key: None,
        }
    }
}

/// How long something that happened is mentioned in the status line.
const NOTICE: Duration = Duration::from_secs(8);
/// Notices remembered.
const NOTICES: usize = 100;

/// Whether calls to AWS can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    Configuring,
    Ready,
    /// It cannot be configured, and why.
    Failed(String),
}

/// Streams named by their table, to be found before they can be read.
#[derive(Clone, Debug, Default)]
struct Opening {
    arguments: Vec<StreamArgument>,
    /// The newest stream found for a table, by the run that looks for it.
    runs: BTreeMap<u32, Lookup>,
}

#[derive(Clone, Debug)]
struct Lookup {
    table: String,
    newest: Option<StreamArn>,
    is_done: bool,
}

/// What keeps a shard from being read.
pub fn error_of(progress: &Progress) -> Option<&SourceError> {
    if let ShardState::Slowed(error) | ShardState::Failed(error) = &progress.state {
        return Some(error);
    }
    None
}

/// Everything the explorer knows. Only [`update`] and [`settle`] change it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, not the states of a machine")]
pub struct AppState {
    /// The service's, as far as it is known.
    pub now: Time,
    /// Absent before the first answer.
    offset: Option<ClockOffset>,
    pub zone: Zone,
    pub size: Size,
    pub connection: Connection,
    pub session: Session,
    pub focus: Pane,
    pub is_zoomed: bool,
    pub is_diff_open: bool,
    pub has_mouse: bool,
    pub streams: Streams,
    pub shards: Shards,
    pub records: Records,
    pub diff: Diff,
    /// The item whose history lies over the panes.
    pub history: Option<Box<ItemHistory>>,
    pub reading: Option<Reading>,
    /// Files that are looked at in place of AWS.
    pub offline: Option<Offline>,
    pub prompt: Option<Prompt>,
    pub popup: Option<Popup>,
    /// Keys in place of the usual ones.
    pub keys: Keys,
    /// What is hidden in files that are written.
    pub private: Private,
    /// How many files are being written: what is not whole yet is lost by quitting.
    pub files_in_writing: usize,
    pub capturing: Option<Capturing>,
    unlabelled: Option<Unlabelled>,
    /// Filters of before, the newest last.
    filters: Vec<String>,
    /// What happened, newest last.
    pub notices: VecDeque<(Time, String)>,
    /// The screen shows something else than the state.
    pub is_dirty: bool,
    /// Why the credentials do not work, while they do not, and what renews them.
    credentials: Option<(SourceError, String)>,
    first: First,
    budget: usize,
    opening: Opening,
    next_run: u32,
    next_reading: u32,
    /// Something changed that is shown with the next tick: proof of life is no reason for a frame.
    has_quiet_news: bool,
    /// The stream whose shards are shown without being read.
    preview: Option<StreamArn>,
}

impl AppState {
    pub fn new(config: Config, now: Time) -> Self {
        Self {
            now,
            offset: None,
            zone: config.zone,
            size: config.size,
            connection: Connection::Configuring,
            session: config.session,
            focus: Pane::Streams,
            is_zoomed: false,
            is_diff_open: true,
            has_mouse: true,
            streams: Streams::default(),
            shards: Shards::default(),
            records: Records::with(config.tables),
            diff: Diff::default(),
            history: None,
            reading: None,
            offline: (!config.files.is_empty()).then(|| Offline::new(config.files)),
            prompt: None,
            popup: None,
            keys: config.keys,
            private: Private::with_key(config.key),
            files_in_writing: 0,
            capturing: config.capture.map(Capturing::new),
            unlabelled: None,
            filters: vec![],
            notices: VecDeque::new(),
            is_dirty: true,
            credentials: None,
            first: config.first,
            budget: config.budget,
            opening: Opening { arguments: config.streams, runs: BTreeMap::new() },
            next_run: 1,
            next_reading: 1,
            has_quiet_news: false,
            preview: None,
        }
    }

    /// How the screen is divided; `None` where it is too small.
    pub fn division(&self) -> Option<Division> {
        let wish = Wish {
            focus: self.focus,
            is_zoomed: self.is_zoomed,
            is_diff_open: self.is_diff_open,
            has_history: self.history.is_some(),
            has_banner: self.banner().is_some(),
        };
        geometry::divide(self.size, wish)
    }

    /// How many rows a pane shows.
    fn rows_of(&self, pane: Pane) -> usize {
        let area = self.division().and_then(|division| division.pane(pane));
        area.map_or(usize::from(self.size.height), geometry::Area::rows)
    }

    /// The inside of the diff's pane.
    fn diff_room(&self) -> Room {
        let area = self.division().and_then(|division| division.pane(Pane::Diff));
        let width = area.map_or(self.size.width, |area| area.width).saturating_sub(2);
        Room { width: usize::from(width), height: self.rows_of(Pane::Diff) }
    }

    /// What is wrong with everything, in plain words.
    pub fn banner(&self) -> Option<String> {
        if let Connection::Failed(reason) = &self.connection {
            return Some(reason.clone());
        }
        let Some((error, renewal)) = self.credentials.as_ref() else { return self.capture_trouble() };
        let profile = self.session.profile.as_deref().unwrap_or("default");
        Some(format!(
            "The credentials (profile {profile}) are missing or expired: {renewal}, then press R. \
             Positions are kept. {error}"
        ))
    }

    /// The stream whose shards are shown although it is not read.
    pub fn preview(&self) -> Option<&StreamArn> {
        self.preview.as_ref()
    }

    /// The notice that is still news.
    pub fn notice(&self) -> Option<&str> {
        let (at, text) = self.notices.back()?;
        (self.now.since(*at) < NOTICE).then_some(text.as_str())
    }

    /// Whether something on the screen moves by itself.
    pub fn is_animated(&self) -> bool {
        let is_waiting = self.history.as_ref().is_some_and(|history| history.is_busy())
            || self.connection == Connection::Configuring
            || self.offline.as_ref().is_some_and(Offline::is_loading)
            || self.reading.as_ref().is_some_and(Reading::is_seeking)
            || self.streams.listing == Loadable::Loading
            || self.offline.is_none() && self.streams.is_describing(usize::from(self.size.height))
            || self.reading.as_ref().is_some_and(|reading| {
                reading.followers.iter().any(|follower| !follower.is_listed() && follower.failure().is_none())
            });
        is_waiting && !matches!(self.connection, Connection::Failed(_))
    }

    /// The record under the cursor.
    pub fn selected_record(&self) -> Option<crate::store::RecordId> {
        self.reading.as_ref().and_then(|reading| self.records.selected(reading))
    }

    /// Where in the item the cursor of the diff is: in the new image, or in the old one of what was
    /// removed. `None` where the diff has not the focus or its row is about no attribute.
    pub fn path_under_cursor(&self) -> Option<Path<'static>> {
        if self.focus != Pane::Diff {
            return None;
        }
        self.diff.row()?.at.clone()
    }

    fn note(&mut self, text: impl Into<String>) {
        if self.notices.len() == NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back((self.now, text.into()));
        self.is_dirty = true;
    }
}
