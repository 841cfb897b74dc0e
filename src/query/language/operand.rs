//! Operands: paths, record fields, sizes and literals.

use super::{Parsed, Parser, Placed};
use crate::model::Path;
use crate::model::path::PathError;
use crate::query::FilterError;
use crate::query::expression::{Field, Operand, Place, Root};

const OPERAND: &str = "an attribute, a @field, a value or a function was expected";

impl Parser<'_> {
    pub(super) fn operand(&mut self) -> Parsed<Placed> {
        let at = self.reader.at();
        let operand = match self.reader.peek() {
            Some('@') => self.at_sign()?,
            Some('#') => return Err(self.name_placeholder()),
            Some(':') => {
                let message = "a placeholder of the AWS CLI; write the value, such as 'PAID' or 91";
                return Err(self.reader.unexpected(message));
            }
            _ => match self.literal()? {
                Some(literal) => Operand::Literal(literal),
                None if self.calls("size") => {
                    let place = self.size_argument()?;
                    Operand::SizeOf(place)
                }
                None => Operand::Place(self.place()?),
            },
        };
        Ok(Placed { operand, at })
    }

    fn name_placeholder(&mut self) -> FilterError {
        let rest = &self.reader.rest()[1..];
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let name = &rest[..rest.find(|character| !is_part(character)).unwrap_or(rest.len())];
        self.reader.unexpected(match name.len() {
            0..=2 => format!("a placeholder of the AWS CLI; write status, or whatever #{name} stands for"),
            _ => format!("a placeholder of the AWS CLI; write {name}"),
        })
    }

    /// Whether a call of this function comes next.
    pub(super) fn calls(&mut self, function: &str) -> bool {
        let word = self.reader.word();
        word.eq_ignore_ascii_case(function) && self.reader.rest()[word.len()..].trim_start().starts_with('(')
    }

    /// `@new.path` and its like, or `@size`.
    fn at_sign(&mut self) -> Parsed<Operand> {
        let mut ahead = self.reader.clone();
        ahead.advance(1);
        let name = if ahead.close().starts_with(char::is_whitespace) { "" } else { ahead.word() };
        if let Some(field) = Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name)) {
            self.reader.advance(1 + name.len());
            self.check_end_of_name()?;
            return Ok(Operand::Field(field));
        }
        if ["new", "old", "key"].iter().any(|root| root.eq_ignore_ascii_case(name)) {
            return self.place().map(Operand::Place);
        }
        Err(self.reader.unexpected(
            "one of @new.… @old.… @key.… @event @time @seq @shard @size @table @ttl was expected",
        ))
    }

    /// A path, with or without a root.
    pub(super) fn place(&mut self) -> Parsed<Place> {
        let at = self.reader.at();
        let mut root = Root::Bare;
        if self.reader.eat("@") {
            let name = self.reader.word();
            root = match name.to_ascii_lowercase().as_str() {
                "new" => Root::New,
                "old" => Root::Old,
                "key" => Root::Keys,
                _ => return Err(self.reader.error(at, "an attribute was expected")),
            };
            self.reader.advance(name.len());
            if !self.reader.close().starts_with('.') {
                let message = format!("a path follows: @{}.status", name.to_ascii_lowercase());
                return Err(self.reader.error(at, message));
            }
            self.reader.advance(1);
        }
        let begin = if root == Root::Bare { self.reader.at() } else { at };
        if root == Root::Bare {
            self.check_start_of_name()?;
        }
        let rest = self.reader.close();
        let offset = self.reader.position();
        let (path, length) = Path::parse_prefix(rest).map_err(|error| match error {
            PathError::NoName { offset: at } if at == 0 && root == Root::Bare => {
                self.reader.error(begin, OPERAND)
            }
            PathError::NoName { offset: at } => {
                self.reader.error(offset + at, "an attribute's name was expected")
            }
            PathError::OpenQuote { offset: at } => self.reader.error(offset + at, "this \" is not closed"),
            PathError::Escape { offset: at } => {
                self.reader.error(offset + at, r#"an escape was expected: \" \\ \n \r \t or \u{1b}"#)
            }
            PathError::Index { offset: at } | PathError::Trailing { offset: at } => {
                self.reader.error(offset + at, "an index such as [0] was expected")
            }
        })?;
        let is_quoted = rest.starts_with('"') && path.steps().len() == 1;
        self.reader.advance(length);
        self.check_end_of_name()?;
        self.places += 1;
        Ok(Place { root, way: path.into(), is_quoted, number: self.places - 1 })
    }

    fn check_start_of_name(&mut self) -> Parsed<()> {
        let word = self.reader.word();
        if ["AND", "OR", "NOT", "BETWEEN", "IN"].iter().any(|kept| kept.eq_ignore_ascii_case(word)) {
            let message = format!("{OPERAND}; an attribute of this name is written \"{word}\"");
            return Err(self.reader.unexpected(message));
        }
        match self.reader.peek() {
            Some(first) if first.is_alphabetic() && !first.is_ascii() => Err(self
                .reader
                .unexpected(format!("a name that begins with {first} is written in double quotes"))),
            _ => Ok(()),
        }
    }

    /// A name ends at a blank, a sign or the end: `order-total` is not two names.
    pub(super) fn check_end_of_name(&mut self) -> Parsed<()> {
        let close = self.reader.close();
        let ends = |next: char| next.is_whitespace() || "=<>!~(),)]}.[:".contains(next);
        match close.chars().next() {
            Some('\'') => {
                let message = "a value cannot begin here; binary is x'0aff' or b64'Cv8='";
                Err(self.reader.unexpected(message))
            }
            Some(next) if !ends(next) => Err(self.reader.unexpected(format!(
                "a name with {next} in it is written in double quotes, such as \"order-total\""
            ))),
            _ => Ok(()),
        }
    }
}
