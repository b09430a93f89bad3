//! IAM: which roles and policies an account has. There is one IAM for all regions of a partition.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::session::Session;
use super::signed::{self, Call, Endpoint, Read, Refusal};
use super::xml;
use crate::error::Result;
use crate::ops::app::port::RolesAndPolicies;

/// One page of policies.
#[derive(Debug)]
struct Page {
    arns: Vec<String>,
    next: Option<String>,
}

impl RolesAndPolicies for Session {
    async fn role_tags(&self, role: &str) -> Result<Option<BTreeMap<String, String>>> {
        let form = [("Action", "ListRoleTags"), ("RoleName", role)];
        self.ask_iam("iam:ListRoleTags", &format!("role {role}"), &form, read_tags).await
    }

    async fn boundary_policies(&self) -> Result<Vec<String>> {
        let mut arns = Vec::new();
        let mut marker = None;
        loop {
            let mut form = vec![
                ("Action", "ListPolicies"),
                ("Scope", "Local"),
                ("PolicyUsageFilter", "PermissionsBoundary"),
            ];
            form.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page =
                self.ask_iam("iam:ListPolicies", "the permissions boundaries", &form, read_page).await?;
            arns.extend(page.arns);
            match page.next {
                Some(next) => marker = Some(next),
                None => return Ok(arns),
            }
        }
    }

    async fn has_policy(&self, arn: &str) -> Result<bool> {
        let form = [("Action", "GetPolicy"), ("PolicyArn", arn)];
        self.ask_iam("iam:GetPolicy", &format!("policy {arn}"), &form, read_policy).await
    }
}

impl Session {
    pub(super) async fn ask_iam<T>(
        &self,
        permission: &'static str,
        target: &str,
        form: &[(&str, &str)],
        read: Read<T>,
    ) -> Result<T>
    where
        T: std::fmt::Debug + Send + Sync + 'static,
    {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form).append_pair("Version", "2010-05-08");
        let call = Call {
            service: "iam",
            permission,
            target,
            headers: &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            body: body.finish(),
        };
        signed::send_to(self, Endpoint::iam(self), call, read).await
    }
}

type Reading<T> = Result<T, OrchestratorError<Refusal>>;

/// What an answer says of one thing; `None` when IAM says that there is no such thing.
fn found<T>(answer: Reading<T>) -> Reading<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.as_operation_error().is_some_and(|e| e.code() == Some("NoSuchEntity")) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn read_tags(response: &HttpResponse) -> Reading<Option<BTreeMap<String, String>>> {
    let tag =
        |member: &String| Some((xml::text(member, "Key")?, xml::text(member, "Value").unwrap_or_default()));
    let tags = xml::answer(response, "ListRoleTagsResponse")
        .map(|text| xml::elements(&text, "member").iter().filter_map(tag).collect());
    found(tags)
}

fn read_policy(response: &HttpResponse) -> Reading<bool> {
    found(xml::answer(response, "GetPolicyResponse")).map(|policy| policy.is_some())
}

fn read_page(response: &HttpResponse) -> Reading<Page> {
    let text = xml::answer(response, "ListPoliciesResponse")?;
    let next = xml::text(&text, "Marker").filter(|_| text.contains("<IsTruncated>true<"));
    Ok(Page { arns: xml::elements(&text, "Arn"), next })
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    #[test]
    fn answers_of_iam() {
        let tags = "<ListRoleTagsResponse><ListRoleTagsResult><Tags><member><Key>a&amp;b</Key><Value>c</Value></member>\
                    <member><Key>empty</Key><Value></Value></member></Tags></ListRoleTagsResult></ListRoleTagsResponse>";
        let missing =
            "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>";
        let denied =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        let page = "<ListPoliciesResponse><ListPoliciesResult><Policies><member><Arn>arn:a</Arn></member></Policies>\
                    <IsTruncated>true</IsTruncated><Marker>m</Marker></ListPoliciesResult></ListPoliciesResponse>";
        let code = |error: OrchestratorError<Refusal>| {
            error.as_operation_error().and_then(|e| e.code().map(str::to_owned))
        };
        insta::assert_debug_snapshot!((
            read_tags(&response(200, tags)).map_err(code),
            read_tags(&response(404, missing)).map_err(code),
            read_tags(&response(403, denied)).map_err(code),
            read_policy(&response(200, "<GetPolicyResponse/>")).is_err(),
            read_policy(&response(200, "<GetPolicyResponse></GetPolicyResponse>")).map_err(code),
            read_policy(&response(404, missing)).map_err(code),
            read_page(&response(200, page)).map_err(code),
            read_page(&response(200, &page.replace("true", "false"))).map_err(code),
        ), @r#"
        (
            Ok(
                Some(
                    {
                        "a&b": "c",
                        "empty": "",
                    },
                ),
            ),
            Ok(
                None,
            ),
            Err(
                Some(
                    "AccessDenied",
                ),
            ),
            false,
            Ok(
                true,
            ),
            Ok(
                false,
            ),
            Ok(
                Page {
                    arns: [
                        "arn:a",
                    ],
                    next: Some(
                        "m",
                    ),
                },
            ),
            Ok(
                Page {
                    arns: [
                        "arn:a",
                    ],
                    next: None,
                },
            ),
        )
        "#);
    }
}
