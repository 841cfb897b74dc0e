//! The pane of shards: the tree, how it is ordered and folded, and what is selected in it.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Reading;
use super::window::Motion;
use crate::follow::{Progress, ShardState};
use crate::model::{Lineage, ShardId, Time};
use crate::store::Origin;

/// Whose records are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    #[default]
    All,
    /// One of several streams that are followed together.
    Stream(usize),
    /// A shard of a stream, and its descendants.
    Shard(usize, ShardId),
}

/// In what order shards are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Tree,
    Rate,
    Bytes,
    /// The one that was read longest ago first.
    Lag,
}

impl Order {
    const ALL: [Self; 4] = [Self::Tree, Self::Rate, Self::Bytes, Self::Lag];

    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|order| *order == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Rate => "rate",
            Self::Bytes => "bytes",
            Self::Lag => "lag",
        }
    }
}

/// One line of the pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardRow {
    pub choice: Choice,
    pub depth: usize,
    /// It goes on where the row above ended.
    pub continues: bool,
    pub children: usize,
    pub is_folded: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Shards {
    pub rows: Vec<ShardRow>,
    pub cursor: usize,
    pub order: Order,
    pub fold_exhausted: bool,
    /// Rows that are left out because they are exhausted.
    pub hidden: usize,
    folded: BTreeSet<Choice>,
    /// The shards have changed since the rows were built.
    pub is_stale: bool,
}

impl Shards {
    pub fn selected(&self) -> Choice {
        self.rows.get(self.cursor).map_or(Choice::All, |row| row.choice.clone())
    }

    pub fn select(&mut self, choice: &Choice) {
        self.cursor = self.rows.iter().position(|row| row.choice == *choice).unwrap_or(0);
    }

    pub fn step(&mut self, motion: Motion, height: usize) {
        self.cursor = motion.from(self.cursor, self.rows.len(), height);
    }

    /// Folds or unfolds the row under the cursor; folding a leaf or a folded row goes to its parent.
    pub fn fold(&mut self, fold: bool) {
        let Some(row) = self.rows.get(self.cursor) else { return };
        let choice = row.choice.clone();
        if !fold {
            self.folded.remove(&choice);
        } else if row.children > 0 && !row.is_folded && choice != Choice::All {
            self.folded.insert(choice);
        } else {
            let above = self.rows[..self.cursor]
                .iter()
                .rposition(|above| above.depth < row.depth || above.depth == row.depth && row.continues);
            self.cursor = above.unwrap_or(0);
        }
        self.is_stale = true;
    }

    pub fn reset(&mut self) {
        *self = Self {
            order: self.order,
            fold_exhausted: self.fold_exhausted,
            is_stale: true,
            ..Self::default()
        };
    }

    /// Builds the rows of the streams that are read.
    pub fn arrange(&mut self, reading: &Reading, now: Time) {
        let selected = self.selected();
        self.hidden = 0;
        let mut rows = vec![all_row(reading.followers.iter().map(|follower| follower.lineage().len()).sum())];
        for (at, follower) in reading.followers.iter().enumerate() {
            let base = if reading.is_several() {
                let choice = Choice::Stream(at);
                let is_folded = self.folded.contains(&choice);
                let children = follower.lineage().len();
                rows.push(ShardRow { choice, depth: 1, continues: false, children, is_folded });
                if is_folded {
                    continue;
                }
                2
            } else {
                1
            };
            let is_exhausted = |id: &ShardId| follower.progress(id).is_some_and(is_exhausted);
            let added = self.tree(at, follower.lineage(), base, is_exhausted);
            rows.extend(added);
        }
        if self.order != Order::Tree {
            flatten(&mut rows, self.order, reading, now);
        }
        self.set_rows(rows, &selected);
    }

    /// Builds the rows of a stream that is only looked at.
    pub fn preview(&mut self, lineage: &Lineage) {
        let selected = self.selected();
        self.hidden = 0;
        let mut rows = vec![all_row(lineage.len())];
        rows.extend(self.tree(0, lineage, 1, |_| false));
        self.set_rows(rows, &selected);
    }

    fn set_rows(&mut self, rows: Vec<ShardRow>, selected: &Choice) {
        self.rows = rows;
        self.is_stale = false;
        self.cursor = self.rows.iter().position(|row| row.choice == *selected).unwrap_or(0);
    }

    fn tree(
        &mut self,
        stream: usize,
        lineage: &Lineage,
        base: usize,
        is_exhausted: impl Fn(&ShardId) -> bool,
    ) -> Vec<ShardRow> {
        let mut hidden: BTreeSet<ShardId> = BTreeSet::new();
        let mut rows = vec![];
        // Parents come before their children, so one pass knows what is under a folded one.
        for row in lineage.rows() {
            let choice = Choice::Shard(stream, row.shard.clone());
            let is_folded = self.folded.contains(&choice);
            let is_hidden = lineage.parent_of(&row.shard).is_some_and(|parent| hidden.contains(parent));
            if is_hidden || is_folded {
                hidden.insert(row.shard.clone());
            }
            if is_hidden {
                continue;
            }
            if self.fold_exhausted && is_exhausted(&row.shard) {
                self.hidden += 1;
                continue;
            }
            rows.push(ShardRow {
                choice,
                depth: base + row.depth,
                continues: row.continues,
                children: row.children,
                is_folded,
            });
        }
        rows
    }
}

fn all_row(children: usize) -> ShardRow {
    ShardRow { choice: Choice::All, depth: 0, continues: false, children, is_folded: false }
}

fn is_exhausted(progress: &Progress) -> bool {
    matches!(progress.state, ShardState::Exhausted(_) | ShardState::BeforeStart)
}

/// Orders the shards of each stream among themselves, without a tree.
fn flatten(rows: &mut [ShardRow], order: Order, reading: &Reading, now: Time) {
    let weight = |row: &ShardRow| -> u64 {
        let Choice::Shard(at, id) = &row.choice else { return 0 };
        let progress = reading.followers[*at].progress(id);
        match order {
            Order::Tree => 0,
            Order::Rate => reading
                .by_shard
                .get(&(*at, id.clone()))
                .map_or(0, |rates| (rates.per_second(reading.since, now) * 1_000.0) as u64),
            Order::Bytes => progress.map_or(0, |progress| progress.bytes),
            Order::Lag => progress
                .filter(|progress| !is_exhausted(progress))
                .and_then(|progress| reading.answered_at(progress))
                .map_or(0, |at| now.since(at).as_millis() as u64 + 1),
        }
    };
    for group in rows.chunk_by_mut(
        |a, b| matches!((&a.choice, &b.choice), (Choice::Shard(a, _), Choice::Shard(b, _)) if a == b),
    ) {
        group.sort_by_cached_key(|row| std::cmp::Reverse(weight(row)));
        if matches!(group.first(), Some(ShardRow { choice: Choice::Shard(..), .. })) {
            let depth = group.iter().map(|row| row.depth).min().unwrap_or(1);
            for row in group {
                (row.depth, row.continues, row.children) = (depth, false, 0);
            }
        }
    }
}

/// Tells which records belong to a choice.
#[derive(Debug)]
pub struct Narrowing<'a> {
    reading: &'a Reading,
    choice: &'a Choice,
    known: BTreeMap<Origin, bool>,
}

impl<'a> Narrowing<'a> {
    pub fn new(reading: &'a Reading, choice: &'a Choice) -> Self {
        Self { reading, choice, known: BTreeMap::new() }
    }

    pub fn wants(&mut self, origin: Origin) -> bool {
        let (reading, choice) = (self.reading, self.choice);
        *self.known.entry(origin).or_insert_with(|| wants(reading, choice, origin))
    }
}

fn wants(reading: &Reading, choice: &Choice, origin: Origin) -> bool {
    let Some((at, follower, shard)) = reading.shard_of(origin) else { return false };
    match choice {
        Choice::All => true,
        Choice::Stream(stream) => at == *stream,
        Choice::Shard(stream, ancestor) => at == *stream && follower.lineage().descends(shard, ancestor),
    }
}
