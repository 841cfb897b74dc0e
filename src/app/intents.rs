//! What becomes of what the person at the keyboard wants.

use super::action::Intent;
use super::diff::Room;
use super::document::MAX_VALUE;
use super::effect::Effect;
use super::prompt::{Prompt, Purpose};
use super::shards::Choice;
use super::window::{Motion, window};
use super::{AppState, Loadable, Pane, Popup};
use crate::follow::Request;
use crate::model::StreamArn;
use crate::model::time::Zone;

/// Columns that one key press scrolls by.
const SCROLL: usize = 8;
/// As wide as a row can be: letters of two columns each.
const MAX_SCROLL: usize = 2 * MAX_VALUE;
/// Quitting asks once more than this many seconds of reading would be lost.
const WORTH_ASKING: u64 = 60;

impl AppState {
    pub(super) fn on_intent(&mut self, intent: Intent) -> Vec<Effect> {
        if self.popup.is_some() {
            return self.on_popup_intent(intent);
        }
        if let Some(why) = self.refused_offline(&intent) {
            self.note(why);
            return vec![];
        }
        let mut effects = vec![];
        if self.focus == Pane::Diff || self.history.is_some() {
            // Several keys may come between two frames; they are meant for this record.
            effects.extend(self.lay_out_record());
        }
        match self.on_history_intent(&intent) {
            Some(more) => effects.extend(more),
            None => effects.extend(self.obey(intent)),
        }
        effects
    }

    fn obey(&mut self, intent: Intent) -> Vec<Effect> {
        match intent {
            Intent::Focus(pane) => self.focus_on(pane),
            Intent::FocusNext => self.focus_beside(1),
            Intent::FocusPrevious => self.focus_beside(Pane::ALL.len() - 1),
            Intent::Move(motion) => self.step(self.focus, motion),
            Intent::Scroll { pane, motion } => self.step(pane, motion),
            Intent::Click { pane, row, height } => self.click(pane, usize::from(row), usize::from(height)),
            Intent::Left => self.sideways(false),
            Intent::Right => self.sideways(true),
            Intent::Open => return self.open(),
            Intent::Back => return self.back(),
            Intent::Close => return self.close(),
            Intent::Quit => return self.cancel_seek().unwrap_or_else(|| vec![Effect::Quit]),
            Intent::Suspend => return vec![Effect::Suspend],
            Intent::Mark if self.focus == Pane::Streams => self.streams.mark(),
            Intent::DropMarker => return self.drop_marker(),
            Intent::Copy => self.start_copy(),
            Intent::Write => self.start_write(),
            Intent::Search => self.start_prompt(),
            Intent::NextFound => self.diff.step_to_found(true),
            Intent::PreviousFound => self.diff.step_to_found(false),
            Intent::Follow => {
                self.stay();
                self.records.follow();
            }
            Intent::StopOrGoOn => return self.stop_or_go_on(),
            Intent::ToggleDiff => self.toggle_diff(),
            Intent::NextMode => self.diff.mode = self.diff.mode.next(),
            Intent::ToggleWrap => self.diff.toggle_wrap(),
            Intent::NextChange => self.diff.step_to_change(true),
            Intent::PreviousChange => self.diff.step_to_change(false),
            Intent::Zoom => self.is_zoomed = !self.is_zoomed,
            Intent::NextOrder => {
                self.shards.order = self.shards.order.next();
                self.shards.is_stale = true;
            }
            Intent::FoldExhausted => {
                self.shards.fold_exhausted = !self.shards.fold_exhausted;
                self.shards.is_stale = true;
            }
            Intent::ShowDetails => {
                let choice = if self.focus == Pane::Shards { self.shards.selected() } else { Choice::All };
                self.popup = Some(Popup::Details { choice, scroll: 0 });
            }
            Intent::ShowHelp => self.popup = Some(Popup::Help { scroll: 0 }),
            Intent::IgnorePath => return self.ignore_path(),
            Intent::HideNoise => return self.hide_noise(),
            Intent::ShowPalette => self.popup = Some(Popup::palette()),
            Intent::Run { intent, .. } => return self.on_intent(*intent),
            Intent::ShowHistory => return self.open_history(),
            Intent::LookAtAttribute => return self.look_at_attribute(),
            Intent::Retry => return self.retry(),
            Intent::ToggleZone => {
                self.zone = if self.zone == Zone::Utc { Zone::Local } else { Zone::Utc };
            }
            Intent::ToggleMouse => {
                self.has_mouse = !self.has_mouse;
                let owner =
                    if self.has_mouse { "mouse: clicks and wheel" } else { "mouse left to the terminal" };
                self.note(owner);
                return vec![Effect::CaptureMouse(self.has_mouse)];
            }
            Intent::Type(character) => return self.edit(|prompt| prompt.insert(character)),
            Intent::Paste(text) => return self.edit(|prompt| prompt.paste(&text)),
            Intent::Erase => return self.edit(Prompt::erase),
            Intent::EraseWord => return self.edit(Prompt::erase_word),
            Intent::EraseAll => return self.edit(|prompt| prompt.text.clear()),
            Intent::Submit => return self.submit(),
            Intent::RecallEarlier => return self.recall(true),
            Intent::RecallLater => return self.recall(false),
            Intent::Complete => return self.complete(),
            Intent::KeepOnly => self.keep_only(),
            Intent::ChoosePosition => self.start_position(),
            Intent::FurtherBack => return self.go_further_back(),
            Intent::Mark | Intent::Resume | Intent::Choose(_) => {}
        }
        vec![]
    }

    fn focus_on(&mut self, pane: Pane) {
        // A history hides the lists below it.
        let is_shown = match pane {
            Pane::Diff => true,
            Pane::History => self.history.is_some(),
            Pane::Streams | Pane::Shards | Pane::Records => self.history.is_none(),
        };
        if !is_shown {
            return;
        }
        self.focus = pane;
        if pane == Pane::Diff {
            self.is_diff_open = true;
            // What is read closely must not be replaced by what arrives.
            if let Some(reading) = &self.reading {
                let row = self.records.cursor(reading);
                self.records.stay_at(row, reading);
            }
        }
    }

    fn focus_beside(&mut self, by: usize) {
        let panes: Vec<Pane> =
            Pane::ALL.into_iter().filter(|pane| self.is_diff_open || *pane != Pane::Diff).collect();
        let at = panes.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        let by = if by == 1 { 1 } else { panes.len() - 1 };
        self.focus_on(panes[(at + by) % panes.len()]);
    }

    fn step(&mut self, pane: Pane, motion: Motion) {
        let height = self.rows_of(pane);
        match pane {
            Pane::Streams => self.streams.step(motion, height),
            Pane::Shards => self.shards.step(motion, height),
            Pane::Records => {
                self.stay();
                if let Some(reading) = &self.reading {
                    self.records.step(motion, height, reading);
                }
            }
            Pane::Diff => self.diff.step(motion, self.diff_room()),
            Pane::History => {}
        }
    }

    fn click(&mut self, pane: Pane, row: usize, height: usize) {
        self.focus_on(pane);
        let clicked = |cursor: usize, len: usize| {
            let shown = window(cursor, len, height);
            (shown.start + row < shown.end).then_some(shown.start + row)
        };
        match pane {
            Pane::Streams => {
                if let Some(row) = clicked(self.streams.cursor, self.streams.rows.len()) {
                    let arn = self.streams.rows[row].arn.clone();
                    self.streams.select(&arn);
                }
            }
            Pane::Shards => {
                if let Some(row) = clicked(self.shards.cursor, self.shards.rows.len()) {
                    self.shards.cursor = row;
                }
            }
            Pane::Records => {
                if let Some(reading) = &self.reading {
                    let len = self.records.timeline(reading).len();
                    if let Some(row) = clicked(self.records.cursor(reading), len) {
                        self.records.stay_at(row, reading);
                    }
                }
            }
            Pane::Diff => self.diff.click(row, Room { height, ..self.diff_room() }),
            Pane::History => {}
        }
    }

    fn sideways(&mut self, right: bool) {
        let scrolled = |at: usize| if right { at + SCROLL } else { at.saturating_sub(SCROLL) };
        match self.focus {
            Pane::Streams => self.streams.unfold(right),
            Pane::Shards => self.shards.fold(!right),
            Pane::Records => self.records.scroll = scrolled(self.records.scroll).min(400),
            Pane::Diff if right && self.diff.unfold() => {}
            Pane::Diff => self.diff.scroll = scrolled(self.diff.scroll).min(MAX_SCROLL),
            Pane::History => {}
        }
    }

    fn open(&mut self) -> Vec<Effect> {
        match self.focus {
            Pane::Streams => {
                let chosen = self.streams.chosen();
                self.open_streams(chosen)
            }
            Pane::Shards => {
                // The shards of a stream that is only looked at are read by reading the stream.
                if let Some(preview) = self.preview.clone() {
                    return self.open_streams(vec![preview]);
                }
                self.focus = Pane::Records;
                vec![]
            }
            Pane::Records => {
                self.focus_on(Pane::Diff);
                vec![]
            }
            Pane::Diff => {
                self.diff.unfold();
                vec![]
            }
            Pane::History => vec![],
        }
    }

    fn open_streams(&mut self, chosen: Vec<StreamArn>) -> Vec<Effect> {
        if chosen.is_empty() {
            return vec![];
        }
        if self.offline.is_some() {
            self.narrow_to(&chosen);
            return vec![];
        }
        let is_read = self.reading.as_ref().is_some_and(|reading| {
            reading.followers.len() == chosen.len() && chosen.iter().all(|arn| reading.follows(arn))
        });
        if is_read {
            self.focus = Pane::Records;
            return vec![];
        }
        self.read(chosen)
    }

    /// Undoes one layer: what is being typed, what was found, marks, a filter, a view.
    fn back(&mut self) -> Vec<Effect> {
        if let Some(prompt) = self.prompt.take() {
            if let Purpose::Hide(_) = prompt.purpose {
                self.popup = Some(Popup::Write);
                return vec![];
            }
            if prompt.purpose == Purpose::LabelMarker {
                return self.end_marker("");
            }
            return self.set_text(prompt.purpose, &prompt.before);
        }
        match self.focus {
            Pane::Diff if !self.diff.find.is_empty() => self.diff.set_find(""),
            Pane::Streams if !self.streams.marks.is_empty() => self.streams.marks.clear(),
            Pane::Streams if !self.streams.filter.is_empty() => self.streams.set_filter(""),
            Pane::Records if !self.records.filter.is_empty() => {
                return self.set_text(Purpose::FilterRecords, "");
            }
            Pane::Records if !self.records.is_following => self.records.follow(),
            Pane::Shards if self.shards.cursor > 0 => self.shards.cursor = 0,
            Pane::Diff => self.focus = Pane::Records,
            Pane::Streams | Pane::Shards | Pane::Records | Pane::History => self.is_zoomed = false,
        }
        vec![]
    }

    fn close(&mut self) -> Vec<Effect> {
        if self.is_zoomed {
            self.is_zoomed = false;
            return vec![];
        }
        let is_worth_asking = self.offline.is_none()
            && self.reading.as_ref().is_some_and(|reading| {
                !reading.store.is_empty()
                    && !self.is_captured()
                    && self.now.since(reading.started).as_secs() >= WORTH_ASKING
            });
        if is_worth_asking || self.files_in_writing > 0 {
            self.popup = Some(Popup::ConfirmQuit);
            return vec![];
        }
        vec![Effect::Quit]
    }

    fn toggle_diff(&mut self) {
        self.is_diff_open = !self.is_diff_open;
        if !self.is_diff_open && self.focus == Pane::Diff {
            self.focus = Pane::Records;
        }
    }

    fn stop_or_go_on(&mut self) -> Vec<Effect> {
        let now = self.now;
        let Some(reading) = &mut self.reading else { return vec![] };
        let outcome = reading.stop_or_go_on(now);
        self.take(outcome)
    }

    fn retry(&mut self) -> Vec<Effect> {
        let now = self.now;
        let mut effects = vec![];
        if self.credentials.is_some() {
            effects.push(Effect::Request(Request::RetryNow));
        }
        self.streams.retry();
        if self.streams.listing != Loadable::Loading {
            let run = self.take_run();
            effects.push(self.streams.list(run));
        }
        if let Some(outcome) = self.reading.as_mut().map(|reading| reading.retry(now)) {
            effects.extend(self.take(outcome));
        }
        self.note("trying again");
        effects
    }

    fn start_prompt(&mut self) {
        self.prompt = Some(match self.focus {
            Pane::Streams => Prompt::new(Purpose::FilterStreams, &self.streams.filter),
            Pane::Shards | Pane::Records => self.filter_prompt(),
            Pane::Diff | Pane::History => Prompt::new(Purpose::FindInDiff, &self.diff.find),
        });
    }

    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Prompt)) -> Vec<Effect> {
        let Some(prompt) = &mut self.prompt else { return vec![] };
        prompt.completion = None;
        edit(prompt);
        let (purpose, text) = (prompt.purpose, prompt.text.clone());
        self.set_text(purpose, &text)
    }

    /// Filters and finds while the text is being typed.
    fn set_text(&mut self, purpose: Purpose, text: &str) -> Vec<Effect> {
        match purpose {
            Purpose::FilterStreams => self.streams.set_filter(text),
            Purpose::FindInDiff => self.diff.set_find(text),
            Purpose::ChooseAction | Purpose::Position | Purpose::WriteFile(_) | Purpose::LabelMarker => {}
            Purpose::Hide(hiding) => self.judge_hiding(hiding, text),
            Purpose::FilterRecords => return self.filter_records(text),
        }
        vec![]
    }
}
