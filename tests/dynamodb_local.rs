//! The real thing, as near as it comes: DynamoDB Local, read by boto3 and by dynascope.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::dynamodb_local::DynamoDbLocal;
use support::python::{compare, python};

const TABLES: [&str; 4] = ["keys_only", "new_image", "old_image", "both_images"];

#[test]
fn boto3_reads_back_every_write() {
    let local = DynamoDbLocal::start();
    let endpoint = local.endpoint();
    let written: BTreeMap<String, Value> =
        serde_json::from_str(&python("write.py", &[&endpoint, "--writes", "400"])).unwrap();
    for table in TABLES {
        let reading = python("read.py", &[&endpoint, table]);
        let names: Vec<Value> = reading
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["eventName"].clone())
            .collect();
        assert_eq!(names.len(), 100, "{table}");
        assert_eq!(Value::Array(names), written[table]["events"], "{table}");
    }
    python("put.py", &[&endpoint, "keys_only", r#"{"pk":{"S":"one more"},"b":{"B":"AAE="}}"#]);
    python("expire.py", &[&endpoint, "keys_only", r#"{"pk":{"S":"two more"}}"#]);
    let reading = python("read.py", &[&endpoint, "keys_only"]);
    assert_eq!(reading.lines().count(), 103);
    let last: Value = serde_json::from_str(reading.lines().last().unwrap()).unwrap();
    assert_eq!(last["userIdentity"], json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"}));
}

const RECORD: &str = r#"{"eventID":"1","dynamodb":{"ApproximateCreationDateTime":5.0,"Keys":{"a":{"S":"1"}},"NewImage":{"s":{"SS":["a","b"]}}},"shardId":"x"}"#;

#[test]
fn equal_readings_compare_as_equal() {
    let reordered = r#"{"dynascope":{"v":1,"kind":"stream"}}
{"shardId":"x","eventID":"1","dynamodb":{"NewImage":{"s":{"SS":["a","b"]}},"Keys":{"a":{"S":"1"}},"ApproximateCreationDateTime":5}}"#;
    assert_eq!(compare(RECORD, reordered), Ok("1 records of 1 shards are equal\n".to_owned()));
}

#[test]
fn every_difference_between_readings_is_told() {
    let cases = [
        (RECORD.replace("\"1\"}}", "1}}"), r#""Keys"."a"."S": boto3 has "1", dynascope 1"#),
        (RECORD.replace(r#""a","b""#, r#""b","a""#), r#""SS"[0]: boto3 has "a""#),
        (RECORD.replace(r#","b""#, ""), "boto3 has 2 elements, dynascope 1"),
        (RECORD.replace("5.0", "6"), "\"ApproximateCreationDateTime\": boto3 has 5.0, dynascope 6.0"),
        (RECORD.replace(r#""eventID":"1","#, ""), "\"eventID\": dynascope lacks it"),
        (RECORD.replace(r#""eventID":"1","#, r#""eventID":"1","more":null,"#), "\"more\": boto3 lacks it"),
        (RECORD.replace(r#""eventID":"1","#, r#""eventID":"1","eventID":"1","#), "twice"),
        (RECORD.replace(r#""shardId":"x""#, r#""shardId":"y""#), "shard y: boto3 has 0 records, dynascope 1"),
        (format!("{RECORD}\n{RECORD}"), "boto3 has 1 records, dynascope 2"),
        (String::new(), "boto3 has 1 records, dynascope 0"),
        (format!("{RECORD}\n{{"), "dynascope:2:"),
        (RECORD.replace("5.0", "NaN"), "NaN is not JSON"),
    ];
    for (ours, said) in cases {
        let report = compare(RECORD, &ours).unwrap_err();
        assert!(report.contains(said), "{ours}\n{report}\nnot: {said}");
    }
}

/// The fixtures of the wire tests stay true: the shapes that DynamoDB Local answers with.
#[test]
fn the_kept_answers_are_what_dynamodb_local_says() {
    let local = DynamoDbLocal::start();
    let folder = tempfile::tempdir().unwrap();
    python("capture.py", &[&local.endpoint(), folder.path().to_str().unwrap()]);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/local");
    let now = shapes(folder.path());
    assert!(now.len() > 30);
    assert_eq!(now, shapes(&kept));
}

/// For each answer its status and its body with every changing text blanked out.
fn shapes(folder: &Path) -> BTreeMap<String, (Value, Value)> {
    let index: Vec<Value> =
        serde_json::from_slice(&fs::read(folder.join("responses.json")).unwrap()).unwrap();
    index
        .into_iter()
        .map(|answer| {
            let name = answer["body"].as_str().unwrap().to_owned();
            let mut body = serde_json::from_slice(&fs::read(folder.join(&name)).unwrap()).unwrap();
            blank(&mut body);
            (name, (answer["status"].clone(), body))
        })
        .collect()
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let changes = name.ends_with("Arn")
                    || name.ends_with("Iterator")
                    || ["eventID", "ShardId", "StreamLabel", "Message"].contains(&name.as_str())
                    || field.is_f64();
                if changes {
                    *field = Value::Null;
                }
                blank(field);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(blank),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
