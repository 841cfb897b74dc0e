//! A reading of files: what they say takes the place of what followers bring.

use std::sync::Arc;

use super::{Arrived, Outcome, Reading};
use crate::follow::{Coverage, Follower, Part, ReadingId, Start};
use crate::journal::{Entry, StreamFact};
use crate::model::{StreamArn, Time};
use crate::store::{Origin, Page};

/// So many times of a page tell how finely they are told.
const TIMES_SEEN: usize = 100;

impl Reading {
    /// Of files that are yet to be read.
    pub fn offline(budget: usize, now: Time) -> Self {
        let reading = Self::new(vec![], &Part::from(Start::TrimHorizon), 0, budget, now);
        Self { is_offline: true, ..reading }
    }

    /// Takes in what a capture says. Streams that were not met before are given ids from `next` on.
    pub fn load(&mut self, entries: Vec<Entry>, next: &mut u32, now: Time) -> Outcome {
        let mut outcome = Outcome::default();
        let mut pages = vec![];
        for entry in entries {
            match entry {
                Entry::Stream(StreamFact { stream, status, view_type, key_names }) => {
                    let at = self.place_of(stream, next, now);
                    self.followers[at].describe_captured(status, view_type, key_names);
                }
                Entry::Shard { stream, shard } => {
                    let at = self.place_of(stream, next, now);
                    self.followers[at].list_captured(shard);
                }
                Entry::Page { stream, shard, page } => {
                    let at = self.place_of(stream, next, now);
                    let is_earlier = self.followers[at].count_captured(&shard, &page);
                    let mut precision = self.followers[at].precision();
                    page.times().take(TIMES_SEEN).for_each(|time| precision.see(time));
                    self.followers[at].learn_precision(precision);
                    self.count(at, &shard, &page, now);
                    let origin = self.origin(at, &shard);
                    let page = self.kept(at, &shard, page);
                    if is_earlier {
                        // Of a file that should have been named before another: among what came first.
                        self.keep_pages(&mut pages, now, &mut outcome);
                        let (ids, _) = self.store.insert(origin, Arc::clone(&page), (None, None), now);
                        outcome.arrived.push(Arrived { ids, origin, page: Some(page), is_older: true });
                    } else {
                        pages.push((origin, page));
                    }
                }
                Entry::Gap { stream, gap } => {
                    self.keep_pages(&mut pages, now, &mut outcome);
                    let at = self.place_of(stream, next, now);
                    self.push_gap(at, gap, None, now, &mut outcome);
                }
                Entry::Marker(marker) => {
                    self.keep_pages(&mut pages, now, &mut outcome);
                    outcome.marked.push(self.mark(marker));
                }
            }
        }
        self.keep_pages(&mut pages, now, &mut outcome);
        outcome
    }

    /// Keeps pages together: that costs less than one after the other.
    fn keep_pages(&mut self, pages: &mut Vec<(Origin, Arc<Page>)>, now: Time, outcome: &mut Outcome) {
        let ids = self.store.push_all(pages, now);
        let arrived = ids.into_iter().zip(pages.drain(..));
        outcome.arrived.extend(arrived.map(|(ids, (origin, page))| Arrived {
            ids,
            origin,
            page: Some(page),
            is_older: false,
        }));
    }

    /// The follower of a stream, by its place; it may be a new one.
    fn place_of(&mut self, stream: StreamArn, next: &mut u32, now: Time) -> usize {
        if let Some(at) = self.followers.iter().position(|follower| *follower.stream() == stream) {
            return at;
        }
        self.followers.push(Follower::captured(ReadingId(*next), stream, now));
        self.coverage.push(Coverage::default());
        *next += 1;
        self.followers.len() - 1
    }

    /// Whether it is of files.
    pub fn is_offline(&self) -> bool {
        self.is_offline
    }

    /// From when to when the records held are, by their places.
    pub fn span(&self) -> Option<(Time, Time)> {
        let timeline = self.store.timeline();
        Some((timeline.get(0)?.time, timeline.last()?.time))
    }
}
