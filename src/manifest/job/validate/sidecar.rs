//! Sidecars: images, ports, mounted volumes.

use std::collections::BTreeMap;

use super::{container, image, names, storage::check_path};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::layer::{MountPart, SidecarImage, SidecarPart};
use crate::manifest::job::{Image, ImageSource, MountPoint, Sidecar, Storage};
use crate::manifest::unquoted;

/// Checks all sidecars, in the order of their names. `storage` holds the volumes they can mount; `None`
/// when overrides of the task definition may add others. `topics` tells whether the job publishes to any.
pub(super) fn sidecars(
    parts: BTreeMap<String, SidecarPart>,
    storage: Option<&Storage>,
    topics: bool,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Sidecar> {
    let mut ports: BTreeMap<u16, String> = BTreeMap::new();
    let mut sidecars = BTreeMap::new();
    for (name, mut part) in parts {
        let port = part.port.take().and_then(|port| {
            let parsed = parse_port(&port, diagnostics)?;
            if let Some(other) = ports.insert(parsed.0, name.clone()) {
                diagnostics.error(&port.place, format!("port {} is exposed by `{other}` already", parsed.0));
            }
            Some(parsed)
        });
        sidecars.extend(sidecar(part, port, storage, topics, diagnostics).map(|sidecar| (name, sidecar)));
    }
    sidecars
}

fn sidecar(
    part: SidecarPart,
    port: Option<(u16, String)>,
    storage: Option<&Storage>,
    topics: bool,
    diagnostics: &mut Diagnostics,
) -> Option<Sidecar> {
    let source = match part.image {
        Some(Located { value: SidecarImage::Text(text), .. }) => Some(ImageSource::Location(text)),
        Some(Located { value: SidecarImage::Settings { build, location }, place }) => {
            image::source(build, location, &place, diagnostics)
        }
        None => {
            diagnostics.error_help(
                &part.place,
                "the sidecar has no image",
                "add `image:` with an image, or with `build:` below it",
            );
            None
        }
    };
    let depends_on = container::conditions(part.depends_on, diagnostics);
    let healthcheck = container::healthcheck(part.healthcheck, diagnostics);
    let entrypoint = container::words(part.entrypoint, diagnostics);
    let command = container::words(part.command, diagnostics);
    let mounts = part.mount_points.as_ref().is_some_and(|mounts| !mounts.is_empty());
    names::check(&part.variables, &part.secrets, names::Surroundings { topics, mounts }, diagnostics);
    let variables = container::variables(part.variables, diagnostics);
    let secrets = container::secrets(part.secrets, diagnostics);
    let env_file = container::env_file(part.env_file, diagnostics);
    let mounts = part.mount_points.unwrap_or_default();
    let mount_points =
        mounts.into_iter().filter_map(|mount| mount_point(mount, storage, diagnostics)).collect();
    let image = Image {
        source: source?,
        credentials: part.credentials.map(|credentials| credentials.value),
        labels: container::texts(part.labels),
        depends_on,
        healthcheck,
    };
    let essential = part.essential.map(|flag| flag.value);
    Some(Sidecar { image, essential, port, entrypoint, command, variables, secrets, env_file, mount_points })
}

/// A port number with `tcp` or `udp`.
fn parse_port(port: &Located<String>, diagnostics: &mut Diagnostics) -> Option<(u16, String)> {
    let text = &port.value;
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_lowercase();
    if protocol.contains('/') {
        diagnostics.error(&port.place, format!("`{text}` is not a port; write PORT or PORT/PROTOCOL"));
        return None;
    }
    if !matches!(protocol.as_str(), "tcp" | "udp") {
        diagnostics.error(&port.place, format!("`{protocol}` is not a protocol; write tcp or udp"));
        return None;
    }
    match number.parse::<u16>() {
        Ok(number) => Some((number, protocol)),
        Err(_) => {
            diagnostics.error(&port.place, format!("`{number}` is not a port number between 0 and 65535"));
            None
        }
    }
}

/// Whether there is a volume that has this name in the template.
fn has_volume(storage: &Storage, name: &str) -> bool {
    let wanted = unquoted::name(name);
    storage.volumes.keys().any(|volume| unquoted::name(volume) == wanted)
}

fn mount_point(
    part: MountPart,
    storage: Option<&Storage>,
    diagnostics: &mut Diagnostics,
) -> Option<MountPoint> {
    let source = part.source_volume.filter(|volume| !volume.value.is_empty());
    let path = part.path.filter(|path| !path.value.is_empty());
    match &source {
        None => diagnostics.error(&part.place, "the mount point has no `source_volume`"),
        Some(volume) if storage.is_some_and(|storage| !has_volume(storage, &volume.value)) => {
            let help = "add it to `storage.volumes`";
            diagnostics.error_help(&volume.place, format!("there is no volume `{}`", volume.value), help);
        }
        Some(_) => {}
    }
    match &path {
        None => diagnostics.error(&part.place, "the mount point has no `path`"),
        Some(path) => check_path(&path.value, &path.place, diagnostics),
    }
    let read_only = part.read_only.is_none_or(|flag| flag.value);
    Some(MountPoint { source_volume: source?.value, path: path?.value, read_only })
}
