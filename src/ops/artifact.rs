//! Objects in the artifact bucket, which every environment of an application may write to.

use bytes::Bytes;

use super::port::{Artifacts, Stored};
use crate::error::Result;
use crate::report::Console;
use crate::template::cfn::artifacts;
use crate::template::cfn::artifacts::S3Object;

/// Stores an object, and warns of other content that was in its place.
pub(crate) async fn store(
    bucket: &impl Artifacts,
    object: &S3Object,
    content: Bytes,
    console: &Console<'_>,
) -> Result<()> {
    // A copy shares the content.
    let stored = bucket.put_artifact(object, content.clone()).await?;
    if stored == Stored::Replaced {
        let named = artifacts::is_named_after(&object.key, &content);
        console.warn(replaced(object, named));
    }
    Ok(())
}

/// What to know of an object that held something else; `named` after its content, so that nothing else belongs there.
fn replaced(object: &S3Object, named: bool) -> String {
    let S3Object { bucket, key } = object;
    let who = match named {
        true => "somebody with write access to the bucket put something else there",
        // The name of an archive has the hash of the files that were packed, not of the archive.
        false => {
            "AWS Copilot CLI or another version of this program packed the same files, or somebody with write access to the \
             bucket put something else there"
        }
    };
    format!(
        "s3://{bucket}/{key} did not hold what belongs there, and was replaced: {who}. Earlier deployments may have used it; see \
         its versions with `aws s3api list-object-versions --bucket {bucket} --prefix {key}`."
    )
}
