//! Storing the secrets, environments side by side. Within one environment they follow each other: more writes at once would
//! only be refused and repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;

use super::Done;
use super::environments::{FAILURES, Ready, deploy};
use super::pace::Pace;
use crate::error::{Error, Result};
use crate::ops::secret::port::{Answer, Put, SecretStore};
use crate::report::Console;
use crate::store::{Environment, Secret, secret_tags};

/// Stores all secrets. `failed` are the environments that could not be entered.
pub(super) async fn run<E: SecretStore>(
    ready: Vec<Ready<E>>,
    failed: Vec<Error>,
    console: &Console<'_>,
) -> Result<Done> {
    let (progress, pace) = (Progress::default(), Pace::default());
    let writes = join_all(ready.iter().map(|one| environment(one, &pace, &progress, console)));
    let written = tokio::select! {
        biased;
        () = console.interrupt().wait() => {
            let total = ready.iter().map(|one| one.assignment.secrets.len()).sum();
            return Err(progress.interrupted(total));
        }
        written = writes => written,
    };
    let mut errors = failed;
    let (mut names, mut exists) = (BTreeSet::new(), false);
    for environment in written {
        names.extend(environment.names);
        exists |= environment.exists;
        errors.extend(environment.errors);
    }
    if exists {
        console.note("Pass --overwrite to replace secrets that exist.");
    }
    Ok(Done { names: names.into_iter().collect(), failure: Error::all(FAILURES, errors).err() })
}

/// What came of one environment.
#[derive(Default)]
struct Written {
    /// Secrets that are there now.
    names: Vec<String>,
    /// Some were there already and stayed as they were.
    exists: bool,
    errors: Vec<Error>,
}

async fn environment<E: SecretStore>(
    ready: &Ready<E>,
    pace: &Pace,
    progress: &Progress,
    console: &Console<'_>,
) -> Written {
    let Environment { app, name: env, .. } = ready.environment();
    let tags = secret_tags(app, env);
    let mut written = Written::default();
    let mut existing = Vec::new();
    let secrets = &ready.assignment.secrets;
    for (index, secret) in secrets.iter().enumerate() {
        progress.begin(env, &secret.name);
        let end = one(ready, secret, &tags, pace).await;
        progress.end(env);
        match end {
            Ok(End::Stored(what)) => {
                progress.stored(env, &secret.name);
                console.note(format!(
                    "{what} {} in environment {env}: {}.",
                    secret.name,
                    secret.value.length()
                ));
                written.names.push(secret.name.clone());
            }
            Ok(End::Existing) => {
                console.note(format!("{} exists in environment {env} and stays as it is.", secret.name));
                existing.push(secret.name.clone());
                written.names.push(secret.name.clone());
            }
            Ok(End::Untagged(error)) => {
                let what = format!(
                    "environment {env}: the value of {} was replaced, but its tags may be missing, without which jobs cannot read it",
                    secret.name
                );
                written.errors.push(error.context(what).hint("Run the command again to set the tags."));
            }
            // What is true of one is true of all.
            Ok(End::Denied(error)) => {
                let more = secrets.len() - index - 1;
                written.errors.push(not_stored(env, secret, more, error).hint(deploy(env)));
                break;
            }
            Err(error) if error.is_transient() => {
                let more = secrets.len() - index - 1;
                written.errors.push(not_stored(env, secret, more, error));
                break;
            }
            Err(error) => written.errors.push(error),
        }
    }
    if !existing.is_empty() {
        written.exists = true;
        warn_of_missing_tags(ready, &existing, &tags, console).await;
    }
    written
}

fn not_stored(env: &str, secret: &Secret, more: usize, error: Error) -> Error {
    let others = match more {
        0 => " was".to_owned(),
        1 => " and one more secret were".to_owned(),
        more => format!(" and {more} more secrets were"),
    };
    error.context(format!("environment {env}: {}{others} not stored", secret.name))
}

/// How one secret ended.
enum End {
    /// With the word for it.
    Stored(&'static str),
    Existing,
    Denied(Error),
    /// The value is stored, its tags are not.
    Untagged(Error),
}

async fn one<E: SecretStore>(
    ready: &Ready<E>,
    secret: &Secret,
    tags: &[(&'static str, String)],
    pace: &Pace,
) -> Result<End> {
    let env = &ready.environment().name;
    let parameter = ready.parameter(&secret.name);
    let put = Put {
        parameter: &parameter,
        value: &secret.value,
        tags,
        advanced: secret.value.needs_advanced_tier(),
    };
    let exists = ready.existing.contains_key(&secret.name);
    let write = async || match exists {
        true => ready.manager.replace_secret(&put).await,
        false => ready.manager.create_secret(&put).await,
    };
    match pace.keep(write).await {
        Ok(Answer::Stored(_)) if !exists => return Ok(End::Stored("Stored")),
        Ok(Answer::Stored(_)) => {}
        Ok(Answer::Existing) => return Ok(End::Existing),
        Ok(Answer::Denied(error)) => return Ok(End::Denied(error)),
        Ok(Answer::Busy(error)) => return Err(error),
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            return Err(error.context(format!("environment {env}: {} was not stored", secret.name)));
        }
    }
    // AWS takes no tags together with a replaced value.
    Ok(match ready.manager.tag_secret(&parameter, tags).await {
        Ok(()) => End::Stored("Replaced"),
        Err(error) => End::Untagged(error),
    })
}

/// Names the existing secrets that jobs cannot read. When that cannot be found out, nothing is said.
async fn warn_of_missing_tags<E: SecretStore>(
    ready: &Ready<E>,
    existing: &[String],
    tags: &[(&'static str, String)],
    console: &Console<'_>,
) {
    let Ok(tagged) = ready.manager.tagged_parameters(tags).await else { return };
    let missing: Vec<&str> =
        existing.iter().filter(|name| !tagged.contains(&ready.parameter(name))).map(String::as_str).collect();
    if !missing.is_empty() {
        let Environment { app, name: env, .. } = ready.environment();
        console.warn(format!(
            "In environment {env} these secrets do not carry the tags copilot-application={app} and copilot-environment={env}, \
             without which jobs cannot read them: {}. With --overwrite they get the tags and the value.",
            missing.join(", ")
        ));
    }
}

/// What is stored so far, for an interrupt.
#[derive(Default)]
struct Progress(Mutex<State>);

#[derive(Default)]
struct State {
    /// Names by environment.
    stored: BTreeMap<String, Vec<String>>,
    /// The secret of each environment that AWS is being asked to store.
    under_way: BTreeMap<String, String>,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, env: &str, name: &str) {
        self.state().under_way.insert(env.to_owned(), name.to_owned());
    }

    fn end(&self, env: &str) {
        self.state().under_way.remove(env);
    }

    fn stored(&self, env: &str, name: &str) {
        self.state().stored.entry(env.to_owned()).or_default().push(name.to_owned());
    }

    fn interrupted(&self, total: usize) -> Error {
        let state = self.state();
        let count: usize = state.stored.values().map(Vec::len).sum();
        let stored = state.stored.iter().map(|(env, names)| format!("stored in {env}: {}", names.join(", ")));
        let unclear = state.under_way.iter().map(|(env, name)| format!("perhaps stored in {env}: {name}"));
        Error::interrupted(format!("interrupted: {count} of {total} secrets were stored"))
            .details(stored.chain(unclear))
            .hint("Run the command again to store the rest.")
    }
}
