//! What can go wrong at the service, and the one place that decides how to go on.

use std::fmt;
use std::time::Duration;

/// The calls this program makes. There are no others: it only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    ListStreams,
    DescribeStream,
    GetShardIterator,
    GetRecords,
}

impl Operation {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ListStreams => "ListStreams",
            Self::DescribeStream => "DescribeStream",
            Self::GetShardIterator => "GetShardIterator",
            Self::GetRecords => "GetRecords",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failed call. Its text comes from the service and is not to be trusted by a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {kind}{}", said(message))]
pub struct SourceError {
    pub operation: Operation,
    pub kind: ErrorKind,
    /// What the service said, if anything.
    pub message: String,
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}

/// Kinds of failure, by the code and the status of the answer, never by its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    #[error("the shard iterator has expired")]
    ExpiredIterator,
    #[error("the records at this position have been trimmed")]
    TrimmedData,
    #[error("not found")]
    NotFound,
    #[error("too many readers of this shard, or a limit the endpoint does not take")]
    LimitExceeded,
    #[error("throttled")]
    Throttled {
        /// How long the service asks us to wait.
        retry_after: Option<Duration>,
    },
    #[error("the service failed with status {status}")]
    Internal { status: u16 },
    #[error("the endpoint does not accept this request")]
    Validation,
    #[error("access denied; the identity needs dynamodb:{}", .0.as_str())]
    AccessDenied(Operation),
    #[error("the credentials are missing, expired or wrong")]
    Credentials,
    #[error("the answer (status {status}) is not from DynamoDB Streams: {excerpt}")]
    NotDynamoDb { status: u16, excerpt: String },
    #[error("the answer is damaged: {0}")]
    Damaged(String),
    #[error("no answer within {}s", .0.as_secs())]
    Timeout(Duration),
    #[error("cannot reach {endpoint}: {reason}")]
    Network { endpoint: String, reason: String },
    #[error("a fault in dynascope itself; please report it")]
    Fault,
}

/// How to go on after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The same call again, later: reading does not consume. Without credentials that is once they work.
    Retry,
    /// A new iterator from the last known place.
    RenewIterator,
    /// What lies before the trim horizon is lost; show the gap and go on from there.
    SkipToTrimHorizon,
    /// No repetition helps.
    GiveUp,
}

impl ErrorKind {
    /// The kind in a word or two, without anything that came from outside.
    pub fn label(&self) -> &'static str {
        match self {
            Self::ExpiredIterator => "expired iterator",
            Self::TrimmedData => "trimmed data",
            Self::NotFound => "not found",
            Self::LimitExceeded => "limit exceeded",
            Self::Throttled { .. } => "throttled",
            Self::Internal { .. } => "service failure",
            Self::Validation => "not accepted",
            Self::AccessDenied(_) => "access denied",
            Self::Credentials => "credentials",
            Self::NotDynamoDb { .. } => "no DynamoDB answer",
            Self::Damaged(_) => "damaged answer",
            Self::Timeout(_) => "timeout",
            Self::Network { .. } => "network",
            Self::Fault => "fault in dynascope",
        }
    }

    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Throttled { .. }
            | Self::LimitExceeded
            | Self::Internal { .. }
            | Self::Credentials
            | Self::NotDynamoDb { .. }
            | Self::Damaged(_)
            | Self::Timeout(_)
            | Self::Network { .. } => Remedy::Retry,
            Self::ExpiredIterator => Remedy::RenewIterator,
            Self::TrimmedData => Remedy::SkipToTrimHorizon,
            Self::NotFound | Self::Validation | Self::AccessDenied(_) | Self::Fault => Remedy::GiveUp,
        }
    }
}
