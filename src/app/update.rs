//! The reducer: the only writer of the state.

use super::action::{Action, Session};
use super::effect::Effect;
use super::shards::Order;
use super::{AppState, Connection, NOTICE, Pane};
use crate::model::Time;

/// Takes in one action at `now` by this machine's clock, and says what is to be done.
pub fn update(state: &mut AppState, action: Action, now: Time) -> Vec<Effect> {
    let now = state.offset.unwrap_or_default().service_time(now);
    let before = std::mem::replace(&mut state.now, now);
    let mut effects = match action {
        Action::Intent(intent) => {
            state.is_dirty = true;
            state.on_intent(intent)
        }
        Action::Report(report) => state.on_report(report),
        Action::Session(outcome) => state.on_session(outcome),
        Action::Found(found) => {
            let Some(reading) = &state.reading else { return vec![] };
            state.is_dirty |= state.records.found(found, reading);
            state.records.catch_up(reading)
        }
        Action::Told(words) => {
            state.note(words);
            vec![]
        }
        Action::Captured(kept) => {
            state.on_captured(kept);
            vec![]
        }
        Action::Copied(copied) => state.on_copied(copied),
        Action::FileWritten(written) => {
            state.on_written(written);
            vec![]
        }
        Action::LaidOut { number, document } => {
            state.is_dirty |= state.diff.laid_out(number, document);
            vec![]
        }
        Action::RowsTold { number, rows } => {
            state.is_dirty |= state.records.told(number, rows);
            vec![]
        }
        Action::Traced(traced) => state.on_traced(traced),
        Action::Sifted(sifted) => {
            let history = state.history.as_mut();
            state.is_dirty |= history.is_some_and(|history| history.sifted(sifted));
            vec![]
        }
        Action::Loaded(captured) => state.on_loaded(*captured),
        Action::Tick => state.on_tick(before),
        Action::Resized(size) => {
            state.is_dirty |= size != state.size;
            state.size = size;
            vec![]
        }
    };
    state.begin_at_first();
    effects.extend(state.describe_next());
    effects.extend(state.arrange_shards());
    effects
}

/// Puts into words what is on the screen: once before a frame, however much has happened.
pub fn settle(state: &mut AppState) -> Vec<Effect> {
    let mut effects = vec![];
    if let Some(reading) = &state.reading {
        let job = state.records.settle(reading, usize::from(state.size.height));
        effects.extend(job.map(Effect::Tell));
    }
    let height = usize::from(state.size.height);
    if let Some(history) = &mut state.history {
        history.settle(height, &state.records.hiding.tables);
    }
    effects.extend(state.lay_out_record());
    effects
}

impl AppState {
    /// Lays out the record under the cursor, unless it is laid out already.
    pub(super) fn lay_out_record(&mut self) -> Option<Effect> {
        if let Some(history) = &mut self.history {
            let (reading, id) = history.scene(self.diff.mode).unzip();
            return self.diff.settle(reading, id).map(Effect::LayOut);
        }
        let selected = self.selected_record();
        self.diff.settle(self.reading.as_ref(), selected).map(Effect::LayOut)
    }

    fn on_session(&mut self, outcome: Result<Session, String>) -> Vec<Effect> {
        self.is_dirty = true;
        match outcome {
            Ok(session) => {
                let account = self.session.account.take();
                self.session = session;
                self.session.account = self.session.account.take().or(account);
                self.connection = Connection::Ready;
                if let Some(hint) = self.session.hint.clone() {
                    self.note(hint);
                }
            }
            Err(reason) => self.connection = Connection::Failed(reason),
        }
        vec![]
    }

    fn on_tick(&mut self, before: Time) -> Vec<Effect> {
        let is_live = |at: Time, now: Time| now.since(at) < NOTICE;
        let notice_ended =
            self.notices.back().is_some_and(|(at, _)| is_live(*at, before) && !is_live(*at, self.now));
        let minute = |time: Time| time.seconds().div_euclid(60);
        let minute_passed = minute(before) != minute(self.now);
        self.is_dirty |= notice_ended || minute_passed || self.has_quiet_news || self.is_animated();
        self.has_quiet_news = false;
        if self.shards.order != Order::Tree {
            self.shards.is_stale = true;
        }
        let now = self.now;
        let mut effects = match self.reading.as_mut().map(|reading| reading.tick(now)) {
            Some(outcome) => self.take(outcome),
            None => vec![],
        };
        effects.extend(self.go_on_seeking());
        effects.extend(self.go_on_back(None));
        effects
    }

    fn describe_next(&mut self) -> Option<Effect> {
        if self.offline.is_some() || !self.streams.may_describe(self.now) {
            return None;
        }
        let height = self.rows_of(Pane::Streams);
        let is_shown = self.division().is_none_or(|division| division.pane(Pane::Streams).is_some());
        if !is_shown {
            return None;
        }
        self.streams.describe_next(height, self.now)
    }

    /// Builds the tree of shards anew where it has changed, and narrows the records to what is
    /// selected in it.
    fn arrange_shards(&mut self) -> Vec<Effect> {
        let preview = self.wanted_preview();
        if preview != self.preview {
            self.preview = preview;
            self.shards.is_stale = true;
        }
        if self.shards.is_stale {
            self.is_dirty = true;
            match (&self.preview, &self.reading) {
                (Some(arn), _) => {
                    let entry = self.streams.entries.get(arn);
                    let described = entry.and_then(|entry| entry.description.ready());
                    self.shards.preview(&described.map(|it| it.lineage.clone()).unwrap_or_default());
                }
                (None, Some(reading)) => self.shards.arrange(reading, self.now),
                (None, None) => self.shards.preview(&crate::model::Lineage::default()),
            }
        }
        match &self.reading {
            Some(reading) if self.preview.is_none() => {
                self.records.set_choice(self.shards.selected(), reading)
            }
            Some(_) | None => vec![],
        }
    }

    /// A stream under the cursor that is not read shows its shards while the cursor is there.
    fn wanted_preview(&self) -> Option<crate::model::StreamArn> {
        let is_chosen = self.focus == Pane::Streams || self.reading.is_none();
        let selected = self.streams.selected().filter(|_| is_chosen)?;
        let is_read = self.reading.as_ref().is_some_and(|reading| reading.follows(selected));
        (!is_read).then(|| selected.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::{Config, StreamArgument};
    use crate::follow::Report;
    use crate::model::{ClockOffset, StreamArn};

    #[test]
    fn times_are_the_service_s_and_followers_keep_their_own_pace() {
        let ours = Time::from_seconds(1_000_000);
        let hour = Duration::from_hours(1);
        let arn = "arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000";
        let streams = vec![StreamArgument::Arn(StreamArn::parse(arn).unwrap())];
        let mut state = AppState::new(Config { streams, ..Config::default() }, ours);
        state.begin();
        for (micros, service) in [(-3_600_000_000, ours.minus(hour)), (3_600_000_000, ours.plus(hour))] {
            let offset = ClockOffset(micros);
            update(&mut state, Action::Report(Report::ClockRead { offset }), ours);
            assert_eq!(state.now, service);
            assert_eq!(
                state.reading.as_ref().unwrap().started,
                ours.minus(hour),
                "only what was noted before the first answer was wrong"
            );
            update(&mut state, Action::Tick, ours.plus(Duration::from_secs(2)));
            assert_eq!(state.now, service.plus(Duration::from_secs(2)));
        }
        assert_eq!(state.reading.as_ref().unwrap().since, ours.minus(hour + Duration::from_mins(5)));
    }
}
