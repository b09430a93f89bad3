//! Resources by tag.

use serde_json::{Value, json};

use super::session::Session;
use super::signed::{self, Call};
use crate::error::Result;

/// A resource that carries the tags that were asked for.
#[derive(Debug)]
pub(super) struct Tagged {
    pub arn: String,
    tags: Vec<(String, String)>,
}

impl Tagged {
    /// The value of one of its tags.
    pub(super) fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }
}

/// All resources of a type in the session's region that carry these tags. A tag without a value must only be there. `target`
/// says what they are.
pub(super) async fn resources(
    session: &Session,
    target: &str,
    kind: &str,
    tags: &[(&str, &str)],
) -> Result<Vec<Tagged>> {
    let filter = |(key, value): &(&str, &str)| match value.is_empty() {
        true => json!({ "Key": key }),
        false => json!({ "Key": key, "Values": [value] }),
    };
    let filters: Vec<Value> = tags.iter().map(filter).collect();
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let mut input = json!({ "ResourceTypeFilters": [kind], "TagFilters": filters });
        if !token.is_empty() {
            input["PaginationToken"] = Value::from(token);
        }
        let call = Call {
            service: "tagging",
            permission: "tag:GetResources",
            target,
            headers: &[
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "ResourceGroupsTaggingAPI_20170126.GetResources"),
            ],
            body: input.to_string(),
        };
        let answer = signed::send(session, call, signed::json).await?;
        let page = answer["ResourceTagMappingList"].as_array();
        found.extend(page.into_iter().flatten().map(tagged));
        token = answer["PaginationToken"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() {
            return Ok(found);
        }
    }
}

fn tagged(resource: &Value) -> Tagged {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags = resource["Tags"].as_array().into_iter().flatten();
    Tagged {
        arn: text(&resource["ResourceARN"]),
        tags: tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect(),
    }
}
