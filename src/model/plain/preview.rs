//! A value in one line, as far as it fits into a cell.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::attribute::{AttributeValue, Base64, Item};
use crate::model::path::write_name;

/// One line of text for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub text: String,
    /// The value goes on; the text ends in `…`.
    pub is_cut: bool,
}

/// The value in one line of at most `max_graphemes`: `"PENDING"`, `19.90`, `NULL`,
/// `{ sku: "A-1", qty: 1 }`, `[1, 2]`, `SS {"a", "b"}`, `<2 KB binary 0a ff …>`.
///
/// The effort is bounded by what is shown, not by the size of the value.
pub fn preview(value: &AttributeValue<'_>, max_graphemes: usize) -> Preview {
    // Enough for any text in use; piles of combining marks are cut earlier.
    let mut line = Line { text: String::new(), limit: max_graphemes.saturating_mul(16).saturating_add(64) };
    line.value(value);
    let is_cut = line.is_full() || line.text.graphemes(true).nth(max_graphemes).is_some();
    let mut text = line.text;
    if is_cut {
        let kept = max_graphemes.saturating_sub(1);
        let end = text.grapheme_indices(true).nth(kept).map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        if max_graphemes > 0 {
            text.push('…');
        }
    }
    Preview { text, is_cut }
}

struct Line {
    text: String,
    /// Where writing stops, in bytes. A text of this length is taken as cut.
    limit: usize,
}

impl Line {
    fn is_full(&self) -> bool {
        self.text.len() >= self.limit
    }

    fn push(&mut self, text: &str) {
        let room = self.limit.saturating_sub(self.text.len());
        let end = if text.len() > room { text.ceil_char_boundary(room) } else { text.len() };
        self.text.push_str(&text[..end]);
    }

    fn value(&mut self, value: &AttributeValue<'_>) {
        match value {
            AttributeValue::S(text) => self.quoted(text),
            AttributeValue::N(number) => self.push(number),
            AttributeValue::B(bytes) => self.binary(bytes),
            AttributeValue::Ss(members) => self.set("SS", members, |line, text| line.quoted(text)),
            AttributeValue::Ns(members) => self.set("NS", members, |line, text| line.push(text)),
            AttributeValue::Bs(members) => self.set("BS", members, Self::binary),
            AttributeValue::L(elements) => self.sequence("[", "]", elements, Self::value),
            AttributeValue::M(map) => self.map(map),
            AttributeValue::Bool(true) => self.push("true"),
            AttributeValue::Bool(false) => self.push("false"),
            AttributeValue::Null => self.push("NULL"),
            AttributeValue::Unknown { raw, .. } => {
                self.push("<unsupported ");
                self.push(raw);
                self.push(">");
            }
        }
    }

    /// Quotes and backslashes are escaped; nothing else is.
    fn quoted(&mut self, text: &str) {
        self.push("\"");
        for piece in text.split_inclusive(['"', '\\']) {
            if self.is_full() {
                return;
            }
            match piece.strip_suffix(['"', '\\']) {
                Some(before) => {
                    self.push(before);
                    self.push("\\");
                    self.push(&piece[before.len()..]);
                }
                None => self.push(piece),
            }
        }
        self.push("\"");
    }

    fn binary(&mut self, bytes: &Base64<'_>) {
        const SHOWN: usize = 8;
        let mut text = format!("<{} binary", size(bytes.len()));
        for byte in bytes.bytes(0, SHOWN) {
            let _ = write!(text, " {byte:02x}");
        }
        text.push_str(if bytes.len() > SHOWN { " …>" } else { ">" });
        self.push(&text);
    }

    fn set<T>(&mut self, type_name: &str, members: &[T], member: impl Fn(&mut Self, &T)) {
        self.push(type_name);
        self.sequence(" {", "}", members, member);
    }

    fn sequence<T>(&mut self, open: &str, close: &str, elements: &[T], element: impl Fn(&mut Self, &T)) {
        self.push(open);
        for (place, next) in elements.iter().enumerate() {
            if self.is_full() {
                return;
            }
            if place > 0 {
                self.push(", ");
            }
            element(self, next);
        }
        self.push(close);
    }

    fn map(&mut self, map: &Item<'_>) {
        if map.is_empty() {
            return self.push("{}");
        }
        self.push("{ ");
        for (place, (name, value)) in map.iter().enumerate() {
            if self.is_full() {
                return;
            }
            if place > 0 {
                self.push(", ");
            }
            let room = self.limit.saturating_sub(self.text.len()).min(name.len());
            let _ = write_name(&mut self.text, &name[..name.ceil_char_boundary(room)]);
            self.push(": ");
            self.value(value);
        }
        self.push(" }");
    }
}

/// A size in bytes, for people: `3 B`, `2 KB`, `1 MB`, in steps of 1024, rounded.
fn size(bytes: usize) -> String {
    const KB: usize = 1024;
    const MB: usize = KB * KB;
    match bytes {
        0..KB => format!("{bytes} B"),
        KB..MB => format!("{} KB", (bytes + KB / 2) / KB),
        _ => format!("{} MB", (bytes + MB / 2) / MB),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::attribute::{parse_item, samples};
    use proptest::prelude::*;

    fn shown(json: &str, max: usize) -> String {
        let text = format!(r#"{{"a":{json}}}"#);
        preview(parse_item(text.as_bytes()).unwrap().get("a").unwrap(), max).text
    }

    #[test]
    fn every_type_has_its_own_look() {
        for (json, text) in [
            (r#"{"S":"PENDING"}"#, r#""PENDING""#),
            (r#"{"S":""}"#, r#""""#),
            (r#"{"S":"say \"x\\\" \u001b"}"#, "\"say \\\"x\\\\\\\" \u{1b}\""),
            (r#"{"N":"19.90"}"#, "19.90"),
            (
                r#"{"M":{"sku":{"S":"A-1"},"qty":{"N":"1"},"a.b":{"M":{}}}}"#,
                r#"{ "a.b": {}, qty: 1, sku: "A-1" }"#,
            ),
            (r#"{"L":[{"N":"1"},{"L":[]}]}"#, "[1, []]"),
            (r#"{"SS":["b","a"]}"#, r#"SS {"b", "a"}"#),
            (r#"{"NS":["1","2"]}"#, "NS {1, 2}"),
            (r#"{"BS":["AA=="]}"#, "BS {<1 B binary 00>}"),
            (r#"{"B":""}"#, "<0 B binary>"),
            (r#"{"B":"Cv8="}"#, "<2 B binary 0a ff>"),
            (r#"{"BOOL":true}"#, "true"),
            (r#"{"NULL":true}"#, "NULL"),
            (r#"{"X":1}"#, r#"<unsupported {"X":1}>"#),
        ] {
            assert_eq!(shown(json, 80), text);
        }
        let binary = Base64::encode(&[7; 2048]);
        assert_eq!(preview(&AttributeValue::B(binary), 80).text, "<2 KB binary 07 07 07 07 07 07 07 07 …>");
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(shown(r#"{"S":"abcd"}"#, 6), r#""abcd""#);
        assert_eq!(shown(r#"{"S":"abcde"}"#, 6), r#""abcd…"#);
        assert_eq!(shown(r#"{"S":"👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧"}"#, 4), "\"👨‍👩‍👧👨‍👩‍👧…");
        assert_eq!(shown(r#"{"S":"abc"}"#, 1), "…");
        assert_eq!(shown(r#"{"S":"abc"}"#, 0), "");
    }

    #[test]
    fn a_huge_value_is_not_written_out() {
        let long = "x".repeat(1 << 20);
        let (text, quotes) =
            (AttributeValue::S(long.clone().into()), AttributeValue::S("\"".repeat(1 << 20).into()));
        let map = AttributeValue::M([(long.into(), text.clone())].into_iter().collect());
        let list = AttributeValue::L(vec![text.clone(); 9]);
        for value in [text, quotes, map, list] {
            let mut line = Line { text: String::new(), limit: 100 };
            line.value(&value);
            assert!(line.text.len() < 2 * 100 + 20, "{}", line.text.len());
            assert!(preview(&value, 20).is_cut);
        }
    }

    proptest! {
        #[test]
        fn a_preview_keeps_to_its_graphemes(value in samples::value(), max in 0usize..60) {
            let whole = preview(&value, 100_000);
            let shown = preview(&value, max);
            prop_assert!(!whole.is_cut);
            prop_assert!(shown.text.graphemes(true).count() <= max);
            prop_assert_eq!(shown.is_cut, shown.text != whole.text);
            let kept = shown.text.strip_suffix('…').filter(|_| shown.is_cut).unwrap_or(&shown.text);
            prop_assert!(whole.text.starts_with(kept));
        }
    }
}
