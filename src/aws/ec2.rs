//! EC2's `DescribeSubnets`, the one call of that service: a signed Query request by hand, because the
//! service's SDK would more than double the time to compile this program.

use std::collections::BTreeMap;
use std::fmt;

use aws_config::BehaviorVersion;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::errors::failed;
use super::session::EnvironmentSession;
use crate::error::{Error, Result};
use crate::ops::port::Subnets;
use crate::template::cfn::names::dns_suffix;

const TARGET: &str = "the subnets";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// An error answer of EC2.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

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

/// One page of the answer.
#[derive(Debug)]
struct Page {
    ids: Vec<String>,
    next: Option<String>,
}

impl Subnets for EnvironmentSession {
    async fn subnets(&self, vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>> {
        self.find_subnets(vpc, tags).await
    }
}

impl EnvironmentSession {
    /// Ids of the subnets of a VPC that carry all tags, sorted; a tag without values must only be there.
    async fn find_subnets(
        &self,
        vpc: Option<&str>,
        tags: &BTreeMap<String, Vec<String>>,
    ) -> Result<Vec<String>> {
        let filters = filters(vpc, tags);
        let mut ids = Vec::new();
        let mut token = None;
        loop {
            let page = self.page(form(&filters, token.as_deref())).await?;
            ids.extend(page.ids);
            match page.next {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        ids.sort();
        Ok(ids)
    }

    async fn page(&self, body: String) -> Result<Page> {
        let config = &self.session.config;
        let region = config.region().map_or("", AsRef::as_ref).to_owned();
        let endpoint = match config.endpoint_url() {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://ec2.{region}.{}", dns_suffix(&region)),
        };
        let request = self.signed(&endpoint, &region, &body).await?;
        let http = config.http_client().ok_or_else(|| Error::new("there is no HTTP client for EC2"))?;
        let operation = Operation::builder()
            .service_name("ec2")
            .operation_name("DescribeSubnets")
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(&endpoint)
            .no_auth()
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
            // EC2 answers 503 when it limits the rate of calls.
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
            .serializer(move |request: Signed| request.into_http())
            .deserializer(read)
            .build();
        operation
            .invoke(request)
            .await
            .map_err(|e| failed(&self.session.who, "ec2:DescribeSubnets", TARGET, e))
    }

    async fn signed(&self, endpoint: &str, region: &str, body: &str) -> Result<Signed> {
        let unsigned =
            |e: &dyn fmt::Display| Error::new(format!("ec2:DescribeSubnets cannot be signed: {e}"));
        let identity = self.session.credentials().await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("ec2")
            .time(SystemTimeSource::new().now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|e| unsigned(&e))?
            .into();
        let uri = format!("{endpoint}/");
        let headers = [("content-type", FORM)];
        let signable = SignableRequest::new(
            "POST",
            uri.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )
        .map_err(|e| unsigned(&e))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|e| unsigned(&e))?.into_parts();
        let headers = instructions.headers().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Ok(Signed { headers, body: body.to_owned() })
    }
}

/// A request whose headers hold its signature; never shown.
struct Signed {
    headers: Vec<(String, String)>,
    body: String,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").finish_non_exhaustive()
    }
}

impl Signed {
    fn into_http(self) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method("POST")?;
        request.set_uri("/")?;
        let headers = request.headers_mut();
        headers.try_insert("content-type", FORM)?;
        for (name, value) in self.headers {
            headers.try_insert(name, value)?;
        }
        Ok(request)
    }
}

/// Filter names and their accepted values.
fn filters(vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Vec<(String, Vec<String>)> {
    let vpc = vpc.map(|id| ("vpc-id".to_owned(), vec![id.to_owned()]));
    let tags = tags.iter().map(|(key, values)| match values.is_empty() {
        true => ("tag-key".to_owned(), vec![key.clone()]),
        false => (format!("tag:{key}"), values.clone()),
    });
    vpc.into_iter().chain(tags).collect()
}

fn form(filters: &[(String, Vec<String>)], token: Option<&str>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "DescribeSubnets").append_pair("Version", "2016-11-15");
    for (i, (name, values)) in filters.iter().enumerate() {
        form.append_pair(&format!("Filter.{}.Name", i + 1), name);
        for (j, value) in values.iter().enumerate() {
            form.append_pair(&format!("Filter.{}.Value.{}", i + 1, j + 1), value);
        }
    }
    if let Some(token) = token {
        form.append_pair("NextToken", token);
    }
    form.finish()
}

fn read(response: &HttpResponse) -> Result<Page, OrchestratorError<Refusal>> {
    let text = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
    if response.status().is_success() && text.contains("DescribeSubnetsResponse") {
        return Ok(Page {
            ids: elements(&text, "subnetId"),
            next: elements(&text, "nextToken").into_iter().next(),
        });
    }
    if response.status().is_success() {
        return Err(OrchestratorError::other("the answer is not one of DescribeSubnets"));
    }
    let first = |tag| elements(&text, tag).into_iter().next();
    let mut metadata = ErrorMetadata::builder();
    metadata = metadata.code(first("Code").unwrap_or_else(|| response.status().as_u16().to_string()));
    if let Some(message) = first("Message") {
        metadata = metadata.message(message);
    }
    Err(OrchestratorError::operation(Refusal(metadata.build())))
}

/// Contents of all elements of a name that are neither empty nor hold others: ids, tokens, messages.
fn elements(xml: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let parts = xml.split(open.as_str()).skip(1);
    let contents = parts.filter_map(|part| Some(part.split_once(close.as_str())?.0.trim()));
    contents.filter(|content| !content.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_filters() {
        let tags = BTreeMap::from([
            ("Name".to_owned(), vec!["a b".to_owned(), "c".to_owned()]),
            ("tier".to_owned(), Vec::new()),
        ]);
        assert_eq!(
            form(&filters(Some("vpc-1"), &tags), Some("t")),
            "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1\
             &Filter.2.Name=tag%3AName&Filter.2.Value.1=a+b&Filter.2.Value.2=c\
             &Filter.3.Name=tag-key&Filter.3.Value.1=tier&NextToken=t"
        );
    }

    #[test]
    fn ids_and_token_are_read_from_the_answer() {
        let xml = "<subnetSet><item><subnetId>subnet-2</subnetId></item><item><subnetId>subnet-1</subnetId>\
                   </item></subnetSet><nextToken></nextToken>";
        assert_eq!(elements(xml, "subnetId"), ["subnet-2", "subnet-1"]);
        assert!(elements(xml, "nextToken").is_empty());
        assert!(elements("<subnetId>", "subnetId").is_empty());
    }
}
