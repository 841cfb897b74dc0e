//! The pane of streams: which exist, and what is known of each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Loadable;
use super::effect::Effect;
use super::window::{Motion, window};
use crate::follow::{Ask, ReadingId, Request};
use crate::model::{
    Lineage, SourceError, StreamArn, StreamDescription, StreamStatus, StreamSummary, Time, ViewType,
};

/// Streams are described for a look under this id; followers have others.
pub const LOOKING: ReadingId = ReadingId(0);

/// Between two DescribeStream calls for a look: consumers share the limit of 10 a second.
const DESCRIBE_INTERVAL: Duration = Duration::from_millis(500);
/// Pages of ListStreams followed: 10,000 streams.
const MAX_PAGES: u32 = 100;

/// What is known of a stream.
#[derive(Clone, Debug)]
pub struct Entry {
    pub summary: StreamSummary,
    pub description: Loadable<Described>,
}

/// A stream's first page of DescribeStream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub status: StreamStatus,
    pub view_type: ViewType,
    pub created_at: Option<Time>,
    pub lineage: Lineage,
    /// There are more shards than one page holds.
    pub more: bool,
}

/// One line of the pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRow {
    pub arn: StreamArn,
    /// Older streams of the same table, folded under this one.
    pub folded: usize,
    /// It is itself an older stream of the table above.
    pub is_older: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Streams {
    pub listing: Loadable<()>,
    pub entries: BTreeMap<StreamArn, Entry>,
    pub rows: Vec<StreamRow>,
    /// The row of the cursor.
    pub cursor: usize,
    pub marks: BTreeSet<StreamArn>,
    pub filter: String,
    unfolded: BTreeSet<String>,
    run: u32,
    pages: u32,
    described_at: Option<Time>,
    asked: Option<StreamArn>,
    /// The cursor has been moved: it stays where it is when pages arrive.
    is_chosen: bool,
}

impl Streams {
    /// Lists all streams, from the first page.
    pub fn list(&mut self, run: u32) -> Effect {
        self.listing = Loadable::Loading;
        self.run = run;
        self.pages = 0;
        Effect::Request(Request::ListStreams { run, table: None, after: None })
    }

    pub fn is_run(&self, run: u32) -> bool {
        self.run == run
    }

    /// Takes in a page of the listing, and asks for the next.
    pub fn listed(&mut self, streams: Vec<StreamSummary>, more: Option<StreamArn>) -> Vec<Effect> {
        let known = self.entries.len();
        for summary in streams {
            self.know(summary);
        }
        self.pages += 1;
        // A token that is followed by nothing new is not followed for ever.
        let goes_on = self.pages < MAX_PAGES && self.entries.len() > known;
        self.arrange();
        match more {
            Some(after) if goes_on => {
                vec![Effect::Request(Request::ListStreams { run: self.run, table: None, after: Some(after) })]
            }
            Some(_) | None => {
                self.listing = Loadable::Ready(());
                vec![]
            }
        }
    }

    pub fn not_listed(&mut self, error: SourceError) {
        self.listing = Loadable::Failed(error);
    }

    pub fn know(&mut self, summary: StreamSummary) {
        let fresh = Entry { summary: summary.clone(), description: Loadable::Idle };
        self.entries.entry(summary.arn).or_insert(fresh);
    }

    pub fn described(&mut self, arn: &StreamArn, description: StreamDescription) {
        if self.asked.as_ref() == Some(arn) {
            self.asked = None;
        }
        let Some(entry) = self.entries.get_mut(arn) else { return };
        let mut lineage = Lineage::default();
        for shard in description.shards {
            lineage.merge(shard);
        }
        entry.description = Loadable::Ready(Described {
            status: description.status,
            view_type: description.view_type,
            created_at: description.created_at,
            lineage,
            more: description.last_evaluated_shard.is_some(),
        });
    }

    pub fn not_described(&mut self, arn: &StreamArn, error: SourceError) {
        if self.asked.as_ref() == Some(arn) {
            self.asked = None;
        }
        if let Some(entry) = self.entries.get_mut(arn) {
            entry.description = Loadable::Failed(error);
        }
    }

    /// Describes the next stream that is on the screen, the one under the cursor first.
    pub fn describe_next(&mut self, height: usize, now: Time) -> Option<Effect> {
        if !self.may_describe(now) {
            return None;
        }
        let arn = self.next_unknown(height)?;
        if let Some(entry) = self.entries.get_mut(&arn) {
            entry.description = Loadable::Loading;
        }
        self.described_at = Some(now);
        self.asked = Some(arn.clone());
        let ask = Ask::Shards { after: None };
        Some(Effect::Request(Request::DescribeStream { reading: LOOKING, stream: arn, ask }))
    }

    /// The last description may seem to lie in the future: it is forgotten.
    pub fn clock_was_set(&mut self) {
        self.described_at = None;
    }

    /// One at a time, and not too soon after the last.
    pub fn may_describe(&self, now: Time) -> bool {
        let is_early = self.described_at.is_some_and(|at| now.since(at) < DESCRIBE_INTERVAL);
        self.asked.is_none() && !is_early
    }

    fn next_unknown(&self, height: usize) -> Option<StreamArn> {
        let shown = window(self.cursor, self.rows.len(), height);
        let first = self.rows.get(self.cursor);
        let all = first.into_iter().chain(&self.rows[shown]);
        let mut unknown = all.filter(|row| {
            self.entries.get(&row.arn).is_some_and(|entry| matches!(entry.description, Loadable::Idle))
        });
        unknown.next().map(|row| row.arn.clone())
    }

    /// Whether anything on the screen is still to be described.
    pub fn is_describing(&self, height: usize) -> bool {
        self.asked.is_some() || self.next_unknown(height).is_some()
    }

    /// Tries again what failed.
    pub fn retry(&mut self) {
        for entry in self.entries.values_mut() {
            if matches!(entry.description, Loadable::Failed(_)) {
                entry.description = Loadable::Idle;
            }
        }
    }

    pub fn selected(&self) -> Option<&StreamArn> {
        self.rows.get(self.cursor).map(|row| &row.arn)
    }

    /// The marked streams, else the one under the cursor.
    pub fn chosen(&self) -> Vec<StreamArn> {
        if self.marks.is_empty() {
            return self.selected().cloned().into_iter().collect();
        }
        self.marks.iter().cloned().collect()
    }

    pub fn select(&mut self, arn: &StreamArn) {
        if let Some(row) = self.rows.iter().position(|row| row.arn == *arn) {
            self.cursor = row;
            self.is_chosen = true;
        }
    }

    pub fn step(&mut self, motion: Motion, height: usize) {
        self.cursor = motion.from(self.cursor, self.rows.len(), height);
        self.is_chosen = true;
    }

    pub fn mark(&mut self) {
        let Some(arn) = self.selected().cloned() else { return };
        if !self.marks.remove(&arn) {
            self.marks.insert(arn);
        }
        self.step(Motion::Down, 1);
    }

    /// Shows or hides the older streams of the table under the cursor.
    pub fn unfold(&mut self, unfold: bool) {
        let Some(table) = self.selected().map(|arn| arn.table().to_owned()) else { return };
        if unfold {
            self.unfolded.insert(table);
        } else {
            self.unfolded.remove(&table);
        }
        self.arrange();
    }

    pub fn set_filter(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
        self.arrange();
    }

    /// Rebuilds the rows: tables by their newest stream, newest first, older streams under it.
    pub fn arrange(&mut self) {
        let selected = self.selected().cloned().filter(|_| self.is_chosen);
        let wanted = self.filter.to_lowercase();
        let mut tables: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in self.entries.values() {
            if entry.summary.table.to_lowercase().contains(&wanted) {
                tables.entry(&entry.summary.table).or_default().push(entry);
            }
        }
        let mut tables: Vec<Vec<&Entry>> = tables.into_values().collect();
        for streams in &mut tables {
            streams.sort_by(|a, b| b.summary.label.cmp(&a.summary.label));
        }
        // Labels are times as text: their order is that of creation.
        tables.sort_by(|a, b| b[0].summary.label.cmp(&a[0].summary.label));
        let mut rows = vec![];
        for streams in tables {
            let is_unfolded = self.unfolded.contains(&streams[0].summary.table);
            let folded = if is_unfolded { 0 } else { streams.len() - 1 };
            let shown = streams.len() - folded;
            rows.extend(streams.iter().take(shown).enumerate().map(|(place, entry)| StreamRow {
                arn: entry.summary.arn.clone(),
                folded: if place == 0 { folded } else { 0 },
                is_older: place > 0,
            }));
        }
        self.rows = rows;
        let table = selected.as_ref().map(StreamArn::table);
        let row = self
            .rows
            .iter()
            .position(|row| Some(&row.arn) == selected.as_ref())
            .or_else(|| self.rows.iter().position(|row| Some(row.arn.table()) == table));
        self.cursor = row.unwrap_or(0).min(self.rows.len().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(table: &str, label: &str) -> StreamSummary {
        let arn = format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/{label}");
        StreamSummary { arn: StreamArn::parse(&arn).unwrap(), table: table.into(), label: label.into() }
    }

    fn listed(streams: &[(&str, &str)]) -> Streams {
        let mut pane = Streams::default();
        pane.list(1);
        pane.listed(streams.iter().map(|(table, label)| summary(table, label)).collect(), None);
        pane
    }

    fn drawn(pane: &Streams) -> Vec<String> {
        let row = |row: &StreamRow| {
            let indent = if row.is_older { " " } else { "" };
            format!("{indent}{} {} +{}", row.arn.table(), row.arn.label(), row.folded)
        };
        pane.rows.iter().map(row).collect()
    }

    #[test]
    fn the_newest_come_first_and_old_streams_of_a_table_are_folded_under_it() {
        let mut pane = listed(&[("a", "2026-01-01"), ("b", "2026-03-01"), ("b", "2026-02-01")]);
        assert_eq!(drawn(&pane), ["b 2026-03-01 +1", "a 2026-01-01 +0"]);
        pane.unfold(true);
        assert_eq!(drawn(&pane), ["b 2026-03-01 +0", " b 2026-02-01 +0", "a 2026-01-01 +0"]);
    }

    #[test]
    fn only_what_is_on_the_screen_is_described_the_cursor_first_and_at_most_two_a_second() {
        let names: Vec<String> = (0..9).map(|at| format!("2026-01-0{at}")).collect();
        let mut pane = listed(&names.iter().map(|label| ("t", label.as_str())).collect::<Vec<_>>());
        pane.unfold(true);
        pane.cursor = 4;
        let asked = |effect: Option<Effect>| match effect {
            Some(Effect::Request(Request::DescribeStream { stream, .. })) => Some(stream.label().to_owned()),
            _ => None,
        };
        let at = |ms: i64| Time::from_millis(ms);
        assert_eq!(asked(pane.describe_next(3, at(0))).as_deref(), Some("2026-01-04"));
        let stream = pane.selected().unwrap().clone();
        let error = SourceError {
            operation: crate::model::Operation::DescribeStream,
            kind: crate::model::ErrorKind::NotFound,
            message: String::new(),
        };
        assert_eq!(asked(pane.describe_next(3, at(900))), None, "one at a time");
        pane.not_described(&stream, error);
        assert_eq!(asked(pane.describe_next(3, at(499))), None, "half a second apart");
        assert_eq!(asked(pane.describe_next(3, at(500))).as_deref(), Some("2026-01-05"));
    }

    #[test]
    fn an_endpoint_that_repeats_a_page_is_not_followed_for_ever() {
        let mut pane = Streams::default();
        pane.list(7);
        let streams = vec![summary("a", "2026-01-01")];
        let token = streams[0].arn.clone();
        assert_eq!(pane.listed(streams.clone(), Some(token.clone())).len(), 1);
        assert_eq!(pane.listed(streams, Some(token)), []);
        assert_eq!(pane.listing, Loadable::Ready(()));
    }

    #[test]
    fn the_cursor_stays_on_its_stream_when_others_arrive() {
        let mut pane = listed(&[("a", "2026-01-01"), ("b", "2026-01-02")]);
        pane.step(Motion::Down, 5);
        pane.listed(vec![summary("c", "2026-01-03")], None);
        assert_eq!(pane.selected().map(StreamArn::table), Some("a"));
    }
}
