//! Records as the events that a Lambda function receives: `{"Records":[…]}`, one event a line.

use std::num::NonZeroUsize;

use super::jsonl;
use crate::model::StreamArn;
use crate::store::RecordRef;

/// Puts records into events of so many each, as an event source mapping's BatchSize does.
#[derive(Clone, Debug)]
pub struct Batches {
    size: NonZeroUsize,
    /// In the event that is open.
    held: usize,
}

impl Batches {
    pub fn new(size: NonZeroUsize) -> Self {
        Self { size, held: 0 }
    }

    /// Appends a record; the event ends with it where it is full.
    pub fn record(&mut self, out: &mut Vec<u8>, stream: &StreamArn, record: RecordRef<'_>) {
        out.extend(if self.held == 0 { &b"{\"Records\":["[..] } else { b"," });
        jsonl::event(out, stream, record);
        self.held += 1;
        if self.held == self.size.get() {
            self.end(out);
        }
    }

    /// Ends the event that is open, if one is.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if self.held > 0 {
            out.extend(b"]}\n");
            self.held = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::wire;

    #[test]
    fn records_come_in_events_of_at_most_the_batch_size() {
        let one = r#"{"eventID":"e","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1.7E9,"Keys":{"p":{"S":"a"}},"SequenceNumber":"1","StreamViewType":"KEYS_ONLY"}}"#;
        let answer = wire::read_records(format!(r#"{{"Records":[{one},{one},{one}]}}"#).as_bytes()).unwrap();
        let stream =
            StreamArn::parse("arn:aws:dynamodb:eu-west-1:1:table/t/stream/2026-01-01T00:00:00.000").unwrap();
        let written = |size: usize| {
            let (mut out, mut batches) = (vec![], Batches::new(size.try_into().unwrap()));
            answer.page.records().for_each(|record| batches.record(&mut out, &stream, record));
            batches.end(&mut out);
            batches.end(&mut out);
            let text = String::from_utf8(out).unwrap();
            assert!(text.ends_with('\n'), "{text}");
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>()
        };
        let counts = |size| {
            let events = written(size);
            events.iter().map(|event| event["Records"].as_array().unwrap().len()).collect::<Vec<_>>()
        };
        assert_eq!(counts(2), [2, 1]);
        assert_eq!(counts(3), [3]);
        assert_eq!(counts(9), [3]);
        let expected = serde_json::json!({
            "eventID": "e", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1", "eventSourceARN": stream.as_str(), "dynamodb": {
                "ApproximateCreationDateTime": 1_700_000_000, "Keys": {"p": {"S": "a"}},
                "SequenceNumber": "1", "StreamViewType": "KEYS_ONLY",
            },
        });
        assert_eq!(written(9)[0]["Records"][0], expected);
    }
}
