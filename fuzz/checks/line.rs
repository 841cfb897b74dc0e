use dynascope::model::{ShardId, StreamArn};
use dynascope::output::jsonl;
use dynascope::source::wire::read_records;

use super::members::{Members, inside, is_json};

const STREAM: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000";

/// A record's line is one line of JSON with the record's own keys and images.
pub fn line(body: &[u8]) {
    let Ok(answer) = read_records(body) else { return };
    let stream = StreamArn::parse(STREAM).unwrap();
    let shard = ShardId::new("shardId-1\n\"");
    for record in answer.page.records() {
        let mut out = vec![];
        jsonl::record(&mut out, &stream, &shard, record);
        let line = one_line(out);
        let members = Members::of(&line).unwrap();
        assert_eq!(members.last("eventID").and_then(inside), Some(record.event_id()));
        let change = Members::of(members.last("dynamodb").unwrap()).unwrap();
        assert_eq!(change.last("SequenceNumber").and_then(inside), Some(record.sequence_number()));
        for (name, part) in
            [("Keys", record.keys()), ("NewImage", record.new_image()), ("OldImage", record.old_image())]
        {
            let written = change.last(name);
            assert_eq!(written.is_some(), part.is_some());
            let (Some(written), Some(part)) = (written, part) else { continue };
            if part.contains(['\n', '\r']) {
                assert_eq!(bare(written), bare(part));
            } else {
                assert_eq!(written, part);
            }
        }
    }
    for poison in answer.page.poison() {
        let mut out = vec![];
        jsonl::poison(&mut out, &stream, &shard, &answer.page, poison);
        let line = one_line(out);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["dynascope"]["raw"], answer.page.poison_text(poison));
    }
}

fn one_line(out: Vec<u8>) -> String {
    let line = String::from_utf8(out).unwrap();
    let inside = line.strip_suffix('\n').unwrap();
    assert!(!inside.contains(['\n', '\r']), "{line}");
    assert!(is_json(inside), "{line}");
    line
}

/// JSON without the white space between its tokens.
fn bare(json: &str) -> String {
    let (mut out, mut in_string, mut escaped) = (String::new(), false, false);
    for character in json.chars() {
        if in_string || !matches!(character, ' ' | '\n' | '\r' | '\t') {
            out.push(character);
        }
        (in_string, escaped) = match character {
            '"' if !escaped => (!in_string, false),
            '\\' if in_string => (true, !escaped),
            _ => (in_string, false),
        };
    }
    out
}
