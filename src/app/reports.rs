//! What becomes of the reports of the fetcher.

use super::effect::Effect;
use super::history::Traced;
use super::history::intents::lineage_of;
use super::reading::{Outcome, Reading, reading_of};
use super::streams::LOOKING;
use super::{AppState, First, Lookup, Pane, StreamArgument};
use crate::follow::{Ask, Report, Request};
use crate::model::time::short_span;
use crate::model::{ClockOffset, SourceError, StreamArn, StreamSummary, Time};

impl AppState {
    /// What is done first: before AWS is configured, so it is only asked for.
    pub fn begin(&mut self) -> Vec<Effect> {
        if self.offline.is_some() {
            return self.begin_offline();
        }
        let mut effects = vec![];
        for argument in self.opening.arguments.clone() {
            match argument {
                StreamArgument::Arn(arn) => self.know(&arn),
                StreamArgument::Table(table) => {
                    let run = self.take_run();
                    let request = Request::ListStreams { run, table: Some(table.clone()), after: None };
                    self.opening.runs.insert(run, Lookup { table, newest: None, is_done: false });
                    effects.push(Effect::Request(request));
                }
            }
        }
        effects.extend(self.open_arguments());
        let run = self.take_run();
        effects.push(self.streams.list(run));
        effects
    }

    pub(super) fn take_run(&mut self) -> u32 {
        let run = self.next_run;
        self.next_run += 1;
        run
    }

    pub(super) fn know(&mut self, arn: &StreamArn) {
        let (table, label) = (arn.table().to_owned(), arn.label().to_owned());
        self.streams.know(StreamSummary { arn: arn.clone(), table, label });
        self.streams.arrange();
        if self.session.account.is_none() && !arn.account().is_empty() {
            self.session.account = Some(arn.account().to_owned());
        }
    }

    /// Reads the streams of the command line once all of them are known.
    fn open_arguments(&mut self) -> Vec<Effect> {
        if self.opening.runs.values().any(|lookup| !lookup.is_done) {
            return vec![];
        }
        let mut lookups = std::mem::take(&mut self.opening.runs).into_values();
        let mut arns: Vec<StreamArn> = vec![];
        for argument in std::mem::take(&mut self.opening.arguments) {
            let arn = match argument {
                StreamArgument::Arn(arn) => Some(arn),
                StreamArgument::Table(_) => lookups.next().and_then(|lookup| lookup.newest),
            };
            arns.extend(arn.filter(|arn| !arns.contains(arn)));
        }
        if arns.is_empty() { vec![] } else { self.read(arns) }
    }

    /// Follows streams together in place of what was read before.
    pub(super) fn read(&mut self, streams: Vec<StreamArn>) -> Vec<Effect> {
        let now = self.now;
        let mut effects = match &mut self.reading {
            Some(reading) => reading.close(now).effects,
            None => vec![],
        };
        effects.extend(self.close_history());
        effects.extend(self.end_marker(""));
        effects.extend(self.capture_unread());
        if self.records.is_searching {
            effects.push(Effect::CancelSearch);
        }
        for stream in &streams {
            self.know(stream);
        }
        if let Some(first) = streams.first() {
            self.streams.select(first);
        }
        self.streams.marks.clear();
        self.records.reset();
        self.shards.reset();
        self.diff.reset();
        let First { part, filter, keep_only } = self.first.take();
        let count = streams.len() as u32;
        let mut reading = Reading::new(streams, &part, self.next_reading, self.budget, now);
        self.next_reading += count;
        if let Some(offset) = self.offset {
            effects.extend(reading.set_clock(offset, now).effects);
        }
        let outcome = reading.tick(now);
        reading.keep_only = keep_only;
        self.reading = Some(reading);
        self.focus = Pane::Records;
        effects.extend(self.filter_first(filter));
        effects.extend(self.take(outcome));
        effects
    }

    pub(super) fn on_report(&mut self, report: Report) -> Vec<Effect> {
        if let Report::ClockRead { offset } = report {
            return self.on_clock(offset);
        }
        if let Report::CredentialsLost { error, renewal } = report {
            self.is_dirty = true;
            self.credentials = Some((error, renewal));
            return vec![];
        }
        if report == Report::CredentialsRenewed {
            self.credentials = None;
            self.note("the credentials work again");
            return vec![];
        }
        if let Some(id) = reading_of(&report)
            && self.history.as_ref().is_some_and(|history| history.is_back(id))
        {
            self.is_dirty = true;
            return self.go_on_back(Some(report));
        }
        if reading_of(&report) == Some(LOOKING) {
            self.is_dirty = true;
            self.on_look(report);
            return vec![];
        }
        if let Report::StreamsListed { run, streams, more } = report {
            self.is_dirty = true;
            return self.on_streams(run, streams, more);
        }
        if let Report::StreamsNotListed { run, error } = report {
            self.is_dirty = true;
            return self.on_no_streams(run, error);
        }
        self.on_reading_report(report)
    }

    /// From now on the time is the service's.
    fn on_clock(&mut self, offset: ClockOffset) -> Vec<Effect> {
        let now = self.own_now();
        let earlier = self.now;
        self.now = offset.service_time(now);
        self.is_dirty = true;
        self.streams.clock_was_set();
        for (at, _) in &mut self.notices {
            *at = (*at).min(self.now);
        }
        // What was noted before the first answer was noted by our clock.
        let is_first = self.offset.replace(offset).is_none();
        let Some(reading) = &mut self.reading else { return vec![] };
        if is_first {
            let moved = |time: Time| ClockOffset(self.now.micros() - earlier.micros()).service_time(time);
            (reading.started, reading.since) = (moved(reading.started), moved(reading.since));
        }
        let outcome = reading.set_clock(offset, self.now);
        self.take(outcome)
    }

    /// The time by this machine's clock.
    pub(super) fn own_now(&self) -> Time {
        self.offset.unwrap_or_default().own_time(self.now)
    }

    /// An answer about a stream that is only looked at.
    fn on_look(&mut self, report: Report) {
        if let Report::StreamDescribed { stream, description, .. } = report {
            self.shards.is_stale = true;
            self.streams.described(&stream, *description);
        } else if let Report::StreamNotDescribed { stream, error, .. } = report {
            self.streams.not_described(&stream, error);
        } else if let Report::CallDelayed { error, again_in, .. } = report {
            self.note(format!("{error}; again in {}", short_span(again_in)));
        }
    }

    fn on_no_streams(&mut self, run: u32, error: SourceError) -> Vec<Effect> {
        if self.streams.is_run(run) {
            self.streams.not_listed(error);
            return vec![];
        }
        let Some(lookup) = self.opening.runs.get_mut(&run) else { return vec![] };
        lookup.is_done = true;
        let text = format!("{}: {error}", lookup.table);
        self.note(text);
        self.open_arguments()
    }

    fn on_streams(&mut self, run: u32, streams: Vec<StreamSummary>, more: Option<StreamArn>) -> Vec<Effect> {
        for summary in &streams {
            self.know(&summary.arn);
        }
        if self.streams.is_run(run) {
            return self.streams.listed(streams, more);
        }
        let Some(lookup) = self.opening.runs.get_mut(&run) else {
            return self.on_reading_report(Report::StreamsListed { run, streams, more });
        };
        for summary in streams {
            // An endpoint may ignore the table it was asked for.
            let is_wanted = summary.table == lookup.table;
            let is_newer =
                lookup.newest.as_ref().is_none_or(|newest| newest.label() < summary.label.as_str());
            if is_wanted && is_newer {
                lookup.newest = Some(summary.arn);
            }
        }
        if let Some(after) = more {
            let table = Some(lookup.table.clone());
            return vec![Effect::Request(Request::ListStreams { run, table, after: Some(after) })];
        }
        lookup.is_done = true;
        if lookup.newest.is_none() {
            let text = format!("{} has no stream in {}", lookup.table, self.session.region);
            self.note(text);
        }
        self.open_arguments()
    }

    fn on_reading_report(&mut self, report: Report) -> Vec<Effect> {
        let is_quiet = matches!(&report, Report::PageRead { page, end: false, .. } if page.is_empty());
        let changes_rows = !matches!(
            &report,
            Report::PageRead { end: false, .. } | Report::TailStarted { .. } | Report::TailSlowed { .. }
        );
        if let Report::StreamDescribed { stream, description, ask: Ask::Shards { after: None }, .. } = &report
        {
            self.streams.described(stream, (**description).clone());
            self.records.forget_texts();
        }
        if let Report::CallDelayed { error, again_in, .. } = &report {
            self.note(format!("{error}; again in {}", short_span(*again_in)));
        }
        self.shards.is_stale |= changes_rows;
        let now = self.now;
        let Some(reading) = &mut self.reading else { return vec![] };
        let before = if is_quiet { reading.caught_up() } else { 0 };
        let is_described = matches!(&report, Report::StreamDescribed { .. });
        let id = reading_of(&report);
        let outcome = reading.on(report, now);
        if is_described
            && let Some(history) = &mut self.history
            && let Some(lineage) = lineage_of(reading, history)
        {
            history.lineage_changed(lineage);
        }
        if is_quiet && reading.caught_up() == before {
            self.has_quiet_news = true;
        } else {
            self.is_dirty = true;
        }
        // Before the records that need them.
        let mut effects = id.filter(|_| is_described).map(|id| self.capture_facts(id)).unwrap_or_default();
        effects.extend(self.take(outcome));
        effects.extend(self.go_on_seeking());
        effects
    }

    /// Takes in what was found of the item whose history is open.
    pub(super) fn on_traced(&mut self, traced: Traced) -> Vec<Effect> {
        let (Some(history), Some(reading)) = (&mut self.history, &self.reading) else { return vec![] };
        let Some(lineage) = lineage_of(reading, history) else { return vec![] };
        let effects = history.traced(traced, lineage);
        self.is_dirty |= effects.is_some();
        effects.unwrap_or_default()
    }

    /// Takes in what the followers made of something.
    pub(super) fn take(&mut self, mut outcome: Outcome) -> Vec<Effect> {
        for warning in std::mem::take(&mut outcome.warnings) {
            self.note(warning.to_string());
        }
        self.records.forget(&outcome.gone);
        if let Some(reading) = &self.reading
            && !outcome.arrived.is_empty()
        {
            let effects = self.records.arrived(&outcome.arrived, reading);
            outcome.effects.extend(self.capture_arrived(&outcome.arrived));
            outcome.effects.extend(effects);
            self.is_dirty = true;
            if let Some(history) = &mut self.history
                && let Some(lineage) = lineage_of(reading, history)
            {
                outcome.effects.extend(history.arrived(&outcome.arrived, reading, lineage));
            }
        }
        outcome.effects
    }
}
