//! What policies consist of: sets of actions that belong together, and what they are allowed on.

/// Actions on resources.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grant {
    /// Its name, and the `Sid` of its statement.
    pub sid: &'static str,
    pub actions: &'static [&'static str],
    pub on: &'static [&'static str],
    /// What it is for, where not every run needs it.
    pub only: Option<&'static str>,
}

const EVERYTHING: &[&str] = &["*"];
const RECORDS: &[&str] = &["arn:aws:ssm:*:*:parameter/copilot/applications/*"];
const ROLES_STACK: &[&str] = &["arn:aws:cloudformation:*:*:stack/*-infrastructure-roles/*"];
const REPOSITORIES: &[&str] = &["arn:aws:ecr:*:*:repository/*"];
const ENVIRONMENT_ROLES: &[&str] =
    &["arn:aws:iam::*:role/*-EnvManagerRole", "arn:aws:iam::*:role/*-CFNExecutionRole"];

pub(super) static READ_RECORDS: Grant = Grant {
    sid: "ReadRecords",
    actions: &["ssm:GetParameter", "ssm:GetParametersByPath"],
    on: RECORDS,
    only: None,
};

pub(super) static WRITE_RECORDS: Grant = Grant {
    sid: "WriteRecords",
    actions: &["ssm:PutParameter", "ssm:AddTagsToResource"],
    on: RECORDS,
    only: None,
};

pub(super) static DELETE_RECORDS: Grant =
    Grant { sid: "DeleteRecords", actions: &["ssm:DeleteParameter"], on: RECORDS, only: None };

pub(super) static ASSUME_MANAGERS: Grant = Grant {
    sid: "AssumeManagerRoles",
    actions: &["sts:AssumeRole"],
    on: &["arn:aws:iam::*:role/*-EnvManagerRole"],
    only: None,
};

pub(super) static FIND_REGIONAL: Grant = Grant {
    sid: "FindRegionalResources",
    actions: &["cloudformation:ListStackInstances", "cloudformation:DescribeStacks"],
    on: &[
        "arn:aws:cloudformation:*:*:stackset/*-infrastructure:*",
        "arn:aws:cloudformation:*:*:stack/StackSet-*-infrastructure-*/*",
    ],
    only: None,
};

pub(super) static READ_VERSIONS: Grant = Grant {
    sid: "ReadVersions",
    actions: &["cloudformation:GetTemplateSummary"],
    on: &[
        "arn:aws:cloudformation:*:*:stackset/*-infrastructure:*",
        "arn:aws:cloudformation:*:*:stack/*-infrastructure-roles/*",
    ],
    only: None,
};

pub(super) static CHANGE_ROLES_STACK: Grant = Grant {
    sid: "ChangeStackOfApplicationRoles",
    actions: &[
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeEvents",
        "cloudformation:CancelUpdateStack",
        "cloudformation:ContinueUpdateRollback",
        "cloudformation:DeleteStack",
        "cloudformation:TagResource",
    ],
    on: ROLES_STACK,
    only: None,
};

/// CloudFormation makes them in the caller's name.
pub(super) static MANAGE_APPLICATION_ROLES: Grant = Grant {
    sid: "ManageApplicationRoles",
    actions: &[
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListRoleTags",
        "iam:PassRole",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UpdateAssumeRolePolicy",
    ],
    on: &[
        "arn:aws:iam::*:role/*-adminrole",
        "arn:aws:iam::*:role/*-executionrole",
        "arn:aws:iam::*:role/*-DNSDelegationRole",
    ],
    only: None,
};

pub(super) static CHANGE_STACK_SET: Grant = Grant {
    sid: "ChangeStackSet",
    actions: &[
        "cloudformation:CreateStackSet",
        "cloudformation:UpdateStackSet",
        "cloudformation:DescribeStackSet",
        "cloudformation:CreateStackInstances",
        "cloudformation:ListStackInstances",
        "cloudformation:ListStackSetOperations",
        "cloudformation:ListStackSetOperationResults",
        "cloudformation:DescribeStackSetOperation",
        "cloudformation:DescribeStackInstance",
        "cloudformation:TagResource",
    ],
    on: &[
        "arn:aws:cloudformation:*:*:stackset/*-infrastructure:*",
        "arn:aws:cloudformation:*:*:stackset-target/*-infrastructure:*",
        "arn:aws:cloudformation:*::type/resource/*",
    ],
    only: None,
};

pub(super) static READ_FAILURES: Grant = Grant {
    sid: "ReadFailuresOfStackSet",
    actions: &["cloudformation:DescribeStackEvents"],
    on: &["arn:aws:cloudformation:*:*:stack/StackSet-*-infrastructure-*/*"],
    only: Some("telling why a change of a region failed"),
};

/// A stack set works with the role that it is given.
pub(super) static PASS_ADMINISTRATION_ROLE: Grant = Grant {
    sid: "PassAdministrationRole",
    actions: &["iam:PassRole"],
    on: &["arn:aws:iam::*:role/*-adminrole"],
    only: None,
};

pub(super) static SHRINK_STACK_SET: Grant = Grant {
    sid: "ShrinkStackSet",
    actions: &["cloudformation:DeleteStackInstances", "cloudformation:DeleteStackSet"],
    on: CHANGE_STACK_SET.on,
    only: None,
};

pub(super) static CREATE_ENVIRONMENTS: Grant = Grant {
    sid: "CreateStacksOfEnvironments",
    actions: CHANGE_ROLES_STACK.actions,
    on: &["arn:aws:cloudformation:*:*:stack/*-*/*"],
    only: None,
};

/// CloudFormation makes them in the caller's name, and gives one to itself.
pub(super) static MANAGE_ENVIRONMENT_ROLES: Grant = Grant {
    sid: "ManageEnvironmentRoles",
    actions: &[
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListRolePolicies",
        "iam:PassRole",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UpdateAssumeRolePolicy",
    ],
    on: ENVIRONMENT_ROLES,
    only: None,
};

pub(super) static SERVICE_LINKED_ROLE: Grant = Grant {
    sid: "CreateRoleOfAmazonECS",
    actions: &["iam:CreateServiceLinkedRole"],
    on: &["arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*"],
    only: Some("the first environment of an account"),
};

pub(super) static READ_NETWORKS: Grant = Grant {
    sid: "ReadNetworks",
    actions: &[
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcs",
    ],
    on: EVERYTHING,
    only: Some("environments in a network of your own"),
};

pub(super) static READ_CERTIFICATES: Grant = Grant {
    sid: "ReadCertificates",
    actions: &["acm:DescribeCertificate"],
    on: &["arn:aws:acm:*:*:certificate/*"],
    only: Some("environments with certificates of your own"),
};

pub(super) static READ_DOMAINS: Grant = Grant {
    sid: "ReadDomains",
    actions: &["route53:ListHostedZonesByName"],
    on: EVERYTHING,
    only: Some("applications with a domain"),
};

pub(super) static READ_BOUNDARIES: Grant = Grant {
    sid: "ReadPermissionsBoundaries",
    actions: &["iam:GetPolicy", "iam:ListPolicies"],
    on: EVERYTHING,
    only: Some("applications with a permissions boundary"),
};

pub(super) static READ_PREFIX_LISTS: Grant = Grant {
    sid: "ReadPrefixLists",
    actions: &["ec2:DescribeManagedPrefixLists"],
    on: EVERYTHING,
    only: Some("environments that only a CDN may reach"),
};

pub(super) static FIND_LOG_GROUPS: Grant = Grant {
    sid: "FindLogGroups",
    actions: &["logs:DescribeLogGroups"],
    on: EVERYTHING,
    only: Some("telling more of a log group that is in the way"),
};

pub(super) static LOG_IN_TO_REGISTRY: Grant = Grant {
    sid: "LogInToRegistry",
    actions: &["ecr:GetAuthorizationToken"],
    on: EVERYTHING,
    only: Some("images that are built"),
};

pub(super) static PUSH_IMAGES: Grant = Grant {
    sid: "PushImages",
    actions: &[
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ],
    on: REPOSITORIES,
    only: Some("images that are built"),
};

pub(super) static READ_BUILD_SECRETS: Grant = Grant {
    sid: "ReadBuildSecrets",
    actions: &["secretsmanager:GetSecretValue"],
    on: &["arn:aws:secretsmanager:*:*:secret:*"],
    only: Some("builds with secrets of Secrets Manager"),
};

pub(super) static CONTINUE_ROLLBACKS: Grant = Grant {
    sid: "ContinueRollbacks",
    actions: &["cloudformation:ContinueUpdateRollback"],
    on: &["arn:aws:cloudformation:*:*:stack/*-*/*"],
    only: Some("stacks whose rollback is stuck"),
};

pub(super) static FIND_BY_TAG: Grant =
    Grant { sid: "FindByTag", actions: &["tag:GetResources"], on: EVERYTHING, only: None };

pub(super) static READ_PIPELINES: Grant = Grant {
    sid: "ReadPipelines",
    actions: &["codepipeline:GetPipeline"],
    on: &["arn:aws:codepipeline:*:*:*"],
    only: Some("applications with pipelines"),
};

pub(super) static DELETE_IMAGES: Grant = Grant {
    sid: "DeleteImages",
    actions: &["ecr:BatchDeleteImage", "ecr:DescribeRepositories", "ecr:ListImages"],
    on: REPOSITORIES,
    only: None,
};

pub(super) static EMPTY_BUCKETS: Grant = Grant {
    sid: "EmptyBuckets",
    actions: &["s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    on: &["arn:aws:s3:::stackset-*-infrastructure-*", "arn:aws:s3:::*-elbaccesslogsbucket-*"],
    only: None,
};

pub(super) static UPLOAD_ARTIFACTS: Grant = Grant {
    sid: "UploadArtifacts",
    actions: &["s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"],
    on: &["arn:aws:s3:::stackset-*-infrastructure-*/*", "arn:aws:kms:*:*:key/*"],
    only: Some("environments whose manager role may not upload"),
};

pub(super) static CHECK_STACK_SET_ROLES: Grant = Grant {
    sid: "CheckStackSetRoles",
    actions: &["iam:GetRole"],
    on: &["arn:aws:iam::*:role/*-adminrole", "arn:aws:iam::*:role/*-executionrole"],
    only: None,
};

pub(super) static DELETE_STACKS: Grant = Grant {
    sid: "DeleteStacks",
    actions: &[
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "cloudformation:DescribeStackResources",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DeleteStack",
    ],
    on: &["arn:aws:cloudformation:*:*:stack/*-*/*"],
    only: Some("environments whose manager role is gone"),
};

pub(super) static LOOK_AT_INTERFACES: Grant = Grant {
    sid: "LookAtNetworkInterfaces",
    actions: &["ec2:DescribeNetworkInterfaces"],
    on: EVERYTHING,
    only: Some("networks that cannot be deleted"),
};

pub(super) static COUNT_SECRETS: Grant = Grant {
    sid: "CountSecrets",
    actions: &["ssm:GetParametersByPath"],
    on: &["arn:aws:ssm:*:*:parameter/copilot/*"],
    only: Some("environments whose manager role is gone"),
};

pub(super) static READ_RUNS: Grant = Grant {
    sid: "ReadRuns",
    actions: &["states:GetExecutionHistory", "states:ListExecutions"],
    on: EVERYTHING,
    only: Some("environments whose manager role may not read runs; without it, what they log has to do"),
};

pub(super) static START_RUNS: Grant = Grant {
    sid: "StartRuns",
    actions: &["states:StartExecution"],
    on: EVERYTHING,
    only: Some("environments whose manager role may not start runs"),
};

pub(super) static CHECK: Grant = Grant {
    sid: "Check",
    actions: &[
        "cloudformation:DescribeStackSet",
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackInstances",
        "cloudformation:ListStackSetOperations",
        "events:DescribeRule",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "s3:ListBucket",
        "states:ListExecutions",
    ],
    on: EVERYTHING,
    only: Some("checks that are left out without it"),
};

pub(super) static STOP_RUNS: Grant = Grant {
    sid: "StopRuns",
    actions: &["states:ListExecutions", "states:StopExecution", "ecs:ListTasks", "ecs:StopTask"],
    on: EVERYTHING,
    only: Some("runs that the manager role may not end"),
};
