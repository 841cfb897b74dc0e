//! Credentials that are not waited for without end.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

/// The SDK's own limit is as long as that of a call, so that one could not tell which was late.
const PATIENCE: Duration = Duration::from_secs(5);

/// A provider that gives up: a `credential_process` may hang, or wait for a password.
#[derive(Debug)]
pub struct Patient(SharedCredentialsProvider);

impl Patient {
    pub fn new(provider: SharedCredentialsProvider) -> Self {
        Self(provider)
    }
}

impl ProvideCredentials for Patient {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let provided = tokio::time::timeout(PATIENCE, self.0.provide_credentials()).await;
            provided.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(PATIENCE)))
        })
    }
}
