//! Credentials, permissions and keys.

use super::Cause;

/// How AWS says that a permission is missing.
const DENIED: &[&[&str]] =
    &[&["not authorized to perform"], &["accessdenied"], &["access denied"], &["unauthorizedoperation"]];

pub(super) const CAUSES: &[Cause] = &[
    // Credentials: https://github.com/eksctl-io/eksctl/issues/5968
    Cause {
        types: "",
        signs: &[&["security token included in the request is expired"], &["expiredtoken"]],
        advice: "The credentials ran out during the deployment. Sign in again, look whether the stack went on by itself, \
                 and deploy again.",
    },
    // https://github.com/aws-samples/aws-serverless-saas-workshop/issues/58
    Cause {
        types: "",
        signs: &[&["security token included in the request is invalid"], &["invalidclienttokenid"]],
        advice: "AWS does not know the credentials. Check that the access key is active and that the region is enabled \
                 for the account, then deploy again.",
    },
    // Access: https://github.com/CrowdStrike/terraform-aws-cloud-registration/pull/106
    Cause {
        types: "",
        signs: &[
            &["explicit deny in a permissions boundary"],
            &["no permissions boundary allows"],
            &["permissions boundary", "not authorized"],
        ],
        advice: "A permissions boundary stands in the way. Ask an administrator to let it allow this action; roles get the \
                 boundary that the application was initialised with.",
    },
    Cause {
        types: "",
        signs: &[&["service control policy"]],
        advice: "A policy of the AWS organisation forbids this. Only an administrator of the organisation can allow it; a \
                 different region may be what is expected.",
    },
    // https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/365
    Cause {
        types: "AWS::StepFunctions::",
        signs: &[&["not authorized to create managed-rule"]],
        advice: "The state machine's role could not be used yet, or lacks events:PutTargets, events:PutRule and \
                 events:DescribeRule. Deploy again; if it stays, look for overrides that change StateMachineRole.",
    },
    // https://github.com/aws-solutions-library-samples/data-lakes-on-aws/issues/275
    Cause {
        types: "",
        signs: &[&["iam:passrole"]],
        advice: "CloudFormation may not hand the role over to the service. Allow iam:PassRole on it for the environment's \
                 role CFNExecutionRole, then deploy again.",
    },
    // https://github.com/hashicorp/terraform-provider-aws/issues/29282
    Cause {
        types: "",
        signs: &[
            &["kms key does not exist or is not allowed"],
            &["kms", "is disabled"],
            &["kmsdisabled"],
            &["kmsaccessdenied"],
            &["kmsnotfound"],
            &["kms", "is pending deletion"],
            &["kmsinvalidstate"],
            &["kms:", "not authorized"],
        ],
        advice: "The KMS key cannot be used. Check that it exists in this region and is enabled, and that its key policy \
                 allows the service and the environment's role CFNExecutionRole to use it.",
    },
    // https://github.com/aws/aws-cdk/issues/27067, https://github.com/alexcasalboni/aws-lambda-power-tuning/issues/154
    Cause {
        types: "",
        signs: &[
            &["permissions to process tags"],
            &["unauthorizedtaggingoperation"],
            &["tagresource", "not authorized"],
        ],
        advice: "The tags could not be written. Allow the tagging action for the environment's role CFNExecutionRole, or \
                 deploy without --resource-tags if those are what is refused.",
    },
    // https://github.com/kubernetes-sigs/cluster-api-provider-aws/issues/2117
    Cause {
        types: "",
        signs: &[&["with an explicit deny"]],
        advice: "A policy denies this action explicitly, so allowing it elsewhere does not help. Find the policy that denies \
                 it to the principal that the message names, or ask an administrator.",
    },
    // What a function answers is about its own role, not about CloudFormation's.
    Cause {
        types: "Custom::",
        signs: DENIED,
        advice: "The function behind this resource lacks a permission. Its role is in the same stack: look for overrides, a \
                 permissions boundary or a policy of the organisation that take the named action away from it, then deploy again.",
    },
    Cause {
        types: "",
        signs: DENIED,
        advice: "A permission is missing: allow the action that the message names to whom it names. CloudFormation acts as the \
                 environment's role CFNExecutionRole, and as you where an application or environment is created. Then run the \
                 command again.",
    },
];
