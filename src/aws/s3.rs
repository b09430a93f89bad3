//! Uploads to the artifact bucket.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectCannedAcl;

use super::errors::{code, failed};
use super::session::EnvironmentSession;
use crate::error::Result;
use crate::template::inputs::S3Object;

impl EnvironmentSession {
    /// Uploads unless the key is taken. One conditional call: it needs no permission beyond
    /// `s3:PutObject`, where a look first would also need `s3:GetObject`.
    pub(super) async fn put_if_absent(&self, object: &S3Object, body: Vec<u8>) -> Result<()> {
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

fn content_type(key: &str) -> Option<&'static str> {
    match key.rsplit_once('.')?.1 {
        "yml" => Some("text/x-yaml"),
        "zip" => Some("application/zip"),
        _ => None,
    }
}
