//! The four calls through the AWS SDK, against a server that answers well and badly.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use dynascope::follow::{Ask, Position};
use dynascope::model::{
    ErrorKind, EventName, Operation, SequenceNumber, ShardId, SourceError, StreamArn, StreamStatus, Time,
    ViewType,
};
use dynascope::source::wire::RecordsAnswer;
use dynascope::source::{Aws, ShardIterator, StreamSource};
use dynascope::store::RecordRef;
use support::AWS_ENVIRONMENT;
use support::scripted_server::{Answer, ScriptedServer, Step};

const OPERATIONS: [Operation; 4] =
    [Operation::ListStreams, Operation::DescribeStream, Operation::GetShardIterator, Operation::GetRecords];
const ITERATOR: &str = "arn:aws:dynamodb:eu-west-1:1:table/secret/stream/x|1|U0VDUkVU";
const RECORD: &str =
    r#"{"eventID":"e","eventName":"INSERT","dynamodb":{"Keys":{"k":{"S":"SECRET"}},"SequenceNumber":"1"}}"#;

fn stream() -> StreamArn {
    StreamArn::parse("arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000")
        .unwrap()
}

fn iterator() -> ShardIterator {
    ShardIterator::new(ITERATOR.to_owned())
}

fn aws(server: &ScriptedServer) -> Aws {
    Aws::demo(&server.endpoint()).unwrap()
}

/// Makes one call and says how it failed.
async fn failure(aws: &Aws, operation: Operation) -> SourceError {
    let (stream, shard) = (stream(), ShardId::new("shardId-1"));
    let answer = match operation {
        Operation::ListStreams => aws.list_streams(None, None).await.map(|_| ()),
        Operation::DescribeStream => {
            aws.describe_stream(&stream, &Ask::Shards { after: None }).await.map(|_| ())
        }
        Operation::GetShardIterator => {
            aws.get_shard_iterator(&stream, &shard, &Position::Latest).await.map(|_| ())
        }
        Operation::GetRecords => read(aws).await.map(|_| ()),
    };
    answer.unwrap_err()
}

async fn kind(step: Step, operation: Operation) -> ErrorKind {
    let server = ScriptedServer::always(step).await;
    let error = failure(&aws(&server), operation).await;
    assert_eq!(error.operation, operation);
    assert_eq!(server.asked().len(), 1, "the SDK must not repeat calls of its own accord");
    error.kind
}

async fn read(aws: &Aws) -> Result<RecordsAnswer, SourceError> {
    aws.read_records(aws.get_records(&stream(), &iterator(), 1_000).await?)
}

#[tokio::test]
async fn every_error_code_of_the_service_has_its_kind() {
    const THROTTLED: ErrorKind = ErrorKind::Throttled { retry_after: None };
    let cases = [
        (400, "ExpiredIteratorException", ErrorKind::ExpiredIterator),
        (400, "TrimmedDataAccessException", ErrorKind::TrimmedData),
        (400, "ResourceNotFoundException", ErrorKind::NotFound),
        (400, "LimitExceededException", ErrorKind::LimitExceeded),
        (400, "ThrottlingException", THROTTLED),
        (400, "Throttling", THROTTLED),
        (400, "ProvisionedThroughputExceededException", THROTTLED),
        (400, "RequestLimitExceeded", THROTTLED),
        (429, "SomethingOfAProxy", THROTTLED),
        (500, "InternalServerError", ErrorKind::Internal { status: 500 }),
        (500, "InternalFailure", ErrorKind::Internal { status: 500 }),
        (503, "ServiceUnavailable", ErrorKind::Internal { status: 503 }),
        (502, "SomethingNew", ErrorKind::Internal { status: 502 }),
        (400, "ValidationException", ErrorKind::Validation),
        (400, "SomethingNew", ErrorKind::Validation),
        (400, "UnknownOperationException", ErrorKind::Validation),
        (400, "ExpiredTokenException", ErrorKind::Credentials),
        (400, "UnrecognizedClientException", ErrorKind::Credentials),
        (403, "InvalidSignatureException", ErrorKind::Credentials),
        (403, "MissingAuthenticationTokenException", ErrorKind::Credentials),
        (400, "IncompleteSignatureException", ErrorKind::Credentials),
    ];
    for operation in OPERATIONS {
        for (status, code, expected) in &cases {
            let answer = Answer::error(*status, code, "no");
            assert_eq!(&kind(Step::Answer(answer), operation).await, expected, "{operation} {code}");
        }
        for code in ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"] {
            let answer = Answer::error(400, code, "no");
            assert_eq!(kind(Step::Answer(answer), operation).await, ErrorKind::AccessDenied(operation));
        }
    }
}

#[tokio::test]
async fn the_code_is_found_in_every_place_where_it_may_stand() {
    let type_only = |name: &str| format!(r#"{{"__type":"{name}"}}"#);
    let answers = [
        Answer::new(400, type_only("com.amazon.coral.validate#ValidationException")),
        Answer::new(400, type_only("ValidationException")),
        Answer::new(400, r#"{"code":"ValidationException"}"#),
        Answer::new(400, "").header("x-amzn-errortype", "ValidationException"),
    ];
    for answer in answers {
        assert_eq!(kind(Step::Answer(answer.clone()), Operation::GetRecords).await, ErrorKind::Validation);
    }
}

#[tokio::test]
async fn what_does_not_come_from_dynamodb_is_told_by_its_status() {
    const PORTAL: &str = "<html><title>Sign in</title></html>";
    for operation in OPERATIONS {
        for status in [500, 502, 503] {
            for body in ["", PORTAL] {
                let found = kind(Step::Answer(Answer::new(status, body)), operation).await;
                assert_eq!(found, ErrorKind::Internal { status }, "{operation}");
            }
        }
        for status in [200, 307, 403, 404, 407] {
            let answer = Answer::new(status, PORTAL).header("location", "http://127.0.0.1:1/");
            let found = kind(Step::Answer(answer), operation).await;
            assert_eq!(found, ErrorKind::NotDynamoDb { status, excerpt: PORTAL.into() }, "{operation}");
        }
        for body in ["", "{}", "null", r#"{"Streams":"#] {
            let found = kind(Step::Answer(Answer::ok(body)), operation).await;
            let is_told = matches!(found, ErrorKind::NotDynamoDb { status: 200, .. } | ErrorKind::Damaged(_));
            assert!(is_told, "{operation} {body:?}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_broken_connection_is_the_network_s_fault() {
    let half = Answer::ok(r#"{"Streams":[],"Records":[],"ShardIterator":"x","StreamDescription":{}}"#);
    for operation in OPERATIONS {
        for step in [Step::Close, Step::Reset, Step::Truncate(half.clone())] {
            let server = ScriptedServer::always(step.clone()).await;
            let found = failure(&aws(&server), operation).await.kind;
            let ErrorKind::Network { endpoint, reason } = found else {
                panic!("{operation}: {found:?}");
            };
            assert_eq!(endpoint, server.endpoint());
            assert!(!reason.is_empty());
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_reached_is_named() {
    // Nobody listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = format!("http://127.0.0.1:{port}");
    let server = ScriptedServer::always(Step::Hang).await;
    let no_tls = server.endpoint().replace("http:", "https:");
    for endpoint in [refused, "http://nowhere.invalid".to_owned()] {
        let found = failure(&Aws::demo(&endpoint).unwrap(), Operation::ListStreams).await.kind;
        let ErrorKind::Network { endpoint: named, reason } = found else { panic!("{endpoint}: {found:?}") };
        assert_eq!((named, reason.is_empty()), (endpoint, false));
    }
    let hanging = Aws::demo(&no_tls).unwrap().with_patience(Duration::from_millis(100));
    let found = failure(&hanging, Operation::ListStreams).await.kind;
    assert!(matches!(found, ErrorKind::Timeout(_)), "{found:?}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || drop(listener.accept()));
    let found = failure(&Aws::demo(&no_tls).unwrap(), Operation::ListStreams).await.kind;
    assert!(matches!(found, ErrorKind::Network { .. }), "{found:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    let patience = Duration::from_millis(100);
    let answer = Answer::ok(r#"{"Streams":[],"Records":[]}"#);
    for operation in OPERATIONS {
        for step in [
            Step::Hang,
            Step::HeadThenHang(answer.clone()),
            Step::Drip(answer.clone(), Duration::from_millis(20)),
            Step::Drip(answer.clone(), Duration::from_mins(1)),
        ] {
            let server = ScriptedServer::always(step.clone()).await;
            let found = failure(&aws(&server).with_patience(patience), operation).await.kind;
            assert_eq!(found, ErrorKind::Timeout(patience), "{operation} {step:?}");
        }
    }
}

#[tokio::test]
async fn how_long_a_throttled_client_shall_wait_is_handed_on() {
    for (asked, expected) in [
        ("60000", Some(Duration::from_mins(1))),
        ("250", Some(Duration::from_millis(250))),
        ("soon", None),
        ("-1", None),
    ] {
        let answer =
            Answer::error(400, "ThrottlingException", "slow down").header("x-amz-retry-after", asked);
        let found = kind(Step::Answer(answer), Operation::GetRecords).await;
        assert_eq!(found, ErrorKind::Throttled { retry_after: expected });
    }
    // The header of HTTP is not the service's.
    let answer = Answer::error(429, "ThrottlingException", "slow down").header("retry-after", 60);
    let found = kind(Step::Answer(answer), Operation::GetRecords).await;
    assert_eq!(found, ErrorKind::Throttled { retry_after: None });
}

#[tokio::test]
async fn the_words_of_the_service_are_kept_but_no_iterator() {
    let message = format!("1 validation error detected: Value '{ITERATOR}' at 'shardIterator'");
    let server =
        ScriptedServer::always(Step::Answer(Answer::error(400, "ValidationException", &message))).await;
    let error = failure(&aws(&server), Operation::GetRecords).await;
    assert_eq!(error.message, "1 validation error detected: Value '…' at 'shardIterator'");
}

#[tokio::test]
async fn no_error_holds_records_or_iterators() {
    let crooked = [
        Answer::ok(format!(r#"{{"NextShardIterator":"{ITERATOR}"}}"#)),
        Answer::ok(format!(r#"{{"records":[{RECORD}],"NextShardIterator":"{ITERATOR}"}}"#)),
        Answer::ok(format!(r"[{RECORD}]")),
        Answer::ok(format!(r#""{ITERATOR}""#)),
        Answer::ok(format!(r#"{{"Records":[{RECORD}"#)),
        Answer::ok(format!(r#"{{"Records":[{RECORD},{{],"NextShardIterator":"{ITERATOR}"}}"#)),
        Answer::ok(format!(r#"{{"NextShardIterator":"","Records":[{RECORD}]}}"#)),
        Answer::ok(format!(r#"{{"Records":[{RECORD}]}}"#)).header("x-amz-crc32", 1),
        Answer::new(206, format!(r#"{{"Records":[{RECORD}]}}"#)),
        Answer::new(404, format!(r#"{{"Records":[{RECORD}]}}"#)),
        Answer::new(500, format!(r#"{{"Records":[{RECORD}],"NextShardIterator":"{ITERATOR}"}}"#)),
    ];
    for answer in crooked {
        let server = ScriptedServer::always(Step::Answer(answer.clone())).await;
        let Err(error) = read(&aws(&server)).await else { panic!("{answer:?}") };
        let said = format!("{error} {error:?} {:?} {:?}", iterator(), aws(&server));
        for secret in ["SECRET", "U0VDUkVU", "table/secret"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[tokio::test]
async fn an_answer_s_debug_names_no_iterator() {
    let body = format!(r#"{{"NextShardIterator":"{ITERATOR}","Records":[]}}"#);
    let server = ScriptedServer::always(Step::Answer(Answer::ok(body))).await;
    let answer = read(&aws(&server)).await.unwrap();
    assert_eq!(answer.next_iterator.as_deref(), Some(ITERATOR));
    assert!(!format!("{answer:?}").contains("U0VDUkVU"), "{answer:?}");
}

#[tokio::test]
async fn a_record_arrives_byte_for_byte() {
    let odd = "{ \"eventID\" :\"e\",\"dynamodb\":{\"Keys\":{\"k\":{\"N\":\"1.0000\"}} ,\t\"NewImage\":{\"\\u00e9\":{\"Q\":[1e5,-0, {}]},\"é\":{\"S\":\"\u{feff}\"}},\"SequenceNumber\":\"1\"}}";
    let body = format!("{{\"Records\":[{odd},{odd}],\"NextShardIterator\":\"next\"}}\r\n");
    let server = ScriptedServer::always(Step::Answer(Answer::ok(body))).await;
    let answer = read(&aws(&server)).await.unwrap();
    let texts: Vec<&str> = answer.page.records().map(RecordRef::json).collect();
    assert_eq!(texts, [odd, odd]);
    assert_eq!(answer.next_iterator.as_deref(), Some("next"));
    let [asked] = &server.asked()[..] else { panic!("one call") };
    assert_eq!(asked.operation, "GetRecords");
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body, serde_json::json!({"ShardIterator": ITERATOR, "Limit": 1_000}));
}

#[tokio::test]
async fn a_body_that_is_not_what_was_sent_is_damaged() {
    let body = format!(r#"{{"Records":[{RECORD}]}}"#);
    let sum = crc32fast::hash(body.as_bytes());
    let with = |sum: String| Step::Answer(Answer::ok(body.clone()).header("x-amz-crc32", sum));
    let script = [with(sum.to_string()), with((sum ^ 1).to_string()), with("no number".into())];
    let server = ScriptedServer::steps(script).await;
    let aws = aws(&server);
    assert_eq!(read(&aws).await.unwrap().page.len(), 1);
    assert!(matches!(read(&aws).await.unwrap_err().kind, ErrorKind::Damaged(_)));
    assert_eq!(read(&aws).await.unwrap().page.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_read_again_from_the_same_iterator() {
    let whole = Answer::ok(format!(r#"{{"Records":[{RECORD}],"NextShardIterator":"n"}}"#));
    let script = [Step::Truncate(whole.clone()), Step::Reset, Step::Answer(whole)];
    let server = ScriptedServer::steps(script).await;
    let aws = aws(&server);
    for _ in 0..2 {
        assert!(matches!(read(&aws).await.unwrap_err().kind, ErrorKind::Network { .. }));
    }
    assert_eq!(read(&aws).await.unwrap().page.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_calls_at_once_get_each_its_own_body() {
    const CALLS: usize = 200;
    // Every fourth call is answered only after it has been cancelled.
    let late = |number: usize| number % 4 == 3;
    let server = ScriptedServer::start(move |asked| {
        let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
        let number: usize = body["ShardIterator"].as_str().unwrap().parse().unwrap();
        let record = format!(r#"{{"eventID":"e{number}","dynamodb":{{}}}}"#);
        let records = vec![record; 1 + number % 7].join(",");
        let answer = Answer::ok(format!(r#"{{"Records":[{records}],"NextShardIterator":"next {number}"}}"#));
        let delay = if late(number) { 60_000 } else { number as u64 % 13 };
        Step::DelayThen(Duration::from_millis(delay), answer)
    })
    .await;
    let aws = aws(&server);
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..CALLS {
        let aws = aws.clone();
        calls.spawn(async move {
            let iterator = ShardIterator::new(number.to_string());
            let (stream, patience) =
                (stream(), Duration::from_millis(if late(number) { 30 } else { 30_000 }));
            (number, tokio::time::timeout(patience, aws.get_records(&stream, &iterator, 10)).await)
        });
    }
    let mut answered = 0;
    while let Some(call) = calls.join_next().await {
        let (number, answer) = call.unwrap();
        assert_eq!(answer.is_err(), late(number), "call {number}");
        let Ok(answer) = answer else { continue };
        let answer = aws.read_records(answer.unwrap()).unwrap();
        assert_eq!(answer.next_iterator, Some(format!("next {number}")));
        assert_eq!(answer.page.len(), 1 + number % 7);
        assert!(answer.page.records().all(|record| record.event_id() == format!("e{number}")));
        answered += 1;
    }
    assert_eq!(answered, CALLS - CALLS / 4);
}

#[tokio::test]
async fn positions_are_spelled_as_the_service_wants_them() {
    let server = ScriptedServer::always(Step::Answer(Answer::ok(r#"{"ShardIterator":"it"}"#))).await;
    let aws = aws(&server);
    let cases = [
        (Position::TrimHorizon, serde_json::json!({"ShardIteratorType": "TRIM_HORIZON"})),
        (Position::Latest, serde_json::json!({"ShardIteratorType": "LATEST"})),
        (
            Position::AtTimestamp(Time::from_millis(1_791_316_726_480)),
            serde_json::json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1_791_316_726.48}),
        ),
        (
            Position::AtSequenceNumber(SequenceNumber::new("006")),
            serde_json::json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "006"}),
        ),
        (
            Position::AfterSequenceNumber(SequenceNumber::new("007")),
            serde_json::json!({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "007"}),
        ),
    ];
    for (position, expected) in cases {
        let token = aws.get_shard_iterator(&stream(), &ShardId::new("s"), &position).await.unwrap();
        assert!(token == ShardIterator::new("it".into()));
        let mut asked: serde_json::Value = serde_json::from_str(&server.asked().pop().unwrap().body).unwrap();
        let asked = asked.as_object_mut().unwrap();
        assert_eq!(asked.remove("StreamArn"), Some(stream().as_str().into()));
        assert_eq!(asked.remove("ShardId"), Some("s".into()));
        assert_eq!(serde_json::Value::Object(asked.clone()), expected);
    }
}

#[tokio::test]
async fn shards_are_asked_for_page_by_page_or_by_their_parent() {
    let page = Answer::ok(
        r#"{"StreamDescription":{"StreamStatus":"FUTURE","Shards":[{"ShardId":"b"},{}],"LastEvaluatedShardId":""}}"#,
    );
    let server = ScriptedServer::always(Step::Answer(page)).await;
    let aws = aws(&server);
    let cases = [
        (Ask::Shards { after: None }, serde_json::json!({})),
        (Ask::Shards { after: Some(ShardId::new("a")) }, serde_json::json!({"ExclusiveStartShardId": "a"})),
        (
            Ask::ChildrenOf(ShardId::new("a")),
            serde_json::json!({"ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": "a"}}),
        ),
    ];
    for (ask, expected) in cases {
        let description = aws.describe_stream(&stream(), &ask).await.unwrap();
        assert_eq!(description.status.as_str(), "FUTURE");
        assert_eq!(description.last_evaluated_shard, None, "an empty token is none");
        assert_eq!(description.shards.len(), 1, "a shard without an id cannot be asked for");
        let mut asked: serde_json::Value = serde_json::from_str(&server.asked().pop().unwrap().body).unwrap();
        asked.as_object_mut().unwrap().remove("StreamArn");
        assert_eq!(asked, expected);
    }
}

/// One exchange with DynamoDB Local, as it was recorded.
struct Recorded {
    name: String,
    operation: String,
    request: serde_json::Value,
    answer: Answer,
    body: String,
    status: u16,
}

fn recorded() -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/local");
    let index = fs::read_to_string(folder.join("responses.json")).unwrap();
    let index: Vec<serde_json::Value> = serde_json::from_str(&index).unwrap();
    let exchange = |entry: &serde_json::Value| {
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        let status = u16::try_from(entry["status"].as_u64().unwrap()).unwrap();
        let body = fs::read_to_string(folder.join(text("body"))).unwrap();
        let mut answer =
            Answer::new(status, body.clone()).header("content-type", "application/x-amz-json-1.0");
        if let Some(sum) = entry["headers"]["x-amz-crc32"].as_str() {
            answer = answer.header("x-amz-crc32", sum);
        }
        let request = serde_json::from_str(&text("request")).unwrap_or_default();
        Recorded { name: text("body"), operation: text("operation"), request, answer, body, status }
    };
    index.iter().map(exchange).collect()
}

fn find(name: &str) -> Recorded {
    recorded().into_iter().find(|recorded| recorded.name == name).unwrap()
}

#[tokio::test]
async fn every_recorded_error_of_dynamodb_local_has_its_kind() {
    let mut errors = 0;
    for recorded in recorded().into_iter().filter(|recorded| recorded.status != 200) {
        let operation = OPERATIONS.into_iter().find(|operation| operation.as_str() == recorded.operation);
        // The operation that does not exist, too, is an answer to one that does.
        let found = kind(Step::Answer(recorded.answer), operation.unwrap_or(Operation::ListStreams)).await;
        let expected = match recorded.name.as_str() {
            "error_expired_iterator.json" => ErrorKind::ExpiredIterator,
            "error_unknown_shard.json" | "error_unknown_stream.json" | "error_malformed_arn.json" => {
                ErrorKind::NotFound
            }
            "error_at_a_word.json" | "error_at_a_number_to_come.json" | "error_broken_request.json" => {
                ErrorKind::Internal { status: 500 }
            }
            _ => ErrorKind::Validation,
        };
        assert_eq!(found, expected, "{}", recorded.name);
        errors += 1;
    }
    assert_eq!(errors, 16);
}

#[tokio::test]
async fn every_recorded_page_of_dynamodb_local_is_read_as_serde_reads_it() {
    let mut records = 0;
    for recorded in recorded() {
        if recorded.operation != "GetRecords" || recorded.status != 200 {
            continue;
        }
        let name = recorded.name;
        let server = ScriptedServer::always(Step::Answer(recorded.answer)).await;
        let answer = read(&aws(&server)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let theirs: serde_json::Value = serde_json::from_str(&recorded.body).unwrap();
        assert_eq!(answer.next_iterator.as_deref(), theirs["NextShardIterator"].as_str(), "{name}");
        assert!(answer.page.poison().is_empty(), "{name}");
        let expected = theirs["Records"].as_array().unwrap();
        assert_eq!(answer.page.len(), expected.len(), "{name}");
        for (ours, theirs) in answer.page.records().zip(expected) {
            let change = &theirs["dynamodb"];
            let image = |text: Option<&str>| {
                text.map_or(serde_json::Value::Null, |text| serde_json::from_str(text).unwrap())
            };
            assert_eq!(serde_json::from_str::<serde_json::Value>(ours.json()).unwrap(), *theirs);
            assert_eq!(image(ours.keys()), change["Keys"]);
            assert_eq!(image(ours.new_image()), change["NewImage"]);
            assert_eq!(image(ours.old_image()), change["OldImage"]);
            assert_eq!(Some(ours.sequence_number()), change["SequenceNumber"].as_str());
            assert_eq!(Some(ours.event_id()), theirs["eventID"].as_str());
            assert_eq!(Some(ours.event().as_str()), theirs["eventName"].as_str());
            assert_ne!(ours.event(), EventName::Unknown);
            assert_eq!(ours.size_bytes().map(u64::from), change["SizeBytes"].as_u64());
            let seconds = change["ApproximateCreationDateTime"].as_f64().unwrap();
            assert_eq!(ours.time().unwrap().seconds(), seconds as i64);
            assert_eq!(ours.flags().ttl, !theirs["userIdentity"].is_null());
            assert!(!ours.flags().incomplete);
            records += 1;
        }
    }
    assert_eq!(records, 22);
}

#[tokio::test]
async fn the_recorded_descriptions_of_dynamodb_local_are_understood() {
    let mut read = 0;
    for recorded in recorded() {
        if recorded.operation != "DescribeStream" || recorded.status != 200 {
            continue;
        }
        let server = ScriptedServer::always(Step::Answer(recorded.answer)).await;
        let arn = StreamArn::parse(recorded.request["StreamArn"].as_str().unwrap()).unwrap();
        let description = aws(&server).describe_stream(&arn, &Ask::Shards { after: None }).await.unwrap();
        let is_disabled = recorded.name.contains("disabled") || recorded.name.contains("deleted");
        let status = if is_disabled { StreamStatus::Disabled } else { StreamStatus::Enabled };
        assert_eq!(description.status, status, "{}", recorded.name);
        assert_eq!(description.view_type, ViewType::NewAndOldImages);
        assert_eq!(description.key_names[0], "pk");
        assert!(description.created_at.is_some());
        let [shard] = &description.shards[..] else { panic!("{}: one shard", recorded.name) };
        assert_eq!(shard.ending.is_some(), is_disabled);
        assert!(shard.starting.is_some() && shard.id.created_at().is_some());
        read += 1;
    }
    assert_eq!(read, 6);
}

#[tokio::test]
async fn the_recorded_lists_and_iterators_of_dynamodb_local_are_understood() {
    let list = |name: &'static str| async move {
        let server = ScriptedServer::always(Step::Answer(find(name).answer)).await;
        aws(&server).list_streams(None, None).await.unwrap()
    };
    assert_eq!(list("list_streams_none.json").await.streams.len(), 0);
    assert_eq!(list("list_streams_of_another_region.json").await.streams.len(), 0);
    assert_eq!(list("list_streams.json").await.streams[0].table, "orders");
    let first = list("list_streams_limit_2.json").await;
    assert_eq!(first.streams.len(), 2);
    // Not the last one listed: the token is to be handed back, not understood.
    assert_eq!(first.more.unwrap().table(), "new_image");
    assert_eq!(list("list_streams_enabled_again.json").await.streams.len(), 2);
    for name in ["get_shard_iterator.json", "get_shard_iterator_latest_disabled.json"] {
        let recorded = find(name);
        let expected: serde_json::Value = serde_json::from_str(&recorded.body).unwrap();
        let server = ScriptedServer::always(Step::Answer(recorded.answer)).await;
        let got = aws(&server).get_shard_iterator(&stream(), &ShardId::new("s"), &Position::Latest).await;
        assert!(got.unwrap() == ShardIterator::new(expected["ShardIterator"].as_str().unwrap().into()));
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let server = ScriptedServer::always(Step::Answer(Answer::ok(r#"{"Streams":[]}"#))).await;
    let endpoint = server.endpoint();
    let run = move |with_keys: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dynascope"));
        command.env_clear().args(["streams", "--endpoint-url", &endpoint]);
        // No container, no instance: the metadata service is off.
        for (name, value) in AWS_ENVIRONMENT {
            if with_keys || !name.contains("KEY") {
                command.env(name, value);
            }
        }
        command.output().unwrap()
    };
    let (without, with) = tokio::task::spawn_blocking(move || (run(false), run(true))).await.unwrap();
    let said = String::from_utf8_lossy(&without.stderr).into_owned();
    assert!(!without.status.success());
    assert!(said.contains("no credentials were found"), "{said}");
    // With keys the same command gets through, so it was not something else that kept it back.
    let said = String::from_utf8_lossy(&with.stderr).into_owned();
    assert!(with.status.success(), "{said}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn the_requests_name_the_calls_of_dynamodb_streams_only() {
    let server = ScriptedServer::always(Step::Answer(Answer::new(500, ""))).await;
    for operation in OPERATIONS {
        failure(&aws(&server), operation).await;
    }
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.operation).collect();
    assert_eq!(asked, OPERATIONS.map(Operation::as_str));
}
