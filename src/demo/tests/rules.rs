//! The service's rules, one by one.

use super::*;
use crate::demo::request::{ListStreams, ShardFilter};
use crate::model::StreamStatus;

fn start(service: &mut Service, request: &GetShardIterator, now: Time) -> String {
    service.get_shard_iterator(request, now).unwrap()
}

fn kind<T>(answer: Result<T, Refusal>) -> RefusalKind {
    answer.map(|_| ()).unwrap_err().kind
}

#[test]
fn requests_that_break_the_rules_are_refused() {
    use RefusalKind::{ResourceNotFound, Validation};
    let (mut service, stream, shard) = one_shard();
    let sequence = put(&mut service, &stream, "a", 1);
    let of = |kind: &str| iterator(&stream, &shard, kind);
    let with = |kind: &str| at_sequence(&stream, &shard, kind, &sequence);
    let unknown = ShardId::new("shardId-00000000000000000001-00000000");
    let other = StreamArn::parse(&stream.as_str().replace("table/t/", "table/u/")).unwrap();
    let cases = [
        (with("TRIM_HORIZON"), Validation),
        (with("LATEST"), Validation),
        (of("AT_SEQUENCE_NUMBER"), Validation),
        (of("AFTER_SEQUENCE_NUMBER"), Validation),
        (of("SOMEWHERE"), Validation),
        (of("AT_TIMESTAMP"), Validation),
        (at_sequence(&stream, &shard, "AT_SEQUENCE_NUMBER", "12"), Validation),
        (at_sequence(&stream, &shard, "AT_SEQUENCE_NUMBER", &"x".repeat(25)), Validation),
        (at_sequence(&stream, &shard, "AT_SEQUENCE_NUMBER", &"9".repeat(41)), Validation),
        (GetShardIterator { timestamp: Some(1.into()), ..of("LATEST") }, Validation),
        (GetShardIterator { timestamp: Some(1.into()), ..with("AT_TIMESTAMP") }, Validation),
        (at_time(&stream, &shard, after(3)), Validation),
        (iterator(&stream, &unknown, "LATEST"), ResourceNotFound),
        (iterator(&stream, &ShardId::new("short"), "LATEST"), Validation),
        (iterator(&other, &shard, "LATEST"), ResourceNotFound),
        (
            GetShardIterator {
                stream_arn: text("arn:aws:s3:::a-bucket-with-quite-a-long-name"),
                ..of("LATEST")
            },
            Validation,
        ),
        (GetShardIterator { stream_arn: None, ..of("LATEST") }, Validation),
        (GetShardIterator { shard_id: None, ..of("LATEST") }, Validation),
        (GetShardIterator { shard_iterator_type: None, ..of("LATEST") }, Validation),
    ];
    for (request, wanted) in cases {
        assert_eq!(kind(service.get_shard_iterator(&request, after(2))), wanted, "{request:?}");
    }

    let token = start(&mut service, &of("LATEST"), after(2));
    for limit in [0, -1, 1_001, i64::MIN] {
        let request = GetRecords { shard_iterator: Some(token.clone()), limit: Some(limit) };
        assert_eq!(kind(service.get_records(&request, after(2))), Validation, "{limit}");
    }
    assert_eq!(kind(get(&mut service, "bogus", after(2))), Validation);
    assert_eq!(kind(service.get_records(&GetRecords::default(), after(2))), Validation);
    for limit in [0, 101] {
        let list = ListStreams { limit: Some(limit), ..ListStreams::default() };
        assert_eq!(kind(service.list_streams(&list, after(2))), Validation);
        let describe = DescribeStream {
            stream_arn: text(stream.as_str()),
            limit: Some(limit),
            ..DescribeStream::default()
        };
        assert_eq!(kind(service.describe_stream(&describe, after(2))), Validation);
    }
    let gone = DescribeStream { stream_arn: text(other.as_str()), ..DescribeStream::default() };
    assert_eq!(kind(service.describe_stream(&gone, after(2))), ResourceNotFound);
}

#[test]
fn every_position_leads_to_its_first_record() {
    let (mut service, stream, shard) = one_shard();
    let all = [1, 2, 5].map(|at| put(&mut service, &stream, "a", at));
    let mut from = |request: GetShardIterator| {
        let token = start(&mut service, &request, after(6));
        sequences(&get(&mut service, &token, after(6)).unwrap())
    };
    assert_eq!(from(iterator(&stream, &shard, "TRIM_HORIZON")), all);
    assert_eq!(from(iterator(&stream, &shard, "LATEST")), [""; 0]);
    assert_eq!(from(at_sequence(&stream, &shard, "AT_SEQUENCE_NUMBER", &all[1])), all[1..]);
    assert_eq!(from(at_sequence(&stream, &shard, "AFTER_SEQUENCE_NUMBER", &all[1])), all[2..]);
    assert_eq!(from(at_time(&stream, &shard, after(1))), all);
    assert_eq!(from(at_time(&stream, &shard, after(1).plus(Duration::from_millis(1)))), all[1..]);
    assert_eq!(from(at_time(&stream, &shard, after(3))), all[2..]);
    assert_eq!(from(at_time(&stream, &shard, after(6))), [""; 0]);
    assert_eq!(from(at_time(&stream, &shard, START.minus(Duration::from_hours(40)))), all);
}

#[test]
fn latest_sees_the_next_record() {
    let (mut service, stream, shard) = one_shard();
    put(&mut service, &stream, "a", 1);
    let token = start(&mut service, &iterator(&stream, &shard, "LATEST"), after(2));
    let next = put(&mut service, &stream, "b", 3);
    assert_eq!(sequences(&get(&mut service, &token, after(4)).unwrap()), [next]);
}

#[test]
fn the_last_page_of_a_closed_shard_may_hold_records() {
    let (mut service, stream, shard) = one_shard();
    let only = put(&mut service, &stream, "a", 1);
    service.split(&stream, &shard, after(2));
    let token = start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), after(3));
    let page = get(&mut service, &token, after(3)).unwrap();
    assert_eq!((sequences(&page), page.next), (vec![only], None));
    let token = start(&mut service, &iterator(&stream, &shard, "LATEST"), after(3));
    let page = get(&mut service, &token, after(3)).unwrap();
    assert_eq!((page.records, page.next), (0, None));
}

#[test]
fn crossing_an_empty_stretch_takes_a_few_empty_pages() {
    let (mut service, stream, shard) = one_shard();
    let late = put(&mut service, &stream, "a", 3 * 3_600);
    service.roll(&stream, &shard, after(4 * 3_600));
    let mut next = Some(start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), after(15_000)));
    let mut pages = vec![];
    while let Some(token) = next {
        let page = get(&mut service, &token, after(15_000)).unwrap();
        pages.push(sequences(&page));
        next = page.next;
    }
    let none = Vec::<String>::new;
    // Three hours before it, one hour after it.
    assert_eq!(pages, [none(), none(), none(), none(), vec![late], none(), none(), none()]);
}

#[test]
fn a_waiting_reader_gets_a_record_as_soon_as_it_is_there() {
    let (mut service, stream, shard) = one_shard();
    let mut token = start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), START);
    for minute in 0..300 {
        let page = get(&mut service, &token, after(minute * 60)).unwrap();
        assert_eq!(page.records, 0);
        token = page.next.unwrap();
    }
    let only = put(&mut service, &stream, "a", 300 * 60);
    assert_eq!(sequences(&get(&mut service, &token, after(300 * 60)).unwrap()), [only]);
}

#[test]
fn records_are_trimmed_after_a_day_and_shards_with_them() {
    let (mut service, stream, shard) = one_shard();
    let [old, new] = [0, 7_200].map(|at| put(&mut service, &stream, "a", at));
    let child = service.roll(&stream, &shard, after(10_000)).unwrap();
    let day = 86_400;
    let now = after(day + 3_600);
    for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
        let refused = service.get_shard_iterator(&at_sequence(&stream, &shard, kind, &old), now);
        assert_eq!(self::kind(refused), RefusalKind::TrimmedDataAccess, "{kind}");
    }
    let token = start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), now);
    assert_eq!(drain(&mut service, token, 10, now).len(), 1);
    let token = start(&mut service, &at_sequence(&stream, &shard, "AT_SEQUENCE_NUMBER", &new), now);
    assert_eq!(sequences(&get(&mut service, &token, now).unwrap()), [new]);

    // An iterator outlived by its record.
    let early = after(day - 60);
    let token = start(&mut service, &at_sequence(&stream, &shard, "AT_SEQUENCE_NUMBER", &old), early);
    assert_eq!(kind(get(&mut service, &token, after(day + 60))), RefusalKind::TrimmedDataAccess);

    // Everything of it has aged out: it can still be read, as empty, and then not even that.
    let now = after(day + 10_001);
    assert_eq!(describe(&mut service, &stream, now).iter().map(|it| &it.id).collect::<Vec<_>>(), [&child]);
    assert_eq!(describe(&mut service, &stream, now)[0].parent, Some(shard.clone()));
    let token = start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), now);
    assert_eq!(drain(&mut service, token, 10, now), [Value::Null; 0]);
    let later = service.get_shard_iterator(&iterator(&stream, &shard, "TRIM_HORIZON"), after(day + 20_000));
    assert_eq!(kind(later), RefusalKind::ResourceNotFound);
}

#[test]
fn a_disabled_stream_is_readable_for_a_day() {
    let (mut service, stream, shard) = one_shard();
    put(&mut service, &stream, "a", 1);
    service.disable(&stream, after(2));
    assert_eq!(service.put(&stream, "a", None, Some("{}"), after(3)), None);
    let request = DescribeStream { stream_arn: text(stream.as_str()), ..DescribeStream::default() };
    let description = service.describe_stream(&request, after(4)).unwrap();
    assert_eq!(description.status, StreamStatus::Disabled);
    assert!(description.shards.iter().all(|shard| shard.ending.is_some()));
    let token = start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), after(4));
    assert_eq!(drain(&mut service, token, 10, after(4)).len(), 1);
    let again = service.create_stream("t", ViewType::NewImage, 1, after(5));
    let listed = |service: &mut Service, now| {
        let page =
            service.list_streams(&ListStreams { table_name: text("t"), ..ListStreams::default() }, now);
        page.unwrap().streams.into_iter().map(|stream| stream.arn).collect::<Vec<_>>()
    };
    assert_eq!(listed(&mut service, after(6)), [stream.clone(), again.clone()]);
    assert_eq!(listed(&mut service, after(86_410)), [again]);
    assert_eq!(kind(service.describe_stream(&request, after(86_410))), RefusalKind::ResourceNotFound);
}

#[test]
fn lists_come_in_pages_of_a_hundred_in_the_order_of_their_names() {
    let mut service = Service::new(1);
    for table in 0..230 {
        service.create_stream(&format!("t{table}"), ViewType::KeysOnly, 1, START);
    }
    let mut request = ListStreams::default();
    let mut pages = vec![];
    loop {
        let page = service.list_streams(&request, START).unwrap();
        pages.push(page.streams.len());
        let Some(last) = page.last_evaluated else { break };
        assert_eq!(page.streams.last().unwrap().arn, last);
        request.exclusive_start_stream_arn = text(last.as_str());
    }
    assert_eq!(pages, [100, 100, 30]);

    let stream = service.create_stream("wide", ViewType::KeysOnly, 250, START);
    let shards = describe(&mut service, &stream, START);
    assert_eq!(shards.len(), 250);
    assert!(shards.is_sorted_by(|a, b| a.id < b.id));
    let unknown = DescribeStream {
        stream_arn: text(stream.as_str()),
        exclusive_start_shard_id: text("shardId-00000000000000000001-00000000"),
        ..DescribeStream::default()
    };
    assert_eq!(service.describe_stream(&unknown, START).unwrap().shards, []);
}

#[test]
fn a_page_holds_about_a_megabyte() {
    let (mut service, stream, shard) = one_shard();
    let image = format!("{{\"s\":{{\"S\":\"{}\"}}}}", "x".repeat(300_000));
    for key in 0..8 {
        service.put(&stream, &key.to_string(), None, Some(&image), after(1));
    }
    let token = start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), after(1));
    let page = get(&mut service, &token, after(1)).unwrap();
    assert!((1_000_000..3_000_000).contains(&page.body.len()), "{}", page.body.len());
    assert_eq!(drain(&mut service, token, 1_000, after(1)).len(), 8);
}

#[test]
fn the_children_of_a_closed_shard_can_be_asked_for() {
    let (mut service, stream, shard) = one_shard();
    let mut request = DescribeStream {
        stream_arn: text(stream.as_str()),
        shard_filter: Some(ShardFilter { r#type: text("CHILD_SHARDS"), shard_id: text(shard.as_str()) }),
        ..DescribeStream::default()
    };
    assert_eq!(service.describe_stream(&request, START).unwrap().shards, []);
    let mut children = service.split(&stream, &shard, after(1));
    service.split(&stream, &children[0], after(2));
    children.sort();
    let listed = service.describe_stream(&request, after(2)).unwrap().shards;
    assert_eq!(listed.into_iter().map(|shard| shard.id).collect::<Vec<_>>(), children);
    for filter in [
        ShardFilter { r#type: text("PARENTS"), shard_id: text(shard.as_str()) },
        ShardFilter { r#type: text("CHILD_SHARDS"), shard_id: None },
        ShardFilter { r#type: None, shard_id: text(shard.as_str()) },
    ] {
        request.shard_filter = Some(filter);
        assert_eq!(kind(service.describe_stream(&request, START)), RefusalKind::Validation);
    }
}

#[test]
fn records_hold_the_images_of_the_view_and_the_event() {
    let images = |view: ViewType| {
        let mut service = Service::new(1);
        let stream = service.create_stream("t", view, 1, START);
        let shard = service.open_shards(&stream).remove(0);
        assert_eq!(service.put(&stream, "k\"", Some(&n(1)), Some(&n(1)), START), None);
        service.put(&stream, "k\"", None, Some(&n(1)), START);
        service.put(&stream, "k\"", Some(&n(1)), Some(" { } "), START);
        service.expire(&stream, "k\"", "{}", START);
        let token = start(&mut service, &iterator(&stream, &shard, "TRIM_HORIZON"), START);
        let read = drain(&mut service, token, 10, START);
        assert!(read.iter().all(|record| record["dynamodb"]["Keys"]["pk"]["S"] == "k\""));
        assert_eq!(read[2]["userIdentity"]["PrincipalId"], "dynamodb.amazonaws.com");
        assert_eq!(read[1]["userIdentity"], Value::Null);
        let has = |record: &Value, image: &str| record["dynamodb"].get(image).is_some();
        let images = |record: &Value| {
            let event = record["eventName"].as_str().unwrap().to_owned();
            (event, has(record, "OldImage"), has(record, "NewImage"))
        };
        read.iter().map(images).collect::<Vec<_>>()
    };
    let expected = |insert: (bool, bool), modify: (bool, bool), remove: (bool, bool)| {
        let row = |name: &str, (old, new)| (name.to_owned(), old, new);
        vec![row("INSERT", insert), row("MODIFY", modify), row("REMOVE", remove)]
    };
    assert_eq!(images(ViewType::KeysOnly), expected((false, false), (false, false), (false, false)));
    assert_eq!(images(ViewType::NewImage), expected((false, true), (false, true), (false, false)));
    assert_eq!(images(ViewType::OldImage), expected((false, false), (true, false), (true, false)));
    assert_eq!(images(ViewType::NewAndOldImages), expected((false, true), (true, true), (true, false)));
}
