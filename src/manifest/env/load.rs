//! From a manifest's text to an [`Environment`]: syntax, name and type, interpolation, decoding, validation.

use super::{Environment, decode, validate};
use crate::manifest::document::{self, Source};
use crate::manifest::findings::{Diagnostics, Finding, Findings, Located, Place};
use crate::manifest::interpolate::{self, Scope};
use crate::yaml::Node;

/// The type of an environment's manifest.
pub const ENVIRONMENT_TYPE: &str = "Environment";

/// What the manifest is read for.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Name of the application.
    pub app: &'a str,
    /// The environment's name, which is its directory's.
    pub env: &'a str,
    /// The process's environment variables.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
}

/// An environment's manifest that can be deployed.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The environment.
    pub environment: Environment,
    /// The manifest with its variables replaced, for the template's metadata. Comments and layout stay.
    pub text: String,
    /// What works, but maybe not as its author thinks.
    pub warnings: Vec<Finding>,
}

/// Reads and checks the manifest of an environment.
///
/// # Errors
///
/// Every mistake found, in the order of the file. After a syntax error or a wrong type nothing else is looked at; what
/// only follows from another mistake in the same field is left out.
pub fn load(source: Source<'_>, target: Target<'_>) -> Result<Manifest, Findings> {
    let mut diagnostics = Diagnostics::with_hints(decode::MISPLACED);
    let start = format!(
        "`copilot env show --name {0} --manifest` prints the deployed one; `copilot env init --name {0}` writes one for \
         a new environment",
        target.env
    );
    let Some((root, whole)) = document::read(source.text, &start, &mut diagnostics) else {
        return Err(diagnostics.finish(source.path, source.text, &[]));
    };
    document::check_name(&root, target.env, &whole, &mut diagnostics);
    let scope = Scope { app: target.app, env: target.env, lookup: target.lookup };
    let interpolated = interpolate::interpolate(root, source.text, &scope, &mut diagnostics);
    let substituted = diagnostics.mistakes();
    let finish =
        |diagnostics: Diagnostics| diagnostics.finish(source.path, source.text, &interpolated.variables);
    if !check_type(&interpolated.root, &whole, &mut diagnostics) {
        return Err(finish(diagnostics));
    }
    let layer = decode::environment(&interpolated.root, &mut diagnostics);
    // A field whose variable is not defined is told once.
    diagnostics.drop_consequences(substituted);
    let decoded = diagnostics.mistakes();
    let environment = validate::environment(layer, target.env, &mut diagnostics);
    diagnostics.drop_consequences(decoded);
    if diagnostics.failed() {
        return Err(finish(diagnostics));
    }
    let warnings = finish(diagnostics).warnings;
    Ok(Manifest { environment, text: interpolated.text, warnings })
}

/// Whether the manifest is an environment's.
fn check_type(root: &Node, whole: &Place, diagnostics: &mut Diagnostics) -> bool {
    let Some(Located { value, place }) = document::written_type(root, ENVIRONMENT_TYPE, whole, diagnostics)
    else {
        return false;
    };
    if value == ENVIRONMENT_TYPE {
        return true;
    }
    let message = format!("this is the manifest of a `{value}`, not of an environment");
    let help = format!("write `type: {ENVIRONMENT_TYPE}` if it is an environment's");
    diagnostics.error_help(&place, message, help);
    false
}
