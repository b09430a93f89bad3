//! Names of a container's environment variables and secrets: each once, none that no container can have, none that
//! every job's containers have already.

use crate::manifest::findings::{Diagnostics, Place};
use crate::manifest::job::layer::{Secrets, Variables};

/// Variables that all containers of all jobs have.
const OF_ALL: [&str; 4] = [
    "COPILOT_APPLICATION_NAME",
    "COPILOT_ENVIRONMENT_NAME",
    "COPILOT_SERVICE_NAME",
    "COPILOT_SERVICE_DISCOVERY_ENDPOINT",
];
/// A variable of all containers of jobs with topics.
const TOPICS: &str = "COPILOT_SNS_TOPIC_ARNS";
/// A variable of containers with volumes.
const MOUNTS: &str = "COPILOT_MOUNT_POINTS";

/// What decides which variables a container has before its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// The job publishes to topics.
    pub topics: bool,
    /// The container mounts volumes.
    pub mounts: bool,
}

/// Checks the names of one container's variables and secrets.
pub(super) fn check(
    variables: &Variables,
    secrets: &Secrets,
    around: Surroundings,
    diagnostics: &mut Diagnostics,
) {
    for (name, place) in variables.iter().map(|(name, at)| (name, &at.place)) {
        usable(name, "variable", place, diagnostics);
        match reserved(name, around) {
            Some(Reserved::Set) => {
                let help = "remove it, or choose another name: of two values only one counts".to_owned();
                diagnostics.warn(place, format!("`{name}` is set for the container already"), Some(help));
            }
            Some(Reserved::Later(when)) => {
                let help = "choose another name".to_owned();
                diagnostics.warn(
                    place,
                    format!("`{name}` is the name of a variable that is set once {when}"),
                    Some(help),
                );
            }
            None => {}
        }
    }
    for (name, place) in secrets.iter().map(|(name, at)| (name, &at.place)) {
        usable(name, "secret", place, diagnostics);
        match reserved(name, around) {
            Some(Reserved::Set) => diagnostics.error_help(
                place,
                format!("`{name}` is a variable that is set for the container already"),
                "Amazon ECS wants different names for all secrets and variables: rename the secret",
            ),
            Some(Reserved::Later(when)) => {
                let help = "choose another name; Amazon ECS then refuses the secret".to_owned();
                diagnostics.warn(
                    place,
                    format!("`{name}` is the name of a variable that is set once {when}"),
                    Some(help),
                );
            }
            None => {}
        }
        // Amazon ECS refuses this only once the images are pushed and the stack is being changed.
        if variables.contains_key(name) {
            diagnostics.error_help(
                place,
                format!("`{name}` is a variable of the same container as well"),
                "Amazon ECS wants different names for all secrets and variables: rename or remove one of them",
            );
        }
    }
}

/// How a name is taken.
enum Reserved {
    /// The container has such a variable.
    Set,
    /// It gets one when this happens.
    Later(&'static str),
}

fn reserved(name: &str, around: Surroundings) -> Option<Reserved> {
    let (taken, when) = match name {
        TOPICS => (around.topics, "the job has topics"),
        MOUNTS => (around.mounts, "the container has volumes"),
        name if OF_ALL.contains(&name) => (true, ""),
        _ => return None,
    };
    Some(if taken { Reserved::Set } else { Reserved::Later(when) })
}

/// Refuses names that a process's environment cannot have. What shells alone cannot use is fine for programs.
fn usable(name: &str, what: &str, place: &Place, diagnostics: &mut Diagnostics) {
    if name.is_empty() {
        return diagnostics.error(place, format!("the {what} has no name"));
    }
    if name.contains('\0') {
        return diagnostics.error(place, format!("the {what}'s name contains a NUL character"));
    }
    if let Some((before, behind)) = name.split_once('=') {
        let help = if before.is_empty() {
            "write the name without it".to_owned()
        } else {
            format!(
                "write `{before}: …`; the container would get `{before}` with a value that begins with `{behind}=`"
            )
        };
        return diagnostics.error_help(
            place,
            format!("the name `{name}` contains `=`, which ends names"),
            help,
        );
    }
    if name.contains(char::is_whitespace) {
        let help = "remove the blank; programs hardly ever read such names".to_owned();
        diagnostics.warn(place, format!("the name `{name}` contains a blank"), Some(help));
    }
}
