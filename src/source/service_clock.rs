//! The service's clock, by the `Date` of its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::model::{ClockOffset, Time};

/// No answer has been seen.
const UNKNOWN: i64 = i64::MIN;
/// A larger difference means that a clock was set.
const SET: i64 = 2_000_000;
/// A `Date` has whole seconds.
const SECOND: Duration = Duration::from_secs(1);

/// How far the service's clock is ahead of ours, shared by all calls.
#[derive(Clone, Debug)]
pub struct ServiceClock(Arc<AtomicI64>);

impl Default for ServiceClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(UNKNOWN)))
    }
}

impl ServiceClock {
    /// Absent before the first answer.
    pub fn offset(&self) -> Option<ClockOffset> {
        let micros = self.0.load(Ordering::Relaxed);
        (micros != UNKNOWN).then_some(ClockOffset(micros))
    }

    /// Takes in the `Date` of an answer to a call that lasted from `sent` to `received` by our clock.
    pub fn read(&self, date: Time, sent: Time, received: Time) {
        // Never fails: the closure always has an answer.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| {
            Some(better(known, date, sent, received))
        });
    }
}

/// Rounded down, and on its way for a while, a `Date` says too little: the largest offset of several
/// is the best, as long as it can be true. Before the first one we believe in our own clock.
fn better(known: i64, date: Time, sent: Time, received: Time) -> i64 {
    let known = if known == UNKNOWN { 0 } else { known };
    let least = date.micros().saturating_sub(received.micros());
    let most = date.plus(SECOND).micros().saturating_sub(sent.micros());
    if known < least || known > most.max(least.saturating_add(SET)) { least } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: Time = Time::from_seconds(1_000_000);

    fn at(seconds: f64) -> Time {
        Time::from_micros(OURS.micros() + (seconds * 1e6) as i64)
    }

    /// What is known after answers at our times, by a service that is so far ahead.
    fn known(ahead: f64, ours: &[f64]) -> i64 {
        let clock = ServiceClock::default();
        for ours in ours {
            let theirs = at(ours + ahead);
            clock.read(Time::from_seconds(theirs.seconds()), at(*ours), at(*ours));
        }
        clock.offset().unwrap().0
    }

    #[test]
    fn before_an_answer_nothing_is_known() {
        assert_eq!(ServiceClock::default().offset(), None);
    }

    #[test]
    fn a_clock_that_agrees_with_ours_is_ours() {
        assert_eq!(known(0.0, &[0.9]), 0);
        assert_eq!(known(0.2, &[0.3]), 0, "as far as a Date can tell");
        assert_eq!(known(1.0, &[0.9]), 100_000, "none could be later");
    }

    #[test]
    fn several_answers_make_up_for_whole_seconds() {
        assert_eq!(known(600.0, &[0.9]), 599_100_000);
        assert_eq!(known(600.0, &[0.9, 1.05, 1.6]), 599_950_000);
        assert_eq!(known(-600.0, &[0.9, 1.05, 1.6]), -600_050_000);
    }

    #[test]
    fn a_clock_that_is_set_is_followed_both_ways() {
        let clock = ServiceClock::default();
        for theirs in [600.0, 30.0, 700.0] {
            clock.read(at(theirs), at(0.0), at(0.0));
            assert_eq!(clock.offset(), Some(ClockOffset((theirs * 1e6) as i64)));
        }
    }

    #[test]
    fn an_answer_that_was_long_in_coming_is_no_change_of_the_clock() {
        let clock = ServiceClock::default();
        clock.read(at(10.0), at(10.0), at(10.0));
        clock.read(at(21.0), at(20.0), at(29.0));
        assert_eq!(clock.offset(), Some(ClockOffset(0)));
    }
}
