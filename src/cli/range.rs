//! The flags that say from where, until when and of which shards records are read.

use clap::Args;

use super::when::{Moment, moment};
use crate::follow::{Part, Position, RETENTION, Start};
use crate::model::time::{Zone, short_span};
use crate::model::{SequenceNumber, ShardId, Time};

#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct RangeArgs {
    /// Where to start: latest, trim-horizon, a time (15m, 02:10, RFC 3339), and with one --shard
    /// at:SEQUENCE-NUMBER or after:SEQUENCE-NUMBER
    ///
    /// Otherwise tail starts with latest, and the explorer five minutes back.
    #[arg(long, value_parser = position, value_name = "POSITION", help_heading = "Which records")]
    pub from: Option<From>,
    /// Start so long ago, or at this time
    #[arg(
        long,
        value_parser = moment,
        value_name = "DURATION|TIME",
        conflicts_with = "from",
        help_heading = "Which records"
    )]
    pub since: Option<Moment>,
    /// Only what was created before this time; tail ends once all of that has been read
    #[arg(long, value_parser = moment, value_name = "TIME", help_heading = "Which records")]
    pub until: Option<Moment>,
    /// Only this shard and its descendants
    #[arg(long, value_name = "ID", help_heading = "Which records")]
    pub shard: Option<String>,
    /// Only --shard itself, without its descendants
    #[arg(long, requires = "shard", help_heading = "Which records")]
    pub only: bool,
}

impl RangeArgs {
    /// What does not go together, beyond what the parser sees, for so many streams. `now` is the time
    /// by our clock.
    pub fn contradiction(&self, streams: usize, now: Time) -> Option<&'static str> {
        let is_at_number = matches!(self.from, Some(From::At(_) | From::After(_)));
        let is_in_future = |moment: Moment| moment.time > now;
        if is_at_number && (self.shard.is_none() || streams != 1) {
            Some("a sequence number is one shard's: name its stream and --shard")
        } else if self.moment().is_some_and(is_in_future) {
            Some("the time to start at lies in the future")
        } else {
            None
        }
    }

    /// The time to start at, where it is one.
    pub fn moment(&self) -> Option<Moment> {
        match self.from {
            Some(From::Time(moment)) => Some(moment),
            _ => self.since,
        }
    }

    /// Whether it is said where to start.
    pub fn has_start(&self) -> bool {
        self.from.is_some() || self.since.is_some()
    }

    fn start(&self) -> Option<Start> {
        match (&self.from, self.moment()) {
            (_, Some(moment)) => Some(Start::Since(moment.time)),
            (None, None) => None,
            (Some(From::Latest), None) => Some(Start::Latest),
            // A sequence number's shard begins there, and its descendants with their oldest record.
            (Some(From::TrimHorizon | From::Time(_) | From::At(_) | From::After(_)), None) => {
                Some(Start::TrimHorizon)
            }
        }
    }

    /// Whether the time to start at is older than what the service keeps.
    fn reaches_too_far(&self, now: Time) -> bool {
        self.moment().is_some_and(|moment| now.since(moment.time) > RETENTION)
    }

    /// What is to be read, from `usual` on where nothing else is said.
    pub fn part(&self, usual: Start, now: Time) -> Part {
        let start = self.start().unwrap_or(usual);
        Part {
            start: if self.reaches_too_far(now) { Start::TrimHorizon } else { start },
            only: self.shard.as_deref().map(ShardId::new),
            descendants: !self.only,
            first: match &self.from {
                Some(From::At(number)) => Some(Position::AtSequenceNumber(number.clone())),
                Some(From::After(number)) => Some(Position::AfterSequenceNumber(number.clone())),
                _ => None,
            },
            until: self.until.map(|until| until.time),
        }
    }

    /// Which moment is meant by a bare time, and what cannot be reached, a sentence each.
    pub fn remarks(&self, now: Time) -> Vec<String> {
        let too_far = "records are kept for 24 hours; it starts with the oldest there is";
        let too_far = self.reaches_too_far(now).then(|| too_far.to_owned());
        self.guesses(now).into_iter().chain(too_far).collect()
    }

    /// Which moment is meant by a bare time, a sentence each.
    pub fn guesses(&self, now: Time) -> Vec<String> {
        let said = |time: Time| {
            let ago =
                if time <= now { format!(", {} ago", short_span(now.since(time))) } else { String::new() };
            format!("{} UTC{ago}", time.full(Zone::Utc))
        };
        let moments = [("from", self.moment()), ("until", self.until)];
        let guessed = moments.into_iter().filter_map(|(word, moment)| {
            let moment = moment.filter(|moment| moment.is_guessed)?;
            Some(format!("{word} {}", said(moment.time)))
        });
        guessed.collect()
    }
}

/// Where to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// With what is written from now on.
    Latest,
    /// With the oldest record there is.
    TrimHorizon,
    Time(Moment),
    /// With the record of this sequence number.
    At(SequenceNumber),
    /// With the record after it.
    After(SequenceNumber),
}

fn position(text: &str) -> Result<From, String> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| SequenceNumber::new(text)).ok_or("a sequence number has digits only".to_owned())
    };
    Ok(match text {
        "latest" => From::Latest,
        "trim-horizon" => From::TrimHorizon,
        _ => match text.split_once(':') {
            Some(("at", text)) => From::At(number(text)?),
            Some(("after", text)) => From::After(number(text)?),
            _ => From::Time(moment(text).map_err(|_| {
                "latest, trim-horizon, a time like 15m, 02:10 or 2026-11-20T02:10:00Z, at:NUMBER or \
                 after:NUMBER is expected"
            })?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_named_as_the_service_names_them() {
        assert_eq!(position("latest"), Ok(From::Latest));
        assert_eq!(position("trim-horizon"), Ok(From::TrimHorizon));
        assert_eq!(position("at:007"), Ok(From::At(SequenceNumber::new("007"))));
        assert_eq!(position("after:7"), Ok(From::After(SequenceNumber::new("7"))));
        assert!(matches!(position("2026-11-20T02:10:00Z"), Ok(From::Time(_))));
        for text in ["oldest", "at:", "at:x", "after:-7", "LATEST"] {
            assert!(position(text).is_err(), "{text}");
        }
    }

    #[test]
    fn flags_become_the_part_of_a_stream_that_is_read() {
        let now = Time::from_seconds(1_791_316_726);
        let part = |args: &RangeArgs| args.part(Start::Latest, now);
        let at = |seconds| {
            Some(Moment { time: now.minus(std::time::Duration::from_secs(seconds)), is_guessed: true })
        };
        let usual = RangeArgs::default();
        assert_eq!(part(&usual), Part::from(Start::Latest));
        let since = RangeArgs { since: at(60), ..usual.clone() };
        assert_eq!(part(&since), Part::from(Start::Since(at(60).unwrap().time)));
        assert_eq!(since.remarks(now), ["from 2026-10-06 19:57:46 UTC, 1m ago"]);
        let old = RangeArgs { since: at(90_000), ..usual.clone() };
        assert_eq!(part(&old), Part::from(Start::TrimHorizon));
        assert!(old.remarks(now)[1].contains("24 hours"));
        let number = SequenceNumber::new("7");
        let after = RangeArgs {
            from: Some(From::After(number.clone())),
            shard: Some("shardId-1".into()),
            only: true,
            ..usual
        };
        let first = Some(Position::AfterSequenceNumber(number));
        let only = Some(ShardId::new("shardId-1"));
        assert_eq!(
            part(&after),
            Part { start: Start::TrimHorizon, only, descendants: false, first, until: None }
        );
        assert_eq!(after.contradiction(1, now), None);
        assert!(after.contradiction(0, now).is_some() && after.contradiction(2, now).is_some());
    }
}
