//! One row of a document.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{MAX_VALUE, Value};
use crate::model::Path;

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Added,
    Removed,
    Changed,
    /// The same number, written differently.
    Rewritten,
    /// An attribute of which nothing is known but its value.
    Present,
    /// A line of an item in which nothing changed, or of which no change is known.
    Line,
    /// Something said by dynascope.
    Note,
    Heading,
}

impl RowKind {
    pub fn is_change(self) -> bool {
        matches!(self, Self::Added | Self::Removed | Self::Changed | Self::Rewritten)
    }

    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
            Self::Rewritten => '=',
            Self::Present | Self::Line | Self::Note | Self::Heading => ' ',
        }
    }
}

/// One row. Texts are as they came: not safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    pub kind: RowKind,
    /// Which change it is a part of, counted from 0; a change may take several rows.
    pub change: Option<usize>,
    /// Where in the item: in the new image, or in the old one of what was removed.
    pub at: Option<Path<'static>>,
    /// An attribute's path, or what a note or a heading says.
    pub path: String,
    pub old: Option<Value>,
    pub new: Option<Value>,
    /// It goes on within a string that the row before began.
    pub is_continued: bool,
}

impl DocumentRow {
    pub(super) fn new(kind: RowKind) -> Self {
        Self { kind, change: None, at: None, path: String::new(), old: None, new: None, is_continued: false }
    }

    pub(in crate::app) fn note(text: impl Into<String>) -> Self {
        Self { path: text.into(), ..Self::new(RowKind::Note) }
    }

    pub(super) fn heading(text: impl Into<String>) -> Self {
        Self { path: text.into(), ..Self::new(RowKind::Heading) }
    }

    /// A line of text; one that is too long for a row goes on in the next.
    pub(super) fn lines(text: &str, at: Option<&Path<'static>>) -> Vec<Self> {
        let row = |text: &str, is_continued| Self {
            at: at.cloned(),
            new: Some(Value::plain(text)),
            is_continued,
            ..Self::new(RowKind::Line)
        };
        let (mut rows, mut rest) = (vec![], text);
        // A text has no more graphemes than bytes.
        while rest.len() > MAX_VALUE
            && let Some((end, _)) = rest.grapheme_indices(true).nth(MAX_VALUE)
        {
            let (piece, more) = rest.split_at(end);
            rows.push(row(piece, !rows.is_empty()));
            rest = more;
        }
        rows.push(row(rest, !rows.is_empty()));
        rows
    }

    /// Everything the row says.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let values = [&self.old, &self.new].into_iter().flatten().map(|value| value.text.as_str());
        [self.path.as_str()].into_iter().filter(|path| !path.is_empty()).chain(values)
    }

    /// The text of a row that has only one.
    pub fn only_text(&self) -> Option<&Value> {
        self.new.as_ref().or(self.old.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_in_the_next_row_and_nothing_is_lost() {
        let text = "é漢a".repeat(MAX_VALUE);
        let rows = DocumentRow::lines(&text, None);
        assert_eq!(rows.iter().map(|row| row.is_continued).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(rows.iter().flat_map(DocumentRow::texts).collect::<String>(), text);
        assert_eq!(DocumentRow::lines("", None).len(), 1);
    }
}
