//! A number for a value, so that most values that differ are told apart at a glance.

use std::hash::{Hash as _, Hasher};

use super::{AttributeValue, Item};
use crate::model::decimal::Decimal;

/// The same for any two values that are [`same_as`](AttributeValue::same_as) one another, and
/// different for nearly all others. No secret is mixed in: an attacker can make two values meet,
/// so equal fingerprints prove nothing.
pub(in crate::model) fn fingerprint(value: &AttributeValue<'_>) -> u64 {
    let mut mixer = Mixer(0);
    mixer.value(value);
    mixer.finish()
}

/// The fingerprint of a whole item.
pub fn fingerprint_of(item: &Item<'_>) -> u64 {
    let mut mixer = Mixer(0);
    mixer.map(item);
    mixer.finish()
}

/// Multiply and rotate, a word at a time: fast, and good enough to compare list elements.
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        last[7] = rest.len() as u8;
        self.write_u64(u64::from_le_bytes(last));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    fn write_usize(&mut self, size: usize) {
        self.write_u64(size as u64);
    }
}

impl Mixer {
    fn value(&mut self, value: &AttributeValue<'_>) {
        value.attribute_type().hash(self);
        match value {
            AttributeValue::S(text) => text.hash(self),
            AttributeValue::N(number) => self.number(number),
            AttributeValue::B(bytes) => bytes.hash(self),
            AttributeValue::Ss(members) => self.set(members, |mixer, text| text.hash(mixer)),
            AttributeValue::Bs(members) => self.set(members, |mixer, bytes| bytes.hash(mixer)),
            AttributeValue::Ns(members) => self.set(members, |mixer, text| mixer.number(text)),
            AttributeValue::L(elements) => {
                self.write_usize(elements.len());
                for element in elements {
                    self.value(element);
                }
            }
            AttributeValue::M(map) => self.map(map),
            AttributeValue::Bool(value) => value.hash(self),
            AttributeValue::Null => {}
            AttributeValue::Unknown { raw, .. } => raw.hash(self),
        }
    }

    /// Neither the order of the members nor a member that comes twice makes a difference.
    fn set<T>(&mut self, members: &[T], member: impl Fn(&mut Self, &T)) {
        let prints = members.iter().map(|next| {
            let mut mixer = Self(0);
            member(&mut mixer, next);
            mixer.finish()
        });
        let (any, all) = prints.fold((0, u64::MAX), |(any, all), print| (any | print, all & print));
        self.write_u64(any);
        self.write_u64(all);
    }

    fn number(&mut self, text: &str) {
        match Decimal::parse(text) {
            Some(number) => number.hash(self),
            None => text.hash(self),
        }
    }

    fn map(&mut self, map: &Item<'_>) {
        self.write_usize(map.len());
        for (name, value) in map.iter() {
            name.hash(self);
            self.value(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_sets_are_fingerprinted_as_dynamodb_compares_them() {
        let number = |text: &'static str| fingerprint(&AttributeValue::N(text.into()));
        assert_eq!(number("1.0"), number("1"));
        assert_eq!(number("-0"), number("0E5"));
        assert_eq!(number("12.5"), number("125E-1"));
        assert_ne!(number("12.5"), number("125"));
        assert_ne!(number("1"), number("-1"));
        let set =
            |a: &'static str, b: &'static str| fingerprint(&AttributeValue::Ns(vec![a.into(), b.into()]));
        assert_eq!(set("1", "2"), set("2.0", "1"));
        assert_ne!(set("1", "2"), set("1", "3"));
    }

    proptest! {
        #[test]
        fn values_that_are_the_same_have_one_fingerprint((old, new) in samples::pair()) {
            let (old, new) = (AttributeValue::M(old), AttributeValue::M(new));
            // With so few tries two different values meet only if the mixing is bad.
            prop_assert_eq!(old.same_as(&new), fingerprint(&old) == fingerprint(&new));
        }
    }
}
