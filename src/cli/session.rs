//! What every command needs: AWS configured, and the streams that are meant.

use tokio::sync::mpsc;

use super::Global;
use super::asking::Asking;
use super::exit::{Failure, complain};
use crate::app::StreamArgument;
use crate::config::Pace;
use crate::fetcher::{Fetcher, Limits};
use crate::follow::{Report, Request};
use crate::model::{ClockOffset, StreamArn, StreamStatus};
use crate::source::Aws;

/// Reports that wait to be handled: each may hold a page of a megabyte.
pub const REPORTS: usize = 32;
pub const REQUESTS: usize = 64;

/// An endpoint of the user's own is nobody else's; on AWS we are a polite second reader.
pub fn limits(aws: &Aws, pace: Pace) -> Limits {
    let usual = if aws.custom_endpoint().is_some() { Limits::CUSTOM } else { Limits::AWS };
    Limits { get_records: pace.get_records().unwrap_or(usual.get_records), ..usual }
}

/// What to say at the start: streams are read from AWS although another endpoint may be meant.
pub fn hint(aws: &Aws) -> Option<&'static str> {
    aws.hint().filter(|_| aws.custom_endpoint().is_none())
}

/// A running fetcher on a configured AWS.
#[derive(Debug)]
pub struct Session {
    pub requests: mpsc::Sender<Request>,
    pub reports: mpsc::Receiver<Report>,
    /// The service's clock, once it has answered.
    pub clock: Option<ClockOffset>,
}

impl Session {
    /// Configures AWS and starts the fetcher. `streams` may name a region.
    pub async fn open(global: &Global, streams: &[StreamArgument]) -> Result<Self, Failure> {
        let config = global.load_config()?;
        let aws = Aws::configure(&global.settings(), region_hint(streams)).await?;
        if let Some(hint) = hint(&aws) {
            complain(hint);
        }
        let limits = limits(&aws, config.pace);
        let (request_sender, requests) = mpsc::channel(REQUESTS);
        let (report_sender, reports) = mpsc::channel(REPORTS);
        tokio::spawn(Fetcher::new(aws, limits, report_sender).run(requests));
        Ok(Self { requests: request_sender, reports, clock: None })
    }

    /// The streams that the arguments mean.
    pub async fn resolve(&mut self, streams: &[StreamArgument]) -> Result<Vec<StreamArn>, Failure> {
        let mut resolved = vec![];
        for stream in streams {
            resolved.push(match stream {
                StreamArgument::Arn(arn) => arn.clone(),
                StreamArgument::Table(table) => self.newest(table).await?,
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

/// The region of the first stream that names one.
pub fn region_hint(streams: &[StreamArgument]) -> Option<&str> {
    streams.iter().find_map(|stream| match stream {
        StreamArgument::Arn(arn) => Some(arn.region()),
        StreamArgument::Table(_) => None,
    })
}
