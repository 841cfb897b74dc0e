//! `catalogue`: a few products of about 300 KB each, which now and then change in a few places.

use std::fmt::Write as _;

use super::{Change, Facts, pick};
use crate::demo::dice::mix;
use crate::demo::item::Item;

const ITEMS: u64 = 12;
/// Rounds before the first tick, so that every item has a past.
const FIRST_ROUND: u64 = 1_000;
const VARIANTS: u64 = 900;
const CHAPTERS: u64 = 16;
const SENTENCES: u64 = 60;

/// The change at a tick: each product in its turn.
pub fn change_at(tick: u64) -> Change {
    Change { entity: tick % ITEMS, version: tick / ITEMS + FIRST_ROUND }
}

/// Products are never taken off the list.
pub fn before(change: Change) -> Change {
    Change { version: change.version - 1, ..change }
}

/// How often one of many things has changed: each once in `period` versions, at its own time.
fn changes(version: u64, thing: u64, period: u64) -> u64 {
    (version + thing.wrapping_mul(7)) / period
}

pub fn keys(facts: &Facts, item: &mut Item) {
    item.text_of("productId", format_args!("prod#{}", 7_000 + facts.entity));
}

pub fn attributes(facts: &Facts, item: &mut Item) {
    let version = facts.version;
    item.text("title", pick(facts.die(1), &["Trail shoe", "Rain jacket", "Sac à dos", "テント", "Daypack"]));
    item.number("version", version);
    item.text("state", if version % 9 < 7 { "LISTED" } else { "IN REVIEW" });
    item.map("manual", |manual| {
        for chapter in 0..CHAPTERS {
            manual.text(&format!("chapter{:02}", chapter + 1), &text(facts, chapter));
        }
    });
    // The oldest variant goes, and a new one comes.
    let first = version / 23;
    item.list("variants", |variants| {
        for number in first..first + VARIANTS {
            variants.map("", |variant| write_variant(facts, variant, number));
        }
    });
}

fn write_variant(facts: &Facts, variant: &mut Item, number: u64) {
    let die = |what: u64| mix(facts.die(what), number);
    let version = facts.version;
    variant.text_of("sku", format_args!("{}-{number:05}", 7_000 + facts.entity));
    variant.text("colour", pick(die(2), &["anthracite", "moss", "rust", "écru", "navy"]));
    variant.number("size", 36 + number % 12);
    variant.cents("price", 4_900 + die(3) % 9_000 + 100 * (changes(version, number, 601) % 7));
    variant.number("stock", mix(die(4), changes(version, number, 307)) % 500);
    variant.map("box", |dimensions| {
        dimensions.number("height", format_args!("{}.{}", 10 + die(5) % 30, die(6) % 10));
        dimensions.number("width", 20 + die(7) % 30);
        dimensions.number("weight", format_args!("0.{:03}", die(8) % 1_000));
    });
    let codes = (0..=die(9) % 2).map(|code| format!("{:013}", die(10 + code) % 10_000_000_000_000));
    variant.set("barcodes", "SS", codes);
}

/// A chapter in which now and then a word is another.
fn text(facts: &Facts, chapter: u64) -> String {
    const PLACES: &[&str] = &["shade", "cool water", "a dry place", "mild soap", "fresh air"];
    let mut text = String::with_capacity(4_096);
    for sentence in 0..SENTENCES {
        let thing = chapter * SENTENCES + sentence;
        let die = mix(facts.die(20 + chapter), sentence * 1_000 + changes(facts.version, thing, 701));
        let _ =
            write!(text, "{}. Keep it in {}, not above {} °C. ", sentence + 1, pick(die, PLACES), die % 60);
    }
    text
}
