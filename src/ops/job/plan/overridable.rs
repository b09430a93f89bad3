//! A job's template for its overrides.

use crate::error::{Context as _, Result};
use crate::manifest::job::{Job, Placement};
use crate::ops::overrides::Overridable;
use crate::template::cfn::template::Template;
use crate::template::cfn::values::Values;
use crate::template::job::inputs::Inputs;
use crate::template::job::{check, check_parameters, limits, render};
use crate::yaml::Node;

/// More subnets than a placement by tags finds.
const MANY_SUBNETS: usize = 64;

/// A job with what its template is rendered from.
pub(crate) struct JobTemplate<'a> {
    job: &'a Job,
    inputs: Inputs,
    values: Values,
}

impl<'a> JobTemplate<'a> {
    /// The template with everything known.
    pub(crate) fn new(job: &'a Job, inputs: &Inputs) -> Self {
        Self { job, inputs: inputs.clone(), values: check::values(job, inputs) }
    }

    /// Templates with placeholders for what the environment decides. What a template has depends on it in two places only:
    /// on whether there is a permissions boundary, and on the number of subnets that carry the manifest's tags.
    pub(crate) fn provisional(job: &'a Job, placeholders: &Inputs) -> [Self; 2] {
        [None, Some("boundary")].map(|boundary| {
            let mut inputs = placeholders.clone();
            if let Placement::SubnetsFromTags(_) = job.network.placement {
                inputs.subnets_from_tags = vec!["subnet".to_owned(); MANY_SUBNETS];
            }
            inputs.permissions_boundary = boundary.map(str::to_owned);
            Self { job, values: check::provisional_values(job, &inputs), inputs }
        })
    }
}

impl Overridable for JobTemplate<'_> {
    fn app(&self) -> &str {
        &self.inputs.app
    }

    fn env(&self) -> &str {
        &self.inputs.env
    }

    fn render(&self) -> Result<Template> {
        render(self.job, &self.inputs)
    }

    fn takes_parameters(&self, body: &Node) -> Result<()> {
        check_parameters(body, self.job, &self.inputs)
    }

    fn check(&self, template: &Template, file: Option<&str>) -> Result<()> {
        check::check(template, self.job, &self.values, file)?;
        let fits = limits::check(template, self.job, &self.inputs);
        match file {
            Some(file) => fits.with_context(|| file.to_owned()),
            None => fits,
        }
    }
}
