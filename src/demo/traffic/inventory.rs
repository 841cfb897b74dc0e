//! `inventory`: a few hundred items that change all day, with every type of attribute.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Change, Facts, pick};
use crate::demo::dice::{mix, percent};
use crate::demo::item::Item;

const ITEMS: u64 = 512;
/// Rounds before the first tick, so that every item has a past.
const FIRST_ROUND: u64 = 1_000;
/// An item is taken off the list and comes back once in so many rounds.
const LIFE: u64 = 60;

/// The change at a tick: each round comes to every item once, in an order of its own.
pub fn change_at(seed: u64, tick: u64) -> Option<Change> {
    let version = tick / ITEMS + FIRST_ROUND;
    let die = mix(seed, version);
    let entity = (tick % ITEMS).wrapping_mul(die | 1).wrapping_add(die >> 32) % ITEMS;
    Some(Change { entity, version }).filter(|change| happens(seed, *change))
}

fn happens(seed: u64, change: Change) -> bool {
    is_inserted(change) || is_removed(change) || percent(seed ^ change.entity, change.version, 70)
}

pub fn before(seed: u64, change: Change) -> Option<Change> {
    let birth = change.version - age(change);
    let earlier = (birth..change.version).rev().map(|version| Change { version, ..change });
    earlier.into_iter().find(|earlier| happens(seed, *earlier))
}

/// Rounds since the item came onto the list; each item has its own.
fn age(change: Change) -> u64 {
    (change.version + change.entity) % LIFE
}

pub fn is_inserted(change: Change) -> bool {
    age(change) == 0
}

pub fn is_removed(change: Change) -> bool {
    age(change) == LIFE - 1
}

const WAREHOUSES: &[&str] = &["DUB-1", "ORK-2", "CPH-1", "東京-3"];
const NOTES: &[&str] =
    &["", "fragile", "naïve café — 100 % ☕", "línea\nnueva \"cited\" \\ tab\tend", "👩‍👩‍👧 family pack", "عربى"];
/// 38 digits, the most that DynamoDB keeps.
const DIGITS: &str = "1234567890123456789012345678901234567";

pub fn keys(facts: &Facts, item: &mut Item) {
    item.text("warehouse", pick(facts.entity, WAREHOUSES));
    item.number("sku", 40_000 + facts.entity);
}

pub fn attributes(facts: &Facts, item: &mut Item) {
    let stock = facts.roll(1) % 500;
    item.number("stock", stock);
    item.boolean("inStock", stock > 20);
    item.number("version", facts.version);
    item.text("name", pick(facts.die(2), &["Gadget", "Gizmo — größer", "Widget", "部品"]));
    // Changes rarely, so that most records differ in a few attributes only.
    item.text("note", pick(facts.die(3).wrapping_add(facts.version / 7), NOTES));
    item.number("checksum", format_args!("{DIGITS}{}", facts.version % 10));
    item.number("weight", format_args!("{}.{}E-3", 1 + facts.die(4) % 9, 1 + facts.die(5) % 9));
    item.number("delta", stock as i64 - 250);
    item.set("tags", "SS", tags(facts));
    item.set("sizes", "NS", (0..=facts.die(6) % 3).map(|size| 36 + 2 * size));
    item.set("photos", "BS", (0..2).map(|photo| encoded(facts.die(20 + photo))));
    item.binary("digest", &encoded(facts.roll(7)));
    if facts.version % 5 < 2 {
        item.null("discontinued");
    }
    item.map("location", |location| {
        location.text_of("aisle", format_args!("A{}", facts.die(8) % 30));
        location.map("shelf", |shelf| {
            shelf.number("level", facts.die(9) % 6);
            shelf.list("bins", |bins| {
                for bin in 0..=facts.version % 3 {
                    bins.map("", |entry| {
                        entry.text_of("bin", format_args!("b{bin}"));
                        entry.list("counts", |counts| {
                            counts.number("", facts.roll(30 + bin) % 50);
                            counts.number("", facts.die(30 + bin) % 50);
                            counts.null("");
                        });
                    });
                }
            });
        });
    });
    item.map("attributes.with \"odd\" names", |odd| {
        odd.text("", "empty name");
        odd.boolean("a.b[0]", facts.version.is_multiple_of(2));
        odd.map("empty", |_| {});
        odd.list("none", |_| {});
    });
    item.list("suppliers", |suppliers| {
        for supplier in 0..=facts.die(11) % 3 {
            suppliers.text_of("", format_args!("sup#{}", (facts.die(12) + supplier) % 40));
        }
    });
}

fn tags(facts: &Facts) -> impl Iterator<Item = &'static str> {
    let chosen = facts.die(13).wrapping_add(facts.version / 3);
    let tags = ["new", "sale", "heavy", "éco", "b-stock"];
    // At least one: DynamoDB has no empty sets.
    tags.into_iter().enumerate().filter(move |(at, _)| *at == 0 || chosen >> at & 1 == 1).map(|(_, tag)| tag)
}

fn encoded(die: u64) -> String {
    STANDARD.encode(die.to_be_bytes())
}
