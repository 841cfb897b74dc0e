//! Places in a stream, and the sequence numbers that stand for them.
//!
//! A stream is written in one order; a place counts along it. Sequence numbers grow with places,
//! so a child's numbers come after its parent's. They have gaps and gain digits as they grow.

use std::fmt::Write;

use super::dice::mix;
use crate::model::SequenceNumber;

/// How far along a stream: not every place holds a record.
pub type Place = u64;

/// A sequence number in two halves: `head` followed by the twenty digits of `tail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence {
    head: u64,
    tail: u64,
}

const TAIL_DIGITS: usize = 20;
/// Four heads to a place: one for the ends of shards, three for the record to choose from.
const HEADS: u64 = 4;

impl Sequence {
    pub fn of_record(seed: u64, place: Place) -> Self {
        Self {
            head: place.saturating_mul(HEADS).saturating_add(1 + mix(seed, place) % 3),
            tail: 3_218_256_368 + place % 1_000_000_007 * 44,
        }
    }

    /// The ending of a shard whose records lie before `place`.
    pub fn ending(place: Place) -> Self {
        Self { head: place.saturating_mul(HEADS), tail: 3_218_256_301 }
    }

    /// The start of a shard whose records lie at or after `place`.
    pub fn starting(place: Place) -> Self {
        Self { head: place.saturating_mul(HEADS), tail: 3_218_256_307 }
    }

    /// Reads decimal digits. Numbers beyond any of ours become the greatest.
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (head, tail) = digits.split_at(digits.len().saturating_sub(TAIL_DIGITS));
        let half = |text: &str| if text.is_empty() { 0 } else { text.parse().unwrap_or(u64::MAX) };
        Some(Self { head: half(head), tail: half(tail) })
    }

    /// The first place whose record has this number or a later one.
    pub fn place_at(self, seed: u64) -> Place {
        let guess = self.head / HEADS;
        if Self::of_record(seed, guess) >= self { guess } else { guess + 1 }
    }

    /// The first place whose record has a later number.
    pub fn place_after(self, seed: u64) -> Place {
        let guess = self.head / HEADS;
        if Self::of_record(seed, guess) > self { guess } else { guess + 1 }
    }

    pub fn write(self, out: &mut String) {
        // Our heads are at least 1, so that 21 digits are the fewest.
        let _ = write!(out, "{}{:020}", self.head, self.tail);
    }

    pub fn number(self) -> SequenceNumber {
        let mut text = String::with_capacity(32);
        self.write(&mut text);
        SequenceNumber::new(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_come_back_from_their_numbers(seed in any::<u64>(), place in 1_u64..1 << 40) {
            let sequence = Sequence::of_record(seed, place);
            let text = sequence.number();
            prop_assert!((21..=40).contains(&text.as_str().len()), "{text}");
            prop_assert_eq!(Sequence::parse(text.as_str()), Some(sequence));
            prop_assert_eq!(sequence.place_at(seed), place);
            prop_assert_eq!(sequence.place_after(seed), place + 1);
        }

        #[test]
        fn numbers_grow_with_places_across_the_ends_of_shards(seed in any::<u64>(), place in 1_u64..1 << 40) {
            let row = [
                Sequence::of_record(seed, place - 1),
                Sequence::ending(place),
                Sequence::starting(place),
                Sequence::of_record(seed, place),
            ];
            prop_assert!(row.map(Sequence::number).is_sorted());
            prop_assert!(row.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(Sequence::starting(place).place_at(seed), place);
            prop_assert_eq!(Sequence::ending(place).place_after(seed), place);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "12a", "-1", "１"] {
            assert_eq!(Sequence::parse(text), None, "{text}");
        }
        assert!(Sequence::parse(&"9".repeat(60)) > Sequence::parse(&"9".repeat(21)));
    }
}
