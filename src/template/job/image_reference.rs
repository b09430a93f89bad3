//! The image reference of each container.

use super::inputs::{ImageRef, Inputs};
use crate::manifest::job::{ImageSource, Job};

/// Tag of a built image of which neither tag nor digest is known.
const UNKNOWN_TAG: &str = "latest";

/// The main container's image; `None` while a built image has not been named yet.
pub fn main_image(job: &Job, inputs: &Inputs) -> Option<String> {
    image(&job.image.source, &job.name, "", inputs)
}

/// A sidecar's image. Tags carry the container's name because all images share one repository.
pub fn sidecar_image(name: &str, source: &ImageSource, inputs: &Inputs) -> Option<String> {
    image(source, name, &format!("{name}-"), inputs)
}

fn image(source: &ImageSource, container: &str, tag_prefix: &str, inputs: &Inputs) -> Option<String> {
    if let ImageSource::Location(location) = source {
        return Some(location.clone());
    }
    let repository = inputs.repository_url.as_deref()?;
    let ImageRef { tag, digest } = inputs.images.get(container)?;
    Some(match (tag, digest) {
        (Some(tag), _) => format!("{repository}:{tag_prefix}{tag}"),
        (None, Some(digest)) => format!("{repository}@{digest}"),
        (None, None) => format!("{repository}:{tag_prefix}{UNKNOWN_TAG}"),
    })
}
