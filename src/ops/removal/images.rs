//! A repository is emptied.

use super::port::Repositories;
use crate::error::{Error, Result};

/// Images that ECR deletes with one call.
const BATCH: usize = 100;
/// Refused images that an error names.
const NAMED: usize = 10;

/// Deletes all images; returns how many there were. A repository that is gone has none.
///
/// # Errors
/// When it cannot be listed, or images cannot be deleted.
pub(crate) async fn empty(place: &impl Repositories, repository: &str) -> Result<usize> {
    let mut count = 0;
    loop {
        let images = match place.images(repository).await? {
            Some(images) if !images.is_empty() => images,
            _ => return Ok(count),
        };
        let mut refused = Vec::new();
        for batch in images.chunks(BATCH) {
            refused.extend(place.delete_images(repository, batch).await?);
        }
        // An image that belongs to a list of images can be deleted once the list is: as long as others go, try again.
        let deleted = images.len().saturating_sub(refused.len());
        count += deleted;
        if deleted == 0 {
            return Err(error(repository, &refused));
        }
    }
}

fn error(repository: &str, refused: &[(String, String)]) -> Error {
    let named = refused.iter().take(NAMED);
    let mut lines: Vec<String> = named.map(|(digest, reason)| format!("{digest}: {reason}")).collect();
    if refused.len() > NAMED {
        lines.push(format!("and {} more", refused.len() - NAMED));
    }
    Error::new(format!("{} images in repository {repository} could not be removed", refused.len()))
        .details(lines)
        .hint("Remove what uses them, then run the command again.")
}
