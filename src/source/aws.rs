//! The four calls through the AWS SDK. Nothing else of AWS is ever called: dynascope only reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::config::{Builder, SharedHttpClient};
use aws_sdk_dynamodbstreams::types::{
    KeyType, Shard as SdkShard, ShardFilter, ShardFilterType, ShardIteratorType,
    StreamDescription as SdkDescription,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_types::DateTime;

use super::connector::{self, BodyKeeper, Buffers, ClockReader};
use super::credentials::Patient;
use super::environment::{self, ConfigError, Process, Settings};
use super::error::translate;
use super::service_clock::ServiceClock;
use super::wire::{self, RecordsAnswer};
use super::{ShardIterator, StreamSource, StreamsPage};
use crate::follow::{Ask, Position};
use crate::model::{
    ClockOffset, ErrorKind, Operation, SequenceNumber, Shard, ShardId, SourceError, StreamArn,
    StreamDescription, StreamStatus, StreamSummary, Time, ViewType,
};

/// How long one call may take. The SDK's own default is for ever.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may take, TLS included.
pub(super) const CONNECT_PATIENCE: Duration = Duration::from_secs(3);

/// DynamoDB Streams, by one set of credentials.
#[derive(Clone, Debug)]
pub struct Aws {
    /// Absent for the embedded service, whose credentials are for ever.
    settings: Option<Settings>,
    /// For the providers of credentials: theirs are other clocks than the service's.
    plain_http: SharedHttpClient,
    http: SharedHttpClient,
    buffers: Buffers,
    region: String,
    custom_endpoint: Option<String>,
    patience: Duration,
    service_clock: ServiceClock,
    clients: Arc<Mutex<Clients>>,
}

/// Clients with the credentials of one configuration.
#[derive(Debug)]
struct Clients {
    config: SdkConfig,
    /// A stream's own region wins, so there is a client for each.
    by_region: BTreeMap<String, Client>,
}

impl Aws {
    /// Finds credentials, region and endpoint as the AWS CLI does. No call is made yet.
    ///
    /// `region_hint` is used where nothing else names a region: that of a stream's ARN.
    pub async fn configure(settings: &Settings, region_hint: Option<&str>) -> Result<Self, ConfigError> {
        settings.check()?;
        let ca_bundle = environment::ca_bundle(&Process)?;
        let http = http_client(ca_bundle.as_deref())?;
        let config = load(settings, &http).await;
        let own = config.region().map(ToString::to_string).filter(|region| !region.is_empty());
        let region = own.or_else(|| region_hint.map(str::to_owned));
        let region = region.ok_or(ConfigError::NoRegion)?;
        let custom_endpoint = settings
            .endpoint_url
            .clone()
            .or_else(|| std::env::var("AWS_ENDPOINT_URL_DYNAMODB_STREAMS").ok())
            .or_else(|| config.endpoint_url().map(str::to_owned));
        Ok(Self::of(Some(settings.clone()), config, http, region, custom_endpoint))
    }

    /// The embedded service, whatever the environment says of AWS.
    pub fn demo(endpoint: &str) -> Result<Self, ConfigError> {
        let http = http_client(None)?;
        let region = "eu-west-1".to_owned();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http.clone())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(PATIENCE))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "demo", "demo", None, None, "demo",
            )))
            .region(Region::new(region.clone()))
            .endpoint_url(endpoint)
            .build();
        let custom_endpoint = Some(endpoint.to_owned());
        Ok(Self::of(None, config, http, region, custom_endpoint))
    }

    fn of(
        settings: Option<Settings>,
        config: SdkConfig,
        plain_http: SharedHttpClient,
        region: String,
        custom_endpoint: Option<String>,
    ) -> Self {
        let service_clock = ServiceClock::default();
        let http = SharedHttpClient::new(ClockReader::new(plain_http.clone(), service_clock.clone()));
        let (patience, buffers) = (PATIENCE, Buffers::default());
        let clients = Clients::new(config, &http, PATIENCE);
        Self {
            settings,
            plain_http,
            http,
            buffers,
            region,
            custom_endpoint,
            patience,
            service_clock,
            clients,
        }
    }

    /// Gives a call this long in place of ten seconds.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        let config = self.clients().config.clone();
        Self { patience, clients: Clients::new(config, &self.http, patience), ..self }
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// The endpoint that was set in place of AWS's own, if any.
    pub fn custom_endpoint(&self) -> Option<&str> {
        self.custom_endpoint.as_deref()
    }

    fn client(&self, region: &str) -> Client {
        let Clients { config, by_region } = &mut *self.clients();
        let new = || {
            let region = Region::new(region.to_owned());
            Client::from_conf(Builder::from(&*config).region(region).build())
        };
        by_region.entry(region.to_owned()).or_insert_with(new).clone()
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream's own region wins, except that an endpoint of the user's own has only one:
    /// DynamoDB Local names regions in its ARNs that it does not answer to.
    fn region_of<'a>(&'a self, stream: &'a StreamArn) -> &'a str {
        if self.custom_endpoint.is_some() { &self.region } else { stream.region() }
    }

    fn client_of(&self, stream: &StreamArn) -> Client {
        self.client(self.region_of(stream))
    }

    fn endpoint(&self, region: &str) -> String {
        let own = || format!("https://streams.dynamodb.{region}.amazonaws.com");
        self.custom_endpoint.clone().unwrap_or_else(own)
    }
}

impl Clients {
    fn new(config: SdkConfig, http: &SharedHttpClient, patience: Duration) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self::of(config, http, patience)))
    }

    fn of(config: SdkConfig, http: &SharedHttpClient, patience: Duration) -> Self {
        let config = config.into_builder().http_client(http.clone()).timeout_config(timeouts(patience));
        Self { config: config.build(), by_region: BTreeMap::new() }
    }
}

async fn load(settings: &Settings, http: &SharedHttpClient) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts(PATIENCE));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &settings.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    let config = loader.load().await;
    let Some(provider) = config.credentials_provider() else { return config };
    let provider = SharedCredentialsProvider::new(Patient::new(provider));
    config.into_builder().credentials_provider(provider).build()
}

fn http_client(ca_bundle: Option<&[u8]>) -> Result<SharedHttpClient, ConfigError> {
    connector::http_client(ca_bundle).map_err(|reason| {
        let path = std::env::var("AWS_CA_BUNDLE").unwrap_or_default();
        ConfigError::CaBundle { path, reason }
    })
}

fn timeouts(patience: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_PATIENCE).operation_attempt_timeout(patience).build()
}

impl StreamSource for Aws {
    async fn list_streams(
        &self,
        table: Option<&str>,
        after: Option<&StreamArn>,
    ) -> Result<StreamsPage, SourceError> {
        let call = self
            .client(&self.region)
            .list_streams()
            .set_table_name(table.map(str::to_owned))
            .set_exclusive_start_stream_arn(after.map(ToString::to_string));
        let failed =
            |error| translate(&error, Operation::ListStreams, &self.endpoint(&self.region), self.patience);
        let output = call.send().await.map_err(failed)?;
        // No streams are an empty list; an answer without a list is none.
        if output.streams.is_none() {
            return Err(no_answer(Operation::ListStreams, "no Streams"));
        }
        let streams = output.streams().iter().filter_map(|stream| {
            let arn = StreamArn::parse(stream.stream_arn()?).ok()?;
            let (table, label) = (arn.table().to_owned(), arn.label().to_owned());
            Some(StreamSummary { arn, table, label })
        });
        let more = output.last_evaluated_stream_arn().and_then(|arn| StreamArn::parse(arn).ok());
        Ok(StreamsPage { streams: streams.collect(), more })
    }

    async fn describe_stream(&self, stream: &StreamArn, ask: &Ask) -> Result<StreamDescription, SourceError> {
        let call = self.client_of(stream).describe_stream().stream_arn(stream.as_str());
        let call = match ask {
            Ask::Shards { after } => {
                call.set_exclusive_start_shard_id(after.as_ref().map(ToString::to_string))
            }
            Ask::ChildrenOf(shard) => call.shard_filter(
                ShardFilter::builder().r#type(ShardFilterType::ChildShards).shard_id(shard.as_str()).build(),
            ),
        };
        let failed = |error| {
            translate(
                &error,
                Operation::DescribeStream,
                &self.endpoint(self.region_of(stream)),
                self.patience,
            )
        };
        let output = call.send().await.map_err(failed)?;
        output
            .stream_description()
            .map(description)
            .ok_or_else(|| no_answer(Operation::DescribeStream, "no StreamDescription"))
    }

    async fn get_shard_iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, SourceError> {
        let call =
            self.client_of(stream).get_shard_iterator().stream_arn(stream.as_str()).shard_id(shard.as_str());
        let call = match position {
            Position::TrimHorizon => call.shard_iterator_type(ShardIteratorType::TrimHorizon),
            Position::Latest => call.shard_iterator_type(ShardIteratorType::Latest),
            Position::AtTimestamp(time) => call
                .shard_iterator_type(ShardIteratorType::AtTimestamp)
                .timestamp(DateTime::from_millis(time.millis())),
            Position::AtSequenceNumber(number) => {
                call.shard_iterator_type(ShardIteratorType::AtSequenceNumber).sequence_number(number.as_str())
            }
            Position::AfterSequenceNumber(number) => call
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(number.as_str()),
        };
        let failed = |error| {
            translate(
                &error,
                Operation::GetShardIterator,
                &self.endpoint(self.region_of(stream)),
                self.patience,
            )
        };
        let output = call.send().await.map_err(failed)?;
        let iterator = output.shard_iterator().filter(|token| !token.is_empty());
        iterator
            .map(|token| ShardIterator::new(token.to_owned()))
            .ok_or_else(|| no_answer(Operation::GetShardIterator, "no ShardIterator"))
    }

    async fn get_records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: u16,
    ) -> Result<RecordsAnswer, SourceError> {
        let keeper = BodyKeeper::new(self.http.clone(), self.buffers.clone());
        let own_client = aws_sdk_dynamodbstreams::config::Config::builder().http_client(keeper.clone());
        let call = self
            .client_of(stream)
            .get_records()
            .shard_iterator(iterator.token())
            .limit(i32::from(limit))
            .customize()
            .config_override(own_client);
        let failed = |error| {
            translate(&error, Operation::GetRecords, &self.endpoint(self.region_of(stream)), self.patience)
        };
        let sent = call.send().await.map_err(failed);
        // The service quotes a request that it rejects.
        sent.map_err(|error| SourceError {
            message: error.message.replace(iterator.token(), "…"), ..error
        })?;
        let body = keeper.take().unwrap_or_default();
        let read = match body.crc32 {
            Some(crc32) if crc32 != crc32fast::hash(&body.bytes) => {
                Err(ErrorKind::Damaged("its CRC-32 does not match".into()))
            }
            Some(_) | None => wire::read_records(&body.bytes),
        };
        self.buffers.give_back(body.bytes);
        let operation = Operation::GetRecords;
        read.map_err(|kind| SourceError { operation, kind, message: String::new() })
    }

    async fn renew(&self) {
        let Some(settings) = &self.settings else { return };
        // A region is not looked for again: only who we are may change.
        let settings = Settings { region: Some(self.region.clone()), ..settings.clone() };
        let loading = tokio::time::timeout(self.patience, load(&settings, &self.plain_http));
        if let Ok(config) = loading.await {
            *self.clients() = Clients::of(config, &self.http, self.patience);
        }
    }

    fn renewal(&self) -> String {
        self.settings.as_ref().map_or_else(String::new, |settings| environment::renewal(settings, &Process))
    }

    fn clock_offset(&self) -> Option<ClockOffset> {
        self.service_clock.offset()
    }
}

/// A success that says nothing.
fn no_answer(operation: Operation, excerpt: &str) -> SourceError {
    let kind = ErrorKind::NotDynamoDb { status: 200, excerpt: excerpt.to_owned() };
    SourceError { operation, kind, message: String::new() }
}

fn description(sdk: &SdkDescription) -> StreamDescription {
    let status = sdk.stream_status().map_or("UNKNOWN", |status| status.as_str());
    let view_type = sdk.stream_view_type().map_or("UNKNOWN", |view_type| view_type.as_str());
    let mut keys: Vec<_> = sdk.key_schema().iter().collect();
    keys.sort_by_key(|key| key.key_type() != &KeyType::Hash);
    StreamDescription {
        status: StreamStatus::parse(status),
        view_type: ViewType::parse(view_type),
        created_at: sdk.creation_request_date_time().and_then(time),
        key_names: keys.into_iter().map(|key| key.attribute_name().to_owned()).collect(),
        shards: sdk.shards().iter().filter_map(shard).collect(),
        last_evaluated_shard: sdk.last_evaluated_shard_id().filter(|id| !id.is_empty()).map(ShardId::new),
    }
}

fn time(sdk: &DateTime) -> Option<Time> {
    let micros = sdk.as_nanos().checked_add(500)? / 1_000;
    i64::try_from(micros).ok().map(Time::from_micros)
}

/// A shard without an id cannot be asked for.
fn shard(sdk: &SdkShard) -> Option<Shard> {
    let range = sdk.sequence_number_range();
    let number = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(SequenceNumber::new);
    Some(Shard {
        id: sdk.shard_id().filter(|id| !id.is_empty()).map(ShardId::new)?,
        parent: sdk.parent_shard_id().filter(|id| !id.is_empty()).map(ShardId::new),
        starting: number(range.and_then(|range| range.starting_sequence_number())),
        ending: number(range.and_then(|range| range.ending_sequence_number())),
    })
}
