//! How many of something happened in each of the last minutes.

use std::time::Duration;

use crate::model::Time;

/// Seconds in one bin.
const BIN: i64 = 10;
/// Bins kept: 15 minutes.
const BINS: usize = 90;
/// A rate is that of about the last half minute.
const RATE_BINS: usize = 3;

/// A count by time, over the last 15 minutes.
#[derive(Clone, Debug)]
pub struct Rates {
    /// The bin of second `s` is at `s / BIN % BINS`.
    bins: [u32; BINS],
    newest: i64,
    last: Option<Time>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { bins: [0; BINS], newest: i64::MIN / 2, last: None }
    }
}

fn bin_of(time: Time) -> i64 {
    time.seconds().div_euclid(BIN)
}

fn place(bin: i64) -> usize {
    bin.rem_euclid(BINS as i64) as usize
}

impl Rates {
    /// Counts what happened at `time`. What lies ahead of `now` counts as now: clocks differ.
    pub fn add(&mut self, time: Time, count: u32, now: Time) {
        let bin = bin_of(time.min(now));
        self.last = self.last.max(Some(time.min(now)));
        if bin > self.newest {
            let stale = (bin - self.newest).min(BINS as i64);
            for back in 0..stale {
                self.bins[place(bin - back)] = 0;
            }
            self.newest = bin;
        }
        if bin > self.newest - BINS as i64 {
            let slot = &mut self.bins[place(bin)];
            *slot = slot.saturating_add(count);
        }
    }

    /// The latest time that was counted.
    pub fn last(&self) -> Option<Time> {
        self.last
    }

    fn in_bin(&self, bin: i64) -> u32 {
        let kept = self.newest - BINS as i64 + 1..=self.newest;
        if kept.contains(&bin) { self.bins[place(bin)] } else { 0 }
    }

    /// How many a second of late. `since` is when counting began.
    pub fn per_second(&self, since: Time, now: Time) -> f64 {
        let bin = bin_of(now);
        let count: u64 = (0..=RATE_BINS as i64).map(|back| u64::from(self.in_bin(bin - back))).sum();
        let start = Time::from_seconds((bin - RATE_BINS as i64) * BIN).max(since);
        count as f64 / now.since(start).max(Duration::from_secs(1)).as_secs_f64()
    }

    /// The last 15 minutes in so many columns, oldest first.
    pub fn series(&self, now: Time, columns: usize) -> Vec<u32> {
        let mut series = vec![0_u32; columns];
        let first = bin_of(now) - BINS as i64 + 1;
        for at in 0..BINS {
            if let Some(column) = series.get_mut(at * columns / BINS) {
                *column = column.saturating_add(self.in_bin(first + at as i64));
            }
        }
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_seconds(1_000_000 + seconds)
    }

    #[test]
    fn a_rate_is_that_of_the_last_half_minute() {
        let mut rates = Rates::default();
        for second in 0..60 {
            rates.add(at(second), 5, at(second));
        }
        assert!((rates.per_second(at(0), at(60)) - 5.0).abs() < 0.01);
        assert!(rates.per_second(at(0), at(120)) < 0.01);
    }

    #[test]
    fn catching_up_on_the_past_is_not_heat() {
        let mut rates = Rates::default();
        rates.add(at(0), 9_000, at(600));
        assert!(rates.per_second(at(0), at(600)) < 0.01);
        assert_eq!(rates.series(at(600), 15).iter().sum::<u32>(), 9_000);
    }

    #[test]
    fn a_clock_that_is_ahead_spoils_nothing() {
        let mut rates = Rates::default();
        rates.add(Time::from_micros(i64::MAX), 1, at(0));
        rates.add(at(0), 1, at(0));
        assert_eq!(rates.series(at(0), 15), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    }

    #[test]
    fn what_is_older_than_a_quarter_of_an_hour_is_forgotten() {
        let mut rates = Rates::default();
        rates.add(at(0), 1, at(0));
        rates.add(at(900), 1, at(900));
        assert_eq!(rates.series(at(900), 1), [1]);
        assert_eq!(Rates::default().series(at(0), 0), Vec::<u32>::new());
    }
}
