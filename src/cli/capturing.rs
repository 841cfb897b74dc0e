//! `--capture FILE`: what is read is kept in a file, too.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::exit::{Failure, complain};
use super::privacy::Veil;
use crate::capture::Capture;
use crate::follow::Follower;
use crate::journal::{Entry, Journal, Kept};

#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct CaptureArgs {
    /// Also append every record that is read, and every fact beside, to this file; .zst packs it
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    capture: Option<PathBuf>,
}

impl CaptureArgs {
    /// The file, as it was named.
    pub fn path(&self) -> Option<String> {
        self.capture.as_ref().map(|path| path.display().to_string())
    }

    /// Opens the capture, if one is wanted.
    pub fn begin(&self) -> Result<Option<Capture>, Failure> {
        let Some(path) = &self.capture else { return Ok(None) };
        let capture = Capture::begin(path).map_err(|error| Failure::new(error.to_string()))?;
        if capture.cut > 0 {
            let (path, cut) = (path.display(), capture.cut);
            complain(&format!("{path}: {cut} bytes at its end were torn and are cut off"));
        }
        Ok(Some(capture))
    }
}

/// A capture that is told what a command without a screen reads.
#[derive(Debug)]
pub struct Capturing {
    capture: Capture,
    veil: Arc<Veil>,
    journal: Journal,
    known: Kept,
    /// Records that it was told of.
    told: u64,
}

impl Capturing {
    /// What goes into the capture goes through the veil first.
    pub fn new(capture: Capture, veil: Arc<Veil>) -> Self {
        Self { capture, veil, journal: Journal::default(), known: Kept::default(), told: 0 }
    }

    /// Takes what a follower has learned of its stream.
    pub async fn described(&mut self, follower: &Follower) -> Result<(), Failure> {
        for entry in self.journal.news(follower) {
            self.take(entry).await?;
        }
        Ok(())
    }

    /// Takes an entry. Waits while many others do: so long nothing more is read.
    pub async fn take(&mut self, entry: Entry) -> Result<(), Failure> {
        let gone = |_| Failure::new("the capture's thread has ended; please report this");
        let entry = self.veil.entry(entry)?;
        let records = if let Entry::Page { page, .. } = &entry { page.len() as u64 } else { 0 };
        self.capture.entries().send(entry).await.map_err(gone)?;
        self.told += records;
        Ok(())
    }

    /// Records that it was told of, and how many of them are in the file, or left out for good.
    pub fn reach(&self) -> (u64, u64) {
        (self.told, self.capture.settled())
    }

    /// Waits until there is something to be said of how the writing goes.
    pub async fn trouble(&mut self) -> String {
        loop {
            let kept = self.capture.news().await;
            let said = kept.change(&self.known);
            self.known = kept;
            if let Some(said) = said {
                return format!("{}: {said}", self.capture.path().display());
            }
        }
    }

    /// Has everything written, and says what there is to be said at the end. Whether all is in it.
    pub async fn finish(self) -> bool {
        let path = self.capture.path().display().to_string();
        let kept = self.capture.finish([]).await;
        if let Some(said) = kept.change(&self.known).filter(|_| kept.trouble.is_none()) {
            complain(&format!("{path}: {said}"));
        }
        complain(&ending(&path, &kept));
        kept.is_whole()
    }
}

/// How a capture ended, in words.
pub fn ending(path: &str, kept: &Kept) -> String {
    let Kept { records, bytes, trouble, left_out } = kept;
    let trouble = trouble.as_ref().map(|trouble| format!("; it could not be written to its end: {trouble}"));
    let left_out = (*left_out > 0).then(|| format!("; {left_out} records were read and are not in it"));
    let (trouble, left_out) = (trouble.unwrap_or_default(), left_out.unwrap_or_default());
    format!("captured {records} records to {path}, {bytes} bytes{trouble}{left_out}")
}
