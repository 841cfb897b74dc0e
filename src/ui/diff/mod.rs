//! Draws one record: what changed, or all of it.

mod text;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr as _;

use super::cells::Cells;
use super::theme::Theme;
use super::{cursor_style, pane_frame, put_line, say};
use crate::app::diff::{Diff, Room, Shown};
use crate::app::document::wrap::{BETWEEN, GUTTER, Part, half, parts};
use crate::app::document::{Document, DocumentRow, Mode, RowKind, Value};
use crate::app::row_text::RowText;
use crate::app::{AppState, Pane, noise};
use crate::config::AttributePath;
use text::{Piece, Text};

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let diff = &state.diff;
    let Some(document) = &diff.document else {
        let inner = pane_frame(buffer, area, Pane::Diff, "", diff.mode.name(), state, theme);
        let why = if diff.is_awaited { "laying out…" } else { "no record is selected" };
        say(buffer, inner, &[why.to_owned()], theme.dim);
        return;
    };
    let about = if document.changes > 0 {
        format!("{} · {}", document.title, document.change_count())
    } else {
        document.title.clone()
    };
    // A history has a column for it, and numbers its records otherwise.
    let text = state.records.text(document.id).filter(|_| state.history.is_none());
    let about = match text.and_then(RowText::by) {
        Some(by) => format!("{about} · by {by}"),
        None => about,
    };
    let inner = pane_frame(buffer, area, Pane::Diff, &about, &right(diff, document), state, theme);
    let room = Room { width: usize::from(inner.width), height: usize::from(inner.height) };
    let sights = diff.sights(room);
    let page = Page {
        diff,
        ignored: state.ignored_in_diff(),
        theme,
        width: room.width,
        path_width: path_width(sights.iter().filter_map(|sight| diff.row_at(sight.at)), room.width),
    };
    let mut line = 0;
    for sight in sights {
        for drawn in page.lines(sight.at).into_iter().skip(sight.skip).take(sight.lines) {
            // Under the text, so that what is marked in a row is seen under the cursor, too.
            if sight.at == diff.cursor {
                lay_under(buffer, inner, line, 0..room.width, cursor_style(Pane::Diff, state, theme));
            } else if let Some(row) = diff.row_at(sight.at) {
                for (columns, style) in page.grounds(row) {
                    lay_under(buffer, inner, line, columns, style);
                }
            }
            put_line(buffer, inner, line, drawn, None);
            line += 1;
        }
    }
}

fn lay_under(buffer: &mut Buffer, area: Rect, line: usize, columns: Range<usize>, style: Style) {
    let stretch = Rect {
        x: area.x.saturating_add(columns.start as u16),
        y: area.y.saturating_add(line as u16),
        width: columns.len() as u16,
        height: 1,
    };
    buffer.set_style(stretch.intersection(area), style);
}

fn right(diff: &Diff, document: &Document) -> String {
    let mut parts = vec![];
    if !diff.find.is_empty() {
        parts.push(format!("/{} {}", diff.find, diff.found.len()));
    }
    parts.push(document.mode.name().to_owned());
    if let Some(number) = diff.change_number() {
        parts.push(format!("{number}/{}", document.changes));
    }
    if diff.wraps {
        parts.push("wrapped".to_owned());
    } else if diff.scroll > 0 {
        parts.push(format!("→{}", diff.scroll));
    }
    parts.join(" · ")
}

fn path_width<'a>(rows: impl Iterator<Item = &'a DocumentRow>, width: usize) -> usize {
    let is_attribute = |row: &&DocumentRow| row.only_text().is_some();
    let wide = |row: &DocumentRow| super::sanitize::cell(&row.path, 0, width / 3).width();
    rows.filter(is_attribute).map(wide).max().unwrap_or(0)
}

/// How the rows in sight are drawn.
struct Page<'a> {
    diff: &'a Diff,
    ignored: &'a [AttributePath],
    theme: &'a Theme,
    width: usize,
    path_width: usize,
}

impl Page<'_> {
    /// A row's lines.
    fn lines(&self, at: usize) -> Vec<Cells> {
        let Some(row) = self.diff.row_at(at) else {
            let mut cells = Cells::new(self.width);
            cells.skip(GUTTER);
            let text = self.diff.fold_at(at).map(crate::app::document::Fold::text).unwrap_or_default();
            cells.put(&text, self.theme.dim);
            return vec![cells];
        };
        let is_found = matches!(self.diff.shown.get(at), Some(Shown::Row(row)) if self.diff.is_found(*row));
        if row.path.is_empty() && self.diff.mode == Mode::SideBySide {
            return self.both_sides(row, is_found);
        }
        if !row.path.is_empty() && row.only_text().is_some() && !self.diff.wraps {
            return vec![self.in_columns(row, is_found)];
        }
        let pieces = parts(row).into_iter().map(|(part, value)| self.piece(row, part, &value)).collect();
        let text = Text::new(pieces, &self.diff.find);
        let width = self.width.saturating_sub(GUTTER);
        let lines =
            if self.diff.wraps { text.wrapped(width) } else { vec![text.cut(self.scroll(row), width)] };
        let with_gutter = |(number, line): (usize, text::Line)| {
            let mut cells = self.gutter(row, is_found, number == 0);
            line.put(&mut cells, self.theme);
            cells
        };
        lines.into_iter().enumerate().map(with_gutter).collect()
    }

    fn scroll(&self, row: &DocumentRow) -> usize {
        if row.only_text().is_some() { self.diff.scroll } else { 0 }
    }

    /// The line's first columns.
    fn gutter(&self, row: &DocumentRow, is_found: bool, is_first: bool) -> Cells {
        let mut cells = Cells::new(self.width);
        if is_found && is_first {
            cells.put("›", self.theme.found);
        } else {
            cells.skip(1);
        }
        if is_first && row.kind.is_change() {
            cells.put(&row.kind.sign().to_string(), self.sign_style(row));
            cells.skip(1);
        } else {
            cells.skip(2);
        }
        cells
    }

    fn sign_style(&self, row: &DocumentRow) -> Style {
        let theme = self.theme;
        let is_ignored = |path| noise::is_ignored(path, self.ignored);
        match row.kind {
            _ if row.at.as_ref().is_some_and(is_ignored) => theme.dim,
            RowKind::Added => theme.added,
            RowKind::Removed => theme.removed,
            RowKind::Changed => theme.changed,
            RowKind::Rewritten | RowKind::Note => theme.dim,
            RowKind::Heading => theme.title,
            RowKind::Present | RowKind::Line => theme.text,
        }
    }

    /// What lies under a row that came, went or changed.
    fn grounds(&self, row: &DocumentRow) -> Vec<(Range<usize>, Style)> {
        // Beside its path a value has the colour of what became of it.
        if !row.kind.is_change() || !row.path.is_empty() || row.kind == RowKind::Rewritten {
            return vec![];
        }
        let (old, new) = if self.diff.mode == Mode::SideBySide {
            let half = half(self.width);
            let right = GUTTER + half + BETWEEN;
            (0..GUTTER + half, right..self.width)
        } else {
            (0..self.width, 0..self.width)
        };
        let old = row.old.as_ref().map(|_| (old, self.theme.removed_row));
        old.into_iter().chain(row.new.as_ref().map(|_| (new, self.theme.added_row))).collect()
    }

    /// A part of a row with its looks.
    fn piece(&self, row: &DocumentRow, part: Part, value: &Value) -> Piece {
        let theme = self.theme;
        let is_in_column = !row.path.is_empty();
        let is_change = row.kind.is_change();
        let (base, marked, has_syntax) = match part {
            Part::Path if row.kind == RowKind::Present => (theme.title, theme.title, false),
            Part::Path => (self.sign_style(row), theme.text, false),
            Part::Between => (theme.dim, theme.dim, false),
            // Beside its path a value has the colour of what became of it.
            Part::Old if is_change && is_in_column => (theme.removed, theme.removed_part, false),
            Part::New if is_change && is_in_column => (theme.added, theme.added_part, false),
            Part::Old if is_change => (theme.text, theme.removed_part, true),
            Part::New if is_change => (theme.text, theme.added_part, true),
            Part::Old | Part::New => (theme.text, theme.text, true),
        };
        let is_cursor = self.diff.row().is_some_and(|under| std::ptr::eq(under, row));
        // Each colour reversed would be a block of its own.
        let is_reversed = is_cursor && theme.cursor.add_modifier.contains(Modifier::REVERSED);
        let has_syntax = has_syntax && !is_reversed;
        let limit = if self.diff.wraps { usize::MAX } else { self.diff.scroll + self.width + 1 };
        Piece::new(value, limit, base, marked, has_syntax, row.is_continued)
    }

    /// Path, old and new value in columns of their own.
    fn in_columns(&self, row: &DocumentRow, is_found: bool) -> Cells {
        let theme = self.theme;
        let mut cells = self.gutter(row, is_found, true);
        let path = self.piece(row, Part::Path, &Value::plain(row.path.as_str()));
        cells.column(&row.path, self.path_width, path.base);
        cells.skip(2);
        let text = |part, value: &Value| Text::new(vec![self.piece(row, part, value)], &self.diff.find);
        let scroll = self.diff.scroll;
        match (&row.old, &row.new) {
            (Some(old), Some(new)) => {
                // Each value has half of the room, unless the other needs less.
                let room = cells.room().saturating_sub(3);
                let (old, new) = (text(Part::Old, old), text(Part::New, new));
                let (old_width, new_width) = (old.width_from(scroll, room), new.width_from(scroll, room));
                let half = room / 2;
                let old_room = if old_width + new_width <= room {
                    old_width
                } else {
                    half.max(room - new_width.min(room)).min(old_width)
                };
                old.cut(scroll, old_room).put(&mut cells, theme);
                cells.put(" → ", theme.dim);
                let new_room = cells.room();
                new.cut(scroll, new_room).put(&mut cells, theme);
            }
            (old, new) => {
                let only = old.as_ref().map(|old| (Part::Old, old));
                if let Some((part, value)) = only.or(new.as_ref().map(|new| (Part::New, new))) {
                    let room = cells.room();
                    text(part, value).cut(scroll, room).put(&mut cells, theme);
                }
            }
        }
        cells
    }

    fn side<'t>(&self, text: Option<&'t Text>) -> std::vec::IntoIter<text::Line<'t>> {
        let width = half(self.width);
        let lines = match text {
            None => vec![],
            Some(text) if self.diff.wraps => text.wrapped(width),
            Some(text) => vec![text.cut(self.diff.scroll, width)],
        };
        lines.into_iter()
    }

    fn both_sides(&self, row: &DocumentRow, is_found: bool) -> Vec<Cells> {
        let width = half(self.width);
        let text = |part, value: &Option<Value>| {
            let value = value.as_ref()?;
            Some(Text::new(vec![self.piece(row, part, value)], &self.diff.find))
        };
        let (old, new) = (text(Part::Old, &row.old), text(Part::New, &row.new));
        let (mut old, mut new) = (self.side(old.as_ref()), self.side(new.as_ref()));
        let count = old.len().max(new.len()).max(1);
        let line = |number: usize| {
            let mut cells = self.gutter(row, is_found, number == 0);
            let left = cells.room();
            if let Some(old) = old.next() {
                old.put(&mut cells, self.theme);
            }
            cells.skip(width.saturating_sub(left - cells.room()));
            cells.put(&format!("{:^BETWEEN$}", "│"), self.theme.border);
            if let Some(new) = new.next() {
                new.put(&mut cells, self.theme);
            }
            cells
        };
        (0..count).map(line).collect()
    }
}
