//! The way of reports out of the tasks: what the service's clock says comes before what it dates.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use crate::follow::Report;
use crate::model::ClockOffset;
use crate::source::StreamSource;

/// A change of the offset that is worth telling, in microseconds: a `Date` has whole seconds.
const CHANGE: u64 = 2_000_000;

/// Nobody takes reports any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwanted;

/// Where the tasks send their reports.
#[derive(Clone, Debug)]
pub struct Reports<S> {
    source: S,
    sender: mpsc::Sender<Report>,
    told: Arc<Mutex<Option<ClockOffset>>>,
}

impl<S: StreamSource> Reports<S> {
    pub fn new(source: S, sender: mpsc::Sender<Report>) -> Self {
        Self { source, sender, told: Arc::default() }
    }

    /// Sends a report once there is room for it, the service's clock first where it is news.
    pub async fn send(&self, report: Report) -> Result<(), Unwanted> {
        if let Some(offset) = self.source.clock_offset() {
            // Held while it is being told, so that no report of another task comes before it.
            let mut told = self.told.lock().await;
            if told.is_none_or(|told| told.0.abs_diff(offset.0) > CHANGE) {
                self.sender.send(Report::ClockRead { offset }).await.map_err(|_| Unwanted)?;
                *told = Some(offset);
            }
        }
        self.sender.send(report).await.map_err(|_| Unwanted)
    }

    /// Whether a report would be sent at once.
    pub fn has_room(&self) -> bool {
        self.sender.capacity() > 0
    }

    /// Waits until nobody takes reports any more.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }
}
