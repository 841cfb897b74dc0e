//! DynamoDB Local's Scan with the same condition.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dynascope::model::time::Zone;
use dynascope::model::{Item, Path, Step, Time, plain as written};
use dynascope::query::{Filter, Whence};
use dynascope::source::wire;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

use super::samples::{self, Condition, Operand, Place, Value};
use crate::support::dynamodb_local::DynamoDbLocal;

const ITEMS: usize = 200;
const EXPRESSIONS: usize = 200;

/// A condition as DynamoDB wants it: names and values stand aside.
#[derive(Default)]
struct Request {
    names: serde_json::Map<String, Json>,
    values: Vec<(String, Value)>,
}

impl Request {
    fn place(&mut self, path: &Path<'_>) -> String {
        let mut text = String::new();
        for step in path.steps() {
            match step {
                Step::Name(name) => {
                    let alias = format!("#n{}", self.names.len());
                    self.names.insert(alias.clone(), json!(name));
                    let dot = if text.is_empty() { "" } else { "." };
                    write!(text, "{dot}{alias}").unwrap();
                }
                Step::Index(index) => write!(text, "[{index}]").unwrap(),
            }
        }
        text
    }

    fn value(&mut self, value: &Value) -> String {
        let name = format!(":v{}", self.values.len());
        self.values.push((name.clone(), value.clone()));
        name
    }

    fn operand(&mut self, operand: &Operand) -> String {
        match operand {
            Operand::Place(Place { path, .. }) => self.place(path),
            Operand::Size(Place { path, .. }) => format!("size({})", self.place(path)),
            Operand::Literal(value) => self.value(value),
        }
    }

    fn condition(&mut self, condition: &Condition) -> String {
        let mut joined = |all: &[Condition], word: &str| {
            all.iter().map(|one| format!("({})", self.condition(one))).collect::<Vec<_>>().join(word)
        };
        match condition {
            Condition::And(all) => joined(all, " AND "),
            Condition::Or(all) => joined(all, " OR "),
            Condition::Not(one) => format!("NOT ({})", self.condition(one)),
            Condition::Compare(left, sign, right) => {
                format!("{} {sign} {}", self.operand(left), self.operand(right))
            }
            Condition::Between(value, low, high) => {
                format!("{} BETWEEN {} AND {}", self.operand(value), self.value(low), self.value(high))
            }
            Condition::In(value, options) => {
                let value = self.operand(value);
                let options: Vec<String> = options.iter().map(|option| self.value(option)).collect();
                format!("{value} IN ({})", options.join(", "))
            }
            Condition::Exists(place) => format!("attribute_exists({})", self.place(&place.path)),
            Condition::NotExists(place) => format!("attribute_not_exists({})", self.place(&place.path)),
            Condition::HasType(place, kind) => {
                let kind = Value::S((*kind).into());
                format!("attribute_type({}, {})", self.place(&place.path), self.value(&kind))
            }
            Condition::BeginsWith(place, start) => {
                format!("begins_with({}, {})", self.place(&place.path), self.value(start))
            }
            Condition::Contains(place, part) => {
                format!("contains({}, {})", self.place(&place.path), self.value(part))
            }
            ours => panic!("DynamoDB does not have {ours:?}"),
        }
    }

    /// The body of a Scan with this expression.
    fn scan(&self, table: &str, expression: &str) -> String {
        let mut body = json!({"TableName": table, "FilterExpression": expression, "ConsistentRead": true});
        if !self.names.is_empty() {
            body["ExpressionAttributeNames"] = Json::Object(self.names.clone());
        }
        if !self.values.is_empty() {
            let values: Vec<_> =
                self.values.iter().map(|(name, value)| (name.clone().into(), value.clone())).collect();
            let mut text = String::new();
            written::write_dynamodb(&Item::from(values), &mut text);
            body["ExpressionAttributeValues"] = serde_json::from_str(&text).unwrap();
        }
        body.to_string()
    }
}

struct Table<'l> {
    local: &'l DynamoDbLocal,
    name: &'static str,
    /// Items as DynamoDB JSON, `pk` among their attributes.
    items: Vec<String>,
}

impl<'l> Table<'l> {
    fn create(local: &'l DynamoDbLocal, name: &'static str, items: Vec<String>) -> Self {
        let body = json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        });
        assert_eq!(local.call("DynamoDB_20120810.CreateTable", &body.to_string()).status, 200);
        for item in &items {
            let answer = local
                .call("DynamoDB_20120810.PutItem", &format!(r#"{{"TableName":"{name}","Item":{item}}}"#));
            assert_eq!(answer.status, 200, "{item}: {}", String::from_utf8_lossy(&answer.body));
        }
        Self { local, name, items }
    }

    /// The keys of the items that DynamoDB Local finds, or what it says.
    fn scanned(&self, request: &Request, expression: &str) -> Result<BTreeSet<String>, String> {
        let answer = self.local.call("DynamoDB_20120810.Scan", &request.scan(self.name, expression));
        let body: Json = serde_json::from_slice(&answer.body).unwrap();
        if answer.status != 200 {
            return Err(body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default().to_owned());
        }
        let key = |item: &Json| item["pk"]["S"].as_str().unwrap().to_owned();
        Ok(body["Items"].as_array().unwrap().iter().map(key).collect())
    }

    /// The keys of the items that the filter finds in records that insert them.
    fn filtered(&self, filter: &Filter) -> BTreeSet<String> {
        let records: Vec<String> = self
            .items
            .iter()
            .map(|item| format!(r#"{{"eventName":"INSERT","dynamodb":{{"NewImage":{item}}}}}"#))
            .collect();
        let answer =
            wire::read_records(format!(r#"{{"Records":[{}]}}"#, records.join(",")).as_bytes()).unwrap();
        let whence = Whence { table: self.name, shard: "" };
        let matching = answer.page.records().filter(|record| filter.matches(*record, whence));
        let key =
            |json: &str| serde_json::from_str::<Json>(json).unwrap()["pk"]["S"].as_str().unwrap().to_owned();
        matching.map(|record| key(record.new_image().unwrap())).collect()
    }
}

fn parse(text: &str) -> Filter {
    Filter::parse(text, Time::from_seconds(0), Zone::Utc).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_filter_finds_what_a_scan_with_the_same_condition_finds() {
    let mut runner = TestRunner::deterministic();
    let mut any = |number: usize| {
        let attributes = samples::item().new_tree(&mut runner).unwrap().current();
        let key = ("pk".to_owned(), Value::S(format!("item {number}").into()));
        let item: Item<'_> = attributes
            .into_iter()
            .chain([key])
            .map(|(name, value)| (name.into(), value))
            .collect::<Vec<_>>()
            .into();
        let mut json = String::new();
        written::write_dynamodb(&item, &mut json);
        json
    };
    let items: Vec<String> = (0..ITEMS).map(&mut any).collect();
    let local = DynamoDbLocal::start();
    let table = Table::create(&local, "oracle", items);
    let (mut compared, mut found, mut refused) = (0, 0, vec![]);
    while compared < EXPRESSIONS {
        let condition = samples::condition(false).new_tree(&mut runner).unwrap().current();
        let text = condition.text();
        let mut request = Request::default();
        let expression = request.condition(&condition);
        match table.scanned(&request, &expression) {
            // The one rule that is no concern of ours: `a = a` is refused there.
            Err(reason) => {
                assert!(reason.contains("The first operand must be distinct"), "{text}: {reason}");
                refused.push(text);
            }
            Ok(expected) => {
                compared += 1;
                found += usize::from(!expected.is_empty());
                assert_eq!(table.filtered(&parse(&text)), expected, "{text}");
            }
        }
        assert!(refused.len() <= EXPRESSIONS / 4, "DynamoDB Local refuses much:\n{}", refused.join("\n"));
    }
    assert!(found * 3 > EXPRESSIONS, "only {found} of {compared} expressions found something");
}

type Refusal<'a> = (&'a str, Vec<Value>, &'a str, Result<bool, &'a str>);

/// An expression as DynamoDB Local gets it, its values, the same as ours, and what we do there.
#[test]
fn what_dynamodb_local_refuses_is_refused_with_a_reason_or_has_a_meaning() {
    let local = DynamoDbLocal::start();
    let items = [r#"{"pk":{"S":"1"},"a":{"N":"1"},"s":{"S":"x"},"b":{"BOOL":true},"t":{"SS":["x"]}}"#];
    let table = Table::create(&local, "refusals", items.map(str::to_owned).to_vec());
    let many_values: Vec<(String, Value)> =
        (0..101).map(|n| (format!(":m{n}"), Value::N(n.to_string().into()))).collect();
    let many_names: Vec<String> = many_values.iter().map(|(name, _)| name.clone()).collect();
    let in_many = format!("a IN ({})", many_names.join(","));
    let ours_in_many = in_many.replace(":m", "");
    let number = |text: &'static str| Value::N(text.into());
    let string = |text: &'static str| Value::S(text.into());
    let digits = "123456789012345678901234567890123456789";
    let cases: [Refusal<'_>; 15] = [
        (
            "a BETWEEN :0 AND :1",
            vec![number("2"), number("1")],
            "a BETWEEN 2 AND 1",
            Err("the lower end comes first"),
        ),
        ("a BETWEEN :0 AND :1", vec![number("1"), string("x")], "a BETWEEN 1 AND 'x'", Err("the same type")),
        ("b < :0", vec![Value::Bool(true)], "b < true", Err("have an order")),
        ("t >= :0", vec![Value::Ss(vec!["x".into()])], "t >= <<'x'>>", Err("have an order")),
        ("b < :0", vec![Value::Null], "b < null", Err("have an order")),
        (
            "a BETWEEN :0 AND :1",
            vec![Value::Bool(false), Value::Bool(true)],
            "a BETWEEN false AND true",
            Err("have an order"),
        ),
        (
            "begins_with(a, :0)",
            vec![number("1")],
            "begins_with(a, 1)",
            Err("only strings and binary values begin"),
        ),
        ("attribute_type(a, :0)", vec![string("X")], "attribute_type(a, 'X')", Err("a type was expected")),
        (
            "attribute_exists(:0)",
            vec![string("a")],
            "attribute_exists('a')",
            Err("an attribute was expected"),
        ),
        ("a = :0", vec![Value::Ss(vec![])], "a = <<>>", Err("a set holds")),
        ("nope(a, :0)", vec![string("a")], "nope(a, 'a')", Err("there is no function nope")),
        // What is refused there for its own sake has its plain meaning here.
        ("a = a", vec![], "a = a", Ok(true)),
        ("a <= :0", vec![number(digits)], "a <= 123456789012345678901234567890123456789", Ok(true)),
        (&in_many, vec![], &ours_in_many, Ok(true)),
        ("t = :0", vec![Value::Ss(vec!["x".into(), "x".into()])], "t = <<'x', 'x'>>", Ok(true)),
    ];
    for (expression, values, text, ours) in cases {
        let numbered = values.into_iter().enumerate().map(|(at, value)| (format!(":{at}"), value));
        let values = if expression == in_many { many_values.clone() } else { numbered.collect() };
        let request = Request { values, ..Request::default() };
        let theirs = table.scanned(&request, expression);
        assert!(theirs.is_err(), "{expression}: DynamoDB Local takes it: {theirs:?}");
        match (Filter::parse(text, Time::from_seconds(0), Zone::Utc), ours) {
            (Err(error), Err(reason)) => assert!(error.message.contains(reason), "{text}: {error}"),
            (Ok(filter), Ok(matches)) => assert_eq!(table.filtered(&filter).len() == 1, matches, "{text}"),
            (read, _) => panic!("{text}: {read:?}"),
        }
    }
}

/// DynamoDB Local measures strings in units of UTF-16 but orders them by UTF-8. We go by the
/// documentation, in which strings are UTF-8.
#[test]
fn strings_are_measured_and_ordered_by_their_utf_8_bytes() {
    let local = DynamoDbLocal::start();
    let items = [("é", 2, 1), ("😀", 4, 2), ("\u{ff61}", 3, 1)];
    let json = items.map(|(text, ..)| format!(r#"{{"pk":{{"S":"{text}"}},"s":{{"S":"{text}"}}}}"#));
    let table = Table::create(&local, "texts", json.to_vec());
    for (text, bytes, units) in items {
        let only = BTreeSet::from([text.to_owned()]);
        let request = |number: i32| Request {
            values: vec![(":n".into(), Value::N(number.to_string().into()))],
            ..Request::default()
        };
        assert!(table.filtered(&parse(&format!("size(s) = {bytes} AND pk = '{text}'"))) == only);
        assert!(table.scanned(&request(units), "size(s) = :n").unwrap().contains(text));
        assert!(!table.scanned(&request(bytes), "size(s) = :n").unwrap().contains(text));
    }
    let above = Request { values: vec![(":s".into(), Value::S("\u{ff61}".into()))], ..Request::default() };
    let (ours, theirs) = (table.filtered(&parse("s > '\u{ff61}'")), table.scanned(&above, "s > :s"));
    assert_eq!((Ok(&ours), ours.len()), (theirs.as_ref(), 1), "the order is the same in both");
}
