//! Keys that were chosen in the configuration, in place of the table's.

use crossterm::event::KeyCode;

use super::{BINDINGS, Binding, Key};
use crate::app::{Intent, Pane};
use crate::config::{KeyNames, Keys};

/// What is wrong with an entry of `[keys]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct WrongKey {
    /// The name of the action, as it was given.
    pub action: String,
    pub reason: String,
}

/// What an action is called in the configuration: `next-change`, `move-page-down`.
///
/// The words are those of the intent: the table of keys needs no second name for each.
pub fn action_name(intent: &Intent) -> String {
    let written = format!("{intent:?}");
    let mut name = String::with_capacity(written.len() + 4);
    for character in written.chars().filter(|character| *character != ')') {
        match character {
            '(' => name.push('-'),
            upper if upper.is_ascii_uppercase() => {
                if !name.is_empty() && !name.ends_with('-') {
                    name.push('-');
                }
                name.push(upper.to_ascii_lowercase());
            }
            other => name.push(other),
        }
    }
    name
}

/// Checks the keys that were chosen, and brings their names into the form of the help.
pub fn choose(given: &Keys) -> Result<Keys, WrongKey> {
    let mut chosen = Keys::new();
    for (action, names) in given {
        let wrong = |reason: String| WrongKey { action: action.clone(), reason };
        if !BINDINGS.iter().any(|binding| action_name(&binding.intent) == *action) {
            let reason = format!("there is no action {action:?}; dynascope config names them all");
            return Err(wrong(reason));
        }
        let key = |name: &String| {
            let known = Key::parse(name).map(Key::name);
            known.ok_or_else(|| wrong(format!("{name:?} is no key: write x, X, Ctrl-x, Space, PgUp or F5")))
        };
        let keys = names.0.iter().map(key).collect::<Result<_, _>>()?;
        chosen.insert(action.clone(), KeyNames(keys));
    }
    match given.keys().find_map(|action| ambiguous(action, &chosen)) {
        Some(wrong) => Err(wrong),
        None => Ok(chosen),
    }
}

/// A key of an action that means something else, too, in a pane where both work.
fn ambiguous(action: &str, chosen: &Keys) -> Option<WrongKey> {
    let own = BINDINGS.iter().filter(|binding| action_name(&binding.intent) == action);
    own.flat_map(|binding| BINDINGS.iter().map(move |other| (binding, other)))
        .filter(|(binding, other)| {
            let meets = |pane: &Pane| binding.place.holds(*pane) && other.place.holds(*pane);
            binding.intent != other.intent && Pane::ALL.iter().any(meets)
        })
        .find_map(|(binding, other)| {
            let others = other.key_names(chosen);
            let key = binding.key_names(chosen).into_iter().find(|key| others.contains(key))?;
            let other = action_name(&other.intent);
            let reason = format!("{key} is the key of {other}, too: give {other} another one");
            Some(WrongKey { action: action.to_owned(), reason })
        })
}

impl Binding {
    pub(super) fn has(&self, key: Key, chosen: &Keys) -> bool {
        match self.chosen(chosen) {
            Some(names) => names.0.contains(&key.name()),
            None => self.keys.contains(&key),
        }
    }

    /// The keys that do it, as the help writes them.
    pub fn key_names(&self, chosen: &Keys) -> Vec<String> {
        let usual = || self.keys.iter().map(|key| key.name()).collect();
        self.chosen(chosen).map_or_else(usual, |names| names.0.clone())
    }

    fn chosen<'k>(&self, chosen: &'k Keys) -> Option<&'k KeyNames> {
        // Most people choose none: then no names need be made.
        if chosen.is_empty() { None } else { chosen.get(&action_name(&self.intent)) }
    }
}

/// The keys that have words for names.
const NAMED: &[(&str, KeyCode)] = &[
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("↑", KeyCode::Up),
    ("↓", KeyCode::Down),
    ("←", KeyCode::Left),
    ("→", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
];

impl Key {
    /// Reads what [`Key::name`] writes.
    fn parse(text: &str) -> Option<Self> {
        let (has_control, name) = match text.strip_prefix("Ctrl-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let named = NAMED.iter().find(|(word, _)| *word == name).map(|(_, code)| *code);
        let function = || {
            let number: u8 = name.strip_prefix('F')?.parse().ok()?;
            (1..=12).contains(&number).then_some(KeyCode::F(number))
        };
        let letter = || {
            let mut characters = name.chars();
            let first = characters.next().filter(|first| !first.is_control() && !first.is_whitespace())?;
            characters.next().is_none().then_some(KeyCode::Char(first))
        };
        let code = named.or_else(function).or_else(letter)?;
        Some(Self { code, has_control })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(given: &[(&str, &[&str])]) -> Keys {
        let names = |names: &[&str]| KeyNames(names.iter().map(ToString::to_string).collect());
        given.iter().map(|(action, keys)| ((*action).to_owned(), names(keys))).collect()
    }

    fn refused(given: &[(&str, &[&str])]) -> String {
        choose(&keys(given)).unwrap_err().reason
    }

    #[test]
    fn every_action_has_a_name_that_a_file_can_hold() {
        for binding in BINDINGS {
            let name = action_name(&binding.intent);
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        }
        let names =
            [Intent::NextChange, Intent::Move(crate::app::Motion::PageDown), Intent::Focus(Pane::Diff)];
        assert_eq!(names.map(|intent| action_name(&intent)), ["next-change", "move-page-down", "focus-diff"]);
    }

    #[test]
    fn every_key_is_read_as_it_is_written() {
        for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
            assert_eq!(Key::parse(&key.name()), Some(*key), "{}", key.name());
        }
        for text in ["", "Ctrl-", "ab", "F0", "F13", "Shift-a", "\u{1b}", " "] {
            assert_eq!(Key::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_chosen_key_takes_the_place_of_the_usual_ones_in_every_pane() {
        let chosen = choose(&keys(&[("follow", &["F", "Up"]), ("move-up", &["k"])])).unwrap();
        let doing = |key: &str, pane| {
            let key = Key::parse(key).unwrap();
            BINDINGS.iter().find(|it| it.place.holds(pane) && it.has(key, &chosen)).map(|it| &it.intent)
        };
        for pane in Pane::ALL {
            assert_eq!(doing("F", pane), Some(&Intent::Follow));
            assert_eq!(doing("↑", pane), Some(&Intent::Follow));
            assert_eq!(doing("f", pane), None);
        }
    }

    #[test]
    fn what_cannot_be_bound_is_refused_with_a_reason() {
        assert_eq!(
            refused(&[("fly", &["x"])]),
            "there is no action \"fly\"; dynascope config names them all"
        );
        assert!(refused(&[("follow", &["Hyper-x"])]).starts_with("\"Hyper-x\" is no key: "));
        assert_eq!(refused(&[("follow", &["q"])]), "q is the key of close, too: give close another one");
        // What works in other panes only is not in the way.
        assert!(choose(&keys(&[("next-order", &["n"])])).is_ok());
        assert!(choose(&keys(&[("close", &[]), ("follow", &["q"])])).is_ok());
    }
}
