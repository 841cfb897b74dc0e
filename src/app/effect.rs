//! What the explorer wants done in the world.

use std::sync::Arc;

use super::document::{Mode, Subject};
use super::history::{SiftJob, TraceJob};
use crate::config::AttributePath;
use crate::follow::Request;
use crate::model::{ShardId, StreamArn};
use crate::query::Filter;
use crate::store::{Page, RecordId};

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
    /// Starts the search for an item's records; an older one is obsolete.
    Trace(TraceJob),
    CancelTrace,
    /// Asks which steps of a history touched an attribute.
    Sift(SiftJob),
    /// Whether clicks and the wheel are ours or the terminal's.
    CaptureMouse(bool),
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

/// A record to be laid out off the thread of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct LayOutJob {
    /// By which its answer is known.
    pub number: u32,
    pub mode: Mode,
    pub subject: Subject,
}
