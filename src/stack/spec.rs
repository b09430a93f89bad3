//! What a command tells the engine: which stack, how to deal with it, and what it shall become.

use std::collections::BTreeMap;
use std::time::Duration;

use super::change_set::hazards::Hazards;
use super::follow::{Linked, OnInterrupt, Operation};
use super::port::{Stack, TemplateSource};
use super::status::{self, Presence};
use super::timeout;
use crate::diff::meaning::Comparison;
use crate::template::cfn::template::ResourceDescription;

/// How to deal with a stack and with operations on it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Deploy in CloudFormation's Express mode.
    pub express: bool,
    /// Leave a failed stack as it is.
    pub no_rollback: bool,
    /// Wait for an operation that is under way instead of failing.
    pub wait: bool,
    /// Continue a rollback that is stuck, without asking.
    pub continue_rollback: bool,
    /// Resources that a continued rollback leaves as they are.
    pub resources_to_skip: Vec<String>,
    /// Replace a half-deleted stack without asking.
    pub recreate: bool,
    /// Go on although resources that hold data or identity are replaced or deleted.
    pub allow_replacement: bool,
    /// How long to wait for an operation's end.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            express: false,
            no_rollback: false,
            wait: false,
            continue_rollback: false,
            resources_to_skip: Vec::new(),
            recreate: false,
            allow_replacement: false,
            timeout: timeout::DEFAULT,
        }
    }
}

/// A stack that a command deploys.
pub struct ManagedStack<'a, C> {
    /// Where it is.
    pub cloudformation: &'a C,
    /// Its name.
    pub name: &'a str,
    /// How to deal with it.
    pub options: &'a Options,
    /// Types of resources that stand for another stack, beside nested stacks.
    pub linked: &'a [Linked],
    /// The command that follows an operation on it.
    pub resume_with: &'a str,
}

impl<'a, C> ManagedStack<'a, C> {
    /// An operation on it, to be completed with where it begins and how it is shown.
    pub fn operation(&self, id: &'a str, on_interrupt: OnInterrupt) -> Operation<'a> {
        Operation {
            stack: self.name,
            id,
            since: 0.0,
            after: None,
            title: String::new(),
            resources: Vec::new(),
            linked: self.linked,
            limit: self.options.timeout,
            on_interrupt,
            resume_with: self.resume_with,
        }
    }
}

/// What a stack shall become.
pub struct Update<'a> {
    /// The stack as it is.
    pub existing: Option<&'a Stack>,
    /// Role CloudFormation works with; empty for the caller's own credentials.
    pub role_arn: &'a str,
    /// The template.
    pub template: &'a TemplateSource,
    /// Parameter values, all of them.
    pub parameters: &'a [(String, String)],
    /// Parameters that keep the value the stack has when the change set is created, which may be another one than was read.
    pub kept_parameters: &'a [&'a str],
    /// Stack tags.
    pub tags: &'a BTreeMap<String, String>,
    /// What the new template changes in the deployed one.
    pub comparison: &'a Comparison,
    /// What is known of the stack's resources.
    pub hazards: Hazards<'a>,
    /// Resources with a description, for the screen.
    pub descriptions: &'a [ResourceDescription],
}

impl Update<'_> {
    /// What the change set finds in place of the stack.
    pub fn presence(&self) -> Presence {
        status::presence(self.existing.map(|stack| &stack.status))
    }
}
