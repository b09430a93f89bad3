//! `copilot job package`: the job's template, and what goes with it into a stack, for others to deploy.
//!
//! The pipeline is that of a deployment up to the final template. Without `--upload-assets` nothing is built or uploaded: the
//! template names the Lambda's code where an upload would put it, and what is not there stays open, as the old tool left
//! it (`spec/deploy.md` §7.2).

mod files;

use super::events::{Event, Reporter};
use super::interrupt::Interrupt;
use super::ports::Prompter;
use super::prepare::{Needs, Prepared, named_env_files};
use super::ready::{Ready, ready};
use super::state::State;
use super::uploads;
use super::{BEFORE, Request, Target, World};
use crate::error::Result;
use crate::template;
use crate::text::sanitize;
use files::Output;

pub use files::Directory;

/// What is made of a job.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the files go; the template alone is returned without one.
    pub directory: Option<Directory>,
    /// Build and push images and upload what the template names.
    pub upload: bool,
}

/// Packages a job. Returns the template's text when it is not written to a directory.
///
/// # Errors
/// Everything that can go wrong before a deployment; what cannot be read or written. Files are as they were then.
pub async fn run<W: World>(
    world: &W,
    request: &Request,
    options: &Options,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Option<String>> {
    if let Some(directory) = &options.directory {
        directory.check()?;
    }
    let needs = if options.upload { Needs::Images } else { Needs::Template };
    let ready = ready(world, request, needs, prompter, reporter, interrupt).await?;
    let names = Names::new(&ready.target);
    if let Some(directory) = &options.directory {
        directory.check_names([names.template.as_str(), &names.configuration, &names.addons])?;
    }
    let cdk = world.cdk();
    let inputs = match options.upload {
        true => ready.produce(&cdk, reporter, interrupt).await?.inputs,
        false => ready.prepared.inputs(&ready.target, &ready.state)?,
    };
    let Ready { target, prepared, state, .. } = &ready;
    let rendered = prepared.overrides.template(&cdk, &prepared.job, &inputs, reporter);
    let text = interrupt.guard(BEFORE, rendered).await?.to_yaml();
    if !options.upload {
        tell_what_is_open(target, prepared, state, reporter);
    }
    let Some(directory) = &options.directory else { return Ok(Some(text)) };
    let parameters = template::parameters(&prepared.job, &inputs);
    let configuration = template::configuration(&parameters, &uploads::tags(target, request, state));
    let addons = prepared.addons.as_ref().map(|addons| match options.upload {
        true => addons.packaged_text(&prepared.packaging, &state.regional.bucket, &state.environment.region),
        false => addons.text(),
    });
    let stale = addons.is_none() && directory.has(&names.addons);
    let output = |name: &String, content: String| Output { name: name.clone(), content };
    let mut files = vec![output(&names.template, text), output(&names.configuration, configuration)];
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
    Ok(None)
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
