//! The filter prompt of the records: live, with a history and completion; and keeping only what matches.

use std::sync::Arc;

use super::AppState;
use super::completion::paths_seen;
use super::effect::Effect;
use super::prompt::{Prompt, Purpose, Verdict};
use super::summary::thousands;
use crate::query::{Filter, Kind};

/// Filters remembered.
const REMEMBERED: usize = 100;

impl AppState {
    /// Filters by what is typed so far; while that is no expression the last good filter stays.
    pub(super) fn filter_records(&mut self, text: &str) -> Vec<Effect> {
        let typed = Filter::typed(text, self.now, self.zone);
        if let Some(prompt) = &mut self.prompt {
            prompt.verdict = match &typed {
                Ok(_) => Verdict::Good(Kind::of(text)),
                Err(error) => Verdict::Wrong(error.clone()),
            };
        }
        match (typed, &self.reading) {
            (Ok(filter), Some(reading)) => self.records.set_filter(text, filter, reading),
            _ => vec![],
        }
    }

    /// A prompt for the filter of the records, which knows what can be written there.
    pub(super) fn filter_prompt(&self) -> Prompt {
        let text = &self.records.filter;
        Prompt {
            verdict: Verdict::Good(Kind::of(text)),
            paths: self.reading.as_ref().map(paths_seen).unwrap_or_default(),
            ..Prompt::new(Purpose::FilterRecords, text)
        }
    }

    /// Keeps what was typed, unless it is wrong.
    pub(super) fn submit(&mut self) -> Vec<Effect> {
        let Some(prompt) = self.prompt.take() else { return vec![] };
        if let Purpose::WriteFile(choice) = prompt.purpose {
            return self.write(choice, &prompt.text);
        }
        if prompt.purpose == Purpose::Position {
            return self.submit_position(prompt);
        }
        if let Purpose::Hide(hiding) = prompt.purpose {
            self.hide(hiding, prompt);
            return vec![];
        }
        if prompt.purpose == Purpose::LabelMarker {
            return self.end_marker(&prompt.text);
        }
        if matches!(prompt.verdict, Verdict::Wrong(_)) {
            self.prompt = Some(prompt);
        } else if prompt.purpose == Purpose::FilterRecords && !prompt.text.trim().is_empty() {
            self.filters.retain(|known| *known != prompt.text);
            if self.filters.len() == REMEMBERED {
                self.filters.remove(0);
            }
            self.filters.push(prompt.text);
        }
        vec![]
    }

    /// Completes the word that is typed; again, with the next that fits.
    pub(super) fn complete(&mut self) -> Vec<Effect> {
        let known = self.prompt.as_mut().and_then(|prompt| prompt.completion.take());
        self.edit(|prompt| {
            prompt.completion = known;
            prompt.complete();
        })
    }

    /// Goes through the filters of before.
    pub(super) fn recall(&mut self, earlier: bool) -> Vec<Effect> {
        let filters = std::mem::take(&mut self.filters);
        let effects = self.edit(|prompt| prompt.recall(&filters, earlier));
        self.filters = filters;
        effects
    }

    /// From now on only records that the filter in effect matches are stored; or all again.
    pub(super) fn keep_only(&mut self) {
        let Some(reading) = &mut self.reading else { return };
        if reading.keep_only.take().is_some() {
            let dropped = thousands(reading.dropped);
            return self.note(format!("all is kept again · {dropped} dropped by you"));
        }
        let Some(filter) = self.records.wanted() else {
            return self.note("filter first (/): Ctrl-K then keeps only what the filter matches");
        };
        reading.keep_only = Some(Arc::clone(filter));
        self.note("only what matches is kept from now on");
    }

    /// What the streams that are read cannot show to the filter in effect.
    pub fn blind_spot(&self) -> Option<String> {
        let filter = self.records.wanted()?;
        self.reading.as_ref()?.followers.iter().find_map(|follower| {
            filter.blind_spot(follower.stream().table(), follower.view_type()?, follower.key_names())
        })
    }
}
