//! A new job's manifest, as it is written for people: what was chosen, and where the rest would stand.

use crate::manifest::load::JOB_TYPE;
use crate::manifest::schema::Subject;
use crate::yaml::{self, Node};

/// What is known of a job before it has a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Name of the job.
    pub name: String,
    /// When it runs, as the user wrote it.
    pub schedule: String,
    /// How often a failed run is tried again; 0 leaves it out.
    pub retries: u32,
    /// How long a run may take, as the user wrote it.
    pub timeout: Option<String>,
    /// Where the image comes from.
    pub image: NewImage,
    /// Operating system and architecture, where it is not that of most machines.
    pub platform: Option<String>,
    /// Environments without public subnets: tasks are placed in their private ones.
    pub private_environments: Vec<String>,
}

/// Where a new job's image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewImage {
    /// It is built from this Dockerfile, a path from the workspace's root; its directory is the build context.
    Dockerfile(String),
    /// It exists: `[registry/]repository[:tag|@digest]`.
    Location(String),
}

/// The smallest task of Fargate, as Amazon ECS writes it; Windows needs more.
const SMALLEST: (u32, u32) = (256, 512);
const SMALLEST_WITH_WINDOWS: (u32, u32) = (1024, 2048);

/// The manifest's text.
pub fn write(new: &NewJob) -> String {
    let mut text = Subject::Job.modeline();
    text.push_str("# Settings of this job. `copilot job deploy` makes changes take effect.\n");
    section(&mut text, [("name", Node::string(&new.name)), ("type", Node::string(JOB_TYPE))]);
    text.push_str("\n# When it runs: a cron expression in UTC, @hourly, @daily, … or @every 1h30m.\n");
    // YAML 1.1 takes the bare key for a boolean; manifests have it bare all the same.
    text.push_str("on:\n");
    let schedule = yaml::emit_part(&Node::mapping([("schedule", Node::quoted(&new.schedule))]));
    text.extend(schedule.lines().map(|line| format!("  {line}\n")));
    text.push_str(
        "\n# How often a failed run is tried again, and how long a run may take with all its tries.\n",
    );
    match new.retries {
        0 => text.push_str("# retries: 3\n"),
        retries => section(&mut text, [("retries", Node::plain(retries))]),
    }
    match &new.timeout {
        None => text.push_str("# timeout: 1h30m\n"),
        Some(timeout) => section(&mut text, [("timeout", Node::string(timeout))]),
    }
    text.push('\n');
    let (comment, key, value) = match &new.image {
        NewImage::Dockerfile(path) => (
            "# The image is built from this Dockerfile, with its directory as the build context.\n",
            "build",
            path,
        ),
        NewImage::Location(location) => ("# The image that tasks run.\n", "location", location),
    };
    text.push_str(comment);
    section(&mut text, [("image", Node::mapping([(key, Node::string(value))]))]);
    let windows = new.platform.as_deref().is_some_and(|platform| platform.starts_with("windows"));
    let (cpu, memory) = if windows { SMALLEST_WITH_WINDOWS } else { SMALLEST };
    text.push_str("\n# CPU units (1024 are one vCPU) and memory in MiB.\n");
    section(&mut text, [("cpu", Node::plain(cpu)), ("memory", Node::plain(memory))]);
    if let Some(platform) = &new.platform {
        text.push_str("\n# Operating system and architecture of the image and of the tasks.\n");
        section(&mut text, [("platform", Node::string(platform))]);
    }
    text.push_str(
        "\n# Environment variables, and secrets as names of SSM parameters.\n# variables:\n#   LOG_LEVEL: info\n# secrets:\n\
         #   GITHUB_TOKEN: GITHUB_TOKEN\n",
    );
    text.push_str("\n# Everything above can be different in an environment.\n");
    if new.private_environments.is_empty() {
        text.push_str("# environments:\n#   prod:\n#     cpu: 2048\n");
    } else {
        let placement = || Node::mapping([("vpc", Node::mapping([("placement", Node::string("private"))]))]);
        let environments =
            new.private_environments.iter().map(|env| (env, Node::mapping([("network", placement())])));
        section(&mut text, [("environments", Node::mapping(environments))]);
    }
    text
}

fn section<const N: usize>(text: &mut String, entries: [(&str, Node); N]) {
    text.push_str(&yaml::emit_part(&Node::mapping(entries)));
}

/// The platform to write for images that this engine builds; `None` where nothing has to be written. Tasks run on x86-64 unless
/// the user says otherwise, whatever the engine's own architecture is.
pub fn platform(engine_os: &str, engine_arch: &str) -> Option<String> {
    match (engine_os, engine_arch) {
        ("", _) | ("linux", "amd64" | "x86_64") => None,
        (os, _) => Some(format!("{os}/x86_64")),
    }
}
