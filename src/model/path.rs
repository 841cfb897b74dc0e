//! Where in an item: attribute paths that cannot be confused.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step<'a> {
    /// Into a map, by an attribute's name.
    Name(Cow<'a, str>),
    /// Into a list, from 0.
    Index(usize),
}

impl Step<'_> {
    fn into_owned(self) -> Step<'static> {
        match self {
            Self::Name(name) => Step::Name(Cow::Owned(name.into_owned())),
            Self::Index(index) => Step::Index(index),
        }
    }
}

/// The way from an item to a value in it: `total.amount`, `"order-total"."a.b"[0]`.
///
/// A name other than `[A-Za-z_][A-Za-z0-9_]*`, and a word that the filter language keeps for
/// itself, is written in double quotes, so that the attribute `a.b` is not taken for `b` in
/// `a`. Inside the quotes `\"`, `\\`, `\n`, `\r`, `\t` and `\u{1b}` stand for characters; control
/// characters are always written so.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path<'a>(Vec<Step<'a>>);

impl<'a> Path<'a> {
    pub fn new(steps: Vec<Step<'a>>) -> Self {
        Self(steps)
    }

    pub fn steps(&self) -> &[Step<'a>] {
        &self.0
    }

    /// The item itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_steps(self) -> Vec<Step<'a>> {
        self.0
    }

    pub fn push(&mut self, step: Step<'a>) {
        self.0.push(step);
    }

    pub fn pop(&mut self) -> Option<Step<'a>> {
        self.0.pop()
    }

    /// Whether this is the other path or lies inside what it points at.
    pub fn starts_with(&self, other: &Path<'_>) -> bool {
        self.0.starts_with(other.steps())
    }

    pub fn into_owned(self) -> Path<'static> {
        Path(self.0.into_iter().map(Step::into_owned).collect())
    }
}

/// The words of the filter language that a bare name must not be.
const RESERVED: [&str; 8] = ["AND", "OR", "NOT", "BETWEEN", "IN", "true", "false", "null"];

fn is_bare(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Writes a name as a step of a path, in quotes where it needs them.
pub fn write_name(out: &mut impl fmt::Write, name: &str) -> fmt::Result {
    if is_bare(name) {
        return out.write_str(name);
    }
    out.write_char('"')?;
    for character in name.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            control if control.is_control() => write!(out, "\\u{{{:x}}}", u32::from(control))?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) => {
                    if place > 0 {
                        f.write_char('.')?;
                    }
                    write_name(f, name)?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Why a text is no path. Offsets are in bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("a name was expected at {offset}")]
    NoName { offset: usize },
    #[error("the quote opened at {offset} is not closed")]
    OpenQuote { offset: usize },
    #[error("an unknown escape at {offset}; write \\\" \\\\ \\n \\r \\t or \\u{{1b}}")]
    Escape { offset: usize },
    #[error("a list index such as [0] was expected at {offset}")]
    Index { offset: usize },
    #[error("the path ends at {offset}, but text follows")]
    Trailing { offset: usize },
}

impl PathError {
    /// Where in the text, in bytes.
    pub fn offset(&self) -> usize {
        match self {
            Self::NoName { offset }
            | Self::OpenQuote { offset }
            | Self::Escape { offset }
            | Self::Index { offset }
            | Self::Trailing { offset } => *offset,
        }
    }

    /// The same of a text that begins so many bytes earlier.
    #[must_use]
    pub fn moved(mut self, by: usize) -> Self {
        match &mut self {
            Self::NoName { offset }
            | Self::OpenQuote { offset }
            | Self::Escape { offset }
            | Self::Index { offset }
            | Self::Trailing { offset } => *offset += by,
        }
        self
    }
}

impl FromStr for Path<'static> {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let (path, end) = Path::parse_prefix(text)?;
        if end < text.len() { Err(PathError::Trailing { offset: end }) } else { Ok(path) }
    }
}

impl Path<'static> {
    /// Reads the path that a text begins with, and says where it ends, in bytes.
    ///
    /// A path begins with a name; bare names are not checked against reserved words here.
    pub fn parse_prefix(text: &str) -> Result<(Self, usize), PathError> {
        let mut reader = Reader { text, at: 0 };
        let mut steps = vec![Step::Name(reader.name()?.into())];
        loop {
            if reader.eat('.') {
                steps.push(Step::Name(reader.name()?.into()));
            } else if reader.eat('[') {
                steps.push(Step::Index(reader.index()?));
            } else {
                return Ok((Self(steps), reader.at));
            }
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn name(&mut self) -> Result<String, PathError> {
        let start = self.at;
        if self.eat('"') {
            return self.quoted(start);
        }
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(PathError::NoName { offset: start });
        }
        self.at += end;
        Ok(name.to_owned())
    }

    fn quoted(&mut self, opened: usize) -> Result<String, PathError> {
        let mut name = String::new();
        loop {
            let offset = self.at;
            match self.next() {
                None => return Err(PathError::OpenQuote { offset: opened }),
                Some('"') => return Ok(name),
                Some('\\') => name.push(self.escape().ok_or(PathError::Escape { offset })?),
                Some(other) => name.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            same @ ('"' | '\\') => same,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (digits, _) = self.rest().strip_prefix('{')?.split_once('}')?;
                let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
                self.at += digits.len() + 2;
                character
            }
            _ => return None,
        })
    }

    fn index(&mut self) -> Result<usize, PathError> {
        let error = PathError::Index { offset: self.at };
        let (digits, _) = self.rest().split_once(']').ok_or_else(|| error.clone())?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error);
        }
        let index = digits.parse().map_err(|_| error)?;
        self.at += digits.len() + 1;
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(name: &str) -> Step<'_> {
        Step::Name(name.into())
    }

    #[test]
    fn a_dot_in_a_name_is_not_a_step() {
        let one = Path::new(vec![name("a.b")]);
        let two = Path::new(vec![name("a"), name("b")]);
        assert_eq!(one.to_string(), r#""a.b""#);
        assert_eq!(two.to_string(), "a.b");
    }

    #[test]
    fn names_are_quoted_only_where_they_must_be() {
        for (given, written) in [
            ("status", "status"),
            ("_v2", "_v2"),
            ("order-total", r#""order-total""#),
            ("2nd", r#""2nd""#),
            ("", r#""""#),
            ("a[0]", r#""a[0]""#),
            ("größe", r#""größe""#),
            (r#"say "x\""#, r#""say \"x\\\"""#),
            ("\u{1b}[2J\n", r#""\u{1b}[2J\n""#),
            ("between", r#""between""#),
            ("NULL", r#""NULL""#),
        ] {
            assert_eq!(Path::new(vec![name(given)]).to_string(), written);
        }
    }

    #[test]
    fn a_path_is_read_from_the_front_of_an_expression() {
        let text = r#""order-total"."a.b"[0].x > 3"#;
        let (path, end) = Path::parse_prefix(text).unwrap();
        assert_eq!(path, Path::new(vec![name("order-total"), name("a.b"), Step::Index(0), name("x")]));
        assert_eq!(&text[end..], " > 3");
    }

    #[test]
    fn a_wrong_path_says_where() {
        for (text, error) in [
            ("", PathError::NoName { offset: 0 }),
            ("a..b", PathError::NoName { offset: 2 }),
            ("1a", PathError::NoName { offset: 0 }),
            ("[0]", PathError::NoName { offset: 0 }),
            (r#"a."b"#, PathError::OpenQuote { offset: 2 }),
            (r#""\x""#, PathError::Escape { offset: 1 }),
            (r#""\u{d800}""#, PathError::Escape { offset: 1 }),
            ("a[]", PathError::Index { offset: 2 }),
            ("a[+1]", PathError::Index { offset: 2 }),
            ("a[0", PathError::Index { offset: 2 }),
            ("a[99999999999999999999]", PathError::Index { offset: 2 }),
            ("a b", PathError::Trailing { offset: 1 }),
        ] {
            assert_eq!(text.parse::<Path>(), Err(error), "{text}");
        }
    }

    fn step() -> impl Strategy<Value = Step<'static>> {
        prop_oneof![
            any::<String>().prop_map(|name| Step::Name(name.into())),
            "[a-z\"\\\\.\\[\\]\u{1b}]{0,4}".prop_map(|name| Step::Name(name.into())),
            any::<usize>().prop_map(Step::Index),
        ]
    }

    proptest! {
        #[test]
        fn every_path_is_read_back_as_it_was_written(
            first in any::<String>(), mut rest in prop::collection::vec(step(), 0..5)
        ) {
            rest.insert(0, Step::Name(first.into()));
            let path = Path::new(rest);
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "[a\"\\\\.\\[\\]0u{}é]{0,12}") {
            if let Ok(path) = text.parse::<Path>() {
                prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
            }
        }
    }
}
