//! The SDK's errors in our words: by code and status, never by their text.
//!
//! Neither their Display (it says nothing) nor their Debug (it holds customer data) is used.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodbstreams::config::http::HttpResponse;
use aws_sdk_dynamodbstreams::error::{ProvideErrorMetadata, SdkError};

use super::clients::CONNECT_PATIENCE;
use super::wire::excerpt;
use crate::model::{ErrorKind, Operation, SourceError};

/// Translates a failed call to `endpoint`, which was given `patience`.
pub fn translate<E>(
    error: &SdkError<E, HttpResponse>,
    operation: Operation,
    endpoint: &str,
    patience: Duration,
) -> SourceError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let failed = |kind, message: &str| SourceError { operation, kind, message: message.to_owned() };
    if let Some(reason) = credentials(error) {
        return failed(ErrorKind::Credentials, &reason);
    }
    match error {
        SdkError::ServiceError(service) => {
            let (code, message) = (service.err().code(), service.err().message().unwrap_or_default());
            failed(answered(code, service.raw(), operation), message)
        }
        // A body that broke off is not there at all.
        SdkError::ResponseError(response) if response.raw().body().bytes().is_none() => {
            failed(ErrorKind::Network { endpoint: endpoint.to_owned(), reason: root_cause(error) }, "")
        }
        SdkError::ResponseError(response) => failed(unreadable(response.raw()), ""),
        SdkError::TimeoutError(_) => failed(ErrorKind::Timeout(patience), ""),
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => {
            failed(ErrorKind::Timeout(CONNECT_PATIENCE), "")
        }
        SdkError::DispatchFailure(_) => {
            failed(ErrorKind::Network { endpoint: endpoint.to_owned(), reason: root_cause(error) }, "")
        }
        // A request that cannot be built is wrong, whoever built it; so is what the SDK may add.
        SdkError::ConstructionFailure(_) | _ => failed(ErrorKind::Validation, &root_cause(error)),
    }
}

/// By the error code, which the SDK has freed from its namespace; else by the status.
fn answered(code: Option<&str>, raw: &HttpResponse, operation: Operation) -> ErrorKind {
    let status = raw.status().as_u16();
    match code {
        Some("ExpiredIteratorException") => ErrorKind::ExpiredIterator,
        Some("TrimmedDataAccessException") => ErrorKind::TrimmedData,
        Some("ResourceNotFoundException") => ErrorKind::NotFound,
        Some("LimitExceededException") => ErrorKind::LimitExceeded,
        Some(
            "ThrottlingException"
            | "Throttling"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException",
        ) => ErrorKind::Throttled { retry_after: retry_after(raw) },
        Some("ValidationException" | "SerializationException") => ErrorKind::Validation,
        Some("AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation") => {
            ErrorKind::AccessDenied(operation)
        }
        Some(
            "ExpiredTokenException"
            | "ExpiredToken"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignatureException"
            | "IncompleteSignature"
            | "MissingAuthenticationTokenException"
            | "MissingAuthenticationToken",
        ) => ErrorKind::Credentials,
        Some("InternalServerError" | "InternalFailure" | "ServiceUnavailable") => {
            ErrorKind::Internal { status }
        }
        _ if status == 429 => ErrorKind::Throttled { retry_after: retry_after(raw) },
        _ if status >= 500 => ErrorKind::Internal { status },
        Some(_) if status == 400 => ErrorKind::Validation,
        _ => unreadable(raw),
    }
}

fn unreadable(raw: &HttpResponse) -> ErrorKind {
    let body = raw.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(&body[..body.len().min(4_096)]);
    ErrorKind::NotDynamoDb { status: raw.status().as_u16(), excerpt: excerpt(&text) }
}

/// `x-amz-retry-after`, in milliseconds.
fn retry_after(raw: &HttpResponse) -> Option<Duration> {
    raw.headers().get("x-amz-retry-after")?.parse().ok().map(Duration::from_millis)
}

/// Why there are no credentials, if that is what went wrong.
fn credentials(error: &(dyn Error + 'static)) -> Option<String> {
    let found = causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())?;
    let reason = root_cause(found);
    Some(match found {
        CredentialsError::CredentialsNotLoaded(_) => "no credentials were found".into(),
        CredentialsError::ProviderTimedOut(_) => "the provider of credentials did not answer".into(),
        CredentialsError::InvalidConfiguration(_) => format!("the configuration is invalid: {reason}"),
        CredentialsError::ProviderError(_) | CredentialsError::Unhandled(_) | _ => reason,
    })
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The innermost cause: the operating system's or the library's own words.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map_or_else(String::new, ToString::to_string)
}
