//! What the command line asks for, and what is wrong with it: everything that can be told without AWS.

use super::credentials::Credentials;
use super::flags::{self, NetworkFlags, Plan};
use crate::error::{Error, Result};
use crate::ops::names;
use crate::workspace::Workspace;

/// The environment to set up.
#[derive(Clone, Debug)]
pub struct Request {
    /// The workspace.
    pub workspace: Workspace,
    /// The application that `--app` names.
    pub app: Option<String>,
    /// The environment's name; asked for when absent.
    pub name: Option<String>,
    /// Whose credentials create it; asked for when absent.
    pub credentials: Option<Credentials>,
    /// Its region; that of the credentials when absent.
    pub region: Option<String>,
    /// Its network.
    pub network: NetworkFlags,
    /// ARNs of certificates for the load balancer.
    pub certificates: Vec<String>,
    /// Whether the cluster collects Container Insights.
    pub container_insights: bool,
    /// Goes on although a newer version has changed the application.
    pub allow_downgrade: bool,
    /// Whether there is a person to ask.
    pub interactive: bool,
    /// The command that this is a step of, if it is one: that has said what is set up where, and goes on after a failure.
    pub within: Option<String>,
}

/// What is known of the environment before AWS is asked.
#[derive(Debug)]
pub(super) struct Intent {
    pub app: String,
    pub env: String,
    pub plan: Plan,
    /// The workspace has a manifest already, which decides about the network.
    pub has_manifest: bool,
}

/// What suffix of the environment's roles is longest, and how long a role's name may be.
const ROLE_SUFFIX: &str = "-CFNExecutionRole";
const LONGEST_ROLE: usize = 64;

/// Checks the request and asks for the name.
pub(super) fn check(request: &Request, ask: impl FnOnce(&str) -> Result<String>) -> Result<Intent> {
    if !request.workspace.copilot_dir.join(".workspace").exists() {
        let directory = request.workspace.copilot_dir.display();
        return Err(Error::new(format!("{directory} belongs to no application: it has no file .workspace"))
            .hint("`copilot app init NAME` sets up an application, or registers this directory with one that there is."));
    }
    let app = request.workspace.application()?;
    if let Some(other) = request.app.as_ref().filter(|other| **other != app) {
        return Err(Error::usage(format!("--app {other}: the workspace belongs to application {app}")).hint(
            format!(
                "Run the command in a workspace of {other}; `copilot app init {other}` makes a directory one."
            ),
        ));
    }
    let plan = flags::plan(&request.network)?;
    certificates(&request.certificates)?;
    if let Some(region) = &request.region {
        check_region(region)?;
    }
    let named = request.name.clone();
    let hopeless = named.as_ref().is_some_and(|name| request.workspace.has_environment_manifest(name));
    if !request.interactive && !hopeless {
        flags::complete(request.name.as_deref(), request.region.as_deref(), &request.network, plan)?;
    }
    let env = match named {
        Some(name) => name,
        None => ask(&app)?,
    };
    check_name(&app, &env).map_err(|wrong| Error::usage(format!("--name {env}: {wrong}")))?;
    let has_manifest = request.workspace.has_environment_manifest(&env);
    Ok(Intent { app, env, plan, has_manifest })
}

/// What is wrong with an environment's name.
pub(crate) fn check_name(app: &str, env: &str) -> Result<(), String> {
    names::check(env)?;
    let length = app.len() + 1 + env.len() + ROLE_SUFFIX.len();
    if length <= LONGEST_ROLE {
        return Ok(());
    }
    let role = format!("{app}-{env}{ROLE_SUFFIX}");
    let too_long = format!("the role {role} would have {length} characters, and {LONGEST_ROLE} are allowed");
    Err(match (LONGEST_ROLE - ROLE_SUFFIX.len()).checked_sub(app.len() + 1) {
        Some(left) if left >= 2 => {
            format!("{too_long}: the environments of {app} can have names of {left} characters at most")
        }
        _ => format!("{too_long}: the name of application {app} leaves no room for an environment's"),
    })
}

/// A region's name becomes part of the names of hosts.
fn check_region(region: &str) -> Result<()> {
    let hyphen = region.starts_with('-') || region.ends_with('-');
    if !hyphen && region.len() <= 63 && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(());
    }
    Err(Error::usage(format!("--region: `{region}` is not the name of a region"))
        .hint("Write it as in `us-west-2`: letters, digits and hyphens only."))
}

/// The ARNs look like those of certificates, and none comes twice.
fn certificates(arns: &[String]) -> Result<()> {
    for (index, arn) in arns.iter().enumerate() {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let is_certificate = matches!(parts.as_slice(),
            ["arn", _, "acm", region, account, resource]
                if !region.is_empty() && !account.is_empty() && resource.starts_with("certificate/"));
        if !is_certificate {
            return Err(Error::usage(format!("--import-cert-arns: `{arn}` is not the ARN of a certificate"))
                .hint("It looks like arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555."));
        }
        if arns.iter().take(index).any(|other| other == arn) {
            return Err(Error::usage(format!("--import-cert-arns names {arn} twice")));
        }
    }
    Ok(())
}

/// Certificates work in their own region only.
pub(super) fn certificates_of_region(arns: &[String], region: &str) -> Result<()> {
    let of = |arn: &str| arn.split(':').nth(3).map(str::to_owned).unwrap_or_default();
    match arns.iter().find(|arn| of(arn) != region) {
        None => Ok(()),
        Some(arn) => Err(Error::usage(format!(
            "--import-cert-arns: certificate {arn} is of region {}, and the environment's region is {region}",
            of(arn)
        ))
        .hint(format!("Import or request the certificate in {region}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_room_for_the_roles() {
        let app = "a".repeat(36);
        assert_eq!(check_name(&app, &"b".repeat(10)), Ok(()));
        let told = [
            check_name(&app, &"b".repeat(11)),
            check_name(&"a".repeat(46), "bb"),
            check_name("shop", "Test"),
        ]
        .map(|checked| checked.unwrap_err().replace(&app, "APP"));
        insta::assert_snapshot!(told.join("\n"), @"
        the role APP-bbbbbbbbbbb-CFNExecutionRole would have 65 characters, and 64 are allowed: the environments of APP can have names of 10 characters at most
        the role APPaaaaaaaaaa-bb-CFNExecutionRole would have 66 characters, and 64 are allowed: the name of application APPaaaaaaaaaa leaves no room for an environment's
        it holds `T`, and only lower-case letters, digits and `-` are allowed; `test` would do
        ");
    }

    #[test]
    fn certificates_are_named_by_their_arns() {
        let arn = |region: &str| format!("arn:aws:acm:{region}:1:certificate/2");
        assert!(certificates(&[arn("us-west-2"), arn("eu-west-1")]).is_ok());
        let told = [
            certificates(&["my-certificate".to_owned()]),
            certificates(&["arn:aws:iam::1:server-certificate/x".to_owned()]),
            certificates(&[arn("us-west-2"), arn("us-west-2")]),
            certificates_of_region(&[arn("us-west-2"), arn("eu-west-1")], "us-west-2"),
        ]
        .map(|checked| checked.unwrap_err().to_string());
        insta::assert_snapshot!(told.join("\n"), @"
        --import-cert-arns: `my-certificate` is not the ARN of a certificate
        --import-cert-arns: `arn:aws:iam::1:server-certificate/x` is not the ARN of a certificate
        --import-cert-arns names arn:aws:acm:us-west-2:1:certificate/2 twice
        --import-cert-arns: certificate arn:aws:acm:eu-west-1:1:certificate/2 is of region eu-west-1, and the environment's region is us-west-2
        ");
    }

    #[test]
    fn regions_are_names() {
        assert!(check_region("us-west-2").is_ok());
        for region in ["us west", "", "-a", "us-west-2.evil.example", "us/west"] {
            assert!(region.is_empty() || check_region(region).is_err(), "{region}");
        }
    }
}
