//! Stories of two runs: the second has nothing of the first but its checkpoint.

use std::collections::BTreeMap;

use super::*;
use crate::follow::{Checkpoints, Held};
use crate::model::GapReason;

impl Story {
    /// Another run, which goes on later.
    fn resumed(&self, now: Time) -> Self {
        self.resumed_with(&BTreeMap::new(), now)
    }

    fn resumed_with(&self, held: &BTreeMap<ShardId, Held>, now: Time) -> Self {
        let text = Checkpoints::from(self.0.checkpoint(held).unwrap()).to_text();
        let checkpoints = Checkpoints::parse(&text).unwrap();
        let follower = Follower::new(READING, stream(), Start::Latest, None, now);
        Self(follower.resuming(checkpoints.of(&stream()).unwrap()))
    }

    /// What it does, once the shards are listed.
    fn goes_on(mut self, shards: &[Shard], now: Time) -> (Self, Vec<String>) {
        assert_eq!(words(&self.0.tick(now))[0], "list");
        let steps = self.on(listed(shards), now);
        (self, steps)
    }
}

#[test]
fn every_shard_goes_on_where_it_stood_and_one_born_meanwhile_with_its_oldest_record() {
    let shards = [closed("a", ""), closed("b", "a"), open("c", "b"), open("d", "b"), open("e", "")];
    let (mut first, _) = Story::reading(Start::TrimHorizon, &shards);
    first.on(read_last(1, "5"), T1);
    first.on(read_last(3, "6"), T1);
    first.on(read(4, "7"), T1);
    let later =
        [&shards[..2], &[closed("c", "b"), shards[3].clone(), open("e", ""), open("f", "c")]].concat();
    let (mut second, steps) = first.resumed(T2).goes_on(&later, T2);
    assert_eq!(
        steps,
        [
            "tail 1: c from after 7, Drain",
            "tail 2: d from the trim horizon",
            "tail 3: e from the trim horizon"
        ]
    );
    assert_eq!(second.state("f"), &ShardState::WaitingForParent);
    // The record that it stands behind is not shown again, whoever sends it.
    assert_eq!(second.on(read_last(1, "7 8"), T2), ["c shows 8", "tail 4: f from the trim horizon"]);
    for (shard, end) in [("a", End::Drained), ("b", End::Drained), ("c", End::Drained)] {
        assert_eq!(second.state(shard), &ShardState::Exhausted(end));
    }
}

#[test]
fn a_shard_of_which_nothing_was_read_is_never_read_from_the_latest_again() {
    let shards = [open("b", "")];
    let (first, steps) = Story::reading(Start::Latest, &shards);
    assert_eq!(steps, ["tail 1: b from the time 998"]);
    let (mut second, steps) = first.resumed(at(9_000)).goes_on(&shards, at(9_000));
    assert_eq!(steps, ["tail 1: b from the time 998"]);
    let refused = error(Operation::GetShardIterator, ErrorKind::Validation);
    let refused = Report::TailStopped { tail: tail(1), error: refused };
    assert_eq!(second.on(refused, at(9_000)), ["tail 2: b from the trim horizon"]);
    // Where LATEST was all there is, the time of it counts.
    let (third, _) = second.resumed(at(9_001)).goes_on(&shards, at(9_001));
    let only_latest = Report::TailStopped {
        tail: tail(1),
        error: error(Operation::GetShardIterator, ErrorKind::Validation),
    };
    let (mut fresh, _) = Story::reading(Start::Latest, &shards);
    assert_eq!(fresh.on(only_latest, T1), ["tail 2: b from the latest"]);
    let (_, steps) = fresh.resumed(at(9_000)).goes_on(&shards, at(9_000));
    assert_eq!(steps, ["tail 1: b from the time 998"]);
    assert_eq!(third.0.wanted_from(), Some(T0));
}

#[test]
fn what_was_older_than_the_start_is_left_out_by_the_next_run_too() {
    let shards = [open("b", "")];
    let (first, _) = Story::reading(Start::Since(at(990)), &shards);
    let (mut second, _) = first.resumed(T1).goes_on(&shards, T1);
    let page = |number, time| Report::PageRead { tail: tail(1), page: page_at(number, at(time)), end: false };
    assert_eq!(second.on(page("1", 900), T1), NOTHING);
    assert_eq!(second.on(page("2", 990), T1), ["b shows 2"]);
}

#[test]
fn a_run_that_ended_in_the_middle_of_a_page_is_gone_on_with_there_and_its_children_wait() {
    let shards = [closed("a", ""), open("b", "a")];
    let (mut first, _) = Story::reading(Start::TrimHorizon, &shards);
    let steps = first.on(read_last(1, "5 6 7"), T1);
    assert_eq!(steps, ["a shows 5 6 7", "tail 2: b from the trim horizon"]);
    first.on(read(2, "8"), T1);
    let a = ShardId::new("a");
    let behind = Position::AfterSequenceNumber(SequenceNumber::new("5"));
    let held = BTreeMap::from([(a.clone(), Held { position: behind, owed_from: Some(T1) })]);
    let (mut second, steps) = first.resumed_with(&held, T2).goes_on(&shards, T2);
    assert_eq!(steps, ["tail 1: a from after 5, Drain"]);
    assert_eq!(second.state("b"), &ShardState::WaitingForParent);
    assert_eq!(second.on(read_last(1, "6 7"), T2), ["a shows 6 7", "tail 2: b from the trim horizon"]);
    // And before the page.
    let before = first.0.position_before_page(&a).unwrap().clone();
    let held = BTreeMap::from([(a, Held { position: before, owed_from: Some(T1) })]);
    let (_, steps) = first.resumed_with(&held, T2).goes_on(&shards, T2);
    assert_eq!(steps, ["tail 1: a from the trim horizon, Drain"]);
}

#[test]
fn a_trimmed_position_is_a_gap_once_and_is_not_gone_back_to() {
    let shards = [open("a", "")];
    let (mut first, _) = Story::reading(Start::TrimHorizon, &shards);
    first.on(read(1, "5"), T1);
    let (mut second, steps) = first.resumed(T2).goes_on(&shards, T2);
    assert_eq!(steps, ["tail 1: a from after 5"]);
    let steps = second.on(stopped(1, ErrorKind::TrimmedData), T2);
    assert_eq!(steps, ["a has a gap after 5: Trimmed", "tail 2: a from the trim horizon"]);
    let (mut third, steps) = second.resumed(T3).goes_on(&shards, T3);
    assert_eq!(steps, ["tail 1: a from the trim horizon"]);
    assert_eq!(third.on(read(1, "9"), T3), ["a shows 9"]);
    let (_, steps) = third.resumed(T3).goes_on(&shards, T3);
    assert_eq!(steps, ["tail 1: a from after 9"]);
}

#[test]
fn children_of_a_shard_that_was_just_exhausted_are_looked_for_by_the_next_run() {
    let (mut first, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    assert_eq!(first.on(read_last(1, "5"), T1), ["a shows 5", "children of a"]);
    let mut second = first.resumed(T2);
    assert_eq!(words(&second.0.tick(T2)), ["list", "children of a"]);
    second.on(listed(&[closed("a", "")]), T2);
    assert!(!second.0.is_drained(), "they are still being looked for");
    assert_eq!(second.on(children("a", &[open("b", "a")]), T2), ["tail 1: b from the trim horizon"]);
}

#[test]
fn what_came_and_went_during_a_long_pause_is_a_gap_and_a_stream_that_was_disabled_has_none() {
    const LONG: Time = at(200_000);
    let shards = [open("a", "")];
    let (mut first, _) = Story::reading(Start::TrimHorizon, &shards);
    first.on(read(1, "5"), T1);
    let born = [open("c", "b")];
    let (mut second, steps) = first.resumed(LONG).goes_on(&born, LONG);
    // A listing of 1000 shows children that came a minute before; records older than 113600 are trimmed.
    let unlisted = GapReason::Unlisted { from: at(940), until: at(113_600) };
    assert_eq!(steps, [&format!("the stream has a gap: {unlisted:?}"), "tail 1: a from after 5", "list"]);
    // Its parent may have been on a page that was past; it was not.
    let steps = second.on(listed(&born), LONG);
    assert_eq!(steps, ["b has a gap: ShardGone", "tail 2: c from the trim horizon"]);
    let all = description(&shards, None, StreamStatus::Disabled);
    first.on(described(Ask::Shards { after: None }, all), T2);
    let (_, steps) = first.resumed(LONG).goes_on(&shards, LONG);
    assert_eq!(steps, ["tail 1: a from after 5"]);
}

#[test]
fn of_a_stream_that_has_gone_all_that_was_not_read_is_a_gap() {
    let shards = [open("a", ""), closed("b", ""), closed("c", ""), closed("d", "c"), open("e", "d")];
    let (mut first, _) = Story::reading(Start::TrimHorizon, &shards);
    first.on(read(1, "5"), T1);
    first.on(read_last(2, "6"), T1);
    let mut second = first.resumed(at(5_000));
    second.tick(at(5_000));
    let gone = not_described(Ask::Shards { after: None }, ErrorKind::NotFound);
    let unlisted = GapReason::Unlisted { from: at(940), until: at(5_000) };
    assert_eq!(
        second.on(gone.clone(), at(5_000)),
        [
            &format!("the stream has a gap: {unlisted:?}"),
            "a has a gap after 5: ShardGone",
            "b has a gap: ShardGone",
            "c has a gap: ShardGone",
            "d has a gap: ShardGone",
            "e has a gap: ShardGone"
        ]
    );
    // And that is told once.
    let mut third = second.resumed(at(6_000));
    third.tick(at(6_000));
    assert_eq!(third.on(gone, at(6_000)), NOTHING);
}
