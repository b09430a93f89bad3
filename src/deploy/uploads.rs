//! The template, rendered with the images' names, and stored where CloudFormation reads it.

use std::collections::BTreeMap;

use super::events::Reporter;
use super::images::Artifacts;
use super::ports::{CdkRunner, EnvironmentAccount};
use super::prepare::Prepared;
use super::state::State;
use super::{Request, Target};
use crate::error::Result;
use crate::template::inputs::{Inputs, S3Object};
use crate::template::{self, ResourceDescription, Template, artifacts};
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

/// The template, parameters and tags of a stack as it shall become.
pub(super) struct Draft {
    pub template: Template,
    pub parameters: Vec<(String, String)>,
    pub tags: BTreeMap<String, String>,
}

/// Renders what the stack shall become.
pub(super) async fn draft<E>(
    target: &Target,
    request: &Request,
    prepared: &Prepared,
    state: &State<E>,
    inputs: &Inputs,
    cdk: &impl CdkRunner,
    reporter: &dyn Reporter,
) -> Result<Draft> {
    Ok(Draft {
        template: prepared.overrides.template(cdk, &prepared.job, inputs, reporter).await?,
        parameters: template::parameters(&prepared.job, inputs),
        tags: template::stack_tags(
            state.application.tags.as_ref().unwrap_or(&BTreeMap::new()),
            &request.resource_tags,
            &target.app,
            &target.env,
            &target.job,
        ),
    })
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
    let Draft { template: rendered, parameters, tags } =
        draft(target, request, prepared, state, &artifacts.inputs, cdk, reporter).await?;
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
        parameters,
        tags,
        descriptions: template::descriptions(&rendered.body),
        template: rendered.body,
        pushed_by_tag: artifacts.pushed_by_tag,
    })
}
