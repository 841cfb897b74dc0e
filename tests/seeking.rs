//! Seeking on the demo service's model: a day of many shards, a virtual clock, no network. Whatever
//! times are sought and whatever is cancelled, nothing is lost, repeated or out of order.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

#[path = "seeking/desk.rs"]
mod desk;
mod model;

use std::time::Duration;

use desk::{Day, Desk};
use dynascope::demo::{Fault, RefusalKind, Rule};
use dynascope::follow::Start;
use dynascope::model::{Operation, Time};
use model::START;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

/// What somebody does at the keyboard, or what happens meanwhile.
#[derive(Clone, Debug)]
enum Step {
    /// Seconds since the beginning of the day.
    Seek(i64),
    SeekOldest,
    Cancel,
    Put(u8),
    Roll(usize),
    Wait(u64),
    Work(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (-3_600..79_200_i64).prop_map(Step::Seek),
        1 => Just(Step::SeekOldest),
        1 => Just(Step::Cancel),
        3 => (0..12_u8).prop_map(Step::Put),
        1 => (0..12_usize).prop_map(Step::Roll),
        2 => (1..30_u64).prop_map(Step::Wait),
        4 => (1..400_u16).prop_map(Step::Work),
    ]
}

fn faults() -> impl Strategy<Value = Vec<Rule>> {
    let some = prop::sample::select(vec![
        Rule::always(Fault::OpenParents),
        Rule::always(Fault::ChildFilterIgnored),
        Rule::always(Fault::LateChildren(Duration::from_secs(7))),
        Rule::fraction(0.2, Operation::GetRecords, Fault::DuplicatePage),
        Rule::fraction(0.2, Operation::GetRecords, Fault::Refuse(RefusalKind::Throttling)),
        Rule::fraction(0.1, Operation::GetRecords, Fault::Refuse(RefusalKind::ExpiredIterator)),
    ]);
    prop::collection::vec(some, 0..2)
}

fn start() -> impl Strategy<Value = Start> {
    prop_oneof![
        2 => Just(Start::Recent(Duration::from_mins(5))),
        1 => Just(Start::Latest),
        1 => (70_000..79_000_i64).prop_map(|at| Start::Since(START.plus(Duration::from_secs(at as u64)))),
    ]
}

fn config() -> ProptestConfig {
    let cases: Option<u32> = std::env::var("DYNASCOPE_CASES").ok().and_then(|cases| cases.parse().ok());
    let failures = FileFailurePersistence::Direct("tests/seeking.regressions");
    ProptestConfig {
        cases: cases.unwrap_or(40),
        rng_seed: if cases.is_some() { RngSeed::Random } else { RngSeed::Fixed(11) },
        failure_persistence: Some(Box::new(failures)),
        ..ProptestConfig::default()
    }
}

fn time(second: i64) -> Time {
    Time::from_seconds(START.seconds() + second)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_time_of_a_day_of_200_shards_is_found_exactly_and_nothing_held_is_lost_or_repeated(
        seed in any::<u64>(),
        start in start(),
        limit in 1..60_u16,
        has_times in any::<bool>(),
        is_rounded in any::<bool>(),
        faults in faults(),
        steps in prop::collection::vec(step(), 1..16),
        last in 0..79_200_i64,
    ) {
        let mut desk = Desk::new(Day::new(seed), start, limit);
        let rules = &mut desk.service.faults.rules;
        *rules = faults;
        if !has_times {
            rules.push(Rule::always(Fault::NoTimestamps));
        }
        if is_rounded {
            rules.push(Rule::always(Fault::RoundedTimes));
        }
        desk.is_rounded = is_rounded;
        desk.begin();
        for step in steps {
            match step {
                Step::Seek(second) => desk.seek(Start::Since(time(second))),
                Step::SeekOldest => desk.seek(Start::TrimHorizon),
                Step::Cancel => desk.cancel(),
                Step::Put(key) => desk.put(key),
                Step::Roll(at) => desk.roll(at),
                Step::Wait(seconds) => desk.wait(Duration::from_secs(seconds)),
                Step::Work(times) => desk.work(usize::from(times)),
            }
            desk.check_once_and_in_order()?;
        }
        // What was cancelled is a gap, and only that.
        desk.cancel();
        desk.settle();
        desk.check_gaps()?;
        // Reading it again from any time leaves nothing out from there on.
        desk.seek(Start::Since(time(last)));
        desk.settle();
        prop_assert!(!desk.reading.is_seeking(), "{:?}", desk.reading.seek_state(desk.now));
        desk.check_once_and_in_order()?;
        desk.check_gaps()?;
        desk.check_first_at(time(last))?;
    }
}
