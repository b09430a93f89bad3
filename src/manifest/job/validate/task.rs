//! The task as a whole: size, platform, schedule, timeout, retries.

use super::publish;
use crate::manifest::duration::{self, SECOND};
use crate::manifest::findings::{Diagnostics, Located, Place};
use crate::manifest::job::layer::{CountPart, JobLayer, PlatformPart};
use crate::manifest::job::{Arch, Os, Platform, Schedule};
use crate::manifest::schedule;

const DEFAULT_CPU: i64 = 256;
const DEFAULT_MEMORY: i64 = 512;

/// CPU units and MiB of memory.
///
/// Fargate refuses to register any pair outside its table, so such a pair is a mistake. Not judged are CPU
/// sizes above the largest known one, which AWS may add, and manifests whose task definition overrides
/// set the size. Windows needs at least 1024 units; that is a warning, since the defaults violate it.
pub(super) fn size(part: &JobLayer, diagnostics: &mut Diagnostics) -> (i64, i64) {
    let cpu = part.cpu.as_ref().map_or(DEFAULT_CPU, |cpu| cpu.value);
    let memory = part.memory.as_ref().map_or(DEFAULT_MEMORY, |memory| memory.value);
    let Some(place) = part.memory.as_ref().or(part.cpu.as_ref()).map(|given| &given.place) else {
        return (cpu, memory);
    };
    if cpu > 16_384 || publish::touches(part, "Cpu") || publish::touches(part, "Memory") {
        return (cpu, memory);
    }
    match memory_choices(cpu) {
        None => {
            let place = part.cpu.as_ref().map_or(place, |cpu| &cpu.place);
            let help = "the sizes are 256, 512, 1024, 2048, 4096, 8192 and 16384 (1024 units are one vCPU)";
            diagnostics.error_help(place, format!("Fargate has no tasks of {cpu} CPU units"), help);
        }
        Some(choices) if !choices.contains(&memory) => {
            let help = match choices.as_slice() {
                [first, second, .., last] if choices.len() > 3 => {
                    format!(
                        "with `cpu: {cpu}`, memory is {first} to {last} MiB in steps of {}",
                        second - first
                    )
                }
                few => {
                    let few: Vec<String> = few.iter().map(ToString::to_string).collect();
                    format!("with `cpu: {cpu}`, memory is one of {} MiB", few.join(", "))
                }
            };
            diagnostics.error_help(
                place,
                format!("Fargate does not combine {cpu} CPU units with {memory} MiB of memory"),
                help,
            );
        }
        Some(_) => {}
    }
    (cpu, memory)
}

/// Amounts of memory that Fargate combines with so many CPU units; `None` when it has no such size.
fn memory_choices(cpu: i64) -> Option<Vec<i64>> {
    let gib = |first: usize, last: usize, step: usize| {
        (first..=last).step_by(step).filter_map(|gib| i64::try_from(gib * 1024).ok()).collect()
    };
    Some(match cpu {
        256 => vec![512, 1024, 2048],
        512 => gib(1, 4, 1),
        1024 => gib(2, 8, 1),
        2048 => gib(4, 16, 1),
        4096 => gib(8, 30, 1),
        8192 => gib(16, 60, 4),
        16_384 => gib(32, 120, 8),
        _ => return None,
    })
}

/// The number for the stack's `TaskCount`.
pub(super) fn count(part: Option<Located<CountPart>>, diagnostics: &mut Diagnostics) -> i64 {
    match part {
        None => 1,
        Some(Located { value: CountPart::Number(number), .. }) => number,
        Some(Located { value: CountPart::Autoscaling, place }) => {
            diagnostics.error_help(
                &place,
                "a scheduled job cannot scale automatically",
                "write a number, or remove the field",
            );
            1
        }
    }
}

/// The platform, when one is written.
pub(super) fn platform(
    part: Option<&Located<PlatformPart>>,
    diagnostics: &mut Diagnostics,
) -> Option<Platform> {
    let Located { value, place } = part?;
    match value {
        PlatformPart::Text(text) => {
            let found = match text.split('/').collect::<Vec<_>>().as_slice() {
                [os, arch] => pair(os, arch).filter(|_| !os.contains('_')),
                _ => None,
            };
            if found.is_none() {
                let help = "the platforms are linux/x86_64, linux/amd64, linux/arm64, linux/arm, windows/x86_64 and windows/amd64";
                diagnostics.error_help(place, format!("`{text}` is not a platform"), help);
            }
            found
        }
        PlatformPart::Pair { os: Some(os), arch: Some(arch) } => {
            let found = pair(&os.value, &arch.value);
            if found.is_none() {
                let message = format!("`{}` with `{}` is not a platform", os.value, arch.value);
                let help = "linux goes with x86_64, amd64, arm64 or arm; windows, windows_server_2019_core, \
                            windows_server_2019_full, windows_server_2022_core and windows_server_2022_full with x86_64 or amd64";
                diagnostics.error_help(place, message, help);
            }
            found
        }
        PlatformPart::Pair { .. } => {
            diagnostics.error(place, "`osfamily` and `architecture` must be given together");
            None
        }
    }
}

fn pair(os: &str, arch: &str) -> Option<Platform> {
    let os = match os.to_lowercase().as_str() {
        "linux" => Os::Linux,
        "windows" | "windows_server_2019_core" => Os::Windows2019Core,
        "windows_server_2019_full" => Os::Windows2019Full,
        "windows_server_2022_core" => Os::Windows2022Core,
        "windows_server_2022_full" => Os::Windows2022Full,
        _ => return None,
    };
    let arch = match arch.to_lowercase().as_str() {
        "x86_64" | "amd64" => Arch::X86_64,
        "arm" | "arm64" if os == Os::Linux => Arch::Arm64,
        _ => return None,
    };
    Some(Platform { os, arch })
}

/// Warns about a Windows task too small for Windows.
pub(super) fn windows_size(place: &Place, cpu: i64, memory: i64, diagnostics: &mut Diagnostics) {
    if cpu < 1024 || memory < 2048 {
        let message = format!(
            "Windows tasks need at least 1024 CPU units and 2048 MiB; this one has {cpu} and {memory}"
        );
        diagnostics.warn(place, message, Some("set `cpu: 1024` and `memory: 2048` or more".to_owned()));
    }
}

/// The schedule in EventBridge's form; `missing` is where it should be.
pub(super) fn schedule(
    part: Option<&Located<String>>,
    missing: &Place,
    diagnostics: &mut Diagnostics,
) -> Option<Schedule> {
    let Some(Located { value, place }) = part else {
        let help =
            "add `on:` with `schedule: \"@daily\"`, a cron schedule, or \"none\" to run the job by hand only";
        diagnostics.error_help(missing, "a scheduled job needs a schedule", help);
        return None;
    };
    match schedule::convert(value) {
        Ok(converted) => {
            for doubt in converted.doubts {
                diagnostics.warn(place, doubt.message, Some(doubt.help));
            }
            Some(converted.schedule)
        }
        Err(error) => {
            diagnostics.error_help(place, error.message, error.help);
            None
        }
    }
}

/// Seconds of the time limit; an empty text counts as none.
pub(super) fn timeout(part: Option<&Located<String>>, diagnostics: &mut Diagnostics) -> Option<u64> {
    let Located { value, place } = part.filter(|timeout| !timeout.value.is_empty())?;
    let Some(nanoseconds) = duration::parse(value) else {
        let help = if value.bytes().all(|b| b.is_ascii_digit()) {
            format!("give a unit: {value}s")
        } else {
            "write hours, minutes and seconds without blanks: 1h30m, 90s".to_owned()
        };
        diagnostics.error_help(place, format!("`{value}` is not a duration"), help);
        return None;
    };
    if nanoseconds < SECOND {
        diagnostics.error(place, format!("`{value}` is shorter than a second"));
        return None;
    }
    if nanoseconds % SECOND != 0 {
        diagnostics.error(place, format!("`{value}` is not a whole number of seconds"));
        return None;
    }
    u64::try_from(nanoseconds / SECOND).ok()
}

/// The number of retries.
pub(super) fn retries(part: Option<&Located<i64>>, diagnostics: &mut Diagnostics) -> u64 {
    let Some(Located { value, place }) = part else { return 0 };
    u64::try_from(*value).unwrap_or_else(|_| {
        diagnostics.error(place, format!("the number of retries is negative ({value})"));
        0
    })
}
