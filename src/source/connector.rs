//! HTTP for the SDK: one TLS stack, proxies from the environment, and the GetRecords body for us.

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
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::date_time::Format;
use tokio::sync::oneshot;

/// A full page: 1 MB of records, and what JSON adds to them.
const USUAL_BYTES: usize = 4 << 20;
/// An answer of the service stays far below, whatever has to be escaped in it.
const MOST_BYTES: usize = 64 << 20;
/// Buffers kept for the next answers.
const SPARE_BUFFERS: usize = 2;

use super::body::RecordsBody;
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

tokio::task_local! {
    /// Where the body of the answer to this call goes.
    static CELL: Cell;
}

/// A cell for each call cannot leak and cannot be mixed up, even when the call is cancelled.
type Cell = Arc<Mutex<Option<oneshot::Sender<RecordsBody>>>>;

/// An HTTP client that takes the body of a successful answer to [`body_of`] for us: the SDK's typed
/// records cost six times as much as all the rest.
#[derive(Clone, Debug)]
pub struct BodyKeeper {
    inner: SharedHttpClient,
    buffers: Buffers,
}

impl BodyKeeper {
    pub fn new(inner: SharedHttpClient, buffers: Buffers) -> Self {
        Self { inner, buffers }
    }
}

/// Makes a call whose answer is wanted as it came. The call ends with its body: what the SDK would
/// still do about a success says nothing, and delays the next call.
pub async fn body_of<E>(call: impl Future<Output = Result<(), E>>) -> Result<RecordsBody, E> {
    let (keep, kept) = oneshot::channel();
    let call = CELL.scope(Arc::new(Mutex::new(Some(keep))), call);
    tokio::select! {
        biased;
        ended = call => ended.map(|()| RecordsBody::default()),
        Ok(body) = kept => Ok(body),
    }
}

impl HttpClient for BodyKeeper {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(KeepingConnector { inner, buffers: self.buffers.clone() })
    }
}

/// Buffers that answers are read into again and again: fresh memory for a megabyte costs as much
/// as making sense of it.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE_BUFFERS && buffer.capacity() <= USUAL_BYTES {
            spare.push(buffer);
        }
    }
}

/// Piece by piece, so that each is free to be read into again before the next one comes.
async fn collect(
    mut body: ByteStream,
    announced: usize,
    mut bytes: Vec<u8>,
) -> Result<Vec<u8>, ConnectorError> {
    bytes.reserve(announced.min(USUAL_BYTES));
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| ConnectorError::io(error.into()))?;
        if bytes.len() + piece.len() > MOST_BYTES {
            return Err(ConnectorError::io("the answer is too long".into()));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

#[derive(Debug)]
struct KeepingConnector {
    inner: SharedHttpConnector,
    buffers: Buffers,
}

impl HttpConnector for KeepingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_for_us = request.headers().get("x-amz-target").is_some_and(|it| it.ends_with(".GetRecords"));
        let answer = self.inner.call(request);
        let Some(cell) = CELL.try_with(Arc::clone).ok().filter(|_| is_for_us) else { return answer };
        let buffers = self.buffers.clone();
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            if response.status().as_u16() != 200 {
                return Ok(response);
            }
            let crc32 = response.headers().get("x-amz-crc32").and_then(|crc| crc.parse().ok());
            let announced = response.headers().get("content-length").and_then(|length| length.parse().ok());
            let body = ByteStream::new(response.take_body());
            let bytes = collect(body, announced.unwrap_or(0), buffers.take()).await?;
            // The SDK hears no more of it: whoever waits for the body drops the call.
            if let Some(cell) = cell.lock().unwrap_or_else(PoisonError::into_inner).take() {
                let _ = cell.send(RecordsBody { bytes, crc32 });
            }
            std::future::pending().await
        })
    }
}
