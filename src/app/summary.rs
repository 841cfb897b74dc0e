//! What is left in the scrollback when the explorer ends.

use std::time::Duration;

use super::AppState;
use super::capturing::Capturing;
use super::reading::DOLLARS_PER_CALL;
use super::row_text::plural;
use crate::model::Time;
use crate::model::time::Zone;

/// A number with its thousands set apart: `12,408`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Dollars with as many digits as say something: `$0.0005`, `$0.08`, `$12`.
pub fn dollars(amount: f64) -> String {
    if amount >= 10.0 {
        format!("${amount:.0}")
    } else if !(0.000_05..0.01).contains(&amount) {
        format!("${amount:.2}")
    } else {
        format!("${amount:.4}")
    }
}

impl AppState {
    /// What was read, in one line; `None` where nothing was. Not yet safe for a terminal.
    pub fn summary(&self) -> Option<String> {
        let reading = self.reading.as_ref()?;
        if let Some(offline) = &self.offline {
            let (records, gaps) = (thousands(offline.so_far.records), plural(reading.store.gaps(), "gap"));
            return Some(format!("{} · {records} records · {gaps}", offline.files.join(" ")));
        }
        let tables: Vec<&str> = reading.followers.iter().map(|follower| follower.stream().table()).collect();
        let tables = tables.join(" ");
        // From when records were asked for, not from when they were asked.
        let is_from_oldest = reading.since == Time::OLDEST;
        let (from, again) = if is_from_oldest {
            ("oldest".to_owned(), "--from trim-horizon".to_owned())
        } else {
            // A bare time is a moment of the last 24 hours, in UTC.
            let is_recent = self.now.since(reading.since) < Duration::from_hours(23);
            let since =
                if is_recent { reading.since.clock_minutes(Zone::Utc) } else { reading.since.to_string() };
            (reading.since.clock_minutes(self.zone), format!("--since {since}"))
        };
        let to = self.now.clock_minutes(self.zone);
        let records = thousands(reading.events.total());
        let gaps = plural(reading.store.gaps(), "gap");
        let calls = thousands(reading.call_count);
        let cost = dollars(reading.call_count as f64 * DOLLARS_PER_CALL);
        let zone = self.zone.name();
        let captured = self.capturing.as_ref().map(|Capturing { path, kept, .. }| {
            let missing = if kept.is_whole() { "" } else { ", not all" };
            format!(" · {} captured to {path}{missing}", thousands(kept.records))
        });
        let captured = captured.unwrap_or_default();
        Some(format!(
            "{tables} {from}–{to} {zone} · {records} records · {gaps} · {calls} calls ≈ {cost}{captured} · again: dynascope {tables} {again}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 0.000_004, 0.000_46, 0.083, 12.4].map(dollars),
            ["$0.00", "$0.00", "$0.0005", "$0.08", "$12"]
        );
    }
}
