//! The names that everything else about a deployment is derived from.

use std::path::PathBuf;

use super::request::Request;
use crate::ops::subject::Subject;
use crate::stack::follow::Linked;
use crate::stack::{self, ManagedStack};
use crate::template::cfn::names;
use crate::template::job::ids::ENV_CONTROLLER_TYPE;

/// The names that everything else is derived from.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub app: String,
    pub env: String,
    pub job: String,
    pub stack: String,
    pub env_stack: String,
    pub workspace_root: PathBuf,
    /// The application's environments; empty when they were not listed.
    pub environments: Vec<String>,
}

impl Target {
    pub(crate) fn new(request: &Request, env: String, job: String) -> Self {
        Self {
            stack: names::stack_name(&request.app, &env, &job),
            env_stack: names::env_stack_name(&request.app, &env),
            app: request.app.clone(),
            workspace_root: request.workspace.root().to_owned(),
            environments: Vec::new(),
            env,
            job,
        }
    }

    /// The job, for messages.
    pub(crate) fn subject(&self) -> Subject {
        Subject::Job { job: self.job.clone(), env: self.env.clone() }
    }

    /// Types of resources in the job's stack that stand for another stack: the env-controller's custom resource updates
    /// the environment's.
    pub(crate) fn linked(&self) -> [Linked; 1] {
        [Linked { resource_type: ENV_CONTROLLER_TYPE, stack: self.env_stack.clone() }]
    }

    /// The job's stack for the engine.
    pub(crate) fn managed<'a, C>(
        &'a self,
        cloudformation: &'a C,
        options: &'a stack::Options,
        linked: &'a [Linked],
        resume_with: &'a str,
    ) -> ManagedStack<'a, C> {
        ManagedStack { cloudformation, name: &self.stack, options, linked, resume_with }
    }

    /// The command that follows the operation in the job's stack.
    pub(crate) fn attach_command(&self) -> String {
        format!("copilot job deploy --attach --app {} --env {} --name {}", self.app, self.env, self.job)
    }
}
