//! The explorer without a terminal and without a network: keys and reports in, screens and
//! effects out.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "explorer/captures.rs"]
mod captures;
#[path = "explorer/diff.rs"]
mod diff;
#[path = "explorer/exports.rs"]
mod exports;
#[path = "explorer/filter.rs"]
mod filter;
#[path = "explorer/history.rs"]
mod history;
#[path = "explorer/journeys.rs"]
mod journeys;
#[path = "explorer/noise.rs"]
mod noise;
#[path = "explorer/offline.rs"]
mod offline;
#[path = "explorer/palette.rs"]
mod palette;
#[path = "explorer/position.rs"]
mod position;
#[path = "explorer/properties.rs"]
mod properties;
#[path = "explorer/reducer.rs"]
mod reducer;
#[path = "explorer/stage.rs"]
mod stage;
