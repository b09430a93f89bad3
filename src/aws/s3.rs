//! The artifact bucket.

use std::time::Duration;

use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectCannedAcl;
use bytes::Bytes;

use super::errors::{chain, code, failed};
use super::session::{CONNECT_TIMEOUT, EnvironmentSession, READ_TIMEOUT};
use crate::error::{Error, Result};
use crate::template::inputs::S3Object;

/// The largest template that CloudFormation takes from a bucket, in bytes.
const LARGEST_TEMPLATE: i64 = 1 << 20;

/// The slowest upload that is waited for, in bytes a second.
const SLOWEST_UPLOAD: usize = 64 * 1024;

impl EnvironmentSession {
    /// Reads an object that is no larger than a template can be.
    pub(super) async fn get_template_object(&self, object: &S3Object) -> Result<Option<Vec<u8>>> {
        let target = format!("s3://{}/{}", object.bucket, object.key);
        let result = self.s3.get_object().bucket(&object.bucket).key(&object.key).send().await;
        let output = match result {
            Ok(output) => output,
            Err(e) if code(&e) == Some("NoSuchKey") => return Ok(None),
            Err(e) => return Err(failed(&self.session.who, "s3:GetObject", &target, e)),
        };
        if output.content_length().is_none_or(|length| length > LARGEST_TEMPLATE) {
            return Ok(None);
        }
        let content = output
            .body
            .collect()
            .await
            .map_err(|e| Error::new(format!("s3:GetObject on {target} failed: {}", chain(&e))))?;
        Ok(Some(content.to_vec()))
    }

    /// Uploads unless the key is taken. One conditional call: it needs no permission beyond
    /// `s3:PutObject`, where a look first would also need `s3:GetObject`.
    pub(super) async fn put_if_absent(&self, object: &S3Object, body: Bytes) -> Result<()> {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT);
        let timeouts = timeouts.read_timeout(upload_timeout(body.len())).build();
        let result = self
            .s3
            .put_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .if_none_match("*")
            // Buckets of old applications still need the ACL (`spec/deploy.md §4`).
            .acl(ObjectCannedAcl::BucketOwnerFullControl)
            .set_content_type(content_type(&object.key).map(str::to_owned))
            .body(ByteStream::from(body))
            .customize()
            .config_override(Builder::new().timeout_config(timeouts))
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            // Somebody is uploading, or has uploaded, the same content under the same key.
            Err(e) if matches!(code(&e), Some("PreconditionFailed" | "ConditionalRequestConflict")) => Ok(()),
            Err(e) => {
                let target = format!("s3://{}/{}", object.bucket, object.key);
                Err(failed(&self.session.who, "s3:PutObject", &target, e))
            }
        }
    }
}

/// How long the answer to an upload may take: the SDK counts from the request's first byte.
fn upload_timeout(bytes: usize) -> Duration {
    READ_TIMEOUT + Duration::from_secs((bytes / SLOWEST_UPLOAD) as u64)
}

fn content_type(key: &str) -> Option<&'static str> {
    match key.rsplit_once('.')?.1 {
        "yml" => Some("text/x-yaml"),
        "zip" => Some("application/zip"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_upload_gets_the_time_it_needs() {
        for (bytes, seconds) in [(0, 30), (10_000, 30), (250 << 20, 30 + 4000)] {
            assert_eq!(upload_timeout(bytes), Duration::from_secs(seconds), "{bytes}");
        }
    }
}
