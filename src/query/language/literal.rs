//! Literals of every type.

use std::borrow::Cow;

use super::{Parsed, Parser};
use crate::model::{AttributeValue, Base64, Decimal, Path, Step};

type Literal = AttributeValue<'static>;

impl Parser<'_> {
    /// A literal; nothing where something else comes.
    pub(super) fn literal(&mut self) -> Parsed<Option<Literal>> {
        let word = self.reader.word();
        let literal = match self.reader.peek() {
            Some('\'') => AttributeValue::S(self.quoted()?.into()),
            Some('<') if self.reader.eat("<<") => self.set()?,
            Some('[') => AttributeValue::L(self.deeper(Self::list)?),
            Some('{') => AttributeValue::M(self.deeper(Self::map)?.into()),
            Some('0'..='9' | '-' | '+' | '.') => AttributeValue::N(self.number()?.into()),
            _ if word.eq_ignore_ascii_case("x") && self.reader.rest()[1..].starts_with('\'') => self.hex()?,
            _ if word.eq_ignore_ascii_case("b64") && self.reader.rest()[3..].starts_with('\'') => {
                self.base64()?
            }
            _ if self.reader.eat_word("true") => AttributeValue::Bool(true),
            _ if self.reader.eat_word("false") => AttributeValue::Bool(false),
            _ if self.reader.eat_word("null") => AttributeValue::Null,
            _ => return Ok(None),
        };
        Ok(Some(literal))
    }

    /// A literal where only one may stand.
    pub(super) fn value(&mut self) -> Parsed<Literal> {
        let at = self.reader.at();
        if let Some(literal) = self.literal()? {
            return Ok(literal);
        }
        if matches!(self.reader.peek(), Some('#' | ':')) {
            self.operand()?;
        }
        Err(self.reader.error(at, "a value was expected, such as 'PAID' or 91"))
    }

    /// A text in single quotes, `''` being one of them.
    pub(super) fn quoted(&mut self) -> Parsed<String> {
        let opened = self.reader.at();
        self.reader.eat("'");
        let mut text = String::new();
        loop {
            let rest = self.reader.close();
            let Some(length) = rest.find('\'') else {
                return Err(self.reader.error(opened, "this ' is not closed"));
            };
            text.push_str(&rest[..length]);
            self.reader.advance(length + 1);
            if !self.reader.close().starts_with('\'') {
                return Ok(text);
            }
            text.push('\'');
            self.reader.advance(1);
        }
    }

    fn number(&mut self) -> Parsed<String> {
        let at = self.reader.at();
        let rest = self.reader.rest();
        let is_part = |(place, character): (usize, char)| {
            let is_sign = matches!(character, '-' | '+');
            let after_exponent = place == 0 || rest[..place].ends_with(['e', 'E']);
            character.is_ascii_alphanumeric() || character == '.' || is_sign && after_exponent
        };
        let length = rest.char_indices().find(|next| !is_part(*next)).map_or(rest.len(), |(place, _)| place);
        let text = &rest[..length];
        if Decimal::parse(text).is_none() {
            return Err(self.reader.error(at, "a number was expected, such as 91, -0.5 or 1E10"));
        }
        self.reader.advance(length);
        self.check_end_of_name()?;
        Ok(text.to_owned())
    }

    fn hex(&mut self) -> Parsed<Literal> {
        let at = self.reader.at();
        self.reader.advance(1);
        let text = self.quoted()?;
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
        let pairs = text.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect();
        let bytes =
            bytes.ok_or_else(|| self.reader.error(at, "pairs of hex digits were expected: x'0aff'"))?;
        Ok(AttributeValue::B(Base64::encode(&bytes)))
    }

    fn base64(&mut self) -> Parsed<Literal> {
        let at = self.reader.at();
        self.reader.advance(3);
        let text = self.quoted()?;
        let value = Base64::new(Cow::Owned(text));
        value.map(AttributeValue::B).ok_or_else(|| self.reader.error(at, "base64 was expected: b64'Cv8='"))
    }

    /// Elements up to the closing sign.
    fn elements<T>(
        &mut self,
        close: &str,
        mut element: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut elements = vec![];
        if self.reader.eat(close) {
            return Ok(elements);
        }
        loop {
            elements.push(element(self)?);
            if self.reader.eat(close) {
                return Ok(elements);
            }
            if !self.reader.eat(",") {
                return Err(self.reader.unexpected(format!("a comma or {close} was expected")));
            }
        }
    }

    fn list(&mut self) -> Parsed<Vec<Literal>> {
        self.reader.eat("[");
        self.elements("]", Self::value)
    }

    fn map(&mut self) -> Parsed<Vec<(Cow<'static, str>, Literal)>> {
        self.reader.eat("{");
        self.elements("}", |parser| {
            let at = parser.reader.at();
            let expected =
                |parser: &Self| parser.reader.error(at, "a name and a colon were expected: {sku: 'A-1'}");
            let Ok((path, length)) = Path::parse_prefix(parser.reader.rest()) else {
                return Err(expected(parser));
            };
            let mut steps = path.steps().to_vec();
            let (Some(Step::Name(name)), true) = (steps.pop(), steps.is_empty()) else {
                return Err(expected(parser));
            };
            parser.reader.advance(length);
            if !parser.reader.eat(":") {
                return Err(expected(parser));
            }
            Ok((name, parser.value()?))
        })
    }

    /// The members of a set, behind its opening sign.
    fn set(&mut self) -> Parsed<Literal> {
        let at = self.reader.at();
        let members = self.elements(">>", Self::value)?;
        let wrong = |reader: &super::Reader<'_>| {
            reader.error(at, "a set holds strings, numbers or binary values, one kind, at least one")
        };
        let (mut strings, mut numbers, mut binary) = (vec![], vec![], vec![]);
        for member in members {
            match member {
                AttributeValue::S(text) => strings.push(text),
                AttributeValue::N(text) => numbers.push(text),
                AttributeValue::B(bytes) => binary.push(bytes),
                AttributeValue::Ss(_)
                | AttributeValue::Ns(_)
                | AttributeValue::Bs(_)
                | AttributeValue::L(_)
                | AttributeValue::M(_)
                | AttributeValue::Bool(_)
                | AttributeValue::Null
                | AttributeValue::Unknown { .. } => return Err(wrong(&self.reader)),
            }
        }
        match (strings.is_empty(), numbers.is_empty(), binary.is_empty()) {
            (false, true, true) => Ok(AttributeValue::Ss(strings)),
            (true, false, true) => Ok(AttributeValue::Ns(numbers)),
            (true, true, false) => Ok(AttributeValue::Bs(binary)),
            _ => Err(wrong(&self.reader)),
        }
    }
}
