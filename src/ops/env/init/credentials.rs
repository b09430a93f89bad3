//! Whose credentials create the environment: those of the shell, a profile's, or an access key that the user gives.

use std::fmt;

use crate::error::{Error, Result};

/// Where credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The same as for the application.
    Own,
    /// A profile of the user's files.
    Profile(String),
    /// An access key.
    Keys(Keys),
}

/// An access key; never shown, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// A key, checked as far as that is possible here: it becomes part of headers. Errors never repeat it.
    ///
    /// # Errors
    /// Which part cannot be meant, and why.
    pub fn new(id: &str, secret: &str, token: Option<&str>) -> Result<Self> {
        let token = token.filter(|token| !token.is_empty());
        let parts = [(KEY, Some(id)), (SECRET, Some(secret)), (TOKEN, token)];
        for (flag, part) in parts.into_iter().filter_map(|(flag, part)| Some((flag, part?))) {
            if part.is_empty() || !part.chars().all(|c| c.is_ascii_graphic() && !"\"'".contains(c)) {
                let what = if part.is_empty() {
                    "is empty"
                } else {
                    "holds blanks, quotes or other than ASCII characters"
                };
                return Err(Error::usage(format!("{flag} {what}"))
                    .hint("Copy the whole value, without anything around it."));
            }
        }
        Ok(Self { id: id.to_owned(), secret: secret.to_owned(), token: token.map(str::to_owned) })
    }

    /// The key as environment variables of AWS.
    pub fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let token = self.token.clone().map(|token| ("AWS_SESSION_TOKEN".to_owned(), token));
        let key = [("AWS_ACCESS_KEY_ID", &self.id), ("AWS_SECRET_ACCESS_KEY", &self.secret)];
        key.map(|(name, value)| (name.to_owned(), value.clone())).into_iter().chain(token)
    }
}

pub(super) const KEY: &str = "--aws-access-key-id";
pub(super) const SECRET: &str = "--aws-secret-access-key";
pub(super) const TOKEN: &str = "--aws-session-token";

/// The credentials that flags name.
///
/// # Errors
/// When the flags do not go together.
pub fn of_flags(
    profile: Option<String>,
    id: Option<&str>,
    secret: Option<&str>,
    token: Option<&str>,
) -> Result<Option<Credentials>> {
    let given = [(KEY, id), (SECRET, secret), (TOKEN, token)];
    let first = given.iter().find(|(_, value)| value.is_some()).map(|(flag, _)| *flag);
    match (profile, first, id, secret) {
        (Some(_), Some(flag), ..) => Err(Error::usage(format!("--profile and {flag} exclude each other"))
            .hint("Name a profile, or give an access key.")),
        (Some(profile), None, ..) => Ok(Some(Credentials::Profile(profile))),
        (None, None, ..) => Ok(None),
        (None, Some(_), Some(id), Some(secret)) => {
            Keys::new(id, secret, token).map(|keys| Some(Credentials::Keys(keys)))
        }
        (None, Some(flag), id, _) => {
            let missing = if id.is_none() { KEY } else { SECRET };
            Err(Error::usage(format!("{flag} is given without {missing}"))
                .hint(format!("Give both {KEY} and {SECRET}, or --profile.")))
        }
    }
}

/// Profiles of the user's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// Their names.
    pub names: Vec<String>,
    /// The one that the environment variable `AWS_PROFILE` names.
    pub chosen: Option<String>,
}

impl Credentials {
    /// What messages say about where they come from.
    pub(super) fn origin(&self) -> String {
        match self {
            Self::Own => "your own credentials".to_owned(),
            Self::Profile(name) => format!("credentials of profile {name}"),
            Self::Keys(_) => "the access key that was given".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_go_together() {
        let of = |profile: Option<&str>, id, secret, token| match of_flags(
            profile.map(str::to_owned),
            id,
            secret,
            token,
        ) {
            Ok(credentials) => format!("{credentials:?}"),
            Err(error) => error.to_string(),
        };
        let told = [
            of(None, None, None, None),
            of(Some("prod"), None, None, None),
            of(None, Some("AKIA"), Some("hush"), Some("token")),
            of(Some("prod"), None, Some("hush"), None),
            of(None, Some("AKIA"), None, None),
            of(None, None, None, Some("hush")),
            of(None, Some("AK IA"), Some("hush"), None),
            of(None, Some("AKIA"), Some("hush\n"), None),
            of(None, Some("AKIA"), Some("hush"), Some("\u{e4}")),
        ];
        assert!(told.iter().all(|text| !text.contains("hush")), "{told:?}");
        insta::assert_snapshot!(told.join("\n"), @r#"
        None
        Some(Profile("prod"))
        Some(Keys(Keys { .. }))
        --profile and --aws-secret-access-key exclude each other
        --aws-access-key-id is given without --aws-secret-access-key
        --aws-session-token is given without --aws-access-key-id
        --aws-access-key-id holds blanks, quotes or other than ASCII characters
        --aws-secret-access-key holds blanks, quotes or other than ASCII characters
        --aws-session-token holds blanks, quotes or other than ASCII characters
        "#);
    }
}
