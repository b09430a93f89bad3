//! Stacks, custom resources and templates, and what any service may say.

use super::Cause;

pub(super) const CAUSES: &[Cause] = &[
    // The state of a stack: https://github.com/org-formation/org-formation-cli/issues/455
    Cause {
        types: "",
        signs: &[&["rollback_failed state"]],
        advice: "An earlier rollback did not come to its end. Continue it first, with `aws cloudformation \
                 continue-update-rollback`, then deploy again.",
    },
    Cause {
        types: "",
        signs: &[&["_in_progress state"], &["stack", "is currently being updated"]],
        advice: "The stack is being changed by another deployment. Wait until that has ended and deploy again.",
    },
    // https://github.com/bitovi/bitops/issues/128
    Cause {
        types: "",
        signs: &[&["is in rollback_complete state"], &["_failed state"]],
        advice: "The stack was never created completely, or not deleted, and cannot be updated. Delete it with `aws \
                 cloudformation delete-stack`, then deploy again.",
    },
    // https://github.com/aws-samples/aws-scalable-big-blue-button-example/issues/74
    Cause {
        types: "AWS::CloudFormation::Stack",
        signs: &[&["embedded stack"]],
        advice: "The cause is in the nested stack: look at its first failed resource. After a rollback it is listed among \
                 the deleted stacks.",
    },
    // Custom resources: https://github.com/aws/aws-cdk/issues/2126, https://github.com/aws/aws-cdk/issues/18746
    Cause {
        types: "",
        signs: &[
            &["did not receive a response from your custom resource"],
            &["custom resource failed to stabilize"],
        ],
        advice: "The function behind this resource did not answer in time. Its log group, /aws/lambda/ and the function's \
                 name, tells why; then deploy again.",
    },
    Cause {
        types: "Custom::EnvControllerFunction",
        signs: &[&[""]],
        advice: "The environment's stack could not be updated for this job. Look at its events for the first failure; if \
                 another deployment was updating it, deploy again.",
    },
    Cause {
        types: "",
        signs: &[&["response status [failed] from custom resource"]],
        advice: "The function behind this resource reported a failure. The request id leads to its lines in the log group \
                 /aws/lambda/ and the function's name.",
    },
    // https://github.com/aws-cloudformation/cfn-lint/issues/1632
    Cause {
        types: "",
        signs: &[
            &["template format error"],
            &["template error"],
            &["template validation error"],
            &["unresolved resource dependencies"],
            &["circular dependency"],
        ],
        advice: "CloudFormation does not take the template. If the job has addons or overrides, correct them: what they \
                 refer to must exist in the template.",
    },
    // https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ssm/pull/60
    Cause {
        types: "",
        signs: &[
            &["model validation failed"],
            &["properties validation failed"],
            &["extraneous key"],
            &["unsupported property"],
        ],
        advice: "A property of the resource is wrong: the path after `#/` says which. Correct it in the addons or overrides \
                 that set it.",
    },
    Cause {
        types: "",
        signs: &[
            &["update is in progress"],
            &["resourceconflict"],
            &["conflictexception"],
            &["concurrentmodification"],
            &["concurrent modification"],
            &["operationaborted"],
            &["conflicting conditional operation"],
            &["resourceinuse"],
        ],
        advice: "Something else is changing the same resource. Wait until that has ended and deploy again.",
    },
    Cause {
        types: "",
        signs: &[
            &["internalfailure"],
            &["internal failure"],
            &["internal error"],
            &["serviceinternalerror"],
            &["service unavailable"],
        ],
        advice: "The service failed, not the deployment. Deploy again; if it stays, see health.aws.amazon.com.",
    },
    Cause {
        types: "",
        signs: &[&["did not stabilize"], &["notstabilized"], &["exceeded attempts to wait"]],
        advice: "The resource did not get ready in time. Look at it in its service's console, then deploy again.",
    },
];
