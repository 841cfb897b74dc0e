//! Draws the pane of streams.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cells::Cells;
use super::theme::{SPINNER, Theme};
use super::{cursor_style, pane_frame, put_line, say};
use crate::app::streams::StreamRow;
use crate::app::window::window;
use crate::app::{AppState, Connection, Loadable, Pane};
use crate::model::StreamStatus;
use crate::model::time::short_span;

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let streams = &state.streams;
    let mut about = String::new();
    if !streams.filter.is_empty() {
        about = format!("/{}", streams.filter);
    }
    let right = match (&streams.listing, streams.marks.len()) {
        (_, marks @ 1..) => format!("{marks} marked"),
        (Loadable::Loading, 0) => spinner(state).to_owned(),
        (Loadable::Failed(_), 0) => "!".to_owned(),
        (Loadable::Idle | Loadable::Ready(()), 0) => streams.rows.len().to_string(),
    };
    let inner = pane_frame(buffer, area, Pane::Streams, &about, &right, state, theme);
    if streams.rows.is_empty() {
        let (lines, style) = nothing(state, theme);
        say(buffer, inner, &lines, style);
        return;
    }
    let shown = window(streams.cursor, streams.rows.len(), usize::from(inner.height));
    for (line, row) in shown.enumerate() {
        let over = (row == streams.cursor).then(|| cursor_style(Pane::Streams, state, theme));
        let cells = stream_line(&streams.rows[row], usize::from(inner.width), state, theme);
        put_line(buffer, inner, line, cells, over);
    }
}

fn nothing(state: &AppState, theme: &Theme) -> (Vec<String>, Style) {
    if let Connection::Failed(_) = state.connection {
        return (vec!["not connected".to_owned()], theme.error);
    }
    match &state.streams.listing {
        Loadable::Idle | Loadable::Loading => (vec![format!("{} listing", spinner(state))], theme.dim),
        Loadable::Failed(error) => {
            (vec!["cannot list:".to_owned(), error.to_string(), "R tries again".to_owned()], theme.error)
        }
        Loadable::Ready(()) if !state.streams.filter.is_empty() => (vec!["no match".to_owned()], theme.dim),
        Loadable::Ready(()) if state.offline.is_some() => (vec!["none yet".to_owned()], theme.dim),
        Loadable::Ready(()) => (vec![format!("no streams in {}", state.session.region)], theme.dim),
    }
}

fn stream_line(row: &StreamRow, width: usize, state: &AppState, theme: &Theme) -> Cells {
    let streams = &state.streams;
    let entry = streams.entries.get(&row.arn);
    let described = entry.map(|entry| &entry.description);
    let is_read = state.reading.as_ref().is_some_and(|reading| reading.follows(&row.arn));
    let is_marked = streams.marks.contains(&row.arn);
    let mut cells = Cells::new(width);
    let sign = if is_marked {
        "✓"
    } else if row.folded > 0 {
        "▸"
    } else {
        " "
    };
    cells.put(sign, if is_marked { theme.focused } else { theme.dim });
    let (dot, dot_style) = match described.and_then(Loadable::ready).map(|described| &described.status) {
        Some(StreamStatus::Enabled) => ("●", theme.live),
        Some(_) => ("○", theme.dim),
        None => ("·", theme.dim),
    };
    cells.put(dot, dot_style);
    cells.skip(1);
    let word = state_word(row, described, state);
    let name_room = cells.room().saturating_sub(unicode_width::UnicodeWidthStr::width(word.as_str()) + 1);
    let name = if row.is_older {
        format!("  {}", label_minutes(row.arn.label()))
    } else {
        row.arn.table().to_owned()
    };
    let name = if row.folded > 0 { format!("{name} +{}", row.folded) } else { name };
    cells.column(&name, name_room, if is_read { theme.title } else { theme.text });
    cells.put_right(&word, theme.dim);
    cells
}

fn label_minutes(label: &str) -> String {
    label.chars().take(16).collect::<String>().replace('T', " ")
}

fn state_word(
    row: &StreamRow,
    described: Option<&Loadable<crate::app::streams::Described>>,
    state: &AppState,
) -> String {
    match described {
        None | Some(Loadable::Idle) => "?".to_owned(),
        Some(Loadable::Loading) => spinner(state).to_owned(),
        Some(Loadable::Failed(_)) => "!".to_owned(),
        Some(Loadable::Ready(described)) => match &described.status {
            StreamStatus::Enabled => described.view_type.short().to_owned(),
            StreamStatus::Disabled => {
                let since = described.created_at.map(|at| short_span(state.now.since(at)));
                match since.filter(|_| row.is_older) {
                    Some(age) => format!("off {age}"),
                    None => "off".to_owned(),
                }
            }
            StreamStatus::Enabling | StreamStatus::Disabling | StreamStatus::Unknown(_) => {
                described.status.as_str().to_lowercase()
            }
        },
    }
}

pub fn spinner(state: &AppState) -> &'static str {
    let tick = state.now.millis().div_euclid(100);
    SPINNER[tick.rem_euclid(SPINNER.len() as i64) as usize]
}
