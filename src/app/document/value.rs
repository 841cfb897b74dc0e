//! The text of a value, with marks where it changed.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::MAX_VALUE;
use crate::model::diff::{SetChange, differs_in_normalization_only, mark_text};
use crate::model::plain::preview;
use crate::model::{AttributeValue, Base64, ValueChange};

/// A text as it came, and where in it something changed: ranges of bytes on the boundaries of
/// graphemes, in order and apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub marks: Vec<Range<usize>>,
}

/// A string is shown from shortly before its first change, if that is far from its start.
#[derive(Clone, Copy, Debug)]
struct Excerpt {
    /// Bytes shown before the change.
    before: usize,
    /// Bytes from the start beyond which the change is far.
    far: usize,
}

/// Where a value has a line to itself.
const IN_LINES: Excerpt = Excerpt { before: 40, far: 80 };
/// Where both share a line.
const IN_COLUMNS: Excerpt = Excerpt { before: 12, far: 24 };
/// Longer graphemes are cut where an excerpt begins.
const MAX_GRAPHEME: usize = 160;
/// Bytes shown of a binary value from its first change.
const SHOWN_BYTES: usize = 16;

impl Value {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), marks: vec![] }
    }

    /// The value in one line.
    pub fn of(value: &AttributeValue<'_>) -> Self {
        Self::plain(preview(value, MAX_VALUE).text)
    }

    /// The same behind another text.
    #[must_use]
    pub fn behind(self, text: &str) -> Self {
        let shifted = |mark: Range<usize>| mark.start + text.len()..mark.end + text.len();
        Self { marks: self.marks.into_iter().map(shifted).collect(), text: format!("{text}{}", self.text) }
    }
}

/// Both values of a change in full, as far as they fit into a row.
pub fn both(change: &ValueChange<'_>) -> (Option<Value>, Option<Value>) {
    let (old, new) = compared(change, IN_LINES);
    if [&old, &new].into_iter().flatten().any(|value| !value.marks.is_empty()) {
        return (old, new);
    }
    // What has no marks inside is another value as a whole.
    let whole = |value: Value| {
        let all = 0..value.text.len();
        Value { marks: std::iter::once(all).collect(), ..value }
    };
    (old.map(whole), new.map(whole))
}

fn compared(change: &ValueChange<'_>, excerpt: Excerpt) -> (Option<Value>, Option<Value>) {
    use AttributeValue::{B, S};
    let (Some(old), Some(new)) = (change.old_value(), change.new_value()) else {
        return (change.old_value().map(Value::of), change.new_value().map(Value::of));
    };
    let (old, new) = match (old, new) {
        (S(old), S(new)) => strings(old, new, excerpt),
        (B(old), B(new)) => binaries(old, new),
        _ => {
            let (mut old, mut new) = (Value::of(old), Value::of(new));
            if matches!(change, ValueChange::Set(_)) {
                let marks = mark_text(&old.text, &new.text);
                (old.marks, new.marks) = (marks.old, marks.new);
            }
            (old, new)
        }
    };
    (Some(old), Some(new))
}

/// What is to be seen of a change where nothing else is: of sets only the members that came or went.
pub fn changed_only(change: &ValueChange<'_>) -> (Option<Value>, Option<Value>) {
    let ValueChange::Set(set) = change else { return compared(change, IN_COLUMNS) };
    let shown = |sign, texts: &[&str]| (!texts.is_empty()).then(|| Value::plain(members(sign, set, texts)));
    (shown('-', &set.removed), shown('+', &set.added))
}

/// What is not to be seen in the texts: that they only look the same.
pub fn remark(change: &ValueChange<'_>) -> Option<&'static str> {
    let (Some(AttributeValue::S(old)), Some(AttributeValue::S(new))) =
        (change.old_value(), change.new_value())
    else {
        return None;
    };
    differs_in_normalization_only(old, new).then_some("looks the same, is written with other characters")
}

/// `-{"a", "b"}`: members as a value of their type would show them.
fn members(sign: char, set: &SetChange<'_>, members: &[&str]) -> String {
    let texts = members.iter().map(|text| (*text).into());
    let shown = if matches!(set.old, AttributeValue::Bs(_)) {
        AttributeValue::Bs(texts.filter_map(Base64::new).collect())
    } else if matches!(set.old, AttributeValue::Ns(_)) {
        AttributeValue::Ns(texts.collect())
    } else {
        AttributeValue::Ss(texts.collect())
    };
    let text = preview(&shown, MAX_VALUE).text;
    format!("{sign}{}", text.split_once(' ').map_or(text.as_str(), |(_, members)| members))
}

fn strings(old: &str, new: &str, excerpt: Excerpt) -> (Value, Value) {
    let marks = mark_text(old, new);
    let first = |marks: &[Range<usize>]| marks.first().map_or(usize::MAX, |mark| mark.start);
    let first = first(&marks.old).min(first(&marks.new));
    // What comes before the first change is the same text in both.
    let is_far = first > excerpt.far && first < usize::MAX;
    let start = if is_far { boundary_before(old, first - excerpt.before) } else { 0 };
    (quoted(old, &marks.old, start), quoted(new, &marks.new, start))
}

/// The start of a grapheme at or before a place, looking back no further than needed.
fn boundary_before(text: &str, place: usize) -> usize {
    let from = text.floor_char_boundary(place.saturating_sub(MAX_GRAPHEME));
    let place = text.floor_char_boundary(place);
    let starts = text[from..text.ceil_char_boundary(place + 1)].grapheme_indices(true);
    starts.map(|(at, _)| from + at).take_while(|at| *at <= place).last().unwrap_or(from)
}

/// A string from `start` on, in quotes as a preview has them.
fn quoted(text: &str, marks: &[Range<usize>], start: usize) -> Value {
    let mut value = Value::plain(if start > 0 { "…" } else { "\"" });
    let mut marks = marks.iter().filter(|mark| mark.end > start).peekable();
    let mut is_marked = false;
    let mut room = MAX_VALUE;
    for (at, grapheme) in text[start..].grapheme_indices(true) {
        let at = start + at;
        while marks.next_if(|mark| mark.end <= at).is_some() {
            is_marked = false;
        }
        if room == 0 {
            value.text.push('…');
            return value;
        }
        room -= 1;
        let from = value.text.len();
        if matches!(grapheme, "\"" | "\\") {
            value.text.push('\\');
        }
        value.text.push_str(grapheme);
        if marks.peek().is_some_and(|mark| mark.contains(&at)) {
            let to = value.text.len();
            match value.marks.last_mut().filter(|_| is_marked) {
                Some(mark) => mark.end = to,
                None => value.marks.push(from..to),
            }
            is_marked = true;
        }
    }
    value.text.push('"');
    value
}

/// `<2048 B binary @17: 0a ff …>`: the lengths, and the bytes from the first difference on.
fn binaries(old: &Base64<'_>, new: &Base64<'_>) -> (Value, Value) {
    use std::fmt::Write as _;
    let first = old.first_difference(new).unwrap_or(0);
    let value = |bytes: &Base64<'_>| {
        let mut text = format!("<{} B binary @{first}:", bytes.len());
        let from = text.len() + 1;
        let mut marks = vec![];
        for byte in bytes.bytes(first, SHOWN_BYTES) {
            let _ = write!(text, " {byte:02x}");
        }
        if text.len() > from {
            marks.push(from..text.len());
        }
        text.push_str(if bytes.len() > first.saturating_add(SHOWN_BYTES) { " …>" } else { ">" });
        Value { text, marks }
    };
    (value(old), value(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Difference, diff, parse_item};
    use proptest::prelude::*;

    fn shown(old: &str, new: &str, view: fn(&ValueChange<'_>) -> (Option<Value>, Option<Value>)) -> String {
        let item = |value: &str| format!(r#"{{"a":{value}}}"#);
        let (old, new) = (item(old), item(new));
        let (old, new) = (parse_item(old.as_bytes()).unwrap(), parse_item(new.as_bytes()).unwrap());
        let diff = diff(&old, &new);
        let [(_, Difference::Value(change))] = diff.attributes.entries.as_slice() else { panic!("{diff:?}") };
        let (old, new) = view(change);
        [old, new].map(|value| value.as_ref().map_or("nothing".to_owned(), marked)).join(" → ")
    }

    /// The text with its marks in `«»`.
    fn marked(value: &Value) -> String {
        let (mut shown, mut at) = (String::new(), 0);
        for mark in &value.marks {
            shown.extend([&value.text[at..mark.start], "«", &value.text[mark.clone()], "»"]);
            at = mark.end;
        }
        shown + &value.text[at..]
    }

    #[test]
    fn a_change_is_marked_inside_its_value() {
        for (old, new, expected) in [
            (
                r#"{"S":"to Berlin by post"}"#,
                r#"{"S":"to \"Paris\" by post"}"#,
                r#""to «Berlin» by post" → "to «\"Paris\"» by post""#,
            ),
            (r#"{"N":"19.90"}"#, r#"{"N":"24.90"}"#, "«19.90» → «24.90»"),
            (r#"{"B":"AAECAwQ="}"#, r#"{"B":"AAECAw=="}"#, "<5 B binary @4: «04»> → <4 B binary @4:>"),
            (r#"{"SS":["a","b"]}"#, r#"{"SS":["a","c"]}"#, r#"SS {"a", "«b»"} → SS {"a", "«c»"}"#),
            (r#"{"S":"1"}"#, r#"{"N":"1"}"#, r#"«"1"» → «1»"#),
        ] {
            assert_eq!(shown(old, new, both), expected, "{old} {new}");
        }
    }

    #[test]
    fn of_a_set_the_members_that_came_or_went_are_quoted_as_values_are() {
        for (old, new, expected) in [
            (r#"{"SS":["a, b","\""]}"#, r#"{"SS":["c"]}"#, r#"-{"\"", "a, b"} → +{"c"}"#),
            (r#"{"NS":["1","2"]}"#, r#"{"NS":["1"]}"#, "-{2} → nothing"),
            (r#"{"BS":["AA=="]}"#, r#"{"BS":["AA==","AQ=="]}"#, "nothing → +{<1 B binary 01>}"),
        ] {
            assert_eq!(shown(old, new, changed_only), expected, "{old} {new}");
        }
    }

    #[test]
    fn a_change_far_into_a_string_is_in_sight() {
        let text = |word: &str| format!(r#"{{"S":"{}{word} end"}}"#, "lorem ipsum ".repeat(10_000));
        let words = format!("…{}", "lorem ipsum ".repeat(4).split_at(8).1);
        assert_eq!(
            shown(&text("one"), &text("two"), both),
            format!("{words}«one» end\" → {words}«two» end\"")
        );
    }

    #[test]
    fn strings_that_only_look_the_same_are_told_apart() {
        let (old, new) = (AttributeValue::S("é".into()), AttributeValue::S("e\u{301}".into()));
        assert!(remark(&ValueChange::Changed { old: &old, new: &new }).is_some());
        assert!(remark(&ValueChange::Changed { old: &new, new: &AttributeValue::S("e".into()) }).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        /// Without its marks, a value of short strings is what both have in common.
        #[test]
        fn what_is_not_marked_is_in_both(old in "[ab \"\\\\é\u{301}👩]{0,30}", new in "[ab \"\\\\é\u{301}👩]{0,30}") {
            let (one, other) = strings(&old, &new, IN_LINES);
            let rest = |value: &Value| {
                let mut rest = value.text.clone();
                value.marks.iter().rev().for_each(|mark| rest.replace_range(mark.clone(), ""));
                rest
            };
            prop_assert_eq!(rest(&one), rest(&other));
            prop_assert_eq!(one.marks.is_empty() && other.marks.is_empty(), old == new);
        }
    }
}
