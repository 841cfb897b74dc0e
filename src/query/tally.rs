//! What a filter has seen, and what it missed by its type.

use crate::model::AttributeType;

/// Counts of one run of a filter over records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub seen: u64,
    pub matched: u64,
    /// By the number of the place.
    pub(super) places: Vec<Misses>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Misses {
    /// Records that have nothing there.
    pub absent: u64,
    /// Records that have a value of another type there than the one it is compared with.
    pub types: Vec<(AttributeType, u64)>,
}

impl Tally {
    /// Goes on from a run of which no more is known.
    pub fn new(seen: u64, matched: u64) -> Self {
        Self { seen, matched, places: vec![] }
    }

    fn misses(&mut self, place: usize) -> &mut Misses {
        if self.places.len() <= place {
            self.places.resize_with(place + 1, Misses::default);
        }
        &mut self.places[place]
    }

    pub(super) fn count_absent(&mut self, place: usize) {
        self.misses(place).absent += 1;
    }

    pub(super) fn count_type(&mut self, place: usize, found: AttributeType) {
        self.misses(place).count(found, 1);
    }

    /// Adds what another run over other records has counted.
    pub fn add(&mut self, other: &Self) {
        self.seen += other.seen;
        self.matched += other.matched;
        for (place, misses) in other.places.iter().enumerate() {
            let sum = self.misses(place);
            sum.absent += misses.absent;
            for (found, count) in &misses.types {
                sum.count(*found, *count);
            }
        }
    }
}

impl Misses {
    fn count(&mut self, found: AttributeType, more: u64) {
        match self.types.iter_mut().find(|(known, _)| *known == found) {
            Some((_, count)) => *count += more,
            None => self.types.push((found, more)),
        }
    }
}
