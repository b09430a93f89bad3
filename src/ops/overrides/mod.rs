//! The job's final template: rendered, then changed by what its `overrides` directory holds. `taskdef_overrides`
//! of the manifest are part of rendering and come before.

use std::fs;
use std::path::{Path, PathBuf};

use super::job::Limits;
use crate::error::{Context as _, Error, Result};
use crate::files;
use crate::manifest::job::{Job, Placement};
use crate::manifest::suggest::nearest;
use crate::ops::port::{CdkInput, CdkRunner};
use crate::report::{Console, Event};
use crate::template::cfn::cdk_output;
use crate::template::cfn::patches::Patches;
use crate::template::cfn::template::Template;
use crate::template::cfn::values::Values;
use crate::template::job::inputs::Inputs;
use crate::template::job::{check, check_parameters, limits, render};
use crate::text::decode;
use crate::workspace::Workspace;

const PATCHES: &str = "cfn.patches.yml";
const CDK: &str = "cdk.json";

/// Whether a file of the directory, by its name, changes the template.
pub(crate) fn counts(name: &str) -> bool {
    name == PATCHES || name == CDK
}

/// More subnets than a placement by tags finds.
const MANY_SUBNETS: usize = 64;

/// What changes a job's template after rendering.
pub(crate) struct Overrides {
    source: Source,
}

enum Source {
    None,
    Patches(Patches),
    /// Directory of a CDK app.
    Cdk(PathBuf),
}

impl Overrides {
    /// Reads a job's `overrides` directory; there may be none.
    pub(crate) fn find(
        workspace: &Workspace,
        job: &str,
        limits: Limits,
        console: &Console<'_>,
    ) -> Result<Self> {
        let dir = workspace.copilot_dir.join(job).join("overrides");
        let shown = format!("copilot/{job}/overrides");
        let source = match fs::read_dir(&dir) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && fs::symlink_metadata(&dir).is_err() => {
                Source::None
            }
            Err(e) => return Err(Error::new(format!("cannot read the directory {shown}: {e}"))),
            Ok(entries) => {
                let names = entries.map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()));
                let names: Vec<String> = names
                    .collect::<Result<_, _>>()
                    .map_err(|e| Error::new(format!("cannot read the directory {shown}: {e}")))?;
                source(&dir, &shown, &names, console)?
            }
        };
        if let (Source::Cdk(app), true) = (&source, limits.no_cdk) {
            return Err(Error::new(format!("{} is a CDK app, and running one is forbidden", app.display()))
                .hint(
                    "--no-cdk or COPILOT_NO_CDK forbids it: a CDK app is a program, which gets your credentials. Turn it into \
                     YAML patches (cfn.patches.yml), or allow it with --no-cdk=false if you trust it.",
                ));
        }
        Ok(Self { source })
    }

    /// Checks all that can be checked before anything is known of the environment. `provisional` has
    /// placeholders for that.
    pub(crate) fn check(&self, cdk: &impl CdkRunner, job: &Job, provisional: &Inputs) -> Result<()> {
        // What a template has depends on the environment in two places only: on whether there is a
        // permissions boundary, and on the number of subnets that carry the manifest's tags. A patch is
        // wrong when it fits neither with nor without.
        let mut inputs = provisional.clone();
        if let Placement::SubnetsFromTags(_) = job.network.placement {
            inputs.subnets_from_tags = vec!["subnet".to_owned(); MANY_SUBNETS];
        }
        let mut check = |boundary: Option<&str>| {
            inputs.permissions_boundary = boundary.map(str::to_owned);
            let rendered = render(job, &inputs)?;
            match &self.source {
                Source::Patches(patches) => {
                    let values = check::provisional_values(job, &inputs);
                    patched(patches, &rendered, job, &inputs, &values).map(drop)
                }
                Source::None => {
                    let values = check::provisional_values(job, &inputs);
                    usable(&rendered, job, &inputs, &values, None)
                }
                Source::Cdk(_) => Ok(()),
            }
        };
        check(None).or_else(|_| check(Some("boundary")))?;
        match &self.source {
            Source::Cdk(app) => cdk.check(app),
            Source::None | Source::Patches(_) => Ok(()),
        }
    }

    /// The template that is deployed, from the job and everything known of its surroundings.
    pub(crate) async fn template(
        &self,
        cdk: &impl CdkRunner,
        job: &Job,
        inputs: &Inputs,
        console: &Console<'_>,
    ) -> Result<Template> {
        let rendered = render(job, inputs)?;
        let values = check::values(job, inputs);
        match &self.source {
            Source::None => usable(&rendered, job, inputs, &values, None).map(|()| rendered),
            Source::Patches(patches) => patched(patches, &rendered, job, inputs, &values),
            Source::Cdk(app) => {
                let on = |event| console.report(Event::Command(event));
                cdk.install(app, &on).await.with_context(|| not_changed(app))?;
                let text = rendered.to_yaml();
                let input = CdkInput { app: &inputs.app, env: &inputs.env, template: &text };
                let printed = cdk.synthesize(app, &input, &on).await;
                let after = printed.and_then(|printed| cdk_output::template(&printed, rendered.header));
                let after = after.with_context(|| not_changed(app))?;
                let fits = check_parameters(&after.body, job, inputs)
                    .and_then(|()| usable(&after, job, inputs, &values, None));
                fits.with_context(|| format!("the CDK app in {}", app.display()))?;
                Ok(after)
            }
        }
    }
}

fn patched(
    patches: &Patches,
    rendered: &Template,
    job: &Job,
    inputs: &Inputs,
    values: &Values,
) -> Result<Template> {
    let template = patches.apply(rendered)?;
    check_parameters(&template.body, job, inputs).with_context(|| patches.file().to_owned())?;
    usable(&template, job, inputs, values, Some(patches.file()))?;
    Ok(template)
}

/// Whether CloudFormation and the services behind it take a final template, as far as that is known here. `file` is the
/// one that changed it.
fn usable(
    template: &Template,
    job: &Job,
    inputs: &Inputs,
    values: &Values,
    file: Option<&str>,
) -> Result<()> {
    check::check(template, job, values, file)?;
    let fits = limits::check(template, job, inputs);
    match file {
        Some(file) => fits.with_context(|| file.to_owned()),
        None => fits,
    }
}

fn not_changed(app: &Path) -> String {
    format!("the CDK app in {} cannot change the template", app.display())
}

/// What the directory's files are.
fn source(dir: &Path, shown: &str, names: &[String], console: &Console<'_>) -> Result<Source> {
    let has = |name: &str| names.iter().any(|n| n == name);
    if has(PATCHES) {
        if has(CDK) {
            console.warn(format!(
                "{shown} has both {PATCHES} and {CDK}; the patches are applied, the CDK app is not run."
            ));
        }
        let file = format!("{shown}/{PATCHES}");
        let bytes = files::read(&dir.join(PATCHES), files::TEXT)
            .map_err(|e| Error::new(format!("cannot read {file}: {e}")))?;
        let text = decode(bytes).map_err(|e| e.error(&file))?;
        let patches = Patches::read(&file, &text)?;
        for warning in patches.warnings() {
            console.warn(warning);
        }
        return Ok(Source::Patches(patches));
    }
    if has(CDK) {
        return Ok(Source::Cdk(dir.to_owned()));
    }
    if names.is_empty() {
        return Err(Error::new(format!("the directory {shown} is empty")).hint(format!(
            "Put YAML patches ({PATCHES}) or a CDK app ({CDK}) there, or remove the directory."
        )));
    }
    let error = Error::new(format!("{shown} has neither {PATCHES} nor {CDK}"));
    let meant = names.iter().find_map(|name| Some((name, nearest(name, &[PATCHES, CDK])?)));
    Err(match meant {
        Some((name, meant)) => error.hint(format!("Rename {name} to {meant}.")),
        None => error.hint("The first holds YAML patches, the second names a CDK app."),
    })
}
