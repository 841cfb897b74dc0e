//! One line of JSON for each record, in the shape that Lambda receives, and for each fact beside.
//!
//! Keys and images are the bytes that came; only the envelope is respelled. The format is fixed:
//! captures are made of it.

use std::io::Write as _;

use crate::model::attribute::parse_item;
use crate::model::json::Scanner;
use crate::model::plain::write_plain;
use crate::model::{Gap, Marker, Shard, ShardId, StreamArn, StreamStatus, ViewType};
use crate::source::wire::{self, Identity};
use crate::store::{Page, Poison, RecordRef};

/// The version of the lines about facts.
const VERSION: u32 = 1;

/// Appends a record's line.
pub fn record(out: &mut Vec<u8>, stream: &StreamArn, shard: &ShardId, record: RecordRef<'_>) {
    event_with(out, stream, record, wire::details(record), compacted);
    end_with_shard(out, shard);
}

/// The same with keys and images in plain JSON: types are lost. What cannot be read stays as it came.
pub fn unmarshalled(out: &mut Vec<u8>, stream: &StreamArn, shard: &ShardId, record: RecordRef<'_>) {
    event_with(out, stream, record, wire::details(record), plain);
    end_with_shard(out, shard);
}

/// One more member of the object before its end.
fn end_with_shard(out: &mut Vec<u8>, shard: &ShardId) {
    out.pop();
    out.extend(b",\"shardId\":");
    quoted(out, shard.as_str());
    out.extend(b"}\n");
}

/// Appends a record as Lambda receives it: one object, without a newline.
pub fn event(out: &mut Vec<u8>, stream: &StreamArn, record: RecordRef<'_>) {
    event_with(out, stream, record, wire::details(record), compacted);
}

/// Appends the same with other details, its keys and images written in another way.
pub(super) fn event_with(
    out: &mut Vec<u8>,
    stream: &StreamArn,
    record: RecordRef<'_>,
    details: wire::Details<'_>,
    write_image: impl Fn(&mut Vec<u8>, &str),
) {
    out.extend(b"{\"eventID\":\"");
    out.extend(record.event_id().as_bytes());
    for (name, value) in [
        ("eventName", details.event_name),
        ("eventVersion", details.event_version),
        ("eventSource", details.event_source),
        ("awsRegion", details.aws_region),
    ] {
        text(out, name, value);
    }
    out.extend(b"\",\"eventSourceARN\":");
    quoted(out, stream.as_str());
    if let Some(Identity { kind, principal_id }) = details.identity {
        out.extend(b",\"userIdentity\":{\"type\":\"");
        out.extend(kind.as_bytes());
        text(out, "principalId", principal_id);
        out.extend(b"\"}");
    }
    out.extend(b",\"dynamodb\":{");
    if let Some(time) = record.time() {
        out.extend(b"\"ApproximateCreationDateTime\":");
        out.extend(time.as_seconds_text().as_bytes());
        out.push(b',');
    }
    for (name, image) in
        [("Keys", record.keys()), ("NewImage", record.new_image()), ("OldImage", record.old_image())]
    {
        if let Some(image) = image {
            out.push(b'"');
            out.extend(name.as_bytes());
            out.extend(b"\":");
            write_image(out, image);
            out.push(b',');
        }
    }
    out.extend(b"\"SequenceNumber\":\"");
    out.extend(record.sequence_number().as_bytes());
    out.push(b'"');
    if let Some(size) = record.size_bytes() {
        // A Vec takes every byte.
        let _ = write!(out, ",\"SizeBytes\":{size}");
    }
    out.extend(b",\"StreamViewType\":\"");
    out.extend(details.stream_view_type.as_bytes());
    out.extend(b"\"}}");
}

/// Closes the string before it and opens another; the value is inside quotes already.
fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend(b"\",\"");
    out.extend(name.as_bytes());
    out.extend(b"\":\"");
    out.extend(value.as_bytes());
}

/// Appends a text as a JSON string.
fn quoted(out: &mut Vec<u8>, text: &str) {
    // Serialising a text into a Vec cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// Appends a member with a text, behind others.
fn member(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend(b",\"");
    out.extend(name.as_bytes());
    out.extend(b"\":");
    quoted(out, value);
}

/// Appends JSON as it came; where it holds a newline, without the white space between its tokens.
fn compacted(out: &mut Vec<u8>, json: &str) {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        out.extend(json.as_bytes());
        return;
    }
    let mut rest = json;
    while let Some(quote) = rest.find('"') {
        let (between, string) = rest.split_at(quote);
        out.extend(between.bytes().filter(|byte| !byte.is_ascii_whitespace()));
        let end = Scanner::new(string).string().map_or(string.len(), |inside| inside.end + 1);
        out.extend(&string.as_bytes()[..end]);
        rest = &string[end..];
    }
    out.extend(rest.bytes().filter(|byte| !byte.is_ascii_whitespace()));
}

fn plain(out: &mut Vec<u8>, image: &str) {
    match parse_item(image.as_bytes()) {
        Ok(item) => {
            let mut text = String::with_capacity(image.len());
            write_plain(&item, &mut text);
            out.extend(text.as_bytes());
        }
        Err(_) => compacted(out, image),
    }
}

/// Appends the line of a stream, as it was last described. A later line takes the place of an earlier.
pub fn stream(
    out: &mut Vec<u8>,
    stream: &StreamArn,
    status: &StreamStatus,
    view: &ViewType,
    keys: &[String],
) {
    fact(out, "stream", Some(stream), None, |out| {
        member(out, "streamStatus", status.as_str());
        member(out, "streamViewType", view.as_str());
        out.extend(b",\"keySchema\":[");
        for (at, (name, kind)) in keys.iter().zip(["HASH", "RANGE"]).enumerate() {
            out.extend(if at == 0 { &b"{\"attributeName\":"[..] } else { b",{\"attributeName\":" });
            quoted(out, name);
            member(out, "keyType", kind);
            out.push(b'}');
        }
        out.push(b']');
    });
}

/// Appends the line of a shard, as it was last listed. A later line takes the place of an earlier.
pub fn shard(out: &mut Vec<u8>, stream: &StreamArn, shard: &Shard) {
    fact(out, "shard", Some(stream), Some(&shard.id), |out| {
        if let Some(parent) = &shard.parent {
            member(out, "parentShardId", parent.as_str());
        }
        if let Some(starting) = &shard.starting {
            member(out, "startingSequenceNumber", starting.as_str());
        }
        if let Some(ending) = &shard.ending {
            member(out, "endingSequenceNumber", ending.as_str());
        }
    });
}

/// Appends the line of a marker.
pub fn marker(out: &mut Vec<u8>, marker: &Marker) {
    fact(out, "marker", None, None, |out| {
        member(out, "time", &marker.time.to_string());
        member(out, "label", &marker.label);
    });
}

/// Appends the line of a gap.
pub fn gap(out: &mut Vec<u8>, stream: &StreamArn, gap: &Gap) {
    fact(out, "gap", Some(stream), gap.shard.as_ref(), |out| {
        member(out, "reason", gap.reason.word());
        if let Some((from, until)) = gap.reason.span() {
            let _ = write!(out, ",\"from\":\"{from}\",\"until\":\"{until}\"");
        }
        if let Some(after) = &gap.after {
            member(out, "afterSequenceNumber", after.as_str());
        }
    });
}

/// Appends the line of a record that could not be understood, with its text as it came.
pub fn poison(out: &mut Vec<u8>, stream: &StreamArn, shard: &ShardId, page: &Page, poison: &Poison) {
    fact(out, "poison", Some(stream), Some(shard), |out| {
        member(out, "reason", &poison.reason);
        member(out, "raw", page.poison_text(poison));
    });
}

fn fact(
    out: &mut Vec<u8>,
    kind: &str,
    stream: Option<&StreamArn>,
    shard: Option<&ShardId>,
    rest: impl FnOnce(&mut Vec<u8>),
) {
    let _ = write!(out, "{{\"dynascope\":{{\"v\":{VERSION},\"kind\":\"{kind}\"");
    if let Some(stream) = stream {
        member(out, "eventSourceARN", stream.as_str());
    }
    if let Some(shard) = shard {
        member(out, "shardId", shard.as_str());
    }
    rest(out);
    out.extend(b"}}\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GapReason, SequenceNumber, Time};

    const STREAM: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000";

    fn line(write: impl Fn(&mut Vec<u8>, &StreamArn, &ShardId, RecordRef<'_>), body: &str) -> String {
        let answer = wire::read_records(body.as_bytes()).unwrap();
        let mut out = vec![];
        let stream = StreamArn::parse(STREAM).unwrap();
        write(&mut out, &stream, &ShardId::new("shardId-1"), answer.page.record(0));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_has_the_shape_that_lambda_receives() {
        let line = line(
            record,
            "{\"Records\":[{\"awsRegion\":\"eu-west-1\",\"eventID\":\"e\",\"eventName\":\"REMOVE\",\
             \"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"},\
             \"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"dynamodb\":{\"SizeBytes\":3,\
             \"Keys\":{\"p\":{\"S\":\"a \\\"\"}},\"OldImage\":{\n \"p\" : {\"S\":\"a \\\"\"}\r\n},\
             \"ApproximateCreationDateTime\":1.7E9,\"SequenceNumber\":\"1\",\"StreamViewType\":\"OLD_IMAGE\"}}]}",
        );
        assert_eq!(
            line,
            "{\"eventID\":\"e\",\"eventName\":\"REMOVE\",\"eventVersion\":\"1.1\",\
             \"eventSource\":\"aws:dynamodb\",\"awsRegion\":\"eu-west-1\",\"eventSourceARN\":\"arn:aws:dynamodb:\
             eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000\",\"userIdentity\":\
             {\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"},\"dynamodb\":\
             {\"ApproximateCreationDateTime\":1700000000,\"Keys\":{\"p\":{\"S\":\"a \\\"\"}},\
             \"OldImage\":{\"p\":{\"S\":\"a \\\"\"}},\"SequenceNumber\":\"1\",\"SizeBytes\":3,\
             \"StreamViewType\":\"OLD_IMAGE\"},\"shardId\":\"shardId-1\"}\n"
        );
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
    }

    #[test]
    fn a_gap_that_is_in_no_known_shard_says_from_when_to_when() {
        let (from, until) = (Time::from_seconds(0), Time::from_seconds(60));
        let unlisted = Gap { shard: None, reason: GapReason::Unlisted { from, until }, after: None };
        let mut out = vec![];
        gap(&mut out, &StreamArn::parse(STREAM).unwrap(), &unlisted);
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let expected = serde_json::json!({"dynascope": {
            "v": 1, "kind": "gap", "eventSourceARN": STREAM, "reason": "unlisted",
            "from": "1970-01-01T00:00:00Z", "until": "1970-01-01T00:01:00Z",
        }});
        assert_eq!(line, expected);
    }

    #[test]
    fn plain_images_lose_types_and_nothing_else() {
        let line = line(
            unmarshalled,
            "{\"Records\":[{\"eventID\":\"e\",\"eventName\":\"MODIFY\",\"dynamodb\":{\
             \"Keys\":{\"p\":{\"N\":\"1.50\"}},\"NewImage\":{\"p\":{\"N\":\"1.50\"},\"s\":{\"SS\":[\"b\"]}},\
             \"OldImage\":{\"p\": 7},\"SequenceNumber\":\"1\"}}]}",
        );
        let expected =
            "\"Keys\":{\"p\":1.50},\"NewImage\":{\"p\":1.50,\"s\":[\"b\"]},\"OldImage\":{\"p\":7},";
        assert!(line.contains(expected), "{line}");
    }

    #[test]
    fn a_gap_is_a_line_of_its_own() {
        let mut out = vec![];
        let after = Some(SequenceNumber::new("7"));
        let trimmed = Gap::in_shard(ShardId::new("s\"1"), GapReason::Trimmed, after);
        gap(&mut out, &StreamArn::parse(STREAM).unwrap(), &trimmed);
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let expected = serde_json::json!({"dynascope": {
            "v": 1, "kind": "gap", "eventSourceARN": STREAM, "shardId": "s\"1", "reason": "trimmed",
            "afterSequenceNumber": "7",
        }});
        assert_eq!(line, expected);
    }

    #[test]
    fn streams_shards_and_markers_are_lines_that_a_capture_can_be_opened_by() {
        let arn = StreamArn::parse(STREAM).unwrap();
        let mut out = vec![];
        let keys = ["pk".to_owned(), "s\"k".to_owned()];
        stream(&mut out, &arn, &StreamStatus::Enabled, &ViewType::KeysOnly, &keys);
        let child = Shard {
            id: ShardId::new("b"),
            parent: Some(ShardId::new("a")),
            starting: Some(SequenceNumber::new("1")),
            ending: None,
        };
        shard(&mut out, &arn, &child);
        marker(&mut out, &Marker { time: Time::from_millis(1_500), label: "run \u{1b}3".into() });
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r##"
        {"dynascope":{"v":1,"kind":"stream","eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000","streamStatus":"ENABLED","streamViewType":"KEYS_ONLY","keySchema":[{"attributeName":"pk","keyType":"HASH"},{"attributeName":"s\"k","keyType":"RANGE"}]}}
        {"dynascope":{"v":1,"kind":"shard","eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000","shardId":"b","parentShardId":"a","startingSequenceNumber":"1"}}
        {"dynascope":{"v":1,"kind":"marker","time":"1970-01-01T00:00:01.5Z","label":"run \u001b3"}}
        "##);
    }
}
