//! Failed calls as messages: which call, on what, as whom, why, and what to do.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::clock;
use crate::error::Error;

/// Describes a failed call. `operation` is written as in IAM policies (`cloudformation:CreateChangeSet`).
#[allow(clippy::needless_pass_by_value, reason = "`map_err` has the error itself")]
pub(super) fn failed<E, R>(who: &str, operation: &str, target: &str, error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = code(&error).map(str::to_owned);
    if let Some(lost) = lost_credentials(&error) {
        return Error::new(format!(
            "{operation} on {target} was not sent: the credentials of {who} cannot be renewed: {lost}"
        ))
        .hint(clock::hint().unwrap_or_else(|| {
            "Sign in again (for example `aws sso login`), then run the command again.".to_owned()
        }))
        .unsigned();
    }
    let detail = detail(&error);
    let described = Error::new(format!("{operation} on {target} failed: {}", detail.trim()));
    let described = match code.as_deref() {
        Some(code) if is_denial(code) => described.denied(),
        Some(code) if code.contains("Expired") => described.expired(),
        _ if is_transient(&error) => described.transient(),
        _ => described,
    };
    match hint(who, operation, target, code.as_deref(), &error) {
        Some(hint) => described.hint(hint),
        None => described,
    }
}

/// What went wrong, without the call: AWS's code and message, or why there was no answer.
pub(super) fn detail<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match (code(error), message(error)) {
        (Some(code), Some(text)) => format!("{code}: {text}"),
        (Some(code), None) => code.to_owned(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => chain(error),
    }
}

/// AWS's error code, when the service answered.
pub(super) fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// AWS's error message, when the service answered.
pub(super) fn message<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::message)
}

/// Why there were no credentials to sign the call with, when that is what went wrong.
fn lost_credentials<E, R>(error: &SdkError<E, R>) -> Option<String>
where
    E: StdError + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let mut next: Option<&dyn StdError> = Some(error);
    while let Some(cause) = next {
        if cause.is::<CredentialsError>() {
            // That credentials could not be loaded is said already.
            return Some(chain(cause.source().unwrap_or(cause)));
        }
        next = cause.source();
    }
    None
}

/// Whether the same call may succeed later: AWS was not reached, gave no sensible answer, is busy or has a problem of its own.
fn is_transient<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    const CODES: [&str; 7] = [
        "Throttl",
        "RequestLimit",
        "TooManyRequests",
        "SlowDown",
        "Internal",
        "ServiceUnavailable",
        "RequestTimeout",
    ];
    match error {
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(_) => {
            code(error).is_none_or(|code| CODES.iter().any(|part| code.contains(part)))
        }
        _ => false,
    }
}

/// Whether an error code says that no policy allows the call.
fn is_denial(code: &str) -> bool {
    ["AccessDenied", "Unauthorized", "NotAuthorized"].iter().any(|part| code.contains(part))
}

/// An error and its causes on one line, repetitions left out.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

fn hint<E, R>(
    who: &str,
    operation: &str,
    target: &str,
    code: Option<&str>,
    error: &SdkError<E, R>,
) -> Option<String> {
    if let Some(hint) = code.filter(|code| clock::is_refusal(code)).and_then(|_| clock::hint()) {
        return Some(hint);
    }
    let text = match (code, error) {
        (Some(code), _) if is_denial(code) => {
            format!("The call was made with {who}, whose policies must allow {operation} on {target}.")
        }
        (Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired"), _) => {
            format!("The session of {who} has expired: sign in again (for example `aws sso login`) and repeat the command.")
        }
        (Some("InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AuthFailure" | "InvalidSignatureException"), _) => {
            "AWS does not accept these credentials: check AWS_PROFILE or the access key in use, and this machine's clock.".to_owned()
        }
        (Some(code), _) if code.contains("Throttl") || code.contains("RequestLimit") || code.contains("TooManyRequests") || code == "SlowDown" => {
            "AWS keeps limiting the rate of calls; wait a minute and run the command again.".to_owned()
        }
        (_, SdkError::DispatchFailure(_) | SdkError::TimeoutError(_)) => {
            "AWS cannot be reached: check the network, proxies (HTTPS_PROXY) and AWS_ENDPOINT_URL, then run the command again.".to_owned()
        }
        (None, SdkError::ResponseError(_) | SdkError::ServiceError(_)) => {
            "The answer is not one AWS gives: check proxies (HTTPS_PROXY) and AWS_ENDPOINT_URL, then run the command again.".to_owned()
        }
        (_, SdkError::ServiceError(_)) if code.is_some_and(|c| c.contains("Internal") || c.contains("ServiceUnavailable")) => {
            "AWS has a problem of its own; run the command again in a few minutes.".to_owned()
        }
        _ => return None,
    };
    Some(text)
}
