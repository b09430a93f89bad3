//! The artifact bucket.

use std::time::Duration;

use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, ObjectCannedAcl};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::errors::{chain, code, failed};
use super::session::{CONNECT_TIMEOUT, READ_TIMEOUT, RegionSession};
use crate::error::{Error, Result};
use crate::ops::port::{Artifacts, Stored};
use crate::template::cfn::artifacts::S3Object;

/// The largest template that CloudFormation takes from a bucket, in bytes.
const LARGEST_TEMPLATE: i64 = 1 << 20;

/// The slowest upload that is waited for, in bytes a second.
const SLOWEST_UPLOAD: usize = 64 * 1024;

impl Artifacts for RegionSession {
    async fn put_artifact(&self, object: &S3Object, body: impl Into<Bytes>) -> Result<Stored> {
        self.put_unless_same(object, body.into()).await
    }

    async fn artifact(&self, object: &S3Object) -> Result<Option<Vec<u8>>> {
        self.get_template_object(object).await
    }
}

impl RegionSession {
    /// Reads an object that is no larger than a template can be.
    async fn get_template_object(&self, object: &S3Object) -> Result<Option<Vec<u8>>> {
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

    /// Uploads unless the object has the very content already, which its stored SHA-256 tells. S3 computes that itself, so
    /// whoever may write to the bucket cannot forge it. That an object of the key is there means nothing: other
    /// environments may write to the bucket too, and keys can be computed.
    async fn put_unless_same(&self, object: &S3Object, body: Bytes) -> Result<Stored> {
        let checksum = STANDARD.encode(Sha256::digest(&body));
        let found = self.look_at(object, &checksum, body.len()).await;
        if found == Found::Same {
            return Ok(Stored::Found);
        }
        self.put(object, body, checksum).await?;
        Ok(if found == Found::Other { Stored::Replaced } else { Stored::Sent })
    }

    /// Compares an object with what belongs there. A look that fails tells nothing: the upload works without it, also for a
    /// role that may only write.
    async fn look_at(&self, object: &S3Object, checksum: &str, length: usize) -> Found {
        let look = self.s3.head_object().bucket(&object.bucket).key(&object.key);
        match look.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(about) => judge(about.checksum_sha256(), about.content_length(), checksum, length),
            Err(_) => Found::Unknown,
        }
    }

    async fn put(&self, object: &S3Object, body: Bytes, checksum: String) -> Result<()> {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT);
        let timeouts = timeouts.read_timeout(upload_timeout(body.len())).build();
        let result = self
            .s3
            .put_object()
            .bucket(&object.bucket)
            .key(&object.key)
            // Buckets of old applications still need the ACL.
            .acl(ObjectCannedAcl::BucketOwnerFullControl)
            .set_content_type(content_type(&object.key).map(str::to_owned))
            // S3 refuses any other content, and keeps it for the next look.
            .checksum_sha256(checksum)
            .body(ByteStream::from(body))
            .customize()
            .config_override(Builder::new().timeout_config(timeouts))
            .send()
            .await;
        result.map(drop).map_err(|e| {
            let target = format!("s3://{}/{}", object.bucket, object.key);
            failed(&self.session.who, "s3:PutObject", &target, e)
        })
    }
}

/// What lies where an object belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Same,
    Other,
    /// Nothing, or what cannot be told.
    Unknown,
}

/// Judges an object by its stored checksum. Without one, as the old tool left it, only another length is known to be other
/// content. An object uploaded in parts has a checksum of checksums (`…-2`), which equals no other.
fn judge(stored: Option<&str>, stored_length: Option<i64>, checksum: &str, length: usize) -> Found {
    match stored {
        Some(stored) if stored == checksum => Found::Same,
        Some(_) => Found::Other,
        None if stored_length.is_some_and(|stored| i64::try_from(length) != Ok(stored)) => Found::Other,
        None => Found::Unknown,
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
    fn objects_are_judged_by_their_checksum() {
        for (stored, stored_length, found) in [
            (Some("ours"), Some(4), Found::Same),
            (Some("theirs"), Some(4), Found::Other),
            (Some("ours-2"), Some(4), Found::Other),
            (None, Some(4), Found::Unknown),
            (None, None, Found::Unknown),
            (None, Some(5), Found::Other),
        ] {
            assert_eq!(judge(stored, stored_length, "ours", 4), found, "{stored:?} {stored_length:?}");
        }
    }

    #[test]
    fn a_large_upload_gets_the_time_it_needs() {
        for (bytes, seconds) in [(0, 30), (10_000, 30), (250 << 20, 30 + 4000)] {
            assert_eq!(upload_timeout(bytes), Duration::from_secs(seconds), "{bytes}");
        }
    }
}
