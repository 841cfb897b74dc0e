//! A moment as the service gives it, and how people read it.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Microseconds since 1970-01-01T00:00:00Z.
///
/// The service's times are JSON numbers of seconds with a fraction; microseconds hold every
/// value that an `f64` of this size can tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// Before all others.
    pub const OLDEST: Self = Self(i64::MIN);

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Reads the service's number of seconds (`1791316726.48`, also `1.79131672648E9`).
    ///
    /// `None` for what is no number or outside the years that can be written.
    pub fn parse_seconds(text: &str) -> Option<Self> {
        let seconds: f64 = text.parse().ok()?;
        let micros = (seconds * 1e6).round();
        // Year 9999 and the year 1: beyond them nothing can be shown as a date.
        let sensible = (-62_135_596_800e6..=253_402_300_799e6).contains(&micros);
        sensible.then_some(Self(micros as i64))
    }

    /// Reads RFC 3339, as [`Display`](fmt::Display) writes it.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|timestamp| Self(timestamp.as_microsecond()))
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds, rounded down: the precision that the service documents.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Seconds with their fraction, as the service writes them: `1791316726.48`, `1791316726`.
    pub fn as_seconds_text(self) -> String {
        let (seconds, fraction) = (self.0 / 1_000_000, (self.0 % 1_000_000).unsigned_abs());
        let sign = if self.0 < 0 && seconds == 0 { "-" } else { "" };
        if fraction == 0 {
            return format!("{sign}{seconds}");
        }
        let text = format!("{sign}{seconds}.{fraction:06}");
        text.trim_end_matches('0').to_owned()
    }

    /// The time from `earlier` to this one; nothing where `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// `12:03:04` in the zone.
    pub fn clock(self, zone: Zone) -> String {
        self.write(zone, "%H:%M:%S")
    }

    /// `12:03` in the zone.
    pub fn clock_minutes(self, zone: Zone) -> String {
        self.write(zone, "%H:%M")
    }

    /// `2026-11-20 12:03:04.120` in the zone, with as many digits as the value has.
    pub fn full(self, zone: Zone) -> String {
        let mut text = self.write(zone, "%Y-%m-%d %H:%M:%S");
        let fraction = self.0.rem_euclid(1_000_000);
        if fraction != 0 {
            let digits = format!("{fraction:06}");
            text.push('.');
            text.push_str(digits.trim_end_matches('0'));
        }
        text
    }

    fn write(self, zone: Zone, format: &str) -> String {
        match Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => zone.of(timestamp).strftime(format).to_string(),
            Err(_) => self.as_seconds_text(),
        }
    }
}

/// RFC 3339 in UTC, as short as the value allows.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp}"),
            Err(_) => f.write_str(&self.as_seconds_text()),
        }
    }
}

/// How far the service's clock is ahead of ours; negative when it is behind. In microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockOffset(pub i64);

impl ClockOffset {
    /// The service's time when ours is `now`.
    pub fn service_time(self, now: Time) -> Time {
        Time(now.0.saturating_add(self.0))
    }

    /// Our time when the service's is `time`.
    pub fn own_time(self, time: Time) -> Time {
        Time(time.0.saturating_sub(self.0))
    }
}

/// Which wall clock times are shown by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    #[default]
    Utc,
    Local,
}

impl Zone {
    fn of(self, timestamp: Timestamp) -> Zoned {
        match self {
            Self::Utc => timestamp.to_zoned(TimeZone::UTC),
            Self::Local => timestamp.to_zoned(TimeZone::system()),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::Local => "local",
        }
    }
}

/// A span in the fewest words: `0.4s`, `12s`, `3m`, `5h`, `2d`.
pub fn short_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", span.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_in_every_spelling_of_the_service() {
        let time = Time::from_millis(1_791_316_726_480);
        assert_eq!(Time::parse_seconds("1791316726.48"), Some(time));
        assert_eq!(Time::parse_seconds("1.79131672648E9"), Some(time));
        assert_eq!(time.as_seconds_text(), "1791316726.48");
        assert_eq!(Time::parse_seconds("1700000000.123").map(Time::millis), Some(1_700_000_000_123));
    }

    #[test]
    fn times_that_are_no_dates_are_refused() {
        for text in ["", "soon", "NaN", "1e400", "253402300800", "-1e30"] {
            assert_eq!(Time::parse_seconds(text), None, "{text}");
        }
        assert_eq!(Time::parse_seconds("-0.5").map(Time::as_seconds_text).as_deref(), Some("-0.5"));
    }

    #[test]
    fn times_are_written_for_people() {
        let time = Time::from_millis(1_791_316_726_480);
        assert_eq!(time.to_string(), "2026-10-06T19:58:46.48Z");
        assert_eq!(time.clock(Zone::Utc), "19:58:46");
        assert_eq!(time.full(Zone::Utc), "2026-10-06 19:58:46.48");
        assert_eq!(
            Time::from_micros(i64::MAX).clock(Zone::Utc),
            Time::from_micros(i64::MAX).as_seconds_text()
        );
    }

    #[test]
    fn spans_are_short() {
        let words =
            [400, 12_000, 61_000, 7_200_000, 180_000_000].map(|ms| short_span(Duration::from_millis(ms)));
        assert_eq!(words, ["0.4s", "12s", "1m", "2h", "2d"]);
    }
}
