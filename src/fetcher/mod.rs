//! Runs requests as tasks and reports what happens. Whatever changes a position is the follower's.

mod ahead;
mod backoff;
mod gate;
mod limiter;
mod pace;
mod reports;
mod tail;
#[cfg(test)]
mod tests;

pub use pace::Limits;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::follow::{Pace, Report, Request, TailId};
use crate::logging;
use crate::model::{ErrorKind, Operation, Remedy, SourceError, StreamArn};
use crate::source::StreamSource;
use backoff::Backoff;
use gate::Gate;
use limiter::Limiter;
use reports::Reports;

/// GetRecords calls under way at once.
const CONCURRENT_READS: usize = 16;
/// Of these, what hidden shards may take: there is always room for those that are looked at.
const BACKGROUND_READS: usize = 4;

/// The tasks that talk to the service.
#[derive(Debug)]
pub struct Fetcher<S> {
    calls: Calls<S>,
    reports: Reports<S>,
    tasks: JoinSet<()>,
    tails: HashMap<TailId, RunningTail>,
    /// What each task was started for.
    requests: HashMap<Id, Request>,
}

#[derive(Debug)]
struct RunningTail {
    pace: watch::Sender<Pace>,
    task: AbortHandle,
}

/// What every task needs to make calls.
#[derive(Clone, Debug)]
pub(crate) struct Calls<S> {
    pub source: S,
    pub limits: Limits,
    pub reads: Arc<Semaphore>,
    pub background_reads: Arc<Semaphore>,
    pub gate: Arc<Gate<S>>,
    regions: Arc<Mutex<BTreeMap<String, Arc<Region>>>>,
}

/// The limits are an account's in a region, of each API for itself. A shard's own limit is beside them.
#[derive(Debug)]
pub(crate) struct Region {
    list_streams: Limiter,
    describe_stream: Limiter,
    pub get_shard_iterator: Limiter,
    pub get_records: Limiter,
}

impl<S> Calls<S> {
    /// The limiters of a region; `None` is our own.
    pub fn region(&self, region: Option<&str>) -> Arc<Region> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Region {
            list_streams: Limiter::every(self.limits.list_streams),
            describe_stream: Limiter::every(self.limits.describe_stream),
            get_shard_iterator: Limiter::new(None),
            get_records: Limiter::new(None),
        };
        Arc::clone(regions.entry(region.unwrap_or_default().to_owned()).or_insert_with(|| Arc::new(new())))
    }
}

impl<S: StreamSource> Fetcher<S> {
    pub fn new(source: S, limits: Limits, reports: mpsc::Sender<Report>) -> Self {
        let reports = Reports::new(source.clone(), reports);
        let calls = Calls {
            gate: Arc::new(Gate::new(source.clone(), reports.clone())),
            source,
            limits,
            reads: Arc::new(Semaphore::new(CONCURRENT_READS)),
            background_reads: Arc::new(Semaphore::new(BACKGROUND_READS)),
            regions: Arc::default(),
        };
        Self { calls, reports, tasks: JoinSet::new(), tails: HashMap::new(), requests: HashMap::new() }
    }

    /// Works until nobody sends requests or takes reports any more. Its tasks end with it.
    pub async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => self.begin(request),
                    None => return,
                },
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                () = self.reports.closed() => return,
            }
        }
    }

    fn begin(&mut self, request: Request) {
        let (calls, reports) = (self.calls.clone(), self.reports.clone());
        let task = match request.clone() {
            Request::ListStreams { .. } => self.tasks.spawn(list_streams(calls, request.clone(), reports)),
            Request::DescribeStream { .. } => {
                self.tasks.spawn(describe_stream(calls, request.clone(), reports))
            }
            Request::StartTail(tail, pace) => {
                let id = tail.id;
                let (pace, paces) = watch::channel(pace);
                let task = self.tasks.spawn(tail::run(calls, tail, paces, reports));
                self.tails.insert(id, RunningTail { pace, task: task.clone() });
                task
            }
            Request::SetPace(tail, pace) => {
                if let Some(running) = self.tails.get(&tail) {
                    running.pace.send_replace(pace);
                }
                return;
            }
            Request::RetryNow => {
                self.calls.gate.retry_now();
                return;
            }
            Request::StopTail(tail) => {
                if let Some(running) = self.tails.remove(&tail) {
                    running.task.abort();
                }
                return;
            }
        };
        self.requests.insert(task.id(), request);
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let task = match &ended {
            Ok((task, ())) => *task,
            Err(error) => error.id(),
        };
        let Some(request) = self.requests.remove(&task) else { return };
        if let Request::StartTail(tail, _) = &request {
            self.tails.remove(&tail.id);
        }
        if let Some(report) = fault(request).filter(|_| ended.is_err_and(|error| error.is_panic())) {
            let reports = self.reports.clone();
            // Not awaited here: who takes the reports may be waiting for us to take a request.
            self.tasks.spawn(async move {
                let _ = reports.send(report).await;
            });
        }
    }
}

/// A task that panicked must not look like a shard that is quiet, or a list that is long in coming.
fn fault(request: Request) -> Option<Report> {
    let error = |operation| SourceError { operation, kind: ErrorKind::Fault, message: String::new() };
    match request {
        Request::ListStreams { run, .. } => {
            Some(Report::StreamsNotListed { run, error: error(Operation::ListStreams) })
        }
        Request::DescribeStream { reading, stream, ask } => {
            let error = error(Operation::DescribeStream);
            Some(Report::StreamNotDescribed { reading, stream, ask, error })
        }
        Request::StartTail(tail, _) => {
            Some(Report::TailStopped { tail: tail.id, error: error(Operation::GetRecords) })
        }
        Request::SetPace(..) | Request::StopTail(_) | Request::RetryNow => None,
    }
}

async fn list_streams<S: StreamSource>(calls: Calls<S>, request: Request, reports: Reports<S>) {
    let Request::ListStreams { run, table, after } = request else { return };
    let region = calls.region(None);
    let call = || calls.source.list_streams(table.as_deref(), after.as_ref());
    let delayed = |error, again_in| Report::CallDelayed { reading: None, error, again_in };
    let report = match retrying(&calls.gate, &region.list_streams, None, call, delayed, &reports).await {
        Ok(page) => Report::StreamsListed { run, streams: page.streams, more: page.more },
        Err(error) => Report::StreamsNotListed { run, error },
    };
    let _ = reports.send(report).await;
}

async fn describe_stream<S: StreamSource>(calls: Calls<S>, request: Request, reports: Reports<S>) {
    let Request::DescribeStream { reading, stream, ask } = request else { return };
    let region = calls.region(Some(stream.region()));
    let call = || calls.source.describe_stream(&stream, &ask);
    let delayed = |error, again_in| Report::CallDelayed { reading: Some(reading), error, again_in };
    let report =
        match retrying(&calls.gate, &region.describe_stream, Some(&stream), call, delayed, &reports).await {
            Ok(description) => {
                Report::StreamDescribed { reading, stream, ask, description: Box::new(description) }
            }
            Err(error) => Report::StreamNotDescribed { reading, stream, ask, error },
        };
    let _ = reports.send(report).await;
}

/// Makes a call, in its turn, until it succeeds or fails in a way that repeating cannot mend.
async fn retrying<S: StreamSource, T, F: Future<Output = Result<T, SourceError>>>(
    gate: &Gate<S>,
    limiter: &Limiter,
    stream: Option<&StreamArn>,
    call: impl Fn() -> F,
    delayed: impl Fn(SourceError, std::time::Duration) -> Report,
    reports: &Reports<S>,
) -> Result<T, SourceError> {
    let mut backoff = Backoff::default();
    loop {
        // First the turn: who waits for one while the credentials fail must not call.
        limiter.turn().await;
        let answer = gate.pass(&call).await;
        if let Err(error) = &answer {
            logging::failed(error, stream, None);
            if matches!(error.kind, ErrorKind::Throttled { .. }) {
                limiter.throttled().await;
            }
        }
        match answer {
            Err(error) if error.kind.remedy() == Remedy::Retry => {
                let again_in = backoff.next(&error.kind, fastrand::f64());
                if reports.send(delayed(error.clone(), again_in)).await.is_err() {
                    return Err(error);
                }
                tokio::time::sleep(again_in).await;
            }
            done => return done,
        }
    }
}
