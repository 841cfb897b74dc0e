//! The text of a row in the styles that its parts have, cut or broken into lines.

use std::ops::Range;

use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::app::document::{Value, wrap};
use crate::model::text::{is_plain, sanitize};
use crate::ui::cells::Cells;
use crate::ui::highlight::{ends_inside, stretches};
use crate::ui::theme::Theme;

/// A part of a row, made safe.
#[derive(Debug)]
pub struct Piece {
    text: String,
    marks: Vec<Range<usize>>,
    pub base: Style,
    marked: Style,
    has_syntax: bool,
    /// It begins within a string.
    is_inside: bool,
}

impl Piece {
    /// At most the first `limit` graphemes: more than can be on the screen.
    pub fn new(
        value: &Value,
        limit: usize,
        base: Style,
        marked: Style,
        has_syntax: bool,
        is_inside: bool,
    ) -> Self {
        let shown = beginning(&value.text, limit);
        let (mut text, mut marks, mut at) = (String::new(), vec![], 0);
        for mark in &value.marks {
            let mark = mark.start.min(shown.len())..mark.end.min(shown.len());
            text += &sanitize(&shown[at..mark.start]);
            let from = text.len();
            text += &sanitize(&shown[mark.clone()]);
            marks.push(from..text.len());
            at = mark.end;
        }
        text += &sanitize(&shown[at..]);
        Self { text, marks, base, marked, has_syntax, is_inside }
    }

    /// A stretch of the piece with its styles, in order.
    fn runs(&self, range: Range<usize>, theme: &Theme, runs: &mut Vec<(Range<usize>, Style)>) {
        let mut cuts = vec![range.start, range.end];
        let within = |place: usize| place.clamp(range.start, range.end);
        cuts.extend(self.marks.iter().flat_map(|mark| [within(mark.start), within(mark.end)]));
        let found = if self.has_syntax {
            let is_inside = ends_inside(&self.text[..range.start], self.is_inside);
            stretches(&self.text[range.clone()], is_inside)
        } else {
            [].into()
        };
        cuts.extend(found.iter().flat_map(|(stretch, _)| {
            [within(range.start + stretch.start), within(range.start + stretch.end)]
        }));
        cuts.sort_unstable();
        cuts.dedup();
        for cut in cuts.windows(2) {
            let (start, end) = (cut[0], cut[1]);
            let role = found.iter().find(|(stretch, _)| stretch.contains(&(start - range.start)));
            let role = role.map_or(self.base, |(_, role)| role.style(&theme.syntax).patch(self.base));
            let is_marked = self.marks.iter().any(|mark| mark.contains(&start));
            runs.push((start..end, if is_marked { role.patch(self.marked) } else { role }));
        }
    }
}

/// The first graphemes of a text.
fn beginning(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    if is_plain(text) {
        return &text[..limit];
    }
    text.grapheme_indices(true).nth(limit).map_or(text, |(end, _)| &text[..end])
}

/// The parts of a row, one behind the other.
#[derive(Debug)]
pub struct Text {
    pieces: Vec<Piece>,
    all: String,
    /// What is looked for, where it is in the text.
    found: Vec<Range<usize>>,
}

/// What of a text is on one line.
#[derive(Debug)]
pub struct Line<'t> {
    text: &'t Text,
    indent: usize,
    range: Range<usize>,
    is_cut: bool,
}

impl Text {
    pub fn new(pieces: Vec<Piece>, find: &str) -> Self {
        let all: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let found = occurrences(&all, find);
        Self { pieces, all, found }
    }

    /// How many columns there are behind the first `skip`, at most `limit`.
    pub fn width_from(&self, skip: usize, limit: usize) -> usize {
        let line = self.cut(skip, limit);
        (line.indent + self.all[line.range.clone()].width() + usize::from(line.is_cut)).min(limit)
    }

    /// The columns from `skip` on, at most `width` of them.
    pub fn cut(&self, skip: usize, width: usize) -> Line<'_> {
        let (mut column, mut start, mut indent) = (0, self.all.len(), 0);
        let mut places = self.all.grapheme_indices(true);
        for (at, grapheme) in places.by_ref() {
            if column >= skip {
                // A wide letter cut in half leaves a blank.
                (start, indent) = (at, (column - skip).min(width));
                break;
            }
            column += grapheme.width();
        }
        let (mut end, mut used, mut is_cut) = (start, indent, false);
        let mut before_last = (start, indent);
        for (at, grapheme) in self.all[start..].grapheme_indices(true) {
            let wide = grapheme.width();
            if used + wide > width {
                is_cut = true;
                break;
            }
            if used < width {
                before_last = (start + at, used);
            }
            used += wide;
            end = start + at + grapheme.len();
        }
        // The sign of the cut needs a column.
        if is_cut && used >= width {
            end = before_last.0;
        }
        Line { text: self, indent, range: start..end, is_cut: is_cut && width > 0 }
    }

    /// All of it, in lines; all but the first hang.
    pub fn wrapped(&self, width: usize) -> Vec<Line<'_>> {
        let lines = wrap::lines(&self.all, width).into_iter().enumerate();
        let line = |(number, range)| {
            let indent = if number > 0 { wrap::HANGING } else { 0 };
            Line { text: self, indent, range, is_cut: false }
        };
        lines.map(line).collect()
    }
}

impl Line<'_> {
    pub fn put(&self, cells: &mut Cells, theme: &Theme) {
        cells.skip(self.indent);
        let (mut start, mut last) = (0, theme.text);
        for piece in &self.text.pieces {
            let end = start + piece.text.len();
            let range = self.range.start.clamp(start, end)..self.range.end.clamp(start, end);
            if !range.is_empty() {
                let mut runs = vec![];
                piece.runs(range.start - start..range.end - start, theme, &mut runs);
                for (run, style) in runs {
                    self.put_run(start + run.start..start + run.end, style, cells, theme);
                    last = style;
                }
            }
            start = end;
        }
        if self.is_cut {
            cells.put("…", last);
        }
    }

    fn put_run(&self, run: Range<usize>, style: Style, cells: &mut Cells, theme: &Theme) {
        let mut at = run.start;
        for found in &self.text.found {
            let found = found.start.clamp(at, run.end)..found.end.clamp(at, run.end);
            if !found.is_empty() {
                cells.put(&self.text.all[at..found.start], style);
                cells.put(&self.text.all[found.clone()], theme.found);
                at = found.end;
            }
        }
        cells.put(&self.text.all[at..run.end], style);
    }
}

/// Where a text holds another one, in any case.
fn occurrences(text: &str, wanted: &str) -> Vec<Range<usize>> {
    let (lower, wanted) = (text.to_lowercase(), wanted.to_lowercase());
    // Letters whose small ones have another length move what comes behind them.
    if wanted.is_empty() || lower.len() != text.len() {
        return vec![];
    }
    let found = lower.match_indices(&wanted).map(|(at, found)| at..at + found.len());
    found.filter(|range| text.get(range.clone()).is_some()).collect()
}
