//! A call as it comes over the wire, and the answer as it goes: JSON 1.0, without HTTP itself.

use serde::de::DeserializeOwned;

use super::faults::Fault;
use super::item::write_text;
use super::refusal::{Refusal, RefusalKind};
use super::service::{Service, StreamList};
use crate::model::{Operation, ShardId, StreamArn, StreamDescription, Time};

/// An answer, and how well it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
    pub delivery: Delivery,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Whole,
    /// The connection breaks halfway.
    Half,
    Never,
}

pub const JSON: &str = "application/x-amz-json-1.0";
const PREFIX: &str = "DynamoDBStreams_20120810.";
const PORTAL: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to the \
                      guest network. Please accept the terms.</body></html>";

impl Service {
    /// Answers a POST with this X-Amz-Target and body.
    pub fn answer(&mut self, target: &str, body: &[u8], now: Time) -> Answer {
        if let Some(answer) = self.inquiry(target, body) {
            return answer;
        }
        let Some(operation) = operation_of(target) else {
            return Answer::refusal(&Refusal::new(RefusalKind::UnknownOperation));
        };
        let spoilt = self.faults.strike(operation, None, |fault| {
            matches!(fault, Fault::Html | Fault::EmptyBody | Fault::Truncated | Fault::Hang)
                .then(|| fault.clone())
        });
        let (mut answer, mut outcome) = match self.answer_well(operation, body, now) {
            Ok(body) => (Answer { status: 200, content_type: JSON, body, delivery: Delivery::Whole }, "200"),
            Err(refusal) => (Answer::refusal(&refusal), refusal.kind.code()),
        };
        match spoilt {
            Some(Fault::Html) => {
                outcome = "html";
                answer = Answer {
                    status: 200,
                    content_type: "text/html",
                    body: PORTAL.to_owned(),
                    delivery: Delivery::Whole,
                };
            }
            Some(Fault::EmptyBody) => (outcome, answer.status, answer.body) = ("empty", 200, String::new()),
            Some(Fault::Truncated) => (outcome, answer.delivery) = ("truncated", Delivery::Half),
            Some(Fault::Hang) => (outcome, answer.delivery) = ("hang", Delivery::Never),
            _ => {}
        }
        *self.answered.entry((operation.as_str(), outcome)).or_default() += 1;
        answer
    }

    fn answer_well(&mut self, operation: Operation, body: &[u8], now: Time) -> Result<String, Refusal> {
        match operation {
            Operation::ListStreams => self.list_streams(&read(body)?, now).map(|list| write_streams(&list)),
            Operation::DescribeStream => {
                let request: super::request::DescribeStream = read(body)?;
                let description = self.describe_stream(&request, now)?;
                let arn = super::request::stream_arn(request.stream_arn.as_ref())?;
                Ok(write_description(&arn, &description))
            }
            Operation::GetShardIterator => self.get_shard_iterator(&read(body)?, now).map(|token| {
                let mut out = String::from("{\"ShardIterator\":");
                write_text(&mut out, &token);
                out.push('}');
                out
            }),
            Operation::GetRecords => self.get_records(&read(body)?, now).map(|page| page.body),
        }
    }
}

impl Answer {
    fn refusal(refusal: &Refusal) -> Self {
        let mut body = format!("{{\"__type\":\"{}\"", refusal.kind.name());
        // As with the service, the code is sure; the message is only for people.
        body.push_str(",\"message\":");
        write_text(&mut body, &refusal.message);
        body.push('}');
        Self { status: refusal.kind.status(), content_type: JSON, body, delivery: Delivery::Whole }
    }
}

fn operation_of(target: &str) -> Option<Operation> {
    match target.strip_prefix(PREFIX)? {
        "ListStreams" => Some(Operation::ListStreams),
        "DescribeStream" => Some(Operation::DescribeStream),
        "GetShardIterator" => Some(Operation::GetShardIterator),
        "GetRecords" => Some(Operation::GetRecords),
        _ => None,
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::new(RefusalKind::Serialization))
}

/// Writes `"name":"text"` as a member of an object that is being written.
fn member(out: &mut String, name: &str, text: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    write_text(out, name);
    out.push(':');
    write_text(out, text);
}

fn write_streams(list: &StreamList) -> String {
    let mut out = String::from("{\"Streams\":[");
    for (at, stream) in list.streams.iter().enumerate() {
        out.push_str(if at == 0 { "{" } else { ",{" });
        member(&mut out, "StreamArn", stream.arn.as_str());
        member(&mut out, "TableName", &stream.table);
        member(&mut out, "StreamLabel", &stream.label);
        out.push('}');
    }
    out.push(']');
    if let Some(last) = &list.last_evaluated {
        member(&mut out, "LastEvaluatedStreamArn", last.as_str());
    }
    out.push('}');
    out
}

fn write_description(arn: &StreamArn, description: &StreamDescription) -> String {
    let mut out = String::from("{\"StreamDescription\":{");
    member(&mut out, "StreamArn", arn.as_str());
    member(&mut out, "StreamLabel", arn.label());
    member(&mut out, "StreamStatus", description.status.as_str());
    member(&mut out, "StreamViewType", description.view_type.as_str());
    member(&mut out, "TableName", arn.table());
    if let Some(created_at) = description.created_at {
        out.push_str(",\"CreationRequestDateTime\":");
        out.push_str(&created_at.as_seconds_text());
    }
    out.push_str(",\"KeySchema\":[");
    for (name, kind) in description.key_names.iter().zip(["HASH", "RANGE"]) {
        out.push_str(if kind == "HASH" { "{" } else { ",{" });
        member(&mut out, "AttributeName", name);
        member(&mut out, "KeyType", kind);
        out.push('}');
    }
    out.push_str("],\"Shards\":[");
    for (at, shard) in description.shards.iter().enumerate() {
        out.push_str(if at == 0 { "{" } else { ",{" });
        member(&mut out, "ShardId", shard.id.as_str());
        if let Some(parent) = &shard.parent {
            member(&mut out, "ParentShardId", parent.as_str());
        }
        out.push_str(",\"SequenceNumberRange\":{");
        if let Some(starting) = &shard.starting {
            member(&mut out, "StartingSequenceNumber", starting.as_str());
        }
        if let Some(ending) = &shard.ending {
            member(&mut out, "EndingSequenceNumber", ending.as_str());
        }
        out.push_str("}}");
    }
    out.push(']');
    if let Some(last) = description.last_evaluated_shard.as_ref().map(ShardId::as_str) {
        member(&mut out, "LastEvaluatedShardId", last);
    }
    out.push_str("}}");
    out
}
