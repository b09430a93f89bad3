//! Everything that can be decided, and can fail, without AWS: the manifest, addons, overrides, the functions' code.

use super::environment_plan::{ADDONS, ADDONS_OWNER, EnvironmentPlan, Function, OVERRIDES};
use super::rendering::EnvironmentTemplate;
use crate::addons::package::Packaging;
use crate::addons::{self, Owner};
use crate::custom_resources::{ENVIRONMENT_FUNCTIONS, EnvironmentFunction};
use crate::error::{Error, Remark, Result, Severity};
use crate::manifest::Source;
use crate::manifest::env::{self, Manifest};
use crate::ops;
use crate::ops::adapters::Adapters;
use crate::ops::env::request::Request;
use crate::ops::env::target::Target;
use crate::ops::outside::Outside;
use crate::ops::overrides::{self, Overridable, Overrides};
use crate::report::{Console, Event};
use crate::template::cfn::template::Template;

/// Checks the environment offline.
pub(crate) async fn prepare<W: Adapters>(
    world: &W,
    request: &Request,
    target: &Target,
    console: &Console<'_>,
) -> Result<EnvironmentPlan> {
    let workspace = &request.workspace;
    let path = workspace.environment_manifest_display(&target.env);
    let shared = workspace.copilot_dir.join("environments");
    let (overrides_dir, addons_dir) = (shared.join("overrides"), shared.join("addons"));
    let mut outside = Outside::new(&target.workspace_root, request.limits.no_outside_files);
    outside.look(path, &workspace.environment_manifest_path(&target.env));
    outside.look_inside(OVERRIDES, &overrides_dir, overrides::counts);
    outside.look_inside(ADDONS, &addons_dir, |name| name.ends_with(".yml") || name.ends_with(".yaml"));
    // Before any of them is read: an error may show what stands in a file.
    outside.check()?;
    let Manifest { environment, text: manifest_text, .. } = manifest(world, request, target, console)?;
    let overrides = Overrides::find(&overrides_dir, OVERRIDES, request.limits, console)?;
    let known = addons::Target { app: &target.app, env: &target.env };
    let loaded = addons::load(&addons_dir, ADDONS, Owner::Environment, &known)?;
    let (addons, packaging) = match loaded.addons {
        Some(addons) => {
            let root = target.workspace_root.clone();
            let (addons, packaging) = ops::addons::package(addons, ADDONS_OWNER.to_owned(), root).await?;
            (Some(addons), packaging)
        }
        None => (None, Packaging::default()),
    };
    for message in loaded.warnings.into_iter().chain(packaging.warnings.iter().cloned()) {
        let (severity, file) = (Severity::Warning, ADDONS.to_owned());
        console.report(Event::ManifestWarning(Remark { severity, file, line: 0, column: 0, message }));
    }
    for (path, file) in &packaging.read {
        outside.look(format!("{ADDONS}: {path}"), file);
    }
    outside.tell(console)?;
    let plan = EnvironmentPlan {
        environment,
        manifest_text,
        addons,
        packaging,
        functions: ENVIRONMENT_FUNCTIONS.iter().map(function).collect::<Result<_>>()?,
        overrides,
    };
    plan.overrides.check(&world.cdk(), &EnvironmentTemplate::provisional(&plan, target)?)?;
    Ok(plan)
}

/// The template that the manifest alone leads to: with placeholders for what AWS tells, and without addons and overrides.
pub(crate) fn provisional_template<W: Adapters>(
    world: &W,
    request: &Request,
    target: &Target,
    console: &Console<'_>,
) -> Result<Template> {
    let Manifest { environment, text: manifest_text, .. } = manifest(world, request, target, console)?;
    let plan = EnvironmentPlan {
        environment,
        manifest_text,
        addons: None,
        packaging: Packaging::default(),
        functions: ENVIRONMENT_FUNCTIONS.iter().map(function).collect::<Result<_>>()?,
        overrides: Overrides::NONE,
    };
    // The one with a domain and a boundary has the most resources.
    let variants = EnvironmentTemplate::provisional(&plan, target)?;
    variants.last().map_or_else(|| Err(Error::new("there is no template")), Overridable::render)
}

/// Reads the environment's manifest and reports what is doubtful in it.
fn manifest<W: Adapters>(
    world: &W,
    request: &Request,
    target: &Target,
    console: &Console<'_>,
) -> Result<Manifest> {
    let path = request.workspace.environment_manifest_display(&target.env);
    let text = request.workspace.read_environment_manifest(&target.env)?;
    let lookup = |name: &str| world.var(name);
    let manifest = env::load(
        Source { path: &path, text: &text },
        env::Target { app: &target.app, env: &target.env, lookup: &lookup },
    );
    let manifest = manifest.map_err(Error::from)?;
    for warning in &manifest.warnings {
        console.report(Event::ManifestWarning(warning.remark(Severity::Warning)));
    }
    Ok(manifest)
}

fn function(function: &EnvironmentFunction) -> Result<Function> {
    Ok(Function { name: function.name, zip: function.zip()?.into() })
}
