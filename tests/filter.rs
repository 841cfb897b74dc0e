//! The filter language beside a plain evaluator, and beside DynamoDB Local's own.

#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "this is test code")]

mod support;

#[path = "filter/oracle.rs"]
mod oracle;
#[path = "filter/plain.rs"]
mod plain;
#[path = "filter/property.rs"]
mod property;
#[path = "filter/samples.rs"]
mod samples;
