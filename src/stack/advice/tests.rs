use super::hint;
use super::test_reasons::REASONS;

#[test]
fn every_known_reason_has_its_hint() {
    let mut told = String::new();
    for (resource_type, reason) in REASONS {
        let hint =
            hint(resource_type, reason).unwrap_or_else(|| panic!("no hint: {resource_type}: {reason}"));
        let start: String = reason.chars().take(90).collect();
        told.push_str(&format!("{resource_type}: {start}\n  -> {hint}\n"));
    }
    insta::assert_snapshot!(told, @r#"
    Custom::EnvControllerFunction: User is not authorized to perform: cloudformation:UpdateStack (Log: /aws/lambda/demo-test-
      -> The function behind this resource lacks a permission. Its role is in the same stack: look for overrides, a permissions boundary or a policy of the organisation that take the named action away from it, then deploy again.
    AWS::Logs::LogGroup: Resource handler returned message: "Resource of type 'AWS::Logs::LogGroup' with identifier
      -> A log group of this name was left by an earlier stack or made by hand. Delete it with `aws logs delete-log-group` if its logs are not needed, or import it into the stack, then deploy again.
    AWS::Logs::LogGroup: /copilot/demo-test-report already exists in stack arn:aws:cloudformation:us-east-1:1234567
      -> Another stack owns a resource of this name. Give the resource another name, or remove it from the stack that the message names.
    AWS::IAM::Role: 1 validation error detected: Value 'demo-production-environment-monthly-financial-report-g
      -> The name is too long for IAM. Shorten it where it is set (addons or overrides), or leave the name out, so that CloudFormation makes one up.
    AWS::IAM::Role: Resource handler returned message: "Role with name demo-reports already exists. (Service: 
      -> IAM names are unique in the whole account, also across regions. Delete the old one if nothing uses it, or give this one another name, then deploy again.
    AWS::SQS::Queue: demo-reports already exists
      -> Something of this name exists outside of the stack. Delete it if nothing uses it, give the resource another name, or import it into the stack, then deploy again.
    AWS::S3::Bucket: demo-reports already exists
      -> To keep what is in the bucket (bucket names are those of all accounts: it may also belong to somebody else): take the resource out of the template, deploy, import the bucket into the stack with `aws cloudformation create-change-set --change-set-type IMPORT`, and put the resource back. To begin with a new one: give the resource another name, or delete the old bucket with its data, `aws s3 rb --force s3://demo-reports`; then deploy again.
    AWS::DynamoDB::Table: Resource handler returned message: "Resource of type 'AWS::DynamoDB::Table' with identifie
      -> To keep what is in the table: take the resource out of the template, deploy, import the table into the stack with `aws cloudformation create-change-set --change-set-type IMPORT`, and put the resource back. To begin with a new one: give the resource another name, or delete the old table with its data, `aws dynamodb delete-table --table-name demo-test-report-items`; then deploy again.
    AWS::StepFunctions::StateMachine: State Machine Already Exists: 'arn:aws:states:us-east-1:123456789012:stateMachine:demo-tes
      -> A state machine of the job's name exists outside of this stack. Delete it if nothing uses it, then deploy again.
    AWS::StepFunctions::StateMachine: State Machine is being deleted: 'arn:aws:states:us-east-1:123456789012:stateMachine:demo-t
      -> The former state machine of this name is still being deleted. Wait a few minutes and deploy again.
    AWS::SQS::Queue: You must wait 60 seconds after deleting a queue before you can create another with the sam
      -> A queue's name can be used again one minute after the queue was deleted. Wait and deploy again.
    AWS::ECS::TaskDefinition: Resource handler returned message: "Invalid request provided: Create TaskDefinition: Conta
      -> The image cannot be found or pulled. Check `image.location` in the manifest and that the execution role and the task's subnets can reach the registry.
    AWS::ECS::TaskDefinition: CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolv
      -> The image cannot be found or pulled. Check `image.location` in the manifest and that the execution role and the task's subnets can reach the registry.
    AWS::CloudFormation::Stack: Unable to fetch parameters [/copilot/demo/test/secrets/TOKEN] from parameter store for thi
      -> A parameter that the template reads is not in SSM Parameter Store. Create it in this account and region, under the name that the message gives, or correct the name in the manifest, then deploy again.
    AWS::CloudFormation::Stack: Parameters: [ssm:/demo/token:1] cannot be found.
      -> A parameter that the template reads is not in SSM Parameter Store. Create it in this account and region, under the name that the message gives, or correct the name in the manifest, then deploy again.
    AWS::ECS::TaskDefinition: Secrets Manager can't find the specified secret. (Service: AWSSecretsManager; Status Code:
      -> A secret that the template reads, or a key in it, is not in Secrets Manager. Create it in this account and region, or correct its name in the manifest, then deploy again.
    AWS::CloudFormation::Stack: No export named demo-test-VpcId found. Rollback requested by user.
      -> No stack in this account and region exports the value. Deploy what exports it first (for the job itself that is the environment), or correct the name in `from_cfn` or in the addons.
    AWS::IAM::Role: User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRole/AWSCloudFormation 
      -> A permissions boundary stands in the way. Ask an administrator to let it allow this action; roles get the boundary that the application was initialised with.
    AWS::IAM::Role: API: iam:CreateRole User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRol
      -> A policy denies this action explicitly, so allowing it elsewhere does not help. Find the policy that denies it to the principal that the message names, or ask an administrator.
    AWS::Lambda::Function: User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRole/AWSCloudFormation 
      -> A policy of the AWS organisation forbids this. Only an administrator of the organisation can allow it; a different region may be what is expected.
    AWS::ECS::TaskDefinition: User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRole/AWSCloudFormation 
      -> CloudFormation may not hand the role over to the service. Allow iam:PassRole on it for the environment's role CFNExecutionRole, then deploy again.
    AWS::StepFunctions::StateMachine: Resource handler returned message: "'arn:aws:iam::123456789012:role/demo-test-report-State
      -> The state machine's role could not be used yet, or lacks events:PutTargets, events:PutRule and events:DescribeRule. Deploy again; if it stays, look for overrides that change StateMachineRole.
    AWS::IAM::Role: Resource handler returned message: "Encountered a permissions error performing a tagging o
      -> The tags could not be written. Allow the tagging action for the environment's role CFNExecutionRole, or deploy without --resource-tags if those are what is refused.
    AWS::StepFunctions::StateMachine: Resource handler returned message: "User: arn:aws:sts::123456789012:assumed-role/x is not 
      -> A permission is missing: allow the action that the message names to whom it names. CloudFormation acts as the environment's role CFNExecutionRole, and as you where an application or environment is created. Then run the command again.
    AWS::Logs::LogGroup: AccessDeniedException: The specified KMS key does not exist or is not allowed to be used w
      -> The KMS key cannot be used. Check that it exists in this region and is enabled, and that its key policy allows the service and the environment's role CFNExecutionRole to use it.
    AWS::SNS::Topic: arn:aws:kms:eu-west-2:123456789012:key/1a2b is disabled. (Service: AmazonSNS; Status Code:
      -> The KMS key cannot be used. Check that it exists in this region and is enabled, and that its key policy allows the service and the environment's role CFNExecutionRole to use it.
    AWS::EFS::AccessPoint: Resource handler returned message: "File system 'fs-0a1b2c3d' does not exist. (Service: Ef
      -> The EFS file system is not there. Check the id in `storage.volumes` of the manifest: the file system must be in this account and region.
    AWS::EFS::AccessPoint: Resource handler returned message: "None of the access points can be made while the file s
      -> The file system or its mount targets are still being made or deleted. Wait a few minutes and deploy again.
    AWS::ECS::TaskDefinition: AccessPointNotFound: Access point 'fsap-0a1b' does not exist.
      -> The EFS access point is not there. Check `access_point_id` in `storage.volumes` of the manifest: it must belong to the file system of the same volume.
    AWS::ECS::TaskDefinition: ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: Fa
      -> The file system has no usable mount target where the tasks run. Make one in each availability zone of the environment's subnets, with a security group that lets the environment's tasks in on port 2049.
    AWS::Lambda::EventSourceMapping: Rate exceeded for operation 'Rate exceeded (Service: Lambda, Status Code: 429, Request ID:
      -> AWS got too many requests of this account at a time. Deploy again in a minute, with fewer deployments side by side.
    AWS::EC2::SecurityGroup: Request limit exceeded. (Service: AmazonEC2; Status Code: 503; Error Code: RequestLimitExc
      -> AWS got too many requests of this account at a time. Deploy again in a minute, with fewer deployments side by side.
    AWS::Lambda::Function: Resource handler returned message: "Specified ReservedConcurrentExecutions for function de
      -> The account has too little Lambda concurrency left to reserve some. Ask for a higher quota, or reserve less in the addons.
    AWS::IAM::Role: Resource handler returned message: "Cannot exceed quota for PoliciesPerRole: 10 (Service: 
      -> A quota of the account is used up. Delete what is no longer needed, or ask for more under Service Quotas in this region, then deploy again.
    AWS::ECS::TaskDefinition: Resource handler returned message: "Invalid request provided: Create TaskDefinition: No Fa
      -> Fargate has no size with this `cpu` and `memory`. Choose a combination that exists (256 CPU units go with 512, 1024 or 2048 MiB) in the manifest; overrides can change it too.
    AWS::ECS::Cluster: Resource handler returned message: "Invalid request provided: Unable to assume the service
      -> The account has no role for ECS yet. Make it once with `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`, then deploy again.
    AWS::Events::Rule: Parameter ScheduleExpression is not valid. (Service: AmazonCloudWatchEvents; Status Code: 
      -> EventBridge does not take the schedule. Correct `on.schedule` in the manifest; day of month and day of week cannot both be given, one must be `?`.
    AWS::StepFunctions::StateMachine: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Expected value of type Intege
      -> Step Functions does not take the state machine's definition. Check `retries`, `timeout` and overrides of StateMachine.
    AWS::ECS::Service: Resource handler returned message: "Invalid request provided: CreateService error: Error r
      -> A subnet or security group is not there. Check `network.vpc` in the manifest: both must be in the environment's VPC.
    AWS::Lambda::Function: Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Er
      -> A subnet or security group is not there. Check `network.vpc` in the manifest: both must be in the environment's VPC.
    AWS::SNS::Subscription: FilterPolicyScope: Invalid value [null]. Please use either MessageBody or MessageAttribute
      -> SNS does not take the subscription's filter policy. Correct it where the subscription is defined: values are lists of texts, numbers or conditions.
    AWS::SNS::TopicPolicy: Invalid parameter: Policy Error: null (Service: AmazonSNS; Status Code: 400; Error Code: I
      -> SNS does not take the topic or the subscription. Check that the topic and the queue exist in the region that their ARNs name, and that policies name existing principals.
    AWS::SQS::QueuePolicy: Invalid value for the parameter Policy. (Service: AmazonSQS; Status Code: 400; Error Code:
      -> SQS does not take the queue or its policy. Check numbers against the limits of SQS, and that policies name existing principals.
    AWS::Lambda::Function: The runtime parameter of nodejs20.x is no longer supported for creating or updating AWS La
      -> AWS takes this Lambda runtime no more. The job's own function is deployed with a supported one; in addons and overrides set a newer `Runtime`. If a rollback needs the old one, continue it without this resource.
    AWS::Lambda::Function: Resource handler returned message: "Error occurred while GetObject. S3 Error Code: NoSuchK
      -> The function's code is not in the artifact bucket, or in another region than the stack. Deploy again: what is missing is uploaded.
    AWS::Lambda::Function: Resource handler returned message: "The role defined for the function cannot be assumed by
      -> A new role takes some seconds until Lambda can use it. Deploy again; if it stays, the role's trust policy does not name lambda.amazonaws.com.
    AWS::CloudFormation::Stack: Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/demo-test/8bfc is in UPDATE_ROLL
      -> An earlier rollback did not come to its end. Continue it first, with `aws cloudformation continue-update-rollback`, then deploy again.
    Custom::EnvControllerFunction: Received response status [FAILED] from custom resource. Message returned: Stack:arn:aws:cl
      -> The stack is being changed by another deployment. Wait until that has ended and deploy again.
    AWS::CloudFormation::Stack: Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/demo-test-report/8bfc is in ROLL
      -> The stack was never created completely, or not deleted, and cannot be updated. Delete it with `aws cloudformation delete-stack`, then deploy again.
    AWS::CloudFormation::Stack: Embedded stack arn:aws:cloudformation:us-east-1:123456789012:stack/demo-test-report-Addons
      -> The cause is in the nested stack: look at its first failed resource. After a rollback it is listed among the deleted stacks.
    Custom::Thing: CloudFormation did not receive a response from your Custom Resource. Please check your log
      -> The function behind this resource did not answer in time. Its log group, /aws/lambda/ and the function's name, tells why; then deploy again.
    Custom::Thing: Custom Resource failed to stabilize in expected time
      -> The function behind this resource did not answer in time. Its log group, /aws/lambda/ and the function's name, tells why; then deploy again.
    Custom::EnvControllerFunction: Received response status [FAILED] from custom resource. Message returned: Resource is not 
      -> The environment's stack could not be updated for this job. Look at its events for the first failure; if another deployment was updating it, deploy again.
    Custom::Thing: Received response status [FAILED] from custom resource. Message returned: boom (RequestId:
      -> The function behind this resource reported a failure. The request id leads to its lines in the log group /aws/lambda/ and the function's name.
    AWS::CloudFormation::Stack: Template format error: Unresolved resource dependencies [Bucket] in the Outputs block of t
      -> CloudFormation does not take the template. If the job has addons or overrides, correct them: what they refer to must exist in the template.
    AWS::Logs::LogGroup: Properties validation failed for resource LogGroup with message: #/RetentionInDays: #: 31 
      -> CloudWatch Logs does not take this number of days. Set `logging.retention` in the manifest to 1, 3, 5, 7, 14, 30, 60, 90 or another of its values.
    AWS::S3::Bucket: Model validation failed (#: extraneous key [BucketNam] is not permitted)
      -> A property of the resource is wrong: the path after `#/` says which. Correct it in the addons or overrides that set it.
    AWS::Lambda::Function: The operation cannot be performed at this time. An update is in progress for resource: arn
      -> Something else is changing the same resource. Wait until that has ended and deploy again.
    AWS::SNS::Topic: Internal Failure
      -> The service failed, not the deployment. Deploy again; if it stays, see health.aws.amazon.com.
    AWS::EC2::VPCEndpoint: Resource did not stabilize. (HandlerErrorCode: NotStabilized)
      -> The resource did not get ready in time. Look at it in its service's console, then deploy again.
    AWS::IAM::Role: The security token included in the request is expired (Service: AmazonIdentityManagement; 
      -> The credentials ran out during the deployment. Sign in again, look whether the stack went on by itself, and deploy again.
    AWS::IAM::Role: The security token included in the request is invalid (Service: AmazonIdentityManagement; 
      -> AWS does not know the credentials. Check that the access key is active and that the region is enabled for the account, then deploy again.
    AWS::EC2::VPC: Resource handler returned message: "The maximum number of VPCs has been reached. (Service:
      -> The account has as many VPCs in this region as it may have. Delete one that nothing uses, ask for more under Service Quotas (VPCs per Region), name an existing VPC with `network.vpc.id` in the environment's manifest, or make the environment in another region.
    AWS::EC2::EIP: Resource handler returned message: "The maximum number of addresses has been reached. (Ser
      -> The account has as many Elastic IP addresses in this region as it may have, and each NAT gateway needs one. Release those that nothing uses, or ask for more under Service Quotas (EC2-VPC Elastic IPs); or place the workload in public subnets.
    AWS::EC2::Subnet: Value (us-east-1e) for parameter availabilityZone is invalid. Subnets can currently only b
      -> Subnets can be made in us-east-1a, us-east-1b, us-east-1f. Name two of them in the environment's manifest and deploy again: `network.vpc` with `cidr` and, below `subnets`, `public` and `private` subnets with `cidr` and `az`. `copilot env init --override-az-names us-east-1a,us-east-1b` writes such a manifest for a new environment.
    AWS::Logs::ResourcePolicy: Resource limit exceeded. (Service: AWSLogs; Status Code: 400; Error Code: LimitExceededExc
      -> An account can have ten of these policies in a region, one for each environment, and no more. Remove `/Resources/LogResourcePolicy` with a patch in copilot/environments/overrides, and make one policy for `/copilot/*` that serves all environments.
    "#);
}

#[test]
fn unknown_reasons_and_consequences_have_none() {
    for reason in ["", "Resource creation cancelled", "Resource update cancelled", "User Initiated", "boom"] {
        assert_eq!(hint("AWS::IAM::Role", reason), None, "{reason}");
        assert_eq!(hint("", reason), None, "{reason}");
    }
}

#[test]
fn every_cause_is_reached_by_a_reason() {
    for cause in super::causes() {
        let reached = REASONS
            .iter()
            .any(|(resource_type, reason)| hint(resource_type, reason).as_deref() == Some(cause.advice));
        assert!(reached, "no reason leads to: {}", cause.advice);
    }
}

#[test]
fn advice_is_one_or_two_plain_sentences() {
    for cause in super::causes() {
        assert!(cause.advice.ends_with('.') && cause.advice.len() < 260, "{}", cause.advice);
        assert!(!cause.advice.contains("  "), "{}", cause.advice);
        assert!(cause.signs.iter().flat_map(|signs| signs.iter()).all(|sign| *sign == sign.to_lowercase()));
    }
}
