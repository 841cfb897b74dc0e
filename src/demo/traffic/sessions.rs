//! `sessions`: touched while they live, logged out or deleted by time to live.

use super::{Facts, pick};
use crate::demo::item::Item;

/// Created, touched three times, logged out, expired.
pub const LAGS: &[i64] = &[0, 60, 240, 600, 1_200, LIFE + 180];

const TOUCHES: [u64; 3] = [1, 2, 3];
const LOGGED_OUT: u64 = 4;
pub const EXPIRED: u64 = 5;
pub const REMOVALS: [u64; 2] = [LOGGED_OUT, EXPIRED];

/// Seconds from the creation of a session to its time to live.
const LIFE: i64 = 1_800;

pub fn steps(die: u64) -> u64 {
    let touched = TOUCHES.into_iter().filter(|lane| (die >> (8 * lane)) % 100 < 55);
    let end = if die % 100 < 30 { LOGGED_OUT } else { EXPIRED };
    touched.fold(1 | 1 << end, |steps, lane| steps | 1 << lane)
}

pub fn keys(facts: &Facts, item: &mut Item) {
    item.text_of("sessionId", format_args!("{:016x}", facts.die(1)));
}

const AGENTS: &[&str] =
    &["Firefox/145.0 (X11; Linux x86_64)", "Safari/26.1 (iPhone)", "curl/8.17.0", "Chrome/142"];
const PAGES: &[&str] = &["/", "/basket", "/checkout", "/account", "/search?q=l%C3%A1mpa", "/p/KB-87"];

pub fn attributes(facts: &Facts, item: &mut Item) {
    let touches = TOUCHES.into_iter().filter(|lane| facts.is_past(*lane)).count();
    item.text_of("userId", format_args!("cus#{}", facts.die(2) % 5_000));
    item.text("agent", pick(facts.die(3), AGENTS));
    item.text_of("ip", format_args!("198.51.100.{}", facts.die(4) % 256));
    item.number("createdAt", facts.step_at(0));
    item.number("expiresAt", facts.step_at(0) + LIFE);
    item.number("touches", touches);
    item.number("lastSeen", facts.updated_at());
    item.text("page", pick(facts.die(5).wrapping_add(touches as u64), PAGES));
    item.boolean("admin", facts.die(6).is_multiple_of(97));
}
