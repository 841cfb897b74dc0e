//! What is hidden in files that are written: a rule that is typed, seen at work, and kept until it
//! is taken back.

use super::completion::paths_seen;
use super::prompt::{Prompt, Purpose, Verdict};
use super::{AppState, Popup};
use crate::model::plain::dynamodb_lines;
use crate::model::{Item, parse_item};
use crate::privacy::{Key, Privacy, Rule};
use crate::query::FilterError;

/// Which way a rule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hiding {
    /// Everything but what is named.
    AllBut,
    /// What is named.
    Named,
}

impl Hiding {
    fn rule(self, paths: &str) -> Result<Rule, FilterError> {
        let rule = match self {
            Self::AllBut => Rule::keep(paths),
            Self::Named => Rule::redact(paths),
        };
        rule.map_err(|error| FilterError {
            column: paths.get(..error.offset()).unwrap_or(paths).chars().count() + 1,
            message: error.to_string(),
        })
    }
}

/// A rule and how it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    hiding: Hiding,
    paths: String,
    rule: Rule,
}

/// What is hidden in files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private {
    /// Of this run; absent where the system has no randomness.
    key: Option<Key>,
    rule: Option<Typed>,
}

impl Private {
    pub(super) fn with_key(key: Option<Key>) -> Self {
        Self { key, rule: None }
    }

    /// What the next file is written through; `None` leaves records as they are.
    pub(super) fn privacy(&self) -> Option<Privacy> {
        self.rule.as_ref().zip(self.key.as_ref()).map(|(it, key)| Privacy::new(it.rule.clone(), key.clone()))
    }

    /// The rule in effect, in words.
    pub fn words(&self) -> Option<String> {
        self.rule.as_ref().map(|rule| match rule.hiding {
            Hiding::AllBut => format!("all hidden but {}", rule.paths),
            Hiding::Named => format!("hidden: {}", rule.paths),
        })
    }
}

impl AppState {
    /// Asks for the paths of a rule.
    pub(super) fn start_hiding(&mut self, hiding: Hiding) {
        if self.private.key.is_none() {
            self.note("nothing can be hidden: the system gives no random key");
            return;
        }
        let known = self.private.rule.as_ref().filter(|rule| rule.hiding == hiding);
        let text = known.map(|rule| rule.paths.clone()).unwrap_or_default();
        let prompt = Prompt::new(Purpose::Hide(hiding), &text);
        self.popup = None;
        self.prompt =
            Some(Prompt { paths: self.reading.as_ref().map(paths_seen).unwrap_or_default(), ..prompt });
    }

    /// Records are written as they are from now on.
    pub(super) fn hide_nothing(&mut self) {
        self.private.rule = None;
    }

    /// Looks at what is typed so far.
    pub(super) fn judge_hiding(&mut self, hiding: Hiding, paths: &str) {
        let Some(prompt) = &mut self.prompt else { return };
        prompt.verdict = match hiding.rule(paths) {
            Err(error) if !paths.trim().is_empty() => Verdict::Wrong(error),
            Ok(_) | Err(_) => Verdict::Plain,
        };
    }

    /// The rule that was typed is in effect; of nothing, nothing is hidden. Back to what is written.
    pub(super) fn hide(&mut self, hiding: Hiding, prompt: Prompt) {
        let paths = prompt.text.trim().to_owned();
        match hiding.rule(&paths) {
            Ok(rule) => self.private.rule = Some(Typed { hiding, paths, rule }),
            Err(_) if paths.is_empty() => self.private.rule = None,
            Err(error) => {
                self.prompt = Some(Prompt { verdict: Verdict::Wrong(error), ..prompt });
                return;
            }
        }
        self.popup = Some(Popup::Write);
    }

    /// What becomes of the item of the selected record by the rule that is typed, or in effect: the
    /// lines of its DynamoDB JSON.
    pub fn private_preview(&self) -> Vec<String> {
        let typed = self.prompt.as_ref().and_then(|prompt| {
            let Purpose::Hide(hiding) = prompt.purpose else { return None };
            Some(hiding.rule(&prompt.text).ok())
        });
        let rule = typed.unwrap_or_else(|| self.private.rule.as_ref().map(|it| it.rule.clone()));
        let (Some(rule), Some(key), Some(chosen)) = (rule, &self.private.key, self.chosen()) else {
            return vec![];
        };
        let record = chosen.page.record(chosen.slot);
        let image = record.new_image().or(record.old_image()).or(record.keys()).unwrap_or_default();
        let item = parse_item(image.as_bytes());
        let item = item.map(|item| Privacy::new(rule, key.clone()).item(&item));
        dynamodb_lines(item.as_ref().unwrap_or(Item::none()))
    }
}
