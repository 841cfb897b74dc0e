//! What is typed at a prompt: a text to look for, or an expression.

use super::{Filter, FilterError};
use crate::model::Time;
use crate::model::time::Zone;

/// How a typed text is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Text,
    Expression,
}

impl Kind {
    /// One word without `= < > ( ) ' "`, or one quoted string, is a text; all else an expression.
    pub fn of(typed: &str) -> Self {
        if text_of(typed).is_some() { Self::Text } else { Self::Expression }
    }

    /// The word for it at the prompt.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Expression => "expr",
        }
    }
}

impl Filter {
    /// The filter that a typed text stands for; none for a blank one, with which all is wanted.
    pub fn typed(typed: &str, now: Time, zone: Zone) -> Result<Option<Self>, FilterError> {
        let trimmed = typed.trim();
        match text_of(trimmed) {
            Some(text) => Ok(Self::text(&text)),
            None => Self::parse(typed, now, zone).map(Some).map_err(|error| {
                if trimmed.contains(is_sign) {
                    return error;
                }
                let message = format!("{}; a text of several words is written 'in quotes'", error.message);
                FilterError { message, ..error }
            }),
        }
    }
}

fn is_sign(character: char) -> bool {
    "=<>()'\"".contains(character)
}

fn text_of(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if !typed.contains(|character: char| character.is_whitespace() || is_sign(character)) {
        return Some(typed.to_owned());
    }
    ['\'', '"'].into_iter().find_map(|quote| {
        let inside = typed.strip_prefix(quote)?.strip_suffix(quote)?;
        let doubled: String = [quote, quote].iter().collect();
        let text = inside.replace(&doubled, "\0");
        (!text.contains(quote)).then(|| text.replace('\0', &quote.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_seconds(1_791_316_726);

    #[test]
    fn a_word_or_a_quoted_string_is_a_text_and_the_rest_an_expression() {
        for (typed, text) in [
            ("", ""),
            ("  ", ""),
            ("vip", "vip"),
            (" ord#91 ", "ord#91"),
            ("a.b[0]", "a.b[0]"),
            ("'several words'", "several words"),
            ("\"several = words\"", "several = words"),
            ("'it''s'", "it's"),
            ("größe", "größe"),
        ] {
            assert_eq!(text_of(typed).as_deref(), Some(text), "{typed}");
            assert_eq!(Kind::of(typed), Kind::Text);
            assert_eq!(Filter::typed(typed, NOW, Zone::Utc), Ok(Filter::text(text)));
        }
        for typed in [
            "a = 1",
            "@ttl or a",
            "'a' = b",
            "'",
            "\"",
            "'a",
            "contains(a, 'b')",
            "a<b",
            "'a' b 'c'",
            "two words",
        ] {
            assert_eq!(Kind::of(typed), Kind::Expression, "{typed}");
        }
        assert!(matches!(Filter::typed("a = 'x'", NOW, Zone::Utc), Ok(Some(_))));
    }

    #[test]
    fn words_that_are_no_expression_say_how_a_text_is_written() {
        let message = |typed: &str| Filter::typed(typed, NOW, Zone::Utc).map_err(|error| error.to_string());
        let said = "column 5: a comparison was expected: = <> < <= > >= BETWEEN or IN; a text of several words is written 'in quotes'";
        assert_eq!(message("two words"), Err(said.to_owned()));
        assert_eq!(
            message("a = "),
            Err("column 5: an attribute, a @field, a value or a function was expected".to_owned())
        );
    }
}
