//! What escapes in JSON strings stand for, and whether there can be any.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

/// The text of a string between its quotes, escapes resolved. `None` for a lone surrogate.
pub fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    if memchr(b'\\', raw.as_bytes()).is_none() {
        return Some(raw.into());
    }
    serde_json::from_str::<String>(&format!("\"{raw}\"")).ok().map(Into::into)
}

/// Whether a text may stand in JSON as its own bytes: no character of it has to be an escape.
pub fn stands_as_it_is(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'))
}

/// Whether letters of a text may be in JSON written as `\u0041` or `\/`.
pub fn may_escape_letters(json: &str) -> bool {
    let bytes = json.as_bytes();
    memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'u' | b'/')))
}

/// Whether letters of a text may be in JSON other than as their own bytes: as such an escape, or as
/// one of the two letters beyond ASCII whose lower case has one of ASCII.
pub fn may_hide_letters(json: &str) -> bool {
    let hides = |letter: &&[u8]| memmem::find(json.as_bytes(), letter).is_some();
    may_escape_letters(json) || !json.is_ascii() && HIDING.iter().any(hides)
}

/// The sign of Kelvin and the dotted capital I.
const HIDING: [&[u8]; 2] = ["\u{212a}".as_bytes(), "\u{130}".as_bytes()];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescape("a\\u001b\\n\\ud83d\\ude00").as_deref(), Some("a\u{1b}\n😀"));
        assert_eq!(unescape("\\ud83d"), None);
    }

    #[test]
    fn letters_hide_in_two_others_and_in_escapes_only() {
        for character in
            ('\u{80}'..=char::MAX).filter(|character| character.to_lowercase().any(|lower| lower.is_ascii()))
        {
            assert!(may_hide_letters(&format!("\"x{character}\"")), "{character}");
        }
        for json in ["\"\\u0041\"", "\"a\\/b\"", "\"\\\\u\""] {
            assert!(may_hide_letters(json), "{json}");
        }
        for json in ["", "\"é\"", "\"say \\\"x\\\"\\n\"", "\"\\\\\""] {
            assert!(!may_hide_letters(json), "{json}");
        }
    }

    #[test]
    fn what_needs_no_escape_is_told() {
        for (text, expected) in
            [("", true), ("a/é", true), ("a\"b", false), ("a\\b", false), ("a\nb", false), ("\u{7f}", false)]
        {
            assert_eq!(stands_as_it_is(text), expected, "{text:?}");
            if expected {
                assert_eq!(serde_json::to_string(text).unwrap(), format!("\"{text}\""));
            }
        }
    }
}
