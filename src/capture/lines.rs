//! Entries as the lines of a capture.

use std::sync::Arc;

use crate::journal::{Entry, StreamFact};
use crate::model::{ShardId, StreamArn};
use crate::output::jsonl;
use crate::store::Page;

/// Appends the lines of an entry.
pub fn write(out: &mut Vec<u8>, entry: &Entry) {
    match entry {
        Entry::Stream(StreamFact { stream, status, view_type, key_names }) => {
            jsonl::stream(out, stream, status, view_type, key_names);
        }
        Entry::Shard { stream, shard } => jsonl::shard(out, stream, shard),
        Entry::Page { stream, shard, page } => write_page(out, stream, shard, page),
        Entry::Gap { stream, gap } => jsonl::gap(out, stream, gap),
        Entry::Marker(marker) => jsonl::marker(out, marker),
    }
}

/// The one place where records come into a capture.
fn write_page(out: &mut Vec<u8>, stream: &StreamArn, shard: &ShardId, page: &Arc<Page>) {
    for record in page.records() {
        jsonl::record(out, stream, shard, record);
    }
    for poison in page.poison() {
        jsonl::poison(out, stream, shard, page, poison);
    }
}
