//! Topics and task definition overrides.

use std::collections::BTreeMap;

use crate::manifest::findings::Diagnostics;
use crate::manifest::job::layer::{FifoPart, JobLayer, OverridePart, TopicPart};
use crate::manifest::job::{Fifo, TaskDefOverride, Topic};
use crate::yaml::MAX_DEPTH;

/// Checks names, also against each other: topics become resources named by their letters and digits.
pub(super) fn topics(parts: Vec<TopicPart>, diagnostics: &mut Diagnostics) -> Vec<Topic> {
    let mut topics = Vec::with_capacity(parts.len());
    let mut resources: BTreeMap<String, String> = BTreeMap::new();
    for part in parts {
        let Some(name) = part.name.filter(|name| !name.value.is_empty()) else {
            diagnostics.error_help(&part.place, "the topic has no name", "add `name:`");
            continue;
        };
        if let Some(bad) = name.value.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))
        {
            let help = "names consist of letters, digits, _ and -; `fifo: true` adds the suffix .fifo";
            diagnostics.error_help(&name.place, format!("`{}` contains `{bad}`", name.value), help);
        }
        let fifo = match part.fifo {
            None | Some(FifoPart::Flag(false)) => None,
            Some(FifoPart::Flag(true)) => Some(Fifo { content_based_deduplication: None }),
            Some(FifoPart::Settings { content_based_deduplication }) => {
                Some(Fifo { content_based_deduplication })
            }
        };
        let mut resource: String = name.value.chars().filter(char::is_ascii_alphanumeric).collect();
        resource.push_str(if fifo.is_some() { "fifo" } else { "" });
        if let Some(other) = resources.insert(resource, name.value.clone()) {
            let message = if other == name.value {
                format!("the topic `{other}` is given twice")
            } else {
                format!("`{}` and `{other}` differ only in characters that resource names lose", name.value)
            };
            diagnostics.error_help(&name.place, message, "rename one of them");
        }
        topics.push(Topic { name: name.value, fifo });
    }
    topics
}

/// Whether any override's path starts with this property of the task definition.
pub(super) fn touches(part: &JobLayer, property: &str) -> bool {
    part.taskdef_overrides.iter().flatten().any(|rule| {
        let path = rule.path.as_ref().map(|path| path.value.as_str()).unwrap_or_default();
        path.split(['.', '[']).next() == Some(property)
    })
}

/// Checks the syntax of the paths and what must not be changed. Whether a
/// path exists in the task definition shows when it is applied.
pub(super) fn overrides(parts: Vec<OverridePart>, diagnostics: &mut Diagnostics) -> Vec<TaskDefOverride> {
    let mut rules = Vec::with_capacity(parts.len());
    for part in parts {
        let (path, place) = match part.path {
            Some(path) => (path.value, path.place),
            None => (String::new(), part.place),
        };
        if path.is_empty() {
            diagnostics.error_help(
                &place,
                "the override has no path",
                "add `path:`, such as ContainerDefinitions[0].Ulimits[-]",
            );
            continue;
        }
        // What walks through the template goes as deep: each name and each index leads one level down.
        let steps = path.split(['.', '[']).count();
        if steps > MAX_DEPTH {
            let message = format!("the path has {steps} steps: up to {MAX_DEPTH} are taken");
            diagnostics.error_help(
                &place,
                message,
                "shorten it: a task definition does not nest as deep as that",
            );
            continue;
        }
        if let Some(bad) = path.split('.').find(|segment| !is_segment(segment)) {
            let help = "a path is names separated by dots, each with an optional [index] or [-] to append";
            diagnostics.error_help(&place, format!("`{bad}` in `{path}` is not a part of a path"), help);
        }
        if let Some(right) = in_other_case(&path) {
            let help = format!(
                "did you mean `{right}`? Case counts: the template would get a property beside the right one"
            );
            diagnostics.error_help(&place, format!("a task definition has no `{path}`"), help);
        }
        if path == "Family" || is_container_name(&path) {
            diagnostics
                .error(&place, format!("`{path}` cannot be overridden: the job's resources refer to it"));
        }
        rules.push(TaskDefOverride { path, line: place.span.line, value: part.value });
    }
    rules
}

/// Properties of a task definition.
const PROPERTIES: [&str; 18] = [
    "ContainerDefinitions",
    "Cpu",
    "EnableFaultInjection",
    "EphemeralStorage",
    "ExecutionRoleArn",
    "Family",
    "InferenceAccelerators",
    "IpcMode",
    "Memory",
    "NetworkMode",
    "PidMode",
    "PlacementConstraints",
    "ProxyConfiguration",
    "RequiresCompatibilities",
    "RuntimePlatform",
    "Tags",
    "TaskRoleArn",
    "Volumes",
];

/// Properties of a container.
const OF_CONTAINERS: [&str; 41] = [
    "Command",
    "Cpu",
    "CredentialSpecs",
    "DependsOn",
    "DisableNetworking",
    "DnsSearchDomains",
    "DnsServers",
    "DockerLabels",
    "DockerSecurityOptions",
    "EntryPoint",
    "Environment",
    "EnvironmentFiles",
    "Essential",
    "ExtraHosts",
    "FirelensConfiguration",
    "HealthCheck",
    "Hostname",
    "Image",
    "Interactive",
    "Links",
    "LinuxParameters",
    "LogConfiguration",
    "Memory",
    "MemoryReservation",
    "MountPoints",
    "Name",
    "PortMappings",
    "Privileged",
    "PseudoTerminal",
    "ReadonlyRootFilesystem",
    "RepositoryCredentials",
    "ResourceRequirements",
    "RestartPolicy",
    "Secrets",
    "StartTimeout",
    "StopTimeout",
    "SystemControls",
    "Ulimits",
    "User",
    "VersionConsistency",
    "VolumesFrom",
];

/// The path as CloudFormation writes its first names, when only their case is another: Amazon ECS's own documents
/// begin them with small letters. Other names are left alone: CloudFormation learns new ones.
fn in_other_case(path: &str) -> Option<String> {
    let right = |segment: &str, known: &[&str]| {
        let name = segment.split('[').next().unwrap_or_default();
        let known = known.iter().find(|known| known.eq_ignore_ascii_case(name))?;
        Some(format!("{known}{}", segment.get(name.len()..).unwrap_or_default()))
    };
    let mut segments: Vec<String> = path.split('.').map(str::to_owned).collect();
    if let Some(first) = segments.first_mut() {
        *first = right(first, &PROPERTIES)?;
        let of_container = first.starts_with("ContainerDefinitions[");
        if let Some(second) = segments.get_mut(1).filter(|_| of_container)
            && let Some(name) = right(second, &OF_CONTAINERS)
        {
            *second = name;
        }
    }
    let right = segments.join(".");
    (right != path).then_some(right)
}

fn is_segment(segment: &str) -> bool {
    let (name, index) = match segment.split_once('[') {
        Some((name, rest)) => (name, Some(rest)),
        None => (segment, None),
    };
    let named =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    named
        && index.is_none_or(|rest| {
            rest.strip_suffix(']').is_some_and(|index| {
                index == "-" || (!index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()))
            })
        })
}

fn is_container_name(path: &str) -> bool {
    path.strip_prefix("ContainerDefinitions[")
        .and_then(|rest| rest.strip_suffix("].Name"))
        .is_some_and(|index| !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()))
}
