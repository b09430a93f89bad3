//! Resources with data that are in the way of new ones: a stack that is deleted leaves them behind where their
//! `DeletionPolicy` is `Retain`, and the next stack that makes them fails.

/// Types, and how they are called here.
const KINDS: [(&str, &str); 6] = [
    ("AWS::DynamoDB::Table", "table"),
    ("AWS::RDS::DBCluster", "database cluster"),
    ("AWS::RDS::DBInstance", "database"),
    ("AWS::S3::Bucket", "bucket"),
    ("AWS::SNS::Topic", "topic"),
    ("AWS::SecretsManager::Secret", "secret"),
];

/// What AWS writes directly before and behind the name of what exists.
const AROUND: [(&str, &str); 4] = [
    ("with identifier '", "'"),
    ("the secret ", " already exists"),
    ("already exists: ", " "),
    ("", " already exists"),
];

/// A resource that exists, outside of the stack that was to make it.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    kind: &'static str,
    /// `None` when the reason does not name it.
    name: Option<String>,
}

impl Kept {
    /// The resource that a creation failed of, when it is one of these.
    pub fn of(resource_type: &str, reason: &str) -> Option<Self> {
        let (_, kind) = KINDS.iter().find(|(known, _)| *known == resource_type)?;
        let lower = reason.to_lowercase();
        let exists = lower.contains("already exists") || lower.contains("alreadyownedbyyou");
        if !exists || lower.contains("already exists in stack") {
            return None;
        }
        let name = AROUND.iter().find_map(|(before, behind)| between(reason, before, behind));
        Some(Self { kind, name })
    }

    /// `table demo-items exists already, …`
    pub fn told(&self) -> String {
        let Self { kind, .. } = self;
        let name = self.name.as_ref().map_or_else(|| format!("the {kind}"), |name| format!("{kind} {name}"));
        format!("{name} exists already, kept from an earlier stack or made by hand")
    }

    /// The ways out, which lose data only where they say so.
    pub fn advice(&self) -> String {
        let Self { kind, name } = self;
        let delete = match (*kind, name) {
            ("table", Some(name)) => format!("`aws dynamodb delete-table --table-name {name}`"),
            ("bucket", Some(name)) => format!("`aws s3 rb --force s3://{name}`"),
            _ => "in its service".to_owned(),
        };
        let everywhere = match *kind {
            "bucket" => " (bucket names are those of all accounts: it may also belong to somebody else)",
            _ => "",
        };
        format!(
            "To keep what is in the {kind}{everywhere}: take the resource out of the template, deploy, import the {kind} into the stack \
             with `aws cloudformation create-change-set --change-set-type IMPORT`, and put the resource back. To begin with a new one: \
             give the resource another name, or delete the old {kind} with its data, {delete}; then deploy again."
        )
    }
}

/// A word between two texts.
fn between(reason: &str, before: &str, behind: &str) -> Option<String> {
    let start = reason.find(before)? + before.len();
    let rest = reason.get(start..)?;
    let word = rest.find(behind).map_or(rest, |end| rest.get(..end).unwrap_or_default());
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-/+=@:".contains(c);
    (!word.is_empty() && word.chars().all(is_name)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exists_is_named_where_the_reason_does() {
        let told = [
            (
                "AWS::DynamoDB::Table",
                "Resource handler returned message: \"Resource of type 'AWS::DynamoDB::Table' with identifier 'a-items' already \
                 exists.\" (HandlerErrorCode: AlreadyExists)",
            ),
            ("AWS::DynamoDB::Table", "Table already exists: a-items (Service: AmazonDynamoDBv2; Status Code: 400)"),
            ("AWS::DynamoDB::Table", "a-items already exists"),
            ("AWS::DynamoDB::Table", "a-items already exists in stack arn:aws:cloudformation:eu-west-1:1:stack/b/1"),
            ("AWS::DynamoDB::Table", "One or more parameter values were invalid"),
            ("AWS::S3::Bucket", "BucketAlreadyOwnedByYou"),
            ("AWS::S3::Bucket", "a-items already exists"),
            (
                "AWS::SecretsManager::Secret",
                "Resource handler returned message: \"The operation failed because the secret a/b already exists. (Service: \
                 SecretsManager)\"",
            ),
            ("AWS::RDS::DBCluster", "DB Cluster already exists (Service: Rds, Status Code: 400)"),
            ("AWS::IAM::Role", "a already exists"),
        ]
        .map(|(kind, reason)| Kept::of(kind, reason).map_or_else(|| "-".to_owned(), |kept| kept.told()));
        insta::assert_snapshot!(told.join("\n"), @"
        table a-items exists already, kept from an earlier stack or made by hand
        table a-items exists already, kept from an earlier stack or made by hand
        table a-items exists already, kept from an earlier stack or made by hand
        -
        -
        bucket BucketAlreadyOwnedByYou exists already, kept from an earlier stack or made by hand
        bucket a-items exists already, kept from an earlier stack or made by hand
        secret a/b exists already, kept from an earlier stack or made by hand
        the database cluster exists already, kept from an earlier stack or made by hand
        -
        ");
        let advice = ["AWS::S3::Bucket", "AWS::RDS::DBCluster"]
            .map(|kind| Kept::of(kind, "a already exists").unwrap().advice());
        insta::assert_snapshot!(advice.join("\n"), @"
        To keep what is in the bucket (bucket names are those of all accounts: it may also belong to somebody else): take the resource out of the template, deploy, import the bucket into the stack with `aws cloudformation create-change-set --change-set-type IMPORT`, and put the resource back. To begin with a new one: give the resource another name, or delete the old bucket with its data, `aws s3 rb --force s3://a`; then deploy again.
        To keep what is in the database cluster: take the resource out of the template, deploy, import the database cluster into the stack with `aws cloudformation create-change-set --change-set-type IMPORT`, and put the resource back. To begin with a new one: give the resource another name, or delete the old database cluster with its data, in its service; then deploy again.
        ");
    }
}
