//! What may be compared with a record field, and as what it is read there.

use super::{Parsed, Parser, Placed};
use crate::model::moment::{MOMENTS, parse_moment};
use crate::model::{AttributeType, AttributeValue, EventName, Step, Time};
use crate::query::expression::{Field, Operand, Root};

impl Parser<'_> {
    /// Reads operands that meet in one condition in each other's light. `sign` is how they meet:
    /// `=`, `<` for any order, `()` for a function.
    pub(super) fn fit<const N: usize>(&self, operands: [Placed; N], sign: &str) -> Parsed<[Operand; N]> {
        let fitted = self.fit_all(operands.into(), sign)?;
        fitted.try_into().map_err(|_| self.reader.error(0, "a value was expected"))
    }

    pub(super) fn fit_all(&self, operands: Vec<Placed>, sign: &str) -> Parsed<Vec<Operand>> {
        let field = operands.iter().find_map(|placed| {
            if let Operand::Field(field) = placed.operand { Some((field, placed.at)) } else { None }
        });
        let Some((field, at)) = field else {
            return Ok(operands.into_iter().map(|placed| placed.operand).collect());
        };
        let problem = match field {
            Field::Event | Field::Ttl if sign != "=" => "is compared with =, <> or IN",
            Field::Time | Field::Sequence | Field::Size if sign == "()" => {
                "is compared with = <> < <= > >= BETWEEN or IN"
            }
            Field::Event
            | Field::Time
            | Field::Sequence
            | Field::Shard
            | Field::Size
            | Field::Table
            | Field::Ttl => "",
        };
        if !problem.is_empty() {
            return Err(self.reader.error(at, format!("@{} {problem}", field.name())));
        }
        operands.into_iter().map(|placed| self.beside(field, placed)).collect()
    }

    /// An operand as it is meant beside a field.
    fn beside(&self, field: Field, placed: Placed) -> Parsed<Operand> {
        if placed.operand == Operand::Field(field) {
            return Ok(placed.operand);
        }
        let fitting = match field {
            Field::Event => event(&placed.operand),
            Field::Time => self.moment(&placed.operand),
            Field::Sequence => {
                placed.operand.literal().and_then(text).map(|text| Operand::Sequence(text.into()))
            }
            Field::Size => of_type(&placed.operand, AttributeType::N),
            Field::Shard | Field::Table => of_type(&placed.operand, AttributeType::S),
            Field::Ttl => of_type(&placed.operand, AttributeType::Bool),
        };
        fitting.ok_or_else(|| {
            let expected = match field {
                Field::Event => "INSERT, MODIFY or REMOVE was expected".to_owned(),
                Field::Time => format!("a time was expected: {MOMENTS}"),
                Field::Sequence => "a sequence number was expected".to_owned(),
                Field::Size => "a number of bytes was expected".to_owned(),
                Field::Shard => "the id of a shard was expected, in single quotes".to_owned(),
                Field::Table => "the name of a table was expected, in single quotes".to_owned(),
                Field::Ttl => "true or false was expected".to_owned(),
            };
            self.reader.error(placed.at, expected)
        })
    }

    fn moment(&self, operand: &Operand) -> Option<Operand> {
        let literal = operand.literal()?;
        let text = text(literal)?;
        let is_number = literal.attribute_type() == AttributeType::N;
        let time =
            if is_number { Time::parse_seconds(text) } else { parse_moment(text, self.now, self.zone) };
        time.map(Operand::Moment)
    }
}

/// The text of a string or a number.
fn text<'l>(literal: &'l AttributeValue<'static>) -> Option<&'l str> {
    if let AttributeValue::S(text) | AttributeValue::N(text) = literal { Some(text) } else { None }
}

/// The name of an event, bare or quoted, in any case.
fn event(operand: &Operand) -> Option<Operand> {
    let word = match (operand.literal(), operand) {
        (Some(AttributeValue::S(text)), _) => text,
        (_, Operand::Place(place)) if place.root == Root::Bare => match place.way.path.steps() {
            [Step::Name(name)] => name,
            _ => return None,
        },
        _ => return None,
    };
    let name = EventName::parse(&word.to_ascii_uppercase());
    (name != EventName::Unknown).then(|| Operand::Literal(AttributeValue::S(name.as_str().into())))
}

/// What can have a type: a literal of it, and what is known only from the record.
fn of_type(operand: &Operand, kind: AttributeType) -> Option<Operand> {
    match operand {
        Operand::Literal(literal) if literal.attribute_type() != kind => None,
        Operand::Field(_) | Operand::Moment(_) | Operand::Sequence(_) => None,
        Operand::SizeOf(_) if kind != AttributeType::N => None,
        Operand::Literal(_) | Operand::Place(_) | Operand::SizeOf(_) => Some(operand.clone()),
    }
}
