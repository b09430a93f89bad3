//! The plan in words: what is there, what is created, what it costs, how long it takes, and the command that asks nothing.

use super::choose;
use super::known::Everything;
use super::surroundings::{Found, Place, State, origin};
use super::{ImageSource, Request, shell};
use crate::template::app::names;
use crate::template::cfn::names::{env_stack_name, stack_name};

/// Minutes that the steps take, roughly: roles, what a region has, the network and the cluster, a job.
const ROLES: u32 = 1;
const REGION: u32 = 2;
const NETWORK: u32 = 3;
const JOB: u32 = 2;

/// What the network of a new environment is.
const VPC: &str = "VPC with two public and two private subnets, ECS cluster";

/// CPU units of one vCPU.
const VCPU: f64 = 1024.0;

/// The same command with every choice as a flag, with `--yes` or without.
pub(super) fn command<A: Everything>(request: &Request, found: &Found<A>, yes: bool) -> String {
    let chosen = &found.chosen;
    let mut words = vec!["copilot init".to_owned()];
    let mut flag = |name: &str, value: &str| words.push(format!("{name} {}", shell::quoted(value)));
    flag("--app", &chosen.app);
    match &chosen.image {
        Some(ImageSource::Dockerfile(path)) => flag("--dockerfile", path),
        Some(ImageSource::Location(location)) => flag("--image", location),
        None => {}
    }
    flag("--name", &chosen.job);
    if let Some(new) = &chosen.new {
        flag("--schedule", &new.schedule);
        if let Some(timeout) = &new.timeout {
            flag("--timeout", timeout);
        }
        if new.retries > 0 {
            flag("--retries", &new.retries.to_string());
        }
    }
    match &found.env {
        Some(place) => flag("--env", &place.name),
        None => words.push("--deploy=false".to_owned()),
    }
    if let Some(tag) = request.tag.as_ref().filter(|_| found.env.is_some()) {
        words.push(format!("--tag {}", shell::quoted(tag)));
    }
    if yes {
        words.push("--yes".to_owned());
    }
    words.join(" ")
}

/// What a deployment of the job comes to.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    /// CPU units and MiB of a run.
    pub size: (i64, i64),
    /// The job makes its environment have NAT gateways.
    pub nat: bool,
    /// Its images are built.
    pub builds: bool,
}

/// Lines below headings, and the minutes that it takes.
#[derive(Default)]
struct Text {
    lines: Vec<String>,
    minutes: u32,
}

impl Text {
    fn head(&mut self, text: impl AsRef<str>) {
        self.lines.push(format!("  {}", text.as_ref()));
    }

    fn created(&mut self, text: impl AsRef<str>) {
        self.lines.push(format!("    + {}", text.as_ref()));
    }

    fn there(&mut self, text: impl AsRef<str>) {
        self.lines.push(format!("    = {}already there", text.as_ref()));
    }
}

/// The whole plan.
pub(super) fn text<A: Everything>(
    request: &Request,
    found: &Found<A>,
    schedule: Option<&str>,
    needs: Option<Needs>,
    command: &str,
) -> String {
    let mut text = Text::default();
    let builds = needs.is_some_and(|needs| needs.builds);
    application(found, &mut text);
    job(request, found, schedule, &mut text);
    if let Some(place) = &found.env {
        environment(found, place, &mut text);
        deployment(found, place, builds, &mut text);
    }
    let (account, region) = (&found.app.identity.account, &found.job.region);
    let mut lines = vec![format!(
        "The plan, in account {account}, {region} (+ is created, ~ gets what has changed, = stays as it is):"
    )];
    lines.append(&mut text.lines);
    if let (Some(place), Some(needs)) = (&found.env, needs) {
        lines.push("What costs money:".to_owned());
        lines.extend(costs(place, needs).into_iter().map(|cost| format!("  {cost}")));
    }
    match text.minutes {
        0 => {}
        1 => lines.push("This takes about a minute.".to_owned()),
        minutes => lines.push(format!("This takes about {minutes} minutes.")),
    }
    if choose::repository(&request.cwd).is_none() {
        let tag = if builds { ": the image gets no tag from a commit" } else { "" };
        lines.push(format!("This directory is in no git repository{tag}."));
    }
    lines.push(format!("The same without questions: {command}"));
    lines.join("\n")
}

fn application<A: Everything>(found: &Found<A>, text: &mut Text) {
    let app = &found.chosen.app;
    text.head(format!("application {app}"));
    if found.app.is_complete() {
        return text.there("");
    }
    if found.app.has_roles() {
        text.there(format!("stack {}: ", names::roles_stack(app)));
    } else {
        text.minutes += ROLES;
        let (roles, admin, execution) =
            (names::roles_stack(app), names::admin_role(app), names::execution_role(app));
        text.created(format!("stack {roles}: roles {admin} and {execution}"));
    }
    if !found.app.has_stack_set {
        text.created(format!("stack set {}", names::stack_set(app)));
    }
}

fn job<A: Everything>(request: &Request, found: &Found<A>, schedule: Option<&str>, text: &mut Text) {
    let job = &found.chosen.job;
    text.head(format!("job {job}{}", origin(&found.chosen)));
    let path = request.workspace.manifest_display(job);
    match &found.chosen.new {
        None => text.there(format!("{path}: ")),
        Some(_) => text.created(path),
    }
    if let Some(schedule) = schedule {
        text.lines.push(format!("      schedule: {schedule}"));
    }
    let registered = "its place in the application, with a repository for images";
    match found.job.registered {
        true => text.there(format!("{registered}: ")),
        false => text.created(registered),
    }
}

fn environment<A: Everything>(found: &Found<A>, place: &Place, text: &mut Text) {
    let Place { name, region, .. } = place;
    let (app, job) = (&found.chosen.app, &found.chosen.job);
    let stack = env_stack_name(app, name);
    text.head(format!("environment {name}"));
    let manifest = format!("copilot/environments/{name}/manifest.yml");
    match place.state {
        State::Deployed => return text.there(""),
        State::Busy => {
            text.minutes += NETWORK;
            return text
                .created(format!("the end of the operation under way on stack {stack} is waited for"));
        }
        State::Bootstrapped => text.there(format!("roles in stack {stack}: ")),
        State::Absent | State::Incomplete => {
            match place.has_manifest {
                true => text.there(format!("{manifest}: ")),
                false => text.created(manifest),
            }
            let bucket = format!("in {region}: S3 bucket, KMS key");
            // Every region with an environment has them.
            if found.job.environments.iter().any(|env| env.region == *region) {
                text.there(format!("{bucket}: "));
            } else {
                text.minutes += REGION;
                text.created(format!("{bucket}, repository {app}/{job}"));
            }
            text.created(format!("stack {stack}: roles {stack}-CFNExecutionRole and {stack}-EnvManagerRole"));
        }
    }
    text.minutes += NETWORK;
    let network = if place.has_manifest { "what its manifest says" } else { VPC };
    text.created(format!("in the same stack: {network}"));
}

fn deployment<A: Everything>(found: &Found<A>, place: &Place, builds: bool, text: &mut Text) {
    let (app, job, env) = (&found.chosen.app, &found.chosen.job, &place.name);
    text.head(format!("deployment of {job} to {env}"));
    if builds {
        text.created("the image, built while the rest comes about, then pushed");
    }
    let stack = stack_name(app, env, job);
    let stack = format!("stack {stack}: task definition, state machine, schedule, log group, roles");
    match place.has_job {
        true => text.lines.push(format!("    ~ {stack}: already there")),
        false => text.created(stack),
    }
    text.minutes += JOB;
}

fn costs(place: &Place, needs: Needs) -> Vec<String> {
    let (cpu, memory) = needs.size;
    let mut costs = Vec::new();
    if place.state.is_to_init() {
        costs.push("the KMS key: about 1 USD a month for each region".to_owned());
    }
    #[allow(clippy::cast_precision_loss, reason = "a task has a few thousand units")]
    let vcpu = cpu as f64 / VCPU;
    costs.push(format!("each run: Fargate, by the second, with {vcpu} vCPU and {memory} MiB"));
    costs.push("images, artifacts and logs: by what is stored".to_owned());
    costs.push(
        match needs.nat {
            true => "NAT gateways, by the hour: the manifest places tasks in private subnets",
            false => "no NAT gateway, no load balancer",
        }
        .to_owned(),
    );
    costs
}
