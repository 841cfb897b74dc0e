//! The pane of records: which are in view, and where the cursor is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::action::Found;
use super::effect::{Effect, SearchJob, SearchPage};
use super::hiding::Hiding;
use super::reading::{Arrived, Reading};
use super::row_text::{RowText, Told};
use super::shards::{Choice, Narrowing};
use super::telling::{TellJob, Telling};
use super::window::{Motion, window};
use crate::config::Tables;
use crate::query::{Filter, Tally, Whence};
use crate::store::{Origin, Place, RecordId, Row, Store, Timeline};

/// Up to so many rows are matched at once; more are searched off the thread of the screen.
const NARROW_AT_ONCE: usize = 50_000;
const MATCH_AT_ONCE: usize = 2_000;
/// Nor more bytes than this: an item may have 400 KB.
const MATCH_BYTES: usize = 8 << 20;

#[derive(Clone, Debug)]
pub struct Records {
    /// The cursor stays on the newest record.
    pub is_following: bool,
    /// Where the cursor is while it does not follow.
    at: Option<Place>,
    /// Rows that came into view since the cursor left the newest.
    pub since: u64,
    pub choice: Choice,
    /// The text of the filter in effect.
    pub filter: String,
    wanted: Option<Arc<Filter>>,
    /// What matches; absent while everything does.
    view: Option<Timeline>,
    generation: u32,
    pub is_searching: bool,
    /// Rows looked at by the filter.
    pub seen: u64,
    /// What the search and, since then, the arrivals have counted.
    tallies: [Tally; 2],
    /// Columns the text of the rows is scrolled by.
    pub scroll: usize,
    texts: BTreeMap<RecordId, RowText>,
    telling: Telling,
    pub hiding: Hiding,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            is_following: true,
            at: None,
            since: 0,
            choice: Choice::All,
            filter: String::new(),
            wanted: None,
            view: None,
            generation: 0,
            is_searching: false,
            seen: 0,
            tallies: Default::default(),
            scroll: 0,
            texts: BTreeMap::new(),
            telling: Telling::default(),
            hiding: Hiding::default(),
        }
    }
}

impl Records {
    pub fn with(tables: Tables) -> Self {
        Self { hiding: Hiding::with(tables), ..Self::default() }
    }

    /// Forgets the rows of an earlier reading. Searches under way become obsolete.
    pub fn reset(&mut self) {
        let hiding = std::mem::take(&mut self.hiding);
        let mut telling = std::mem::take(&mut self.telling);
        telling.forget();
        *self = Self { generation: self.generation + 1, hiding, telling, ..Self::default() };
    }

    /// The rows in view, in their order.
    pub fn timeline<'a>(&'a self, reading: &'a Reading) -> &'a Timeline {
        self.view.as_ref().unwrap_or_else(|| reading.store.timeline())
    }

    /// Whether only some of the records are in view.
    pub fn is_narrowed(&self) -> bool {
        self.view.is_some()
    }

    /// The row of the cursor; 0 where there are none.
    pub fn cursor(&self, reading: &Reading) -> usize {
        let timeline = self.timeline(reading);
        let last = timeline.len().saturating_sub(1);
        match self.at {
            Some(place) if !self.is_following => timeline.row_of(place).min(last),
            Some(_) | None => last,
        }
    }

    pub fn selected(&self, reading: &Reading) -> Option<RecordId> {
        self.timeline(reading).get(self.cursor(reading)).map(|place| place.id)
    }

    /// What is shown of a row; known for all rows that can be on the screen.
    pub fn text(&self, id: RecordId) -> Option<&RowText> {
        self.texts.get(&id)
    }

    pub fn step(&mut self, motion: Motion, height: usize, reading: &Reading) {
        let len = self.timeline(reading).len();
        let row = motion.from(self.cursor(reading), len, height);
        if motion == Motion::Last {
            self.follow();
        } else if row + 1 < len || !self.is_following {
            self.stay_at(row, reading);
        }
    }

    pub fn stay_at(&mut self, row: usize, reading: &Reading) {
        if self.is_following {
            self.since = 0;
        }
        self.at = self.timeline(reading).get(row);
        self.is_following = self.at.is_none();
    }

    /// Puts the cursor on the first row in view that stands at a place or behind it.
    pub fn land_on(&mut self, place: Place, reading: &Reading) {
        let timeline = self.timeline(reading);
        let row = timeline.row_of(place).min(timeline.len().saturating_sub(1));
        self.stay_at(row, reading);
    }

    /// Gaps that are none any more are no rows, either.
    pub fn forget(&mut self, gone: &[RecordId]) {
        for id in gone {
            self.texts.remove(id);
            if let Some(view) = &mut self.view {
                view.remove(*id);
            }
        }
    }

    pub fn follow(&mut self) {
        self.is_following = true;
        self.at = None;
        self.since = 0;
    }

    /// Filters by what `text` stands for.
    pub fn set_filter(&mut self, text: &str, filter: Option<Filter>, reading: &Reading) -> Vec<Effect> {
        text.clone_into(&mut self.filter);
        if filter.as_ref() == self.wanted.as_deref() {
            return vec![];
        }
        self.wanted = filter.map(Arc::new);
        self.search(reading)
    }

    /// The filter in effect.
    pub fn wanted(&self) -> Option<&Arc<Filter>> {
        self.wanted.as_ref()
    }

    /// Why nothing matches, where the values that were met say it.
    pub fn explanation(&self) -> Option<String> {
        let mut tally = self.tallies[0].clone();
        tally.add(&self.tallies[1]);
        self.wanted.as_ref()?.explain(&tally)
    }

    pub fn set_choice(&mut self, choice: Choice, reading: &Reading) -> Vec<Effect> {
        if choice == self.choice {
            return vec![];
        }
        self.choice = choice;
        self.search(reading)
    }

    /// Finds anew what is in view: at once where that is quick, else by a search.
    pub fn search(&mut self, reading: &Reading) -> Vec<Effect> {
        let mut effects = vec![];
        if self.is_searching {
            effects.push(Effect::CancelSearch);
        }
        self.generation += 1;
        self.is_searching = false;
        self.seen = 0;
        self.tallies = Default::default();
        let can_hide = self.hiding.begin(reading);
        if self.choice == Choice::All && self.wanted.is_none() && !can_hide {
            self.view = None;
            return effects;
        }
        let mut narrowing = Narrowing::new(reading, &self.choice);
        let store = &reading.store;
        let is_quick = match self.wanted {
            Some(_) => store.len() <= MATCH_AT_ONCE && store.bytes() <= MATCH_BYTES,
            None => store.len() <= NARROW_AT_ONCE,
        };
        let mut view = Timeline::default();
        if is_quick && !can_hide {
            let places: Vec<Place> = store
                .timeline()
                .iter()
                .filter(|place| {
                    store.row(place.id).is_some_and(|row| {
                        origin_of(row).is_none_or(|origin| narrowing.wants(origin))
                            && matches(self.wanted.as_deref(), row, store, &mut self.tallies[0])
                    })
                })
                .collect();
            view.extend(&places);
            self.seen = store.len() as u64;
        } else {
            let is_wanted = |id: &RecordId, narrowing: &mut Narrowing<'_>| {
                let row = store.row(*id);
                row.is_some_and(|row| origin_of(row).is_none_or(|origin| narrowing.wants(origin)))
            };
            // They are in no page, and are shown whatever the filter.
            let beside = reading.gaps.iter().chain(&reading.markers);
            let beside = beside.filter(|id| is_wanted(id, &mut narrowing)).copied();
            view.extend(&places_of(store, beside.collect()));
            effects.push(self.job(RecordId(0), reading));
            self.is_searching = true;
        }
        self.view = Some(view);
        effects
    }

    /// A search through the pages from a row on.
    fn job(&self, from: RecordId, reading: &Reading) -> Effect {
        let store = &reading.store;
        let mut narrowing = Narrowing::new(reading, &self.choice);
        let pages = store.pages_newest_first().take_while(|(first, _)| *first >= from);
        let pages = pages.filter_map(|(first, page)| {
            let origin = origin_of(store.row(first)?)?;
            let (stream, shard) = store.shard_of(origin);
            narrowing.wants(origin).then(|| SearchPage {
                first,
                stream: stream.clone(),
                shard: shard.clone(),
                page: Arc::clone(page),
                ignored: self.hiding.ignored(origin, reading).into(),
            })
        });
        let (generation, filter, pages) = (self.generation, self.wanted.clone(), pages.collect());
        Effect::Search(SearchJob { generation, filter, pages })
    }

    /// Looks at what came while noise was hidden: parsing it is too dear for the thread of the
    /// screen, and one search at a time bounds what is under way.
    pub fn catch_up(&mut self, reading: &Reading) -> Vec<Effect> {
        if self.is_searching {
            return vec![];
        }
        let Some(from) = self.hiding.take_unsearched() else { return vec![] };
        self.is_searching = true;
        // A search counts from nothing.
        let counted = std::mem::take(&mut self.tallies[0]);
        self.tallies[1].add(&counted);
        vec![self.job(from, reading)]
    }

    /// Takes in what a search has found. Whether it was the current one.
    pub fn found(&mut self, found: Found, reading: &Reading) -> bool {
        if found.generation != self.generation {
            return false;
        }
        self.seen += found.seen;
        self.hiding.count += found.hidden;
        self.is_searching = !found.is_done;
        self.tallies[0] = found.tally;
        if let Some(view) = &mut self.view {
            let before = view.len();
            view.extend(&places_of(&reading.store, found.ids));
            if self.hiding.is_catching_up && !self.is_following {
                self.since += view.len().saturating_sub(before) as u64;
            }
        }
        true
    }

    /// Takes in rows that have just come into the store.
    pub fn arrived(&mut self, arrived: &[Arrived], reading: &Reading) -> Vec<Effect> {
        // Files bring more at once than can be matched on the thread of the screen.
        let is_too_much = reading.is_offline() && self.wanted.is_some();
        let arrived = self.hiding.put_off(arrived, is_too_much, reading);
        let before = self.timeline(reading).len();
        let mut came: u64 = arrived.iter().map(|rows| rows.ids.end - rows.ids.start).sum();
        if let Some(view) = &mut self.view {
            let mut narrowing = Narrowing::new(reading, &self.choice);
            self.seen += came;
            let wanted = arrived.iter().filter(|rows| narrowing.wants(rows.origin));
            let ids = wanted.flat_map(|rows| rows.ids.clone()).map(RecordId).filter(|id| {
                let row = reading.store.row(*id);
                row.is_some_and(|row| {
                    matches(self.wanted.as_deref(), row, &reading.store, &mut self.tallies[1])
                })
            });
            let places = places_of(&reading.store, ids.collect());
            view.extend(&places);
            view.drop_before(reading.store.first_id());
            came = (view.len().saturating_sub(before)) as u64;
        }
        if !self.is_following && !arrived.iter().all(|rows| rows.is_older) {
            self.since += came;
        }
        self.catch_up(reading)
    }

    /// Takes in a marker, whatever is in view.
    pub fn marked(&mut self, id: RecordId, reading: &Reading) {
        if let Some(view) = &mut self.view {
            view.extend(&places_of(&reading.store, vec![id]));
            view.drop_before(reading.store.first_id());
        }
        if !self.is_following {
            self.since += 1;
        }
    }

    /// The text of a row is made anew.
    pub fn forget_text(&mut self, id: RecordId) {
        self.texts.remove(&id);
    }

    /// Puts into words the rows that can be on a screen of this height; those of large records by the
    /// job that is returned.
    pub fn settle(&mut self, reading: &Reading, height: usize) -> Option<TellJob> {
        let timeline = self.timeline(reading);
        let shown = window(self.cursor(reading), timeline.len(), height);
        let ids: Vec<RecordId> = shown.filter_map(|row| timeline.get(row)).map(|place| place.id).collect();
        let mut texts = std::mem::take(&mut self.texts);
        for id in ids {
            let known = texts.remove(&id).or_else(|| RowText::of(reading, id, &self.hiding.tables));
            self.texts.extend(known.map(|text| (id, text)));
        }
        self.telling.ask(&self.texts, reading, &self.hiding.tables)
    }

    /// Takes in what rows of large records did. Whether it was awaited.
    pub fn told(&mut self, number: u32, rows: Vec<(RecordId, Told)>) -> bool {
        if !self.telling.is_answered(number) {
            return false;
        }
        for (id, told) in rows {
            if let Some(text) = self.texts.get_mut(&id) {
                text.tell(told);
            }
        }
        true
    }

    /// Texts that depend on what was not known, such as the names of the keys, are made anew.
    pub fn forget_texts(&mut self) {
        self.texts.clear();
        self.telling.forget();
    }
}

/// Where a row is from; a marker is from nowhere.
fn origin_of(row: Row<'_>) -> Option<Origin> {
    match row {
        Row::Record(origin, _) | Row::Gap(origin, _) | Row::Poison(origin, ..) => Some(origin),
        Row::Marker(..) => None,
    }
}

/// Whether a row is wanted. Gaps always are: they may hide what is wanted. So are markers.
fn matches(filter: Option<&Filter>, row: Row<'_>, store: &Store, tally: &mut Tally) -> bool {
    let Some(filter) = filter else { return true };
    match row {
        Row::Record(origin, record) => {
            let (stream, shard) = store.shard_of(origin);
            filter.count(record, Whence { table: stream.table(), shard: shard.as_str() }, tally)
        }
        Row::Gap(..) | Row::Marker(..) => true,
        Row::Poison(_, page, poison) => filter.matches_poison(page.poison_text(poison)),
    }
}

/// Where these rows stand, in order.
fn places_of(store: &Store, ids: Vec<RecordId>) -> Vec<Place> {
    let timeline = store.timeline();
    let mut places = Vec::with_capacity(ids.len());
    let mut displaced = BTreeSet::new();
    for id in ids {
        let time = match store.row(id) {
            Some(Row::Record(_, record)) => record.time(),
            Some(Row::Marker(_, marker)) => Some(marker.time),
            Some(Row::Gap(..) | Row::Poison(..)) => None,
            None => continue,
        };
        let place = time.and_then(|time| timeline.get(timeline.row_of(Place { time, id })));
        match place.filter(|place| place.id == id) {
            Some(place) => places.push(place),
            // A row whose own time is not its place stands behind what came before it.
            None => {
                displaced.insert(id);
            }
        }
    }
    if !displaced.is_empty() {
        let newest_first = timeline.iter().rev().filter(|place| displaced.contains(&place.id));
        places.extend(newest_first.take(displaced.len()));
    }
    places.sort_unstable();
    places
}
