//! What a soak test asks the service over HTTP and no client does: what was written, how it answered.

use serde::Deserialize;

use super::answer::{Answer, Delivery, JSON};
use super::service::Service;
use crate::model::{StreamArn, Time};

/// Foreign to DynamoDB Streams on purpose: no SDK has these calls.
const PREFIX: &str = "DynascopeDemo.";

/// From and until are in whole epoch seconds, which is all that a record says of its creation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct History {
    table: String,
    from: i64,
    until: i64,
}

impl Service {
    /// Answers `DynascopeDemo.History` and `DynascopeDemo.Answers`; `None` for other targets.
    pub(super) fn inquiry(&mut self, target: &str, body: &[u8]) -> Option<Answer> {
        let body = match target.strip_prefix(PREFIX)? {
            "Answers" => self.answers(),
            "History" => {
                serde_json::from_slice(body).map_or_else(|_| "{}".into(), |asked| self.events(&asked))
            }
            _ => return None,
        };
        Some(Answer { status: 200, content_type: JSON, body, delivery: Delivery::Whole })
    }

    /// The IDs of all events of a table's streams, trimmed or not.
    fn events(&mut self, asked: &History) -> String {
        let (from, until) = (Time::from_seconds(asked.from), Time::from_seconds(asked.until));
        let of_table = |arn: &&StreamArn| arn.table() == asked.table;
        let streams: Vec<StreamArn> = self.streams.keys().filter(of_table).cloned().collect();
        let written = streams.iter().flat_map(|stream| self.history(stream, from, until));
        let ids: Vec<String> = written.map(|witness| witness.event_id).collect();
        serde_json::json!({ "EventIds": ids }).to_string()
    }

    /// How many answers of each kind were given, by operation.
    fn answers(&self) -> String {
        let named = |((operation, outcome), count): (&(&str, &str), &u64)| {
            (format!("{operation} {outcome}"), (*count).into())
        };
        serde_json::Value::Object(self.answered.iter().map(named).collect()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ViewType;

    const START: Time = Time::from_seconds(1_791_316_726);

    fn ask(service: &mut Service, target: &str, body: &str) -> serde_json::Value {
        serde_json::from_str(&service.answer(target, body.as_bytes(), START).body).unwrap()
    }

    #[test]
    fn the_history_is_what_was_written_in_these_seconds() {
        let mut service = Service::new(1);
        let stream = service.create_stream("notes", ViewType::KeysOnly, 2, START);
        let second = std::time::Duration::from_secs(1);
        for (key, at) in [("a", START), ("b", START.plus(second)), ("c", START.plus(2 * second))] {
            service.put(&stream, key, None, Some("{}"), at).unwrap();
        }
        let (from, until) = (START.seconds() + 1, START.seconds() + 2);
        let body = format!("{{\"Table\":\"notes\",\"From\":{from},\"Until\":{until}}}");
        let history = ask(&mut service, "DynascopeDemo.History", &body);
        let expected = &service
            .history(&stream, START, START.plus(10 * second))
            .into_iter()
            .find(|witness| witness.keys.contains("\"b\""))
            .unwrap()
            .event_id;
        assert_eq!(history, serde_json::json!({ "EventIds": [expected] }));
    }

    #[test]
    fn answers_are_counted_by_operation_and_kind() {
        let mut service = Service::new(1);
        ask(&mut service, "DynamoDBStreams_20120810.ListStreams", "{}");
        ask(&mut service, "DynamoDBStreams_20120810.ListStreams", "{}");
        ask(&mut service, "DynamoDBStreams_20120810.GetRecords", "{}");
        let answers = ask(&mut service, "DynascopeDemo.Answers", "");
        let expected = serde_json::json!({ "GetRecords ValidationException": 1, "ListStreams 200": 2 });
        assert_eq!(answers, expected);
    }
}
