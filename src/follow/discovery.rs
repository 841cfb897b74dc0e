//! When to list shards, page after page, and when to ask for the children of one.

use std::collections::BTreeMap;
use std::time::Duration;

use super::request::Ask;
use crate::model::{ShardId, StreamDescription, Time};

/// Between two whole listings. Splits in between are found at the end of the parent.
const LISTING_INTERVAL: Duration = Duration::from_secs(30);
/// While a stream has no shards yet.
const EMPTY_INTERVAL: Duration = Duration::from_secs(2);
/// No stream has so many pages of 100 shards; an endpoint that repeats itself might.
const MAX_PAGES: u32 = 200;
/// After so many listings in a row that repeat themselves, what they listed has to do.
const MAX_REPEATS: u32 = 3;
/// Children are listed some time after their parent has closed: 50 ms, doubled up to 1 s.
const CHILD_TRIES: u32 = 10;
const FIRST_CHILD_DELAY: Duration = Duration::from_millis(50);
const MAX_CHILD_DELAY: Duration = Duration::from_secs(1);

/// The listings of one stream.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The page that was asked for.
    listing: Option<Listing>,
    listed: bool,
    /// Whole listings begun.
    begun: u32,
    /// Which of them was through last, counted from 1; none while 0.
    completed: u32,
    /// Listings in a row in which the endpoint repeated itself.
    repeats: u32,
    due: Time,
    awaited: Awaited,
    lookups: BTreeMap<ShardId, Lookup>,
    child_filter: bool,
}

/// The whole listing that somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    None,
    Current,
    /// The one under way may have passed the news already.
    Next,
}

#[derive(Clone, Debug)]
struct Listing {
    after: Option<ShardId>,
    pages: u32,
}

#[derive(Clone, Copy, Debug)]
struct Lookup {
    tries: u32,
    /// Absent while the answer is awaited.
    due: Option<Time>,
}

/// What a page of a listing means for the listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paged {
    Next(Ask),
    Complete,
    /// The endpoint repeats itself; what it listed is kept.
    Repeats,
    /// An answer that nobody waits for.
    Stale,
}

impl Discovery {
    pub fn new(now: Time) -> Self {
        Self {
            listing: None,
            listed: false,
            begun: 0,
            completed: 0,
            repeats: 0,
            due: now,
            awaited: Awaited::None,
            lookups: BTreeMap::new(),
            child_filter: true,
        }
    }

    /// Whether all shards have been listed at least once.
    pub fn is_listed(&self) -> bool {
        self.listed
    }

    /// Whether shards that are there may still be unlisted: a parent is not absent before it has
    /// been looked for on every page.
    pub fn may_list_more(&self) -> bool {
        self.listing.is_some() || (1..MAX_REPEATS).contains(&self.repeats)
    }

    /// How many whole listings have begun.
    pub fn begun(&self) -> u32 {
        self.begun
    }

    /// Whether a whole listing is through that began after so many others.
    pub fn is_listed_since(&self, begun: u32) -> bool {
        self.completed > begun
    }

    /// Whether the children of some shard, or the end of one, are still being looked for.
    pub fn is_looking(&self) -> bool {
        self.awaited != Awaited::None || !self.lookups.is_empty()
    }

    /// Whether somebody waits for a listing that has not begun or is not through.
    pub fn is_listing_awaited(&self) -> bool {
        self.awaited != Awaited::None
    }

    /// What is due now.
    pub fn tick(&mut self, now: Time) -> Vec<Ask> {
        let mut asks = vec![];
        // Our clock may be set back: nothing waits longer than it would have.
        self.due = self.due.min(now.plus(LISTING_INTERVAL));
        for lookup in self.lookups.values_mut() {
            lookup.due = lookup.due.map(|due| due.min(now.plus(MAX_CHILD_DELAY)));
        }
        if self.listing.is_none() && self.due <= now {
            self.listing = Some(Listing { after: None, pages: 0 });
            self.begun += 1;
            asks.push(Ask::Shards { after: None });
        }
        for (shard, lookup) in &mut self.lookups {
            if lookup.due.is_some_and(|due| due <= now) {
                lookup.due = None;
                asks.push(Ask::ChildrenOf(shard.clone()));
            }
        }
        asks
    }

    /// Has a whole listing made that begins after this moment.
    pub fn list_soon(&mut self, now: Time) {
        self.due = now;
        self.awaited = if self.listing.is_some() { Awaited::Next } else { Awaited::Current };
    }

    /// Takes note of a page of all shards.
    pub fn paged(
        &mut self,
        after: Option<&ShardId>,
        description: &StreamDescription,
        is_empty: bool,
        now: Time,
    ) -> Paged {
        let Some(listing) = &mut self.listing else { return Paged::Stale };
        if listing.after.as_ref() != after {
            return Paged::Stale;
        }
        listing.pages += 1;
        let Some(last) = &description.last_evaluated_shard else {
            self.repeats = 0;
            self.complete(is_empty, now);
            return Paged::Complete;
        };
        // The service lists shards in the order of their ids: a token that does not advance
        // would be followed for ever.
        if listing.pages >= MAX_PAGES || listing.after.as_ref().is_some_and(|before| last <= before) {
            self.repeats += 1;
            if self.repeats < MAX_REPEATS {
                self.listing = None;
                self.due = now.plus(EMPTY_INTERVAL);
            } else {
                self.complete(is_empty, now);
            }
            return Paged::Repeats;
        }
        listing.after = Some(last.clone());
        Paged::Next(Ask::Shards { after: Some(last.clone()) })
    }

    fn complete(&mut self, is_empty: bool, now: Time) {
        self.listing = None;
        self.listed = true;
        self.completed = self.begun;
        let interval = if is_empty { EMPTY_INTERVAL } else { LISTING_INTERVAL };
        (self.awaited, self.due) = match self.awaited {
            Awaited::None | Awaited::Current => (Awaited::None, now.plus(interval)),
            Awaited::Next => (Awaited::Current, now),
        };
    }

    /// A listing failed for good; the next one starts from the beginning.
    pub fn listing_failed(&mut self, now: Time) {
        self.listing = None;
        self.due = now.plus(LISTING_INTERVAL);
    }

    /// Asks for the children of a shard that has been read to its end.
    pub fn look_for_children(&mut self, shard: &ShardId, now: Time) {
        if self.child_filter {
            self.lookups.entry(shard.clone()).or_insert(Lookup { tries: 0, due: Some(now) });
        } else {
            self.list_soon(now);
        }
    }

    /// An answer about children: `honest` when every shard in it has the right parent.
    ///
    /// No children proves nothing: they may be listed later. After the last try the whole
    /// listing, and then the regular ones, have to find them.
    pub fn looked_for_children(&mut self, shard: &ShardId, found: bool, honest: bool, now: Time) {
        if !honest {
            self.filter_ignored(now);
            return;
        }
        let Some(lookup) = self.lookups.get_mut(shard) else { return };
        lookup.tries += 1;
        if found {
            self.lookups.remove(shard);
        } else if lookup.tries >= CHILD_TRIES {
            self.lookups.remove(shard);
            self.list_soon(now);
        } else {
            let delay = FIRST_CHILD_DELAY.saturating_mul(1 << (lookup.tries - 1)).min(MAX_CHILD_DELAY);
            lookup.due = Some(now.plus(delay));
        }
    }

    /// This endpoint ignores or rejects CHILD_SHARDS: whole listings from now on.
    pub fn filter_ignored(&mut self, now: Time) {
        self.child_filter = false;
        self.lookups.clear();
        self.list_soon(now);
    }

    /// Children of the shard have been listed, by whatever answer.
    pub fn children_known(&mut self, shard: &ShardId) {
        self.lookups.remove(shard);
    }

    /// A disabled stream has no new shards.
    pub fn stop_looking(&mut self) {
        self.lookups.clear();
    }
}
