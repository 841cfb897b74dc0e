//! Records that follow each other in one shard become a page.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem::take;
use std::ops::Range;
use std::sync::Arc;

use super::seen::Seen;
use crate::journal::Entry;
use crate::model::escapes::unescape;
use crate::model::{ShardId, StreamArn};
use crate::source::wire::{Read, Rows};
use crate::store::{Page, Poison, Span};

/// Records of a page at most, as in an answer of the service.
const PAGE: usize = 1_000;
const PAGE_BYTES: usize = 1 << 20;

/// A record that cannot be understood, where it lies.
pub struct Unread<'a> {
    /// As they are in the quotes; empty where they are not known.
    pub stream: &'a str,
    pub shard: &'a str,
    pub index: usize,
    pub reason: String,
    pub range: Range<usize>,
}

/// The entries of a capture in their order, and the page that is being made.
#[derive(Default)]
pub struct Gather {
    entries: Vec<Entry>,
    /// What records are taken from.
    text: Arc<String>,
    rows: Rows,
    bytes: usize,
    /// Whose page it is.
    at: usize,
    origins: Origins,
    pub records: u64,
    pub repeated: u64,
}

impl Gather {
    /// Goes on with this text.
    pub fn begin(&mut self, text: Arc<String>) {
        self.text = text;
    }

    /// Takes in a record of the text, unless it was there already.
    pub fn record(&mut self, read: &Read, range: Range<usize>) {
        let text = &self.text;
        let at = self.origins.find(read.stream.of(text), read.shard.of(text));
        if !self.origins.all[at].seen.is_new(read.sequence_number.of(text)) {
            self.repeated += 1;
            self.flush();
            return;
        }
        if at != self.at || self.rows.len() >= PAGE || self.bytes >= PAGE_BYTES {
            self.flush();
            self.at = at;
        }
        self.records += 1;
        self.bytes += range.len();
        self.rows.keep(&self.text, read, Span::new(range));
    }

    /// Takes in what is a record and cannot be understood, in this text or another: a page of its own.
    pub fn poison(&mut self, text: &str, unread: Unread<'_>) {
        self.flush();
        self.at = self.origins.find(unread.stream, unread.shard);
        let span = Span::new(unread.range).unwrap_or_default();
        self.rows.poison.push(Poison::new(unread.index, unread.reason, span));
        let page = self.rows.page(text);
        self.hand_over(page);
    }

    /// Takes in something else that the capture says.
    pub fn entry(&mut self, entry: Entry) {
        self.flush();
        self.entries.push(entry);
    }

    /// No more comes of this text.
    pub fn end(&mut self) {
        self.flush();
        self.text = Arc::default();
    }

    /// Ends the page that is being made.
    fn flush(&mut self) {
        if self.rows.len() > 0 {
            self.bytes = 0;
            let page = self.rows.page_sharing(&self.text);
            self.hand_over(page);
        }
    }

    fn hand_over(&mut self, page: Page) {
        let Origin { stream, shard, .. } = &self.origins.all[self.at];
        let (stream, shard) = (stream.clone(), shard.clone());
        self.entries.push(Entry::Page { stream, shard, page: Arc::new(page) });
    }

    pub fn take(&mut self) -> Vec<Entry> {
        take(&mut self.entries)
    }
}

/// The shards whose records came.
#[derive(Default)]
struct Origins {
    all: Vec<Origin>,
    /// By stream and shard as they are in the quotes.
    known: HashMap<String, HashMap<String, usize>>,
    /// The one that was found last.
    last: usize,
}

struct Origin {
    /// As they are in the quotes.
    raw: (Box<str>, Box<str>),
    stream: StreamArn,
    shard: ShardId,
    seen: Seen,
}

impl Origins {
    fn find(&mut self, stream: &str, shard: &str) -> usize {
        let is_same = |origin: &Origin| *origin.raw.1 == *shard && *origin.raw.0 == *stream;
        if !self.all.get(self.last).is_some_and(is_same) {
            let known = self.known.get(stream).and_then(|shards| shards.get(shard)).copied();
            self.last = known.unwrap_or_else(|| self.add(stream, shard));
        }
        self.last
    }

    fn add(&mut self, stream: &str, shard: &str) -> usize {
        let at = self.all.len();
        self.all.push(Origin {
            raw: (stream.into(), shard.into()),
            stream: arn(&text_of(stream)),
            shard: ShardId::new(&text_of(shard)),
            seen: Seen::default(),
        });
        self.known.entry(stream.to_owned()).or_default().insert(shard.to_owned(), at);
        at
    }
}

/// The stream that a text names.
pub fn arn(text: &str) -> StreamArn {
    StreamArn::parse(text).unwrap_or_else(|_| StreamArn::foreign(text))
}

fn text_of(raw: &str) -> Cow<'_, str> {
    unescape(raw).unwrap_or(Cow::Borrowed(raw))
}
