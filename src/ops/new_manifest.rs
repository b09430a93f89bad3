//! New manifests: stored with the schema that their first line names.

use crate::error::Result;
use crate::workspace::Workspace;

pub use crate::manifest::schema::{Subject, schema};

/// Writes a job's manifest unless there is one. Returns what to say of it when it was written.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_job(workspace: &Workspace, job: &str, text: &str) -> Result<Option<String>> {
    let stored = store_schema(workspace, Subject::Job)?;
    let written = workspace.write_job_manifest(job, text)?;
    Ok(written.then(|| told(&workspace.manifest_display(job), stored.as_deref())))
}

/// Writes an environment's manifest unless there is one. Returns what to say of it when it was written.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_environment(workspace: &Workspace, env: &str, text: &str) -> Result<Option<String>> {
    let stored = store_schema(workspace, Subject::Environment)?;
    let written = workspace.write_environment_manifest(env, text)?;
    Ok(written.then(|| told(&workspace.environment_manifest_display(env), stored.as_deref())))
}

/// Stores the schema, before the manifest that names it. Returns its path when it is new.
fn store_schema(workspace: &Workspace, subject: Subject) -> Result<Option<String>> {
    workspace.write_schema(subject.file(), &schema(subject))
}

fn told(manifest: &str, schema: Option<&str>) -> String {
    let schema = schema.map(|path| format!(", and its schema for editors, {path}"));
    format!("Wrote the manifest {manifest}{}", schema.unwrap_or_default())
}
