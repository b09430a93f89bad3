//! Volumes and file systems, logging, and what Windows rules out.

use std::collections::BTreeMap;

use super::{container, names, task};
use crate::manifest::findings::{At, Notes, Place};
use crate::manifest::job::{Imported, LogRouter, Logging, Os, Storage, Volume, VolumeKind};
use crate::manifest::partial::{EfsPart, EfsSettings, JobPart, LoggingPart, StoragePart, VolumePart};
use crate::manifest::unquoted;

const DEFAULT_RETENTION: i64 = 30;

/// Retentions that CloudWatch Logs knows, in days.
const RETENTIONS: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// `storage` with every volume classified.
pub fn storage(part: StoragePart, notes: &mut Notes) -> Storage {
    if let Some(At { value, place }) = &part.ephemeral
        && !(20..=200).contains(value)
    {
        notes.error(place, format!("{value} GiB is out of range; tasks have 20 to 200 GiB"));
    }
    let mut managed: Option<String> = None;
    let mut volumes: BTreeMap<String, Volume> = BTreeMap::new();
    for (name, part) in part.volumes {
        let place = part.place.clone();
        let Some(volume) = volume(part, notes) else { continue };
        if matches!(volume.kind, VolumeKind::ManagedEfs { .. }) {
            match &managed {
                Some(first) => {
                    let help = "put the data into directories of one volume, or name a file system of your own with `efs.id`";
                    notes.error_help(
                        &place,
                        format!("only one volume can be managed, and `{first}` is one already"),
                        help,
                    );
                }
                None => managed = Some(name.clone()),
            }
        }
        if let Some(other) = volumes.keys().find(|other| unquoted::name(other) == unquoted::name(&name)) {
            notes.error_help(
                &place,
                format!("the volume has the same name as `{other}`"),
                "rename one of them",
            );
        }
        volumes.insert(name, volume);
    }
    let value = |at: At<bool>| at.value;
    Storage {
        ephemeral: part.ephemeral.map(|at| at.value),
        readonly_fs: part.readonly_fs.map(value),
        volumes,
    }
}

fn volume(part: VolumePart, notes: &mut Notes) -> Option<Volume> {
    let path = match part.path.filter(|path| !path.value.is_empty()) {
        Some(At { value, place }) => {
            check_path(&value, &place, notes);
            Some(value)
        }
        None => {
            notes.error_help(
                &part.place,
                "the volume has no path",
                "add `path:` with the directory to mount it at",
            );
            None
        }
    };
    let kind = match part.efs {
        None => Some(VolumeKind::Scratch),
        Some(At { value: EfsPart::Flag(false), .. }) => Some(VolumeKind::Scratch),
        Some(At { value: EfsPart::Flag(true), .. }) => Some(VolumeKind::ManagedEfs { owner: None }),
        Some(At { value: EfsPart::Settings(settings), place }) => efs(*settings, &place, notes),
    };
    Some(Volume { path: path?, read_only: part.read_only.map(|at| at.value), kind: kind? })
}

fn efs(settings: EfsSettings, place: &Place, notes: &mut Notes) -> Option<VolumeKind> {
    if settings.is_managed() {
        return match (settings.uid, settings.gid) {
            (Some(uid), Some(gid)) => {
                if uid.value == 0 {
                    notes.error(&uid.place, "the owner cannot be root: `uid` must not be 0");
                }
                Some(VolumeKind::ManagedEfs { owner: Some((uid.value, gid.value)) })
            }
            (Some(_), None) => {
                notes.error(place, "`gid` must be given along with `uid`");
                None
            }
            (None, _) => {
                notes.error(place, "`uid` must be given along with `gid`");
                None
            }
        };
    }
    let root = settings.root_dir.as_ref().map(|dir| dir.value.as_str()).unwrap_or_default();
    let iam = settings.iam.as_ref().map(|iam| iam.value);
    match (&settings.access_point_id, &settings.root_dir) {
        (Some(point), _) => {
            if !matches!(root, "" | "/") {
                notes.error(&point.place, "with an access point, `root_dir` must be absent or `/`");
            }
            if iam == Some(false) {
                notes.error(&point.place, "with an access point, `iam` must not be false");
            }
        }
        (None, Some(dir)) => check_path(&dir.value, &dir.place, notes),
        (None, None) => {}
    }
    if let Some(auth) = settings.auth.as_ref().filter(|_| iam.is_none()) {
        let message = "IAM authorization stays disabled, because `iam: true` is not written";
        notes.warn(auth, message, None);
    }
    if let Some(place) = &settings.ignored_id {
        let help = "remove the plain id from the base and write an id in every environment";
        let message = "has no effect: the plain id of the base stays, as in jobs deployed so far";
        notes.warn(place, message, Some(help.to_owned()));
    }
    match settings.id {
        Some(At { value: Imported::Plain(id) | Imported::FromCfn(id), place }) if id.is_empty() => {
            notes.error(&place, "the file system's id is empty");
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
            notes.error_help(place, "the file system has no id", help);
            None
        }
    }
}

/// Reports characters that the old tool refuses in paths (`spec/manifest.md` §3.7).
pub fn check_path(path: &str, place: &Place, notes: &mut Notes) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if let Some(bad) = path.chars().find(|c| !allowed(*c)) {
        let help = "paths consist of letters, digits and . - _ /";
        notes.error_help(place, format!("`{path}` contains `{bad}`"), help);
    }
}

/// `logging`; any key but `retention` adds the log router. `topics` tells whether the job publishes to any.
pub fn logging(part: LoggingPart, topics: bool, notes: &mut Notes) -> Logging {
    if let Some(At { value, place }) = &part.retention
        && !RETENTIONS.contains(value)
    {
        let help =
            format!("it takes {}", RETENTIONS.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        notes.warn(place, format!("CloudWatch Logs has no retention of {value} days"), Some(help));
    }
    let retention = part.retention.map_or(DEFAULT_RETENTION, |days| days.value);
    let around = names::Surroundings { topics, mounts: false };
    names::check(&part.variables, &part.secrets, around, notes);
    let variables = container::variables(part.variables, notes);
    let secrets = container::secrets(part.secrets, notes);
    let secret_options = container::secrets(part.secret_options, notes);
    let env_file = container::env_file(part.env_file, notes);
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
pub fn check_platform(part: &JobPart, notes: &mut Notes) {
    let mut silent = Notes::default();
    // The platform itself is judged elsewhere.
    if task::platform(part.platform.as_ref(), &mut silent).is_none_or(|platform| platform.os == Os::Linux) {
        return;
    }
    if let Some(At { value: true, place }) = &part.storage.readonly_fs {
        notes.error(place, "a read-only root file system is not possible on Windows");
    }
    for volume in part.storage.volumes.values() {
        if let Some(At { value, place }) = &volume.efs
            && !matches!(value, EfsPart::Flag(false))
        {
            notes.error(place, "EFS file systems are not possible on Windows");
        }
    }
    if let Some(At { place, .. }) = &part.platform {
        let value = |at: &Option<At<i64>>, default: i64| at.as_ref().map_or(default, |at| at.value);
        task::windows_size(place, value(&part.cpu, 256), value(&part.memory, 512), notes);
    }
}
