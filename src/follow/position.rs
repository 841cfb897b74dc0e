//! Where the reading of a shard starts, and where it starts again.

use std::time::Duration;

use crate::model::{SequenceNumber, Time};

/// A position in a shard, in the words of GetShardIterator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    TrimHorizon,
    Latest,
    AtTimestamp(Time),
    AfterSequenceNumber(SequenceNumber),
}

/// Where the reading of a stream starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record that is kept.
    TrimHorizon,
    /// With what is written from now on.
    Latest,
    /// At a recent time where the endpoint supports AT_TIMESTAMP, else with the latest.
    Recent(Time),
}

/// Records up to this much older than wanted are shown rather than dropped: some endpoints round
/// ApproximateCreationDateTime down to the minute.
pub const TIME_ALLOWANCE: Duration = Duration::from_mins(1);

/// Where an open leaf that nothing was read of begins.
///
/// `started` is when the reading began.
pub fn first(start: Start, at_timestamp: bool) -> Position {
    match start {
        Start::TrimHorizon => Position::TrimHorizon,
        Start::Recent(time) if at_timestamp => Position::AtTimestamp(time),
        Start::Recent(_) | Start::Latest => Position::Latest,
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
        Position::AfterSequenceNumber(_) => return (from.clone(), None),
        Position::AtTimestamp(time) => *time,
        // Times are rounded down to seconds: two of them make sure of the first record.
        Position::Latest => started.minus(Duration::from_secs(2)),
    };
    if at_timestamp {
        (Position::AtTimestamp(wanted), None)
    } else {
        (Position::TrimHorizon, Some(wanted.minus(TIME_ALLOWANCE)))
    }
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
        let older = at.minus(TIME_ALLOWANCE);
        assert_eq!(resume(None, &Position::Latest, STARTED, false), (Position::TrimHorizon, Some(older)));
    }
}
