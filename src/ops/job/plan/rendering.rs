//! The template, rendered once, with the images' names.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::manifest::job::Job;
use crate::ops::desired::DesiredStack;
use crate::ops::job::plan::overridable::JobTemplate;
use crate::ops::job::plan::prepare::JobPlan;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::port::CdkRunner;
use crate::report::Console;
use crate::template::cfn::template::Template;
use crate::template::job::inputs::{ImageRef, Inputs};
use crate::template::job::{check, log_group, parameters};
use crate::template::tags::stack_tags;
use crate::yaml::{Kind, Node};

/// A job's template, rendered and overridden once. Images that only a push names have a placeholder in it.
pub(crate) struct RenderedJob {
    template: Template,
    /// What the template was rendered with.
    images: BTreeMap<String, ImageRef>,
}

impl RenderedJob {
    /// Renders a job and applies its overrides; a CDK app runs for it.
    ///
    /// # Errors
    /// When the job cannot be rendered, or its overrides cannot be applied.
    pub(crate) async fn new(
        prepared: &JobPlan,
        inputs: &Inputs,
        cdk: &impl CdkRunner,
        console: &Console<'_>,
    ) -> Result<Self> {
        let template =
            prepared.overrides.template(cdk, &JobTemplate::new(&prepared.job, inputs), console).await?;
        Ok(Self { template, images: inputs.images.clone() })
    }

    /// Whether the template makes a log group of this name for certain.
    pub(crate) fn makes_log_group(&self, name: &str, job: &Job, inputs: &Inputs) -> bool {
        log_group::is_made(&self.template.body, &check::values(job, inputs), name)
    }

    /// The template with the digests of images in the place of placeholders.
    fn with_images(&self, images: &BTreeMap<String, ImageRef>) -> Template {
        let mut template = self.template.clone();
        for (container, placeholder) in &self.images {
            let digest = images.get(container).and_then(|image| image.digest.as_deref());
            if let (Some(placeholder), Some(digest)) = (placeholder.digest.as_deref(), digest)
                && placeholder != digest
            {
                replace(&mut template.body, placeholder, digest);
            }
        }
        template
    }

    /// What the stack shall become, with all that is known of its images by now.
    pub(crate) fn desired<E>(
        &self,
        target: &Target,
        request: &Request,
        prepared: &JobPlan,
        state: &Surroundings<E>,
        inputs: &Inputs,
    ) -> DesiredStack {
        DesiredStack {
            template: self.with_images(&inputs.images),
            parameters: parameters(&prepared.job, inputs),
            tags: stack_tags(
                state.application.tags.as_ref().unwrap_or(&BTreeMap::new()),
                &request.resource_tags,
                &target.app,
                &target.env,
                &target.job,
            ),
        }
    }
}

fn replace(node: &mut Node, from: &str, to: &str) {
    match &mut node.kind {
        Kind::Scalar(scalar) if scalar.text.contains(from) => scalar.text = scalar.text.replace(from, to),
        Kind::Scalar(_) => {}
        Kind::Sequence(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                replace(key, from, to);
                replace(value, from, to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::job::plan::prepare::placeholder_digest;
    use crate::yaml;

    #[test]
    fn digests_take_the_place_of_placeholders() {
        let (one, two) = (placeholder_digest("one"), placeholder_digest("two"));
        assert_ne!(one, two);
        let text = format!("A: repo@{one}\nB: [!Sub 'repo@{two} ${{X}}', repo:tag]\n? {one}\n: 1\n");
        let image = |digest: &str| ImageRef { tag: None, digest: Some(digest.to_owned()) };
        let rendered = RenderedJob {
            template: Template { body: yaml::load(&text).unwrap().unwrap(), header: "" },
            images: BTreeMap::from([("one".to_owned(), image(&one)), ("two".to_owned(), image(&two))]),
        };
        let pushed = BTreeMap::from([
            ("one".to_owned(), image("sha256:1")),
            ("two".to_owned(), image("(known after push)")),
        ]);
        insta::assert_snapshot!(yaml::emit(&rendered.with_images(&pushed).body), @"
        A: repo@sha256:1
        B:
          - !Sub repo@(known after push) ${X}
          - repo:tag
        sha256:1: 1
        ");
        assert_eq!(rendered.with_images(&rendered.images), rendered.template);
    }
}
