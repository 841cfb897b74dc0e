//! What becomes of intents while a history is open, and how one is opened.

use super::ItemHistory;
use super::scene::Scene;
use crate::app::action::Intent;
use crate::app::effect::Effect;
use crate::app::reading::Reading;
use crate::app::row_text::key_text;
use crate::app::{AppState, Pane};
use crate::follow::Follower;
use crate::history::{Extent, History, ItemKey, gather};
use crate::model::{Lineage, Path};

impl AppState {
    /// Opens the history of the item whose record is under the cursor; in the diff, of the attribute
    /// there.
    pub(in crate::app) fn open_history(&mut self) -> Vec<Effect> {
        let attribute = self.path_under_cursor();
        let generation = self.take_run();
        let opened = self.reading.as_ref().zip(self.selected_record()).and_then(|(reading, id)| {
            let (origin, record) = reading.record(id)?;
            let (_, follower, shard) = reading.shard_of(origin)?;
            let key = ItemKey::json(record.keys()?, &[]).ok()?;
            let title = key_text(record, reading.key_names(origin));
            let mut history = ItemHistory::new(key, title, reading, follower, generation);
            history.opened_from = self.focus;
            // The record itself is there at once, whatever the search finds.
            let own = gather(&record.alone(), shard, &history.key.matcher());
            history.insert(own, follower.lineage());
            let effects = history.trace(reading, follower.lineage());
            Some((history, effects))
        });
        let Some((mut history, mut effects)) = opened else {
            self.note("no record with a key is selected: its item has no history");
            return vec![];
        };
        effects.extend(history.look_at(attribute));
        // Its rows are numbered as those of another history were.
        self.diff.forget();
        self.history = Some(Box::new(history));
        self.focus = Pane::History;
        effects
    }

    pub(in crate::app) fn close_history(&mut self) -> Vec<Effect> {
        let mut effects = self.stop_back(false);
        let Some(history) = self.history.take() else { return vec![] };
        self.focus = history.opened_from;
        if history.is_tracing {
            effects.push(Effect::CancelTrace);
        }
        effects
    }

    /// What an intent means while a history is open; `None` where it means what it always does.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most intents mean what they always do")]
    pub(in crate::app) fn on_history_intent(&mut self, intent: &Intent) -> Option<Vec<Effect>> {
        let (focus, height) = (self.focus, self.rows_of(Pane::History));
        let is_typing = self.prompt.is_some()
            && matches!(intent, Intent::Move(_) | Intent::Back | Intent::Quit | Intent::Open);
        let history = self.history.as_mut().filter(|_| !is_typing)?;
        let is_here = focus == Pane::History;
        match intent {
            Intent::ShowHistory => return Some(self.close_history()),
            Intent::Focus(pane @ (Pane::History | Pane::Diff)) => self.focus = *pane,
            Intent::FocusNext | Intent::FocusPrevious => {
                self.focus = if is_here { Pane::Diff } else { Pane::History };
            }
            Intent::Move(motion) if is_here => history.step_to(*motion, height),
            Intent::Scroll { pane: Pane::History, motion } => history.step_to(*motion, height),
            Intent::Click { pane: Pane::History, row, height } => {
                let shown = crate::app::window::window(history.cursor, history.len(), usize::from(*height));
                if shown.start + usize::from(*row) < shown.end {
                    history.stay_at(shown.start + usize::from(*row));
                }
                self.focus = Pane::History;
            }
            Intent::Click { pane: Pane::Diff, .. } => {
                self.focus = Pane::Diff;
                return None;
            }
            Intent::Focus(pane) | Intent::Click { pane, .. } => {
                let effects = self.close_history();
                self.focus = *pane;
                return Some(effects);
            }
            Intent::Open if is_here => self.focus = Pane::Diff,
            Intent::Mark if is_here => history.mark(),
            Intent::Follow => history.follow(),
            Intent::Quit | Intent::Back if history.back.is_some() => return Some(self.stop_back(false)),
            Intent::FurtherBack => return Some(self.read_further_back()),
            Intent::LookAtAttribute => return Some(self.look_at_attribute()),
            Intent::Back => return self.history_back(),
            Intent::Close if !self.is_zoomed => return Some(self.close_history()),
            Intent::ToggleDiff => {
                self.is_diff_open = !self.is_diff_open;
                self.focus = Pane::History;
            }
            Intent::Left | Intent::Right | Intent::Search if is_here => {}
            _ => return None,
        }
        if self.focus == Pane::Diff {
            self.is_diff_open = true;
        }
        Some(vec![])
    }

    /// Undoes one layer of the view; `None` where the layer is the diff's own.
    fn history_back(&mut self) -> Option<Vec<Effect>> {
        let history = self.history.as_mut()?;
        if self.focus == Pane::Diff {
            if !self.diff.find.is_empty() {
                return None;
            }
            self.focus = Pane::History;
        } else if !history.marks.is_empty() {
            history.marks.clear();
        } else if history.attribute.is_some() {
            return Some(history.look_at(None));
        } else {
            return Some(self.close_history());
        }
        Some(vec![])
    }

    /// Only the steps that touched the attribute under the diff's cursor, or all again.
    pub(in crate::app) fn look_at_attribute(&mut self) -> Vec<Effect> {
        let under_cursor = self.diff.row().and_then(|row| row.at.clone());
        let is_in_diff = self.focus == Pane::Diff;
        let Some(history) = &mut self.history else { return self.open_history() };
        let wanted = match &history.attribute {
            // Another one is under the cursor of the diff.
            Some(path) if is_in_diff && under_cursor.as_ref().is_some_and(|under| under != path) => {
                under_cursor
            }
            Some(_) => None,
            None if is_in_diff => under_cursor,
            None => history.last_attribute.clone().or(under_cursor),
        };
        if wanted.is_none() && history.attribute.is_none() {
            self.note("no attribute is under the cursor of the diff");
            return vec![];
        }
        history.look_at(wanted)
    }
}

impl ItemHistory {
    fn new(key: ItemKey, title: String, reading: &Reading, follower: &Follower, generation: u32) -> Self {
        Self {
            key,
            title,
            stream: follower.stream().clone(),
            rows: History::default(),
            shown: vec![],
            cursor: 0,
            is_following: false,
            marks: vec![],
            attribute: None,
            last_attribute: None,
            touches: std::collections::BTreeMap::new(),
            generation,
            sifting: 0,
            is_tracing: false,
            is_sifting: false,
            seen: 0,
            held_since: held_since(reading, follower),
            words: std::collections::BTreeMap::new(),
            broken_words: std::collections::BTreeMap::new(),
            scene: Scene::new(follower.clone(), generation),
            back: None,
            opened_from: Pane::Records,
        }
    }

    pub(super) fn follow(&mut self) {
        self.is_following = true;
        self.cursor = self.len().saturating_sub(1);
    }

    /// Shows only the steps that touched an attribute; all for none.
    fn look_at(&mut self, attribute: Option<Path<'static>>) -> Vec<Effect> {
        if attribute.is_some() {
            self.last_attribute.clone_from(&attribute);
        }
        let anchor = self.anchor();
        self.attribute = attribute;
        self.touches.clear();
        self.words.clear();
        self.broken_words.clear();
        self.sifting += 1;
        self.is_sifting = false;
        let effects = self.sift(0);
        self.show_rows(anchor);
        effects
    }
}

/// Since when all records of a stream are held.
fn held_since(reading: &Reading, follower: &Follower) -> Extent {
    let at = reading.followers.iter().position(|it| it.stream() == follower.stream());
    let asked = at.and_then(|at| reading.complete_from(at)).map_or(Extent::TrimHorizon, Extent::Since);
    asked.and(reading.store.evicted_to().map_or(Extent::TrimHorizon, Extent::Since))
}

/// The lineage of the stream whose item is looked at.
pub(in crate::app) fn lineage_of<'r>(reading: &'r Reading, history: &ItemHistory) -> Option<&'r Lineage> {
    reading.followers.iter().find(|follower| *follower.stream() == history.stream).map(Follower::lineage)
}
