//! Stories of turns: which shards are read, from when on, and which are forgotten.

use super::*;

#[test]
fn of_some_shards_only_these_are_read() {
    let wanted = [ShardId::new("b"), ShardId::new("d")].into_iter().collect();
    let mut story = Story(Follower::new(READING, stream(), Start::TrimHorizon, None, T0).among(wanted));
    story.tick(T0);
    let shards = [open("a", ""), closed("b", ""), open("c", "b"), open("d", "")];
    let steps = story.on(listed(&shards), T0);
    assert_eq!(steps, ["tail 1: b from the trim horizon, Drain", "tail 2: d from the trim horizon"]);
    assert_eq!(story.on(read_last(1, "5"), T1), ["b shows 5"]);
}

#[test]
fn a_parent_is_waited_for_until_the_listing_that_looks_for_it_has_come() {
    let (mut story, steps) = Story::reading(Start::TrimHorizon, &[open("b", "a"), closed("c", "")]);
    assert_eq!(steps, ["tail 1: c from the trim horizon, Drain", "list"]);
    let denied = ErrorKind::AccessDenied(Operation::DescribeStream);
    assert_eq!(story.on(not_described(Ask::Shards { after: None }, denied), T1), NOTHING);
    assert_eq!(story.on(read_last(1, ""), T1), ["children of c"], "b still waits");
    assert_eq!(story.on(children("c", &[open("d", "c")]), T1), ["tail 2: d from the trim horizon"]);
    assert_eq!(story.tick(at(1_031)), ["list"]);
    let steps = story.on(listed(&[open("b", "a")]), at(1_031));
    assert_eq!(steps, ["tail 3: b from the trim horizon"]);
}

#[test]
fn a_child_leaves_out_what_its_parent_left_out() {
    let (mut story, _) = Story::reading(Start::Latest, &[closed("a", ""), open("b", "a")]);
    assert_eq!(story.on(read_last(1, ""), T1), ["tail 2: b from the trim horizon"]);
    let page = |number: &str, time| {
        let page = page_at(number, at(time));
        Report::PageRead { tail: tail(2), page, end: false }
    };
    assert_eq!(story.on(page("5", 999), T1), NOTHING);
    assert_eq!(story.on(page("6", 1_000), T1), ["b shows 6"]);
}

#[test]
fn a_shard_is_not_forgotten_before_the_last_of_its_records() {
    let day = 86_400;
    let both = [closed("a", ""), open("b", "a")];
    let (mut story, _) = Story::reading(Start::TrimHorizon, &both);
    story.on(read_last(1, "1"), T1);
    story.on(read(2, "2"), T1);
    let mut knows_a = |time| {
        assert_eq!(story.tick(at(time)), ["list"]);
        story.on(listed(&both[1..]), at(time));
        story.0.progress(&ShardId::new("a")).is_some()
    };
    assert!(knows_a(40_000) && knows_a(80_000));
    assert!(knows_a(1_001 + day), "its end may be kept until now");
    assert!(!knows_a(1_001 + day + 30));
}

#[test]
fn without_at_timestamp_the_latest_leaves_out_every_closed_shard() {
    let mut story = Story::begin(Start::Latest);
    story.on(paged(None, &[open("a", "")], Some("a")), T0);
    let error = error(Operation::GetShardIterator, ErrorKind::Validation);
    story.on(Report::TailStopped { tail: tail(1), error }, T0);
    let steps = story.on(paged(Some("a"), &[closed("b", ""), open("c", "")], None), T0);
    assert_eq!(steps, ["tail 3: c from the latest"]);
    assert_eq!(story.state("b"), &ShardState::BeforeStart);
}

#[test]
fn a_shard_that_is_first_read_too_late_may_have_lost_its_oldest_records() {
    let start = at(1_800_000_000);
    let born = format!("shardId-{:020}-00000000", start.millis() - 3_600_000);
    // Ten minutes are granted, in which what was about to be trimmed is trimmed.
    for (id, late, gap) in [("a", 600, false), ("a", 601, true), (&*born, 601, false)] {
        let mut story = Story(Follower::new(READING, stream(), Start::TrimHorizon, None, start));
        story.tick(start);
        story.on(listed(&[open(id, "")]), start);
        let steps = story.on(read(1, "5"), at(1_800_000_000 + late));
        let expected = [format!("{id} has a gap: MayBeTrimmed"), format!("{id} shows 5")];
        assert_eq!(steps[..steps.len() - 1], expected[usize::from(!gap)..], "{id} after {late} s");
    }
}

#[test]
fn a_parent_born_well_before_the_listing_has_gone() {
    let start = at(1_800_000_000);
    for (age, step) in [(60_000, "list"), (60_001, "tail 1: b from the trim horizon")] {
        let parent = format!("shardId-{:020}-00000000", start.millis() - age);
        let mut story = Story(Follower::new(READING, stream(), Start::TrimHorizon, None, start));
        story.tick(start);
        assert_eq!(story.on(listed(&[open("b", &parent)]), start), [step], "born {age} ms before");
    }
}
