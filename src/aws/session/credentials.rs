//! Where credentials come from, and what to say when they do not come.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

use super::surroundings::Surroundings;
use crate::aws::{clock, errors};
use crate::error::{Error, Result};

/// Where the user's own credentials come from, in words.
#[derive(Debug)]
pub(super) struct Source {
    profile: String,
    chosen_by: Option<&'static str>,
    /// What to know when there are none.
    notes: Vec<String>,
}

impl Source {
    /// Describes the surroundings.
    pub(super) fn new(surroundings: &Surroundings) -> Self {
        let Surroundings { profile, chosen_by, profiles, half_a_key, .. } = surroundings;
        let mut notes = Vec::new();
        if let Some(half) = half_a_key {
            notes.push(format!(
                "{half} is set, but the other half of the access key is not: set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or none of them."
            ));
        }
        if chosen_by.is_some() && !profiles.has(profile) {
            notes.push(match profiles.names().next() {
                Some(_) => format!("There is no profile `{profile}`. {}", profiles.known()),
                None => profiles.known(),
            });
        }
        Self { profile: profile.clone(), chosen_by: *chosen_by, notes }
    }

    /// Asks for the credentials.
    pub(super) async fn resolve(&self, provider: Option<&SharedCredentialsProvider>) -> Result<Credentials> {
        let Some(provider) = provider else { return Err(self.none()) };
        provider.provide_credentials().await.map_err(|e| match e {
            CredentialsError::CredentialsNotLoaded(_) => self.none(),
            e => {
                let detail = errors::chain(&e);
                Error::new(format!("the AWS credentials{} cannot be loaded: {detail}", self.place()))
                    .hint(SIGN_IN)
            }
        })
    }

    fn none(&self) -> Error {
        let error = Error::new(format!("no AWS credentials were found{}", self.place()));
        self.notes.iter().fold(error, |error, note| error.hint(note.clone())).hint(SIGN_IN)
    }

    fn place(&self) -> String {
        self.chosen_by.map(|name| format!(" for profile `{}` ({name})", self.profile)).unwrap_or_default()
    }
}

const SIGN_IN: &str = "Sign in (`aws sso login`, `aws configure`) or export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then run the command again.";

/// Credentials are renewed this long before they expire.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);

/// How long credentials are waited for, such as for a program that asks for a second factor.
const LOADED_WITHIN: Duration = Duration::from_secs(60);

/// Credentials that are held until shortly before they expire.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<Option<Credentials>>);

impl Held {
    /// Those that are held, or new ones. Calls that run at once share one renewal.
    async fn or_new(&self, renewal: impl Future<Output = provider::Result>) -> provider::Result {
        let mut held = self.0.lock().await;
        if let Some(credentials) = held.as_ref().filter(|held| fresh(held, now())) {
            return Ok(credentials.clone());
        }
        Ok(held.insert(renewal.await?).clone())
    }

    /// Replaces them; without others the next call gets new ones.
    pub(super) async fn replace(&self, credentials: Option<Credentials>) {
        *self.0.lock().await = credentials;
    }
}

/// Provides the user's own credentials. They are asked for once, because a program or a device may be asked each time.
#[derive(Debug)]
pub(super) struct OwnCredentials {
    pub provider: SharedCredentialsProvider,
    pub held: Held,
}

impl ProvideCredentials for OwnCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.held.or_new(async {
            let loaded = tokio::time::timeout(LOADED_WITHIN, self.provider.provide_credentials()).await;
            let credentials = loaded.map_err(|_| CredentialsError::provider_timed_out(LOADED_WITHIN))??;
            // It becomes part of a header, which the SDK takes for granted.
            if credentials.access_key_id().chars().all(|c| c.is_ascii_graphic()) {
                return Ok(credentials);
            }
            Err(CredentialsError::invalid_configuration(
                "the access key id holds blanks or characters that are not ASCII letters and digits",
            ))
        }))
    }
}

/// The manager role and its credentials.
pub(super) struct ManagerRole {
    pub sts: aws_sdk_sts::Client,
    pub arn: String,
    pub session_name: String,
    pub held: Held,
}

/// Provides the manager role's credentials.
pub(super) struct ManagerCredentials(pub Arc<ManagerRole>);

impl std::fmt::Debug for ManagerCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManagerRole").field("arn", &self.0.arn).finish_non_exhaustive()
    }
}

type AssumeRoleError = aws_sdk_sts::error::SdkError<aws_sdk_sts::operation::assume_role::AssumeRoleError>;

impl ManagerRole {
    pub(super) async fn assume(&self) -> Result<Credentials, AssumeRoleError> {
        let output =
            self.sts.assume_role().role_arn(&self.arn).role_session_name(&self.session_name).send().await?;
        let credentials = output
            .credentials
            .ok_or_else(|| AssumeRoleError::construction_failure("the answer holds no credentials"))?;
        let expiry = SystemTime::try_from(credentials.expiration).ok();
        Ok(Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            expiry,
            "EnvironmentManagerRole",
        ))
    }
}

/// Whether credentials are good for another call.
fn fresh(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| now + RENEWED_BEFORE < expiry)
}

impl ProvideCredentials for ManagerCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let refused = |e| CredentialsError::provider_error(errors::detail(&e));
        let renewal = async move { self.0.assume().await.map_err(refused) };
        future::ProvideCredentials::new(self.0.held.or_new(renewal))
    }
}

fn now() -> SystemTime {
    clock::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        let now = now();
        let expiring =
            |after| Credentials::new("id", "secret", None, Some(now + Duration::from_secs(after)), "test");
        assert!(fresh(&expiring(61), now));
        assert!(!fresh(&expiring(59), now));
        assert!(!fresh(&expiring(0), now + Duration::from_secs(5)));
        assert!(fresh(&Credentials::new("id", "secret", None, None, "test"), now));
    }
}
