//! Operating system and architecture of the task.

use crate::manifest::job::{Arch, Job, Os, Platform};
use crate::template::cfn::mapping::Map;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::job::testing::minimal_job;

    #[test]
    fn only_the_default_is_left_out() {
        let cases = [
            (None, None, "LATEST"),
            (Some((Os::Linux, Arch::X86_64)), None, "LATEST"),
            (Some((Os::Linux, Arch::Arm64)), Some(("LINUX", "ARM64")), "LATEST"),
            (
                Some((Os::Windows2019Core, Arch::X86_64)),
                Some(("WINDOWS_SERVER_2019_CORE", "X86_64")),
                "1.0.0",
            ),
            (
                Some((Os::Windows2019Full, Arch::X86_64)),
                Some(("WINDOWS_SERVER_2019_FULL", "X86_64")),
                "1.0.0",
            ),
            (
                Some((Os::Windows2022Core, Arch::X86_64)),
                Some(("WINDOWS_SERVER_2022_CORE", "X86_64")),
                "1.0.0",
            ),
            (
                Some((Os::Windows2022Full, Arch::X86_64)),
                Some(("WINDOWS_SERVER_2022_FULL", "X86_64")),
                "1.0.0",
            ),
        ];
        for (platform, rendered, version) in cases {
            let platform = platform.map(|(os, arch)| Platform { os, arch });
            let job = Job { platform, ..minimal_job("job") };
            let expected = rendered.map(|(family, architecture)| {
                Node::mapping([
                    ("OperatingSystemFamily", Node::string(family)),
                    ("CpuArchitecture", Node::string(architecture)),
                ])
            });
            assert_eq!((runtime_platform(&job), fargate_version(&job)), (expected, version));
        }
    }
}
