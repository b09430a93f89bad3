//! The secrets that a job's containers are given.

use super::unknown::unknown;
use crate::ops::doctor::facts::{JobFacts, Known, Unknown};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::ops::job::needed_secrets::{Found, NeededSecrets, of_manifest};
use crate::ops::secret::port::SecretStore as _;

pub(crate) async fn secrets<A: Account>(job: &JobFacts<'_, A>) -> Vec<Finding> {
    let about = About::job(Check::Secrets, job.name, job.env.name());
    read(job, &about).await.unwrap_or_else(|why| vec![unknown(&about, &why)])
}

async fn read<A: Account>(job: &JobFacts<'_, A>, about: &About) -> Known<Vec<Finding>> {
    let named = match job.usable_manifest() {
        Some(manifest) => of_manifest(&manifest.job),
        None => {
            let definition = job.task_definition().await?;
            let containers = definition.into_iter().flat_map(|definition| &definition.containers);
            containers.flat_map(|container| container.secrets.clone()).collect()
        }
    };
    if named.is_empty() {
        return Ok(vec![about.ok("none")]);
    }
    let (app, record) = (job.env.app.name, job.env.record);
    let needed = NeededSecrets::new(named, (app, job.env.name()), (&record.account_id, &record.region));
    let names = needed.names().join(", ");
    if needed.are_unclear() {
        return Ok(vec![
            about.skipped(format!("where {names} come from shows only when the job is deployed")),
        ]);
    }
    let (parameters, tagged_secrets) = tokio::join!(parameters(job, &needed), async {
        match needed.are_in_secrets_manager() {
            true => job.env.tagged_secrets().await.cloned(),
            false => Ok(Vec::new()),
        }
    });
    let found = Found { tagged_secrets: tagged_secrets?, ..parameters? };
    // A template that overrides change may allow the task to read more.
    let finding = |message: String| match job.has_overrides {
        true => about.warning(message),
        false => about.failure(message),
    };
    let problems = needed.problems(&found).into_iter().map(|problem| Finding {
        advice: problem.advice,
        command: problem.command,
        ..finding(problem.message)
    });
    let problems: Vec<Finding> = problems.collect();
    Ok(if problems.is_empty() {
        vec![about.ok(format!("{names}, with the environment's tags"))]
    } else {
        problems
    })
}

async fn parameters<A: Account>(job: &JobFacts<'_, A>, needed: &NeededSecrets<'_>) -> Known<Found> {
    let names = needed.parameters();
    if names.is_empty() {
        return Ok(Found::default());
    }
    let manager = job.env.manager().await?;
    let found = async { manager.find_secrets(&names).await.map_err(Unknown::from) };
    let (found, tagged) = tokio::join!(found, job.env.tagged_parameters());
    Ok(Found {
        parameters: found?.into_iter().map(|stored| stored.parameter).collect(),
        tagged_parameters: tagged?.clone(),
        ..Found::default()
    })
}
