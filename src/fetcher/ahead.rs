//! The calls of one tail: the next page is asked for while one is read.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::watch;
use tokio::time::Instant;

use super::limiter::Limiter;
use super::pace::{Seen, pause};
use super::reports::Reports;
use super::{Calls, Region};
use crate::follow::Pace;
use crate::model::{ErrorKind, SourceError, StreamArn};
use crate::source::wire::RecordsAnswer;
use crate::source::{RecordsBody, ShardIterator, StreamSource};

/// The most records that one call may return.
pub const FULL_LIMIT: u16 = 1_000;
/// A page this large was cut at 1 MB, so more is behind it.
pub const FULL_BYTES: usize = 900_000;
/// A smaller body is read in less time than it takes to go ahead.
const WORTHWHILE_BYTES: usize = 64 << 10;

/// An answer that no sense has been made of yet, and the call that brought it.
#[derive(Debug)]
pub struct Fetched {
    body: RecordsBody,
    limit: u16,
    called: Instant,
}

/// A page, and the call that brought it: the last of several where the first ones failed.
pub struct Read {
    pub answer: RecordsAnswer,
    pub limit: u16,
    pub called: Instant,
    /// The call for the page behind it, where that was made already.
    pub ahead: Option<Ahead>,
}

/// A call under way for the page behind one that is being read. It ends with this.
pub struct Ahead {
    iterator: ShardIterator,
    call: Call,
}

enum Call {
    UnderWay(Pin<Box<dyn Future<Output = Ended> + Send>>),
    Ended(Ended),
}

/// Absent where a call was not made, or has to be made again in its place.
type Ended = Option<Result<Fetched, SourceError>>;

impl Ahead {
    pub async fn ended(self) -> Ended {
        match self.call {
            Call::UnderWay(call) => call.await,
            Call::Ended(ended) => ended,
        }
    }

    fn go_on(&mut self, context: &mut Context<'_>) {
        if let Call::UnderWay(call) = &mut self.call
            && let Poll::Ready(ended) = call.as_mut().poll(context)
        {
            self.call = Call::Ended(ended);
        }
    }
}

/// Does something else while the call, if there is one, goes on.
pub async fn beside<T>(ahead: &mut Option<Ahead>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Some(ahead) = ahead {
            ahead.go_on(context);
        }
        work.as_mut().poll(context)
    })
    .await
}

/// Makes the calls of one tail, each in its turn.
#[derive(Debug)]
pub struct Caller<S> {
    pub calls: Calls<S>,
    pub region: Arc<Region>,
    pub stream: StreamArn,
    pub paces: watch::Receiver<Pace>,
    pub reports: Reports<S>,
}

impl<S: StreamSource> Caller<S> {
    /// Asks for a page and makes sense of it, once the gate lets the call pass.
    pub async fn page(
        self: &Arc<Self>,
        iterator: &ShardIterator,
        limit: u16,
        at_head: bool,
    ) -> Result<Read, SourceError> {
        let read = || async { self.read(self.fetch(iterator, limit).await?, at_head).await };
        self.in_turn(|| self.calls.gate.pass(read)).await
    }

    /// Makes sense of a page, and asks for the one behind it meanwhile where that cannot be too early.
    pub async fn read(self: &Arc<Self>, fetched: Fetched, at_head: bool) -> Result<Read, SourceError> {
        let mut ahead = self.ahead(&fetched, at_head);
        if ahead.is_some() {
            // So that the request is on its way before this thread is kept busy.
            beside(&mut ahead, tokio::task::yield_now()).await;
        }
        let Fetched { body, limit, called } = fetched;
        // What is no answer tells of no next page: that call ends here.
        let answer = self.calls.source.read_records(body)?;
        let next = answer.next_iterator.clone().map(ShardIterator::new);
        let ahead = ahead.filter(|ahead| next.as_ref() == Some(&ahead.iterator));
        Ok(Read { answer, limit, called, ahead })
    }

    /// At most one page: who is ahead makes no sense of it and so goes no further. Never where the
    /// pace wants a pause, or while reports wait to be taken.
    fn ahead(self: &Arc<Self>, fetched: &Fetched, at_head: bool) -> Option<Ahead> {
        let bytes = fetched.body.bytes.len();
        let seen = if bytes >= FULL_BYTES || !at_head { Seen::Behind } else { Seen::Records };
        let is_due = pause(*self.paces.borrow(), seen, &self.calls.limits).is_zero();
        let is_slow_line = fetched.limit < FULL_LIMIT;
        if bytes < WORTHWHILE_BYTES || !is_due || is_slow_line || !self.reports.has_room() {
            return None;
        }
        let iterator = fetched.body.likely_next()?;
        let (caller, next) = (Arc::clone(self), iterator.clone());
        let call = async move {
            let fetch = || async {
                // Who waits for credentials, or has lost them, asks again in its place.
                if caller.calls.gate.is_closed() {
                    return None;
                }
                let fetched = caller.fetch(&next, FULL_LIMIT).await;
                let is_lost = |error: &SourceError| error.kind == ErrorKind::Credentials;
                (!fetched.as_ref().is_err_and(is_lost)).then_some(fetched)
            };
            caller.in_turn(fetch).await
        };
        Some(Ahead { iterator, call: Call::UnderWay(Box::pin(call)) })
    }

    async fn fetch(&self, iterator: &ShardIterator, limit: u16) -> Result<Fetched, SourceError> {
        let called = Instant::now();
        let body = self.calls.source.get_records(&self.stream, iterator, limit).await?;
        Ok(Fetched { body, limit, called })
    }

    async fn in_turn<F: Future>(&self, call: impl FnOnce() -> F) -> F::Output {
        let is_hidden = matches!(*self.paces.borrow(), Pace::Background | Pace::Stopped);
        // The semaphores are never closed.
        let _hidden = if is_hidden { self.calls.background_reads.acquire().await.ok() } else { None };
        self.limiter().turn().await;
        let _turn = self.calls.reads.acquire().await;
        call().await
    }

    pub fn limiter(&self) -> &Limiter {
        &self.region.get_records
    }
}
