//! The view of one item's history: its rows, the cursor on them, marks, and the attribute looked at.

mod back;
mod further_back;
pub(super) mod intents;
mod scene;
mod search;
mod words;

use std::collections::BTreeMap;

use super::Pane;
use super::reading::Reading;
use super::window::{Motion, window};
use crate::config::Tables;
use crate::follow::ShardState;
use crate::history::{Extent, History, ItemKey, Row, Step, Touch, is_about};
use crate::model::{Lineage, Path, ShardId, StreamArn, Time};
pub use back::BackReading;
use scene::Scene;
pub use search::{SiftJob, Sifted, TraceJob, Traced};
pub use words::StepWords;
use words::broken_words;

/// All records held of one item, as they are looked at.
#[derive(Debug)]
pub struct ItemHistory {
    pub key: ItemKey,
    /// The values of the key. Not safe for a terminal.
    pub title: String,
    pub stream: StreamArn,
    pub rows: History,
    /// Which rows are in view.
    shown: Vec<usize>,
    /// An index into those in view.
    cursor: usize,
    /// The cursor stays on the newest row.
    pub is_following: bool,
    /// The steps to be compared, at most two, in the order in which they were marked.
    pub marks: Vec<u64>,
    /// Only steps that touched it are in view.
    pub attribute: Option<Path<'static>>,
    /// The one that was looked at last.
    last_attribute: Option<Path<'static>>,
    touches: BTreeMap<u64, Touch>,
    /// Late findings of an older search are recognised by it.
    generation: u32,
    /// The same for the steps that touched an attribute.
    sifting: u32,
    pub is_tracing: bool,
    is_sifting: bool,
    /// Records looked at in search of the item's.
    pub seen: u64,
    /// Since when all records of the stream were held at the opening.
    held_since: Extent,
    words: BTreeMap<u64, StepWords>,
    /// What is said above a step that does not fit the one before it.
    broken_words: BTreeMap<u64, String>,
    scene: Scene,
    /// While older records are being read.
    pub back: Option<BackReading>,
    /// Where the focus was before.
    opened_from: Pane,
}

/// Why newer records of an item are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A shard is not read any more.
    Failed(ShardId),
    /// A shard has not been read to its head.
    CatchingUp,
}

/// A place among the rows that stays while others come.
#[derive(Clone, Copy, Debug)]
enum Anchor {
    Newest,
    /// So many rows above a step.
    Above(u64, usize),
}

impl ItemHistory {
    /// How many rows are in view.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The step that the cursor is on.
    pub fn selected(&self) -> Option<&Step> {
        match self.row(self.cursor())? {
            Row::Step(step) => Some(step),
            Row::Missing(_) | Row::Broken(..) | Row::Dropped(_) => None,
        }
    }

    /// A row in view.
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        self.rows.row(*self.shown.get(at)?)
    }

    /// What is said of a step; known for all that can be on the screen.
    pub fn words(&self, step: &Step) -> Option<&StepWords> {
        self.words.get(&step.id())
    }

    /// What is said of the broken link above a step.
    pub fn broken_words(&self, below: &Step) -> &str {
        self.broken_words.get(&below.id()).map_or("broken", String::as_str)
    }

    /// Whether something is still being looked for.
    pub fn is_searching(&self) -> bool {
        self.is_tracing || self.is_sifting
    }

    /// Whether something on the screen moves by itself.
    pub fn is_busy(&self) -> bool {
        self.is_searching() || self.back.is_some()
    }

    /// Since when it is complete.
    pub fn extent(&self) -> Extent {
        self.rows.extent(self.held_since)
    }

    /// What keeps it from reaching the present.
    pub fn obstacle(&self, reading: &Reading, now: Time) -> Option<Obstacle> {
        let follower = reading.followers.iter().find(|follower| *follower.stream() == self.stream)?;
        let lineage = follower.lineage();
        let own = follower.all_progress().filter(|(id, _)| self.rows.family().concerns(id, lineage));
        let mut is_behind = false;
        for (id, progress) in own {
            if progress.failure().is_some() {
                return Some(Obstacle::Failed(id.clone()));
            }
            is_behind |= matches!(
                progress.state,
                ShardState::WaitingForParent
                    | ShardState::Starting
                    | ShardState::Reading
                    | ShardState::Slowed(_)
            );
        }
        (is_behind && reading.is_catching_up(now)).then_some(Obstacle::CatchingUp)
    }

    /// Whether the records found are in more than one shard.
    pub fn is_in_several_shards(&self) -> bool {
        let mut steps = self.rows.steps();
        let first = steps.next();
        steps.any(|step| Some(&step.shard) != first.map(|first| &first.shard))
    }

    /// The two marked steps, the earlier one first.
    pub fn marked(&self) -> Option<(&Step, &Step)> {
        let [one, other] = self.marks[..] else { return None };
        let mut marked = self.rows.steps().filter(|step| step.id() == one || step.id() == other);
        marked.next().zip(marked.next())
    }

    fn step_to(&mut self, motion: Motion, height: usize) {
        self.stay_at(motion.from(self.cursor, self.len(), height));
        self.is_following = motion == Motion::Last;
    }

    fn stay_at(&mut self, row: usize) {
        self.cursor = row.min(self.len().saturating_sub(1));
        self.is_following = false;
    }

    /// Marks the step under the cursor, or no longer; of three the one marked first gives way.
    fn mark(&mut self) {
        let Some(Row::Step(step)) = self.row(self.cursor) else { return };
        let id = step.id();
        let before = self.marks.len();
        self.marks.retain(|mark| *mark != id);
        if self.marks.len() == before {
            self.marks.push(id);
        }
        if self.marks.len() > 2 {
            self.marks.remove(0);
        }
    }

    /// Does something to the rows; the cursor stays where it is in the history.
    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let anchor = self.anchor();
        change(self);
        self.show_rows(anchor);
    }

    fn anchor(&self) -> Anchor {
        let below = (self.cursor..self.len()).find_map(|at| match self.row(at)? {
            Row::Step(step) => Some((step.id(), at - self.cursor)),
            Row::Missing(_) | Row::Broken(..) | Row::Dropped(_) => None,
        });
        match below {
            Some((id, rows)) if !self.is_following => Anchor::Above(id, rows),
            Some(_) | None => Anchor::Newest,
        }
    }

    fn go_to(&mut self, anchor: Anchor) {
        let last = self.len().saturating_sub(1);
        let found = match anchor {
            Anchor::Newest => None,
            Anchor::Above(id, rows) => {
                let is_it = |at: &usize| matches!(self.row(*at), Some(Row::Step(step)) if step.id() == id);
                (0..self.len()).find(is_it).map(|at| at.saturating_sub(rows))
            }
        };
        self.cursor = match (anchor, found) {
            (_, Some(at)) => at,
            (Anchor::Newest, None) => last,
            // Its step is not in view any more.
            (Anchor::Above(..), None) => self.cursor.min(last),
        };
    }

    fn show_rows(&mut self, anchor: Anchor) {
        self.marks.retain(|mark| self.rows.step(*mark).is_some());
        self.broken_words.clear();
        self.shown = match &self.attribute {
            None => (0..self.rows.len()).collect(),
            Some(_) => {
                let touch = |step: &Step| self.touches.get(&step.id()).copied();
                let is_about = |at: &usize| self.rows.row(*at).is_some_and(|row| is_about(row, touch));
                (0..self.rows.len()).filter(is_about).collect()
            }
        };
        self.go_to(anchor);
    }

    /// Orders anew when the lineage has become better known.
    pub(super) fn lineage_changed(&mut self, lineage: &Lineage) {
        self.change(|it| it.rows.rearrange(lineage));
    }

    /// What was said of the steps is said anew.
    pub(super) fn forget_words(&mut self) {
        self.words.clear();
    }

    /// Puts into words the rows that can be on a screen of this height.
    pub(super) fn settle(&mut self, height: usize, tables: &Tables) {
        let table = tables.get(self.stream.table());
        let mut known = std::mem::take(&mut self.words);
        let mut known_broken = std::mem::take(&mut self.broken_words);
        let (mut words, mut broken) = (BTreeMap::new(), BTreeMap::new());
        let attribute = self.attribute.as_ref();
        for row in window(self.cursor, self.len(), height).filter_map(|at| self.row(at)) {
            match row {
                Row::Step(step) => {
                    let own = known.remove(&step.id());
                    let own = own.unwrap_or_else(|| StepWords::of(step, attribute, table));
                    words.insert(step.id(), own);
                }
                Row::Broken(above, below) => {
                    let own = known_broken.remove(&below.id());
                    let own = own.unwrap_or_else(|| broken_words(above, below, attribute));
                    broken.insert(below.id(), own);
                }
                Row::Missing(_) | Row::Dropped(_) => {}
            }
        }
        (self.words, self.broken_words) = (words, broken);
    }
}
