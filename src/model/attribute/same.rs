//! When two values are the same to DynamoDB.

use super::{AttributeValue, Base64, Item};
use crate::model::decimal::{Decimal, same_number};

impl AttributeValue<'_> {
    /// Whether DynamoDB calls the two equal: numbers by value, sets without order.
    ///
    /// Different types are never equal, and an unknown type only where it is written the same.
    pub fn same_as(&self, other: &AttributeValue<'_>) -> bool {
        match (self, other) {
            (Self::N(a), AttributeValue::N(b)) => same_number(a, b),
            (Self::Ss(a), AttributeValue::Ss(b)) => same_members(a, b),
            (Self::Bs(a), AttributeValue::Bs(b)) => same_members(a, b),
            (Self::Ns(a), AttributeValue::Ns(b)) => a == b || sorted_numbers(a) == sorted_numbers(b),
            (Self::L(a), AttributeValue::L(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_as(b))
            }
            (Self::M(a), AttributeValue::M(b)) => a.same_as(b),
            _ => self == other,
        }
    }
}

impl Item<'_> {
    /// Whether both have the same names with the same values, as DynamoDB compares them.
    pub fn same_as(&self, other: &Item<'_>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .zip(other.iter())
                .all(|((a_name, a), (b_name, b))| a_name == b_name && a.same_as(b))
    }
}

fn same_members<T: Ord>(a: &[T], b: &[T]) -> bool {
    a == b || sorted(a) == sorted(b)
}

/// The members of a set, each once.
pub(in crate::model) fn sorted<T: Ord>(members: &[T]) -> Vec<&T> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// The members of a set of numbers, each value once.
pub(in crate::model) fn sorted_numbers<T: AsRef<str>>(members: &[T]) -> Vec<NumberMember<'_>> {
    let mut members: Vec<_> = members.iter().map(|text| NumberMember::new(text.as_ref())).collect();
    members.sort();
    members.dedup();
    members
}

/// A member of a set of numbers: compared by value, kept with its text.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct NumberMember<'a> {
    value: Option<Decimal<'a>>,
    pub text: &'a str,
}

impl<'a> NumberMember<'a> {
    fn new(text: &'a str) -> Self {
        Self { value: Decimal::parse(text), text }
    }
}

impl PartialEq for NumberMember<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for NumberMember<'_> {}

impl PartialOrd for NumberMember<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// By value; what is no number comes first, by its text.
impl Ord for NumberMember<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value).then_with(|| match self.value {
            Some(_) => std::cmp::Ordering::Equal,
            None => self.text.cmp(other.text),
        })
    }
}

/// Members of a set of binary values compare as their base64 does.
impl AsRef<str> for Base64<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}
