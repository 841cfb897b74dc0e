//! Where the reading of a stream stands: what a later run needs to go on without losing a record.

mod checkpoints;
mod text;

pub use checkpoints::{Checkpoints, CheckpointsError};

use std::collections::BTreeMap;

use super::follower::{Descendants, Follower};
use super::position::{Position, Start};
use super::progress::{End, Progress, ShardState};
use crate::model::{ErrorKind, SequenceNumber, Shard, ShardId, StreamArn, StreamStatus, Time};

/// How far a stream has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub stream: StreamArn,
    /// When this was so, by the service's clock, like all times here.
    pub written: Time,
    /// Only this shard.
    pub only: Option<ShardId>,
    /// And its descendants.
    pub descendants: bool,
    /// When the first of the runs began.
    pub(super) started: Time,
    /// From when on records are wanted; absent for the oldest there were.
    pub(super) from: Option<Time>,
    /// Every shard with a record before this time was listed; absent before the first whole listing.
    pub(super) listed_from: Option<Time>,
    /// The shards of the first listing have been decided on: what is listed later was born later.
    pub(super) settled: bool,
    /// The stream was disabled when it was listed, or had gone: nothing new has come since.
    pub(super) disabled: bool,
    pub(super) shards: BTreeMap<ShardId, KnownShard>,
}

/// A shard that was listed, and how far it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownShard {
    pub parent: Option<ShardId>,
    pub ending: Option<SequenceNumber>,
    /// Absent while it waits for its turn.
    pub place: Option<Place>,
}

/// How far a shard was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub at: Standing,
    /// Older records are not wanted, in its children neither.
    pub drop_before: Option<Time>,
    /// From when on all of its records have to be shown; absent where a gap was.
    pub owed_from: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    BeforeStart,
    /// Never LATEST: what comes while nobody reads would be lost.
    At(Position),
    Exhausted {
        end: End,
        at: Time,
    },
}

/// What an earlier run has left to a follower.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    /// The stream was disabled then: nothing new has come since.
    pub was_disabled: bool,
    /// Shards that it was reading, until they are read again.
    pub reading: BTreeMap<ShardId, Progress>,
}

/// A shard that was read further than its records were shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Behind the last record that was shown.
    pub position: Position,
    /// When the first record was created that was not.
    pub owed_from: Option<Time>,
}

impl Checkpoint {
    /// A stream that nobody has read, and all of whose records are wanted: it took the place of one
    /// that was followed.
    pub fn from_the_birth_of(stream: StreamArn, born: Time) -> Self {
        Self {
            stream,
            written: born,
            only: None,
            descendants: true,
            started: born,
            from: None,
            listed_from: Some(born),
            settled: false,
            disabled: false,
            shards: BTreeMap::new(),
        }
    }

    /// Whether somebody who goes on from here would read on where somebody would from there: only
    /// times have passed.
    pub fn stands_like(&self, other: &Self) -> bool {
        let standing = |place: &Place| match &place.at {
            Standing::Exhausted { end, .. } => Standing::Exhausted { end: *end, at: Time::default() },
            at @ (Standing::BeforeStart | Standing::At(_)) => at.clone(),
        };
        let is_like = |(a, b): (&KnownShard, &KnownShard)| {
            (&a.parent, &a.ending) == (&b.parent, &b.ending)
                && a.place.as_ref().map(standing) == b.place.as_ref().map(standing)
        };
        (&self.stream, self.settled, self.disabled) == (&other.stream, other.settled, other.disabled)
            && self.shards.keys().eq(other.shards.keys())
            && self.shards.values().zip(other.shards.values()).all(is_like)
    }
}

impl Follower {
    /// Where the reading stands, with the `held` shards where they were shown to. Absent before the
    /// first answer.
    pub fn checkpoint(&self, held: &BTreeMap<ShardId, Held>) -> Option<Checkpoint> {
        if self.status.is_none() && self.earlier.is_none() {
            return None;
        }
        let shards = self.lineage.shards().map(|shard| {
            let Shard { id, parent, ending, .. } = shard;
            let known =
                KnownShard { parent: parent.clone(), ending: ending.clone(), place: self.place(id, held) };
            (id.clone(), known)
        });
        let was_disabled = self.earlier.as_ref().is_some_and(|run| run.was_disabled);
        let is_disabled = self.status.as_ref().map_or(was_disabled, |it| *it == StreamStatus::Disabled);
        let has_gone = self.failure.as_ref().is_some_and(|error| error.kind == ErrorKind::NotFound);
        Some(Checkpoint {
            stream: self.stream.clone(),
            written: self.service_time(),
            only: self.only.clone(),
            descendants: self.descendants == Descendants::Read,
            started: self.started,
            from: self.wanted_from(),
            listed_from: self.listed_from,
            settled: self.settled,
            disabled: is_disabled || has_gone,
            shards: shards.collect(),
        })
    }

    /// Where a shard stood before the page that was shown last.
    pub fn position_before_page(&self, shard: &ShardId) -> Option<&Position> {
        self.shards.get(shard).map(|progress| &progress.before)
    }

    fn place(&self, id: &ShardId, held: &BTreeMap<ShardId, Held>) -> Option<Place> {
        // A child's turn comes when its parent is exhausted, and a parent that is held is not.
        if held.keys().any(|above| above != id && self.lineage.descends(id, above)) {
            return None;
        }
        let progress =
            self.shards.get(id).or_else(|| self.earlier.as_ref().and_then(|run| run.reading.get(id)));
        let drop_before = progress.and_then(|progress| progress.drop_before);
        if let Some(held) = held.get(id) {
            let owed_from = Some(held.owed_from.unwrap_or_else(|| self.all_owed_from()));
            return Some(Place { at: Standing::At(held.position.clone()), drop_before, owed_from });
        }
        let Some(progress) = progress else {
            // Where it is asked to begin, whatever the start.
            let first = self.first.as_ref().filter(|_| self.only.as_ref() == Some(id))?;
            return Some(Place { at: Standing::At(first.clone()), drop_before: None, owed_from: None });
        };
        let at = match &progress.state {
            ShardState::BeforeStart => Standing::BeforeStart,
            ShardState::WaitingForParent | ShardState::Captured => return None,
            ShardState::Exhausted(end) => Standing::Exhausted {
                end: *end,
                at: progress.ended_at.unwrap_or_else(|| self.service_time()),
            },
            ShardState::Starting
            | ShardState::Reading
            | ShardState::CaughtUp
            | ShardState::Slowed(_)
            | ShardState::VerifyingEnd
            | ShardState::Failed(_) => Standing::At(progress.position(self.started)),
        };
        Some(Place { at, drop_before, owed_from: progress.owed_from })
    }

    /// Goes on where an earlier run stood.
    #[must_use]
    pub fn resuming(mut self, checkpoint: &Checkpoint) -> Self {
        self.only.clone_from(&checkpoint.only);
        self.descendants = if checkpoint.descendants { Descendants::Read } else { Descendants::LeftOut };
        self.first = None;
        self.start = checkpoint.from.map_or(Start::TrimHorizon, Start::Since);
        self.started = checkpoint.started;
        self.listed_from = checkpoint.listed_from;
        self.settled = checkpoint.settled;
        for (id, known) in &checkpoint.shards {
            let (parent, ending) = (known.parent.clone(), known.ending.clone());
            self.lineage.merge(Shard { id: id.clone(), parent, starting: None, ending });
        }
        let mut reading = BTreeMap::new();
        for (id, known) in &checkpoint.shards {
            let Some(place) = &known.place else { continue };
            let mut progress = Progress::new(ShardState::Starting);
            (progress.drop_before, progress.owed_from) = (place.drop_before, place.owed_from);
            match &place.at {
                Standing::At(position) => {
                    progress.stand(position.clone());
                    reading.insert(id.clone(), progress);
                }
                Standing::BeforeStart => {
                    progress.state = ShardState::BeforeStart;
                    self.shards.insert(id.clone(), progress);
                }
                Standing::Exhausted { end, at } => {
                    progress.finish(*end, *at);
                    self.shards.insert(id.clone(), progress);
                    // Its children may not have been listed yet.
                    if !self.is_alone() && self.lineage.children_of(id).is_empty() {
                        self.discovery.look_for_children(id, self.now);
                    }
                }
            }
        }
        // Those that wait for their parent are lost with the stream, should that have gone.
        let rows = if self.is_alone() { vec![] } else { self.lineage.rows() };
        for id in rows.into_iter().map(|row| row.shard) {
            let Some(KnownShard { parent: Some(parent), place: None, .. }) = checkpoint.shards.get(&id)
            else {
                continue;
            };
            let is_read = |progress: &Progress| !progress.is_done();
            if reading.contains_key(parent) || self.shards.get(parent).is_some_and(is_read) {
                self.shards.insert(id, Progress::new(ShardState::WaitingForParent));
            }
        }
        self.earlier = Some(Earlier { was_disabled: checkpoint.disabled, reading });
        self
    }
}
