//! What a registry has of a local image, asked without sending anything.

use futures_util::future::join_all;

use super::client::Registry;
use crate::docker::engine::Engine;
use crate::ops::port::{Found, RegistryCredentials, Tagged};

impl Engine {
    /// What the registry has of an image, as far as the engine knows of an earlier push or pull. Sends nothing.
    pub async fn find(&self, image: &Tagged<'_>, login: &RegistryCredentials) -> Option<Found> {
        let (registry, found) = self.look(image, login).await?;
        if found.missing.len() == image.tags.len() {
            registry.digest(&found.digest).await?;
        }
        Some(found)
    }

    /// The digest of an image and the tags that do not stand for it. When none does, the image itself may be
    /// gone from the registry.
    pub(crate) async fn look(
        &self,
        image: &Tagged<'_>,
        login: &RegistryCredentials,
    ) -> Option<(Registry, Found)> {
        // Without an earlier push or pull the engine knows no digest, and nobody is asked.
        let known = self.known_digests(image).await;
        if known.is_empty() {
            return None;
        }
        let registry = Registry::open(image.repository, login, self.plain_loopback).await?;
        let digests = join_all(image.tags.iter().map(|tag| registry.digest(tag))).await;
        let digest = match digests.iter().flatten().find(|digest| known.contains(digest)) {
            Some(digest) => digest.clone(),
            // The tags moved on; the image may still be there.
            None => known.into_iter().next()?,
        };
        let tags = image.tags.iter().zip(&digests);
        let missing = tags.filter(|(_, found)| found.as_ref() != Some(&digest));
        let missing = missing.map(|(tag, _)| tag.clone()).collect();
        Some((registry, Found { digest, missing }))
    }

    /// The digests that a repository gave the image in earlier pushes or pulls. It may have been pushed to
    /// several repositories: only this one's count.
    pub(crate) async fn known_digests(&self, image: &Tagged<'_>) -> Vec<String> {
        let digests = self.docker.inspect_image(image.id).await.ok().and_then(|image| image.repo_digests);
        let digest =
            |entry: &String| entry.strip_prefix(image.repository)?.strip_prefix('@').map(str::to_owned);
        digests.unwrap_or_default().iter().filter_map(digest).collect()
    }
    /// Whether a digest that came of a push by tag is the image's: by the image's own record, or because the
    /// tag still stands for the image, for engines that keep no such record.
    pub(crate) async fn is_of(&self, image: &Tagged<'_>, tag: &str, digest: Option<&str>) -> bool {
        let known = self.known_digests(image).await;
        if digest.is_some_and(|digest| known.iter().any(|known| known == digest)) {
            return true;
        }
        let named = self.docker.inspect_image(&format!("{}:{tag}", image.repository)).await;
        let bare = |id: &str| id.trim_start_matches("sha256:").to_owned();
        named.is_ok_and(|named| named.id.is_some_and(|id| bare(&id) == bare(image.id)))
    }
}
