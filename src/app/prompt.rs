//! One line of text being typed.

use super::writing::Choice;

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    FilterStreams,
    FilterRecords,
    FindInDiff,
    /// The file's name.
    WriteFile(Choice),
}

impl Purpose {
    pub fn label(self) -> &'static str {
        match self {
            Self::FilterStreams | Self::FilterRecords => "filter",
            Self::FindInDiff => "find",
            Self::WriteFile(_) => "write to",
        }
    }

    /// What the keys do that end it.
    pub fn endings(self) -> &'static str {
        match self {
            Self::FilterStreams | Self::FilterRecords | Self::FindInDiff => "Enter keep  Esc undo ",
            Self::WriteFile(_) => "Enter write  Esc cancel ",
        }
    }
}

/// Longer input is cut: a pasted megabyte is an accident.
const MAX_CHARS: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub purpose: Purpose,
    pub text: String,
    /// What was there before: Esc brings it back.
    pub before: String,
}

impl Prompt {
    pub fn new(purpose: Purpose, text: &str) -> Self {
        Self { purpose, text: text.to_owned(), before: text.to_owned() }
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
