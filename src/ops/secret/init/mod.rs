//! `copilot secret init`

mod assign;
mod environments;
mod pace;
mod write;

use crate::error::{Error, Result};
use crate::ops::reading::ApplicationReader;
use crate::ops::secret::input::{Entry, check_tier};
use crate::ops::secret::port::SecretStore;
use crate::report::Console;
use crate::store::{Secret, SecretValue, check_secret_name, secret_reference};

/// What to store.
#[derive(Clone, Debug)]
pub struct Request {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// Which secrets, and for which environments.
    pub source: Source,
    /// Replace secrets that there are.
    pub overwrite: bool,
    /// Do so without a question.
    pub yes: bool,
    /// Take values that only the advanced tier holds.
    pub advanced: bool,
    /// Whether there is somebody to ask.
    pub interactive: bool,
}

/// Where secrets come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// One secret, with the texts of `--values`.
    Pairs {
        /// Its name; asked for when absent.
        name: Option<String>,
        /// The texts.
        texts: Vec<SecretValue>,
    },
    /// Several for several environments.
    Entries {
        /// Name of the file they are from.
        file: String,
        /// The secrets.
        entries: Vec<Entry>,
    },
    /// The same for each of these environments, which are asked for when there are none.
    Same {
        /// The secrets.
        secrets: Vec<Secret>,
        /// Names of environments.
        envs: Vec<String>,
    },
    /// One whose values are asked for.
    Asked {
        /// Its name; asked for when absent.
        name: Option<String>,
        /// Names of environments; all when there are none.
        envs: Vec<String>,
    },
}

impl Source {
    /// One secret, with the texts of `--values`, which are hidden from here on.
    pub fn pairs(name: Option<String>, texts: Vec<String>) -> Self {
        Self::Pairs { name, texts: texts.into_iter().map(SecretValue::new).collect() }
    }
}

/// How the command ended.
#[derive(Debug)]
pub struct Done {
    /// Names of the secrets that are there now, each once.
    pub names: Vec<String>,
    /// What failed.
    pub failure: Option<Error>,
}

impl Done {
    /// The lines of a manifest that give the secrets to a job.
    pub fn manifest_lines(&self) -> Vec<String> {
        let line = |name: &String| format!("  {}: {}", variable(name), secret_reference(name));
        std::iter::once("secrets:".to_owned()).chain(self.names.iter().map(line)).collect()
    }
}

/// The name of the environment variable for a secret: what programs cannot read easily becomes `_`.
fn variable(name: &str) -> String {
    let name = name.replace(['.', '-'], "_");
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Checks the name that the command line gives a secret.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<()> {
    check_secret_name(name)
        .map_err(|wrong| Error::usage(format!("--name is not a name of a secret: {wrong}")))
}

/// Checks all that can be checked without AWS.
///
/// # Errors
/// What is wrong or missing on the command line.
pub fn check(request: &Request) -> Result<()> {
    let named = match &request.source {
        Source::Pairs { name, .. } | Source::Asked { name, .. } => name.as_deref(),
        Source::Entries { .. } | Source::Same { .. } => None,
    };
    if let Some(name) = named {
        check_name(name)?;
    }
    let missing: &[&str] = match &request.source {
        _ if request.interactive => &[],
        Source::Pairs { name: None, .. } => &["--name"],
        Source::Asked { name: None, .. } => &["--name", "--values"],
        Source::Asked { .. } => &["--values"],
        _ => &[],
    };
    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        return Err(Error::usage(format!(
            "{} {verb} missing and there is no terminal to ask on",
            missing.join(" and ")
        ))
        .hint(
            "Run `copilot secret init --name NAME --values ENV=VALUE,…`, or keep values off the command line: `copilot secret \
             init --name NAME --env ENV --from-file -` reads one from standard input.",
        ));
    }
    match &request.source {
        Source::Same { secrets, .. } => {
            check_tier(secrets.iter().map(|secret| (secret.name.as_str(), &secret.value)), request.advanced)
        }
        Source::Entries { entries, .. } => {
            check_tier(entries.iter().map(|entry| (entry.name.as_str(), &entry.value)), request.advanced)
        }
        Source::Pairs { texts, .. } if texts.iter().any(|text| !text.expose().contains('=')) => {
            Err(Error::usage("--values is not of the form ENV=VALUE,ENV=VALUE"))
        }
        Source::Pairs { .. } | Source::Asked { .. } => Ok(()),
    }
}

/// Stores secrets in their environments, all environments side by side. One that fails stops no other.
///
/// # Errors
/// When nothing was written. What failed later is in [`Done::failure`].
pub async fn run<A>(account: &A, request: &Request, console: &Console<'_>) -> Result<Done>
where
    A: ApplicationReader,
    A::Environment: SecretStore,
{
    const NOTHING: &str = "nothing was written";
    let assigned = console.guard(NOTHING, assign::run(account, request, console)).await?;
    if assigned.is_empty() {
        console.note("No value was given, so nothing was written.");
        return Ok(Done { names: Vec::new(), failure: None });
    }
    let (ready, failed) =
        console.guard(NOTHING, async { Ok(environments::enter(account, &assigned, request).await) }).await?;
    if !environments::may_replace(&ready, request, console).await? {
        console.note("Nothing was written.");
        return Ok(Done { names: Vec::new(), failure: Error::all(environments::FAILURES, failed).err() });
    }
    write::run(ready, failed, console).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_a_manifest() {
        let names = ["DB_PASSWORD", "api.key", "tls-cert", "2fa"].map(str::to_owned).to_vec();
        insta::assert_snapshot!(Done { names, failure: None }.manifest_lines().join("\n"), @"
        secrets:
          DB_PASSWORD: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/DB_PASSWORD
          api_key: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/api.key
          tls_cert: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/tls-cert
          _2fa: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/2fa
        ");
    }
}
