//! Where `tail` starts and stops: times, sequence numbers, one shard alone.

use std::time::Duration;

use super::*;

const NO_FOLLOW: [&str; 3] = ["--no-follow", "-o", "jsonl"];

/// The stream `old`: a version each minute, the first one ten minutes ago, and a rollover after each
/// third. With the times of the versions.
fn old() -> (Demo, StreamArn, Vec<Time>) {
    let demo = serve(Contents::Nothing);
    // Whole seconds: so does the service round.
    let first = Time::from_seconds(demo.now().seconds()).minus(Duration::from_mins(10));
    let times: Vec<Time> = (0..9).map(|minute| first.plus(Duration::from_mins(minute))).collect();
    let mut service = demo.service().lock().unwrap();
    let stream = service.create_stream("old", ViewType::NewAndOldImages, 1, first);
    for (version, time) in (1..).zip(&times) {
        let image = format!("{{\"version\":{{\"N\":\"{version}\"}}}}");
        service.put(&stream, "the item", None, Some(&image), *time).unwrap();
        if version % 3 == 0 {
            let shard = service.open_shards(&stream)[0].clone();
            service.roll(&stream, &shard, time.plus(Duration::from_secs(1))).unwrap();
        }
    }
    drop(service);
    (demo, stream, times)
}

fn read(demo: &Demo, args: &[&str]) -> Vec<usize> {
    let ended = tail(demo.endpoint(), &[&["old"], args, &NO_FOLLOW].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{args:?}");
    versions(&ended.stdout)
}

#[test]
fn a_time_to_start_at_and_one_to_stop_before_are_kept_to() {
    let (demo, _, times) = old();
    let (since, until) = (times[3].to_string(), times[7].to_string());
    assert_eq!(read(&demo, &["--since", &since]), [4, 5, 6, 7, 8, 9]);
    assert_eq!(read(&demo, &["--from", &since, "--until", &until]), [4, 5, 6, 7]);
    assert_eq!(read(&demo, &["--since", "12h"]), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn without_at_timestamp_a_time_is_reached_back_to_all_the_same() {
    let (demo, _, times) = old();
    demo.service().lock().unwrap().faults.rules = vec![Rule::always(Fault::NoTimestamps)];
    assert_eq!(read(&demo, &["--since", &times[3].to_string()]), [4, 5, 6, 7, 8, 9]);
}

#[test]
fn the_first_record_of_a_time_is_found_although_times_are_rounded_to_the_minute() {
    let (demo, _, times) = old();
    for has_times in [true, false] {
        let mut rules = vec![Rule::always(Fault::RoundedTimes)];
        rules.extend((!has_times).then(|| Rule::always(Fault::NoTimestamps)));
        demo.service().lock().unwrap().faults.rules = rules;
        assert_eq!(read(&demo, &["--since", &times[3].to_string()]), [4, 5, 6, 7, 8, 9], "{has_times}");
        // It may be from the end of its minute.
        let late = Time::from_seconds(times[3].seconds() / 60 * 60 + 59);
        assert_eq!(read(&demo, &["--since", &late.to_string()]), [4, 5, 6, 7, 8, 9], "{has_times}");
    }
}

#[test]
fn shards_that_were_born_well_after_the_end_are_not_read() {
    let (demo, stream, times) = old();
    let shards: Vec<_> = history(&demo, &stream).into_iter().map(|record| record.shard).collect();
    // Whoever reads the last one is refused.
    let refused = |shard: &ShardId| Rule {
        shard: Some(shard.clone()),
        ..Rule::always(Fault::Refuse(RefusalKind::AccessDenied))
    };
    demo.service().lock().unwrap().faults.rules = vec![refused(&shards[8])];
    let until = times[4].to_string();
    assert_eq!(read(&demo, &["--from", "trim-horizon", "--until", &until]), [1, 2, 3, 4]);
}

#[test]
fn a_time_to_stop_before_ends_it_also_while_it_follows() {
    let (demo, _, times) = old();
    let args = ["old", "--from", "trim-horizon", "--until", &times[4].to_string(), "-o", "jsonl"];
    let ended = tail(demo.endpoint(), &args);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert_eq!(versions(&ended.stdout), [1, 2, 3, 4]);
    let ended = tail(demo.endpoint(), &[&args[..], &["-m", "5"]].concat());
    assert_eq!((ended.status, versions(&ended.stdout)), (3, vec![1, 2, 3, 4]));
}

#[test]
fn one_shard_is_read_alone_or_from_a_sequence_number_on() {
    let (demo, stream, _) = old();
    let history = history(&demo, &stream);
    let (shard, number) = (history[3].shard.to_string(), history[4].sequence_number.to_string());
    let shard = ["--shard", &shard];
    let from = |kind: &str| format!("{kind}:{number}");
    let (at, after) = (from("at"), from("after"));
    assert_eq!(read(&demo, &[&shard[..], &["--from", "trim-horizon"]].concat()), [4, 5, 6, 7, 8, 9]);
    assert_eq!(read(&demo, &[&shard[..], &["--from", &at]].concat()), [5, 6, 7, 8, 9]);
    assert_eq!(read(&demo, &[&shard[..], &["--from", &after, "--only"]].concat()), [6]);
    // It is closed and has been read: nothing is left to follow.
    let alone = ["old", "--only", "--from", "trim-horizon", "-o", "jsonl"];
    let ended = tail(demo.endpoint(), &[&alone[..], &shard].concat());
    assert_eq!((ended.status, versions(&ended.stdout)), (0, vec![4, 5, 6]));
}

#[test]
fn a_bare_time_is_told_in_full_and_one_too_old_is_told_too() {
    let (demo, _, _) = old();
    let ended = tail(demo.endpoint(), &["old", "--since", "2026-01-01", "--no-follow", "-o", "jsonl"]);
    assert_eq!(versions(&ended.stdout).len(), 9);
    let [from, kept] = &ended.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{}", ended.stderr) };
    assert!(from.starts_with("dynascope: from 2026-01-01 00:00:00 UTC, "), "{from}");
    assert_eq!(*kept, "dynascope: records are kept for 24 hours; it starts with the oldest there is");
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_is_asked() {
    let cases: &[(&[&str], &str)] = &[
        (&["--from", "at:7"], "name its stream and --shard"),
        (&["b-table", "--from", "after:7", "--shard", "s"], "name its stream and --shard"),
        (&["--since", "2999-01-01T00:00:00Z"], "lies in the future"),
        (&["--expect", "1"], "--expect needs an end"),
        (&["--expect", "2..1", "--timeout", "1s"], "a range (1..3) or 0 is expected"),
        (&["--expect", "1", "-m", "1", "--timeout", "1s"], "cannot be used with"),
        (&["--settle", "1s"], "--expect"),
        (&["--only"], "--shard"),
        (&["--since", "5m", "--from", "latest"], "cannot be used with"),
        (&["--from", "yesterday"], "at:NUMBER or after:NUMBER is expected"),
        (&["--timeout", "soon"], "a duration like"),
        (&["--unmarshal", "-o", "pretty"], "--unmarshal is for jsonl and json"),
        (&["--filter", "a = #s"], "^"),
        (&["--grep", ""], "a text to look for"),
    ];
    for (args, said) in cases {
        // Nobody listens there.
        let ended = tail("http://127.0.0.1:9", &[&["a-table"], *args].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn a_shard_that_is_not_there_is_a_failure_and_not_a_long_silence() {
    let (demo, _, _) = old();
    let ended = tail(demo.endpoint(), &["old", "--shard", "shardId-00000001700000000000-00000000"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    let said =
        "the stream has no shard shardId-00000001700000000000-00000000, or no more; see dynascope shards old";
    assert_eq!(ended.stderr, format!("dynascope: {said}\n"));
}
