//! What there is of an environment, read before anything is deleted, and what stands in the way.

use futures_util::future::try_join_all;

use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::ops::app::pipeline::Pipeline;
use crate::ops::removal::access::Access;
use crate::ops::removal::port::{Place, TaggedStack};
use crate::report::Console;
use crate::report::events::TreeResource;
use crate::stack::follow::described;
use crate::stack::port::Stack;
use crate::store::{Environment, Workload};
use crate::template::cfn::names::env_stack_name;
use crate::template::env::deletion;
use crate::template::env::ids::{ACCESS_LOGS_BUCKET, ADDONS_STACK};
use crate::template::tags::{APPLICATION, ENVIRONMENT};

/// An environment that is to be deleted.
#[derive(Debug)]
pub(crate) struct Target<P> {
    pub environment: Environment,
    pub place: P,
    /// `place` has the user's own credentials.
    pub own: bool,
    pub stack: Option<Stack>,
    /// The stack's template.
    pub template: Option<String>,
    /// The stack's resources that have a description.
    pub rows: Vec<TreeResource>,
    /// CloudFormation's role, when it is there.
    pub execution_role: Option<String>,
    /// The manager role, when it is there.
    pub manager_role: Option<String>,
    /// The bucket for access logs of the load balancer.
    pub log_bucket: Option<String>,
    /// Resources that the stack's deletion leaves.
    pub retained: Vec<String>,
    /// How many secrets there are; `None` when that cannot be told.
    pub secrets: Option<usize>,
}

impl<P: Place> Target<P> {
    /// Reads everything about an environment. What keeps it from being deleted is added to `obstacles`; the workloads `along`
    /// are deleted before it.
    ///
    /// # Errors
    /// When something cannot be read.
    pub(crate) async fn read(
        environment: Environment,
        access: Access<P>,
        workloads: &[Workload],
        along: &[&str],
        obstacles: &mut Vec<Error>,
        console: &Console<'_>,
    ) -> Result<Self> {
        let Access { place, own, stack } = access;
        let (app, name) = (environment.app.clone(), environment.name.clone());
        let stack = stack.filter(|stack| is_of(stack, &app, &name, console));
        let path = secrets_path(&app, &name);
        let (stacks, content, execution, manager, secrets) = tokio::join!(
            place.tagged_stacks(&app, Some(&name)),
            Content::read(&place, stack.as_ref()),
            role(&place, &environment, &environment.execution_role_arn, "CFNExecutionRole"),
            role(&place, &environment, &environment.manager_role_arn, "EnvManagerRole"),
            place.parameters(&path),
        );
        let (stacks, content) = (stacks?, content?);
        obstacles.extend(users(&environment, &stacks, workloads, along));
        obstacles.extend(stack.as_ref().and_then(|stack| unready(stack, &environment)));
        let (execution, manager) = (execution?, manager?);
        for kept in [&execution, &manager].into_iter().filter_map(Role::kept) {
            console
                .warn(format!("Role {kept} does not carry the tags of environment {name}, so it is kept."));
        }
        let Content { template, rows, log_bucket, retained } = content;
        Ok(Self {
            environment,
            place,
            own,
            stack,
            template,
            rows,
            execution_role: execution.ours(),
            manager_role: manager.ours(),
            log_bucket,
            retained,
            // It only tells what is kept.
            secrets: secrets.ok(),
        })
    }

    /// The stack's name.
    pub(crate) fn stack_name(&self) -> String {
        env_stack_name(&self.environment.app, &self.environment.name)
    }

    /// ARN of CloudFormation's role, as long as there is that role.
    pub(crate) fn role_arn(&self) -> Option<&str> {
        let arn = self.environment.execution_role_arn.as_str();
        (self.execution_role.is_some() && !arn.is_empty()).then_some(arn)
    }

    /// What of the environment stays.
    pub(crate) fn kept(&self) -> Vec<String> {
        let Environment { app, name, .. } = &self.environment;
        let mut kept = Vec::new();
        match self.secrets {
            Some(0) => {}
            Some(1) => kept.push(format!("1 secret below {} in SSM", secrets_path(app, name))),
            Some(count) => kept.push(format!("{count} secrets below {} in SSM", secrets_path(app, name))),
            None => kept.push(format!("secrets below {} in SSM, if there are any", secrets_path(app, name))),
        }
        if !self.retained.is_empty() {
            kept.push(format!("resources that their template retains: {}", self.retained.join(", ")));
        }
        kept
    }
}

/// Log groups that nobody deletes: functions make them while they run.
pub(crate) fn log_groups(prefix: &str) -> String {
    format!("log groups of functions, below /aws/lambda/{prefix}-")
}

/// Where the secrets of an environment lie.
fn secrets_path(app: &str, env: &str) -> String {
    format!("/copilot/{app}/{env}/secrets/")
}

/// Whether a stack of the environment's name is the environment's.
fn is_of(stack: &Stack, app: &str, env: &str, console: &Console<'_>) -> bool {
    let has = |key: &str, value: &str| stack.tags.get(key).is_some_and(|found| found == value);
    let ours = has(APPLICATION, app) && has(ENVIRONMENT, env);
    if !ours {
        let name = env_stack_name(app, env);
        console.warn(format!(
            "Stack {name} does not carry the tags of environment {env}: somebody else made it, and it is kept."
        ));
    }
    ours
}

/// What the template of an environment's stack says about the deletion.
#[derive(Debug, Default)]
struct Content {
    template: Option<String>,
    rows: Vec<TreeResource>,
    log_bucket: Option<String>,
    retained: Vec<String>,
}

impl Content {
    async fn read(place: &impl Place, stack: Option<&Stack>) -> Result<Self> {
        let Some(stack) = stack else { return Ok(Self::default()) };
        let (template, resources) = tokio::join!(place.template(&stack.id), place.resources(&stack.id));
        let (Some(template), resources) = (template?, resources?) else { return Ok(Self::default()) };
        let physical = |id: &str| {
            let found = resources.iter().find(|resource| resource.logical_id == id)?;
            Some(found.physical_id.clone()).filter(|id| !id.is_empty())
        };
        let mut retained = deletion::retained(&template);
        if let Some(addons) = physical(ADDONS_STACK) {
            let template = place.template(&addons).await?.unwrap_or_default();
            retained.extend(deletion::retained(&template));
        }
        // What a condition of the template leaves out is not there.
        let rows = described(&template)
            .into_iter()
            .filter(|row| resources.iter().any(|resource| resource.logical_id == row.logical_id));
        let (rows, log_bucket) = (rows.collect(), physical(ACCESS_LOGS_BUCKET));
        Ok(Self { template: Some(template), rows, log_bucket, retained })
    }
}

/// One of the environment's roles.
#[derive(Debug)]
enum Role {
    Missing,
    /// Its name. It has the environment's tags.
    Ours(String),
    /// Its name. Somebody else made it.
    Foreign(String),
}

impl Role {
    fn ours(self) -> Option<String> {
        match self {
            Self::Ours(name) => Some(name),
            Self::Missing | Self::Foreign(_) => None,
        }
    }

    fn kept(&self) -> Option<&str> {
        match self {
            Self::Foreign(name) => Some(name),
            Self::Missing | Self::Ours(_) => None,
        }
    }
}

async fn role(place: &impl Place, environment: &Environment, arn: &str, suffix: &str) -> Result<Role> {
    let Environment { app, name: env, .. } = environment;
    let name = match arn.rsplit('/').next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("{app}-{env}-{suffix}"),
    };
    let Some(role) = place.role(&name).await? else { return Ok(Role::Missing) };
    let has = |key: &str, value: &str| role.tags.get(key).is_some_and(|found| found == value);
    Ok(if has(APPLICATION, app) && has(ENVIRONMENT, env) { Role::Ours(name) } else { Role::Foreign(name) })
}

/// What still uses the environment.
fn users(
    environment: &Environment,
    stacks: &[TaggedStack],
    workloads: &[Workload],
    along: &[&str],
) -> Vec<Error> {
    let Environment { app, name, region, .. } = environment;
    let mut obstacles = Vec::new();
    let mut used: Vec<&str> = stacks.iter().filter_map(|stack| stack.workload.as_deref()).collect();
    used.sort_unstable();
    used.dedup();
    used.retain(|name| !along.contains(name));
    if !used.is_empty() {
        let described: Vec<String> = used
            .iter()
            .map(|used| match workloads.iter().find(|workload| workload.name == **used) {
                Some(workload) => format!("{used} ({})", workload.kind),
                None => (*used).to_owned(),
            })
            .collect();
        let is_service = |used: &&&str| {
            workloads.iter().any(|workload| workload.name == **used && workload.kind != JOB_TYPE)
        };
        let mut error = Error::new(format!("still deployed in environment {name}: {}", described.join(", ")));
        if let Some(job) = used.iter().find(|used| !is_service(used)) {
            error = error.hint(format!(
                "Delete jobs from the environment first: `copilot job delete --app {app} --name {job} --env {name}`."
            ));
        }
        if let Some(service) = used.iter().find(is_service) {
            error = error.hint(format!(
                "Delete services from it with AWS Copilot CLI, which deployed them: `copilot svc delete --app {app} --name {service} \
                 --env {name}`."
            ));
        }
        obstacles.push(error);
    }
    let mut tasks: Vec<&str> =
        stacks.iter().filter(|stack| stack.task.is_some()).map(|stack| stack.name.as_str()).collect();
    tasks.sort_unstable();
    if let Some(first) = tasks.first() {
        obstacles.push(
            Error::new(format!("stacks of one-off tasks still use environment {name}: {}", tasks.join(", "))).hint(
                format!(
                    "`copilot task run` of AWS Copilot CLI made them, and they can only be deleted while the environment's role \
                     is there: empty their repositories and buckets, then `aws cloudformation delete-stack --region {region} \
                     --stack-name {first}`."
                ),
            ),
        );
    }
    obstacles
}

/// Why a stack cannot be deleted now.
pub(crate) fn unready(stack: &Stack, environment: &Environment) -> Option<Error> {
    let name = env_stack_name(&environment.app, &environment.name);
    obstacle(stack, &name, &environment.region)
}

/// Why a stack of this name and region cannot be deleted now.
pub(crate) fn obstacle(stack: &Stack, name: &str, region: &str) -> Option<Error> {
    if stack.protected {
        return Some(Error::new(format!("stack {name} has termination protection")).hint(format!(
            "Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region {region} \
             --stack-name {name}`, if the stack may go."
        )));
    }
    let busy = stack.status.is_busy() && !stack.status.is_deletion();
    busy.then(|| {
        let (operation, status) = (stack.status.operation(), &stack.status);
        Error::new(format!("stack {name} is busy: its {operation} is going on ({status})"))
            .hint("Run the command again when that has ended.")
    })
}

/// The pipelines that deploy to an environment.
pub(crate) async fn pipelines<A: crate::ops::reading::ApplicationReader>(
    account: &A,
    app: &str,
) -> Result<Vec<Pipeline>> {
    let names = account.pipelines(app).await?;
    try_join_all(names.iter().map(|name| account.pipeline(name))).await
}

/// Pipelines that deploy to the environment.
pub(crate) fn deploying(pipelines: &[Pipeline], environment: &Environment) -> Option<Error> {
    let Environment { app, name, .. } = environment;
    let stage = format!("DeployTo-{name}");
    let stack = format!("StackName: {app}-{name}-");
    let deploys = |pipeline: &&Pipeline| {
        pipeline.stages.iter().any(|found| found.name == stage || found.details.starts_with(&stack))
    };
    let names: Vec<&str> = pipelines.iter().filter(deploys).map(|pipeline| pipeline.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        Error::new(format!("pipelines still deploy to environment {name}: {}", names.join(", "))).hint(
            "Take the environment out of the pipelines' manifests and update the pipelines, or delete them: `copilot pipeline \
             deploy` and `copilot pipeline delete` of AWS Copilot CLI, which set them up.",
        )
    })
}
