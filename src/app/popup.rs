//! What lies over the panes, and what it does with intents.

use super::AppState;
use super::action::Intent;
use super::effect::{Effect, WriteJob};
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
    /// Quitting would lose what was read.
    ConfirmQuit,
    /// What can be copied.
    Copy,
    /// What can be written to a file.
    Write,
    /// A file would be replaced.
    ConfirmReplace(Box<WriteJob>),
}

impl AppState {
    pub(super) fn on_popup_intent(&mut self, intent: Intent) -> Vec<Effect> {
        match (&mut self.popup, intent) {
            (_, Intent::Quit) => return vec![Effect::Quit],
            (_, Intent::Suspend) => return vec![Effect::Suspend],
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
