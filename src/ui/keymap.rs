//! The one table of keys: it binds, and it feeds the help and the status line.
#![expect(clippy::wildcard_enum_match_arm, reason = "of the terminal's many keys only some mean something")]

mod chosen;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use super::palette;
use crate::app::prompt::Purpose;
use crate::app::window::Motion;
use crate::app::{Action, AppState, Intent, Pane, Popup, Size};
use crate::config::Keys;
pub use chosen::{WrongKey, action_name, choose};

/// Where a binding works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    Everywhere,
    In(&'static [Pane]),
}

impl Where {
    pub fn holds(self, pane: Pane) -> bool {
        match self {
            Self::Everywhere => true,
            Self::In(panes) => panes.contains(&pane),
        }
    }
}

/// A key with its modifiers. For letters the case says it all: Shift is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    has_control: bool,
}

const fn key(code: KeyCode) -> Key {
    Key { code, has_control: false }
}

const fn letter(character: char) -> Key {
    key(KeyCode::Char(character))
}

const fn control(character: char) -> Key {
    Key { code: KeyCode::Char(character), has_control: true }
}

impl Key {
    fn of(event: &KeyEvent) -> Option<Self> {
        let modifiers = event.modifiers.difference(KeyModifiers::SHIFT);
        let has_control = modifiers == KeyModifiers::CONTROL;
        (has_control || modifiers.is_empty()).then_some(Self { code: event.code, has_control })
    }

    /// As it is written in the help: `j`, `Ctrl-d`, `PgUp`.
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(character) => character.to_string(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            other => other.to_string(),
        };
        if self.has_control { format!("Ctrl-{name}") } else { name }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Binding {
    pub keys: &'static [Key],
    pub place: Where,
    pub intent: Intent,
    pub help: &'static str,
    /// The word in the status line; absent where there is no room for it.
    pub hint: Option<&'static str>,
}

const fn bind(keys: &'static [Key], place: Where, intent: Intent, help: &'static str) -> Binding {
    Binding { keys, place, intent, help, hint: None }
}

const fn hinted(
    keys: &'static [Key],
    place: Where,
    intent: Intent,
    help: &'static str,
    hint: &'static str,
) -> Binding {
    Binding { keys, place, intent, help, hint: Some(hint) }
}

const LISTS: Where = Where::In(&[Pane::Streams, Pane::Shards, Pane::Records]);
const STREAMS: Where = Where::In(&[Pane::Streams]);
const SHARDS: Where = Where::In(&[Pane::Shards]);
const RECORDS: Where = Where::In(&[Pane::Records]);
const DIFF: Where = Where::In(&[Pane::Diff]);
const HISTORY: Where = Where::In(&[Pane::History]);
const RECORD_VIEWS: Where = Where::In(&[Pane::Records, Pane::Diff]);
const POSITION: &str = "position: oldest, latest, a time, a sequence number";
const OTHERS: Where = Where::In(&[Pane::Streams, Pane::Shards, Pane::Diff]);
const PANES: Where = Where::In(&[Pane::Records, Pane::Streams, Pane::Shards, Pane::Diff]);
const ITEM_VIEWS: Where = Where::In(&[Pane::Records, Pane::Diff, Pane::History]);

/// Every key of the explorer. The first that fits binds.
pub static BINDINGS: &[Binding] = &[
    hinted(&[key(KeyCode::Enter)], STREAMS, Intent::Open, "read this stream, or all that are marked", "read"),
    hinted(&[key(KeyCode::Enter)], SHARDS, Intent::Open, "to the records of this shard", "records"),
    hinted(&[key(KeyCode::Enter)], RECORDS, Intent::Open, "to what changed in this record", "open"),
    hinted(&[letter(' ')], STREAMS, Intent::Mark, "mark, to read several streams together", "mark"),
    hinted(&[letter('/')], LISTS, Intent::Search, "filter", "filter"),
    hinted(&[letter('/')], DIFF, Intent::Search, "find", "find"),
    hinted(&[letter('n')], DIFF, Intent::NextFound, "next that was found", "next"),
    bind(&[letter('N')], DIFF, Intent::PreviousFound, "the one found before"),
    hinted(&[letter('h'), key(KeyCode::Left)], SHARDS, Intent::Left, "fold", "fold"),
    hinted(&[letter('l'), key(KeyCode::Right)], SHARDS, Intent::Right, "unfold", "unfold"),
    bind(&[letter('h'), key(KeyCode::Left)], STREAMS, Intent::Left, "fold the older streams of a table"),
    bind(&[letter('l'), key(KeyCode::Right)], STREAMS, Intent::Right, "unfold the older streams of a table"),
    bind(&[letter('h'), key(KeyCode::Left)], RECORD_VIEWS, Intent::Left, "scroll to the left"),
    bind(&[letter('l'), key(KeyCode::Right)], RECORD_VIEWS, Intent::Right, "scroll to the right, or unfold"),
    hinted(&[letter('o')], SHARDS, Intent::NextOrder, "order: tree, rate, bytes, lag", "order"),
    hinted(&[letter('c')], SHARDS, Intent::FoldExhausted, "fold exhausted shards", "fold exhausted"),
    hinted(
        &[letter('i')],
        Where::In(&[Pane::Streams, Pane::Shards]),
        Intent::ShowDetails,
        "everything about it",
        "details",
    ),
    hinted(
        &[letter('v')],
        RECORD_VIEWS,
        Intent::NextMode,
        "mode: changed only, unified, side by side, full JSON",
        "mode",
    ),
    bind(&[letter('\\')], DIFF, Intent::ToggleWrap, "wrap long rows, or scroll them"),
    bind(&[key(KeyCode::Enter)], DIFF, Intent::Open, "unfold what did not change"),
    bind(&[letter('I')], RECORDS, Intent::HideNoise, "hide or show what changed only where it is ignored"),
    bind(&[letter('I')], DIFF, Intent::IgnorePath, "ignore this path in this table, or no longer"),
    hinted(&[letter(']')], DIFF, Intent::NextChange, "next change", "next change"),
    bind(&[letter('[')], DIFF, Intent::PreviousChange, "the change before"),
    hinted(&[letter('y')], ITEM_VIEWS, Intent::Copy, "copy: value, key, record, an undo command, …", "copy"),
    hinted(&[letter('w')], ITEM_VIEWS, Intent::Write, "write to a file: the item, or many records", "write"),
    hinted(&[letter('f')], RECORDS, Intent::Follow, "follow the newest record", "follow"),
    hinted(&[key(KeyCode::Enter)], HISTORY, Intent::Open, "to what changed at this step", "open"),
    hinted(&[letter(' ')], HISTORY, Intent::Mark, "mark; two steps that are marked are compared", "mark"),
    hinted(
        &[letter('a')],
        Where::In(&[Pane::History, Pane::Diff]),
        Intent::LookAtAttribute,
        "only the steps that touched this attribute, or all",
        "attribute",
    ),
    hinted(
        &[letter('b')],
        HISTORY,
        Intent::FurtherBack,
        "read further back, for this item only",
        "further back",
    ),
    hinted(&[letter('v')], HISTORY, Intent::NextMode, "mode: what changed, or the item as it was", "mode"),
    bind(&[letter(']')], HISTORY, Intent::NextChange, "next change"),
    bind(&[letter('[')], HISTORY, Intent::PreviousChange, "the change before"),
    bind(&[letter('H')], RECORDS, Intent::ShowHistory, "the item's history"),
    hinted(&[letter('H')], DIFF, Intent::ShowHistory, "the item's history, or back", "history"),
    hinted(&[letter('H')], HISTORY, Intent::ShowHistory, "back to the records", "back"),
    bind(
        &[control('k')],
        RECORD_VIEWS,
        Intent::KeepOnly,
        "store only what the filter matches, or everything again",
    ),
    hinted(&[letter('@')], RECORDS, Intent::ChoosePosition, POSITION, "position"),
    bind(&[letter('@')], OTHERS, Intent::ChoosePosition, POSITION),
    bind(&[letter('b')], PANES, Intent::FurtherBack, "a quarter of an hour further back"),
    hinted(
        &[letter('P')],
        Where::Everywhere,
        Intent::StopOrGoOn,
        "stop reading (positions are kept), or go on",
        "stop",
    ),
    bind(&[letter('f')], Where::Everywhere, Intent::Follow, "follow the newest record"),
    bind(&[letter('m')], Where::Everywhere, Intent::DropMarker, "drop a marker; then label it"),
    bind(&[letter('j'), key(KeyCode::Down)], Where::Everywhere, Intent::Move(Motion::Down), "down"),
    bind(&[letter('k'), key(KeyCode::Up)], Where::Everywhere, Intent::Move(Motion::Up), "up"),
    bind(&[control('d')], Where::Everywhere, Intent::Move(Motion::HalfPageDown), "half a page down"),
    bind(&[control('u')], Where::Everywhere, Intent::Move(Motion::HalfPageUp), "half a page up"),
    bind(&[key(KeyCode::PageDown)], Where::Everywhere, Intent::Move(Motion::PageDown), "a page down"),
    bind(&[key(KeyCode::PageUp)], Where::Everywhere, Intent::Move(Motion::PageUp), "a page up"),
    bind(&[letter('g'), key(KeyCode::Home)], Where::Everywhere, Intent::Move(Motion::First), "to the first"),
    bind(
        &[letter('G'), key(KeyCode::End)],
        Where::Everywhere,
        Intent::Move(Motion::Last),
        "to the last; among records this follows",
    ),
    bind(&[letter('1')], Where::Everywhere, Intent::Focus(Pane::Streams), "to the streams"),
    bind(&[letter('2')], Where::Everywhere, Intent::Focus(Pane::Shards), "to the shards"),
    bind(&[letter('3')], Where::Everywhere, Intent::Focus(Pane::Records), "to the records"),
    bind(&[letter('4')], Where::Everywhere, Intent::Focus(Pane::Diff), "to the diff"),
    bind(&[key(KeyCode::Tab)], Where::Everywhere, Intent::FocusNext, "to the next pane"),
    bind(&[key(KeyCode::BackTab)], Where::Everywhere, Intent::FocusPrevious, "to the pane before"),
    bind(&[letter('z')], Where::Everywhere, Intent::Zoom, "zoom the focused pane"),
    bind(&[letter('d')], Where::Everywhere, Intent::ToggleDiff, "show or hide the diff"),
    bind(&[letter('R')], Where::Everywhere, Intent::Retry, "try again what failed, now"),
    bind(&[letter('Z')], Where::Everywhere, Intent::ToggleZone, "times in UTC or local"),
    bind(&[letter('M')], Where::Everywhere, Intent::ToggleMouse, "mouse to dynascope or to the terminal"),
    bind(
        &[key(KeyCode::Esc)],
        Where::Everywhere,
        Intent::Back,
        "undo one layer: prompt, marks, filter, view",
    ),
    bind(&[letter(':')], Where::Everywhere, Intent::ShowPalette, "every action, to choose from"),
    hinted(&[letter('?')], Where::Everywhere, Intent::ShowHelp, "this help", "help"),
    hinted(&[letter('q')], Where::Everywhere, Intent::Close, "close the top view; at the base, quit", "quit"),
    bind(&[control('c')], Where::Everywhere, Intent::Quit, "quit"),
    bind(&[control('z')], Where::Everywhere, Intent::Suspend, "suspend"),
];

/// The binding of a key in a pane.
fn bound(key: Key, pane: Pane, chosen: &Keys) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.place.holds(pane) && binding.has(key, chosen))
}

/// The bindings that the status line names for a pane.
pub fn hints(pane: Pane) -> impl Iterator<Item = (&'static Binding, &'static str)> {
    BINDINGS
        .iter()
        .filter(move |binding| binding.place.holds(pane))
        .filter_map(|binding| Some((binding, binding.hint?)))
}

/// What an event of the terminal means here.
pub fn action(state: &AppState, event: &Event) -> Option<Action> {
    let intent = match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => on_key(state, key)?,
        Event::Paste(text) => {
            // Pasted text is never a key: outside a prompt it means nothing.
            if state.prompt.is_none() && !matches!(state.popup, Some(Popup::Palette { .. })) {
                return None;
            }
            Intent::Paste(text.clone())
        }
        Event::Mouse(mouse) => on_mouse(state, mouse.kind, mouse.column, mouse.row)?,
        Event::Resize(width, height) => {
            return Some(Action::Resized(Size { width: *width, height: *height }));
        }
        Event::Key(_) | Event::FocusGained | Event::FocusLost => return None,
    };
    Some(Action::Intent(intent))
}

fn on_key(state: &AppState, event: &KeyEvent) -> Option<Intent> {
    let key = Key::of(event);
    if state.prompt.is_some() && state.popup.is_none() {
        let purpose = state.prompt.as_ref().map(|prompt| prompt.purpose);
        if matches!(purpose, Some(Purpose::Hide(_))) && event.code == KeyCode::Tab {
            return Some(Intent::Complete);
        }
        let is_filter = purpose == Some(Purpose::FilterRecords);
        return in_filter(key, event.code).filter(|_| is_filter).or_else(|| in_prompt(key, event.code));
    }
    if let Some(Popup::Palette { cursor, .. }) = &state.popup {
        return in_palette(state, *cursor, key, event.code);
    }
    if matches!(state.popup, Some(Popup::Copy | Popup::Write))
        && let Some(Key { code: KeyCode::Char(letter), has_control: false }) = key
        && letter != 'q'
    {
        return Some(Intent::Choose(letter));
    }
    if matches!(state.popup, Some(Popup::ConfirmQuit | Popup::ConfirmReplace(_))) {
        match event.code {
            KeyCode::Char('y') => return Some(Intent::Open),
            KeyCode::Char('n') => return Some(Intent::Back),
            _ => {}
        }
    }
    if state.popup.is_some() && event.code == KeyCode::Enter {
        return Some(Intent::Open);
    }
    bound(key?, state.focus, &state.keys).map(|binding| binding.intent.clone())
}

/// What the prompt of the records' filter has beside.
fn in_filter(key: Option<Key>, code: KeyCode) -> Option<Intent> {
    match code {
        KeyCode::Up => Some(Intent::RecallEarlier),
        KeyCode::Down => Some(Intent::RecallLater),
        KeyCode::Tab => Some(Intent::Complete),
        _ if key == Some(control('k')) => Some(Intent::KeepOnly),
        _ => None,
    }
}

/// While text is typed, keys are letters.
fn in_prompt(key: Option<Key>, code: KeyCode) -> Option<Intent> {
    let has_control = key.is_some_and(|key| key.has_control);
    Some(match code {
        KeyCode::Char('c') if has_control => Intent::Quit,
        KeyCode::Char('z') if has_control => Intent::Suspend,
        KeyCode::Char('w') if has_control => Intent::EraseWord,
        KeyCode::Char('u') if has_control => Intent::EraseAll,
        KeyCode::Char('h') if has_control => Intent::Erase,
        KeyCode::Char(character) if key.is_some() && !has_control => Intent::Type(character),
        KeyCode::Backspace => Intent::Erase,
        KeyCode::Enter => Intent::Submit,
        KeyCode::Esc => Intent::Back,
        KeyCode::Up => Intent::Move(Motion::Up),
        KeyCode::Down => Intent::Move(Motion::Down),
        KeyCode::PageUp => Intent::Move(Motion::PageUp),
        KeyCode::PageDown => Intent::Move(Motion::PageDown),
        _ => return None,
    })
}

/// Letters choose among the actions; Enter does the one under the cursor.
fn in_palette(state: &AppState, cursor: usize, key: Option<Key>, code: KeyCode) -> Option<Intent> {
    let intent = in_prompt(key, code)?;
    let entries = palette::entries(state);
    let last = entries.len().saturating_sub(1);
    match intent {
        Intent::Submit => entries.into_iter().nth(cursor.min(last)).map(palette::Entry::into_intent),
        Intent::Move(motion) if motion.from(cursor, entries.len(), 1) == cursor => None,
        intent => Some(intent),
    }
}

fn on_mouse(state: &AppState, kind: MouseEventKind, x: u16, y: u16) -> Option<Intent> {
    let division = state.division()?;
    let (pane, area) = division.pane_at(x, y)?;
    match kind {
        MouseEventKind::ScrollUp => Some(Intent::Scroll { pane, motion: Motion::Up }),
        MouseEventKind::ScrollDown => Some(Intent::Scroll { pane, motion: Motion::Down }),
        MouseEventKind::Down(MouseButton::Left) => {
            let row = y.checked_sub(area.y + 1);
            let height = area.rows() as u16;
            match row.filter(|row| *row < height) {
                Some(row) => Some(Intent::Click { pane, row, height }),
                None => Some(Intent::Focus(pane)),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings_in_one_pane() {
        for pane in Pane::ALL.into_iter().chain([Pane::History]) {
            for (at, binding) in BINDINGS.iter().enumerate() {
                for key in binding.keys {
                    let earlier = BINDINGS[..at].iter().find(|other| {
                        other.place.holds(pane) && binding.place.holds(pane) && other.keys.contains(key)
                    });
                    let is_other = earlier.is_some_and(|other| other.intent != binding.intent);
                    assert!(!is_other, "{} in {}", key.name(), pane.name());
                }
            }
        }
    }
}
