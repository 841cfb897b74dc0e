//! The text of an expression, read from its front.

use crate::query::FilterError;

#[derive(Clone, Debug)]
pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.text[self.at..].trim_start().len();
    }

    /// Where the next token begins, in bytes.
    pub fn at(&mut self) -> usize {
        self.skip_space();
        self.at
    }

    /// What follows, from the next token on.
    pub fn rest(&mut self) -> &'t str {
        self.skip_space();
        &self.text[self.at..]
    }

    /// How far it is read, in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    /// What follows at once, blanks included.
    pub fn close(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub fn peek(&mut self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn peek_text(&mut self, wanted: &str) -> bool {
        self.rest().starts_with(wanted)
    }

    pub fn eat(&mut self, wanted: &str) -> bool {
        let found = self.peek_text(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// The word that comes next, which may be empty; it is not taken.
    pub fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        &rest[..rest.find(|character| !is_part(character)).unwrap_or(rest.len())]
    }

    /// Takes a word of the language, in any case.
    pub fn eat_word(&mut self, wanted: &str) -> bool {
        let word = self.word();
        let found = word.eq_ignore_ascii_case(wanted);
        if found {
            self.at += word.len();
        }
        found
    }

    /// A problem at a byte.
    pub fn error(&self, at: usize, message: impl Into<String>) -> FilterError {
        let before = self.text.get(..at).unwrap_or(self.text);
        FilterError { column: before.chars().count() + 1, message: message.into() }
    }

    /// A problem with what comes next.
    pub fn unexpected(&mut self, message: impl Into<String>) -> FilterError {
        let at = self.at();
        self.error(at, message)
    }
}
