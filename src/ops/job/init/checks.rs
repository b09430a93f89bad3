//! What can be told wrong without asking AWS.

use super::{ImageSource, Request, image, schedule};
use crate::error::{Error, Result};
use crate::files;
use crate::manifest::duration::{self, SECOND};
use crate::manifest::{self, JOB_TYPE};
use crate::ops::names;
use crate::text;
use crate::workspace::Workspace;

/// Directories of `copilot/` that belong to something else.
const RESERVED: [&str; 2] = ["environments", "pipelines"];

/// Checks the flags, and what is known of the workspace.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(request: &Request) -> Result<()> {
    if let Some(kind) = request.kind.as_ref().filter(|kind| *kind != JOB_TYPE) {
        return Err(Error::usage(format!(
            "--job-type `{kind}` is not supported: jobs are of type `{JOB_TYPE}`"
        )));
    }
    if let Some(job) = &request.name {
        name(job).map_err(|wrong| Error::usage(format!("`{job}` is no job name: {wrong}")))?;
        own_manifest(&request.workspace, job)?;
    }
    if !request.interactive {
        nothing_to_ask(request)?;
    }
    match &request.image {
        None => {}
        Some(ImageSource::Dockerfile(path)) => image::check_dockerfile(&request.cwd, path)?,
        Some(ImageSource::Location(location)) => {
            image::check_location(&request.cwd, location)
                .map_err(|wrong| Error::usage(format!("--image `{location}`: {wrong}")))?;
        }
    }
    if let Some(text) = &request.schedule {
        schedule::check(text).map_err(|wrong| Error::usage(format!("--schedule `{text}`: {wrong}")))?;
    }
    match &request.timeout {
        Some(text) => timeout(text).map_err(|wrong| Error::usage(format!("--timeout `{text}`: {wrong}"))),
        None => Ok(()),
    }
}

/// Names what would have to be asked for.
fn nothing_to_ask(request: &Request) -> Result<()> {
    let is_described = match &request.name {
        Some(job) => own_manifest(&request.workspace, job)?,
        None => false,
    };
    let lacks = [
        ("--name", request.name.is_none()),
        ("--dockerfile or --image", !is_described && request.image.is_none()),
        ("--schedule", !is_described && request.schedule.is_none()),
    ];
    let missing: Vec<&str> = lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(flag, _)| flag).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let verb = if missing.len() == 1 { "is" } else { "are" };
    Err(Error::usage(format!("{} {verb} missing and there is no terminal to ask on", missing.join(", "))).hint(
        "For example: `copilot job init --name report --dockerfile ./Dockerfile --schedule \"0 9 * * *\"`.",
    ))
}

/// What is wrong with a job's name.
pub(crate) fn name(name: &str) -> Result<(), String> {
    names::check(name)?;
    match RESERVED.contains(&name) {
        true => Err(format!("the directory copilot/{name} belongs to something else")),
        false => Ok(()),
    }
}

fn timeout(text: &str) -> Result<(), String> {
    match duration::parse(text) {
        None => Err("it is not a duration such as 1h30m or 90s".to_owned()),
        Some(nanoseconds) if nanoseconds < SECOND => Err("it is shorter than a second".to_owned()),
        Some(nanoseconds) if nanoseconds % SECOND != 0 => {
            Err("it is not a whole number of seconds".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// Whether the workspace has a manifest of this name already.
///
/// # Errors
/// When it is the manifest of something else, or cannot be read.
pub(crate) fn own_manifest(workspace: &Workspace, job: &str) -> Result<bool> {
    let (path, shown) = (workspace.manifest_path(job), workspace.manifest_display(job));
    let bytes = match files::read(&path, files::TEXT) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(Error::new(format!("cannot read {shown}: {e}"))),
    };
    let text = text::decode(bytes).map_err(|e| e.error(&shown))?;
    let told = match manifest::raw_name_and_type(&text) {
        Some((name, kind)) if name == job && kind == JOB_TYPE => return Ok(true),
        Some((name, kind)) if name == job => format!("is of type `{kind}`, not `{JOB_TYPE}`"),
        Some((name, _)) => format!("has the name `{name}`, not `{job}`"),
        None => "has no name and type".to_owned(),
    };
    Err(Error::new(format!("{shown} is there already, and {told}"))
        .hint("Choose another name with --name, or move the file away."))
}
