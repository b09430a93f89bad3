//! Records read from and written to the store.

use serde_json::Value;

use super::port::{Parameter, Parameters};
use super::{
    APPLICATIONS, Application, Environment, Record, Workload, application_parameter, environment_parameter,
    environments_path, parse, workloads_path,
};
use crate::error::{Error, Result};

/// An application's record.
///
/// # Errors
/// When there is none in this account and region, or it cannot be read.
pub async fn read_application(store: &impl Parameters, app: &str) -> Result<Application> {
    let name = application_parameter(app);
    match store.read(&name).await? {
        Some(text) => parse(&name, &text),
        None => Err(Error::new(format!("there is no application {app} in {}", store.place().await)).hint(
            "Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): \
             an application's records live in the region it was created in.",
        )),
    }
}

/// An environment's record.
///
/// # Errors
/// When there is none, with those that there are, or it cannot be read.
pub async fn read_environment(store: &impl Parameters, app: &str, env: &str) -> Result<Environment> {
    let name = environment_parameter(app, env);
    if let Some(text) = store.read(&name).await? {
        return parse(&name, &text);
    }
    let error = Error::new(format!("there is no environment {env} in application {app}"));
    // The list only helps the message; without permission to list, the error stands alone.
    let known = environments(store, app).await.unwrap_or_default();
    Err(match known.as_slice() {
        [] => error.hint("Create it first: `copilot env init`."),
        known => {
            let names: Vec<&str> = known.iter().map(|env| env.name.as_str()).collect();
            error.hint(format!("Environments of {app}: {}.", names.join(", ")))
        }
    })
}

/// All applications, in AWS's order.
///
/// # Errors
/// When they cannot be listed or one cannot be read.
pub async fn applications(store: &impl Parameters) -> Result<Vec<Application>> {
    let found = store.list(APPLICATIONS).await?;
    found.iter().map(|(name, text)| parse(name, text)).collect()
}

/// An application's environments, by name.
///
/// # Errors
/// When they cannot be listed or one cannot be read.
pub async fn environments(store: &impl Parameters, app: &str) -> Result<Vec<Environment>> {
    let found = store.list(&environments_path(app)).await?;
    let mut environments: Vec<Environment> =
        found.iter().map(|(name, text)| parse(name, text)).collect::<Result<_>>()?;
    environments.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(environments)
}

/// An application's workloads, in AWS's order.
///
/// # Errors
/// When they cannot be listed or one cannot be read.
pub async fn workloads(store: &impl Parameters, app: &str) -> Result<Vec<Workload>> {
    let found = store.list(&workloads_path(app)).await?;
    found.iter().map(|(name, text)| parse(name, text)).collect()
}

impl Record for Value {
    const ABSENT: &'static str = "no record";
    const REQUIRED: &'static [&'static str] = &[];
}

/// Gives a record that is there already another value.
///
/// # Errors
/// When it holds something that would be lost, because the tool that wrote it knows more than this program.
pub async fn overwrite(store: &impl Parameters, parameter: &Parameter) -> Result<()> {
    if let Some(text) = store.read(&parameter.name).await? {
        let old: Value = parse(&parameter.name, &text)?;
        let new: Value = parse(&parameter.name, &parameter.value)?;
        if let Some(key) = lost(&old, &new) {
            let name = &parameter.name;
            return Err(Error::new(format!(
                "SSM parameter {name} was not changed: it holds `{key}`, which this program does not know and would lose"
            ))
            .hint("A newer tool wrote it. Use that tool for this change."));
        }
    }
    store.overwrite(parameter).await
}

/// Top-level keys that a record may lose: they are left out when they are empty.
const OPTIONAL: [&str; 4] = ["permissionsBoundary", "tags", "customConfig", "telemetry"];

/// A key with a value that the new record has no place for.
fn lost(old: &Value, new: &Value) -> Option<String> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return None };
    let unknown = |(key, value): &(&String, &Value)| {
        !value.is_null() && !new.contains_key(*key) && !OPTIONAL.contains(&key.as_str())
    };
    old.iter().find(unknown).map(|(key, _)| key.clone())
}
