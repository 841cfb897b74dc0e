//! Since when a history is complete.

use crate::model::Time;

/// From when on every record of the item is held, as far as what was read tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All that the service kept when it was read.
    TrimHorizon,
    Since(Time),
    /// Nothing can be said: the newest records are missing.
    #[default]
    Unknown,
}

impl Extent {
    /// The later of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::TrimHorizon, extent) | (extent, Self::TrimHorizon) => extent,
            (Self::Since(a), Self::Since(b)) => Self::Since(a.max(b)),
        }
    }
}
