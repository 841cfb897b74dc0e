//! Random histories, read back by the plainest reader there is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::SequenceNumber;

#[derive(Clone, Debug)]
enum Step {
    Put(u8, Option<u32>),
    Split(usize),
    Roll(usize),
    Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..12_u8, prop::option::weighted(0.8, 0..1_000_u32)).prop_map(|(key, value)| Step::Put(key, value)),
        1 => (0..8_usize).prop_map(Step::Split),
        1 => (0..8_usize).prop_map(Step::Roll),
        2 => (0..20_000_u32).prop_map(Step::Wait),
    ]
}

/// What happened, and the time after it.
fn play(service: &mut Service, stream: &StreamArn, steps: &[Step]) -> Time {
    let mut now = START;
    let mut items: BTreeMap<u8, String> = BTreeMap::new();
    for step in steps {
        let open = service.open_shards(stream);
        match step {
            Step::Put(key, value) => {
                let new = value.map(n);
                let old = items.get(key).cloned();
                service.put(stream, &format!("k{key}"), old.as_deref(), new.as_deref(), now);
                match new {
                    Some(new) => items.insert(*key, new),
                    None => items.remove(key),
                };
            }
            Step::Split(at) => drop(service.split(stream, &open[at % open.len()], now)),
            Step::Roll(at) => drop(service.roll(stream, &open[at % open.len()], now)),
            Step::Wait(millis) => now = now.plus(Duration::from_millis(u64::from(*millis))),
        }
    }
    now
}

/// Reads every listed shard from the trim horizon, parents first.
fn read_all(service: &mut Service, stream: &StreamArn, limit: i64, now: Time) -> Vec<(ShardId, Value)> {
    let shards = describe(service, stream, now);
    let (mut read, mut done): (Vec<(ShardId, Value)>, BTreeSet<ShardId>) = (vec![], BTreeSet::new());
    let listed: BTreeSet<ShardId> = shards.iter().map(|shard| shard.id.clone()).collect();
    while done.len() < shards.len() {
        for shard in &shards {
            let waits = shard.parent.as_ref().is_some_and(|it| listed.contains(it) && !done.contains(it));
            if waits || !done.insert(shard.id.clone()) {
                continue;
            }
            let token =
                service.get_shard_iterator(&iterator(stream, &shard.id, "TRIM_HORIZON"), now).unwrap();
            let records = drain(service, token, limit, now);
            read.extend(records.into_iter().map(|record| (shard.id.clone(), record)));
        }
    }
    read
}

proptest! {
    #[test]
    fn every_record_is_read_once_from_its_shard_in_the_order_of_its_key(
        steps in prop::collection::vec(step(), 0..120),
        roots in 1..4_usize,
        limit in 1..9_i64,
    ) {
        let mut service = Service::new(1);
        let stream = service.create_stream("t", ViewType::NewAndOldImages, roots, START);
        let now = play(&mut service, &stream, &steps);
        let written = service.history(&stream, START, now.plus(Duration::from_secs(1)));
        let read = read_all(&mut service, &stream, limit, now);

        let mut wanted: Vec<_> =
            written.iter().map(|it| (it.shard.clone(), it.sequence_number.to_string(), it.event_id.clone())).collect();
        let mut got: Vec<_> = read
            .iter()
            .map(|(shard, record)| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                (shard.clone(), text(&record["dynamodb"]["SequenceNumber"]), text(&record["eventID"]))
            })
            .collect();
        wanted.sort();
        got.sort();
        prop_assert_eq!(got, wanted);

        let mut last: BTreeMap<String, (SequenceNumber, Value)> = BTreeMap::new();
        for (_, record) in &read {
            let change = &record["dynamodb"];
            let sequence = SequenceNumber::new(change["SequenceNumber"].as_str().unwrap());
            if let Some((before, image)) = last.get(&change["Keys"].to_string()) {
                prop_assert!(*before < sequence);
                prop_assert_eq!(image, &change["OldImage"]);
            } else {
                prop_assert_eq!(&change["OldImage"], &Value::Null);
            }
            last.insert(change["Keys"].to_string(), (sequence, change["NewImage"].clone()));
        }
    }

    #[test]
    fn a_child_starts_where_its_parent_ended(steps in prop::collection::vec(step(), 0..60)) {
        let mut service = Service::new(3);
        let stream = service.create_stream("t", ViewType::NewImage, 2, START);
        let now = play(&mut service, &stream, &steps);
        let shards = describe(&mut service, &stream, now);
        for shard in &shards {
            if let Some(ending) = &shard.ending {
                prop_assert!(shard.starting.as_ref().unwrap() < ending);
            }
            let Some(parent) = &shard.parent else { continue };
            let parent = shards.iter().find(|other| other.id == *parent).unwrap();
            prop_assert!(parent.ending.as_ref().unwrap() < shard.starting.as_ref().unwrap());
        }
        for record in service.history(&stream, START, now.plus(Duration::from_secs(1))) {
            let shard = shards.iter().find(|shard| shard.id == record.shard).unwrap();
            prop_assert!(*shard.starting.as_ref().unwrap() < record.sequence_number);
            prop_assert!(shard.ending.as_ref().is_none_or(|ending| record.sequence_number < *ending));
        }
    }

    #[test]
    fn a_reader_that_comes_later_lacks_only_what_was_trimmed(
        steps in prop::collection::vec(step(), 0..120),
        hours in 0..30_u64,
        limit in 1..9_i64,
    ) {
        let mut service = Service::new(5);
        let stream = service.create_stream("t", ViewType::NewAndOldImages, 2, START);
        let written_at = play(&mut service, &stream, &steps);
        let now = written_at.max(after(hours * 3_600));
        let all = service.history(&stream, START, now.plus(Duration::from_secs(1)));
        let horizon = now.minus(Duration::from_hours(24));
        let wanted: BTreeSet<_> =
            all.into_iter().filter(|it| it.created >= horizon).map(|it| it.event_id).collect();
        let read = read_all(&mut service, &stream, limit, now);
        let got: BTreeSet<_> =
            read.iter().map(|(_, record)| record["eventID"].as_str().unwrap().to_owned()).collect();
        prop_assert_eq!(read.len(), got.len());
        prop_assert_eq!(got, wanted);
    }
}

#[test]
fn the_wide_stream_has_250_shards_and_every_record_once() {
    let mut service = Service::new(2);
    let stream = add_wide_stream(&mut service, 2, START);
    assert_eq!(describe(&mut service, &stream, START).len(), 250);
    let read = read_all(&mut service, &stream, 1_000, START);
    let ids: BTreeSet<_> = read.iter().map(|(_, record)| record["eventID"].to_string()).collect();
    assert_eq!((read.len(), ids.len()), (4_000, 4_000));
}
