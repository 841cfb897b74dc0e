//! What is said of a step in one line.

use crate::app::row_text::Told;
use crate::config::Table;
use crate::history::{Side, Step, Touch};
use crate::model::plain::preview;
use crate::model::{AttributeValue, EventName, Path, Time};

/// Longest text of a value, in graphemes.
const MAX_VALUE: usize = 60;

/// Texts are as they came: not safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepWords {
    pub time: Option<Time>,
    pub event: EventName,
    pub is_ttl: bool,
    pub size: Option<u32>,
    /// What changed; of an attribute that is looked at, from what to what.
    pub what: String,
    /// Only what is ignored in the table changed.
    pub is_noise: bool,
    /// Who made the item what it is, where the table says so.
    pub by: Option<String>,
}

impl StepWords {
    pub fn of(step: &Step, attribute: Option<&Path<'_>>, known: Option<&Table>) -> Self {
        let record = step.record();
        let told = Told::of(record, known);
        Self {
            time: record.time(),
            event: record.event(),
            is_ttl: record.flags().ttl,
            size: record.size_bytes(),
            what: attribute.map_or(told.summary, |path| from_to(step, path)),
            is_noise: told.is_noise,
            by: told.by,
        }
    }
}

/// What is said between two steps that do not fit; of an attribute, from what to what it went.
pub(super) fn broken_words(above: &Step, below: &Step, attribute: Option<&Path<'_>>) -> String {
    let Some(path) = attribute else {
        return "broken: the old image below is not the new image above".to_owned();
    };
    let (old, new) = (said(above, path, false), said(below, path, true));
    if old == new {
        format!("broken, {path} as before")
    } else {
        format!("broken: {path} {old} → {new}, unseen")
    }
}

/// The value at a path before or after a step: `—` where there is none, `?` where no image tells.
fn said(step: &Step, path: &Path<'_>, is_before: bool) -> String {
    let (old, new) = step.values_at(path, |value: &AttributeValue<'_>| preview(value, MAX_VALUE).text);
    let (value, side) = if is_before { (old, step.before) } else { (new, step.after) };
    match side {
        Side::Exists => "?".to_owned(),
        Side::Absent | Side::Image(_) => value.unwrap_or_else(|| "—".to_owned()),
    }
}

fn from_to(step: &Step, path: &Path<'_>) -> String {
    let words = format!("{path} {} → {}", said(step, path, true), said(step, path, false));
    match step.touches(path) {
        Touch::Unknown => format!("{words} (an image that would tell does not exist)"),
        Touch::Yes | Touch::No => words,
    }
}
