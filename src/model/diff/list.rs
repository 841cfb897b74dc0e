//! Lists by their longest common subsequence, under a cap.

use super::myers::{self, Hunk};
use super::{Alignment, Difference, ElementDiff, ListDiff, ValueChange, compare};
use crate::model::attribute::{AttributeValue, fingerprint};

type Value<'v> = AttributeValue<'v>;

/// How many elements may be removed or added, beside the common ends, for two lists to be
/// matched by their longest common subsequence: it bounds the work at (n + m) × 256 comparisons.
pub const MAX_ELEMENT_EDITS: usize = 256;

/// How many pairs of a removed and an added element are tried to find the most alike.
const MAX_PAIRS: usize = 1024;

/// `None` where the lists are the same.
pub(super) fn lists<'v>(old: &'v [Value<'v>], new: &'v [Value<'v>]) -> Option<ListDiff<'v>> {
    let shorter = old.len().min(new.len());
    let head = old.iter().zip(new).take_while(|(old, new)| old.same_as(new)).count();
    let tail = old.iter().rev().zip(new.iter().rev());
    let tail = tail.take(shorter - head).take_while(|(old, new)| old.same_as(new)).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);

    let mut comparison = Comparison::new(&old[head..old_end], &new[head..new_end]);
    let same = |i, j| comparison.same(i, j);
    let hunks = myers::hunks(old_end - head, new_end - head, MAX_ELEMENT_EDITS, same);
    let mut lists = Lists { old, new, at: (0, 0), elements: vec![] };
    let alignment = if let Some(hunks) = hunks {
        for Hunk { old: removed, new: added } in hunks {
            lists.keep_until(head + removed.start);
            lists.replace(removed.len(), added.len());
        }
        Alignment::CommonSubsequence
    } else {
        lists.keep_until(head);
        lists.pair_by_index(old_end - head, new_end - head);
        Alignment::ByIndex
    };
    lists.keep_until(old.len());
    (!lists.elements.is_empty()).then_some(ListDiff { elements: lists.elements, alignment })
}

/// Compares elements directly while few are compared, and by their fingerprints first once
/// each has been looked at: taking those is a walk over all elements.
struct Comparison<'v> {
    old: &'v [Value<'v>],
    new: &'v [Value<'v>],
    direct: usize,
    prints: Option<(Vec<u64>, Vec<u64>)>,
}

impl<'v> Comparison<'v> {
    fn new(old: &'v [Value<'v>], new: &'v [Value<'v>]) -> Self {
        Self { old, new, direct: old.len() + new.len(), prints: None }
    }

    fn same(&mut self, i: usize, j: usize) -> bool {
        if self.direct > 0 {
            self.direct -= 1;
            return self.old[i].same_as(&self.new[j]);
        }
        let (old, new) = (self.old, self.new);
        let taken = || (old.iter().map(fingerprint).collect(), new.iter().map(fingerprint).collect());
        let (old_prints, new_prints) = self.prints.get_or_insert_with(taken);
        old_prints[i] == new_prints[j] && old[i].same_as(&new[j])
    }
}

struct Lists<'v> {
    old: &'v [Value<'v>],
    new: &'v [Value<'v>],
    /// How far both lists are dealt with.
    at: (usize, usize),
    elements: Vec<ElementDiff<'v>>,
}

impl<'v> Lists<'v> {
    fn push(&mut self, difference: Difference<'v>) {
        let (old_index, new_index) = self.at;
        self.elements.push(ElementDiff { old_index, new_index, difference });
    }

    /// The elements that match: they can still hold numbers written differently.
    fn keep_until(&mut self, old_end: usize) {
        while self.at.0 < old_end {
            self.pair();
        }
    }

    fn pair(&mut self) {
        let (old, new) = self.at;
        if let Some(difference) = compare::values(&self.old[old], &self.new[new]) {
            self.push(difference);
        }
        self.at = (old + 1, new + 1);
    }

    fn remove(&mut self) {
        self.push(Difference::Value(ValueChange::Removed { old: &self.old[self.at.0] }));
        self.at.0 += 1;
    }

    fn add(&mut self) {
        self.push(Difference::Value(ValueChange::Added { new: &self.new[self.at.1] }));
        self.at.1 += 1;
    }

    fn pair_by_index(&mut self, removed: usize, added: usize) {
        let paired = removed.min(added);
        (0..paired).for_each(|_| self.pair());
        (paired..removed).for_each(|_| self.remove());
        (paired..added).for_each(|_| self.add());
    }

    /// Elements that were removed and others added in their place: those most alike are taken
    /// as changed, and diffed inside.
    fn replace(&mut self, removed: usize, added: usize) {
        if removed == added || removed * added == 0 || removed * added > MAX_PAIRS {
            return self.pair_by_index(removed, added);
        }
        let (old, new) = self.at;
        for step in most_alike(&self.old[old..old + removed], &self.new[new..new + added]) {
            match step {
                Replacement::Pair => self.pair(),
                Replacement::Remove => self.remove(),
                Replacement::Add => self.add(),
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replacement {
    Pair,
    Remove,
    Add,
}

/// Pairs two short runs in order so that the pairs are as alike as can be.
fn most_alike(old: &[Value<'_>], new: &[Value<'_>]) -> Vec<Replacement> {
    // best[i][j]: the most that can be had from old[i..] and new[j..].
    let mut best = vec![vec![0; new.len() + 1]; old.len() + 1];
    let mut alike = vec![vec![0; new.len()]; old.len()];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            alike[i][j] = likeness(&old[i], &new[j]);
            best[i][j] = (best[i + 1][j + 1] + alike[i][j]).max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let (mut i, mut j, mut steps) = (0, 0, vec![]);
    while i < old.len() || j < new.len() {
        let step = if i == old.len() {
            Replacement::Add
        } else if j == new.len() {
            Replacement::Remove
        } else if best[i][j] == best[i + 1][j + 1] + alike[i][j] {
            Replacement::Pair
        } else if best[i][j] == best[i + 1][j] {
            Replacement::Remove
        } else {
            Replacement::Add
        };
        i += usize::from(step != Replacement::Add);
        j += usize::from(step != Replacement::Remove);
        steps.push(step);
    }
    steps
}

/// How alike two different values are: more where more inside them is the same.
fn likeness(old: &Value<'_>, new: &Value<'_>) -> usize {
    const ALL: usize = 1_000;
    let share = |same: usize, of: usize| 10 + ALL * same / of.max(1);
    match (old, new) {
        (AttributeValue::M(old), AttributeValue::M(new)) => {
            let same = old.iter().filter(|(name, old)| new.get(name).is_some_and(|new| old.same_as(new)));
            share(same.count(), old.len().max(new.len()))
        }
        (AttributeValue::L(old), AttributeValue::L(new)) => {
            let same = old.iter().zip(new).filter(|(old, new)| old.same_as(new));
            share(same.count(), old.len().max(new.len()))
        }
        _ if old.attribute_type() == new.attribute_type() => share(0, 1),
        _ => 1,
    }
}
