//! Whether an environment is deployed, and has what its jobs need.

use super::unknown::settled;
use crate::manifest::job::{Job, Placement, VolumeKind};
use crate::ops::doctor::facts::{EnvFacts, JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::stack::port::Stack;

pub(crate) async fn environment<A: Account>(env: &EnvFacts<'_, A>, jobs: &[JobFacts<'_, A>]) -> Finding {
    let about = About::env(Check::Environment, env.name());
    settled(&about, read(env, jobs, &about).await)
}

async fn read<A: Account>(env: &EnvFacts<'_, A>, jobs: &[JobFacts<'_, A>], about: &About) -> Known<Finding> {
    let (stack, template) = tokio::join!(env.stack(), env.template());
    let (app, name) = (env.app.name, env.name());
    let Some(stack) = stack? else {
        return Ok(about
            .failure(format!(
                "there is no stack {} in account {}, {}",
                env.stack_name, env.record.account_id, env.record.region
            ))
            .advice("Its record is there, but the stack was deleted or never created.")
            .command(format!("copilot env init --app {app} --name {name}")));
    };
    let version = template?.map_or("", |template| template.version.as_str());
    let jobs = jobs.iter().filter(|job| job.env.name() == name);
    let jobs = jobs.filter_map(|job| Some(&job.usable_manifest()?.job));
    Ok(judge(about, version, stack, jobs, &format!("copilot env deploy --app {app} --name {name}")))
}

fn judge<'j>(
    about: &About,
    version: &str,
    stack: &Stack,
    jobs: impl Iterator<Item = &'j Job>,
    deploy: &str,
) -> Finding {
    if version == "bootstrap" {
        return about.failure("it is not deployed: it has its roles and nothing else").command(deploy);
    }
    let lacks = |job: &Job| {
        let private = job.network.placement == Placement::Private;
        let efs = job.storage.volumes.values().any(|v| matches!(v.kind, VolumeKind::ManagedEfs { .. }));
        let needs = [(private, "NATWorkloads", "NAT gateways"), (efs, "EFSWorkloads", "managed EFS volumes")];
        let lacks =
            needs.into_iter().filter(|(needed, key, _)| *needed && !stack.parameters.contains_key(*key));
        lacks.map(|(_, _, feature)| format!("{feature}, which job {} needs", job.name)).collect::<Vec<_>>()
    };
    let lacking: Vec<String> = jobs.flat_map(lacks).collect();
    if lacking.is_empty() {
        return about.ok(format!("version {version}"));
    }
    about.failure(format!("version {version} does not support {}", lacking.join("; "))).command(deploy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_that_are_not_enough() {
        let about = About::env(Check::Environment, "test");
        let judged = |version: &str| {
            let found = judge(&about, version, &Stack::default(), std::iter::empty(), "copilot env deploy");
            format!("{:?}: {}", found.status, found.evidence)
        };
        insta::assert_snapshot!([judged("bootstrap"), judged("v1.34.1")].join("\n"), @"
        Failure: it is not deployed: it has its roles and nothing else
        Ok: version v1.34.1
        ");
    }
}
