//! One record of an item: what it says of the item before and after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::item_key::Matcher;
use crate::model::attribute::fingerprint_of;
use crate::model::{AttributeValue, EventName, Item, Path, ShardId, Time, parse_item};
use crate::store::{Page, RecordRef};

/// What a record says of the item at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// There was no item.
    Absent,
    /// There was one; the stream has no image of it, or it cannot be read.
    Exists,
    /// The fingerprint of the image: the same for images that DynamoDB calls equal, and for nearly
    /// no others.
    Image(u64),
}

impl Side {
    fn of(image: Option<&str>, is_absent: bool) -> Self {
        let item = image.and_then(|image| parse_item(image.as_bytes()).ok());
        match item {
            Some(item) => Self::Image(fingerprint_of(&item)),
            None if is_absent => Self::Absent,
            None => Self::Exists,
        }
    }

    /// Whether the item cannot have been both: something happened between the two.
    pub fn contradicts(self, later: Self) -> bool {
        match (self, later) {
            (Self::Image(before), Self::Image(after)) => before != after,
            (before, after) => (before == Self::Absent) != (after == Self::Absent),
        }
    }
}

/// Whether a record changed an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    Yes,
    No,
    /// An image that would tell does not exist.
    Unknown,
}

/// One record of the item. It keeps the bytes of its record, and of those beside it that are the
/// same item's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Given by the history that it is put into; 0 before.
    pub(super) id: u64,
    pub shard: ShardId,
    page: Arc<Page>,
    slot: usize,
    pub before: Side,
    pub after: Side,
}

impl Step {
    fn new(shard: ShardId, page: Arc<Page>, slot: usize) -> Self {
        let record = page.record(slot);
        let event = record.event();
        let before = Side::of(record.old_image(), event == EventName::Insert);
        let after = Side::of(record.new_image(), event == EventName::Remove);
        Self { id: 0, shard, page, slot, before, after }
    }

    /// What tells the steps of one history apart, however they are ordered.
    pub fn id(&self) -> u64 {
        self.id
    }

    pub fn record(&self) -> RecordRef<'_> {
        self.page.record(self.slot)
    }

    pub fn time(&self) -> Option<Time> {
        self.record().time()
    }

    /// Bytes that it keeps, without those of others.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.record().json().len()
    }

    /// Whether it changed what is at a path, as DynamoDB compares values.
    pub fn touches(&self, path: &Path<'_>) -> Touch {
        let record = self.record();
        let (Some(old), Some(new)) = (
            known(record.old_image(), self.before == Side::Absent),
            known(record.new_image(), self.after == Side::Absent),
        ) else {
            return Touch::Unknown;
        };
        let is_same = match (old.at(path), new.at(path)) {
            (None, None) => true,
            (Some(old), Some(new)) => old.same_as(new),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if is_same { Touch::No } else { Touch::Yes }
    }

    /// What was at a path before and after, in words made by `say`; absent where nothing was, or
    /// where no image tells.
    pub fn values_at<T>(
        &self,
        path: &Path<'_>,
        say: impl Fn(&AttributeValue<'_>) -> T,
    ) -> (Option<T>, Option<T>) {
        let record = self.record();
        let value = |image: Option<&str>| {
            let item = parse_item(image?.as_bytes()).ok()?;
            item.at(path).map(&say)
        };
        (value(record.old_image()), value(record.new_image()))
    }
}

/// The item of an image; empty where it is known that there was none.
fn known(image: Option<&str>, is_absent: bool) -> Option<Item<'_>> {
    match image {
        Some(image) => parse_item(image.as_bytes()).ok(),
        None => is_absent.then(Item::default),
    }
}

/// The records of a page that are of one item, in the page's order. Poison is of nobody's.
pub fn gather(page: &Page, shard: &ShardId, key: &Matcher<'_>) -> Vec<Step> {
    let is_its = |keys: &str| key.is_key(keys);
    let slots: Vec<usize> = page
        .records()
        .enumerate()
        .filter(|(_, record)| record.keys().is_some_and(is_its))
        .map(|(slot, _)| slot)
        .collect();
    if slots.is_empty() {
        return vec![];
    }
    let own = Arc::new(page.only(&slots));
    (0..own.len()).map(|slot| Step::new(shard.clone(), Arc::clone(&own), slot)).collect()
}

/// Steps by what tells records of one stream apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    numbers: BTreeMap<ShardId, std::collections::BTreeSet<Box<str>>>,
}

impl Known {
    /// Whether the record is new. One without a sequence number always is.
    pub(super) fn insert(&mut self, step: &Step) -> bool {
        let number = step.record().sequence_number();
        number.is_empty() || self.numbers.entry(step.shard.clone()).or_default().insert(number.into())
    }

    pub(super) fn remove(&mut self, step: &Step) {
        if let Some(numbers) = self.numbers.get_mut(&step.shard) {
            numbers.remove(step.record().sequence_number());
        }
    }
}
