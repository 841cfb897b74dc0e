//! Where the text of a row is broken into lines of the screen.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::{DocumentRow, Mode, Value};
use crate::model::text::sanitize;

/// Columns before the text of a row: what was found, the sign, a blank.
pub const GUTTER: usize = 3;
/// Columns between the two sides.
pub const BETWEEN: usize = 3;
/// Columns that a line is indented by which goes on with a row.
pub const HANGING: usize = 2;

/// Which part of a row a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Path,
    Old,
    New,
    /// Something of ours between them.
    Between,
}

/// What a row says in one line, part by part.
pub fn parts(row: &DocumentRow) -> Vec<(Part, Cow<'_, Value>)> {
    let own = |text: &str| Cow::Owned(Value::plain(text));
    let mut parts = vec![];
    if !row.path.is_empty() {
        parts.push((Part::Path, own(&row.path)));
    }
    if !parts.is_empty() && row.only_text().is_some() {
        parts.push((Part::Between, own("  ")));
    }
    parts.extend(row.old.as_ref().map(|old| (Part::Old, Cow::Borrowed(old))));
    if row.old.is_some() && row.new.is_some() {
        parts.push((Part::Between, own(" → ")));
    }
    parts.extend(row.new.as_ref().map(|new| (Part::New, Cow::Borrowed(new))));
    parts
}

/// Columns for each side of a pane that is so wide inside.
pub fn half(width: usize) -> usize {
    width.saturating_sub(GUTTER + BETWEEN) / 2
}

/// Breaks a safe text into lines of at most `width` columns; all but the first hang.
pub fn lines(text: &str, width: usize) -> Vec<Range<usize>> {
    let (mut lines, mut start, mut used) = (vec![], 0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme.width();
        let room = if lines.is_empty() { width } else { width.saturating_sub(HANGING) };
        // However narrow, a line takes something.
        if used + wide > room && used > 0 {
            lines.push(start..at);
            (start, used) = (at, 0);
        }
        used += wide;
    }
    lines.push(start..text.len());
    lines
}

/// How many lines a row takes in a pane that is so wide inside.
pub fn height(row: &DocumentRow, mode: Mode, width: usize) -> usize {
    let count = |text: &str, width| lines(text, width).len();
    if mode == Mode::SideBySide && row.path.is_empty() {
        let sides = [&row.old, &row.new].into_iter().flatten();
        return sides.map(|side| count(&sanitize(&side.text), half(width))).max().unwrap_or(1);
    }
    let text: String = parts(row).iter().map(|(_, value)| sanitize(&value.text).into_owned()).collect();
    count(&text, width.saturating_sub(GUTTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_letters_go_to_the_next_line_whole() {
        let text = "a漢字bc";
        let shown: Vec<&str> = lines(text, 4).into_iter().map(|line| &text[line]).collect();
        assert_eq!(shown, ["a漢", "字", "bc"]);
        assert_eq!(lines("", 4).len(), 1);
    }

    proptest! {
        #[test]
        fn lines_hold_all_of_the_text_and_fit(text in "[a漢é👍 ]{0,60}", width in 0_usize..20) {
            let lines = lines(&text, width);
            let joined: String = lines.iter().map(|line| &text[line.clone()]).collect();
            prop_assert_eq!(&joined, &text);
            for (at, line) in lines.iter().enumerate() {
                let room = if at == 0 { width } else { width.saturating_sub(HANGING) };
                let line = &text[line.clone()];
                prop_assert!(line.width() <= room || line.graphemes(true).count() == 1, "{:?} in {}", line, room);
            }
        }
    }
}
