//! Records into a file.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::item;
use crate::app::action::FileWritten;
use crate::app::summary::thousands;
use crate::app::writing::Format;
use crate::app::{Action, WriteJob, Written};
use crate::files::{NewFile, NewFileError};
use crate::model::plain::dynamodb_lines;
use crate::model::{ShardId, StreamArn};
use crate::output::{NotPrivate, csv, jsonl, lambda_event, private_page};
use crate::store::{RecordRef, Row, Store};

/// Handed to the file in pieces of about this size.
const BUFFER: usize = 64 * 1024;
/// Rows between two reports of progress.
const PROGRESS: usize = 200_000;

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody has to say whether it may be replaced.
    #[error("it exists already")]
    Exists,
    #[error("the item of this record cannot be read")]
    NoItem,
    #[error("{0}")]
    Private(#[from] NotPrivate),
    #[error("{0}")]
    File(NewFileError),
}

impl From<NewFileError> for WriteError {
    fn from(error: NewFileError) -> Self {
        match error {
            NewFileError::Exists => Self::Exists,
            other @ (NewFileError::Link | NewFileError::NoFile | NewFileError::Io(_)) => Self::File(other),
        }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::File(error.into())
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub records: u64,
    /// Gaps and unreadable records: lines of their own, or left out by the format.
    pub others: u64,
    pub bytes: u64,
}

/// Writes a job's file and says what became of it; `tell` hears of the progress.
pub fn written(job: Box<WriteJob>, tell: impl Fn(String)) -> Action {
    let progress = |done: usize, all: usize| {
        let (done, all) = (thousands(done as u64), thousands(all as u64));
        tell(format!("writing {}: {done} of {all}", job.path));
    };
    Action::FileWritten(match write(&job, progress) {
        Ok(tally) => FileWritten::Told(tally.told(&job)),
        Err(WriteError::Exists) => FileWritten::Exists(job),
        Err(error) => FileWritten::Told(format!("{} is not written: {error}", job.path)),
    })
}

impl Tally {
    /// What is said of it.
    pub fn told(self, job: &WriteJob) -> String {
        let records = if self.records == 1 { "record" } else { "records" };
        let left_out = if self.others > 0 && job.format != Format::JsonLines {
            format!(" (without {} gaps and unreadable records)", thousands(self.others))
        } else {
            String::new()
        };
        let (count, bytes) = (thousands(self.records), thousands(self.bytes));
        format!("{}: {count} {records}, {bytes} bytes{left_out}", job.path)
    }
}

/// Writes a job's file, private to its owner; it appears once it is whole. `progress` is told how
/// many rows are done, of how many. `~/` in the path is the home folder.
pub fn write(job: &WriteJob, mut progress: impl FnMut(usize, usize)) -> Result<Tally, WriteError> {
    let mut file = NewFile::create(&path(&job.path), job.may_replace)?;
    let mut tally = Tally::default();
    match &job.rows {
        Written::Item { page, slot } => {
            let item = item(page.record(*slot)).ok_or(WriteError::NoItem)?;
            let item = job.privacy.as_ref().map_or_else(|| item.clone(), |privacy| privacy.item(&item));
            let text = dynamodb_lines(&item).join("\n") + "\n";
            file.write_all(text.as_bytes())?;
            tally = Tally { records: 1, others: 0, bytes: text.len() as u64 };
        }
        Written::Records { store, view } => {
            let timeline = view.as_ref().unwrap_or_else(|| store.timeline());
            let mut rows = Rows::new(job);
            for (at, place) in timeline.iter().enumerate() {
                if at > 0 && at.is_multiple_of(PROGRESS) {
                    progress(at, timeline.len());
                }
                if let Some(row) = store.row(place.id) {
                    rows.row(store, row, &mut tally)?;
                }
                if rows.out.len() >= BUFFER {
                    tally.bytes += rows.hand_over(&mut file)?;
                }
            }
            rows.batches.end(&mut rows.out);
            tally.bytes += rows.hand_over(&mut file)?;
        }
    }
    file.finish()?;
    Ok(tally)
}

fn path(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

/// Rows as text, not yet in the file.
struct Rows<'j> {
    job: &'j WriteJob,
    batches: lambda_event::Batches,
    out: Vec<u8>,
}

impl<'j> Rows<'j> {
    fn new(job: &'j WriteJob) -> Self {
        let out = if job.format == Format::Csv { csv::HEADER.as_bytes().to_vec() } else { vec![] };
        Self { job, batches: lambda_event::Batches::new(NonZeroUsize::MAX), out }
    }

    /// Writes a row. All that is of a stream goes through the rule, if there is one.
    fn row(&mut self, store: &Store, row: Row<'_>, tally: &mut Tally) -> Result<(), NotPrivate> {
        let is_lines = self.job.format == Format::JsonLines;
        match row {
            Row::Record(origin, record) => {
                let (stream, shard) = store.shard_of(origin);
                let key_names = self.job.key_names.get(stream).map_or(&[][..], Vec::as_slice);
                match &self.job.privacy {
                    None => self.record(stream, shard, key_names, record),
                    Some(privacy) => {
                        let page = private_page(privacy, stream, &record.alone())?;
                        let stream = privacy.stream(stream);
                        page.records().for_each(|record| self.record(&stream, shard, key_names, record));
                    }
                }
                tally.records += 1;
            }
            Row::Gap(origin, gap) => {
                let stream = self.shown(store.shard_of(origin).0);
                if is_lines {
                    jsonl::gap(&mut self.out, &stream, gap);
                }
                tally.others += 1;
            }
            Row::Poison(origin, page, poison) => {
                let (stream, shard) = store.shard_of(origin);
                let alone = page.alone(poison);
                let page = match &self.job.privacy {
                    None => alone,
                    Some(privacy) => private_page(privacy, stream, &alone)?,
                };
                let stream = self.shown(stream).into_owned();
                for poison in page.poison().iter().filter(|_| is_lines) {
                    jsonl::poison(&mut self.out, &stream, shard, &page, poison);
                }
                tally.others += 1;
            }
            Row::Marker(_, marker) => {
                if is_lines {
                    jsonl::marker(&mut self.out, marker);
                }
            }
        }
        Ok(())
    }

    fn shown<'s>(&self, stream: &'s StreamArn) -> Cow<'s, StreamArn> {
        self.job.privacy.as_ref().map_or(Cow::Borrowed(stream), |it| Cow::Owned(it.stream(stream)))
    }

    fn record(&mut self, stream: &StreamArn, shard: &ShardId, key_names: &[String], record: RecordRef<'_>) {
        match self.job.format {
            Format::JsonLines => jsonl::record(&mut self.out, stream, shard, record),
            Format::LambdaEvent => self.batches.record(&mut self.out, stream, record),
            Format::Csv => csv::record(&mut self.out, stream, shard, key_names, record),
            Format::Item => self.item(record),
        }
    }

    fn item(&mut self, record: RecordRef<'_>) {
        let mut text = String::new();
        if let Some(item) = item(record) {
            crate::model::plain::write_dynamodb(&item, &mut text);
            text.push('\n');
        }
        self.out.extend(text.as_bytes());
    }

    fn hand_over(&mut self, file: &mut NewFile) -> io::Result<u64> {
        file.write_all(&self.out)?;
        let bytes = self.out.len() as u64;
        self.out.clear();
        Ok(bytes)
    }
}
