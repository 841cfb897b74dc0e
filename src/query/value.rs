//! Values as conditions compare them: DynamoDB's rules across types.

use std::cmp::Ordering;
use std::io::Write as _;

use crate::model::sequence_number;
use crate::model::{AttributeValue, Decimal, Time};

/// What an operand stands for in one record.
#[derive(Clone, Debug)]
pub(super) enum Value<'v> {
    Attribute(AttributeValue<'v>),
    Literal(&'v AttributeValue<'static>),
    /// A size: a number.
    Count(u64),
    Moment(Time),
    Sequence(&'v str),
}

impl Value<'_> {
    /// Whether `=` holds. Different types are never equal.
    pub fn equals(&self, other: &Value<'_>) -> bool {
        match (self.attribute(), other.attribute()) {
            (Some(a), Some(b)) => a.same_as(b),
            _ => self.order(other).is_some_and(Ordering::is_eq),
        }
    }

    /// The order of two values; none between different types, and none in those without one.
    pub fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Count(a), Value::Count(b)) => Some(a.cmp(b)),
            (Self::Count(count), number) => order_count(*count, number.attribute()?),
            (number, Value::Count(count)) => order_count(*count, number.attribute()?).map(Ordering::reverse),
            (Self::Moment(a), Value::Moment(b)) => Some(a.cmp(b)),
            (Self::Sequence(a), Value::Sequence(b)) => Some(sequence_number::compare(a, b)),
            _ => order(self.attribute()?, other.attribute()?),
        }
    }

    pub fn attribute(&self) -> Option<&AttributeValue<'_>> {
        match self {
            Self::Attribute(value) => Some(value),
            Self::Literal(value) => Some(value),
            Self::Count(_) | Self::Moment(_) | Self::Sequence(_) => None,
        }
    }
}

/// Strings by their UTF-8 bytes, numbers by value, binary by its bytes; nothing else has an order.
pub(super) fn order(a: &AttributeValue<'_>, b: &AttributeValue<'_>) -> Option<Ordering> {
    match (a, b) {
        (AttributeValue::S(a), AttributeValue::S(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (AttributeValue::N(a), AttributeValue::N(b)) => Some(Decimal::parse(a)?.cmp(&Decimal::parse(b)?)),
        (AttributeValue::B(a), AttributeValue::B(b)) => Some(a.decode().cmp(&b.decode())),
        _ => None,
    }
}

fn order_count(count: u64, number: &AttributeValue<'_>) -> Option<Ordering> {
    let AttributeValue::N(text) = number else { return None };
    // As many digits as there can be.
    let mut digits = [0; 20];
    let mut rest = digits.as_mut_slice();
    write!(rest, "{count}").ok()?;
    let unused = rest.len();
    let written = digits.len() - unused;
    let count = Decimal::parse(std::str::from_utf8(&digits[..written]).ok()?)?;
    Some(count.cmp(&Decimal::parse(text)?))
}

/// `begins_with`: a string in a string, bytes in bytes.
pub(super) fn begins_with(value: &AttributeValue<'_>, start: &AttributeValue<'_>) -> bool {
    match (value, start) {
        (AttributeValue::S(value), AttributeValue::S(start)) => value.starts_with(start.as_ref()),
        (AttributeValue::B(value), AttributeValue::B(start)) => value.bytes(0, start.len()) == start.decode(),
        _ => false,
    }
}

/// `contains`: a part of a string or of bytes, a member of a set, an element of a list.
pub(super) fn contains(value: &AttributeValue<'_>, part: &AttributeValue<'_>) -> bool {
    match (value, part) {
        (AttributeValue::S(value), AttributeValue::S(part)) => value.contains(part.as_ref()),
        (AttributeValue::B(value), AttributeValue::B(part)) => {
            memchr::memmem::find(&value.decode(), &part.decode()).is_some()
        }
        (AttributeValue::Ss(set), AttributeValue::S(member)) => set.contains(member),
        (AttributeValue::Ns(set), AttributeValue::N(member)) => {
            set.iter().any(|number| crate::model::decimal::same_number(number, member))
        }
        (AttributeValue::Bs(set), AttributeValue::B(member)) => set.contains(member),
        (AttributeValue::L(list), part) => list.iter().any(|element| element.same_as(part)),
        _ => false,
    }
}

/// `size`: the bytes of a string in UTF-8 and of a binary value, the members of what holds others;
/// none for the rest.
///
/// The documentation says "the length of the string"; strings are UTF-8 to the service, which
/// measures them in bytes. DynamoDB Local counts units of UTF-16 there.
pub(super) fn size(value: &AttributeValue<'_>) -> Option<u64> {
    let size = match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => set.len(),
        AttributeValue::Bs(set) => set.len(),
        AttributeValue::L(list) => list.len(),
        AttributeValue::M(map) => map.len(),
        AttributeValue::N(_)
        | AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::Unknown { .. } => return None,
    };
    Some(size as u64)
}
