//! What of a record may be shown to others: values become keyed hashes of their type.

mod key;
mod mask;
mod pattern;

pub use key::{Key, NoRandomness};
pub use pattern::{Pattern, parse_list};

use crate::model::path::PathError;
use pattern::{Place, place};

/// Which values stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Those at these paths; all others are hidden, keys included.
    Keep(Vec<Pattern>),
    /// All but those at these paths.
    Redact(Vec<Pattern>),
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    IsHidden,
    /// It depends on what lies in it.
    Depends,
}

impl Rule {
    /// Keeps what is at these paths, with commas between them.
    pub fn keep(paths: &str) -> Result<Self, PathError> {
        parse_list(paths).map(Self::Keep)
    }

    /// Hides what is at these paths, with commas between them.
    pub fn redact(paths: &str) -> Result<Self, PathError> {
        parse_list(paths).map(Self::Redact)
    }

    fn fate(&self, way: &[crate::model::path::Step<'_>]) -> Fate {
        match self {
            Self::Keep(patterns) => match place(patterns, way) {
                Place::Inside => Fate::Stays,
                Place::Above => Fate::Depends,
                Place::Elsewhere => Fate::IsHidden,
            },
            Self::Redact(patterns) => match place(patterns, way) {
                Place::Inside => Fate::IsHidden,
                Place::Above => Fate::Depends,
                Place::Elsewhere => Fate::Stays,
            },
        }
    }
}

/// A rule with the secret by which values are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy {
    rule: Rule,
    key: Key,
}

impl Privacy {
    pub fn new(rule: Rule, key: Key) -> Self {
        Self { rule, key }
    }
}
