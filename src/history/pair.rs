//! Two images of an item as one record, so that whatever shows a record shows their difference.

use crate::model::EventName;
use crate::store::{Envelope, Facts, Flags, Page, RecordRef, RecordSpan, Span};

/// The item at two moments, as DynamoDB JSON; absent where there was none, or none is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images<'a> {
    pub old: Option<&'a str>,
    pub new: Option<&'a str>,
    pub event: EventName,
}

impl<'a> Images<'a> {
    /// From the item as one record left it to the item as another one did.
    pub fn between(earlier: RecordRef<'a>, later: RecordRef<'a>) -> Self {
        let is_gone = |record: RecordRef<'_>| record.event() == EventName::Remove;
        let event = match (is_gone(earlier), is_gone(later)) {
            (true, false) => EventName::Insert,
            (false, true) => EventName::Remove,
            (true, true) | (false, false) => EventName::Modify,
        };
        Self { old: earlier.new_image(), new: later.new_image(), event }
    }

    /// From the item as one record left it to the item as the next one found it: what nobody saw.
    pub fn unseen(earlier: RecordRef<'a>, later: RecordRef<'a>) -> Self {
        let event = match (earlier.event(), later.event()) {
            (EventName::Remove, _) => EventName::Insert,
            (_, EventName::Insert) => EventName::Remove,
            _ => EventName::Modify,
        };
        Self { old: earlier.new_image(), new: later.old_image(), event }
    }
}

/// A page with one record of these images. All else is as in `like`.
///
/// `None` where the two are too long for one page.
pub fn pair(images: Images<'_>, like: RecordRef<'_>) -> Option<Page> {
    let mut text = String::new();
    let mut put = |part: Option<&str>| {
        let from = text.len();
        text.push_str(part.unwrap_or_default());
        Span::new(from..text.len())
    };
    let mut span = RecordSpan {
        keys: put(like.keys())?,
        new_image: put(images.new)?,
        old_image: put(images.old)?,
        sequence_number: put(Some(like.sequence_number()))?,
        event_id: put(Some(like.event_id()))?,
        record: Span::default(),
    };
    span.record = Span::new(0..text.len())?;
    let facts = Facts { time: like.time(), size_bytes: None, event: images.event, flags: Flags::default() };
    let envelope: Envelope = like.common_envelope().clone();
    Some(Page::new(&text, vec![span], vec![facts], envelope, vec![]))
}
