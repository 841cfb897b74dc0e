//! Texts that a record must hold to match, looked for before anything is read.

use memchr::memmem::Finder;

use super::expression::{Comparator, Condition, Operand};
use crate::model::AttributeValue;
use crate::model::escapes::stands_as_it_is;

/// A record that has none of these texts cannot match.
///
/// They are looked for in the record's bytes. JSON can write any character as an escape, so a
/// record that has an escape which may stand for a character of such a text is never judged here.
#[derive(Clone, Debug)]
pub(super) struct Prefilter {
    texts: Vec<Finder<'static>>,
}

/// Shorter texts are everywhere.
const MIN_LENGTH: usize = 2;
/// More texts than this cost more than they save.
const MAX_TEXTS: usize = 8;

impl Prefilter {
    pub fn of(condition: &Condition) -> Option<Self> {
        let texts = required(condition)?;
        Some(Self {
            texts: texts.into_iter().map(|text| Finder::new(text.as_bytes()).into_owned()).collect(),
        })
    }

    /// Says no only where the condition cannot be true of what is in this JSON. `hides` is whether
    /// letters may be there other than as their own bytes.
    pub fn may_match(&self, json: &str, hides: impl FnOnce() -> bool) -> bool {
        self.texts.iter().any(|text| text.find(json.as_bytes()).is_some()) || hides()
    }
}

/// Texts of which a record must hold at least one.
fn required(condition: &Condition) -> Option<Vec<&str>> {
    match condition {
        // The most telling: the one whose shortest text is the longest.
        Condition::All(all) => {
            all.iter().filter_map(required).max_by_key(|texts| texts.iter().map(|text| text.len()).min())
        }
        Condition::Any(any) => {
            let texts: Option<Vec<Vec<&str>>> = any.iter().map(required).collect();
            texts.map(|texts| texts.concat()).filter(|texts| texts.len() <= MAX_TEXTS)
        }
        Condition::Compare { left, comparator: Comparator::Equal, right } => {
            let literal = beside_an_attribute(left, right).or_else(|| beside_an_attribute(right, left))?;
            Some(vec![telling(literal)?])
        }
        Condition::In { value: value @ Operand::Place(_), options } => {
            let texts = options.iter().map(|option| telling(beside_an_attribute(value, option)?));
            texts.collect::<Option<Vec<&str>>>().filter(|texts| texts.len() <= MAX_TEXTS)
        }
        Condition::BeginsWith(value, part) | Condition::Contains(value, part) => {
            // The base64 of a part need not be a part of the base64.
            let literal = beside_an_attribute(value, part)?;
            if let AttributeValue::S(_) = literal { Some(vec![telling(literal)?]) } else { None }
        }
        Condition::Changed(_, Some(values)) => {
            let telling = values.iter().filter_map(telling);
            telling.max_by_key(|text| text.len()).map(|text| vec![text])
        }
        Condition::Compare { .. }
        | Condition::In { .. }
        | Condition::Not(_)
        | Condition::Between { .. }
        | Condition::Exists(_)
        | Condition::HasType(..)
        | Condition::Changed(..)
        | Condition::Text(_) => None,
    }
}

/// The literal that a value in the record is compared with.
fn beside_an_attribute<'c>(place: &Operand, literal: &'c Operand) -> Option<&'c AttributeValue<'static>> {
    match (place, literal) {
        (Operand::Place(_), Operand::Literal(literal)) => Some(literal),
        _ => None,
    }
}

/// The text that stands in the bytes wherever this value does, escapes aside. Numbers have many
/// spellings.
fn telling<'c>(literal: &'c AttributeValue<'static>) -> Option<&'c str> {
    let text = if let AttributeValue::S(text) = literal {
        text.as_ref()
    } else if let AttributeValue::B(bytes) = literal {
        bytes.as_str()
    } else {
        return None;
    };
    (text.len() >= MIN_LENGTH && stands_as_it_is(text)).then_some(text)
}
