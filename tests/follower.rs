//! The follower on the demo service's model, with a virtual clock and no network: whatever the
//! history and the order of answers, every record is shown exactly once or lies in a shown gap,
//! in the order of its key.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod model;

use std::time::Duration;

use dynascope::demo::{Fault, RefusalKind, Rule};
use dynascope::follow::Start;
use dynascope::model::Operation;
use model::{Model, Step};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..12_u8).prop_map(Step::Put),
        2 => (0..8_usize).prop_map(Step::Split),
        2 => (0..8_usize).prop_map(Step::Roll),
        3 => (1..5_000_u64).prop_map(|millis| Step::Wait(Duration::from_millis(millis))),
        1 => (60..2_000_u64).prop_map(|seconds| Step::Wait(Duration::from_secs(seconds))),
        1 => prop::sample::select(vec![
            Step::Wait(Duration::from_mins(20)),
            Step::Wait(Duration::from_hours(4)),
            Step::Wait(Duration::from_hours(30)),
        ]),
        1 => (-900..900_i64).prop_map(Step::SetClock),
        20 => any::<u16>().prop_map(Step::Work),
    ]
}

fn faults() -> impl Strategy<Value = Vec<Rule>> {
    let describe = Operation::DescribeStream;
    let some = prop::sample::select(vec![
        Rule::always(Fault::LateChildren(Duration::from_secs(7))),
        Rule::always(Fault::LateChildren(Duration::from_secs(50))),
        Rule::always(Fault::OpenParents),
        Rule::always(Fault::ChildFilterIgnored),
        Rule::always(Fault::ChildFilterRejected),
        Rule::always(Fault::NoTimestamps),
        Rule::fraction(0.3, Operation::GetRecords, Fault::DuplicatePage),
        Rule::next(2, describe, Fault::RepeatedShardToken),
        Rule::fraction(0.3, Operation::GetRecords, Fault::Refuse(RefusalKind::Throttling)),
        Rule::fraction(0.3, describe, Fault::Refuse(RefusalKind::Throttling)),
        Rule::fraction(0.3, Operation::GetShardIterator, Fault::Refuse(RefusalKind::Internal)),
        Rule::fraction(0.2, Operation::GetRecords, Fault::Refuse(RefusalKind::ExpiredIterator)),
        Rule::fraction(0.3, Operation::GetRecords, Fault::Truncated),
        Rule::always(Fault::Poison { one_in: 3 }),
    ]);
    prop::collection::vec(some, 0..3)
}

/// A hundred cases in an ordinary run, always the same ones; `DYNASCOPE_CASES` asks for more, and
/// for others each time.
fn config() -> ProptestConfig {
    let cases: Option<u32> = std::env::var("DYNASCOPE_CASES").ok().and_then(|cases| cases.parse().ok());
    // What once failed stays in the file of regressions and is tried first.
    let failures = FileFailurePersistence::Direct("tests/follower.regressions");
    ProptestConfig {
        cases: cases.unwrap_or(100),
        rng_seed: if cases.is_some() { RngSeed::Random } else { RngSeed::Fixed(7) },
        failure_persistence: Some(Box::new(failures)),
        ..ProptestConfig::default()
    }
}

/// What happens while somebody reads; in some histories the stream is switched off at the end, and on again.
fn history() -> impl Strategy<Value = Vec<Step>> {
    let tail = prop::option::weighted(
        0.1,
        (prop::collection::vec(step(), 0..20))
            .prop_map(|steps| [Step::Disable, Step::Enable].into_iter().chain(steps).collect::<Vec<_>>()),
    );
    (prop::collection::vec(step(), 0..120), tail)
        .prop_map(|(steps, tail)| steps.into_iter().chain(tail.unwrap_or_default()).collect())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn from_the_trim_horizon_every_record_is_shown_once(
        before in prop::collection::vec(step(), 0..60),
        during in history(),
        roots in 1..4_usize,
        limit in 1..20_u16,
        faults in faults(),
        stale_one_in in 0..5_u64,
    ) {
        let mut model = Model::new(roots, limit);
        model.play(&before);
        model.stale_one_in = stale_one_in;
        model.service.faults.rules = faults;
        model.follow(Start::TrimHorizon);
        model.play(&during);
        model.settle();
        model.check(None)?;
    }

    #[test]
    fn from_the_latest_every_later_record_is_shown_once(
        before in prop::collection::vec(step(), 0..60),
        during in history(),
        roots in 1..4_usize,
        limit in 1..20_u16,
        faults in faults(),
        stale_one_in in 0..5_u64,
    ) {
        let mut model = Model::new(roots, limit);
        model.play(&before);
        model.stale_one_in = stale_one_in;
        model.service.faults.rules = faults;
        model.follow(Start::Latest);
        // "Latest" is where the first iterators were handed out.
        let from = model.begin();
        model.play(&during);
        model.settle();
        model.check(Some(from))?;
    }
}

#[test]
fn a_recent_time_is_reached_back_to_over_rollovers() {
    let mut model = Model::new(2, 100);
    for round in 0..40 {
        model.play(&[
            Step::Put(round),
            Step::Wait(Duration::from_secs(20)),
            Step::Roll(0),
            Step::Put(round + 1),
        ]);
    }
    let ago = Duration::from_mins(5);
    let from = model.now.minus(ago);
    model.follow(Start::Recent(ago));
    model.settle();
    model.check(Some(from)).unwrap();
    let oldest = model.shown.iter().map(|shown| shown.created).min().unwrap();
    assert!(oldest >= from.minus(Duration::from_secs(90)), "it read no more than was asked for");
}

#[test]
fn three_hundred_shards_are_all_listed_and_read() {
    let mut model = Model::new(150, 1_000);
    for shard in 0..150 {
        model.play(&[Step::Put(shard), Step::Roll(usize::from(shard)), Step::Put(shard)]);
    }
    model.follow(Start::TrimHorizon);
    model.settle();
    model.check(None).unwrap();
    assert_eq!(model.follower().lineage().len(), 300);
}
