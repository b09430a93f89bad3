//! What there is of the application already, read side by side; and whether it goes together with what was asked for.

use std::collections::BTreeMap;

use super::Request;
use super::checks::Policy;
use super::inherit;
use crate::error::{Error, Result};
use crate::ops::app::port::{ApplicationAccount, Home, Identity};
use crate::ops::app::zone;
use crate::report::Console;
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::status::{self, Presence};
use crate::store::{self, Application, application_parameter};
use crate::template::app::names;
use crate::template::tags::APPLICATION;

/// What there is, and what the application shall be.
pub(crate) struct Surroundings<A: Home> {
    pub identity: Identity,
    pub stacks: A::Stacks,
    /// The application as its record has it, or shall have it.
    pub application: Application,
    /// Whether there is a record.
    pub recorded: bool,
    /// The stack with the roles.
    pub roles: Option<Stack>,
    pub has_stack_set: bool,
}

impl<A: Home> Surroundings<A> {
    /// Whether the roles are as an earlier run left them when it had ended.
    pub(crate) fn has_roles(&self) -> bool {
        let status = self.roles.as_ref().map(|stack| &stack.status);
        status::presence(status) == Presence::Live && self.recorded
    }

    /// Whether nothing has to be created in AWS.
    pub(crate) fn is_complete(&self) -> bool {
        self.has_roles() && self.has_stack_set
    }
}

/// Reads what there is.
///
/// # Errors
/// When something cannot be read, or stands in the way.
pub(crate) async fn read<A: ApplicationAccount>(
    account: &A,
    app: &str,
    request: &Request,
    console: &Console<'_>,
) -> Result<Surroundings<A>> {
    let stacks = account.home_stacks();
    let (roles_stack, stack_set, admin_role) =
        (names::roles_stack(app), names::stack_set(app), names::admin_role(app));
    let record = async {
        let name = application_parameter(app);
        account.read(&name).await?.map(|text| store::parse::<Application>(&name, &text)).transpose()
    };
    let zone = async {
        match &request.domain {
            Some(domain) => zone::of(account, domain, console).await.map(Some),
            None => Ok(None),
        }
    };
    let policy = request.permissions_boundary.as_deref().map(Policy::parse).transpose();
    let policy = policy.map_err(Error::usage)?;
    let boundaries = async {
        match &policy {
            Some(_) => Some(account.boundary_policies().await),
            None => None,
        }
    };
    let (identity, record, roles, set, role_tags, zone, boundaries) = tokio::join!(
        account.identity(),
        record,
        stacks.stack(&roles_stack),
        account.stack_set_template(&stack_set),
        account.role_tags(&admin_role),
        zone,
        boundaries,
    );
    let (identity, record, roles, set) = (identity?, record?, roles?, set?);
    if let Some(record) = &record {
        compare(record, request, policy.as_ref(), console)?;
    }
    if let (Some(policy), Some(listed)) = (&policy, boundaries) {
        check_boundary(account, policy, &identity, listed).await?;
    }
    let mut roles = roles;
    let absent = |roles: &Option<Stack>| {
        status::presence(roles.as_ref().map(|stack| &stack.status)) == Presence::Absent
    };
    // Without permission to look at the role, its creation says whether the name is taken.
    if let (None, true, Ok(Some(tags))) = (&record, absent(&roles), role_tags) {
        // Somebody else may have begun to set the same application up between the two looks.
        roles = stacks.stack(&roles_stack).await?;
        if absent(&roles) {
            return Err(elsewhere(app, &admin_role, &tags, &identity, &account.home_region()));
        }
    }
    let recorded = record.is_some();
    let application = match (record, &roles) {
        (Some(record), _) => record,
        (None, roles) => {
            let asked = Application {
                name: app.to_owned(),
                account: identity.account.clone(),
                permissions_boundary: policy.map(|policy| policy.name),
                domain: request.domain.clone().unwrap_or_default(),
                domain_hosted_zone_id: zone?.unwrap_or_default(),
                tags: Some(request.resource_tags.clone()).filter(|tags| !tags.is_empty()),
                ..Application::default()
            };
            match roles {
                Some(stack) if stack.status.presence() == Presence::Live => {
                    let template = stacks.template(&stack.id).await?;
                    inherit::from_roles(asked, stack, template.as_deref())?
                }
                _ => asked,
            }
        }
    };
    Ok(Surroundings { identity, stacks, application, recorded, roles, has_stack_set: set.is_some() })
}

/// Whether an application that exists can be what was asked for.
fn compare(
    record: &Application,
    request: &Request,
    policy: Option<&Policy>,
    console: &Console<'_>,
) -> Result<()> {
    let app = &record.name;
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    let fixed = |what: &str, has: &str, flag: &str| {
        Error::new(format!(
            "application {app} exists already, and its {what} is not {flag} but {}",
            or_none(has)
        ))
        .hint("It cannot be changed later. Leave out the flag to go on with the application as it is.")
    };
    if let Some(domain) = request.domain.as_ref().filter(|domain| **domain != record.domain) {
        return Err(fixed("domain", &record.domain, domain));
    }
    let boundary = record.permissions_boundary.as_deref().unwrap_or_default();
    if let Some(policy) = policy.filter(|policy| policy.name != boundary) {
        return Err(fixed("permissions boundary", boundary, &policy.name));
    }
    let tags = record.tags.clone().unwrap_or_default();
    if !request.resource_tags.is_empty() && request.resource_tags != tags {
        let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        console.warn(format!(
            "Application {app} exists already and keeps its tags: {}.",
            or_none(&tags.join(", "))
        ));
    }
    Ok(())
}

/// Whether the policy can bound roles of the account. It usually bounds some already; one that bounds nothing yet is looked
/// for by its ARN.
async fn check_boundary(
    account: &impl ApplicationAccount,
    policy: &Policy,
    identity: &Identity,
    listed: Result<Vec<String>>,
) -> Result<()> {
    let own = &identity.account;
    if let Some(other) = policy.account.as_ref().filter(|other| *other != own) {
        return Err(Error::new(format!(
            "--permissions-boundary: policy {} is one of account {other}, and the application is in {own}",
            policy.name
        ))
        .hint("Name a policy of the application's account, or choose another profile (AWS_PROFILE)."));
    }
    let name = |arn: &str| arn.split_once(":policy/").map(|(_, name)| name.to_owned());
    if listed.is_ok_and(|arns| arns.iter().filter_map(|arn| name(arn)).any(|name| name == policy.name)) {
        return Ok(());
    }
    let arn = names::policy_arn(&account.home_region(), own, &policy.name);
    match account.has_policy(&arn).await? {
        true => Ok(()),
        false => Err(Error::new(format!(
            "--permissions-boundary: there is no policy {} in account {own}",
            policy.name
        ))
        .hint("List those that there are with `aws iam list-policies --scope Local`.")),
    }
}

/// The error for an application without a record and a stack here whose role exists nevertheless.
fn elsewhere(
    app: &str,
    role: &str,
    tags: &BTreeMap<String, String>,
    identity: &Identity,
    region: &str,
) -> Error {
    let account = &identity.account;
    if tags.get(APPLICATION).is_none_or(|owner| owner != app) {
        return Error::new(format!(
            "account {account} has a role {role} already, and it is no application's"
        ))
        .hint(format!("Choose another name for the application: {app} needs a role of this name."));
    }
    let stack = names::roles_stack(app);
    let other = tags.get("aws:cloudformation:stack-id").and_then(|id| id.split(':').nth(3));
    let error = |place: &str| {
        Error::new(format!(
            "application {app} of account {account} is in {place}: its role {role} exists, and {region} has no stack {stack}"
        ))
    };
    match other {
        Some(other) if other != region => error(other)
            .hint(format!("Go on there: `AWS_REGION={other} copilot app init {app}`, or choose another name.")),
        _ => error("another region").hint(format!(
            "Find the region with `aws cloudformation describe-stacks --stack-name {stack} --region REGION`, region by region, and \
             go on there: `AWS_REGION=REGION copilot app init {app}`. Or choose another name."
        )),
    }
}
