//! `copilot env init`: a manifest in the workspace, the environment's account in the application's stack set with a stack in
//! the environment's region, the stack with the environment's roles, and its record, which is written last. Each step finds
//! what an earlier run, or another one at the same moment, has done already.

mod bootstrap;
mod choose;
pub mod credentials;
mod dns;
mod flags;
mod network;
pub mod port;
mod regional;
mod request;
mod roles;
mod surroundings;
mod target;

use tokio::sync::watch;

use crate::error::{Error, Kind, Result};
use crate::manifest::env::write::{NewEnvironment, NewNetwork, write};
use crate::ops::app::port::Identity;
use crate::ops::new_manifest;
use crate::report::Console;
use crate::store::port::{Created, Parameters};
use crate::store::{self, Environment};
use credentials::Credentials;
use port::{Account, Sessions};
use regional::Artifacts;
use request::Intent;
use surroundings::Found;
use target::Target;

pub use flags::NetworkFlags;
pub use request::Request;
pub(crate) use request::check_name;

/// An environment that is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub env: String,
    /// Its application.
    pub app: String,
    /// Its account.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Its manifest, as a user writes the path.
    pub manifest: String,
    /// It was recorded before.
    pub existed: bool,
}

/// What an interrupt before the first change means.
const NOTHING_CREATED: &str = "nothing was created";

/// Sets an environment up, or completes what an earlier run began.
///
/// # Errors
/// When something stands in the way or fails; the same command can be run again.
pub async fn run<S: Sessions>(sessions: &S, request: &Request, console: &Console<'_>) -> Result<Ready> {
    let intent = request::check(request, |app| {
        console.text("Name of the environment", "--name", None, &|name| request::check_name(app, name))
    })?;
    let own = console.guard(NOTHING_CREATED, sessions.own()).await?;
    let found = console.guard(NOTHING_CREATED, surroundings::application(&own, &intent, request));
    let place = async {
        let credentials = choose::credentials(sessions, request, console).await?;
        console.guard(NOTHING_CREATED, Place::new(sessions, &own, credentials, request, console)).await
    };
    let (found, place) = match request.interactive {
        // Questions are not worth asking when the answers lead nowhere.
        true => (found.await?, place.await?),
        false => {
            let (found, place) = tokio::join!(found, place);
            (found?, place?)
        }
    };
    let prepared = prepare(&own, &place, &intent, &found, request, console);
    let (target, stack, network) = console.guard(NOTHING_CREATED, prepared).await?;
    let existed = found.recorded.is_some();
    if request.within.is_none() {
        console.note(format!(
            "Setting up environment {} in account {}, {}, with {}; application {} is in account {}, {}",
            target.env,
            target.account,
            target.region,
            place.credentials.origin(),
            target.app,
            target.application.account,
            target.home_region,
        ));
    }
    let manifest = write_manifest(request, &intent, network, console)?;
    let environment = create(&own, &place.account, &target, &found, stack, console).await?;
    let recording = record(&own, &environment, &target);
    let unrecorded =
        format!("environment {} is not recorded yet; `{}` completes it", target.env, target.command);
    console.guard(&unrecorded, recording).await?;
    let Target { env, app, account, region, .. } = target;
    Ok(Ready { env, app, account, region, manifest, existed })
}

/// Refuses what stands in the way of an environment of this name in the application's own account and region.
///
/// # Errors
/// When its stack or its roles belong to something else, or only a person can repair them.
pub(crate) async fn survey<A: Account>(
    own: &A,
    application: &store::Application,
    account: &str,
    env: &str,
) -> Result<()> {
    let region = own.home_region();
    let target = Target::new(application, &region, env, account, &region);
    let found = roles::find(own, &target).await?;
    bootstrap::check(&target, found.stack.as_ref())
}

/// The credentials in the region, and whose they are.
struct Place<A> {
    credentials: Credentials,
    account: A,
    region: String,
    identity: Identity,
}

impl<A: Account> Place<A> {
    async fn new<S: Sessions<Account = A>>(
        sessions: &S,
        own: &A,
        credentials: Credentials,
        request: &Request,
        console: &Console<'_>,
    ) -> Result<Self> {
        let named = match (&request.region, &credentials) {
            (Some(region), _) => Some(region.clone()),
            (None, Credentials::Own) => Some(own.home_region()),
            (None, credentials) => sessions.region(credentials).await?,
        };
        let region = match named {
            Some(region) => region,
            None => console.text(
                "Region of the environment",
                "--region",
                Some(&own.home_region()),
                &|_| Ok(()),
            )?,
        };
        request::certificates_of_region(&request.certificates, &region)?;
        let account = match &credentials {
            Credentials::Own => own.elsewhere(&region),
            chosen => sessions.with(chosen, &region).await?,
        };
        let identity =
            surroundings::identity(sessions, &account, &credentials, &region, &own.home_region()).await?;
        Ok(Self { credentials, account, region, identity })
    }
}

/// Reads what there is in the environment's account, and decides about the network. Nothing is changed.
async fn prepare<A: Account>(
    own: &A,
    place: &Place<A>,
    intent: &Intent,
    found: &Found,
    request: &Request,
    console: &Console<'_>,
) -> Result<(Target, roles::Found, NewNetwork)> {
    let Place { account, region, identity, .. } = place;
    if let Some(recorded) = &found.recorded {
        surroundings::compare(recorded, &identity.account, region)?;
    }
    let mut target =
        Target::new(&found.application, &own.home_region(), &intent.env, &identity.account, region);
    if let Credentials::Profile(profile) = &place.credentials {
        target.command.push_str(&format!(" --profile {profile}"));
    }
    if let Some(command) = &request.within {
        target.command.clone_from(command);
    }
    let where_ = network::Place { region, account: &identity.account };
    let decide = async {
        match intent.has_manifest {
            // Its network is that of the manifest.
            true => Ok(NewNetwork::Default),
            false => network::decide(account, &request.network, intent.plan, &where_, console).await,
        }
    };
    let stack = roles::find(account, &target);
    let certificates = surroundings::certificates(account, &request.certificates, region, console);
    if request.interactive {
        let (certificates, stack) = tokio::join!(certificates, stack);
        certificates?;
        let stack = stack?;
        bootstrap::check(&target, stack.stack.as_ref())?;
        return Ok((target, stack, decide.await?));
    }
    let (certificates, stack, network) = tokio::join!(certificates, stack, decide);
    certificates?;
    let stack = stack?;
    bootstrap::check(&target, stack.stack.as_ref())?;
    Ok((target, stack, network?))
}

/// Writes the manifest, and says so; returns its path.
fn write_manifest(
    request: &Request,
    intent: &Intent,
    network: NewNetwork,
    console: &Console<'_>,
) -> Result<String> {
    let env = &intent.env;
    let path = request.workspace.environment_manifest_display(env);
    let text = write(&NewEnvironment {
        name: env.clone(),
        network,
        certificates: request.certificates.clone(),
        internal_alb_subnets: request.network.internal_alb_subnets.clone(),
        internal_alb_allow_vpc_ingress: request.network.internal_alb_allow_vpc_ingress,
        container_insights: request.container_insights,
    });
    if !intent.has_manifest
        && let Some(told) = new_manifest::write_environment(&request.workspace, env, &text)?
    {
        console.note(told);
        return Ok(path);
    }
    if request.within.is_some() {
        return Ok(path);
    }
    let wishes =
        request.network.want_something() || !request.certificates.is_empty() || request.container_insights;
    let ignored = if wishes { "; flags about its content have no effect" } else { "" };
    console.note(format!("The manifest {path} is there already and stays as it is{ignored}"));
    Ok(path)
}

/// Changes what has to be changed in AWS, side by side; returns the environment as it then is.
async fn create<A: Account>(
    own: &A,
    place: &A,
    target: &Target,
    found: &Found,
    stack: roles::Found,
    console: &Console<'_>,
) -> Result<Environment> {
    let (send, mut receive) = watch::channel::<Option<Artifacts>>(None);
    // A subject of its own for each: what continues in AWS after a second Ctrl-C is noted by subject.
    let (of_set, of_stack, of_roles) =
        (console.about("the stack set"), console.about(&target.stack), console.about("the roles"));
    let regional = async {
        let artifacts = regional::bring_about(own, target, &found.stack_set, &send, &of_set).await;
        // Whoever still waits for the bucket waits no longer.
        drop(send);
        artifacts
    };
    let stack = async {
        let waited =
            async { Ok(receive.wait_for(Option::is_some).await.ok().and_then(|known| known.clone())) };
        match of_stack.guard(NOTHING_CREATED, waited).await? {
            Some(artifacts) => {
                let stack = bootstrap::bring_about(place, target, &artifacts, stack, &of_stack).await?;
                Ok(Some((artifacts, stack)))
            }
            None => Ok(None),
        }
    };
    let dns = async {
        match dns::is_needed(target) {
            true => dns::grant(own, target, &of_roles).await,
            false => Ok(()),
        }
    };
    let favour = of_roles.guard(NOTHING_CREATED, async {
        place.create_service_linked_role().await;
        Ok(())
    });
    let (regional, stack, dns, _) = tokio::join!(regional, stack, dns, favour);
    let (artifacts, (made_for, mut stack)) = match (regional, stack, dns) {
        (Ok(artifacts), Ok(Some(stack)), Ok(())) => (artifacts, stack),
        (regional, stack, dns) => {
            let errors = [regional.err(), stack.err(), dns.err()].into_iter().flatten().collect();
            return Err(together(errors, target));
        }
    };
    if artifacts != made_for {
        // The region's stack was made anew meanwhile, with another bucket.
        let again = roles::Found { stack: Some(stack), stale: Vec::new() };
        stack = bootstrap::bring_about(place, target, &artifacts, again, &of_stack).await?;
    }
    bootstrap::record(target, &stack)
}

/// The errors of steps that ran side by side, as one.
fn together(errors: Vec<Error>, target: &Target) -> Error {
    let interrupted = errors.iter().any(|error| error.kind() == Kind::Interrupted);
    let goes_on = format!("`{}` goes on where this run stopped.", target.command);
    let error = match errors.len() {
        0 => Error::new(format!("environment {} was not set up", target.env)),
        _ if interrupted => {
            let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
            let texts: Vec<&str> =
                texts.iter().map(|text| text.strip_prefix("interrupted: ").unwrap_or(text)).collect();
            Error::interrupted(format!("interrupted: {}", texts.join("; ")))
        }
        _ => match Error::all("steps failed", errors) {
            Err(error) => error,
            Ok(()) => Error::new(format!("environment {} was not set up", target.env)),
        },
    };
    match error.hints().iter().any(|hint| hint.contains(&target.command)) {
        true => error,
        false => error.hint(goes_on),
    }
}

/// Writes the environment's record. One that is there must say the same.
async fn record<A: Parameters>(own: &A, environment: &Environment, target: &Target) -> Result<()> {
    let parameter = environment.parameter();
    if own.create(&parameter).await? == Created::New {
        return Ok(());
    }
    let recorded = store::read_environment(own, &target.app, &target.env).await?;
    surroundings::compare(&recorded, &environment.account_id, &environment.region)?;
    let roles = |environment: &Environment| {
        (environment.execution_role_arn.clone(), environment.manager_role_arn.clone())
    };
    if roles(&recorded) == roles(environment) {
        return Ok(());
    }
    let (_, manager) = roles(&recorded);
    Err(Error::new(format!(
        "SSM parameter {} names other roles than stack {} has: {manager}",
        parameter.name, target.stack
    ))
    .hint(format!(
        "Delete the record with `aws ssm delete-parameter --name {}`, then run `{}` again.",
        parameter.name, target.command
    )))
}
