//! The search through records held, off the thread of the screen, newest first.

use crate::app::history::{SiftJob, Sifted, TraceJob, Traced};
use crate::app::noise::is_noisy;
use crate::app::{Found, SearchJob, SearchPage};
use crate::history::gather;
use crate::query::{Filter, Whence};
use crate::store::RecordId;

/// Records looked at between two publications: a few milliseconds' work.
const BATCH: u64 = 4_000;

/// Searches all pages of a job, and publishes as it goes. Ends early when nobody wants it.
pub fn run(job: SearchJob, mut publish: impl FnMut(Found) -> bool) {
    let generation = job.generation;
    let mut found = Found { generation, ..Found::default() };
    for page in job.pages {
        found.seen += (page.page.len() + page.page.poison().len()) as u64;
        matches(job.filter.as_deref(), &page, &mut found);
        if found.seen >= BATCH {
            let next = Found { generation, tally: found.tally.clone(), ..Found::default() };
            if !publish(std::mem::replace(&mut found, next)) {
                return;
            }
        }
    }
    found.is_done = true;
    publish(found);
}

/// Finds the records of one item, newest first, publishing as it goes. Ends early when nobody wants it.
pub fn trace(job: TraceJob, mut publish: impl FnMut(Traced) -> bool) {
    let (generation, matcher) = (job.generation, job.key.matcher());
    let news = || Traced { generation, steps: vec![], seen: 0, is_done: false };
    let mut traced = news();
    for (shard, page) in job.pages {
        traced.seen += page.len() as u64;
        traced.steps.extend(gather(&page, &shard, &matcher));
        if traced.seen >= BATCH && !publish(std::mem::replace(&mut traced, news())) {
            return;
        }
    }
    traced.is_done = true;
    publish(traced);
}

/// Which steps of a history touched an attribute.
pub fn sift(job: &SiftJob) -> Sifted {
    let touches = job.steps.iter().map(|step| (step.id(), step.touches(&job.path))).collect();
    Sifted { generation: job.generation, touches }
}

fn matches(filter: Option<&Filter>, searched: &SearchPage, found: &mut Found) {
    let SearchPage { first, stream, shard, page, ignored } = searched;
    let id = |slot: usize| RecordId(first.0 + slot as u64);
    let poison = page.poison().iter().enumerate();
    let poison =
        poison.filter(|(_, poison)| filter.is_none_or(|it| it.matches_poison(page.poison_text(poison))));
    found.ids.extend(poison.map(|(place, _)| id(page.len() + place)));
    let whence = Whence { table: stream.table(), shard: shard.as_str() };
    let matching: Vec<usize> = match filter {
        Some(filter) => filter.count_page(page, whence, &mut found.tally),
        None => (0..page.len()).collect(),
    };
    for slot in matching {
        if is_noisy(page.record(slot), ignored) {
            found.hidden += 1;
        } else {
            found.ids.push(id(slot));
        }
    }
}
