//! The application's hosted zone, which an environment in another account delegates its subdomain in: the roles' stack lets
//! that account in.

use super::port::Account;
use super::target::Target;
use crate::diff::meaning::Comparison;
use crate::error::{Kind, Result};
use crate::ops::app::version;
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::port::{Stack, Stacks as _, TemplateSource};
use crate::stack::{self, ManagedStack, Options, Update, settle};
use crate::template::app::roles::{self, Domain, Inputs};
use crate::template::app::{ids, names};
use crate::template::cfn::template::descriptions;
use crate::template::tags;
use crate::template::version::TEMPLATE_VERSION;
use crate::yaml;

/// How often the change is made anew because somebody else changed the stack at the same moment.
const ATTEMPTS: usize = 5;

/// Whether the environment's account must be let in.
pub(super) fn is_needed(target: &Target) -> bool {
    !target.application.domain.is_empty() && target.application.account != target.account
}

/// Lets the environment's account in. Everything else in the stack stays: accounts, boundary and tags.
pub(super) async fn grant<A: Account>(own: &A, target: &Target, console: &Console<'_>) -> Result<()> {
    let name = names::roles_stack(&target.app);
    let cloudformation = own.home_stacks();
    let options = Options { wait: true, continue_rollback: true, ..Options::default() };
    let managed = ManagedStack {
        cloudformation: &cloudformation,
        name: &name,
        options: &options,
        linked: &[],
        resume_with: &target.command,
    };
    for attempt in 1.. {
        let mut existing = console.guard(stack::NOTHING_DEPLOYED, cloudformation.stack(&name)).await?;
        if existing
            .as_ref()
            .is_some_and(|stack| accounts(stack).contains(&target.account) && !stack.status.is_busy())
        {
            return Ok(());
        }
        settle::unblock(&managed, &mut existing, console).await?;
        let Some(present) = existing else {
            return Err(version::incomplete(&target.app, &version::roles_stack(&target.app)));
        };
        match apply(&managed, target, &present, console).await {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == Kind::Interrupted || attempt == ATTEMPTS => return Err(error),
            Err(error) => {
                // A change set is worth nothing once another one was executed: then the accounts are read again.
                let now = cloudformation.stack(&name).await?;
                let others =
                    now.is_some_and(|now| now.status.is_busy() || accounts(&now) != accounts(&present));
                if !others {
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}

/// The accounts that are let in.
fn accounts(stack: &Stack) -> Vec<String> {
    let list = stack.parameters.get(ids::DELEGATED_ACCOUNTS).map(String::as_str).unwrap_or_default();
    list.split(',').map(str::trim).filter(|account| !account.is_empty()).map(str::to_owned).collect()
}

async fn apply<C: stack::port::CloudFormation>(
    managed: &ManagedStack<'_, C>,
    target: &Target,
    present: &Stack,
    console: &Console<'_>,
) -> Result<()> {
    let application = &target.application;
    let mut delegated_accounts = accounts(present);
    delegated_accounts.push(target.account.clone());
    let inputs = Inputs {
        app: target.app.clone(),
        account_id: application.account.clone(),
        delegated_accounts,
        domain: Some(Domain {
            name: application.domain.clone(),
            hosted_zone_id: application.domain_hosted_zone_id.clone(),
        }),
        permissions_boundary: application.permissions_boundary.clone(),
        template_version: TEMPLATE_VERSION.to_owned(),
    };
    let template = roles::render(&inputs);
    let deployed =
        console.guard(stack::NOTHING_DEPLOYED, managed.cloudformation.template(managed.name)).await?;
    let deployed = deployed.and_then(|text| yaml::load(&text).ok().flatten());
    let mut all_tags = present.tags.clone();
    all_tags.retain(|key, _| !key.starts_with("aws:"));
    all_tags.extend(application.tags.clone().unwrap_or_default());
    let update = Update {
        existing: Some(present),
        role_arn: "",
        template: &TemplateSource::Inline(template.to_yaml()),
        parameters: &roles::parameters(&inputs),
        tags: &tags::application_tags(&all_tags, &target.app),
        comparison: &Comparison::new(deployed.as_ref(), &template.body),
        kept_parameters: &[],
        hazards: Hazards { harmless: &["AWS::Route53::RecordSet"], ..Hazards::default() },
        descriptions: &descriptions(&template.body),
    };
    stack::apply(managed, &update, &target.command, console).await.map(drop)
}
