//! What leaves the explorer: texts for the clipboard and files, made off the thread of the screen.

mod copy;
mod write;

pub use copy::{Copy, CopyError, copied, copy};
pub use write::{Tally, WriteError, write, written};

use crate::model::{AttributeValue, Item, parse_item};
use crate::store::RecordRef;

/// The item of a record: after it, or before it where there is no image of that; else its keys.
fn item(record: RecordRef<'_>) -> Option<Item<'_>> {
    let json = record.new_image().or(record.old_image()).or(record.keys())?;
    parse_item(json.as_bytes()).ok()
}

/// A value as people paste it: texts and numbers as they are, binary as base64, others as JSON.
fn value_text(value: &AttributeValue<'_>) -> String {
    if let AttributeValue::S(text) | AttributeValue::N(text) = value {
        return text.clone().into_owned();
    }
    if let AttributeValue::B(bytes) = value {
        return bytes.as_str().to_owned();
    }
    let item: Item<'_> = vec![("v".into(), value.clone())].into();
    let mut json = String::new();
    crate::model::plain::write_plain(&item, &mut json);
    json.strip_prefix("{\"v\":").and_then(|json| json.strip_suffix('}')).unwrap_or_default().to_owned()
}
