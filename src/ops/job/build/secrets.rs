//! Values for `build.secrets`: environment variables and files are read before any call, parameters and
//! secrets of AWS before any build. They stay in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::future::try_join_all;

use crate::error::{Context as _, Error, Result};
use crate::files;
use crate::image::plan::{BuildPlan, BuildSecret, PATHS};
use crate::image::secrets::SecretValues;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::port::{Account, EnvironmentAccount};
use crate::report::Console;

/// The largest secret that BuildKit takes, in bytes.
const LARGEST: usize = 500 * 1024;

/// Values by where they come from. Never shown.
#[derive(Default)]
pub(crate) struct Values(BTreeMap<Source, Vec<u8>>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Env(String),
    File(String),
    Ssm(String),
    SecretsManager(String),
}

impl From<&BuildSecret> for Source {
    fn from(secret: &BuildSecret) -> Self {
        match secret {
            BuildSecret::Env(name) => Self::Env(name.clone()),
            BuildSecret::File(path) => Self::File(path.clone()),
            BuildSecret::Ssm(name) => Self::Ssm(name.clone()),
            BuildSecret::SecretsManager(id) => Self::SecretsManager(id.clone()),
        }
    }
}

/// Reads what is on this machine; an error for each secret that cannot be read.
pub(crate) fn local(plans: &[BuildPlan], var: &dyn Fn(&str) -> Option<String>) -> (Values, Vec<Error>) {
    let (mut values, mut errors) = (Values::default(), Vec::new());
    for plan in plans {
        for (id, secret) in &plan.secrets {
            let field = format!("manifest field `{}.secrets.{id}`", plan.field);
            let read = match secret {
                BuildSecret::Env(name) => var(name).map(String::into_bytes).ok_or_else(|| {
                    Error::new(format!("{field}: the environment variable {name} is not set"))
                }),
                BuildSecret::File(path) => files::read(Path::new(path), LARGEST as u64).map_err(|error| {
                    Error::new(format!("{field}: cannot read the file {path}: {error}")).hint(PATHS)
                }),
                BuildSecret::Ssm(_) | BuildSecret::SecretsManager(_) => continue,
            };
            match read.and_then(|value| fitting(value).with_context(|| field)) {
                Ok(value) => drop(values.0.insert(secret.into(), value)),
                Err(error) => errors.push(error),
            }
        }
    }
    (values, errors)
}

fn fitting(value: Vec<u8>) -> Result<Vec<u8>> {
    if value.len() > LARGEST {
        return Err(Error::new(format!("the value has {} bytes; BuildKit takes {LARGEST}", value.len())));
    }
    Ok(value)
}

/// All values that the job's builds need: those of this machine and those of AWS.
pub(crate) async fn all<A: Account>(
    plans: &[BuildPlan],
    local: &Values,
    account: &A,
    state: &Surroundings<A::EnvironmentAccount>,
    console: &Console<'_>,
) -> Result<Values> {
    let wanted = wanted(plans);
    if !wanted.is_empty() {
        console.note(told(&wanted, &state.environment.manager_role_arn));
    }
    let remote = remote(wanted, account, &state.manager, &state.environment.region).await?;
    Ok(local.merged(remote))
}

/// What has to be read from AWS.
fn wanted(plans: &[BuildPlan]) -> BTreeSet<Source> {
    let all = plans.iter().flat_map(|plan| plan.secrets.values()).map(Source::from);
    all.filter(|source| matches!(source, Source::Ssm(_) | Source::SecretsManager(_))).collect()
}

/// Which secrets a manifest makes this program read, and as whom: a build can do with them what it likes.
fn told(wanted: &BTreeSet<Source>, manager_role: &str) -> String {
    let lines = wanted.iter().map(|source| match source {
        Source::SecretsManager(id) => format!("secret {id} of Secrets Manager, with your own credentials"),
        Source::Ssm(name) | Source::Env(name) | Source::File(name) => {
            format!("SSM parameter {name}, with the environment manager role {manager_role}")
        }
    });
    let lines: String = lines.map(|line| format!("\n  - {line}")).collect();
    format!("The image builds get secrets that are read from AWS:{lines}")
}

/// Reads the rest, each once and all at the same time. Parameters are read with the environment's manager
/// role, which may read the application's; secrets of Secrets Manager with the user's own credentials.
async fn remote<A: Account>(
    wanted: BTreeSet<Source>,
    account: &A,
    manager: &impl EnvironmentAccount,
    region: &str,
) -> Result<Values> {
    let reads = wanted.into_iter().map(|source| async move {
        let value = match &source {
            Source::SecretsManager(id) => account.secret(region, id).await?,
            Source::Ssm(name) | Source::Env(name) | Source::File(name) => {
                manager.secret_parameter(name).await?.into_bytes()
            }
        };
        Ok::<_, Error>((source, fitting(value)?))
    });
    let values = try_join_all(reads).await.context("read the secrets of the image builds")?;
    Ok(Values(values.into_iter().collect()))
}

impl Values {
    /// Merges both sets; `more` wins.
    fn merged(&self, more: Values) -> Self {
        let mut all = self.0.clone();
        all.extend(more.0);
        Self(all)
    }

    /// The values that a build needs, by id.
    pub(crate) fn values_for(&self, plan: &BuildPlan) -> SecretValues {
        let found = plan
            .secrets
            .iter()
            .filter_map(|(id, secret)| Some((id.clone(), self.0.get(&secret.into())?.clone())));
        found.collect()
    }
}
