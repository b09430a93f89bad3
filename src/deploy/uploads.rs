//! The final template, rendered with the images' names and stored where CloudFormation reads it.

use std::collections::BTreeMap;

use super::events::Reporter;
use super::images::Artifacts;
use super::ports::{CdkRunner, EnvironmentAccount};
use super::prepare::Prepared;
use super::state::State;
use super::{Request, Target};
use crate::error::Result;
use crate::template::inputs::S3Object;
use crate::template::{self, ResourceDescription, artifacts};
use crate::yaml::Node;

/// What is proposed to CloudFormation.
pub(super) struct Rendered {
    pub template: Node,
    pub template_url: String,
    /// The template, when it was not uploaded because the stack was created from that very text, so
    /// that it lies there already.
    pub unsent: Option<(S3Object, Vec<u8>)>,
    pub parameters: Vec<(String, String)>,
    pub tags: BTreeMap<String, String>,
    pub descriptions: Vec<ResourceDescription>,
    pub pushed_by_tag: Vec<String>,
}

/// The tags of the job's stack.
pub(super) fn tags<E>(target: &Target, request: &Request, state: &State<E>) -> BTreeMap<String, String> {
    let none = BTreeMap::new();
    let of_application = state.application.tags.as_ref().unwrap_or(&none);
    template::stack_tags(of_application, &request.resource_tags, &target.app, &target.env, &target.job)
}

/// Renders and uploads the template.
pub(super) async fn template<E: EnvironmentAccount>(
    target: &Target,
    request: &Request,
    prepared: &Prepared,
    state: &State<E>,
    artifacts: Artifacts,
    cdk: &impl CdkRunner,
    reporter: &dyn Reporter,
) -> Result<Rendered> {
    let inputs = artifacts.inputs;
    let rendered = prepared.overrides.template(cdk, &prepared.job, &inputs, reporter).await?;
    let text = rendered.to_yaml();
    let object = S3Object {
        bucket: state.regional.bucket.clone(),
        key: artifacts::template_key(&target.stack, &text),
    };
    let template_url = artifacts::object_url(&state.environment.region, &object);
    let deployed = state.deployed.as_ref().is_some_and(|deployed| deployed.text == text);
    let unsent = if deployed {
        Some((object, text.into_bytes()))
    } else {
        state.manager.put_artifact(&object, text.into_bytes()).await?;
        None
    };
    Ok(Rendered {
        template_url,
        unsent,
        parameters: template::parameters(&prepared.job, &inputs),
        tags: tags(target, request, state),
        descriptions: template::descriptions(&rendered.body),
        template: rendered.body,
        pushed_by_tag: artifacts.pushed_by_tag,
    })
}
