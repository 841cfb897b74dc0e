//! The four calls through the AWS SDK. Nothing else of AWS is ever called: dynascope only reads.

use aws_sdk_dynamodbstreams::types::{ShardFilter, ShardFilterType, ShardIteratorType};
use aws_smithy_types::DateTime;

use super::aws::Aws;
use super::body::RecordsBody;
use super::clients::{Clients, load};
use super::connector;
use super::description::description;
use super::environment::{Process, Settings};
use super::profile;
use super::wire::RecordsAnswer;
use super::{ShardIterator, StreamSource, StreamsPage};
use crate::follow::{Ask, Position};
use crate::model::{
    ClockOffset, ErrorKind, Operation, ShardId, SourceError, StreamArn, StreamDescription, StreamSummary,
};

impl StreamSource for Aws {
    async fn list_streams(
        &self,
        table: Option<&str>,
        after: Option<&StreamArn>,
    ) -> Result<StreamsPage, SourceError> {
        let call = self
            .client(&self.region)
            .list_streams()
            .set_table_name(table.map(str::to_owned))
            .set_exclusive_start_stream_arn(after.map(ToString::to_string));
        let failed = |error| self.failed(&error, Operation::ListStreams, &self.region);
        let output = call.send().await.map_err(failed)?;
        // No streams are an empty list; an answer without a list is none.
        if output.streams.is_none() {
            return Err(self.no_answer(Operation::ListStreams, "no Streams"));
        }
        let streams = output.streams().iter().filter_map(|stream| {
            let arn = StreamArn::parse(stream.stream_arn()?).ok()?;
            let (table, label) = (arn.table().to_owned(), arn.label().to_owned());
            Some(StreamSummary { arn, table, label })
        });
        let more = output.last_evaluated_stream_arn().and_then(|arn| StreamArn::parse(arn).ok());
        Ok(StreamsPage { streams: streams.collect(), more })
    }

    async fn describe_stream(&self, stream: &StreamArn, ask: &Ask) -> Result<StreamDescription, SourceError> {
        let call = self.client_of(stream).describe_stream().stream_arn(stream.as_str());
        let call = match ask {
            Ask::Shards { after } => {
                call.set_exclusive_start_shard_id(after.as_ref().map(ToString::to_string))
            }
            Ask::ChildrenOf(shard) => call.shard_filter(
                ShardFilter::builder().r#type(ShardFilterType::ChildShards).shard_id(shard.as_str()).build(),
            ),
        };
        let failed = |error| self.failed(&error, Operation::DescribeStream, self.region_of(stream));
        let output = call.send().await.map_err(failed)?;
        output
            .stream_description()
            .map(description)
            .ok_or_else(|| self.no_answer(Operation::DescribeStream, "no StreamDescription"))
    }

    async fn get_shard_iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, SourceError> {
        let call =
            self.client_of(stream).get_shard_iterator().stream_arn(stream.as_str()).shard_id(shard.as_str());
        let call = match position {
            Position::TrimHorizon => call.shard_iterator_type(ShardIteratorType::TrimHorizon),
            Position::Latest => call.shard_iterator_type(ShardIteratorType::Latest),
            Position::AtTimestamp(time) => call
                .shard_iterator_type(ShardIteratorType::AtTimestamp)
                .timestamp(DateTime::from_millis(time.millis())),
            Position::AtSequenceNumber(number) => {
                call.shard_iterator_type(ShardIteratorType::AtSequenceNumber).sequence_number(number.as_str())
            }
            Position::AfterSequenceNumber(number) => call
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(number.as_str()),
        };
        let failed = |error| self.failed(&error, Operation::GetShardIterator, self.region_of(stream));
        let output = call.send().await.map_err(failed)?;
        let iterator = output.shard_iterator().filter(|token| !token.is_empty());
        iterator
            .map(|token| ShardIterator::new(token.to_owned()))
            .ok_or_else(|| self.no_answer(Operation::GetShardIterator, "no ShardIterator"))
    }

    async fn get_records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: u16,
    ) -> Result<RecordsBody, SourceError> {
        let call =
            self.client_of(stream).get_records().shard_iterator(iterator.token()).limit(i32::from(limit));
        let failed = |error| self.failed(&error, Operation::GetRecords, self.region_of(stream));
        // The service quotes a request that it rejects.
        let quiet = |error: SourceError| SourceError {
            message: error.message.replace(iterator.token(), "…"),
            ..error
        };
        let call = async { call.send().await.map(|_| ()).map_err(failed).map_err(quiet) };
        connector::body_of(call).await
    }

    fn read_records(&self, body: RecordsBody) -> Result<RecordsAnswer, SourceError> {
        let read = body.read();
        self.buffers.give_back(body.bytes);
        let operation = Operation::GetRecords;
        read.map_err(|kind| self.hinted(SourceError { operation, kind, message: String::new() }))
    }

    async fn renew(&self) {
        let Some(settings) = &self.settings else { return };
        // A region is not looked for again: only who we are may change.
        let settings = Settings { region: Some(self.region.clone()), ..settings.clone() };
        let loading = tokio::time::timeout(self.patience, load(&settings, &self.plain_http, self.patience));
        if let Ok(config) = loading.await {
            *self.clients() = Clients::new(config, &self.http, self.patience);
        }
    }

    fn renewal(&self) -> String {
        self.settings.as_ref().map_or_else(String::new, |settings| profile::renewal(settings, &Process))
    }

    fn clock_offset(&self) -> Option<ClockOffset> {
        self.service_clock.offset()
    }
}

impl Aws {
    /// A success that says nothing.
    fn no_answer(&self, operation: Operation, excerpt: &str) -> SourceError {
        let kind = ErrorKind::NotDynamoDb { status: 200, excerpt: excerpt.to_owned() };
        self.hinted(SourceError { operation, kind, message: String::new() })
    }
}
