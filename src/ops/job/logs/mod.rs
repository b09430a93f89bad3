//! `copilot job logs`

pub(crate) mod follow;
mod known;
pub mod port;
mod print;
pub(crate) mod read;
mod request;
mod select;
pub(crate) mod streams;
#[cfg(test)]
mod testing;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::{Error, Result};
use crate::ops::job::chosen::ChosenJob;
use crate::ops::job::runs::event::RunEvent;
use crate::ops::job::runs::find::check_name;
use crate::ops::job::runs::port::Tasks;
use crate::ops::reading::ApplicationReader;
use crate::report::Console;
use crate::stack::port::Stacks;
use crate::template::cfn::names::{env_stack_name, stack_name};
use crate::template::env::ids::CLUSTER_OUTPUT;
use follow::Follower;
use known::{Runs, recent_tasks, running_tasks};
use port::{LogEvent, LogReader, Sink, StreamPage};
use print::{Ending, Printer};
use read::{Merge, Source, newest};
use select::Listing;
use streams::{STATE_MACHINE, origin};

pub use request::{Request, Span, Which, since};
pub use streams::short_name;

/// How long a look at the logs waits for the next one at least.
const PAUSE: Duration = Duration::from_secs(1);

/// What each call adds to that: five calls a second are half of what AWS takes in an account and a region.
const PER_CALL: Duration = Duration::from_millis(200);

/// Looks after which ECS is asked again which tasks there are.
const TASKS_EVERY: u32 = 3;

/// A clock that is wrong by more than this is not used, in milliseconds.
const WRONG: i64 = 60_000;

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything was shown, or nobody reads any more.
    Done,
    /// The user did not want to see more.
    Interrupted,
}

/// Shows the lines that a job has logged.
///
/// # Errors
/// When there is no such job, run or log group, or they cannot be read.
pub async fn run<A>(
    account: &A,
    request: &Request<'_>,
    sink: &mut impl Sink,
    console: &Console<'_>,
) -> Result<Ended>
where
    A: ApplicationReader,
    A::Environment: LogReader + Tasks,
{
    tokio::select! {
        biased;
        () = console.interrupt().wait() => Ok(Ended::Interrupted),
        shown = show(account, request, sink, console) => match shown {
            Ok(()) | Err(Ending::Closed) => Ok(Ended::Done),
            Err(Ending::Failed(error)) => Err(error),
        },
    }
}

async fn show<A>(
    account: &A,
    request: &Request<'_>,
    sink: &mut impl Sink,
    console: &Console<'_>,
) -> Result<(), Ending>
where
    A: ApplicationReader,
    A::Environment: LogReader + Tasks,
{
    if let Which::Run(name) = &request.which {
        check_name(name)?;
    }
    let target = ChosenJob::read(account, &request.names, console).await?;
    let manager = account.enter(&target.environment).await?;
    let app = &target.application.name;
    let family = format!("{app}-{}-{}", target.environment.name, target.job);
    let group = format!("/copilot/{family}");
    let tasks = async {
        // They only add to what the logs tell.
        let stack = manager.stack(&env_stack_name(app, &target.environment.name)).await.ok().flatten();
        let cluster = stack.and_then(|stack| stack.outputs.get(CLUSTER_OUTPUT).cloned());
        let tasks = recent_tasks(&manager, cluster.as_deref(), &family).await;
        (cluster, tasks)
    };
    let (page, (cluster, tasks)) = tokio::join!(manager.log_streams(&group, None, None), tasks);
    let Some(page) = page? else {
        return Err(without_group(&manager, &target, &group).await.into());
    };
    let now = now(request, &page, console);
    let is_empty = page.streams.is_empty();
    let mut listing = Listing::new(&manager, &group, &target.job, page.streams, page.next);
    for container in tasks.iter().flat_map(|task| &task.containers) {
        listing.containers.insert(container.name.clone());
    }
    let known = Runs { place: &manager, group: &group, tasks };
    let chosen = choose(&mut listing, &known, request, now, &target.job).await?;
    let containers: Vec<String> = listing.containers.iter().cloned().collect();
    let mut printer = Printer::new(sink);
    let cursors = past(&manager, &group, &chosen, request, &mut printer).await?;
    if !request.follow {
        if printer.count == 0 {
            console.note(nothing(request, &target, is_empty, &containers));
        }
        if let Some(run) = &chosen.going {
            console.note(format!("Run {run} is still going; --follow shows what else comes."));
        }
        return Ok(());
    }
    console.note(format!(
        "Waiting for lines of job {} in environment {}. Ctrl-C ends this, and nothing else.",
        target.job, target.environment.name
    ));
    let follower = Follower::new(&manager, &group, &target.job)
        .since(now)
        .of_container(request.container.as_deref())
        .with_state_machine(request.state_machine)
        .resume(cursors);
    let followed = Followed { place: &manager, cluster: cluster.as_deref(), family: &family };
    follow(follower, &followed, chosen, &mut printer, console).await
}

/// The streams that hold what was asked for.
#[derive(Default)]
struct Chosen {
    sources: Vec<Source>,
    /// Only lines of these tasks are wanted; of all that come without.
    tasks: Option<Vec<String>>,
    /// The only run whose lines are wanted, which may get more tasks.
    run: Option<String>,
    /// Names of the runs, where they are known: the state machine's events of others are left out.
    names: Option<BTreeSet<String>>,
    /// A run among them that has not ended.
    going: Option<String>,
}

impl Chosen {
    /// Whether an event is one of the state machine's about another run.
    fn shows(&self, event: &LogEvent) -> bool {
        let Some(names) = self.names.as_ref().filter(|_| event.stream.starts_with(STATE_MACHINE)) else {
            return true;
        };
        RunEvent::of_log(&event.message)
            .is_none_or(|(execution, _)| names.contains(execution.rsplit(':').next().unwrap_or_default()))
    }
}

/// Where the tasks of a job that is followed are.
struct Followed<'a, P> {
    place: &'a P,
    cluster: Option<&'a str>,
    family: &'a str,
}

async fn choose<R: LogReader>(
    listing: &mut Listing<'_, R>,
    known: &Runs<'_, R>,
    request: &Request<'_>,
    now: i64,
    job: &str,
) -> Result<Chosen> {
    let (start, end) = (request.span.start(now), request.span.end);
    let is_limited = request.span.is_limited();
    let (mut tasks, mut of_run) = (None, None);
    let mut runs = Vec::new();
    let mut sources = match &request.which {
        Which::Run(name) => {
            runs.push(listing.run(known, name, job).await?);
            tasks = runs.first().map(|run| run.tasks.clone());
            of_run = runs.first().map(|run| run.run.clone());
            listing.of_runs(&runs)
        }
        Which::Tasks(beginnings) => {
            let (sources, found) = listing.of_tasks(beginnings).await?;
            tasks = Some(found.into_iter().chain(beginnings.iter().cloned()).collect());
            sources
        }
        // From now on.
        Which::Usual if request.follow && request.limit.is_none() && !is_limited => Vec::new(),
        Which::Usual if is_limited => listing.within(start, end).await?,
        Which::Usual | Which::Last(_) => {
            let count = if let Which::Last(count) = request.which { count } else { 1 };
            runs = listing.last(known, count).await?;
            listing.of_runs(&runs)
        }
    };
    if let Some(container) = &request.container {
        sources.retain(|source| {
            origin(&source.cursor.stream).is_some_and(|(name, _)| name == container.as_str())
        });
    }
    if request.state_machine && !(request.follow && sources.is_empty()) {
        let first = sources.iter().map(|source| source.opens).min();
        let since = start.or(first).unwrap_or(now);
        let mut streams = listing.of_state_machine(since).await?;
        for source in &mut streams {
            source.cursor.start = Some(since);
        }
        sources.extend(streams);
    }
    for source in &mut sources {
        source.cursor.start = source.cursor.start.max(start);
        source.cursor.end = end;
    }
    let names = (!runs.is_empty()).then(|| runs.iter().map(|run| run.run.clone()).collect());
    let going = runs.into_iter().find(|run| run.ended == Some(false)).map(|run| run.run);
    Ok(Chosen { sources, tasks, run: of_run, names, going })
}

/// Shows what has been logged already; returns where the streams end.
async fn past<R: LogReader>(
    reader: &R,
    group: &str,
    chosen: &Chosen,
    request: &Request<'_>,
    printer: &mut Printer<'_, impl Sink>,
) -> Result<Vec<streams::Cursor>, Ending> {
    let sources = chosen.sources.clone();
    if let Some(limit) = request.limit {
        let (events, cursors) = newest(reader, group, sources, limit, &|event| chosen.shows(event)).await?;
        printer.all(&events)?;
        return Ok(cursors);
    }
    let mut merge = Merge::new(reader, group, sources);
    loop {
        if merge.waits() {
            printer.flush()?;
        }
        let Some(event) = merge.next().await? else { break };
        if chosen.shows(&event) {
            printer.one(&event)?;
        }
    }
    printer.flush()?;
    Ok(merge.cursors())
}

/// Shows lines as they come. Only errors that no later attempt can mend end this.
async fn follow<R: LogReader + Tasks>(
    mut follower: Follower<'_, R>,
    followed: &Followed<'_, R>,
    mut chosen: Chosen,
    printer: &mut Printer<'_, impl Sink>,
    console: &Console<'_>,
) -> Result<(), Ending> {
    let mut is_told = false;
    let mut running: Vec<String> = Vec::new();
    for round in 0_u32.. {
        let began = Instant::now();
        let mut calls = 0;
        // AWS lists the streams of a new task late, so ECS is asked which tasks there are.
        if round % TASKS_EVERY == 0 {
            let tasks = running_tasks(followed.place, followed.cluster, followed.family).await;
            calls = 2;
            if let (Some(wanted), Some(run)) = (&mut chosen.tasks, &chosen.run) {
                let more = tasks.iter().filter(|task| task.group == *run).map(|task| task.id().to_owned());
                let more: Vec<String> = more.filter(|task| !wanted.contains(task)).collect();
                wanted.extend(more);
            }
            running = tasks.iter().map(|task| task.id().to_owned()).collect();
        }
        let looked = match &chosen.tasks {
            Some(tasks) => follower.look(tasks).await,
            None => follower.look_around(&running).await,
        };
        match looked {
            Ok(events) => {
                is_told = false;
                printer.all(&events)?;
            }
            Err(error) if error.is_transient() && !error.is_expired() => {
                if !is_told {
                    console.note(format!(
                        "The logs cannot be read at present; the next attempt follows: {error}"
                    ));
                }
                is_told = true;
            }
            Err(error) => return Err(error.into()),
        }
        let least = if follower.is_behind() { Duration::ZERO } else { PAUSE };
        let pause = least.max(PER_CALL * (calls + follower.calls()));
        sleep(pause.saturating_sub(began.elapsed())).await;
    }
    Ok(())
}

/// The time in milliseconds since 1970: AWS's, when this machine's clock is wrong.
fn now(request: &Request<'_>, page: &StreamPage, console: &Console<'_>) -> i64 {
    let own = i64::try_from((request.clock)()).unwrap_or_default().saturating_mul(1000);
    let Some(of_aws) = page.answered else { return own };
    let ahead = own.saturating_sub(of_aws);
    if ahead.abs() <= WRONG {
        return own;
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let minutes = (ahead.abs() + WRONG / 2) / WRONG;
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    if request.follow || request.span.since.is_some() {
        console
            .note(format!("This machine's clock is {minutes} {unit} {direction} AWS's, which counts here."));
    }
    of_aws
}

/// Says what there is instead of lines.
fn nothing(request: &Request<'_>, target: &ChosenJob, is_empty: bool, containers: &[String]) -> String {
    let (job, env) = (&target.job, &target.environment.name);
    if is_empty {
        return format!(
            "Job {job} has not logged anything in environment {env} yet. `copilot job run --name {job} --env {env}` starts it."
        );
    }
    if let Some(container) = request.container.as_ref().filter(|name| !containers.contains(name)) {
        return format!(
            "Job {job} has no lines of a container {container}. Its containers: {}.",
            containers.join(", ")
        );
    }
    if let Which::Tasks(tasks) = &request.which {
        return format!("Job {job} has no lines of a task {} in environment {env}.", tasks.join(" or "));
    }
    match request.span.is_limited() {
        true => format!("Job {job} logged nothing in environment {env} at that time."),
        false => format!("There are no lines of job {job} in environment {env}."),
    }
}

/// The job has no log group.
async fn without_group(manager: &impl Stacks, target: &ChosenJob, group: &str) -> Error {
    let ChosenJob { application, job, environment } = target;
    let (app, env) = (&application.name, &environment.name);
    match manager.stack(&stack_name(app, env, job)).await {
        Err(error) => error,
        Ok(None) => Error::new(format!("job {job} is not deployed to environment {env}"))
            .hint(format!("Deploy it first: `copilot job deploy --name {job} --env {env}`.")),
        Ok(Some(_)) => Error::new(format!("the log group {group} of job {job} does not exist"))
            .hint("Somebody has deleted it, or the template no longer has it. `copilot job deploy` makes it anew when its template changes."),
    }
}
