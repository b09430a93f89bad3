//! `copilot job package`: the job's template, and what goes with it into a stack, for others to deploy.
//!
//! The pipeline is that of a deployment up to the final template. Without `--upload-assets` nothing is built or uploaded: the
//! template names the Lambda's code where an upload would put it, and what is not there stays open, as the old tool left
//! it (`spec/deploy.md` §7.2).

mod compare;
mod files;

use super::build_secrets;
use super::events::{Event, Reporter};
use super::images::{self, Begun, Sources};
use super::interrupt::Interrupt;
use super::ports::Prompter;
use super::prepare::{Needs, Prepared, named_env_files, repository_url};
use super::ready::{Ready, ready};
use super::state::State;
use super::uploads::{self, Draft};
use super::{BEFORE, Request, Target, World};
use crate::error::Result;
use crate::template;
use crate::text::sanitize;
use files::Output;

pub use files::Directory;

/// What is made of a job.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Its template, and with a directory the files that go with it.
    Package {
        /// Where the files go; the template alone is returned without one.
        directory: Option<Directory>,
        /// Build and push images and upload what the template names.
        upload: bool,
    },
    /// A comparison with what is deployed.
    Compare,
}

/// What was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The template's text.
    Template(String),
    /// Files.
    Written,
    /// A comparison; it has been shown.
    Compared {
        /// Whether anything differs.
        changed: bool,
    },
}

/// Packages a job, or compares it with what is deployed.
///
/// # Errors
/// Everything that can go wrong before a deployment; what cannot be read or written. Files are as they were then.
pub async fn run<W: World>(
    world: &W,
    request: &Request,
    purpose: &Purpose,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let (directory, upload) = match purpose {
        Purpose::Compare => {
            let ready = ready(world, request, Needs::Locations, prompter, reporter, interrupt).await?;
            return compare::compare(&ready, request, &world.cdk(), reporter, interrupt).await;
        }
        Purpose::Package { directory, upload } => (directory.as_ref(), *upload),
    };
    if let Some(directory) = directory {
        directory.check()?;
    }
    let needs = if upload { Needs::Images } else { Needs::Template };
    let ready = ready(world, request, needs, prompter, reporter, interrupt).await?;
    let Ready { target, prepared, account, engine, state } = &ready;
    let names = Names::new(target);
    if let Some(directory) = directory {
        directory.check_names([names.template.as_str(), &names.configuration, &names.addons])?;
    }
    let cdk = world.cdk();
    let mut inputs = match upload {
        true => prepared.inputs(target, state)?,
        false => prepared.inputs_without_images(target, state),
    };
    if upload {
        let secrets = interrupt.guard(BEFORE, build_secrets::all(prepared, account, state, reporter)).await?;
        let sources = Sources { account, engine: engine.as_ref(), cdk: &cdk, secrets: &secrets };
        let artifacts = images::produce(&sources, prepared, state, inputs, Begun::default(), reporter);
        inputs = interrupt.guard(BEFORE, artifacts).await?.inputs;
    }
    let draft = uploads::draft(target, request, prepared, state, &inputs, &cdk, reporter);
    let draft = interrupt.guard(BEFORE, draft).await?;
    if !upload {
        warn_without_repository(target, prepared, state, reporter);
        tell_what_is_open(target, prepared, state, reporter);
    }
    let Some(directory) = directory else { return Ok(Outcome::Template(draft.template.to_yaml())) };
    let addons = prepared.addons.as_ref().map(|addons| match upload {
        true => addons.packaged_text(&prepared.packaging, &state.regional.bucket, &state.environment.region),
        false => addons.text(),
    });
    write(target, directory, &names, &draft, addons, reporter)?;
    Ok(Outcome::Written)
}

/// Writes the files and says so.
fn write(
    target: &Target,
    directory: &Directory,
    names: &Names,
    draft: &Draft,
    addons: Option<String>,
    reporter: &dyn Reporter,
) -> Result<()> {
    let stale = addons.is_none() && directory.has(&names.addons);
    let output = |name: &String, content: String| Output { name: name.clone(), content };
    let configuration = template::configuration(&draft.parameters, &draft.tags);
    let mut files =
        vec![output(&names.template, draft.template.to_yaml()), output(&names.configuration, configuration)];
    files.extend(addons.map(|text| output(&names.addons, text)));
    directory.write(&files)?;
    if stale {
        reporter.report(Event::Warning(format!(
            "job {} has no addons: {} is from an earlier run",
            target.job,
            directory.display(&names.addons)
        )));
    }
    let written: Vec<String> = files.iter().map(|file| directory.display(&file.name)).collect();
    reporter.report(Event::Note(format!("Wrote {}", written.join(", "))));
    Ok(())
}

/// Names of the files.
struct Names {
    template: String,
    configuration: String,
    addons: String,
}

impl Names {
    fn new(Target { job, env, .. }: &Target) -> Self {
        Self {
            template: format!("{job}-{env}.stack.yml"),
            configuration: format!("{job}-{env}.params.json"),
            addons: format!("{job}.addons.stack.yml"),
        }
    }
}

/// Images that nobody builds need no repository yet, but the next step does.
fn warn_without_repository<E>(
    target: &Target,
    prepared: &Prepared,
    state: &State<E>,
    reporter: &dyn Reporter,
) {
    if let (true, Err(missing)) = (prepared.builds(), repository_url(target, state)) {
        let hints = missing.hints().join(" ");
        reporter.report(Event::Warning(format!(
            "{missing}. The template is packaged all the same, but its images cannot be pushed before there is one. {hints}"
        )));
    }
}

/// Tells what nobody has built or uploaded, and so is still missing for a deployment.
fn tell_what_is_open<E>(target: &Target, prepared: &Prepared, state: &State<E>, reporter: &dyn Reporter) {
    let root = &target.workspace_root;
    let images = prepared.plans.iter().map(|plan| {
        let place = match plan.container == target.job {
            true => format!("{} (parameter)", template::CONTAINER_IMAGE),
            false => format!("Image of container {} (template)", plan.container),
        };
        let dockerfile = plan.dockerfile.strip_prefix(root).unwrap_or(&plan.dockerfile).display();
        format!("{place}: the image built from {dockerfile}")
    });
    let env_files = named_env_files(&prepared.job).map(|file| {
        let parameter = template::env_file_parameter(&prepared.job, file.container);
        format!("{parameter} (parameter): the environment file {}", file.path)
    });
    let addons = prepared.addons.as_ref();
    let addons =
        addons.map(|_| format!("{} (parameter): the addons template", template::ADDONS_TEMPLATE_URL));
    let code = prepared.env_controller_object(&state.regional.bucket);
    let deployed = state.deployed.as_ref().and_then(|deployed| deployed.env_controller_key.as_ref());
    let code = (deployed != Some(&code.key))
        .then(|| format!("EnvControllerFunction (template): its code at s3://{}/{}", code.bucket, code.key));
    let open: Vec<String> = images.chain(env_files).chain(addons).chain(code).collect();
    if open.is_empty() {
        return;
    }
    let lines: String = open.iter().map(|line| format!("\n  - {}", sanitize(line))).collect();
    reporter.report(Event::Note(format!(
        "Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:{lines}"
    )));
}
