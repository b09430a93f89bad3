//! Failures as AWS words them, for tests in the crate and of the program.

/// Resource type and full reason, as `CloudFormation` writes them; account numbers and ids are made up.
pub(super) const REASONS: &[(&str, &str)] = &[
    (
        "Custom::EnvControllerFunction",
        "User is not authorized to perform: cloudformation:UpdateStack (Log: /aws/lambda/demo-test-report-EnvControllerFunction-1A2B/1)",
    ),
    (
        "AWS::Logs::LogGroup",
        r#"Resource handler returned message: "Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"/copilot/demo-test-report"}' already exists." (RequestToken: 258db5a1-23c6, HandlerErrorCode: AlreadyExists)"#,
    ),
    (
        "AWS::Logs::LogGroup",
        "/copilot/demo-test-report already exists in stack arn:aws:cloudformation:us-east-1:123456789012:stack/other/5ef0fbc0",
    ),
    (
        "AWS::IAM::Role",
        "1 validation error detected: Value 'demo-production-environment-monthly-financial-report-generator-TaskRole' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64 (Service: AmazonIdentityManagement; Status Code: 400; Error Code: ValidationError; Request ID: 27e67de3)",
    ),
    (
        "AWS::IAM::Role",
        r#"Resource handler returned message: "Role with name demo-reports already exists. (Service: Iam, Status Code: 409, Request ID: b1bb91a6)" (RequestToken: 97cd1be4, HandlerErrorCode: AlreadyExists)"#,
    ),
    ("AWS::SQS::Queue", "demo-reports already exists"),
    ("AWS::S3::Bucket", "demo-reports already exists"),
    (
        "AWS::DynamoDB::Table",
        "Resource handler returned message: \"Resource of type 'AWS::DynamoDB::Table' with identifier 'demo-test-report-items' \
         already exists.\" (RequestToken: 0e1f, HandlerErrorCode: AlreadyExists)",
    ),
    (
        "AWS::StepFunctions::StateMachine",
        "State Machine Already Exists: 'arn:aws:states:us-east-1:123456789012:stateMachine:demo-test-report' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineAlreadyExists; Request ID: 10ed9fe2; Proxy: null)",
    ),
    (
        "AWS::StepFunctions::StateMachine",
        "State Machine is being deleted: 'arn:aws:states:us-east-1:123456789012:stateMachine:demo-test-report' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDeleting; Request ID: 10ed9fe2)",
    ),
    (
        "AWS::SQS::Queue",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name. (Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.QueueDeletedRecently; Request ID: 0c9c1b0e)",
    ),
    (
        "AWS::ECS::TaskDefinition",
        r#"Resource handler returned message: "Invalid request provided: Create TaskDefinition: Container.image repository name should not be null or empty. (Service: AmazonECS; Status Code: 400; Error Code: ClientException; Request ID: 0f2b; Proxy: null)" (RequestToken: 1234, HandlerErrorCode: InvalidRequest)"#,
    ),
    (
        "AWS::ECS::TaskDefinition",
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref registry.example/report:1: not found",
    ),
    (
        "AWS::CloudFormation::Stack",
        "Unable to fetch parameters [/copilot/demo/test/secrets/TOKEN] from parameter store for this account.",
    ),
    ("AWS::CloudFormation::Stack", "Parameters: [ssm:/demo/token:1] cannot be found."),
    (
        "AWS::ECS::TaskDefinition",
        "Secrets Manager can't find the specified secret. (Service: AWSSecretsManager; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: 3f6a)",
    ),
    ("AWS::CloudFormation::Stack", "No export named demo-test-VpcId found. Rollback requested by user."),
    (
        "AWS::IAM::Role",
        "User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRole/AWSCloudFormation is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/demo-test-report-TaskRole-1A2B with an explicit deny in a permissions boundary: arn:aws:iam::123456789012:policy/Boundary",
    ),
    (
        "AWS::IAM::Role",
        "API: iam:CreateRole User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRole/AWSCloudFormation is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/demo-test-report-TaskRole-1A2B with an explicit deny",
    ),
    (
        "AWS::Lambda::Function",
        "User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRole/AWSCloudFormation is not authorized to perform: lambda:CreateFunction on resource: arn:aws:lambda:eu-west-3:123456789012:function:x with an explicit deny in a service control policy",
    ),
    (
        "AWS::ECS::TaskDefinition",
        "User: arn:aws:sts::123456789012:assumed-role/demo-test-CFNExecutionRole/AWSCloudFormation is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/shared because no identity-based policy allows the iam:PassRole action",
    ),
    (
        "AWS::StepFunctions::StateMachine",
        r#"Resource handler returned message: "'arn:aws:iam::123456789012:role/demo-test-report-StateMachineRole-1A2B' is not authorized to create managed-rule. (Service: AWSStepFunctions; Status Code: 400; Error Code: AccessDeniedException; Request ID: 7d33)" (RequestToken: 10ed, HandlerErrorCode: AccessDenied)"#,
    ),
    (
        "AWS::IAM::Role",
        r#"Resource handler returned message: "Encountered a permissions error performing a tagging operation, please add required tag permissions. (HandlerErrorCode: UnauthorizedTaggingOperation)""#,
    ),
    (
        "AWS::StepFunctions::StateMachine",
        r#"Resource handler returned message: "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: states:CreateStateMachine on resource: arn:aws:states:us-east-1:123456789012:stateMachine:demo-test-report because no identity-based policy allows the states:CreateStateMachine action (Service: AWSStepFunctions; Status Code: 400; Error Code: AccessDeniedException; Request ID: a7e0564e; Proxy: null)" (RequestToken: 10ed9fe2, HandlerErrorCode: AccessDenied)"#,
    ),
    (
        "AWS::Logs::LogGroup",
        "AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:eu-west-2:123456789012:log-group:/copilot/demo-test-report'",
    ),
    (
        "AWS::SNS::Topic",
        "arn:aws:kms:eu-west-2:123456789012:key/1a2b is disabled. (Service: AmazonSNS; Status Code: 400; Error Code: KMSDisabled; Request ID: 42450475)",
    ),
    (
        "AWS::EFS::AccessPoint",
        r#"Resource handler returned message: "File system 'fs-0a1b2c3d' does not exist. (Service: Efs, Status Code: 404, Request ID: 9d5f)" (RequestToken: 5c1d, HandlerErrorCode: NotFound)"#,
    ),
    (
        "AWS::EFS::AccessPoint",
        r#"Resource handler returned message: "None of the access points can be made while the file system is in lifecycle state 'creating' (Service: Efs, Status Code: 409, Error Code: IncorrectFileSystemLifeCycleState)""#,
    ),
    ("AWS::ECS::TaskDefinition", "AccessPointNotFound: Access point 'fsap-0a1b' does not exist."),
    (
        "AWS::ECS::TaskDefinition",
        r#"ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: Failed to resolve "fs-0a1b.efs.us-east-1.amazonaws.com" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID."#,
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "Rate exceeded for operation 'Rate exceeded (Service: Lambda, Status Code: 429, Request ID: 2d5768a1, Extended Request ID: null)'.",
    ),
    (
        "AWS::EC2::SecurityGroup",
        "Request limit exceeded. (Service: AmazonEC2; Status Code: 503; Error Code: RequestLimitExceeded; Request ID: 7fd6cf20)",
    ),
    (
        "AWS::Lambda::Function",
        r#"Resource handler returned message: "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [50]. (Service: Lambda, Status Code: 400, Request ID: f845592b)" (RequestToken: f63f6637, HandlerErrorCode: InvalidRequest)"#,
    ),
    (
        "AWS::IAM::Role",
        r#"Resource handler returned message: "Cannot exceed quota for PoliciesPerRole: 10 (Service: Iam, Status Code: 409, Request ID: a42eda91) (SDK Attempt Count: 1)" (RequestToken: a6dcd513, HandlerErrorCode: ServiceLimitExceeded)"#,
    ),
    (
        "AWS::ECS::TaskDefinition",
        r#"Resource handler returned message: "Invalid request provided: Create TaskDefinition: No Fargate configuration exists for given values: 512 CPU, 512 memory. See the Amazon ECS documentation for the valid values. (Service: AmazonECS; Status Code: 400; Error Code: ClientException; Request ID: 1)" (RequestToken: 2, HandlerErrorCode: InvalidRequest)"#,
    ),
    (
        "AWS::ECS::Cluster",
        r#"Resource handler returned message: "Invalid request provided: Unable to assume the service linked role. Please verify that the ECS service linked role exists. (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException)""#,
    ),
    (
        "AWS::Events::Rule",
        "Parameter ScheduleExpression is not valid. (Service: AmazonCloudWatchEvents; Status Code: 400; Error Code: ValidationException; Request ID: d50ae7df; Proxy: null)",
    ),
    (
        "AWS::StepFunctions::StateMachine",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/Run/TimeoutSeconds' (Service: AWSStepFunctions; Status Code: 400; Error Code: InvalidDefinition; Request ID: 1)",
    ),
    (
        "AWS::ECS::Service",
        r#"Resource handler returned message: "Invalid request provided: CreateService error: Error retrieving subnet information for [subnet-1]: The subnet ID 'subnet-1' does not exist (ErrorCode: InvalidSubnetID.NotFound) (Service: AmazonECS; Status Code: 400)""#,
    ),
    (
        "AWS::Lambda::Function",
        "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group 'sg-3cfe0674' does not exist (Service: AWSLambdaInternal; Status Code: 400)",
    ),
    (
        "AWS::SNS::Subscription",
        "FilterPolicyScope: Invalid value [null]. Please use either MessageBody or MessageAttributes (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; Request ID: 42450475; Proxy: null)",
    ),
    (
        "AWS::SNS::TopicPolicy",
        "Invalid parameter: Policy Error: null (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; Request ID: 38a567df).",
    ),
    (
        "AWS::SQS::QueuePolicy",
        "Invalid value for the parameter Policy. (Service: AmazonSQS; Status Code: 400; Error Code: InvalidAttributeValue; Request ID: 5ef1)",
    ),
    (
        "AWS::Lambda::Function",
        "The runtime parameter of nodejs20.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (nodejs24.x) while creating or updating functions. (Service: AWSLambdaInternal; Status Code: 400; Error Code: InvalidParameterValueException; Request ID: e7731446; Proxy: null)",
    ),
    (
        "AWS::Lambda::Function",
        r#"Resource handler returned message: "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist. (Service: Lambda, Status Code: 400, Request ID: ad9bb8d6)" (RequestToken: fe23dc9c, HandlerErrorCode: InvalidRequest)"#,
    ),
    (
        "AWS::Lambda::Function",
        r#"Resource handler returned message: "The role defined for the function cannot be assumed by Lambda. (Service: Lambda, Status Code: 400, Request ID: 78882e88)" (HandlerErrorCode: InvalidRequest)"#,
    ),
    (
        "AWS::CloudFormation::Stack",
        "Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/demo-test/8bfc is in UPDATE_ROLLBACK_FAILED state and can not be updated.",
    ),
    (
        "Custom::EnvControllerFunction",
        "Received response status [FAILED] from custom resource. Message returned: Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/demo-test/8bfc is in UPDATE_IN_PROGRESS state and can not be updated. (Log: /aws/lambda/demo-test-report-EnvControllerFunction-1A2B/2026/11/23/[$LATEST]77) (RequestId: 6e6f)",
    ),
    (
        "AWS::CloudFormation::Stack",
        "Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/demo-test-report/8bfc is in ROLLBACK_COMPLETE state and can not be updated.",
    ),
    (
        "AWS::CloudFormation::Stack",
        "Embedded stack arn:aws:cloudformation:us-east-1:123456789012:stack/demo-test-report-AddonsStack-1A2B/48d3 was not successfully created: The following resource(s) failed to create: [Bucket].",
    ),
    (
        "Custom::Thing",
        "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [c87e5bf0]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.",
    ),
    ("Custom::Thing", "Custom Resource failed to stabilize in expected time"),
    (
        "Custom::EnvControllerFunction",
        "Received response status [FAILED] from custom resource. Message returned: Resource is not in the state stackUpdateComplete (Log: x) (RequestId: 6e6f)",
    ),
    (
        "Custom::Thing",
        "Received response status [FAILED] from custom resource. Message returned: boom (RequestId: 6e6f)",
    ),
    (
        "AWS::CloudFormation::Stack",
        "Template format error: Unresolved resource dependencies [Bucket] in the Outputs block of the template",
    ),
    (
        "AWS::Logs::LogGroup",
        r"Properties validation failed for resource LogGroup with message: #/RetentionInDays: #: 31 is not a valid enum value",
    ),
    ("AWS::S3::Bucket", "Model validation failed (#: extraneous key [BucketNam] is not permitted)"),
    (
        "AWS::Lambda::Function",
        "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:123456789012:function:x (Service: AWSLambdaInternal; Status Code: 409; Error Code: ResourceConflictException; Request ID: 1)",
    ),
    ("AWS::SNS::Topic", "Internal Failure"),
    ("AWS::EC2::VPCEndpoint", "Resource did not stabilize. (HandlerErrorCode: NotStabilized)"),
    (
        "AWS::IAM::Role",
        "The security token included in the request is expired (Service: AmazonIdentityManagement; Status Code: 403; Error Code: ExpiredToken; Request ID: 407dadf1)",
    ),
    (
        "AWS::IAM::Role",
        "The security token included in the request is invalid (Service: AmazonIdentityManagement; Status Code: 403; Error Code: InvalidClientTokenId; Request ID: 407dadf1; Proxy: null)",
    ),
    (
        "AWS::EC2::VPC",
        r#"Resource handler returned message: "The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 5c1a)" (RequestToken: 77, HandlerErrorCode: ServiceLimitExceeded)"#,
    ),
    (
        "AWS::EC2::EIP",
        r#"Resource handler returned message: "The maximum number of addresses has been reached. (Service: Ec2, Status Code: 400, Request ID: 5c1b)" (RequestToken: 78, HandlerErrorCode: ServiceLimitExceeded)"#,
    ),
    (
        "AWS::EC2::Subnet",
        "Value (us-east-1e) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b, us-east-1f. (Service: Ec2, Status Code: 400, Request ID: 5c1c)",
    ),
    (
        "AWS::Logs::ResourcePolicy",
        "Resource limit exceeded. (Service: AWSLogs; Status Code: 400; Error Code: LimitExceededException; Request ID: 5c1d)",
    ),
];
