//! What the job gets, and what is to be done next, for people.

use super::place::Place;
use super::{Plan, Storage};
use crate::template::storage::cluster::Engine;
use crate::template::storage::{Kind, access_variable, logical_id, snippet, workload_variable};

/// Paragraphs, steps and lines for the manifest, which stand four blanks in.
pub(super) fn text(plan: &Plan) -> String {
    let kind = plan.kind();
    let job = plan.place.job();
    let about = match &plan.storage {
        Storage::Access(Kind::Aurora) => {
            "A job needs no file to use a cluster of the environments, but some lines in its manifest."
                .to_owned()
        }
        Storage::Access(_) => String::new(),
        Storage::Cluster(cluster) => {
            let group = cluster.parameter_group.as_ref().map(|group| {
                format!(" The parameter group {group} must be of the family {}.", cluster.engine.family())
            });
            format!(
                "{} It costs money from its creation on, also without any use.{}",
                made_by(plan, Some(cluster.engine)),
                group.unwrap_or_default()
            )
        }
        Storage::Bucket | Storage::Table(_) => made_by(plan, None),
    };
    let variable = match &plan.place {
        Place::Workload { .. } => Some(workload_variable(kind, &plan.name)),
        Place::Environment { local: true, .. } => access_variable(kind, &plan.name),
        Place::Environment { local: false, .. } => None,
    };
    let variable = variable.map(|variable| match kind {
        Kind::S3 | Kind::DynamoDb => {
            let noun = kind.noun();
            format!("Containers of {job} get the {noun}'s name as the environment variable {variable}.")
        }
        Kind::Aurora => format!(
            "Containers of {job} get the environment variable {variable}, a JSON text with host, port, dbname, username and password."
        ),
    });
    let told: Vec<String> = [about].into_iter().chain(variable).filter(|text| !text.is_empty()).collect();
    let mut text = told.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str("Next:\n");
    for (index, step) in steps(plan).iter().enumerate() {
        text.push_str(&format!("{}. {step}\n", index + 1));
    }
    text
}

fn made_by(plan: &Plan, engine: Option<Engine>) -> String {
    let id = logical_id(plan.kind(), &plan.name);
    let whose = match &plan.place {
        Place::Workload { job } => format!("the addons of {job}"),
        Place::Environment { .. } => "the environments' addons".to_owned(),
    };
    let engine = engine.map(|engine| format!(" ({engine} {})", engine.version())).unwrap_or_default();
    format!("The {} is the resource {id} of {whose}{engine}.", plan.kind().noun())
}

fn steps(plan: &Plan) -> Vec<String> {
    let kind = plan.kind();
    let (name, noun) = (&plan.name, kind.noun());
    let (job, local) = match &plan.place {
        Place::Workload { job } => {
            return vec![format!("Run `copilot job deploy --name {job}`, which creates the {noun}.")];
        }
        Place::Environment { job, local } => (job, *local),
    };
    let mut steps = Vec::new();
    if !matches!(plan.storage, Storage::Access(_)) {
        steps.push(format!(
            "Run `copilot env deploy` for each environment, which creates the {noun}. It must be there before the job is deployed."
        ));
    }
    if !local {
        steps.push(format!(
            "In the workspace that has {job}, run `copilot storage init --name {name} --storage-type {kind} --add-ingress-from {job}`."
        ));
        return steps;
    }
    let lines: String = snippet::manifest(kind, name).lines().map(|line| format!("    {line}\n")).collect();
    steps.push(match kind {
        Kind::S3 | Kind::DynamoDb => format!(
            "For another variable with the {noun}'s name, add this to copilot/{job}/manifest.yml:\n\n{lines}"
        ),
        Kind::Aurora => format!(
            "Add this to copilot/{job}/manifest.yml, the secret with what is needed to connect and the way to the cluster:\n\n{lines}"
        ),
    });
    steps.push(format!("Run `copilot job deploy --name {job}`, which gives the job access."));
    steps
}
