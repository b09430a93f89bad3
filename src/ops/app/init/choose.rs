//! Which application: the one of the command line, the workspace's, or the user's answer.

use super::Request;
use crate::error::{Error, Result};
use crate::ops::names;
use crate::report::Console;
use crate::store;
use crate::store::port::Parameters;

/// Longest name of a role, in characters.
const LONGEST_ROLE: usize = 64;
/// Behind an application's name in the longest name of a role: the shortest environment, and the role's own part.
const OF_AN_ENVIRONMENT: &str = "-ab-CFNExecutionRole";

/// How the application is named without being asked for.
const ARGUMENT: &str = "NAME";
/// Behind the names of applications.
const NEW: &str = "a new application";

/// The application that the command line or the workspace names.
///
/// # Errors
/// When they name two.
pub(super) fn given(request: &Request) -> Result<Option<String>> {
    let registered = request.workspace.registered()?;
    match (&request.name, registered) {
        (Some(name), Some(registered)) if *name != registered => {
            let file = request.workspace.registration();
            Err(Error::new(format!("the workspace belongs to application {registered}, not to {name}: see {}", file.display()))
                .hint(format!(
                    "Run the command in a directory outside of this workspace, or detach the workspace from {registered} by \
                     removing that file."
                )))
        }
        (Some(name), _) => Ok(Some(name.clone())),
        (None, registered) => Ok(registered),
    }
}

/// Asks for an application: one of those that there are, or a new one, for which there may be a name that Enter takes.
///
/// # Errors
/// When there is nobody to ask.
pub(crate) async fn ask(
    store: &impl Parameters,
    default: Option<&str>,
    console: &Console<'_>,
) -> Result<String> {
    // Without permission to list them a new one can be named all the same.
    let existing = store::applications(store).await.unwrap_or_default();
    let mut options: Vec<String> = existing.into_iter().map(|application| application.name).collect();
    if !options.is_empty() {
        options.push(NEW.to_owned());
        let chosen =
            console.select("Which application does this workspace belong to?", ARGUMENT, &options)?;
        if chosen + 1 < options.len() {
            return Ok(options.swap_remove(chosen));
        }
    }
    console.text("What is the new application called?", ARGUMENT, default, &check_name)
}

/// What is wrong with an application's name.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    names::check(name)?;
    if name == "local" {
        return Err("it is reserved".to_owned());
    }
    let most = LONGEST_ROLE - OF_AN_ENVIRONMENT.len();
    let length = name.len();
    if length > most {
        return Err(format!(
            "it has {length} characters, and {most} are allowed: roles of environments, `{name}-ENV-CFNExecutionRole`, may \
             have {LONGEST_ROLE}"
        ));
    }
    Ok(())
}
