//! The thread that writes a capture: reading waits for it only when it is far behind.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::keeper::Keeper;
use crate::clock;
use crate::files::GrowingError;
use crate::journal::{Entry, Kept};

/// Entries that wait for the thread: each may hold a page of a megabyte. Who has more to tell waits,
/// so that nothing is dropped and polling stops.
const ENTRIES: usize = 32;
/// What came is in the file after so long, and what could not be written is tried again.
const SOON: Duration = Duration::from_secs(1);
/// How long a disk that hangs may keep us at the end.
const LAST_WRITE: Duration = Duration::from_secs(5);

/// Why no capture can be written.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error("cannot capture to {}: {error}", path.display())]
    File { path: PathBuf, error: GrowingError },
    #[error("cannot start a thread for the capture: {0}")]
    Thread(io::Error),
}

/// A capture that is being written.
#[derive(Debug)]
pub struct Capture {
    path: PathBuf,
    entries: mpsc::Sender<Entry>,
    kept: watch::Receiver<Kept>,
    /// What was torn off its end by an earlier one that died.
    pub cut: u64,
}

impl Capture {
    /// Opens the file and starts the thread that writes it.
    pub fn begin(path: &Path) -> Result<Self, CaptureError> {
        let path = path.to_owned();
        let (keeper, cut) =
            Keeper::open(&path).map_err(|error| CaptureError::File { path: path.clone(), error })?;
        let (entries, incoming) = mpsc::channel(ENTRIES);
        let (told, kept) = watch::channel(keeper.kept().clone());
        let runtime = Handle::current();
        std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || runtime.block_on(write(keeper, incoming, told)))
            .map_err(CaptureError::Thread)?;
        Ok(Self { path, entries, kept, cut })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn entries(&self) -> &mpsc::Sender<Entry> {
        &self.entries
    }

    /// How many records need not be waited for any more: they are in the file, or left out for good.
    pub fn settled(&self) -> u64 {
        let kept = self.kept.borrow();
        kept.records + kept.left_out
    }

    /// How it stands.
    pub fn kept(&self) -> Kept {
        self.kept.borrow().clone()
    }

    /// Waits until something is new, and says how it stands.
    pub async fn news(&mut self) -> Kept {
        if self.kept.changed().await.is_err() {
            // The thread has ended: nothing will ever be new.
            return std::future::pending().await;
        }
        self.kept.borrow_and_update().clone()
    }

    /// Has all that was told written, and what is left to be told, and says how it ended.
    pub async fn finish(mut self, rest: impl IntoIterator<Item = Entry>) -> Kept {
        let ended = timeout(LAST_WRITE, async {
            for entry in rest {
                // A thread that has gone is told below.
                let _ = self.entries.send(entry).await;
            }
            drop(self.entries);
            while self.kept.changed().await.is_ok() {}
        })
        .await;
        let mut kept = self.kept.borrow().clone();
        if ended.is_err() {
            kept.trouble = Some("the disk does not answer".to_owned());
        }
        kept
    }
}

async fn write(mut keeper: Keeper, mut entries: mpsc::Receiver<Entry>, told: watch::Sender<Kept>) {
    let mut due = None;
    loop {
        let entry = match entries.try_recv() {
            Ok(entry) => Some(entry),
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                if keeper.is_prompt() && keeper.is_waiting() {
                    keeper.hand_over();
                    tell(&told, &keeper);
                }
                if !keeper.is_waiting() {
                    due = None;
                }
                tokio::select! {
                    entry = entries.recv() => match entry {
                        Some(entry) => Some(entry),
                        None => break,
                    },
                    () = at(due) => None,
                }
            }
        };
        if let Some(entry) = entry {
            keeper.take(&entry, clock::now());
        }
        let now = Instant::now();
        if *due.get_or_insert(now + SOON) <= now {
            keeper.hand_over();
            due = Some(now + SOON);
        }
        tell(&told, &keeper);
    }
    keeper.finish();
    tell(&told, &keeper);
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn tell(told: &watch::Sender<Kept>, keeper: &Keeper) {
    told.send_if_modified(|known| {
        let is_new = known != keeper.kept();
        if is_new {
            known.clone_from(keeper.kept());
        }
        is_new
    });
}
