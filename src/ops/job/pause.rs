//! `copilot job pause` and `copilot job resume`: the state of the schedule's rule, changed by a change set made of the deployed
//! template. Nothing is rendered or built, and nothing but the rule may change.

use crate::diff::meaning::Comparison;
use crate::error::{Error, Kind, Result};
use crate::manifest::schedule::words;
use crate::ops::deployed::Deployed;
use crate::ops::desired::{self, Place};
use crate::ops::job::{paused, registered};
use crate::ops::port::{Account, EnvironmentAccount};
use crate::ops::select;
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::port::{Stack, Stacks as _, TemplateSource};
use crate::stack::status::{Presence, presence};
use crate::stack::{self, Applied, ManagedStack, Update, settle};
use crate::store::{self, Environment};
use crate::template::cfn::names::stack_name;
use crate::template::cfn::template::descriptions;
use crate::template::job::ids::RULE;
use crate::template::job::rule::State;
use crate::yaml::{self, Node};

/// What an interrupt before the change means.
pub const NOTHING_CHANGED: &str = "nothing was changed";

/// What to do with the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Switch it off.
    Pause,
    /// Switch it on again.
    Resume,
}

/// Which job.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do.
    pub action: Action,
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// Environment name; asked for when absent.
    pub env: Option<String>,
    /// Job name; asked for when absent.
    pub name: Option<String>,
    /// How to deal with the job's stack.
    pub stack: stack::Options,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What is so now, as a sentence.
    pub told: String,
    /// More about it, as sentences.
    pub more: Vec<String>,
    /// It was not so before.
    pub changed: bool,
}

/// Switches the schedule of a deployed job off or on.
///
/// # Errors
/// When the job is not deployed, when more than the rule would change, or when the change fails.
pub async fn run<A: Account>(account: &A, request: &Request, console: &Console<'_>) -> Result<Outcome> {
    let found = console.guard(NOTHING_CHANGED, read(account, request, console)).await?;
    let Found { job, manager, mut stack, mut deployed } = found;
    let (name, attach) = (job.stack(), job.command("deploy --attach"));
    let options = &request.stack;
    let managed =
        ManagedStack { cloudformation: &manager, name: &name, options, linked: &[], resume_with: &attach };
    if settle::unblock(&managed, &mut stack, console).await? {
        deployed = console.guard(NOTHING_CHANGED, job.template(&manager)).await?;
    }
    let stack = stack.as_ref().ok_or_else(|| job.not_deployed())?;
    let (body, now) = job.rule(&deployed)?;
    if let Some(outcome) = job.nothing_to_do(request.action, now, stack)? {
        return Ok(outcome);
    }
    let (state, command, done) = match request.action {
        Action::Pause => (State::Disabled, job.command("pause"), "paused"),
        Action::Resume => (State::Enabled, job.command("resume"), "resumed"),
    };
    let written = state.put_into(&deployed.text, body);
    let written = written.and_then(|text| Some((yaml::load(&text).ok().flatten()?, text)));
    let (new, text) =
        written.ok_or_else(|| Error::new(format!("the template of stack {name} cannot be changed")))?;
    let source = async {
        if desired::fits_into_a_call(&text) {
            return Ok(TemplateSource::Inline(text));
        }
        let Environment { app, region, .. } = &job.environment;
        let application = account.application(app).await?;
        let regional = account.regional_resources(app, &application.account, region).await?;
        let place = Place { stack: &name, bucket: &regional.bucket, region };
        desired::in_bucket(place, &manager, text, console).await
    };
    let source = console.guard(NOTHING_CHANGED, source).await?;
    let parameters: Vec<(String, String)> = stack.parameters.clone().into_iter().collect();
    let kept: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    let update = Update {
        existing: Some(stack),
        role_arn: &job.environment.execution_role_arn,
        template: &source,
        parameters: &parameters,
        kept_parameters: &kept,
        tags: &stack.tags,
        comparison: &Comparison::new(Some(body), &new),
        hazards: Hazards { only: Some(&[RULE]), ..Hazards::default() },
        descriptions: &descriptions(&new),
    };
    let applied =
        stack::apply(&managed, &update, &command, console).await.map_err(|error| match error.kind() {
            Kind::Failure => error.context(format!("job {} was not {done}", job.name)),
            _ => error,
        })?;
    console.clear_pending();
    Ok(job.outcome(request.action, stack, applied != Applied::Unchanged))
}

/// The job in its environment.
struct Job {
    environment: Environment,
    name: String,
}

/// What there is of it.
struct Found<M> {
    job: Job,
    manager: M,
    stack: Option<Stack>,
    deployed: Deployed,
}

/// Chooses the job, and reads its stack.
async fn read<A: Account>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Found<A::EnvironmentAccount>> {
    let app = match &request.app {
        Some(app) => app.clone(),
        None => select::application(account, "--app", console).await?.name,
    };
    let name = async {
        match &request.name {
            Some(name) => Ok(name.clone()),
            None => select::registered_job(&app, &store::workloads(account, &app).await?, "--name", console),
        }
    };
    let environment = async {
        match &request.env {
            Some(env) => account.environment(&app, env).await,
            None => select::environment(&app, store::environments(account, &app).await?, "--env", console),
        }
    };
    let (name, environment) = match (&request.name, &request.env) {
        // One question after the other.
        (None, None) => (name.await?, environment.await?),
        _ => {
            let (application, name, environment) = tokio::join!(account.application(&app), name, environment);
            application?;
            (name?, environment?)
        }
    };
    let job = Job { environment, name };
    let manager = account.assume_manager(&job.environment).await?;
    let stack = job.stack();
    let (stack, deployed) = tokio::join!(manager.stack(&stack), job.template(&manager));
    let (stack, deployed) = (stack?, deployed?);
    let status = stack.as_ref().map(|stack| &stack.status);
    match presence(status) {
        Presence::Absent | Presence::InReview => {
            // A job that is not even registered needs another command first.
            registered::record(account, &app, &job.name, None).await?;
            Err(job.not_deployed())
        }
        Presence::Live if status.is_none_or(|status| !status.is("UPDATE_ROLLBACK_FAILED")) => {
            Ok(Found { job, manager, stack, deployed })
        }
        Presence::Live | Presence::Remnant => Err(Error::new(format!(
            "stack {} takes no change: it is {}",
            job.stack(),
            status.map(ToString::to_string).unwrap_or_default()
        ))
        .hint(format!("`{}` repairs it.", job.command("deploy")))),
    }
}

impl Job {
    fn stack(&self) -> String {
        stack_name(&self.environment.app, &self.environment.name, &self.name)
    }

    async fn template(&self, manager: &impl EnvironmentAccount) -> Result<Deployed> {
        Ok(Deployed::new(manager.template(&self.stack()).await?.unwrap_or_default()))
    }

    /// A command about the job.
    fn command(&self, what: &str) -> String {
        let Environment { app, name: env, .. } = &self.environment;
        format!("copilot job {what} --app {app} --env {env} --name {}", self.name)
    }

    fn not_deployed(&self) -> Error {
        let (env, stack) = (&self.environment.name, self.stack());
        Error::new(format!(
            "job {} is not deployed to environment {env}: there is no stack {stack}",
            self.name
        ))
        .hint(format!("Deploy it first: `{}`.", self.command("deploy")))
    }

    /// The deployed template and the state of its rule.
    fn rule<'a>(&self, deployed: &'a Deployed) -> Result<(&'a Node, State)> {
        let body = deployed.document.as_ref();
        body.and_then(|body| Some((body, State::of(body)?))).ok_or_else(|| {
            let stack = self.stack();
            Error::new(format!("the template of stack {stack} has no `{RULE}` whose `State` is ENABLED or DISABLED"))
                .hint("Look for what the job's overrides make of the rule, and switch it off there, or write `schedule: none`.")
        })
    }

    /// The outcome when nothing has to change.
    fn nothing_to_do(&self, action: Action, now: State, stack: &Stack) -> Result<Option<Outcome>> {
        let Self { name, environment } = self;
        let env = &environment.name;
        let outcome = |told: String| Some(Outcome { told, more: Vec::new(), changed: false });
        if !paused::has_schedule(stack) {
            let told = format!("job {name} has no schedule in environment {env} (`schedule: none`)");
            return match action {
                Action::Pause => Ok(outcome(format!("There is nothing to pause: {told}."))),
                Action::Resume => {
                    Err(Error::new(format!("there is nothing to resume: {told}")).hint(format!(
                        "Write a schedule into the manifest, and deploy it with `{}`.",
                        self.command("deploy")
                    )))
                }
            };
        }
        Ok(match (action, now) {
            (Action::Pause, State::Disabled) => {
                outcome(format!("Job {name} is paused already in environment {env}."))
            }
            (Action::Resume, State::Enabled) => {
                outcome(format!("Job {name} is not paused in environment {env}: its schedule is on."))
            }
            _ => None,
        })
    }

    fn outcome(&self, action: Action, stack: &Stack, changed: bool) -> Outcome {
        let Self { name, environment } = self;
        let env = &environment.name;
        let (told, more) = match action {
            Action::Pause => (
                format!("Job {name} is paused in environment {env}."),
                vec![
                    "Its schedule starts no runs, also after further deployments. A run that goes on is not touched, and runs can be \
                     started by hand."
                        .to_owned(),
                    format!("Switch the schedule on again with `{}`.", self.command("resume")),
                ],
            ),
            Action::Resume => {
                let schedule = stack.parameters.get("Schedule").map(String::as_str).unwrap_or_default();
                let words = words::meaning(schedule).map(|words| format!("{words} ({schedule})"));
                let words = words.unwrap_or_else(|| schedule.to_owned());
                (
                    format!("Job {name} is resumed in environment {env}."),
                    vec![format!("Its schedule starts runs again: {words}.")],
                )
            }
        };
        Outcome { told, more, changed }
    }
}
