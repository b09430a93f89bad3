//! Secrets Manager.

use super::errors::{code, failed};
use super::session::Session;
use crate::error::{Error, Result};

impl Session {
    /// The current value of a secret of Secrets Manager.
    pub(super) async fn read_secret(&self, region: &str, id: &str) -> Result<Vec<u8>> {
        let session = self.in_region(region);
        let client = aws_sdk_secretsmanager::Client::new(&session.config);
        let target = format!("secret {id}");
        let output = match client.get_secret_value().secret_id(id).send().await {
            Ok(output) => output,
            Err(e) if code(&e) == Some("ResourceNotFoundException") => {
                return Err(Error::new(format!("there is no secret {id} in {}", session.region())));
            }
            Err(e) => return Err(failed(&self.who, "secretsmanager:GetSecretValue", &target, e)),
        };
        let text = output.secret_string.map(String::into_bytes);
        text.or_else(|| Some(output.secret_binary?.into_inner())).ok_or_else(|| {
            Error::new(format!("secretsmanager:GetSecretValue on {target} answered without a value"))
        })
    }
}
