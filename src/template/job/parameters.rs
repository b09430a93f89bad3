//! The template's parameters and the values a deployment gives them.

use super::ids::{ADDONS_TEMPLATE_URL, CONTAINER_IMAGE, ENV_FILE, LOGGING_ENV_FILE, ROUTER};
use super::image_reference::main_image;
use super::inputs::Inputs;
use crate::error::Result;
use crate::manifest::job::Job;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::sidecar_env_file_parameter;
use crate::template::cfn::parameters::check_sent;
use crate::yaml::Node;

/// The template's `Parameters` section.
pub(super) fn section(job: &Job) -> Node {
    let mut section = Map::new();
    for name in ["AppName", "EnvName", "WorkloadName", "Schedule", CONTAINER_IMAGE, "TaskCPU", "TaskMemory"] {
        section = section.with(name, parameter("String").build());
    }
    for name in ["TaskCount", "LogRetention"] {
        section = section.with(name, parameter("Number").build());
    }
    section = section
        .with(ADDONS_TEMPLATE_URL, optional("URL of the addons nested stack template within the S3 bucket."))
        .with(ENV_FILE, optional("URL of the environment file."));
    if job.logging.router.is_some() {
        section =
            section.with(LOGGING_ENV_FILE, optional("URL of the environment file for the logging sidecar."));
    }
    for name in job.sidecars.keys() {
        let description = format!("URL of the environment file for the {name} sidecar.");
        section = section.with(sidecar_env_file_parameter(name), optional(&description));
    }
    let key = parameter("String").with_text("Description", "KMS Key used for encrypting artifacts");
    section.with("ArtifactKeyARN", key.build()).build()
}

fn parameter(kind: &str) -> Map {
    Map::new().with_text("Type", kind)
}

fn optional(description: &str) -> Node {
    parameter("String").with_text("Description", description).with_text("Default", "").build()
}

/// The parameter with the ARN of a container's environment file.
pub fn env_file_parameter(job: &Job, container: &str) -> String {
    match container {
        main if main == job.name => ENV_FILE.to_owned(),
        ROUTER => LOGGING_ENV_FILE.to_owned(),
        sidecar => sidecar_env_file_parameter(sidecar),
    }
}

/// The value of every parameter, in the order of a deployment's request. An
/// image that is not known yet is the empty text.
pub fn parameters(job: &Job, inputs: &Inputs) -> Vec<(String, String)> {
    let env_file = |container: &str| inputs.env_file_arns.get(container).cloned().unwrap_or_default();
    let mut values = vec![
        ("AppName".to_owned(), inputs.app.clone()),
        ("EnvName".to_owned(), inputs.env.clone()),
        ("WorkloadName".to_owned(), job.name.clone()),
        (CONTAINER_IMAGE.to_owned(), main_image(job, inputs).unwrap_or_default()),
        (ADDONS_TEMPLATE_URL.to_owned(), inputs.addons_template_url.clone()),
        ("ArtifactKeyARN".to_owned(), inputs.artifact_key_arn.clone()),
        (ENV_FILE.to_owned(), env_file(&job.name)),
    ];
    if job.logging.router.is_some() {
        values.push((LOGGING_ENV_FILE.to_owned(), env_file(ROUTER)));
    }
    values.extend(job.sidecars.keys().map(|name| (sidecar_env_file_parameter(name), env_file(name))));
    values.extend([
        ("TaskCPU".to_owned(), job.cpu.to_string()),
        ("TaskMemory".to_owned(), job.memory.to_string()),
        ("TaskCount".to_owned(), job.count.to_string()),
        ("LogRetention".to_owned(), job.logging.retention.to_string()),
        ("Schedule".to_owned(), job.schedule.parameter().to_owned()),
    ]);
    values
}

/// Checks that an overridden template still takes the parameters that are sent with it.
///
/// # Errors
/// When one of them is gone, or when there is a new one without a default.
pub fn check_parameters(body: &Node, job: &Job, inputs: &Inputs) -> Result<()> {
    check_sent(body, &parameters(job, inputs))
}
