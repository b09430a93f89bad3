//! A bucket is emptied: every version of every object, and every delete marker.

use std::collections::BTreeMap;

use super::port::{Buckets, Refused, Version};
use crate::error::{Error, Result};

/// Versions that S3 deletes with one call.
const BATCH: usize = 1000;
/// Refused versions that an error names.
const NAMED: usize = 10;

/// Deletes all versions; returns how many there were. A bucket that is gone has none.
///
/// # Errors
/// When it cannot be listed, or versions cannot be deleted even at a second try.
pub(crate) async fn empty(place: &impl Buckets, bucket: &str) -> Result<usize> {
    let (mut count, mut refused) = (0, Vec::new());
    let mut after = None;
    while let Some(page) = place.versions(bucket, after.as_ref()).await? {
        count += page.versions.len();
        refused.extend(delete(place, bucket, &page.versions).await?);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if refused.is_empty() {
        return Ok(count);
    }
    let again: Vec<Version> = refused.iter().map(version).collect();
    match delete(place, bucket, &again).await?.as_slice() {
        [] => Ok(count),
        kept => Err(error(bucket, kept, count)),
    }
}

fn version(refused: &Refused) -> Version {
    Version { key: refused.key.clone(), id: refused.id.clone(), modified: 0.0 }
}

async fn delete(place: &impl Buckets, bucket: &str, versions: &[Version]) -> Result<Vec<Refused>> {
    let mut refused = Vec::new();
    for batch in versions.chunks(BATCH) {
        refused.extend(place.delete_versions(bucket, batch).await?);
    }
    Ok(refused)
}

fn error(bucket: &str, kept: &[Refused], count: usize) -> Error {
    let named = kept.iter().take(NAMED);
    let mut lines: Vec<String> =
        named.map(|one| format!("{} ({}): {}", one.key, one.id, one.reason)).collect();
    if kept.len() > NAMED {
        lines.push(format!("and {} more", kept.len() - NAMED));
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for one in kept {
        *reasons.entry(&one.reason).or_default() += 1;
    }
    let most = reasons.into_iter().max_by_key(|(_, count)| *count).map_or("", |(reason, _)| reason);
    Error::new(format!("{} of {count} versions in bucket {bucket} could not be removed: {most}", kept.len()))
        .details(lines)
        .hint(
            "A retention period or a legal hold (S3 Object Lock), or a policy of the bucket, keeps them. Lift it or wait for \
             its end, then run the command again.",
        )
}

/// How many versions a bucket has, and the key of the newest.
pub(crate) async fn contents(place: &impl Buckets, bucket: &str) -> Result<Option<(usize, String)>> {
    let (mut count, mut newest) = (0, Version::default());
    let mut after = None;
    while let Some(page) = place.versions(bucket, after.as_ref()).await? {
        count += page.versions.len();
        for version in page.versions {
            if version.modified >= newest.modified {
                newest = version;
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok((count > 0).then_some((count, newest.key)))
}
