//! Draws the line in which a text is typed.

use unicode_width::UnicodeWidthStr as _;

use super::cells::Cells;
use super::sanitize::cell;
use super::theme::Theme;
use crate::app::AppState;
use crate::app::prompt::{Prompt, Purpose, Verdict};
use crate::app::summary::thousands;
use crate::model::text::sanitize;

pub fn draw(cells: &mut Cells, prompt: &Prompt, state: &AppState, theme: &Theme) {
    cells.put(prompt.purpose.label(), theme.key);
    match &prompt.verdict {
        Verdict::Plain => {}
        Verdict::Good(kind) => cells.put(&format!(" {}", kind.word()), theme.dim),
        Verdict::Wrong(_) => cells.put(" expr", theme.dim),
    }
    cells.put(" › ", theme.key);
    let (said, style) = beside(prompt, state, theme);
    let said = sanitize(&said).into_owned();
    let least = cells.room() / 2;
    let room = cells.room().saturating_sub(said.width() + 2).max(least).min(cells.room());
    // The end is where letters are typed.
    let text = sanitize(&prompt.text);
    let skipped = text.width().saturating_sub(room);
    match &prompt.verdict {
        Verdict::Wrong(error) if skipped == 0 => {
            // What is wrong stands out; a mistake at the end is the cursor's place.
            let at = prompt.text.char_indices().nth(error.column - 1).map_or(prompt.text.len(), |(at, _)| at);
            let (right, wrong) = prompt.text.split_at(at);
            cells.put(right, theme.text);
            cells.put(wrong, theme.error);
        }
        Verdict::Plain | Verdict::Good(_) | Verdict::Wrong(_) => {
            cells.put_from(&cell(&text, skipped, room), 0, theme.text);
        }
    }
    cells.put("▏", theme.focused);
    let left = cells.room().saturating_sub(1);
    cells.put_right(&cell(&said, 0, left), style);
}

/// What is said behind the text: what fits, what is wrong, or what was found.
fn beside(prompt: &Prompt, state: &AppState, theme: &Theme) -> (String, ratatui::style::Style) {
    if let Some(completion) = prompt.completion.as_ref().filter(|it| it.options.len() > 1) {
        // The next ones first: the one that stands there is known.
        let next =
            completion.options.iter().cycle().skip(completion.at + 1).take(completion.options.len() - 1);
        let next: Vec<&str> = next.take(8).map(String::as_str).collect();
        return (format!("Tab {} ", next.join(" · ")), theme.dim);
    }
    if let Verdict::Wrong(error) = &prompt.verdict {
        return (format!("{} ", error.message), theme.warning);
    }
    if prompt.purpose == Purpose::Position {
        let (words, is_wrong) = state.position_words(&prompt.text);
        return (format!("{words} "), if is_wrong { theme.warning } else { theme.dim });
    }
    let keys = prompt.purpose.endings();
    match (&state.reading, prompt.purpose) {
        (Some(reading), Purpose::FilterRecords) if !prompt.text.trim().is_empty() => {
            let matched = thousands(state.records.timeline(reading).len() as u64);
            let counts = format!("{matched} of {}", thousands(state.records.seen));
            match state.blind_spot() {
                Some(spot) => (format!("{spot} "), theme.warning),
                None => (format!("{counts} · {keys}"), theme.dim),
            }
        }
        _ => (keys.to_owned(), theme.dim),
    }
}
