use std::io::Cursor;

use super::*;
use crate::journal::{Entry, StreamFact};
use crate::model::{EventName, Time};
use crate::store::RecordRef;
use proptest::prelude::*;

const ARN: &str = "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026-01-01T00:00:00.000";

/// Gives a few bytes at a time.
struct Slow(Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

fn file(name: &str, bytes: impl Into<Vec<u8>>, step: usize) -> Input {
    let bytes = Box::new(Slow(Cursor::new(bytes.into()), step));
    // A pipe: blocks are as small as what is read at once.
    Input { name: name.into(), bytes, size: None, taken: Arc::default() }
}

/// All that the files say, and how it ended.
fn read_all(files: Vec<Input>) -> (Vec<Entry>, SoFar) {
    let (mut facts, mut so_far) = (vec![], SoFar::default());
    read(files, |piece| {
        facts.extend(piece.entries);
        so_far = piece.so_far;
        true
    });
    assert!(so_far.is_done);
    (facts, so_far)
}

fn read_text(text: &str) -> (Vec<Entry>, SoFar) {
    read_all(vec![file("a", text, 1 << 20)])
}

/// Each fact in a few words, whatever the pages.
fn words(facts: &[Entry]) -> Vec<String> {
    let mut words = vec![];
    for fact in facts {
        match fact {
            Entry::Page { stream, shard, page } => {
                let whose = format!("{}/{shard}", stream.table());
                words.extend(page.records().map(|it| format!("{whose} {}", it.sequence_number())));
                let poison = page.poison().iter();
                words.extend(poison.map(|it| format!("{whose} poison {}", page.poison_text(it))));
            }
            Entry::Stream(StreamFact { stream, .. }) => words.push(format!("stream {}", stream.table())),
            Entry::Shard { shard, .. } => words.push(format!("shard {}", shard.id)),
            Entry::Gap { gap, .. } => words.push(format!("gap {}", gap.reason.word())),
            Entry::Marker(marker) => words.push(format!("marker {}", marker.label)),
        }
    }
    words
}

fn line(shard: &str, number: u32) -> String {
    format!(
        r#"{{"eventID":"e{number}","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","eventSourceARN":"{ARN}","dynamodb":{{"ApproximateCreationDateTime":1700000000,"Keys":{{"pk":{{"S":"é\n{number}"}}}},"SequenceNumber":"{number}","StreamViewType":"KEYS_ONLY"}},"shardId":"{shard}"}}"#
    )
}

#[test]
fn records_that_follow_each_other_in_a_shard_are_a_page_as_they_lie() {
    let (a, b, c) = (line("a", 1), line("a", 2), line("b", 2));
    let (facts, so_far) = read_text(&format!("{a}\n{b}\r\n\n{c}"));
    let [Entry::Page { stream, shard, page }, Entry::Page { shard: other, .. }] = &facts[..] else {
        panic!("{facts:?}");
    };
    assert_eq!((stream.as_str(), shard.as_str(), other.as_str()), (ARN, "a", "b"));
    assert_eq!(page.records().map(RecordRef::json).collect::<Vec<_>>(), [a, b]);
    let record = page.record(1);
    assert_eq!((record.event(), record.keys()), (EventName::Insert, Some(r#"{"pk":{"S":"é\n2"}}"#)));
    assert_eq!(record.time(), Some(Time::from_seconds(1_700_000_000)));
    assert_eq!(&*record.common_envelope().aws_region, "eu-west-1");
    assert_eq!((so_far.records, so_far.remarks()), (3, vec![]));
}

#[test]
fn what_lambda_and_the_aws_cli_write_is_read_on_one_line_or_many() {
    let identity = |spelled: &str| {
        line("a", 1).replace(r#""dynamodb":"#, &format!(r#""userIdentity":{spelled},"dynamodb":"#))
    };
    let lower = identity(r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#);
    let upper = identity(r#"{"Type":"Service","PrincipalId":"dynamodb.amazonaws.com"}"#);
    let iso = line("a", 1).replace("1700000000", "\"2023-11-14T23:13:20+01:00\"");
    let bare = iso.replace(&format!(r#""eventSourceARN":"{ARN}","#), "").replace(r#","shardId":"a""#, "");
    let pretty = |json: &str| {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(json).unwrap()).unwrap()
    };
    for record in [&lower, &upper] {
        let event = format!(r#"{{"Records":[{record}]}}"#);
        for text in [event.clone(), format!("{}\n", pretty(&event)), format!("[\n{record}\n]\n")] {
            let (facts, so_far) = read_text(&text);
            assert_eq!((words(&facts), so_far.remarks()), (vec!["orders/a 1".to_owned()], vec![]), "{text}");
            let Entry::Page { page, .. } = &facts[0] else { panic!("{facts:?}") };
            assert!(page.record(0).flags().ttl, "{text}");
        }
    }
    let answer = format!(r#"{{"NextShardIterator":"secret","Records":[{bare},7]}}"#);
    for text in [pretty(&answer), answer] {
        let (facts, _) = read_text(&text);
        assert_eq!(words(&facts), ["unknown/ 1", "unknown/ poison 7"]);
        let Entry::Page { page, .. } = &facts[0] else { panic!("{facts:?}") };
        assert_eq!(page.record(0).time(), Some(Time::from_seconds(1_700_000_000)));
        assert!(!page.text().contains("secret"));
    }
    let two = format!("{}\n{}", pretty(&lower), pretty(&line("b", 3)));
    assert_eq!(words(&read_text(&two).0), ["orders/a 1", "orders/b 3"]);
    let array = format!("[{},{}]", line("a", 1), pretty(&line("a", 2)));
    assert_eq!(words(&read_text(&array).0), ["orders/a 1", "orders/a 2"]);
}

#[test]
fn bad_and_foreign_lines_are_counted_with_the_first_of_them_and_cost_nothing_else() {
    let good = line("a", 1);
    let torn = &line("a", 2)[..90];
    let mut bytes = format!("\u{feff}{good}\n{torn}\n\nnull\n").into_bytes();
    bytes.extend(b"{\"a\":\"\xff\"}\n{\"level\":\"info\"}\n");
    bytes.extend(line("a", 3).into_bytes());
    bytes.extend(b"\n{\"dynascope\":{\"v\":2,\"kind\":\"gap\"}}\n");
    bytes.extend(&line("a", 4).as_bytes()[..200]);
    let (facts, so_far) = read_all(vec![file("a", "", 9), file("b", bytes, 1 << 20)]);
    assert_eq!(words(&facts), ["orders/a 1", "orders/a 3"]);
    assert_eq!(
        so_far.remarks(),
        [
            "3 bad lines left out, the first at b:2: it is cut off",
            "3 foreign lines left out, the first at b:4: neither a record nor a fact",
        ]
    );
}

#[test]
fn what_would_be_a_record_is_shown_as_poison() {
    let poison = line("a", 1).replace("\"eventName\":\"INSERT\"", "\"eventName\":7");
    let (facts, _) = read_text(&format!("{}\n{poison}\n{}\n", line("a", 1), line("a", 2)));
    assert_eq!(
        words(&facts),
        ["orders/a 1".to_owned(), format!("orders/a poison {poison}"), "orders/a 2".into()]
    );
    let Entry::Page { page, .. } = &facts[1] else { panic!("{facts:?}") };
    assert_eq!(page.poison()[0].reason, "\"eventName\" is no string");
}

#[test]
fn the_same_record_is_there_once_whichever_file_it_is_in() {
    let lines = |shard: &str, numbers: std::ops::Range<u32>| -> String {
        numbers.map(|number| line(shard, number) + "\n").collect()
    };
    let (first, second) = (lines("a", 1..5) + &lines("a", 3..7), lines("b", 3..4) + &lines("a", 0..9));
    let (facts, so_far) = read_all(vec![file("x", first, 1 << 20), file("y", second, 1 << 20)]);
    let expected: Vec<String> =
        [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("a", 5), ("a", 6), ("b", 3), ("a", 0), ("a", 7), ("a", 8)]
            .map(|(shard, number)| format!("orders/{shard} {number}"))
            .into();
    assert_eq!((words(&facts), so_far.repeated, so_far.records), (expected, 8, 10));
    assert_eq!(so_far.remarks(), ["8 records were there already and are left out"]);
}

#[test]
fn values_that_never_end_are_given_up_once() {
    // Each line begins a value that would go on to the end: a second look at all of them would be quadratic.
    let text = "{\"a\":\n".repeat(100_000);
    let (facts, so_far) = read_text(&text);
    assert_eq!((facts.len(), so_far.bad.count), (0, 100_000));
}

/// A line, or part of one.
fn lines() -> impl Strategy<Value = String> {
    let record =
        (prop::sample::select(vec!["a", "b"]), 0..9_u32).prop_map(|(shard, number)| line(shard, number));
    let pretty = record.clone().prop_map(|json| {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&json).unwrap()).unwrap()
    });
    let event = prop::collection::vec(record.clone(), 0..3)
        .prop_map(|records| format!("{{\"Records\":[{}]}}", records.join(",")));
    let torn = (record.clone(), 0..200_usize).prop_map(|(line, at)| {
        line.char_indices().take_while(|(from, _)| *from < at).map(|(_, letter)| letter).collect()
    });
    let other = prop::sample::select(vec!["", "null", "[", "]", "{\"a\":1}", "nonsense", "}", "\u{1}"]);
    prop_oneof![4 => record, 1 => pretty, 1 => event, 1 => torn, 1 => other.prop_map(str::to_owned)]
}

/// What is made of a text that comes in parts, some of which were read ahead.
fn read_parts(parts: &[(String, bool)]) -> (Vec<Entry>, SoFar) {
    let mut values = Values::new(SoFar::default());
    values.begin("a".into());
    for (text, is_ahead) in parts {
        let mut lines = Lines::new(text.clone().into_bytes());
        if *is_ahead {
            lines.read_ahead();
        }
        values.lines(lines);
    }
    values.end();
    let Captured { entries, so_far } = values.finish(0);
    (entries, so_far)
}

#[test]
fn the_records_that_begin_a_line_are_read_ahead() {
    let text = format!("{}\n{{\"Records\":[]}}\n {}\n{}", line("a", 1), line("a", 2), line("b", 3));
    let mut lines = Lines::new(text.into_bytes());
    lines.read_ahead();
    let read = lines.ahead.iter().map(|ahead| &lines.text[ahead.at..ahead.end]);
    assert_eq!(read.collect::<Vec<_>>(), [line("a", 1), line("b", 3)]);
}

#[test]
fn facts_stand_between_the_records_where_they_were_written() {
    let marker = r#"{"dynascope":{"v":1,"kind":"marker","time":"2026-01-01T00:00:00Z","label":"deploy"}}"#;
    let (facts, _) =
        read_text(&[&line("a", 1), marker, &line("a", 2)].map(|line| format!("{line}\n")).concat());
    assert_eq!(words(&facts), ["orders/a 1", "marker deploy", "orders/a 2"]);
}

#[test]
fn what_was_read_ahead_of_a_value_that_goes_on_is_forgotten() {
    let (first, inner, last) = (line("a", 1), line("a", 2), line("bb", 3));
    // The last record begins where the inner one did in the part before.
    let parts = [(format!("{first}  \n{{\"a\":\n{inner}\n"), true), (format!("}}\n{last}\n"), false)];
    let (entries, so_far) = read_parts(&parts);
    assert_eq!(words(&entries), ["orders/a 1", "orders/bb 3"]);
    assert_eq!(so_far.foreign.count, 1);
}

proptest! {
    #[test]
    fn what_is_read_ahead_changes_nothing(
        parts in prop::collection::vec((prop::collection::vec(lines(), 1..5), any::<bool>()), 0..5),
    ) {
        let text = |lines: &[String]| lines.join("\n") + "\n";
        let parts: Vec<_> = parts.iter().map(|(lines, is_ahead)| (text(lines), *is_ahead)).collect();
        let plain: Vec<_> = parts.iter().map(|(text, _)| (text.clone(), false)).collect();
        prop_assert_eq!(read_parts(&parts), read_parts(&plain));
    }

    #[test]
    fn where_blocks_end_changes_nothing(lines in prop::collection::vec(lines(), 0..8), step in 1..600_usize) {
        let text = lines.join("\n");
        let (whole, told) = read_text(&text);
        let (facts, so_far) = read_all(vec![file("a", text.clone(), step)]);
        prop_assert_eq!(words(&facts), words(&whole), "{}", text);
        prop_assert_eq!(SoFar { bytes: 0, ..so_far }, SoFar { bytes: 0, ..told });
    }
}
