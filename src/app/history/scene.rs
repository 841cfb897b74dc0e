//! What is shown below the history: made a row of a reading of its own, so that whatever shows
//! records shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ItemHistory;
use crate::app::document::Mode;
use crate::app::reading::Reading;
use crate::follow::{Follower, Part};
use crate::history::{Images, Row, Side, pair};
use crate::model::{EventName, Gap, SequenceNumber, ShardId, Time};
use crate::store::{Page, RecordId, Store};

/// Bytes of what was shown that stay.
const BUDGET: usize = 4 << 20;
/// Ids that no store of records reaches; each history has 2³² of its own.
const FIRST: u64 = 1 << 62;

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    /// What a step changed.
    Step(u64),
    /// The item as a step left it.
    Then(u64),
    /// From one step to another.
    Between(u64, u64),
    /// What nobody saw between two steps.
    Unseen(u64, u64),
    Gap(Option<ShardId>, Option<SequenceNumber>),
}

enum Content {
    Page(Page),
    Gap(Gap),
}

/// What was shown last.
#[derive(Debug)]
pub(super) struct Scene {
    reading: Reading,
    ids: BTreeMap<Subject, RecordId>,
}

impl Scene {
    /// A scene for a stream that is followed. No other history of this run may have its number.
    pub fn new(follower: Follower, number: u32) -> Self {
        let start = follower.start();
        let mut reading = Reading::new(vec![], &Part::from(start), 0, BUDGET, Time::default());
        let first = RecordId(FIRST + (u64::from(number) << 32));
        reading.store = Store::new(BUDGET).with_ids_from(first);
        reading.followers.push(follower);
        Self { reading, ids: BTreeMap::new() }
    }

    fn held(&self, subject: &Subject) -> Option<RecordId> {
        self.ids.get(subject).copied().filter(|id| self.reading.store.row(*id).is_some())
    }

    fn keep(&mut self, subject: Subject, shard: &ShardId, content: Content) -> Option<RecordId> {
        let reading = &mut self.reading;
        let stream = reading.followers.first()?.stream().clone();
        let origin = reading.store.origin(&stream, shard, None);
        let ids = match content {
            Content::Page(page) => reading.store.push(origin, Arc::new(page), Time::default()),
            Content::Gap(gap) => reading.store.push_gap(origin, gap, Time::default()),
        };
        let first = reading.store.first_id();
        self.ids.retain(|_, id| *id >= first);
        self.ids.insert(subject, RecordId(ids.start));
        Some(RecordId(ids.start))
    }
}

impl ItemHistory {
    /// What is to be laid out: the marked steps' difference, or what is under the cursor. Where the
    /// whole item is shown, it is the item as the step left it.
    pub(in crate::app) fn scene(&mut self, mode: Mode) -> Option<(&Reading, RecordId)> {
        let subject = self.subject(mode)?;
        let id = match self.scene.held(&subject) {
            Some(id) => id,
            None => {
                let (shard, content) = self.content(&subject)?;
                self.scene.keep(subject, &shard, content)?
            }
        };
        Some((&self.scene.reading, id))
    }

    fn subject(&self, mode: Mode) -> Option<Subject> {
        if let Some((earlier, later)) = self.marked() {
            return Some(Subject::Between(earlier.id(), later.id()));
        }
        match self.row(self.cursor())? {
            Row::Step(step) if mode.is_whole_item() && matches!(step.after, Side::Image(_)) => {
                Some(Subject::Then(step.id()))
            }
            Row::Step(step) => Some(Subject::Step(step.id())),
            Row::Broken(above, below) => Some(Subject::Unseen(above.id(), below.id())),
            Row::Missing(missing) => {
                missing.gap.map(|_| Subject::Gap(missing.shard.clone(), missing.after.clone()))
            }
            Row::Dropped(_) => None,
        }
    }

    fn content(&self, subject: &Subject) -> Option<(ShardId, Content)> {
        let (shard, page) = match subject {
            Subject::Step(id) => {
                let step = self.rows.step(*id)?;
                (&step.shard, step.record().alone())
            }
            Subject::Then(id) => {
                let step = self.rows.step(*id)?;
                let new = step.record().new_image();
                (&step.shard, pair(Images { old: None, new, event: EventName::Insert }, step.record())?)
            }
            Subject::Between(earlier, later) => {
                let (earlier, later) = (self.rows.step(*earlier)?, self.rows.step(*later)?);
                (&later.shard, pair(Images::between(earlier.record(), later.record()), later.record())?)
            }
            Subject::Unseen(above, below) => {
                let (above, below) = (self.rows.step(*above)?, self.rows.step(*below)?);
                (&below.shard, pair(Images::unseen(above.record(), below.record()), below.record())?)
            }
            Subject::Gap(..) => {
                let Row::Missing(missing) = self.row(self.cursor())? else { return None };
                let gap = missing.as_gap()?;
                return Some((missing.shard.clone().unwrap_or_else(|| ShardId::new("")), Content::Gap(gap)));
            }
        };
        Some((shard.clone(), Content::Page(page)))
    }
}
