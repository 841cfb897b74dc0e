//! The face: draws `&AppState`, and turns keys into intents.

mod cells;
mod diff;
mod header;
mod highlight;
mod history;
pub mod keymap;
mod palette;
mod popup;
mod prompt;
mod records;
pub mod sanitize;
mod shards;
mod sparkline;
mod status;
mod streams;
pub mod theme;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Widget};

use crate::app::geometry::{Area, SMALLEST};
use crate::app::{AppState, Pane};
use cells::Cells;
use theme::Theme;

/// Draws the state. Nothing is computed here that is not on the screen.
pub fn draw(frame: &mut Frame<'_>, state: &AppState, theme: &Theme) {
    let whole = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(whole, theme.ground);
    // The state may not know yet that the terminal has another size.
    let division =
        state.division().filter(|_| (whole.width, whole.height) == (state.size.width, state.size.height));
    match division {
        Some(division) => {
            header::draw(buffer, rect(division.header), state, theme);
            if let Some(area) = division.banner {
                header::draw_banner(buffer, rect(area), state, theme);
            }
            if let Some(area) = division.tabs {
                header::draw_tabs(buffer, rect(area), state, theme);
            }
            for (pane, area) in &division.panes {
                draw_pane(buffer, *pane, rect(*area), state, theme);
            }
            status::draw(buffer, rect(division.status), state, theme);
            if state.popup.is_some() || popup::is_preview(state) {
                popup::draw(buffer, whole, state, theme);
            }
        }
        None => draw_too_small(buffer, whole),
    }
    if theme.is_ascii {
        spell_in_ascii(buffer);
    }
}

fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}

fn draw_too_small(buffer: &mut Buffer, area: Rect) {
    let text = format!("too small: {}x{} needed", SMALLEST.width, SMALLEST.height);
    let text = sanitize::cell(&text, 0, usize::from(area.width));
    Paragraph::new(Line::raw(text)).alignment(Alignment::Center).render(area, buffer);
}

fn draw_pane(buffer: &mut Buffer, pane: Pane, area: Rect, state: &AppState, theme: &Theme) {
    match pane {
        Pane::Streams => streams::draw(buffer, area, state, theme),
        Pane::Shards => shards::draw(buffer, area, state, theme),
        Pane::Records => records::draw(buffer, area, state, theme),
        Pane::Diff => diff::draw(buffer, area, state, theme),
        Pane::History => history::draw(buffer, area, state, theme),
    }
}

/// The frame of a pane with what it is about; the inside is returned.
fn pane_frame(
    buffer: &mut Buffer,
    area: Rect,
    pane: Pane,
    about: &str,
    right: &str,
    state: &AppState,
    theme: &Theme,
) -> Rect {
    let is_focused = state.focus == pane;
    let style = if is_focused { theme.focused } else { theme.border };
    let room = usize::from(area.width.saturating_sub(4));
    let name = match pane {
        // No number leads to it.
        Pane::History => pane.name().to_owned(),
        Pane::Streams | Pane::Shards | Pane::Records | Pane::Diff => {
            format!("{} {}", pane.number(), pane.name())
        }
    };
    let title = if about.is_empty() { name } else { format!("{name} · {about}") };
    let right_room = room.saturating_sub(unicode_width::UnicodeWidthStr::width(title.as_str()) + 3);
    let right = sanitize::cell(right, 0, right_room.max(room / 3));
    let taken = if right.is_empty() { 0 } else { unicode_width::UnicodeWidthStr::width(right.as_str()) + 3 };
    let title = sanitize::cell(&title, 0, room.saturating_sub(taken));
    let title_style = if is_focused { theme.focused } else { theme.title };
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(style)
        .title_top(Line::styled(format!(" {title} "), title_style));
    if !right.is_empty() {
        block = block.title_top(Line::styled(format!(" {right} "), title_style).right_aligned());
    }
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}

/// A box over the panes, cleared, with a title; the inside is returned.
fn popup_frame(buffer: &mut Buffer, area: Rect, title: &str, theme: &Theme) -> Rect {
    Clear.render(area, buffer);
    buffer.set_style(area, theme.ground);
    let title = sanitize::cell(title, 0, usize::from(area.width.saturating_sub(4)));
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.focused)
        .title_top(Line::styled(format!(" {title} "), theme.focused));
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}

/// One line of a pane; `over` lies over all of it.
fn put_line(buffer: &mut Buffer, area: Rect, row: usize, cells: Cells, over: Option<Style>) {
    let Some(y) = u16::try_from(row).ok().map(|row| area.y.saturating_add(row)) else { return };
    if y >= area.y.saturating_add(area.height) || area.width == 0 {
        return;
    }
    let line = Rect { y, height: 1, ..area };
    cells.into_line().render(line, buffer);
    if let Some(style) = over {
        buffer.set_style(line, style);
    }
}

/// How the cursor's row looks in a pane.
fn cursor_style(pane: Pane, state: &AppState, theme: &Theme) -> Style {
    if state.focus == pane && state.popup.is_none() { theme.cursor } else { theme.faint_cursor }
}

/// A few words in the middle of an empty pane.
fn say(buffer: &mut Buffer, area: Rect, lines: &[String], style: Style) {
    let width = usize::from(area.width);
    let top = usize::from(area.height).saturating_sub(lines.len()) / 2;
    for (at, text) in lines.iter().enumerate() {
        let text = sanitize::cell(text, 0, width);
        let indent = width.saturating_sub(unicode_width::UnicodeWidthStr::width(text.as_str())) / 2;
        let mut cells = Cells::new(width);
        cells.skip(indent);
        cells.put(&text, style);
        put_line(buffer, area, top + at, cells, None);
    }
}

fn spell_in_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii()
            && let Some(sign) = theme::in_ascii(cell.symbol())
        {
            cell.set_symbol(sign);
        }
    }
}
