//! `copilot job status`: how a deployed job is, on one screen.

use futures_util::future::try_join_all;
use serde::Serialize;

use super::chosen::Names;
use super::paused::is_paused;
use super::runs::describe::{RunRecord, Times, whole};
use super::runs::event::Status as Execution;
use super::runs::find;
use super::runs::history;
use super::runs::ladder::Ladder;
use super::runs::plan::Plan;
use super::runs::port::{Executions as _, RunAccount};
use super::runs::run::Run;
use super::runs::story::Story;
use super::runs::target::Target;
use super::show::{self, Schedule};
use crate::error::Result;
use crate::ops::deployed::Deployed;
use crate::ops::reading::EnvironmentReader as _;
use crate::report::Console;
use crate::stack::port::Stacks as _;
use crate::store::go_json;

/// How many of the newest runs are looked at.
const NEWEST: usize = 10;

/// Which job.
pub struct Request<'a> {
    /// Which job, in which environment.
    pub names: Names,
    /// How times are shown.
    pub times: Times<'a>,
}

/// How a job is. The keys of its JSON are stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Application name.
    pub app: String,
    /// Environment name.
    pub environment: String,
    /// Job name.
    pub job: String,
    /// Account of the environment.
    #[serde(rename = "accountID")]
    pub account_id: String,
    /// Region of the environment.
    pub region: String,
    /// When it runs.
    pub schedule: Schedule,
    /// The newest run that has ended.
    pub last_run: Option<RunRecord>,
    /// Runs that are under way, the newest first.
    pub running: Vec<Under>,
    /// Image of the job's container.
    pub image: Option<String>,
    /// When the stack was created or last changed: `2026-11-23T09:00:00Z`.
    pub last_deployed: Option<String>,
    /// The same for a person.
    #[serde(skip)]
    pub last_deployed_shown: Option<String>,
    /// Status of the stack.
    pub stack_status: String,
    /// Version of the template.
    pub version: String,
}

/// A run under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Under {
    /// The run.
    #[serde(flatten)]
    pub run: RunRecord,
    /// How far it is: `attempt 1, task 0a1b RUNNING for 5m`.
    pub state: String,
}

impl Status {
    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Reads how a job is.
///
/// # Errors
/// When it is not deployed, or AWS does not answer.
pub async fn run<A: RunAccount>(account: &A, request: &Request<'_>, console: &Console<'_>) -> Result<Status> {
    let target = Target::read(account, &request.names, console).await?;
    let ladder = Ladder::new(&target.manager, target.own.as_ref());
    let times = request.times;
    let image = async {
        match &target.task_definition {
            // Only one line of many: a task definition that cannot be read keeps nobody from the rest.
            Some(definition) => target.manager.container_image(definition, &target.job).await.ok().flatten(),
            None => None,
        }
    };
    let plan = async {
        let definition = target.manager.definition(&target.machine).await.ok().flatten();
        definition.map(|definition| Plan::read(&definition)).unwrap_or_default()
    };
    let (template, image, plan, newest, tasks) = tokio::join!(
        target.manager.template(&target.stack.id),
        image,
        plan,
        history::newest(&target, &ladder, NEWEST, times.now, console),
        history::recent_tasks(&target)
    );
    let (template, newest, tasks) = (template?, newest?, tasks?);
    let mut names: Vec<String> = newest.iter().map(|run| run.name.clone()).collect();
    // What runs by itself is in no list of executions.
    for task in &tasks {
        if !task.has_stopped() && !task.group.is_empty() && !names.contains(&task.group) {
            names.push(task.group.clone());
        }
    }
    let is_over =
        |name: &String| newest.iter().any(|run| run.name == *name && run.status != Execution::Running);
    let over = names.iter().find(|name| is_over(name)).cloned();
    let wanted: Vec<&String> =
        names.iter().filter(|name| !is_over(name) || over.as_ref() == Some(name)).collect();
    let reads = wanted.into_iter().map(|name| find::find_among(&target, &ladder, name, &tasks));
    let found: Vec<Run> = try_join_all(reads).await?.into_iter().flatten().map(|run| whole(&run)).collect();
    let mut ended: Vec<&Run> = found.iter().filter(|run| run.has_ended()).collect();
    ended.sort_by_key(|run| std::cmp::Reverse(run.started));
    let mut running: Vec<&Run> = found.iter().filter(|run| !run.has_ended()).collect();
    running.sort_by_key(|run| std::cmp::Reverse(run.started));
    let deployed = Deployed::new(template.unwrap_or_default());
    let schedule = target.stack.parameters.get("Schedule").map_or("", String::as_str);
    let state = |run: &Run| Story::new(&run.name, &target.job, &plan).state(run, times.now);
    Ok(Status {
        app: target.app.clone(),
        environment: target.environment.name.clone(),
        job: target.job.clone(),
        account_id: target.environment.account_id.clone(),
        region: target.environment.region.clone(),
        schedule: show::schedule(
            schedule,
            Some(is_paused(&target.stack, &deployed)),
            times.now.div_euclid(1000),
            times.utc_offset,
        ),
        last_run: ended.first().map(|run| RunRecord::new(run, &target.job, times)),
        running: running
            .into_iter()
            .map(|run| Under { run: RunRecord::new(run, &target.job, times), state: state(run) })
            .collect(),
        image,
        last_deployed: target.stack.changed.map(crate::manifest::schedule::words::timestamp),
        last_deployed_shown: target.stack.changed.map(|time| times.shown(time * 1000)),
        stack_status: target.stack.status.to_string(),
        version: deployed.version,
    })
}
