//! `platform`, `count` and `exec`.

use super::{Row, check, job, refused, warned};

const ROWS: &[Row] = &[
    job("platform: linux/amd64", "platform: Linux X86_64"),
    job("platform: linux/x86_64", "platform: Linux X86_64"),
    job("platform: linux/arm", "platform: Linux Arm64"),
    job("platform: linux/arm64", "platform: Linux Arm64"),
    job(
        "platform: windows/amd64\ncpu: 1024\nmemory: 2048",
        "cpu: 1024; memory: 2048; platform: Windows2019Core X86_64",
    ),
    warned(
        "cpu: 256\nplatform: windows/x86_64",
        "platform: Windows2019Core X86_64",
        &["2 platform: Windows tasks need at least 1024 CPU units and 2048 MiB"],
    ),
    job("platform: LINUX/Arm64", "platform: Linux Arm64"),
    refused("platform: plan9/amd64", &["1 platform: `plan9/amd64` is not a platform"]),
    refused("platform: linux", &["1 platform: `linux` is not a platform"]),
    refused("platform: ''", &["1 platform: `` is not a platform"]),
    refused("platform: linux/arm64/v8", &["1 platform: `linux/arm64/v8` is not a platform"]),
    refused("platform: windows/arm64", &["1 platform: `windows/arm64` is not a platform"]),
    refused(
        "platform: {osfamily: linux}",
        &["1 platform: `osfamily` and `architecture` must be given together"],
    ),
    refused(
        "platform: {architecture: ARM64}",
        &["1 platform: `osfamily` and `architecture` must be given together"],
    ),
    refused(
        "platform: {osfamily: plan9, architecture: amd64}",
        &["1 platform: `plan9` with `amd64` is not a platform"],
    ),
    refused(
        "platform:\n  osfamily: linux\n  architecture: mips",
        &["2 platform: `linux` with `mips` is not a platform"],
    ),
    job("platform: {osfamily: linux, architecture: amd64}", "platform: Linux X86_64"),
    job("platform: {osfamily: linux, architecture: arm64}", "platform: Linux Arm64"),
    job(
        "platform: {osfamily: windows_server_2022_full, architecture: AMD64}\ncpu: 1024\nmemory: 2048",
        "cpu: 1024; memory: 2048; platform: Windows2022Full X86_64",
    ),
    // Only the map knows versions of Windows.
    refused(
        "platform: windows_server_2019_core/amd64",
        &["1 platform: `windows_server_2019_core/amd64` is not a platform"],
    ),
    job(
        "platform: {osfamily: WINDOWS_SERVER_2019_CORE, architecture: X86_64}\ncpu: 1024\nmemory: 2048",
        "cpu: 1024; memory: 2048; platform: Windows2019Core X86_64",
    ),
    refused(
        "platform: {osfamily: windows_server_2022_full, architecture: arm64}",
        &["1 platform: `windows_server_2022_full` with `arm64` is not a platform"],
    ),
    refused(
        "platform: {system: linux, chip: arm64}",
        &["1 platform: the map needs at least one of: osfamily, architecture"],
    ),
    refused("platform: {}", &["1 platform: the map needs at least one of: osfamily, architecture"]),
    job("platform:", ""),
    warned("count: 4", "count: 4", &["1 count: has no effect on a job"]),
    warned("count: 0", "count: 0", &["1 count: has no effect on a job"]),
    refused("count: '4'", &["1 count: expected a number, found the text `4`"]),
    refused("count: {spot: 2}", &["1 count: a scheduled job cannot scale automatically"]),
    refused(
        "count: {range: 1-5, cpu_percentage: 60}",
        &["1 count: a scheduled job cannot scale automatically"],
    ),
    refused("count: {}", &["1 count: expected a number, found a map"]),
    refused("count: {number: 4}", &["1 count: expected a number, found a map"]),
    warned("exec: true", "", &["1 exec: has no effect on a job"]),
    warned("exec: {enable: true}", "", &["1 exec.enable: has no effect on a job"]),
    refused("exec: {enabled: true}", &["1 exec: the map needs at least one of: enable"]),
    job("exec:", ""),
];

#[test]
fn platforms_count_and_exec() {
    check("platforms, count and exec", ROWS);
}
