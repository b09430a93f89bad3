//! Containers beside the main one: Step Functions takes a run for failed when any of them exits with an error, and repeats
//! a job that succeeded.

use super::unknown::settled;
use crate::ops::doctor::facts::{JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::template::job::ids::ROUTER;

pub(crate) async fn sidecars<A: Account>(job: &JobFacts<'_, A>) -> Finding {
    let about = About::job(Check::Sidecars, job.name, job.env.name());
    if let Some(manifest) = job.usable_manifest() {
        let router = manifest.job.logging.router.is_some().then(|| ROUTER.to_owned());
        let sidecars: Vec<String> = router.into_iter().chain(manifest.job.sidecars.keys().cloned()).collect();
        return judge(&about, &sidecars, manifest.job.retries > 0);
    }
    settled(&about, deployed(job, &about).await)
}

async fn deployed<A: Account>(job: &JobFacts<'_, A>, about: &About) -> Known<Finding> {
    let (definition, machine) = tokio::join!(job.task_definition(), job.state_machine());
    let Some(definition) = definition? else { return Ok(about.ok("not deployed yet")) };
    let names = definition.containers.iter().map(|container| container.name.clone());
    let sidecars: Vec<String> = names.filter(|name| name != job.name).collect();
    Ok(judge(about, &sidecars, machine?.is_some_and(|machine| machine.retries)))
}

fn judge(about: &About, sidecars: &[String], retries: bool) -> Finding {
    if sidecars.is_empty() {
        return about.ok("none");
    }
    let names = sidecars.join(", ");
    if !retries {
        return about.ok(format!("{names}; a run fails when one of them exits with an error"));
    }
    about
        .warning(format!(
            "a run fails and is repeated when {names} exits with an error, although the job itself succeeded"
        ))
        .advice(
            "Let the sidecars exit with 0 when they are stopped, or set `retries` to 0. A container that is stopped after the main \
             one exits with 143, or with 137 when it does not end in time.",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sidecars_with_retries_are_warned_about() {
        let about = About::job(Check::Sidecars, "report-gen", "test");
        let judged = |sidecars: &[&str], retries: bool| {
            let sidecars: Vec<String> = sidecars.iter().map(|name| (*name).to_owned()).collect();
            let found = judge(&about, &sidecars, retries);
            format!("{:?}: {}", found.status, found.evidence)
        };
        let told = [judged(&[], true), judged(&["proxy"], false), judged(&["proxy", "log"], true)];
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: none
        Ok: proxy; a run fails when one of them exits with an error
        Warning: a run fails and is repeated when proxy, log exits with an error, although the job itself succeeded
        ");
    }
}
