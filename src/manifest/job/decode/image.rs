//! `image`.

use super::build::build;
use super::container;
use crate::manifest::fields::Map;
use crate::manifest::findings::Diagnostics;
use crate::manifest::job::layer::ImagePart;
use crate::manifest::job::table;

/// The main container's `image`.
pub(super) fn image(map: &Map<'_>, diagnostics: &mut Diagnostics) -> ImagePart {
    let Some(field) = map.get("image") else { return ImagePart::default() };
    if let Some(text) = field.node.as_text() {
        let message = format!("expected a map, found `{text}`");
        diagnostics.error_help(
            &field.place,
            message,
            format!("write `location: {text}` below `image:`, or `build:` with a Dockerfile"),
        );
        return ImagePart::default();
    }
    let Some(map) = field.map(table::IMAGE, diagnostics) else { return ImagePart::default() };
    let part = ImagePart {
        build: map.get("build").and_then(|field| build(&field, diagnostics)),
        location: map.string("location", diagnostics),
        credentials: map.string("credentials", diagnostics),
        labels: map.texts("labels", diagnostics),
        depends_on: map.texts("depends_on", diagnostics),
        healthcheck: container::healthcheck(&map, diagnostics),
    };
    if let (Some(build), Some(location)) = (&part.build, &part.location)
        && !build.value.is_empty()
    {
        diagnostics.error_help(
            &location.place,
            "`build` and `location` exclude each other",
            "keep the one the job shall run",
        );
    }
    part
}
