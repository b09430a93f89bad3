//! A job as it is deployed: in one environment or several, from which it is deleted side by side.

use futures_util::future::join_all;

use super::command;
use super::running::{self, Running};
use super::shared::{self, Shared};
use super::target::Target;
use crate::error::{Error, Kind, Result};
use crate::ops::env::delete::{REPEAT, waiting};
use crate::ops::removal::access;
use crate::ops::removal::obstructed;
use crate::ops::removal::port::{OwnAccount, Place};
use crate::report::Console;
use crate::stack::follow::Linked;
use crate::stack::port::Stack;
use crate::stack::{self, Deletion, ManagedStack, Options};
use crate::store::{Application, Environment};
use crate::template::cfn::names::{env_stack_name, stack_name};
use crate::template::job::ids::ENV_CONTROLLER_TYPE;

/// The job in the environments where there is something of it.
#[derive(Debug)]
pub(crate) struct Deployed<P> {
    pub job: String,
    pub targets: Vec<Target<P>>,
}

/// How it is deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means<'a> {
    /// A question has passed since runs were listed.
    pub asked: bool,
    /// The artifact bucket of each region, by region; `None` when the environments are deleted as well.
    pub buckets: Option<&'a [(String, String)]>,
    /// The command that goes on after an interrupt.
    pub again: &'a str,
}

impl<P: Place> Deployed<P> {
    /// Reads a job in these environments. What keeps it from being deleted is added to `obstacles`. Environments that cannot be
    /// read are no error for a job without a record. A profile is used for the environments of its account.
    ///
    /// # Errors
    /// When something cannot be read.
    pub(crate) async fn read<A: OwnAccount<Environment = P>>(
        account: &A,
        application: &Application,
        (job, recorded): (&str, bool),
        environments: &[Environment],
        profile: Option<(&A, &str)>,
        obstacles: &mut Vec<Error>,
        console: &Console<'_>,
    ) -> Result<Self> {
        let looks = environments.iter().map(|environment| {
            let console = console.about(&environment.name);
            let profile = profile.filter(|(_, id)| *id == environment.account_id).map(|(own, _)| own);
            async move {
                let environment = Environment { app: application.name.clone(), ..environment.clone() };
                let Environment { app, name, account_id, region, .. } = &environment;
                let (stack, again) = (stack_name(app, name, job), command(app, job));
                let access = access::enter(account, &environment, &stack, profile, &again, &console).await?;
                let own = (!access.own && application.account == *account_id).then(|| account.own(region));
                let mut found = Vec::new();
                let target =
                    Target::read(environment, job, recorded, access, own, &mut found, &console).await?;
                Ok::<_, Error>((target, found))
            }
        });
        let mut targets = Vec::new();
        for found in join_all(looks).await {
            match found {
                Ok((target, found)) => {
                    obstacles.extend(found);
                    targets.extend(target.is_there().then_some(target));
                }
                Err(_) if !recorded => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { job: job.to_owned(), targets })
    }

    /// What is stopped, and what of the environments goes with it, as sentences.
    pub(crate) fn consequences(&self) -> (Vec<String>, Vec<String>) {
        let (mut runs, mut gone) = (Vec::new(), Vec::new());
        for target in &self.targets {
            let env = &target.environment.name;
            let stopped = target.running.described();
            runs.extend(stopped.map(|stopped| format!("Job {}, environment {env}: {stopped}.", self.job)));
            let released = target.shared.iter().filter_map(Shared::released);
            gone.extend(released.map(|what| format!("To be deleted, too: {what}.")));
        }
        (runs, gone)
    }

    /// What outlives it.
    pub(crate) fn kept(&self) -> impl Iterator<Item = String> {
        self.targets.iter().flat_map(Target::kept)
    }

    /// What of it its templates retain.
    pub(crate) fn retained(&self) -> impl Iterator<Item = String> {
        self.targets.iter().flat_map(|target| target.retained.iter().cloned())
    }

    /// Ends its runs and deletes its stacks, side by side. One that fails does not keep the others.
    ///
    /// # Errors
    /// When something of it cannot be deleted.
    pub(crate) async fn delete(&self, means: &Means<'_>, console: &Console<'_>) -> Result<()> {
        let deletions = self.targets.iter().map(|target| {
            let console = console.about(target.stack_name.as_str());
            async move { from_environment(&self.job, target, means, &console).await }
        });
        let mut failed: Vec<Error> = join_all(deletions).await.into_iter().filter_map(Result::err).collect();
        if let Some(interrupted) = failed.iter().position(|error| error.kind() == Kind::Interrupted) {
            return Err(failed.swap_remove(interrupted));
        }
        let job = &self.job;
        Error::all("of its stacks could not be deleted", failed)
            .map_err(|error| error.context(format!("job {job} was not deleted")))
    }
}

async fn from_environment<P: Place>(
    name: &str,
    target: &Target<P>,
    means: &Means<'_>,
    console: &Console<'_>,
) -> Result<()> {
    let Target { environment, place, job, .. } = target;
    let sides = target.sides();
    let stop = async {
        match means.asked {
            true => Running::read(job, &sides).await?.stop(job, &sides, console).await,
            false => target.running.stop(job, &sides, console).await,
        }
    };
    console.guard(REPEAT, stop).await?;
    if let Some(stack) = &target.stack {
        delete_stack(target, stack, means.again, console).await?;
    }
    // The schedule may have started a run until its rule was gone.
    console.guard(REPEAT, running::stop_tasks(job, &sides)).await?;
    if let Some(buckets) = means.buckets.filter(|_| !target.shared.is_empty()) {
        let bucket = buckets.iter().find(|(region, _)| *region == environment.region);
        let bucket = bucket.map(|(_, bucket)| bucket.as_str());
        shared::release(place, environment, name, bucket, means.again, console).await;
    }
    Ok(())
}

async fn delete_stack<P: Place>(
    target: &Target<P>,
    stack: &Stack,
    again: &str,
    console: &Console<'_>,
) -> Result<()> {
    let Environment { app, name: env, execution_role_arn, .. } = &target.environment;
    let name = &target.stack_name;
    let linked = [Linked { resource_type: ENV_CONTROLLER_TYPE, stack: env_stack_name(app, env) }];
    let managed = ManagedStack {
        cloudformation: &target.place,
        name,
        options: &Options::default(),
        linked: &linked,
        resume_with: again,
    };
    let deletion = Deletion {
        role_arn: Some(execution_role_arn.as_str()).filter(|arn| !arn.is_empty()),
        described: format!("stack {name}"),
        title: format!("Deleting stack {name}"),
        resources: target.rows.clone(),
        interrupted: REPEAT,
    };
    let deleted = stack::delete(&managed, stack, &deletion, console);
    let Err(error) = waiting::told(&format!("stack {name}"), console, deleted).await else { return Ok(()) };
    if error.kind() == Kind::Interrupted {
        return Err(error);
    }
    let error = obstructed::explain(&target.place, &stack.id, error).await;
    let role = execution_role_arn.rsplit('/').next().unwrap_or_default();
    // It only helps the message.
    match target.place.role(role).await {
        Ok(None) => Err(obstructed::without_role(error, execution_role_arn)),
        _ => Err(error),
    }
}
