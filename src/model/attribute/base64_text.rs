//! Binary values, left in the base64 they travel in.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Canonical base64: the standard alphabet, padded, no stray bits in the last digit.
///
/// As there is one such text for any bytes, texts compare as their bytes do, and nothing needs
/// to be decoded to see that two values are equal, how long they are, or where they part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Base64<'a>(Cow<'a, str>);

impl<'a> Base64<'a> {
    /// `None` for what is not canonical; DynamoDB sends nothing else.
    pub fn new(text: Cow<'a, str>) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Some(Self(text));
        }
        let body = bytes.len().checked_sub(4).filter(|body| body % 4 == 0)?;
        // The sum, not a search for the first wrong byte, is what the compiler vectorises.
        let wrong: usize = bytes[..body].iter().map(|&byte| usize::from(!is_digit(byte))).sum();
        if wrong > 0 || STANDARD.decode(&bytes[body..]).is_err() {
            return None;
        }
        Some(Self(text))
    }

    pub fn encode(bytes: &[u8]) -> Base64<'static> {
        Base64(Cow::Owned(STANDARD.encode(bytes)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many bytes the value has.
    pub fn len(&self) -> usize {
        let padding = self.0.bytes().rev().take_while(|&byte| byte == b'=').count();
        self.0.len() / 4 * 3 - padding
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At most `count` bytes from `start` on.
    pub fn bytes(&self, start: usize, count: usize) -> Vec<u8> {
        let group = start / 3;
        let end = start.saturating_add(count).div_ceil(3).saturating_mul(4).min(self.0.len());
        let text = self.0.get(group.saturating_mul(4)..end).unwrap_or("");
        let decoded = STANDARD.decode(text).unwrap_or_default();
        decoded.into_iter().skip(start % 3).take(count).collect()
    }

    /// All bytes.
    pub fn decode(&self) -> Vec<u8> {
        self.bytes(0, self.len())
    }

    /// The offset of the first byte in which two values differ: the shorter one's length where
    /// it begins the longer one, `None` where they are equal.
    pub fn first_difference(&self, other: &Base64<'_>) -> Option<usize> {
        if self.0 == other.0 {
            return None;
        }
        let same = self.0.bytes().zip(other.0.bytes()).take_while(|(a, b)| a == b).count();
        let group = same / 4 * 3;
        let (a, b) = (self.bytes(group, 3), other.bytes(group, 3));
        Some(group + a.iter().zip(&b).take_while(|(a, b)| a == b).count())
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_canonical_base64_is_taken() {
        for text in ["", "AA==", "AAA=", "AAAA", "+/+/AAA="] {
            assert!(Base64::new(text.into()).is_some(), "{text}");
        }
        for text in
            ["A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA==AAAA", "-_-_", "AAA\n", "AA A", "AAAé"]
        {
            assert!(Base64::new(text.into()).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_answers_as_its_bytes_would(
            common in prop::collection::vec(any::<u8>(), 0..8),
            a in prop::collection::vec(0u8..3, 0..5),
            b in prop::collection::vec(0u8..3, 0..5),
            start in 0usize..15,
            count in 0usize..15,
        ) {
            let (a, b) = ([common.clone(), a].concat(), [common, b].concat());
            let (a64, b64) = (Base64::encode(&a), Base64::encode(&b));
            prop_assert_eq!(Base64::new(a64.as_str().into()), Some(a64.clone()));
            prop_assert_eq!(a64.len(), a.len());
            prop_assert_eq!(a64.decode(), a.clone());
            let wanted: Vec<u8> = a.iter().copied().skip(start).take(count).collect();
            prop_assert_eq!(a64.bytes(start, count), wanted);
            let parted = a.iter().zip(&b).position(|(x, y)| x != y);
            let expected = parted.or((a.len() != b.len()).then_some(a.len().min(b.len())));
            prop_assert_eq!(a64.first_difference(&b64), expected);
        }
    }
}
