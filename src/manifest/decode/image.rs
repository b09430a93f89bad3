//! `image`.

use super::build::build;
use super::container;
use super::fields::Map;
use crate::manifest::findings::Notes;
use crate::manifest::partial::ImagePart;

const IMAGE: [&str; 6] = ["build", "location", "credentials", "labels", "depends_on", "healthcheck"];

/// The main container's `image`.
pub fn image(map: &Map<'_>, notes: &mut Notes) -> ImagePart {
    let Some(field) = map.get("image") else { return ImagePart::default() };
    if let Some(text) = field.node.as_text() {
        let message = format!("expected a map, found `{text}`");
        notes.error_help(
            &field.place,
            message,
            format!("write `location: {text}` below `image:`, or `build:` with a Dockerfile"),
        );
        return ImagePart::default();
    }
    let Some(map) = field.map(&IMAGE, notes) else { return ImagePart::default() };
    let part = ImagePart {
        build: map.get("build").and_then(|field| build(&field, notes)),
        location: map.string("location", notes),
        credentials: map.string("credentials", notes),
        labels: map.texts("labels", notes),
        depends_on: map.texts("depends_on", notes),
        healthcheck: container::healthcheck(&map, notes),
    };
    if let (Some(build), Some(location)) = (&part.build, &part.location)
        && !build.value.is_empty()
    {
        notes.error_help(
            &location.place,
            "`build` and `location` exclude each other",
            "keep the one the job shall run",
        );
    }
    part
}
