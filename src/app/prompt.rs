//! One line of text being typed.

use super::completion::Completion;
use super::private::Hiding;
use super::writing::Choice;
use crate::query::{FilterError, Kind};

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    FilterStreams,
    FilterRecords,
    FindInDiff,
    ChooseAction,
    /// Where the records are to be looked at.
    Position,
    /// The file's name.
    WriteFile(Choice),
    /// What is hidden in files: paths.
    Hide(Hiding),
    LabelMarker,
}

impl Purpose {
    pub fn label(self) -> &'static str {
        match self {
            Self::FilterStreams | Self::FilterRecords => "filter",
            Self::FindInDiff => "find",
            Self::ChooseAction => "action",
            Self::Position => "position",
            Self::WriteFile(_) => "write to",
            Self::Hide(Hiding::AllBut) => "keep only",
            Self::Hide(Hiding::Named) => "redact",
            Self::LabelMarker => "marker",
        }
    }

    /// What the keys do that end it.
    pub fn endings(self) -> &'static str {
        match self {
            Self::FilterStreams | Self::FilterRecords | Self::FindInDiff | Self::ChooseAction => {
                "Enter keep  Esc undo "
            }
            Self::Position => "Enter go  Esc cancel ",
            Self::WriteFile(_) => "Enter write  Esc cancel ",
            Self::Hide(_) => "Tab complete  Enter keep  Esc undo ",
            Self::LabelMarker => "Enter label it  Esc leave it without ",
        }
    }
}

/// What is to be said of a text that is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Any text is right here.
    #[default]
    Plain,
    Good(Kind),
    Wrong(FilterError),
}

/// Longer input is cut: a pasted megabyte is an accident.
const MAX_CHARS: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub purpose: Purpose,
    pub text: String,
    /// What was there before: Esc brings it back.
    pub before: String,
    pub verdict: Verdict,
    /// Attributes that can be completed.
    pub paths: Vec<String>,
    /// While Tab goes through what fits.
    pub completion: Option<Completion>,
    /// How far back in the history, from 1, and what was typed before.
    pub recalled: Option<(usize, String)>,
}

impl Prompt {
    pub fn new(purpose: Purpose, text: &str) -> Self {
        Self {
            purpose,
            text: text.to_owned(),
            before: text.to_owned(),
            verdict: Verdict::default(),
            paths: vec![],
            completion: None,
            recalled: None,
        }
    }

    /// Completes the last word; again, with the next that fits.
    pub fn complete(&mut self) {
        let next = match self.completion.take() {
            Some(completion) => {
                let at = (completion.at + 1) % completion.options.len().max(1);
                Some(Completion { at, ..completion })
            }
            None => Completion::of(&self.text, &self.paths),
        };
        if let Some(completion) = next {
            self.text.truncate(completion.start);
            self.text.push_str(completion.option());
            self.completion = Some(completion);
        }
    }

    /// Puts an earlier text in place of this one, or a later one; behind the last comes what was typed.
    pub fn recall(&mut self, texts: &[String], earlier: bool) {
        let (back, typed) = self.recalled.take().unwrap_or_else(|| (0, self.text.clone()));
        let back = if earlier { (back + 1).min(texts.len()) } else { back.saturating_sub(1) };
        match texts.len().checked_sub(back).and_then(|at| texts.get(at)) {
            Some(text) => {
                self.text.clone_from(text);
                self.recalled = Some((back, typed));
            }
            None => self.text = typed,
        }
    }

    pub fn insert(&mut self, character: char) {
        if self.text.chars().count() < MAX_CHARS {
            self.text.push(character);
        }
    }

    /// Pasted text is literal; line breaks become blanks, as one line is all there is.
    pub fn paste(&mut self, text: &str) {
        let room = MAX_CHARS.saturating_sub(self.text.chars().count());
        let line = text.trim_end_matches(['\r', '\n']).chars().take(room);
        self.text
            .extend(line.map(|character| if matches!(character, '\r' | '\n') { ' ' } else { character }));
    }

    pub fn erase(&mut self) {
        self.text.pop();
    }

    pub fn erase_word(&mut self) {
        let kept = self.text.trim_end().trim_end_matches(|character: char| !character.is_whitespace()).len();
        self.text.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_texts_are_recalled_and_what_was_typed_comes_back() {
        let texts = ["one", "two"].map(str::to_owned);
        let mut prompt = Prompt::new(Purpose::FilterRecords, "typed");
        let mut recall = |earlier: bool| {
            prompt.recall(&texts, earlier);
            prompt.text.clone()
        };
        let seen = [true, true, true, false, false, false].map(&mut recall);
        assert_eq!(seen, ["two", "one", "one", "two", "typed", "typed"]);
        prompt.recall(&[], true);
        assert_eq!(prompt.text, "typed");
    }

    #[test]
    fn tab_goes_through_what_fits() {
        let paths = ["status", "statusAt"].map(str::to_owned).to_vec();
        let mut prompt = Prompt { paths, ..Prompt::new(Purpose::FilterRecords, "NOT sta") };
        let seen = [(); 3].map(|()| {
            prompt.complete();
            prompt.text.clone()
        });
        assert_eq!(seen, ["NOT status", "NOT statusAt", "NOT status"]);
    }

    #[test]
    fn a_paste_is_one_line_and_has_an_end() {
        let mut prompt = Prompt::new(Purpose::FilterRecords, "a");
        prompt.paste("b\r\nc\n");
        assert_eq!(prompt.text, "ab  c");
        prompt.paste(&"x".repeat(5_000));
        assert_eq!(prompt.text.len(), MAX_CHARS);
    }

    #[test]
    fn a_word_is_erased_with_the_blanks_behind_it() {
        let mut prompt = Prompt::new(Purpose::FilterRecords, "one two  ");
        prompt.erase_word();
        assert_eq!(prompt.text, "one ");
        prompt.erase_word();
        prompt.erase_word();
        prompt.erase();
        assert_eq!(prompt.text, "");
    }
}
