//! The application's stack set: what there is of an application in each of its regions.

use std::time::Duration;

use crate::error::Result;
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
        Ok(config
            .map(|config| Next { request: request(application, region, &config), version: config.version }))
    };
    managed(cloudformation, &name, limit).change(next, console).await
}
