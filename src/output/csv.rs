//! Records as CSV (RFC 4180, lines end in a newline alone), for a spreadsheet. The columns are fixed.

use super::pretty;
use crate::model::attribute::{AttributeValue, parse_item};
use crate::model::decimal::is_number;
use crate::model::diff::diff;
use crate::model::plain::write_plain;
use crate::model::time::Zone;
use crate::model::{ShardId, StreamArn};
use crate::source::wire;
use crate::store::RecordRef;

/// The first line.
pub const HEADER: &str = "time,event,table,partition_key,sort_key,changed,by,new_image,old_image,size_bytes,\
                          shard,sequence_number,event_id\n";

/// Appends a record's line.
///
/// `time` is UTC; keys are texts as they are, and JSON where they are binary; `changed` names the
/// paths that differ between two images; `by` is the principal of a deletion by time to live; images
/// are plain JSON. What a record does not have is empty.
pub fn record(
    out: &mut Vec<u8>,
    stream: &StreamArn,
    shard: &ShardId,
    key_names: &[String],
    record: RecordRef<'_>,
) {
    let [partition_key, sort_key] = keys(key_names, record);
    let principal = wire::details(record).identity.map_or("", |identity| identity.principal_id);
    let fields = [
        record.time().map_or_else(String::new, |time| time.full(Zone::Utc)),
        record.event().as_str().to_owned(),
        stream.table().to_owned(),
        partition_key,
        sort_key,
        changed(record),
        principal.to_owned(),
        image(record.new_image()),
        image(record.old_image()),
        record.size_bytes().map_or_else(String::new, |size| size.to_string()),
        shard.as_str().to_owned(),
        record.sequence_number().to_owned(),
        record.event_id().to_owned(),
    ];
    for (at, text) in fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        field(out, text);
    }
    out.push(b'\n');
}

/// Appends one field. A spreadsheet takes what begins like a formula for one and runs it: such a
/// text, unless it is a number, gets an apostrophe in front (OWASP, CSV injection).
fn field(out: &mut Vec<u8>, text: &str) {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) && !is_number(text);
    let mark = if is_formula { "'" } else { "" };
    let needs_quotes = text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ');
    if needs_quotes {
        out.extend(format!("\"{mark}{}\"", text.replace('"', "\"\"")).as_bytes());
    } else {
        out.extend(mark.as_bytes());
        out.extend(text.as_bytes());
    }
}

/// The partition key and the sort key; in the order of their names where it is not known.
fn keys(key_names: &[String], record: RecordRef<'_>) -> [String; 2] {
    let mut values = pretty::key_values(key_names, record).unwrap_or_default().into_iter();
    [(); 2].map(|()| match values.next() {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => text.into_owned(),
        Some(AttributeValue::B(bytes)) => bytes.as_str().to_owned(),
        Some(_) | None => String::new(),
    })
}

fn changed(record: RecordRef<'_>) -> String {
    let (Some(old), Some(new)) = (record.old_image(), record.new_image()) else { return String::new() };
    let (Ok(old), Ok(new)) = (parse_item(old.as_bytes()), parse_item(new.as_bytes())) else {
        return String::new();
    };
    let diff = diff(&old, &new);
    let paths: Vec<String> = diff.changes().iter().map(|change| change.path.to_string()).collect();
    paths.join(" ")
}

fn image(json: Option<&str>) -> String {
    match json.map(|json| parse_item(json.as_bytes())) {
        Some(Ok(item)) => {
            let mut text = String::new();
            write_plain(&item, &mut text);
            text
        }
        Some(Err(_)) => json.unwrap_or_default().to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn the_columns_are_what_they_were() {
        // These are the golden file: programs read them.
        let records = [
            r#"{"eventID":"e1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1.7E9,"Keys":{"sk":{"N":"-5"},"pk":{"S":"=1+1"}},"NewImage":{"pk":{"S":"=1+1"},"sk":{"N":"-5"},"a":{"S":"x, \"y\""}},"OldImage":{"pk":{"S":"=1+1"},"sk":{"N":"-5"},"a":{"S":"é"},"m":{"M":{"b.c":{"NULL":true}}}},"SequenceNumber":"7","SizeBytes":12,"StreamViewType":"NEW_AND_OLD_IMAGES"}}"#,
            r#"{"eventID":"e2","eventName":"REMOVE","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"},"dynamodb":{"Keys":{"pk":{"B":"AAE="}},"SequenceNumber":"8","StreamViewType":"KEYS_ONLY"}}"#,
        ];
        let answer =
            wire::read_records(format!(r#"{{"Records":[{}]}}"#, records.join(",")).as_bytes()).unwrap();
        let stream =
            StreamArn::parse("arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000").unwrap();
        let mut out = HEADER.as_bytes().to_vec();
        for one in answer.page.records() {
            record(&mut out, &stream, &ShardId::new("shardId-1"), &["pk".into(), "sk".into()], one);
        }
        assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        time,event,table,partition_key,sort_key,changed,by,new_image,old_image,size_bytes,shard,sequence_number,event_id
        2023-11-14 22:13:20,MODIFY,t,'=1+1,-5,a m,,"{""a"":""x, \""y\"""",""pk"":""=1+1"",""sk"":-5}","{""a"":""é"",""m"":{""b.c"":null},""pk"":""=1+1"",""sk"":-5}",12,shardId-1,7,e1
        ,REMOVE,t,AAE=,,,dynamodb.amazonaws.com,,,,shardId-1,8,e2
        "#);
    }

    #[test]
    fn no_field_is_a_formula() {
        let written = |text: &str| {
            let mut out = vec![];
            field(&mut out, text);
            String::from_utf8(out).unwrap()
        };
        for text in ["=1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\r=1", "＝1"] {
            let field = written(text);
            assert!(field.trim_start_matches('"').starts_with('\''), "{field}");
        }
        for number in ["-5", "+1.5E3", "-0.1"] {
            assert_eq!(written(number), number);
        }
        assert_eq!(written("a\nb"), "\"a\nb\"");
        assert_eq!(written("say \"x\""), "\"say \"\"x\"\"\"");
    }
}
