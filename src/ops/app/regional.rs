//! What an application has in its regions, made by its stack set: read, emptied and deleted.

use std::time::Duration;

use futures_util::future::{join_all, try_join_all};

use crate::error::{Error, Result};
use crate::ops::app::stack_set;
use crate::ops::removal::port::{OwnAccount, Place, Roles as _};
use crate::ops::removal::{contents, empty_bucket, empty_repository};
use crate::report::Console;
use crate::stack::port::Stack;
use crate::stack::set::port::Instance;
use crate::store::Application;
use crate::template::app::ids::{self, BUCKET_OUTPUT};
use crate::template::app::names;

/// How often a region is emptied when something is written to it meanwhile.
const TRIES: usize = 3;

/// The application's stack set as it is.
#[derive(Debug, Default)]
pub(crate) struct SetState {
    /// Its template; `None` without a stack set.
    pub template: Option<String>,
    pub instances: Vec<Instance>,
}

/// Reads the stack set.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn read<A: OwnAccount>(account: &A, app: &str) -> Result<SetState> {
    let set = names::stack_set(app);
    let (template, instances) = tokio::join!(account.stack_set_template(&set), account.instances(&set));
    match template? {
        None => Ok(SetState::default()),
        template => Ok(SetState { template, instances: instances? }),
    }
}

/// What there is in a region.
#[derive(Debug)]
pub(crate) struct Region<P> {
    pub name: String,
    pub place: P,
    /// The account that the instance is in.
    pub account: String,
    pub stack: Option<Stack>,
}

impl<P: Place> Region<P> {
    /// Reads what an instance of the stack set made.
    ///
    /// # Errors
    /// When its stack cannot be read.
    pub(crate) async fn read<A: OwnAccount<Environment = P>>(
        account: &A,
        instance: &Instance,
    ) -> Result<Self> {
        let place = account.own(&instance.region);
        let stack = match &instance.stack_id {
            Some(id) => place.stack(id).await?,
            None => None,
        };
        Ok(Self { name: instance.region.clone(), place, account: instance.account.clone(), stack })
    }

    /// The artifact bucket.
    pub(crate) fn bucket(&self) -> Option<&str> {
        self.stack.as_ref()?.outputs.get(BUCKET_OUTPUT).map(String::as_str)
    }

    /// Names of the repositories that the application's stack made. Others may be named alike.
    pub(crate) fn repositories(&self) -> Vec<&str> {
        let outputs = self.stack.iter().flat_map(|stack| &stack.outputs);
        let repositories = outputs.filter(|(key, _)| ids::workload_of_repository(key).is_some());
        repositories.filter_map(|(_, arn)| Some(arn.split_once(":repository/")?.1)).collect()
    }

    /// The region with what is in it, in words.
    pub(crate) fn described(&self) -> String {
        let bucket = self.bucket().map(|bucket| format!("bucket {bucket} with all artifacts"));
        let repositories = self.repositories();
        let images = (!repositories.is_empty()).then(|| format!("all images of {}", repositories.join(", ")));
        let what: Vec<String> = bucket.into_iter().chain(images).collect();
        if what.is_empty() { self.name.clone() } else { format!("{}: {}", self.name, what.join("; ")) }
    }

    /// Removes all artifacts and images.
    async fn empty(&self) -> Result<()> {
        let bucket = async {
            match self.bucket() {
                Some(bucket) => empty_bucket(&self.place, bucket).await.map(drop),
                None => Ok(()),
            }
        };
        let repositories = self.repositories();
        let repositories = repositories.iter().map(|name| empty_repository(&self.place, name));
        tokio::try_join!(bucket, try_join_all(repositories)).map(drop)
    }

    /// What is in the way of its deletion still.
    async fn rest(&self) -> Vec<String> {
        let mut rest = Vec::new();
        // More about an error that is told anyway.
        if let Some(bucket) = self.bucket()
            && let Ok(Some((count, newest))) = contents(&self.place, bucket).await
        {
            rest.push(format!("bucket {bucket} holds {count} versions again, the newest of {newest}"));
        }
        for repository in self.repositories() {
            if let Ok(Some(images)) = self.place.images(repository).await
                && !images.is_empty()
            {
                rest.push(format!("repository {repository} holds {} images again", images.len()));
            }
        }
        rest
    }
}

/// Deletes the instances in some regions, with everything in them. Where something is written meanwhile, that is removed too.
///
/// # Errors
/// When something cannot be removed, or an instance cannot be deleted.
pub(crate) async fn delete<A: OwnAccount>(
    account: &A,
    app: &str,
    regions: &[Region<A::Environment>],
    limit: Duration,
    console: &Console<'_>,
) -> Result<()> {
    let set = names::stack_set(app);
    let managed = stack_set::managed(account, &set, limit);
    // An earlier run may have begun.
    managed.idle(console).await?;
    let mut last = None;
    for _ in 0..TRIES {
        let there = account.instances(&set).await?;
        let is_there = |region: &&Region<_>| there.iter().any(|instance| instance.region == region.name);
        let left: Vec<&Region<A::Environment>> = regions.iter().filter(is_there).collect();
        let Some(first) = left.first() else { return Ok(()) };
        try_join_all(left.iter().map(|region| region.empty())).await?;
        let places: Vec<String> = left.iter().map(|region| region.name.clone()).collect();
        let title = format!("Deleting what application {app} has in {}", places.join(", "));
        let start = async |account: &A| account.delete_instances(&set, &first.account, &places).await;
        match managed.operate(&title, start, console).await {
            Ok(()) => return Ok(()),
            Err(error) if is_about_contents(&error) => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    let rest = join_all(regions.iter().map(Region::rest)).await;
    let error = last.unwrap_or_else(|| Error::new(format!("stack set {set} still has instances")));
    Err(error.details(rest.into_iter().flatten()).hint(format!(
        "Something writes there all the time: {TRIES} times what it wrote was removed. Stop it, then run the command again."
    )))
}

/// Whether an operation failed because a bucket or a repository is not empty.
pub(crate) fn is_about_contents(error: &Error) -> bool {
    let about = |text: &str| {
        let text = text.to_lowercase();
        ["not empty", "bucketnotempty", "repositorynotempty", "still contains images"]
            .iter()
            .any(|sign| text.contains(sign))
    };
    about(&error.to_string()) || error.detail_lines().iter().any(|line| about(line))
}

/// Why the instances in these regions cannot be deleted.
///
/// # Errors
/// When that cannot be read.
pub(crate) async fn obstacles<A: OwnAccount>(
    account: &A,
    application: &Application,
    instances: &[&Instance],
    regions: &[Region<A::Environment>],
) -> Result<Vec<Error>> {
    let mut found: Vec<Error> = regions.iter().filter_map(protected).collect();
    if instances.is_empty() {
        return Ok(found);
    }
    let app = &application.name;
    let home = account.own(&account.home_region());
    let (admin, execution) = (names::admin_role(app), names::execution_role(app));
    let (has_admin, has_execution) = tokio::join!(home.role(&admin), home.role(&execution));
    let (has_admin, has_execution) = (has_admin?, has_execution?);
    let named = |role: &str| {
        instances.iter().any(|instance| {
            let reason = instance.reason.as_deref().unwrap_or_default();
            instance.status == "INOPERABLE" && reason.contains(&format!("should have '{role}'"))
        })
    };
    let reason = instances.iter().find(|one| one.status == "INOPERABLE").and_then(|one| one.reason.clone());
    for (role, there, principal) in [
        (&admin, has_admin.is_some(), r#"{"Service":"cloudformation.amazonaws.com"}"#.to_owned()),
        (&execution, has_execution.is_some(), {
            let arn = names::role_arn(&account.home_region(), &application.account, &admin);
            format!(r#"{{"AWS":"{arn}"}}"#)
        }),
    ] {
        if there && !named(role) {
            continue;
        }
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
        );
        let what = if there { "does not trust who must assume it" } else { "is missing" };
        found.push(
            Error::new(format!(
                "role {role}, with which stack set {} deletes its stacks, {what}",
                names::stack_set(app)
            ))
            .details(reason.clone())
            .hint(format!("Stack {} made it. Give it this trust policy: {trust}", names::roles_stack(app))),
        );
    }
    Ok(found)
}

fn protected<P: Place>(region: &Region<P>) -> Option<Error> {
    let stack = region.stack.as_ref().filter(|stack| stack.protected)?;
    let name = &stack.id.split('/').nth(1).unwrap_or(&stack.id);
    let region = &region.name;
    Some(Error::new(format!("stack {name} in {region} has termination protection")).hint(format!(
        "Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region {region} \
         --stack-name {name}`, if the stack may go."
    )))
}
