//! The search for an item's records among those held, and for the steps that touched an attribute:
//! at once where that is quick, else off the thread of the screen.

use std::sync::Arc;

use super::ItemHistory;
use crate::app::effect::Effect;
use crate::app::reading::{Arrived, Reading};
use crate::history::{ItemKey, Step, Touch, gather};
use crate::model::{Lineage, Path, ShardId};
use crate::store::{Page, Row};

/// Up to so many records are looked at at once.
const TRACE_AT_ONCE: usize = 2_000;
/// Up to so many bytes of records are compared at once.
const SIFT_AT_ONCE: usize = 256 << 10;

/// Pages to be searched for the records of one item.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceJob {
    pub generation: u32,
    pub key: ItemKey,
    /// Of one stream, newest first.
    pub pages: Vec<(ShardId, Arc<Page>)>,
}

/// What was found so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Traced {
    pub generation: u32,
    pub steps: Vec<Step>,
    /// How many records were looked at since the last news.
    pub seen: u64,
    pub is_done: bool,
}

/// Steps to be asked whether they touched an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct SiftJob {
    pub generation: u32,
    pub path: Path<'static>,
    pub steps: Vec<Step>,
}

/// Which of them did, by their ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Sifted {
    pub generation: u32,
    pub touches: Vec<(u64, Touch)>,
}

impl ItemHistory {
    /// Looks for the item's records among all that is held.
    pub(super) fn trace(&mut self, reading: &Reading, lineage: &Lineage) -> Vec<Effect> {
        let store = &reading.store;
        let of_stream = store.pages_with_origin().filter_map(|(origin, page)| {
            let (stream, shard) = store.shard_of(origin);
            (*stream == self.stream).then(|| (shard.clone(), Arc::clone(page)))
        });
        let pages: Vec<(ShardId, Arc<Page>)> = of_stream.collect();
        let gaps = reading.gaps.iter().filter_map(|id| match store.row(*id)? {
            Row::Gap(origin, gap) => (*store.shard_of(origin).0 == self.stream).then(|| gap.clone()),
            Row::Record(..) | Row::Poison(..) | Row::Marker(..) => None,
        });
        for gap in gaps {
            self.rows.insert_gap(gap, lineage);
        }
        let records: usize = pages.iter().map(|(_, page)| page.len()).sum();
        if records > TRACE_AT_ONCE {
            self.is_tracing = true;
            let (generation, key) = (self.generation, self.key.clone());
            return vec![Effect::Trace(TraceJob { generation, key, pages })];
        }
        let matcher = self.key.matcher();
        let steps = pages.iter().flat_map(|(shard, page)| gather(page, shard, &matcher)).collect();
        self.seen = records as u64;
        self.insert(steps, lineage)
    }

    /// Takes in what a search has found; whether it was the current one.
    pub(in crate::app) fn traced(&mut self, traced: Traced, lineage: &Lineage) -> Option<Vec<Effect>> {
        if traced.generation != self.generation {
            return None;
        }
        self.seen += traced.seen;
        self.is_tracing &= !traced.is_done;
        Some(self.insert(traced.steps, lineage))
    }

    /// Takes in rows that have just come into the store.
    pub(in crate::app) fn arrived(
        &mut self,
        arrived: &[Arrived],
        reading: &Reading,
        lineage: &Lineage,
    ) -> Vec<Effect> {
        let mut steps = vec![];
        let matcher = self.key.matcher();
        let mut gaps = vec![];
        for rows in arrived {
            let (stream, shard) = reading.store.shard_of(rows.origin);
            if *stream != self.stream {
                continue;
            }
            match &rows.page {
                Some(page) => steps.extend(gather(page, shard, &matcher)),
                None => gaps.push(crate::store::RecordId(rows.ids.start)),
            }
        }
        for id in gaps {
            if let Some(Row::Gap(_, gap)) = reading.store.row(id) {
                let gap = gap.clone();
                self.change(|it| it.rows.insert_gap(gap, lineage));
            }
        }
        if steps.is_empty() { vec![] } else { self.insert(steps, lineage) }
    }

    pub(in crate::app) fn insert(&mut self, steps: Vec<Step>, lineage: &Lineage) -> Vec<Effect> {
        let anchor = self.anchor();
        let first = self.rows.insert(steps, lineage);
        let effects = self.sift(first);
        self.show_rows(anchor);
        effects
    }

    /// Finds out which of the steps with ids from `first` on touched the attribute looked at.
    pub(super) fn sift(&mut self, first: u64) -> Vec<Effect> {
        let Some(path) = self.attribute.clone() else { return vec![] };
        let new = || self.rows.steps().filter(|step| step.id() >= first);
        if new().map(Step::bytes).sum::<usize>() <= SIFT_AT_ONCE {
            let touches: Vec<(u64, Touch)> = new().map(|step| (step.id(), step.touches(&path))).collect();
            self.touches.extend(touches);
            return vec![];
        }
        self.is_sifting = true;
        let steps = new().cloned().collect();
        vec![Effect::Sift(SiftJob { generation: self.sifting, path, steps })]
    }

    pub(in crate::app) fn sifted(&mut self, sifted: Sifted) -> bool {
        let is_current = sifted.generation == self.sifting && self.attribute.is_some();
        if is_current {
            self.is_sifting = false;
            self.touches.extend(sifted.touches);
            self.change(|_| {});
        }
        is_current
    }
}
