//! An order over records: by time, then arrival.

use super::RecordId;
use crate::model::Time;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub time: Time,
    pub id: RecordId,
}

/// Places in their order. Records nearly always belong at the end; a shard that is read from the
/// past beside others is merged in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    places: Vec<Place>,
}

impl Timeline {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub fn get(&self, row: usize) -> Option<Place> {
        self.places.get(row).copied()
    }

    pub fn last(&self) -> Option<Place> {
        self.places.last().copied()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Place> + '_ {
        self.places.iter().copied()
    }

    /// The row of a place: its own, or the one where it would stand.
    pub fn row_of(&self, place: Place) -> usize {
        self.places.partition_point(|at| *at < place)
    }

    /// Merges places that are in order among themselves.
    pub fn extend(&mut self, new: &[Place]) {
        let Some(first) = new.first() else { return };
        if self.places.last().is_none_or(|last| last < first) {
            self.places.extend_from_slice(new);
            return;
        }
        // What is read of the past lies among few of those that are there.
        let from = self.row_of(*first);
        let to = new.last().map_or(from, |last| self.row_of(*last));
        let mut merged = Vec::with_capacity(to - from + new.len());
        let (mut old, mut new) =
            (self.places[from..to].iter().copied().peekable(), new.iter().copied().peekable());
        while let (Some(left), Some(right)) = (old.peek(), new.peek()) {
            let place = if left < right { old.next() } else { new.next() };
            merged.extend(place);
        }
        merged.extend(old);
        merged.extend(new);
        self.places.splice(from..to, merged);
    }

    /// Forgets one place.
    pub fn remove(&mut self, id: RecordId) {
        self.places.retain(|place| place.id != id);
    }

    /// Forgets what arrived before `first`.
    pub fn drop_before(&mut self, first: RecordId) {
        self.places.retain(|place| place.id >= first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_timeline_is_sorted_and_complete(pages in prop::collection::vec(prop::collection::vec(0_i64..50, 0..8), 0..8)) {
            let mut timeline = Timeline::default();
            let mut expected = vec![];
            for mut times in pages {
                times.sort_unstable();
                let new: Vec<Place> = times
                    .iter()
                    .enumerate()
                    .map(|(at, time)| Place {
                        time: Time::from_seconds(*time),
                        id: RecordId((expected.len() + at) as u64),
                    })
                    .collect();
                timeline.extend(&new);
                expected.extend(new);
            }
            expected.sort_unstable();
            prop_assert_eq!(timeline.iter().collect::<Vec<_>>(), expected.clone());
            for (row, place) in expected.iter().enumerate() {
                prop_assert_eq!(timeline.row_of(*place), row);
            }
        }
    }
}
