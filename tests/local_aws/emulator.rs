//! Calls to the emulator itself, past the gateway: not recorded and never subject to faults. Seeding and the gateway's own
//! look-ups use it.

use anyhow::{Context, Result, anyhow, bail};
use http_body_util::Full;
use hyper::{Method, Request};
use serde_json::Value;

use super::http::{Reply, send, write_form};
use super::xml;

/// One account in one region of the emulator.
#[derive(Clone, Debug)]
pub(crate) struct Emulator {
    pub port: u16,
    pub account: String,
    pub region: String,
}

impl Emulator {
    /// A call of a query service; the XML of the answer.
    pub(crate) async fn query(&self, service: &str, action: &str, fields: &[(&str, &str)]) -> Result<String> {
        let form = write_form([("Action", action)].into_iter().chain(fields.iter().copied()));
        let builder = self
            .request(Method::POST, "/", service)
            .header("content-type", "application/x-www-form-urlencoded");
        let response = send(self.port, builder.body(Full::from(form))?).await?;
        let body = String::from_utf8_lossy(response.body()).into_owned();
        if !response.status().is_success() {
            bail!("{service} {action}: {}", xml::text(&body, "Message").unwrap_or(body));
        }
        Ok(body)
    }

    /// A call of a JSON service, given as `AmazonSSM.PutParameter`.
    pub(crate) async fn json(&self, service: &str, target: &str, input: &Value) -> Result<Value> {
        let builder = self
            .request(Method::POST, "/", service)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target);
        let response = send(self.port, builder.body(Full::from(input.to_string()))?).await?;
        if !response.status().is_success() {
            bail!("{target}: {}", String::from_utf8_lossy(response.body()));
        }
        if response.body().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(response.body()).with_context(|| format!("read the answer to {target}"))
    }

    /// An S3 call on `/bucket/key`.
    pub(crate) async fn s3(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Reply> {
        self.rest("s3", method, path, body).await
    }

    /// A call of a service that tells its operations by method and path.
    pub(crate) async fn rest(
        &self,
        service: &str,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Reply> {
        let builder = self.request(method.clone(), path, service).header("content-length", body.len());
        let response = send(self.port, builder.body(Full::from(body))?).await?;
        if !response.status().is_success() {
            bail!("{method} {path}: {}", String::from_utf8_lossy(response.body()));
        }
        Ok(response)
    }

    /// Waits for a stack to come to rest, and returns its description.
    pub(crate) async fn settled_stack(&self, name: &str) -> Result<String> {
        loop {
            let xml = self.query("cloudformation", "DescribeStacks", &[("StackName", name)]).await?;
            let status =
                xml::text(&xml, "StackStatus").ok_or_else(|| anyhow!("stack {name} has no status"))?;
            if !status.ends_with("_IN_PROGRESS") {
                return Ok(xml);
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    fn request(&self, method: Method, path: &str, service: &str) -> hyper::http::request::Builder {
        let Self { account, region, .. } = self;
        Request::builder().method(method).uri(path).header("host", "127.0.0.1").header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, \
                 SignedHeaders=host, Signature=0"
            ),
        )
    }
}
