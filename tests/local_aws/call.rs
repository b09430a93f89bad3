//! What one request to AWS is: which service and operation, in whose name, about what.

use hyper::HeaderMap;
use hyper::body::Bytes;
use hyper::http::request::Parts;

use super::http::{parse_form, percent_decode};

/// The shape of a service's messages, which decides how an error must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Form in, XML out: `CloudFormation`, STS, IAM, EC2.
    Query,
    /// JSON with the operation in `X-Amz-Target`: SSM, ECR, Logs, Step Functions.
    Json,
    /// S3.
    S3,
    /// The image registry's `/v2/` interface.
    Registry,
    /// Lambda, EFS and other services without a reason to tell them apart.
    Rest,
}

/// A request that has been read and understood.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub head: Parts,
    pub body: Bytes,
    pub protocol: Protocol,
    /// The signing name (`cloudformation`, `ssm`, `s3`, …), or `registry`.
    pub service: String,
    /// The API's name of the operation, such as `CreateChangeSet`.
    pub operation: String,
    pub access_key: String,
    pub region: String,
    /// Form fields of a query call; empty otherwise.
    pub form: Vec<(String, String)>,
}

impl Incoming {
    /// Understands a request to the AWS gateway.
    pub(super) fn parse(head: Parts, body: Bytes) -> Self {
        let (access_key, region, signed_service) = credential(&head);
        let target = header(&head.headers, "x-amz-target").and_then(|target| target.rsplit('.').next());
        let is_form = header(&head.headers, "content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form"));
        let form = if is_form { parse_form(&String::from_utf8_lossy(&body)) } else { Vec::new() };
        let action = form.iter().find(|(key, _)| key == "Action").map(|(_, value)| value.clone());
        let (protocol, operation) = match (action, target) {
            (Some(action), _) => (Protocol::Query, action),
            (None, Some(target)) => (Protocol::Json, target.to_owned()),
            (None, None) if signed_service == "s3" => (Protocol::S3, s3_operation(&head)),
            (None, None) => (Protocol::Rest, format!("{} {}", head.method, head.uri.path())),
        };
        Self { head, body, protocol, service: signed_service, operation, access_key, region, form }
    }

    /// A field of a query call.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What the call is about, as far as one name says it: a stack, a parameter, a repository, `bucket/key`.
    pub(super) fn resource(&self) -> String {
        const FORM: [&str; 6] =
            ["StackName", "StackSetName", "ChangeSetName", "RoleArn", "RoleName", "PolicyArn"];
        const JSON: [&str; 7] =
            ["Name", "Path", "repositoryName", "logGroupName", "stateMachineArn", "executionArn", "KeyId"];
        match self.protocol {
            Protocol::Query => FORM.iter().find_map(|name| self.field(name)).unwrap_or_default().to_owned(),
            Protocol::Json => serde_json::from_slice::<serde_json::Value>(&self.body)
                .ok()
                .and_then(|value| {
                    let named = JSON.iter().find_map(|name| value.get(name));
                    // Of resources by tag: their type.
                    let named = named.or_else(|| value.get("ResourceTypeFilters")?.get(0))?;
                    Some(named.as_str()?.to_owned())
                })
                .unwrap_or_default(),
            Protocol::S3 | Protocol::Registry | Protocol::Rest => {
                percent_decode(self.head.uri.path()).trim_start_matches('/').to_owned()
            }
        }
    }

    /// Whether the caller is a Lambda function rather than the program under test.
    pub(super) fn is_function(&self) -> bool {
        header(&self.head.headers, "user-agent").is_some_and(|agent| agent.contains("aws-sdk-js"))
    }
}

/// A header as text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Access key, region and service of the signature: `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn credential(head: &Parts) -> (String, String, String) {
    let scope = header(&head.headers, "authorization")
        .and_then(|value| value.split_once("Credential="))
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().to_owned())
        .or_else(|| {
            let query = parse_form(head.uri.query().unwrap_or_default());
            query.into_iter().find(|(key, _)| key == "X-Amz-Credential").map(|(_, value)| value)
        })
        .unwrap_or_default();
    let mut parts = scope.split('/');
    let key = parts.next().unwrap_or_default().to_owned();
    let region = parts.nth(1).unwrap_or_default().to_owned();
    let service = parts.next().unwrap_or_default().to_owned();
    (key, region, service)
}

/// S3 names no operation: method, path depth and query do.
fn s3_operation(head: &Parts) -> String {
    let path = head.uri.path().trim_matches('/');
    let query = parse_form(head.uri.query().unwrap_or_default());
    let asks = |name: &str| query.iter().any(|(key, _)| key == name);
    let operation = match (head.method.as_str(), path.contains('/')) {
        ("POST", true) if asks("uploads") => "CreateMultipartUpload",
        ("POST", true) if asks("uploadId") => "CompleteMultipartUpload",
        ("PUT", true) if asks("uploadId") => "UploadPart",
        ("DELETE", true) if asks("uploadId") => "AbortMultipartUpload",
        ("PUT", true) => "PutObject",
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("DELETE", true) => "DeleteObject",
        ("PUT", false) => "CreateBucket",
        ("HEAD", false) => "HeadBucket",
        ("DELETE", false) => "DeleteBucket",
        ("GET", false) if path.is_empty() => "ListBuckets",
        ("GET", false) if asks("location") => "GetBucketLocation",
        ("GET", false) if asks("versions") => "ListObjectVersions",
        ("GET", false) => "ListObjectsV2",
        ("POST", false) if asks("delete") => "DeleteObjects",
        (method, _) => return format!("{method} {path}"),
    };
    operation.to_owned()
}
