//! Text search: a case-insensitive substring of an attribute's name or value.

use std::borrow::Cow;

use memchr::memchr2;

use crate::model::escapes::{may_hide_letters, unescape};
use crate::model::json::{JsonError, Scanner};

/// A text to look for, in keys and images as DynamoDB JSON.
///
/// Names, strings, numbers and members of sets are compared decoded; types and base64 are not
/// text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    /// In lower case.
    text: String,
    /// ASCII that JSON holds as it is, unless it hides it.
    is_plain: bool,
}

impl Needle {
    /// `None` for the empty text, which is everywhere.
    pub fn new(text: &str) -> Option<Self> {
        let is_own = |byte: u8| byte.is_ascii() && !byte.is_ascii_control() && !matches!(byte, b'"' | b'\\');
        let text = text.to_lowercase();
        let is_plain = text.bytes().all(is_own);
        (!text.is_empty()).then_some(Self { text, is_plain })
    }

    /// Whether any of these JSON texts (keys, images) has it. What is no JSON is searched as it is.
    pub fn is_in<'a>(&self, items: impl IntoIterator<Item = &'a str>) -> bool {
        let hides = may_hide_letters;
        items.into_iter().any(|json| self.may_be_in(json, || hides(json)) && self.is_in_item(json))
    }

    /// Whether a decoded text has it.
    pub fn is_in_text(&self, text: &str) -> bool {
        if text.is_ascii() {
            return find_ascii(text.as_bytes(), self.text.as_bytes());
        }
        text.to_lowercase().contains(&self.text)
    }

    /// Says no only where the decoded values in this JSON cannot have it. `hides` is whether letters
    /// may be there other than as their own bytes.
    pub(super) fn may_be_in(&self, json: &str, hides: impl FnOnce() -> bool) -> bool {
        if self.is_plain {
            return find_ascii(json.as_bytes(), self.text.as_bytes()) || hides();
        }
        // A quote or a control character is always an escape; letters beyond ASCII have two cases.
        self.text.is_ascii() || !json.is_ascii() || hides()
    }

    fn is_in_item(&self, json: &str) -> bool {
        self.walk(json).unwrap_or_else(|_| self.is_in_text(json))
    }

    fn walk(&self, json: &str) -> Result<bool, JsonError> {
        let mut scanner = Scanner::new(json);
        // A stack, not recursion: the depth is the sender's choice.
        let mut open: Vec<Level> = vec![];
        loop {
            let entered = match scanner.peek() {
                Some(b'{') => {
                    let name = scanner.object()?;
                    let level = match open.last() {
                        None | Some(Level::Wrapper { .. }) => Level::Map,
                        Some(Level::Map | Level::Array { .. }) => Level::Wrapper { binary: false },
                    };
                    name.map(|name| self.enter(level, name))
                }
                Some(b'[') => {
                    let binary = matches!(open.last(), Some(Level::Wrapper { binary: true }));
                    scanner.array()?.then_some((Level::Array { binary }, false))
                }
                Some(b'"') => {
                    let range = scanner.string()?;
                    let binary = matches!(
                        open.last(),
                        Some(Level::Wrapper { binary: true } | Level::Array { binary: true })
                    );
                    if !binary && self.is_in_string(&json[range]) {
                        return Ok(true);
                    }
                    None
                }
                _ => {
                    scanner.value()?;
                    None
                }
            };
            if let Some((level, found)) = entered {
                if found {
                    return Ok(true);
                }
                open.push(level);
                continue;
            }
            // A value is complete; so may be what holds it.
            loop {
                let more = match open.last_mut() {
                    None => return Ok(false),
                    Some(Level::Array { .. }) => scanner.next_element()?,
                    Some(level @ (Level::Map | Level::Wrapper { .. })) => match scanner.next_name()? {
                        Some(name) => {
                            let (next, found) = self.enter(*level, name);
                            if found {
                                return Ok(true);
                            }
                            *level = next;
                            true
                        }
                        None => false,
                    },
                };
                if more {
                    break;
                }
                open.pop();
            }
        }
    }

    /// Behind a name: attributes have names of interest, wrappers those of types.
    fn enter(&self, level: Level, name: &str) -> (Level, bool) {
        match level {
            Level::Map => (Level::Map, self.is_in_string(name)),
            Level::Wrapper { .. } => {
                let binary = matches!(unescape(name).as_deref(), Some("B" | "BS"));
                (Level::Wrapper { binary }, false)
            }
            Level::Array { .. } => (level, false),
        }
    }

    fn is_in_string(&self, raw: &str) -> bool {
        self.is_in_text(&unescape(raw).unwrap_or(Cow::Borrowed(raw)))
    }
}

#[derive(Clone, Copy, Debug)]
enum Level {
    /// Attributes by name.
    Map,
    /// A value below the name of its type.
    Wrapper {
        binary: bool,
    },
    Array {
        binary: bool,
    },
}

/// Looks for a text in lower case, whatever the case of ASCII letters in the other.
fn find_ascii(text: &[u8], needle: &[u8]) -> bool {
    let Some((place, rarest)) = needle.iter().enumerate().min_by_key(|(_, byte)| frequency(**byte)) else {
        return true;
    };
    let (lower, upper) = (rarest.to_ascii_lowercase(), rarest.to_ascii_uppercase());
    let mut from = place;
    while let Some(at) = text.get(from..).and_then(|rest| memchr2(lower, upper, rest)) {
        let start = from + at - place;
        match text.get(start..start + needle.len()) {
            Some(piece) if piece.eq_ignore_ascii_case(needle) => return true,
            Some(_) => from += at + 1,
            None => return false,
        }
    }
    false
}

/// How often a byte is met in DynamoDB JSON, roughly: the search jumps from one of the rarest to
/// the next.
fn frequency(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b'"' | b':' | b'{' | b'}' | b',' => 5,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' => 4,
        b'd' | b'l' | b'u' | b'c' | b'm' | b'p' | b'0' | b'1' => 3,
        b'a'..=b'z' | b'0'..=b'9' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(needle: &str, json: &str) -> bool {
        Needle::new(needle).is_some_and(|needle| needle.is_in([json]))
    }

    #[test]
    fn names_and_values_are_searched_but_not_types_or_base64() {
        let json = r#"{"Status":{"S":"PAID \u00e9"},"n":{"N":"42"},"b":{"B":"aaaa"},"m":{"M":{"S":{"L":[{"SS":["Deep"]}]}}}}"#;
        for text in ["status", "paid É", "42", "deep", "\u{e9}", "m"] {
            assert!(finds(text, json), "{text}");
        }
        for text in ["aaaa", "ss", "\"", "u00e9", "L"] {
            assert!(!finds(text, json), "{text}");
        }
    }

    #[test]
    fn what_is_no_item_is_searched_as_text() {
        assert!(finds("oops", "{\"a\":Oops"));
        assert!(!finds("b", ""));
        assert_eq!(Needle::new(""), None);
    }

    fn quoted(text: &str) -> String {
        serde_json::to_string(text).unwrap()
    }

    proptest! {
        #[test]
        fn the_prefilter_never_loses_a_match(
            name in "[aKké\u{212a}İß\"\\\\\u{1}]{0,4}", value in "[aKké\u{212a}İß\"\\\\\n]{0,6}",
            needle in "[aKkéßi\"\\\\]{1,2}", escape in any::<bool>()
        ) {
            let escaped = |text: &str| if escape {
                let units: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                format!("\"{}\"", units.concat())
            } else {
                quoted(text)
            };
            let json = format!("{{{}:{{\"S\":{}}}}}", escaped(&name), escaped(&value));
            let has = |text: &str| text.to_lowercase().contains(&needle.to_lowercase());
            prop_assert_eq!(finds(&needle, &json), has(&name) || has(&value));
        }

        #[test]
        fn no_bytes_panic(json in "[{}\\[\\]\",:SMBL\\\\u0a ]{0,40}", needle in ".{1,3}") {
            finds(&needle, &json);
        }
    }
}
