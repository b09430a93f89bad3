//! Logins for ECR, and the pipeline's account port.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cloudformation;
use super::errors::failed;
use super::session::{EnvironmentSession, Session};
use crate::error::{Error, Result};
use crate::ops::port::{Account, RegionalResources, RegistryCredentials};
use crate::store::{Application, Environment};

impl Account for Session {
    type EnvironmentAccount = EnvironmentSession;

    async fn application(&self, app: &str) -> Result<Application> {
        self.read_application(app).await
    }

    async fn environment(&self, app: &str, env: &str) -> Result<Environment> {
        self.read_environment(app, env).await
    }

    async fn environments(&self, app: &str) -> Result<Vec<String>> {
        self.list_environments(app).await
    }

    async fn jobs(&self, app: &str) -> Result<Vec<String>> {
        self.list_jobs(app).await
    }

    async fn regional_resources(&self, app: &str, account: &str, region: &str) -> Result<RegionalResources> {
        cloudformation::regional_resources(self, app, account, region).await
    }

    async fn registry_login(&self, region: &str) -> Result<RegistryCredentials> {
        let client = aws_sdk_ecr::Client::new(&self.in_region(region).config);
        let target = format!("the registry of {region}");
        let output = client
            .get_authorization_token()
            .send()
            .await
            .map_err(|e| failed(&self.who, "ecr:GetAuthorizationToken", &target, e))?;
        output
            .authorization_data
            .unwrap_or_default()
            .into_iter()
            .find_map(|data| decode(&data.authorization_token?))
            .ok_or_else(|| {
                Error::new(format!("ecr:GetAuthorizationToken on {target} answered without a usable token"))
            })
    }

    async fn secret(&self, region: &str, id: &str) -> Result<Vec<u8>> {
        self.read_secret(region, id).await
    }

    async fn assume_manager(&self, environment: &Environment) -> Result<EnvironmentSession> {
        self.assume(environment).await
    }
}

/// A token is `user:password` in Base64.
fn decode(token: &str) -> Option<RegistryCredentials> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(RegistryCredentials { username: username.to_owned(), password: password.to_owned() })
}
