//! The changes one after another, each at its path.

use super::{Alignment, Difference, ItemDiff, ListDiff, MapDiff, ValueChange};
use crate::model::path::{Path, Step};

/// One change and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<'d, 'v> {
    /// Where it is in the new item; of what was removed, where it was in the old one.
    pub path: Path<'v>,
    /// Where it was in the old item, if elsewhere: elements of lists move.
    pub old_path: Option<Path<'v>>,
    /// It lies in a list whose elements were matched by index only.
    pub by_index: bool,
    pub change: &'d ValueChange<'v>,
}

/// How many changes of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub added: usize,
    pub removed: usize,
    /// With another value, type or members.
    pub changed: usize,
    /// Numbers written differently, which are no changes to DynamoDB.
    pub rewritten: usize,
}

impl<'v> ItemDiff<'v> {
    /// All changes, in the order of their paths.
    pub fn changes<'d>(&'d self) -> Vec<Change<'d, 'v>> {
        let mut walk = Walk::default();
        walk.map(&self.attributes);
        walk.changes
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        count_map(&self.attributes, &mut counts);
        counts
    }

    /// Whether numbers written differently are all there is.
    pub fn is_only_rewritten(&self) -> bool {
        let Counts { added, removed, changed, .. } = self.counts();
        added + removed + changed == 0
    }
}

fn count_map(map: &MapDiff<'_>, counts: &mut Counts) {
    map.entries.iter().for_each(|(_, difference)| count(difference, counts));
}

fn count(difference: &Difference<'_>, counts: &mut Counts) {
    match difference {
        Difference::Map(map) => count_map(map, counts),
        Difference::List(list) => list.elements.iter().for_each(|element| count(&element.difference, counts)),
        Difference::Value(ValueChange::Added { .. }) => counts.added += 1,
        Difference::Value(ValueChange::Removed { .. }) => counts.removed += 1,
        Difference::Value(ValueChange::Rewritten { .. }) => counts.rewritten += 1,
        Difference::Value(_) => counts.changed += 1,
    }
}

#[derive(Default)]
struct Walk<'d, 'v> {
    old_path: Path<'v>,
    new_path: Path<'v>,
    by_index: bool,
    changes: Vec<Change<'d, 'v>>,
}

impl<'d, 'v> Walk<'d, 'v> {
    fn map(&mut self, map: &'d MapDiff<'v>) {
        for (name, difference) in &map.entries {
            let step = Step::Name((*name).into());
            self.step(step.clone(), step, difference);
        }
    }

    fn list(&mut self, list: &'d ListDiff<'v>) {
        let around = self.by_index;
        self.by_index |= list.alignment == Alignment::ByIndex;
        for element in &list.elements {
            let (old, new) = (Step::Index(element.old_index), Step::Index(element.new_index));
            self.step(old, new, &element.difference);
        }
        self.by_index = around;
    }

    fn step(&mut self, old: Step<'v>, new: Step<'v>, difference: &'d Difference<'v>) {
        self.old_path.push(old);
        self.new_path.push(new);
        match difference {
            Difference::Map(map) => self.map(map),
            Difference::List(list) => self.list(list),
            Difference::Value(change) => self.value(change),
        }
        self.old_path.pop();
        self.new_path.pop();
    }

    fn value(&mut self, change: &'d ValueChange<'v>) {
        let is_removed = change.new_value().is_none();
        let path = if is_removed { &self.old_path } else { &self.new_path };
        let has_moved = !is_removed && change.old_value().is_some() && self.old_path != self.new_path;
        let old_path = has_moved.then(|| self.old_path.clone());
        let path = path.clone();
        self.changes.push(Change { path, old_path, by_index: self.by_index, change });
    }
}
