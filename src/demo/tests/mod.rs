//! The model against a plain reader, its rules one by one, and every fault.

mod faults;
mod histories;
mod rules;
mod wire;

use std::time::Duration;

use serde_json::Value;

use super::request::{DescribeStream, GetRecords, GetShardIterator};
use super::*;
use crate::model::{Operation, Shard, ShardId, StreamArn, ViewType};

pub const START: Time = Time::from_seconds(1_791_316_726);
pub const ALL: [Operation; 4] =
    [Operation::ListStreams, Operation::DescribeStream, Operation::GetShardIterator, Operation::GetRecords];

pub fn after(seconds: u64) -> Time {
    START.plus(Duration::from_secs(seconds))
}

#[expect(clippy::unnecessary_wraps, reason = "requests hold options")]
pub fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub fn n(value: u32) -> String {
    format!("{{\"n\":{{\"N\":\"{value}\"}}}}")
}

/// A service with one stream of one open shard.
pub fn one_shard() -> (Service, StreamArn, ShardId) {
    let mut service = Service::new(7);
    let stream = service.create_stream("t", ViewType::NewAndOldImages, 1, START);
    let shard = service.open_shards(&stream).remove(0);
    (service, stream, shard)
}

pub fn put(service: &mut Service, stream: &StreamArn, key: &str, at: u64) -> String {
    let (_, sequence) = service.put(stream, key, None, Some(&n(at as u32)), after(at)).unwrap();
    sequence.as_str().to_owned()
}

pub fn describe(service: &mut Service, stream: &StreamArn, now: Time) -> Vec<Shard> {
    let mut shards = vec![];
    let mut exclusive_start_shard_id = None;
    loop {
        let request = DescribeStream {
            stream_arn: text(stream.as_str()),
            exclusive_start_shard_id,
            ..DescribeStream::default()
        };
        let page = service.describe_stream(&request, now).unwrap();
        shards.extend(page.shards);
        let Some(last) = page.last_evaluated_shard else { return shards };
        exclusive_start_shard_id = text(last.as_str());
    }
}

pub fn iterator(stream: &StreamArn, shard: &ShardId, kind: &str) -> GetShardIterator {
    GetShardIterator {
        stream_arn: text(stream.as_str()),
        shard_id: text(shard.as_str()),
        shard_iterator_type: text(kind),
        ..GetShardIterator::default()
    }
}

pub fn at_sequence(stream: &StreamArn, shard: &ShardId, kind: &str, sequence: &str) -> GetShardIterator {
    GetShardIterator { sequence_number: text(sequence), ..iterator(stream, shard, kind) }
}

pub fn at_time(stream: &StreamArn, shard: &ShardId, time: Time) -> GetShardIterator {
    let timestamp = serde_json::Number::from_f64(time.micros() as f64 / 1e6);
    GetShardIterator { timestamp, ..iterator(stream, shard, "AT_TIMESTAMP") }
}

pub fn get(service: &mut Service, token: &str, now: Time) -> Result<RecordsPage, Refusal> {
    service.get_records(&GetRecords { shard_iterator: text(token), limit: None }, now)
}

pub fn records(page: &RecordsPage) -> Vec<Value> {
    let body: Value = serde_json::from_str(&page.body).unwrap();
    body["Records"].as_array().unwrap().clone()
}

pub fn sequences(page: &RecordsPage) -> Vec<String> {
    let sequence = |record: &Value| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
    records(page).iter().map(sequence).collect()
}

/// Reads from an iterator to the end of the shard or, while it is open, until there is nothing
/// more: six empty pages in a row.
pub fn drain(service: &mut Service, token: String, limit: i64, now: Time) -> Vec<Value> {
    let (mut all, mut empty, mut next) = (vec![], 0, Some(token));
    while let Some(token) = next.filter(|_| empty < 6) {
        let request = GetRecords { shard_iterator: Some(token), limit: Some(limit) };
        let page = service.get_records(&request, now).unwrap();
        assert!(page.records as i64 <= limit);
        empty = if page.records == 0 { empty + 1 } else { 0 };
        all.extend(records(&page));
        next = page.next;
    }
    all
}
