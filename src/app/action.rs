//! What can happen to the explorer.

use std::sync::Arc;

use super::Pane;
use super::document::Document;
use super::effect::WriteJob;
use super::history::{Sifted, Traced};
use super::row_text::Told;
use super::window::Motion;
use crate::follow::Report;
use crate::journal::{Captured, Kept};
use crate::query::Tally;
use crate::store::RecordId;

/// The one ordered stream of events that changes the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Intent(Intent),
    Report(Report),
    /// The connection to AWS is configured, or cannot be.
    Session(Result<Session, String>),
    /// A search has got further.
    Found(Found),
    /// A text was made to be copied.
    Copied(Copied),
    /// How the writing of the capture stands.
    Captured(Kept),
    /// How something goes on that is done beside, in words.
    Told(String),
    FileWritten(FileWritten),
    /// A large record has been laid out.
    LaidOut {
        /// Of the job; late news of an older one is ignored.
        number: u32,
        document: Arc<Document>,
    },
    /// It is known what rows of large records did.
    RowsTold {
        /// Of the job; late news of an older one is ignored.
        number: u32,
        rows: Vec<(RecordId, Told)>,
    },
    /// The search for an item's records has got further.
    Traced(Traced),
    /// It is known which steps of a history touched an attribute.
    Sifted(Sifted),
    /// Files have been read further.
    Loaded(Box<Captured>),
    Tick,
    Resized(Size),
}

/// Whose streams are read, once it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    pub profile: Option<String>,
    pub region: String,
    /// Known from the first ARN, if not before.
    pub account: Option<String>,
    /// Where it is not the service's own.
    pub endpoint: Option<String>,
    /// It is the embedded service.
    pub is_demo: bool,
    /// What looks wrong in the configuration, although calls can be made.
    pub hint: Option<String>,
}

/// The size of the terminal, in cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

/// What the person at the keyboard wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Focus(Pane),
    FocusNext,
    FocusPrevious,
    Move(Motion),
    /// Fold, or scroll to the left.
    Left,
    /// Unfold, or scroll to the right.
    Right,
    Open,
    /// Undo one layer. Never quits.
    Back,
    /// Close the top view; at the base, quit.
    Close,
    Quit,
    Suspend,
    /// The terminal is ours again after a suspension.
    Resume,
    Mark,
    /// Drop a marker between the records of before and those to come.
    DropMarker,
    /// Copy something of this record.
    Copy,
    /// Write something to a file.
    Write,
    /// What a popup lists under a letter.
    Choose(char),
    Search,
    NextFound,
    PreviousFound,
    Follow,
    StopOrGoOn,
    ToggleDiff,
    NextMode,
    /// Long rows take several lines, or are scrolled.
    ToggleWrap,
    NextChange,
    PreviousChange,
    Zoom,
    NextOrder,
    FoldExhausted,
    ShowDetails,
    ShowHelp,
    ShowPalette,
    /// Changes at the path under the cursor are noise in this table; said again, they count.
    IgnorePath,
    /// Hide records in which only what is ignored changed, or show them.
    HideNoise,
    /// Chosen from the palette: something to do, in a pane if it works only there.
    Run {
        pane: Option<Pane>,
        intent: Box<Intent>,
    },
    /// The history of the item under the cursor; again: back.
    ShowHistory,
    /// In a history: only the steps that touched an attribute, or all.
    LookAtAttribute,
    /// Reads what is older: in a history for the item's lineage only, else a quarter of an hour.
    FurtherBack,
    /// Asks for a time, or another position to go to.
    ChoosePosition,
    Retry,
    ToggleZone,
    ToggleMouse,
    Type(char),
    Paste(String),
    Erase,
    EraseWord,
    EraseAll,
    Submit,
    /// The text of before, and back.
    RecallEarlier,
    RecallLater,
    /// Write out what was begun.
    Complete,
    /// Store only what the filter matches from now on, or everything again.
    KeepOnly,
    /// A click on a row of a pane's window, counted from its first.
    Click {
        pane: Pane,
        row: u16,
        /// How many rows the pane shows.
        height: u16,
    },
    Scroll {
        pane: Pane,
        motion: Motion,
    },
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FileWritten {
    /// In words.
    Told(String),
    /// Its name is taken: nothing was written.
    Exists(Box<WriteJob>),
}

/// A text that is to be on the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub text: String,
    /// What it is: the start of a sentence.
    pub what: String,
    /// The program that took it; where none did, the terminal is what is left.
    pub taken_by: Option<&'static str>,
}

/// What a search has found in some pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Which search; late news of an older one is ignored.
    pub generation: u32,
    pub ids: Vec<RecordId>,
    /// How many records were looked at since the last news.
    pub seen: u64,
    /// How many of them match but are noise.
    pub hidden: u64,
    /// What the whole search has counted so far.
    pub tally: Tally,
    pub is_done: bool,
}
