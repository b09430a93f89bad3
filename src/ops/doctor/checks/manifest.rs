//! The job's manifest for each environment.

use crate::ops::doctor::facts::{LoadedManifest, told};
use crate::ops::doctor::finding::{About, Check, Finding};

/// `env` is `None` when no environment is known.
pub(crate) fn manifest(job: &str, env: Option<&str>, manifest: Option<&LoadedManifest>) -> Finding {
    let about = match env {
        Some(env) => About::job(Check::Manifest, job, env),
        None => About::of_job(Check::Manifest, job),
    };
    let with = |finding: Finding, help: &str| {
        if help.is_empty() { finding } else { finding.advice(help) }
    };
    match manifest {
        None => about.skipped("it is not in this workspace"),
        Some(Err(fault)) => with(about.failure(fault.evidence.clone()), &fault.help),
        Some(Ok(manifest)) if manifest.warnings.is_empty() => {
            about.ok(format!("copilot/{job}/manifest.yml can be deployed"))
        }
        Some(Ok(manifest)) => {
            let help = manifest.warnings.iter().filter_map(|warning| warning.help.clone());
            with(about.warning(told(&manifest.warnings)), &help.collect::<Vec<_>>().join("; "))
        }
    }
}
