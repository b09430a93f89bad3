//! One run by its name.

use super::event::RunEvent;
use super::history;
use super::ladder::Ladder;
use super::logged;
use super::port::RunPlace;
use super::run::{Run, Trigger};
use super::target::Target;
use super::task::Task;
use crate::error::{Error, Result};
use crate::report::Console;

/// Names that are told when a run is not found.
const NEWEST: usize = 5;

/// The longest name of an execution.
const LONGEST: usize = 80;

/// Refuses what no run can be called.
///
/// # Errors
/// When it is no name of a run.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let is_taken = |c: char| c.is_ascii_alphanumeric() || "-_.+!@'=".contains(c);
    if !name.is_empty() && name.len() <= LONGEST && name.chars().all(is_taken) {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is not the name of a run", name.escape_debug()))
        .hint("`copilot job runs` lists the names of a job's runs."))
}

/// What is known of a run; `None` when there is none of that name.
///
/// # Errors
/// When something cannot be read.
pub(crate) async fn find<P: RunPlace>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
    name: &str,
) -> Result<Option<Run>> {
    let tasks = history::recent_tasks(target);
    let (events, tasks) = tokio::try_join!(events(target, ladder, name), tasks)?;
    Ok(put_together(name, events, &tasks))
}

/// The same where the job's recent tasks are known.
///
/// # Errors
/// When something cannot be read.
pub(crate) async fn find_among<P: RunPlace>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
    name: &str,
    tasks: &[Task],
) -> Result<Option<Run>> {
    Ok(put_together(name, events(target, ladder, name).await?, tasks))
}

fn put_together(name: &str, events: Option<Vec<RunEvent>>, tasks: &[Task]) -> Option<Run> {
    let mut run = Run::new(name);
    let known = events.as_ref().is_some_and(|events| !events.is_empty());
    run.learn_events(&events.unwrap_or_default());
    run.learn_tasks(tasks);
    (known || !run.attempts.is_empty()).then_some(run)
}

/// What happened in a run, from whoever tells; `None` when there is none of that name.
async fn events<P: RunPlace>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
    name: &str,
) -> Result<Option<Vec<RunEvent>>> {
    if Trigger::of_name(name) == Trigger::Direct {
        return Ok(None);
    }
    let arn = target.execution(name);
    match ladder.ask(async |place: &P| place.execution_events(&arn).await).await? {
        Some(events) => Ok(events),
        None => Ok(Some(logged::events(target, name, None).await?).filter(|events| !events.is_empty())),
    }
}

/// A run that is expected to exist.
///
/// # Errors
/// When there is none of that name; tells the names of the newest ones.
pub(crate) async fn existing<P: RunPlace>(
    target: &Target<P>,
    name: &str,
    now: i64,
    console: &Console<'_>,
) -> Result<Run> {
    let ladder = Ladder::new(&target.manager, target.own.as_ref());
    if let Some(run) = find(target, &ladder, name).await? {
        return Ok(run);
    }
    let error = Error::new(format!(
        "there is no run {name} of job {} in environment {}",
        target.job, target.environment.name
    ));
    // The list only helps the message.
    let newest = history::newest(target, &ladder, NEWEST, now, console).await.unwrap_or_default();
    let names: Vec<&str> = newest.iter().map(|run| run.name.as_str()).collect();
    Err(match names.as_slice() {
        [] => error.hint("No run of it is known."),
        names => error.hint(format!("The newest: {}.", names.join(", "))),
    })
}
