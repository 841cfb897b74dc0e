//! A moment as people write it: `-15m`, `02:10`, a date, RFC 3339.

use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ToSpan as _};

use super::time::{Time, Zone};

/// What a moment looks like, for error messages.
pub const MOMENTS: &str = "'-15m', '02:10', '2026-11-20 02:10' or '2026-11-20T02:10:00Z'";

/// Reads a moment, seen from `now`.
///
/// `-15m`, `-1h30m` and `-2d` are that long before `now`; a bare time of day is the most recent
/// such moment, and a date begins at its midnight, both in the zone. `None` for anything else.
pub fn parse_moment(text: &str, now: Time, zone: Zone) -> Option<Time> {
    if let Some(span) = text.strip_prefix('-') {
        return parse_span(span).map(|span| now.minus(span));
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(Time::from_micros(timestamp.as_microsecond()));
    }
    let zone = match zone {
        Zone::Utc => TimeZone::UTC,
        Zone::Local => TimeZone::system(),
    };
    let moment = |local: DateTime| {
        let timestamp = zone.to_timestamp(local).ok()?;
        Some(Time::from_micros(timestamp.as_microsecond()))
    };
    if !text.contains(':') {
        return text.parse::<Date>().ok().and_then(|date| moment(date.at(0, 0, 0, 0)));
    }
    if text.contains('-') {
        return text.parse::<DateTime>().ok().and_then(moment);
    }
    let clock: Clock = text.parse().ok()?;
    let today = zone.to_datetime(Timestamp::from_microsecond(now.micros()).ok()?).date();
    let on = |date: Date| moment(date.to_datetime(clock));
    on(today).filter(|time| *time <= now).or_else(|| on(today.checked_sub(1.day()).ok()?))
}

/// Reads a span such as `500ms`, `30s`, `1h30m` or `2d`, a day having 24 hours.
pub fn parse_span(text: &str) -> Option<std::time::Duration> {
    // `02:10:00` is a time of day, which jiff would take for a span, too.
    if !text.starts_with(|first: char| first.is_ascii_digit()) || text.contains(':') {
        return None;
    }
    let span: Span = text.parse().ok()?;
    let duration: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> Option<String> {
        let now = Time::from_seconds(1_791_316_726);
        parse_moment(text, now, Zone::Utc).map(|time| time.to_string())
    }

    #[test]
    fn moments_are_read_as_people_write_them() {
        // Seen from 2026-10-06T19:58:46Z.
        for (text, moment) in [
            ("-15m", "2026-10-06T19:43:46Z"),
            ("-1h30m", "2026-10-06T18:28:46Z"),
            ("-2d", "2026-10-04T19:58:46Z"),
            ("-0.5s", "2026-10-06T19:58:45.5Z"),
            ("02:10", "2026-10-06T02:10:00Z"),
            ("19:58:46", "2026-10-06T19:58:46Z"),
            ("19:58:47", "2026-10-05T19:58:47Z"),
            ("23:59:59.5", "2026-10-05T23:59:59.5Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20 02:10", "2026-11-20T02:10:00Z"),
            ("2026-11-20T02:10:05", "2026-11-20T02:10:05Z"),
            ("2026-11-20T02:10:00Z", "2026-11-20T02:10:00Z"),
            ("2026-11-20T02:10:00+02:00", "2026-11-20T00:10:00Z"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(moment), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "-", "--5m", "-soon", "-15", "15m", "now", "25:00", "2:1", "2026-13-01", "é:1"] {
            assert_eq!(utc(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[-+0-9:TZdhms. é]{0,12}", now in any::<i64>()) {
            let _ = parse_moment(&text, Time::from_micros(now), Zone::Utc);
        }

        #[test]
        fn a_bare_time_of_day_is_the_last_such_moment(second in 0..86_400_i64, now in 0..4_000_000_000_i64) {
            let text = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
            let moment = parse_moment(&text, Time::from_seconds(now), Zone::Utc).map(Time::seconds);
            let ago = (now - second).rem_euclid(86_400);
            prop_assert_eq!(moment, Some(now - ago));
        }
    }
}
