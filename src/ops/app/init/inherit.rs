//! An application whose setting up broke off before its record was written: what was asked for then is in its roles' stack.

use crate::error::{Error, Result};
use crate::stack::port::Stack;
use crate::store::Application;
use crate::template::app::{ids, names};
use crate::template::tags::APPLICATION;
use crate::yaml;

/// The application that was asked for, completed with what the stack of its roles was created with.
///
/// # Errors
/// When the stack is not this application's, or was created with something else than is asked for now.
pub(super) fn from_roles(asked: Application, stack: &Stack, template: Option<&str>) -> Result<Application> {
    let app = asked.name.clone();
    let name = names::roles_stack(&app);
    match stack.tags.get(APPLICATION) {
        Some(owner) if *owner == app => {}
        owner => {
            let whose = owner.map(|owner| format!("; it belongs to application {owner}")).unwrap_or_default();
            return Err(Error::new(format!("stack {name} exists and is not application {app}'s{whose}"))
                .hint("Choose another name for the application."));
        }
    }
    let parameter = |key: &str| stack.parameters.get(key).cloned().unwrap_or_default();
    let differs = |what: &str, has: &str, flag: &str| {
        Error::new(format!("stack {name} was created with the {what} {has}, and now {flag} is asked for"))
            .hint(format!("Leave out the flag to go on where the first `copilot app init {app}` stopped."))
    };
    let mut application = asked;
    let domain = parameter(ids::DOMAIN);
    if application.domain.is_empty() {
        application.domain_hosted_zone_id = parameter(ids::DOMAIN_ZONE);
        application.domain = domain;
    } else if !domain.is_empty() && domain != application.domain {
        return Err(differs("domain", &domain, &application.domain));
    }
    let boundary = template.and_then(boundary);
    match (&application.permissions_boundary, boundary) {
        (None, boundary) => application.permissions_boundary = boundary,
        (Some(asked), Some(boundary)) if *asked != boundary => {
            return Err(differs("permissions boundary", &boundary, asked));
        }
        (Some(_), _) => {}
    }
    if application.tags.is_none() {
        let tags =
            stack.tags.clone().into_iter().filter(|(key, _)| key != APPLICATION && !key.starts_with("aws:"));
        application.tags =
            Some(tags.collect()).filter(|tags: &std::collections::BTreeMap<_, _>| !tags.is_empty());
    }
    Ok(application)
}

/// The policy that bounds the roles of a template.
fn boundary(template: &str) -> Option<String> {
    let body = yaml::load(template).ok().flatten()?;
    let path = ["Resources", ids::ADMIN_ROLE, "Properties", "PermissionsBoundary"];
    let boundary = path.iter().try_fold(&body, |node, key| node.get(key))?;
    // `!Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/NAME'`, in its long form a map.
    let text = boundary.as_text().or_else(|| boundary.get("Fn::Sub").and_then(yaml::Node::as_text))?;
    Some(text.split_once(":policy/")?.1.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::template::app::roles;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn inputs() -> roles::Inputs {
        roles::Inputs {
            app: "shop".to_owned(),
            account_id: "123456789012".to_owned(),
            delegated_accounts: Vec::new(),
            domain: Some(roles::Domain { name: "example.com".to_owned(), hosted_zone_id: "Z1".to_owned() }),
            permissions_boundary: Some("team/Limits".to_owned()),
            template_version: "v1.34.1".to_owned(),
        }
    }

    #[test]
    fn what_the_first_run_was_told_is_kept() {
        let template = roles::render(&inputs()).to_yaml();
        let stack = Stack {
            parameters: roles::parameters(&inputs()).into_iter().collect(),
            tags: pairs(&[(APPLICATION, "shop"), ("team", "data"), ("aws:cloudformation:stack-name", "x")]),
            ..Stack::default()
        };
        let asked = Application { name: "shop".to_owned(), ..Application::default() };
        let kept = from_roles(asked.clone(), &stack, Some(&template)).unwrap();
        let expected = Application {
            domain: "example.com".to_owned(),
            domain_hosted_zone_id: "Z1".to_owned(),
            permissions_boundary: Some("team/Limits".to_owned()),
            tags: Some(pairs(&[("team", "data")])),
            ..asked.clone()
        };
        assert_eq!(kept, expected);
        // The same flags again change nothing.
        assert_eq!(from_roles(expected.clone(), &stack, Some(&template)).unwrap(), expected);
        let other = |application: Application| {
            from_roles(application, &stack, Some(&template)).unwrap_err().to_string()
        };
        insta::assert_snapshot!([
            other(Application { domain: "other.com".to_owned(), ..asked.clone() }),
            other(Application { permissions_boundary: Some("Other".to_owned()), ..asked.clone() }),
            other(Application { name: "zoo".to_owned(), ..asked.clone() }),
            from_roles(asked.clone(), &Stack::default(), None).unwrap_err().to_string(),
        ].join("\n"), @"
        stack shop-infrastructure-roles was created with the domain example.com, and now other.com is asked for
        stack shop-infrastructure-roles was created with the permissions boundary team/Limits, and now Other is asked for
        stack zoo-infrastructure-roles exists and is not application zoo's; it belongs to application shop
        stack shop-infrastructure-roles exists and is not application shop's
        ");
    }

    #[test]
    fn a_boundary_is_read_in_both_forms() {
        let sub = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/Limits";
        let template = |value: &str| {
            format!("Resources: {{AdministrationRole: {{Properties: {{PermissionsBoundary: {value}}}}}}}")
        };
        assert_eq!(boundary(&template(&format!("!Sub '{sub}'"))).as_deref(), Some("Limits"));
        assert_eq!(boundary(&template(&format!("{{'Fn::Sub': '{sub}'}}"))).as_deref(), Some("Limits"));
        assert_eq!(boundary("Resources: {}"), None);
    }
}
