//! What the user did not say: defaults, and questions.

use std::path::{Path, PathBuf};

use super::{ImageSource, NOTHING_CREATED, Request, shell};
use crate::error::{Error, Result};
use crate::manifest::job::write::{NewJob, write};
use crate::manifest::schedule::{self, words};
use crate::ops::adapters::Adapters;
use crate::ops::{app, job, names};
use crate::report::Console;
use crate::store::Environment;

/// The first environment, unless the user names another one.
pub(super) const ENVIRONMENT: &str = "test";

/// The question that comes behind the plan.
const QUESTION: &str = "Set all this up?";

/// The job as it was chosen.
pub(super) struct Chosen {
    pub app: String,
    pub job: String,
    /// Where its image comes from; `None` where the manifest says so.
    pub image: Option<ImageSource>,
    /// What its manifest shall say; `None` where it has one.
    pub new: Option<NewJob>,
    /// The manifest that it has.
    pub manifest: Option<String>,
}

impl Chosen {
    /// The text of the manifest, written or not.
    pub(super) fn text(&self) -> String {
        match (&self.manifest, &self.new) {
            (Some(text), _) => text.clone(),
            (None, new) => new.as_ref().map(write).unwrap_or_default(),
        }
    }

    /// When the job of a new manifest runs, in words.
    pub(super) fn schedule<W: Adapters>(&self, world: &W) -> Option<String> {
        let converted = schedule::convert(&self.new.as_ref()?.schedule).ok()?;
        let now = i64::try_from(world.unix_time()).unwrap_or_default();
        words::describe(&converted.schedule, now, &|at| world.utc_offset(at))
    }
}

/// The application that the command line or the workspace names.
pub(super) fn given_app(request: &Request) -> Result<Option<String>> {
    match &request.app {
        Some(app) => Ok(Some(app.clone())),
        None => request.workspace.registered(),
    }
}

/// The application, unless it is asked for.
pub(super) fn app(request: &Request) -> Result<Option<String>> {
    match given_app(request)? {
        None if request.asks() => Ok(None),
        None => Ok(default_app(request)),
        given => Ok(given),
    }
}

/// The directory of the git repository, or the one that the command runs in: a name after it is a good one.
pub(super) fn repository(cwd: &Path) -> Option<PathBuf> {
    cwd.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_owned)
}

/// A name for the application.
pub(super) fn default_app(request: &Request) -> Option<String> {
    let dir = repository(&request.cwd).unwrap_or_else(|| request.cwd.clone());
    named_after(&dir).filter(|name| app::init::check_name(name).is_ok())
}

fn named_after(path: &Path) -> Option<String> {
    let name = names::near(&path.file_name()?.to_string_lossy());
    names::check(&name).is_ok().then_some(name)
}

/// A name for the job: that of the Dockerfile's directory, or of the image.
fn default_job(request: &Request, image: &ImageSource) -> Option<String> {
    match image {
        ImageSource::Dockerfile(path) => {
            let path = request.cwd.join(path);
            let dir = path.parent()?;
            named_after(&dir.canonicalize().unwrap_or_else(|_| dir.to_owned()))
        }
        ImageSource::Location(location) => {
            let name = location.rsplit('/').next()?.split([':', '@']).next()?;
            named_after(Path::new(name))
        }
    }
}

/// The Dockerfile that can be meant without saying so: the only one.
fn only_dockerfile(request: &Request) -> Option<ImageSource> {
    match job::init::dockerfiles(&request.cwd).as_slice() {
        [path] => Some(ImageSource::Dockerfile(path.clone())),
        _ => None,
    }
}

/// The job that can be meant without saying so: the only one of the workspace, where no other image is named.
fn only_job(request: &Request) -> Option<String> {
    match request.workspace.jobs().unwrap_or_default().as_slice() {
        [job] if request.name.is_none() && request.image.is_none() => Some(job.clone()),
        _ => None,
    }
}

/// Names everything that would have to be asked for where nobody is there to answer.
pub(super) fn complete(request: &Request) -> Result<()> {
    if request.interactive {
        return Ok(());
    }
    let app = app(request)?;
    let image = request.image.clone().or_else(|| only_dockerfile(request));
    let name = request.name.clone().or_else(|| only_job(request));
    let name = name.or_else(|| image.as_ref().and_then(|image| default_job(request, image)));
    let is_described = match &name {
        Some(name) => job::init::own_manifest(&request.workspace, name)?,
        None => false,
    };
    let lacks = [
        ("--app", app.is_none()),
        ("--dockerfile or --image", !is_described && image.is_none()),
        ("--name", name.is_none()),
        ("--schedule", !is_described && request.schedule.is_none()),
        ("--yes", !request.yes),
    ];
    let missing: Vec<&str> = lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(flag, _)| flag).collect();
    let Some((last, others)) = missing.split_last() else { return Ok(()) };
    let list = match others {
        [] => format!("{last} is"),
        others => format!("{} and {last} are", others.join(", ")),
    };
    let image = match image {
        _ if is_described => String::new(),
        Some(ImageSource::Location(location)) => format!(" --image {}", shell::quoted(&location)),
        Some(ImageSource::Dockerfile(path)) => format!(" --dockerfile {}", shell::quoted(&path)),
        None => " --dockerfile ./Dockerfile".to_owned(),
    };
    let schedule = match &request.schedule {
        _ if is_described => String::new(),
        schedule => format!(" --schedule {}", shell::quoted(schedule.as_deref().unwrap_or("0 9 * * *"))),
    };
    let command = format!(
        "copilot init --app {}{image} --name {}{schedule} --env {} --yes",
        app.as_deref().unwrap_or("my-app"),
        name.as_deref().unwrap_or("report"),
        request.env.as_deref().unwrap_or(ENVIRONMENT),
    );
    Err(Error::usage(format!("{list} missing and there is no terminal to ask on"))
        .hint(format!("The full command: `{command}`."))
        .hint("--yes accepts the plan unseen, and every default: nothing is created without it."))
}

/// Chooses the job, and what its manifest shall say.
pub(super) async fn job<W: Adapters>(
    world: &W,
    request: &Request,
    app: String,
    console: &Console<'_>,
) -> Result<Chosen> {
    let workspace = &request.workspace;
    let known = match (&request.name, only_job(request)) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(only)) if request.asks() => {
            let options = [only.clone(), "a new job".to_owned()];
            (console.select("Which job?", "--name", &options)? == 0).then_some(only)
        }
        (None, only) => only,
    };
    if let Some(job) = &known
        && job::init::own_manifest(workspace, job)?
    {
        return described(request, app, job.clone());
    }
    let meant = request.image.clone().or_else(|| only_dockerfile(request).filter(|_| !request.asks()));
    let image = match meant {
        Some(image) => image,
        None => job::init::ask_image(&request.cwd, console)?,
    };
    if let ImageSource::Dockerfile(path) = &image {
        job::init::check_dockerfile(&request.cwd, path)?;
    }
    let default = default_job(request, &image);
    let name = match (known, default) {
        (Some(name), _) => name,
        (None, Some(default)) if !request.asks() => default,
        (None, default) => {
            let question = "What is the job called?";
            console.text(question, "--name", default.as_deref(), &job::init::check_name)?
        }
    };
    if job::init::own_manifest(workspace, &name)? {
        return described(request, app, name);
    }
    let wanted = job::init::Request { image: Some(image.clone()), ..request.of_job(&app) };
    let new = console.guard(NOTHING_CREATED, job::init::describe(world, &wanted, &name, console)).await?;
    Ok(Chosen { app, job: name, image: Some(image), new: Some(new), manifest: None })
}

/// A job that has a manifest.
fn described(request: &Request, app: String, job: String) -> Result<Chosen> {
    let manifest = request.workspace.read_manifest(&job)?;
    Ok(Chosen { app, job, image: None, new: None, manifest: Some(manifest) })
}

/// Chooses one of the environments that there are, or a first one.
pub(super) fn environment(
    request: &Request,
    recorded: &[Environment],
    console: &Console<'_>,
) -> Result<String> {
    if let Some(env) = &request.env {
        return Ok(env.clone());
    }
    let names: Vec<String> = recorded.iter().map(|env| env.name.clone()).collect();
    match names.as_slice() {
        [] => Ok(ENVIRONMENT.to_owned()),
        [only] => Ok(only.clone()),
        names if request.asks() => {
            let chosen = console.select("Which environment is the job deployed to?", "--env", names)?;
            Ok(names.get(chosen).cloned().unwrap_or_default())
        }
        names if names.iter().any(|name| name == ENVIRONMENT) => Ok(ENVIRONMENT.to_owned()),
        names => Err(Error::usage("--env is missing, and the application has several environments")
            .hint(format!("Name one of them, or a new one: {}.", names.join(", ")))),
    }
}

/// The answer to the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    All,
    WithoutDeployment,
    No,
}

/// Asks whether the plan shall be carried out.
pub(super) fn consent(request: &Request, console: &Console<'_>) -> Result<Consent> {
    let mut answers = vec![("Yes", Consent::All), ("No", Consent::No)];
    if request.deploy.is_none() {
        answers = vec![
            ("Yes, and deploy the job", Consent::All),
            ("Only the application and the job, without an environment", Consent::WithoutDeployment),
            ("No", Consent::No),
        ];
    }
    let options: Vec<String> = answers.iter().map(|(text, _)| (*text).to_owned()).collect();
    let chosen = console.select(QUESTION, "--yes", &options)?;
    Ok(answers.get(chosen).map_or(Consent::No, |(_, consent)| *consent))
}
