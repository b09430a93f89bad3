//! Which secrets go to which environment.

use crate::error::{Error, Result};
use crate::ops::secret::init::{Request, Source};
use crate::ops::secret::input::{self, Entry};
use crate::ops::select;
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{
    self, Environment, Secret, SecretValue, check_parameter_name, check_secret_name, secret_parameter,
};
use crate::template::cfn::names::partition_of_region;

/// The secrets of one environment.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub environment: Environment,
    pub secrets: Vec<Secret>,
}

/// Reads the application's environments, asks for what is missing and checks what can only be checked now.
pub(super) async fn run(
    store: &impl Parameters,
    request: &Request,
    console: &Console<'_>,
) -> Result<Vec<Assignment>> {
    let (app, environments) = match &request.app {
        Some(app) => {
            let (application, environments) =
                tokio::join!(store::read_application(store, app), store::environments(store, app));
            application?;
            (app.clone(), environments?)
        }
        None => {
            let app = select::application(store, "--app", console).await?.name;
            let environments = store::environments(store, &app).await?;
            (app, environments)
        }
    };
    if environments.is_empty() {
        return Err(Error::new(format!("application {app} has no environments"))
            .hint("Secrets belong to an environment. Create one first: `copilot env init`."));
    }
    let known: Vec<&str> = environments.iter().map(|env| env.name.as_str()).collect();
    let entries = match &request.source {
        Source::Entries { file, entries } => {
            known_in_file(entries, file, &app, &known)?;
            entries.clone()
        }
        Source::Pairs { name, texts } => {
            let pairs = input::pairs(texts, &app, &known)?;
            let name = named(name.as_ref(), console)?;
            pairs.into_iter().map(|(env, value)| entry(&name, &env, value)).collect()
        }
        Source::Same { secrets, envs } => {
            let envs = chosen(envs, &app, &known, console)?;
            let each = |env: &str| {
                secrets
                    .iter()
                    .map(|secret| entry(&secret.name, env, secret.value.clone()))
                    .collect::<Vec<_>>()
            };
            envs.iter().flat_map(|env| each(env)).collect()
        }
        Source::Asked { name, envs } => {
            let envs = if envs.is_empty() {
                known.iter().map(|env| (*env).to_owned()).collect()
            } else {
                named_envs(envs, &app, &known)?
            };
            let name = named(name.as_ref(), console)?;
            asked(&name, &envs, console)?
        }
    };
    check_values(&entries)?;
    input::check_tier(entries.iter().map(|entry| (entry.name.as_str(), &entry.value)), request.advanced)?;
    let mut assigned = Vec::new();
    for environment in environments {
        let secrets: Vec<Secret> = entries
            .iter()
            .filter(|entry| entry.env == environment.name)
            .map(|entry| Secret { name: entry.name.clone(), value: entry.value.clone() })
            .collect();
        if secrets.is_empty() {
            continue;
        }
        // Names are made of the application that was asked for, whatever an old record holds.
        let environment = Environment { app: app.clone(), ..environment };
        check_names(&environment, &secrets)?;
        assigned.push(Assignment { environment, secrets });
    }
    Ok(assigned)
}

fn entry(name: &str, env: &str, value: SecretValue) -> Entry {
    Entry { name: name.to_owned(), env: env.to_owned(), line: 0, value }
}

fn known_in_file(entries: &[Entry], file: &str, app: &str, known: &[&str]) -> Result<()> {
    let Some(unknown) = entries.iter().find(|entry| !known.contains(&entry.env.as_str())) else {
        return Ok(());
    };
    let Entry { env, line, name, .. } = unknown;
    Err(Error::usage(format!("{file}:{line}: {name}: there is no environment {env} in application {app}"))
        .hint(format!("Environments of {app}: {}. Nothing was written.", known.join(", "))))
}

/// Environments that were named, each once.
fn named_envs(envs: &[String], app: &str, known: &[&str]) -> Result<Vec<String>> {
    if let Some(unknown) = envs.iter().find(|env| !known.contains(&env.as_str())) {
        return Err(Error::new(format!("there is no environment {unknown} in application {app}"))
            .hint(format!("Environments of {app}: {}.", known.join(", "))));
    }
    Ok(known
        .iter()
        .filter(|known| envs.iter().any(|env| env == *known))
        .map(|env| (*env).to_owned())
        .collect())
}

/// The same, or the answer to a question. A file goes to no environment that was not chosen.
fn chosen(envs: &[String], app: &str, known: &[&str], console: &Console<'_>) -> Result<Vec<String>> {
    if !envs.is_empty() {
        return named_envs(envs, app, known);
    }
    if let [only] = known {
        console.note(format!("Found only one environment, defaulting to: {only}"));
        return Ok(vec![(*only).to_owned()]);
    }
    let options: Vec<String> = known.iter().map(|env| (*env).to_owned()).collect();
    let none = vec![false; options.len()];
    let chosen = console.select_many("Which environments get the secrets?", "--env", &options, &none)?;
    let chosen: Vec<String> = chosen.into_iter().filter_map(|index| options.get(index).cloned()).collect();
    match chosen.as_slice() {
        [] => Err(Error::usage("no environment was chosen: nothing was written")),
        _ => Ok(chosen),
    }
}

fn named(name: Option<&String>, console: &Console<'_>) -> Result<String> {
    match name {
        Some(name) => Ok(name.clone()),
        None => console.text("Name of the secret", "--name", None, &check_secret_name),
    }
}

/// Asks for a value in each environment; an empty answer leaves one out.
fn asked(name: &str, envs: &[String], console: &Console<'_>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for env in envs {
        loop {
            let question = format!("Value of {name} in environment {env} (Enter alone leaves it out)");
            let value = SecretValue::new(console.secret(&question, "--from-file")?);
            if value.expose().is_empty() {
                break;
            }
            match value.check() {
                Ok(()) => {
                    entries.push(entry(name, env, value));
                    break;
                }
                Err(wrong) => console.warn(format!("{name} cannot be stored: {wrong}.")),
            }
        }
    }
    Ok(entries)
}

fn check_values(entries: &[Entry]) -> Result<()> {
    for Entry { name, env, value, .. } in entries {
        value.check().map_err(|wrong| {
            Error::usage(format!("{name} cannot be stored in environment {env}: {wrong}"))
                .hint("Nothing was written.")
        })?;
    }
    Ok(())
}

fn check_names(environment: &Environment, secrets: &[Secret]) -> Result<()> {
    let Environment { app, name: env, region, account_id, .. } = environment;
    for Secret { name, .. } in secrets {
        let parameter = secret_parameter(app, env, name);
        check_parameter_name(&parameter, region, account_id, partition_of_region(region)).map_err(
            |wrong| {
                Error::usage(format!("the name of a secret is too long for environment {env}: {wrong}"))
                    .hint("Choose a shorter name. Nothing was written.")
            },
        )?;
    }
    Ok(())
}
