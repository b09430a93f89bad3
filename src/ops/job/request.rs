//! What the user asked for.

use std::collections::BTreeMap;

use crate::ops::limits::Limits;
use crate::stack;
use crate::workspace::Workspace;

/// Which job to deploy or package, to which environment, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Workspace with the job's manifest.
    pub workspace: Workspace,
    /// Application name.
    pub app: String,
    /// Environment name; asked for when absent.
    pub env: Option<String>,
    /// Job name; asked for when absent.
    pub job: Option<String>,
    /// Image tag.
    pub tag: Option<String>,
    /// Extra stack tags.
    pub resource_tags: BTreeMap<String, String>,
    /// Skip the version check.
    pub allow_downgrade: bool,
    /// Follow the operation under way in the job's stack instead of deploying.
    pub attach: bool,
    /// Return once the change set is executing.
    pub detach: bool,
    /// What of the workspace is refused.
    pub limits: Limits,
    /// Show what would change and ask before anything is pushed.
    pub diff: bool,
    /// Answer that question with yes.
    pub diff_yes: bool,
    /// How to deal with the job's stack.
    pub stack: stack::Options,
}

impl Request {
    /// One that asks for nothing special.
    pub fn new(workspace: Workspace, app: String, env: Option<String>, job: Option<String>) -> Self {
        Self {
            workspace,
            app,
            env,
            job,
            tag: None,
            resource_tags: BTreeMap::new(),
            allow_downgrade: false,
            attach: false,
            detach: false,
            limits: Limits::default(),
            diff: false,
            diff_yes: false,
            stack: stack::Options::default(),
        }
    }
}
