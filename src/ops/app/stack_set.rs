//! The application's stack set: what there is of an application in each of its regions.

use std::cmp::Ordering;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::report::Console;
use crate::stack::set::port::StackSetRequest;
use crate::stack::set::{CloudFormation, ManagedSet, Next};
use crate::stack::timeout;
use crate::store::Application;
use crate::template::app::stack_set::{self, Change, Config};
use crate::template::app::{ids, names};
use crate::template::tags;
use crate::template::version::{self, TEMPLATE_VERSION};

/// The application's stack set for the engine, under the name that [`names::stack_set`] gives it.
pub(crate) fn managed<'a, C>(cloudformation: &'a C, name: &'a str, limit: Duration) -> ManagedSet<'a, C> {
    ManagedSet { cloudformation, name, limit }
}

/// The stack set as it shall be; `region` is the application's.
pub(crate) fn request(application: &Application, region: &str, config: &Config) -> StackSetRequest {
    let app = &application.name;
    let app_tags = application.tags.clone().unwrap_or_default();
    StackSetRequest {
        name: names::stack_set(app),
        description: names::STACK_SET_DESCRIPTION.to_owned(),
        template: stack_set::render(app, config, TEMPLATE_VERSION).to_yaml(),
        admin_role_arn: names::role_arn(region, &application.account, &names::admin_role(app)),
        execution_role: names::execution_role(app),
        tags: tags::application_tags(&app_tags, app),
    }
}

/// The longest template that CloudFormation takes with the call, in bytes.
const LONGEST: usize = 51_200;

/// Refuses a template that CloudFormation would refuse with a message about lengths.
fn check_length(request: &StackSetRequest, config: &Config) -> Result<()> {
    let length = request.template.len();
    if length <= LONGEST {
        return Ok(());
    }
    Err(Error::new(format!(
        "the template of stack set {} would have {length} bytes with {} workloads and {} accounts; CloudFormation takes {LONGEST}",
        request.name,
        config.workloads.len(),
        config.accounts.len()
    ))
    .hint("Nothing was changed. Delete jobs that are not needed, or begin another application for the next ones."))
}

/// Changes the stack set and waits until every region has the change. Returns `false` when there was nothing to change.
///
/// # Errors
/// When the stack set cannot be read or changed, or a region's stack cannot be updated.
pub(crate) async fn change<C: CloudFormation>(
    cloudformation: &C,
    application: &Application,
    region: &str,
    change: &Change,
    limit: Duration,
    console: &Console<'_>,
) -> Result<bool> {
    let name = names::stack_set(&application.name);
    let next = |deployed: &str| next_template(application, region, deployed, change);
    managed(cloudformation, &name, limit).change(next, console).await
}

/// Gives all instances this program's template, unless the stack set has it already, or a newer one. `anyway` repeats that
/// where an instance is behind the stack set. Returns `false` when there was nothing to do.
///
/// # Errors
/// When the stack set cannot be read or changed, or a region's stack cannot be updated.
pub(crate) async fn upgrade<C: CloudFormation>(
    cloudformation: &C,
    application: &Application,
    region: &str,
    anyway: bool,
    console: &Console<'_>,
) -> Result<bool> {
    let name = names::stack_set(&application.name);
    let next = |deployed: &str| {
        // Somebody else may have upgraded it meanwhile.
        let version = version::of_template(deployed, ids::TEMPLATE_VERSION);
        if !anyway && version::compare(&version, TEMPLATE_VERSION) != Ordering::Less {
            return Ok(None);
        }
        next_template(application, region, deployed, &Change::Upgrade)
    };
    managed(cloudformation, &name, timeout::DEFAULT).change(next, console).await
}

/// Whether an operation that failed has left an instance behind the stack set. What goes on in it is waited for.
///
/// # Errors
/// When the stack set cannot be read.
pub(crate) async fn has_outdated<C: CloudFormation>(
    cloudformation: &C,
    app: &str,
    console: &Console<'_>,
) -> Result<bool> {
    let name = names::stack_set(app);
    let is_outdated = async || {
        let instances = cloudformation.instances(&name).await?;
        Ok::<_, Error>(instances.iter().any(|instance| instance.status == "OUTDATED"))
    };
    if !is_outdated().await? {
        return Ok(false);
    }
    managed(cloudformation, &name, timeout::DEFAULT).idle(console).await?;
    is_outdated().await
}

/// The stack set with this configuration.
///
/// # Errors
/// When its template would be too long.
pub(crate) fn next(application: &Application, region: &str, config: &Config) -> Result<Next> {
    let request = request(application, region, config);
    check_length(&request, config)?;
    Ok(Next { request, version: config.version })
}

fn next_template(
    application: &Application,
    region: &str,
    deployed: &str,
    change: &Change,
) -> Result<Option<Next>> {
    stack_set::read(deployed)?.apply(change).map(|config| next(application, region, &config)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::app::stack_set::Workload;

    #[test]
    #[allow(clippy::field_reassign_with_default, reason = "a field is private")]
    fn templates_that_are_too_long_are_refused_with_what_makes_them_long() {
        let application =
            Application { name: "demo".to_owned(), account: "1".repeat(12), ..Application::default() };
        let told = |count: usize| {
            let workloads = (0..count).map(|number| Workload::new(&format!("job-{number}"), true)).collect();
            let mut config = Config::default();
            config.workloads = workloads;
            check_length(&request(&application, "eu-west-1", &config), &config)
                .map_err(|error| error.to_string())
        };
        assert_eq!(told(40), Ok(()));
        insta::assert_snapshot!(told(60).unwrap_err(), @"the template of stack set demo-infrastructure would have 62221 bytes with 60 workloads and 0 accounts; CloudFormation takes 51200");
    }
}
