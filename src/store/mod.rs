//! The records kept: pages of raw bytes, an order over them, and a budget.

pub mod page;
mod text;
mod timeline;

pub use page::{Envelope, Facts, Flags, Page, Poison, RecordRef, RecordSpan, Span};
pub use timeline::{Place, Timeline};

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Gap, Marker, ShardId, StreamArn, Time};

/// The arrival number of a record (or of a gap, or of a marker) in a store. Never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u64);

/// Which shard of which stream a record came from: an index into the store's table of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(u32);

/// What one [`RecordId`] stands for.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    Record(Origin, RecordRef<'a>),
    Gap(Origin, &'a Gap),
    Poison(Origin, &'a Page, &'a Poison),
    /// With its number, from 1. It is of no stream: all that are read stand around it.
    Marker(u32, &'a Marker),
}

#[derive(Clone, Debug, PartialEq)]
struct Held {
    first: RecordId,
    content: Content,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    /// Its records first, then its poison.
    Page(Origin, Arc<Page>),
    Gap(Origin, Gap),
    Marker(u32, Marker),
}

impl Held {
    fn len(&self) -> usize {
        match &self.content {
            Content::Page(_, page) => page.len() + page.poison().len(),
            Content::Gap(..) | Content::Marker(..) => 1,
        }
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.len() * size_of::<Place>()
            + match &self.content {
                Content::Page(_, page) => page.bytes_held(),
                Content::Gap(..) => 0,
                Content::Marker(_, marker) => marker.label.len(),
            }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct OriginEntry {
    stream: StreamArn,
    shard: ShardId,
    /// No record of this lineage may be placed before this time again.
    floor: Time,
}

/// All records of one reading, in the order of their arrival, within a budget of bytes. A clone
/// shares its pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    held: VecDeque<Held>,
    origins: Vec<OriginEntry>,
    timeline: Timeline,
    next: RecordId,
    budget: usize,
    bytes: usize,
    evicted: u64,
    /// The latest time of a record that has left.
    evicted_to: Option<Time>,
    gaps: u64,
    markers: u32,
}

impl Store {
    /// A store that keeps at most about `budget` bytes; the oldest arrivals leave first.
    pub fn new(budget: usize) -> Self {
        Self {
            held: VecDeque::new(),
            origins: vec![],
            timeline: Timeline::default(),
            next: RecordId::default(),
            budget,
            bytes: 0,
            evicted: 0,
            evicted_to: None,
            gaps: 0,
            markers: 0,
        }
    }

    /// The same with ids from `first` on, so that they are nobody else's.
    #[must_use]
    pub fn with_ids_from(self, first: RecordId) -> Self {
        Self { next: first, ..self }
    }

    /// The origin of a shard's records. The first call for a shard may name its parent: no record
    /// of the shard is then placed before one of the parent, whatever their times say.
    pub fn origin(&mut self, stream: &StreamArn, shard: &ShardId, parent: Option<&ShardId>) -> Origin {
        if let Some(known) = self.find_origin(stream, shard) {
            return known;
        }
        let floor = parent
            .and_then(|parent| self.find_origin(stream, parent))
            .map_or(Time::OLDEST, |parent| self.origins[parent.0 as usize].floor);
        self.origins.push(OriginEntry { stream: stream.clone(), shard: shard.clone(), floor });
        Origin(self.origins.len() as u32 - 1)
    }

    /// The origin of what is known of a stream and of no shard in it.
    pub fn stream_origin(&mut self, stream: &StreamArn) -> Origin {
        self.origin(stream, &ShardId::new(""), None)
    }

    pub fn find_origin(&self, stream: &StreamArn, shard: &ShardId) -> Option<Origin> {
        let at = self.origins.iter().position(|entry| entry.shard == *shard && entry.stream == *stream)?;
        Some(Origin(at as u32))
    }

    pub fn shard_of(&self, origin: Origin) -> (&StreamArn, &ShardId) {
        let entry = &self.origins[origin.0 as usize];
        (&entry.stream, &entry.shard)
    }

    /// Keeps a page that arrived at `now`, and says which ids its rows got.
    pub fn push(&mut self, origin: Origin, page: Arc<Page>, now: Time) -> Range<u64> {
        let mut places = Vec::with_capacity(page.len() + page.poison().len());
        self.place(origin, &page, now, self.next, &mut places);
        self.timeline.extend(&places);
        self.keep(Content::Page(origin, page))
    }

    /// Keeps pages that arrived together, and says which ids the rows of each got.
    pub fn push_all(&mut self, pages: &[(Origin, Arc<Page>)], now: Time) -> Vec<Range<u64>> {
        let mut places = vec![];
        let mut next = self.next;
        for (origin, page) in pages {
            self.place(*origin, page, now, next, &mut places);
            next.0 += (page.len() + page.poison().len()) as u64;
        }
        places.sort_unstable();
        self.timeline.extend(&places);
        pages.iter().map(|(origin, page)| self.keep(Content::Page(*origin, Arc::clone(page)))).collect()
    }

    /// Where the rows of a page stand, the first of them with this id.
    fn place(&mut self, origin: Origin, page: &Page, now: Time, first: RecordId, places: &mut Vec<Place>) {
        let floor = &mut self.origins[origin.0 as usize].floor;
        let RecordId(first) = first;
        let rows = page.len() + page.poison().len();
        for slot in 0..rows {
            // A record without a time, and poison, stand behind what came before them.
            let time = if slot < page.len() { page.record(slot).time() } else { None };
            let before = if *floor == Time::OLDEST { now } else { *floor };
            *floor = time.map_or(before, |time| time.max(*floor));
            places.push(Place { time: *floor, id: RecordId(first + slot as u64) });
        }
    }

    /// Keeps a page that belongs among rows that came before it: behind those of its lineage that are
    /// older, and before those that are newer, whatever the times say. Says which ids its rows got, and
    /// where the first and the last of them stand.
    pub fn insert(
        &mut self,
        origin: Origin,
        page: Arc<Page>,
        (older, newer): (Option<Time>, Option<Time>),
        now: Time,
    ) -> (Range<u64>, Option<(Time, Time)>) {
        let first = self.next.0;
        let rows = page.len() + page.poison().len();
        // Of the same time, what came first would stand first.
        let ceiling = newer.map(|newer| newer.minus(Duration::from_micros(1)));
        let mut at = older;
        let mut places = Vec::with_capacity(rows);
        for slot in 0..rows {
            let time = if slot < page.len() { page.record(slot).time() } else { None };
            let time = time.or(at).or(ceiling).unwrap_or(now);
            let time = at.map_or(time, |at| at.max(time));
            let time = ceiling.map_or(time, |ceiling| ceiling.min(time));
            at = Some(time);
            places.push(Place { time, id: RecordId(first + slot as u64) });
        }
        let ends = places.first().zip(places.last()).map(|(first, last)| (first.time, last.time));
        if let Some((_, last)) = ends {
            // What comes later of the shard stands behind it.
            let floor = &mut self.origins[origin.0 as usize].floor;
            *floor = last.max(*floor);
        }
        self.timeline.extend(&places);
        (self.keep(Content::Page(origin, page)), ends)
    }

    /// Where the next record of a shard stands at the earliest, if any was pushed.
    pub fn floor(&self, origin: Origin) -> Option<Time> {
        let floor = self.origins[origin.0 as usize].floor;
        (floor > Time::OLDEST).then_some(floor)
    }

    /// Forgets a gap that is none any more: what was missing is held.
    pub fn remove_gap(&mut self, id: RecordId) {
        let Some(at) = self.held.iter().position(|held| held.first == id) else { return };
        if matches!(self.held[at].content, Content::Gap(..)) {
            self.bytes -= self.held[at].bytes();
            self.held.remove(at);
            self.timeline.remove(id);
            self.gaps -= 1;
        }
    }

    /// Keeps a gap at the end of what its shard has shown so far; one without a shard where its
    /// records would end.
    pub fn push_gap(&mut self, origin: Origin, gap: Gap, now: Time) -> Range<u64> {
        let floor = self.origins[origin.0 as usize].floor;
        let time = match gap.reason.span() {
            Some((_, until)) => until,
            None if floor == Time::OLDEST => now,
            None => floor,
        };
        self.insert_gap(origin, gap, time)
    }

    /// Keeps a gap at a place.
    pub fn insert_gap(&mut self, origin: Origin, gap: Gap, time: Time) -> Range<u64> {
        self.timeline.extend(&[Place { time, id: self.next }]);
        self.gaps += 1;
        self.keep(Content::Gap(origin, gap))
    }

    /// Keeps a marker where it is by its time.
    pub fn push_marker(&mut self, marker: Marker) -> RecordId {
        let id = self.next;
        self.timeline.extend(&[Place { time: marker.time, id }]);
        self.markers += 1;
        self.keep(Content::Marker(self.markers, marker));
        id
    }

    /// Names a marker, if it is still held.
    pub fn label_marker(&mut self, id: RecordId, label: &str) {
        let at = self.held.partition_point(|held| held.first < id);
        if let Some(Held { first, content: Content::Marker(_, marker) }) = self.held.get_mut(at)
            && *first == id
        {
            self.bytes = self.bytes - marker.label.len() + label.len();
            label.clone_into(&mut marker.label);
        }
    }

    fn keep(&mut self, content: Content) -> Range<u64> {
        let held = Held { first: self.next, content };
        let ids = self.next.0..self.next.0 + held.len() as u64;
        self.next = RecordId(ids.end);
        self.bytes += held.bytes();
        if !ids.is_empty() {
            self.held.push_back(held);
        }
        self.evict();
        ids
    }

    /// Drops the oldest arrivals once the budget is exceeded, a sixty-fourth of it at a time:
    /// each round walks the whole timeline.
    fn evict(&mut self) {
        if self.bytes <= self.budget {
            return;
        }
        let goal = self.budget - self.budget / 64;
        // The newest page stays, whatever its size: what was just read is shown.
        while self.bytes > goal && self.held.len() > 1 {
            let Some(oldest) = self.held.pop_front() else { break };
            self.bytes -= oldest.bytes();
            self.evicted += oldest.len() as u64;
            if let Content::Page(_, page) = &oldest.content {
                let latest = page.records().filter_map(RecordRef::time).max();
                self.evicted_to = self.evicted_to.max(latest);
            }
        }
        self.timeline.drop_before(self.first_id());
    }

    /// The oldest id that is still held.
    pub fn first_id(&self) -> RecordId {
        self.held.front().map_or(self.next, |held| held.first)
    }

    /// What stands behind an id; `None` once it has been evicted.
    pub fn row(&self, id: RecordId) -> Option<Row<'_>> {
        let at = self.held.partition_point(|held| held.first <= id).checked_sub(1)?;
        let held = &self.held[at];
        let slot = usize::try_from(id.0 - held.first.0).ok()?;
        match &held.content {
            Content::Gap(origin, gap) => (slot == 0).then_some(Row::Gap(*origin, gap)),
            Content::Marker(number, marker) => (slot == 0).then_some(Row::Marker(*number, marker)),
            Content::Page(origin, page) if slot < page.len() => Some(Row::Record(*origin, page.record(slot))),
            Content::Page(origin, page) => {
                page.poison().get(slot - page.len()).map(|poison| Row::Poison(*origin, page, poison))
            }
        }
    }

    /// The page that a record is in, and where in it; `None` for gaps, poison, and what was evicted.
    pub fn page_of(&self, id: RecordId) -> Option<(&Arc<Page>, usize)> {
        let held = &self.held[self.held.partition_point(|held| held.first <= id).checked_sub(1)?];
        let slot = usize::try_from(id.0 - held.first.0).ok()?;
        match &held.content {
            Content::Page(_, page) if slot < page.len() => Some((page, slot)),
            Content::Page(..) | Content::Gap(..) | Content::Marker(..) => None,
        }
    }

    /// The pages held of a stream, oldest arrivals first.
    pub fn pages_of<'a>(&'a self, stream: &'a StreamArn) -> impl Iterator<Item = &'a Arc<Page>> {
        self.held.iter().filter_map(move |held| match &held.content {
            Content::Page(origin, page) if self.shard_of(*origin).0 == stream => Some(page),
            Content::Page(..) | Content::Gap(..) | Content::Marker(..) => None,
        })
    }

    /// Everything held, ordered by time, then arrival, never against the order of one lineage.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The pages held with the id of their first record, newest first: the order of a search.
    pub fn pages_newest_first(&self) -> impl Iterator<Item = (RecordId, &Arc<Page>)> {
        self.held.iter().rev().filter_map(|held| match &held.content {
            Content::Page(_, page) => Some((held.first, page)),
            Content::Gap(..) | Content::Marker(..) => None,
        })
    }

    /// The same with the origin of each page.
    pub fn pages_with_origin(&self) -> impl Iterator<Item = (Origin, &Arc<Page>)> {
        self.held.iter().rev().filter_map(|held| match &held.content {
            Content::Page(origin, page) => Some((*origin, page)),
            Content::Gap(..) | Content::Marker(..) => None,
        })
    }

    /// How many records, gaps, markers and poison rows are held.
    pub fn len(&self) -> usize {
        self.timeline.len()
    }

    pub fn is_empty(&self) -> bool {
        self.timeline.len() == 0
    }

    /// How many rows have left for the budget's sake.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Up to when records have left for the budget's sake: later ones are all held.
    pub fn evicted_to(&self) -> Option<Time> {
        self.evicted_to
    }

    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Whether more would soon push out what is held.
    pub fn is_nearly_full(&self) -> bool {
        self.bytes > self.budget - self.budget / 16
    }

    /// Bytes held, by our own account of them.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
