//! Images: exactly one of `build` and `location`.

use super::container;
use crate::manifest::findings::{Diagnostics, Located, Place};
use crate::manifest::job::layer::{BuildPart, ImagePart};
use crate::manifest::job::{Build, Image, ImageSource};

/// The main container's image; `place` is where it is written or should be.
pub(super) fn main(part: ImagePart, place: &Place, diagnostics: &mut Diagnostics) -> Option<Image> {
    let place = part.build.as_ref().map_or_else(|| place.clone(), |build| build.place.clone());
    let source = source(part.build, part.location, &place, diagnostics);
    let depends_on = container::conditions(part.depends_on, diagnostics);
    let healthcheck = container::healthcheck(part.healthcheck, diagnostics);
    Some(Image {
        source: source?,
        credentials: part.credentials.map(|credentials| credentials.value),
        labels: container::texts(part.labels),
        depends_on,
        healthcheck,
    })
}

/// Where an image comes from; an empty build counts as none, an empty location as one.
pub(super) fn source(
    build: Option<Located<BuildPart>>,
    location: Option<Located<String>>,
    place: &Place,
    diagnostics: &mut Diagnostics,
) -> Option<ImageSource> {
    match (build.filter(|build| !build.value.is_empty()), location) {
        (Some(build), None) => Some(ImageSource::Build(resolved(build.value))),
        (None, Some(location)) => Some(ImageSource::Location(location.value)),
        (Some(_), Some(location)) => {
            diagnostics.error(&location.place, "`build` and `location` exclude each other");
            None
        }
        (None, None) => {
            let help = "add `build:` with the path of a Dockerfile, or `location:` with an image";
            diagnostics.error_help(place, "no image: neither `build` nor `location` is given", help);
            None
        }
    }
}

fn resolved(part: BuildPart) -> Build {
    let given = |text: Option<Located<String>>| text.map(|text| text.value).filter(|text| !text.is_empty());
    match part {
        BuildPart::Path(path) => Build { dockerfile: Some(path), ..Build::default() },
        BuildPart::Settings(settings) => Build {
            dockerfile: given(settings.dockerfile),
            context: given(settings.context),
            target: given(settings.target),
            args: container::texts(settings.args),
            cache_from: settings.cache_from.unwrap_or_default(),
            cache_to: settings.cache_to.unwrap_or_default(),
            secrets: settings.secrets.into_iter().map(|(id, secret)| (id, secret.value)).collect(),
            ssh: settings.ssh.unwrap_or_default(),
            contexts: settings.contexts.into_iter().map(|(name, context)| (name, context.value)).collect(),
            no_cache: settings.no_cache.is_some_and(|flag| flag.value),
            network: settings.network.map(|network| network.value).unwrap_or_default(),
        },
    }
}
