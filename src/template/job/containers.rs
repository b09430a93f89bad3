//! The main container and the sidecars.

use std::collections::BTreeMap;

use super::env_files::EnvFile;
use super::environment_variables::environment;
use super::image_reference::sidecar_image;
use super::inputs::Inputs;
use super::secrets::secrets;
use super::storage::{main_mount_points, sidecar_mount_points};
use super::{logging, secrets};
use crate::manifest::job::{HealthCheck, ImageSource, Job, Sidecar};
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::mapping::{Map, string_map, strings, values};
use crate::yaml::Node;

/// `ContainerDefinitions`: main, log router, sidecars by name.
pub(super) fn definitions(job: &Job, inputs: &Inputs) -> Node {
    let router = job.logging.router.as_ref().map(|router| logging::router_container(job, inputs, router));
    let sidecars = job.sidecars.iter().map(|(name, container)| sidecar(job, inputs, name, container));
    Node::sequence(std::iter::once(main(job, inputs)).chain(router).chain(sidecars))
}

fn main(job: &Job, inputs: &Inputs) -> Node {
    let mounts = job.storage.volumes.iter().map(|(name, v)| (name.as_str(), v.path.as_str())).collect();
    let image = &job.image;
    let secrets = secrets(&job.secrets).into_iter().chain(secrets::of_addons(inputs));
    Map::new()
        .with("Name", reference("WorkloadName"))
        .with("Image", reference("ContainerImage"))
        .with_items("Secrets", secrets.collect())
        .with("Environment", environment(job, inputs, &job.variables, &mounts))
        .with("EnvironmentFiles", EnvFile::of_main().container_property())
        .with("LogConfiguration", logging::of_main(&job.logging))
        .with_items("EntryPoint", values(&job.entrypoint))
        .with_items("Command", values(&job.command))
        .with_items("MountPoints", main_mount_points(job))
        .with_some("DockerLabels", string_map(&image.labels))
        .with_items("DependsOn", depends_on(&image.depends_on))
        .with_some("HealthCheck", image.healthcheck.as_ref().map(health_check))
        .with_some("ReadonlyRootFilesystem", job.storage.readonly_fs.map(Node::plain))
        .with_some("RepositoryCredentials", credentials(image.credentials.as_deref()))
        .build()
}

fn sidecar(job: &Job, inputs: &Inputs, name: &str, sidecar: &Sidecar) -> Node {
    let mounts = sidecar.mount_points.iter().map(|m| (m.source_volume.as_str(), m.path.as_str())).collect();
    let image = &sidecar.image;
    let port = sidecar.port.as_ref().map(|(port, protocol)| {
        Map::new().with("ContainerPort", Node::plain(port)).with_text("Protocol", protocol).build()
    });
    Map::new()
        .with("Name", unquoted::value(name))
        .with("Image", image_of_sidecar(name, &image.source, inputs))
        .with_some("Essential", sidecar.essential.map(Node::plain))
        .with_items("EntryPoint", values(&sidecar.entrypoint))
        .with_items("Command", values(&sidecar.command))
        .with_items("PortMappings", port.into_iter().collect())
        .with_some("HealthCheck", image.healthcheck.as_ref().map(health_check))
        .with("Environment", environment(job, inputs, &sidecar.variables, &mounts))
        .with("EnvironmentFiles", EnvFile::of_sidecar(name).container_property())
        .with_items("Secrets", secrets(&sidecar.secrets))
        .with("LogConfiguration", logging::to_log_group())
        .with_some("DockerLabels", string_map(&image.labels))
        .with_items("DependsOn", depends_on(&image.depends_on))
        .with_some("RepositoryCredentials", credentials(image.credentials.as_deref()))
        .with_items("MountPoints", sidecar_mount_points(&sidecar.mount_points))
        .build()
}

/// The empty text stands for an image that is not built yet: CloudFormation takes no null in its place.
fn image_of_sidecar(name: &str, source: &ImageSource, inputs: &Inputs) -> Node {
    match source {
        ImageSource::Location(reference) => unquoted::value(reference),
        ImageSource::Build(_) => Node::string(sidecar_image(name, source, inputs).unwrap_or_default()),
    }
}

fn depends_on(containers: &BTreeMap<String, String>) -> Vec<Node> {
    containers
        .iter()
        .map(|(name, condition)| {
            Map::new().with_text("Condition", condition).with("ContainerName", unquoted::value(name)).build()
        })
        .collect()
}

fn health_check(check: &HealthCheck) -> Node {
    Map::new()
        .with("Command", Node::sequence(strings(&check.command)))
        .with("Interval", Node::plain(check.interval))
        .with("Retries", Node::plain(check.retries))
        .with("StartPeriod", Node::plain(check.start_period))
        .with("Timeout", Node::plain(check.timeout))
        .build()
}

fn credentials(secret_arn: Option<&str>) -> Option<Node> {
    let arn = secret_arn.filter(|arn| !arn.is_empty())?;
    Some(Map::new().with("CredentialsParameter", unquoted::value(arn)).build())
}
