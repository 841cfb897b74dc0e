//! The streams that the demo starts with.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Table, Traffic};
use crate::demo::dice::mix_text;
use crate::demo::log::{Log, Written};
use crate::demo::service::{REGION, Service, arn};
use crate::demo::shard::ROLLOVER;
use crate::demo::stream::{Put, Schedule, Stream};
use crate::model::{StreamArn, Time, ViewType};

/// History begins this long before the start: a while before the trim horizon.
const HISTORY: Duration = Duration::from_hours(30);
/// More open shards than this are too many to watch.
const MOST_OPEN: usize = 16;

/// Adds the demo's six tables, with a day of history before `start`.
pub fn add_tables(service: &mut Service, seed: u64, start: Time, rate: f64) {
    let origin = start.minus(HISTORY);
    for table in Table::ALL {
        // Streams were switched on days ago, at some time of the day.
        let age = 3 * 86_400 + mix_text(seed, table.name()) % (40 * 86_400_000) / 1_000;
        let created_at = start.minus(Duration::from_secs(age) + Duration::from_millis(age % 1_000));
        let mut stream = Stream {
            arn: arn(table.name(), created_at),
            view: table.view(),
            created_at,
            disabled_at: None,
            key_names: table.key_names(),
            shards: vec![],
            by_id: BTreeMap::new(),
            log: Log::Generated(Traffic::new(table, seed, origin, start, rate)),
            schedule: schedule(table, start),
        };
        stream.add_roots(weights(table), origin);
        // The shards of a stream do not all roll over at once.
        for shard in &mut stream.shards {
            let part = mix_text(seed, shard.id.as_str()) % ROLLOVER.as_secs();
            shard.rolls_at = Some(origin.plus(Duration::from_secs(600 + part)));
        }
        stream.advance(start);
        service.add(stream);
    }
}

fn weights(table: Table) -> &'static [u64] {
    match table {
        Table::Orders => &[8, 4, 3],
        Table::Payments => &[3, 2],
        Table::Sessions => &[5, 3],
        Table::Inventory | Table::Audit | Table::Catalogue => &[1],
    }
}

fn schedule(table: Table, start: Time) -> Schedule {
    let hours_ago = |hours| start.minus(Duration::from_hours(hours));
    let soon = start.plus(Duration::from_mins(1));
    let (splits, keeps_splitting) = match table {
        Table::Orders => (vec![soon, hours_ago(3), hours_ago(11)], true),
        Table::Payments => (vec![hours_ago(7)], false),
        Table::Sessions => (vec![hours_ago(17)], false),
        Table::Inventory | Table::Audit | Table::Catalogue => (vec![], false),
    };
    let disables_at = (table == Table::Audit).then(|| hours_ago(3));
    Schedule { splits, keeps_splitting, most_open: MOST_OPEN, rolls: true, disables_at }
}

/// Adds a stream of 250 shards in four generations, written over the 23 hours before `start`.
pub fn add_wide_stream(service: &mut Service, seed: u64, start: Time) -> StreamArn {
    let hours_ago = |hours| start.minus(Duration::from_hours(hours));
    let created_at = hours_ago(23);
    let mut stream = Stream {
        arn: arn("fleet", created_at),
        view: ViewType::NewAndOldImages,
        created_at,
        disabled_at: None,
        key_names: vec!["pk"],
        shards: vec![],
        by_id: BTreeMap::new(),
        log: Log::Written(Written::new(seed, created_at)),
        schedule: Schedule::default(),
    };
    stream.add_roots(&[1; 32], created_at);
    // 32 roots, 64 children, 64 after them, 26 of those split: 32 + 64 + 64 + 90 = 250.
    let mut versions = [0_u32; 500];
    for (generation, from, splits) in [(0, 23, 32), (1, 17, 0), (2, 11, 26), (3, 5, 0)] {
        write_generation(&mut stream, &mut versions, seed ^ generation, hours_ago(from));
        if generation < 3 {
            let closing = hours_ago(from - 6);
            let open: Vec<usize> = stream.open_shards().map(|shard| shard.index).collect();
            for (at, index) in open.into_iter().enumerate() {
                if at < splits {
                    stream.split(index, closing);
                } else {
                    stream.roll(index, closing);
                }
            }
        }
    }
    let arn = stream.arn.clone();
    service.add(stream);
    arn
}

/// A thousand records, over five hours.
fn write_generation(stream: &mut Stream, versions: &mut [u32], seed: u64, from: Time) {
    let mut dice = fastrand::Rng::with_seed(seed);
    for step in 0..1_000_u64 {
        let item = dice.usize(0..versions.len());
        let Some(version) = versions.get_mut(item) else { continue };
        let image = |version: u32| format!("{{\"n\":{{\"N\":\"{version}\"}},\"on\":{{\"BOOL\":true}}}}");
        let old = (*version > 0).then(|| image(*version));
        *version += 1;
        let new = image(*version);
        let key = format!("car#{item}");
        let put = Put { key: &key, old: old.as_deref(), new: Some(&new), by_ttl: false };
        stream.put(&put, REGION, from.plus(Duration::from_millis(step * 18_000)));
    }
}
