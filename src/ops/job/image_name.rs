//! Names of images with which no task starts.

/// Whether a reference names no repository: `:tag` and `@digest` are what deployments without a repository leave behind.
pub(crate) fn has_no_repository(image: &str) -> bool {
    image.is_empty() || image.starts_with([':', '@'])
}

/// What such a reference means.
pub(crate) fn nameless(container: &str, image: &str) -> String {
    format!(
        "the image of container {container} is `{image}`, which names no repository: the task cannot start"
    )
}
