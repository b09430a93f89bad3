//! The application's stack set, by its template.

use crate::error::Result;
use crate::template::app::ids::TEMPLATE_VERSION;
use crate::template::app::stack_set::{self, Config};
use crate::template::version;

/// What the template of the stack set says.
#[derive(Debug)]
pub(crate) struct Set {
    /// The workloads it is made for.
    pub config: Config,
    /// Version of the template.
    pub version: String,
}

impl Set {
    pub(crate) fn new(template: &str) -> Result<Self> {
        Ok(Self {
            config: stack_set::read(template)?,
            version: version::of_template(template, TEMPLATE_VERSION),
        })
    }

    /// Whether a workload is listed with a repository.
    pub(crate) fn has_repository(&self, workload: &str) -> bool {
        self.config.workloads.iter().any(|listed| listed.name == workload && listed.with_ecr)
    }
}
