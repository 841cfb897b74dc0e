//! The history of one item, row by row.

use super::extent::Extent;
use super::order::{Entry, order};
use super::step::{Known, Side, Step, Touch};
use crate::model::{EventName, Gap, Lineage, Path, ShardId, Time};

/// More steps are not kept: the oldest leave.
pub const MAX_STEPS: usize = 10_000;
/// Nor more than about so many bytes of records.
pub const MAX_BYTES: usize = 64 << 20;

/// One row of the history, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    Step(&'a Step),
    /// Records of its shard were not seen here.
    Gap(&'a Gap),
    /// The item was not as the record above it left it when the record below it came.
    Broken,
    /// The oldest records found left for the budget's sake: so many.
    Dropped(u64),
}

/// What became of steps that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    pub new: usize,
    pub dropped: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// An index into the entries.
    Entry(usize),
    Broken,
    Dropped,
}

/// All records held of one item, and the gaps of its lineage.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In their order.
    entries: Vec<Entry>,
    lines: Vec<Line>,
    known: Known,
    bytes: usize,
    dropped: u64,
    broken: usize,
    gaps: usize,
}

impl History {
    /// Takes in records of the item that may be known already, in any order.
    pub fn insert(&mut self, steps: Vec<Step>, lineage: &Lineage) -> Inserted {
        let new: Vec<Step> = steps.into_iter().filter(|step| self.known.insert(step)).collect();
        let count = new.len();
        if count == 0 {
            return Inserted::default();
        }
        self.bytes += new.iter().map(Step::bytes).sum::<usize>();
        self.entries.extend(new.into_iter().map(Entry::Step));
        self.arrange(lineage);
        let dropped = self.drop_oldest();
        self.lay_out();
        Inserted { new: count, dropped }
    }

    /// Takes in a gap in a shard where the item's records are, were or will be.
    pub fn insert_gap(&mut self, gap: Gap, lineage: &Lineage) {
        let entry = Entry::Gap(gap);
        if !self.entries.contains(&entry) {
            self.entries.push(entry);
            self.rearrange(lineage);
        }
    }

    /// Orders anew after the lineage has changed.
    pub fn rearrange(&mut self, lineage: &Lineage) {
        self.arrange(lineage);
        self.lay_out();
    }

    fn arrange(&mut self, lineage: &Lineage) {
        self.entries = order(std::mem::take(&mut self.entries), lineage);
    }

    fn drop_oldest(&mut self) -> usize {
        let mut excess = self.entries.len().saturating_sub(MAX_STEPS);
        let mut bytes = self.bytes;
        // The newest step stays, whatever its size.
        let last = self.entries.len().saturating_sub(1);
        for entry in &self.entries[..last] {
            if bytes <= MAX_BYTES {
                break;
            }
            bytes -= entry.step().map_or(0, Step::bytes);
            excess += 1;
        }
        let excess = excess.min(last);
        let mut dropped = 0;
        for entry in self.entries.drain(..excess) {
            if let Entry::Step(step) = entry {
                self.bytes -= step.bytes();
                self.known.remove(&step);
                dropped += 1;
            }
        }
        self.dropped += dropped as u64;
        dropped
    }

    fn lay_out(&mut self) {
        self.lines.clear();
        (self.broken, self.gaps) = (0, 0);
        if self.dropped > 0 {
            self.lines.push(Line::Dropped);
        }
        // What the record above says of the item, while nothing else explains a difference.
        let mut after: Option<Side> = None;
        for (at, entry) in self.entries.iter().enumerate() {
            match entry {
                Entry::Gap(_) => {
                    after = None;
                    self.gaps += 1;
                }
                Entry::Step(step) => {
                    if after.is_some_and(|after| after.contradicts(step.before)) {
                        self.lines.push(Line::Broken);
                        self.broken += 1;
                    }
                    after = Some(step.after);
                }
            }
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
        Some(match self.lines.get(at)? {
            Line::Entry(at) => match self.entries.get(*at)? {
                Entry::Step(step) => Row::Step(step),
                Entry::Gap(gap) => Row::Gap(gap),
            },
            Line::Broken => Row::Broken,
            Line::Dropped => Row::Dropped(self.dropped),
        })
    }

    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|at| self.row(at))
    }

    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.entries.iter().filter_map(Entry::step)
    }

    /// How many rows are broken links of the chain.
    pub fn broken(&self) -> usize {
        self.broken
    }

    pub fn gaps(&self) -> usize {
        self.gaps
    }

    /// The rows that have to do with a path: the steps that changed it or may have, and all that was
    /// not seen.
    pub fn rows_touching(&self, path: &Path<'_>) -> Vec<usize> {
        let touches = |row: Row<'_>| match row {
            Row::Step(step) => step.touches(path) != Touch::No,
            Row::Gap(_) | Row::Broken | Row::Dropped(_) => true,
        };
        (0..self.len()).filter(|at| self.row(*at).is_some_and(touches)).collect()
    }

    /// The item as it was at a time: the last step not after it. `None` before the first.
    ///
    /// Steps without a time count as those before them.
    pub fn as_of(&self, time: Time) -> Option<&Step> {
        let is_later = |step: &&Step| step.time().is_some_and(|at| at > time);
        let later = self.steps().position(|step| is_later(&step));
        match later {
            Some(first) => self.steps().nth(first.checked_sub(1)?),
            None => self.steps().next_back(),
        }
    }

    /// Since when the rows are complete, given that all that was read since `read_from` is among
    /// them: what was dropped, gaps and broken links come on top.
    pub fn extent(&self, read_from: Extent) -> Extent {
        let mut extent = read_from;
        let mut unseen = false;
        for row in self.rows() {
            match row {
                Row::Gap(_) | Row::Broken | Row::Dropped(_) => unseen = true,
                Row::Step(step) if unseen => {
                    unseen = false;
                    extent = extent.and(step.time().map_or(Extent::Unknown, Extent::Since));
                }
                Row::Step(_) => {}
            }
        }
        if unseen { Extent::Unknown } else { extent }
    }

    /// Whether records of the item may be, or may have been, in a shard: it is above one that holds
    /// some, or below the last of these.
    pub fn concerns(&self, shard: &ShardId, lineage: &Lineage) -> bool {
        let mut holders: Vec<&ShardId> = self.steps().map(|step| &step.shard).collect();
        holders.dedup();
        let is_last = |holder: &ShardId| {
            !holders.iter().any(|other| *other != holder && lineage.descends(other, holder))
        };
        holders.iter().any(|holder| {
            lineage.descends(holder, shard) || lineage.descends(shard, holder) && is_last(holder)
        })
    }

    /// The event of the newest step: after a remove there is no item.
    pub fn is_removed(&self) -> bool {
        self.steps().next_back().is_some_and(|step| step.record().event() == EventName::Remove)
    }
}

impl Entry {
    fn step(&self) -> Option<&Step> {
        match self {
            Self::Step(step) => Some(step),
            Self::Gap(_) => None,
        }
    }
}
