//! Credentials and regions: the user's own session, and the environment's manager role.

mod chosen;
mod credentials;
mod http;
mod mfa;
mod profiles;
mod proxies;
mod surroundings;

use std::sync::Arc;
use std::time::Duration;

use aws_config::identity::IdentityCache;
#[allow(deprecated, reason = "its successor is in a crate that is not made for applications")]
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use credentials::{Held, ManagerCredentials, ManagerRole, OwnCredentials, Source};
use http::Trust;
use surroundings::Surroundings;

pub(super) use surroundings::Variables;

use super::errors::failed;
use crate::error::{Error, Result};
use crate::store::Environment;

/// Attempts per call, as the old tool made.
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
    source: Arc<Source>,
}

/// One region, with an environment's manager role or with the user's own credentials.
#[derive(Clone)]
pub struct RegionSession {
    pub(super) session: Session,
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    /// The same region with the user's own credentials.
    pub(super) own_cloudformation: aws_sdk_cloudformation::Client,
    pub(super) s3: aws_sdk_s3::Client,
    /// Whose credentials they are; `None` with the user's own.
    role: Option<Arc<ManagerRole>>,
}

impl RegionSession {
    /// Drops the role's credentials, so that the next call gets new ones.
    pub(super) async fn renew(&self) {
        if let Some(role) = &self.role {
            role.held.replace(None).await;
        }
    }
}

impl Session {
    /// Resolves credentials and region from the process's environment variables and the files that they name, in the old
    /// tool's order: access keys in variables, web identity in variables, the profile (static, SSO, process, source
    /// profile), container or instance role.
    ///
    /// # Errors
    /// When there is no region, or no credentials, or they cannot be resolved, or what is set cannot be meant.
    pub async fn load(vars: Variables) -> Result<Self> {
        Self::of(Surroundings::read(vars).await?, "your own credentials").await
    }

    /// The session that surroundings make. `who` says in messages whose credentials it has.
    async fn of(surroundings: Surroundings, who: &str) -> Result<Self> {
        let source = Source::new(&surroundings);
        let region = surroundings.region.clone().ok_or_else(|| {
            Error::new("no AWS region is configured")
                .hint("Set it for this shell with `export AWS_REGION=<region of the application>`, or for good as `region` in ~/.aws/config.")
        })?;
        let (env, profile) = (surroundings.env(), surroundings.encoded_profile());
        let trust = match surroundings.certificates {
            Some(pem) => Trust::Only(pem),
            None if http::PLACES.iter().any(|name| surroundings.vars.contains_key(*name)) => Trust::Named,
            None => Trust::System,
        };
        let http = http::client(surroundings.proxies, trust);
        #[allow(deprecated, reason = "see above")]
        let files = ProfileFiles::builder()
            .with_contents(ProfileFileKind::Config, surroundings.profiles.to_text())
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .env(env)
            .profile_files(files)
            .profile_name(profile)
            .http_client(http)
            .region(Region::new(region))
            // Credentials are held by whoever provides them; a cache in between would ask for them once more.
            .identity_cache(IdentityCache::no_cache())
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
        let provider = config.credentials_provider().map(|provider| {
            SharedCredentialsProvider::new(OwnCredentials { provider, held: Held::default() })
        });
        let mut builder = config.to_builder();
        builder.set_credentials_provider(provider);
        let session = Self { config: builder.build(), who: who.to_owned(), source: Arc::new(source) };
        session.credentials().await?;
        Ok(session)
    }

    /// The credentials in use. Asked for once before the first call, so that missing ones are told as such and not as a
    /// failed call.
    pub(super) async fn credentials(&self) -> Result<Credentials> {
        self.source.resolve(self.config.credentials_provider().as_ref()).await
    }

    /// The same credentials in another region.
    pub(super) fn in_region(&self, region: &str) -> Self {
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Self { config, who: self.who.clone(), source: Arc::clone(&self.source) }
    }

    /// The same session for somebody who waits for answers: a call that fails is repeated for a second, not for ten.
    #[must_use]
    pub fn impatient(&self) -> Self {
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(FIRST_PAUSE);
        let config = self.config.to_builder().retry_config(retries).build();
        Self { config, who: self.who.clone(), source: Arc::clone(&self.source) }
    }

    /// The same session for a call that is not worth repeating.
    pub(super) fn without_retries(&self) -> Self {
        let config = self.config.to_builder().retry_config(RetryConfig::disabled()).build();
        Self { config, who: self.who.clone(), source: Arc::clone(&self.source) }
    }

    /// The stacks and buckets of a region, with these credentials.
    pub fn stacks_in(&self, region: &str) -> RegionSession {
        let session = self.in_region(region);
        let cloudformation = aws_sdk_cloudformation::Client::new(&session.config);
        RegionSession {
            own_cloudformation: cloudformation.clone(),
            cloudformation,
            s3: aws_sdk_s3::Client::new(&session.config),
            role: None,
            session,
        }
    }

    /// Assumes the environment's manager role; the session renews itself when it expires.
    pub(super) async fn assume(&self, environment: &Environment) -> Result<RegionSession> {
        let region = Region::new(environment.region.clone());
        let sts = aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::config::Builder::from(&self.config).region(region.clone()).build(),
        );
        let role = Arc::new(ManagerRole {
            sts,
            arn: environment.manager_role_arn.clone(),
            session_name: format!("copilot-{}", uuid::Uuid::new_v4().simple()),
            held: Held::default(),
        });
        // Ahead of the first call, so that a refusal is reported as the call it is.
        let first = role.assume().await.map_err(|e| {
            let manager = &environment.manager_role_arn;
            failed(&self.who, "sts:AssumeRole", &format!("role {manager}"), e)
        })?;
        role.held.replace(Some(first)).await;
        let own = self.config.to_builder().region(region.clone()).build();
        let config = self
            .config
            .to_builder()
            .region(region)
            .credentials_provider(SharedCredentialsProvider::new(ManagerCredentials(Arc::clone(&role))))
            .build();
        let who = format!("the environment manager role {}", environment.manager_role_arn);
        let session = Self { config, who, source: Arc::clone(&self.source) };
        Ok(RegionSession {
            cloudformation: aws_sdk_cloudformation::Client::new(&session.config),
            own_cloudformation: aws_sdk_cloudformation::Client::new(&own),
            s3: aws_sdk_s3::Client::new(&session.config),
            role: Some(role),
            session,
        })
    }
}

/// The name that AWS sees in the user agent.
fn app_name() -> Result<AppName> {
    AppName::new(concat!("aws-copilot/v", env!("CARGO_PKG_VERSION")).replace(['/', '.'], "-"))
        .map_err(|e| Error::new(format!("cannot name this program to AWS: {e}")))
}
