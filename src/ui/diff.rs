//! Draws one record: what changed, or all of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cells::Cells;
use super::theme::Theme;
use super::{cursor_style, pane_frame, put_line, say};
use crate::app::document::{Document, DocumentRow, RowKind, change_count};
use crate::app::row_text::RowText;
use crate::app::window::window;
use crate::app::{AppState, Pane};

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let diff = &state.diff;
    let Some(document) = &diff.document else {
        let inner = pane_frame(buffer, area, Pane::Diff, "", diff.mode.name(), state, theme);
        say(buffer, inner, &["no record is selected".to_owned()], theme.dim);
        return;
    };
    let about = if document.changes > 0 {
        format!("{} · {}", document.title, change_count(document))
    } else {
        document.title.clone()
    };
    // A history has a column for it, and numbers its records otherwise.
    let text = state.records.text(document.id).filter(|_| state.history.is_none());
    let about = match text.and_then(RowText::by) {
        Some(by) => format!("{about} · by {by}"),
        None => about,
    };
    let inner = pane_frame(buffer, area, Pane::Diff, &about, &right(state, document), state, theme);
    let shown = window(diff.cursor, document.rows.len(), usize::from(inner.height));
    let path_width = path_width(&document.rows[shown.clone()], usize::from(inner.width));
    for (line, row) in shown.enumerate() {
        let over = (row == diff.cursor).then(|| cursor_style(Pane::Diff, state, theme));
        let is_found = diff.found.binary_search(&row).is_ok();
        let mut cells = Cells::new(usize::from(inner.width));
        document_line(&mut cells, &document.rows[row], path_width, is_found, state, theme);
        put_line(buffer, inner, line, cells, over);
    }
}

fn right(state: &AppState, document: &Document) -> String {
    let diff = &state.diff;
    let mut parts = vec![];
    if !diff.find.is_empty() {
        parts.push(format!("/{} {}", diff.find, diff.found.len()));
    }
    parts.push(document.mode.name().to_owned());
    if let Some(number) = diff.change_number() {
        parts.push(format!("{number}/{}", document.changes));
    }
    if diff.scroll > 0 {
        parts.push(format!("→{}", diff.scroll));
    }
    parts.join(" · ")
}

fn path_width(rows: &[DocumentRow], width: usize) -> usize {
    let is_attribute = |row: &&DocumentRow| row.old.is_some() || row.new.is_some();
    let wide = |row: &DocumentRow| {
        unicode_width::UnicodeWidthStr::width(super::sanitize::cell(&row.path, 0, width / 3).as_str())
    };
    rows.iter().filter(is_attribute).map(wide).max().unwrap_or(0)
}

pub fn kind_style(kind: RowKind, theme: &Theme) -> Style {
    match kind {
        RowKind::Added => theme.added,
        RowKind::Removed => theme.removed,
        RowKind::Changed => theme.changed,
        RowKind::Rewritten | RowKind::Note => theme.dim,
        RowKind::Present | RowKind::Line => theme.text,
        RowKind::Heading => theme.title,
    }
}

fn document_line(
    cells: &mut Cells,
    row: &DocumentRow,
    path_width: usize,
    is_found: bool,
    state: &AppState,
    theme: &Theme,
) {
    let scroll = state.diff.scroll;
    let style = kind_style(row.kind, theme);
    if is_found {
        cells.put("›", theme.found);
    } else {
        cells.skip(1);
    }
    match row.kind {
        RowKind::Line => cells.put_from(&row.path, scroll, style),
        RowKind::Note | RowKind::Heading => cells.put(&row.path, style),
        RowKind::Added | RowKind::Removed | RowKind::Changed | RowKind::Rewritten | RowKind::Present => {
            cells.put(&row.kind.sign().to_string(), style);
            cells.skip(1);
            cells.column(
                &row.path,
                path_width,
                if row.kind == RowKind::Present { theme.title } else { style },
            );
            cells.skip(2);
            values(cells, row, scroll, theme);
        }
    }
}

fn values(cells: &mut Cells, row: &DocumentRow, scroll: usize, theme: &Theme) {
    match (&row.old, &row.new) {
        (Some(old), Some(new)) => {
            // Each value has half of the room, unless the other needs less.
            let room = cells.room().saturating_sub(3);
            let width = |text: &str| {
                unicode_width::UnicodeWidthStr::width(super::sanitize::cell(text, scroll, room).as_str())
            };
            let (old_width, new_width) = (width(old), width(new));
            let half = room / 2;
            let old_room = if old_width + new_width <= room {
                old_width
            } else {
                half.max(room - new_width.min(room)).min(old_width)
            };
            cells.put(&super::sanitize::cell(old, scroll, old_room), theme.removed);
            cells.put(" → ", theme.dim);
            cells.put_from(new, scroll, theme.added);
        }
        (Some(old), None) => cells.put_from(old, scroll, theme.removed),
        (None, Some(new)) => {
            let style = if row.kind == RowKind::Present { theme.text } else { theme.added };
            cells.put_from(new, scroll, style);
        }
        (None, None) => {}
    }
}
