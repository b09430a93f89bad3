//! `job package --diff`: what `job deploy` would change, without building or uploading anything.
//!
//! Locations of uploads are made of content hashes, so they are known beforehand. An image is known by its tag; one that
//! would be named by its digest is taken to be the deployed one, since only a build can tell. So is a tag that comes from
//! `--resource-tags`, which only deployments are given.

use super::Outcome;
use crate::error::Result;
use crate::manifest::unquoted;
use crate::ops::adapters::Adapters;
use crate::ops::desired::DesiredStack;
use crate::ops::job::build::images::PlannedImage;
use crate::ops::job::deploy::preview::{Question, with_images};
use crate::ops::job::plan::addons;
use crate::ops::job::plan::preflight::Preflight;
use crate::ops::job::plan::prepare::JobPlan;
use crate::ops::job::plan::rendering::RenderedJob;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::request::Request;
use crate::ops::port::CdkRunner;
use crate::ops::preview;
use crate::report::Console;
use crate::stack::NOTHING_DEPLOYED;
use crate::stack::status::Presence;
use crate::template::job::ids::CONTAINER_IMAGE;
use crate::template::job::inputs::{ImageRef, Inputs};
use crate::yaml::{Kind, Node};

/// Compares a job with what is deployed and shows what differs.
///
/// # Errors
/// When something cannot be rendered, read, compared or shown.
pub(crate) async fn compare<W: Adapters>(
    ready: &Preflight<W>,
    request: &Request,
    cdk: &impl CdkRunner,
    console: &Console<'_>,
) -> Result<Outcome> {
    let Preflight { target, prepared, state, .. } = ready;
    let question = Question { request, target, prepared, state };
    let inputs = prepared.inputs(target, state)?;
    let (named, assumed) = names_without_build(prepared, state, &inputs)?;
    let work = async {
        let addons = addons::candidate(prepared, state).compare(console).await;
        let inputs = with_images(&inputs, &named, &addons.placed.url);
        let rendered = RenderedJob::new(prepared, &inputs, cdk, console).await?;
        let draft = question.draft(&rendered, &inputs);
        Ok((addons, draft))
    };
    let (addons, mut draft) = console.guard(NOTHING_DEPLOYED, work).await?;
    keep_tags(state, &mut draft);
    let differences = question.differences(&draft, &addons, Vec::new())?;
    if !assumed.is_empty() {
        console.note(format!(
            "Nothing was built, so these containers are compared with the image they have: {}",
            assumed.join(", ")
        ));
    }
    addons.warn_if_unreadable(console);
    preview::print(&differences, console)?;
    Ok(Outcome::Compared { changed: !differences.is_empty() })
}

/// Tags that only the stack has were given with `--resource-tags`, and would be again.
fn keep_tags<E>(state: &Surroundings<E>, draft: &mut DesiredStack) {
    if let (Presence::Live, Some(stack)) = (state.presence(), &state.stack) {
        for (key, value) in &stack.tags {
            draft.tags.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// How the stack would refer to the job's images, and the containers whose image is taken to be the deployed one. A name that
/// neither tells stays open.
fn names_without_build<E>(
    prepared: &JobPlan,
    state: &Surroundings<E>,
    inputs: &Inputs,
) -> Result<(Vec<PlannedImage>, Vec<String>)> {
    let (mut named, mut assumed) = (Vec::new(), Vec::new());
    for plan in &prepared.plans {
        let container = plan.container.clone();
        let tag = prepared.stack_tag(&container)?;
        let name = match tag {
            Some(tag) => ImageRef { tag: Some(tag), digest: None },
            None => {
                let main = container == prepared.job.name;
                let prefix = if main { String::new() } else { format!("{container}-") };
                let repository = inputs.repository_url.as_deref().unwrap_or_default();
                let deployed = deployed_image(prepared, state, &container);
                let known = deployed.and_then(|image| image_of(image, repository, &prefix));
                assumed.extend(known.is_some().then(|| container.clone()));
                known.unwrap_or_default()
            }
        };
        named.push(PlannedImage { container, name, moved: None });
    }
    Ok((named, assumed))
}

/// The reference that the deployed stack has for a container.
fn deployed_image<'a, E>(prepared: &JobPlan, state: &'a Surroundings<E>, container: &str) -> Option<&'a str> {
    if state.presence() != Presence::Live {
        return None;
    }
    if container == prepared.job.name {
        return state.stack.as_ref()?.parameters.get(CONTAINER_IMAGE).map(String::as_str);
    }
    image_in_template(state.deployed.as_ref()?.document.as_ref()?, container)
}

/// The image of a sidecar, which stands in the template.
fn image_in_template<'a>(template: &'a Node, container: &str) -> Option<&'a str> {
    let path = ["Resources", "TaskDefinition", "Properties", "ContainerDefinitions"];
    let definitions = path.iter().try_fold(template, |node, key| node.get(key))?;
    let Kind::Sequence(definitions) = &definitions.kind else { return None };
    let container = unquoted::name(container);
    let named = |definition: &&Node| definition.get("Name").and_then(Node::as_text) == Some(&container);
    definitions.iter().find(named)?.get("Image")?.as_text()
}

/// Tag or digest of an image in the job's repository, whose tags begin with `prefix`; `None` for any other reference.
fn image_of(reference: &str, repository: &str, prefix: &str) -> Option<ImageRef> {
    let rest = reference.strip_prefix(repository)?;
    if let Some(digest) = rest.strip_prefix('@') {
        return Some(ImageRef { tag: None, digest: Some(digest.to_owned()) });
    }
    let tag = rest.strip_prefix(':')?.strip_prefix(prefix)?;
    Some(ImageRef { tag: Some(tag.to_owned()), digest: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_the_repository_are_taken_apart() {
        let named = |tag: Option<&str>, digest: Option<&str>| {
            Some(ImageRef { tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) })
        };
        for (reference, prefix, expected) in [
            ("r/a/j:v1", "", named(Some("v1"), None)),
            ("r/a/j@sha256:0f", "", named(None, Some("sha256:0f"))),
            ("r/a/j:helper-v1", "helper-", named(Some("v1"), None)),
            ("r/a/j@sha256:0f", "helper-", named(None, Some("sha256:0f"))),
            ("r/a/j:v1", "helper-", None),
            ("r/a/j2:v1", "", None),
            ("r/a/j", "", None),
            ("elsewhere/j:v1", "", None),
            ("", "", None),
        ] {
            assert_eq!(image_of(reference, "r/a/j", prefix), expected, "{reference}");
        }
    }

    #[test]
    fn sidecars_have_their_image_in_the_template() {
        let template = "Resources: {TaskDefinition: {Properties: {ContainerDefinitions: [
            {Name: !Ref WorkloadName, Image: !Ref ContainerImage}, {Name: a, Image: r:1}, {Name: b, Image: {Ref: X}}]}}}";
        let template = crate::yaml::load(template).unwrap().unwrap();
        for (container, image) in [("a", Some("r:1")), ("b", None), ("c", None)] {
            assert_eq!(image_in_template(&template, container), image, "{container}");
        }
    }
}
