//! Text from outside, made harmless for terminals and logs: the one place that knows how.
//!
//! No byte of a value, a name or an error from outside reaches a terminal as anything but text.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// A cluster of more characters (marks piled on a letter) is written out.
const MAX_CLUSTER: usize = 8;

/// Whether a character must never reach a terminal as it is.
///
/// Controls (C0, DEL, C1), what turns the direction of writing, what has no width, tags, line
/// separators, private use, and what is no character: they hide, move or forge text.
pub fn is_dangerous(character: char) -> bool {
    let code = u32::from(character);
    matches!(
        code,
        0x00..=0x1f | 0x7f..=0x9f
            | 0xad
            | 0x34f
            | 0x61c
            | 0x115f..=0x1160
            | 0x17b4..=0x17b5
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x2028..=0x202e
            | 0x2060..=0x206f
            | 0x2800
            | 0x3164
            | 0xe000..=0xf8ff
            | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f
            | 0xfeff
            | 0xffa0
            | 0xfff0..=0xfffb
            | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a
            | 0xe0000..=0x10_ffff
    ) || code & 0xfffe == 0xfffe
}

/// Emoji are joined and chosen by characters that would be dangerous elsewhere.
fn is_part_of_emoji(cluster: &str, character: char) -> bool {
    matches!(character, '\u{200d}' | '\u{fe0f}')
        && cluster.chars().next().is_some_and(is_emoji_like)
        && cluster.chars().all(|other| !is_dangerous(other) || matches!(other, '\u{200d}' | '\u{fe0f}'))
}

fn is_emoji_like(character: char) -> bool {
    matches!(u32::from(character), 0x2190..=0x2bff | 0x1f000..=0x1faff)
}

/// Whether two characters alone make one cluster.
fn is_one(before: char, after: char) -> bool {
    let mut both = [0; 8];
    let middle = before.encode_utf8(&mut both).len();
    let end = middle + after.encode_utf8(&mut both[middle..]).len();
    std::str::from_utf8(&both[..end]).is_ok_and(|both| both.graphemes(true).count() == 1)
}

/// Whether a character would stand on what comes before it: a mark, a skin tone.
fn stands_on_another(character: char) -> bool {
    !character.is_ascii() && is_one('a', character)
}

/// Whether a character would stand before whatever comes after it: an Arabic number sign.
fn stands_before_another(character: char) -> bool {
    is_one(character, 'a')
}

/// Appends what has to be shown of one cluster of characters.
pub fn write_cluster(out: &mut String, cluster: &str) {
    let from = out.len();
    let is_piled = cluster.chars().count() > MAX_CLUSTER;
    // What follows a character that was written out has nothing to stand on.
    let mut is_broken = false;
    for (place, character) in cluster.chars().enumerate() {
        match character {
            '\n' => out.push('⏎'),
            '\r' if cluster == "\r\n" => {}
            '\t' => out.push('→'),
            '\0'..='\u{9f}' if character.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            _ if is_dangerous(character) && !is_part_of_emoji(cluster, character)
                || is_piled && (place >= MAX_CLUSTER || stands_before_another(character))
                || is_broken =>
            {
                is_broken = true;
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    let is_of_marks = cluster.width() == 0 && cluster.chars().any(|character| !is_dangerous(character));
    if is_of_marks || cluster.starts_with(stands_on_another) {
        out.truncate(from);
        for character in cluster.chars() {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        }
    }
}

/// A text in which nothing is dangerous and everything is visible, on one line.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        write_cluster(&mut safe, cluster);
    }
    safe.into()
}

/// Lines, each sanitised.
pub fn sanitize_lines(text: &str) -> String {
    text.lines().flat_map(|line| [sanitize(line), "\n".into()]).collect()
}

/// Whether a text is printable ASCII alone: nothing in it needs a look.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Lines of JSON in which what is dangerous is written as JSON's own escapes: the same values, safe
/// to print. White space between tokens stays.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    let stays = |character: char| matches!(character, '\n' | '\t') || !is_dangerous(character);
    if json.chars().all(stays) {
        return json.into();
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if stays(character) {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_dangerous_becomes_visible() {
        for (text, shown) in [
            ("a\x1b[2Jb", "a\\x1b[2Jb"),
            ("\u{9b}31m", "\\x9b31m"),
            ("a\nb\tc\r\nd\r", "a⏎b→c⏎d\\x0d"),
            ("\u{202e}abc", "\\u{202e}abc"),
            ("a\u{200b}b", "a\\u{200b}b"),
            ("\u{e0041}", "\\u{e0041}"),
            ("\u{2028}\u{e000}\u{ffff}\u{10ffff}", "\\u{2028}\\u{e000}\\u{ffff}\\u{10ffff}"),
            ("\x7f\u{feff}", "\\x7f\\u{feff}"),
            ("❤\u{fe0f} 👨\u{200d}👩\u{200d}👧", "❤\u{fe0f} 👨\u{200d}👩\u{200d}👧"),
            ("a\u{fe0f}b\u{200d}", "a\\u{fe0f}b\\u{200d}"),
            ("plain é 漢字", "plain é 漢字"),
        ] {
            assert_eq!(sanitize(text), shown, "{text:?}");
        }
    }

    #[test]
    fn marks_that_pile_up_are_written_out() {
        let zalgo = format!("z{}", "\u{301}".repeat(30));
        assert!(sanitize(&zalgo).contains("\\u{301}"));
        assert_eq!(sanitize("\u{301}x"), "\\u{301}x");
        assert_eq!(sanitize("x\0\u{301}\u{fe0f}"), "x\\x00\\u{301}\\u{fe0f}");
        assert_eq!(sanitize("\0\u{1f3fd}\u{fe0f}👍\u{1f3fd}"), "\\x00\\u{1f3fd}\\u{fe0f}👍\u{1f3fd}");
        assert_eq!(sanitize("\u{115f}\u{1191}"), "\\u{115f}\\u{1191}");
        // A vowel sign has a width, and stands on nothing all the same.
        let marks = "\0\u{301}\u{94d}\u{93f}";
        assert_eq!(sanitize(marks), "\\x00\\u{301}\\u{94d}\\u{93f}");
        // What is written out must not belong to what stands before it.
        assert_eq!(sanitize(&"\u{600}".repeat(9)), "\\u{600}".repeat(9));
        assert_eq!(sanitize("\u{600}7"), "\u{600}7");
        // Nine marks that stand on nothing once made the explorer panic.
        assert_eq!(sanitize(&"\u{301}".repeat(9)), "\\u{301}".repeat(9));
    }

    #[test]
    fn of_a_pile_the_first_eight_characters_stay() {
        let pile = |marks: usize| format!("z{}", "\u{301}".repeat(marks));
        assert_eq!(sanitize(&pile(7)), pile(7));
        assert_eq!(sanitize(&pile(9)), format!("{}\\u{{301}}\\u{{301}}", pile(7)));
        let after_a_sign = format!("\u{600}7{}", "\u{301}".repeat(6));
        assert_eq!(sanitize(&after_a_sign), after_a_sign);
    }

    #[test]
    fn a_letter_that_needs_another_to_be_seen_is_written_out() {
        assert_eq!(sanitize("\u{1161}"), "\\u{1161}");
    }

    #[test]
    fn only_printable_ascii_is_plain() {
        assert!(is_plain("") && is_plain(" az~"));
        for text in ["a\u{1f}", "a\u{7f}", "é"] {
            assert!(!is_plain(text), "{text:?}");
        }
    }

    #[test]
    fn what_hides_moves_or_forges_text_is_dangerous_and_what_stands_beside_it_is_not() {
        for (first, last, what) in [
            (0x0, 0x1f, "controls"),
            (0x7f, 0x9f, "delete and more controls"),
            (0xad, 0xad, "soft hyphen"),
            (0x34f, 0x34f, "grapheme joiner"),
            (0x61c, 0x61c, "Arabic letter mark"),
            (0x115f, 0x1160, "Hangul fillers"),
            (0x17b4, 0x17b5, "Khmer vowels that are not seen"),
            (0x180b, 0x180f, "Mongolian selectors"),
            (0x200b, 0x200f, "spaces and joiners without a width, directions"),
            (0x2028, 0x202e, "line separators, directions"),
            (0x2060, 0x206f, "joiners, operators that are not seen, isolates"),
            (0x2800, 0x2800, "braille without a dot"),
            (0x3164, 0x3164, "Hangul filler"),
            (0xe000, 0xf8ff, "private use"),
            (0xfdd0, 0xfdef, "no characters"),
            (0xfe00, 0xfe0f, "variation selectors"),
            (0xfeff, 0xfeff, "byte order mark"),
            (0xffa0, 0xffa0, "Hangul filler of half a width"),
            (0xfff0, 0xfffb, "unassigned specials, annotations"),
            (0xfffe, 0xffff, "no characters"),
            (0x1_bca0, 0x1_bca3, "shorthand controls"),
            (0x1_d173, 0x1_d17a, "musical controls"),
            (0x1_fffe, 0x1_ffff, "no characters"),
            (0xe_0000, 0x10_ffff, "tags, selectors, private use"),
        ] {
            assert!((first..=last).filter_map(char::from_u32).all(is_dangerous), "{what}");
            let outside = [first.checked_sub(1), Some(last + 1)].into_iter().flatten();
            let mut outside = outside.filter(|code| code & 0xfffe != 0xfffe).filter_map(char::from_u32);
            assert!(!outside.any(is_dangerous), "beside {what}");
            for character in [first, last].into_iter().filter_map(char::from_u32) {
                assert!(!escape_json(&character.to_string()).contains(character), "{what}");
            }
        }
    }

    #[test]
    fn nothing_without_a_width_is_shown_alone() {
        for character in ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e0fff}') {
            let text = character.to_string();
            let is_unseen = text.width() == 0 || character.is_control() && !"\n\t".contains(character);
            assert!(!is_unseen || !sanitize(&text).contains(character), "{character:?}");
        }
    }

    #[test]
    fn only_what_may_be_an_emoji_takes_a_selector() {
        for (first, last) in [(0x2190, 0x2bff), (0x1_f000, 0x1_faff)] {
            let stays = |code: u32| {
                let text = char::from_u32(code).map(|character| format!("{character}\u{fe0f}")).unwrap();
                sanitize(&text) == text
            };
            assert!(stays(first) && stays(last) && !stays(first - 1) && !stays(last + 1), "{first:x}");
        }
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(sanitize_lines("a\x1bc\nb\r\n\rc"), "a\\x1bc\nb\n\\x0dc\n");
    }

    #[test]
    fn dangerous_json_has_the_same_value_when_it_is_escaped() {
        let json = "{\t\"a\u{9b}\": \"\u{202e}\u{e0041}\u{7f}é漢\"}\n";
        let safe = escape_json(json);
        assert_eq!(safe, "{\t\"a\\u009b\": \"\\u202e\\udb40\\udc41\\u007fé漢\"}\n");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(json), value(&safe));
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text in "\\PC{0,10}|[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cn}\\p{Zl}\\p{Mn}a👍\u{200d}\u{fe0f}]{0,20}") {
            let shown = sanitize(&text);
            for cluster in shown.graphemes(true) {
                for character in cluster.chars() {
                    prop_assert!(
                        !is_dangerous(character) || is_part_of_emoji(cluster, character),
                        "{:?} of {:?}", character, text
                    );
                }
            }
        }

        #[test]
        fn different_texts_without_backslashes_look_different(a in "[ab\u{1b}\u{200b}\u{7}]{0,6}", b in "[ab\u{1b}\u{200b}\u{7}]{0,6}") {
            prop_assert_eq!(a == b, sanitize(&a) == sanitize(&b));
        }
    }
}
