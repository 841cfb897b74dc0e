//! `audit`: who did something when; only keys, on a stream that was switched off.

use super::{Facts, pick};
use crate::demo::dice::mix;
use crate::demo::item::Item;

const ACTORS: u64 = 40;
const NAMES: &[&str] = &["ana", "bo", "chi", "dara", "eve"];

/// Whose deed it is: the partition key.
pub fn actor(seed: u64, entity: u64) -> u64 {
    mix(seed ^ 0xac70, entity) % ACTORS
}

pub fn keys(facts: &Facts, item: &mut Item) {
    let actor = actor(facts.seed, facts.entity);
    item.text_of("actor", format_args!("{}-{}", pick(actor, NAMES), actor / NAMES.len() as u64));
    // No two deeds share a number.
    item.number("at", facts.entity);
}
