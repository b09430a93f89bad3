//! The policies of `copilot help permissions`, held against the calls that the local AWS records. Besides, the policy of a command
//! is held against the calls of every run of it in all tests.

mod runs;

use std::collections::BTreeSet;

use crate::credentials;
use crate::support::World;
use crate::support::permissions::{Policy, action, refused};

/// Actions that these runs do not make, and why commands need them.
const REASONS: &[(&[&str], &str)] = &[
    (
        &[
            "iam:CreateRole",
            "iam:GetRolePolicy",
            "iam:PassRole",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UpdateAssumeRolePolicy",
        ],
        "CloudFormation makes roles in the caller's name, and is given them",
    ),
    (&["cloudformation:TagResource", "ssm:AddTagsToResource"], "things that are created with tags need it"),
    (&["s3:DeleteObject"], "S3 asks for it with each version that is deleted"),
    (
        &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:GetDownloadUrlForLayer",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        ],
        "the registry asks for them when an image is pushed",
    ),
    (
        &["ecr:GetAuthorizationToken", "secretsmanager:GetSecretValue"],
        "only for images that are built, with a Docker Engine",
    ),
    (
        &[
            "cloudformation:CancelUpdateStack",
            "cloudformation:ContinueUpdateRollback",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeEvents",
            "cloudformation:DescribeStackInstance",
            "cloudformation:ListStackSetOperationResults",
        ],
        "only after a failure or an interrupt",
    ),
    (&["cloudformation:DescribeStackResources"], "only for an environment whose manager role is gone"),
    (
        &[
            "ec2:DescribeNetworkInterfaces",
            "ecs:ListTasks",
            "ecs:StopTask",
            "states:GetExecutionHistory",
            "states:ListExecutions",
            "states:StartExecution",
            "states:StopExecution",
        ],
        "only where the manager role of an environment may not make them",
    ),
    (
        &["kms:Decrypt", "kms:GenerateDataKey", "s3:GetObject", "s3:PutObject"],
        "only for an environment whose manager role may not upload",
    ),
    (&["codepipeline:GetPipeline"], "only for an application with pipelines"),
    (
        &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicies"],
        "only for an application with a permissions boundary",
    ),
    (&["route53:ListHostedZonesByName"], "only for an application with a domain"),
    (&["acm:DescribeCertificate"], "only for an environment with certificates of its own"),
    (&["ec2:DescribeManagedPrefixLists"], "only for an environment behind a CDN"),
    (
        &[
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcs",
        ],
        "only for an environment in a network that exists",
    ),
];

#[test]
fn policies_allow_what_commands_call_and_nothing_else() {
    let recorded = runs::record();
    let mut wrong = Vec::new();
    let mut made = BTreeSet::new();
    for (path, calls) in &recorded {
        let policy = Policy::of(path).unwrap_or_else(|| panic!("no policy of {path}"));
        wrong.extend(refused(path, &policy, calls));
        made.extend(calls.0.iter().filter_map(action));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let paths: BTreeSet<&String> = recorded.iter().map(|(path, _)| path).collect();
    let mut unused: BTreeSet<String> =
        paths.into_iter().flat_map(|path| Policy::of(path).unwrap().actions()).collect();
    unused.retain(|action| !made.contains(action));
    let known: BTreeSet<String> =
        REASONS.iter().flat_map(|(actions, _)| actions.iter().map(|action| (*action).to_owned())).collect();
    assert_eq!(unused, known, "actions that no run makes, and those of which a reason is known");
}

/// A new command gets its row in the table.
#[test]
fn every_command_has_a_policy() {
    let world = World::empty();
    let mut commands = BTreeSet::new();
    credentials::known(&world, &[], &mut commands);
    let without: Vec<&String> = commands.iter().filter(|path| Policy::of(path).is_none()).collect();
    assert!(without.is_empty(), "commands without a row in src/cli/permissions/table.rs: {without:?}");
    let overview = world.run(&["help", "permissions"]).stdout;
    let rows =
        overview.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(path, _)| path));
    let gone: Vec<&str> = rows.filter(|path| !commands.contains(*path)).collect();
    assert!(gone.is_empty(), "rows without a command: {gone:?}");
}

#[test]
fn a_command_that_there_is_not() {
    let world = World::empty();
    insta::assert_snapshot!(world.run(&["help", "permissions", "job", "gone"]), @"
    exit code: 2
    ----- stderr -----
    ✘ there is no command `job gone` to tell permissions of
      Commands: init, app init, app ls, app show, app upgrade, app delete, env init, env deploy, env ls, env package, env show, env override, env delete, job init, job deploy, job ls, job package, job run, job status, job runs, job logs, job stop, job show, job override, job pause, job resume, job delete, secret init, secret ls, storage init, doctor, completion, schema, version.
    ");
    assert_eq!(world.run(&["help", "permissions", "version"]).code, Some(0));
}
