//! The text of what is copied.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::value_text;
use crate::app::action::Copied;
use crate::app::copying::Copyable;
use crate::app::{Action, CopyJob};
use crate::files;
use crate::model::plain::write_dynamodb;
use crate::model::text::sanitize;
use crate::model::{parse_item, sequence_number};
use crate::output::command::{Command, MAX_TEXT, Refusal, Target, get_item, restore, revert};
use crate::output::{jsonl, lambda_event};
use crate::store::RecordRef;

/// What goes to the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub text: String,
    /// What it is: the start of a sentence.
    pub what: String,
}

/// Why nothing is copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("there is no value at {0} in this record")]
    NoValue(String),
    #[error("the keys of this record cannot be read")]
    NoKeys,
    #[error("the command is too long for a shell, and the file for its parameters cannot be written: {0}")]
    NoFile(#[from] std::io::Error),
}

/// Makes the text of a job and offers it to `clipboard`, which says what took it: the news of that.
pub fn copied(job: &CopyJob, clipboard: impl FnOnce(&str) -> Option<&'static str>) -> Action {
    match copy(job) {
        Ok(Copy { text, what }) => Action::Copied(Copied { taken_by: clipboard(&text), text, what }),
        Err(error) => Action::Told(format!("{}: {error}", job.what.name())),
    }
}

/// Makes the text of a job. A command that is too long for a shell takes its parameters from a
/// private file, which stays.
pub fn copy(job: &CopyJob) -> Result<Copy, CopyError> {
    let record = job.page.record(job.slot);
    let what = job.what.name();
    let plain = |text: String| Ok(Copy { text, what: what.to_owned() });
    match job.what {
        Copyable::Value => plain(value(job, record)?),
        Copyable::Path => plain(path(job)),
        Copyable::Key => {
            let keys = record.keys().and_then(|keys| parse_item(keys.as_bytes()).ok());
            let mut text = String::new();
            write_dynamodb(&keys.ok_or(CopyError::NoKeys)?, &mut text);
            plain(text)
        }
        Copyable::Record => {
            let mut out = vec![];
            jsonl::record(&mut out, &job.stream, &job.shard, record);
            plain(line(&out))
        }
        Copyable::LambdaEvent => {
            let (mut out, mut batches) = (vec![], lambda_event::Batches::new(NonZeroUsize::MIN));
            batches.record(&mut out, &job.stream, record);
            plain(line(&out))
        }
        Copyable::GetItem => command(job, what, &get_item(record)?),
        Copyable::Revert => command(job, what, &revert(record)?),
        Copyable::Restore => {
            let later = later_records(job, record);
            let newest = later.last_key_value().map_or(record, |(_, newest)| *newest);
            let restore = restore(record, newest, later.len())?;
            let changes = if later.len() == 1 { "change" } else { "changes" };
            let what = format!("{what} (it discards {} later {changes})", later.len());
            command(job, &what, &restore)
        }
    }
}

fn path(job: &CopyJob) -> String {
    job.path.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The value at the cursor: in the new image, or what was there before.
fn value(job: &CopyJob, record: RecordRef<'_>) -> Result<String, CopyError> {
    let wanted = job.path.as_ref();
    let images = [record.new_image(), record.old_image(), record.keys()];
    let value = images.into_iter().flatten().find_map(|json| {
        let item = parse_item(json.as_bytes()).ok()?;
        item.at(wanted?).map(value_text)
    });
    value.ok_or_else(|| CopyError::NoValue(sanitize(&path(job)).into_owned()))
}

fn line(out: &[u8]) -> String {
    String::from_utf8_lossy(out).trim_end().to_owned()
}

/// The later records of the same item that are held, by their sequence numbers: one record may be
/// held twice.
fn later_records<'a>(job: &'a CopyJob, record: RecordRef<'a>) -> BTreeMap<Number<'a>, RecordRef<'a>> {
    let keys = record.keys().unwrap_or_default();
    let item = parse_item(keys.as_bytes()).ok();
    let is_same = |other: &str| {
        // One stream nearly always writes a key in one way.
        other == keys
            || parse_item(other.as_bytes())
                .is_ok_and(|other| item.as_ref().is_some_and(|item| item.same_as(&other)))
    };
    let number = Number(record.sequence_number());
    let records = job.pages.iter().flat_map(|page| page.records());
    records
        .filter(|other| Number(other.sequence_number()) > number && other.keys().is_some_and(is_same))
        .map(|other| (Number(other.sequence_number()), other))
        .collect()
}

/// A sequence number where it lies.
#[derive(Clone, Copy, Debug)]
struct Number<'a>(&'a str);

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        sequence_number::compare(self.0, other.0)
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number<'_> {}

fn command(job: &CopyJob, what: &str, command: &Command) -> Result<Copy, CopyError> {
    let session = &job.session;
    // An endpoint of AWS's own for streams is none for tables.
    let endpoint = session.endpoint.as_deref().filter(|endpoint| !endpoint.contains("streams.dynamodb."));
    let target = Target {
        table: job.stream.table(),
        // DynamoDB Local names regions in its ARNs that it does not answer to.
        region: if session.endpoint.is_some() { &session.region } else { job.stream.region() },
        account: job.stream.account(),
        profile: session.profile.as_deref().filter(|_| !session.is_demo),
        endpoint,
        is_demo: session.is_demo,
    };
    // Without the last newline: what is pasted is run only when Enter is pressed.
    let copy = |text: String, what: String| Copy { text: text.trim_end().to_owned(), what };
    let text = command.for_shell(&target)?;
    if text.len() <= MAX_TEXT {
        return Ok(copy(text, what.to_owned()));
    }
    let path = files::temporary("dynascope-", ".json", command.input().as_bytes())?;
    let path = path.to_string_lossy();
    let text = command.for_shell_with_input(&target, &path)?;
    Ok(copy(text, format!("{what} (its parameters are in {path})")))
}
