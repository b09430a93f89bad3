//! The environment's addons beside the deployed ones.

use std::collections::BTreeSet;

use crate::ops::addons::Candidate;
use crate::ops::env::plan::environment_plan::{ADDONS, ADDONS_OWNER, EnvironmentPlan};
use crate::ops::env::plan::surroundings::Surroundings;
use crate::ops::port::EnvironmentAccount;
use crate::report::Console;
use crate::template::cfn::section::{RESOURCES, entries};
use crate::template::env::ids::ADDONS_STACK;
use crate::yaml::{self, Node};

/// Types of resources that hold data.
const STATEFUL: [&str; 20] = [
    "AWS::Backup::BackupVault",
    "AWS::Cassandra::Table",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::MSK::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
];

/// The environment's addons and what its stack has now.
pub(crate) fn candidate<'a, E: EnvironmentAccount>(
    plan: &'a EnvironmentPlan,
    state: &'a Surroundings<E>,
) -> Candidate<'a, E> {
    Candidate {
        owner: ADDONS_OWNER,
        addons: plan.addons.as_ref(),
        packaging: &plan.packaging,
        bucket: &state.regional.bucket,
        region: &state.environment.region,
        deployed_url: state.deployed.at(&[RESOURCES, ADDONS_STACK, "Properties", "TemplateURL"]),
        storage: &state.manager,
    }
}

/// What goes when the addons' stack is deleted, as a clause; `None` while there are addons, or never were.
pub(crate) async fn removal<E: EnvironmentAccount>(
    candidate: &Candidate<'_, E>,
    console: &Console<'_>,
) -> Option<String> {
    if candidate.addons.is_some() || !candidate.has_deployed() {
        return None;
    }
    let text = candidate.deployed_text(console).await;
    let body = text.and_then(|text| yaml::load(&text).ok().flatten());
    let cause =
        format!("there are no templates in {ADDONS}: is this the right branch, and a complete checkout?");
    Some(match body.map(|body| stateful(&body)) {
        Some(data) if data.is_empty() => format!("everything in it goes too; {cause}"),
        Some(data) => {
            format!(
                "everything in it goes too, with the data of {}; {cause}",
                Vec::from_iter(data).join(", ")
            )
        }
        None => format!("everything in it goes too, data included; {cause}"),
    })
}

/// Resources of a template that hold data and do not outlive their stack.
fn stateful(body: &Node) -> BTreeSet<String> {
    let kept = |resource: &Node| {
        let policy = resource.get("DeletionPolicy").and_then(Node::as_text);
        matches!(policy, Some("Retain" | "RetainExceptOnCreate"))
    };
    let named = entries(body, RESOURCES).filter_map(|(_, id, resource)| {
        let kind = resource.get("Type")?.as_text()?;
        (STATEFUL.contains(&kind) && !kept(resource)).then(|| format!("{id} ({kind})"))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_by_type() {
        let body = "Resources: {Db: {Type: AWS::RDS::DBInstance}, Kept: {Type: AWS::S3::Bucket, DeletionPolicy: Retain},
            Topic: {Type: AWS::SNS::Topic}, Logs: {Type: AWS::Logs::LogGroup}}";
        let body = yaml::load(body).unwrap().unwrap();
        assert_eq!(
            Vec::from_iter(stateful(&body)),
            ["Db (AWS::RDS::DBInstance)", "Logs (AWS::Logs::LogGroup)"]
        );
    }
}
