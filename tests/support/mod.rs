//! What the tests of the whole program share: a terminal, DynamoDB Local, Python.
#![allow(dead_code, reason = "every test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "this is test code")]

pub mod aws_cli;
pub mod deadline;
pub mod dynamodb_local;
mod emulator;
pub mod keys;
pub mod program;
pub mod python;
pub mod screen;
pub mod scripted_server;
pub mod sequences;

use std::path::PathBuf;

/// What scripts/test fetched: where the variable says, else where it puts it.
pub fn fetched(variable: &str, default: &str) -> PathBuf {
    let path = std::env::var_os(variable)
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(default), PathBuf::from);
    assert!(path.exists(), "{} is missing: run `scripts/test --fetch` once", path.display());
    path
}

/// The environment in which a child can reach no AWS but what the test names.
///
/// DynamoDB Local keeps one database for each access key and region: these are the ones that the
/// Python scripts use.
pub const AWS_ENVIRONMENT: [(&str, &str); 7] = [
    ("AWS_ACCESS_KEY_ID", "dynascope"),
    ("AWS_SECRET_ACCESS_KEY", "dynascope"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_DEFAULT_REGION", "eu-west-1"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
];
