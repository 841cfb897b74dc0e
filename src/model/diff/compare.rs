//! Walks two items side by side.

use std::cmp::Ordering;

use super::{Difference, MapDiff, ValueChange, list, set};
use crate::model::attribute::{AttributeValue, Item};
use crate::model::decimal::same_number;

/// Both lists of names are sorted, so one pass finds what is in either or in both.
pub(super) fn maps<'v>(old: &'v Item<'v>, new: &'v Item<'v>) -> MapDiff<'v> {
    let mut entries = vec![];
    let (mut olds, mut news) = (old.attributes(), new.attributes());
    loop {
        let order = match (olds.first(), news.first()) {
            (None, None) => return MapDiff { entries },
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        let removed = if order.is_le() { olds.split_off_first() } else { None };
        let added = if order.is_ge() { news.split_off_first() } else { None };
        let (name, difference) = match (removed, added) {
            (Some((name, old)), Some((_, new))) => (name, values(old, new)),
            (Some((name, old)), None) => (name, Some(Difference::Value(ValueChange::Removed { old }))),
            (None, Some((name, new))) => (name, Some(Difference::Value(ValueChange::Added { new }))),
            (None, None) => return MapDiff { entries },
        };
        entries.extend(difference.map(|difference| (name.as_ref(), difference)));
    }
}

/// How two values differ; `None` where they are the same.
pub(super) fn values<'v>(old: &'v AttributeValue<'v>, new: &'v AttributeValue<'v>) -> Option<Difference<'v>> {
    use AttributeValue::{L, M, N, Unknown};
    if old.attribute_type() != new.attribute_type() {
        return Some(Difference::Value(ValueChange::Retyped { old, new }));
    }
    match (old, new) {
        (M(old), M(new)) => {
            let map = maps(old, new);
            (!map.entries.is_empty()).then_some(Difference::Map(map))
        }
        (L(old), L(new)) => list::lists(old, new).map(Difference::List),
        (N(a), N(b)) if a != b && same_number(a, b) => {
            Some(Difference::Value(ValueChange::Rewritten { old, new }))
        }
        (Unknown { type_name: a, .. }, Unknown { type_name: b, .. }) if a != b => {
            Some(Difference::Value(ValueChange::Retyped { old, new }))
        }
        _ if old == new => None,
        _ => match set::sets(old, new) {
            Some(set) => (!set.is_empty()).then_some(Difference::Value(ValueChange::Set(set))),
            None => Some(Difference::Value(ValueChange::Changed { old, new })),
        },
    }
}
