//! The template, rendered with the images' names; and how it and everything beside it gets to CloudFormation.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::events::{Event, Reporter};
use super::images::Artifacts;
use super::ports::{CdkRunner, EnvironmentAccount, Stored, TemplateSource};
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
    pub source: TemplateSource,
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

/// The longest template that CloudFormation takes with the call, in bytes.
const INLINE: usize = 51_200;

/// Renders the template, and uploads it if it is too long to be sent with the change set: what does not pass through the
/// bucket, which other environments may write to, cannot be replaced there.
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
    let source = if text.len() <= INLINE {
        TemplateSource::Inline(text)
    } else {
        let object = S3Object {
            bucket: state.regional.bucket.clone(),
            key: artifacts::template_key(&target.stack, &text),
        };
        let url = artifacts::object_url(&state.environment.region, &object);
        store(state, &object, text.into(), reporter).await?;
        TemplateSource::Url(url)
    };
    Ok(Rendered {
        source,
        parameters,
        tags,
        descriptions: template::descriptions(&rendered.body),
        template: rendered.body,
        pushed_by_tag: artifacts.pushed_by_tag,
    })
}

/// Stores an object; other content that was in its place is told.
pub(super) async fn store<E: EnvironmentAccount>(
    state: &State<E>,
    object: &S3Object,
    content: Bytes,
    reporter: &dyn Reporter,
) -> Result<()> {
    // A copy shares the content.
    let stored = state.manager.put_artifact(object, content.clone()).await?;
    if stored == Stored::Replaced {
        let named = artifacts::is_named_after(&object.key, &content);
        reporter.report(Event::Warning(replaced(object, named)));
    }
    Ok(())
}

/// What to know of an object that held something else; `named` after its content, so that nothing else belongs there.
pub(super) fn replaced(object: &S3Object, named: bool) -> String {
    let S3Object { bucket, key } = object;
    let who = match named {
        true => "somebody with write access to the bucket put something else there",
        // The name of an archive has the hash of the files that were packed, not of the archive.
        false => {
            "AWS Copilot CLI or another version of this program packed the same files, or somebody with write access to the \
             bucket put something else there"
        }
    };
    format!(
        "s3://{bucket}/{key} did not hold what belongs there, and was replaced: {who}. Earlier deployments may have used it; see \
         its versions with `aws s3api list-object-versions --bucket {bucket} --prefix {key}`."
    )
}
