//! The final template of a job or an environment: rendered, then changed by what the `overrides` directory holds.
//! `taskdef_overrides` of a job's manifest are part of rendering and come before.

use std::fs;
use std::path::{Path, PathBuf};

use super::limits::Limits;
use crate::error::{Context as _, Error, Result};
use crate::files;
use crate::manifest::suggest::nearest;
use crate::ops::port::{CdkInput, CdkRunner};
use crate::report::{Console, Event};
use crate::template::cfn::cdk_output;
use crate::template::cfn::patches::Patches;
use crate::template::cfn::template::Template;
use crate::text::decode;
use crate::yaml::Node;

const PATCHES: &str = "cfn.patches.yml";
const CDK: &str = "cdk.json";

/// Whether a file of the directory, by its name, changes the template.
pub(crate) fn counts(name: &str) -> bool {
    name == PATCHES || name == CDK
}

/// A template that overrides may change, with what it is made from.
pub(crate) trait Overridable {
    /// Application name.
    fn app(&self) -> &str;
    /// Environment name.
    fn env(&self) -> &str;
    /// Renders it, without overrides.
    fn render(&self) -> Result<Template>;
    /// Whether a changed one still takes the parameters that are sent with it.
    fn takes_parameters(&self, body: &Node) -> Result<()>;
    /// Whether CloudFormation and the services behind it take a final one, as far as that is known here. `file` is the
    /// one that changed it.
    fn check(&self, template: &Template, file: Option<&str>) -> Result<()>;
}

/// What changes a template after rendering.
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
    /// No overrides.
    pub(crate) const NONE: Self = Self { source: Source::None };

    /// Reads an `overrides` directory, which people call `shown`; there may be none.
    pub(crate) fn find(dir: &Path, shown: &str, limits: Limits, console: &Console<'_>) -> Result<Self> {
        let source = match fs::read_dir(dir) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && fs::symlink_metadata(dir).is_err() => {
                Source::None
            }
            Err(e) => return Err(Error::new(format!("cannot read the directory {shown}: {e}"))),
            Ok(entries) => {
                let names = entries.map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()));
                let names: Vec<String> = names
                    .collect::<Result<_, _>>()
                    .map_err(|e| Error::new(format!("cannot read the directory {shown}: {e}")))?;
                source(dir, shown, &names, console)?
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

    /// Checks all that can be checked before anything is known of the environment. The variants differ in what only that
    /// tells; a patch is wrong when it fits none of them.
    pub(crate) fn check<T: Overridable>(&self, cdk: &impl CdkRunner, variants: &[T]) -> Result<()> {
        let check = |variant: &T| {
            let rendered = variant.render()?;
            match &self.source {
                Source::Patches(patches) => patched(patches, &rendered, variant).map(drop),
                Source::None => variant.check(&rendered, None),
                Source::Cdk(_) => Ok(()),
            }
        };
        let mut result = Ok(());
        for variant in variants {
            result = check(variant);
            if result.is_ok() {
                break;
            }
        }
        result?;
        match &self.source {
            Source::Cdk(app) => cdk.check(app),
            Source::None | Source::Patches(_) => Ok(()),
        }
    }

    /// The template that is deployed, from everything known of its surroundings.
    pub(crate) async fn template(
        &self,
        cdk: &impl CdkRunner,
        original: &impl Overridable,
        console: &Console<'_>,
    ) -> Result<Template> {
        let rendered = original.render()?;
        match &self.source {
            Source::None => original.check(&rendered, None).map(|()| rendered),
            Source::Patches(patches) => patched(patches, &rendered, original),
            Source::Cdk(app) => {
                let on = |event| console.report(Event::Command(event));
                cdk.install(app, &on).await.with_context(|| not_changed(app))?;
                let text = rendered.to_yaml();
                let input = CdkInput { app: original.app(), env: original.env(), template: &text };
                let printed = cdk.synthesize(app, &input, &on).await;
                let after = printed.and_then(|printed| cdk_output::template(&printed, rendered.header));
                let after = after.with_context(|| not_changed(app))?;
                let fits = original.takes_parameters(&after.body).and_then(|()| original.check(&after, None));
                fits.with_context(|| format!("the CDK app in {}", app.display()))?;
                Ok(after)
            }
        }
    }
}

fn patched(patches: &Patches, rendered: &Template, original: &impl Overridable) -> Result<Template> {
    let template = patches.apply(rendered)?;
    original.takes_parameters(&template.body).with_context(|| patches.file().to_owned())?;
    original.check(&template, Some(patches.file()))?;
    Ok(template)
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
