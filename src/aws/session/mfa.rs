//! Roles of profiles that are assumed with a second factor, which the SDK does not ask for.

use super::profiles::Profiles;
use super::{Session, Variables};
use crate::aws::errors::failed;
use crate::error::{Error, Result};

/// Asks for the code that a device shows now. The first text is the profile, the second the device.
pub(super) type Ask<'a> = &'a (dyn Fn(&str, &str) -> Result<String> + Sync);

/// A role that is assumed with a second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecondFactor {
    /// The profile whose credentials it is assumed with.
    pub source: String,
    role: String,
    device: String,
    external_id: Option<String>,
    session_name: Option<String>,
    seconds: Option<i32>,
}

impl Profiles {
    /// The role of a profile that has a second factor (`mfa_serial`).
    pub(super) fn second_factor(&self, profile: &str) -> Option<SecondFactor> {
        let text = |key: &str| self.setting(profile, key).map(|setting| setting.value.clone());
        Some(SecondFactor {
            device: text("mfa_serial")?,
            role: text("role_arn")?,
            source: text("source_profile")?,
            external_id: text("external_id"),
            session_name: text("role_session_name"),
            seconds: text("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        })
    }
}

impl SecondFactor {
    /// Assumes the role with a code that the user types; returns its credentials as environment variables.
    pub(super) async fn assume(&self, source: &Session, profile: &str, ask: Ask<'_>) -> Result<Variables> {
        let code = ask(profile, &self.device)?;
        let name = self.session_name.clone();
        let answer = aws_sdk_sts::Client::new(&source.config)
            .assume_role()
            .role_arn(&self.role)
            .role_session_name(name.unwrap_or_else(|| format!("copilot-{}", uuid::Uuid::new_v4().simple())))
            .serial_number(&self.device)
            .token_code(code.trim())
            .set_external_id(self.external_id.clone())
            .set_duration_seconds(self.seconds)
            .send()
            .await
            .map_err(|e| failed(&source.who, "sts:AssumeRole", &format!("role {}", self.role), e))?;
        let credentials = answer.credentials.ok_or_else(|| {
            Error::new(format!("sts:AssumeRole on role {} answered without credentials", self.role))
        })?;
        let pairs = [
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key),
            ("AWS_SESSION_TOKEN", credentials.session_token),
        ];
        Ok(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::session::profiles::Kind;

    #[test]
    fn a_second_factor_belongs_to_a_role() {
        let text = "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n\
                    [profile prod]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n\
                    duration_seconds = 900\n[profile plain]\nrole_arn = r\nsource_profile = base\n\
                    [profile keys]\nmfa_serial = s\naws_access_key_id = a\n";
        let mut profiles = Profiles::default();
        profiles.add("config", text, Kind::Config).unwrap();
        let found = profiles.second_factor("prod").unwrap();
        assert_eq!((found.source.as_str(), found.device.as_str()), ("base", "arn:aws:iam::1:mfa/me"));
        assert_eq!(found.seconds, Some(900));
        assert_eq!(profiles.second_factor("plain"), None);
        assert_eq!(profiles.second_factor("keys"), None);
    }
}
