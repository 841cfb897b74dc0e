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

/// What happens to a reader between two of its lives: it is killed, or ends by itself, the world goes on for
/// a while, and another reader goes on from what was saved.
fn death() -> impl Strategy<Value = Vec<Step>> {
    let end = prop_oneof![
        2 => Just(vec![Step::Die]),
        1 => Just(vec![Step::Save, Step::Die]),
        2 => (0..12_usize, prop::collection::vec(step(), 0..40)).prop_map(|(records, mut steps)| {
            steps.insert(0, Step::EndBehind(records));
            steps
        }),
    ];
    let pause = prop::sample::select(vec![0, 1, 30, 600, 4 * 3_600, 20 * 3_600, 25 * 3_600, 30 * 3_600]);
    (end, prop::collection::vec(step(), 0..20), pause, prop::collection::vec(step(), 0..20)).prop_map(
        |(end, before, pause, after)| {
            let pause = [Step::Die, Step::Wait(Duration::from_secs(pause))];
            end.into_iter().chain(pause).chain(before).chain(after).chain([Step::Rise]).collect()
        },
    )
}

/// A history with several deaths in it, and savings.
fn lives() -> impl Strategy<Value = Vec<Step>> {
    let life = prop_oneof![
        30 => step().prop_map(|step| vec![step]),
        3 => Just(vec![Step::Save]),
        2 => death(),
    ];
    let life = prop::collection::vec(life, 0..80).prop_map(|steps| steps.concat());
    let end = prop_oneof![
        9 => Just(vec![Step::Rise]),
        1 => prop::collection::vec(step(), 0..20).prop_map(|mut steps| {
            steps.insert(0, Step::Disable);
            steps.push(Step::Rise);
            steps
        }),
    ];
    (life, end).prop_map(|(life, end)| [life, vec![Step::Rise], end].concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_dies_every_record_is_shown_once_but_for_those_behind_the_position_that_was_saved(
        before in prop::collection::vec(step(), 0..60),
        during in lives(),
        is_latest in any::<bool>(),
        roots in 1..4_usize,
        limit in 1..20_u16,
        faults in faults(),
        stale_one_in in 0..5_u64,
    ) {
        let mut model = Model::new(roots, limit);
        model.play(&before);
        model.stale_one_in = stale_one_in;
        model.service.faults.rules = faults;
        model.follow(if is_latest { Start::Latest } else { Start::TrimHorizon });
        let from = is_latest.then(|| model.begin());
        // As the command line does: at once.
        model.play(if is_latest { &[Step::Save] } else { &[] });
        model.play(&during);
        model.settle();
        model.check(from)?;
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
