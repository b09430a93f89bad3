//! `copilot secret ls`

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde::Serialize;

use super::port::{SecretStore, Stored};
use crate::error::{Context as _, Error, Result};
use crate::manifest::schedule::words;
use crate::ops::reading::ApplicationReader;
use crate::ops::select;
use crate::report::Console;
use crate::store::{self, Environment, go_json, secret_tags, secrets_path};

/// Whose secrets.
#[derive(Clone, Debug)]
pub struct Request {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// Environment name; all when absent.
    pub env: Option<String>,
}

/// Secrets of an application's environments. The keys of its JSON are stable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Secrets {
    /// By name, then by environment.
    pub secrets: Vec<Listed>,
}

/// A secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Environment name.
    pub environment: String,
    /// The whole name of its parameter.
    pub parameter: String,
    /// Whether it carries the tags without which jobs cannot read it; `None` when that is not known.
    pub tagged: Option<bool>,
    /// Whether AWS keeps it encrypted.
    pub encrypted: bool,
    /// How often it was written.
    pub version: i64,
    /// When it was last written: `2026-11-23T09:00:00Z`.
    pub last_changed: Option<String>,
    /// The same for a person.
    #[serde(skip)]
    pub last_changed_shown: Option<String>,
}

impl Secrets {
    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Lists the secrets of all environments, or of one, side by side. Values are not asked for.
///
/// # Errors
/// When there is no such application or environment, or no environment's secrets can be listed. One of several that cannot be
/// read is only warned of.
pub async fn run<A>(account: &A, request: &Request, console: &Console<'_>) -> Result<Secrets>
where
    A: ApplicationReader,
    A::Environment: SecretStore,
{
    let (app, known) = match &request.app {
        Some(app) => (app.clone(), true),
        None => (select::application(account, "--app", console).await?.name, false),
    };
    let application = async {
        if known {
            store::read_application(account, &app).await?;
        }
        Ok::<_, Error>(())
    };
    let environments = async {
        match &request.env {
            Some(env) => Ok(vec![store::read_environment(account, &app, env).await?]),
            None => store::environments(account, &app).await,
        }
    };
    let (application, environments) = tokio::join!(application, environments);
    application?;
    let environments = environments?;
    let app_name = app.as_str();
    let lookups =
        environments.iter().map(|env| async move { (env, in_environment(account, app_name, env).await) });
    let (mut secrets, mut errors) = (Vec::new(), Vec::new());
    for (env, found) in join_all(lookups).await {
        match found.with_context(|| format!("the secrets of environment {} cannot be listed", env.name)) {
            Ok(found) => {
                warn(app_name, env, &found, console);
                secrets.extend(found.secrets);
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.len() == environments.len() {
        Error::all("environments' secrets cannot be listed", errors)?;
    } else {
        for error in errors {
            console.warn(format!("Not all secrets are listed: {}", sentences(&error)));
        }
    }
    secrets.sort_by(|a, b| (&a.name, &a.environment).cmp(&(&b.name, &b.environment)));
    Ok(Secrets { secrets })
}

/// The secrets of one environment.
struct Found {
    secrets: Vec<Listed>,
    /// Why it is not known which of them are tagged.
    unknown: Option<Error>,
}

/// An error with its hints, for a warning.
fn sentences(error: &Error) -> String {
    let hints: String = error.hints().iter().map(|hint| format!(" {hint}")).collect();
    format!("{error}.{hints}")
}

async fn in_environment<A>(account: &A, app: &str, env: &Environment) -> Result<Found>
where
    A: ApplicationReader,
    A::Environment: SecretStore,
{
    let manager = account.enter(env).await?;
    let path = secrets_path(app, &env.name);
    let tags = secret_tags(app, &env.name);
    let (found, tagged) = tokio::join!(manager.list_secrets(&path), manager.tagged_parameters(&tags));
    // What is tagged is good to know, and not always allowed.
    let (tagged, unknown) = match tagged {
        Ok(tagged) => (Some(tagged), None),
        Err(error) => (None, Some(error)),
    };
    let secrets =
        found?.into_iter().map(|stored| listed(stored, &path, &env.name, tagged.as_ref())).collect();
    Ok(Found { secrets, unknown })
}

fn listed(stored: Stored, path: &str, env: &str, tagged: Option<&BTreeSet<String>>) -> Listed {
    let name = stored.parameter.strip_prefix(path).unwrap_or(&stored.parameter);
    Listed {
        name: name.to_owned(),
        environment: env.to_owned(),
        tagged: tagged.map(|tagged| tagged.contains(&stored.parameter)),
        encrypted: stored.encrypted,
        version: stored.version,
        last_changed: stored.changed.map(words::timestamp),
        last_changed_shown: stored.changed.map(|time| words::in_both_times(time, 0)),
        parameter: stored.parameter,
    }
}

/// Says which secrets jobs cannot read, and what can be done about it.
fn warn(app: &str, env: &Environment, found: &Found, console: &Console<'_>) {
    if let (false, Some(error)) = (found.secrets.is_empty(), &found.unknown) {
        let what = format!("It is not known which secrets of environment {} jobs can read", env.name);
        console.warn(format!("{what}: {}", sentences(error)));
    }
    let untagged: Vec<&Listed> = found.secrets.iter().filter(|secret| secret.tagged == Some(false)).collect();
    let Some(first) = untagged.first() else { return };
    let Environment { name, region, .. } = env;
    let names: Vec<&str> = untagged.iter().map(|secret| secret.name.as_str()).collect();
    console.warn(format!(
        "Jobs of environment {name} cannot read {}: the tags copilot-application={app} and copilot-environment={name} are \
         missing. Add them with `aws ssm add-tags-to-resource --region {region} --resource-type Parameter --resource-id {} --tags \
         Key=copilot-application,Value={app} Key=copilot-environment,Value={name}`, or store the value again with `copilot secret \
         init --name {} --env {name} --overwrite`.",
        names.join(", "),
        first.parameter,
        first.name
    ));
}
