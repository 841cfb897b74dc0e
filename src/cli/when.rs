//! Times and durations on the command line.

use std::time::Duration;

use crate::clock;
use crate::model::Time;
use crate::model::moment::{parse_moment, parse_span};
use crate::model::time::Zone;

/// Reads `90s`, `2m`, `1h30m`, `1d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_span(text).ok_or_else(|| "a duration like 500ms, 30s, 2m or 1h30m is expected".into())
}

/// A time as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub time: Time,
    /// It was named by less than a date and a time, so it has to be said which one is meant.
    pub is_guessed: bool,
}

/// Reads a time, or a duration before now.
pub fn moment(text: &str) -> Result<Moment, String> {
    moment_seen_from(text, clock::now())
        .ok_or_else(|| "a duration like 15m, 02:10, 2026-11-20 or 2026-11-20T02:10:00Z is expected".into())
}

fn moment_seen_from(text: &str, now: Time) -> Option<Moment> {
    if let Some(span) = parse_span(text.strip_prefix('-').unwrap_or(text)) {
        return Some(Moment { time: now.minus(span), is_guessed: false });
    }
    let time = parse_moment(text, now, Zone::Utc)?;
    Some(Moment { time, is_guessed: !(text.contains('-') && text.contains(':')) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert!(duration("-1s").is_err() && duration("soon").is_err() && duration("5").is_err());
    }

    #[test]
    fn a_moment_is_a_time_or_so_long_ago() {
        // 2026-10-06T19:58:46Z.
        let now = Time::from_seconds(1_791_316_726);
        let quarter = now.minus(Duration::from_mins(15));
        for (text, time, is_guessed) in [
            ("15m", quarter, false),
            ("-15m", quarter, false),
            ("19:43:46", quarter, true),
            ("2026-10-06T19:43:46Z", quarter, false),
            ("2026-10-06 19:43:46", quarter, false),
            ("2026-10-06", Time::from_seconds(1_791_244_800), true),
        ] {
            assert_eq!(moment_seen_from(text, now), Some(Moment { time, is_guessed }), "{text}");
        }
        for text in ["", "soon", "5", "--5m", "25:00", "at:7"] {
            assert_eq!(moment_seen_from(text, now), None, "{text}");
        }
    }
}
