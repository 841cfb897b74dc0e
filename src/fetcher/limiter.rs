//! How often one API of one region is called by all of us together: less after a throttle, more again later.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Throttles that come closer together are answers to the same haste.
const SAME: Duration = Duration::from_secs(1);
/// Seconds from nothing back to the rate at which the first throttle came.
const RECOVERY: f64 = 15.0;
/// Calls a second, at the least: one shard alone is hardly slowed, its own pauses do that.
const SLOWEST: f64 = 5.0;
/// The same, as a part of a ceiling, or of what was called before: some throttle at random.
const SLOWEST_PART: f64 = 0.125;
/// What was called, and how much of it was throttled, is counted by the second.
const WINDOW: Duration = Duration::from_secs(1);
/// Without a ceiling, fewer throttles than one in so many calls are chance, or the haste of others at
/// one shard: slower calls would meet as many.
const CHANCE: u32 = 5;

/// The rate of calls that is allowed: halved by throttles, growing steadily otherwise, never above
/// its ceiling. Times are spans since any one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Calls a second; absent where nothing is known of a limit.
    ceiling: Option<f64>,
    slowed: Option<Slowed>,
    window: Duration,
    /// In this window and in the one before.
    counted: [Counted; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    calls: u32,
    throttled: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Slowed {
    at: Duration,
    /// Allowed then.
    rate: f64,
    /// What was too much when it began.
    peak: f64,
}

impl Rate {
    pub fn new(ceiling: Option<f64>) -> Self {
        Self { ceiling, slowed: None, window: Duration::ZERO, counted: Default::default() }
    }

    /// Calls a second that are allowed; absent without any limit.
    pub fn allowed(&self, now: Duration) -> Option<f64> {
        let Some(Slowed { at, rate, peak }) = self.slowed else { return self.ceiling };
        let grown = rate + peak / RECOVERY * now.saturating_sub(at).as_secs_f64();
        // What was too much once is as good as no limit: if not, the next throttle tells.
        if grown < peak.min(self.ceiling.unwrap_or(peak)) { Some(grown) } else { self.ceiling }
    }

    /// A call is made.
    pub fn called(&mut self, now: Duration) {
        self.turn_windows(now);
        self.counted[0].calls = self.counted[0].calls.saturating_add(1);
    }

    /// A call was throttled.
    pub fn throttled(&mut self, now: Duration) {
        self.turn_windows(now);
        self.counted[0].throttled = self.counted[0].throttled.saturating_add(1);
        let [this, last] = self.counted;
        let throttled = this.throttled.saturating_add(last.throttled);
        let is_chance = throttled.saturating_mul(CHANCE) < this.calls.saturating_add(last.calls);
        let is_same = self.slowed.is_some_and(|slowed| now.saturating_sub(slowed.at) < SAME);
        if is_same || (is_chance && self.ceiling.is_none()) {
            return;
        }
        let made = f64::from(this.calls.max(last.calls));
        let allowed = self.allowed(now);
        let goes_on = self.slowed.filter(|slowed| allowed.is_some_and(|allowed| allowed < slowed.peak));
        let peak = goes_on.map_or(made, |slowed| slowed.peak);
        let floor = self.ceiling.map_or(SLOWEST.max(peak * SLOWEST_PART), |ceiling| ceiling * SLOWEST_PART);
        let rate = (allowed.unwrap_or(f64::MAX).min(made) / 2.0).max(floor);
        let peak = peak.max(rate);
        self.slowed = Some(Slowed { at: now, rate, peak });
    }

    fn turn_windows(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.window);
        if passed >= WINDOW {
            let last = if passed < WINDOW * 2 { self.counted[0] } else { Counted::default() };
            (self.window, self.counted) = (now, [Counted::default(), last]);
        }
    }
}

/// Hands out turns at that rate, to what is looked at before what is not.
#[derive(Debug)]
pub struct Limiter {
    start: Instant,
    turns: Mutex<Turns>,
}

#[derive(Debug)]
struct Turns {
    rate: Rate,
    next: Instant,
}

impl Limiter {
    pub fn new(ceiling: Option<f64>) -> Self {
        let start = Instant::now();
        Self { start, turns: Mutex::new(Turns { rate: Rate::new(ceiling), next: start }) }
    }

    /// The least time between two calls as a limit.
    pub fn every(interval: Duration) -> Self {
        Self::new((!interval.is_zero()).then(|| interval.as_secs_f64().recip()))
    }

    /// Waits for its turn.
    pub async fn turn(&self) {
        let (turn, now) = {
            let mut turns = self.turns.lock().await;
            let now = Instant::now();
            let since = now.duration_since(self.start);
            let turn = turns.next.max(now);
            turns.next = match turns.rate.allowed(since) {
                Some(rate) => turn + Duration::try_from_secs_f64(rate.recip()).unwrap_or(SAME),
                None => now,
            };
            turns.rate.called(since);
            (turn, now)
        };
        // A sleep, however short, lasts until the timer's next millisecond.
        if turn > now {
            tokio::time::sleep_until(turn).await;
        }
    }

    /// A call of this API was throttled.
    pub async fn throttled(&self) {
        self.turns.lock().await.rate.throttled(self.start.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_throttle_halves_the_rate_and_quiet_brings_it_back() {
        let mut rate = Rate::new(Some(8.0));
        (0..8).for_each(|_| rate.called(at(10)));
        rate.throttled(at(10));
        assert_eq!(rate.allowed(at(10)), Some(4.0));
        rate.throttled(at(10));
        assert_eq!(rate.allowed(at(10)), Some(4.0), "the same haste");
        assert!(rate.allowed(at(14)).is_some_and(|allowed| (5.0..7.0).contains(&allowed)));
        assert_eq!(rate.allowed(at(18)), Some(8.0), "half of it back in half the time");
        assert_eq!(rate.allowed(at(1_000)), Some(8.0));
    }

    #[test]
    fn without_a_ceiling_what_was_called_is_halved() {
        let mut rate = Rate::new(None);
        assert_eq!(rate.allowed(at(1)), None);
        (0..100).for_each(|_| rate.called(at(1)));
        (0..20).for_each(|_| rate.throttled(at(1)));
        assert_eq!(rate.allowed(at(1)), Some(50.0));
        assert_eq!(rate.allowed(at(100)), None, "and forgotten in time");
    }

    #[test]
    fn a_throttle_here_and_there_is_chance() {
        let mut rate = Rate::new(None);
        for second in 1..60 {
            (0..100).for_each(|_| rate.called(at(second)));
            (0..19).for_each(|_| rate.throttled(at(second)));
            assert_eq!(rate.allowed(at(second)), None);
        }
    }

    proptest! {
        #[test]
        fn the_rate_is_never_above_its_ceiling_nor_nothing(
            ceiling in prop::option::of(0.5_f64..100.0),
            events in prop::collection::vec((0_u64..3_000, any::<bool>()), 0..200),
        ) {
            let (mut rate, mut now) = (Rate::new(ceiling), Duration::ZERO);
            for (millis, throttled) in events {
                now += Duration::from_millis(millis);
                let before = rate.allowed(now);
                rate.called(now);
                if throttled {
                    rate.throttled(now);
                }
                let allowed = rate.allowed(now);
                let floor = ceiling.map_or(SLOWEST, |ceiling| ceiling * SLOWEST_PART);
                prop_assert!(allowed.is_none_or(|allowed| allowed >= floor));
                if let Some(ceiling) = ceiling {
                    prop_assert!(allowed.is_some_and(|allowed| allowed <= ceiling));
                }
                if let (Some(before), Some(after)) = (before, allowed) {
                    prop_assert!(after <= before);
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_of_one_api_keep_their_distance() {
        let limiter = Limiter::every(Duration::from_millis(200));
        let start = Instant::now();
        for turn in 0..4 {
            limiter.turn().await;
            assert_eq!(start.elapsed(), Duration::from_millis(200 * turn));
        }
        tokio::time::sleep(Duration::from_secs(9)).await;
        let idle = Instant::now();
        limiter.turn().await;
        assert_eq!(idle.elapsed(), Duration::ZERO);
    }
}
