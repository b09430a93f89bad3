//! `sidecars`.

use std::collections::BTreeMap;

use super::{build, container};
use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::layer::{MountPart, SidecarImage, SidecarPart};
use crate::manifest::job::table;

/// `sidecars`.
pub(super) fn sidecars(map: &Map<'_>, diagnostics: &mut Diagnostics) -> BTreeMap<String, SidecarPart> {
    let mut sidecars = BTreeMap::new();
    for (name, field) in map.get("sidecars").map(|field| field.entries(diagnostics)).unwrap_or_default() {
        sidecars.extend(sidecar(&field, diagnostics).map(|part| (name, part)));
    }
    sidecars
}

fn sidecar(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<SidecarPart> {
    // The old tool crashes on an empty entry; here it may be filled by the other side of an override.
    if field.node.is_null() {
        return Some(SidecarPart { place: field.place.clone(), ..SidecarPart::default() });
    }
    let map = field.map(table::SIDECAR, diagnostics)?;
    Some(SidecarPart {
        place: field.place.clone(),
        port: map.string("port", diagnostics),
        image: map.get("image").and_then(|field| sidecar_image(&field, diagnostics)),
        essential: map.boolean("essential", diagnostics),
        credentials: map.string("credentialsParameter", diagnostics),
        variables: container::variables(&map, diagnostics),
        secrets: container::secrets(&map, "secrets", diagnostics),
        env_file: map.string("env_file", diagnostics),
        mount_points: map.get("mount_points").and_then(|field| mount_points(&field, diagnostics)),
        labels: map.texts("labels", diagnostics),
        depends_on: map.texts("depends_on", diagnostics),
        healthcheck: container::healthcheck(&map, diagnostics),
        entrypoint: map.get("entrypoint").and_then(|field| container::words(&field, diagnostics)),
        command: map.get("command").and_then(|field| container::words(&field, diagnostics)),
    })
}

fn sidecar_image(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<SidecarImage>> {
    if !field.is_map() {
        let text = field.text(diagnostics, "an image or a map with `build` or `location`")?;
        return Some(field.at(SidecarImage::Text(text.value)));
    }
    let map = field.union_map(table::SIDECAR_IMAGE, diagnostics)?;
    let build = map.get("build").and_then(|field| build::build(&field, diagnostics));
    let location = map.string("location", diagnostics);
    if let (Some(_), Some(location)) = (&build, &location) {
        diagnostics.error_help(
            &location.place,
            "`build` and `location` exclude each other",
            "keep the one the job shall run",
        );
    }
    Some(field.at(SidecarImage::Settings { build, location }))
}

fn mount_points(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<MountPart>> {
    let items = field.items(diagnostics)?;
    let mut mounts = Vec::with_capacity(items.len());
    for item in items {
        let Some(map) = item.map(table::MOUNT_POINT, diagnostics) else { continue };
        mounts.push(MountPart {
            place: item.place.clone(),
            source_volume: map.string("source_volume", diagnostics),
            path: map.string("path", diagnostics),
            read_only: map.boolean("read_only", diagnostics),
        });
    }
    Some(mounts)
}
