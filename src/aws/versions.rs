//! Versions of a bucket's objects: listed and deleted. A bucket with any cannot be deleted.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::errors::{code, failed};
use super::session::RegionSession;
use crate::error::{Error, Result};
use crate::ops::removal::port::{Buckets, Marker, Refused, Version, VersionPage};

impl Buckets for RegionSession {
    async fn versions(&self, bucket: &str, after: Option<&Marker>) -> Result<Option<VersionPage>> {
        let request = self.s3.list_object_versions().bucket(bucket);
        let request = match after {
            Some(after) => request.key_marker(&after.key).set_version_id_marker(after.id.clone()),
            None => request,
        };
        let output = match request.send().await {
            Ok(output) => output,
            Err(e) if code(&e) == Some("NoSuchBucket") => return Ok(None),
            Err(e) => {
                let target = format!("bucket {bucket}");
                return Err(failed(&self.session.who, "s3:ListBucketVersions", &target, e));
            }
        };
        let next = (output.is_truncated == Some(true))
            .then(|| {
                Some(Marker {
                    key: output.next_key_marker.clone()?,
                    id: output.next_version_id_marker.clone(),
                })
            })
            .flatten();
        let seconds = |at: Option<aws_smithy_types::DateTime>| at.map_or(0.0, |at| at.as_secs_f64());
        let versions = output.versions.unwrap_or_default().into_iter();
        let versions = versions.filter_map(|v| Some((v.key?, v.version_id?, seconds(v.last_modified))));
        let markers = output.delete_markers.unwrap_or_default().into_iter();
        let markers = markers.filter_map(|m| Some((m.key?, m.version_id?, seconds(m.last_modified))));
        let versions = versions.chain(markers).map(|(key, id, modified)| Version { key, id, modified });
        Ok(Some(VersionPage { versions: versions.collect(), next }))
    }

    async fn delete_versions(&self, bucket: &str, versions: &[Version]) -> Result<Vec<Refused>> {
        let target = format!("bucket {bucket}");
        let unusable = |e| Error::new(format!("s3:DeleteObjects on {target} cannot be made: {e}"));
        let ids = versions.iter().map(|version| {
            ObjectIdentifier::builder().key(&version.key).version_id(&version.id).build().map_err(unusable)
        });
        let ids = ids.collect::<Result<Vec<_>>>()?;
        let delete = Delete::builder().set_objects(Some(ids)).quiet(true).build().map_err(unusable)?;
        let output = match self.s3.delete_objects().bucket(bucket).delete(delete).send().await {
            Ok(output) => output,
            Err(e) if code(&e) == Some("NoSuchBucket") => return Ok(Vec::new()),
            Err(e) => return Err(failed(&self.session.who, "s3:DeleteObjectVersion", &target, e)),
        };
        // A successful answer may hold refusals of single versions.
        let refused = output.errors.unwrap_or_default().into_iter().map(|error| Refused {
            key: error.key.unwrap_or_default(),
            id: error.version_id.unwrap_or_default(),
            reason: format!("{}: {}", error.code.unwrap_or_default(), error.message.unwrap_or_default()),
        });
        Ok(refused.collect())
    }
}
