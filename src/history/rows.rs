//! The history of one item, row by row.

use std::collections::BTreeSet;

use super::extent::Extent;
use super::order::{Entry, Missing, order};
use super::step::{Known, Side, Step, Touch};
use crate::model::{Gap, Lineage, SequenceNumber, ShardId, Time};

/// More steps are not kept: the oldest leave.
pub const MAX_STEPS: usize = 10_000;
/// Nor more than about so many bytes of records.
pub const MAX_BYTES: usize = 64 << 20;

/// One row of the history, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    Step(&'a Step),
    /// Records of its shard, perhaps of the item, were not seen here.
    Missing(&'a Missing),
    /// The item was not as the first record left it when the second one came.
    Broken(&'a Step, &'a Step),
    /// The oldest records found left for the budget's sake: so many.
    Dropped(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// An index into the entries.
    Entry(usize),
    /// Indices of the two between which the chain is broken.
    Broken(usize, usize),
    Dropped,
}

/// All records held of one item, and the gaps of its lineage.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In their order.
    entries: Vec<Entry>,
    lines: Vec<Line>,
    /// Of the whole stream: which of them are the item's changes as its records are found.
    missing: Vec<Missing>,
    family: Family,
    known: Known,
    next_id: u64,
    bytes: usize,
    dropped: u64,
}

impl History {
    /// Takes in records of the item, in any order, and says which were new: their ids are from the
    /// one returned on. What is known already is left out.
    pub fn insert(&mut self, steps: Vec<Step>, lineage: &Lineage) -> u64 {
        let first = self.next_id + 1;
        for mut step in steps {
            if self.known.insert(&step) {
                self.next_id += 1;
                step.id = self.next_id;
                self.bytes += step.bytes();
                self.entries.push(Entry::Step(step));
            }
        }
        if self.next_id >= first {
            self.arrange(lineage);
            self.drop_oldest();
            self.lay_out();
        }
        first
    }

    /// Takes in a gap of the stream; it is a row where its shard has to do with the item.
    pub fn insert_gap(&mut self, gap: Gap, lineage: &Lineage) {
        let missing = Missing { shard: gap.shard, after: gap.after, gap: Some(gap.reason) };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
            self.rearrange(lineage);
        }
    }

    /// Says up to where the older records have been read, while they do not reach those held.
    pub fn set_unread(&mut self, unread: Option<(ShardId, Option<SequenceNumber>)>, lineage: &Lineage) {
        self.missing.retain(|missing| missing.gap.is_some());
        self.missing.extend(unread.map(|(shard, after)| Missing { shard: Some(shard), after, gap: None }));
        self.rearrange(lineage);
    }

    /// Orders anew after the lineage has changed.
    pub fn rearrange(&mut self, lineage: &Lineage) {
        self.arrange(lineage);
        self.lay_out();
    }

    fn arrange(&mut self, lineage: &Lineage) {
        self.entries.retain(|entry| matches!(entry, Entry::Step(_)));
        self.family = self.found_in(lineage);
        let is_its = |missing: &&Missing| {
            missing.shard.as_ref().is_none_or(|shard| self.family.concerns(shard, lineage))
        };
        let concerned = self.missing.iter().filter(is_its).cloned().map(Entry::Missing);
        self.entries.extend(concerned);
        self.entries = order(std::mem::take(&mut self.entries), lineage);
    }

    fn drop_oldest(&mut self) {
        let mut excess = self.entries.len().saturating_sub(MAX_STEPS);
        // The newest stays, whatever its size.
        let last = self.entries.len().saturating_sub(1);
        let mut bytes = self.bytes;
        for (at, entry) in self.entries[..last].iter().enumerate() {
            if bytes <= MAX_BYTES {
                break;
            }
            bytes -= entry.step().map_or(0, Step::bytes);
            excess = excess.max(at + 1);
        }
        for entry in self.entries.drain(..excess.min(last)) {
            if let Entry::Step(step) = entry {
                self.bytes -= step.bytes();
                self.known.remove(&step);
                self.dropped += 1;
            }
        }
    }

    fn lay_out(&mut self) {
        self.lines.clear();
        if self.dropped > 0 {
            self.lines.push(Line::Dropped);
        }
        // What the record above says of the item, while nothing else explains a difference.
        let mut after: Option<(usize, Side)> = None;
        for (at, entry) in self.entries.iter().enumerate() {
            if let (Some((above, after)), Some(step)) = (after, entry.step())
                && after.contradicts(step.before)
            {
                self.lines.push(Line::Broken(above, at));
            }
            after = entry.step().map(|step| (at, step.after));
            self.lines.push(Line::Entry(at));
        }
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        Some(match *self.lines.get(at)? {
            Line::Entry(at) => match self.entries.get(at)? {
                Entry::Step(step) => Row::Step(step),
                Entry::Missing(missing) => Row::Missing(missing),
            },
            Line::Broken(above, below) => {
                Row::Broken(self.entries.get(above)?.step()?, self.entries.get(below)?.step()?)
            }
            Line::Dropped => Row::Dropped(self.dropped),
        })
    }

    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|at| self.row(at))
    }

    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.entries.iter().filter_map(Entry::step)
    }

    pub fn step(&self, id: u64) -> Option<&Step> {
        self.steps().find(|step| step.id == id)
    }

    /// How often something was not seen: broken links of the chain, and gaps.
    pub fn unseen(&self) -> (usize, usize) {
        self.rows().fold((0, 0), |(broken, gaps), row| match row {
            Row::Broken(..) => (broken + 1, gaps),
            Row::Missing(Missing { gap: Some(_), .. }) => (broken, gaps + 1),
            Row::Step(_) | Row::Missing(_) | Row::Dropped(_) => (broken, gaps),
        })
    }

    /// The item as it was at a time: the last step not after it. `None` before the first.
    ///
    /// Steps without a time count as those before them.
    pub fn as_of(&self, time: Time) -> Option<&Step> {
        let later = self.steps().position(|step| step.time().is_some_and(|at| at > time));
        match later {
            Some(first) => self.steps().nth(first.checked_sub(1)?),
            None => self.steps().next_back(),
        }
    }

    /// Since when the rows are complete, given that all that came since `read_from` is among them:
    /// what was dropped, gaps and broken links come on top.
    pub fn extent(&self, read_from: Extent) -> Extent {
        let mut extent = read_from;
        let mut unseen = false;
        for row in self.rows() {
            match row {
                // All behind it is what was read from there on.
                Row::Missing(Missing { gap: None, .. }) => (extent, unseen) = (read_from, false),
                Row::Missing(_) | Row::Broken(..) | Row::Dropped(_) => unseen = true,
                Row::Step(step) if unseen => {
                    unseen = false;
                    extent = extent.and(step.time().map_or(Extent::Unknown, Extent::Since));
                }
                Row::Step(_) => {}
            }
        }
        if unseen { Extent::Unknown } else { extent }
    }

    /// The shards in which records of the item were found.
    pub fn shards(&self) -> Vec<ShardId> {
        let holders: BTreeSet<&ShardId> = self.steps().map(|step| &step.shard).collect();
        holders.into_iter().cloned().collect()
    }

    /// Which shards have to do with the item, as far as its records tell.
    pub fn family(&self) -> &Family {
        &self.family
    }

    fn found_in(&self, lineage: &Lineage) -> Family {
        let holders = self.shards();
        let is_last = |holder: &&ShardId| {
            !holders.iter().any(|other| other != *holder && lineage.descends(other, holder))
        };
        let last = holders.iter().filter(is_last).cloned().collect();
        Family { holders, last }
    }
}

/// The shards in which records of an item are, and the last of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    holders: Vec<ShardId>,
    last: Vec<ShardId>,
}

impl Family {
    /// Whether records of the item may be, or may have been, in a shard: it is above one that holds
    /// some, or below the last of these.
    pub fn concerns(&self, shard: &ShardId, lineage: &Lineage) -> bool {
        self.holders.iter().any(|holder| lineage.descends(holder, shard))
            || self.last.iter().any(|last| lineage.descends(shard, last))
    }
}

/// Whether a row has to do with an attribute that a step touched so.
pub fn is_about(row: Row<'_>, touch: impl Fn(&Step) -> Option<Touch>) -> bool {
    match row {
        Row::Step(step) => touch(step).is_some_and(|touch| touch != Touch::No),
        Row::Missing(_) | Row::Broken(..) | Row::Dropped(_) => true,
    }
}
