//! Sets differ in their members, never in their order.

use std::cmp::Ordering;

use crate::model::attribute::{AttributeValue, NumberMember, sorted, sorted_numbers};

/// The members that a set lost and gained, each in the set's own order: texts by their bytes,
/// numbers by value, binary values by their base64.
///
/// A number of a set that is merely written differently is the same member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetChange<'v> {
    pub old: &'v AttributeValue<'v>,
    pub new: &'v AttributeValue<'v>,
    pub removed: Vec<&'v str>,
    pub added: Vec<&'v str>,
    /// How many members are in both.
    pub kept: usize,
}

impl SetChange<'_> {
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

/// `None` where the two are not sets of the same type.
pub(super) fn sets<'v>(old: &'v AttributeValue<'v>, new: &'v AttributeValue<'v>) -> Option<SetChange<'v>> {
    use AttributeValue::{Bs, Ns, Ss};
    let mut set = SetChange { old, new, removed: vec![], added: vec![], kept: 0 };
    match (old, new) {
        (Ss(a), Ss(b)) => set.merge(&sorted(a), &sorted(b), |member| member.as_ref()),
        (Bs(a), Bs(b)) => set.merge(&sorted(a), &sorted(b), |member| member.as_str()),
        (Ns(a), Ns(b)) => {
            set.merge(&sorted_numbers(a), &sorted_numbers(b), |member: NumberMember<'v>| member.text);
        }
        _ => return None,
    }
    Some(set)
}

impl<'v> SetChange<'v> {
    fn merge<T: Ord + Copy>(&mut self, old: &[T], new: &[T], text: impl Fn(T) -> &'v str) {
        let (mut old, mut new) = (old, new);
        loop {
            let order = match (old.first(), new.first()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.cmp(new),
            };
            let removed = if order.is_le() { old.split_off_first() } else { None };
            let added = if order.is_ge() { new.split_off_first() } else { None };
            if order.is_eq() {
                self.kept += 1;
                continue;
            }
            self.removed.extend(removed.copied().map(&text));
            self.added.extend(added.copied().map(&text));
        }
    }
}
