//! An embedded DynamoDB Streams service with live, realistic tables: no account, no network.
//!
//! ```text
//! http       the service on loopback
//! answer     requests and answers as JSON
//! service    the four calls · by_hand: filling it in tests · faults: what goes wrong on purpose
//! stream     shards, splits, rollovers · reading: a page · iterator · request · refusal
//! log        records, written or generated · record, item: as JSON
//! place      sequence numbers
//! inquiry    what soak tests ask
//! traffic    the tables: every record a function of the seed and its place
//! ```

pub mod answer;
mod by_hand;
mod dice;
pub mod faults;
pub mod http;
mod inquiry;
mod item;
mod iterator;
mod log;
mod place;
mod reading;
mod record;
mod refusal;
pub mod request;
pub mod service;
mod shard;
mod stream;
mod traffic;

#[cfg(test)]
mod tests;

pub use by_hand::Witness;
pub use faults::{Fault, Faults, Rule, When};
pub use http::Demo;
pub use reading::RecordsPage;
pub use refusal::{Refusal, RefusalKind};
pub use service::Service;
pub use traffic::tables::{add_tables, add_wide_stream};

use crate::model::Time;

/// How the demo is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoConfig {
    /// The same seed and start give the same bytes.
    pub seed: u64,
    /// Model time at the beginning; by default the real one.
    pub start: Option<Time>,
    /// How many times as fast as real time model time runs.
    pub speed: f64,
    /// Multiplies the traffic of about 30 records a second.
    pub rate: f64,
    /// Let things go wrong, chosen by the seed.
    pub faults: bool,
    pub contents: Contents,
}

/// The streams that are there at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// orders, payments, sessions, inventory, audit, catalogue.
    Tables,
    /// One stream, fleet, of 250 shards in four generations with 4,000 records.
    Wide,
    Nothing,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self { seed: 1, start: None, speed: 1.0, rate: 1.0, faults: false, contents: Contents::Tables }
    }
}
