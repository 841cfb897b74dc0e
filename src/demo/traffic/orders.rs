//! `orders`: from PENDING to DELIVERED, or cancelled, with nested totals and lines.

use super::{Facts, pick};
use crate::demo::item::Item;

/// Placed, another line, paid at once, paid late, cancelled, shipped, delivered, archived.
pub const LAGS: &[i64] = &[0, 45, 120, 540, 900, 2_400, 7_200, 18_000];

const AMENDED: u64 = 1;
const PAID: [u64; 2] = [2, 3];
const CANCELLED: u64 = 4;
const SHIPPED: u64 = 5;
const DELIVERED: u64 = 6;
pub const ARCHIVED: u64 = 7;

pub fn steps(die: u64) -> u64 {
    let amended = u64::from(die % 100 < 35) << AMENDED;
    let rest = match (die >> 8) % 100 {
        0..68 => 1 << PAID[0] | 1 << SHIPPED | 1 << DELIVERED,
        68..86 => 1 << PAID[1] | 1 << SHIPPED | 1 << DELIVERED,
        _ => 1 << CANCELLED,
    };
    let archived = u64::from((die >> 16) % 100 < 60) << ARCHIVED;
    1 | amended | rest | archived
}

pub fn keys(facts: &Facts, item: &mut Item) {
    item.text_of("orderId", format_args!("ord#{}", facts.entity));
}

const GOODS: &[(&str, &str, u64)] = &[
    ("KB-87", "Mechanical keyboard, 87 keys", 8_990),
    ("MS-02", "Mouse, left-handed", 3_450),
    ("CB-15", "Cable USB-C, 1.5 m", 1_290),
    ("HD-40", "Headphones", 12_900),
    ("MG-11", "Mug \u{201c}it works on my machine\u{201d}", 1_190),
    ("NB-A5", "Notebook A5, dotted", 790),
    ("LP-07", "Desk lamp", 4_400),
];
const CITIES: &[&str] = &["Dublin", "Cork", "Köln", "København", "Łódź", "Paris", "Porto", "Zürich"];
const CARRIERS: &[&str] = &["DHL", "UPS", "An Post", "GLS"];

pub fn attributes(facts: &Facts, item: &mut Item) {
    let paid = PAID.into_iter().find(|lane| facts.is_past(*lane));
    let status = match facts.version {
        _ if facts.is_past(DELIVERED) => "DELIVERED",
        _ if facts.is_past(SHIPPED) => "SHIPPED",
        _ if facts.is_past(CANCELLED) => "CANCELLED",
        _ if paid.is_some() => "PAID",
        _ => "PENDING",
    };
    item.text("status", status);
    item.text_of("customerId", format_args!("cus#{}", facts.die(1) % 5_000));
    let lines = 1 + facts.die(2) % 3 + u64::from(facts.is_past(AMENDED));
    let mut amount = 0;
    item.list("lines", |list| {
        for line in 0..lines {
            let die = facts.die(10 + line);
            let Some((sku, name, price)) = GOODS.get((die % GOODS.len() as u64) as usize) else { continue };
            let quantity = 1 + (die >> 16) % 3;
            amount += price * quantity;
            list.map("", |entry| {
                entry.text("sku", sku);
                entry.text("name", name);
                entry.number("qty", quantity);
                entry.cents("price", *price);
            });
        }
    });
    item.map("total", |total| {
        total.cents("amount", amount);
        total.cents("tax", amount * 23 / 123);
        total.text("currency", "EUR");
    });
    item.map("shipTo", |address| {
        address.text("city", pick(facts.die(3), CITIES));
        address.text_of("street", format_args!("{} Main Street", 1 + facts.die(4) % 200));
        address.boolean("residential", facts.die(5).is_multiple_of(3));
    });
    item.number("placedAt", facts.step_at(0));
    item.number("updatedAt", facts.updated_at());
    item.number("version", 1 + (0..facts.version).filter(|lane| facts.is_past(*lane)).count());
    if let Some(lane) = paid {
        item.text_of("paymentId", format_args!("pay#{}", facts.entity));
        item.number("paidAt", facts.step_at(lane));
    }
    if facts.is_past(SHIPPED) {
        item.map("parcel", |parcel| {
            parcel.text("carrier", pick(facts.die(6), CARRIERS));
            parcel.text_of("tracking", format_args!("{:012}", facts.die(7) % 1_000_000_000_000));
        });
    }
    if facts.is_past(CANCELLED) {
        item.text("reason", pick(facts.die(8), &["payment not received", "customer", "out of stock"]));
    }
    let agent = if facts.version == 0 {
        "checkout"
    } else {
        pick(facts.roll(9), &["fulfilment", "billing", "ops:ana"])
    };
    item.text("updatedBy", agent);
}
