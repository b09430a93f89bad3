//! Lays an environment's block over the base: written scalars and lists replace,
//! maps grow, structures merge field by field, and of two exclusive forms the environment's stays.

use std::collections::BTreeMap;

use super::Imported;
use super::layer::{
    BuildPart, BuildSettings, EfsPart, EfsSettings, HealthCheckPart, ImagePart, JobLayer, LoggingPart,
    NetworkPart, PlacementPart, PlatformPart, SecurityGroupsPart, SidecarImage, SidecarPart, StoragePart,
    VolumePart,
};
use crate::manifest::findings::{Located, Place};

/// Values that an environment can override.
pub(crate) trait Overlay {
    /// Lets what `over` holds win over `self`.
    fn overlay(&mut self, over: Self);
}

/// Replaces a value that is written.
fn replace<T>(base: &mut Option<T>, over: Option<T>) {
    if over.is_some() {
        *base = over;
    }
}

/// Merges two maps of structures; entries of the same name merge field by field.
fn deep<T: Overlay>(base: &mut BTreeMap<String, T>, over: BTreeMap<String, T>) {
    for (name, value) in over {
        match base.get_mut(&name) {
            Some(old) => old.overlay(value),
            None => {
                base.insert(name, value);
            }
        }
    }
}

/// Merges two unions: the same form on both sides by `same` (which says whether it was the same),
/// otherwise the environment's form replaces the base's.
fn union<T>(
    base: &mut Option<Located<T>>,
    over: Option<Located<T>>,
    same: impl FnOnce(&mut T, T) -> Option<T>,
) {
    let Some(over) = over else { return };
    match base {
        None => *base = Some(over),
        Some(old) => {
            let place = over.place;
            if let Some(other) = same(&mut old.value, over.value) {
                old.value = other;
            }
            old.place = place;
        }
    }
}

/// A written place (an override without one keeps the base's).
fn keep_place(base: &mut Place, over: Place) {
    if over.span.line > 0 {
        *base = over;
    }
}

impl Overlay for JobLayer {
    fn overlay(&mut self, over: Self) {
        self.image.overlay(over.image);
        replace(&mut self.entrypoint, over.entrypoint);
        replace(&mut self.command, over.command);
        replace(&mut self.cpu, over.cpu);
        replace(&mut self.memory, over.memory);
        replace(&mut self.count, over.count);
        union(&mut self.platform, over.platform, |old, new| match (old, new) {
            (PlatformPart::Pair { os, arch }, PlatformPart::Pair { os: new_os, arch: new_arch }) => {
                replace(os, new_os);
                replace(arch, new_arch);
                None
            }
            (_, new) => Some(new),
        });
        self.variables.extend(over.variables);
        self.secrets.extend(over.secrets);
        replace(&mut self.env_file, over.env_file);
        self.storage.overlay(over.storage);
        self.logging.overlay(over.logging);
        deep(&mut self.sidecars, over.sidecars);
        self.network.overlay(over.network);
        replace(&mut self.schedule, over.schedule);
        replace(&mut self.timeout, over.timeout);
        replace(&mut self.retries, over.retries);
        replace(&mut self.topics, over.topics);
        replace(&mut self.taskdef_overrides, over.taskdef_overrides);
    }
}

impl Overlay for ImagePart {
    fn overlay(&mut self, over: Self) {
        if over.build.as_ref().is_some_and(|build| !build.value.is_empty()) {
            self.location = None;
        } else if over.location.is_some() {
            self.build = None;
        }
        overlay_build(&mut self.build, over.build);
        replace(&mut self.location, over.location);
        replace(&mut self.credentials, over.credentials);
        self.labels.extend(over.labels);
        self.depends_on.extend(over.depends_on);
        self.healthcheck.overlay(over.healthcheck);
    }
}

impl BuildPart {
    /// An empty path is as good as no build.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Path(path) if path.is_empty())
    }
}

fn overlay_build(base: &mut Option<Located<BuildPart>>, over: Option<Located<BuildPart>>) {
    union(base, over, |old, new| match (old, new) {
        (BuildPart::Settings(old), BuildPart::Settings(new)) => {
            old.overlay(*new);
            None
        }
        (_, new) => Some(new),
    });
}

impl Overlay for BuildSettings {
    fn overlay(&mut self, over: Self) {
        replace(&mut self.dockerfile, over.dockerfile);
        replace(&mut self.context, over.context);
        replace(&mut self.target, over.target);
        self.args.extend(over.args);
        replace(&mut self.cache_from, over.cache_from);
        replace(&mut self.cache_to, over.cache_to);
        self.secrets.extend(over.secrets);
        replace(&mut self.ssh, over.ssh);
        self.contexts.extend(over.contexts);
        replace(&mut self.no_cache, over.no_cache);
        replace(&mut self.network, over.network);
    }
}

impl Overlay for HealthCheckPart {
    fn overlay(&mut self, over: Self) {
        replace(&mut self.command, over.command);
        replace(&mut self.interval, over.interval);
        replace(&mut self.retries, over.retries);
        replace(&mut self.timeout, over.timeout);
        replace(&mut self.start_period, over.start_period);
    }
}

impl Overlay for StoragePart {
    fn overlay(&mut self, over: Self) {
        replace(&mut self.ephemeral, over.ephemeral);
        replace(&mut self.readonly_fs, over.readonly_fs);
        deep(&mut self.volumes, over.volumes);
    }
}

impl Overlay for VolumePart {
    fn overlay(&mut self, over: Self) {
        keep_place(&mut self.place, over.place);
        replace(&mut self.path, over.path);
        replace(&mut self.read_only, over.read_only);
        union(&mut self.efs, over.efs, |old, new| match (old, new) {
            (EfsPart::Settings(old), EfsPart::Settings(new)) => {
                old.overlay(*new);
                None
            }
            (_, new) => Some(new),
        });
    }
}

impl EfsSettings {
    /// Whether the POSIX owner of a managed file system is given.
    pub(crate) fn is_managed(&self) -> bool {
        self.uid.is_some() || self.gid.is_some()
    }

    /// Whether anything of a file system of the user's is given.
    pub(crate) fn is_own(&self) -> bool {
        self.id.is_some() || self.root_dir.is_some() || self.auth.is_some()
    }
}

impl Overlay for EfsSettings {
    fn overlay(&mut self, over: Self) {
        if over.is_managed() {
            *self = Self { uid: self.uid.take(), gid: self.gid.take(), ..Self::default() };
        } else if over.is_own() {
            self.uid = None;
            self.gid = None;
        }
        match (&self.id, over.id) {
            // Deployed jobs have the plain id mounted, whichever side it is written on.
            (
                Some(Located { value: Imported::Plain(_), .. }),
                Some(Located { value: Imported::FromCfn(_), place }),
            ) => self.ignored_id = Some(place),
            (_, id) => replace(&mut self.id, id),
        }
        replace(&mut self.root_dir, over.root_dir);
        replace(&mut self.auth, over.auth);
        replace(&mut self.iam, over.iam);
        replace(&mut self.access_point_id, over.access_point_id);
        replace(&mut self.uid, over.uid);
        replace(&mut self.gid, over.gid);
    }
}

impl Overlay for LoggingPart {
    fn overlay(&mut self, over: Self) {
        replace(&mut self.retention, over.retention);
        self.router |= over.router;
        replace(&mut self.image, over.image);
        self.destination.extend(over.destination);
        replace(&mut self.enable_metadata, over.enable_metadata);
        self.secret_options.extend(over.secret_options);
        replace(&mut self.config_file_path, over.config_file_path);
        self.variables.extend(over.variables);
        self.secrets.extend(over.secrets);
        replace(&mut self.env_file, over.env_file);
    }
}

impl Overlay for SidecarPart {
    fn overlay(&mut self, over: Self) {
        keep_place(&mut self.place, over.place);
        replace(&mut self.port, over.port);
        union(&mut self.image, over.image, |old, new| match (old, new) {
            (
                SidecarImage::Settings { build, location },
                SidecarImage::Settings { build: new_build, location: new_location },
            ) => {
                // The old tool kept both forms here, which its validation then refused.
                if new_build.is_some() {
                    *location = None;
                } else if new_location.is_some() {
                    *build = None;
                }
                overlay_build(build, new_build);
                replace(location, new_location);
                None
            }
            (_, new) => Some(new),
        });
        replace(&mut self.essential, over.essential);
        replace(&mut self.credentials, over.credentials);
        self.variables.extend(over.variables);
        self.secrets.extend(over.secrets);
        replace(&mut self.env_file, over.env_file);
        replace(&mut self.mount_points, over.mount_points);
        self.labels.extend(over.labels);
        self.depends_on.extend(over.depends_on);
        self.healthcheck.overlay(over.healthcheck);
        replace(&mut self.entrypoint, over.entrypoint);
        replace(&mut self.command, over.command);
    }
}

impl Overlay for NetworkPart {
    fn overlay(&mut self, over: Self) {
        union(&mut self.placement, over.placement, |old, new| match (old, new) {
            (PlacementPart::FromTags(old), PlacementPart::FromTags(new)) => {
                old.extend(new);
                None
            }
            (_, new) => Some(new),
        });
        union(&mut self.security_groups, over.security_groups, |old, new| match (old, new) {
            (
                SecurityGroupsPart::Settings { groups, deny_default },
                SecurityGroupsPart::Settings { groups: new_groups, deny_default: new_deny },
            ) => {
                replace(groups, new_groups);
                replace(deny_default, new_deny);
                None
            }
            (_, new) => Some(new),
        });
    }
}
