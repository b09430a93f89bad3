//! From the merged partial model to a [`Job`]: required fields, values, what belongs together, defaults
//! (`spec/manifest.md` §5.2, §6, §8). All of it runs before anything is built or deployed; the old tool
//! found the schedule, timeout, command line and override paths wrong only after pushing images (§9 no. 4).

mod container;
mod dependencies;
mod functions;
mod image;
mod names;
mod network;
mod publish;
mod sidecar;
mod storage;
mod task;

use super::findings::{Notes, Place};
use super::job::Job;
use super::partial::JobPart;

/// Where the fields are that no manifest can lack, or where they are missing.
pub struct Required {
    pub image: Place,
    pub schedule: Place,
}

/// Checks a merged manifest.
pub fn job(part: JobPart, name: &str, required: &Required, notes: &mut Notes) -> Option<Job> {
    dependencies::check(&part, name, notes);
    let functions = functions::written(&part, notes);
    storage::check_platform(&part, notes);
    let adds_volumes = publish::touches(&part, "Volumes");
    let (cpu, memory) = task::size(&part, notes);
    let image = image::main(part.image, &required.image, notes);
    let entrypoint = container::words(part.entrypoint, notes);
    let command = container::words(part.command, notes);
    let count = task::count(part.count, notes);
    let platform = task::platform(part.platform.as_ref(), notes);
    let topics = part.topics.as_ref().is_some_and(|topics| !topics.is_empty());
    let around = names::Surroundings { topics, mounts: !part.storage.volumes.is_empty() };
    names::check(&part.variables, &part.secrets, around, notes);
    let variables = container::variables(part.variables, notes);
    let secrets = container::secrets(part.secrets, notes);
    let env_file = container::env_file(part.env_file, notes);
    let storage = storage::storage(part.storage, notes);
    let logging = storage::logging(part.logging, topics, notes);
    let sidecars = sidecar::sidecars(part.sidecars, (!adds_volumes).then_some(&storage), topics, notes);
    let network = network::network(part.network, notes);
    let schedule = task::schedule(part.schedule.as_ref(), &required.schedule, notes);
    let timeout_seconds = task::timeout(part.timeout.as_ref(), notes);
    let retries = task::retries(part.retries.as_ref(), notes);
    let topics = publish::topics(part.topics.unwrap_or_default(), notes);
    let taskdef_overrides = publish::overrides(part.taskdef_overrides.unwrap_or_default(), notes);
    Some(Job {
        name: name.to_owned(),
        image: image?,
        entrypoint,
        command,
        cpu,
        memory,
        count,
        platform,
        variables,
        secrets,
        env_file,
        storage,
        logging,
        sidecars,
        network,
        topics,
        schedule: schedule?,
        retries,
        timeout_seconds,
        taskdef_overrides,
        functions,
    })
}
