//! A moment that somebody marked.

use super::time::Time;

/// A line between records: what came before it, and what came after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// By the service's clock.
    pub time: Time,
    /// May be empty.
    pub label: String,
}
