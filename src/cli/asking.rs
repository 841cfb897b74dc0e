//! Questions that are asked once and waited for.

use super::exit::Failure;
use super::session::Session;
use crate::follow::{Ask, ReadingId, Report, Request};
use crate::model::{ErrorKind, Lineage, ShardId, SourceError, StreamArn, StreamDescription, StreamSummary};

/// Failures in a row before an answer is no longer waited for.
const PATIENCE: u32 = 4;

/// Asks the service through the session's fetcher.
#[derive(Debug)]
pub struct Asking<'s> {
    session: &'s mut Session,
}

impl<'s> Asking<'s> {
    pub fn new(session: &'s mut Session) -> Self {
        Self { session }
    }

    /// All streams, or those of one table.
    pub async fn streams(&mut self, table: Option<&str>) -> Result<Vec<StreamSummary>, Failure> {
        let mut all: Vec<StreamSummary> = vec![];
        let mut after = None;
        loop {
            let request =
                Request::ListStreams { run: 0, table: table.map(str::to_owned), after: after.clone() };
            let Report::StreamsListed { streams, more, .. } = self.ask(request).await? else { continue };
            all.extend(streams);
            // A token that comes again would be followed for ever.
            if more.is_none() || more == after {
                return Ok(all);
            }
            after = more;
        }
    }

    /// The first page of a stream's description.
    pub async fn glance(&mut self, stream: &StreamArn) -> Result<StreamDescription, Failure> {
        self.describe(stream, None).await
    }

    /// A stream's description and all its shards.
    pub async fn shards(&mut self, stream: &StreamArn) -> Result<(StreamDescription, Lineage), Failure> {
        let mut lineage = Lineage::default();
        let mut after: Option<ShardId> = None;
        loop {
            let description = self.describe(stream, after.clone()).await?;
            for shard in &description.shards {
                lineage.merge(shard.clone());
            }
            let last = description.last_evaluated_shard.clone();
            if last.is_none() || last <= after {
                return Ok((description, lineage));
            }
            after = last;
        }
    }

    async fn describe(
        &mut self,
        stream: &StreamArn,
        after: Option<ShardId>,
    ) -> Result<StreamDescription, Failure> {
        let ask = Ask::Shards { after };
        let request = Request::DescribeStream { reading: ReadingId(0), stream: stream.clone(), ask };
        loop {
            if let Report::StreamDescribed { description, .. } = self.ask(request.clone()).await? {
                return Ok(*description);
            }
        }
    }

    async fn ask(&mut self, request: Request) -> Result<Report, Failure> {
        let gone = || Failure::new("the fetcher has ended; please report this");
        self.session.requests.send(request).await.map_err(|_| gone())?;
        let mut failures = 0;
        loop {
            match self.session.reports.recv().await.ok_or_else(gone)? {
                Report::CallDelayed { error, .. } => {
                    failures += 1;
                    if failures >= PATIENCE {
                        return Err(explained(&error));
                    }
                }
                Report::StreamsNotListed { error, .. } | Report::StreamNotDescribed { error, .. } => {
                    return Err(explained(&error));
                }
                Report::CredentialsLost { error, .. } => return Err(explained(&error)),
                Report::CredentialsRenewed => {}
                Report::ClockRead { offset } => self.session.clock = Some(offset),
                report @ (Report::StreamsListed { .. }
                | Report::StreamDescribed { .. }
                | Report::TailStarted { .. }
                | Report::PageRead { .. }
                | Report::TailSlowed { .. }
                | Report::TailStopped { .. }) => return Ok(report),
            }
        }
    }
}

/// What went wrong, and what to do about it.
pub fn explained(error: &SourceError) -> Failure {
    let advice = match &error.kind {
        ErrorKind::Credentials => "; set AWS_PROFILE or --profile, or log in (aws sso login, aws login)",
        ErrorKind::NotFound => "; check the name, the region, the account and the endpoint",
        ErrorKind::Network { .. } | ErrorKind::Timeout(_) => "; check the endpoint, the network and proxies",
        ErrorKind::NotDynamoDb { status: 300..400, .. } => {
            "; it sends us elsewhere: a proxy or a network's login page is before it, or check --endpoint-url"
        }
        ErrorKind::NotDynamoDb { excerpt, .. } if excerpt.starts_with('<') => {
            "; it is a web page: log in to the network, or check --endpoint-url and AWS_ENDPOINT_URL"
        }
        ErrorKind::NotDynamoDb { .. } => "; check --endpoint-url and AWS_ENDPOINT_URL",
        ErrorKind::ExpiredIterator
        | ErrorKind::TrimmedData
        | ErrorKind::LimitExceeded
        | ErrorKind::Throttled { .. }
        | ErrorKind::Internal { .. }
        | ErrorKind::Validation
        | ErrorKind::AccessDenied(_)
        | ErrorKind::Damaged(_)
        | ErrorKind::Fault => "",
    };
    Failure::new(format!("{error}{advice}"))
}
