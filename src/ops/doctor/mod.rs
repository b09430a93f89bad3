//! `copilot doctor`: looks at everything that has to be right for jobs to be deployed and run, and changes nothing.
//!
//! The checks run side by side and share what they read. Each is told as soon as it has ended; one that gets no answer ends as
//! "could not check". Nothing is found out by simulating policies: simulations deny what is allowed, and the other way round.

mod checks;
mod facts;
pub mod finding;
mod fix;
pub mod port;
mod run;
mod scope;
mod time;

use crate::error::Result;
use crate::report::Console;
use crate::workspace::Workspace;
use checks::Clock;
use facts::{AppFacts, EnvFacts, JobFacts};
use finding::{Check, Finding, Report};
use port::{Account, Machine};
use run::{Group, Running};
use scope::{Scope, local_jobs};
use time::Deadline;

pub use fix::run as fix;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// The only environment.
    pub env: Option<String>,
    /// The only job.
    pub job: Option<String>,
    /// The application's workspace.
    pub workspace: Option<Workspace>,
}

/// What came of the checks.
pub struct Diagnosis<A> {
    /// What they found out.
    pub report: Report,
    /// What a repair works with; `None` without credentials.
    pub account: Option<A>,
}

/// Makes all checks. `tell` gets each finding as soon as it is there.
///
/// # Errors
/// When there is no such application, job or environment, or nobody can say which is meant.
pub async fn run<M: Machine>(
    machine: &M,
    request: &Request,
    console: &Console<'_>,
    tell: &dyn Fn(&Finding),
) -> Result<Diagnosis<M::Account>> {
    let mut told = Told { findings: Vec::new(), tell };
    told.tell(checks::program(&machine.program()));
    let deadline = Deadline::start();
    let account = deadline.credentials(machine.impatient_account(), machine.may_ask()).await;
    let account = match account {
        Ok(account) => account,
        Err(error) => {
            offline(machine, request, &deadline, &mut told).await?;
            checks::no_credentials(&error).into_iter().for_each(|finding| told.tell(finding));
            return Ok(Diagnosis { report: told.report(request.app.clone()), account: None });
        }
    };
    // Time that somebody took for a code is not that of the checks.
    let deadline = if machine.may_ask() { Deadline::start() } else { deadline };
    let app = scope::application(&account, request, console).await?;
    online(machine, &account, &app, request, &deadline, &mut told).await?;
    Ok(Diagnosis { report: told.report(Some(app)), account: Some(account) })
}

/// Findings so far.
struct Told<'a> {
    findings: Vec<Finding>,
    tell: &'a dyn Fn(&Finding),
}

impl Told<'_> {
    fn tell(&mut self, finding: Finding) {
        (self.tell)(&finding);
        self.findings.push(finding);
    }

    fn report(self, app: Option<String>) -> Report {
        Report::new(app, self.findings)
    }
}

/// The checks that need nothing but this machine.
async fn offline<M: Machine>(
    machine: &M,
    request: &Request,
    deadline: &Deadline,
    told: &mut Told<'_>,
) -> Result<()> {
    let builds = manifests(machine, request, told)?;
    let engine = deadline.limit(checks::engine(machine, builds));
    let engine = engine.await.unwrap_or_else(|why| finding::About::all(Check::Engine).skipped(why));
    told.tell(engine);
    Ok(())
}

/// The manifests of the workspace, for the environments that are known there. Returns whether images are built.
fn manifests<M: Machine>(machine: &M, request: &Request, told: &mut Told<'_>) -> Result<Option<bool>> {
    let Some(workspace) = &request.workspace else { return Ok(None) };
    let app = request.app.clone().unwrap_or_default();
    let lookup = |name: &str| machine.var(name);
    let environments = match &request.env {
        Some(env) => vec![env.clone()],
        None => workspace.environments()?,
    };
    let mut builds = false;
    for job in local_jobs(workspace, request.job.as_deref())? {
        let envs: Vec<Option<&str>> = match environments.as_slice() {
            [] => vec![None],
            envs => envs.iter().map(|env| Some(env.as_str())).collect(),
        };
        for env in envs {
            let names = (app.as_str(), env.unwrap_or_default(), job.as_str());
            let manifest = facts::load(workspace, names, &[], &lookup);
            builds |= scope::builds(&manifest);
            told.tell(checks::manifest(&job, env, Some(&manifest)));
        }
    }
    Ok(Some(builds))
}

/// All checks.
async fn online<M: Machine>(
    machine: &M,
    account: &M::Account,
    app: &str,
    request: &Request,
    deadline: &Deadline,
    told: &mut Told<'_>,
) -> Result<()> {
    let app = AppFacts::new(account, app);
    let app = &app;
    // What the application consists of decides which checks there are; the first ones go on meanwhile.
    let first = async {
        let credentials = checks::credentials(app).await;
        let clock = checks::clock(machine.clock_difference(), &credentials);
        vec![credentials, clock]
    };
    let mut running = Running::default();
    running.add(deadline, &[finding::About::all(Check::Credentials)], first);
    running.one(deadline, Check::Application, checks::application(app));
    running.one(deadline, Check::Boundary, checks::boundary(app));
    running.one(deadline, Check::StackSet, checks::stack_set(app));
    let scope = running.alongside(Scope::read(machine, app, request), |finding| told.tell(finding)).await?;
    let regions = scope.regions(app);
    let envs: Vec<EnvFacts<'_, M::Account>> = scope.environments(app, &regions);
    let jobs: Vec<JobFacts<'_, M::Account>> = scope.jobs(&envs);
    let utc_offset = |instant| machine.utc_offset(instant);
    let clock =
        Clock { now: i64::try_from(machine.unix_time()).unwrap_or_default(), utc_offset: &utc_offset };
    let mut all = Running::default();
    all.absorb(running);
    let builds = match scope.has_unknown_environments() {
        true => manifests(machine, request, told)?,
        false => scope.builds(),
    };
    all.one(deadline, Check::Engine, checks::engine(machine, builds));
    all.one(deadline, Check::Version, checks::version(app, &envs, &jobs));
    scope.unknown_parts().into_iter().for_each(|finding| told.tell(finding));
    for job in &scope.job_names {
        all.add(deadline, &[finding::About::of_job(Check::Registration, job)], async move {
            vec![checks::registration(app, job).await]
        });
    }
    for region in &regions {
        let env = scope.environment_in(&region.name);
        all.add(deadline, &[finding::About::env(Check::Region, env)], checks::region(region, env));
    }
    for env in &envs {
        of_environment(&mut all, deadline, env, &jobs);
    }
    for job in &jobs {
        told.tell(checks::manifest(job.name, Some(job.env.name()), job.manifest.as_ref()));
        of_job(&mut all, deadline, job, clock);
    }
    all.finish(|finding| told.tell(finding)).await;
    Ok(())
}

fn of_environment<'f, A: Account>(
    running: &mut Running<'f>,
    deadline: &Deadline,
    env: &'f EnvFacts<'f, A>,
    jobs: &'f [JobFacts<'f, A>],
) {
    let mut group = Group { running, deadline, job: None, env: env.name() };
    group.add(Check::Role, async move { vec![checks::role(env).await] });
    group.add(Check::Environment, async move { vec![checks::environment(env, jobs).await] });
    group.add(Check::Stack, async move { vec![checks::stack_of_environment(env).await] });
    group.add(Check::Runtime, async move { vec![checks::runtimes_of_environment(env).await] });
}

fn of_job<'f, A: Account>(
    running: &mut Running<'f>,
    deadline: &Deadline,
    job: &'f JobFacts<'f, A>,
    clock: Clock<'f>,
) {
    let mut group = Group { running, deadline, job: Some(job.name), env: job.env.name() };
    group.add(Check::Stack, async move { vec![checks::stack_of_job(job).await] });
    group.add(Check::Repository, async move { vec![checks::repository(job).await] });
    group.add(Check::Image, async move { vec![checks::image(job).await] });
    group.add(Check::Secrets, checks::secrets(job));
    group.add(Check::Network, async move { vec![checks::network(job).await] });
    group.add(Check::Runtime, async move { vec![checks::runtimes_of_job(job).await] });
    group.add(Check::Schedule, async move { vec![checks::schedule(job, clock).await] });
    group.add(Check::Sidecars, async move { vec![checks::sidecars(job).await] });
    group.add(Check::Logging, async move { vec![checks::logging(job).await] });
    group.add(Check::LastRun, async move { vec![checks::last_run(job, clock).await] });
}
