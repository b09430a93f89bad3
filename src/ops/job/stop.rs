//! `copilot job stop`: ends a run with all its attempts. An execution is stopped where somebody may do that; otherwise each of
//! its tasks, until Step Functions starts no more.

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::chosen::Names;
use super::runs::find;
use super::runs::history::recent_tasks;
use super::runs::ladder::Ladder;
use super::runs::plan::Plan;
use super::runs::port::{RunAccount, RunPlace};
use super::runs::run::Trigger;
use super::runs::target::Target;
use super::runs::task::Task;
use crate::error::{Error, Result};
use crate::ops::outcome::Outcome;
use crate::report::Console;

/// What people read of the end of a run or a task.
const CAUSE: &str = "copilot job stop";
/// Pause between two looks at tasks.
const PAUSE: Duration = Duration::from_secs(2);
/// How much longer than its pause the next attempt may take to begin.
const SLACK: Duration = Duration::from_secs(30);

/// Which run to stop.
#[derive(Debug)]
pub struct Request {
    /// Of which job, in which environment.
    pub names: Names,
    /// Its name; the only one under way without it.
    pub run: Option<String>,
    /// Stop all runs under way.
    pub all: bool,
    /// The time, in milliseconds since 1970.
    pub now: i64,
}

/// Stops a run, or several. `None` when none was under way.
///
/// # Errors
/// When there is no such run, or it cannot be stopped.
pub async fn run<A: RunAccount>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Option<Outcome>> {
    const NOTHING: &str = "nothing was stopped";
    if let Some(name) = &request.run {
        find::check_name(name)?;
    }
    let target = console.guard(NOTHING, Box::pin(Target::read(account, &request.names, console))).await?;
    let reading = Ladder::new(&target.manager, target.own.as_ref());
    let (under_way, tasks) = console.guard(NOTHING, under_way(&target, &reading)).await?;
    let Some(names) = chosen(&target, request, &under_way, console).await? else { return Ok(None) };
    let stopping = Ladder::new(&target.manager, target.own.as_ref());
    let plural = if names.len() == 1 { "" } else { "s" };
    console.note_pending(format!("run{plural} {} may go on", names.join(", ")));
    let stops = names.iter().map(|name| stop(&target, &stopping, name, &tasks, console));
    let stop = async { try_join_all(stops).await.map(drop) };
    let consequence = format!("run{plural} {} may go on; run the command again", names.join(", "));
    console.guard(&consequence, stop).await?;
    console.clear_pending();
    Ok(Some(Outcome::RunStopped { job: target.job.clone(), runs: names }))
}

/// Names of the runs that are under way, and the tasks that run.
async fn under_way<P: RunPlace>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
) -> Result<(Vec<String>, Vec<Task>)> {
    let executions = ladder.ask(async |place: &P| place.executions(&target.machine).await);
    let (executions, tasks) = tokio::try_join!(executions, recent_tasks(target))?;
    let tasks: Vec<Task> = tasks.into_iter().filter(|task| !task.has_stopped()).collect();
    let executions = executions.unwrap_or_default();
    let mut names: Vec<String> =
        executions.iter().map(|arn| arn.rsplit(':').next().unwrap_or(arn).to_owned()).collect();
    for task in &tasks {
        if !task.group.is_empty() && !names.contains(&task.group) {
            names.push(task.group.clone());
        }
    }
    Ok((names, tasks))
}

/// Which of them to stop; `None`, and a word about it, when there is none.
async fn chosen<P: RunPlace>(
    target: &Target<P>,
    request: &Request,
    under_way: &[String],
    console: &Console<'_>,
) -> Result<Option<Vec<String>>> {
    if let Some(name) = &request.run {
        if under_way.contains(name) {
            return Ok(Some(vec![name.clone()]));
        }
        // Between two attempts there is no task, and who may not list executions sees nothing of it.
        let run =
            console.guard("nothing was stopped", find::existing(target, name, request.now, console)).await?;
        return match super::runs::describe::whole(&run).has_ended() {
            true => {
                console.note(format!("Run {name} has ended already."));
                Ok(None)
            }
            false => Ok(Some(vec![name.clone()])),
        };
    }
    match under_way {
        [] => {
            let Target { job, environment, .. } = target;
            console
                .note(format!("Nothing to stop: no run of job {job} is under way in {}.", environment.name));
            Ok(None)
        }
        all if request.all || all.len() == 1 => Ok(Some(all.to_vec())),
        several => {
            let index = console.select("Which run shall be stopped?", "RUN", several)?;
            Ok(several.get(index).map(|name| vec![name.clone()]))
        }
    }
}

async fn stop<P: RunPlace>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
    name: &str,
    tasks: &[Task],
    console: &Console<'_>,
) -> Result<()> {
    let of_run: Vec<&Task> = tasks.iter().filter(|task| task.group == name).collect();
    if Trigger::of_name(name) == Trigger::Direct {
        return stop_tasks(target, &of_run).await;
    }
    let arn = target.execution(name);
    if ladder.ask(async |place: &P| place.stop_execution(&arn, CAUSE).await).await?.is_some() {
        // Step Functions stops the task too, but does not promise it.
        return stop_tasks(target, &of_run).await;
    }
    let plan = target.manager.definition(&target.machine).await?;
    let plan = plan.map(|definition| Plan::read(&definition)).unwrap_or_default();
    attempt_by_attempt(target, &plan, name, console).await
}

/// Stops every attempt that begins, until no further one may.
async fn attempt_by_attempt<P: RunPlace>(
    target: &Target<P>,
    plan: &Plan,
    name: &str,
    console: &Console<'_>,
) -> Result<()> {
    let most = plan.attempts();
    if most != Some(1) {
        let tries = most.map_or_else(|| "each attempt".to_owned(), |most| format!("up to {most} attempts"));
        console.note(format!(
            "Nobody here may stop the execution of run {name} itself (states:StopExecution). Its tasks are stopped instead: {tries}, as \
             they begin. This takes as long as the pauses between them. `copilot env deploy --name {}` gives the manager role the \
             permission.",
            target.environment.name
        ));
    }
    let mut quiet_since = Instant::now();
    let mut stopped: Vec<String> = Vec::new();
    loop {
        let tasks = recent_tasks(target).await?;
        let of_run: Vec<&Task> = tasks.iter().filter(|task| task.group == name).collect();
        let (over, alive): (Vec<&Task>, Vec<&Task>) = of_run.iter().partition(|task| task.has_stopped());
        let fresh: Vec<&Task> = alive.iter().filter(|task| !stopped.contains(&task.arn)).copied().collect();
        stop_tasks(target, &fresh).await?;
        stopped.extend(fresh.iter().map(|task| task.arn.clone()));
        if alive.is_empty() {
            let attempts = over.len().max(stopped.len());
            let used_up = most.is_some_and(|most| u64::try_from(attempts).unwrap_or(u64::MAX) >= most);
            let pause = plan.pause_after(attempts.max(1)).unwrap_or_default() + SLACK;
            if used_up || quiet_since.elapsed() >= pause {
                return Ok(());
            }
        } else {
            quiet_since = Instant::now();
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn stop_tasks<P: RunPlace>(target: &Target<P>, tasks: &[&Task]) -> Result<()> {
    let Some(cluster) = &target.cluster else {
        return match tasks {
            [] => Ok(()),
            _ => Err(Error::new(format!("environment {} has no cluster", target.environment.name))),
        };
    };
    let stops = tasks.iter().map(|task| target.manager.stop_task(cluster, &task.arn, CAUSE));
    try_join_all(stops).await.map(drop)
}
