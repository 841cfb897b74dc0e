//! The printed commands do what they say: run by the AWS CLI, version 2, against DynamoDB Local.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

mod support;

#[path = "undo/items.rs"]
mod items;

use dynascope::model::{EventName, parse_item};
use dynascope::output::command::{Target, get_item, restore, revert};
use dynascope::source::wire::read_records;
use dynascope::store::{Page, RecordRef};
use items::Items;
use serde_json::{Value, json};
use support::aws_cli::{Ended, run, run_all};
use support::dynamodb_local::DynamoDbLocal;

const ITEMS: usize = 200;

/// A table with a stream of both images, and what its tests do to it.
struct Table {
    local: DynamoDbLocal,
    endpoint: String,
}

impl Table {
    fn create() -> Self {
        let local = DynamoDbLocal::start();
        let endpoint = local.endpoint();
        let table = Self { local, endpoint };
        table.call(
            "CreateTable",
            &json!({
                "TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "it's", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "B"},
                ],
                "KeySchema": [
                    {"AttributeName": "it's", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            }),
        );
        table
    }

    fn call(&self, operation: &str, body: &Value) -> Value {
        let answer = self.local.call(&format!("DynamoDB_20120810.{operation}"), &body.to_string());
        let said = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, 200, "{operation} {body}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    fn put(&self, item: &Value) {
        self.call("PutItem", &json!({"TableName": "orders", "Item": item}));
    }

    fn delete(&self, key: &Value) {
        self.call("DeleteItem", &json!({"TableName": "orders", "Key": key}));
    }

    fn get(&self, key: &Value) -> Option<Value> {
        let body = json!({"TableName": "orders", "Key": key, "ConsistentRead": true});
        self.call("GetItem", &body).get("Item").cloned()
    }

    /// A change that the stream's reader has not seen: at the top, and beside what changed in a map.
    fn change_elsewhere(&self, key: &Value) {
        self.call(
            "UpdateItem",
            &json!({
                "TableName": "orders", "Key": key, "UpdateExpression": "SET later = :l, m.later = :l",
                "ExpressionAttributeValues": {":l": {"S": "since"}},
            }),
        );
    }

    /// All records of the stream so far.
    fn records(&self) -> Vec<Page> {
        let call = |operation: &str, body: &Value| {
            let answer = self.local.call(&format!("DynamoDBStreams_20120810.{operation}"), &body.to_string());
            assert_eq!(answer.status, 200, "{operation}");
            answer.body
        };
        let parse = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
        let stream = parse(&call("ListStreams", &json!({})))["Streams"][0]["StreamArn"].clone();
        let described = parse(&call("DescribeStream", &json!({"StreamArn": stream})));
        let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
        let ask = json!({"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let mut iterator = parse(&call("GetShardIterator", &ask))["ShardIterator"].clone();
        let mut pages = vec![];
        loop {
            let body = call("GetRecords", &json!({"ShardIterator": iterator}));
            iterator = parse(&body)["NextShardIterator"].clone();
            let page = read_records(&body).unwrap().page;
            if page.is_empty() {
                return pages;
            }
            pages.push(page);
        }
    }

    fn target(&self) -> Target<'_> {
        Target {
            table: "orders",
            region: "eu-west-1",
            account: "000000000000",
            profile: None,
            endpoint: Some(&self.endpoint),
            is_demo: false,
        }
    }
}

/// How the commands ended, in the order in which they were given. Two run at a time.
fn run_by_halves(commands: &[String]) -> Vec<Ended> {
    let (some, others) = commands.split_at(commands.len() / 2);
    std::thread::scope(|scope| {
        let some = scope.spawn(|| run_all(some));
        let others = run_all(others);
        let mut ended = some.join().unwrap();
        ended.extend(others);
        ended
    })
}

fn key(number: usize) -> Value {
    json!({"it's": {"S": format!("ord'#{number} \"$HOME\"")}, "sk": {"B": "AAH/"}})
}

/// A page with one record.
fn modified(key: &Value, old: &Value, new: &Value) -> Page {
    let images = json!({
        "Keys": key, "OldImage": old, "NewImage": new, "SequenceNumber": "1",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    });
    let record = json!({
        "eventID": "e", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1", "dynamodb": images,
    });
    read_records(json!({"Records": [record]}).to_string().as_bytes()).unwrap().page
}

fn number_of(record: RecordRef<'_>) -> usize {
    let keys: Value = serde_json::from_str(record.keys().unwrap()).unwrap();
    (0..ITEMS).find(|number| key(*number) == keys).unwrap()
}

fn is_same(found: &Value, expected: &Value) -> bool {
    let (found, expected) = (found.to_string(), expected.to_string());
    parse_item(found.as_bytes()).unwrap().same_as(&parse_item(expected.as_bytes()).unwrap())
}

fn assert_refused(ended: &[Ended], commands: &[String]) {
    for (ended, command) in ended.iter().zip(commands) {
        assert!(ended.stderr.contains("ConditionalCheckFailedException"), "{ended:?}\n{command}");
    }
}

#[test]
fn reverting_a_modify_brings_back_what_it_changed_and_only_that() {
    let table = Table::create();
    let mut items = Items::new(4);
    let mut expected = vec![];
    for number in 0..ITEMS {
        let (mut old, new) = items.pair(&key(number));
        table.put(&old);
        table.put(&new);
        table.change_elsewhere(&key(number));
        for map in ["/m/M/later", "/later"] {
            let (parent, name) = map.rsplit_once('/').unwrap();
            old.pointer_mut(parent).unwrap()[name] = json!({"S": "since"});
        }
        expected.push(old);
    }
    let pages = table.records();
    let mut seen = std::collections::BTreeSet::new();
    let mut commands = vec![];
    // The first MODIFY of each; the second is the change elsewhere.
    for record in pages.iter().flat_map(Page::records).filter(|record| record.event() == EventName::Modify) {
        if seen.insert(number_of(record)) {
            commands.push(revert(record).unwrap().for_shell(&table.target()).unwrap());
        }
    }
    assert_eq!(commands.len(), ITEMS);
    for (ended, command) in run_by_halves(&commands).iter().zip(&commands) {
        assert_eq!(ended.status, 0, "{ended:?}\n{command}");
    }
    for (number, expected) in expected.iter().enumerate() {
        let found = table.get(&key(number)).unwrap();
        assert!(is_same(&found, expected), "\n{found}\nnot\n{expected}\n{}", commands[number]);
    }
    // These paths have been written since: by the revert itself.
    assert_refused(&run_by_halves(&commands), &commands);
    for (number, expected) in expected.iter().enumerate() {
        assert!(is_same(&table.get(&key(number)).unwrap(), expected));
    }
}

#[test]
fn restoring_brings_back_the_item_of_a_moment_whatever_came_later() {
    let table = Table::create();
    let mut items = Items::new(5);
    for number in 0..ITEMS {
        let (first, second) = items.pair(&key(number));
        table.put(&first);
        table.put(&second);
        if number % 3 == 0 {
            table.delete(&key(number));
        }
        if number % 4 != 0 {
            table.put(&items.changed(&second));
        }
    }
    let pages = table.records();
    let mut histories = vec![vec![]; ITEMS];
    for record in pages.iter().flat_map(Page::records) {
        histories[number_of(record)].push(record);
    }
    let mut commands = vec![];
    let mut expected = vec![];
    for (number, records) in histories.iter().enumerate() {
        let newest = *records.last().unwrap();
        let here = items.below(records.len() - 1);
        let later = records.len() - 1 - here;
        let image = records[here].new_image().map(|image| serde_json::from_str::<Value>(image).unwrap());
        match restore(records[here], newest, later) {
            Ok(command) => {
                commands.push(command.for_shell(&table.target()).unwrap());
                expected.push((number, image));
            }
            // By chance the last state is that of the moment.
            Err(_) => assert_eq!(image, table.get(&key(number))),
        }
    }
    assert!(commands.len() > ITEMS * 3 / 4, "{}", commands.len());
    for operation in ["update-item", "put-item", "delete-item"] {
        assert!(commands.iter().any(|command| command.contains(operation)), "{operation}");
    }
    for (ended, command) in run_by_halves(&commands).iter().zip(&commands) {
        assert_eq!(ended.status, 0, "{ended:?}\n{command}");
    }
    for ((number, expected), command) in expected.iter().zip(&commands) {
        let found = table.get(&key(*number));
        let is_right = match (&found, expected) {
            (Some(found), Some(expected)) => is_same(found, expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        assert!(is_right, "\n{found:?}\nnot\n{expected:?}\n{command}");
    }
    assert_refused(&run_by_halves(&commands), &commands);
}

#[test]
fn a_command_works_as_it_is_pasted_into_a_shell() {
    let table = Table::create();
    let mut items = Items::new(6);
    let (old, new) = items.pair(&key(1));
    table.put(&old);
    table.put(&new);
    table.delete(&key(1));
    let pages = table.records();
    let records: Vec<_> = pages.iter().flat_map(Page::records).collect();
    let events: Vec<_> = records.iter().map(|record| record.event()).collect();
    assert_eq!(events, [EventName::Insert, EventName::Modify, EventName::Remove]);
    let commands: Vec<_> = records.iter().map(|record| revert(*record).unwrap()).collect();
    let print = |at: usize| commands[at].for_shell(&table.target()).unwrap();
    assert_eq!(run(&print(2)).status, 0);
    assert!(is_same(&table.get(&key(1)).unwrap(), &new));
    assert!(run(&print(0)).stderr.contains("ConditionalCheckFailedException"));
    // As it is done where the text is long: the parameters in a file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's one.json");
    std::fs::write(&path, commands[1].input()).unwrap();
    let printed = commands[1].for_shell_with_input(&table.target(), path.to_str().unwrap()).unwrap();
    let ended = run(&printed);
    assert_eq!(ended.status, 0, "{ended:?}\n{printed}");
    let read = get_item(records[0]).unwrap().for_shell(&table.target()).unwrap();
    let item: Value = serde_json::from_str(&run(&read).stdout).unwrap();
    assert!(is_same(&item["Item"], &old));
    assert_eq!(run(&print(0)).status, 0);
    assert_eq!(table.get(&key(1)), None);
}

/// The limits that are counted here are the service's: at them a command works.
#[test]
fn as_many_changes_as_fit_are_accepted() {
    let table = Table::create();
    let item = |count: usize, value: usize| {
        let mut item = key(2);
        for at in 0..count {
            item[format!("a{at}")] = json!({"N": value.to_string()});
        }
        item
    };
    table.put(&item(150, 1));
    table.put(&item(150, 2));
    let pages = table.records();
    let records: Vec<_> = pages.iter().flat_map(Page::records).collect();
    let command = revert(records[1]).unwrap().for_shell(&table.target()).unwrap();
    let ended = run(&command);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(is_same(&table.get(&key(2)).unwrap(), &item(150, 1)));
    let delete = revert(records[0]).unwrap().for_shell(&table.target()).unwrap();
    assert_eq!(run(&delete).status, 0);
    assert_eq!(table.get(&key(2)), None);

    // As long as an expression may be, in bytes.
    let deep = |count: usize, value: usize| {
        let mut leaves = json!({});
        for at in 0..count {
            leaves[format!("b{at}")] = json!({"N": value.to_string()});
        }
        let mut item = key(3);
        item["m"] = (0..5).fold(json!({"M": leaves}), |inner, _| json!({"M": {"m": inner}}));
        item
    };
    let reverted = |count: usize| {
        let page = modified(&key(3), &deep(count, 1), &deep(count, 2));
        let text = revert(page.record(0)).unwrap().for_shell(&table.target()).unwrap();
        text.contains(&format!("Reverts the {count} changes")).then_some(text)
    };
    let most = (100..150).rev().find_map(|count| Some((count, reverted(count)?)));
    let (count, command) = most.unwrap();
    assert!(reverted(count + 1).is_none() && count < 149, "it is the bytes that count: {count}");
    table.put(&deep(count, 2));
    let ended = run(&command);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(is_same(&table.get(&key(3)).unwrap(), &deep(count, 1)));
}
