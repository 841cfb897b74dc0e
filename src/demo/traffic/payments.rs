//! `payments`: authorised, captured, at times refunded; only new images.

use super::{Facts, pick};
use crate::demo::item::Item;

/// Authorised, declined, captured, refunded.
pub const LAGS: &[i64] = &[0, 20, 90, 3_600];

const DECLINED: u64 = 1;
const CAPTURED: u64 = 2;
const REFUNDED: u64 = 3;

pub fn steps(die: u64) -> u64 {
    1 | match die % 100 {
        0..7 => 1 << DECLINED,
        7..15 => 1 << CAPTURED | 1 << REFUNDED,
        _ => 1 << CAPTURED,
    }
}

pub fn keys(facts: &Facts, item: &mut Item) {
    item.text_of("paymentId", format_args!("pay#{}", facts.entity));
}

pub fn attributes(facts: &Facts, item: &mut Item) {
    let state = match facts.version {
        _ if facts.is_past(REFUNDED) => "REFUNDED",
        _ if facts.is_past(CAPTURED) => "CAPTURED",
        _ if facts.is_past(DECLINED) => "DECLINED",
        _ => "AUTHORISED",
    };
    let amount = 500 + facts.die(1) % 40_000;
    item.text("state", state);
    item.text_of("orderId", format_args!("ord#{}", facts.entity));
    item.cents("amount", amount);
    item.text("currency", pick(facts.die(2), &["EUR", "EUR", "EUR", "GBP", "USD"]));
    item.map("card", |card| {
        card.text("brand", pick(facts.die(3), &["visa", "mastercard", "amex"]));
        card.text_of("last4", format_args!("{:04}", facts.die(4) % 10_000));
        card.boolean("threeDSecure", !facts.die(5).is_multiple_of(4));
    });
    item.number("risk", format_args!("0.{:03}", facts.die(6) % 1_000));
    item.number("createdAt", facts.step_at(0));
    item.number("updatedAt", facts.updated_at());
    if facts.is_past(CAPTURED) {
        item.cents("captured", amount);
    }
    if facts.is_past(REFUNDED) {
        item.cents("refunded", amount);
    }
    if facts.is_past(DECLINED) {
        item.text("declineCode", pick(facts.die(7), &["insufficient_funds", "expired_card", "do_not_honor"]));
    }
}
