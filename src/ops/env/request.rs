//! What the user asked for.

use crate::ops::limits::Limits;
use crate::stack;
use crate::workspace::Workspace;

/// Which environment to deploy or package, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Workspace with the environment's manifest.
    pub workspace: Workspace,
    /// Application name.
    pub app: String,
    /// Environment name; asked for when absent.
    pub env: Option<String>,
    /// Skip the version check.
    pub allow_downgrade: bool,
    /// Follow the operation under way in the environment's stack instead of deploying.
    pub attach: bool,
    /// Return once the change set is executing.
    pub detach: bool,
    /// Make a difference in any case.
    pub force: bool,
    /// What of the workspace is refused.
    pub limits: Limits,
    /// Show what would change and ask before anything is uploaded.
    pub diff: bool,
    /// Answer that question with yes.
    pub diff_yes: bool,
    /// How to deal with the environment's stack.
    pub stack: stack::Options,
}

impl Request {
    /// One that asks for nothing special.
    pub fn new(workspace: Workspace, app: String, env: Option<String>) -> Self {
        Self {
            workspace,
            app,
            env,
            allow_downgrade: false,
            attach: false,
            detach: false,
            force: false,
            limits: Limits::default(),
            diff: false,
            diff_yes: false,
            stack: stack::Options::default(),
        }
    }
}
