//! The addons template of a deployment: where it lies, and whether what is deployed still serves.

use bytes::Bytes;

use super::events::{Event, Reporter};
use super::ports::EnvironmentAccount;
use super::prepare::Prepared;
use super::state::{Start, State};
use crate::addons;
use crate::error::{Context as _, Result};
use crate::template::inputs::S3Object;
use crate::template::{ADDONS_STACK, ADDONS_TEMPLATE_URL, artifacts};
use crate::text::sanitize;

/// What the job's stack gets as its addons template.
pub(super) struct Placed {
    /// Empty without addons.
    pub url: String,
    /// What must be in the bucket before the stack is changed.
    pub uploads: Vec<Upload>,
}

/// An object on its way to the bucket.
pub(super) struct Upload {
    pub object: S3Object,
    pub content: Bytes,
    /// What it is, for people.
    pub what: String,
}

/// Decides where the addons template lies. A deployed template that means the same stays what it is, even
/// though the old tool laid out its text in another way and therefore named it differently: another URL
/// would show the nested stack as modified (`spec/template.md` §6.6). It is read only when the names differ.
/// The local files that it names lie in the bucket as well then: their keys are part of its text.
pub(super) async fn place<E: EnvironmentAccount>(prepared: &Prepared, state: &State<E>) -> Placed {
    let Some(addons) = &prepared.addons else { return Placed { url: String::new(), uploads: Vec::new() } };
    let bucket = &state.regional.bucket;
    let text = addons.packaged_text(&prepared.packaging, bucket, &state.environment.region);
    let key = artifacts::addons_template_key(&prepared.job.name, &text);
    let object = S3Object { bucket: bucket.clone(), key };
    if let Some((url, deployed)) = deployed(state)
        && serves(&prepared.job.name, &object, &text, &deployed, state).await
    {
        return Placed { url: url.to_owned(), uploads: Vec::new() };
    }
    let url = artifacts::object_url(&state.environment.region, &object);
    let template = Upload { object, content: text.into(), what: "the addons template".to_owned() };
    let files = prepared.packaging.assets.iter().map(|asset| Upload {
        object: S3Object { bucket: bucket.clone(), key: asset.key.clone() },
        content: asset.content.clone(),
        what: sanitize(&asset.path).into_owned(),
    });
    Placed { url, uploads: files.chain([template]).collect() }
}

/// URL and place of the running stack's addons template.
fn deployed<E>(state: &State<E>) -> Option<(&str, S3Object)> {
    if state.start() != Start::Stack {
        return None;
    }
    let url = state.stack.as_ref()?.parameters.get(ADDONS_TEMPLATE_URL)?;
    Some((url, artifacts::object_of_url(url)?))
}

async fn serves<E: EnvironmentAccount>(
    job: &str,
    object: &S3Object,
    text: &str,
    deployed: &S3Object,
    state: &State<E>,
) -> bool {
    if deployed == object {
        return true;
    }
    if deployed.bucket != object.bucket || !artifacts::is_addons_template(job, &deployed.key) {
        return false;
    }
    // Only a comparison: a template that cannot be read is replaced, which changes nothing but its name.
    match state.manager.artifact(deployed).await {
        Ok(Some(content)) => addons::same_meaning(&String::from_utf8_lossy(&content), text),
        _ => false,
    }
}

/// Stores the addons template, unless a deployed one serves, and returns the URL for the stack.
pub(super) async fn upload<E: EnvironmentAccount>(prepared: &Prepared, state: &State<E>) -> Result<String> {
    let Placed { url, uploads } = place(prepared, state).await;
    let puts = uploads.into_iter().map(|Upload { object, content, what }| async move {
        let put = state.manager.put_artifact(&object, content).await;
        put.with_context(|| format!("cannot upload {what}"))
    });
    futures_util::future::try_join_all(puts).await?;
    Ok(url)
}

/// Removed addons are worth a word before they are deleted.
pub(super) fn warn_of_removal<E>(prepared: &Prepared, state: &State<E>, reporter: &dyn Reporter) {
    let deployed = state.stack.as_ref().and_then(|stack| stack.parameters.get(ADDONS_TEMPLATE_URL));
    let has_addons = state.start() == Start::Stack && deployed.is_some_and(|url| !url.is_empty());
    if has_addons && prepared.addons.is_none() {
        reporter.report(Event::Warning(format!(
            "job {} has no addons any more: this deployment deletes the nested stack {ADDONS_STACK} with its resources",
            prepared.job.name
        )));
    }
}
