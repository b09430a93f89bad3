//! The addons template of a deployment: where it lies, and whether what is deployed still serves.

use bytes::Bytes;

use crate::addons;
use crate::error::{Context as _, Result};
use crate::ops::artifact;
use crate::ops::job::plan::prepare::JobPlan;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::port::EnvironmentAccount;
use crate::report::Console;
use crate::stack::status::Presence;
use crate::template::cfn::artifacts;
use crate::template::cfn::artifacts::S3Object;
use crate::template::job::ids::{ADDONS_STACK, ADDONS_TEMPLATE_URL};

/// What the job's stack gets as its addons template.
pub(crate) struct AddonsPlacement {
    /// Empty without addons.
    pub url: String,
    /// What must be in the bucket before the stack is changed, also what a deployed template that serves names.
    pub uploads: Vec<Upload>,
}

/// An object on its way to the bucket.
pub(crate) struct Upload {
    pub object: S3Object,
    pub content: Bytes,
    /// What it is, for people.
    pub what: String,
}

/// Decides where the addons template lies. A deployed template that means the same stays what it is, even
/// though the old tool laid out its text in another way and therefore named it differently: another URL
/// would show the nested stack as modified. It is read only when the names differ.
pub(crate) async fn place<E: EnvironmentAccount>(
    prepared: &JobPlan,
    state: &Surroundings<E>,
    console: Option<&Console<'_>>,
) -> AddonsPlacement {
    let Some((text, object)) = template(prepared, state) else { return AddonsPlacement::none() };
    let deployed = deployed(state).filter(|deployed| is_ours(prepared, &object, deployed));
    let old = match &deployed {
        Some(deployed) if deployed.object != object => read(&deployed.object, prepared, state, console).await,
        _ => None,
    };
    AddonsPlacement::decide(prepared, state, &text, object, deployed, old.as_deref())
}

/// The deployed addons template and the new one; texts are empty without addons.
pub(crate) struct AddonsComparison {
    /// `None` when it cannot be read.
    pub old: Option<String>,
    pub new: String,
    pub placed: AddonsPlacement,
}

impl AddonsComparison {
    /// What cannot be read is not shown either.
    pub(crate) fn warn_if_unreadable(&self, console: &Console<'_>) {
        if self.old.is_none() {
            console.warn(
                "the deployed addons template cannot be read, so what changes in the addons is not shown"
                    .to_owned(),
            );
        }
    }
}

/// The same decision with both templates.
pub(crate) async fn compare<E: EnvironmentAccount>(
    prepared: &JobPlan,
    state: &Surroundings<E>,
    console: &Console<'_>,
) -> AddonsComparison {
    let new = template(prepared, state);
    let deployed = deployed(state);
    let old = match (&deployed, &new) {
        (Some(deployed), Some((text, object))) if deployed.object == *object => Some(text.clone()),
        (Some(deployed), _) => read(&deployed.object, prepared, state, Some(console)).await,
        (None, _) => (!has_addons(state)).then(String::new),
    };
    let Some((new, object)) = new else {
        return AddonsComparison { old, new: String::new(), placed: AddonsPlacement::none() };
    };
    let deployed = deployed.filter(|deployed| is_ours(prepared, &object, deployed));
    let placed = AddonsPlacement::decide(prepared, state, &new, object, deployed, old.as_deref());
    AddonsComparison { old, new, placed }
}

impl AddonsPlacement {
    fn none() -> Self {
        Self { url: String::new(), uploads: Vec::new() }
    }

    /// Where the template goes that belongs at `object`; `old` is the text of the deployed one, if that was read.
    fn decide<E>(
        prepared: &JobPlan,
        state: &Surroundings<E>,
        text: &str,
        object: S3Object,
        deployed: Option<Deployed>,
        old: Option<&str>,
    ) -> Self {
        let serves = |deployed: &Deployed| {
            deployed.object == object || old.is_some_and(|old| addons::same_meaning(old, text))
        };
        let (url, own) = match deployed.filter(serves) {
            Some(deployed) => (deployed.url, deployed.object == object),
            None => (artifacts::object_url(&state.environment.region, &object), true),
        };
        let files = prepared.packaging.assets.iter().map(|asset| Upload {
            object: S3Object { bucket: object.bucket.clone(), key: asset.key.clone() },
            content: asset.content.clone(),
            what: asset.path.clone(),
        });
        let mut uploads: Vec<Upload> = files.collect();
        if own {
            let (content, what) = (text.to_owned().into(), "the addons template".to_owned());
            uploads.push(Upload { object, content, what });
        }
        Self { url, uploads }
    }
}

/// The new addons template and where it belongs.
fn template<E>(prepared: &JobPlan, state: &Surroundings<E>) -> Option<(String, S3Object)> {
    let bucket = &state.regional.bucket;
    let addons = prepared.addons.as_ref()?;
    let text = addons.packaged_text(&prepared.packaging, bucket, &state.environment.region);
    let key = artifacts::addons_template_key(&prepared.job.name, &text);
    Some((text, S3Object { bucket: bucket.clone(), key }))
}

/// The running stack's addons template.
struct Deployed {
    url: String,
    object: S3Object,
}

fn deployed<E>(state: &Surroundings<E>) -> Option<Deployed> {
    if state.presence() != Presence::Live {
        return None;
    }
    let url = deployed_url(state)?;
    Some(Deployed { url: url.clone(), object: artifacts::object_of_url(url)? })
}

fn deployed_url<E>(state: &Surroundings<E>) -> Option<&String> {
    state.stack.as_ref()?.parameters.get(ADDONS_TEMPLATE_URL)
}

/// Whether the running stack has addons.
fn has_addons<E>(state: &Surroundings<E>) -> bool {
    state.presence() == Presence::Live && deployed_url(state).is_some_and(|url| !url.is_empty())
}

/// Whether a deployed template lies where this job's do.
fn is_ours(prepared: &JobPlan, object: &S3Object, deployed: &Deployed) -> bool {
    deployed.object.bucket == object.bucket
        && artifacts::is_addons_template(&prepared.job.name, &deployed.object.key)
}

/// Only for comparisons: a template that cannot be read is replaced, which changes nothing but its name. So is one that
/// is not the text it is named after.
async fn read<E: EnvironmentAccount>(
    object: &S3Object,
    prepared: &JobPlan,
    state: &Surroundings<E>,
    console: Option<&Console<'_>>,
) -> Option<String> {
    let content = state.manager.artifact(object).await.ok().flatten()?;
    let named = artifacts::is_addons_template(&prepared.job.name, &object.key);
    if named && !artifacts::is_named_after(&object.key, &content) {
        if let Some(console) = console {
            console.warn(format!(
                "the deployed addons template s3://{}/{} is not the one that was uploaded there: somebody with write access to \
                 the bucket put something else there. It is not used; see its versions with `aws s3api list-object-versions \
                 --bucket {} --prefix {}`.",
                object.bucket, object.key, object.bucket, object.key
            ));
        }
        return None;
    }
    Some(String::from_utf8_lossy(&content).into_owned())
}

/// Stores what the addons consist of and returns the template's URL for the stack.
pub(crate) async fn upload<E: EnvironmentAccount>(
    placed: AddonsPlacement,
    state: &Surroundings<E>,
    console: &Console<'_>,
) -> Result<String> {
    let AddonsPlacement { url, uploads } = placed;
    let puts = uploads.into_iter().map(|Upload { object, content, what }| async move {
        let put = artifact::store(&state.manager, &object, content, console).await;
        put.with_context(|| format!("cannot upload {what}"))
    });
    futures_util::future::try_join_all(puts).await?;
    Ok(url)
}

/// Removed addons are worth a word before they are deleted.
pub(crate) fn warn_of_removal<E>(prepared: &JobPlan, state: &Surroundings<E>, console: &Console<'_>) {
    if has_addons(state) && prepared.addons.is_none() {
        console.warn(format!(
            "job {} has no addons any more: this deployment deletes the nested stack {ADDONS_STACK} with its resources",
            prepared.job.name
        ));
    }
}
