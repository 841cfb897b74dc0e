//! Stories of ends: when a follower has read all there is, and when nothing more can come.

use super::*;

/// Reads on in vain until the shard of the last tail has failed.
fn exhaust_renewals(story: &mut Story, mut number: u32) {
    for _ in 0..4 {
        story.on(stopped(number, ErrorKind::ExpiredIterator), T1);
        number = story.0.tails;
    }
}

#[test]
fn a_stream_is_not_drained_before_children_have_been_looked_for() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    assert!(!story.0.is_settled() && !story.0.is_drained());
    story.on(read_last(1, ""), T1);
    assert!(story.0.is_settled() && !story.0.is_drained(), "it is asked for its children");
    for second in 0..10 {
        assert!(!story.0.is_drained());
        story.on(children("a", &[]), at(1_001 + second));
    }
    assert!(!story.0.is_drained(), "a listing looks for them");
    story.on(listed(&[closed("a", "")]), at(1_020));
    assert!(story.0.is_drained());
}

#[test]
fn children_that_a_listing_shows_are_not_looked_for_any_more() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", "")]);
    story.on(read_last(1, ""), T1);
    story.on(children("a", &[]), T1);
    let steps = story.on(listed(&[closed("a", ""), open("b", "a")]), T1);
    assert_eq!(steps, ["tail 2: b from the trim horizon"]);
    assert_eq!(story.tick(T3), NOTHING);
}

#[test]
fn an_end_that_is_denied_for_ever_does_not_keep_a_stream_from_being_drained() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    for round in 1..=3 {
        story.on(read_last(round, ""), T1);
        assert!(!story.0.is_drained(), "a listing has to confirm end {round}");
        story.on(listed(&[open("a", "")]), T1);
    }
    assert!(!story.0.is_drained(), "it is read for the fourth time");
    story.on(read_last(4, ""), T2);
    assert_eq!(story.state("a"), &ShardState::VerifyingEnd);
    assert!(story.0.is_drained());
}

#[test]
fn a_stream_is_over_when_it_is_disabled_or_gone_and_read() {
    let shards = [closed("a", "")];
    let (mut story, _) = Story::reading(Start::TrimHorizon, &shards);
    story.on(read_last(1, ""), T1);
    assert!(!story.0.is_over(), "a child may come");
    let denied = ErrorKind::AccessDenied(Operation::DescribeStream);
    story.on(not_described(Ask::Shards { after: None }, denied), T1);
    assert!(!story.0.is_over(), "who may not ask does not know");
    story.on(not_described(Ask::Shards { after: None }, ErrorKind::NotFound), T1);
    assert!(story.0.is_over());

    let (mut story, _) = Story::reading(Start::TrimHorizon, &shards);
    let disabled = description(&shards, None, StreamStatus::Disabled);
    story.on(described(Ask::Shards { after: None }, disabled), T1);
    assert!(!story.0.is_over(), "it is not read");
    story.on(read_last(1, ""), T1);
    assert!(story.0.is_over());
}

#[test]
fn a_listing_has_shards_read_again_whose_iterators_were_lost_and_no_others() {
    let shards = [open("a", ""), open("b", "")];
    let (mut story, _) = Story::reading(Start::TrimHorizon, &shards);
    story.on(stopped(1, ErrorKind::AccessDenied(Operation::GetRecords)), T1);
    exhaust_renewals(&mut story, 2);
    assert!(matches!(story.state("b"), ShardState::Failed(_)));
    assert_eq!(story.tick(at(1_030)), ["list"]);
    assert_eq!(story.on(listed(&shards), at(1_030)), ["tail 6: b from the trim horizon"]);
}

#[test]
fn a_stream_that_goes_takes_with_it_what_waited_and_what_had_failed() {
    let shards = [closed("p", ""), open("q", "p"), open("v", ""), open("x", "")];
    let (mut story, _) = Story::reading(Start::TrimHorizon, &shards);
    story.on(read(3, "5"), T1);
    story.on(stopped(3, ErrorKind::AccessDenied(Operation::GetRecords)), T1);
    story.on(read_last(2, "6"), T1);
    let steps = story.on(not_described(Ask::Shards { after: None }, ErrorKind::NotFound), T2);
    let expected =
        ["q has a gap: ShardGone", "v has a gap after 6: ShardGone", "x has a gap after 5: ShardGone"];
    assert_eq!(steps[1..], expected);
    assert_eq!(story.state("p"), &ShardState::Starting, "its tail finds out on its own");
}

#[test]
fn a_stream_that_goes_may_have_had_children_for_a_minute_after_the_end_of_a_shard() {
    for (last_listed, gap) in [(1_060, vec!["a has a gap after 5: ShardGone"]), (1_061, vec![])] {
        let shards = [closed("a", "")];
        let (mut story, _) = Story::reading(Start::TrimHorizon, &shards);
        story.on(read_last(1, "5"), T1);
        story.tick(at(last_listed));
        story.on(listed(&shards), at(last_listed));
        story.tick(at(last_listed + 30));
        let gone = not_described(Ask::Shards { after: None }, ErrorKind::NotFound);
        let steps = story.on(gone, at(last_listed + 30));
        let gaps: Vec<&String> = steps.iter().filter(|step| step.ends_with("ShardGone")).collect();
        assert_eq!(gaps, gap, "listed last at {last_listed}");
    }
}

#[test]
fn a_shard_has_reached_every_time_when_nothing_more_is_read_of_it() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[closed("a", ""), open("b", ""), open("c", "")]);
    story.on(read_last(1, ""), T1);
    story.on(stopped(2, ErrorKind::AccessDenied(Operation::GetRecords)), T1);
    let reached = ["a", "b", "c"].map(|id| story.0.has_reached(&ShardId::new(id), at(9_000)));
    assert_eq!(reached, [true, true, false]);
}

#[test]
fn a_shard_has_reached_every_time_before_its_birth() {
    let start = at(1_800_000_000);
    let id = format!("shardId-{:020}-00000000", start.millis());
    let mut story = Story(Follower::new(READING, stream(), Start::TrimHorizon, None, start));
    story.tick(start);
    story.on(listed(&[open(&id, "")]), start);
    let id = ShardId::new(&id);
    let reached =
        [-1, 0, 1].map(|millis| story.0.has_reached(&id, Time::from_millis(start.millis() + millis)));
    assert_eq!(reached, [true, false, false]);
}
