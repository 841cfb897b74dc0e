//! The tree of a filter expression.

use super::Needle;
use super::find::Way;
use crate::model::{AttributeValue, Time};

/// Something that is true of a record or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        left: Operand,
        comparator: Comparator,
        right: Operand,
    },
    Between {
        value: Operand,
        low: Operand,
        high: Operand,
    },
    In {
        value: Operand,
        options: Vec<Operand>,
    },
    Exists(Place),
    /// The type by its name on the wire.
    HasType(Place, &'static str),
    BeginsWith(Operand, Operand),
    Contains(Operand, Operand),
    /// The images differ there; with values: from the first to the second.
    Changed(Way, Option<Box<[AttributeValue<'static>; 2]>>),
    Text(Needle),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    /// Whether it asks for an order, which only strings, numbers and binary values have.
    pub fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Literal(AttributeValue<'static>),
    Place(Place),
    SizeOf(Place),
    Field(Field),
    /// A literal that is compared with a time.
    Moment(Time),
    /// A literal that is compared with a sequence number.
    Sequence(Box<str>),
}

impl Operand {
    pub fn literal(&self) -> Option<&AttributeValue<'static>> {
        if let Self::Literal(literal) = self { Some(literal) } else { None }
    }

    /// Where in a record it looks.
    pub fn place(&self) -> Option<&Place> {
        if let Self::Place(place) | Self::SizeOf(place) = self { Some(place) } else { None }
    }
}

/// A value in one of the images of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub root: Root,
    pub way: Way,
    /// One name, and in double quotes: it may have been meant as a string.
    pub is_quoted: bool,
    /// Its number among the places of the expression.
    pub number: usize,
}

/// Which image a path begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// The new image, on a REMOVE the old one; the keys where the record does not carry it.
    Bare,
    New,
    Old,
    Keys,
}

/// What a record says beside its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Event,
    Time,
    Sequence,
    Shard,
    Size,
    Table,
    Ttl,
}

impl Field {
    pub const ALL: [Self; 7] =
        [Self::Event, Self::Time, Self::Sequence, Self::Shard, Self::Size, Self::Table, Self::Ttl];

    /// Its name behind the `@`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Time => "time",
            Self::Sequence => "seq",
            Self::Shard => "shard",
            Self::Size => "size",
            Self::Table => "table",
            Self::Ttl => "ttl",
        }
    }
}

impl Condition {
    /// Shows every condition in the tree, itself among them.
    pub fn each<'c>(&'c self, see: &mut impl FnMut(&'c Self)) {
        see(self);
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                for condition in conditions {
                    condition.each(see);
                }
            }
            Self::Not(condition) => condition.each(see),
            Self::Compare { .. }
            | Self::Between { .. }
            | Self::In { .. }
            | Self::Exists(_)
            | Self::HasType(..)
            | Self::BeginsWith(..)
            | Self::Contains(..)
            | Self::Changed(..)
            | Self::Text(_) => {}
        }
    }

    /// The operands of this condition alone.
    pub fn operands(&self) -> Vec<&Operand> {
        match self {
            Self::Compare { left: a, right: b, .. } | Self::BeginsWith(a, b) | Self::Contains(a, b) => {
                vec![a, b]
            }
            Self::Between { value, low, high } => vec![value, low, high],
            Self::In { value, options } => [value].into_iter().chain(options).collect(),
            Self::All(_)
            | Self::Any(_)
            | Self::Not(_)
            | Self::Exists(_)
            | Self::HasType(..)
            | Self::Changed(..)
            | Self::Text(_) => vec![],
        }
    }

    /// The places this condition alone looks at.
    pub fn places(&self) -> Vec<&Place> {
        if let Self::Exists(place) | Self::HasType(place, _) = self {
            return vec![place];
        }
        self.operands().into_iter().filter_map(Operand::place).collect()
    }
}
