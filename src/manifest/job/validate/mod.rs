//! From the merged partial model to a [`Job`]: required fields, values, what belongs together, defaults. All of it
//! runs before anything is built or deployed; the old tool found the schedule, timeout, command line and override
//! paths wrong only after pushing images.

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

use super::Job;
use super::layer::JobLayer;
use crate::manifest::findings::{Diagnostics, Place};

/// Where the fields are that no manifest can lack, or where they are missing.
pub(crate) struct Required {
    pub image: Place,
    pub schedule: Place,
}

/// Checks a merged manifest.
pub(crate) fn job(
    part: JobLayer,
    name: &str,
    required: &Required,
    diagnostics: &mut Diagnostics,
) -> Option<Job> {
    dependencies::check(&part, name, diagnostics);
    let functions = functions::written(&part, diagnostics);
    storage::check_platform(&part, diagnostics);
    let adds_volumes = publish::touches(&part, "Volumes");
    let (cpu, memory) = task::size(&part, diagnostics);
    let image = image::main(part.image, &required.image, diagnostics);
    let entrypoint = container::words(part.entrypoint, diagnostics);
    let command = container::words(part.command, diagnostics);
    let count = task::count(part.count, diagnostics);
    let platform = task::platform(part.platform.as_ref(), diagnostics);
    let topics = part.topics.as_ref().is_some_and(|topics| !topics.is_empty());
    let around = names::Surroundings { topics, mounts: !part.storage.volumes.is_empty() };
    names::check(&part.variables, &part.secrets, around, diagnostics);
    let variables = container::variables(part.variables, diagnostics);
    let secrets = container::secrets(part.secrets, diagnostics);
    let env_file = container::env_file(part.env_file, diagnostics);
    let storage = storage::storage(part.storage, diagnostics);
    let logging = storage::logging(part.logging, topics, diagnostics);
    let sidecars = sidecar::sidecars(part.sidecars, (!adds_volumes).then_some(&storage), topics, diagnostics);
    let network = network::network(part.network, diagnostics);
    let schedule = task::schedule(part.schedule.as_ref(), &required.schedule, diagnostics);
    let timeout_seconds = task::timeout(part.timeout.as_ref(), diagnostics);
    let retries = task::retries(part.retries.as_ref(), diagnostics);
    let topics = publish::topics(part.topics.unwrap_or_default(), diagnostics);
    let taskdef_overrides = publish::overrides(part.taskdef_overrides.unwrap_or_default(), diagnostics);
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
