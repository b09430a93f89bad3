//! The addons template of a deployment: where it lies, and whether what is deployed still serves.

use bytes::Bytes;

use super::events::{Event, Reporter};
use super::ports::EnvironmentAccount;
use super::prepare::Prepared;
use super::state::{Start, State};
use super::uploads;
use crate::addons;
use crate::error::{Context as _, Result};
use crate::template::inputs::S3Object;
use crate::template::{ADDONS_STACK, ADDONS_TEMPLATE_URL, artifacts};
use crate::text::sanitize;

/// What the job's stack gets as its addons template.
pub(super) struct Placed {
    /// Empty without addons.
    pub url: String,
    /// What must be in the bucket before the stack is changed, also what a deployed template that serves names.
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
pub(super) async fn place<E: EnvironmentAccount>(
    prepared: &Prepared,
    state: &State<E>,
    reporter: Option<&dyn Reporter>,
) -> Placed {
    let Some((text, object)) = template(prepared, state) else { return Placed::none() };
    let deployed = deployed(state).filter(|deployed| is_ours(prepared, &object, deployed));
    let old = match &deployed {
        Some(deployed) if deployed.object != object => {
            read(&deployed.object, prepared, state, reporter).await
        }
        _ => None,
    };
    Placed::decide(prepared, state, &text, object, deployed, old.as_deref())
}

/// The deployed addons template and the new one; texts are empty without addons.
pub(super) struct Compared {
    /// `None` when it cannot be read.
    pub old: Option<String>,
    pub new: String,
    pub placed: Placed,
}

impl Compared {
    /// What cannot be read is not shown either.
    pub fn warn_if_unreadable(&self, reporter: &dyn Reporter) {
        if self.old.is_none() {
            reporter.report(Event::Warning(
                "the deployed addons template cannot be read, so what changes in the addons is not shown"
                    .to_owned(),
            ));
        }
    }
}

/// The same decision with both templates.
pub(super) async fn compare<E: EnvironmentAccount>(
    prepared: &Prepared,
    state: &State<E>,
    reporter: &dyn Reporter,
) -> Compared {
    let new = template(prepared, state);
    let deployed = deployed(state);
    let old = match (&deployed, &new) {
        (Some(deployed), Some((text, object))) if deployed.object == *object => Some(text.clone()),
        (Some(deployed), _) => read(&deployed.object, prepared, state, Some(reporter)).await,
        (None, _) => (!has_addons(state)).then(String::new),
    };
    let Some((new, object)) = new else {
        return Compared { old, new: String::new(), placed: Placed::none() };
    };
    let deployed = deployed.filter(|deployed| is_ours(prepared, &object, deployed));
    let placed = Placed::decide(prepared, state, &new, object, deployed, old.as_deref());
    Compared { old, new, placed }
}

impl Placed {
    fn none() -> Self {
        Self { url: String::new(), uploads: Vec::new() }
    }

    /// Where the template goes that belongs at `object`; `old` is the text of the deployed one, if that was read.
    fn decide<E>(
        prepared: &Prepared,
        state: &State<E>,
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
            what: sanitize(&asset.path).into_owned(),
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
fn template<E>(prepared: &Prepared, state: &State<E>) -> Option<(String, S3Object)> {
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

fn deployed<E>(state: &State<E>) -> Option<Deployed> {
    if state.start() != Start::Stack {
        return None;
    }
    let url = deployed_url(state)?;
    Some(Deployed { url: url.clone(), object: artifacts::object_of_url(url)? })
}

fn deployed_url<E>(state: &State<E>) -> Option<&String> {
    state.stack.as_ref()?.parameters.get(ADDONS_TEMPLATE_URL)
}

/// Whether the running stack has addons.
fn has_addons<E>(state: &State<E>) -> bool {
    state.start() == Start::Stack && deployed_url(state).is_some_and(|url| !url.is_empty())
}

/// Whether a deployed template lies where this job's do.
fn is_ours(prepared: &Prepared, object: &S3Object, deployed: &Deployed) -> bool {
    deployed.object.bucket == object.bucket
        && artifacts::is_addons_template(&prepared.job.name, &deployed.object.key)
}

/// Only for comparisons: a template that cannot be read is replaced, which changes nothing but its name. So is one that
/// is not the text it is named after.
async fn read<E: EnvironmentAccount>(
    object: &S3Object,
    prepared: &Prepared,
    state: &State<E>,
    reporter: Option<&dyn Reporter>,
) -> Option<String> {
    let content = state.manager.artifact(object).await.ok().flatten()?;
    let named = artifacts::is_addons_template(&prepared.job.name, &object.key);
    if named && !artifacts::is_named_after(&object.key, &content) {
        if let Some(reporter) = reporter {
            reporter.report(Event::Warning(format!(
                "the deployed addons template s3://{}/{} is not the one that was uploaded there: somebody with write access to \
                 the bucket put something else there. It is not used; see its versions with `aws s3api list-object-versions \
                 --bucket {} --prefix {}`.",
                object.bucket, object.key, object.bucket, object.key
            )));
        }
        return None;
    }
    Some(String::from_utf8_lossy(&content).into_owned())
}

/// Stores what the addons consist of and returns the template's URL for the stack.
pub(super) async fn upload<E: EnvironmentAccount>(
    placed: Placed,
    state: &State<E>,
    reporter: &dyn Reporter,
) -> Result<String> {
    let Placed { url, uploads } = placed;
    let puts = uploads.into_iter().map(|Upload { object, content, what }| async move {
        let put = uploads::store(state, &object, content, reporter).await;
        put.with_context(|| format!("cannot upload {what}"))
    });
    futures_util::future::try_join_all(puts).await?;
    Ok(url)
}

/// Removed addons are worth a word before they are deleted.
pub(super) fn warn_of_removal<E>(prepared: &Prepared, state: &State<E>, reporter: &dyn Reporter) {
    if has_addons(state) && prepared.addons.is_none() {
        reporter.report(Event::Warning(format!(
            "job {} has no addons any more: this deployment deletes the nested stack {ADDONS_STACK} with its resources",
            prepared.job.name
        )));
    }
}
