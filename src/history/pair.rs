//! Two images of an item as one record, so that whatever shows a record shows their difference.

use crate::model::EventName;
use crate::store::{Envelope, Facts, Page, RecordRef, RecordSpan, Span};

/// A page with one record, from the item as `old` left it to the item as `new` left it. What is
/// known of `new` beside the images (its keys, time and number) is the record's.
///
/// `None` where the two are too long for one page.
pub fn pair(old: Option<RecordRef<'_>>, new: RecordRef<'_>) -> Option<Page> {
    let was = old.and_then(RecordRef::new_image);
    let is = new.new_image();
    let event = match (was, is) {
        (None, Some(_)) if old.is_none_or(|old| old.event() == EventName::Remove) => EventName::Insert,
        (Some(_), None) if new.event() == EventName::Remove => EventName::Remove,
        _ => EventName::Modify,
    };
    let mut text = String::new();
    let mut put = |part: Option<&str>| {
        let from = text.len();
        text.push_str(part.unwrap_or_default());
        Span::new(from..text.len())
    };
    let mut span = RecordSpan {
        keys: put(new.keys())?,
        new_image: put(is)?,
        old_image: put(was)?,
        sequence_number: put(Some(new.sequence_number()))?,
        event_id: put(Some(new.event_id()))?,
        record: Span::default(),
    };
    span.record = Span::new(0..text.len())?;
    let facts =
        Facts { time: new.time(), size_bytes: None, event, flags: crate::store::page::Flags::default() };
    let envelope: Envelope = new.common_envelope().clone();
    Some(Page::new(&text, vec![span], vec![facts], envelope, vec![]))
}
