//! The search through records held, off the thread of the screen, newest first.

use std::sync::Arc;

use crate::app::noise::is_noisy;
use crate::app::{Found, SearchJob};
use crate::config::AttributePath;
use crate::query::Needle;
use crate::store::{Page, RecordId};

/// Records looked at between two publications: a few milliseconds' work.
const BATCH: u64 = 4_000;

/// Searches all pages of a job, and publishes as it goes. Ends early when nobody wants it.
pub fn run(job: SearchJob, mut publish: impl FnMut(Found) -> bool) {
    let generation = job.generation;
    let mut found = Found { generation, ..Found::default() };
    for (first, page) in job.pages {
        found.seen += (page.len() + page.poison().len()) as u64;
        let ignored = job.ignored.get(&first).map_or(&[][..], |ignored| ignored);
        matches(job.needle.as_ref(), ignored, first, &page, &mut found);
        if found.seen >= BATCH {
            let batch = std::mem::replace(&mut found, Found { generation, ..Found::default() });
            if !publish(batch) {
                return;
            }
        }
    }
    found.is_done = true;
    publish(found);
}

fn matches(
    needle: Option<&Needle>,
    ignored: &[AttributePath],
    first: RecordId,
    page: &Arc<Page>,
    found: &mut Found,
) {
    let id = |slot: usize| RecordId(first.0 + slot as u64);
    let poison = page.poison().iter().enumerate();
    let poison = poison.filter(|(_, poison)| needle.is_none_or(|it| it.is_in_text(page.poison_text(poison))));
    found.ids.extend(poison.map(|(place, _)| id(page.len() + place)));
    let records = page.records().enumerate().filter(|(_, record)| {
        let parts = [record.keys(), record.new_image(), record.old_image()];
        needle.is_none_or(|needle| needle.is_in(parts.into_iter().flatten()))
    });
    for (slot, record) in records {
        if is_noisy(record, ignored) {
            found.hidden += 1;
        } else {
            found.ids.push(id(slot));
        }
    }
}
