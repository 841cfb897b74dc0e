//! The gate that is closed while the credentials do not work: one call probes, all others wait.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::reports::Reports;
use crate::follow::Report;
use crate::model::{ErrorKind, SourceError};
use crate::source::StreamSource;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_mins(1);

/// Every call passes through it. What waits keeps its place: its stream, shard and iterator.
#[derive(Debug)]
pub struct Gate<S> {
    source: S,
    reports: Reports<S>,
    state: Mutex<State>,
    /// Who holds it probes. It counts the probes since the gate was closed.
    probing: tokio::sync::Mutex<u32>,
    retry: Notify,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    is_closed: bool,
    /// How often the credentials were renewed: a failure of older ones says nothing of the new.
    renewals: u32,
}

impl<S: StreamSource> Gate<S> {
    pub fn new(source: S, reports: Reports<S>) -> Self {
        Self {
            source,
            reports,
            state: Mutex::default(),
            probing: tokio::sync::Mutex::default(),
            retry: Notify::new(),
        }
    }

    /// Whether calls wait for credentials.
    pub fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Probes at once instead of later.
    pub fn retry_now(&self) {
        if self.is_closed() {
            self.retry.notify_one();
        }
    }

    /// Makes a call. Where the credentials fail it, it is made again once they work.
    pub async fn pass<T, F>(&self, call: impl Fn() -> F) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>>,
    {
        loop {
            let before = self.state();
            let mut lost = None;
            if !before.is_closed {
                match call().await {
                    Err(error) if error.kind == ErrorKind::Credentials => lost = Some(error),
                    answer => return answer,
                }
            }
            // A prober that is stopped lets go, and the next one takes over.
            let mut probes = self.probing.lock().await;
            let state = self.state();
            match lost {
                _ if state.is_closed => {}
                Some(error) if state.renewals == before.renewals => {
                    self.set(State { is_closed: true, ..state });
                    *probes = 0;
                    let renewal = self.source.renewal();
                    // Nobody left to be told is nobody to read for: this task is about to be ended.
                    let _ = self.reports.send(Report::CredentialsLost { error, renewal }).await;
                }
                Some(_) | None => continue,
            }
            return self.probe(&mut probes, call).await;
        }
    }

    async fn probe<T, F>(&self, probes: &mut u32, call: impl Fn() -> F) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>>,
    {
        loop {
            let wait = FIRST.saturating_mul(1 << (*probes).min(8)).min(LONGEST);
            *probes = probes.saturating_add(1);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.retry.notified() => {}
            }
            self.source.renew().await;
            let answer = call().await;
            if answer.as_ref().err().is_none_or(|error| is_let_in(&error.kind)) {
                let renewals = self.state().renewals.saturating_add(1);
                let _ = self.reports.send(Report::CredentialsRenewed).await;
                self.set(State { is_closed: false, renewals });
                return answer;
            }
        }
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// Whether such a failure proves that the service knows who calls.
fn is_let_in(failure: &ErrorKind) -> bool {
    match failure {
        ErrorKind::Credentials
        | ErrorKind::Internal { .. }
        | ErrorKind::NotDynamoDb { .. }
        | ErrorKind::Timeout(_)
        | ErrorKind::Network { .. } => false,
        ErrorKind::ExpiredIterator
        | ErrorKind::TrimmedData
        | ErrorKind::NotFound
        | ErrorKind::LimitExceeded
        | ErrorKind::Throttled { .. }
        | ErrorKind::Validation
        | ErrorKind::AccessDenied(_)
        | ErrorKind::Damaged(_)
        | ErrorKind::Fault => true,
    }
}
