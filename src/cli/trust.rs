//! How far a workspace is trusted: it decides what is uploaded, and a CDK app in it is run.

use crate::cli::booleans;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::git;
use crate::ops::limits::Limits;
use crate::workspace::{Owner, Workspace};

/// Flags of every command that renders a template.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Fail instead of running a CDK app of the overrides. `COPILOT_NO_CDK=true` does the same.
    #[arg(long)]
    no_cdk: bool,
    /// Takes --no-cdk back, and `COPILOT_NO_CDK`.
    #[arg(long, hide = true, overrides_with = "no_cdk")]
    cdk: bool,
    /// Fail when a file outside the workspace would be used, uploaded or built into an image, be it named by its path or by
    /// a link. `COPILOT_NO_OUTSIDE_FILES=true` does the same. Without it such files are listed.
    #[arg(long)]
    no_outside_files: bool,
    /// Takes --no-outside-files back, and `COPILOT_NO_OUTSIDE_FILES`.
    #[arg(long, hide = true, overrides_with = "no_outside_files")]
    outside_files: bool,
}

impl Flags {
    /// What flags and environment variables refuse.
    pub(super) fn limits(&self, context: &Context) -> Result<Limits> {
        Ok(Limits {
            no_cdk: switch(self.no_cdk, self.cdk, "COPILOT_NO_CDK", context)?,
            no_outside_files: switch(
                self.no_outside_files,
                self.outside_files,
                "COPILOT_NO_OUTSIDE_FILES",
                context,
            )?,
        })
    }
}

/// What variables refuse, for a command without these flags.
pub(super) fn limits_of_variables(context: &Context) -> Result<Limits> {
    Flags { no_cdk: false, cdk: false, no_outside_files: false, outside_files: false }.limits(context)
}

/// A switch that a variable can set as well; the flags decide where one is given.
fn switch(on: bool, off: bool, variable: &str, context: &Context) -> Result<bool> {
    if on || off {
        return Ok(on);
    }
    match context.var(variable) {
        None => Ok(false),
        Some(value) => booleans::parse(&value).map_err(|expected| {
            Error::new(format!("the environment variable {variable}: {expected}"))
                .hint("Set it to true or false, or unset it.")
        }),
    }
}

/// Finds the workspace, and refuses one that belongs to somebody else.
pub(super) fn workspace(context: &Context) -> Result<Workspace> {
    let workspace = Workspace::find(&context.cwd)?;
    check(context, &workspace)?;
    Ok(workspace)
}

/// Refuses a workspace that belongs to somebody else.
pub(super) fn check(context: &Context, workspace: &Workspace) -> Result<()> {
    let caller = Owner::caller(context.var("SUDO_UID").as_deref());
    let allowed = || {
        // Git's first: an empty entry there takes back those before it.
        let mut allowed = git::safe_directories(context.var("HOME").as_deref());
        let own = context.var("COPILOT_SAFE_DIRECTORY").unwrap_or_default();
        allowed.extend(own.split(':').filter(|path| !path.is_empty()).map(str::to_owned));
        allowed
    };
    workspace.check_owner(caller, &allowed)
}
