//! The family tree of a stream's shards: who comes after whom.

use std::collections::BTreeMap;

use super::sequence_number::SequenceNumber;
use super::shard::{Shard, ShardId};

/// All shards of a stream that were ever listed, as parents and children.
///
/// Pages of DescribeStream are no consistent snapshot: they are merged as they come, and nothing
/// that was learned is unlearned by a page that lacks it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    shards: BTreeMap<ShardId, Shard>,
    children: BTreeMap<ShardId, Vec<ShardId>>,
}

/// What a listed shard taught us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    New,
    /// It was known, and has closed or found its parent since.
    Changed,
    Same,
    /// It names itself or a descendant of its own as parent. It is kept, without that parent.
    Cycle,
}

/// A shard's place in the drawn tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    pub shard: ShardId,
    /// Splits above it. A rollover (an only child) stays in its parent's column.
    pub depth: usize,
    /// It goes on where its parent, the row above, ended.
    pub continues: bool,
    pub children: usize,
}

impl Lineage {
    pub fn merge(&mut self, shard: Shard) -> Merged {
        let Some(known) = self.shards.get(&shard.id) else {
            return self.insert(shard);
        };
        let ending = known.ending.clone().or(shard.ending);
        let starting = known.starting.clone().or(shard.starting);
        let adopts = known.parent.is_none() && shard.parent.is_some();
        if known.ending == ending && known.starting == starting && !adopts {
            return Merged::Same;
        }
        let parent = if adopts { shard.parent } else { known.parent.clone() };
        self.remove_child(&shard.id);
        match self.insert(Shard { id: shard.id, parent, starting, ending }) {
            Merged::Cycle => Merged::Cycle,
            Merged::New | Merged::Changed | Merged::Same => Merged::Changed,
        }
    }

    fn insert(&mut self, mut shard: Shard) -> Merged {
        let cycle = shard.parent.as_ref().is_some_and(|parent| self.descends(parent, &shard.id));
        if cycle {
            shard.parent = None;
        }
        if let Some(parent) = &shard.parent {
            let siblings = self.children.entry(parent.clone()).or_default();
            if let Err(place) = siblings.binary_search(&shard.id) {
                siblings.insert(place, shard.id.clone());
            }
        }
        self.shards.insert(shard.id.clone(), shard);
        if cycle { Merged::Cycle } else { Merged::New }
    }

    fn remove_child(&mut self, id: &ShardId) {
        let parent = self.shards.get(id).and_then(|shard| shard.parent.as_ref());
        let Some(parent) = parent else { return };
        if let Some(siblings) = self.children.get_mut(parent) {
            siblings.retain(|sibling| sibling != id);
            if siblings.is_empty() {
                self.children.remove(parent);
            }
        }
    }

    /// Forgets a shard whose data is gone. Its children become roots.
    pub fn forget(&mut self, id: &ShardId) {
        self.remove_child(id);
        self.shards.remove(id);
    }

    pub fn get(&self, id: &ShardId) -> Option<&Shard> {
        self.shards.get(id)
    }

    pub fn len(&self) -> usize {
        self.shards.len()
    }

    pub fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    /// Every shard, in the order of the ids: with the service's ids, the order of creation.
    pub fn shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.values()
    }

    /// The listed children: none, one after a rollover, two after a split.
    pub fn children_of(&self, id: &ShardId) -> &[ShardId] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// The parent, if it is listed. One whose records are trimmed is absent: it is done.
    pub fn parent_of(&self, id: &ShardId) -> Option<&ShardId> {
        let parent = self.shards.get(id)?.parent.as_ref()?;
        self.shards.contains_key(parent).then_some(parent)
    }

    /// Closed shards get no more records. A listed child proves it before the ending is listed.
    pub fn is_closed(&self, id: &ShardId) -> bool {
        !self.children_of(id).is_empty() || self.ending_of(id).is_some()
    }

    pub fn ending_of(&self, id: &ShardId) -> Option<&SequenceNumber> {
        self.shards.get(id)?.ending.as_ref()
    }

    pub fn roots(&self) -> impl Iterator<Item = &ShardId> {
        self.shards.keys().filter(|id| self.parent_of(id).is_none())
    }

    /// Whether `id` is `ancestor` or comes after it.
    pub fn descends(&self, id: &ShardId, ancestor: &ShardId) -> bool {
        let mut at = Some(id);
        while let Some(shard) = at {
            if shard == ancestor {
                return true;
            }
            at = self.shards.get(shard).and_then(|shard| shard.parent.as_ref());
        }
        false
    }

    /// The tree as it is drawn: every shard once, below its parent.
    pub fn rows(&self) -> Vec<TreeRow> {
        let mut rows = Vec::with_capacity(self.shards.len());
        // A stack, not recursion: a lineage can be thousands of shards deep.
        let mut stack: Vec<(&ShardId, usize, bool)> = self.roots().map(|root| (root, 0, false)).collect();
        stack.reverse();
        while let Some((id, depth, continues)) = stack.pop() {
            let children = self.children_of(id);
            let split = children.len() > 1;
            let below = if split { depth + 1 } else { depth };
            stack.extend(children.iter().rev().map(|child| (child, below, !split)));
            rows.push(TreeRow { shard: id.clone(), depth, continues, children: children.len() });
        }
        rows
    }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn shard(id: &str, parent: Option<&str>) -> Shard {
        Shard { id: ShardId::new(id), parent: parent.map(ShardId::new), starting: None, ending: None }
    }

    fn lineage(shards: &[(&str, Option<&str>)]) -> Lineage {
        let mut lineage = Lineage::default();
        for (id, parent) in shards {
            lineage.merge(shard(id, *parent));
        }
        lineage
    }

    fn drawn(lineage: &Lineage) -> Vec<String> {
        let row = |row: TreeRow| {
            format!("{}{}{}", " ".repeat(row.depth), if row.continues { "|" } else { "" }, row.shard)
        };
        lineage.rows().into_iter().map(row).collect()
    }

    #[test]
    fn only_a_split_indents() {
        let lineage =
            lineage(&[("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("b")), ("e", Some("d"))]);
        assert_eq!(drawn(&lineage), ["a", "|b", " c", " d", " |e"]);
    }

    #[test]
    fn a_child_listed_before_its_parent_moves_below_it() {
        let mut lineage = lineage(&[("b", Some("a"))]);
        assert_eq!(lineage.parent_of(&ShardId::new("b")), None);
        lineage.merge(shard("a", None));
        assert_eq!(drawn(&lineage), ["a", "|b"]);
    }

    #[test]
    fn a_parent_with_a_child_is_closed_before_its_ending_is_listed() {
        let mut lineage = lineage(&[("a", None)]);
        assert!(!lineage.is_closed(&ShardId::new("a")));
        assert_eq!(lineage.merge(shard("b", Some("a"))), Merged::New);
        assert!(lineage.is_closed(&ShardId::new("a")));
    }

    #[test]
    fn cycles_are_broken() {
        let mut lineage = lineage(&[("a", Some("b"))]);
        assert_eq!(lineage.merge(shard("b", Some("a"))), Merged::Cycle);
        assert_eq!(lineage.merge(shard("c", Some("c"))), Merged::Cycle);
        assert_eq!(drawn(&lineage), ["b", "|a", "c"]);
    }

    #[test]
    fn nothing_is_unlearned() {
        let mut lineage = lineage(&[("a", None), ("b", Some("a"))]);
        let closed = Shard { ending: Some(SequenceNumber::new("9")), ..shard("b", Some("a")) };
        assert_eq!(lineage.merge(closed), Merged::Changed);
        assert_eq!(lineage.merge(shard("b", None)), Merged::Same);
        assert_eq!(lineage.ending_of(&ShardId::new("b")), Some(&SequenceNumber::new("9")));
        assert_eq!(drawn(&lineage), ["a", "|b"]);
    }

    proptest! {
        #[test]
        fn every_shard_is_drawn_once_below_its_parent(
            edges in prop::collection::vec((0_u8..30, prop::option::of(0_u8..30)), 0..60)
        ) {
            let mut lineage = Lineage::default();
            for (id, parent) in &edges {
                let parent = parent.map(|parent| format!("s{parent:02}"));
                lineage.merge(shard(&format!("s{id:02}"), parent.as_deref()));
            }
            let mut seen = BTreeSet::new();
            for row in lineage.rows() {
                let below_parent = lineage.parent_of(&row.shard).is_none_or(|parent| seen.contains(parent));
                prop_assert!(below_parent);
                prop_assert!(seen.insert(row.shard));
            }
            prop_assert_eq!(seen.len(), lineage.len());
        }
    }
}
