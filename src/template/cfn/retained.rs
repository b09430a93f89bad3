//! What a template keeps when its stack is deleted.

use super::section::{RESOURCES, entries};
use crate::yaml;

/// A resource that outlives its stack, whole or as a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// Logical id.
    pub id: String,
    /// Resource type.
    pub kind: String,
    /// Only a snapshot of it is kept.
    pub snapshot: bool,
}

/// The resources of a template that CloudFormation keeps when it deletes the stack. A template that cannot be read tells none.
pub fn retained(template: &str) -> Vec<Retained> {
    let Some(body) = yaml::load(template).ok().flatten() else { return Vec::new() };
    let found = entries(&body, RESOURCES).filter_map(|(_, id, resource)| {
        let policy = resource.get("DeletionPolicy")?.as_text()?;
        let snapshot = policy == "Snapshot";
        let kind = resource.get("Type").and_then(yaml::Node::as_text).unwrap_or_default().to_owned();
        (snapshot || policy.starts_with("Retain")).then(|| Retained { id: id.to_owned(), kind, snapshot })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_decide() {
        let template = "Resources:
  Table: {Type: 'AWS::DynamoDB::Table', DeletionPolicy: Retain}
  New: {Type: 'AWS::S3::Bucket', DeletionPolicy: RetainExceptOnCreate}
  Data: {Type: 'AWS::RDS::DBCluster', DeletionPolicy: Snapshot}
  Gone: {Type: 'AWS::SQS::Queue', DeletionPolicy: Delete}
  Plain: {Type: 'AWS::SNS::Topic'}
";
        let told: Vec<String> = retained(template)
            .into_iter()
            .map(|one| format!("{} {} {}", one.id, one.kind, one.snapshot))
            .collect();
        assert_eq!(
            told,
            [
                "Table AWS::DynamoDB::Table false",
                "New AWS::S3::Bucket false",
                "Data AWS::RDS::DBCluster true"
            ]
        );
        assert_eq!(retained("["), []);
    }
}
