//! How finely the creation times of an endpoint tell, and what a time that is rounded can mean.

use super::time::Time;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// What the creation times of an endpoint are rounded down to, as far as those that were seen tell.
///
/// The rule for every search by time: a record stamped `s` by an endpoint that rounds to `p` was
/// created at some time from `s` to before `s + p`. It may belong behind a time that is asked for
/// exactly if that span reaches beyond it, and then it is shown rather than left out. The service
/// rounds to the second; DynamoDB Local rounds to the minute. As long as nothing but whole minutes was
/// seen, they may be rounded ones: taking times for coarser than they are shows a record too many,
/// taking them for finer would lose one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    #[default]
    Minute,
    Second,
    Millisecond,
}

impl Precision {
    /// Takes note of a creation time.
    pub fn see(&mut self, stamp: Time) {
        let told = match stamp.micros() {
            micros if micros % MINUTE == 0 => Self::Minute,
            micros if micros % SECOND == 0 => Self::Second,
            _ => Self::Millisecond,
        };
        *self = told.max(*self);
    }

    /// The earliest stamp of a record that may have been created at `time` or later.
    pub fn floor(self, time: Time) -> Time {
        let unit = match self {
            Self::Minute => MINUTE,
            Self::Second => SECOND,
            Self::Millisecond => 1_000,
        };
        Time::from_micros(time.micros().div_euclid(unit).saturating_mul(unit))
    }

    /// Whether a record of this stamp may have been created at `time` or later.
    pub fn may_reach(self, stamp: Time, time: Time) -> bool {
        stamp >= self.floor(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_minutes_may_be_rounded_until_a_finer_time_is_seen() {
        let wanted = Time::from_seconds(80);
        let mut precision = Precision::default();
        precision.see(Time::from_seconds(120));
        assert!(precision.may_reach(Time::from_seconds(60), wanted), "it may be from second 119");
        assert!(!precision.may_reach(Time::from_seconds(0), wanted));
        precision.see(Time::from_seconds(121));
        assert!(!precision.may_reach(Time::from_seconds(60), wanted));
        assert!(
            precision.may_reach(Time::from_seconds(80), wanted.plus(std::time::Duration::from_millis(9)))
        );
        precision.see(Time::from_millis(121_500));
        assert!(!precision.may_reach(Time::from_seconds(80), Time::from_millis(80_001)));
    }
}
