//! The line at the top: whose streams these are, and what time it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells::Cells;
use super::put_line;
use super::records::size_text;
use super::theme::Theme;
use crate::app::offline::Offline;
use crate::app::summary::thousands;
use crate::app::{AppState, Connection, Pane};
use crate::journal::Kept;

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let mut cells = Cells::new(usize::from(area.width));
    cells.put(" dynascope   ", theme.title);
    let session = &state.session;
    let offline = state.offline.as_ref().map(Offline::words).unwrap_or_default();
    let mut parts: Vec<&str> = offline.iter().map(String::as_str).collect();
    parts.extend(session.profile.as_deref());
    if !session.region.is_empty() {
        parts.push(&session.region);
    }
    parts.extend(session.account.as_deref().filter(|_| offline.is_empty()));
    parts.extend(session.endpoint.as_deref());
    match state.connection {
        Connection::Configuring => parts.push("connecting …"),
        Connection::Ready | Connection::Failed(_) => {}
    }
    if offline.is_empty() {
        parts.push("read-only");
    }
    let clock = format!("{} {} ", state.now.clock_minutes(state.zone), state.zone.name());
    let captured = state.capturing.as_ref().map(|capturing| captured(&capturing.kept)).unwrap_or_default();
    let room = cells.room().saturating_sub(captured.chars().count() + clock.len() + 1);
    cells.put(&super::sanitize::cell(&parts.join(" · "), 0, room), theme.text);
    let is_well = state.capturing.as_ref().is_none_or(|capturing| capturing.kept.trouble.is_none());
    let style = if is_well { theme.live } else { theme.error };
    let gap = cells.room().saturating_sub(captured.chars().count() + clock.len() + 1);
    cells.skip(gap);
    cells.put(&captured, style);
    cells.put_right(&clock, theme.text);
    put_line(buffer, area, 0, cells, None);
}

/// How much is in the capture.
fn captured(kept: &Kept) -> String {
    let sign = if kept.trouble.is_some() { "!" } else { "●" };
    format!("{sign} captured {} · {}  ", thousands(kept.records), size_text(kept.bytes))
}

/// What is wrong with everything.
pub fn draw_banner(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let mut cells = Cells::new(usize::from(area.width));
    cells.put(" ! ", theme.error);
    cells.put(&state.banner().unwrap_or_default(), theme.error);
    put_line(buffer, area, 0, cells, None);
}

/// The panes by name where not all are shown.
pub fn draw_tabs(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let mut cells = Cells::new(usize::from(area.width));
    cells.skip(1);
    for pane in Pane::ALL {
        let is_shown = pane == state.focus;
        let style = if is_shown { theme.focused } else { theme.dim };
        let name = format!("{} {}", pane.number(), pane.name());
        cells.put(&if is_shown { format!("[{name}]") } else { format!(" {name} ") }, style);
        cells.skip(1);
    }
    if state.is_zoomed {
        cells.put("zoomed: z", theme.dim);
    }
    put_line(buffer, area, 0, cells, None);
}
