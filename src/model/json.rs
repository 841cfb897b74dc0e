//! A strict scanner of JSON text: it finds where values lie, and builds nothing.
//!
//! It accepts what `serde_json` accepts, except that it has no limit of depth: it does not recurse.

#![expect(clippy::inline_always, reason = "a quarter of the time: what is looked at stays in registers")]

use std::ops::Range;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected} expected at byte {at}")]
pub struct JsonError {
    pub at: usize,
    pub expected: &'static str,
}

/// A reader of one JSON text, from its beginning.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    takes_controls: bool,
    /// Which bytes of a block stop a string, the first one lowest.
    stops: u64,
    /// Where that block begins: at a multiple of [`BLOCK`].
    block: usize,
}

/// So many bytes are looked at at once: strings are short, and each look costs about the same.
const BLOCK: usize = u64::BITS as usize;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self::starting_at(text, 0)
    }

    /// A reader of the value that begins at this byte.
    pub fn starting_at(text: &'a str, at: usize) -> Self {
        Self { text, at, takes_controls: false, stops: 0, block: usize::MAX }
    }

    /// The byte that is read next.
    pub fn at(&self) -> usize {
        self.at
    }

    fn error<T>(&self, expected: &'static str) -> Result<T, JsonError> {
        Err(JsonError { at: self.at, expected })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// The first byte of the value that comes next.
    pub fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.byte()
    }

    fn take(&mut self, wanted: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.peek() == Some(wanted) {
            self.at += 1;
            Ok(())
        } else {
            self.error(expected)
        }
    }

    /// Nothing but white space may follow.
    pub fn end(&mut self) -> Result<(), JsonError> {
        if self.peek().is_none() { Ok(()) } else { self.error("the end") }
    }

    /// Steps into an object: `Some` is its first name, whose value comes next.
    pub fn object(&mut self) -> Result<Option<&'a str>, JsonError> {
        self.take(b'{', "an object")?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(None);
        }
        self.name().map(Some)
    }

    /// After a value in an object: the next name, or `None` behind the object.
    pub fn next_name(&mut self) -> Result<Option<&'a str>, JsonError> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.name().map(Some)
            }
            Some(b'}') => {
                self.at += 1;
                Ok(None)
            }
            _ => self.error("a comma or the object's end"),
        }
    }

    #[inline(always)]
    fn name(&mut self) -> Result<&'a str, JsonError> {
        self.skip_name().map(|name| &self.text[name])
    }

    #[inline(always)]
    fn skip_name(&mut self) -> Result<Range<usize>, JsonError> {
        let name = self.string()?;
        // As nearly always: right behind it.
        if self.byte() == Some(b':') {
            self.at += 1;
        } else {
            self.take(b':', "a colon")?;
        }
        Ok(name)
    }

    /// Steps into an array: whether an element comes next.
    pub fn array(&mut self) -> Result<bool, JsonError> {
        self.take(b'[', "an array")?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// After a value in an array: whether another comes.
    pub fn next_element(&mut self) -> Result<bool, JsonError> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(b']') => {
                self.at += 1;
                Ok(false)
            }
            _ => self.error("a comma or the array's end"),
        }
    }

    /// Reads a string; the range lies inside its quotes, escapes are as they came.
    #[inline(always)]
    pub fn string(&mut self) -> Result<Range<usize>, JsonError> {
        if self.byte() == Some(b'"') {
            // As nearly all are: without escapes.
            let start = self.at + 1;
            let end = self.stop(start);
            if self.text.as_bytes().get(end) == Some(&b'"') {
                self.at = end + 1;
                return Ok(start..end);
            }
        }
        self.any_string()
    }

    #[cold]
    fn any_string(&mut self) -> Result<Range<usize>, JsonError> {
        self.take(b'"', "a string")?;
        let start = self.at;
        loop {
            self.at = self.stop(self.at);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(start..self.at - 1);
                }
                Some(b'\\') => self.escape()?,
                Some(_) if self.takes_controls => self.at += 1,
                Some(_) => return self.error("an escape in place of a control character"),
                None => return self.error("the string's end"),
            }
        }
    }

    /// The first byte from `at` on that a string cannot just hold: a quote, a backslash, a control
    /// character, or the end.
    #[inline(always)]
    fn stop(&mut self, mut at: usize) -> usize {
        loop {
            let block = at / BLOCK * BLOCK;
            if block != self.block {
                self.block = block;
                self.stops = stops_from(self.text.as_bytes(), block);
            }
            let ahead = self.stops >> (at - block);
            if ahead != 0 {
                return at + ahead.trailing_zeros() as usize;
            }
            at = block + BLOCK;
            if at >= self.text.len() {
                return self.text.len();
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = bytes.get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return self.error("four hex digits");
                }
                self.at += 6;
            }
            _ => return self.error("an escape"),
        }
        Ok(())
    }

    /// Like [`value`](Self::value), but strings may hold raw control characters: to step over what
    /// is not JSON only because of them.
    pub fn value_with_controls(&mut self) -> Result<Range<usize>, JsonError> {
        self.takes_controls = true;
        let range = self.value();
        self.takes_controls = false;
        range
    }

    /// Passes over one value of any kind and says where it lies.
    pub fn value(&mut self) -> Result<Range<usize>, JsonError> {
        self.skip_space();
        let start = self.at;
        let mut open = Brackets::default();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'{') if self.plain_attribute() => {}
                Some(b'{') => {
                    self.at += 1;
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                    } else {
                        self.skip_name()?;
                        open.push(true);
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    if self.peek() == Some(b']') {
                        self.at += 1;
                    } else {
                        open.push(false);
                        continue;
                    }
                }
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                Some(b'n') => self.word("null")?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => return self.error("a value"),
            }
            // A value is complete; so may be what holds it.
            loop {
                let Some(is_object) = open.innermost() else { return Ok(start..self.at) };
                match (self.peek(), is_object) {
                    (Some(b','), true) => {
                        self.at += 1;
                        self.skip_name()?;
                        break;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        open.pop();
                    }
                    (_, true) => return self.error("a comma or the object's end"),
                    (_, false) => return self.error("a comma or the array's end"),
                }
            }
        }
    }

    /// Passes over an attribute value if it is written as nearly all are: `{"S":"some text"}`.
    #[inline(always)]
    fn plain_attribute(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let Some([b'{', b'"', b'A'..=b'Z', b'"', b':', b'"', ..]) = bytes.get(self.at..) else {
            return false;
        };
        let end = self.stop(self.at + 6);
        let is_plain = matches!(bytes.get(end..), Some([b'"', b'}', ..]));
        if is_plain {
            self.at = end + 2;
        }
        is_plain
    }

    fn word(&mut self, word: &'static str) -> Result<(), JsonError> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            self.error(word)
        }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.error("a digit");
        }
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }
}

/// Which bytes of the block from `block` on stop a string; behind the end of the text none does.
fn stops_from(bytes: &[u8], block: usize) -> u64 {
    let rest = bytes.get(block..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk() {
        return stops(whole);
    }
    // The last bytes of a text, together with some before them.
    if let Some(last) = bytes.last_chunk() {
        return stops(last).checked_shr((BLOCK - rest.len()) as u32).unwrap_or_default();
    }
    let mut padded = [b' '; BLOCK];
    padded[..rest.len()].copy_from_slice(rest);
    stops(&padded)
}

/// Written so that the compiler makes vectors of both steps.
#[inline]
fn stops(bytes: &[u8; BLOCK]) -> u64 {
    let mut is_stop = [0_u8; BLOCK];
    for (is_stop, byte) in is_stop.iter_mut().zip(bytes) {
        *is_stop = u8::from(*byte == b'"') | u8::from(*byte == b'\\') | u8::from(*byte < 0x20);
    }
    let mut stops = 0;
    for (at, eight) in is_stop.as_chunks().0.iter().enumerate() {
        // The lowest bits of eight bytes, gathered in the highest byte.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        stops |= gathered << (8 * at);
    }
    stops
}

/// The kinds of the brackets that are open, a bit each: 1 for an object.
#[derive(Default)]
struct Brackets {
    /// The innermost up to 64, the last one lowest.
    near: u64,
    /// The others, 64 at a time.
    far: Vec<u64>,
    depth: usize,
}

impl Brackets {
    const NEAR: usize = u64::BITS as usize;

    fn innermost(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.near & 1 == 1)
    }

    fn push(&mut self, is_object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(Self::NEAR) {
            self.far.push(self.near);
        }
        self.near = self.near << 1 | u64::from(is_object);
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.near >>= 1;
        self.depth -= 1;
        if self.depth > 0 && self.depth.is_multiple_of(Self::NEAR) {
            self.near = self.far.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    /// Longer than what is looked at at once.
    const LONG: &str = "a long text of more than sixty-four bytes, é and all that, with no end in sight";

    fn whole(text: &str) -> Result<Range<usize>, JsonError> {
        let mut scanner = Scanner::new(text);
        let range = scanner.value()?;
        scanner.end()?;
        Ok(range)
    }

    #[test]
    fn errors_point_at_the_byte() {
        assert_eq!(
            whole("[1,}").map_err(|error| error.to_string()),
            Err("a value expected at byte 3".into())
        );
        assert_eq!(whole("{\"a\" 1}").map_err(|error| error.at), Err(5));
        assert_eq!(whole("\"a\nb\"").map_err(|error| error.at), Err(2));
    }

    #[test]
    fn ten_thousand_levels_do_not_overflow_the_stack() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(whole(&deep), Ok(0..20_001));
    }

    #[test]
    fn brackets_are_told_apart_at_any_depth() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1_000] {
            let open: String = (0..depth).map(|level| if level % 3 == 0 { "[" } else { "{\"a\":" }).collect();
            let close: String =
                (0..depth).rev().map(|level| if level % 3 == 0 { "]" } else { "}" }).collect();
            assert!(whole(&format!("{open}1{close}")).is_ok(), "{depth}");
            let crossed = close.replacen(['}', ']'], if close.starts_with(']') { "}" } else { "]" }, 1);
            assert!(whole(&format!("{open}1{crossed}")).is_err(), "{depth}");
            let last = if close.ends_with(']') { "}" } else { "]" };
            assert!(whole(&format!("{open}1{}{last}", &close[1..])).is_err(), "{depth}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Text that is nearly JSON: its tokens in any order.
        #[test]
        fn it_accepts_what_serde_json_accepts(
            tokens in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", " ", "\n", "\"", "\"a\"", "\"\\u00e9\"", "\\", "\\u12", "\u{7f}", "é",
                "1", "0", "-", ".", "e", "+", "true", "false", "null", "nul", "\u{1}", "\"x\":", "\"", LONG,
                "{\"S\":\"a\"}", "{\"S\":\"", "\"}", "{\"S\": \"a\"}", "{\"N\":\"1\",", "{\"s\":\"",
            ]), 0..12)
        ) {
            let text = tokens.concat();
            let ours = whole(&text).is_ok();
            let theirs = serde_json::from_str::<&RawValue>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{:?}", text);
        }

        #[test]
        fn a_string_stops_where_it_must(
            text in "([a-z]{0,40}|\"|\\\\|\u{1}|\u{1f}|\u{20}|\u{7f}|é){0,12}",
            places in prop::collection::vec(0..300_usize, 1..8),
        ) {
            let mut scanner = Scanner::new(&text);
            // One scanner goes back and forth: its block must be the right one each time.
            for at in places.into_iter().map(|at| at.min(text.len())) {
                let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
                let rest = &text.as_bytes()[at..];
                let expected = rest.iter().position(stops).map_or(text.len(), |found| at + found);
                prop_assert_eq!(scanner.stop(at), expected);
            }
        }

        #[test]
        fn it_finds_the_value_that_serde_json_finds(text in "[ \n]{0,2}(\\[([0-9]{1,3},){0,3}(\"[a-z\\\\\\\\]{0,3}\"|null)\\]|\\{\"k\":(true|-1.5e3)\\})[ \n]{0,2}") {
            if let Ok(value) = serde_json::from_str::<&RawValue>(&text) {
                prop_assert_eq!(whole(&text).map(|range| &text[range]), Ok(value.get()));
            }
        }
    }
}
