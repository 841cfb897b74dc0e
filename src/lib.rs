//! dynascope: a terminal explorer for Amazon DynamoDB Streams.
//!
//! The floors of the house, each using only those below it:
//!
//! ```text
//! main
//! cli                                 explore · demo · tail · streams · shards
//! runtime                output       the one loop of the explorer | records as text
//! ui  |  fetcher  |  demo             the face | the hands | an embedded service
//! app |  source                       the pure core | the door to AWS
//! follow · store                      what to read next · where records are kept
//! model                               what a stream is
//! ```

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod fetcher;
pub mod files;
pub mod follow;
pub mod logging;
pub mod model;
pub mod output;
pub mod query;
pub mod runtime;
pub mod search;
pub mod source;
pub mod store;
pub mod terminal;
pub mod ui;
