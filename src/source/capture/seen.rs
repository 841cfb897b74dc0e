//! The sequence numbers of a shard that were there already.

use std::collections::HashSet;

/// Runs of ascending numbers that are remembered apart.
const RUNS: usize = 64;

/// A file has a shard's records in their order, so a number is nearly always one more at the end of
/// a run; a file that was read before, or a second beginning, is a run of its own.
#[derive(Debug, Default)]
pub struct Seen {
    /// The one that grows is the last.
    runs: Vec<Run>,
    others: HashSet<Box<str>>,
}

#[derive(Debug)]
struct Run {
    first: u128,
    last: u128,
    /// Ascending: how much each is above the first.
    above: Vec<u64>,
}

impl Run {
    fn has(&self, number: u128) -> bool {
        (self.first..=self.last).contains(&number)
            && u64::try_from(number - self.first).is_ok_and(|above| self.above.binary_search(&above).is_ok())
    }

    /// Whether it takes a number at its end.
    fn grows(&mut self, number: u128) -> bool {
        let above = number.checked_sub(self.first).filter(|_| number > self.last);
        let Some(above) = above.and_then(|above| u64::try_from(above).ok()) else { return false };
        self.last = number;
        self.above.push(above);
        true
    }
}

impl Seen {
    /// Whether it is the first record of this number. One without a number always is.
    pub fn is_new(&mut self, number: &str) -> bool {
        if number.is_empty() {
            return true;
        }
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        let Some(value) = number.parse::<u128>().ok().filter(|_| is_number) else {
            // Too long for 128 bits, or no number at all.
            let digits = if is_number { number.trim_start_matches('0') } else { number };
            return !self.others.contains(digits) && self.others.insert(digits.into());
        };
        if self.runs.iter().rev().any(|run| run.has(value)) {
            return false;
        }
        if self.runs.last_mut().is_some_and(|run| run.grows(value)) {
            return true;
        }
        if self.runs.len() < RUNS {
            self.runs.push(Run { first: value, last: value, above: vec![0] });
            return true;
        }
        let digits = value.to_string();
        !self.others.contains(digits.as_str()) && self.others.insert(digits.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_any_length_are_told_apart_by_their_value() {
        let mut seen = Seen::default();
        let long = "9".repeat(40);
        for number in ["7", "100000000003218256368", &long, "49-a", "0"] {
            assert!(seen.is_new(number), "{number}");
            assert!(!seen.is_new(number), "{number}");
        }
        assert!(!seen.is_new("007") && !seen.is_new(&format!("00{long}")));
        assert!(seen.is_new("") && seen.is_new(""));
    }

    proptest! {
        #[test]
        fn a_number_is_new_once(numbers in prop::collection::vec((0_u64..40, prop::sample::select(vec![0_u128, 1 << 70])), 0..300)) {
            let mut seen = Seen::default();
            let mut known = BTreeSet::new();
            for (low, high) in numbers {
                let number = high + u128::from(low);
                prop_assert_eq!(seen.is_new(&number.to_string()), known.insert(number));
            }
        }
    }
}
