//! Signed requests by hand, to services of which one or two calls are needed: their SDKs are large, and EC2's alone would more
//! than double the time to compile this program. Retries, time limits and errors are those of the SDKs.

mod endpoint;

use std::fmt;

use aws_config::BehaviorVersion;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use serde_json::Value;

use super::clock;
use super::errors::{code, failed};
use super::session::Session;
use crate::error::{Error, Result};

pub(super) use endpoint::Endpoint;

/// One call of a service.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// The service's name in signatures and host names.
    pub service: &'static str,
    /// The call, as in IAM policies.
    pub permission: &'static str,
    /// What it is about, for messages.
    pub target: &'a str,
    /// Headers of the service's protocol.
    pub headers: &'static [(&'static str, &'static str)],
    pub body: String,
}

/// An error answer.
#[derive(Debug)]
pub(super) struct Refusal(ErrorMetadata);

impl Refusal {
    pub(super) fn new(code: String, message: Option<String>) -> Self {
        let mut metadata = ErrorMetadata::builder().code(code);
        if let Some(message) = message {
            metadata = metadata.message(message);
        }
        Self(metadata.build())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl ProvideErrorKind for Refusal {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        let code = self.0.code()?;
        let busy = ["Throttl", "TooManyRequests", "RequestLimit"].iter().any(|part| code.contains(part));
        busy.then_some(ErrorKind::ThrottlingError)
    }

    fn code(&self) -> Option<&str> {
        self.0.code()
    }
}

/// What reads an answer.
pub(super) type Read<T> = fn(&HttpResponse) -> Result<T, OrchestratorError<Refusal>>;

/// Makes a call in the session's region.
pub(super) async fn send<T>(session: &Session, call: Call<'_>, read: Read<T>) -> Result<T>
where
    T: fmt::Debug + Send + Sync + 'static,
{
    let endpoint = Endpoint::regional(session, call.service);
    send_to(session, endpoint, call, read).await
}

/// Makes a call at an endpoint of the service.
pub(super) async fn send_to<T>(
    session: &Session,
    endpoint: Endpoint,
    call: Call<'_>,
    read: Read<T>,
) -> Result<T>
where
    T: fmt::Debug + Send + Sync + 'static,
{
    let Call { permission, target, .. } = call;
    let correction = clock::correction();
    let answer = attempt(session, &endpoint, call.clone(), read).await?;
    // AWS told its time with the refusal.
    let wrong_time = |error: &SdkError<Refusal, HttpResponse>| {
        clock::correction() != correction && code(error).is_some_and(clock::is_refusal)
    };
    let answer = match answer {
        Err(error) if wrong_time(&error) => attempt(session, &endpoint, call, read).await?,
        answer => answer,
    };
    answer.map_err(|e| failed(&session.who, permission, target, e))
}

/// Signs a call and makes it, with the repetitions that the session's settings allow.
async fn attempt<T>(
    session: &Session,
    endpoint: &Endpoint,
    call: Call<'_>,
    read: Read<T>,
) -> Result<Result<T, SdkError<Refusal, HttpResponse>>>
where
    T: fmt::Debug + Send + Sync + 'static,
{
    let config = &session.config;
    let Call { service, permission, .. } = call;
    let request = signed(session, endpoint, call).await?;
    let http =
        config.http_client().ok_or_else(|| Error::new(format!("there is no HTTP client for {service}")))?;
    let (_, name) = permission.split_once(':').unwrap_or_default();
    let operation = Operation::builder()
        .service_name(service)
        .operation_name(name)
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .endpoint_url(&endpoint.url)
        .no_auth()
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
        // EC2 answers 503 when it limits the rate of calls, the others name it.
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(ModeledAsRetryableClassifier::<Refusal>::new())
        .retry_classifier(TransientErrorClassifier::<Refusal>::new())
        .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
        .serializer(move |request: Signed| request.into_http())
        .deserializer(read)
        .build();
    Ok(operation.invoke(request).await)
}

async fn signed(session: &Session, endpoint: &Endpoint, call: Call<'_>) -> Result<Signed> {
    let unsigned = |e: &dyn fmt::Display| Error::new(format!("{} cannot be signed: {e}", call.permission));
    let identity = session.credentials().await?.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&endpoint.region)
        .name(call.service)
        .time(clock::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|e| unsigned(&e))?
        .into();
    let Endpoint { url, method, path, .. } = endpoint;
    let uri = format!("{url}{path}");
    let body = SignableBody::Bytes(call.body.as_bytes());
    let signable = SignableRequest::new(method, uri.as_str(), call.headers.iter().copied(), body)
        .map_err(|e| unsigned(&e))?;
    let (instructions, _) = sign(signable, &parameters).map_err(|e| unsigned(&e))?.into_parts();
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let headers = call.headers.iter().copied().chain(instructions.headers()).map(owned).collect();
    Ok(Signed { method, path: path.clone(), headers, body: call.body })
}

/// A request whose headers hold its signature; never shown.
struct Signed {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").finish_non_exhaustive()
    }
}

impl Signed {
    fn into_http(self) -> Result<HttpRequest, BoxError> {
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(self.method)?;
        request.set_uri(self.path)?;
        let headers = request.headers_mut();
        for (name, value) in self.headers {
            headers.try_insert(name, value)?;
        }
        Ok(request)
    }
}

/// The answer of a service that speaks JSON.
pub(super) fn json(response: &HttpResponse) -> Result<Value, OrchestratorError<Refusal>> {
    let answer = serde_json::from_slice(response.body().bytes().unwrap_or_default());
    if response.status().is_success() {
        return match answer {
            Ok(answer @ Value::Object(_)) => Ok(answer),
            _ => Err(OrchestratorError::other("the answer is not JSON")),
        };
    }
    let answer: Value = answer.unwrap_or_default();
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    let code = text("__type").or_else(|| response.headers().get("x-amzn-errortype"));
    // `com.amazonaws.service#ThrottlingException`, in a header also with an address behind a colon.
    let code = code.map(|code| code.rsplit('#').next().unwrap_or(code));
    let code = code.map(|code| code.split(':').next().unwrap_or(code).to_owned());
    let code = code.unwrap_or_else(|| response.status().as_u16().to_string());
    let message = text("message").or_else(|| text("Message")).map(str::to_owned);
    Err(OrchestratorError::operation(Refusal::new(code, message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str, header: Option<&'static str>) -> String {
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        if let Some(header) = header {
            response.headers_mut().insert("x-amzn-errortype", header);
        }
        match json(&response) {
            Ok(answer) => answer.to_string(),
            Err(error) => match error.as_operation_error() {
                Some(refusal) => {
                    let kind = refusal.retryable_error_kind();
                    let retried = if kind.is_some() { ", repeated" } else { "" };
                    format!("{:?} {:?}{retried}", refusal.0.code(), refusal.0.message())
                }
                None => format!("{error:?}"),
            },
        }
    }

    #[test]
    fn answers_of_json_services() {
        let told = [
            read(200, "{\"a\":1}", None),
            read(200, "<html>", None),
            read(400, r#"{"__type":"com.amazonaws.x#ThrottlingException","message":"Rate exceeded"}"#, None),
            read(400, r#"{"Message":"no"}"#, Some("AccessDeniedException:http://x/")),
            read(502, "", None),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        {"a":1}
        OrchestratorError { kind: Other { source: "the answer is not JSON" } }
        Some("ThrottlingException") Some("Rate exceeded"), repeated
        Some("AccessDeniedException") Some("no")
        Some("502") None
        "#);
    }
}
