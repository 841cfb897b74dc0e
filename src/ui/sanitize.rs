//! Texts of the width that there is room for, made safe.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::model::text::{is_plain, write_cluster};

/// The beginning of a text, at least `columns` wide where the text is; the effort is bounded by
/// what is shown.
fn sanitize_up_to(text: &str, columns: usize) -> String {
    if text.len() <= columns && is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut width = 0;
    for cluster in text.graphemes(true) {
        if width > columns {
            break;
        }
        let from = out.len();
        write_cluster(&mut out, cluster);
        width += out[from..].width();
    }
    out
}

/// The columns of a text from `skip` on, at most `width` of them. What is cut ends in `…`.
pub fn cell(text: &str, skip: usize, width: usize) -> String {
    let whole = sanitize_up_to(text, skip.saturating_add(width).saturating_add(1));
    let mut out = String::new();
    let (mut at, mut used) = (0, 0);
    for cluster in whole.graphemes(true) {
        let wide = cluster.width();
        if at < skip {
            at += wide;
            // A wide letter cut in half leaves a blank.
            if at > skip && used < width {
                out.push_str(&" ".repeat((at - skip).min(width)));
                used += at - skip;
            }
            continue;
        }
        if used + wide > width {
            return cut(out, width);
        }
        out.push_str(cluster);
        used += wide;
    }
    out
}

/// Ends a text that is too long with `…`, within its width.
fn cut(text: String, width: usize) -> String {
    if width == 0 {
        return String::new();
    }
    let mut kept = text;
    while kept.width() + 1 > width {
        let Some((at, _)) = kept.grapheme_indices(true).next_back() else { break };
        kept.truncate(at);
    }
    kept.push('…');
    kept
}

/// A text cut or filled up to a width.
pub fn padded(text: &str, width: usize) -> String {
    let mut text = cell(text, 0, width);
    let missing = width.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_letters_never_straddle_the_edge() {
        assert_eq!(cell("漢字漢字", 0, 5), "漢字…");
        assert_eq!(cell("漢字", 1, 3), " 字");
        assert_eq!(cell("abc", 0, 3), "abc");
        assert_eq!(cell("abcd", 0, 3), "ab…");
        assert_eq!(cell("abc", 0, 0), "");
        assert_eq!(cell("漢字a", 1, 3), " …", "its blank counts");
        assert_eq!(padded("漢", 4), "漢  ");
    }

    #[test]
    fn what_is_short_is_made_safe_too() {
        assert_eq!(cell("\u{1b}[2J", 0, 20), "\\x1b[2J");
        assert_eq!(cell("\u{1b}[2J", 0, 5), "\\x1b…");
    }

    #[test]
    fn of_a_long_text_little_more_is_read_than_is_shown() {
        for letter in ["a", "é", "漢"] {
            let beginning = sanitize_up_to(&letter.repeat(1_000), 5);
            assert!((5..=8).contains(&beginning.width()), "{beginning}");
        }
    }

    proptest! {
        #[test]
        fn a_cell_is_as_wide_as_it_may_be(text in "[a漢é👍\u{1b}\u{301}\u{200d}]{0,30}", skip in 0_usize..20, width in 0_usize..20) {
            prop_assert!(cell(&text, skip, width).width() <= width);
            prop_assert_eq!(padded(&text, width).width(), width);
        }

    }
}
