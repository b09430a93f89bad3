//! The containers of a task: their names and who waits for whom.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::layer::{JobLayer, Texts};
use crate::manifest::unquoted;

/// Name of the log router's container.
const LOG_ROUTER: &str = "firelens_log_router";

/// More sidecars are not compared with each other. ECS takes far less.
const SIDECARS: usize = 100;

struct Container<'a> {
    essential: bool,
    depends_on: Dependencies<'a>,
}

/// Names, as the template has them, and conditions of the containers to wait for.
type Dependencies<'a> = Vec<(Cow<'a, str>, &'a Located<String>)>;

fn dependencies(texts: &Texts) -> Dependencies<'_> {
    texts.iter().map(|(name, condition)| (unquoted::name(name), condition)).collect()
}

/// Checks the containers' names and dependencies.
pub(super) fn check(part: &JobLayer, job: &str, diagnostics: &mut Diagnostics) {
    if part.sidecars.len() > SIDECARS
        && let Some(first) = part.sidecars.values().next()
    {
        let message = format!("{} sidecars are too many", part.sidecars.len());
        return diagnostics.error_help(&first.place, message, "ECS runs up to 10 containers in a task");
    }
    let sidecars: Vec<_> =
        part.sidecars.iter().map(|(written, part)| (written, unquoted::name(written), part)).collect();
    let mut containers: BTreeMap<&str, Container<'_>> = BTreeMap::new();
    let mut resources: BTreeMap<String, &str> = BTreeMap::new();
    for (written, name, sidecar) in &sidecars {
        if name == job {
            diagnostics.error_help(
                &sidecar.place,
                "the main container has this name already",
                "rename the sidecar",
            );
        }
        if name == LOG_ROUTER && part.logging.router {
            diagnostics.error_help(
                &sidecar.place,
                "`logging` adds a container of this name",
                "rename the sidecar",
            );
        }
        // Every sidecar has a stack parameter named after its letters and digits.
        let resource: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        if let Some(other) = resources.insert(resource, written) {
            let message =
                format!("`{other}` and `{written}` differ only in characters that parameter names lose");
            diagnostics.error_help(&sidecar.place, message, "rename one of the sidecars");
        }
        let essential = sidecar.essential.as_ref().is_none_or(|flag| flag.value);
        containers.insert(name, Container { essential, depends_on: dependencies(&sidecar.depends_on) });
    }
    if part.logging.router {
        containers.insert(LOG_ROUTER, Container { essential: false, depends_on: Vec::new() });
    }
    containers.insert(job, Container { essential: true, depends_on: dependencies(&part.image.depends_on) });

    for (name, container) in &containers {
        for (target, condition) in &container.depends_on {
            let place = &condition.place;
            if target == name {
                diagnostics.error(place, "a container cannot wait for itself");
                continue;
            }
            let Some(other) = containers.get(target.as_ref()) else {
                let known: Vec<&str> = containers.keys().copied().filter(|other| other != name).collect();
                let help = match known.as_slice() {
                    [] => "the job has no other container".to_owned(),
                    known => format!("the other containers are {}", known.join(", ")),
                };
                diagnostics.error_help(place, format!("there is no container `{target}`"), help);
                continue;
            };
            let ends = matches!(condition.value.to_uppercase().as_str(), "COMPLETE" | "SUCCESS");
            if ends && other.essential {
                let help = if target == job {
                    "wait for start or healthy".to_owned()
                } else {
                    format!("wait for start or healthy, or set `essential: false` on `{target}`")
                };
                let message = format!(
                    "`{target}` is essential, so the task stops when it ends and nothing can wait for that"
                );
                diagnostics.error_help(place, message, help);
            }
        }
    }
    check_cycles(&containers, diagnostics);
}

/// Reports one circle of dependencies.
fn check_cycles(containers: &BTreeMap<&str, Container<'_>>, diagnostics: &mut Diagnostics) {
    for (name, container) in containers {
        for (target, condition) in &container.depends_on {
            let members = on_the_way(containers, target, name);
            if target != name && !members.is_empty() {
                let members: Vec<&str> = members.into_iter().collect();
                diagnostics.error(
                    &condition.place,
                    format!("these containers wait for each other: {}", members.join(", ")),
                );
                return;
            }
        }
    }
}

/// The containers that `from` waits for, directly or not, and that wait for `to` in turn, with both; empty
/// when `from` does not wait for `to`.
fn on_the_way<'a>(
    containers: &'a BTreeMap<&'a str, Container<'a>>,
    from: &'a str,
    to: &'a str,
) -> BTreeSet<&'a str> {
    let after = reachable(containers, from);
    if !after.contains(to) {
        return BTreeSet::new();
    }
    after.into_iter().filter(|name| reachable(containers, name).contains(to)).collect()
}

fn reachable<'a>(containers: &'a BTreeMap<&'a str, Container<'a>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        let targets =
            containers.get(name).map(|container| container.depends_on.as_slice()).unwrap_or_default();
        open.extend(targets.iter().map(|(target, _)| target.as_ref()).filter(|target| found.insert(target)));
    }
    found
}
