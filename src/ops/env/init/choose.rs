//! Which credentials: those that flags name, or that a person chooses.

use super::credentials::{Credentials, KEY, Keys, Profiles, SECRET, TOKEN};
use super::port::Sessions;
use super::request::Request;
use crate::error::{Error, Result};
use crate::report::Console;

/// The credentials that were asked for, or that a person chooses. Without a terminal nothing is asked: then it is the profile
/// of `AWS_PROFILE`, or whatever the application is read with.
pub(super) async fn credentials<S: Sessions>(
    sessions: &S,
    request: &Request,
    console: &Console<'_>,
) -> Result<Credentials> {
    let profiles = sessions.profiles().await;
    let known = |name: &str| profiles.names.iter().any(|known| known == name);
    match &request.credentials {
        // The name that the AWS CLI has for what comes without a profile.
        Some(Credentials::Profile(name)) if name == "default" && !known(name) => Ok(Credentials::Own),
        Some(Credentials::Profile(name)) if !known(name) => Err(Error::usage(format!(
            "--profile: there is no profile `{name}` in ~/.aws/config and ~/.aws/credentials"
        ))
        .hint(match profiles.names.as_slice() {
            [] => "There is no profile at all: run `aws configure`.".to_owned(),
            names => format!("The profiles there are: {}.", names.join(", ")),
        })),
        Some(given) => Ok(given.clone()),
        None if profiles.names.is_empty() || !request.interactive => {
            Ok(profiles.chosen.map_or(Credentials::Own, Credentials::Profile))
        }
        None => ask(profiles, console),
    }
}

fn ask(profiles: Profiles, console: &Console<'_>) -> Result<Credentials> {
    let Profiles { mut names, chosen } = profiles;
    let is_chosen = |name: &String| Some(name) == chosen.as_ref();
    names.sort_by_key(|name| !is_chosen(name));
    let own = ("The same as for the application".to_owned(), Some(Credentials::Own));
    let profile = |name: String| (format!("Profile {name}"), Some(Credentials::Profile(name)));
    let keys = ("An access key, which you enter".to_owned(), None);
    let mut options: Vec<_> = names.into_iter().map(profile).collect();
    // What Enter takes comes first.
    options.insert(usize::from(chosen.is_some()), own);
    options.push(keys);
    let texts: Vec<String> = options.iter().map(|(text, _)| text.clone()).collect();
    let index = console.select("Which credentials create the environment?", "--profile", &texts)?;
    match options.into_iter().nth(index).and_then(|(_, credentials)| credentials) {
        Some(credentials) => Ok(credentials),
        None => enter(console),
    }
}

fn enter(console: &Console<'_>) -> Result<Credentials> {
    let filled = |text: &str| if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(()) };
    let id = console.text("Access key ID", KEY, None, &filled)?;
    let secret = console.secret("Secret access key", SECRET)?;
    let token = console.secret("Session token (Enter for none)", TOKEN)?;
    Keys::new(id.trim(), secret.trim(), Some(token.trim())).map(Credentials::Keys)
}
