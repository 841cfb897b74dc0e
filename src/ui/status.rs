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
    let mut hints = hints(state, (width * 3 / 5).min(width.saturating_sub(news)));
    let room = width.saturating_sub(wide(&hints.own) + wide(&hints.general) + 1);
    let mut used = 1;
    if let Some(notice) = state.notice() {
        let notice = sanitize::cell(notice, 0, room.saturating_sub(2));
        used += notice.width() + 3;
        cells.put(&notice, theme.warning);
    } else if let Some(reading) = &state.reading {
        for (text, style) in figures(reading, state, theme) {
            if room.saturating_sub(used) < text.width() + 1 {
                break;
            }
            used += text.width() + 3;
            cells.put(&text, style);
            cells.skip(3);
        }
    }
    hints.own.extend(fitting(hints.more, room.saturating_sub(used)));
    hints.own.extend(hints.general);
    cells.skip(cells.room().saturating_sub(wide(&hints.own)));
    for (key, word) in hints.own {
        cells.put(&key, theme.key);
        cells.skip(1);
        cells.put(word, theme.dim);
        cells.skip(2);
    }
    put_line(buffer, area, 0, cells, None);
}

/// A key and its word.
type Hint = (String, &'static str);

/// The keys of a pane.
#[derive(Default)]
struct Hints {
    /// As many as there is room for.
    own: Vec<Hint>,
    /// They take no room from anything else.
    more: Vec<Hint>,
    /// Help and quit: always.
    general: Vec<Hint>,
}

fn hints(state: &AppState, room: usize) -> Hints {
    let mut hints = Hints::default();
    for (binding, word) in keymap::hints(state.focus) {
        let kind = if matches!(binding.intent, Intent::ShowHelp | Intent::Close) {
            &mut hints.general
        } else if matches!(binding.intent, Intent::Copy | Intent::Write | Intent::ChoosePosition) {
            &mut hints.more
        } else {
            &mut hints.own
        };
        kind.extend(binding.key_names(&state.keys).into_iter().next().map(|key| (key, word)));
    }
    hints.own = fitting(hints.own, room.saturating_sub(wide(&hints.general)));
    hints
}

/// The first of them, as many as there is room for.
fn fitting(mut hints: Vec<Hint>, room: usize) -> Vec<Hint> {
    while wide(&hints) > room {
        hints.pop();
    }
    hints
}

fn wide(hints: &[Hint]) -> usize {
    hints.iter().map(|(key, word)| key.width() + word.width() + 3).sum()
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
    if reading.is_offline() {
        return vec![(counts, theme.text)];
    }
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
