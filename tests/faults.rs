//! Faults of the shard graph, of iterators and of reading that need a whole follower and a whole
//! service: the rows of tests/faults.md that no smaller test shows.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod model;

use std::collections::BTreeSet;
use std::time::Duration;

use dynascope::demo::{Fault, RefusalKind, Rule};
use dynascope::follow::{ShardState, Start, Warning};
use dynascope::model::Operation;
use model::{Model, Step};

const SECOND: Step = Step::Wait(Duration::from_secs(1));

#[test]
fn a_listing_throttled_on_its_fifth_page_goes_on_there() {
    let mut model = Model::new(600, 1_000);
    for key in 0..250 {
        model.play(&[Step::Put(key)]);
    }
    model.follow(Start::TrimHorizon);
    for _ in 0..4 {
        model.describe_next();
    }
    let listed = model.follower().lineage().len();
    assert_eq!(listed, 400);
    assert!(model.follower().all_progress().count() >= 400, "what is listed is read already");
    model.service.faults.rules =
        vec![Rule::next(20, Operation::DescribeStream, Fault::Refuse(RefusalKind::Throttling))];
    for _ in 0..20 {
        model.describe_next();
        assert_eq!(model.follower().lineage().len(), 400);
    }
    model.describe_next();
    assert_eq!(model.follower().lineage().len(), 500, "the fifth page, not the first again");
    model.settle();
    model.check(None).unwrap();
}

#[test]
fn a_chain_of_one_second_shards_is_read_in_its_order() {
    let mut model = Model::new(1, 100);
    model.follow(Start::Latest);
    let from = model.begin();
    for round in 0..4 {
        model.play(&[Step::Put(1), SECOND, Step::Roll(0), Step::Put(1), Step::Work(round)]);
    }
    model.settle();
    model.check(Some(from)).unwrap();
    assert_eq!(model.shown.len(), 8);
}

#[test]
fn a_pause_of_twenty_minutes_loses_nothing() {
    let mut model = Model::new(2, 100);
    model.follow(Start::Latest);
    let from = model.begin();
    model.play(&[
        Step::Put(1),
        Step::Put(2),
        Step::Wait(Duration::from_mins(20)),
        Step::Put(1),
        Step::Put(2),
    ]);
    model.settle();
    model.check(Some(from)).unwrap();
    assert_eq!((model.shown.len(), model.gaps.len()), (4, 0));
}

#[test]
fn a_suspension_of_thirty_hours_is_a_gap_and_reading_goes_on() {
    let mut model = Model::new(1, 100);
    model.follow(Start::Latest);
    let from = model.begin();
    model.play(&[Step::Put(1)]);
    model.settle();
    model.play(&[Step::Put(1), Step::Wait(Duration::from_hours(30)), Step::Put(1)]);
    model.settle();
    model.check(Some(from)).unwrap();
    assert_eq!(model.shown.len(), 2);
    // Behind the record that was read; and whatever other shards there may have been meanwhile.
    let gaps: BTreeSet<_> = model.gaps.iter().map(|gap| (gap.shard.is_some(), gap.reason.word())).collect();
    assert_eq!(gaps, BTreeSet::from([(true, "trimmed"), (false, "unlisted")]));
}

#[test]
fn late_children_are_found_and_none_is_skipped() {
    let mut model = Model::new(1, 100);
    model.service.faults.rules = vec![Rule::always(Fault::LateChildren(Duration::from_secs(5)))];
    model.follow(Start::Latest);
    let from = model.begin();
    model.play(&[Step::Put(1), SECOND, Step::Split(0), Step::Put(1), Step::Put(2), Step::Put(3)]);
    model.settle();
    model.check(Some(from)).unwrap();
    assert_eq!(model.shown.len(), 4);
}

#[test]
fn latest_that_settles_late_misses_nothing_where_times_are_known() {
    let mut model = Model::new(2, 100);
    model.service.faults.rules = vec![Rule::always(Fault::LatestSettlesLate)];
    model.follow(Start::Latest);
    let from = model.now;
    // Written before any first read.
    model.play(&[Step::Put(1), Step::Put(2)]);
    model.settle();
    model.check(Some(from)).unwrap();
    assert_eq!(model.shown.len(), 2);
}

#[test]
fn a_stream_enabled_again_is_offered_and_the_old_one_read_to_its_end() {
    let mut model = Model::new(1, 100);
    model.play(&[Step::Put(1)]);
    model.follow(Start::TrimHorizon);
    model.settle();
    model.play(&[Step::Put(1), Step::Disable, Step::Wait(Duration::from_secs(40))]);
    let newer = model.service.create_stream("t", dynascope::model::ViewType::KeysOnly, 1, model.now);
    model.settle();
    model.check(None).unwrap();
    assert_eq!(model.shown.len(), 2);
    assert!(model.follower().is_over());
    let expected = [Warning::Disabled("t".into()), Warning::NewerStream { newest: newer }];
    assert_eq!(model.warnings, expected);
    assert!(model.follower().all_progress().all(|(_, it)| matches!(it.state, ShardState::Exhausted(_))));
}

#[test]
fn five_thousand_shards_are_followed_in_bounded_time_and_memory() {
    let mut model = Model::new(2_500, 1_000);
    for shard in 0..2_500 {
        model.play(&[Step::Roll(shard % 2_500)]);
    }
    model.follow(Start::TrimHorizon);
    while !model.follower().is_listed() {
        model.describe_next();
    }
    assert_eq!(model.follower().lineage().len(), 5_000);
    assert_eq!(model.follower().lineage().rows().len(), 5_000);
}
