//! An item and its values, as the images of a record hold them.

mod base64_text;
mod fingerprint;
mod parse;
mod same;
#[cfg(test)]
pub(crate) mod samples;
mod scanner;

use std::borrow::Cow;

pub use base64_text::Base64;
pub(in crate::model) use fingerprint::fingerprint;
pub use fingerprint::fingerprint_of;
pub use parse::{ItemError, MAX_DEPTH, parse_item, parse_value};
pub(in crate::model) use same::{NumberMember, sorted, sorted_numbers};

use super::path::{Path, Step};

/// A value of DynamoDB, borrowing from the bytes of its image where it can.
///
/// `==` compares what is written: `1.0` is not `1`, and sets have an order. What DynamoDB calls
/// equal is [`AttributeValue::same_as`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue<'a> {
    S(Cow<'a, str>),
    /// The number's text as it came; a [`Decimal`](super::decimal::Decimal).
    N(Cow<'a, str>),
    B(Base64<'a>),
    Ss(Vec<Cow<'a, str>>),
    Ns(Vec<Cow<'a, str>>),
    Bs(Vec<Base64<'a>>),
    L(Vec<AttributeValue<'a>>),
    M(Item<'a>),
    Bool(bool),
    /// Also `{"NULL":false}`, which the service's clients read as the same.
    Null,
    /// A type that is not known here, or a known one with something wrong in it: a lone
    /// surrogate, bad base64, a number that is none, two types at once.
    Unknown {
        /// The first name in the wrapper; empty where there is none.
        type_name: Cow<'a, str>,
        /// The value with its wrapper, as it came: one valid JSON value.
        raw: Cow<'a, str>,
    },
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeType {
    S,
    N,
    B,
    Ss,
    Ns,
    Bs,
    L,
    M,
    Bool,
    Null,
    Unknown,
}

impl AttributeType {
    /// The type's name on the wire; `?` where it is unknown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::Ss => "SS",
            Self::Ns => "NS",
            Self::Bs => "BS",
            Self::L => "L",
            Self::M => "M",
            Self::Bool => "BOOL",
            Self::Null => "NULL",
            Self::Unknown => "?",
        }
    }
}

impl AttributeValue<'_> {
    pub fn attribute_type(&self) -> AttributeType {
        match self {
            Self::S(_) => AttributeType::S,
            Self::N(_) => AttributeType::N,
            Self::B(_) => AttributeType::B,
            Self::Ss(_) => AttributeType::Ss,
            Self::Ns(_) => AttributeType::Ns,
            Self::Bs(_) => AttributeType::Bs,
            Self::L(_) => AttributeType::L,
            Self::M(_) => AttributeType::M,
            Self::Bool(_) => AttributeType::Bool,
            Self::Null => AttributeType::Null,
            Self::Unknown { .. } => AttributeType::Unknown,
        }
    }

    /// The value at the end of these steps into this one.
    pub fn at(&self, steps: &[Step<'_>]) -> Option<&Self> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        match (self, step) {
            (Self::M(map), Step::Name(name)) => map.get(name)?.at(rest),
            (Self::L(list), Step::Index(index)) => list.get(*index)?.at(rest),
            _ => None,
        }
    }
}

/// Attributes by name: an item, the keys of a record, or a map inside an item.
///
/// Names are unique and in the order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item<'a> {
    attributes: Vec<(Cow<'a, str>, AttributeValue<'a>)>,
}

impl Item<'static> {
    /// No attributes: the other side of an insert's or a remove's diff.
    pub fn none() -> &'static Self {
        static NONE: Item<'static> = Item { attributes: vec![] };
        &NONE
    }
}

impl<'a> Item<'a> {
    pub fn len(&self) -> usize {
        self.attributes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The attributes, in the order of their names' bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &AttributeValue<'a>)> {
        self.attributes.iter().map(|(name, value)| (name.as_ref(), value))
    }

    pub fn get(&self, name: &str) -> Option<&AttributeValue<'a>> {
        let found = self.attributes.binary_search_by(|(other, _)| other.as_ref().cmp(name));
        found.ok().map(|place| &self.attributes[place].1)
    }

    /// The value at a path; `None` for the empty path, which is the item itself.
    pub fn at(&self, path: &Path<'_>) -> Option<&AttributeValue<'a>> {
        let (step, rest) = path.steps().split_first()?;
        match step {
            Step::Name(name) => self.get(name)?.at(rest),
            Step::Index(_) => None,
        }
    }

    pub(super) fn attributes(&self) -> &[(Cow<'a, str>, AttributeValue<'a>)] {
        &self.attributes
    }
}

/// Of attributes with the same name the last one stays.
impl<'a> From<Vec<(Cow<'a, str>, AttributeValue<'a>)>> for Item<'a> {
    fn from(mut attributes: Vec<(Cow<'a, str>, AttributeValue<'a>)>) -> Self {
        if !attributes.is_sorted_by(|(a, _), (b, _)| a < b) {
            attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
            attributes.dedup_by(|later, kept| {
                let same_name = later.0 == kept.0;
                if same_name {
                    std::mem::swap(later, kept);
                }
                same_name
            });
        }
        Self { attributes }
    }
}

impl<'a> FromIterator<(Cow<'a, str>, AttributeValue<'a>)> for Item<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, AttributeValue<'a>)>>(attributes: I) -> Self {
        attributes.into_iter().collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_attributes_with_the_same_name_the_last_stays() {
        let number = |text: &'static str| AttributeValue::N(text.into());
        let item: Item = [("b", "1"), ("a", "2"), ("b", "3"), ("a", "4"), ("b", "5")]
            .map(|(name, value)| (name.into(), number(value)))
            .into_iter()
            .collect();
        assert_eq!(item.iter().collect::<Vec<_>>(), [("a", &number("4")), ("b", &number("5"))]);
    }

    #[test]
    fn a_value_is_found_by_its_path() {
        let item =
            parse_item(br#"{"a":{"M":{"b.c":{"L":[{"N":"1"},{"S":"x"}]}}},"a.b":{"BOOL":true}}"#).unwrap();
        let found = |path: &str| item.at(&path.parse().unwrap());
        assert_eq!(found(r#"a."b.c"[1]"#), Some(&AttributeValue::S("x".into())));
        assert_eq!(found(r#""a.b""#), Some(&AttributeValue::Bool(true)));
        for missing in ["a.b", r#"a."b.c"[2]"#, r#"a."b.c".x"#, "a[0]", "z"] {
            assert_eq!(found(missing), None, "{missing}");
        }
        assert_eq!(item.at(&Path::default()), None);
    }
}
