//! What every command needs: AWS configured, and the streams that are meant.

use tokio::sync::mpsc;

use super::asking::Asking;
use super::exit::Failure;
use crate::fetcher::{Fetcher, Limits};
use crate::follow::{Report, Request};
use crate::model::{StreamArn, StreamStatus};
use crate::source::{Aws, Settings};

/// Reports that wait to be handled: each may hold a page of a megabyte.
const REPORTS: usize = 32;
const REQUESTS: usize = 64;

/// A running fetcher on a configured AWS.
#[derive(Debug)]
pub struct Session {
    pub requests: mpsc::Sender<Request>,
    pub reports: mpsc::Receiver<Report>,
}

impl Session {
    /// Configures AWS and starts the fetcher. `streams` may name a region.
    pub async fn open(settings: &Settings, streams: &[String]) -> Result<Self, Failure> {
        let arns = streams.iter().filter(|stream| is_arn(stream));
        let arns = arns.map(|arn| StreamArn::parse(arn)).collect::<Result<Vec<_>, _>>()?;
        let aws = Aws::configure(settings, arns.first().map(StreamArn::region)).await?;
        let limits = if aws.custom_endpoint().is_some() { Limits::CUSTOM } else { Limits::AWS };
        let (request_sender, requests) = mpsc::channel(REQUESTS);
        let (report_sender, reports) = mpsc::channel(REPORTS);
        tokio::spawn(Fetcher::new(aws, limits, report_sender).run(requests));
        Ok(Self { requests: request_sender, reports })
    }

    /// The streams that the arguments mean.
    pub async fn resolve(&mut self, streams: &[String]) -> Result<Vec<StreamArn>, Failure> {
        let mut resolved = vec![];
        for stream in streams {
            resolved.push(if is_arn(stream) {
                StreamArn::parse(stream)?
            } else {
                self.newest(stream).await?
            });
        }
        Ok(resolved)
    }

    /// A table's newest enabled stream, else its newest.
    async fn newest(&mut self, table: &str) -> Result<StreamArn, Failure> {
        let mut asking = Asking::new(self);
        let mut streams = asking.streams(Some(table)).await?;
        streams.retain(|stream| stream.table == table);
        // Labels are times.
        streams.sort_by(|a, b| b.label.cmp(&a.label));
        if let [only] = &streams[..] {
            return Ok(only.arn.clone());
        }
        for stream in &streams {
            if asking.glance(&stream.arn).await?.status == StreamStatus::Enabled {
                return Ok(stream.arn.clone());
            }
        }
        let newest = streams.first().map(|stream| stream.arn.clone());
        newest.ok_or_else(|| {
            Failure::new(format!(
                "no stream was found for the table \"{table}\": check its name, the region and the account; \
                 a table needs a stream (aws dynamodb update-table --stream-specification …)"
            ))
        })
    }
}

fn is_arn(stream: &str) -> bool {
    stream.starts_with("arn:")
}
