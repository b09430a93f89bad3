//! Environment variables and secrets of the main container that outputs of the addons set, and somebody else
//! as well.

use std::collections::BTreeMap;

use super::document::name;
use crate::error::Error;
use crate::manifest::job::Job;
use crate::template::inputs::{AddonOutputKind, AddonsInputs};
use crate::template::names::variable_name;

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

/// Amazon ECS refuses a secret whose name something else has as well.
pub(super) fn secrets(job: &Job, addons: &AddonsInputs, directory: &str) -> Vec<Error> {
    let contested = contested(job, addons);
    let refused = contested.iter().filter(|(_, setters)| setters.iter().any(|setter| setter.is_secret));
    refused
        .map(|(variable, setters)| {
            Error::new(format!("{directory}: the secret {}", told(variable, setters)))
                .hint("Amazon ECS wants different names for all secrets and variables: rename the output or the other one.")
        })
        .collect()
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
