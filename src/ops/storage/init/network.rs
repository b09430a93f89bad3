//! The network that a cluster among the environments' addons is placed in. All environments share one parameter file, so the
//! manifests in the workspace decide what it says, and where it does not fit every environment the user is told.

use std::collections::BTreeSet;
use std::fs;

use crate::error::{Error, Result};
use crate::files;
use crate::manifest::Source;
use crate::manifest::env::{self, Environment, Target, Vpc};
use crate::template::cfn::intrinsic::reference;
use crate::template::env::ids::{VPC as OWN_VPC, private_subnet};
use crate::template::env::{private_subnets, vpc_id};
use crate::template::storage::cluster::{SUBNETS, VPC};
use crate::text;
use crate::workspace::Workspace;
use crate::yaml::{self, Node};

use super::new_files::{NewFile, State};
use super::place::ENVIRONMENT_ADDONS;

/// The file with the values of the addons' parameters, from the workspace's root.
pub(super) const PARAMETERS: &str = "copilot/environments/addons/addons.parameters.yml";

/// How many subnets, in as many zones, a cluster needs.
const FEWEST_SUBNETS: usize = 2;

/// What the parameter file says.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub vpc: Node,
    /// At least two.
    pub subnets: Vec<Node>,
    /// What it does not fit.
    pub warnings: Vec<String>,
}

/// The network of an environment of the workspace.
struct Known {
    environment: String,
    vpc: Node,
    subnets: Vec<Node>,
    /// The environment's stack creates it.
    is_own: bool,
}

impl Known {
    fn new(environment: &Environment) -> Self {
        Self {
            environment: environment.name.clone(),
            vpc: vpc_id(environment),
            subnets: private_subnets(environment),
            is_own: matches!(environment.network.vpc, Vpc::Managed(_)),
        }
    }

    /// The network that a manifest without a network means.
    fn default() -> Self {
        let subnets = (1..=FEWEST_SUBNETS).map(|number| reference(&private_subnet(number)));
        Self { environment: String::new(), vpc: reference(OWN_VPC), subnets: subnets.collect(), is_own: true }
    }

    fn values(&self) -> String {
        let ids = self.subnets.iter().map(one_line).collect::<Vec<_>>();
        format!("`{VPC}: {}` and `{SUBNETS}: !Join [',', [{}]]`", one_line(&self.vpc), ids.join(", "))
    }
}

fn one_line(node: &Node) -> String {
    yaml::emit(node).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the environments' manifests in the workspace. `registered` are the application's environments.
pub(super) fn read(
    workspace: &Workspace,
    app: &str,
    registered: &[String],
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Network> {
    let mut known = Vec::new();
    let mut unknown: BTreeSet<&String> = registered.iter().collect();
    let names = names(workspace)?;
    for name in &names {
        match load(workspace, app, name, lookup) {
            Some(environment) => {
                unknown.remove(name);
                known.push(Known::new(&environment));
            }
            None => drop(unknown.insert(name)),
        }
    }
    let mut network = choose(known)?;
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.into_iter().map(String::as_str).collect();
        network.warnings.push(format!(
            "the network of {} is not known, as the workspace has no manifest of it that can be read. Check that {PARAMETERS} \
             fits it: `{VPC}` is the VPC's id, `{SUBNETS}` the ids of private subnets with commas between them, which \
             `copilot env show --name ENVIRONMENT --json` shows",
            names.join(", ")
        ));
    }
    Ok(network)
}

/// Environments with a manifest in the workspace, sorted.
fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let directory = workspace.copilot_dir.join("environments");
    let unreadable = |e: std::io::Error| Error::new(format!("cannot list {}: {e}", directory.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(&directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        names
            .extend(name.to_str().filter(|name| workspace.has_environment_manifest(name)).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn load(
    workspace: &Workspace,
    app: &str,
    name: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Option<Environment> {
    let path = workspace.copilot_dir.join("environments").join(name).join("manifest.yml");
    let text = text::decode(files::read(&path, files::TEXT).ok()?).ok()?;
    let source = Source { path: "manifest.yml", text: &text };
    // What is wrong with it is told when the environment is deployed.
    env::load(source, Target { app, env: name, lookup }).ok().map(|manifest| manifest.environment)
}

/// The network that fits most.
fn choose(known: Vec<Known>) -> Result<Network> {
    let (usable, others): (Vec<Known>, Vec<Known>) =
        known.into_iter().partition(|network| network.subnets.len() >= FEWEST_SUBNETS);
    let lacking = others.iter().map(|network| network.environment.as_str()).collect::<Vec<_>>().join(", ");
    let lacking =
        format!("a database cluster needs two private subnets, and the network of {lacking} has fewer");
    if usable.is_empty() && !others.is_empty() {
        return Err(Error::new(lacking).hint(
            "Add private subnets in two availability zones to `network.vpc.subnets.private` of the environment's manifest.",
        ));
    }
    let mut warnings = Vec::new();
    if !others.is_empty() {
        warnings.push(format!("{lacking}: `copilot env deploy` will fail there"));
    }
    // All VPCs that environments create have the first subnets.
    let fewest = usable.iter().filter(|network| network.is_own).map(|network| network.subnets.len()).min();
    let is_own = |network: &Known| network.is_own;
    let chosen = usable.iter().find(|network| is_own(network)).or(usable.first());
    let default = Known::default();
    let chosen = chosen.unwrap_or(&default);
    let count = if chosen.is_own { fewest.unwrap_or(FEWEST_SUBNETS) } else { chosen.subnets.len() };
    for other in &usable {
        if !(chosen.is_own && other.is_own) && other.values() != chosen.values() {
            warnings.push(format!(
                "{PARAMETERS} does not fit environment {}, which has another network: before `copilot env deploy --name {0}` \
                 write {} there",
                other.environment,
                other.values()
            ));
        }
    }
    Ok(Network {
        vpc: chosen.vpc.clone(),
        subnets: chosen.subnets.iter().take(count).cloned().collect(),
        warnings,
    })
}

/// Whether the parameter file of the workspace gives what a cluster needs.
pub(super) fn is_given(workspace: &Workspace, content: &str) -> Result<bool> {
    let root = workspace.root();
    let paths = [PARAMETERS.to_owned(), format!("{ENVIRONMENT_ADDONS}/addons.parameters.yaml")];
    let state = |path: &String| NewFile { path: path.clone(), content: content.to_owned() }.state(root);
    let Some(path) = paths.iter().find(|path| state(path) == State::Other) else { return Ok(false) };
    let read = files::read(&root.join(path), files::TEXT);
    let read = read.map_err(|e| Error::new(format!("cannot read {path}: {e}")))?;
    let text = text::decode(read).map_err(|e| e.error(path))?;
    let document = yaml::load(&text)
        .map_err(|e| Error::new(format!("{path}:{}:{}: {}", e.span.line, e.span.column, e.message)))?;
    let parameters = document.as_ref().and_then(|document| document.get("Parameters"));
    if [VPC, SUBNETS].iter().all(|name| parameters.is_some_and(|given| given.get(name).is_some())) {
        return Ok(true);
    }
    let error = Error::new(format!(
        "nothing was written: {path} exists already and does not give both {VPC} and {SUBNETS}, which the cluster needs"
    ));
    let lines = content.lines().skip_while(|line| line.starts_with('#')).map(str::to_owned);
    Err(error.details(lines).hint("Add these values to the file and run the command again."))
}
