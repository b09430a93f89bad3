//! IAM roles of an environment: found, and deleted when an environment that is gone left them behind.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::element::Element;
use super::session::Session;
use super::signed::Refusal;
use super::xml;
use crate::error::Result;
use crate::ops::env::init::port::{EnvironmentRoles, Role};

/// How long the role that Amazon ECS works with is waited for: creating it is a favour to accounts that never had it.
const FAVOUR: Duration = Duration::from_secs(10);

impl EnvironmentRoles for Session {
    async fn role(&self, role: &str) -> Result<Option<Role>> {
        let form = [("Action", "GetRole"), ("RoleName", role)];
        self.ask_iam("iam:GetRole", &target(role), &form, read_role).await
    }

    async fn delete_role(&self, role: &str) -> Result<()> {
        let target = target(role);
        let ask = async |permission: &'static str, key: &str, value: &str| {
            let (_, action) = permission.split_once(':').unwrap_or_default();
            let mut form = vec![("Action", action), ("RoleName", role)];
            form.extend((!key.is_empty()).then_some((key, value)));
            self.ask_iam(permission, &target, &form, read_list).await
        };
        for policy in ask("iam:ListRolePolicies", "", "").await?.unwrap_or_default() {
            ask("iam:DeleteRolePolicy", "PolicyName", &policy).await?;
        }
        // None in an environment's own roles; a policy that somebody attached keeps the role from being deleted.
        ask("iam:DeleteRole", "", "").await.map(drop)
    }

    async fn create_service_linked_role(&self) {
        let once = self.without_retries();
        let form = [("Action", "CreateServiceLinkedRole"), ("AWSServiceName", "ecs.amazonaws.com")];
        let target = "the service-linked role of Amazon ECS";
        let call = once.ask_iam("iam:CreateServiceLinkedRole", target, &form, read_list);
        // It exists in most accounts, and is created with the first cluster where the caller may do it.
        let _ = tokio::time::timeout(FAVOUR, call).await;
    }
}

fn target(role: &str) -> String {
    format!("role {role}")
}

/// The outermost element of an answer; `None` when IAM says that there is no such thing.
fn read(response: &HttpResponse) -> Result<Option<Element>, OrchestratorError<Refusal>> {
    match xml::answer(response, "Response") {
        Ok(text) => Element::parse(&text)
            .map(Some)
            .ok_or_else(|| OrchestratorError::other("the answer is none of IAM's")),
        Err(error) if error.as_operation_error().is_some_and(|e| e.code() == Some("NoSuchEntity")) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn read_role(response: &HttpResponse) -> Result<Option<Role>, OrchestratorError<Refusal>> {
    let Some(answer) = read(response)? else { return Ok(None) };
    let role = answer.child("GetRoleResult").and_then(|result| result.child("Role"));
    let role = role.and_then(|role| {
        let tag = |tag: &Element| {
            Some((tag.text("Key")?.to_owned(), tag.text("Value").unwrap_or_default().to_owned()))
        };
        let tags: BTreeMap<String, String> = role.list("Tags").filter_map(tag).collect();
        Some(Role { id: role.text("RoleId")?.to_owned(), tags })
    });
    role.map(Some).ok_or_else(|| OrchestratorError::other("the answer holds no role"))
}

/// Names of policies, when the answer has some.
fn read_list(response: &HttpResponse) -> Result<Option<Vec<String>>, OrchestratorError<Refusal>> {
    let Some(answer) = read(response)? else { return Ok(None) };
    let result = answer.child("ListRolePoliciesResult");
    Ok(result.map(|result| result.list("PolicyNames").map(|name| name.content().to_owned()).collect()))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    #[test]
    fn roles_and_policies_of_an_answer() {
        let role = "<GetRoleResponse><GetRoleResult><Role><RoleId>AROA1</RoleId><Tags><member><Key>a</Key><Value>b</Value>\
                    </member></Tags></Role></GetRoleResult></GetRoleResponse>";
        let found = read_role(&response(200, role)).unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.tags["a"].as_str()), ("AROA1", "b"));
        let missing = "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>";
        assert_eq!(read_role(&response(404, missing)).unwrap(), None);
        assert!(read_role(&response(403, &missing.replace("NoSuchEntity", "AccessDenied"))).is_err());
        assert!(read_role(&response(200, "<GetRoleResponse></GetRoleResponse>")).is_err());
        let policies = "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>root</member><member>x</member>\
                        </PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>";
        assert_eq!(
            read_list(&response(200, policies)).unwrap(),
            Some(vec!["root".to_owned(), "x".to_owned()])
        );
        assert_eq!(read_list(&response(200, "<DeleteRoleResponse></DeleteRoleResponse>")).unwrap(), None);
    }
}
