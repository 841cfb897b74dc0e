//! Stories of positions: what an endpoint without AT_TIMESTAMP is told from, and where reading goes on.

use super::*;

fn refused(number: u32, operation: Operation, kind: ErrorKind) -> Report {
    Report::TailStopped { tail: tail(number), error: error(operation, kind) }
}

#[test]
fn only_an_iterator_for_a_time_that_is_invalid_tells_of_an_endpoint_without_times() {
    let (mut story, _) = Story::reading(Start::Latest, &[open("a", "")]);
    // An iterator that is bogus says nothing of what asked for it.
    let bogus = refused(1, Operation::GetRecords, ErrorKind::Validation);
    assert_eq!(story.on(bogus, T1), ["tail 2: a from the time 998"]);
    let operation = Operation::GetShardIterator;
    let denied = refused(2, operation, ErrorKind::AccessDenied(operation));
    assert_eq!(story.on(denied, T1), NOTHING);
    assert!(matches!(story.state("a"), ShardState::Failed(_)) && story.0.knows_timestamps());

    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert_eq!(story.on(refused(1, operation, ErrorKind::Validation), T1), NOTHING);
    assert!(matches!(story.state("a"), ShardState::Failed(_)) && story.0.knows_timestamps());
}

#[test]
fn a_lost_iterator_whose_time_is_then_refused_does_not_become_latest() {
    let (mut story, _) = Story::reading(Start::Latest, &[open("a", "")]);
    let expired = stopped(1, ErrorKind::ExpiredIterator);
    assert_eq!(story.on(expired, T1), ["tail 2: a from the time 998"]);
    let invalid = refused(2, Operation::GetShardIterator, ErrorKind::Validation);
    assert_eq!(story.on(invalid, T1), ["tail 3: a from the trim horizon"]);
}

#[test]
fn what_is_trimmed_behind_a_time_is_a_gap_though_nothing_was_read() {
    let (mut story, _) = Story::reading(Start::Recent(AGO), &[open("a", "")]);
    let steps = story.on(stopped(1, ErrorKind::TrimmedData), T1);
    assert_eq!(steps, ["a has a gap: Trimmed", "tail 2: a from the trim horizon"]);
}
