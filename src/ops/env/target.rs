//! The names that everything else about an environment's deployment is derived from.

use std::path::PathBuf;

use super::request::Request;
use crate::ops::subject::Subject;
use crate::stack::{self, ManagedStack};
use crate::template::cfn::names::env_stack_name;

/// Which environment.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub app: String,
    pub env: String,
    pub stack: String,
    pub workspace_root: PathBuf,
}

impl Target {
    pub(crate) fn new(request: &Request, env: String) -> Self {
        Self {
            stack: env_stack_name(&request.app, &env),
            app: request.app.clone(),
            workspace_root: request.workspace.root().to_owned(),
            env,
        }
    }

    /// The environment, for messages.
    pub(crate) fn subject(&self) -> Subject {
        Subject::Environment(self.env.clone())
    }

    /// The environment's stack for the engine.
    pub(crate) fn managed<'a, C>(
        &'a self,
        cloudformation: &'a C,
        options: &'a stack::Options,
        resume_with: &'a str,
    ) -> ManagedStack<'a, C> {
        ManagedStack { cloudformation, name: &self.stack, options, linked: &[], resume_with }
    }

    /// The command that follows the operation in the environment's stack.
    pub(crate) fn attach_command(&self) -> String {
        format!("copilot env deploy --attach --app {} --name {}", self.app, self.env)
    }
}
