//! The job's final template: rendered, then changed by what its `overrides` directory holds
//! (`spec/deploy.md` §5.10). `taskdef_overrides` of the manifest are part of rendering and come before.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::Limits;
use super::events::{Event, Reporter};
use super::ports::{CdkInput, CdkRunner};
use crate::error::{Context as _, Error, Result};
use crate::files;
use crate::manifest::job::{Job, Placement};
use crate::manifest::suggest::nearest;
use crate::template::cfn::values::Values;
use crate::template::inputs::Inputs;
use crate::template::yaml_patches::Patches;
use crate::template::{self, Template, acceptable, cdk_output, limits};
use crate::text::{decode, sanitize};
use crate::workspace::Workspace;

const PATCHES: &str = "cfn.patches.yml";
const CDK: &str = "cdk.json";

/// Whether a file of the directory, by its name, changes the template.
pub(super) fn counts(name: &str) -> bool {
    name == PATCHES || name == CDK
}

/// More subnets than a placement by tags finds.
const MANY_SUBNETS: usize = 64;

/// What changes a job's template after rendering.
pub(super) struct Overrides {
    source: Source,
    /// The last template that a CDK app was given, and what it made of it.
    last: Mutex<Option<(Template, Template)>>,
}

enum Source {
    None,
    Patches(Patches),
    /// Directory of a CDK app.
    Cdk(PathBuf),
}

impl Overrides {
    /// Reads a job's `overrides` directory; there may be none.
    pub fn find(workspace: &Workspace, job: &str, limits: Limits, reporter: &dyn Reporter) -> Result<Self> {
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
                source(&dir, &shown, &names, reporter)?
            }
        };
        if let (Source::Cdk(app), true) = (&source, limits.no_cdk) {
            return Err(Error::new(format!("{} is a CDK app, and running one is forbidden", app.display()))
                .hint(
                    "--no-cdk or COPILOT_NO_CDK forbids it: a CDK app is a program, which gets your credentials. Turn it into \
                     YAML patches (cfn.patches.yml), or allow it with --no-cdk=false if you trust it.",
                ));
        }
        Ok(Self { source, last: Mutex::new(None) })
    }

    /// Checks all that can be checked before anything is known of the environment. `provisional` has
    /// placeholders for that.
    pub fn check(&self, cdk: &impl CdkRunner, job: &Job, provisional: &Inputs) -> Result<()> {
        // What a template has depends on the environment in two places only: on whether there is a
        // permissions boundary, and on the number of subnets that carry the manifest's tags. A patch is
        // wrong when it fits neither with nor without.
        let mut inputs = provisional.clone();
        if let Placement::SubnetsFromTags(_) = job.network.placement {
            inputs.subnets_from_tags = vec!["subnet".to_owned(); MANY_SUBNETS];
        }
        let mut check = |boundary: Option<&str>| {
            inputs.permissions_boundary = boundary.map(str::to_owned);
            let rendered = template::render(job, &inputs)?;
            match &self.source {
                Source::Patches(patches) => {
                    let values = acceptable::provisional_values(job, &inputs);
                    patched(patches, &rendered, job, &inputs, &values).map(drop)
                }
                Source::None => {
                    let values = acceptable::provisional_values(job, &inputs);
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
    ///
    /// A CDK app's packages are installed the first time only, and the app runs again only when the rendered
    /// template has changed since.
    pub async fn template(
        &self,
        cdk: &impl CdkRunner,
        job: &Job,
        inputs: &Inputs,
        reporter: &dyn Reporter,
    ) -> Result<Template> {
        let rendered = template::render(job, inputs)?;
        let values = acceptable::values(job, inputs);
        match &self.source {
            Source::None => usable(&rendered, job, inputs, &values, None).map(|()| rendered),
            Source::Patches(patches) => patched(patches, &rendered, job, inputs, &values),
            Source::Cdk(app) => {
                let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let on = |event| reporter.report(Event::Command(event));
                match last {
                    Some((before, after)) if before == rendered => return Ok(after),
                    Some(_) => {}
                    None => cdk.install(app, &on).await.with_context(|| not_changed(app))?,
                }
                let text = rendered.to_yaml();
                let input = CdkInput { app: &inputs.app, env: &inputs.env, template: &text };
                let printed = cdk.synthesize(app, &input, &on).await;
                let after = printed.and_then(|printed| cdk_output::template(&printed));
                let after = after.with_context(|| not_changed(app))?;
                let fits = template::check_parameters(&after.body, job, inputs)
                    .and_then(|()| usable(&after, job, inputs, &values, None));
                fits.with_context(|| format!("the CDK app in {}", app.display()))?;
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((rendered, after.clone()));
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
    template::check_parameters(&template.body, job, inputs).with_context(|| patches.file().to_owned())?;
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
    acceptable::check(template, job, values, file)?;
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
fn source(dir: &Path, shown: &str, names: &[String], reporter: &dyn Reporter) -> Result<Source> {
    let has = |name: &str| names.iter().any(|n| n == name);
    if has(PATCHES) {
        if has(CDK) {
            reporter.report(Event::Warning(format!(
                "{shown} has both {PATCHES} and {CDK}; the patches are applied, the CDK app is not run."
            )));
        }
        let file = format!("{shown}/{PATCHES}");
        let bytes = files::read(&dir.join(PATCHES), files::TEXT)
            .map_err(|e| Error::new(format!("cannot read {file}: {e}")))?;
        let text = decode(bytes).map_err(|e| e.error(&file))?;
        let patches = Patches::read(&file, &text)?;
        for warning in patches.warnings() {
            reporter.report(Event::Warning(warning));
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
        Some((name, meant)) => error.hint(format!("Rename {} to {meant}.", sanitize(name))),
        None => error.hint("The first holds YAML patches, the second names a CDK app."),
    })
}

#[cfg(test)]
#[path = "overrides_tests.rs"]
mod tests;
