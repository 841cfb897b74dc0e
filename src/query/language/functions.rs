//! The functions of the filter language.

use super::{Parsed, Parser, Placed};
use crate::model::{AttributeType, AttributeValue};
use crate::query::Needle;
use crate::query::expression::{Condition, Operand, Place, Root};

/// The functions that are true or false.
pub(in crate::query) const FUNCTIONS: [&str; 7] = [
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "changed",
    "contains",
    "text",
];

const TYPES: [AttributeType; 10] = [
    AttributeType::S,
    AttributeType::N,
    AttributeType::B,
    AttributeType::Ss,
    AttributeType::Ns,
    AttributeType::Bs,
    AttributeType::L,
    AttributeType::M,
    AttributeType::Bool,
    AttributeType::Null,
];

impl Parser<'_> {
    /// A function that is true or false, where one comes next.
    pub(super) fn function(&mut self) -> Parsed<Option<Condition>> {
        let word = self.reader.word();
        if word.is_empty() || !self.calls(word) || word.eq_ignore_ascii_case("size") {
            return Ok(None);
        }
        let Some(name) = FUNCTIONS.into_iter().find(|name| name.eq_ignore_ascii_case(word)) else {
            return Err(self.reader.unexpected(format!(
                "there is no function {word}; there are {}, size",
                FUNCTIONS.join(", ")
            )));
        };
        self.reader.advance(word.len());
        self.reader.eat("(");
        let condition = match name {
            "attribute_exists" => Condition::Exists(self.argument_place()?),
            "attribute_not_exists" => Condition::Not(Box::new(Condition::Exists(self.argument_place()?))),
            "attribute_type" => self.type_test()?,
            "begins_with" => self.begins_with()?,
            "changed" => self.changed()?,
            "contains" => {
                let [value, part] = self.two_operands()?;
                Condition::Contains(value, part)
            }
            _ => self.text_search()?,
        };
        if self.reader.eat(")") {
            Ok(Some(condition))
        } else {
            Err(self.reader.unexpected("a ) was expected"))
        }
    }

    fn comma(&mut self) -> Parsed<()> {
        if self.reader.eat(",") { Ok(()) } else { Err(self.reader.unexpected("a comma was expected")) }
    }

    /// An argument that must be a path.
    fn argument_place(&mut self) -> Parsed<Place> {
        let Placed { operand, at } = self.operand()?;
        if let Operand::Place(place) = operand {
            return Ok(place);
        }
        Err(self.reader.error(at, "an attribute was expected"))
    }

    /// What stands in the parentheses behind `size`.
    pub(super) fn size_argument(&mut self) -> Parsed<Place> {
        let word = self.reader.word();
        self.reader.advance(word.len());
        self.reader.eat("(");
        let place = self.argument_place()?;
        if self.reader.eat(")") { Ok(place) } else { Err(self.reader.unexpected("a ) was expected")) }
    }

    fn two_operands(&mut self) -> Parsed<[Operand; 2]> {
        let first = self.operand()?;
        self.comma()?;
        let second = self.operand()?;
        self.fit([first, second], "()")
    }

    fn type_test(&mut self) -> Parsed<Condition> {
        let place = self.argument_place()?;
        self.comma()?;
        let at = self.reader.at();
        let literal = self.value()?;
        let kind = TYPES
            .into_iter()
            .map(AttributeType::as_str)
            .find(|kind| matches!(&literal, AttributeValue::S(text) if text == kind));
        kind.map(|kind| Condition::HasType(place, kind)).ok_or_else(|| {
            let names: Vec<String> = TYPES.into_iter().map(|kind| format!("'{}'", kind.as_str())).collect();
            self.reader.error(at, format!("a type was expected: {}", names.join(" ")))
        })
    }

    fn begins_with(&mut self) -> Parsed<Condition> {
        let value = self.operand()?;
        self.comma()?;
        let start = self.operand()?;
        for side in [&value, &start] {
            let is_wrong = matches!(&side.operand, Operand::SizeOf(_))
                || matches!(&side.operand, Operand::Literal(literal)
                    if !matches!(literal.attribute_type(), AttributeType::S | AttributeType::B));
            if is_wrong {
                return Err(self
                    .reader
                    .error(side.at, "only strings and binary values begin with something"));
            }
        }
        let [value, start] = self.fit([value, start], "()")?;
        Ok(Condition::BeginsWith(value, start))
    }

    fn changed(&mut self) -> Parsed<Condition> {
        let at = self.reader.at();
        let place = self.argument_place()?;
        if place.root != Root::Bare {
            let message = format!("changed looks at both images; write changed({})", place.way.path);
            return Err(self.reader.error(at, message));
        }
        if !self.reader.eat(",") {
            return Ok(Condition::Changed(place.way, None));
        }
        let from = self.value()?;
        if !self.reader.eat(",") {
            let message = "a second value was expected: changed(status, 'PENDING', 'PAID')";
            return Err(self.reader.unexpected(message));
        }
        Ok(Condition::Changed(place.way, Some(Box::new([from, self.value()?]))))
    }

    fn text_search(&mut self) -> Parsed<Condition> {
        let at = self.reader.at();
        let literal = self.value()?;
        let text = if let AttributeValue::S(text) = &literal { text } else { "" };
        Needle::new(text)
            .map(Condition::Text)
            .ok_or_else(|| self.reader.error(at, "a text was expected: text('paid')"))
    }
}
