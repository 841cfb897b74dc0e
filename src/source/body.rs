//! The body of a GetRecords answer before sense is made of it.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;

use super::ShardIterator;
use super::wire::{self, RecordsAnswer};
use crate::model::ErrorKind;
use crate::model::escapes::unescape;

const NEXT: &[u8] = b"\"NextShardIterator\"";
/// The next iterator, of at most 2,048 characters, stands beside the records: this near to an end.
const NEAR: usize = 4 << 10;

/// What the service sent for GetRecords with status 200.
#[derive(Clone, Default)]
pub struct RecordsBody {
    pub bytes: Vec<u8>,
    /// `x-amz-crc32`, which the SDK does not check.
    pub crc32: Option<u32>,
}

/// Not the bytes: they are customer data.
impl fmt::Debug for RecordsBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordsBody({} bytes)", self.bytes.len())
    }
}

impl RecordsBody {
    /// What seems to be the next iterator, found without reading the records.
    ///
    /// Only [`read`](Self::read) knows: a damaged body may hold one, and records of some other
    /// service anything at all.
    pub fn likely_next(&self) -> Option<ShardIterator> {
        let bytes = &*self.bytes;
        let last = &bytes[bytes.len().saturating_sub(NEAR)..];
        let first = &bytes[..bytes.len().min(NEAR)];
        let behind = |part: &[u8], at: usize| string(&part[at + NEXT.len()..]);
        let at_end = || memmem::rfind(last, NEXT).and_then(|at| behind(last, at));
        let at_start = || memmem::find(first, NEXT).and_then(|at| behind(first, at));
        at_end().or_else(at_start)
    }

    /// Makes sense of it. See [`wire::read_records`] for what is an error.
    pub fn read(&self) -> Result<RecordsAnswer, ErrorKind> {
        match self.crc32 {
            Some(crc32) if crc32 != crc32fast::hash(&self.bytes) => {
                Err(ErrorKind::Damaged("its CRC-32 does not match".into()))
            }
            Some(_) | None => wire::read_records(&self.bytes),
        }
    }
}

/// The string that is the value behind a name, unless it is empty.
fn string(behind: &[u8]) -> Option<ShardIterator> {
    let value = behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let raw = std::str::from_utf8(&value[..memchr::memchr(b'"', value)?]).ok()?;
    let token = unescape(raw).unwrap_or(Cow::Borrowed(raw));
    (!token.is_empty()).then(|| ShardIterator::new(token.into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body(text: &str) -> RecordsBody {
        RecordsBody { bytes: text.into(), crc32: None }
    }

    fn iterator(token: &str) -> ShardIterator {
        ShardIterator::new(token.into())
    }

    #[test]
    fn the_next_iterator_is_found_before_and_behind_the_records() {
        let records = r#"{"dynamodb":{}},"#.repeat(10_000) + "{}";
        let before = format!("{{ \"NextShardIterator\" : \"a|1\\u003d\\/\",\"Records\":[{records}]}}");
        assert_eq!(body(&before).likely_next(), Some(iterator("a|1=/")));
        let behind = format!("{{\"Records\":[{records}],\n\"NextShardIterator\":\"b\"}}");
        assert_eq!(body(&behind).likely_next(), Some(iterator("b")));
        let (before, behind) = (body(&before).read().unwrap(), body(&behind).read().unwrap());
        assert_eq!(
            (before.next_iterator.as_deref(), behind.next_iterator.as_deref()),
            (Some("a|1=/"), Some("b"))
        );
    }

    #[test]
    fn without_a_next_iterator_none_is_found() {
        for text in [
            "",
            r#"{"Records":[]}"#,
            r#"{"Records":[],"NextShardIterator":null}"#,
            r#"{"Records":[],"NextShardIterator":""}"#,
            r#"{"Records":[],"NextShardIterator":"cut"#,
            r#"{"Records":[],"NextShardIterator""#,
            r#"{"Records":[{"dynamodb":{"NewImage":{"s":{"S":"\"NextShardIterator\":\"x\""}}}}]}"#,
            r#"{"Records":[{"dynamodb":{"NewImage":{"NextShardIterator":{"S":"x"}}}}]}"#,
        ] {
            assert_eq!(body(text).likely_next(), None, "{text}");
        }
        let far = format!("{{\"x\":\"{0}\",\"NextShardIterator\":\"x\",\"y\":\"{0}\"}}", "z".repeat(NEAR));
        assert_eq!(body(&far).likely_next(), None);
    }

    #[test]
    fn a_body_whose_checksum_does_not_match_is_damaged() {
        let right =
            RecordsBody { crc32: Some(crc32fast::hash(br#"{"Records":[]}"#)), ..body(r#"{"Records":[]}"#) };
        assert!(right.read().is_ok());
        let wrong = RecordsBody { crc32: Some(1), ..right };
        assert_eq!(wrong.read(), Err(ErrorKind::Damaged("its CRC-32 does not match".into())));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn no_body_is_too_strange_to_look_at(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..8),
                    Just(NEXT.to_vec()),
                    Just(b":\"\\u00".to_vec()),
                    Just(b" : \"\"".to_vec()),
                ],
                0..12,
            ),
        ) {
            let bytes = parts.concat();
            let likely = RecordsBody { bytes, crc32: None }.likely_next();
            prop_assert!(likely.is_none_or(|next| !next.token().is_empty()));
        }
    }
}
