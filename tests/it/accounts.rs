//! Tests of the local AWS's accounts: an empty one, several of them, their roles, and the services that commands ask before
//! they change anything.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::Tag;
use serde_json::json;

use crate::local_aws::{Account, App, Caller, Environment, LocalAws, REGION};
use crate::stacks::Stacks;
use crate::support::{LOCATION, Run, Workspace, World, stable};

/// A client whose every refusal shows.
async fn cloudformation(account: &Account<'_>) -> aws_sdk_cloudformation::Client {
    let retries = aws_config::retry::RetryConfig::disabled();
    let config = account.sdk_config().await.to_builder().retry_config(retries).build();
    aws_sdk_cloudformation::Client::new(&config)
}

fn said(error: &impl ProvideErrorMetadata) -> String {
    format!("{}: {}", error.code().unwrap_or_default(), error.message().unwrap_or_default())
}

#[test]
fn an_empty_account_has_nothing() {
    let world = World::empty();
    let run = world.run(&["job", "deploy", "--name", "report-gen", "--env", "test"]);
    insta::assert_snapshot!(&run.ends_with(1).replace(&world.workspace.path().display().to_string(), "WORKSPACE"), @"
    ✘ no `copilot` directory in WORKSPACE or up to 4 directories above it
      Run the command inside a project that AWS Copilot or copilot set up.
    ");
    let emulator = world.account.emulator();
    let counts = LocalAws::shared().block_on(async move {
        let stacks = emulator.query("cloudformation", "ListStacks", &[]).await.unwrap();
        let roles = emulator.query("iam", "ListRoles", &[]).await.unwrap();
        let zones = emulator.query("ec2", "DescribeNatGateways", &[]).await.unwrap();
        let everything = json!({ "Path": "/", "Recursive": true });
        let parameters = emulator.json("ssm", "AmazonSSM.GetParametersByPath", &everything).await.unwrap();
        let records = parameters["Parameters"].as_array().unwrap().len();
        (
            stacks.matches("<StackName>").count(),
            roles.matches("<RoleName>").count(),
            zones.matches("nat-").count(),
            records,
        )
    });
    assert_eq!(counts, (0, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_may_be_in_an_account_of_its_own() {
    let (app, other) = (LocalAws::shared().account(), LocalAws::shared().account());
    let seeded =
        app.seed(App::new("shop").environment(Environment::new("test").account(other.id()))).unwrap();
    let environment = &seeded.environments["test"];
    assert!(environment.stack_id.contains(other.id()), "{}", environment.stack_id);

    // A role of the other account works in that account; the call counts as the caller's.
    let sts = aws_sdk_sts::Client::new(&app.sdk_config().await);
    let assumed = sts.assume_role().role_arn(&environment.manager_role_arn).role_session_name("test");
    let keys = assumed.send().await.unwrap().credentials().unwrap().clone();
    let credentials = aws_credential_types::Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        None,
        "test",
    );
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
    let manager = app.sdk_config().await.to_builder().credentials_provider(provider).build();
    let manager = aws_sdk_cloudformation::Client::new(&manager);
    let stack = manager.describe_stacks().stack_name("shop-test").send().await.unwrap();
    assert_eq!(stack.stacks()[0].stack_id(), Some(environment.stack_id.as_str()));
    let by_role =
        app.calls().filter(|call| call.caller == Caller::Role(environment.manager_role_arn.clone()));
    assert_eq!(by_role.names(), ["cloudformation:DescribeStacks"]);
    assert!(cloudformation(&app).await.describe_stacks().stack_name("shop-test").send().await.is_err());

    // The application's bucket is open to the account once its policy says so, to its stacks too.
    let bucket = &seeded.regions[REGION].bucket;
    let put = |account: aws_config::SdkConfig| {
        let s3 = aws_sdk_s3::Client::new(&account);
        s3.put_object()
            .bucket(bucket)
            .key("shop.yml")
            .body(b"Resources: {T: {Type: 'AWS::SNS::Topic'}}".to_vec().into())
            .send()
    };
    let refused = put(other.sdk_config().await).await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("AccessDenied"));
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*", "Principal": { "AWS": format!("arn:aws:iam::{}:root", other.id()) },
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
    }] });
    let s3 = aws_sdk_s3::Client::new(&app.sdk_config().await);
    s3.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await.unwrap();
    put(other.sdk_config().await).await.unwrap();
    let url = format!("https://{bucket}.s3.{REGION}.amazonaws.com/shop.yml");
    cloudformation(&other).await.create_stack().stack_name("topics").template_url(url).send().await.unwrap();
    assert!(other.emulator().settled_stack("topics").await.unwrap().contains("CREATE_COMPLETE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_must_be_there_and_trust_the_caller() {
    let (account, stranger) = (LocalAws::shared().account(), LocalAws::shared().account());
    let seeded = account.seed(App::new("shop").env("test")).unwrap();
    let environment = &seeded.environments["test"];
    let mut told = Vec::new();
    for (caller, role) in [
        (&account, environment.manager_role_arn.replace("EnvManagerRole", "NoSuchRole")),
        (&account, environment.execution_role_arn.clone()),
        (&stranger, environment.manager_role_arn.clone()),
    ] {
        let sts = aws_sdk_sts::Client::new(&caller.sdk_config().await);
        let refused = sts.assume_role().role_arn(&role).role_session_name("test").send().await.unwrap_err();
        told.push(said(&refused.into_service_error()));
    }
    let gone = environment.execution_role_arn.replace("CFNExecutionRole", "NoSuchRole");
    let client = cloudformation(&account).await;
    let refused = client.delete_stack().stack_name("shop-test").role_arn(gone).send().await.unwrap_err();
    told.push(said(&refused.into_service_error()));
    let told = told.join("\n").replace(account.id(), "ACCOUNT").replace(stranger.id(), "STRANGER");
    insta::assert_snapshot!(told, @"
    AccessDenied: User: arn:aws:iam::ACCOUNT:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::ACCOUNT:role/shop-test-NoSuchRole
    AccessDenied: User: arn:aws:iam::ACCOUNT:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::ACCOUNT:role/shop-test-CFNExecutionRole
    AccessDenied: User: arn:aws:iam::STRANGER:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::ACCOUNT:role/shop-test-EnvManagerRole
    ValidationError: Role arn:aws:iam::ACCOUNT:role/shop-test-NoSuchRole is invalid or cannot be assumed
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_an_environment_is_found_by_its_tags() {
    let account = LocalAws::shared().account();
    account.seed(App::new("shop").env("test").job("report-gen")).unwrap();
    let client = cloudformation(&account).await;
    for number in 0..3 {
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let topic = "Resources: {T: {Type: 'AWS::SNS::Topic'}}";
        let stack = client.create_stack().stack_name(format!("shop-test-{number}")).template_body(topic);
        let stack = stack.tags(tag("copilot-application", "shop")).tags(tag("copilot-environment", "test"));
        stack.tags(tag("copilot-service", &format!("job{number}"))).send().await.unwrap();
    }
    let emulator = account.emulator();
    let pipeline = json!({ "pipeline": { "name": "release" }, "tags": [{ "key": "copilot-application", "value": "shop" }] });
    emulator.json("codepipeline", "CodePipeline_20150709.CreatePipeline", &pipeline).await.unwrap();
    let find = async |kind: &str, tag: &str, value: &str, token: &str| {
        let input = json!({
            "ResourceTypeFilters": [kind], "ResourcesPerPage": 2, "PaginationToken": token,
            "TagFilters": [{ "Key": "copilot-application", "Values": ["shop"] }, { "Key": tag, "Values": [value] }],
        });
        let found =
            emulator.json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", &input).await.unwrap();
        let arns = found["ResourceTagMappingList"].as_array().unwrap();
        let names: Vec<_> = arns
            .iter()
            .map(|one| {
                one["ResourceARN"]
                    .as_str()
                    .unwrap()
                    .split([':', '/'])
                    .skip(5)
                    .take(2)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        (names.join(", "), found["PaginationToken"].as_str().unwrap().to_owned())
    };
    let (first, token) = find("cloudformation:stack", "copilot-environment", "test", "").await;
    let (second, end) = find("cloudformation:stack", "copilot-environment", "test", &token).await;
    assert_eq!(first, "stack shop-test, stack shop-test-0");
    assert_eq!((second.as_str(), end.as_str()), ("stack shop-test-1, stack shop-test-2", ""));
    let (job, _) = find("cloudformation", "copilot-service", "job1", "").await;
    assert_eq!(job, "stack shop-test-1");
    let (pipelines, _) = find("codepipeline:pipeline", "copilot-application", "shop", "").await;
    assert_eq!(pipelines, "release");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_and_a_domain_can_be_looked_at() {
    let stacks = Stacks::new().await;
    let template = "Resources:
  VPC: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: false}}
  Subnet: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref VPC, CidrBlock: 10.0.0.0/24}}
  Gateway: {Type: 'AWS::EC2::InternetGateway'}
  Attachment: {Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {VpcId: !Ref VPC, InternetGatewayId: !Ref Gateway}}
  Table: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref VPC}}
  Route: {Type: 'AWS::EC2::Route', DependsOn: Attachment, Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}}
  InTable: {Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Subnet}}
  Zone: {Type: 'AWS::Route53::HostedZone', Properties: {Name: example.com}}
Outputs: {VPC: {Value: !Ref VPC}, Servers: {Value: !Join [' ', !GetAtt Zone.NameServers]}}
";
    let description = stacks.deploy("network", template, &BTreeMap::default()).await;
    let output = |key| crate::local_aws::output(&description, key).unwrap();
    let (vpc, emulator) = (output("VPC"), stacks.account.emulator());
    assert_eq!(output("Servers").split(' ').count(), 4);
    let within = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.as_str())];
    let one = [("VpcId", vpc.as_str()), ("Attribute", "enableDnsSupport")];
    let prefix_list = [
        ("Filter.1.Name", "prefix-list-name"),
        ("Filter.1.Value.1", "com.amazonaws.global.cloudfront.origin-facing"),
    ];
    let zones = [("Filter.1.Name", "zone-type"), ("Filter.1.Value.1", "availability-zone")];
    for (action, fields, expected) in [
        ("DescribeVpcs", &within[..0], vpc.as_str()),
        ("DescribeVpcAttribute", &one, "<enableDnsSupport><value>false</value>"),
        ("DescribeSubnets", &within, "<cidrBlock>10.0.0.0/24</cidrBlock>"),
        ("DescribeRouteTables", &within, "<gatewayId>igw-"),
        ("DescribeAvailabilityZones", &zones, "<zoneName>us-west-2b</zoneName>"),
        ("DescribeManagedPrefixLists", &prefix_list, "<prefixListId>pl-"),
    ] {
        let answer = emulator.query("ec2", action, fields).await.unwrap();
        assert!(answer.contains(expected), "{action}: {answer}");
    }
}

#[test]
fn a_profile_is_another_account() {
    let world = World::new(Workspace::new(LOCATION));
    let other = LocalAws::shared().account();
    let config = world.profiles(&[("other", &other)]);
    let mut command = world.deploying(&[]);
    command.env("AWS_CONFIG_FILE", config).env("AWS_PROFILE", "other");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
        command.env_remove(name);
    }
    let said = Run::of(command).ends_with(1).replace(other.id(), "OTHER");
    insta::assert_snapshot!(stable(&said, &world), @"
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ there is no application demo in account OTHER, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
    assert!(!other.calls().0.is_empty() && world.account.calls().0.is_empty());
}
