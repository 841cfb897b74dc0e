//! Marks what changed inside a string: whole words, never a part of a grapheme.

use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use super::myers;

/// How long, in bytes, the changed middles of two strings together may be to be compared word
/// by word. Beyond it, all between the common ends is marked.
pub const MAX_MARKED_BYTES: usize = 32 * 1024;

/// How many words may be removed or added for two strings to be compared word by word.
const MAX_WORD_EDITS: usize = 256;

/// How many bytes of a word that runs into the change are marked with it.
const MAX_WORD_BYTES: usize = 64;

/// What to mark in two strings, as ranges of bytes on the boundaries of graphemes, in order and
/// apart. What lies outside of them is the same text in both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMarks {
    pub old: Vec<Range<usize>>,
    pub new: Vec<Range<usize>>,
}

/// Compares two strings word by word.
///
/// Meant for the strings on the screen: two of 400 KB take well under a millisecond.
pub fn mark_text(old: &str, new: &str) -> TextMarks {
    if old == new {
        return TextMarks::default();
    }
    let (old_middle, new_middle) = middles(old, new);
    let (old_start, new_start) = (old_middle.start, new_middle.start);
    let words = changed_words(&old[old_middle], &new[new_middle]);
    let words = words.into_iter().map(|Changed { old, new }| Changed {
        old: old.start + old_start..old.end + old_start,
        new: new.start + new_start..new.end + new_start,
    });
    let mut marks = TextMarks::default();
    for changed in whole_graphemes(old, new, words.collect()) {
        marks.old.extend(Some(changed.old).filter(|range| !range.is_empty()));
        marks.new.extend(Some(changed.new).filter(|range| !range.is_empty()));
    }
    marks
}

/// Whether two strings that differ look the same: they write the same characters once composed
/// and once decomposed (`é` and `e` with U+0301), to DynamoDB two values.
pub fn differs_in_normalization_only(old: &str, new: &str) -> bool {
    let normalizer = ComposingNormalizerBorrowed::new_nfc();
    old != new
        && !(old.is_ascii() && new.is_ascii())
        && normalizer.normalize(old) == normalizer.normalize(new)
}

/// A stretch of bytes in which two texts differ.
#[derive(Clone, Debug)]
struct Changed {
    old: Range<usize>,
    new: Range<usize>,
}

/// What is left between the common ends, grown to whole words. As it grows into what both have
/// in common, it grows by as much in both.
fn middles(old: &str, new: &str) -> (Range<usize>, Range<usize>) {
    let shorter = old.len().min(new.len());
    let head = common(old.bytes(), new.bytes(), shorter);
    let tail = common(old.bytes().rev(), new.bytes().rev(), shorter - head);
    let head = word_start(old, head);
    let tail = old.len() - word_end(old, old.len() - tail);
    (head..old.len() - tail, head..new.len() - tail)
}

fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>, most: usize) -> usize {
    a.zip(b).take(most).take_while(|(a, b)| a == b).count()
}

fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The start of the word that this place is in.
fn word_start(text: &str, place: usize) -> usize {
    let place = text.floor_char_boundary(place);
    let before = text[..place].char_indices().rev();
    let word = before.take_while(|(at, c)| is_in_word(*c) && place - at <= MAX_WORD_BYTES);
    word.last().map_or(place, |(at, _)| at)
}

/// The end of the word that this place is in.
fn word_end(text: &str, place: usize) -> usize {
    let place = text.ceil_char_boundary(place);
    let after = text[place..].char_indices();
    let word = after.take_while(|(at, c)| is_in_word(*c) && *at < MAX_WORD_BYTES);
    word.last().map_or(place, |(at, c)| place + at + c.len_utf8())
}

/// The hunks of words in which two texts differ.
fn changed_words(old: &str, new: &str) -> Vec<Changed> {
    let all = || vec![Changed { old: 0..old.len(), new: 0..new.len() }];
    if old.is_empty() || new.is_empty() || old.len() + new.len() > MAX_MARKED_BYTES {
        return all();
    }
    let old_words: Vec<_> = old.split_word_bound_indices().collect();
    let new_words: Vec<_> = new.split_word_bound_indices().collect();
    let same = |i: usize, j: usize| old_words[i].1 == new_words[j].1;
    let Some(hunks) = myers::hunks(old_words.len(), new_words.len(), MAX_WORD_EDITS, same) else {
        return all();
    };

    let mut changed: Vec<Changed> = vec![];
    for hunk in hunks {
        let removed = bytes_of(&hunk.old, &old_words, old.len());
        let added = bytes_of(&hunk.new, &new_words, new.len());
        match changed.last_mut() {
            // One mark over several changed words reads better than one for each.
            Some(last) if is_blank(&old[last.old.end..removed.start]) => {
                (last.old.end, last.new.end) = (removed.end, added.end);
            }
            _ => changed.push(Changed { old: removed, new: added }),
        }
    }
    changed
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

fn bytes_of(words: &Range<usize>, starts: &[(usize, &str)], end: usize) -> Range<usize> {
    let byte = |word: usize| starts.get(word).map_or(end, |(at, _)| *at);
    byte(words.start)..byte(words.end)
}

/// Grows every stretch, by as much in both texts, until it begins and ends on the boundaries of
/// graphemes in both; stretches that meet become one.
fn whole_graphemes(old: &str, new: &str, words: Vec<Changed>) -> Vec<Changed> {
    let mut grown: Vec<Changed> = vec![];
    let mut words = words.into_iter().peekable();
    while let Some(Changed { old: mut a, new: mut b }) = words.next() {
        // The stretch before ends on a boundary: this one cannot grow back into it.
        loop {
            let more = (a.start - grapheme_start(old, a.start)).max(b.start - grapheme_start(new, b.start));
            if more == 0 {
                break;
            }
            (a.start, b.start) = (a.start - more, b.start - more);
        }
        loop {
            let more = (grapheme_end(old, a.end) - a.end).max(grapheme_end(new, b.end) - b.end);
            let room = words.peek().map_or(old.len(), |next| next.old.start) - a.end;
            match words.next_if(|_| more > room) {
                Some(next) => (a.end, b.end) = (next.old.end, next.new.end),
                None if more == 0 => break,
                None => (a.end, b.end) = (a.end + more, b.end + more),
            }
        }
        grown.push(Changed { old: a, new: b });
    }
    grown
}

fn is_boundary(text: &str, place: usize) -> bool {
    // With the whole text at hand the cursor never asks for more of it.
    GraphemeCursor::new(place, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

fn grapheme_start(text: &str, place: usize) -> usize {
    let place = text.floor_char_boundary(place);
    if is_boundary(text, place) {
        return place;
    }
    GraphemeCursor::new(place, text.len(), true).prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

fn grapheme_end(text: &str, place: usize) -> usize {
    let place = text.ceil_char_boundary(place);
    if is_boundary(text, place) {
        return place;
    }
    GraphemeCursor::new(place, text.len(), true).next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text with its marks in brackets.
    fn shown(text: &str, marks: &[Range<usize>]) -> String {
        let (mut shown, mut at) = (String::new(), 0);
        for mark in marks {
            shown.extend([&text[at..mark.start], "[", &text[mark.clone()], "]"]);
            at = mark.end;
        }
        shown + &text[at..]
    }

    fn marked(old: &str, new: &str) -> (String, String) {
        let marks = mark_text(old, new);
        (shown(old, &marks.old), shown(new, &marks.new))
    }

    #[test]
    fn whole_words_are_marked() {
        for (old, new) in [
            ("[PENDING]", "[PAID]"),
            ("sent to [Berlin] by post", "sent to [Paris] by post"),
            ("[a b] c", "[x y] c"),
            ("one three", "one [two ]three"),
            ("[]same start", "same start"),
            ("id-[1234]-x [on]", "id-[1299]-x [off]"),
            ("", "[new]"),
            ("[2024]-[01]-01", "[2025]-[02]-01"),
        ] {
            let bare = |text: &str| text.replace(['[', ']'], "");
            let (old, new) = (old.replace("[]", ""), new.replace("[]", ""));
            assert_eq!(marked(&bare(&old), &bare(&new)), (old, new));
        }
    }

    #[test]
    fn a_grapheme_is_never_cut() {
        // A combining accent, a family, a flag: the bytes differ only inside them.
        assert_eq!(marked("cafe x", "cafe\u{301} x"), ("[cafe] x".into(), "[cafe\u{301}] x".into()));
        assert_eq!(marked("é", "è"), ("[é]".into(), "[è]".into()));
        let (family, pair) = ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩");
        assert_eq!(
            marked(&format!("a {family}"), &format!("a {pair}")),
            (format!("a [{family}]"), format!("a [{pair}]"))
        );
        assert_eq!(marked("🇩🇪🇫🇷", "🇩🇪🇫🇮"), ("🇩🇪[🇫🇷]".into(), "🇩🇪[🇫🇮]".into()));
        assert_eq!(marked("a\r\nb", "a\nb").0, "a[\r\n]b");
    }

    #[test]
    fn huge_strings_are_marked_between_their_common_ends() {
        let (head, tail) = ("x ".repeat(100_000), " y".repeat(100_000));
        let old = format!("{head}{}{tail}", "1 ".repeat(20_000));
        let new = format!("{head}{}{tail}", "2 ".repeat(20_000));
        let marks = mark_text(&old, &new);
        assert_eq!((marks.old.len(), marks.new.len()), (1, 1));
        assert!(marks.old[0].start >= head.len() - 1 && marks.old[0].end <= old.len() - tail.len() + 1);
        let one_cluster = format!("e{}", "\u{301}".repeat(50_000));
        assert_eq!(
            mark_text(&one_cluster, &format!("{one_cluster}\u{302}")).old.first(),
            Some(&(0..one_cluster.len()))
        );
    }

    #[test]
    fn texts_that_only_look_the_same_are_noticed() {
        for (old, new, look_the_same) in [
            ("café", "cafe\u{301}", true),
            ("\u{212b}", "Å", true),
            ("가", "\u{1100}\u{1161}", true),
            ("café", "café", false),
            ("café", "cafe", false),
            ("ﬁ", "fi", false),
            ("a", "b", false),
        ] {
            assert_eq!(differs_in_normalization_only(old, new), look_the_same, "{old} {new}");
        }
    }

    #[test]
    fn changes_inside_one_grapheme_become_one_mark() {
        let (old, new) = ("e\u{301}\u{302} x", "a\u{301}\u{303} x");
        let words = vec![Changed { old: 0..1, new: 0..1 }, Changed { old: 3..5, new: 3..5 }];
        let whole = whole_graphemes(old, new, words);
        assert_eq!((whole.len(), whole[0].old.clone(), whole[0].new.clone()), (1, 0..5, 0..5));
    }

    #[test]
    fn words_are_compared_up_to_the_cap() {
        let text = |between: usize, word: &str| format!("{word} {} {word}", "x ".repeat(between));
        let marks = |between| mark_text(&text(between, "old"), &text(between, "new")).old.len();
        assert_eq!(marks(100), 2);
        assert_eq!(marks(MAX_MARKED_BYTES), 1);
    }

    fn rest(text: &str, marks: &[Range<usize>]) -> String {
        let (mut rest, mut at) = (String::new(), 0);
        for mark in marks {
            rest += &text[at..mark.start];
            at = mark.end;
        }
        rest + &text[at..]
    }

    fn check(old: &str, new: &str) {
        let marks = mark_text(old, new);
        assert_eq!(rest(old, &marks.old), rest(new, &marks.new), "{old:?} {new:?}");
        assert_eq!(marks == TextMarks::default(), old == new);
        for (text, marks) in [(old, &marks.old), (new, &marks.new)] {
            let boundaries: Vec<_> =
                text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            for mark in marks {
                assert!(
                    !mark.is_empty() && boundaries.contains(&mark.start) && boundaries.contains(&mark.end)
                );
            }
            assert!(marks.is_sorted_by(|a, b| a.end <= b.start));
        }
    }

    proptest! {
        #[test]
        fn outside_the_marks_the_texts_are_the_same(
            old in "([ab]{1,2}|[ ,\r\n]|\u{301}|👩|\u{200d}|🇩|🇪|ᄀ|ᅡ|\u{600}){0,12}",
            new in "([ab]{1,2}|[ ,\r\n]|\u{301}|👩|\u{200d}|🇩|🇪|ᄀ|ᅡ|\u{600}){0,12}",
        ) {
            check(&old, &new);
        }

        #[test]
        fn any_texts_are_marked(old in any::<String>(), new in any::<String>(), common in any::<String>()) {
            check(&old, &new);
            check(&format!("{common}{old}{common}"), &format!("{common}{new}{common}"));
        }
    }
}
