//! `sidecars`.

use std::collections::BTreeMap;

use super::fields::{Field, Map};
use super::{build, container};
use crate::manifest::findings::{At, Notes};
use crate::manifest::partial::{MountPart, SidecarImage, SidecarPart};

const SIDECAR: [&str; 13] = [
    "port",
    "image",
    "essential",
    "credentialsParameter",
    "variables",
    "secrets",
    "env_file",
    "mount_points",
    "labels",
    "depends_on",
    "healthcheck",
    "entrypoint",
    "command",
];

/// `sidecars`.
pub fn sidecars(map: &Map<'_>, notes: &mut Notes) -> BTreeMap<String, SidecarPart> {
    let mut sidecars = BTreeMap::new();
    for (name, field) in map.get("sidecars").map(|field| field.entries(notes)).unwrap_or_default() {
        sidecars.extend(sidecar(&field, notes).map(|part| (name, part)));
    }
    sidecars
}

fn sidecar(field: &Field<'_>, notes: &mut Notes) -> Option<SidecarPart> {
    // The old tool crashes on an empty entry; here it may be filled by the other side of an override.
    if field.node.is_null() {
        return Some(SidecarPart { place: field.place.clone(), ..SidecarPart::default() });
    }
    let map = field.map(&SIDECAR, notes)?;
    Some(SidecarPart {
        place: field.place.clone(),
        port: map.string("port", notes),
        image: map.get("image").and_then(|field| sidecar_image(&field, notes)),
        essential: map.boolean("essential", notes),
        credentials: map.string("credentialsParameter", notes),
        variables: container::variables(&map, notes),
        secrets: container::secrets(&map, "secrets", notes),
        env_file: map.string("env_file", notes),
        mount_points: map.get("mount_points").and_then(|field| mount_points(&field, notes)),
        labels: map.texts("labels", notes),
        depends_on: map.texts("depends_on", notes),
        healthcheck: container::healthcheck(&map, notes),
        entrypoint: map.get("entrypoint").and_then(|field| container::words(&field, notes)),
        command: map.get("command").and_then(|field| container::words(&field, notes)),
    })
}

fn sidecar_image(field: &Field<'_>, notes: &mut Notes) -> Option<At<SidecarImage>> {
    if !field.is_map() {
        let text = field.text(notes, "an image or a map with `build` or `location`")?;
        return Some(field.at(SidecarImage::Text(text.value)));
    }
    let map = field.union_map(&["build", "location"], notes)?;
    let build = map.get("build").and_then(|field| build::build(&field, notes));
    let location = map.string("location", notes);
    if let (Some(_), Some(location)) = (&build, &location) {
        notes.error_help(
            &location.place,
            "`build` and `location` exclude each other",
            "keep the one the job shall run",
        );
    }
    Some(field.at(SidecarImage::Settings { build, location }))
}

fn mount_points(field: &Field<'_>, notes: &mut Notes) -> Option<Vec<MountPart>> {
    let items = field.items(notes)?;
    let mut mounts = Vec::with_capacity(items.len());
    for item in items {
        let Some(map) = item.map(&["source_volume", "path", "read_only"], notes) else { continue };
        mounts.push(MountPart {
            place: item.place.clone(),
            source_volume: map.string("source_volume", notes),
            path: map.string("path", notes),
            read_only: map.boolean("read_only", notes),
        });
    }
    Some(mounts)
}
