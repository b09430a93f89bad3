//! ECR: logins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errors::failed;
use super::session::Session;
use crate::error::{Error, Result};
use crate::ops::port::RegistryCredentials;

impl Session {
    /// A login for the registry of a region.
    pub(super) async fn read_registry_login(&self, region: &str) -> Result<RegistryCredentials> {
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
}

/// A token is `user:password` in Base64.
fn decode(token: &str) -> Option<RegistryCredentials> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(RegistryCredentials { username: username.to_owned(), password: password.to_owned() })
}
