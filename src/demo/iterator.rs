//! Shard iterators: positions that clients carry about without looking inside.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::place::Place;
use super::refusal::{Refusal, RefusalKind};
use crate::model::{ShardId, StreamArn, Time};

/// An iterator dies this long after it was issued.
pub const LIFETIME: Duration = Duration::from_mins(15);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardIterator {
    pub stream: StreamArn,
    pub shard: ShardId,
    pub issued: Time,
    pub at: Position,
    /// Empty pages already given at this position: a long empty stretch takes a few.
    pub crossed: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The oldest record that is there when it is read.
    Horizon,
    /// Behind the newest record, settled when it is read (a fault; see `Fault::LatestSettlesLate`).
    Tip,
    At(Place),
}

impl ShardIterator {
    /// `streamArn|1|base64`, the form of the service's own.
    pub fn token(&self) -> String {
        let at = match self.at {
            Position::Horizon => "h".to_owned(),
            Position::Tip => "t".to_owned(),
            Position::At(place) => place.to_string(),
        };
        let body = format!("{},{at},{},{}", self.issued.micros(), self.crossed, self.shard);
        let sum = check_sum(self.stream.as_str(), &body);
        format!("{}|1|{}", self.stream, STANDARD.encode(format!("{sum},{body}")))
    }

    /// Reads a token of ours and checks its age.
    pub fn parse(token: &str, now: Time) -> Result<Self, Refusal> {
        let iterator = Self::read(token).ok_or_else(|| Refusal::validation("Invalid ShardIterator"))?;
        if now.since(iterator.issued) > LIFETIME {
            return Err(Refusal::new(RefusalKind::ExpiredIterator));
        }
        Ok(iterator)
    }

    fn read(token: &str) -> Option<Self> {
        let (stream, code) = token.split_once("|1|")?;
        let text = String::from_utf8(STANDARD.decode(code).ok()?).ok()?;
        let (sum, body) = text.split_once(',')?;
        // As it was written: a number has several spellings.
        if sum != check_sum(stream, body) {
            return None;
        }
        let mut parts = body.splitn(4, ',');
        let issued = Time::from_micros(parts.next()?.parse().ok()?);
        let at = match parts.next()? {
            "h" => Position::Horizon,
            "t" => Position::Tip,
            place => Position::At(place.parse().ok()?),
        };
        let crossed = parts.next()?.parse().ok()?;
        let shard = ShardId::new(parts.next()?);
        Some(Self { stream: StreamArn::parse(stream).ok()?, shard, issued, at, crossed })
    }
}

fn check_sum(stream: &str, body: &str) -> String {
    let mut sum = crc32fast::Hasher::new();
    sum.update(stream.as_bytes());
    sum.update(body.as_bytes());
    format!("{:08x}", sum.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000";

    fn iterator(at: Position) -> ShardIterator {
        ShardIterator {
            stream: StreamArn::parse(ARN).unwrap(),
            shard: ShardId::new("shardId-00000001791316726480-f35f62ef"),
            issued: Time::from_seconds(1_000_000),
            at,
            crossed: 2,
        }
    }

    #[test]
    fn a_token_leads_back_to_its_position() {
        for at in [Position::Horizon, Position::Tip, Position::At(17)] {
            let iterator = iterator(at);
            assert_eq!(ShardIterator::parse(&iterator.token(), iterator.issued), Ok(iterator));
        }
    }

    #[test]
    fn an_iterator_expires_after_fifteen_minutes() {
        let iterator = iterator(Position::Horizon);
        let on_time = iterator.issued.plus(LIFETIME);
        assert!(ShardIterator::parse(&iterator.token(), on_time).is_ok());
        let late = on_time.plus(Duration::from_micros(1));
        let refusal = ShardIterator::parse(&iterator.token(), late).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::ExpiredIterator);
    }

    proptest! {
        #[test]
        fn a_changed_token_is_refused(index in 0_usize..200, letter in proptest::char::any()) {
            let token = iterator(Position::At(5)).token();
            let mut letters: Vec<char> = token.chars().collect();
            let index = index % letters.len();
            prop_assume!(letters[index] != letter);
            letters[index] = letter;
            let changed: String = letters.into_iter().collect();
            let now = Time::from_seconds(1_000_000);
            prop_assert_eq!(ShardIterator::parse(&changed, now).unwrap_err().kind, RefusalKind::Validation);
        }
    }
}
