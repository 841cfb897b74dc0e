//! How long to wait before the same call is made again.

use std::time::Duration;

use crate::model::ErrorKind;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(20);

/// Exponential, with full jitter: as many clients as there are shards must not come back together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure; `luck` is a random number in 0..1.
    pub fn next(&mut self, error: &ErrorKind, luck: f64) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // Never at once: a full-jitter draw near zero would hammer.
        let wait = ceiling.mul_f64(luck.clamp(0.1, 1.0));
        if let ErrorKind::Throttled { retry_after: Some(asked) } = error {
            return wait.max((*asked).min(Duration::from_mins(1)));
        }
        wait
    }

    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THROTTLED: ErrorKind = ErrorKind::Throttled { retry_after: None };

    #[test]
    fn waits_grow_up_to_a_ceiling_and_start_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> =
            (0..9).map(|_| u64::try_from(backoff.next(&THROTTLED, 1.0).as_millis()).unwrap()).collect();
        assert_eq!(waits, [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000]);
        backoff.succeeded();
        assert_eq!(backoff.next(&THROTTLED, 1.0), FIRST);
    }

    #[test]
    fn jitter_never_means_at_once() {
        assert_eq!(Backoff::default().next(&THROTTLED, 0.0), Duration::from_millis(20));
    }

    #[test]
    fn the_service_may_ask_for_longer_but_not_for_ever() {
        let asked = |seconds| ErrorKind::Throttled { retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(Backoff::default().next(&asked(5), 1.0), Duration::from_secs(5));
        assert_eq!(Backoff::default().next(&asked(3_600), 1.0), Duration::from_mins(1));
    }
}
