//! The one door to the clock. Everything else is handed the time.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Time;

/// The time by this machine's clock.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn now() -> Time {
    let now = SystemTime::now();
    match now.duration_since(UNIX_EPOCH) {
        Ok(span) => Time::default().plus(span),
        Err(before) => Time::default().minus(before.duration()),
    }
}
