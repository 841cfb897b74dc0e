//! The SDK's clients: one for each region, with the credentials of one configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::config::{Builder, SharedHttpClient};

use super::credentials::Patient;
use super::environment::{Process, Settings};
use super::process::CredentialProcess;
use super::profile;

/// How long a connection may take, TLS included.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(3);

/// Clients with the credentials of one configuration.
#[derive(Debug)]
pub struct Clients {
    config: SdkConfig,
    /// A stream's own region wins, so there is a client for each.
    by_region: BTreeMap<String, Client>,
}

impl Clients {
    /// Clients that call through `http`. A call may take `patience`.
    pub fn new(config: SdkConfig, http: &SharedHttpClient, patience: Duration) -> Self {
        let config = config.into_builder().http_client(http.clone()).timeout_config(timeouts(patience));
        Self { config: config.build(), by_region: BTreeMap::new() }
    }

    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub fn of_region(&mut self, region: &str) -> Client {
        let Self { config, by_region } = self;
        let new = || {
            let region = Region::new(region.to_owned());
            Client::from_conf(Builder::from(&*config).region(region).build())
        };
        by_region.entry(region.to_owned()).or_insert_with(new).clone()
    }
}

/// Region, endpoint and credentials, found as the AWS CLI finds them. A call may take `patience`.
pub async fn load(settings: &Settings, http: &SharedHttpClient, patience: Duration) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts(patience));
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
    let Some(provider) = provider(settings, &config, http) else { return config };
    let provider = SharedCredentialsProvider::new(Patient::new(provider));
    config.into_builder().credentials_provider(provider).build()
}

/// Where the credentials come from. To the SDK a profile that was named is only a preference: keys in
/// the environment come first. To the AWS CLI, and to the user, it is a choice.
fn provider(
    settings: &Settings,
    config: &SdkConfig,
    http: &SharedHttpClient,
) -> Option<SharedCredentialsProvider> {
    if let Some(command) = profile::credential_process(settings, &Process) {
        return Some(SharedCredentialsProvider::new(CredentialProcess::new(command)));
    }
    let Some(name) = &settings.profile else { return config.credentials_provider() };
    let common = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_http_client(http.clone())
        .with_retry_config(RetryConfig::disabled());
    let profile = ProfileFileCredentialsProvider::builder().profile_name(name).configure(&common).build();
    let chain = CredentialsProviderChain::first_try("Profile", profile)
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(&common).build())
        .or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(&common).build());
    Some(SharedCredentialsProvider::new(chain))
}

pub fn timeouts(patience: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_PATIENCE).operation_attempt_timeout(patience).build()
}
