//! The log: a file, never the terminal. It names calls and kinds of failure, never data.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::files;
use crate::model::text::sanitize;
use crate::model::{Operation, ShardId, SourceError, StreamArn};

/// Starts the log. `verbosity`: 0 says what failed, 1 what was done, 2 and more every call.
///
/// Only what this module writes goes into it: the SDK's own log holds records and key ids.
pub fn start(path: &Path, verbosity: u8) -> io::Result<()> {
    let level = match verbosity {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let file = files::append_private(path)?;
    let lines =
        tracing_subscriber::fmt::layer().with_ansi(false).with_target(false).with_writer(Mutex::new(file));
    let ours = Targets::new().with_target(module_path!(), level);
    tracing_subscriber::registry().with(lines).with(ours).try_init().map_err(io::Error::other)
}

/// A call to the service has been answered.
pub fn called(operation: Operation, stream: &StreamArn, shard: &ShardId) {
    tracing::debug!(%operation, table = %sanitize(stream.table()), shard = %sanitize(shard.as_str()), "ok");
}

/// A call to the service has failed.
pub fn failed(error: &SourceError, stream: Option<&StreamArn>, shard: Option<&ShardId>) {
    let (table, shard) = (stream.map_or("", StreamArn::table), shard.map_or("", ShardId::as_str));
    // Not the error's text: the service's words may quote what it was sent.
    tracing::warn!(operation = %error.operation, table = %sanitize(table), shard = %sanitize(shard), "{}", error.kind.label());
}

/// The program has begun.
pub fn began(version: &str) {
    tracing::info!(version, "dynascope");
}
