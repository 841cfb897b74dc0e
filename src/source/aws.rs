//! AWS as the environment, the profile and the arguments have it: whose credentials, which endpoint.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::config::SharedHttpClient;
use aws_sdk_dynamodbstreams::config::http::HttpResponse;
use aws_sdk_dynamodbstreams::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};

use super::clients::{Clients, load, timeouts};
use super::connector::{self, BodyKeeper, Buffers, ClockReader};
use super::environment::{self, ConfigError, Process, Settings};
use super::error::translate;
use super::service_clock::ServiceClock;
use crate::model::{ErrorKind, Operation, SourceError, StreamArn};

/// How long one call may take. The SDK's own default is for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// DynamoDB Streams, by one set of credentials.
#[derive(Clone, Debug)]
pub struct Aws {
    /// Absent for the embedded service, whose credentials are for ever.
    pub(super) settings: Option<Settings>,
    /// For the providers of credentials: theirs are other clocks than the service's.
    pub(super) plain_http: SharedHttpClient,
    pub(super) http: SharedHttpClient,
    pub(super) buffers: Buffers,
    pub(super) region: String,
    custom_endpoint: Option<String>,
    pub(super) patience: Duration,
    pub(super) service_clock: ServiceClock,
    clients: Arc<Mutex<Clients>>,
}

impl Aws {
    /// Finds credentials, region and endpoint as the AWS CLI does. No call is made yet.
    ///
    /// `region_hint` is used where nothing else names a region: that of a stream's ARN.
    pub async fn configure(settings: &Settings, region_hint: Option<&str>) -> Result<Self, ConfigError> {
        settings.check()?;
        let ca_bundle = environment::ca_bundle(&Process)?;
        let http = http_client(ca_bundle.as_deref())?;
        let config = load(settings, &http, PATIENCE).await;
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
        let (patience, buffers) = (PATIENCE, Buffers::default());
        let http = SharedHttpClient::new(ClockReader::new(plain_http.clone(), service_clock.clone()));
        let http = SharedHttpClient::new(BodyKeeper::new(http, buffers.clone()));
        let clients = Arc::new(Mutex::new(Clients::new(config, &http, PATIENCE)));
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
        let config = self.clients().config().clone();
        let clients = Arc::new(Mutex::new(Clients::new(config, &self.http, patience)));
        Self { patience, clients, ..self }
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// The endpoint that was set in place of AWS's own, if any.
    pub fn custom_endpoint(&self) -> Option<&str> {
        self.custom_endpoint.as_deref()
    }

    pub(super) fn client(&self, region: &str) -> Client {
        self.clients().of_region(region)
    }

    pub(super) fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream's own region wins, except that an endpoint of the user's own has only one:
    /// DynamoDB Local names regions in its ARNs that it does not answer to.
    pub(super) fn region_of<'a>(&'a self, stream: &'a StreamArn) -> &'a str {
        if self.custom_endpoint.is_some() { &self.region } else { stream.region() }
    }

    pub(super) fn client_of(&self, stream: &StreamArn) -> Client {
        self.client(self.region_of(stream))
    }

    fn endpoint(&self, region: &str) -> String {
        let own = || format!("https://streams.dynamodb.{region}.amazonaws.com");
        self.custom_endpoint.clone().unwrap_or_else(own)
    }

    /// What looks wrong in the configuration, although calls can be made.
    pub fn hint(&self) -> Option<&'static str> {
        self.settings.as_ref().and_then(|settings| environment::endpoint_hint(settings, &Process))
    }

    /// The same error with the hint, where whoever answered may be somebody else than was meant.
    pub(super) fn hinted(&self, error: SourceError) -> SourceError {
        let is_elsewhere = matches!(
            error.kind,
            ErrorKind::NotDynamoDb { .. } | ErrorKind::NotFound | ErrorKind::Credentials
        );
        let Some(hint) = self.hint().filter(|_| is_elsewhere) else { return error };
        let said = if error.message.is_empty() { String::new() } else { error.message.clone() + "; " };
        SourceError { message: said + hint, ..error }
    }

    /// What a failed call means, in our words.
    pub(super) fn failed<E>(
        &self,
        error: &SdkError<E, HttpResponse>,
        operation: Operation,
        region: &str,
    ) -> SourceError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let failed = translate(error, operation, &self.endpoint(region), self.patience);
        self.hinted(failed)
    }
}

fn http_client(ca_bundle: Option<&[u8]>) -> Result<SharedHttpClient, ConfigError> {
    connector::http_client(ca_bundle).map_err(|reason| {
        let path = std::env::var("AWS_CA_BUNDLE").unwrap_or_default();
        ConfigError::CaBundle { path, reason }
    })
}
