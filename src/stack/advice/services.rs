//! What single services refuse: names in use, things that are missing, limits, values.

use super::Cause;

pub(super) const CAUSES: &[Cause] = &[
    // Names: https://github.com/serverless/serverless/issues/3237
    Cause {
        types: "",
        signs: &[&["already exists in stack arn:"]],
        advice: "Another stack owns a resource of this name. Give the resource another name, or remove it from the stack \
                 that the message names.",
    },
    // https://github.com/serverless/serverless/issues/3168
    Cause {
        types: "AWS::Logs::LogGroup",
        signs: &[&["already exists"]],
        advice: "A log group of this name was left by an earlier stack or made by hand. Delete it with `aws logs \
                 delete-log-group` if its logs are not needed, or import it into the stack, then deploy again.",
    },
    // https://github.com/serverless/examples/issues/405
    Cause {
        types: "AWS::IAM::",
        signs: &[&["name' failed to satisfy constraint", "length less than or equal to"]],
        advice: "The name is too long for IAM. Shorten it where it is set (addons or overrides), or leave the name out, so \
                 that CloudFormation makes one up.",
    },
    Cause {
        types: "AWS::IAM::",
        signs: &[&["already exists"], &["entityalreadyexists"]],
        advice: "IAM names are unique in the whole account, also across regions. Delete the old one if nothing uses it, or \
                 give this one another name, then deploy again.",
    },
    // https://github.com/serverless-operations/serverless-step-functions/issues/394
    Cause {
        types: "AWS::StepFunctions::",
        signs: &[&["state machine already exists"], &["statemachinealreadyexists"], &["already exists"]],
        advice: "A state machine of the job's name exists outside of this stack. Delete it if nothing uses it, then deploy \
                 again.",
    },
    Cause {
        types: "AWS::StepFunctions::",
        signs: &[&["statemachinedeleting"], &["state machine is being deleted"]],
        advice: "The former state machine of this name is still being deleted. Wait a few minutes and deploy again.",
    },
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    Cause {
        types: "AWS::SQS::",
        signs: &[&["wait 60 seconds after deleting"], &["queuedeletedrecently"]],
        advice: "A queue's name can be used again one minute after the queue was deleted. Wait and deploy again.",
    },
    Cause {
        types: "",
        signs: &[&["already exists"], &["handlererrorcode: alreadyexists"], &["alreadyownedbyyou"]],
        advice: "Something of this name exists outside of the stack. Delete it if nothing uses it, give the resource another \
                 name, or import it into the stack, then deploy again.",
    },
    // https://github.com/aws-samples/data-mesh-datazone-cdk-cloudformation/issues/19,
    // https://github.com/aws-samples/amazon-connect-custom-ccp/issues/2
    Cause {
        types: "",
        signs: &[
            &["unable to fetch parameters", "parameter store"],
            &["parameters: [ssm", "cannot be found"],
            &["parameternotfound"],
            &["ssm parameter", "does not exist"],
        ],
        advice: "A parameter that the template reads is not in SSM Parameter Store. Create it in this account and region, \
                 under the name that the message gives, or correct the name in the manifest, then deploy again.",
    },
    // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    Cause {
        types: "",
        signs: &[
            &["secrets manager can't find the specified secret"],
            &["could not find a value associated with jsonkey"],
        ],
        advice: "A secret that the template reads, or a key in it, is not in Secrets Manager. Create it in this account and \
                 region, or correct its name in the manifest, then deploy again.",
    },
    // https://github.com/aws-cloudformation/aws-cloudformation-templates/issues/263
    Cause {
        types: "",
        signs: &[&["no export named"]],
        advice: "No stack in this account and region exports the value. Deploy what exports it first (for the job itself \
                 that is the environment), or correct the name in `from_cfn` or in the addons.",
    },
    // EFS: https://docs.aws.amazon.com/efs/latest/ug/API_CreateAccessPoint.html
    Cause {
        types: "",
        signs: &[&["filesystemnotfound"], &["file system", "does not exist"]],
        advice: "The EFS file system is not there. Check the id in `storage.volumes` of the manifest: the file system must \
                 be in this account and region.",
    },
    Cause {
        types: "",
        signs: &[&["accesspointnotfound"], &["access point", "does not exist"]],
        advice: "The EFS access point is not there. Check `access_point_id` in `storage.volumes` of the manifest: it must \
                 belong to the file system of the same volume.",
    },
    Cause {
        types: "AWS::EFS::",
        signs: &[&["incorrectfilesystemlifecyclestate"], &["lifecycle state"], &["life cycle state"]],
        advice: "The file system or its mount targets are still being made or deleted. Wait a few minutes and deploy again.",
    },
    Cause {
        types: "",
        signs: &[&["mount target"]],
        advice: "The file system has no usable mount target where the tasks run. Make one in each availability zone of the \
                 environment's subnets, with a security group that lets the environment's tasks in on port 2049.",
    },
    // Throttling before quotas: "request limit exceeded" is about the rate.
    // https://github.com/cloudfoundry/bosh-aws-cpi-release/issues/61, https://github.com/aws/aws-cdk/issues/9882
    Cause {
        types: "",
        signs: &[
            &["rate exceeded"],
            &["throttling"],
            &["toomanyrequests"],
            &["too many requests"],
            &["request limit exceeded"],
            &["requestlimitexceeded"],
        ],
        advice: "AWS got too many requests of this account at a time. Deploy again in a minute, with fewer deployments side \
                 by side.",
    },
    // https://github.com/aws-samples/siem-on-amazon-opensearch-service/issues/290
    Cause {
        types: "AWS::Lambda::",
        signs: &[&["unreservedconcurrentexecution"]],
        advice: "The account has too little Lambda concurrency left to reserve some. Ask for a higher quota, or reserve less \
                 in the addons.",
    },
    // https://github.com/aws/eks-hybrid/pull/741
    Cause {
        types: "",
        signs: &[
            &["cannot exceed quota"],
            &["servicelimitexceeded"],
            &["limitexceeded"],
            &["limit exceeded"],
            &["quota exceeded"],
            &["maximum number of"],
        ],
        advice: "A quota of the account is used up. Delete what is no longer needed, or ask for more under Service Quotas in \
                 this region, then deploy again.",
    },
    // https://github.com/towardsthecloud/aws-cdk-examples/issues/1
    Cause {
        types: "AWS::ECS::TaskDefinition",
        signs: &[
            &["no fargate configuration exists"],
            &["fargate requires that 'cpu'"],
            &["fargate requires that 'memory'"],
            &["invalid 'cpu' setting"],
            &["invalid 'memory' setting"],
        ],
        advice: "Fargate has no size with this `cpu` and `memory`. Choose a combination that exists (256 CPU units go with \
                 512, 1024 or 2048 MiB) in the manifest; overrides can change it too.",
    },
    Cause {
        types: "",
        signs: &[
            &["container.image"],
            &["cannotpullcontainererror"],
            &["cannotpullimage"],
            &["pull access denied"],
            &["manifest unknown"],
            &["repositorynotfound"],
            &["imagenotfound"],
            &["source image", "does not exist"],
        ],
        advice: "The image cannot be found or pulled. Check `image.location` in the manifest and that the execution role and \
                 the task's subnets can reach the registry.",
    },
    Cause {
        types: "AWS::ECS::",
        signs: &[&["service linked role"], &["service-linked role"]],
        advice: "The account has no role for ECS yet. Make it once with `aws iam create-service-linked-role \
                 --aws-service-name ecs.amazonaws.com`, then deploy again.",
    },
    // https://github.com/aws/aws-cdk/issues/27618
    Cause {
        types: "AWS::Events::",
        signs: &[&["scheduleexpression is not valid"], &["schedule expression"]],
        advice: "EventBridge does not take the schedule. Correct `on.schedule` in the manifest; day of month and day of week \
                 cannot both be given, one must be `?`.",
    },
    Cause {
        types: "AWS::StepFunctions::",
        signs: &[
            &["invalid state machine definition"],
            &["schema_validation_failed"],
            &["invaliddefinition"],
        ],
        advice: "Step Functions does not take the state machine's definition. Check `retries`, `timeout` and overrides of \
                 StateMachine.",
    },
    // https://github.com/eddmann/serverless-fargate/issues/20, https://github.com/serverless/serverless/issues/2973
    Cause {
        types: "",
        signs: &[
            &["invalidsubnetid"],
            &["invalidsubnet"],
            &["subnet id", "does not exist"],
            &["invalidgroup.notfound"],
            &["invalidgroupid"],
            &["invalidsecuritygroup"],
            &["security group", "does not exist"],
        ],
        advice: "A subnet or security group is not there. Check `network.vpc` in the manifest: both must be in the \
                 environment's VPC.",
    },
    // https://github.com/aws/aws-cdk/issues/24804
    Cause {
        types: "AWS::SNS::Subscription",
        signs: &[&["filterpolicy"], &["filter policy"]],
        advice: "SNS does not take the subscription's filter policy. Correct it where the subscription is defined: values \
                 are lists of texts, numbers or conditions.",
    },
    Cause {
        types: "AWS::SNS::",
        signs: &[&["invalid parameter"], &["invalidparameter"], &["not found"], &["notfound"]],
        advice: "SNS does not take the topic or the subscription. Check that the topic and the queue exist in the region that \
                 their ARNs name, and that policies name existing principals.",
    },
    Cause {
        types: "AWS::SQS::",
        signs: &[&["invalid"]],
        advice: "SQS does not take the queue or its policy. Check numbers against the limits of SQS, and that policies name \
                 existing principals.",
    },
    // https://github.com/alestic/lambdash/issues/13
    Cause {
        types: "",
        signs: &[&["runtime parameter of", "no longer supported"]],
        advice: "AWS takes this Lambda runtime no more. The job's own function is deployed with a supported one; in addons \
                 and overrides set a newer `Runtime`. If a rollback needs the old one, continue it without this resource.",
    },
    // https://github.com/serverless/serverless/issues/13208
    Cause {
        types: "AWS::Lambda::",
        signs: &[&["error occurred while getobject"]],
        advice: "The function's code is not in the artifact bucket, or in another region than the stack. Deploy again: what \
                 is missing is uploaded.",
    },
    // https://github.com/apex/up/issues/189
    Cause {
        types: "AWS::Lambda::",
        signs: &[&["cannot be assumed by lambda"]],
        advice: "A new role takes some seconds until Lambda can use it. Deploy again; if it stays, the role's trust policy \
                 does not name lambda.amazonaws.com.",
    },
    Cause {
        types: "AWS::Logs::LogGroup",
        signs: &[&["retentionindays"], &["retention"]],
        advice: "CloudWatch Logs does not take this number of days. Set `logging.retention` in the manifest to 1, 3, 5, 7, \
                 14, 30, 60, 90 or another of its values.",
    },
];
