//! Credentials and regions: the user's own session, and the environment's manager role.

use std::sync::Arc;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::identity::IdentityCache;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

use super::errors::failed;
use crate::error::{Error, Result};
use crate::store::Environment;

/// Attempts per call, as the old tool made (`spec/deploy.md §2.3`).
const MAX_ATTEMPTS: u32 = 9;

/// The longest pause before the first repetition; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause: all of them together are some ten seconds, not minutes of silence.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Time limits that keep a dead connection from hanging a deployment; uploads have no total limit.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The user's own credentials and region.
#[derive(Clone)]
pub struct Session {
    pub(super) config: SdkConfig,
    /// Who makes the calls, for error messages.
    pub(super) who: String,
}

/// The environment's manager role in the environment's region.
#[derive(Clone)]
pub struct EnvironmentSession {
    pub(super) session: Session,
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    /// The same region with the user's own credentials.
    pub(super) own_cloudformation: aws_sdk_cloudformation::Client,
    pub(super) s3: aws_sdk_s3::Client,
    role: Arc<ManagerRole>,
}

impl EnvironmentSession {
    /// Drops the role's credentials, so that the next call gets new ones.
    pub(super) async fn renew(&self) {
        *self.role.held.lock().await = None;
    }
}

impl Session {
    /// Resolves credentials and region from the process's surroundings: environment variables, web
    /// identity, profile (static, SSO, process, source profile), container or instance role, in the
    /// old tool's order (`spec/deploy.md §2.2`). `profile` is the profile chosen by the environment, for
    /// messages.
    ///
    /// # Errors
    /// When there is no region, or no credentials, or they cannot be resolved.
    pub async fn load(profile: Option<&str>) -> Result<Self> {
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::builder().build())
            .region()
            .await
            .ok_or_else(|| {
                Error::new("no AWS region is configured")
                    .hint("Set it for this shell with `export AWS_REGION=<region of the application>`, or for good as `region` in ~/.aws/config.")
            })?;
        let chain =
            CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
                .or_else("WebIdentityToken", WebIdentityTokenCredentialsProvider::builder().build())
                .or_else("Default", DefaultCredentialsChain::builder().region(region.clone()).build().await);
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(chain)
            .identity_cache(IdentityCache::lazy().load_timeout(Duration::from_secs(60)).build())
            // Not the adaptive mode: its client-side rate limit slows a short run down to a call every few
            // seconds once AWS has throttled it.
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(MAX_ATTEMPTS)
                    .with_initial_backoff(FIRST_PAUSE)
                    .with_max_backoff(LONGEST_PAUSE),
            )
            .timeout_config(
                TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build(),
            )
            .app_name(app_name()?)
            .load()
            .await;
        let session = Self { config, who: "your own credentials".to_owned() };
        session.check_credentials(profile).await?;
        Ok(session)
    }

    /// Resolves the credentials once, so that missing ones are told as such and not as a failed call.
    async fn check_credentials(&self, profile: Option<&str>) -> Result<()> {
        let Some(provider) = self.config.credentials_provider() else {
            return Err(Error::new("no AWS credentials are configured").hint(SIGN_IN));
        };
        match provider.provide_credentials().await {
            Ok(_) => Ok(()),
            Err(CredentialsError::CredentialsNotLoaded(_)) => {
                let place = profile.map(|profile| format!(" for profile `{profile}` (AWS_PROFILE)"));
                Err(Error::new(format!("no AWS credentials were found{}", place.unwrap_or_default()))
                    .hint(SIGN_IN))
            }
            Err(e) => {
                let detail = super::errors::chain(&e);
                Err(Error::new(format!("the AWS credentials cannot be loaded: {detail}")).hint(SIGN_IN))
            }
        }
    }

    /// The credentials in use, for a request that is signed by hand.
    pub(super) async fn credentials(&self) -> Result<Credentials> {
        let Some(provider) = self.config.credentials_provider() else {
            return Err(Error::new("no AWS credentials are configured").hint(SIGN_IN));
        };
        provider.provide_credentials().await.map_err(|e| {
            let detail = super::errors::chain(&e);
            Error::new(format!("the AWS credentials cannot be loaded: {detail}")).hint(SIGN_IN)
        })
    }

    /// The same credentials in another region.
    pub(super) fn in_region(&self, region: &str) -> Self {
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Self { config, who: self.who.clone() }
    }

    /// Assumes the environment's manager role; the session renews itself when it expires.
    pub(super) async fn assume(&self, environment: &Environment) -> Result<EnvironmentSession> {
        let region = Region::new(environment.region.clone());
        let sts = aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::config::Builder::from(&self.config).region(region.clone()).build(),
        );
        let role = Arc::new(ManagerRole {
            sts,
            arn: environment.manager_role_arn.clone(),
            session_name: format!("copilot-{}", uuid::Uuid::new_v4().simple()),
            held: Mutex::new(None),
        });
        // Ahead of the first call, so that a refusal is reported as the call it is.
        let first = role.assume().await.map_err(|e| {
            let manager = &environment.manager_role_arn;
            failed(&self.who, "sts:AssumeRole", &format!("role {manager}"), e)
        })?;
        *role.held.lock().await = Some(first);
        let own = self.config.to_builder().region(region.clone()).build();
        let config = self
            .config
            .to_builder()
            .region(region)
            .credentials_provider(SharedCredentialsProvider::new(ManagerCredentials(Arc::clone(&role))))
            // The role holds its credentials itself: a cache in between could not be told that they have ended early.
            .identity_cache(IdentityCache::no_cache())
            .build();
        let session =
            Self { config, who: format!("the environment manager role {}", environment.manager_role_arn) };
        Ok(EnvironmentSession {
            cloudformation: aws_sdk_cloudformation::Client::new(&session.config),
            own_cloudformation: aws_sdk_cloudformation::Client::new(&own),
            s3: aws_sdk_s3::Client::new(&session.config),
            role,
            session,
        })
    }
}

const SIGN_IN: &str = "Sign in (`aws sso login`, `aws configure`) or export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then run the command again.";

/// The name that AWS sees in the user agent.
fn app_name() -> Result<AppName> {
    AppName::new(concat!("aws-copilot/v", env!("CARGO_PKG_VERSION")).replace(['/', '.'], "-"))
        .map_err(|e| Error::new(format!("cannot name this program to AWS: {e}")))
}

/// Credentials are renewed this long before they expire.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);

/// The manager role and its credentials, which are held until shortly before they expire.
struct ManagerRole {
    sts: aws_sdk_sts::Client,
    arn: String,
    session_name: String,
    held: Mutex<Option<Credentials>>,
}

/// Provides the manager role's credentials.
struct ManagerCredentials(Arc<ManagerRole>);

impl std::fmt::Debug for ManagerCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManagerRole").field("arn", &self.0.arn).finish_non_exhaustive()
    }
}

type AssumeRoleError = aws_sdk_sts::error::SdkError<aws_sdk_sts::operation::assume_role::AssumeRoleError>;

impl ManagerRole {
    async fn assume(&self) -> Result<Credentials, AssumeRoleError> {
        let output =
            self.sts.assume_role().role_arn(&self.arn).role_session_name(&self.session_name).send().await?;
        let credentials = output
            .credentials
            .ok_or_else(|| AssumeRoleError::construction_failure("the answer holds no credentials"))?;
        let expiry = std::time::SystemTime::try_from(credentials.expiration).ok();
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
        future::ProvideCredentials::new(async {
            // Held while the role is assumed: calls that run at once share one renewal.
            let mut held = self.0.held.lock().await;
            if let Some(credentials) = held.as_ref().filter(|held| fresh(held, now())) {
                return Ok(credentials.clone());
            }
            let renewed = self.0.assume().await.map_err(CredentialsError::provider_error)?;
            Ok(held.insert(renewed).clone())
        })
    }
}

#[allow(clippy::disallowed_methods, reason = "what AWS dates is compared with the machine's clock")]
fn now() -> SystemTime {
    SystemTime::now()
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
