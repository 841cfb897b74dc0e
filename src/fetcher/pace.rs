//! How often the service is called.

use std::time::Duration;

use crate::follow::Pace;

/// The least time between two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of GetRecords, for each shard.
    pub get_records: Duration,
    pub list_streams: Duration,
    pub describe_stream: Duration,
}

impl Limits {
    /// Streams have production consumers, who share the limits: we are a polite second reader.
    ///
    /// The service allows 5 ListStreams/s and 10 DescribeStream/s; Lambda reads a shard 4 times a
    /// second.
    pub const AWS: Self = Self {
        get_records: Duration::from_millis(250),
        list_streams: Duration::from_millis(250),
        describe_stream: Duration::from_millis(200),
    };

    /// An endpoint of the user's own is nobody else's.
    pub const CUSTOM: Self =
        Self { get_records: Duration::ZERO, list_streams: Duration::ZERO, describe_stream: Duration::ZERO };
}

/// What the last page said about how far behind we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// More is likely to be there already.
    Behind,
    /// Records came, and probably all there were.
    Records,
    Nothing,
}

/// The time between two reads of a shard.
pub fn pause(pace: Pace, seen: Seen, limits: &Limits) -> Duration {
    let wanted = match (pace, seen) {
        (Pace::Stopped, _) => Duration::from_mins(5),
        (Pace::Drain, Seen::Behind | Seen::Records) | (Pace::Watched | Pace::Background, Seen::Behind) => {
            Duration::ZERO
        }
        // A closed shard without an end must not be asked for it in a busy loop.
        (Pace::Drain, Seen::Nothing) => Duration::from_millis(20),
        (Pace::Watched | Pace::Background, Seen::Records) => Duration::from_millis(250),
        (Pace::Watched, Seen::Nothing) => Duration::from_secs(1),
        (Pace::Background, Seen::Nothing) => Duration::from_secs(5),
    };
    wanted.max(limits.get_records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_shard_is_read_every_quarter_second_with_data_and_every_second_without() {
        let wait = |pace, seen| pause(pace, seen, &Limits::AWS).as_millis();
        assert_eq!(wait(Pace::Watched, Seen::Records), 250);
        assert_eq!(wait(Pace::Watched, Seen::Nothing), 1_000);
        assert_eq!(wait(Pace::Watched, Seen::Behind), 250);
        assert_eq!(wait(Pace::Background, Seen::Nothing), 5_000);
        assert_eq!(wait(Pace::Drain, Seen::Nothing), 250);
        assert_eq!(pause(Pace::Drain, Seen::Behind, &Limits::CUSTOM), Duration::ZERO);
        assert!(!pause(Pace::Drain, Seen::Nothing, &Limits::CUSTOM).is_zero());
    }

    #[test]
    fn a_stopped_shard_is_read_before_its_iterator_dies() {
        for seen in [Seen::Behind, Seen::Records, Seen::Nothing] {
            assert!(pause(Pace::Stopped, seen, &Limits::AWS) < Duration::from_mins(15));
        }
    }
}
