//! What is held of the streams that are read: from when on, and where something of it stands.

use std::time::Duration;

use super::reading::Reading;
use crate::follow::{Follower, Position, Start, Unread};
use crate::model::{SequenceNumber, ShardId, Time, sequence_number};
use crate::store::{Place, RecordId, Row};

/// A record stands at most so much before its time, unless its shard's times run backwards.
const SEAM: Duration = Duration::from_secs(1);

/// What the cursor goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// The first record of this time or later.
    Time(Time),
    /// The record of a sequence number, or the one after it.
    Number { at: usize, shard: ShardId, first: Position },
}

impl Reading {
    /// From when on the live reading has all records of a follower, by the service's clock; absent
    /// where it has all there are.
    pub fn held_from(&self, at: usize) -> Option<Time> {
        self.followers.get(at).and_then(Follower::wanted_from)
    }

    /// The oldest time that was asked for of a follower; absent where all there is was.
    pub fn asked_from(&self, at: usize) -> Option<Time> {
        let held = self.held_from(at)?;
        Some(self.coverage[at].asked().map_or(held, |asked| asked.min(held)))
    }

    /// Whether more was asked for than the live reading has.
    pub fn reaches_back(&self) -> bool {
        (0..self.followers.len()).any(|at| self.asked_from(at) < self.held_from(at))
    }

    /// From when on nothing is unread of a follower; absent where all there is was read.
    pub fn complete_from(&self, at: usize) -> Option<Time> {
        let is_broken = self.seeks.contains_key(&at) || self.unread().iter().any(|(of, _)| *of == at);
        if is_broken { self.held_from(at) } else { self.asked_from(at) }
    }

    /// Whether nothing from a start on is unread.
    pub fn is_held_from(&self, start: Start) -> bool {
        let since = if let Start::Since(time) = start { Some(time) } else { None };
        let is_asked = |at: usize| self.asked_from(at).is_none_or(|asked| Some(asked) <= since);
        let is_unread = |(_, it): &(usize, Unread)| since.is_none_or(|time| it.until > time);
        !self.is_seeking() && (0..self.followers.len()).all(is_asked) && !self.unread().iter().any(is_unread)
    }

    /// Whether a record of a shard is held, by its sequence number.
    pub fn holds(&self, at: usize, shard: &ShardId, number: &SequenceNumber) -> bool {
        self.coverage.get(at).is_some_and(|coverage| coverage.holds(shard, number))
    }

    /// Where the first record held stands that was created at a time or later, as far as its creation
    /// time tells: see [`Precision`](crate::model::Precision) for the rule.
    pub fn first_at(&self, time: Time) -> Option<Place> {
        let precision = self.followers.iter().map(Follower::precision).min().unwrap_or_default();
        let timeline = self.store.timeline();
        // Where readings meet, records stand a trifle before their time.
        let around = precision.floor(time).minus(SEAM);
        let first = timeline.row_of(Place { time: around, id: RecordId(0) });
        let reaches = |place: &Place| match self.store.row(place.id) {
            Some(Row::Record(_, record)) => precision.may_reach(record.time().unwrap_or(place.time), time),
            Some(Row::Poison(..)) => precision.may_reach(place.time, time),
            Some(Row::Gap(..) | Row::Marker(..)) | None => false,
        };
        (first..timeline.len()).filter_map(|row| timeline.get(row)).find(reaches)
    }

    /// Where the cursor goes, as far as that is held.
    pub fn landing_place(&self, landing: &Landing) -> Option<Place> {
        let (at, shard, first) = match landing {
            Landing::Time(time) => return self.first_at(*time),
            Landing::Number { at, shard, first } => (*at, shard, first),
        };
        let origin = self.store.find_origin(self.followers.get(at)?.stream(), shard)?;
        let is_wanted = |number: &str| match first {
            Position::AtSequenceNumber(first) => sequence_number::compare(number, first.as_str()).is_ge(),
            Position::AfterSequenceNumber(first) => sequence_number::compare(number, first.as_str()).is_gt(),
            Position::TrimHorizon | Position::Latest | Position::AtTimestamp(_) => true,
        };
        self.store.timeline().iter().find(|place| match self.store.row(place.id) {
            Some(Row::Record(of, record)) => of == origin && is_wanted(record.sequence_number()),
            Some(Row::Gap(..) | Row::Poison(..) | Row::Marker(..)) | None => false,
        })
    }
}
