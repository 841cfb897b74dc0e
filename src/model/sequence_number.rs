//! The place of a record in its shard.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A sequence number: 21 to 40 decimal digits, not padded, increasing within a shard.
///
/// The documentation's 40 digits do not fit in 128 bits and the count of digits grows, so they
/// are compared as numbers by their text. What is no number (some emulators) comes after all
/// numbers, in the order of its bytes, so that the order is total.
#[derive(Clone, Debug)]
pub struct SequenceNumber(Arc<str>);

impl SequenceNumber {
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a number at all, as the service promises.
    pub fn is_numeric(&self) -> bool {
        is_numeric(&self.0)
    }
}

fn is_numeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares two sequence numbers where they lie, without a copy.
pub fn compare(a: &str, b: &str) -> Ordering {
    match (is_numeric(a), is_numeric(b)) {
        (true, true) => {
            let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        }
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

impl PartialEq for SequenceNumber {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for SequenceNumber {}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> SequenceNumber {
        SequenceNumber::new(text)
    }

    #[test]
    fn a_longer_number_is_later() {
        assert!(number("99999999999999999999999") < number("100000000000000000000000"));
        assert!(number("9".repeat(40).as_str()) < number(&format!("1{}", "0".repeat(40))));
        assert_eq!(number("007"), number("7"));
    }

    proptest! {
        #[test]
        fn numbers_compare_as_numbers(a in any::<u128>(), b in any::<u128>()) {
            prop_assert_eq!(number(&a.to_string()).cmp(&number(&b.to_string())), a.cmp(&b));
        }

        #[test]
        fn the_order_is_total(mut texts in prop::collection::vec("[0-9a]{0,42}", 3)) {
            texts.sort_by(|a, b| compare(a, b));
            prop_assert!(compare(&texts[0], &texts[1]).is_le());
            prop_assert!(compare(&texts[1], &texts[2]).is_le());
            prop_assert!(compare(&texts[0], &texts[2]).is_le());
            prop_assert_eq!(compare(&texts[0], &texts[1]), compare(&texts[1], &texts[0]).reverse());
        }
    }
}
