//! Every fault, seen by a client.

use super::*;
use crate::demo::answer::Delivery;
use crate::demo::request::{ListStreams, ShardFilter};

fn token(service: &mut Service, stream: &StreamArn, shard: &ShardId) -> String {
    service.get_shard_iterator(&iterator(stream, shard, "TRIM_HORIZON"), START).unwrap()
}

fn of(stream: &StreamArn) -> DescribeStream {
    DescribeStream { stream_arn: text(stream.as_str()), ..DescribeStream::default() }
}

#[test]
fn the_next_calls_are_throttled_and_then_no_more() {
    let (mut service, stream, shard) = one_shard();
    let throttle = Fault::Refuse(RefusalKind::Throttling);
    service.faults.rules.push(Rule::next(2, Operation::GetRecords, throttle));
    let token = token(&mut service, &stream, &shard);
    let outcomes = [0; 3].map(|_| get(&mut service, &token, START).map_err(|refusal| refusal.kind).is_ok());
    assert_eq!(outcomes, [false, false, true]);
}

#[test]
fn a_fraction_of_calls_fails_the_same_for_the_same_seed() {
    let outcomes = |seed| {
        let mut service = Service::new(seed);
        let fault = Fault::Refuse(RefusalKind::Unavailable);
        service.faults.rules.push(Rule::fraction(0.3, Operation::ListStreams, fault));
        let mut call = || service.list_streams(&ListStreams::default(), START).is_ok();
        (0..400).map(|_| call()).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(1), outcomes(1));
    assert_ne!(outcomes(1), outcomes(2));
    let failed = outcomes(1).into_iter().filter(|fine| !fine).count();
    assert!((80..160).contains(&failed), "{failed}");
}

#[test]
fn a_rule_for_one_shard_leaves_the_others_alone() {
    let mut service = Service::new(1);
    let stream = service.create_stream("t", ViewType::NewImage, 2, START);
    let shards = service.open_shards(&stream);
    let fault = Fault::Refuse(RefusalKind::ExpiredIterator);
    service.faults.rules.push(Rule { shard: Some(shards[0].clone()), ..Rule::always(fault.clone()) });
    service.faults.rules[0].operation = Some(Operation::GetRecords);
    let tokens = shards.iter().map(|shard| token(&mut service, &stream, shard)).collect::<Vec<_>>();
    assert_eq!(get(&mut service, &tokens[0], START).unwrap_err().kind, RefusalKind::ExpiredIterator);
    assert!(get(&mut service, &tokens[1], START).is_ok());
}

#[test]
fn answers_are_spoilt_on_their_way() {
    let call = |fault: Option<Fault>| {
        let mut service = Service::new(1);
        service.faults.rules.extend(fault.map(|fault| Rule::next(1, Operation::ListStreams, fault)));
        service.answer("DynamoDBStreams_20120810.ListStreams", b"{}", START)
    };
    let good = call(None);
    assert_eq!((good.status, good.body.as_str()), (200, "{\"Streams\":[]}"));
    let html = call(Some(Fault::Html));
    assert!(html.status == 200 && html.content_type == "text/html" && html.body.starts_with("<!DOCTYPE"));
    assert_eq!(call(Some(Fault::EmptyBody)).body, "");
    assert_eq!(call(Some(Fault::Truncated)).delivery, Delivery::Half);
    assert_eq!(call(Some(Fault::Hang)).delivery, Delivery::Never);
    let unavailable = call(Some(Fault::Refuse(RefusalKind::Unavailable)));
    assert_eq!(unavailable.status, 503);
}

#[test]
fn a_repeated_shard_token_never_ends() {
    let (mut service, stream, _) = one_shard();
    service.faults.rules.push(Rule::always(Fault::RepeatedShardToken));
    let first = service.describe_stream(&of(&stream), START).unwrap();
    let again = DescribeStream {
        exclusive_start_shard_id: first.last_evaluated_shard.as_ref().map(ToString::to_string),
        ..of(&stream)
    };
    assert!(first.last_evaluated_shard.is_some());
    assert_eq!(service.describe_stream(&again, START).unwrap(), first);
}

#[test]
fn late_children_are_listed_after_a_while() {
    let (mut service, stream, shard) = one_shard();
    service.faults.rules.push(Rule::always(Fault::LateChildren(Duration::from_secs(5))));
    let children = service.split(&stream, &shard, after(10));
    let listed = [10, 14, 15].map(|at| describe(&mut service, &stream, after(at)).len());
    assert_eq!(listed, [1, 1, 3]);
    assert!(service.get_shard_iterator(&iterator(&stream, &children[0], "LATEST"), after(10)).is_ok());
}

#[test]
fn an_open_parent_has_children_and_an_end() {
    let (mut service, stream, shard) = one_shard();
    service.split(&stream, &shard, after(1));
    let ending = |service: &mut Service| {
        let shards = describe(service, &stream, after(2));
        shards.into_iter().find(|it| it.id == shard).unwrap().ending
    };
    assert!(ending(&mut service).is_some());
    service.faults.rules.push(Rule::always(Fault::OpenParents));
    assert_eq!(ending(&mut service), None);
    let token = token(&mut service, &stream, &shard);
    assert_eq!(get(&mut service, &token, after(2)).unwrap().next, None);
}

#[test]
fn an_old_endpoint_knows_neither_timestamps_nor_filters() {
    let (mut service, stream, shard) = one_shard();
    service.split(&stream, &shard, after(1));
    let filtered = DescribeStream {
        shard_filter: Some(ShardFilter { r#type: text("CHILD_SHARDS"), shard_id: text(shard.as_str()) }),
        ..of(&stream)
    };
    let timed = at_time(&stream, &shard, START);
    assert!(service.get_shard_iterator(&timed, after(2)).is_ok());
    assert_eq!(service.describe_stream(&filtered, after(2)).unwrap().shards.len(), 2);
    service.faults.rules = vec![Rule::always(Fault::NoTimestamps), Rule::always(Fault::ChildFilterIgnored)];
    assert_eq!(service.get_shard_iterator(&timed, after(2)).unwrap_err().kind, RefusalKind::Validation);
    assert_eq!(service.describe_stream(&filtered, after(2)).unwrap().shards.len(), 3);
    service.faults.rules = vec![Rule::always(Fault::ChildFilterRejected)];
    assert_eq!(service.describe_stream(&filtered, after(2)).unwrap_err().kind, RefusalKind::Validation);
    assert!(service.describe_stream(&of(&stream), after(2)).is_ok());
}

#[test]
fn poison_spoils_the_same_records_each_time_and_no_others() {
    for view in [ViewType::KeysOnly, ViewType::OldImage, ViewType::NewAndOldImages] {
        let mut service = Service::new(1);
        let stream = service.create_stream("t", view, 1, START);
        let shard = service.open_shards(&stream).remove(0);
        for key in 0..300 {
            service.put(&stream, &key.to_string(), None, Some("{}"), START);
        }
        let token = token(&mut service, &stream, &shard);
        let clean = records(&get(&mut service, &token, START).unwrap());
        service.faults.rules.push(Rule::always(Fault::Poison { one_in: 10 }));
        let page = get(&mut service, &token, START).unwrap();
        assert_eq!(get(&mut service, &token, START).unwrap(), page);
        let spoilt = records(&page).iter().zip(&clean).filter(|(spoilt, clean)| spoilt != clean).count();
        assert_eq!(page.body.matches("\"poison\":{\"N\":5}").count(), spoilt);
        assert!((10..60).contains(&spoilt), "{spoilt}");
    }
}

#[test]
fn a_duplicate_page_comes_again_and_then_the_next() {
    let (mut service, stream, shard) = one_shard();
    let first = put(&mut service, &stream, "a", 0);
    let token = token(&mut service, &stream, &shard);
    service.faults.rules.push(Rule::next(1, Operation::GetRecords, Fault::DuplicatePage));
    let page = get(&mut service, &token, START).unwrap();
    assert_eq!(sequences(&page), [first.as_str()]);
    let again = get(&mut service, &page.next.unwrap(), START).unwrap();
    assert_eq!(sequences(&again), [first.as_str()]);
    assert_eq!(get(&mut service, &again.next.unwrap(), START).unwrap().records, 0);
}

#[test]
fn latest_settled_late_misses_a_record() {
    let (mut service, stream, shard) = one_shard();
    service.faults.rules.push(Rule::always(Fault::LatestSettlesLate));
    let token = service.get_shard_iterator(&iterator(&stream, &shard, "LATEST"), START).unwrap();
    put(&mut service, &stream, "a", 1);
    let page = get(&mut service, &token, after(1)).unwrap();
    assert_eq!(page.records, 0);
    let next = put(&mut service, &stream, "b", 2);
    assert_eq!(sequences(&get(&mut service, &page.next.unwrap(), after(2)).unwrap()), [next]);
}

#[test]
fn random_faults_depend_on_the_seed_only() {
    assert_eq!(Faults::random(1).rules, Faults::random(1).rules);
    assert_ne!(Faults::random(1).rules, Faults::random(2).rules);
    for operation in ALL {
        assert!(Faults::random(1).rules.iter().any(|rule| rule.operation == Some(operation)));
    }
}
