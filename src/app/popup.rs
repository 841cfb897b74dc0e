//! What lies over the panes, and what it does with intents.

use super::AppState;
use super::action::Intent;
use super::effect::{Effect, WriteJob};
use super::prompt::{Prompt, Purpose};
use super::shards::Choice;
use super::window::Motion;

/// What lies over the panes.
#[derive(Clone, Debug, PartialEq)]
pub enum Popup {
    Help {
        scroll: usize,
    },
    Details {
        choice: Choice,
        scroll: usize,
    },
    /// Every action there is, to choose from by typing.
    Palette {
        prompt: Prompt,
        /// Which of those that fit; the face knows how many there are.
        cursor: usize,
    },
    /// Quitting would lose what was read.
    ConfirmQuit,
    /// What can be copied.
    Copy,
    /// What can be written to a file.
    Write,
    /// A file would be replaced.
    ConfirmReplace(Box<WriteJob>),
}

impl Popup {
    pub(super) fn palette() -> Self {
        Self::Palette { prompt: Prompt::new(Purpose::ChooseAction, ""), cursor: 0 }
    }
}

impl AppState {
    pub(super) fn on_popup_intent(&mut self, intent: Intent) -> Vec<Effect> {
        match (&mut self.popup, intent) {
            (_, Intent::Quit) => return vec![Effect::Quit],
            (_, Intent::Suspend) => return vec![Effect::Suspend],
            (Some(Popup::Palette { .. }), Intent::Run { pane, intent }) => {
                self.popup = None;
                let mut effects = vec![];
                if let Some(pane) = pane {
                    effects.extend(self.on_intent(Intent::Focus(pane)));
                    if self.focus != pane {
                        self.note(format!("there is no {} now", pane.name().to_lowercase()));
                        return effects;
                    }
                }
                effects.extend(self.on_intent(*intent));
                return effects;
            }
            (Some(Popup::Palette { .. }), Intent::Back) => self.popup = None,
            (Some(Popup::Palette { prompt, cursor }), intent) => on_palette(prompt, cursor, intent),
            (Some(Popup::ConfirmQuit), Intent::Open | Intent::Close | Intent::Submit) => {
                return vec![Effect::Quit];
            }
            (Some(Popup::Copy), Intent::Choose(letter)) => return self.choose_copy(letter),
            (Some(Popup::Write), Intent::Choose(letter)) => self.choose_write(letter),
            (Some(Popup::ConfirmReplace(job)), Intent::Open | Intent::Submit) => {
                let job = WriteJob { may_replace: true, ..(**job).clone() };
                self.popup = None;
                return self.begin_writing(job);
            }
            (_, Intent::Back | Intent::Close)
            | (Some(Popup::Help { .. }), Intent::ShowHelp)
            | (Some(Popup::Details { .. }), Intent::ShowDetails | Intent::Open) => self.popup = None,
            (
                Some(Popup::Help { scroll } | Popup::Details { scroll, .. }),
                Intent::Move(motion) | Intent::Scroll { motion, .. },
            ) => {
                let height = usize::from(self.size.height / 2);
                // The view stops at the last line; a longer text than this does not exist.
                *scroll = motion.from(*scroll, 1_000, height);
                if motion == Motion::Last {
                    *scroll = 0;
                }
            }
            _ => {}
        }
        vec![]
    }
}

/// What is typed chooses anew, from the best that fits on.
#[expect(clippy::wildcard_enum_match_arm, reason = "of the many intents only some edit a line")]
fn on_palette(prompt: &mut Prompt, cursor: &mut usize, intent: Intent) {
    let is_move = matches!(intent, Intent::Move(_));
    match intent {
        Intent::Move(Motion::Up) => *cursor = cursor.saturating_sub(1),
        Intent::Move(Motion::Down) => *cursor = cursor.saturating_add(1),
        Intent::Type(character) => prompt.insert(character),
        Intent::Paste(text) => prompt.paste(&text),
        Intent::Erase => prompt.erase(),
        Intent::EraseWord => prompt.erase_word(),
        Intent::EraseAll => prompt.text.clear(),
        _ => return,
    }
    if !is_move {
        *cursor = 0;
    }
}
