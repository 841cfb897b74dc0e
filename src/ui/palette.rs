//! The palette: every action of the table of keys, chosen by typing some of its letters.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells::Cells;
use super::keymap::{BINDINGS, Binding, Where, action_name};
use super::theme::Theme;
use super::{popup_frame, put_line, say};
use crate::app::window::window;
use crate::app::{AppState, Intent, Pane, Popup};

/// An action, and the pane to go to for it if it does not work in the focused one.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub binding: &'static Binding,
    pub pane: Option<Pane>,
}

impl Entry {
    pub fn into_intent(self) -> Intent {
        Intent::Run { pane: self.pane, intent: Box::new(self.binding.intent.clone()) }
    }
}

/// The actions that fit what was typed, the best first; among equals those of the focused pane.
pub fn entries(state: &AppState) -> Vec<Entry> {
    let Some(Popup::Palette { prompt, .. }) = &state.popup else { return vec![] };
    let typed = prompt.text.to_lowercase();
    let mut found: Vec<(usize, Entry)> = all(state.focus)
        .into_iter()
        .filter_map(|entry| Some((distance(&searched(entry.binding), &typed)?, entry)))
        .collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Every action once, those of the focused pane first.
fn all(focus: Pane) -> Vec<Entry> {
    let mut entries: Vec<Entry> = vec![];
    let own = BINDINGS.iter().filter(|binding| binding.place.holds(focus));
    let own = own.map(|binding| Entry { binding, pane: None });
    let others = BINDINGS.iter().filter_map(|binding| match binding.place {
        Where::In(panes) if !panes.contains(&focus) => Some(Entry { binding, pane: panes.first().copied() }),
        Where::In(_) | Where::Everywhere => None,
    });
    for entry in own.chain(others) {
        let is_same = |known: &Entry| {
            known.binding.help == entry.binding.help && known.binding.intent == entry.binding.intent
        };
        if entry.binding.intent != Intent::ShowPalette && !entries.iter().any(is_same) {
            entries.push(entry);
        }
    }
    entries
}

fn searched(binding: &Binding) -> String {
    format!("{} {}", binding.help, action_name(&binding.intent)).to_lowercase()
}

/// Letters that lie further apart than this, in the mean, are there by chance.
const TOO_SCATTERED: usize = 3;

/// How far a text is from what was typed, word by word; absent where letters are missing.
fn distance(text: &str, typed: &str) -> Option<usize> {
    typed.split_whitespace().map(|word| word_distance(text, word)).sum()
}

/// The start of a word is nearest, then a part of one, then letters that lie apart.
fn word_distance(text: &str, word: &str) -> Option<usize> {
    let is_start = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric());
    if text.match_indices(word).any(|(at, _)| is_start(at)) {
        return Some(0);
    }
    if text.contains(word) {
        return Some(1);
    }
    let starts = text.char_indices().map(|(at, _)| at);
    let span = starts.filter_map(|at| span(&text[at..], word)).min()?;
    let letters = word.chars().count();
    (span <= TOO_SCATTERED * letters).then_some(2 + span - letters)
}

/// How many letters from the start of a text on hold all letters of a word in their order.
fn span(text: &str, word: &str) -> Option<usize> {
    let mut wanted = word.chars().peekable();
    let mut seen = 0;
    for letter in text.chars() {
        seen += 1;
        wanted.next_if_eq(&letter);
        if wanted.peek().is_none() {
            return Some(seen);
        }
    }
    None
}

pub fn draw(buffer: &mut Buffer, whole: Rect, state: &AppState, theme: &Theme) {
    let Some(Popup::Palette { prompt, cursor }) = &state.popup else { return };
    let width = whole.width.saturating_sub(4).min(76);
    let height = whole.height.saturating_sub(4).min(18);
    let area = Rect { x: whole.x + (whole.width - width) / 2, y: whole.y + 2, width, height };
    let inner = popup_frame(buffer, area, "Actions · Enter does it · Esc closes", theme);
    let wide = usize::from(inner.width);
    let mut typed = Cells::new(wide);
    typed.put(" : ", theme.key);
    typed.put(&prompt.text, theme.text);
    typed.put("▏", theme.focused);
    put_line(buffer, inner, 0, typed, None);
    let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let entries = entries(state);
    if entries.is_empty() {
        say(buffer, list, &["no action has these letters".to_owned()], theme.dim);
        return;
    }
    let cursor = (*cursor).min(entries.len() - 1);
    for (line, at) in window(cursor, entries.len(), usize::from(list.height)).enumerate() {
        let mut cells = Cells::new(wide);
        let Entry { binding, pane } = &entries[at];
        cells.put(if at == cursor { " ▸ " } else { "   " }, theme.key);
        cells.put(binding.help, theme.text);
        if let Some(pane) = pane {
            cells.put(&format!(" · {}", pane.name()), theme.dim);
        }
        cells.put_right(&format!("{} ", binding.key_names(&state.keys).join(" ")), theme.key);
        put_line(buffer, list, line, cells, (at == cursor).then_some(theme.cursor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_word_is_nearer_than_a_part_and_a_part_than_single_letters() {
        let text = "follow the newest record follow";
        assert_eq!(distance(text, ""), Some(0));
        assert_eq!(distance(text, "new"), Some(0));
        assert_eq!(distance(text, "llow"), Some(1));
        assert_eq!(distance(text, "nws"), Some(4));
        assert_eq!(distance(text, "rec new"), Some(0));
        assert_eq!(distance(text, "xyz"), None);
    }

    #[test]
    fn every_action_is_there_once_whatever_has_the_focus() {
        for focus in Pane::ALL {
            let entries = all(focus);
            for binding in BINDINGS.iter().filter(|binding| binding.intent != Intent::ShowPalette) {
                let same = entries.iter().filter(|entry| {
                    entry.binding.help == binding.help && entry.binding.intent == binding.intent
                });
                assert_eq!(same.count(), 1, "{} in {}", binding.help, focus.name());
            }
        }
    }
}
