//! Stories of what goes on beside the records: readers that share a stream, newer streams, progress.

use super::*;
use crate::model::StreamSummary;

#[test]
fn a_shard_left_to_another_reader_is_stopped_and_taken_back() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", ""), closed("b", "")]);
    let mut yields =
        |shard: Option<&str>| words(&story.0.yield_shards(shard.map(ShardId::new).into_iter().collect()));
    assert_eq!(yields(None), NOTHING);
    assert_eq!(yields(Some("a")), ["tail 1: Stopped"]);
    assert_eq!(yields(Some("a")), NOTHING);
    assert_eq!(yields(Some("b")), ["tail 1: Watched", "tail 2: Stopped"]);
    assert_eq!(yields(None), ["tail 2: Drain"]);
}

#[test]
fn a_reading_knows_that_it_is_stopped() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    assert!(!story.0.is_stopped());
    story.0.stop();
    assert!(story.0.is_stopped());
    story.0.go_on();
    assert!(!story.0.is_stopped());
}

#[test]
fn each_shard_says_how_far_it_has_been_read() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", ""), open("b", "")]);
    story.on(read(2, "5 66"), T1);
    story.on(read(2, "777"), T1);
    let told: Vec<_> = story.0.all_progress().map(|(id, it)| (id.as_str(), it.records, it.bytes)).collect();
    assert_eq!(told, [("a", 0, 0), ("b", 3, 6)]);
}

#[test]
fn the_newest_of_the_table_s_streams_is_named_by_the_follower_s_own_listing() {
    let summary = |table: &str, label: &str| {
        let text = format!("arn:aws:dynamodb:eu-west-1:1:table/{table}/stream/{label}");
        let arn = StreamArn::parse(&text).unwrap();
        StreamSummary { table: table.into(), label: label.into(), arn }
    };
    let older = summary("t", "2025-01-01T00:00:00.000");
    let same = summary("t", "2026-01-01T00:00:00.000");
    let newer = summary("t", "2026-02-01T00:00:00.000");
    let newest = summary("t", "2026-03-01T00:00:00.000");
    let other = summary("u", "2027-01-01T00:00:00.000");
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[]);
    let run = story.0.run();
    assert_eq!(run, u32::MAX - 1);
    let mut told = |run: u32, streams: &[&StreamSummary], more: Option<&StreamSummary>| {
        let streams = streams.iter().copied().cloned().collect();
        story.on(Report::StreamsListed { run, streams, more: more.map(|it| it.arn.clone()) }, T1)
    };
    let warning =
        |of: &StreamSummary| format!("warning: t has a newer stream, which is not followed: {}", of.arn);
    assert_eq!(told(run, &[&newer, &newest, &other, &older], None), [warning(&newest)]);
    assert_eq!(told(run, &[&older, &same, &other], None), NOTHING);
    assert_eq!(told(run, &[&same], Some(&same)), ["streams of t"], "the next page may have it");
    assert_eq!(told(1, &[&newer], None), NOTHING, "somebody else's listing");
}

#[test]
fn what_the_endpoint_does_not_support_is_known_once_it_was_asked() {
    for (start, only_latest) in [(Start::Latest, true), (Start::Recent(AGO), true), (Start::Since(T0), false)]
    {
        let (mut story, _) = Story::reading(start, &[open("a", "")]);
        assert!(story.0.knows_timestamps() && !story.0.has_only_latest());
        let error = error(Operation::GetShardIterator, ErrorKind::Validation);
        story.on(Report::TailStopped { tail: tail(1), error }, T1);
        assert_eq!((story.0.knows_timestamps(), story.0.has_only_latest()), (false, only_latest));
    }
}

#[test]
fn the_iterators_that_were_renewed_are_counted() {
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    for number in 1..=2 {
        story.on(read(number, &number.to_string()), T1);
        story.on(stopped(number, ErrorKind::ExpiredIterator), T1);
    }
    assert_eq!(story.0.progress(&ShardId::new("a")).unwrap().renewed, 2);
}

#[test]
fn a_record_is_known_again_for_two_pages() {
    let numbers = (1..=2_000).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    let (mut story, _) = Story::reading(Start::TrimHorizon, &[open("a", "")]);
    story.on(read(1, &numbers), T1);
    assert_eq!(story.on(read(1, "1"), T1), NOTHING);
    assert_eq!(story.on(read(1, "2001"), T1), ["a shows 2001"]);
    let warning = "warning: shard a: sequence numbers go backwards; shown in the order of arrival";
    assert_eq!(story.on(read(1, "1"), T1), ["a shows 1", warning]);
}
