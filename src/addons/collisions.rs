//! Environment variables and secrets of the main container that outputs of the addons set, and somebody else
//! as well.

use std::collections::BTreeMap;

use super::document::name;
use crate::error::Error;
use crate::manifest::job::Job;
use crate::template::cfn::names::variable_name;
use crate::template::job::inputs::{AddonOutputKind, AddonsInputs};

/// Who sets a variable.
struct Setter {
    who: String,
    is_secret: bool,
}

/// Every name that an output and somebody else set, with all who set it.
fn contested(job: &Job, addons: &AddonsInputs) -> BTreeMap<String, Vec<Setter>> {
    let mut setters: BTreeMap<String, Vec<Setter>> = BTreeMap::new();
    for output in &addons.outputs {
        let is_secret = match output.kind {
            AddonOutputKind::Variable | AddonOutputKind::SecurityGroup => false,
            AddonOutputKind::Secret => true,
            AddonOutputKind::ManagedPolicy => continue,
        };
        let setter = Setter { who: format!("the addons' output `{}`", name(&output.name)), is_secret };
        setters.entry(variable_name(&output.name)).or_default().push(setter);
    }
    let variables = job.variables.keys().map(|name| (name, "the manifest's `variables`", false));
    let secrets = job.secrets.keys().map(|name| (name, "the manifest's `secrets`", true));
    for (name, who, is_secret) in variables.chain(secrets) {
        if let Some(others) = setters.get_mut(name) {
            others.push(Setter { who: who.to_owned(), is_secret });
        }
    }
    setters.retain(|_, setters| setters.len() > 1);
    setters
}

fn told(variable: &str, setters: &[Setter]) -> String {
    let who: Vec<&str> = setters.iter().map(|setter| setter.who.as_str()).collect();
    format!("{} is set by {}", name(variable), who.join(" and by "))
}

/// Amazon ECS refuses a secret whose name something else of the same container has as well.
pub(super) fn secrets(job: &Job, addons: &AddonsInputs, directory: &str) -> Vec<Error> {
    let contested = contested(job, addons);
    let refused = contested.iter().filter(|(_, setters)| setters.iter().any(|setter| setter.is_secret));
    let main = refused.map(|(variable, setters)| format!("the secret {}", told(variable, setters)));
    main.chain(of_other_containers(job, addons))
        .map(|told| {
            Error::new(format!("{directory}: {told}"))
                .hint("Amazon ECS wants different names for all secrets and variables: rename the output or the other one.")
        })
        .collect()
}

/// Outputs that are variables of every container and have the name of a secret of a sidecar or the log router.
fn of_other_containers(job: &Job, addons: &AddonsInputs) -> Vec<String> {
    let router = job.logging.router.iter().map(|router| ("logging".to_owned(), &router.secrets));
    let sidecars = job.sidecars.iter().map(|(name, sidecar)| (format!("sidecars.{name}"), &sidecar.secrets));
    let containers: Vec<_> = router.chain(sidecars).collect();
    let is_variable =
        |kind: &AddonOutputKind| matches!(kind, AddonOutputKind::Variable | AddonOutputKind::SecurityGroup);
    let mut refused = Vec::new();
    for output in addons.outputs.iter().filter(|output| is_variable(&output.kind)) {
        let variable = variable_name(&output.name);
        for (field, _) in containers.iter().filter(|(_, secrets)| secrets.contains_key(&variable)) {
            refused.push(format!(
                "the secret {} is set by the addons' output `{}`, a variable of every container, and by the \
                 manifest's `{}.secrets`",
                name(&variable),
                name(&output.name),
                name(field)
            ));
        }
    }
    refused
}

/// A variable that is set twice has one of the values; the old tool let it pass.
pub(super) fn variables(job: &Job, addons: &AddonsInputs, directory: &str) -> Vec<String> {
    let contested = contested(job, addons);
    let doubtful = contested.iter().filter(|(_, setters)| setters.iter().all(|setter| !setter.is_secret));
    doubtful
        .map(|(variable, setters)| {
            format!("{directory}: the variable {}; only one of the values counts", told(variable, setters))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::job::{Secret, Sidecar};
    use crate::template::job::inputs::AddonOutput;
    use crate::template::job::testing::{minimal_job, texts};

    #[test]
    fn outputs_cannot_take_the_names_of_other_containers_secrets() {
        let mut job = minimal_job("report-gen");
        let image = job.image.clone();
        let paths = [("TOPIC_ARN", "/arn"), ("OTHER", "/other")];
        let secrets = texts(paths).into_iter().map(|(name, path)| (name, Secret::Plain(path))).collect();
        let sidecar = Sidecar {
            image,
            essential: None,
            port: None,
            entrypoint: Vec::new(),
            command: Vec::new(),
            variables: BTreeMap::default(),
            secrets,
            env_file: None,
            mount_points: Vec::new(),
        };
        job.sidecars.insert("proxy".to_owned(), sidecar);
        let output = |name: &str, kind| AddonOutput { name: name.to_owned(), kind };
        let outputs = vec![
            output("TopicArn", AddonOutputKind::Variable),
            output("Another", AddonOutputKind::Variable),
            output("Other", AddonOutputKind::ManagedPolicy),
        ];
        let told = super::secrets(&job, &AddonsInputs { outputs, parameters: Vec::new() }, "addons");
        let told: Vec<String> = told.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "addons: the secret TOPIC_ARN is set by the addons' output `TopicArn`, a variable of every container, and by \
              the manifest's `sidecars.proxy.secrets`"
            ]
        );
    }
}
