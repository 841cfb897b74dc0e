use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::{SHUFFLE_NANOS, Table};
use crate::demo::request::{GetRecords, GetShardIterator};
use crate::demo::{Contents, DemoConfig, Service, Witness, add_tables};
use crate::model::{SequenceNumber, StreamArn, Time};

const START: Time = Time::from_seconds(1_791_316_726);
const TABLES: [&str; 6] = ["audit", "catalogue", "inventory", "orders", "payments", "sessions"];

fn demo(seed: u64, rate: f64) -> (Service, Vec<StreamArn>) {
    let mut service = Service::new(seed);
    add_tables(&mut service, seed, START, rate);
    let list = service.list_streams(&crate::demo::request::ListStreams::default(), START).unwrap();
    (service, list.streams.into_iter().map(|stream| stream.arn).collect())
}

fn shards(service: &mut Service, stream: &StreamArn, now: Time) -> Vec<crate::model::Shard> {
    crate::demo::tests::describe(service, stream, now)
}

/// Records of a shard from a time on, until there is nothing more at `now`.
fn read(
    service: &mut Service,
    stream: &StreamArn,
    shard: &str,
    from: Time,
    now: Time,
) -> Vec<(String, Value)> {
    let request = GetShardIterator {
        stream_arn: Some(stream.to_string()),
        shard_id: Some(shard.to_owned()),
        shard_iterator_type: Some("AT_TIMESTAMP".to_owned()),
        timestamp: serde_json::Number::from_f64(from.micros() as f64 / 1e6),
        ..GetShardIterator::default()
    };
    let mut next = Some(service.get_shard_iterator(&request, now).unwrap());
    let (mut all, mut empty) = (vec![], 0);
    while let Some(token) = next.filter(|_| empty < 6) {
        let page =
            service.get_records(&GetRecords { shard_iterator: Some(token), limit: None }, now).unwrap();
        empty = if page.records == 0 { empty + 1 } else { 0 };
        let body: BTreeMap<String, Value> = serde_json::from_str(&page.body).unwrap();
        let records = body["Records"].as_array().unwrap();
        all.extend(records.iter().map(|record| (shard.to_owned(), record.clone())));
        next = page.next;
    }
    all
}

#[test]
fn the_tables_are_those_of_the_demo_with_a_day_of_shards() {
    let (mut service, streams) = demo(1, 1.0);
    assert_eq!(streams.iter().map(StreamArn::table).collect::<Vec<_>>(), TABLES);
    for stream in &streams {
        let listed = shards(&mut service, stream, START);
        let open = listed.iter().filter(|shard| shard.ending.is_none()).count();
        assert!((5..60).contains(&listed.len()), "{stream} {}", listed.len());
        assert_eq!(open == 0, stream.table() == "audit", "{stream}");
        for shard in &listed {
            let Some(parent) = listed.iter().find(|it| Some(&it.id) == shard.parent.as_ref()) else {
                continue;
            };
            assert!(parent.ending < shard.starting && parent.id < shard.id);
        }
    }
}

#[test]
fn about_thirty_records_a_second_are_written_at_the_start() {
    for (rate, expected) in [(1.0, 22.0..40.0), (10.0, 220.0..400.0), (0.1, 2.2..4.0)] {
        let (mut service, streams) = demo(3, rate);
        let from = START.minus(Duration::from_mins(15));
        let count: usize = streams.iter().map(|stream| service.history(stream, from, START).len()).sum();
        let each_second = count as f64 / 900.0;
        assert!(expected.contains(&each_second), "{rate}: {each_second}");
    }
}

#[test]
fn every_old_image_is_the_new_image_before_it() {
    let (mut service, streams) = demo(5, 0.05);
    let from = START.minus(Duration::from_hours(4));
    for stream in
        streams.iter().filter(|stream| ["orders", "sessions", "inventory"].contains(&stream.table()))
    {
        let mut read_in_order = vec![];
        // Parents come first in the order of the ids.
        for shard in shards(&mut service, stream, START) {
            read_in_order.extend(read(&mut service, stream, shard.id.as_str(), from, START));
        }
        let mut last: BTreeMap<String, (SequenceNumber, Value)> = BTreeMap::new();
        let (mut chained, mut events) = (0, BTreeSet::new());
        for (_, record) in &read_in_order {
            let change = &record["dynamodb"];
            let key = change["Keys"].to_string();
            let sequence = SequenceNumber::new(change["SequenceNumber"].as_str().unwrap());
            for (image, absent_in) in [("NewImage", "REMOVE"), ("OldImage", "INSERT")] {
                assert_eq!(change.get(image).is_none(), record["eventName"] == absent_in);
                for (name, value) in change["Keys"].as_object().unwrap() {
                    assert!(change.get(image).is_none_or(|image| image[name] == *value));
                }
            }
            assert_ne!(change["NewImage"], change["OldImage"]);
            if let Some((before, image)) = last.get(&key) {
                assert!(*before < sequence, "{key}");
                assert_eq!(*image, change["OldImage"], "{key}");
                chained += 1;
            }
            events.insert(record["eventName"].to_string());
            last.insert(key, (sequence, change["NewImage"].clone()));
        }
        assert!(chained > 1_000, "{stream}: {chained} of {}", read_in_order.len());
        assert_eq!(events.len(), 3, "{stream}");
    }
}

#[test]
fn paging_shows_every_record_once_in_one_shard() {
    let (mut service, streams) = demo(7, 1.0);
    let from = START.minus(Duration::from_mins(5));
    let now = START.plus(Duration::from_mins(5));
    for stream in &streams {
        let mut got = vec![];
        for shard in shards(&mut service, stream, now) {
            got.extend(read(&mut service, stream, shard.id.as_str(), from, now));
        }
        let mut got: Vec<(String, String)> =
            got.into_iter().map(|(shard, it)| (it["eventID"].as_str().unwrap().to_owned(), shard)).collect();
        // The reader starts at a whole second.
        let written = service.history(stream, from, now.plus(Duration::from_micros(1)));
        let mut wanted: Vec<(String, String)> =
            written.into_iter().map(|it: Witness| (it.event_id, it.shard.to_string())).collect();
        got.sort();
        wanted.sort();
        assert_eq!(got.len(), wanted.len(), "{stream}");
        assert!(got == wanted, "{stream}");
        assert!(got.windows(2).all(|pair| pair[0].0 != pair[1].0), "{stream}");
    }
}

#[test]
fn the_same_seed_and_start_give_the_same_bytes_however_they_are_read() {
    let target = |operation: &str| format!("DynamoDBStreams_20120810.{operation}");
    let page = |seed: u64, steps: u64| {
        let (mut service, streams) = demo(seed, 1.0);
        // Calls in between must not change what happens.
        for step in 0..steps {
            shards(&mut service, &streams[3], START.plus(Duration::from_secs(step * 100)));
        }
        let now = START.plus(Duration::from_secs(2_000));
        let list = service.answer(&target("ListStreams"), b"{}", now).body;
        let describe = format!("{{\"StreamArn\":\"{}\"}}", streams[3]);
        let described = service.answer(&target("DescribeStream"), describe.as_bytes(), now).body;
        let shard = shards(&mut service, &streams[3], now)[3].id.to_string();
        let request = format!(
            "{{\"StreamArn\":\"{}\",\"ShardId\":\"{shard}\",\"ShardIteratorType\":\"TRIM_HORIZON\"}}",
            streams[3]
        );
        let start = service.answer(&target("GetShardIterator"), request.as_bytes(), now).body;
        let records = service.answer(&target("GetRecords"), start.as_bytes(), now).body;
        assert!(records.len() > 100_000);
        (list, described, records)
    };
    let once = page(1, 0);
    assert!(once == page(1, 20));
    let other = page(2, 0);
    assert!(once.0 != other.0 && once.1 != other.1 && once.2 != other.2);
}

#[test]
fn the_busiest_shard_splits_while_you_watch_and_not_for_ever() {
    let (mut service, streams) = demo(1, 1.0);
    let orders = &streams[3];
    let open = |service: &mut Service, minutes| {
        let listed = shards(service, orders, START.plus(Duration::from_mins(minutes)));
        listed.iter().filter(|shard| shard.ending.is_none()).count()
    };
    let counts = [0, 1, 7, 600].map(|minutes| open(&mut service, minutes));
    assert_eq!(counts[1], counts[0] + 1);
    assert!(counts[2] > counts[1], "{counts:?}");
    assert_eq!(counts[3], 16);
}

#[test]
fn sessions_are_deleted_by_time_to_live() {
    let (mut service, streams) = demo(1, 1.0);
    let sessions = &streams[5];
    let from = START.minus(Duration::from_mins(5));
    let mut removed = vec![];
    for shard in shards(&mut service, sessions, START).into_iter().filter(|shard| shard.ending.is_none()) {
        removed.extend(read(&mut service, sessions, shard.id.as_str(), from, START));
    }
    removed.retain(|(_, record)| record["eventName"] == "REMOVE");
    let (by_ttl, by_hand): (Vec<_>, Vec<_>) =
        removed.iter().partition(|(_, record)| record["userIdentity"]["Type"] == "Service");
    assert!(by_ttl.len() > 50 && by_hand.len() > 20, "{} {}", by_ttl.len(), by_hand.len());
    for (_, record) in by_ttl {
        let change = &record["dynamodb"];
        let expires: i64 = change["OldImage"]["expiresAt"]["N"].as_str().unwrap().parse().unwrap();
        assert!(expires < change["ApproximateCreationDateTime"].as_i64().unwrap());
    }
}

#[test]
fn inventory_has_every_type_of_attribute() {
    let (mut service, streams) = demo(1, 1.0);
    let open = service.open_shards(&streams[2]).remove(0);
    let from = START.minus(Duration::from_mins(3));
    let text = format!("{:?}", read(&mut service, &streams[2], open.as_str(), from, START));
    for kind in ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"] {
        assert!(text.contains(&format!("{{\"{kind}\": ")), "{kind}");
    }
}

#[test]
fn products_of_the_catalogue_are_large_and_change_in_a_few_places() {
    let (mut service, streams) = demo(1, 1.0);
    let open = service.open_shards(&streams[1]).remove(0);
    let records = read(&mut service, &streams[1], open.as_str(), START.minus(Duration::from_mins(20)), START);
    assert!(records.len() > 20, "{}", records.len());
    let mut last: BTreeMap<String, Value> = BTreeMap::new();
    let mut chained = 0;
    for (_, record) in &records {
        let change = &record["dynamodb"];
        let [old, new] = ["OldImage", "NewImage"].map(|image| change[image].to_string());
        assert!((250_000..400_000).contains(&new.len()), "{}", new.len());
        let [old_item, new_item] =
            [&old, &new].map(|image| crate::model::parse_item(image.as_bytes()).unwrap());
        let changes = crate::model::diff(&old_item, &new_item).changes().len();
        assert!((1..40).contains(&changes), "{changes}");
        if let Some(image) = last.insert(change["Keys"].to_string(), change["NewImage"].clone()) {
            assert!(image == change["OldImage"]);
            chained += 1;
        }
    }
    assert!(chained > 5, "{chained}");
}

#[test]
fn a_day_later_the_demo_still_runs() {
    let config = DemoConfig { contents: Contents::Tables, ..DemoConfig::default() };
    let (mut service, streams) = demo(config.seed, config.rate);
    let now = START.plus(Duration::from_hours(40));
    for stream in streams.iter().filter(|stream| stream.table() != "audit") {
        let listed = shards(&mut service, stream, now);
        assert!(listed.len() < 250, "{}", listed.len());
        let from = now.minus(Duration::from_mins(5));
        let least = if stream.table() == "catalogue" { 5 } else { 200 };
        assert!(service.history(stream, from, now).len() > least, "{stream}");
    }
    let gone = service.open_shards(&streams[0]);
    assert!(gone.is_empty());
}

#[test]
fn the_steps_of_a_life_are_further_apart_than_the_shuffle_reaches() {
    for table in Table::ALL {
        let lags = table.lags();
        assert!(lags.windows(2).all(|pair| (pair[1] - pair[0]) * 1_000_000_000 > SHUFFLE_NANOS), "{table:?}");
    }
}
