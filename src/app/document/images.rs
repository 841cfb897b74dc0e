//! What a record holds of its item, and what of it does not exist.

use super::DocumentRow;
use crate::model::{EventName, Item, ItemError, parse_item};
use crate::store::RecordRef;

type Parsed<'a> = Result<Item<'a>, ItemError>;

/// The images of a record, parsed.
pub struct Images<'a> {
    event: EventName,
    view_type: &'a str,
    pub keys: Option<Parsed<'a>>,
    pub old: Option<Parsed<'a>>,
    pub new: Option<Parsed<'a>>,
}

/// What can be shown of a change.
pub enum Known<'i, 'a> {
    /// Both sides; of an insert and a remove one of them is empty.
    Both(&'i Item<'a>, &'i Item<'a>),
    /// The item at one time: what changed is not known, and why.
    One { why: String, when: &'static str, item: &'i Item<'a>, is_old: bool },
    /// Nothing that can be read.
    Nothing { why: String },
}

impl<'a> Images<'a> {
    pub fn of(record: RecordRef<'a>) -> Self {
        let parsed = |json: Option<&'a str>| json.map(|json| parse_item(json.as_bytes()));
        Self {
            event: record.event(),
            view_type: &record.common_envelope().stream_view_type,
            keys: parsed(record.keys()),
            old: parsed(record.old_image()),
            new: parsed(record.new_image()),
        }
    }

    pub fn known(&self) -> Known<'_, 'a> {
        let (old, new) = match (&self.old, &self.new) {
            (Some(Err(error)), _) => return Known::Nothing { why: unreadable("old image", error) },
            (_, Some(Err(error))) => return Known::Nothing { why: unreadable("new image", error) },
            (old, new) => (readable(old.as_ref()), readable(new.as_ref())),
        };
        match (old, new) {
            (Some(old), Some(new)) => return Known::Both(old, new),
            (Some(old), None) if self.event == EventName::Remove => return Known::Both(old, Item::none()),
            (None, Some(new)) if self.event == EventName::Insert => return Known::Both(Item::none(), new),
            _ => {}
        }
        let why = self.missing();
        match (old, new, readable(self.keys.as_ref())) {
            (Some(item), ..) => Known::One { why, when: "before", item, is_old: true },
            (_, Some(item), _) => Known::One { why, when: "now", item, is_old: false },
            (.., Some(item)) => Known::One { why, when: "keys", item, is_old: false },
            _ => Known::Nothing { why },
        }
    }

    /// Whether an image that this event should have brought does not exist.
    pub fn lacks_one(&self) -> bool {
        let (has_old, has_new) = (self.old.is_some(), self.new.is_some());
        match self.event {
            EventName::Insert => !has_new,
            EventName::Remove => !has_old,
            EventName::Modify | EventName::Unknown => !has_old || !has_new,
        }
    }

    /// Which image does not exist, and what follows from it.
    pub fn missing(&self) -> String {
        let stream = if self.view_type.is_empty() { "This stream" } else { self.view_type };
        match (self.old.is_some(), self.new.is_some()) {
            (false, true) => format!("{stream}: there is no old image, so what changed is not known."),
            (true, false) => format!("{stream}: there is no new image, so what changed is not known."),
            _ => match self.event {
                EventName::Insert => {
                    format!("{stream}: there is no new image, so what was inserted is not known.")
                }
                EventName::Remove => {
                    format!("{stream}: there is no old image, so what was removed is not known.")
                }
                EventName::Modify | EventName::Unknown => {
                    format!("{stream}: there is neither image, so only the keys are known.")
                }
            },
        }
    }

    /// Where the missing image may still be found.
    pub fn remedy(&self) -> Option<DocumentRow> {
        // What was removed is in no table any more.
        (self.new.is_none() && self.event != EventName::Remove).then(|| {
            DocumentRow::note("y g copies a get-item command for the item as it is now in the table.")
        })
    }
}

fn readable<'i, 'a>(image: Option<&'i Parsed<'a>>) -> Option<&'i Item<'a>> {
    image.and_then(|image| image.as_ref().ok())
}

pub fn unreadable(what: &str, why: &ItemError) -> String {
    format!("The {what} cannot be read: {why}")
}
