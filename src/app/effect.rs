//! What the explorer wants done in the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Session;
use super::copying::Copyable;
use super::document::{Mode, Subject};
use super::history::{SiftJob, TraceJob};
use super::telling::TellJob;
use super::writing::Format;
use crate::config::AttributePath;
use crate::follow::Request;
use crate::journal::Entry;
use crate::model::{Path, ShardId, StreamArn};
use crate::privacy::Privacy;
use crate::query::Filter;
use crate::store::{Page, RecordId, Store, Timeline};

/// Effects are data, so that tests can compare whole lists of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Request(Request),
    /// Starts a search; an older one is obsolete.
    Search(SearchJob),
    /// The search under way is no longer wanted.
    CancelSearch,
    /// Lays out a large record off the thread of the screen.
    LayOut(LayOutJob),
    /// Puts rows of large records into words off the thread of the screen.
    Tell(TellJob),
    /// Starts the search for an item's records; an older one is obsolete.
    Trace(TraceJob),
    CancelTrace,
    /// Asks which steps of a history touched an attribute.
    Sift(SiftJob),
    /// Whether clicks and the wheel are ours or the terminal's.
    CaptureMouse(bool),
    /// Something goes to the clipboard.
    Copy(Box<CopyJob>),
    /// The terminal is asked to put a text on its clipboard.
    CopyByTerminal(String),
    /// Something goes to the capture.
    Capture(Entry),
    /// Something goes to a file.
    Write(Box<WriteJob>),
    Suspend,
    Quit,
}

/// Pages to be searched off the thread of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchJob {
    pub generation: u32,
    /// Absent: every record of these pages.
    pub filter: Option<Arc<Filter>>,
    /// Newest first.
    pub pages: Vec<SearchPage>,
}

/// A page and where it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// The id of its first row.
    pub first: RecordId,
    pub stream: StreamArn,
    pub shard: ShardId,
    pub page: Arc<Page>,
    /// What is ignored in its table: records in which nothing else changed are left out.
    pub ignored: Arc<[AttributePath]>,
}

/// What is copied; its text is made off the thread of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyJob {
    pub what: Copyable,
    pub stream: StreamArn,
    pub shard: ShardId,
    /// Where commands are for.
    pub session: Session,
    pub page: Arc<Page>,
    /// Of the record in its page.
    pub slot: usize,
    /// Where in the item the cursor is.
    pub path: Option<Path<'static>>,
    /// All pages of the stream that are held, where later records of the item count.
    pub pages: Vec<Arc<Page>>,
}

/// What is written to a file, as it was when that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteJob {
    /// As it was typed.
    pub path: String,
    pub may_replace: bool,
    pub format: Format,
    pub rows: Written,
    pub key_names: BTreeMap<StreamArn, Vec<String>>,
    /// What is hidden; absent where records are written as they are.
    pub privacy: Option<Privacy>,
}

/// The records of a [`WriteJob`].
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// The item of one record.
    Item { page: Arc<Page>, slot: usize },
    /// Those in view, or all that are in the store. The pages are shared with it.
    Records { store: Arc<Store>, view: Option<Timeline> },
}

/// A record to be laid out off the thread of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct LayOutJob {
    /// By which its answer is known.
    pub number: u32,
    pub mode: Mode,
    pub subject: Subject,
}
