//! `storage` and `logging`.

use std::collections::BTreeMap;

use super::container;
use super::fields::{Field, Map};
use crate::manifest::findings::{At, Notes};
use crate::manifest::partial::{EfsPart, EfsSettings, LoggingPart, StoragePart, VolumePart};

const EFS: [&str; 5] = ["id", "root_dir", "auth", "uid", "gid"];
const LOGGING: [&str; 9] = [
    "retention",
    "image",
    "destination",
    "enableMetadata",
    "secretOptions",
    "configFilePath",
    "variables",
    "secrets",
    "env_file",
];

/// `storage`.
pub fn storage(map: &Map<'_>, notes: &mut Notes) -> StoragePart {
    let known = ["ephemeral", "readonly_fs", "volumes"];
    let Some(map) = map.get("storage").and_then(|field| field.map(&known, notes)) else {
        return StoragePart::default();
    };
    let mut volumes = BTreeMap::new();
    for (name, field) in map.get("volumes").map(|field| field.entries(notes)).unwrap_or_default() {
        volumes.extend(volume(&field, notes).map(|volume| (name, volume)));
    }
    StoragePart {
        ephemeral: map.integer("ephemeral", notes),
        readonly_fs: map.boolean("readonly_fs", notes),
        volumes,
    }
}

fn volume(field: &Field<'_>, notes: &mut Notes) -> Option<VolumePart> {
    if field.node.is_null() {
        return Some(VolumePart { place: field.place.clone(), ..VolumePart::default() });
    }
    let map = field.map(&["path", "read_only", "efs"], notes)?;
    Some(VolumePart {
        place: field.place.clone(),
        path: map.string("path", notes),
        read_only: map.boolean("read_only", notes),
        efs: map.get("efs").and_then(|field| efs(&field, notes)),
    })
}

fn efs(field: &Field<'_>, notes: &mut Notes) -> Option<At<EfsPart>> {
    if !field.is_map() {
        let text = field.node.as_text().unwrap_or_default();
        if text.starts_with("fs-") {
            let help = format!("write `id: {text}` below `efs:`");
            notes.error_help(&field.place, format!("expected true, false or a map, found `{text}`"), help);
            return None;
        }
        return field.flag(notes, "true, false or a map").map(|flag| field.at(EfsPart::Flag(flag.value)));
    }
    let map = field.union_map(&EFS, notes)?;
    let auth = map.get("auth").and_then(|field| field.map(&["iam", "access_point_id"], notes));
    let settings = EfsSettings {
        id: map.get("id").and_then(|field| container::imported(&field, notes)),
        ignored_id: None,
        root_dir: map.string("root_dir", notes),
        iam: auth.as_ref().and_then(|auth| auth.boolean("iam", notes)),
        access_point_id: auth.as_ref().and_then(|auth| auth.string("access_point_id", notes)),
        auth: auth.map(|auth| auth.place),
        uid: map.get("uid").and_then(|field| field.unsigned(notes)),
        gid: map.get("gid").and_then(|field| field.unsigned(notes)),
    };
    if settings.is_managed() && settings.is_own() {
        let help = "`uid` and `gid` belong to a file system that copilot manages; `id`, `root_dir` and `auth` to one of your own";
        notes.error_help(&field.place, "`uid`/`gid` and `id`/`root_dir`/`auth` exclude each other", help);
    }
    Some(field.at(EfsPart::Settings(Box::new(settings))))
}

/// `logging`.
pub fn logging(map: &Map<'_>, notes: &mut Notes) -> LoggingPart {
    let Some(map) = map.get("logging").and_then(|field| field.map(&LOGGING, notes)) else {
        return LoggingPart::default();
    };
    LoggingPart {
        retention: map.integer("retention", notes),
        router: LOGGING.iter().any(|key| *key != "retention" && map.get(key).is_some()),
        image: map.string("image", notes),
        destination: map.texts("destination", notes),
        enable_metadata: map.boolean("enableMetadata", notes),
        secret_options: container::secrets(&map, "secretOptions", notes),
        config_file_path: map.string("configFilePath", notes),
        variables: container::variables(&map, notes),
        secrets: container::secrets(&map, "secrets", notes),
        env_file: map.string("env_file", notes),
    }
}
