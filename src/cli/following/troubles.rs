//! What does not work at the moment: a line when trouble of a kind begins, a line when it is over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::follow::{ReadingId, TailId};

/// Trouble that comes back sooner was never over.
const QUIET: Duration = Duration::from_secs(2);

/// Where something can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Shard(TailId),
    /// Listings and descriptions.
    Stream(Option<ReadingId>),
}

/// Kinds of trouble under way, by their label.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    kinds: BTreeMap<&'static str, Kind>,
}

#[derive(Clone, Debug)]
struct Kind {
    since: Instant,
    last: Instant,
    places: BTreeSet<Place>,
}

impl Troubles {
    /// A call failed. Says whether trouble of this kind begins with it.
    pub fn failed(&mut self, place: Place, kind: &'static str, now: Instant) -> bool {
        self.worked(place);
        let begins = !self.kinds.contains_key(kind);
        let trouble =
            self.kinds.entry(kind).or_insert_with(|| Kind { since: now, last: now, places: BTreeSet::new() });
        trouble.last = now;
        trouble.places.insert(place);
        begins
    }

    /// A call succeeded, or is not made any more.
    pub fn worked(&mut self, place: Place) {
        for kind in self.kinds.values_mut() {
            kind.places.remove(&place);
        }
    }

    /// The kinds of trouble that are over, and how long they lasted.
    pub fn over(&mut self, now: Instant) -> Vec<(&'static str, Duration)> {
        let mut over = vec![];
        self.kinds.retain(|label, kind| {
            let lasts = !kind.places.is_empty() || now.duration_since(kind.last) < QUIET;
            if !lasts {
                over.push((*label, now.duration_since(kind.since)));
            }
            lasts
        });
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(number: u32) -> Place {
        Place::Shard(TailId { reading: ReadingId(0), number })
    }

    #[tokio::test(start_paused = true)]
    async fn two_hundred_throttled_shards_are_one_beginning_and_one_end() {
        let (start, mut troubles) = (Instant::now(), Troubles::default());
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut begun = 0;
        for second in 0..60 {
            for number in 0..200 {
                begun += u32::from(troubles.failed(shard(number), "throttled", at(second)));
                // One of them is lucky each second.
                troubles.worked(shard(second as u32));
            }
            assert_eq!(troubles.over(at(second)), []);
        }
        assert_eq!(begun, 1);
        (0..199).for_each(|number| troubles.worked(shard(number)));
        assert_eq!(troubles.over(at(100)), [], "one shard is still in trouble");
        troubles.worked(shard(199));
        assert_eq!(troubles.over(at(101)), [("throttled", Duration::from_secs(101))]);
        assert!(troubles.failed(shard(0), "throttled", at(102)), "a later time is another one");
    }

    #[tokio::test(start_paused = true)]
    async fn each_kind_is_told_for_itself_and_a_short_relief_is_none() {
        let (start, mut troubles) = (Instant::now(), Troubles::default());
        let at = |seconds| start + Duration::from_secs(seconds);
        let stream = Place::Stream(None);
        assert!(troubles.failed(shard(1), "throttled", at(0)));
        assert!(!troubles.failed(stream, "throttled", at(0)));
        assert!(troubles.failed(stream, "network", at(1)));
        troubles.worked(shard(1));
        assert_eq!(troubles.over(at(1)), []);
        assert!(!troubles.failed(shard(1), "throttled", at(1)));
        assert!(!troubles.failed(shard(1), "network", at(2)));
        assert_eq!(troubles.over(at(3)), [("throttled", Duration::from_secs(3))]);
    }
}
