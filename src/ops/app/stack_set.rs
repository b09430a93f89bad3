//! The application's stack set: what there is of an application in each of its regions.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::report::Console;
use crate::stack::set::port::StackSetRequest;
use crate::stack::set::{CloudFormation, ManagedSet, Next};
use crate::store::Application;
use crate::template::app::names;
use crate::template::app::stack_set::{self, Change, Config};
use crate::template::tags;
use crate::template::version::TEMPLATE_VERSION;

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
    let next = |deployed: &str| {
        let config = stack_set::read(deployed)?.apply(change);
        let Some(config) = config else { return Ok(None) };
        let request = request(application, region, &config);
        check_length(&request, &config)?;
        Ok(Some(Next { request, version: config.version }))
    };
    managed(cloudformation, &name, limit).change(next, console).await
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
