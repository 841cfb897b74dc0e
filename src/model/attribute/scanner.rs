//! The tokens of JSON, borrowed where they hold no escapes.

use std::borrow::Cow;

use super::ItemError;

pub(super) struct Scanner<'a> {
    pub text: &'a str,
    /// How far it is read, in bytes.
    pub at: usize,
}

/// A string of JSON, read to its closing quote.
pub(super) enum Text<'a> {
    Good(Cow<'a, str>),
    /// It holds what no text can: a lone surrogate, or an unknown escape.
    Bad,
}

impl<'a> Scanner<'a> {
    pub fn syntax(&self, reason: &'static str) -> ItemError {
        ItemError::Syntax { offset: self.at, reason }
    }

    /// The next byte that is no white space.
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    pub fn next_is(&mut self, wanted: u8) -> bool {
        self.peek() == Some(wanted)
    }

    pub fn eat(&mut self, wanted: u8) -> bool {
        let found = self.next_is(wanted);
        self.at += usize::from(found);
        found
    }

    /// The string whose opening quote is next.
    pub fn string(&mut self) -> Result<Text<'a>, ItemError> {
        let start = self.at + 1;
        let rest = &self.text.as_bytes()[start..];
        match end_of_plain(rest) {
            Some(length) if rest[length] == b'"' => {
                self.at = start + length + 1;
                Ok(Text::Good(Cow::Borrowed(&self.text[start..start + length])))
            }
            _ => self.escaped_string(start),
        }
    }

    fn escaped_string(&mut self, start: usize) -> Result<Text<'a>, ItemError> {
        let bytes = self.text.as_bytes();
        let (mut at, mut good) = (start, true);
        let mut text = String::new();
        loop {
            let Some(length) = memchr::memchr2(b'"', b'\\', &bytes[at..]) else {
                return Err(ItemError::Syntax { offset: start - 1, reason: "a string is not closed" });
            };
            text.push_str(&self.text[at..at + length]);
            at += length;
            if bytes[at] == b'"' {
                self.at = at + 1;
                return Ok(if good { Text::Good(Cow::Owned(text)) } else { Text::Bad });
            }
            if let Some((character, length)) = unescape(&bytes[at..]) {
                text.push(character);
                at += length;
            } else {
                // Whatever follows the backslash does not end the string.
                good = false;
                at += 1;
                at += self.text[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
    }
}

/// Where a string ends or has its first escape.
fn end_of_plain(rest: &[u8]) -> Option<usize> {
    // Most names and values are shorter than what a vectorised search is worth.
    const SHORT: usize = 16;
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\\');
    let head = &rest[..rest.len().min(SHORT)];
    head.iter()
        .position(is_end)
        .or_else(|| memchr::memchr2(b'"', b'\\', &rest[head.len()..]).map(|length| head.len() + length))
}

/// The character that an escape stands for, and the escape's length.
fn unescape(escape: &[u8]) -> Option<(char, usize)> {
    let character = match escape.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_utf16(escape),
        _ => return None,
    };
    Some((character, 2))
}

fn unescape_utf16(escape: &[u8]) -> Option<(char, usize)> {
    let first = hex(escape.get(2..6)?)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first).map(|character| (character, 6));
    }
    let second = escape.get(6..12).and_then(|second| hex(second.strip_prefix(b"\\u")?))?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    char::from_u32(0x10000 + ((first - 0xd800) << 10) + low).map(|character| (character, 12))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}
