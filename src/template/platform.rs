//! Operating system and architecture of the task (`spec/template.md` §2.12).

use super::map::Map;
use crate::manifest::job::{Arch, Job, Os, Platform};
use crate::yaml::Node;

/// `RuntimePlatform`, absent for Fargate's default.
pub(super) fn runtime_platform(job: &Job) -> Option<Node> {
    let platform = job.platform?;
    if platform == (Platform { os: Os::Linux, arch: Arch::X86_64 }) {
        return None;
    }
    let architecture = match platform.arch {
        Arch::X86_64 => "X86_64",
        Arch::Arm64 => "ARM64",
    };
    let node = Map::new()
        .with_text("OperatingSystemFamily", family(platform.os))
        .with_text("CpuArchitecture", architecture)
        .build();
    Some(node)
}

/// The Fargate platform version the task runs on.
pub(super) fn fargate_version(job: &Job) -> &'static str {
    match job.platform {
        None | Some(Platform { os: Os::Linux, .. }) => "LATEST",
        Some(_) => "1.0.0",
    }
}

fn family(os: Os) -> &'static str {
    match os {
        Os::Linux => "LINUX",
        Os::Windows2019Core => "WINDOWS_SERVER_2019_CORE",
        Os::Windows2019Full => "WINDOWS_SERVER_2019_FULL",
        Os::Windows2022Core => "WINDOWS_SERVER_2022_CORE",
        Os::Windows2022Full => "WINDOWS_SERVER_2022_FULL",
    }
}
