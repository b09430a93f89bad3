//! What the stack set is made for, and how it changes.

use super::super::ids::TEMPLATE_VERSION;
use crate::template::cfn::mapping::Map;
use crate::yaml::{Kind, Node};

pub(super) const VERSION: &str = "Version";
pub(super) const WORKLOADS: &str = "Workloads";
pub(super) const ACCOUNTS: &str = "Accounts";
pub(super) const SERVICES: &str = "Services";
pub(super) const NAME: &str = "Name";
pub(super) const WITH_ECR: &str = "WithECR";

/// Stands where releases of the old tool before 1.28 kept a list of names. They stop at a text; without one they would
/// read no names, and delete every repository.
const NO_SERVICES: &str = "See #5140";

/// The workloads and accounts that an application's stack set is made for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Grows by one with every change, and names the operation that makes it: two changes that start from the same version
    /// cannot both be made.
    pub version: u64,
    /// Jobs and services.
    pub workloads: Vec<Workload>,
    /// Accounts with an environment, as texts: some begin with zeros.
    pub accounts: Vec<String>,
    /// What else stands in the metadata. It is kept.
    pub(super) more: Vec<(Node, Node)>,
}

/// A job or service of the application.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// Whether it has a repository for images.
    pub with_ecr: bool,
    /// What else stands in its entry. It is kept.
    pub(super) more: Vec<(Node, Node)>,
}

impl Workload {
    /// A workload with nothing but its name.
    pub fn new(name: &str, with_ecr: bool) -> Self {
        Self { name: name.to_owned(), with_ecr, more: Vec::new() }
    }
}

/// A change of the stack set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A job is there from now on, with a repository for its images.
    AddJob(String),
    /// A workload is no longer there.
    RemoveWorkload(String),
    /// An environment in this account is there from now on.
    AddEnvironment {
        /// The environment's account.
        account: String,
    },
    /// The accounts that have environments from now on; the last environment in some other account is gone.
    KeepAccounts(Vec<String>),
    /// Nothing but the template's version.
    Upgrade,
    /// Several at once, in one operation. There is nothing to do where all of it is there.
    Together(Vec<Change>),
}

impl Config {
    /// The configuration after a change, or `None` when there is nothing to do.
    ///
    /// Adding an environment is a change even when its account is known: the operation brings every instance up to date
    /// before another one is made.
    pub fn apply(&self, change: &Change) -> Option<Self> {
        let mut next = self.clone();
        match change {
            Change::AddJob(name) => {
                if self.workloads.iter().any(|workload| workload.name == *name) {
                    return None;
                }
                next.workloads.push(Workload::new(name, true));
            }
            Change::RemoveWorkload(name) => {
                next.workloads.retain(|workload| workload.name != *name);
                if next.workloads.len() == self.workloads.len() {
                    return None;
                }
            }
            Change::AddEnvironment { account } => {
                if !self.accounts.contains(account) {
                    next.accounts.push(account.clone());
                }
            }
            Change::KeepAccounts(accounts) => {
                next.accounts.retain(|account| accounts.contains(account));
                if next.accounts.len() == self.accounts.len() {
                    return None;
                }
            }
            Change::Upgrade => {}
            Change::Together(changes) => {
                for change in changes {
                    next = next.apply(change).unwrap_or(next);
                }
                if next.workloads == self.workloads && next.accounts == self.accounts {
                    return None;
                }
            }
        }
        next.version = self.version.saturating_add(1);
        Some(next)
    }

    /// The workloads by name, which is the order of the template.
    pub(super) fn sorted_workloads(&self) -> Vec<&Workload> {
        let mut workloads: Vec<&Workload> = self.workloads.iter().collect();
        workloads.sort_by(|a, b| a.name.cmp(&b.name));
        workloads
    }

    /// The accounts as texts in their order.
    pub(super) fn sorted_accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<&str> = self.accounts.iter().map(String::as_str).collect();
        accounts.sort_unstable();
        accounts
    }

    /// The template's `Metadata`.
    pub(super) fn metadata(&self, template_version: &str) -> Node {
        let workloads = self.sorted_workloads().into_iter().map(|workload| {
            let known = Map::new()
                .with_text(NAME, &workload.name)
                .with(WITH_ECR, Node::plain(workload.with_ecr))
                .build();
            and(known, &workload.more)
        });
        let known = Map::new()
            .with(TEMPLATE_VERSION, Node::quoted(template_version))
            .with(VERSION, Node::plain(self.version))
            .with(WORKLOADS, Node::sequence(workloads))
            // Quotes keep leading zeros, whoever reads it.
            .with(ACCOUNTS, Node::sequence(self.sorted_accounts().into_iter().map(Node::quoted)))
            .with(SERVICES, Node::quoted(NO_SERVICES))
            .build();
        and(known, &self.more)
    }
}

/// A map with more entries behind its own.
fn and(mut map: Node, more: &[(Node, Node)]) -> Node {
    if let Kind::Mapping(entries) = &mut map.kind {
        entries.extend(more.iter().cloned());
    }
    map
}
