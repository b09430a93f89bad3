//! Volumes and file systems, logging, and what Windows rules out.

use std::collections::BTreeMap;

use super::{container, names, task};
use crate::manifest::findings::{Diagnostics, Located, Place};
use crate::manifest::job::layer::{EfsPart, EfsSettings, JobLayer, LoggingPart, StoragePart, VolumePart};
use crate::manifest::job::{Imported, LogRouter, Logging, Os, Storage, Volume, VolumeKind};
use crate::manifest::{retention, unquoted};

const DEFAULT_RETENTION: i64 = 30;

/// `storage` with every volume classified.
pub(super) fn storage(part: StoragePart, diagnostics: &mut Diagnostics) -> Storage {
    if let Some(Located { value, place }) = &part.ephemeral
        && !(20..=200).contains(value)
    {
        diagnostics.error(place, format!("{value} GiB is out of range; tasks have 20 to 200 GiB"));
    }
    let mut managed: Option<String> = None;
    let mut volumes: BTreeMap<String, Volume> = BTreeMap::new();
    for (name, part) in part.volumes {
        let place = part.place.clone();
        let Some(volume) = volume(part, diagnostics) else { continue };
        if matches!(volume.kind, VolumeKind::ManagedEfs { .. }) {
            match &managed {
                Some(first) => {
                    let help = "put the data into directories of one volume, or name a file system of your own with `efs.id`";
                    diagnostics.error_help(
                        &place,
                        format!("only one volume can be managed, and `{first}` is one already"),
                        help,
                    );
                }
                None => managed = Some(name.clone()),
            }
        }
        if let Some(other) = volumes.keys().find(|other| unquoted::name(other) == unquoted::name(&name)) {
            diagnostics.error_help(
                &place,
                format!("the volume has the same name as `{other}`"),
                "rename one of them",
            );
        }
        volumes.insert(name, volume);
    }
    let value = |at: Located<bool>| at.value;
    Storage {
        ephemeral: part.ephemeral.map(|at| at.value),
        readonly_fs: part.readonly_fs.map(value),
        volumes,
    }
}

fn volume(part: VolumePart, diagnostics: &mut Diagnostics) -> Option<Volume> {
    let path = match part.path.filter(|path| !path.value.is_empty()) {
        Some(Located { value, place }) => {
            check_path(&value, &place, diagnostics);
            Some(value)
        }
        None => {
            diagnostics.error_help(
                &part.place,
                "the volume has no path",
                "add `path:` with the directory to mount it at",
            );
            None
        }
    };
    let kind = match part.efs {
        None | Some(Located { value: EfsPart::Flag(false), .. }) => Some(VolumeKind::Scratch),
        Some(Located { value: EfsPart::Flag(true), .. }) => Some(VolumeKind::ManagedEfs { owner: None }),
        Some(Located { value: EfsPart::Settings(settings), place }) => efs(*settings, &place, diagnostics),
    };
    Some(Volume { path: path?, read_only: part.read_only.map(|at| at.value), kind: kind? })
}

fn efs(settings: EfsSettings, place: &Place, diagnostics: &mut Diagnostics) -> Option<VolumeKind> {
    if settings.is_managed() {
        return match (settings.uid, settings.gid) {
            (Some(uid), Some(gid)) => {
                if uid.value == 0 {
                    diagnostics.error(&uid.place, "the owner cannot be root: `uid` must not be 0");
                }
                Some(VolumeKind::ManagedEfs { owner: Some((uid.value, gid.value)) })
            }
            (Some(_), None) => {
                diagnostics.error(place, "`gid` must be given along with `uid`");
                None
            }
            (None, _) => {
                diagnostics.error(place, "`uid` must be given along with `gid`");
                None
            }
        };
    }
    let root = settings.root_dir.as_ref().map(|dir| dir.value.as_str()).unwrap_or_default();
    let iam = settings.iam.as_ref().map(|iam| iam.value);
    match (&settings.access_point_id, &settings.root_dir) {
        (Some(point), _) => {
            if !matches!(root, "" | "/") {
                diagnostics.error(&point.place, "with an access point, `root_dir` must be absent or `/`");
            }
            if iam == Some(false) {
                diagnostics.error(&point.place, "with an access point, `iam` must not be false");
            }
        }
        (None, Some(dir)) => check_path(&dir.value, &dir.place, diagnostics),
        (None, None) => {}
    }
    if let Some(auth) = settings.auth.as_ref().filter(|_| iam.is_none()) {
        let message = "IAM authorization stays disabled, because `iam: true` is not written";
        diagnostics.warn(auth, message, None);
    }
    if let Some(place) = &settings.ignored_id {
        let help = "remove the plain id from the base and write an id in every environment";
        let message = "has no effect: the plain id of the base stays, as in jobs deployed so far";
        diagnostics.warn(place, message, Some(help.to_owned()));
    }
    match settings.id {
        Some(Located { value: Imported::Plain(id) | Imported::FromCfn(id), place }) if id.is_empty() => {
            diagnostics.error(&place, "the file system's id is empty");
            None
        }
        Some(id) => Some(VolumeKind::Efs {
            id: id.value,
            root_dir: settings.root_dir.map(|dir| dir.value),
            iam,
            access_point_id: settings.access_point_id.map(|point| point.value),
        }),
        None => {
            let help =
                "add `id:` with the file system's id, or write `efs: true` for one that copilot manages";
            diagnostics.error_help(place, "the file system has no id", help);
            None
        }
    }
}

/// Reports characters that the old tool refuses in paths.
pub(super) fn check_path(path: &str, place: &Place, diagnostics: &mut Diagnostics) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if let Some(bad) = path.chars().find(|c| !allowed(*c)) {
        let help = "paths consist of letters, digits and . - _ /";
        diagnostics.error_help(place, format!("`{path}` contains `{bad}`"), help);
    }
}

/// `logging`; any key but `retention` adds the log router. `topics` tells whether the job publishes to any.
pub(super) fn logging(part: LoggingPart, topics: bool, diagnostics: &mut Diagnostics) -> Logging {
    if let Some(days) = &part.retention {
        retention::check(days, diagnostics);
    }
    let retention = part.retention.map_or(DEFAULT_RETENTION, |days| days.value);
    let around = names::Surroundings { topics, mounts: false };
    names::check(&part.variables, &part.secrets, around, diagnostics);
    let variables = container::variables(part.variables, diagnostics);
    let secrets = container::secrets(part.secrets, diagnostics);
    let secret_options = container::secrets(part.secret_options, diagnostics);
    let env_file = container::env_file(part.env_file, diagnostics);
    let router = part.router.then(|| LogRouter {
        image: part.image.map(|image| image.value),
        destination: container::texts(part.destination),
        enable_metadata: part.enable_metadata.map(|flag| flag.value),
        secret_options,
        config_file_path: part.config_file_path.map(|path| path.value),
        variables,
        secrets,
        env_file,
    });
    Logging { retention, router }
}

/// What a Windows task cannot have.
pub(super) fn check_platform(part: &JobLayer, diagnostics: &mut Diagnostics) {
    let mut silent = Diagnostics::default();
    // The platform itself is judged elsewhere.
    if task::platform(part.platform.as_ref(), &mut silent).is_none_or(|platform| platform.os == Os::Linux) {
        return;
    }
    if let Some(Located { value: true, place }) = &part.storage.readonly_fs {
        diagnostics.error(place, "a read-only root file system is not possible on Windows");
    }
    for volume in part.storage.volumes.values() {
        if let Some(Located { value, place }) = &volume.efs
            && !matches!(value, EfsPart::Flag(false))
        {
            diagnostics.error(place, "EFS file systems are not possible on Windows");
        }
    }
    if let Some(Located { place, .. }) = &part.platform {
        let value = |at: &Option<Located<i64>>, default: i64| at.as_ref().map_or(default, |at| at.value);
        task::windows_size(place, value(&part.cpu, 256), value(&part.memory, 512), diagnostics);
    }
}
