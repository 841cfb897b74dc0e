//! The four API calls, in their own names; credentials; the translation of errors.

pub mod aws;
mod body;
mod calls;
pub mod capture;
mod clients;
mod connector;
mod credentials;
mod description;
mod effective;
mod environment;
mod error;
mod process;
mod profile;
mod service_clock;
pub mod wire;

pub use aws::Aws;
pub use body::RecordsBody;
pub use effective::{Effective, effective};
pub use environment::{ConfigError, Settings};

use std::fmt;
use std::future::Future;

use crate::follow::{Ask, Position};
use crate::model::{ClockOffset, ShardId, SourceError, StreamArn, StreamDescription, StreamSummary};
use wire::RecordsAnswer;

/// A place in a shard, as the service hands it out. It names the account and the table, so it is
/// never shown, logged or kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ShardIterator(String);

impl ShardIterator {
    pub fn new(token: String) -> Self {
        Self(token)
    }

    fn token(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ShardIterator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShardIterator(…)")
    }
}

/// One page of ListStreams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamsPage {
    pub streams: Vec<StreamSummary>,
    /// Where the next page starts.
    pub more: Option<StreamArn>,
}

/// The API of DynamoDB Streams. One attempt a call; nothing is retried here.
pub trait StreamSource: Clone + Send + Sync + 'static {
    fn list_streams(
        &self,
        table: Option<&str>,
        after: Option<&StreamArn>,
    ) -> impl Future<Output = Result<StreamsPage, SourceError>> + Send;

    fn describe_stream(
        &self,
        stream: &StreamArn,
        ask: &Ask,
    ) -> impl Future<Output = Result<StreamDescription, SourceError>> + Send;

    fn get_shard_iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> impl Future<Output = Result<ShardIterator, SourceError>> + Send;

    /// Asks for one page of at most `limit` records (1 to 1000). No sense is made of it yet.
    fn get_records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: u16,
    ) -> impl Future<Output = Result<RecordsBody, SourceError>> + Send;

    /// Makes sense of a page. An error is what a failed call would be: nothing of the body counts.
    fn read_records(&self, body: RecordsBody) -> Result<RecordsAnswer, SourceError>;

    /// Looks for credentials anew: none that were found before are used any more.
    fn renew(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// What renews credentials that have expired, as a sentence.
    fn renewal(&self) -> String {
        String::new()
    }

    /// How far the service's clock is ahead of ours; absent before its first answer.
    fn clock_offset(&self) -> Option<ClockOffset> {
        None
    }
}
