//! `storage` and `logging`.

use std::collections::BTreeMap;

use super::container;
use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::layer::{EfsPart, EfsSettings, LoggingPart, StoragePart, VolumePart};
use crate::manifest::job::table;

/// `storage`.
pub(super) fn storage(map: &Map<'_>, diagnostics: &mut Diagnostics) -> StoragePart {
    let Some(map) = map.get("storage").and_then(|field| field.map(table::STORAGE, diagnostics)) else {
        return StoragePart::default();
    };
    let mut volumes = BTreeMap::new();
    for (name, field) in map.get("volumes").map(|field| field.entries(diagnostics)).unwrap_or_default() {
        volumes.extend(volume(&field, diagnostics).map(|volume| (name, volume)));
    }
    StoragePart {
        ephemeral: map.integer("ephemeral", diagnostics),
        readonly_fs: map.boolean("readonly_fs", diagnostics),
        volumes,
    }
}

fn volume(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<VolumePart> {
    if field.node.is_null() {
        return Some(VolumePart { place: field.place.clone(), ..VolumePart::default() });
    }
    let map = field.map(table::VOLUME, diagnostics)?;
    Some(VolumePart {
        place: field.place.clone(),
        path: map.string("path", diagnostics),
        read_only: map.boolean("read_only", diagnostics),
        efs: map.get("efs").and_then(|field| efs(&field, diagnostics)),
    })
}

fn efs(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<EfsPart>> {
    if !field.is_map() {
        let text = field.node.as_text().unwrap_or_default();
        if text.starts_with("fs-") {
            let help = format!("write `id: {text}` below `efs:`");
            diagnostics.error_help(
                &field.place,
                format!("expected true, false or a map, found `{text}`"),
                help,
            );
            return None;
        }
        return field
            .flag(diagnostics, "true, false or a map")
            .map(|flag| field.at(EfsPart::Flag(flag.value)));
    }
    let map = field.union_map(table::EFS, diagnostics)?;
    let auth = map.get("auth").and_then(|field| field.map(table::EFS_AUTH, diagnostics));
    let settings = EfsSettings {
        id: map.get("id").and_then(|field| container::imported(&field, diagnostics)),
        ignored_id: None,
        root_dir: map.string("root_dir", diagnostics),
        iam: auth.as_ref().and_then(|auth| auth.boolean("iam", diagnostics)),
        access_point_id: auth.as_ref().and_then(|auth| auth.string("access_point_id", diagnostics)),
        auth: auth.map(|auth| auth.place),
        uid: map.get("uid").and_then(|field| field.unsigned(diagnostics)),
        gid: map.get("gid").and_then(|field| field.unsigned(diagnostics)),
    };
    if settings.is_managed() && settings.is_own() {
        let help = "`uid` and `gid` belong to a file system that copilot manages; `id`, `root_dir` and `auth` to one of your own";
        diagnostics.error_help(
            &field.place,
            "`uid`/`gid` and `id`/`root_dir`/`auth` exclude each other",
            help,
        );
    }
    Some(field.at(EfsPart::Settings(Box::new(settings))))
}

/// `logging`.
pub(super) fn logging(map: &Map<'_>, diagnostics: &mut Diagnostics) -> LoggingPart {
    let Some(map) = map.get("logging").and_then(|field| field.map(table::LOGGING, diagnostics)) else {
        return LoggingPart::default();
    };
    LoggingPart {
        retention: map.integer("retention", diagnostics),
        router: table::LOGGING.iter().any(|spec| spec.name != "retention" && map.get(spec.name).is_some()),
        image: map.string("image", diagnostics),
        destination: map.texts("destination", diagnostics),
        enable_metadata: map.boolean("enableMetadata", diagnostics),
        secret_options: container::secrets(&map, "secretOptions", diagnostics),
        config_file_path: map.string("configFilePath", diagnostics),
        variables: container::variables(&map, diagnostics),
        secrets: container::secrets(&map, "secrets", diagnostics),
        env_file: map.string("env_file", diagnostics),
    }
}
