//! How the service says no.

use std::time::Duration;

use crate::model::{ErrorKind, Operation};

/// An error answer, in the service's own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.name())]
pub struct Refusal {
    pub kind: RefusalKind,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    Validation,
    ResourceNotFound,
    ExpiredIterator,
    TrimmedDataAccess,
    LimitExceeded,
    Throttling,
    Internal,
    Unavailable,
    AccessDenied,
    ExpiredToken,
    UnknownOperation,
    Serialization,
}

impl RefusalKind {
    /// The type as it stands in `__type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Validation => "com.amazon.coral.validate#ValidationException",
            Self::ResourceNotFound => "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            Self::ExpiredIterator => "com.amazonaws.dynamodb.v20120810#ExpiredIteratorException",
            Self::TrimmedDataAccess => "com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException",
            Self::LimitExceeded => "com.amazonaws.dynamodb.v20120810#LimitExceededException",
            Self::Throttling => "com.amazon.coral.availability#ThrottlingException",
            Self::Internal => "com.amazonaws.dynamodb.v20120810#InternalServerError",
            Self::Unavailable => "com.amazon.coral.availability#ServiceUnavailableException",
            Self::AccessDenied => "com.amazon.coral.service#AccessDeniedException",
            Self::ExpiredToken => "com.amazon.coral.service#ExpiredTokenException",
            Self::UnknownOperation => "com.amazon.coral.service#UnknownOperationException",
            Self::Serialization => "com.amazon.coral.service#SerializationException",
        }
    }

    /// The type without its namespace.
    pub fn code(self) -> &'static str {
        self.name().rsplit('#').next().unwrap_or_default()
    }

    /// The HTTP status it comes with.
    pub fn status(self) -> u16 {
        match self {
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::Validation
            | Self::ResourceNotFound
            | Self::ExpiredIterator
            | Self::TrimmedDataAccess
            | Self::LimitExceeded
            | Self::Throttling
            | Self::AccessDenied
            | Self::ExpiredToken
            | Self::UnknownOperation
            | Self::Serialization => 400,
        }
    }

    fn default_message(self) -> &'static str {
        match self {
            Self::Validation => "Invalid request",
            Self::ResourceNotFound => "Requested resource not found",
            Self::ExpiredIterator => {
                "The shard iterator has expired. Shard iterators are valid for 15 minutes"
            }
            Self::TrimmedDataAccess => {
                "The operation attempted to read past the oldest stream record in a shard"
            }
            Self::LimitExceeded => "Too many operations for a given subscriber",
            Self::Throttling => "Rate exceeded",
            Self::Internal => "The request processing has failed because of an unknown error",
            Self::Unavailable => "The service is temporarily unavailable",
            Self::AccessDenied => "User is not authorized to perform this action",
            Self::ExpiredToken => "The security token included in the request is expired",
            Self::UnknownOperation => "",
            Self::Serialization => "The request could not be read as JSON of the expected shape",
        }
    }
}

impl Refusal {
    pub fn new(kind: RefusalKind) -> Self {
        Self { kind, message: kind.default_message().to_owned() }
    }

    pub fn validation(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Validation, message: message.into() }
    }

    /// A parameter outside its bounds, as the service's validator words it.
    pub fn constraint(parameter: &str, value: &str, rule: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value {value} at '{parameter}' failed to satisfy constraint: \
             Member must {rule}"
        ))
    }

    pub fn not_found(what: &str) -> Self {
        Self { kind: RefusalKind::ResourceNotFound, message: format!("Requested resource not found: {what}") }
    }

    /// What a client makes of it: for tests that go without HTTP.
    pub fn error_kind(&self, operation: Operation) -> ErrorKind {
        match self.kind {
            RefusalKind::Validation | RefusalKind::UnknownOperation | RefusalKind::Serialization => {
                ErrorKind::Validation
            }
            RefusalKind::ResourceNotFound => ErrorKind::NotFound,
            RefusalKind::ExpiredIterator => ErrorKind::ExpiredIterator,
            RefusalKind::TrimmedDataAccess => ErrorKind::TrimmedData,
            RefusalKind::LimitExceeded => ErrorKind::LimitExceeded,
            RefusalKind::Throttling => ErrorKind::Throttled { retry_after: None::<Duration> },
            RefusalKind::Internal | RefusalKind::Unavailable => {
                ErrorKind::Internal { status: self.kind.status() }
            }
            RefusalKind::AccessDenied => ErrorKind::AccessDenied(operation),
            RefusalKind::ExpiredToken => ErrorKind::Credentials,
        }
    }
}
