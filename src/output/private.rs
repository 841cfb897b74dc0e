//! The one place where records become what others may see: all that is written of them afterwards is
//! made of that.

use crate::model::plain::write_dynamodb;
use crate::model::{StreamArn, parse_item};
use crate::privacy::Privacy;
use crate::source::wire::{self, Details, Identity, RecordsAnswer};
use crate::store::{Page, RecordRef};

/// The text of a record that cannot be understood, so that nobody can say what it would tell.
const WITHHELD: &str = "\"withheld: it cannot be understood, so it cannot be made private\"";
/// An image in which no attribute can be told from another.
const UNREADABLE: &str = "{}";

/// What was written of a page is not read back as it was written. Nothing of it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("records could not be made private, so they are not written; this is a fault of dynascope")]
pub struct NotPrivate;

/// The records of a page with their keys and images as a rule wants them, and no account. Poison
/// stays, without its text.
///
/// Sequence numbers, shards, event ids, times, sizes and the names of tables and attributes stay.
pub fn page(privacy: &Privacy, stream: &StreamArn, page: &Page) -> Result<Page, NotPrivate> {
    let stream = privacy.stream(stream);
    let mut out = b"{\"Records\":[".to_vec();
    // Poison stands behind the records in every view of a page.
    for at in 0..page.len() + page.poison().len() {
        if at > 0 {
            out.push(b',');
        }
        if at < page.len() {
            record(&mut out, privacy, &stream, page.record(at));
        } else {
            out.extend(WITHHELD.as_bytes());
        }
    }
    out.extend(b"]}");
    match wire::read_records(&out) {
        Ok(RecordsAnswer { page: private, .. }) if private.len() == page.len() => Ok(private),
        Ok(_) | Err(_) => Err(NotPrivate),
    }
}

fn record(out: &mut Vec<u8>, privacy: &Privacy, stream: &StreamArn, record: RecordRef<'_>) {
    let details = wire::details(record);
    let is_the_service = record.flags().ttl;
    let principal = details
        .identity
        .map(|it| if is_the_service { it.principal_id.to_owned() } else { privacy.text(it.principal_id) });
    let identity = details.identity.zip(principal.as_deref());
    let identity = identity.map(|(it, principal_id)| Identity { principal_id, ..it });
    super::jsonl::event_with(out, stream, record, Details { identity, ..details }, |out, image| {
        let Ok(item) = parse_item(image.as_bytes()) else { return out.extend(UNREADABLE.as_bytes()) };
        let mut text = String::with_capacity(image.len());
        write_dynamodb(&privacy.item(&item), &mut text);
        out.extend(text.as_bytes());
    });
}
