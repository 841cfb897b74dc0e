//! Where the reading of a shard starts, and where it starts again.

use std::time::Duration;

use crate::model::{Precision, SequenceNumber, Time};

/// A position in a shard, in the words of GetShardIterator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    TrimHorizon,
    Latest,
    AtTimestamp(Time),
    AtSequenceNumber(SequenceNumber),
    AfterSequenceNumber(SequenceNumber),
}

/// Where the reading of a stream starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record that is kept.
    TrimHorizon,
    /// With what is written from now on.
    Latest,
    /// So long ago where the endpoint supports AT_TIMESTAMP, else with the latest.
    Recent(Duration),
    /// With what was created at this time, by the service's clock, or later. Where the endpoint has
    /// no AT_TIMESTAMP all that is kept is read, and what is older is left out.
    Since(Time),
}

/// The service keeps a record for so long.
pub const RETENTION: Duration = Duration::from_hours(24);

/// A hint at a time is believed where it is this much earlier or later than what it is compared with.
pub const TIME_ALLOWANCE: Duration = Duration::from_mins(1);

/// Between our idea of the service's time and a time that is asked for. The service rounds times
/// down to seconds, and so does the Date by which we know them.
const ROUNDING: Duration = Duration::from_secs(2);

/// From when on records are wanted, where that is a time.
pub fn wanted_from(start: Start, started: Time) -> Option<Time> {
    match start {
        Start::TrimHorizon => None,
        Start::Latest => Some(started),
        Start::Recent(ago) => Some(started.minus(ago)),
        Start::Since(time) => Some(time),
    }
}

/// Where a shard begins that was there at the start, and the time before which records are not
/// wanted; see [`Precision`] for which those are. LATEST may miss what is written before the first
/// read: a time cannot.
pub fn first(start: Start, started: Time, at_timestamp: bool) -> (Position, Option<Time>) {
    match wanted_from(start, started) {
        None => (Position::TrimHorizon, None),
        // AT_TIMESTAMP compares with times as they are rounded.
        Some(time) if at_timestamp && matches!(start, Start::Since(_)) => {
            let rounded = Precision::default().floor(time);
            (Position::AtTimestamp(rounded.minus(ROUNDING)), Some(time))
        }
        Some(time) if at_timestamp => {
            let second = Time::from_seconds(time.seconds());
            (Position::AtTimestamp(second.minus(ROUNDING)), Some(second))
        }
        Some(time) if matches!(start, Start::Since(_)) => (Position::TrimHorizon, Some(time)),
        Some(_) => (Position::Latest, None),
    }
}

/// Where to go on when an iterator is lost, without losing a record.
///
/// After the last record read; else from the time of the start; else from the trim horizon, with
/// what is older than the start left out. Never LATEST again: it would skip what came since.
pub fn resume(
    last: Option<&SequenceNumber>,
    from: &Position,
    started: Time,
    at_timestamp: bool,
) -> (Position, Option<Time>) {
    if let Some(last) = last {
        return (Position::AfterSequenceNumber(last.clone()), None);
    }
    let wanted = match from {
        Position::TrimHorizon => return (Position::TrimHorizon, None),
        Position::AtSequenceNumber(_) | Position::AfterSequenceNumber(_) => return (from.clone(), None),
        Position::AtTimestamp(time) => *time,
        Position::Latest => started.minus(ROUNDING),
    };
    if at_timestamp { (Position::AtTimestamp(wanted), None) } else { (Position::TrimHorizon, Some(wanted)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: Time = Time::from_seconds(1_000);

    #[test]
    fn a_lost_iterator_goes_on_after_the_last_record() {
        let last = SequenceNumber::new("7");
        for from in [Position::TrimHorizon, Position::Latest, Position::AtTimestamp(STARTED)] {
            let expected = (Position::AfterSequenceNumber(last.clone()), None);
            assert_eq!(resume(Some(&last), &from, STARTED, true), expected);
        }
    }

    #[test]
    fn latest_is_never_asked_for_twice() {
        let at = Time::from_seconds(998);
        assert_eq!(resume(None, &Position::Latest, STARTED, true), (Position::AtTimestamp(at), None));
        assert_eq!(resume(None, &Position::Latest, STARTED, false), (Position::TrimHorizon, Some(at)));
    }
}
