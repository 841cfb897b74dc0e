//! What changed between two images of an item.

mod change;
mod compare;
mod list;
mod myers;
mod set;
mod text;

pub use change::{Change, Counts};
pub use list::MAX_ELEMENT_EDITS;
pub use set::SetChange;
pub use text::{MAX_MARKED_BYTES, TextMarks, differs_in_normalization_only, mark_text};

use super::attribute::{AttributeValue, Item};

/// The changes that make the new item out of the old one.
///
/// It has the form of the items, so that a view can walk all three together; `changes` lays it
/// out flat. It is empty where both hold the same: the order of a set's members is no change,
/// a number written differently is one, of its own kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemDiff<'v> {
    pub attributes: MapDiff<'v>,
}

/// The attributes in which two maps differ, in the order of their names' bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapDiff<'v> {
    pub entries: Vec<(&'v str, Difference<'v>)>,
}

/// The elements in which two lists differ, in order; those between them are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDiff<'v> {
    pub elements: Vec<ElementDiff<'v>>,
    pub alignment: Alignment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementDiff<'v> {
    /// Where it is in the old list; of an added one, before which old element it stands.
    pub old_index: usize,
    /// Where it is in the new list; of a removed one, before which new element it stood.
    pub new_index: usize,
    pub difference: Difference<'v>,
}

/// How the elements of two lists were matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// By their longest common subsequence: the smallest number of elements changed.
    CommonSubsequence,
    /// Between the common ends one by one in their order, because more than
    /// [`MAX_ELEMENT_EDITS`] elements were removed or added. A view should say so.
    ByIndex,
}

/// How one value differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference<'v> {
    /// Both are maps; what differs is inside.
    Map(MapDiff<'v>),
    /// Both are lists; what differs is inside.
    List(ListDiff<'v>),
    Value(ValueChange<'v>),
}

/// A change that is shown as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueChange<'v> {
    Added {
        new: &'v AttributeValue<'v>,
    },
    Removed {
        old: &'v AttributeValue<'v>,
    },
    /// The values have different types.
    Retyped {
        old: &'v AttributeValue<'v>,
        new: &'v AttributeValue<'v>,
    },
    /// The same number in another spelling (`1.0`, `1`): to DynamoDB no change at all.
    Rewritten {
        old: &'v AttributeValue<'v>,
        new: &'v AttributeValue<'v>,
    },
    /// The same type with another value. For strings see [`mark_text`], for binary values
    /// [`Base64::first_difference`](super::attribute::Base64::first_difference).
    Changed {
        old: &'v AttributeValue<'v>,
        new: &'v AttributeValue<'v>,
    },
    /// Both are sets of the same type.
    Set(SetChange<'v>),
}

/// What makes `new` out of `old`.
pub fn diff<'v>(old: &'v Item<'v>, new: &'v Item<'v>) -> ItemDiff<'v> {
    ItemDiff { attributes: compare::maps(old, new) }
}

impl ItemDiff<'_> {
    pub fn is_empty(&self) -> bool {
        self.attributes.entries.is_empty()
    }
}

impl<'v> ValueChange<'v> {
    pub fn old_value(&self) -> Option<&'v AttributeValue<'v>> {
        match self {
            Self::Added { .. } => None,
            Self::Removed { old }
            | Self::Retyped { old, .. }
            | Self::Rewritten { old, .. }
            | Self::Changed { old, .. } => Some(old),
            Self::Set(set) => Some(set.old),
        }
    }

    pub fn new_value(&self) -> Option<&'v AttributeValue<'v>> {
        match self {
            Self::Removed { .. } => None,
            Self::Added { new }
            | Self::Retyped { new, .. }
            | Self::Rewritten { new, .. }
            | Self::Changed { new, .. } => Some(new),
            Self::Set(set) => Some(set.new),
        }
    }
}

#[cfg(test)]
mod tests;
