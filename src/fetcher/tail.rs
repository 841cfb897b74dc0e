//! One ongoing reading of one shard.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Calls;
use super::ahead::{Ahead, Caller, FULL_BYTES, FULL_LIMIT, Read, beside};
use super::backoff::Backoff;
use super::limiter::Limiter;
use super::pace::{Seen, pause};
use super::reports::{Reports, Unwanted};
use crate::follow::{CALLS_TO_REACH_HEAD, Pace, Position, Report, Tail, TailId};
use crate::logging;
use crate::model::{ErrorKind, Operation, Remedy, SourceError};
use crate::source::{ShardIterator, StreamSource};

/// Damaged answers to one call, from the same iterator, before the shard is given up.
const DAMAGED_TRIES: u32 = 3;

/// Reads a shard until its end, an error that repeating cannot mend, or the end of the reports.
pub(crate) async fn run<S: StreamSource>(
    calls: Calls<S>,
    tail: Tail,
    paces: watch::Receiver<Pace>,
    reports: Reports<S>,
) {
    let id = tail.id;
    let caller = Caller {
        region: calls.region(Some(tail.stream.region())),
        stream: tail.stream.clone(),
        calls,
        paces: paces.clone(),
        reports,
    };
    let mut reader = Reader {
        caller: Arc::new(caller),
        tail,
        paces,
        backoff: Backoff::default(),
        limit: FULL_LIMIT,
        is_limit_rejected: false,
    };
    // A closed channel means that nobody wants to know.
    if let Err(Stopped::By(error)) = reader.read().await {
        let _ = reader.caller.reports.send(Report::TailStopped { tail: id, error }).await;
    }
}

struct Reader<S> {
    caller: Arc<Caller<S>>,
    tail: Tail,
    paces: watch::Receiver<Pace>,
    backoff: Backoff,
    /// Halved after a timeout: a slow line may manage a smaller page.
    limit: u16,
    /// The endpoint refused a smaller limit than the usual one.
    is_limit_rejected: bool,
}

enum Stopped {
    By(SourceError),
    Unwanted,
}

impl<S: StreamSource> Reader<S> {
    async fn read(&mut self) -> Result<(), Stopped> {
        let mut iterator = self.iterator().await?;
        let tail = self.tail.id;
        self.report(Report::TailStarted { tail }).await?;
        // LATEST begins at the head; elsewhere it takes some empty pages to reach it.
        let mut at_head = self.tail.from == Position::Latest;
        let mut empty_pages = 0;
        let mut made = None;
        loop {
            let Read { answer, limit, called, mut ahead } = self.records(&iterator, made, at_head).await?;
            logging::called(Operation::GetRecords, &self.tail.stream, &self.tail.shard);
            let (records, bytes) = (answer.page.len(), answer.page.bytes_held());
            let end = answer.next_iterator.is_none();
            let read = Report::PageRead { tail, page: Arc::new(answer.page), end };
            beside(&mut ahead, self.report(read)).await?;
            let Some(next) = answer.next_iterator else { return Ok(()) };
            iterator = ShardIterator::new(next);

            empty_pages = if records == 0 { empty_pages + 1 } else { 0 };
            at_head |= empty_pages >= CALLS_TO_REACH_HEAD;
            let is_full = records >= usize::from(limit) || bytes >= FULL_BYTES;
            let seen = match records {
                _ if is_full || !at_head => Seen::Behind,
                0 => Seen::Nothing,
                _ => Seen::Records,
            };
            beside(&mut ahead, self.rest(called, seen)).await?;
            made = ahead;
        }
    }

    /// Waits for the next read; a new pace counts from the last one.
    async fn rest(&mut self, called: Instant, seen: Seen) -> Result<(), Stopped> {
        loop {
            let due = called + pause(*self.paces.borrow_and_update(), seen, &self.caller.calls.limits);
            // A sleep, however short, lasts until the timer's next millisecond.
            if due <= Instant::now() {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep_until(due) => return Ok(()),
                changed = self.paces.changed() => changed.map_err(|_| Stopped::Unwanted)?,
            }
        }
    }

    async fn iterator(&mut self) -> Result<ShardIterator, Stopped> {
        let caller = Arc::clone(&self.caller);
        let Tail { stream, shard, from, .. } = self.tail.clone();
        let (limiter, gate) = (&caller.region.get_shard_iterator, &caller.calls.gate);
        let ask = |_| async {
            limiter.turn().await;
            gate.pass(|| caller.calls.source.get_shard_iterator(&stream, &shard, &from)).await
        };
        self.retrying(limiter, ask).await
    }

    /// The page of an iterator; `made` is the first call for it, where that was made ahead.
    async fn records(
        &mut self,
        iterator: &ShardIterator,
        made: Option<Ahead>,
        at_head: bool,
    ) -> Result<Read, Stopped> {
        let caller = Arc::clone(&self.caller);
        let mut made = match made {
            Some(ahead) => ahead.ended().await,
            None => None,
        };
        let read = |limit| {
            let (caller, made) = (&caller, made.take());
            async move {
                match made {
                    Some(fetched) => caller.read(fetched?, at_head).await,
                    None => caller.page(iterator, limit, at_head).await,
                }
            }
        };
        self.retrying(caller.limiter(), read).await
    }

    /// Makes a call again from the same place: reading does not consume.
    async fn retrying<T, F: Future<Output = Result<T, SourceError>>>(
        &mut self,
        limiter: &Limiter,
        mut call: impl FnMut(u16) -> F,
    ) -> Result<T, Stopped> {
        let mut damaged = 0;
        loop {
            let limit = self.limit;
            let error = match call(limit).await {
                Ok(done) => {
                    self.backoff.succeeded();
                    self.limit = self.limit.saturating_mul(2).min(FULL_LIMIT);
                    return Ok(done);
                }
                Err(error) => error,
            };
            logging::failed(&error, Some(&self.tail.stream), Some(&self.tail.shard));
            // Once: an iterator that is bogus, or too many readers, are refused the same way.
            if rejects_limit(&error) && limit < FULL_LIMIT {
                self.is_limit_rejected = true;
                self.limit = FULL_LIMIT;
                continue;
            }
            damaged += u32::from(matches!(error.kind, ErrorKind::Damaged(_)));
            if error.kind.remedy() != Remedy::Retry || damaged >= DAMAGED_TRIES {
                return Err(Stopped::By(error));
            }
            if matches!(error.kind, ErrorKind::Timeout(_)) && !self.is_limit_rejected {
                self.limit = (self.limit / 2).max(1);
            }
            if matches!(error.kind, ErrorKind::Throttled { .. }) {
                limiter.throttled().await;
            }
            let again_in = self.backoff.next(&error.kind, fastrand::f64());
            self.slowed(self.tail.id, error, again_in).await?;
            tokio::time::sleep(again_in).await;
        }
    }

    async fn slowed(&self, tail: TailId, error: SourceError, again_in: Duration) -> Result<(), Stopped> {
        self.report(Report::TailSlowed { tail, error, again_in }).await
    }

    async fn report(&self, report: Report) -> Result<(), Stopped> {
        self.caller.reports.send(report).await.map_err(|Unwanted| Stopped::Unwanted)
    }
}

fn rejects_limit(error: &SourceError) -> bool {
    error.operation == Operation::GetRecords
        && matches!(error.kind, ErrorKind::LimitExceeded | ErrorKind::Validation)
}
