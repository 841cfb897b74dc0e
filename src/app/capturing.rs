//! What the explorer captures, and how that goes; markers on the way.

use super::AppState;
use super::effect::Effect;
use super::prompt::{Prompt, Purpose};
use super::reading::Arrived;
use crate::follow::{ReadingId, Unread};
use crate::journal::{Entry, Journal, Kept};
use crate::model::{Gap, GapReason, Marker};
use crate::store::{RecordId, Row};

/// A capture that is being written.
#[derive(Debug)]
pub struct Capturing {
    /// The file, as it was named.
    pub path: String,
    pub kept: Kept,
    journal: Journal,
}

impl Capturing {
    pub fn new(path: String) -> Self {
        Self { path, kept: Kept::default(), journal: Journal::default() }
    }
}

/// A marker whose label is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unlabelled {
    id: RecordId,
    marker: Marker,
}

impl AppState {
    /// What a reading's follower has learned of its stream, for the capture.
    pub(super) fn capture_facts(&mut self, id: ReadingId) -> Vec<Effect> {
        let (Some(capturing), Some(reading)) = (&mut self.capturing, &self.reading) else { return vec![] };
        let follower = reading.followers.iter().find(|follower| follower.reading() == id);
        let news = follower.map(|follower| capturing.journal.news(follower)).unwrap_or_default();
        news.into_iter().map(Effect::Capture).collect()
    }

    /// What has come into the store, for the capture.
    pub(super) fn capture_arrived(&self, arrived: &[Arrived]) -> Vec<Effect> {
        let (Some(_), Some(reading)) = (&self.capturing, &self.reading) else { return vec![] };
        let entry = |rows: &Arrived| {
            let (stream, shard) = reading.store.shard_of(rows.origin);
            let stream = stream.clone();
            match &rows.page {
                Some(page) if page.is_empty() => None,
                Some(page) => Some(Entry::Page { stream, shard: shard.clone(), page: page.clone() }),
                None => match reading.store.row(RecordId(rows.ids.start))? {
                    Row::Gap(_, gap) => {
                        // It may still be read: what is not, in the end, is told then.
                        let is_final = !matches!(gap.reason, GapReason::NotRead { .. });
                        is_final.then(|| Entry::Gap { stream, gap: gap.clone() })
                    }
                    Row::Record(..) | Row::Poison(..) | Row::Marker(..) => None,
                },
            }
        };
        arrived.iter().filter_map(entry).map(Effect::Capture).collect()
    }

    /// What of the streams that are read was asked for and not read, for the capture.
    pub(super) fn capture_unread(&self) -> Vec<Effect> {
        let (Some(_), Some(reading)) = (&self.capturing, &self.reading) else { return vec![] };
        let entry = |(at, unread): (usize, Unread)| {
            let Unread { shard, after, from, until, .. } = unread;
            let gap = Gap { shard: Some(shard), reason: GapReason::NotRead { from, until }, after };
            Effect::Capture(Entry::Gap { stream: reading.followers[at].stream().clone(), gap })
        };
        reading.unread().into_iter().map(entry).collect()
    }

    /// How the writing of the capture stands.
    pub(super) fn on_captured(&mut self, kept: Kept) {
        let Some(capturing) = &mut self.capturing else { return };
        let said = kept.change(&capturing.kept);
        capturing.kept = kept;
        match said {
            Some(said) => self.note(said),
            // A number in the header is no reason for a frame.
            None => self.has_quiet_news = true,
        }
    }

    /// What is wrong with the capture.
    pub(super) fn capture_trouble(&self) -> Option<String> {
        let Capturing { path, kept, .. } = self.capturing.as_ref()?;
        let trouble = kept.trouble.as_ref()?;
        Some(format!("{path} cannot be written: {trouble}. Reading goes on; it is tried again every second."))
    }

    /// Whether all that was read is in a file as well.
    pub(super) fn is_captured(&self) -> bool {
        self.capturing.as_ref().is_some_and(|capturing| capturing.kept.is_whole())
    }

    /// Drops a marker here and now; then asks for its label.
    pub(super) fn drop_marker(&mut self) -> Vec<Effect> {
        let effects = self.end_marker("");
        let marker = Marker { time: self.now, label: String::new() };
        let Some(reading) = &mut self.reading else {
            self.note("a marker stands between records: open a stream first");
            return effects;
        };
        let id = reading.mark(marker.clone());
        self.records.marked(id, reading);
        self.unlabelled = Some(Unlabelled { id, marker });
        self.prompt = Some(Prompt::new(Purpose::LabelMarker, ""));
        effects
    }

    /// The label is known: the marker that waits for it is whole, and goes to the capture.
    pub(super) fn end_marker(&mut self, label: &str) -> Vec<Effect> {
        let Some(Unlabelled { id, mut marker }) = self.unlabelled.take() else { return vec![] };
        label.trim().clone_into(&mut marker.label);
        if let Some(reading) = &mut self.reading {
            reading.store.label_marker(id, &marker.label);
        }
        self.records.forget_text(id);
        self.diff.forget_row(id);
        let is_captured = self.capturing.is_some();
        is_captured.then_some(Effect::Capture(Entry::Marker(marker))).into_iter().collect()
    }

    /// What is still to be done when the explorer ends, however it ends.
    pub fn end(&mut self) -> Vec<Effect> {
        let label = self.prompt.as_ref().filter(|prompt| prompt.purpose == Purpose::LabelMarker);
        let label = label.map(|prompt| prompt.text.clone()).unwrap_or_default();
        let mut effects = self.end_marker(&label);
        effects.extend(self.capture_unread());
        effects
    }
}
