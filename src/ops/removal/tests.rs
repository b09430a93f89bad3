//! Emptying, against buckets and repositories in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::port::{Buckets, Marker, Refused, Repositories, Version, VersionPage};
use super::{contents, empty_bucket, empty_repository};
use crate::error::Result;

/// A bucket and a repository in memory, with what cannot be deleted.
#[derive(Default)]
struct Memory {
    versions: RefCell<Vec<Version>>,
    /// How often a version's deletion is refused still.
    locked: RefCell<BTreeMap<String, usize>>,
    /// Images by digest, with the list of images that they belong to.
    images: RefCell<BTreeMap<String, Option<String>>>,
    calls: RefCell<Vec<String>>,
}

impl Memory {
    fn with(versions: usize) -> Self {
        let version =
            |number| Version { key: format!("k{number:04}"), id: format!("v{number}"), modified: 1.0 };
        Self { versions: RefCell::new((0..versions).map(version).collect()), ..Self::default() }
    }

    fn locked(self, keys: &[&str], times: usize) -> Self {
        self.locked.borrow_mut().extend(keys.iter().map(|key| ((*key).to_owned(), times)));
        self
    }
}

impl Buckets for Memory {
    async fn versions(&self, bucket: &str, after: Option<&Marker>) -> Result<Option<VersionPage>> {
        if bucket == "gone" {
            return Ok(None);
        }
        let versions = self.versions.borrow();
        let behind = versions.iter().filter(|version| after.is_none_or(|after| version.key > after.key));
        let page: Vec<Version> = behind.take(1000).cloned().collect();
        let last = page.last().filter(|last| versions.iter().any(|version| version.key > last.key));
        let next = last.map(|last| Marker { key: last.key.clone(), id: Some(last.id.clone()) });
        self.calls.borrow_mut().push(format!("list {}", page.len()));
        Ok(Some(VersionPage { versions: page, next }))
    }

    async fn delete_versions(&self, _: &str, versions: &[Version]) -> Result<Vec<Refused>> {
        self.calls.borrow_mut().push(format!("delete {}", versions.len()));
        let mut refused = Vec::new();
        for version in versions {
            match self.locked.borrow_mut().get_mut(&version.key) {
                Some(times) if *times > 0 => {
                    *times -= 1;
                    refused.push(Refused {
                        key: version.key.clone(),
                        id: version.id.clone(),
                        reason: "AccessDenied: object protected by object lock".to_owned(),
                    });
                }
                _ => self.versions.borrow_mut().retain(|one| one.id != version.id),
            }
        }
        Ok(refused)
    }
}

impl Repositories for Memory {
    async fn images(&self, repository: &str) -> Result<Option<Vec<String>>> {
        let images = self.images.borrow();
        Ok((repository != "gone").then(|| images.keys().take(1000).cloned().collect()))
    }

    async fn delete_images(&self, _: &str, digests: &[String]) -> Result<Vec<(String, String)>> {
        self.calls.borrow_mut().push(format!("delete {}", digests.len()));
        let mut images = self.images.borrow_mut();
        let mut refused = Vec::new();
        for digest in digests {
            let list = images.get(digest).cloned().flatten();
            match list.filter(|list| images.contains_key(list) || list == "elsewhere") {
                Some(list) => {
                    refused.push((digest.clone(), format!("ImageReferencedByManifestList: {list}")));
                }
                None => drop(images.remove(digest)),
            }
        }
        Ok(refused)
    }

    async fn repositories(&self, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

fn run<T>(step: impl Future<Output = Result<T>>) -> Result<T> {
    futures_util::FutureExt::now_or_never(step).unwrap()
}

#[test]
fn buckets_are_emptied_page_by_page() {
    let memory = Memory::with(2500);
    assert_eq!(run(empty_bucket(&memory, "b")).unwrap(), 2500);
    assert_eq!(
        *memory.calls.borrow(),
        ["list 1000", "delete 1000", "list 1000", "delete 1000", "list 500", "delete 500"]
    );
    assert_eq!(run(empty_bucket(&memory, "b")).unwrap(), 0);
    assert_eq!(run(empty_bucket(&memory, "gone")).unwrap(), 0);
    assert_eq!(run(contents(&memory, "b")).unwrap(), None);
}

#[test]
fn versions_that_are_kept_are_told_after_a_second_try() {
    let once = Memory::with(40).locked(&["k0003"], 1);
    assert_eq!(run(empty_bucket(&once, "b")).unwrap(), 40);
    let twice = Memory::with(40).locked(&["k0003", "k0017"], 2);
    let error = run(empty_bucket(&twice, "b")).unwrap_err();
    assert_eq!(*twice.calls.borrow(), ["list 40", "delete 40", "delete 2"]);
    insta::assert_snapshot!(format!("{error}\n{}", error.detail_lines().join("\n")), @"
    2 of 40 versions in bucket b could not be removed: AccessDenied: object protected by object lock
    k0003 (v3): AccessDenied: object protected by object lock
    k0017 (v17): AccessDenied: object protected by object lock
    ");
    assert_eq!(run(contents(&twice, "b")).unwrap(), Some((2, "k0017".to_owned())));
}

#[test]
fn repositories_are_emptied_in_batches() {
    let memory = Memory::default();
    let list = "sha256:zz".to_owned();
    memory
        .images
        .borrow_mut()
        .extend((0..150).map(|number| (format!("sha256:{number:03}"), Some(list.clone()))));
    memory.images.borrow_mut().insert(list, None);
    assert_eq!(run(empty_repository(&memory, "demo/report")).unwrap(), 151);
    assert_eq!(*memory.calls.borrow(), ["delete 100", "delete 51", "delete 100", "delete 50"]);
    assert_eq!(run(empty_repository(&memory, "gone")).unwrap(), 0);
}

#[test]
fn images_that_are_kept_are_told() {
    let memory = Memory::default();
    let kept = ("sha256:1".to_owned(), Some("elsewhere".to_owned()));
    memory.images.borrow_mut().extend([kept, ("sha256:2".to_owned(), None)]);
    let error = run(empty_repository(&memory, "demo/report")).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.detail_lines().join("\n")), @"
    1 images in repository demo/report could not be removed
    sha256:1: ImageReferencedByManifestList: elsewhere
    ");
}
