//! The application's share of an environment: what the application has in the environment's region for it, and what it
//! allows the environment's account. It goes with the last environment of the region, or of the account.

use std::cmp::Ordering;
use std::time::Duration;

use crate::diff::meaning::Comparison;
use crate::error::Result;
use crate::ops::app::regional::{self, Region, SetState};
use crate::ops::app::stack_set;
use crate::ops::removal::port::OwnAccount;
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::port::{Stack, Stacks as _, TemplateSource};
use crate::stack::set::Next;
use crate::stack::{self, ManagedStack, Options, Update};
use crate::store::{Application, Environment};
use crate::template::app::stack_set::{Change, read};
use crate::template::app::{ids, names};
use crate::template::version::{self, TEMPLATE_VERSION};
use crate::yaml;

/// What no environment needs once this one is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unneeded {
    /// No other environment is in the region.
    pub region: bool,
    /// No other environment is in the account.
    pub account: bool,
}

impl Unneeded {
    /// What the environment alone needs of the application.
    pub(crate) fn of(environment: &Environment, all: &[Environment]) -> Self {
        let others = || all.iter().filter(|other| other.name != environment.name);
        Self {
            region: others().all(|other| other.region != environment.region),
            account: others().all(|other| other.account_id != environment.account_id),
        }
    }
}

/// What the application has in the environment's region, when no other environment is there.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn region<A: OwnAccount>(
    account: &A,
    environment: &Environment,
    set: &SetState,
) -> Result<Option<Region<A::Environment>>> {
    match set.instances.iter().find(|instance| instance.region == environment.region) {
        Some(instance) => Region::read(account, instance).await.map(Some),
        None => Ok(None),
    }
}

/// Cleans the application's share.
///
/// # Errors
/// When something of it cannot be removed.
pub(crate) async fn clean<A: OwnAccount>(
    account: &A,
    application: &Application,
    environment: &Environment,
    all: &[Environment],
    limit: Duration,
    console: &Console<'_>,
) -> Result<()> {
    let unneeded = Unneeded::of(environment, all);
    let app = &application.name;
    let set = regional::read(account, app).await?;
    if set.template.is_some() && unneeded.region {
        let region = region(account, environment, &set).await?;
        if let Some(region) = region {
            regional::delete(account, app, &[region], limit, console).await?;
        }
    }
    if !unneeded.account {
        return Ok(());
    }
    stop_delegating(account, application, environment, console).await?;
    let Some(template) = &set.template else { return Ok(()) };
    if version::compare(&version::of_template(template, ids::TEMPLATE_VERSION), TEMPLATE_VERSION)
        == Ordering::Greater
    {
        console.warn(format!(
            "A newer version of this program made the stack set of application {app}: account {} stays among those that it allows. \
             A newer version takes it out with the next environment of that account.",
            environment.account_id
        ));
        return Ok(());
    }
    // Only this account goes: another may have been added by somebody whose environment has no record yet.
    let next = |deployed: &str| {
        let config = read(deployed)?;
        let others = config.accounts.iter().filter(|account| **account != environment.account_id);
        let next = config.apply(&Change::KeepAccounts(others.cloned().collect()));
        let region = account.home_region();
        Ok(next.map(|config| Next {
            request: stack_set::request(application, &region, &config),
            version: config.version,
        }))
    };
    let name = names::stack_set(app);
    stack_set::managed(account, &name, limit).change(next, console).await.map(drop)
}

/// Takes the account out of those that may change the application's hosted zone. Everything else of the stack stays as it is:
/// template, tags and the boundary of its roles.
async fn stop_delegating<A: OwnAccount>(
    account: &A,
    application: &Application,
    environment: &Environment,
    console: &Console<'_>,
) -> Result<()> {
    let gone = environment.account_id.as_str();
    if gone == application.account {
        return Ok(());
    }
    let home = account.own(&account.home_region());
    let name = names::roles_stack(&application.name);
    let Some(roles) = home.stack(&name).await? else { return Ok(()) };
    let Some(accounts) = without(&roles, gone) else { return Ok(()) };
    let Some(template) = home.template(&roles.id).await? else { return Ok(()) };
    let mut parameters = roles.parameters.clone();
    parameters.insert(ids::DELEGATED_ACCOUNTS.to_owned(), accounts);
    let parameters: Vec<(String, String)> = parameters.into_iter().collect();
    let body = yaml::load(&template).ok().flatten();
    let comparison = body.as_ref().map(|body| Comparison::new(Some(body), body)).unwrap_or_default();
    let again = format!("copilot env delete --app {} --name {}", application.name, environment.name);
    let managed = ManagedStack {
        cloudformation: &home,
        name: &name,
        options: &Options::default(),
        linked: &[],
        resume_with: &again,
    };
    let update = Update {
        existing: Some(&roles),
        role_arn: "",
        template: &TemplateSource::Inline(template),
        parameters: &parameters,
        tags: &roles.tags,
        comparison: &comparison,
        kept_parameters: &[],
        hazards: Hazards::default(),
        descriptions: &[],
    };
    stack::apply(&managed, &update, &again, console).await.map(drop)
}

/// The accounts that may change the hosted zone without this one; `None` when it is not among them.
fn without(roles: &Stack, gone: &str) -> Option<String> {
    let accounts = roles.parameters.get(ids::DELEGATED_ACCOUNTS)?;
    let all: Vec<&str> = accounts.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    all.contains(&gone).then(|| all.into_iter().filter(|one| *one != gone).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str, account: &str, region: &str) -> Environment {
        Environment {
            name: name.to_owned(),
            account_id: account.to_owned(),
            region: region.to_owned(),
            ..Environment::default()
        }
    }

    #[test]
    fn what_other_environments_need_stays() {
        let test = environment("test", "1", "us-west-2");
        for (others, region, account) in [
            (vec![], true, true),
            (vec![environment("b", "1", "us-west-2")], false, false),
            (vec![environment("b", "2", "us-west-2")], false, true),
            (vec![environment("b", "1", "eu-west-1")], true, false),
            (vec![environment("b", "1", "eu-west-1"), environment("c", "2", "us-west-2")], false, false),
            (vec![environment("b", "2", "eu-west-1")], true, true),
        ] {
            let all: Vec<Environment> = others.into_iter().chain([test.clone()]).collect();
            assert_eq!(Unneeded::of(&test, &all), Unneeded { region, account }, "{all:?}");
        }
    }

    #[test]
    fn only_the_account_itself_is_taken_out() {
        for (accounts, expected) in [
            (Some("210987654321,123456789012"), Some("123456789012")),
            (Some("000000000042, 210987654321"), Some("000000000042")),
            (Some("123456789012"), None),
            (Some(""), None),
            (None, None),
        ] {
            let parameters = accounts.map(|value| (ids::DELEGATED_ACCOUNTS.to_owned(), value.to_owned()));
            let stack = Stack { parameters: parameters.into_iter().collect(), ..Stack::default() };
            assert_eq!(without(&stack, "210987654321").as_deref(), expected, "{accounts:?}");
        }
    }
}
