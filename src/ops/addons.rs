//! The addons template of a deployment: where it lies, and whether what is deployed still serves.

use bytes::Bytes;

use crate::addons::package::Packaging;
use crate::addons::{self, Addons};
use crate::error::{Context as _, Result};
use crate::ops::artifact;
use crate::ops::port::Artifacts;
use crate::report::Console;
use crate::template::cfn::artifacts::{self, S3Object};

/// Addons, and what the stack that nests them has now.
pub(crate) struct Candidate<'a, S> {
    /// Folder of the keys: the job, or `environments`.
    pub owner: &'a str,
    /// `None` when there are none any more.
    pub addons: Option<&'a Addons>,
    pub packaging: &'a Packaging,
    pub bucket: &'a str,
    pub region: &'a str,
    /// URL of the running stack's addons template; `None` or empty without addons.
    pub deployed_url: Option<&'a str>,
    /// What reads deployed templates.
    pub storage: &'a S,
}

/// What the stack gets as its addons template.
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

/// The running stack's addons template.
struct Deployed<'a> {
    url: &'a str,
    object: S3Object,
}

impl<S: Artifacts> Candidate<'_, S> {
    /// Decides where the addons template lies. A deployed template that means the same stays what it is, even
    /// though the old tool laid out its text in another way and therefore named it differently: another URL
    /// would show the nested stack as modified. It is read only when the names differ.
    pub(crate) async fn place(&self, console: Option<&Console<'_>>) -> AddonsPlacement {
        let Some((text, object)) = self.template() else { return AddonsPlacement::none() };
        let deployed = self.deployed().filter(|deployed| self.is_ours(&object, deployed));
        let old = match &deployed {
            Some(deployed) if deployed.object != object => self.read(&deployed.object, console).await,
            _ => None,
        };
        self.decide(&text, object, deployed, old.as_deref())
    }

    /// The same decision with both templates.
    pub(crate) async fn compare(&self, console: &Console<'_>) -> AddonsComparison {
        let new = self.template();
        let deployed = self.deployed();
        let old = match (&deployed, &new) {
            (Some(deployed), Some((text, object))) if deployed.object == *object => Some(text.clone()),
            (Some(deployed), _) => self.read(&deployed.object, Some(console)).await,
            (None, _) => (!self.has_deployed()).then(String::new),
        };
        let Some((new, object)) = new else {
            return AddonsComparison { old, new: String::new(), placed: AddonsPlacement::none() };
        };
        let deployed = deployed.filter(|deployed| self.is_ours(&object, deployed));
        let placed = self.decide(&new, object, deployed, old.as_deref());
        AddonsComparison { old, new, placed }
    }

    /// The deployed template's text; `None` when there is none or it cannot be read.
    pub(crate) async fn deployed_text(&self, console: &Console<'_>) -> Option<String> {
        self.read(&self.deployed()?.object, Some(console)).await
    }

    /// Where the template goes that belongs at `object`; `old` is the text of the deployed one, if that was read.
    fn decide(
        &self,
        text: &str,
        object: S3Object,
        deployed: Option<Deployed<'_>>,
        old: Option<&str>,
    ) -> AddonsPlacement {
        let serves = |deployed: &Deployed<'_>| {
            deployed.object == object || old.is_some_and(|old| addons::same_meaning(old, text))
        };
        let (url, own) = match deployed.filter(serves) {
            Some(deployed) => (deployed.url.to_owned(), deployed.object == object),
            None => (artifacts::object_url(self.region, &object), true),
        };
        let files = self.packaging.assets.iter().map(|asset| Upload {
            object: S3Object { bucket: object.bucket.clone(), key: asset.key.clone() },
            content: asset.content.clone(),
            what: asset.path.clone(),
        });
        let mut uploads: Vec<Upload> = files.collect();
        if own {
            let (content, what) = (text.to_owned().into(), "the addons template".to_owned());
            uploads.push(Upload { object, content, what });
        }
        AddonsPlacement { url, uploads }
    }

    /// The new addons template and where it belongs.
    fn template(&self) -> Option<(String, S3Object)> {
        let text = self.addons?.packaged_text(self.packaging, self.bucket, self.region);
        let key = artifacts::addons_template_key(self.owner, &text);
        Some((text, S3Object { bucket: self.bucket.to_owned(), key }))
    }

    fn deployed(&self) -> Option<Deployed<'_>> {
        let url = self.deployed_url?;
        Some(Deployed { url, object: artifacts::object_of_url(url)? })
    }

    /// Whether the running stack has addons.
    pub(crate) fn has_deployed(&self) -> bool {
        self.deployed_url.is_some_and(|url| !url.is_empty())
    }

    /// Whether a deployed template lies where this owner's do.
    fn is_ours(&self, object: &S3Object, deployed: &Deployed<'_>) -> bool {
        deployed.object.bucket == object.bucket
            && artifacts::is_addons_template(self.owner, &deployed.object.key)
    }

    /// Only for comparisons: a template that cannot be read is replaced, which changes nothing but its name. So is one that
    /// is not the text it is named after.
    async fn read(&self, object: &S3Object, console: Option<&Console<'_>>) -> Option<String> {
        let content = self.storage.artifact(object).await.ok().flatten()?;
        let named = artifacts::is_addons_template(self.owner, &object.key);
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
}

impl AddonsPlacement {
    fn none() -> Self {
        Self { url: String::new(), uploads: Vec::new() }
    }

    /// Stores what the addons consist of and returns the template's URL for the stack.
    pub(crate) async fn upload(self, storage: &impl Artifacts, console: &Console<'_>) -> Result<String> {
        let puts = self.uploads.into_iter().map(|Upload { object, content, what }| async move {
            let put = artifact::store(storage, &object, content, console).await;
            put.with_context(|| format!("cannot upload {what}"))
        });
        futures_util::future::try_join_all(puts).await?;
        Ok(self.url)
    }
}

/// Packs the local files that the addons name; on a thread of its own, as it can take long and an interrupt must not wait.
pub(crate) async fn package(
    addons: Addons,
    owner: String,
    root: std::path::PathBuf,
) -> Result<(Addons, Packaging)> {
    let packed = tokio::task::spawn_blocking(move || {
        let packaging = addons.package(&owner, &root)?;
        Ok((addons, packaging))
    });
    packed.await.map_err(|e| crate::error::Error::new(format!("cannot pack the addons' files: {e}")))?
}
