//! What a deployed environment's template needs before its stack is deleted, and what the deletion leaves.

use std::cmp::Ordering;

use super::ids::{BUCKET_CLEANER, BUCKET_CLEANER_ACTION, EXECUTION_ROLE, MANAGER_ROLE};
use crate::error::{Error, Result};
use crate::template::cfn::artifacts::S3Object;
use crate::template::cfn::lambda::RUNTIME;
use crate::template::cfn::retained::{self, Retained};
use crate::template::cfn::section::RESOURCES;
use crate::template::version::{self, UNVERSIONED};
use crate::yaml::{self, Kind, Node};

const POLICY: &str = "DeletionPolicy";

/// Since this release the function of the old tool that empties the bucket of access logs fails on every bucket.
const BROKEN_SINCE: &str = "v1.33.0";

/// A template that makes the deletion of the stack possible, and why it is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The new template.
    pub body: Node,
    /// What it changes, as clauses.
    pub reasons: Vec<&'static str>,
}

/// Whether the deployed function that empties the bucket of access logs is one that cannot.
pub fn has_broken_cleaner(body: &Node) -> bool {
    let resources = body.get(RESOURCES);
    let has = |id: &str| resources.and_then(|resources| resources.get(id)).is_some();
    let stamp = body.get("Metadata").and_then(|metadata| metadata.get("Version")).and_then(Node::as_text);
    let stamp = stamp.unwrap_or(UNVERSIONED);
    has(BUCKET_CLEANER_ACTION)
        && has(BUCKET_CLEANER)
        && !stamp.contains("+rs.")
        && version::compare(stamp, BROKEN_SINCE) != Ordering::Less
}

/// The template with which the stack can be deleted, or `None` when the deployed one is such a template. CloudFormation's role
/// must outlive the stack that it deletes, and the manager role what comes after. `cleaner` is the code that replaces a
/// function that cannot empty the bucket of access logs.
///
/// # Errors
/// When the template cannot be read or has none of the roles.
pub fn prepare(template: &str, cleaner: Option<&S3Object>) -> Result<Option<Prepared>> {
    let mut body = load(template)?;
    let mut reasons = Vec::new();
    let mut roles_change = false;
    for role in [EXECUTION_ROLE, MANAGER_ROLE] {
        let Some(resource) = resource(&mut body, role) else {
            return Err(Error::new(format!("the environment's template has no resource {role}")));
        };
        if resource.get(POLICY).and_then(Node::as_text) != Some("Retain") {
            set(resource, POLICY, Node::string("Retain"));
            roles_change = true;
        }
    }
    if roles_change {
        reasons.push("the roles that delete it must outlive it");
    }
    if let (true, Some(code)) = (has_broken_cleaner(&body), cleaner)
        && let Some(function) = resource(&mut body, BUCKET_CLEANER)
        && let Some(properties) = entry(function, "Properties")
    {
        let place = [("S3Bucket", Node::string(&code.bucket)), ("S3Key", Node::string(&code.key))];
        set(properties, "Code", Node::mapping(place));
        set(properties, "Runtime", Node::string(RUNTIME));
        reasons.push("the function that empties its bucket of access logs fails and is replaced");
    }
    body.forget_places();
    Ok((!reasons.is_empty()).then_some(Prepared { body, reasons }))
}

/// Resources of a stack that CloudFormation keeps when it deletes the stack, as `Table (AWS::DynamoDB::Table)`. The
/// environment's roles are not among them.
pub fn retained(template: &str) -> Vec<String> {
    let kept = |one: &Retained| !one.snapshot && ![EXECUTION_ROLE, MANAGER_ROLE].contains(&one.id.as_str());
    let found = retained::retained(template).into_iter().filter(kept);
    found.map(|Retained { id, kind, .. }| format!("{id} ({kind})")).collect()
}

fn load(template: &str) -> Result<Node> {
    let body = yaml::load(template)
        .map_err(|e| Error::new(format!("the environment's deployed template cannot be read: {e}")))?;
    body.ok_or_else(|| Error::new("the environment's deployed template is empty"))
}

fn resource<'a>(body: &'a mut Node, id: &str) -> Option<&'a mut Node> {
    entry(entry(body, RESOURCES)?, id)
}

fn entry<'a>(map: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Kind::Mapping(entries) = &mut map.kind else { return None };
    entries.iter_mut().find(|(found, _)| found.as_text() == Some(key)).map(|(_, value)| value)
}

/// Gives a map's key another value, behind the others when it is new.
fn set(map: &mut Node, key: &str, value: Node) {
    if let Some(old) = entry(map, key) {
        *old = value;
    } else if let Kind::Mapping(entries) = &mut map.kind {
        entries.push((Node::key(key), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYED: &str = "Metadata: {Version: v1.33.4}
Resources:
  CloudformationExecutionRole:
    Type: AWS::IAM::Role
    Properties: {RoleName: !Sub '${AWS::StackName}-CFNExecutionRole'}
  EnvironmentManagerRole: {Type: AWS::IAM::Role, DeletionPolicy: Retain}
  Data: {Type: 'AWS::S3::Bucket', DeletionPolicy: RetainExceptOnCreate}
  Cluster: {Type: 'AWS::ECS::Cluster', DeletionPolicy: Delete}
  BucketCleanerFunction:
    Properties: {Code: {S3Bucket: b, S3Key: old}, Runtime: nodejs16.x, Timeout: 900}
  ELBAccessLogsBucketCleanerAction: {Type: Custom::BucketCleanerFunction}
";

    fn code() -> S3Object {
        S3Object { bucket: "b".to_owned(), key: "new.zip".to_owned() }
    }

    #[test]
    fn roles_are_retained_and_a_broken_function_is_replaced() {
        let prepared = prepare(DEPLOYED, Some(&code())).unwrap().unwrap();
        insta::assert_snapshot!(format!("{}\n{}", prepared.reasons.join("\n"), yaml::emit(&prepared.body)), @"
        the roles that delete it must outlive it
        the function that empties its bucket of access logs fails and is replaced
        Metadata:
          Version: v1.33.4
        Resources:
          CloudformationExecutionRole:
            Type: AWS::IAM::Role
            Properties:
              RoleName: !Sub ${AWS::StackName}-CFNExecutionRole
            DeletionPolicy: Retain
          EnvironmentManagerRole:
            Type: AWS::IAM::Role
            DeletionPolicy: Retain
          Data:
            Type: AWS::S3::Bucket
            DeletionPolicy: RetainExceptOnCreate
          Cluster:
            Type: AWS::ECS::Cluster
            DeletionPolicy: Delete
          BucketCleanerFunction:
            Properties:
              Code:
                S3Bucket: b
                S3Key: new.zip
              Runtime: nodejs24.x
              Timeout: 900
          ELBAccessLogsBucketCleanerAction:
            Type: Custom::BucketCleanerFunction
        ");
        let text = yaml::emit(&prepared.body);
        assert!(!has_broken_cleaner(&load("Metadata: {Version: v1.33.4}").unwrap()));
        assert!(prepare(&text.replace("v1.33.4", "v1.32.0"), Some(&code())).unwrap().is_none());
        assert!(prepare(&text, None).unwrap().is_none());
    }

    #[test]
    fn what_is_kept_is_told() {
        assert_eq!(retained(DEPLOYED), ["Data (AWS::S3::Bucket)"]);
        assert!(retained("[").is_empty());
    }

    #[test]
    fn functions_that_work_stay() {
        for (stamp, broken) in [
            ("v1.33.0", true),
            ("v1.34.1", true),
            ("v1.32.1", false),
            ("v1.34.1+rs.1.35.0", false),
            ("bootstrap", false),
        ] {
            let body = load(&DEPLOYED.replace("v1.33.4", stamp)).unwrap();
            assert_eq!(has_broken_cleaner(&body), broken, "{stamp}");
        }
    }

    #[test]
    fn what_is_no_environment_is_refused() {
        let told = ["", "Resources: {}", "["].map(|text| prepare(text, None).unwrap_err().to_string());
        insta::assert_snapshot!(told.join("\n"), @"
        the environment's deployed template is empty
        the environment's template has no resource CloudformationExecutionRole
        the environment's deployed template cannot be read: line 1, column 1: invalid YAML: unclosed bracket '['
        ");
    }
}
