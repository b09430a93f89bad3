//! `copilot help permissions`: the IAM policy that each command needs for the credentials that it is run with. All of it comes of one
//! table, which tests hold against the calls that commands make.

mod grants;
mod table;

use serde::Serialize;

use crate::error::{Error, Result};
use grants::Grant;
use table::ROWS;

const INTRODUCTION: &str = include_str!("../help/permissions.md");

/// A policy, as IAM takes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: &'static [&'static str],
    resource: &'static [&'static str],
}

/// What each command needs, in words.
pub(super) fn overview() -> String {
    let mut text = format!("{INTRODUCTION}\n| command | statements |\n| --- | --- |\n");
    for (path, grants) in ROWS {
        let sids: Vec<&str> = of(grants).iter().map(|grant| grant.sid).collect();
        let sids = if sids.is_empty() { "none".to_owned() } else { sids.join(", ") };
        text.push_str(&format!("| `{path}` | {sids} |\n"));
    }
    text.push_str("\n| statement | needed only for |\n| --- | --- |\n");
    let all = of(&ROWS.iter().flat_map(|(_, grants)| grants.iter().copied()).collect::<Vec<_>>());
    for (sid, only) in all.iter().filter_map(|grant| Some((grant.sid, grant.only?))) {
        text.push_str(&format!("| {sid} | {only} |\n"));
    }
    text
}

/// The policy of one command, as JSON.
///
/// # Errors
/// When there is no such command.
pub(super) fn policy(path: &str) -> Result<String> {
    let Some((_, grants)) = ROWS.iter().find(|(known, _)| *known == path) else {
        let commands: Vec<&str> = ROWS.iter().map(|(known, _)| *known).collect();
        return Err(Error::usage(format!("there is no command `{path}` to tell permissions of"))
            .hint(format!("Commands: {}.", commands.join(", "))));
    };
    let statement = |grant: &&'static Grant| Statement {
        sid: grant.sid,
        effect: "Allow",
        action: grant.actions,
        resource: grant.on,
    };
    let policy = Policy { version: "2012-10-17", statement: of(grants).iter().map(statement).collect() };
    let text = serde_json::to_string_pretty(&policy)
        .map_err(|e| Error::new(format!("the policy cannot be written: {e}")))?;
    Ok(format!("{text}\n"))
}

/// Every grant once, in order.
fn of(groups: &[&'static [&'static Grant]]) -> Vec<&'static Grant> {
    let mut all: Vec<&'static Grant> = Vec::new();
    for grant in groups.iter().copied().flatten().copied() {
        if !all.iter().any(|known| known.sid == grant.sid) {
            all.push(grant);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters of a managed policy, without white space.
    const LONGEST_POLICY: usize = 6144;

    #[test]
    fn every_policy_can_be_pasted() {
        for (path, _) in ROWS {
            let text = policy(path).unwrap();
            let length = text.chars().filter(|c| !c.is_whitespace()).count();
            assert!(length <= LONGEST_POLICY, "{path}: {length}");
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            for statement in read["Statement"].as_array().unwrap() {
                let sid = statement["Sid"].as_str().unwrap();
                assert!(sid.chars().all(|c| c.is_ascii_alphanumeric()), "{sid}");
                assert!(
                    statement["Action"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .all(|action| action.as_str().unwrap().contains(':'))
                );
            }
        }
        insta::assert_snapshot!(policy("job pause").unwrap(), @r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "ReadRecords",
              "Effect": "Allow",
              "Action": [
                "ssm:GetParameter",
                "ssm:GetParametersByPath"
              ],
              "Resource": [
                "arn:aws:ssm:*:*:parameter/copilot/applications/*"
              ]
            },
            {
              "Sid": "AssumeManagerRoles",
              "Effect": "Allow",
              "Action": [
                "sts:AssumeRole"
              ],
              "Resource": [
                "arn:aws:iam::*:role/*-EnvManagerRole"
              ]
            },
            {
              "Sid": "FindRegionalResources",
              "Effect": "Allow",
              "Action": [
                "cloudformation:ListStackInstances",
                "cloudformation:DescribeStacks"
              ],
              "Resource": [
                "arn:aws:cloudformation:*:*:stackset/*-infrastructure:*",
                "arn:aws:cloudformation:*:*:stack/StackSet-*-infrastructure-*/*"
              ]
            }
          ]
        }
        "#);
        insta::assert_snapshot!(policy("job gone").unwrap_err(), @"there is no command `job gone` to tell permissions of");
    }

    #[test]
    fn what_each_command_needs() {
        let table = overview();
        insta::assert_snapshot!(table.split_once("| command").unwrap().1, @"
         | statements |
        | --- | --- |
        | `init` | ReadRecords, AssumeManagerRoles, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, WriteRecords, ChangeStackOfApplicationRoles, ManageApplicationRoles, ReadDomains, ReadPermissionsBoundaries, CreateStacksOfEnvironments, ManageEnvironmentRoles, CreateRoleOfAmazonECS, ReadNetworks, ReadCertificates, LogInToRegistry, PushImages, ReadBuildSecrets, UploadArtifacts, ContinueRollbacks, FindLogGroups |
        | `app init` | ReadRecords, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, WriteRecords, ChangeStackOfApplicationRoles, ManageApplicationRoles, ReadDomains, ReadPermissionsBoundaries |
        | `app ls` | ReadRecords |
        | `app show` | ReadRecords, AssumeManagerRoles, ReadVersions, FindByTag, ReadPipelines |
        | `app upgrade` | ReadRecords, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, WriteRecords, ChangeStackOfApplicationRoles, ManageApplicationRoles, ReadDomains, ReadPermissionsBoundaries |
        | `app delete` | ReadRecords, AssumeManagerRoles, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, DeleteRecords, FindByTag, ReadPipelines, ShrinkStackSet, CheckStackSetRoles, EmptyBuckets, DeleteImages, ManageEnvironmentRoles, DeleteStacks, LookAtNetworkInterfaces, CountSecrets, StopRuns, ChangeStackOfApplicationRoles, ManageApplicationRoles |
        | `env init` | ReadRecords, AssumeManagerRoles, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, WriteRecords, ChangeStackOfApplicationRoles, ManageApplicationRoles, ReadDomains, ReadPermissionsBoundaries, CreateStacksOfEnvironments, ManageEnvironmentRoles, CreateRoleOfAmazonECS, ReadNetworks, ReadCertificates |
        | `env deploy` | ReadRecords, AssumeManagerRoles, FindRegionalResources, UploadArtifacts, ContinueRollbacks, ReadPrefixLists |
        | `env ls` | ReadRecords |
        | `env package` | ReadRecords, AssumeManagerRoles, FindRegionalResources, ReadPrefixLists |
        | `env show` | ReadRecords, AssumeManagerRoles |
        | `env override` | none |
        | `env delete` | ReadRecords, AssumeManagerRoles, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, DeleteRecords, FindByTag, ReadPipelines, ShrinkStackSet, CheckStackSetRoles, EmptyBuckets, DeleteImages, ManageEnvironmentRoles, DeleteStacks, LookAtNetworkInterfaces, CountSecrets, StopRuns, ChangeStackOfApplicationRoles, ManageApplicationRoles |
        | `job init` | ReadRecords, AssumeManagerRoles, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, WriteRecords |
        | `job deploy` | ReadRecords, AssumeManagerRoles, FindRegionalResources, LogInToRegistry, PushImages, ReadBuildSecrets, ContinueRollbacks, FindLogGroups, StartRuns, ReadRuns |
        | `job ls` | ReadRecords |
        | `job package` | ReadRecords, AssumeManagerRoles, FindRegionalResources, LogInToRegistry, PushImages, ReadBuildSecrets |
        | `job run` | ReadRecords, AssumeManagerRoles, StartRuns, ReadRuns |
        | `job status` | ReadRecords, AssumeManagerRoles, ReadRuns |
        | `job runs` | ReadRecords, AssumeManagerRoles, ReadRuns |
        | `job logs` | ReadRecords, AssumeManagerRoles |
        | `job stop` | ReadRecords, AssumeManagerRoles, ReadRuns, StopRuns |
        | `job show` | ReadRecords, AssumeManagerRoles |
        | `job override` | none |
        | `job pause` | ReadRecords, AssumeManagerRoles, FindRegionalResources |
        | `job resume` | ReadRecords, AssumeManagerRoles, FindRegionalResources |
        | `job delete` | ReadRecords, AssumeManagerRoles, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, DeleteRecords, FindByTag, ReadPipelines, DeleteImages, DeleteStacks, StopRuns |
        | `secret init` | ReadRecords, AssumeManagerRoles |
        | `secret ls` | ReadRecords, AssumeManagerRoles |
        | `storage init` | ReadRecords |
        | `doctor` | ReadRecords, AssumeManagerRoles, ReadVersions, ChangeStackSet, PassAdministrationRole, FindRegionalResources, ReadFailuresOfStackSet, Check |
        | `completion` | none |
        | `schema` | none |
        | `version` | none |

        | statement | needed only for |
        | --- | --- |
        | ReadFailuresOfStackSet | telling why a change of a region failed |
        | ReadDomains | applications with a domain |
        | ReadPermissionsBoundaries | applications with a permissions boundary |
        | CreateRoleOfAmazonECS | the first environment of an account |
        | ReadNetworks | environments in a network of your own |
        | ReadCertificates | environments with certificates of your own |
        | LogInToRegistry | images that are built |
        | PushImages | images that are built |
        | ReadBuildSecrets | builds with secrets of Secrets Manager |
        | UploadArtifacts | environments whose manager role may not upload |
        | ContinueRollbacks | stacks whose rollback is stuck |
        | FindLogGroups | telling more of a log group that is in the way |
        | ReadPipelines | applications with pipelines |
        | DeleteStacks | environments whose manager role is gone |
        | LookAtNetworkInterfaces | networks that cannot be deleted |
        | CountSecrets | environments whose manager role is gone |
        | StopRuns | runs that the manager role may not end |
        | ReadPrefixLists | environments that only a CDN may reach |
        | StartRuns | environments whose manager role may not start runs |
        | ReadRuns | environments whose manager role may not read runs; without it, what they log has to do |
        | Check | checks that are left out without it |
        ");
    }
}
