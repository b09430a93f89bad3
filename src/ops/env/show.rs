//! `copilot env show`

use std::collections::BTreeMap;

use serde::Serialize;

use super::recorded;
use crate::error::{Context as _, Error, Result};
use crate::ops::reading::{ApplicationReader, EnvironmentReader, Resource};
use crate::ops::select::{self, ChosenApplication};
use crate::ops::workloads::{Workloads, by_kind};
use crate::report::Console;
use crate::stack::port::{Stack, Stacks as _};
use crate::store::port::Parameters;
use crate::store::{self, Environment, Workload, go_json};
use crate::template::cfn::names::env_stack_name;
use crate::yaml;

/// Which environment.
#[derive(Clone, Debug)]
pub struct Request {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// Environment name; asked for when absent.
    pub name: Option<String>,
    /// Whether the stack's resources are wanted as well.
    pub resources: bool,
}

/// An environment. Serialises as the old tool did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Description {
    /// Its record.
    pub environment: Environment,
    /// The registered workloads that are deployed there, by name.
    #[serde(flatten)]
    pub workloads: Workloads,
    /// Tags of its stack.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Resources of its stack, when they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Its network.
    #[serde(rename = "environmentVPC")]
    pub vpc: Vpc,
}

/// The network of an environment; empty as long as it is not deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Vpc {
    /// VPC id.
    pub id: String,
    /// Public subnets.
    #[serde(rename = "publicSubnetIDs")]
    pub public_subnet_ids: Option<Vec<String>>,
    /// Private subnets.
    #[serde(rename = "privateSubnetIDs")]
    pub private_subnet_ids: Option<Vec<String>>,
}

impl Description {
    /// Puts together what was read.
    pub fn new(
        environment: Environment,
        registered: Vec<Workload>,
        deployed: &[String],
        stack: &Stack,
        resources: Vec<Resource>,
    ) -> Self {
        let mut workloads: Vec<Workload> =
            registered.into_iter().filter(|workload| deployed.contains(&workload.name)).collect();
        workloads.sort_by(|a, b| a.name.cmp(&b.name));
        let subnets =
            |key: &str| stack.outputs.get(key).map(|ids| ids.split(',').map(str::to_owned).collect());
        Self {
            environment,
            workloads: by_kind(workloads),
            tags: stack.tags.clone(),
            resources,
            vpc: Vpc {
                id: stack.outputs.get("VpcId").cloned().unwrap_or_default(),
                public_subnet_ids: subnets("PublicSubnets"),
                private_subnet_ids: subnets("PrivateSubnets"),
            },
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Reads everything about an environment.
///
/// # Errors
/// When there is no such environment, or something of it cannot be read.
pub async fn run<A: ApplicationReader>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Description> {
    let environment = find(account, request, console).await?;
    let name = env_stack_name(&environment.app, &environment.name);
    let inside = async {
        let manager = account.enter(&environment).await?;
        let resources = async {
            match request.resources {
                true => manager.resources(&name).await,
                false => Ok(Vec::new()),
            }
        };
        let (stack, deployed, resources) = tokio::join!(
            manager.stack(&name),
            manager.workloads(&environment.app, &environment.name),
            resources,
        );
        let stack = stack?.ok_or_else(|| missing_stack(&environment, &name))?;
        Ok::<_, Error>((stack, deployed?, resources?))
    };
    let (inside, registered) = tokio::join!(inside, store::workloads(account, &environment.app));
    let (stack, deployed, resources) = inside?;
    Ok(Description::new(environment, registered?, &deployed, &stack, resources))
}

/// The manifest that an environment was deployed with. One that was deployed without, or not yet, gets the manifest that says
/// what its record holds.
///
/// # Errors
/// When there is no such environment, or its stack cannot be read.
pub async fn manifest<A: ApplicationReader>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<String> {
    let environment = find(account, request, console).await?;
    let name = env_stack_name(&environment.app, &environment.name);
    let manager = account.enter(&environment).await?;
    let metadata =
        manager.template_metadata(&name).await?.ok_or_else(|| missing_stack(&environment, &name))?;
    let deployed = deployed_manifest(&metadata).with_context(|| format!("stack {name}"))?;
    Ok(deployed.unwrap_or_else(|| {
        console.note(format!(
            "Stack {name} holds no manifest: this one is made of what the environment's record holds."
        ));
        recorded::manifest(&environment)
    }))
}

/// The manifest in a template's metadata, without blank lines around it, ending in a line break.
///
/// # Errors
/// When the metadata is neither JSON, as CloudFormation gives it, nor YAML.
pub fn deployed_manifest(metadata: &str) -> Result<Option<String>> {
    const KEY: &str = "Manifest";
    // JSON first: it may hold characters that YAML does not allow.
    let manifest = match serde_json::from_str::<serde_json::Value>(metadata) {
        Ok(metadata) => metadata.get(KEY).and_then(|manifest| manifest.as_str()).map(str::to_owned),
        Err(_) => {
            let metadata = yaml::load(metadata)
                .map_err(|e| Error::new(format!("the metadata of the environment's template: {e}")))?;
            let manifest = metadata.as_ref().and_then(|metadata| metadata.get(KEY)?.as_text());
            manifest.map(str::to_owned)
        }
    };
    let manifest = manifest.as_deref().map(str::trim).filter(|manifest| !manifest.is_empty());
    Ok(manifest.map(|manifest| format!("{manifest}\n")))
}

/// The record of the environment that is meant.
async fn find(account: &impl Parameters, request: &Request, console: &Console<'_>) -> Result<Environment> {
    let chosen = ChosenApplication::new(account, request.app.as_deref(), "--app", console).await?;
    let app = chosen.name.clone();
    let application = chosen.record(account);
    let environment = match &request.name {
        Some(name) => {
            let (application, environment) =
                tokio::join!(application, store::read_environment(account, &app, name));
            application?;
            environment?
        }
        None => {
            let (application, environments) = tokio::join!(application, store::environments(account, &app));
            application?;
            select::environment(&app, environments?, "--name", console)?
        }
    };
    // Stacks are named after the application that was asked for, whatever an old record holds.
    Ok(Environment { app, ..environment })
}

fn missing_stack(environment: &Environment, stack: &str) -> Error {
    let Environment { name, account_id, region, .. } = environment;
    Error::new(format!("environment {name} has no stack {stack} in account {account_id}, region {region}"))
        .hint(format!(
            "Its record is there, but the stack was deleted or never created. `copilot env init --name {name}` creates it."
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_found_in_metadata() {
        for (metadata, manifest) in [
            ("", None),
            ("{}", None),
            (r#"{"Version":"bootstrap"}"#, None),
            (r#"{"Manifest":" \n"}"#, None),
            (r#"{"Manifest":"\nname: test\n# \u009b\n\n"}"#, Some("name: test\n# \u{9b}\n")),
            ("Version: v1.0.0\nManifest: |\n  name: test\n", Some("name: test\n")),
        ] {
            assert_eq!(deployed_manifest(metadata).unwrap().as_deref(), manifest, "{metadata}");
        }
        let error = deployed_manifest("{").unwrap_err().to_string();
        assert!(error.starts_with("the metadata of the environment's template: "), "{error}");
    }
}
