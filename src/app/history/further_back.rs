//! What becomes of `b` in a history: it begins, goes on with reports and time, ends, is cancelled.

use super::back::Standing;
use super::intents::lineage_of;
use crate::app::AppState;
use crate::app::effect::Effect;
use crate::app::row_text::plural;
use crate::app::summary::thousands;
use crate::follow::{ReadingId, Report};
use crate::history::Extent;

impl AppState {
    pub(in crate::app) fn read_further_back(&mut self) -> Vec<Effect> {
        let (offset, now) = (self.offset.unwrap_or_default(), self.own_now());
        let (Some(history), Some(reading)) = (&mut self.history, &self.reading) else { return vec![] };
        if history.back.is_some() {
            self.note("reading further back already; Ctrl-C cancels");
            return vec![];
        }
        if history.held_since == Extent::TrimHorizon {
            self.note("all that the stream keeps of this item has been read");
            return vec![];
        }
        let follower = reading.followers.iter().find(|follower| *follower.stream() == history.stream);
        let Some(follower) = follower.filter(|_| history.rows.steps().next().is_some()) else {
            return vec![];
        };
        let id = ReadingId(self.next_reading);
        self.next_reading += 1;
        history.begin_back(reading, follower, id, offset, now)
    }

    /// Something was reported to the reading further back, or time has passed.
    pub(in crate::app) fn go_on_back(&mut self, report: Option<Report>) -> Vec<Effect> {
        let now = self.own_now();
        let (Some(history), Some(reading)) = (&mut self.history, &mut self.reading) else { return vec![] };
        if matches!(report, Some(Report::PageRead { .. } | Report::TailSlowed { .. })) {
            reading.calls.add(self.now, 1, self.now);
            reading.call_count += 1;
        }
        let Some(lineage) = lineage_of(reading, history) else { return vec![] };
        let mut effects = history.on_back(report, lineage, now);
        match history.back_standing() {
            None | Some(Standing::Reading) => effects.extend(self.share_shards()),
            Some(Standing::Met) => effects.extend(self.stop_back(true)),
            Some(Standing::Failed(error)) => {
                effects.extend(self.stop_back(false));
                self.note(format!("cannot read further back: {error}"));
            }
        }
        effects
    }

    /// Ends the reading further back: it is through, or it was cancelled.
    pub(in crate::app) fn stop_back(&mut self, is_through: bool) -> Vec<Effect> {
        let (Some(history), Some(reading)) = (&mut self.history, &self.reading) else { return vec![] };
        let Some(lineage) = lineage_of(reading, history) else { return vec![] };
        if history.back.is_none() {
            return vec![];
        }
        let (mut effects, records) = history.end_back(is_through, lineage);
        let steps = plural(history.rows.steps().count() as u64, "step");
        let records = thousands(records);
        effects.extend(self.share_shards());
        self.note(if is_through {
            format!("read back to the oldest kept: {steps} among {records} records")
        } else {
            format!("stopped reading further back after {records} records")
        });
        effects
    }

    /// A shard that is read further back is not read at its head meanwhile: the service allows five
    /// calls a second for each shard, to all its readers together.
    fn share_shards(&mut self) -> Vec<Effect> {
        let (Some(history), Some(reading)) = (&self.history, &mut self.reading) else { return vec![] };
        let busy = history.back_busy();
        let stream = history.stream.clone();
        reading.yield_shard(&stream, busy)
    }
}
