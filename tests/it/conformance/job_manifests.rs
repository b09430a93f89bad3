//! Manifests of new jobs.

use std::fs;
use std::path::Path;

use copilot::manifest::env::{self, Target, Vpc};
use copilot::manifest::job::write::{NewImage, NewJob, platform, write};
use copilot::manifest::{Source, schedule};
use serde_json::Value;

use super::cases::each;
use super::written::{parsed, samples};

#[test]
fn new_job_manifests() {
    each("job-manifests", check);
}

fn check(case: &Path, name: &str) -> Vec<String> {
    let json = |file: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(case.join(file)).unwrap()).unwrap()
    };
    let (want, mut facts) = (json("manifest.json"), json("facts.json"));
    let text = write(&arguments(&json("inputs.json")));
    let written = parsed(&text);
    // A sample for an environment stands only where there is no environment's block yet.
    if name == "private-only-environment" {
        facts["only_in_comments"].as_object_mut().unwrap().remove("environments.prod.cpu");
    }
    let expression = schedule::convert(written["on"]["schedule"].as_str().unwrap());
    let expression = expression.map_or(Value::Null, |converted| converted.schedule.parameter().into());
    let compared = [
        ("fields", &written, &want),
        ("fields in comments", &samples(&text, &written), &facts["only_in_comments"]),
        ("schedule", &expression, &facts["schedule_expression"]),
    ];
    let differs = |(what, ours, theirs): (&str, &Value, &Value)| {
        (ours != theirs).then(|| format!("{what}: {ours}\n  instead of {theirs}\n{text}"))
    };
    compared.into_iter().filter_map(differs).collect()
}

/// What the arguments of `job init`, Docker and the deployed environments ask for.
fn arguments(inputs: &Value) -> NewJob {
    let args: Vec<&str> =
        inputs["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
    let value = |flag: &str| args.iter().position(|arg| *arg == flag).map(|at| args[at + 1].to_owned());
    let [os, arch] = ["docker_os", "docker_arch"].map(|key| inputs[key].as_str().unwrap());
    let (image, platform) = match value("--dockerfile") {
        Some(path) => (NewImage::Dockerfile(path.trim_start_matches("./").to_owned()), platform(os, arch)),
        None => (NewImage::Location(value("--image").unwrap()), None),
    };
    NewJob {
        name: value("--name").unwrap(),
        schedule: value("--schedule").unwrap(),
        retries: value("--retries").map_or(0, |text| text.parse().unwrap()),
        timeout: value("--timeout"),
        image,
        platform,
        private_environments: private(inputs),
    }
}

/// The environments without public subnets.
fn private(inputs: &Value) -> Vec<String> {
    let app = inputs["app"].as_str().unwrap();
    let names = inputs["env_order"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let is_private = |name: &&str| {
        let text = inputs["deployed_env_manifests"][*name].as_str().unwrap();
        let manifest =
            env::load(Source { path: "manifest.yml", text }, Target { app, env: name, lookup: &|_| None });
        matches!(manifest.unwrap().environment.network.vpc, Vpc::Imported(vpc) if vpc.public_subnets.is_empty())
    };
    names.filter(is_private).map(str::to_owned).collect()
}
