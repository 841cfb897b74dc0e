//! What lies over the panes, and what it does with intents.

use super::AppState;
use super::action::Intent;
use super::effect::Effect;
use super::shards::Choice;
use super::window::Motion;

/// What lies over the panes.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

impl AppState {
    pub(super) fn on_popup_intent(&mut self, intent: Intent) -> Vec<Effect> {
        match (&mut self.popup, intent) {
            (_, Intent::Quit) => return vec![Effect::Quit],
            (_, Intent::Suspend) => return vec![Effect::Suspend],
            (Some(Popup::ConfirmQuit), Intent::Open | Intent::Close | Intent::Submit) => {
                return vec![Effect::Quit];
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
