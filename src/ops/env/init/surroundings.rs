//! What there is before the first change: the application, the environment's record, and who would create it where.

use futures_util::future::join_all;

use super::credentials::Credentials;
use super::port::{Account, Certificates, Sessions};
use super::regional::Deployed;
use super::request::{Intent, Request};
use crate::error::{Error, Result};
use crate::ops::app::port::{Home as _, Identity};
use crate::ops::app::version::{self, Versions, incomplete};
use crate::report::Console;
use crate::store::{self, Application, Environment};
use crate::template::app::names;

/// The application as it is.
pub(super) struct Found {
    pub application: Application,
    /// The environment's record.
    pub recorded: Option<Environment>,
    pub stack_set: Deployed,
}

/// Reads the application and refuses what cannot be gone on with.
pub(super) async fn application<A: Account>(own: &A, intent: &Intent, request: &Request) -> Result<Found> {
    let Intent { app, env, .. } = intent;
    let set = names::stack_set(app);
    let parameter = store::environment_parameter(app, env);
    let deployed = async {
        let Some(template) = own.stack_set_template(&set).await? else { return Ok(None) };
        let instances = own.instances(&set).await?;
        Ok::<_, Error>(Some(Deployed { template, instances }))
    };
    let (application, recorded, roles, deployed) = tokio::join!(
        store::read_application(own, app),
        own.read(&parameter),
        version::of_roles(own, app),
        deployed
    );
    let application = application?;
    let recorded = recorded?.map(|text| store::parse::<Environment>(&parameter, &text)).transpose()?;
    if recorded.is_some() && !intent.has_manifest {
        let path = request.workspace.environment_manifest_display(env);
        return Err(Error::new(format!(
            "application {app} has an environment {env} already, and this workspace has no manifest of it"
        ))
        .hint(format!(
            "Get its manifest with `mkdir -p copilot/environments/{env} && copilot env show --name {env} --manifest > {path}`."
        ))
        .hint(format!("Or delete it with `copilot env delete --name {env}` and create it anew.")));
    }
    let roles = roles?.ok_or_else(|| incomplete(app, &version::roles_stack(app)))?;
    let stack_set = deployed?.ok_or_else(|| incomplete(app, &version::stack_set(app)))?;
    if !request.allow_downgrade {
        let versions = Versions { roles: Some(roles), stack_set: Some(stack_set.version()) };
        versions.refuse_newer(app, true)?;
    }
    Ok(Found { application, recorded, stack_set })
}

/// Who the credentials are in the region. A region that is not switched on knows no credentials at all.
pub(super) async fn identity<S: Sessions>(
    sessions: &S,
    place: &S::Account,
    credentials: &Credentials,
    region: &str,
    home_region: &str,
) -> Result<Identity> {
    let error = match place.identity().await {
        Ok(identity) => return Ok(identity),
        Err(error) => error,
    };
    let text = error.to_string();
    let unknown = ["InvalidClientTokenId", "UnrecognizedClient", "InvalidToken", "AuthFailure"];
    if region == home_region || !unknown.iter().any(|code| text.contains(code)) {
        return Err(error);
    }
    match sessions.with(credentials, home_region).await?.identity().await {
        Err(_) => Err(error),
        Ok(identity) => Err(Error::new(format!("region {region} is not enabled for account {}", identity.account))
            .hint(format!(
                "Enable it in the console below Account > AWS Regions, or with `aws account enable-region --region-name {region}`, and \
                 wait some minutes. Or choose another region with --region."
            ))),
    }
}

/// Refuses a record that says that the environment is elsewhere.
pub(super) fn compare(recorded: &Environment, account: &str, region: &str) -> Result<()> {
    let Environment { name, account_id, region: recorded_region, .. } = recorded;
    if account_id == account && recorded_region == region {
        return Ok(());
    }
    let error = Error::new(format!(
        "environment {name} is recorded in account {account_id}, {recorded_region}, and would be set up in account {account}, {region}"
    ));
    Err(match account_id == account {
        true => error
            .hint(format!("Pass --region {recorded_region} to go on with the environment that there is.")),
        false => error.hint(format!(
            "Use credentials of account {account_id} (--profile) to go on with the environment that there is."
        )),
    }
    .hint(format!("To move it, delete it first: `copilot env delete --name {name}`.")))
}

/// Refuses certificates that are not there.
pub(super) async fn certificates(
    place: &impl Certificates,
    arns: &[String],
    region: &str,
    console: &Console<'_>,
) -> Result<()> {
    let answers = join_all(arns.iter().map(|arn| place.has_certificate(arn))).await;
    let mut missing = Vec::new();
    for (arn, answer) in arns.iter().zip(answers) {
        match answer {
            Ok(true) => {}
            Ok(false) => missing.push(arn.clone()),
            Err(error) if error.is_denied() => {
                console.warn(format!("--import-cert-arns cannot be checked: {error}"));
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    match missing.as_slice() {
        [] => Ok(()),
        missing => Err(Error::usage(format!(
            "--import-cert-arns: {region} has no certificate {}",
            missing.join(", ")
        ))
        .hint(format!("`aws acm list-certificates --region {region}` lists those that there are."))),
    }
}
