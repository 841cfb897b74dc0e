//! Busy and quiet times.

use crate::demo::dice::{fraction, mix};
use crate::model::Time;

/// How busy a table is, as a function of time: a wave over the day, gusts by the minute, and the
/// odd burst.
#[derive(Debug)]
pub struct Rhythm {
    pub seed: u64,
    pub start: Time,
}

const DAY: i64 = 86_400;

impl Rhythm {
    /// From 0 (nothing happens) to 1.
    pub fn at(&self, time: Time) -> f64 {
        let seconds = time.seconds() - self.start.seconds();
        // A triangle: busiest at the start's time of the day, half of it twelve hours away.
        let away = ((seconds + DAY / 2).rem_euclid(DAY) - DAY / 2).abs();
        let day = 1.0 - away as f64 / DAY as f64;
        let minute = seconds.div_euclid(60);
        let gust = |minute: i64| fraction(self.seed ^ 0x9057, minute as u64);
        let within = seconds.rem_euclid(60) as f64 / 60.0;
        let gust = gust(minute) * (1.0 - within) + gust(minute + 1) * within;
        let is_burst = mix(self.seed ^ 0xb057, minute.div_euclid(2) as u64).is_multiple_of(41);
        if is_burst { 1.0 } else { day * (0.45 + 0.4 * gust) }
    }

    /// Whether this item exists, given how busy its time is.
    pub fn admits(&self, entity: u64, time: Time) -> bool {
        fraction(self.seed ^ 0xad31, entity) < self.at(time)
    }
}
