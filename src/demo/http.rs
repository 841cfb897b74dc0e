//! The service behind HTTP on loopback, on a thread and a clock of its own.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;

use super::answer::{Answer, Delivery, JSON};
use super::faults::Faults;
use super::service::Service;
use super::{Contents, DemoConfig, traffic::tables};
use crate::clock;
use crate::model::Time;
use crate::model::time::Zone;

/// The longest request that is read.
const MOST_REQUEST_BYTES: usize = 1 << 20;

/// A running service. It stops when this is dropped.
#[derive(Debug)]
pub struct Demo {
    endpoint: String,
    service: Arc<Mutex<Service>>,
    clock: ModelClock,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Model time: it starts at `start` and runs `speed` times as fast as the real one.
#[derive(Clone, Copy, Debug)]
struct ModelClock {
    start: Time,
    began: Time,
    speed: f64,
}

impl ModelClock {
    fn now(&self) -> Time {
        let elapsed = clock::now().since(self.began).as_micros() as f64 * self.speed;
        // A cast to an integer saturates: no speed makes this panic.
        self.start.plus(Duration::from_micros(elapsed as u64))
    }
}

impl Demo {
    /// Serves on 127.0.0.1; port 0 takes any free one.
    pub fn serve(config: &DemoConfig, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let began = clock::now();
        let clock = ModelClock { start: config.start.unwrap_or(began), began, speed: config.speed };
        let service = Arc::new(Mutex::new(fill(config, clock.start)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&service);
        let thread = std::thread::Builder::new().name("demo".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, shared, clock) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { endpoint, service, clock, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The service behind it, to write to and to turn its faults.
    pub fn service(&self) -> &Arc<Mutex<Service>> {
        &self.service
    }

    /// Model time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server is its own affair.
            let _ = thread.join();
        }
    }
}

/// A service as the configuration wants it.
fn fill(config: &DemoConfig, start: Time) -> Service {
    let mut service = Service::new(config.seed);
    match config.contents {
        Contents::Tables => tables::add_tables(&mut service, config.seed, start, config.rate),
        Contents::Wide => {
            tables::add_wide_stream(&mut service, config.seed, start);
        }
        Contents::Nothing => {}
    }
    if config.faults {
        service.faults = Faults::random(config.seed);
    }
    service
}

async fn accept(listener: TcpListener, service: Arc<Mutex<Service>>, clock: ModelClock) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: others may be closed soon.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Answers are small and awaited: nothing is gained by collecting them.
        let _ = stream.set_nodelay(true);
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let answer = service_fn(|request| respond(request, &service, clock));
            let mut server = http1::Builder::new();
            // A broken connection is the client's to notice.
            let _ = server
                .timer(TokioTimer::new())
                .max_buf_size(1 << 20)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

async fn respond(
    request: Request<Incoming>,
    service: &Mutex<Service>,
    clock: ModelClock,
) -> Result<Response<Sent>, Infallible> {
    let is_call = request.method() == Method::POST && request.uri().path() == "/";
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let target = target.filter(|_| is_call).unwrap_or_default().to_owned();
    let body = Limited::new(request.into_body(), MOST_REQUEST_BYTES).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let now = clock.now();
    let answer = service.lock().unwrap_or_else(PoisonError::into_inner).answer(&target, &body, now);
    if answer.delivery == Delivery::Never {
        std::future::pending::<()>().await;
    }
    Ok(response(answer, now))
}

fn response(answer: Answer, now: Time) -> Response<Sent> {
    let sum = crc32fast::hash(answer.body.as_bytes());
    let bytes = Bytes::from(answer.body);
    let length = bytes.len();
    let sent = match answer.delivery {
        Delivery::Half => Sent { bytes: Some(bytes.slice(..length / 2)), breaks: true },
        Delivery::Whole | Delivery::Never => Sent { bytes: Some(bytes), breaks: false },
    };
    let mut response = Response::new(sent);
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if answer.content_type == JSON {
        headers.insert("x-amz-crc32", HeaderValue::from(sum));
        headers.insert("x-amzn-requestid", text(&request_id(now, sum)));
    }
    headers.insert(DATE, text(&http_date(now)));
    response
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// 52 letters and digits, as the service's are.
fn request_id(now: Time, sum: u32) -> String {
    let mut dice = fastrand::Rng::with_seed(now.micros() as u64 ^ u64::from(sum) << 32);
    (0..52).map(|_| dice.digit(36).to_ascii_uppercase()).collect()
}

/// `Tue, 06 Oct 2026 19:58:46 GMT`, of model time: clients learn the service's clock from it.
fn http_date(now: Time) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let now = Time::from_seconds(now.seconds());
    let full = now.full(Zone::Utc);
    let (date, clock) = full.split_once(' ').unwrap_or_default();
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let month = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    // 1970-01-01 was a Thursday.
    let weekday = DAYS.get(now.seconds().div_euclid(86_400).rem_euclid(7) as usize);
    format!(
        "{}, {day} {} {year} {clock} GMT",
        weekday.copied().unwrap_or_default(),
        month.copied().unwrap_or_default()
    )
}

/// A body in one piece, which may break off.
#[derive(Debug)]
struct Sent {
    bytes: Option<Bytes>,
    breaks: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let breaks = self.breaks;
        Poll::Ready(match self.bytes.take() {
            Some(bytes) => Some(Ok(Frame::data(bytes))),
            None if breaks => Some(Err(io::ErrorKind::ConnectionReset.into())),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        // The length is announced in the header.
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_header_is_model_time() {
        assert_eq!(http_date(Time::from_millis(1_791_316_726_480)), "Tue, 06 Oct 2026 19:58:46 GMT");
        assert_eq!(http_date(Time::from_seconds(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
