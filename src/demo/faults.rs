//! What goes wrong on purpose: a list of rules that the service and its HTTP face consult.

use std::time::Duration;

use super::refusal::RefusalKind;
use crate::model::{Operation, ShardId};

/// Something that can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call is refused: throttled, 500, 503, expired now, access denied...
    Refuse(RefusalKind),
    /// Status 200 with a page of HTML, as from a captive portal. Only over HTTP.
    Html,
    /// Status 200 with nothing in it. Only over HTTP.
    EmptyBody,
    /// The connection breaks in the middle of the body. Only over HTTP.
    Truncated,
    /// There is never an answer. Only over HTTP.
    Hang,
    /// DescribeStream repeats its LastEvaluatedShardId for ever.
    RepeatedShardToken,
    /// Children are listed only this long after the split. GetShardIterator knows them at once.
    LateChildren(Duration),
    /// A parent is listed without its ending although its children are listed.
    OpenParents,
    /// AT_TIMESTAMP is not known, as at older endpoints.
    NoTimestamps,
    /// Creation times are rounded down to the minute, as DynamoDB Local does.
    RoundedTimes,
    /// The filter CHILD_SHARDS is ignored: every shard is returned.
    ChildFilterIgnored,
    ChildFilterRejected,
    /// One in so many records has an attribute that no client can decode, always the same ones.
    Poison {
        one_in: u64,
    },
    /// GetRecords answers with the page, but its next iterator leads to the same page again.
    DuplicatePage,
    /// LATEST is settled at the first GetRecords: what is written in between is missed.
    LatestSettlesLate,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    Always,
    /// The next so many times that it could happen.
    Next(u32),
    /// This part of the times, from 0 to 1.
    Fraction(f64),
}

/// One fault, where and when it strikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// `None`: any operation that the fault makes sense for.
    pub operation: Option<Operation>,
    /// Only calls for this shard (GetShardIterator and GetRecords); not for faults of HTTP.
    pub shard: Option<ShardId>,
    pub when: When,
    pub fault: Fault,
}

impl Rule {
    pub fn always(fault: Fault) -> Self {
        Self { operation: None, shard: None, when: When::Always, fault }
    }

    pub fn next(count: u32, operation: Operation, fault: Fault) -> Self {
        Self { operation: Some(operation), shard: None, when: When::Next(count), fault }
    }

    pub fn fraction(part: f64, operation: Operation, fault: Fault) -> Self {
        Self { operation: Some(operation), shard: None, when: When::Fraction(part), fault }
    }
}

/// The rules in force.
#[derive(Debug)]
pub struct Faults {
    pub rules: Vec<Rule>,
    dice: fastrand::Rng,
}

impl Faults {
    pub fn none(seed: u64) -> Self {
        Self { rules: vec![], dice: fastrand::Rng::with_seed(seed) }
    }

    /// A nasty service: a little of everything that a client must survive, chosen by the seed.
    pub fn random(seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut rules = vec![Rule::always(Fault::LateChildren(Duration::from_secs(dice.u64(1..8))))];
        let every = [
            Operation::ListStreams,
            Operation::DescribeStream,
            Operation::GetShardIterator,
            Operation::GetRecords,
        ];
        for operation in every {
            for (part, fault) in [
                (0.04, Fault::Refuse(RefusalKind::Throttling)),
                (0.01, Fault::Refuse(RefusalKind::Internal)),
                (0.01, Fault::Refuse(RefusalKind::Unavailable)),
                (0.005, Fault::Html),
                (0.005, Fault::EmptyBody),
                (0.005, Fault::Truncated),
                (0.001, Fault::Hang),
            ] {
                rules.push(Rule::fraction(part * dice.f64() * 2.0, operation, fault));
            }
        }
        let records = Operation::GetRecords;
        rules.push(Rule::fraction(0.005, records, Fault::Refuse(RefusalKind::ExpiredIterator)));
        rules.push(Rule::fraction(0.005, records, Fault::Refuse(RefusalKind::LimitExceeded)));
        rules.push(Rule::fraction(0.01, records, Fault::DuplicatePage));
        rules.push(Rule::always(Fault::Poison { one_in: dice.u64(200..2_000) }));
        for fault in [
            Fault::OpenParents,
            Fault::NoTimestamps,
            Fault::ChildFilterIgnored,
            Fault::ChildFilterRejected,
            Fault::LatestSettlesLate,
        ] {
            if dice.u8(0..3) == 0 {
                rules.push(Rule::always(fault));
            }
        }
        Self { rules, dice }
    }

    /// The first fault that strikes this call among those that `wanted` accepts.
    pub fn strike<T>(
        &mut self,
        operation: Operation,
        shard: Option<&ShardId>,
        wanted: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        for at in 0..self.rules.len() {
            let Some(rule) = self.rules.get_mut(at) else { break };
            let here = rule.operation.is_none_or(|only| only == operation)
                && rule.shard.as_ref().is_none_or(|only| Some(only) == shard);
            let Some(found) = wanted(&rule.fault).filter(|_| here) else { continue };
            match &mut rule.when {
                When::Always => return Some(found),
                When::Fraction(part) => {
                    if self.dice.f64() < *part {
                        return Some(found);
                    }
                }
                When::Next(0) => {}
                When::Next(left) => {
                    *left -= 1;
                    return Some(found);
                }
            }
        }
        None
    }

    /// Whether this very fault strikes.
    pub fn strikes(&mut self, operation: Operation, shard: Option<&ShardId>, fault: &Fault) -> bool {
        self.strike(operation, shard, |rule| (rule == fault).then_some(())).is_some()
    }
}
