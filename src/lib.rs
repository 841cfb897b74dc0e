//! dynascope: a terminal explorer for Amazon DynamoDB Streams.
//!
//! The floors of the house, each using only those below it (`tests/house.rs` guards them):
//!
//! ```text
//! main
//! cli                                      explore · demo · tail · item · open · cat · streams · shards · config · man
//! runtime                                  the one loop of the explorer
//! export, capture                          what leaves the explorer: the clipboard, files | captures
//! output                                   records as text
//! ui | fetcher, search | demo | terminal, clipboard   the face | the hands | an embedded service | doors
//! logging                                  a file, never the terminal
//! app | source | files                     the pure core | the door to AWS | private files
//! history, journal                         all records of one item | what belongs in a capture
//! store · query · follow · config · privacy   what is kept · what matches · what to read next
//! clock                                    the one door to the time
//! model                                    what a stream is
//! ```

pub mod app;
pub mod capture;
pub mod cli;
pub mod clipboard;
pub mod clock;
pub mod config;
pub mod demo;
pub mod export;
pub mod fetcher;
pub mod files;
pub mod follow;
pub mod history;
pub mod journal;
pub mod logging;
pub mod model;
pub mod output;
pub mod privacy;
pub mod query;
pub mod runtime;
pub mod search;
pub mod source;
pub mod store;
pub mod terminal;
pub mod ui;
