//! Realistic traffic, computed when it is read: every record is a function of the seed, the table
//! and its place. A day of history costs nothing until somebody reads it, and then no memory.
//!
//! A table's places are ticks of a clock with a few lanes each. In a table of lifecycles a tick
//! brings a new item in lane 0, and every other lane a later step in the life of an item that came
//! some ticks before. Items are shuffled within blocks, so that steps do not come in the order of
//! birth; lanes lie far enough apart that the steps of one item stay in order.

mod audit;
mod catalogue;
mod inventory;
mod orders;
mod payments;
mod rhythm;
mod sessions;
pub mod tables;

use super::dice::mix;
use super::item::{Item, write_map};
use super::place::Place;
use super::record::Part;
use super::shard::KeyRange;
use crate::model::{EventName, Time, ViewType};
use rhythm::Rhythm;

/// One of the demo's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Orders,
    Payments,
    Sessions,
    Inventory,
    Audit,
    Catalogue,
}

/// The items of a table and how often something happens to them.
#[derive(Debug)]
pub struct Traffic {
    seed: u64,
    table: Table,
    view: ViewType,
    /// The time of place 0.
    origin: Time,
    /// Nanoseconds from one place to the next.
    slot: i64,
    /// Items are shuffled within blocks of this many ticks, a power of two.
    block: u64,
    /// By lane: how many ticks after the birth of an item.
    lags: Vec<u64>,
    rhythm: Rhythm,
}

/// A change of an item: for lifecycles `version` is the lane, else the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub entity: u64,
    pub version: u64,
}

/// Ordinals of items start here, so that history before the first tick has items too.
const FIRST: u64 = 1 << 24;
/// The shuffle spreads an item's steps over this long at most: less than any two steps are apart.
const SHUFFLE_NANOS: i64 = 16_000_000_000;

/// What a table tells of itself to write its items.
struct Facts<'a> {
    traffic: &'a Traffic,
    seed: u64,
    entity: u64,
    version: u64,
}

impl Facts<'_> {
    /// A number that depends on the item and on what is asked for.
    fn die(&self, what: u64) -> u64 {
        mix(self.seed ^ what.wrapping_mul(0x9e37_79b9), self.entity)
    }

    /// A number that depends on the item, its version, and on what is asked for.
    fn roll(&self, what: u64) -> u64 {
        mix(self.die(what), self.version)
    }

    /// When this item came to a step of its life: a little before its record. Epoch seconds.
    fn step_at(&self, lane: u64) -> i64 {
        self.traffic.step_at(self.entity, lane)
    }

    fn is_past(&self, lane: u64) -> bool {
        self.version >= lane && self.traffic.steps(self.entity) & (1 << lane) != 0
    }

    /// When the latest step so far was. Epoch seconds.
    fn updated_at(&self) -> i64 {
        self.step_at(self.version)
    }
}

impl Traffic {
    /// `origin` is the time of the first place, `start` the moment that the demo looks best at;
    /// `rate` multiplies the traffic.
    pub fn new(table: Table, seed: u64, origin: Time, start: Time, rate: f64) -> Self {
        let seed = mix(seed, table as u64);
        let rate = if rate.is_finite() { rate.clamp(0.001, 10_000.0) } else { 1.0 };
        let lanes = table.lags();
        let tick = (1e9 / (table.ticks_per_second() * rate)) as i64;
        let slot = (tick / lanes.len() as i64).max(1);
        let tick = slot * lanes.len() as i64;
        // The greatest power of two that fits.
        let block = 1_u64 << (SHUFFLE_NANOS / tick).max(1).ilog2();
        let lags = lanes.iter().map(|seconds| (seconds * 1_000_000_000 / tick) as u64).collect();
        let view = table.view();
        Self { seed, table, view, origin, slot, block, lags, rhythm: Rhythm { seed, start } }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn view(&self) -> &ViewType {
        &self.view
    }

    fn lanes(&self) -> u64 {
        self.lags.len() as u64
    }

    pub fn time_of(&self, place: Place) -> Time {
        let nanos = i64::try_from(place).unwrap_or(i64::MAX).saturating_mul(self.slot);
        Time::from_micros(self.origin.micros().saturating_add(nanos / 1_000))
    }

    /// The first place at or after `time`.
    pub fn place_at(&self, time: Time) -> Place {
        let nanos = time.micros().saturating_sub(self.origin.micros()).saturating_mul(1_000);
        if nanos <= 0 { 0 } else { (nanos as u64).div_ceil(self.slot as u64) }
    }

    /// The first change of a key of the range in the places from `from` to before `until`.
    pub fn find(&self, keys: KeyRange, from: Place, until: Place) -> Option<(Place, Change)> {
        (from..until).find_map(|place| {
            let change = self.change_at(place)?;
            keys.contains(self.key_hash(change.entity)).then_some((place, change))
        })
    }

    fn change_at(&self, place: Place) -> Option<Change> {
        let (tick, lane) = (place / self.lanes(), place % self.lanes());
        if self.table == Table::Inventory {
            return inventory::change_at(self.seed, tick);
        }
        if self.table == Table::Catalogue {
            return Some(catalogue::change_at(tick));
        }
        let birth = (tick + FIRST).checked_sub(*self.lags.get(lane as usize)?)?;
        let entity = shuffle(mix(self.seed, lane), birth, self.block);
        let happens = self.steps(entity) & (1 << lane) != 0 && self.is_born(entity);
        happens.then_some(Change { entity, version: lane })
    }

    /// More items are born in busy times.
    fn is_born(&self, entity: u64) -> bool {
        self.rhythm.admits(entity, Time::from_seconds(self.step_at(entity, 0)))
    }

    /// The steps of an item's life, a bit for each lane.
    fn steps(&self, entity: u64) -> u64 {
        let die = mix(self.seed ^ 0x57e9, entity);
        match self.table {
            Table::Orders => orders::steps(die),
            Table::Payments => payments::steps(die),
            Table::Sessions => sessions::steps(die),
            Table::Inventory | Table::Audit | Table::Catalogue => 1,
        }
    }

    /// The start of the block in which an item comes to a lane: never after its record.
    fn step_at(&self, entity: u64, lane: u64) -> i64 {
        let block = (entity / self.block * self.block) as i64 - FIRST as i64;
        let lag = self.lags.get(lane as usize).copied().unwrap_or(0) as i64;
        let nanos = (block + lag).saturating_mul(self.slot * self.lanes() as i64);
        self.origin.micros().saturating_add(nanos / 1_000) / 1_000_000
    }

    /// The change of the same item before this one.
    fn before(&self, change: Change) -> Option<Change> {
        if self.table == Table::Inventory {
            return inventory::before(self.seed, change);
        }
        if self.table == Table::Catalogue {
            return Some(catalogue::before(change));
        }
        let earlier = self.steps(change.entity) & ((1 << change.version) - 1);
        earlier.checked_ilog2().map(|lane| Change { version: u64::from(lane), ..change })
    }

    pub fn event_of(&self, change: Change) -> EventName {
        let removed = match self.table {
            Table::Orders => change.version == orders::ARCHIVED,
            Table::Sessions => sessions::REMOVALS.contains(&change.version),
            Table::Inventory => inventory::is_removed(change),
            Table::Payments | Table::Audit | Table::Catalogue => false,
        };
        let begins = match self.table {
            Table::Inventory => inventory::is_inserted(change),
            Table::Catalogue => false,
            Table::Orders | Table::Payments | Table::Sessions | Table::Audit => change.version == 0,
        };
        match (removed, begins) {
            (true, _) => EventName::Remove,
            (false, true) => EventName::Insert,
            (false, false) => EventName::Modify,
        }
    }

    pub fn removes_by_ttl(&self, change: Change) -> bool {
        self.table == Table::Sessions && change.version == sessions::EXPIRED
    }

    pub fn event_id(&self, place: Place) -> [u64; 2] {
        [mix(self.seed ^ 0xe1d0, place), mix(self.seed ^ 0xe1d1, place)]
    }

    /// Where the item's partition key lies in the space of hashes.
    fn key_hash(&self, entity: u64) -> u64 {
        let key = if self.table == Table::Audit { audit::actor(self.seed, entity) } else { entity };
        mix(self.seed ^ 0x4a54, key)
    }

    /// Writes keys or an image. Returns its size in bytes.
    pub fn write_part(&self, out: &mut String, change: Change, part: Part) -> usize {
        let shown = if part == Part::OldImage { self.before(change).unwrap_or(change) } else { change };
        let facts = Facts { traffic: self, seed: self.seed, entity: shown.entity, version: shown.version };
        write_map(out, |item: &mut Item| {
            let (keys, rest): (Writer, Writer) = match self.table {
                Table::Orders => (orders::keys, orders::attributes),
                Table::Payments => (payments::keys, payments::attributes),
                Table::Sessions => (sessions::keys, sessions::attributes),
                Table::Inventory => (inventory::keys, inventory::attributes),
                Table::Audit => (audit::keys, |_, _| {}),
                Table::Catalogue => (catalogue::keys, catalogue::attributes),
            };
            keys(&facts, item);
            if part != Part::Keys {
                rest(&facts, item);
            }
        })
    }
}

type Writer = fn(&Facts, &mut Item);

impl Table {
    pub const ALL: [Self; 6] =
        [Self::Orders, Self::Payments, Self::Sessions, Self::Inventory, Self::Audit, Self::Catalogue];

    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Sessions => "sessions",
            Self::Inventory => "inventory",
            Self::Audit => "audit",
            Self::Catalogue => "catalogue",
        }
    }

    pub fn view(self) -> ViewType {
        match self {
            Self::Orders | Self::Sessions | Self::Inventory | Self::Catalogue => ViewType::NewAndOldImages,
            Self::Payments => ViewType::NewImage,
            Self::Audit => ViewType::KeysOnly,
        }
    }

    /// Partition key, then sort key.
    pub fn key_names(self) -> Vec<&'static str> {
        match self {
            Self::Orders => vec!["orderId"],
            Self::Payments => vec!["paymentId"],
            Self::Sessions => vec!["sessionId"],
            Self::Inventory => vec!["warehouse", "sku"],
            Self::Audit => vec!["actor", "at"],
            Self::Catalogue => vec!["productId"],
        }
    }

    /// Seconds from the birth of an item to each step of its life, by lane.
    fn lags(self) -> &'static [i64] {
        match self {
            Self::Orders => orders::LAGS,
            Self::Payments => payments::LAGS,
            Self::Sessions => sessions::LAGS,
            Self::Inventory | Self::Audit | Self::Catalogue => &[0],
        }
    }

    /// At rate 1 and in the busiest times.
    fn ticks_per_second(self) -> f64 {
        match self {
            Self::Orders => 4.8,
            Self::Payments => 4.0,
            Self::Sessions => 3.2,
            Self::Inventory => 5.0,
            Self::Audit => 1.5,
            Self::Catalogue => 0.025,
        }
    }
}

/// Moves a number to another place in its block: one to one.
fn shuffle(seed: u64, number: u64, block: u64) -> u64 {
    let start = number / block * block;
    let die = mix(seed, start);
    // An odd factor and a shift are a permutation of any power of two.
    let within = (number - start).wrapping_mul(die | 1).wrapping_add(die >> 32) & (block - 1);
    start + within
}

/// One of a list of words.
fn pick<'a>(die: u64, words: &[&'a str]) -> &'a str {
    words.get((die % words.len().max(1) as u64) as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
