//! IAM's refusals, as they stand in the reasons of CloudFormation's events.

use crate::error::Error;
use crate::store::Application;

/// What was refused to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// ARN of who asked, when AWS says it.
    who: Option<String>,
    /// The action, as policies name it.
    action: Option<String>,
    /// What it was about.
    resource: Option<String>,
    /// The kind of policy that denies it explicitly.
    denied_by: Option<String>,
}

/// Reads a refusal; `None` when the reason is another one.
pub(crate) fn read(reason: &str) -> Option<Refusal> {
    let low = reason.to_lowercase();
    let is_refusal =
        ["not authorized to perform", "accessdenied", "access denied"].iter().any(|part| low.contains(part));
    if !is_refusal {
        return None;
    }
    // `User: ARN is not authorized to perform: ACTION on resource: ARN because …`
    let word = |before: &str| {
        let (_, rest) = reason.split_once(before)?;
        let word = rest.split_whitespace().next()?.trim_matches(['"', '\'', ',', '.', ';', '(', ')']);
        (!word.is_empty()).then(|| word.to_owned())
    };
    let denied_by = low.contains("explicit deny").then(|| {
        let kind = low.split_once("explicit deny in ").map(|(_, rest)| rest);
        let kind = kind.map(|kind| kind.split(['.', ',', '(', ':', '"']).next().unwrap_or_default().trim());
        kind.filter(|kind| !kind.is_empty()).unwrap_or("a policy").to_owned()
    });
    Some(Refusal {
        who: word("User: "),
        action: word("not authorized to perform: "),
        resource: word("on resource: "),
        denied_by,
    })
}

impl Refusal {
    /// The error, with what to do. `caller` is who ran the command, `command` the one to run again.
    pub(crate) fn error(
        &self,
        reason: &str,
        caller: Option<&str>,
        application: &Application,
        command: &str,
    ) -> Error {
        let resource = self.resource.as_deref().map(|arn| arn.rsplit('/').next().unwrap_or(arn));
        let who = self.who.as_deref().or(caller).unwrap_or("your own credentials");
        let what = match (&self.action, resource) {
            (Some(action), Some(resource)) => format!("{action} on {resource}"),
            (Some(action), None) => action.clone(),
            (None, _) => "the creation of roles".to_owned(),
        };
        let error = Error::new(format!("{what} was refused to {who}: {reason}"));
        let Some(policy) = &self.denied_by else {
            let action = self.action.as_deref().unwrap_or("the action");
            return error.hint(format!(
                "A permission is missing: allow {action} to {who}, then run `{command}` again."
            ));
        };
        let error = error.hint(format!(
            "It is denied explicitly, by {policy}. This is no missing permission, so more permissions will not help."
        ));
        match &application.permissions_boundary {
            None => error.hint(format!(
                "Where every role must have a permissions boundary, name it: `copilot app init {} --permissions-boundary NAME`.",
                application.name
            )),
            Some(boundary) => error.hint(format!(
                "The roles have the permissions boundary {boundary}: ask an administrator which one they must have."
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_and_what_to_do() {
        let start = "API: iam:CreateRole User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:CreateRole \
                     on resource: arn:aws:iam::123456789012:role/demo-adminrole";
        let told: Vec<String> = [
            (format!("{start} because no identity-based policy allows the iam:CreateRole action"), None),
            (format!("{start} with an explicit deny in a service control policy"), None),
            (
                format!(
                    "{start} with an explicit deny in a permissions boundary (Service: Iam, Status Code: 403)"
                ),
                None,
            ),
            (format!("{start} with an explicit deny in an identity-based policy"), Some("Limits")),
            (
                "Resource handler returned message: \"Access denied for operation 'AWS::IAM::Role'.\""
                    .to_owned(),
                None,
            ),
        ]
        .into_iter()
        .map(|(reason, boundary)| {
            let application = Application {
                name: "demo".to_owned(),
                permissions_boundary: boundary.map(str::to_owned),
                ..Application::default()
            };
            let caller = Some("arn:aws:sts::123456789012:assumed-role/dev/me");
            let error = read(&reason).unwrap().error(&reason, caller, &application, "copilot app init demo");
            format!("{error}\n  {}\n", error.hints().join("\n  "))
        })
        .collect();
        insta::assert_snapshot!(told.concat(), @r#"
        iam:CreateRole on demo-adminrole was refused to arn:aws:iam::123456789012:user/dev: API: iam:CreateRole User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/demo-adminrole because no identity-based policy allows the iam:CreateRole action
          A permission is missing: allow iam:CreateRole to arn:aws:iam::123456789012:user/dev, then run `copilot app init demo` again.
        iam:CreateRole on demo-adminrole was refused to arn:aws:iam::123456789012:user/dev: API: iam:CreateRole User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/demo-adminrole with an explicit deny in a service control policy
          It is denied explicitly, by a service control policy. This is no missing permission, so more permissions will not help.
          Where every role must have a permissions boundary, name it: `copilot app init demo --permissions-boundary NAME`.
        iam:CreateRole on demo-adminrole was refused to arn:aws:iam::123456789012:user/dev: API: iam:CreateRole User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/demo-adminrole with an explicit deny in a permissions boundary (Service: Iam, Status Code: 403)
          It is denied explicitly, by a permissions boundary. This is no missing permission, so more permissions will not help.
          Where every role must have a permissions boundary, name it: `copilot app init demo --permissions-boundary NAME`.
        iam:CreateRole on demo-adminrole was refused to arn:aws:iam::123456789012:user/dev: API: iam:CreateRole User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/demo-adminrole with an explicit deny in an identity-based policy
          It is denied explicitly, by an identity-based policy. This is no missing permission, so more permissions will not help.
          The roles have the permissions boundary Limits: ask an administrator which one they must have.
        the creation of roles was refused to arn:aws:sts::123456789012:assumed-role/dev/me: Resource handler returned message: "Access denied for operation 'AWS::IAM::Role'."
          A permission is missing: allow the action to arn:aws:sts::123456789012:assumed-role/dev/me, then run `copilot app init demo` again.
        "#);
        assert_eq!(read("demo-adminrole already exists"), None);
    }
}
