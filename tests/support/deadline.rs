//! How long a test waits for another process before it fails.
#![expect(clippy::disallowed_methods, reason = "other processes keep real time")]

use std::time::{Duration, Instant};

/// Generous: machines that run tests are slow and shared, and it is waited out only to fail.
pub const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(span: Duration) -> Self {
        Self(Instant::now() + span)
    }

    /// What is left of it; nothing once it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    pub fn has_passed(self) -> bool {
        self.left().is_zero()
    }
}
