//! The AWS SDK against the demo service, unchanged.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

use std::collections::BTreeSet;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::config::Credentials;
use aws_sdk_dynamodbstreams::primitives::DateTime;
use aws_sdk_dynamodbstreams::types::{ShardFilter, ShardFilterType, ShardIteratorType, StreamStatus};
use dynascope::demo::{Contents, Demo, DemoConfig, Fault, RefusalKind, Rule, When};
use dynascope::model::{Operation, Time, ViewType};

const START: Time = Time::from_seconds(1_791_316_726);

fn serve(contents: Contents) -> (Demo, Client) {
    let demo = Demo::serve(&DemoConfig { start: Some(START), contents, ..DemoConfig::default() }, 0).unwrap();
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("demo", "demo", None, None, "demo"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(demo.endpoint())
        .build();
    (demo, Client::from_conf(config))
}

#[tokio::test]
async fn the_sdk_reads_every_table() {
    let (_demo, client) = serve(Contents::Tables);
    let streams = client.list_streams().send().await.unwrap();
    let mut tables = vec![];
    for stream in streams.streams() {
        let arn = stream.stream_arn().unwrap();
        tables.push(stream.table_name().unwrap().to_owned());
        let described = client.describe_stream().stream_arn(arn).send().await.unwrap();
        let description = described.stream_description().unwrap();
        let is_disabled = description.stream_status() == Some(&StreamStatus::Disabled);
        assert_eq!(is_disabled, stream.table_name() == Some("audit"));

        let mut ids = BTreeSet::new();
        for shard in description.shards().iter().rev().take(4) {
            let started = client
                .get_shard_iterator()
                .stream_arn(arn)
                .shard_id(shard.shard_id().unwrap())
                .shard_iterator_type(ShardIteratorType::AtTimestamp)
                .timestamp(DateTime::from_secs(START.seconds() - 4 * 3_600))
                .send()
                .await
                .unwrap();
            let page = client.get_records().set_shard_iterator(started.shard_iterator).send().await.unwrap();
            ids.extend(page.records().iter().map(|record| record.event_id().unwrap().to_owned()));
        }
        // A page holds one record of the catalogue.
        let least = if stream.table_name() == Some("catalogue") { 1 } else { 100 };
        assert!(ids.len() > least, "{arn}: {}", ids.len());
    }
    assert_eq!(tables, ["audit", "catalogue", "inventory", "orders", "payments", "sessions"]);
}

#[tokio::test]
async fn the_sdk_finds_children_and_the_end_of_a_shard() {
    let (demo, client) = serve(Contents::Nothing);
    let (arn, shard, child) = {
        let mut service = demo.service().lock().unwrap();
        let arn = service.create_stream("t", ViewType::NewAndOldImages, 1, START);
        service.put(&arn, "a", None, Some(r#"{"n":{"N":"1"}}"#), START).unwrap();
        let shard = service.open_shards(&arn).remove(0);
        let child = service.roll(&arn, &shard, START).unwrap();
        (arn, shard, child)
    };
    let filter = ShardFilter::builder().r#type(ShardFilterType::ChildShards).shard_id(shard.as_str()).build();
    let described =
        client.describe_stream().stream_arn(arn.as_str()).shard_filter(filter).send().await.unwrap();
    let children = described.stream_description.unwrap().shards.unwrap();
    assert_eq!(children.len(), 1);
    assert_eq!(children[0].shard_id(), Some(child.as_str()));

    let started = client
        .get_shard_iterator()
        .stream_arn(arn.as_str())
        .shard_id(shard.as_str())
        .shard_iterator_type(ShardIteratorType::TrimHorizon)
        .send()
        .await
        .unwrap();
    let page = client.get_records().set_shard_iterator(started.shard_iterator).send().await.unwrap();
    assert_eq!((page.records().len(), page.next_shard_iterator()), (1, None));
}

#[tokio::test]
async fn the_sdk_knows_the_errors_and_retries_what_can_be_retried() {
    let (demo, client) = serve(Contents::Nothing);
    let arn = {
        let mut service = demo.service().lock().unwrap();
        let throttle = Fault::Refuse(RefusalKind::Throttling);
        service.faults.rules.push(Rule::next(1, Operation::DescribeStream, throttle));
        service.faults.rules.push(Rule::next(1, Operation::DescribeStream, Fault::Truncated));
        service.create_stream("t", ViewType::KeysOnly, 1, demo.now())
    };
    // A throttle and a broken answer are within the three attempts of the SDK.
    client.describe_stream().stream_arn(arn.as_str()).send().await.unwrap();
    let struck = |rule: &Rule| rule.when == When::Next(0);
    assert!(demo.service().lock().unwrap().faults.rules.iter().all(struck));
    let unknown = arn.as_str().replace("table/t/", "table/u/");
    let error = client.describe_stream().stream_arn(unknown).send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn model_time_runs_as_fast_as_asked() {
    let config = DemoConfig { start: Some(START), speed: 1_000.0, ..DemoConfig::default() };
    let demo = Demo::serve(&config, 0).unwrap();
    let before = demo.now();
    while demo.now().since(before) < Duration::from_secs(5) {
        tokio::task::yield_now().await;
    }
    assert!(before >= START);
}
