//! How many records are waited for, and how long: pure, with the time handed in.

use std::time::Duration;

use tokio::time::Instant;

use super::Ended;
use crate::model::Time;

/// How long every shard may take for one more read, when the time is over.
const LAST_READ: Duration = Duration::from_secs(10);

/// How many records are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    Any,
    /// So many, and it is over.
    Records(u64),
    /// No fewer and no more.
    Expected {
        least: u64,
        most: Option<u64>,
    },
}

/// Where the waiting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// For the least number, or for the timeout.
    Waiting,
    /// For a surplus.
    Settling(Instant),
    /// For every shard to be read once more: a surplus may have been written and not been seen.
    Judging { since: Time, until: Instant },
}

/// Counts the records that are shown.
#[derive(Debug)]
pub struct Wait {
    goal: Goal,
    shown: u64,
    timeout: Option<Instant>,
    settle: Duration,
    phase: Phase,
}

impl Wait {
    pub fn new(goal: Goal, timeout: Option<Instant>, settle: Duration) -> Self {
        Self { goal, shown: 0, timeout, settle, phase: Phase::Waiting }
    }

    /// Whether there is nothing to wait for.
    pub fn is_over_before_it_begins(&self) -> bool {
        self.goal == Goal::Records(0)
    }

    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// Fewer than wanted have come.
    pub fn lacks_records(&self) -> bool {
        match self.goal {
            Goal::Any => false,
            Goal::Records(wanted) => self.shown < wanted,
            Goal::Expected { least, .. } => self.shown < least,
        }
    }

    /// A record was shown.
    pub fn count(&mut self, now: Instant) -> Option<Ended> {
        self.shown += 1;
        match self.goal {
            Goal::Records(wanted) if self.shown == wanted => Some(Ended::Enough),
            Goal::Expected { most: Some(most), .. } if self.shown > most => Some(Ended::Surplus),
            // No number is too many.
            Goal::Expected { least, most: None } if self.shown == least => Some(Ended::Enough),
            Goal::Expected { least, .. } if self.shown == least => {
                self.phase = Phase::Settling(now + self.settle);
                None
            }
            Goal::Any | Goal::Records(_) | Goal::Expected { .. } => None,
        }
    }

    /// When something is due: see [`due`](Self::due).
    pub fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting => self.timeout,
            Phase::Settling(until) | Phase::Judging { until, .. } => Some(until),
        }
    }

    /// The deadline has come. `time` is our clock's.
    pub fn due(&mut self, now: Instant, time: Time) -> Option<Ended> {
        let is_expected = matches!(self.goal, Goal::Expected { .. }) && !self.lacks_records();
        match self.phase {
            Phase::Waiting if !is_expected => Some(Ended::Timeout),
            Phase::Waiting | Phase::Settling(_) => {
                self.phase = Phase::Judging { since: time, until: now + LAST_READ };
                None
            }
            Phase::Judging { .. } => Some(Ended::Unread),
        }
    }

    /// Since when every shard has to be read for the number to stand.
    pub fn judged_since(&self) -> Option<Time> {
        if let Phase::Judging { since, .. } = self.phase { Some(since) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Time = Time::from_seconds(1_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn expecting(least: u64, most: Option<u64>) -> (Wait, Instant) {
        let now = Instant::now();
        (Wait::new(Goal::Expected { least, most }, Some(now + 10 * SECOND), 3 * SECOND), now)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_too_many_ends_it_at_once() {
        let (mut wait, now) = expecting(1, Some(2));
        assert_eq!([wait.count(now), wait.count(now), wait.count(now)], [None, None, Some(Ended::Surplus)]);
        let (mut none, now) = expecting(0, Some(0));
        assert_eq!(none.count(now), Some(Ended::Surplus));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_least_number_a_surplus_is_waited_for_and_every_shard_read_once_more() {
        let (mut wait, now) = expecting(2, Some(2));
        assert_eq!((wait.count(now), wait.deadline()), (None, Some(now + 10 * SECOND)));
        let late = now + 9 * SECOND;
        // Beyond the timeout, if it must be.
        assert_eq!((wait.count(late), wait.deadline()), (None, Some(late + 3 * SECOND)));
        assert_eq!((wait.due(late + 3 * SECOND, TIME), wait.judged_since()), (None, Some(TIME)));
        assert_eq!(wait.deadline(), Some(late + 3 * SECOND + LAST_READ));
        assert_eq!(wait.due(late + 3 * SECOND + LAST_READ, TIME), Some(Ended::Unread));
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_not_come_is_watched_for_during_the_whole_timeout() {
        let (mut wait, now) = expecting(0, Some(1));
        assert_eq!((wait.count(now), wait.deadline()), (None, Some(now + 10 * SECOND)));
        assert_eq!((wait.due(now + 10 * SECOND, TIME), wait.judged_since()), (None, Some(TIME)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_least_number_without_a_most_is_enough() {
        let (mut wait, now) = expecting(2, None);
        assert_eq!((wait.count(now), wait.lacks_records()), (None, true));
        assert_eq!((wait.count(now), wait.lacks_records()), (Some(Ended::Enough), false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_ends_it_where_records_are_lacking() {
        let (mut wait, now) = expecting(1, Some(1));
        assert_eq!((wait.due(now, TIME), wait.lacks_records()), (Some(Ended::Timeout), true));
        let mut any = Wait::new(Goal::Any, None, SECOND);
        assert_eq!((any.count(now), any.deadline(), any.lacks_records()), (None, None, false));
        assert_eq!(any.due(now, TIME), Some(Ended::Timeout));
    }
}
