//! The job's repositories: one in each region of the application, made by its stack set, which lists the job.

use std::cmp::Ordering;

use futures_util::future::try_join_all;

use crate::error::{Error, Result};
use crate::ops::app::regional::{Region, SetState, is_about_contents};
use crate::ops::app::stack_set;
use crate::ops::env::delete::{LIMIT, REPEAT};
use crate::ops::removal::empty_repository;
use crate::ops::removal::port::{OwnAccount, Place};
use crate::report::Console;
use crate::store::Application;
use crate::template::app::ids;
use crate::template::app::stack_set::{Change, read};
use crate::template::version::{self, TEMPLATE_VERSION};

/// How often a repository is emptied when something is pushed to it meanwhile.
const TRIES: usize = 3;

/// Images that one answer of ECR lists.
const PAGE: usize = 1000;

/// What the application has in its regions for the job.
pub(super) struct Share<P> {
    /// There is a stack set, and it lists the job.
    pub listed: bool,
    pub repositories: Vec<Repository<P>>,
    /// The artifact bucket of each region, by region.
    pub buckets: Vec<(String, String)>,
    newer: Option<String>,
}

/// A repository of the job's name.
pub(super) struct Repository<P> {
    region: Region<P>,
    name: String,
    images: usize,
    /// The application's stack made it.
    own: bool,
}

impl<P: Place> Share<P> {
    /// Reads what there is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn read<A: OwnAccount<Environment = P>>(
        account: &A,
        app: &str,
        job: &str,
        set: &SetState,
    ) -> Result<Self> {
        let name = format!("{app}/{job}");
        let regions = try_join_all(set.instances.iter().map(|one| Region::read(account, one))).await?;
        let mut buckets = Vec::new();
        for region in &regions {
            buckets.extend(region.bucket().map(|bucket| (region.name.clone(), bucket.to_owned())));
        }
        let looks = regions.into_iter().map(|region| {
            let name = name.clone();
            async move {
                let own = has_repository(&region, job);
                let images = region.place.images(&name).await?;
                Ok::<_, Error>(match (images, own) {
                    (None, false) => None,
                    (images, own) => {
                        Some(Repository { region, name, images: images.map_or(0, |all| all.len()), own })
                    }
                })
            }
        });
        let repositories = try_join_all(looks).await?.into_iter().flatten().collect();
        let template = set.template.as_deref();
        let listed = match template {
            Some(template) => read(template)?.workloads.iter().any(|workload| workload.name == job),
            None => false,
        };
        let newer = template.map(|template| version::of_template(template, "TemplateVersion"));
        let newer = newer.filter(|version| version::compare(version, TEMPLATE_VERSION) == Ordering::Greater);
        Ok(Self { listed, repositories, buckets, newer })
    }

    /// Why the job cannot be taken off the stack set.
    pub(super) fn obstacle(&self, app: &str, job: &str) -> Option<Error> {
        let version = self.newer.as_ref().filter(|_| self.is_there())?;
        Some(
            Error::new(format!(
                "application {app} was changed by a newer version: the template of its stack set is {version}, this program writes \
                 {TEMPLATE_VERSION}"
            ))
            .hint("Install the newest version of copilot and run the command again.")
            .hint(format!(
                "Or delete only the job's stacks, environment by environment: `copilot job delete --app {app} --name {job} --env NAME`."
            )),
        )
    }

    /// Whether the application has anything for the job.
    pub(super) fn is_there(&self) -> bool {
        self.listed || self.own().next().is_some()
    }

    fn own(&self) -> impl Iterator<Item = &Repository<P>> {
        self.repositories.iter().filter(|repository| repository.own)
    }

    /// What goes, as lines.
    pub(super) fn described(&self) -> Vec<String> {
        let line = |repository: &Repository<P>| {
            let images = match repository.images {
                0 => "which is empty".to_owned(),
                1 => "with 1 image".to_owned(),
                PAGE.. => format!("with {PAGE} images or more"),
                count => format!("with {count} images"),
            };
            format!("repository {} in {}, {images}", repository.name, repository.region.name)
        };
        self.own().map(line).collect()
    }

    /// What stays, as lines: other repositories of the job's name.
    pub(super) fn kept(&self, app: &str) -> Vec<String> {
        let others = self.repositories.iter().filter(|repository| !repository.own);
        let line = |other: &Repository<P>| {
            format!(
                "repository {} in {}, which application {app} did not make",
                other.name, other.region.name
            )
        };
        others.map(line).collect()
    }

    /// Empties the repositories and takes the job off the stack set, which deletes them.
    ///
    /// # Errors
    /// When an image cannot be deleted, or the stack set cannot be changed.
    pub(super) async fn delete<A: OwnAccount<Environment = P>>(
        &self,
        account: &A,
        application: &Application,
        job: &str,
        console: &Console<'_>,
    ) -> Result<()> {
        if !self.is_there() {
            return Ok(());
        }
        let mut last = None;
        for _ in 0..TRIES {
            let images = self.own().map(|one| empty_repository(&one.region.place, &one.name));
            console.guard(REPEAT, try_join_all(images)).await?;
            match self.change(account, application, job, console).await {
                Ok(()) => return Ok(()),
                Err(error) if is_about_contents(&error) => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        let error = last.unwrap_or_else(|| Error::new(format!("job {job} still has a repository")));
        Err(error.hint(format!(
            "Something pushes images all the time: {TRIES} times what it pushed was removed. Stop it, then run the command again."
        )))
    }

    async fn change<A: OwnAccount<Environment = P>>(
        &self,
        account: &A,
        application: &Application,
        job: &str,
        console: &Console<'_>,
    ) -> Result<()> {
        let region = account.home_region();
        let change = async |change: Change| {
            stack_set::change(account, application, &region, &change, LIMIT, console).await
        };
        if change(Change::RemoveWorkload(job.to_owned())).await? {
            return Ok(());
        }
        // An operation that failed in a region has left its repository there, although the job is not listed any more.
        let left = try_join_all(self.own().map(|one| self.left(one, job)));
        if console.guard(REPEAT, left).await?.contains(&true) {
            change(Change::Upgrade).await?;
        }
        Ok(())
    }

    async fn left(&self, repository: &Repository<P>, job: &str) -> Result<bool> {
        let Region { place, stack, .. } = &repository.region;
        let Some(stack) = stack else { return Ok(false) };
        let stack = place.stack(&stack.id).await?;
        Ok(stack.is_some_and(|stack| stack.outputs.contains_key(&ids::repository(job))))
    }
}

fn has_repository<P>(region: &Region<P>, job: &str) -> bool {
    region.stack.as_ref().is_some_and(|stack| stack.outputs.contains_key(&ids::repository(job)))
}
