//! HTTP for the SDK: one TLS stack, proxies from the environment, and the GetRecords body for us.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;

use super::service_clock::ServiceClock;
use crate::clock;
use crate::model::Time;

/// An HTTP client with the system's certificates and those of `ca_bundle` (PEM).
///
/// The SDK's own shortcut (`build_https`) has proxies off.
pub fn http_client(ca_bundle: Option<&[u8]>) -> Result<SharedHttpClient, String> {
    let mut trust = TrustStore::default().with_native_roots(true);
    if let Some(pem) = ca_bundle {
        trust = trust.with_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|error| error.to_string())?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone())
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    }))
}

/// An HTTP client that reads the service's clock in every answer.
#[derive(Clone, Debug)]
pub struct ClockReader {
    inner: SharedHttpClient,
    service_clock: ServiceClock,
}

impl ClockReader {
    pub fn new(inner: SharedHttpClient, service_clock: ServiceClock) -> Self {
        Self { inner, service_clock }
    }
}

impl HttpClient for ClockReader {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(ReadingConnector { inner, service_clock: self.service_clock.clone() })
    }
}

#[derive(Debug)]
struct ReadingConnector {
    inner: SharedHttpConnector,
    service_clock: ServiceClock,
}

impl HttpConnector for ReadingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = clock::now();
        let (answer, service_clock) = (self.inner.call(request), self.service_clock.clone());
        HttpConnectorFuture::new(async move {
            let response = answer.await?;
            if let Some(date) = response.headers().get("date").and_then(date) {
                service_clock.read(date, sent, clock::now());
            }
            Ok(response)
        })
    }
}

fn date(text: &str) -> Option<Time> {
    DateTime::from_str(text, Format::HttpDate).ok().map(|date| Time::from_seconds(date.secs()))
}

/// What the service sent, before anybody made sense of it.
#[derive(Clone)]
pub struct RawBody {
    pub bytes: Bytes,
    /// `x-amz-crc32`, which the SDK does not check.
    pub crc32: Option<u32>,
}

/// Not the bytes: they are customer data.
impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.bytes.len())
    }
}

/// An HTTP client for a single call, which keeps the body of a successful answer in its cell and
/// hands the SDK an empty object: its typed records cost six times as much as all the rest.
///
/// A cell for each call cannot leak and cannot be mixed up, even when the call is cancelled.
#[derive(Clone, Debug)]
pub struct BodyKeeper {
    inner: SharedHttpClient,
    cell: Arc<Mutex<Option<RawBody>>>,
}

impl BodyKeeper {
    pub fn new(inner: SharedHttpClient) -> Self {
        Self { inner, cell: Arc::default() }
    }

    /// The body, once the call has succeeded.
    pub fn take(&self) -> Option<RawBody> {
        self.cell.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl HttpClient for BodyKeeper {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(KeepingConnector { inner, cell: Arc::clone(&self.cell) })
    }
}

#[derive(Debug)]
struct KeepingConnector {
    inner: SharedHttpConnector,
    cell: Arc<Mutex<Option<RawBody>>>,
}

impl HttpConnector for KeepingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, cell) = (self.inner.call(request), Arc::clone(&self.cell));
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            if response.status().as_u16() != 200 {
                return Ok(response);
            }
            let crc32 = response.headers().get("x-amz-crc32").and_then(|crc| crc.parse().ok());
            let body = ByteStream::new(response.take_body());
            let bytes = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
            *cell.lock().unwrap_or_else(PoisonError::into_inner) = Some(RawBody { bytes, crc32 });
            *response.body_mut() = SdkBody::from("{}");
            Ok(response)
        })
    }
}
