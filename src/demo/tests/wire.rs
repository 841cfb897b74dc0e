//! Calls and answers as JSON, and over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;

use proptest::prelude::*;

use super::*;

const TARGET: &str = "DynamoDBStreams_20120810";

fn call(service: &mut Service, operation: &str, body: &str) -> (u16, Value) {
    let answer = service.answer(&format!("{TARGET}.{operation}"), body.as_bytes(), after(9));
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[test]
fn a_conversation_in_json() {
    let (mut service, stream, shard) = one_shard();
    put(&mut service, &stream, "a", 1);
    let (status, list) = call(&mut service, "ListStreams", "{}");
    assert_eq!(status, 200);
    let listed = &list["Streams"][0];
    assert_eq!((&listed["StreamArn"], &listed["TableName"]), (&stream.as_str().into(), &"t".into()));

    let (_, described) = call(&mut service, "DescribeStream", &format!("{{\"StreamArn\":\"{stream}\"}}"));
    let description = &described["StreamDescription"];
    assert_eq!(description["StreamStatus"], "ENABLED");
    assert_eq!(description["KeySchema"][0]["KeyType"], "HASH");
    assert_eq!(description["CreationRequestDateTime"], START.seconds());
    assert_eq!(description["Shards"][0]["ShardId"], shard.as_str());
    assert!(description["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"].is_string());

    let request = format!(
        "{{\"StreamArn\":\"{stream}\",\"ShardId\":\"{shard}\",\"ShardIteratorType\":\"AT_TIMESTAMP\",\
         \"Timestamp\":{}.5E0}}",
        START.seconds()
    );
    let (status, start) = call(&mut service, "GetShardIterator", &request);
    assert_eq!(status, 200, "{start}");
    let (_, page) = call(&mut service, "GetRecords", &start.to_string());
    assert_eq!(page["Records"][0]["dynamodb"]["NewImage"]["n"]["N"], "1");
    assert_eq!(page["Records"][0]["dynamodb"]["ApproximateCreationDateTime"], START.seconds() + 1);
    assert!(page["NextShardIterator"].is_string());
}

#[test]
fn refusals_carry_the_names_of_the_service() {
    let (mut service, ..) = one_shard();
    for (operation, body, status, name) in [
        ("GetRecords", "{\"ShardIterator\":\"x\"}", 400, "com.amazon.coral.validate#ValidationException"),
        ("GetRecords", "{", 400, "com.amazon.coral.service#SerializationException"),
        ("GetRecords", "{\"ShardIterator\":5}", 400, "com.amazon.coral.service#SerializationException"),
        ("PutItem", "{}", 400, "com.amazon.coral.service#UnknownOperationException"),
    ] {
        let (got, answer) = call(&mut service, operation, body);
        assert_eq!((got, &answer["__type"]), (status, &name.into()), "{operation} {body}");
    }
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), operation in 0..4_usize) {
        let (mut service, ..) = one_shard();
        let answer = service.answer(&format!("{TARGET}.{}", ALL[operation]), &body, START);
        prop_assert!(serde_json::from_str::<Value>(&answer.body).is_ok());
    }
}

/// Sends one request and reads until the server is done with it.
fn post(demo: &Demo, operation: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(demo.endpoint().trim_start_matches("http://")).unwrap();
    let length = body.len();
    write!(
        socket,
        "POST / HTTP/1.1\r\nhost: demo\r\nconnection: close\r\nx-amz-target: {TARGET}.{operation}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = vec![];
    // A connection that is reset is what some of these wait for.
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn demo(contents: Contents) -> Demo {
    Demo::serve(&DemoConfig { start: Some(START), contents, ..DemoConfig::default() }, 0).unwrap()
}

#[test]
fn it_answers_over_http_with_the_headers_of_the_service() {
    let demo = demo(Contents::Tables);
    let answer = post(&demo, "ListStreams", "{}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(head.contains("content-type: application/x-amz-json-1.0"), "{head}");
    assert!(head.contains(&format!("x-amz-crc32: {}", crc32fast::hash(body.as_bytes()))), "{head}");
    assert!(head.contains("x-amzn-requestid: ") && head.contains("date: Tue, 06 Oct 2026 19:58:"), "{head}");
    let tables: Value = serde_json::from_str(body).unwrap();
    assert_eq!(tables["Streams"].as_array().unwrap().len(), 6);
}

#[test]
fn a_truncated_answer_is_shorter_than_announced() {
    let demo = demo(Contents::Nothing);
    let fault = Rule::next(1, Operation::ListStreams, Fault::Truncated);
    demo.service().lock().unwrap().faults.rules.push(fault);
    let answer = post(&demo, "ListStreams", "{}");
    assert!(!answer.contains("{\"Streams\":[]}"), "{answer}");
    assert!(post(&demo, "ListStreams", "{}").contains("{\"Streams\":[]}"));
}

#[test]
fn a_hanging_call_keeps_nobody_else_waiting_and_ends_with_the_service() {
    let demo = demo(Contents::Nothing);
    demo.service().lock().unwrap().faults.rules.push(Rule::next(1, Operation::ListStreams, Fault::Hang));
    let address = demo.endpoint().trim_start_matches("http://").to_owned();
    let mut hung = TcpStream::connect(&address).unwrap();
    write!(
        hung,
        "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: {TARGET}.ListStreams\r\ncontent-length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    while !demo.service().lock().unwrap().faults.rules.iter().any(|rule| rule.when == When::Next(0)) {
        std::thread::yield_now();
    }
    assert!(post(&demo, "ListStreams", "{}").contains("Streams"));
    drop(demo);
    let mut rest = vec![];
    let _ = hung.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    assert!(TcpStream::connect(&address).is_err());
}
