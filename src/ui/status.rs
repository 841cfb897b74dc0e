//! The line at the bottom: how it goes, and the keys that work here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::cells::Cells;
use super::sparkline::sparkline;
use super::theme::Theme;
use super::{keymap, prompt, put_line, sanitize};
use crate::app::reading::{DOLLARS_PER_CALL, Reading};
use crate::app::summary::{dollars, thousands};
use crate::app::{AppState, Intent};
use crate::model::time::short_span;

/// One bar a minute.
const BARS: usize = 15;

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let width = usize::from(area.width);
    let mut cells = Cells::new(width);
    cells.skip(1);
    if let Some(prompt) = &state.prompt {
        prompt::draw(&mut cells, prompt, state, theme);
        put_line(buffer, area, 0, cells, None);
        return;
    }
    // News is worth more than keys that the help tells, too.
    let news = state.notice().map_or(0, |notice| sanitize::cell(notice, 0, width).width() + 4);
    let hints = hints(state, (width * 3 / 5).min(width.saturating_sub(news)));
    let wide: usize = hints.iter().map(|(key, word)| key.width() + word.width() + 3).sum();
    let room = width.saturating_sub(wide + 1);
    if let Some(notice) = state.notice() {
        cells.put(&sanitize::cell(notice, 0, room.saturating_sub(2)), theme.warning);
    } else if let Some(reading) = &state.reading {
        for (text, style) in figures(reading, state, theme) {
            if cells.room().saturating_sub(width - room) < text.width() + 1 {
                break;
            }
            cells.put(&text, style);
            cells.skip(3);
        }
    }
    cells.skip(cells.room().saturating_sub(wide));
    for (key, word) in hints {
        cells.put(&key, theme.key);
        cells.skip(1);
        cells.put(word, theme.dim);
        cells.skip(2);
    }
    put_line(buffer, area, 0, cells, None);
}

/// The keys of a pane, as many as there is room for; help and quit always.
fn hints(state: &AppState, room: usize) -> Vec<(String, &'static str)> {
    let (general, own): (Vec<_>, Vec<_>) = keymap::hints(state.focus)
        .filter_map(|(binding, word)| {
            let is_general = matches!(binding.intent, Intent::ShowHelp | Intent::Close);
            Some((is_general, (binding.key_names(&state.keys).into_iter().next()?, word)))
        })
        .partition(|(is_general, _)| *is_general);
    let of = |hints: Vec<(bool, (String, &'static str))>| hints.into_iter().map(|(_, hint)| hint);
    let wide = |(key, word): &(String, &str)| key.width() + word.width() + 3;
    let general: Vec<_> = of(general).collect();
    let mut left = room.saturating_sub(general.iter().map(wide).sum());
    let mut shown: Vec<_> = of(own)
        .take_while(|hint| {
            let fits = wide(hint) <= left;
            left = left.saturating_sub(wide(hint));
            fits
        })
        .collect();
    shown.extend(general);
    shown
}

fn figures(reading: &Reading, state: &AppState, theme: &Theme) -> Vec<(String, ratatui::style::Style)> {
    let now = state.now;
    let bars = sparkline(&reading.records.series(now, BARS));
    let events = reading.events;
    let counts = format!(
        "+{} ~{} -{}",
        thousands(events.inserts),
        thousands(events.modifies),
        thousands(events.removes)
    );
    let lag = match reading.lag(now) {
        Some(lag) if reading.is_catching_up(now) => format!("behind {}", short_span(lag)),
        Some(lag) => format!("lag {}", short_span(lag)),
        None => "lag ?".to_owned(),
    };
    let calls = reading.calls.per_second(reading.started, now);
    let a_day = calls * 86_400.0 * DOLLARS_PER_CALL;
    let mut figures = vec![
        (format!("{bars} 15m"), theme.changed),
        (counts, theme.text),
        (lag, theme.text),
        (format!("{calls:.1} calls/s ≈ {}/day", dollars(a_day)), theme.dim),
    ];
    if reading.is_stopped() {
        figures.insert(0, ("STOPPED".to_owned(), theme.warning));
    }
    figures
}
