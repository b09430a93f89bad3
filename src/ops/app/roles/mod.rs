//! The stack with an application's roles: created or updated, whoever else is at it.

pub(crate) mod refusal;

use std::collections::BTreeMap;

use super::port::Identity;
use crate::diff::meaning::Comparison;
use crate::error::{Error, Kind, Result};
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::follow::Ended;
use crate::stack::port::{CloudFormation, Stack, TemplateSource};
use crate::stack::status::{self, Presence};
use crate::stack::{self, Deletion, ManagedStack, Options, Update, Wording, advice, settle};
use crate::store::Application;
use crate::template::app::roles::{self, Domain, Inputs};
use crate::template::app::{ids, names};
use crate::template::cfn::template::descriptions;
use crate::template::tags;
use crate::template::version::TEMPLATE_VERSION;
use crate::yaml;

/// The stack as it shall be.
pub(super) struct Desired<'a> {
    pub application: &'a Application,
    /// Accounts whose environments may change the application's hosted zone.
    pub delegated_accounts: Vec<String>,
    /// Tags that the stack has now, and keeps.
    pub tags: BTreeMap<String, String>,
    pub allow_replacement: bool,
    /// Who creates the roles, where that is known.
    pub caller: Option<&'a Identity>,
    /// The command to run again after a failure.
    pub command: &'a str,
}

impl Desired<'_> {
    fn inputs(&self) -> Inputs {
        let application = self.application;
        let domain = (!application.domain.is_empty()).then(|| Domain {
            name: application.domain.clone(),
            hosted_zone_id: application.domain_hosted_zone_id.clone(),
        });
        Inputs {
            app: application.name.clone(),
            account_id: application.account.clone(),
            delegated_accounts: self.delegated_accounts.clone(),
            domain,
            permissions_boundary: application.permissions_boundary.clone(),
            template_version: TEMPLATE_VERSION.to_owned(),
        }
    }

    fn tags(&self) -> BTreeMap<String, String> {
        let mut all = self.tags.clone();
        all.retain(|key, _| !key.starts_with("aws:"));
        all.extend(self.application.tags.clone().unwrap_or_default());
        tags::application_tags(&all, &self.application.name)
    }
}

/// The accounts that a deployed stack delegates to.
pub(super) fn delegated_accounts(stack: Option<&Stack>) -> Vec<String> {
    let list = stack.and_then(|stack| stack.parameters.get(ids::DELEGATED_ACCOUNTS));
    let accounts = list.map(String::as_str).unwrap_or_default().split(',').map(str::trim);
    accounts.filter(|account| !account.is_empty()).map(str::to_owned).collect()
}

/// Types of which a new resource is as good as the old one: nothing is kept in it.
const HARMLESS: [&str; 1] = ["AWS::Route53::RecordSet"];

/// How often the stack is looked at again because somebody else created or changed it at the same moment.
const ATTEMPTS: usize = 5;

/// Creates or updates the stack, and waits until it is as it shall be. What remains of a creation that fails is removed.
///
/// # Errors
/// When CloudFormation refuses it, when it fails, or when the user stops it.
pub(super) async fn bring_about<C: CloudFormation>(
    cloudformation: &C,
    desired: &Desired<'_>,
    mut existing: Option<Stack>,
    console: &Console<'_>,
) -> Result<()> {
    let name = names::roles_stack(&desired.application.name);
    let options = Options {
        wait: true,
        continue_rollback: true,
        recreate: true,
        allow_replacement: desired.allow_replacement,
        ..Options::default()
    };
    let managed = ManagedStack {
        cloudformation,
        name: &name,
        options: &options,
        linked: &[],
        resume_with: desired.command,
    };
    let mut attempt = 1;
    loop {
        settle::unblock(&managed, &mut existing, console).await?;
        let creates = status::presence(existing.as_ref().map(|stack| &stack.status)) != Presence::Live;
        let error = match apply(&managed, desired, existing.as_ref(), console).await {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == Kind::Interrupted => return Err(error),
            Err(error) => error,
        };
        let now = cloudformation.stack(&name).await?;
        let status = now.as_ref().map(|stack| &stack.status);
        let is_others = match (creates, status) {
            (_, Some(status)) if status.is_busy() => true,
            // Ours had failed otherwise.
            (true, Some(status)) => status.succeeded(),
            (true, None) => is_overtaken(&error),
            (false, _) => false,
        };
        if !is_others || attempt == ATTEMPTS {
            return Err(match now {
                Some(now) if creates && now.status.presence() == Presence::Remnant => {
                    remove(&managed, &now, error, console).await
                }
                _ => error,
            });
        }
        attempt += 1;
        existing = now;
    }
}

/// Whether somebody else's failure took the empty stack away from under a change set.
fn is_overtaken(error: &Error) -> bool {
    let text = error.to_string();
    ["ChangeSetNotFound", "does not exist", "InvalidChangeSetStatus"].iter().any(|part| text.contains(part))
}

async fn apply<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    desired: &Desired<'_>,
    existing: Option<&Stack>,
    console: &Console<'_>,
) -> Result<()> {
    let inputs = desired.inputs();
    let template = roles::render(&inputs);
    let deployed = match existing.filter(|stack| stack.status.presence() == Presence::Live) {
        Some(_) => {
            console.guard(stack::NOTHING_DEPLOYED, managed.cloudformation.template(managed.name)).await?
        }
        None => None,
    };
    let deployed = deployed.and_then(|text| yaml::load(&text).ok().flatten());
    let update = Update {
        existing,
        role_arn: "",
        template: &TemplateSource::Inline(template.to_yaml()),
        parameters: &roles::parameters(&inputs),
        tags: &desired.tags(),
        comparison: &Comparison::new(deployed.as_ref(), &template.body),
        kept_parameters: &[],
        hazards: Hazards { harmless: &HARMLESS, ..Hazards::default() },
        descriptions: &descriptions(&template.body),
    };
    let wording = Wording {
        command: desired.command,
        completes: Some("the application"),
        failure: &|ended, _| failure(managed.name, ended, desired),
    };
    stack::apply_saying(managed, &update, &wording, console).await.map(drop)
}

/// Why the stack's operation failed. It worked with the caller's own permissions, so a refusal is about these.
fn failure(name: &str, ended: &Ended, desired: &Desired<'_>) -> Error {
    let app = &desired.application.name;
    let Some(cause) = &ended.failures.cause else {
        let reason = ended.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        return Error::new(format!("stack {name} ended as {}{reason}", ended.status));
    };
    let event = &cause.event;
    let reason = event.reason.as_deref().unwrap_or_default();
    if let Some(refused) = refusal::read(reason) {
        let caller = desired.caller.map(|caller| caller.arn.as_str());
        return refused
            .error(reason, caller, desired.application, desired.command)
            .details(ended.failures.lines());
    }
    let error = Error::new(format!("stack {name} ended as {}: {}", ended.status, cause.clause()))
        .details(ended.failures.lines());
    let exists = reason.to_lowercase().contains("already exists");
    match advice::hint(&event.resource_type, reason) {
        _ if exists && event.resource_type == "AWS::IAM::Role" => {
            error.hint(format!("A role of this name belongs to something else. Choose another name than {app} for the application."))
        }
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Removes what remains of a failed creation, and says so with the error.
async fn remove<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    remnant: &Stack,
    error: Error,
    console: &Console<'_>,
) -> Error {
    let name = managed.name;
    let deletion = Deletion {
        role_arn: None,
        described: format!("stack {name}"),
        title: format!("Deleting stack {name}, whose creation failed"),
        resources: Vec::new(),
        interrupted: "the failed stack is left; the next run removes it",
    };
    match stack::delete(managed, remnant, &deletion, console).await {
        Ok(()) => error.hint("The failed stack was removed: nothing has to be deleted by hand before the command is run again."),
        Err(e) => error.hint(format!("The failed stack could not be removed ({e}); the next run tries again.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_the_deployed_parameter() {
        let stack = |list: &str| Stack {
            parameters: BTreeMap::from([(ids::DELEGATED_ACCOUNTS.to_owned(), list.to_owned())]),
            ..Stack::default()
        };
        assert_eq!(
            delegated_accounts(Some(&stack("000000000042, 123456789012"))),
            ["000000000042", "123456789012"]
        );
        assert!(delegated_accounts(Some(&stack(""))).is_empty());
        assert!(delegated_accounts(None).is_empty());
    }

    #[test]
    fn tags_of_the_stack_and_of_the_record_are_both_kept() {
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let application = Application {
            name: "shop".to_owned(),
            tags: Some(pairs(&[("team", "data")])),
            ..Application::default()
        };
        let desired = Desired {
            application: &application,
            delegated_accounts: Vec::new(),
            tags: pairs(&[("team", "old"), ("cost", "1"), ("aws:x", "y"), ("copilot-application", "forged")]),
            allow_replacement: false,
            caller: None,
            command: "",
        };
        assert_eq!(
            desired.tags(),
            pairs(&[("team", "data"), ("cost", "1"), ("copilot-application", "shop")])
        );
    }
}
