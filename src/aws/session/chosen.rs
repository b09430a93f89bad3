//! Sessions with other credentials than the process's own: a profile's, or keys that a user typed.

use futures_util::future::BoxFuture;

use super::mfa::Ask;
use super::surroundings::Surroundings;
use super::{Session, Variables};
use crate::error::{Error, Result};
use crate::ops::env::init::credentials::{Credentials, Profiles};

/// Variables that say where credentials come from.
const OF_CREDENTIALS: [&str; 13] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CREDENTIAL_EXPIRATION",
];
/// Variables that say which region.
const OF_REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

impl Session {
    /// The process's own session, asking for a code where the profile in use wants a second factor.
    ///
    /// # Errors
    /// As [`Self::load`]; and when the code is not given or not accepted.
    pub async fn load_asking(vars: Variables, ask: Ask<'_>) -> Result<Self> {
        let surroundings = Surroundings::read(vars).await?;
        Self::with_second_factor(surroundings, "your own credentials".to_owned(), ask).await
    }

    /// The session of these credentials in a region.
    ///
    /// # Errors
    /// As [`Self::load_asking`]; and when there is no such profile.
    pub async fn load_chosen(
        vars: Variables,
        credentials: &Credentials,
        region: &str,
        ask: Ask<'_>,
    ) -> Result<Self> {
        let mut vars = chosen(vars, credentials);
        OF_REGION.iter().for_each(|name| drop(vars.remove(*name)));
        vars.insert("AWS_REGION".to_owned(), region.to_owned());
        let mut surroundings = Surroundings::read(vars).await?;
        let who = match credentials {
            Credentials::Own => "your own credentials".to_owned(),
            Credentials::Profile(profile) => {
                surroundings.chosen_by = Some("--profile");
                if !surroundings.profiles.has(profile) {
                    return Err(Error::new(format!("there is no profile `{profile}`"))
                        .hint(surroundings.profiles.known()));
                }
                format!("the credentials of profile `{profile}`")
            }
            Credentials::Keys(_) => "the access key that was given".to_owned(),
        };
        Self::with_second_factor(surroundings, who, ask).await
    }

    /// The region that comes with these credentials: the profile's own before the process's, since it was named later.
    ///
    /// # Errors
    /// When the files of profiles cannot be read.
    pub async fn region_with(mut vars: Variables, credentials: &Credentials) -> Result<Option<String>> {
        if let Credentials::Profile(profile) = credentials {
            let mut bare = chosen(vars.clone(), credentials);
            OF_REGION.iter().for_each(|name| drop(bare.remove(*name)));
            let surroundings = Surroundings::read(bare).await?;
            if let Some(region) = surroundings.profiles.setting(profile, "region") {
                return Ok(Some(region.value.clone()));
            }
        }
        vars = chosen(vars, credentials);
        Ok(Surroundings::read(vars).await?.region)
    }

    /// The profiles of the user's files; none where these cannot be read.
    pub async fn profiles(vars: Variables) -> Profiles {
        // What is wrong with the files is told when something of them is used.
        let Ok(surroundings) = Surroundings::read(without_credentials(vars.clone())).await else {
            return Profiles::default();
        };
        let names: Vec<String> = surroundings.profiles.names().map(str::to_owned).collect();
        let set = |name| vars.get(name).filter(|value| !value.is_empty());
        let named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter().find_map(set);
        Profiles { chosen: named.filter(|named| names.contains(named)).cloned(), names }
    }

    fn with_second_factor(
        mut surroundings: Surroundings,
        who: String,
        ask: Ask<'_>,
    ) -> BoxFuture<'_, Result<Self>> {
        Box::pin(async move {
            let keys = surroundings.vars.contains_key("AWS_ACCESS_KEY_ID");
            let wanted = surroundings.profiles.second_factor(&surroundings.profile);
            let Some(wanted) = wanted.filter(|_| !keys) else { return Self::of(surroundings, &who).await };
            let profile = surroundings.profile.clone();
            let mut source = surroundings.vars.clone();
            source.insert("AWS_REGION".to_owned(), surroundings.region.clone().unwrap_or_default());
            source.insert("AWS_PROFILE".to_owned(), wanted.source.clone());
            source.remove("AWS_DEFAULT_PROFILE");
            let mut source = Surroundings::read(source).await?;
            if wanted.source == profile {
                // Its own keys are what the role is assumed with.
                source.profiles.forget_role(&profile);
            }
            let source = Self::with_second_factor(source, who.clone(), ask).await?;
            let keys = wanted.assume(&source, &profile, ask).await?;
            surroundings.vars.extend(keys);
            Self::of(surroundings, &who).await
        })
    }
}

/// The variables with these credentials in place of those that they name.
fn chosen(vars: Variables, credentials: &Credentials) -> Variables {
    match credentials {
        Credentials::Own => vars,
        Credentials::Profile(profile) => {
            let mut vars = without_credentials(vars);
            vars.insert("AWS_PROFILE".to_owned(), profile.clone());
            vars
        }
        Credentials::Keys(keys) => {
            let mut vars = without_credentials(vars);
            vars.extend(keys.variables());
            vars
        }
    }
}

fn without_credentials(mut vars: Variables) -> Variables {
    OF_CREDENTIALS.iter().for_each(|name| drop(vars.remove(*name)));
    vars
}
