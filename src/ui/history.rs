//! Draws the history of one item.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::cells::Cells;
use super::records::{by_text, by_width, event_style, size_text};
use super::streams::spinner;
use super::theme::Theme;
use super::{cursor_style, pane_frame, put_line, say};
use crate::app::history::{ItemHistory, Obstacle, StepWords};
use crate::app::reading::Reading;
use crate::app::row_text::plural;
use crate::app::summary::thousands;
use crate::app::window::window;
use crate::app::{AppState, Pane};
use crate::history::{Extent, Missing, Row, Step};
use crate::model::Time;

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let Some(history) = &state.history else { return };
    let inner =
        pane_frame(buffer, area, Pane::History, &about(history), &extent(history, state), state, theme);
    if history.is_empty() {
        say(buffer, inner, &["no step touched it".to_owned()], theme.dim);
    }
    let shown = window(history.cursor(), history.len(), usize::from(inner.height));
    let step_words = |at| match history.row(at)? {
        Row::Step(step) => history.words(step),
        Row::Missing(_) | Row::Broken(..) | Row::Dropped(_) => None,
    };
    let words: Vec<&StepWords> = shown.clone().filter_map(step_words).collect();
    let columns = Columns {
        width: usize::from(inner.width),
        time: words.iter().map(|words| clock(words.time, state).len()).max().unwrap_or(8),
        has_shards: history.is_in_several_shards() && inner.width >= 56,
        by: by_width(words.iter().map(|words| words.by.as_deref()), usize::from(inner.width)),
    };
    for (line, at) in shown.enumerate() {
        let over = (at == history.cursor()).then(|| cursor_style(Pane::History, state, theme));
        let Some(row) = history.row(at) else { continue };
        put_line(buffer, inner, line, cells(row, history, &columns, state, theme), over);
    }
    draw_notes(buffer, area, history, state, theme);
}

/// `ord#91 · 7 steps · only status`.
fn about(history: &ItemHistory) -> String {
    let steps = plural(history.rows.steps().count() as u64, "step");
    match &history.attribute {
        Some(path) => format!("{} · only {path}: {} of {steps}", history.title, count_steps(history)),
        None => format!("{} · {steps}", history.title),
    }
}

fn count_steps(history: &ItemHistory) -> usize {
    (0..history.len()).filter(|at| matches!(history.row(*at), Some(Row::Step(_)))).count()
}

/// Since when it is complete, as far as anybody can tell.
fn extent(history: &ItemHistory, state: &AppState) -> String {
    if history.is_searching() {
        return format!("{} {} seen", spinner(state), thousands(history.seen));
    }
    if state.offline.is_some() {
        return as_captured(state);
    }
    let obstacle = state.reading.as_ref().and_then(|reading| history.obstacle(reading, state.now));
    let back = match (&obstacle, history.extent()) {
        (Some(Obstacle::Failed(shard)), _) => {
            return format!("not complete: …{} is not read", shard.short());
        }
        (_, Extent::TrimHorizon) => "complete back to the oldest kept".to_owned(),
        (_, Extent::Since(time)) => {
            // No claim for a fraction of a second that is not held.
            let second = Time::from_seconds(time.plus(Duration::from_micros(999_999)).seconds());
            format!("complete back to {}", clock(Some(second), state))
        }
        (_, Extent::Unknown) => return "not complete: the newest is missing".to_owned(),
    };
    if obstacle.is_some() { format!("catching up · {back}") } else { back }
}

/// Files know what they hold, not what there was: nothing is complete.
fn as_captured(state: &AppState) -> String {
    let span = state.reading.as_ref().and_then(Reading::span);
    let Some((first, last)) = span else { return String::new() };
    format!("of what was captured {}–{}", first.clock(state.zone), last.clock(state.zone))
}

/// In the lower border: what was not seen, and what is compared.
fn draw_notes(buffer: &mut Buffer, area: Rect, history: &ItemHistory, state: &AppState, theme: &Theme) {
    let mut cells = Cells::new(usize::from(area.width.saturating_sub(4)));
    let (broken, gaps) = history.rows.unseen();
    let mut unseen = vec![];
    if broken > 0 {
        unseen.push(plural(broken as u64, "broken link"));
    }
    if gaps > 0 {
        unseen.push(plural(gaps as u64, "gap"));
    }
    if !unseen.is_empty() {
        cells.put(&format!(" {} ", unseen.join(" · ")), theme.warning);
    }
    if let Some(back) = &history.back {
        let at = back.at.map_or(String::new(), |at| format!(" at {}", clock(Some(at), state)));
        let records = thousands(back.records);
        let text = format!(" {} reading back{at}: {records} records · Ctrl-C cancels ", spinner(state));
        cells.put(&text, theme.focused);
    }
    let time = |step: &Step| clock(step.time(), state);
    let marks = match (history.marked(), history.marks.len()) {
        (Some((earlier, later)), _) => format!(" below: from {} to {} ", time(earlier), time(later)),
        (None, 1) => " one step is marked; mark another to compare ".to_owned(),
        (None, _) => String::new(),
    };
    cells.put(&marks, theme.focused);
    let line = cells.into_line();
    let width = (line.width() as u16).min(area.width.saturating_sub(4));
    let place = Rect { x: area.x + 2, y: area.y + area.height - 1, width, height: 1 };
    line.render(place, buffer);
}

struct Columns {
    width: usize,
    time: usize,
    has_shards: bool,
    /// Who made the change, where the table says so.
    by: usize,
}

/// At the precision delivered, with the day where it is not today.
fn clock(time: Option<Time>, state: &AppState) -> String {
    let Some(time) = time else { return "—".to_owned() };
    let (full, now) = (time.full(state.zone), state.now.full(state.zone));
    match (full.split_once(' '), now.split_once(' ')) {
        (Some((day, clock)), Some((today, _))) if day == today => clock.to_owned(),
        _ => full,
    }
}

fn cells(row: Row<'_>, history: &ItemHistory, columns: &Columns, state: &AppState, theme: &Theme) -> Cells {
    let mut cells = Cells::new(columns.width);
    match row {
        Row::Step(step) => step_cells(&mut cells, step, history, columns, state, theme),
        Row::Missing(Missing { shard, gap, .. }) => {
            let place = shard.as_ref().map_or("the stream".to_owned(), |shard| format!("…{}", shard.short()));
            let words = match gap {
                Some(reason) => format!("───── gap in {place}: {reason} ─────"),
                None => format!("───── not read: the rest of {place} up to where reading began ─────"),
            };
            cells.put(&words, theme.warning);
        }
        Row::Broken(_, below) => {
            cells.put(&format!("───── {} ─────", history.broken_words(below)), theme.error);
        }
        Row::Dropped(count) => {
            cells.put(&format!("───── {} older steps are not kept ─────", thousands(count)), theme.warning);
        }
    }
    cells
}

fn step_cells(
    cells: &mut Cells,
    step: &Step,
    history: &ItemHistory,
    columns: &Columns,
    state: &AppState,
    theme: &Theme,
) {
    let Some(words) = history.words(step) else { return };
    let StepWords { time, event, is_ttl, size, what, is_noise, by } = words;
    let style = if *is_noise { theme.dim } else { event_style(*event, theme) };
    let is_marked = history.marks.contains(&step.id());
    cells.put(if is_marked { "●" } else { " " }, theme.focused);
    cells.column(&clock(*time, state), columns.time + 1, theme.dim);
    cells.put(&event.sign().to_string(), style);
    cells.skip(1);
    cells.column(event.as_str(), 7, style);
    if *is_ttl {
        cells.put("TTL ", theme.warning);
    }
    if columns.by > 0 {
        cells.column(&by_text(by.as_deref()), columns.by, theme.dim);
        cells.skip(1);
    }
    if *is_noise {
        cells.put("noise ", theme.dim);
    }
    let shard = if columns.has_shards { format!(" …{}", step.shard.short()) } else { String::new() };
    let size = format!("{}{shard}", size.map(|size| size_text(size.into())).unwrap_or_default());
    let room = cells.room().saturating_sub(size.chars().count() + 1);
    cells.column(what, room, if *is_noise { theme.dim } else { theme.text });
    cells.put_right(&size, theme.dim);
}
