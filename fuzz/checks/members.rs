//! The members of a JSON object as serde_json sees them, in their order, repeated names too.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

pub struct Members<'a>(pub Vec<(&'a str, &'a str)>);

#[derive(Deserialize, PartialEq)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seeing;
        impl<'de> Visitor<'de> for Seeing {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = vec![];
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &RawValue>()? {
                    // The service escapes no names, so one with an escape is none of its own.
                    let Cow::Borrowed(name) = name else { continue };
                    members.push((name, value.get()));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Seeing)
    }
}

impl<'a> Members<'a> {
    /// `None` for what is no object, or has a name that is no text (a lone surrogate).
    pub fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    pub fn named<'s>(&'s self, name: &'s str) -> impl DoubleEndedIterator<Item = &'a str> + 's {
        self.0.iter().filter(move |(other, _)| *other == name).map(|(_, value)| *value)
    }

    pub fn last(&self, name: &str) -> Option<&'a str> {
        self.named(name).next_back()
    }
}

/// Whether serde_json reads a text as JSON.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

/// What is inside the quotes of a JSON string.
pub fn inside(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}
