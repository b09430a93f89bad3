//! `env deploy`: the first deployment after `env init`, later ones, what is kept, what is asked, what is refused.

use std::time::Duration;

use crate::local_aws::{Action, Change, Environment, Event, Rule, Script};
use crate::support::environments::{ENV_MANIFEST, ENV_STACK, bootstrapped, workspace};
use crate::support::{LOCATION, Started, World, stable, without_times};

#[test]
fn first_deployment_and_a_second_one() {
    let world = World::after_env_init();
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    - Updating the infrastructure for stack demo-test [update in progress]
    - An ECS cluster to group your services [update in progress]
    - An ECS cluster to group your services [update complete] [TIME]
    - An IAM Role to describe resources in your environment [update in progress]
    - An IAM Role to describe resources in your environment [update complete] [TIME]
    - An Internet Gateway to connect to the public internet [update in progress]
    - An Internet Gateway to connect to the public internet [update complete] [TIME]
    - A resource policy to allow AWS services to create log streams for your workloads. [update in progress]
    - A resource policy to allow AWS services to create log streams for your workloads. [update complete] [TIME]
    - A Virtual Private Cloud to control networking of your AWS resources [update in progress]
    - A Virtual Private Cloud to control networking of your AWS resources [update complete] [TIME]
    - A security group to allow your containers to talk to each other [update in progress]
    - A security group to allow your containers to talk to each other [update complete] [TIME]
    - Private subnet 1 for resources with no internet access [update in progress]
    - Private subnet 1 for resources with no internet access [update complete] [TIME]
    - Private subnet 2 for resources with no internet access [update in progress]
    - Private subnet 2 for resources with no internet access [update complete] [TIME]
    - A custom route table that directs network traffic for the public subnets [update in progress]
    - A custom route table that directs network traffic for the public subnets [update complete] [TIME]
    - Public subnet 1 for resources that can access the internet [update in progress]
    - Public subnet 1 for resources that can access the internet [update complete] [TIME]
    - Public subnet 2 for resources that can access the internet [update in progress]
    - Public subnet 2 for resources that can access the internet [update complete] [TIME]
    - A private DNS namespace for discovering services within the environment [update in progress]
    - A private DNS namespace for discovering services within the environment [update complete] [TIME]
    - Updating the infrastructure for stack demo-test [update complete] [TIME]
    ✔ Deployed environment test.
    ");
    insta::assert_snapshot!(stable(&world.env_parameters(), &world), @"
    ALBWorkloads=
    Aliases=
    AppDNSDelegationRole=
    AppDNSName=
    AppName=demo
    AppRunnerPrivateWorkloads=
    CreateHTTPSListener=false
    CreateInternalHTTPSListener=false
    EFSWorkloads=
    EnvironmentName=test
    InternalALBWorkloads=
    NATWorkloads=
    ServiceDiscoveryEndpoint=test.demo.local
    ToolsAccountPrincipalARN=arn:aws:iam::ACCOUNT:root
    ");
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    - No new infrastructure changes for stack demo-test
    No infrastructure changes: stack demo-test is up to date.
    ");
    insta::assert_snapshot!(world.env_deploy(&["--diff"]), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    No infrastructure changes: stack demo-test is up to date.
    ");
    world.deploy(&[]).succeeds();
}

#[test]
fn force_changes_an_output_alone() {
    let world = World::after_env_init();
    world.env_deploy(&["--quiet"]).succeeds();
    let said = world.env_deploy(&["--force", "--diff-yes"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let id = said.stdout.lines().filter(|line| line.contains("Value")).count();
    assert!(id > 0 && said.stdout.contains("LastForceDeployID"), "{}", said.stdout);
    // The id stays when the next deployment is not forced.
    insta::assert_snapshot!(world.env_deploy(&["--diff"]), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    No infrastructure changes: stack demo-test is up to date.
    ");
}

/// What jobs switched on stays on, also when it is switched on while the environment is being deployed.
#[test]
fn what_workloads_switched_on_stays_on() {
    let world = World::after_env_init();
    world.env_deploy(&["--quiet"]).succeeds();
    let needs = "network: {vpc: {placement: private}}\nstorage: {volumes: {data: {path: /d, read_only: false, efs: true}}}\n";
    world.workspace.manifest(&format!("{LOCATION}{needs}"));
    world.deploy(&[]).succeeds();
    insights(&world);
    world.account.fault(
        Rule::on("cloudformation:CreateChangeSet", Action::Delay(Duration::from_secs(3))).of_program(),
    );
    let started = Started::spawn(&mut world.command(&["env", "deploy", "--name", "test"]));
    world.wait_for_call("s3:HeadObject");
    std::thread::sleep(Duration::from_millis(500));
    let parameters = world.env_parameters();
    let mut fields = vec![
        ("StackName".to_owned(), ENV_STACK.to_owned()),
        ("UsePreviousTemplate".to_owned(), "true".to_owned()),
    ];
    fields.push(("Capabilities.member.1".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()));
    for (index, line) in (1..).zip(parameters.lines()) {
        let (name, value) = line.split_once('=').unwrap();
        let value = if name == "NATWorkloads" { "report-gen,meanwhile" } else { value };
        fields.push((format!("Parameters.member.{index}.ParameterKey"), name.to_owned()));
        fields.push((format!("Parameters.member.{index}.ParameterValue"), value.to_owned()));
    }
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    world.cloudformation("UpdateStack", &fields).unwrap();
    let said = started.finish();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    insta::assert_snapshot!(stable(&world.env_parameters(), &world), @"
    ALBWorkloads=
    Aliases=
    AppDNSDelegationRole=
    AppDNSName=
    AppName=demo
    AppRunnerPrivateWorkloads=
    CreateHTTPSListener=false
    CreateInternalHTTPSListener=false
    EFSWorkloads=report-gen
    EnvironmentName=test
    InternalALBWorkloads=
    NATWorkloads=report-gen,meanwhile
    ServiceDiscoveryEndpoint=test.demo.local
    ToolsAccountPrincipalARN=arn:aws:iam::ACCOUNT:root
    ");
}

/// Changes the manifest of the environment.
fn insights(world: &World) {
    let manifest = ENV_MANIFEST.replace("container_insights: false", "container_insights: true");
    world.workspace.file("copilot/environments/test/manifest.yml", &manifest);
}

#[test]
fn differences_are_shown_before_anything_is_uploaded() {
    let world = World::after_env_init();
    world.env_deploy(&["--quiet"]).succeeds();
    insights(&world);
    let before = world.account.calls().count("s3:PutObject");
    insta::assert_snapshot!(world.env_deploy(&["--diff"]), @"
    exit code: 1
    ----- stdout -----
    ~ Resources:
        ~ Cluster:
            ~ Properties:
                ~ ClusterSettings:
                    ~ - (changed item)
                      ~ Value: disabled -> enabled
    ----- stderr -----

    Continue with the deployment? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --diff-yes to answer it in advance, or pipe `y` or `n` into the command.
    ");
    assert_eq!(world.account.calls().count("s3:PutObject"), before);
    insta::assert_snapshot!(world.env_deploy(&["--diff-yes"]).outline(), @"
    exit code: 0
    ----- stdout -----
    ~ Resources:
        ~ Cluster:
            ~ Properties:
                ~ ClusterSettings:
                    ~ - (changed item)
                      ~ Value: disabled -> enabled
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    ✔ Deployed environment test.
    ");
}

#[test]
fn detached_and_attached() {
    let world = World::after_env_init();
    insta::assert_snapshot!(world.env_deploy(&["--detach"]), @"
    exit code: 0
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    The deployment of stack demo-test continues in AWS (arn:aws:cloudformation:us-west-2:ACCOUNT:stack/demo-test/UUID). Follow it with `copilot env deploy --attach --app demo --name test`.
    ");
    let said = world.env_deploy(&["--attach"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

#[test]
fn records_of_a_deployment() {
    let world = World::after_env_init();
    let said = world.env_deploy(&["--json"]);
    let last = said.stdout.lines().last().unwrap();
    let time = regex::Regex::new(r#""time":"[^"]*""#).unwrap();
    let last = time.replace(last, r#""time":"TIME""#);
    insta::assert_snapshot!(last, @r#"{"type":"outcome","time":"TIME","outcome":"deployed","environment":"test","express":false,"message":"Deployed environment test."}"#);
}

/// A deployment of another network is refused before anything is uploaded.
#[test]
fn another_network_needs_consent() {
    let manifest = format!(
        "{ENV_MANIFEST}network:
  vpc:
    id: vpc-0123456789abcdef0
    subnets:
      public: [{{id: subnet-0a}}, {{id: subnet-0b}}]
      private: [{{id: subnet-0c}}, {{id: subnet-0d}}]
"
    );
    let world = World::of_environment(Environment::new("test"), workspace(&manifest));
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    First update of stack demo-test after AWS Copilot CLI (template v1.34.1). It changes:
      - CertificateValidationFunction
      - CloudformationExecutionRole: AssumeRolePolicyDocument.Statement, Path, Policies
      - Cluster: ClusterSettings, Configuration
      - CustomDomainAction
      - CustomDomainFunction
      - CustomResourceRole
      - DNSDelegationFunction
      - DefaultHTTPTargetGroup
      - DefaultInternalHTTPTargetGroup
      - DelegateDNSAction
      - EFSSecurityGroup
      - EFSSecurityGroupIngressFromEnvironment
      - and 34 more
    Warning: the network of environment test would become another one:
      - the environment has a VPC of its own (10.0.0.0/16), which would be deleted, and the manifest names vpc-ID

    Change the network anyway? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    assert_eq!(world.account.calls().count("s3:PutObject"), 0);
    let other = "network:\n  vpc:\n    cidr: 10.1.0.0/16\n    subnets:\n      public:\n        - {cidr: 10.1.0.0/24}\n        - {cidr: 10.1.1.0/24}\n      private:\n        - {cidr: 10.1.2.0/24}\n        - {cidr: 10.1.3.0/24}\n";
    world.workspace.file("copilot/environments/test/manifest.yml", &format!("{ENV_MANIFEST}{other}"));
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    First update of stack demo-test after AWS Copilot CLI (template v1.34.1). It changes:
      - AppRunnerVpcEndpoint
      - AppRunnerVpcEndpointSecurityGroup
      - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
      - CertificateValidationFunction
      - CloudformationExecutionRole: AssumeRolePolicyDocument.Statement, Path, Policies
      - Cluster: ClusterSettings, Configuration
      - CustomDomainAction
      - CustomDomainFunction
      - CustomResourceRole
      - DNSDelegationFunction
      - DefaultHTTPTargetGroup
      - DefaultInternalHTTPTargetGroup
      - and 53 more
    Warning: the network of environment test would become another one:
      - the VPC's addresses are 10.0.0.0/16, and the manifest says 10.1.0.0/16: it would be replaced with everything in it

    Change the network anyway? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
}

/// Everything that others use is protected: a change set that replaces or removes it needs consent.
#[test]
fn replaced_and_removed_resources_need_consent() {
    let world = World::after_env_init();
    world.env_deploy(&["--quiet"]).succeeds();
    insights(&world);
    let replaced = |id: &str, kind: &str| Change::new("Modify", id, kind).replacement("True");
    world.account.tell_changes(
        ENV_STACK,
        vec![vec![
            replaced("VPC", "AWS::EC2::VPC"),
            replaced("PublicSubnet1", "AWS::EC2::Subnet"),
            replaced("Cluster", "AWS::ECS::Cluster"),
            replaced("ServiceDiscoveryNamespace", "AWS::ServiceDiscovery::PrivateDnsNamespace"),
            replaced("EnvironmentSecurityGroup", "AWS::EC2::SecurityGroup"),
            Change::new("Remove", "FileSystem", "AWS::EFS::FileSystem"),
            Change::new("Remove", "PublicLoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
            Change::new("Remove", "HTTPListener", "AWS::ElasticLoadBalancingV2::Listener"),
            Change::new("Remove", "EnvironmentManagerRole", "AWS::IAM::Role").policy("Retain"),
            Change::new("Modify", "HTTPSCert", "Custom::CertificateValidationFunction")
                .replacement("Conditional"),
            Change::new("Remove", "PublicRoute", "AWS::EC2::Route"),
        ]],
    );
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    Warning: this update of stack demo-test replaces or deletes, or may replace, what may hold data or what others refer to:
      - VPC (AWS::EC2::VPC) will be replaced
      - PublicSubnet1 (AWS::EC2::Subnet) will be replaced
      - Cluster (AWS::ECS::Cluster) will be replaced
      - ServiceDiscoveryNamespace (AWS::ServiceDiscovery::PrivateDnsNamespace) will be replaced
      - EnvironmentSecurityGroup (AWS::EC2::SecurityGroup) will be replaced
      - FileSystem (AWS::EFS::FileSystem) will be deleted; all its files go too
      - PublicLoadBalancer (AWS::ElasticLoadBalancingV2::LoadBalancer) will be deleted
      - HTTPListener (AWS::ElasticLoadBalancingV2::Listener) will be deleted
      - HTTPSCert (Custom::CertificateValidationFunction) may be replaced

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test
    ✘ environment test was not deployed: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
}

/// ENV-3: the failure that came first is the cause, whatever the order of events; cancelled resources are a count.
#[test]
fn the_cause_of_a_failure_comes_first() {
    let world = World::after_env_init();
    let cancelled = [
        "Cluster",
        "InternetGateway",
        "EnvironmentHostedZone",
        "LogResourcePolicy",
        "ServiceDiscoveryNamespace",
        "DefaultHTTPTargetGroup",
    ];
    let mut events = vec![Event::stack("UPDATE_IN_PROGRESS", "User Initiated")];
    events.extend(
        cancelled.map(|id| {
            Event::resource(id, "AWS::ECS::Cluster", "CREATE_FAILED", "Resource creation cancelled")
        }),
    );
    events.push(Event::resource(
        "VPC",
        "AWS::EC2::VPC",
        "CREATE_FAILED",
        "Resource handler returned message: \"The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 1)\" (HandlerErrorCode: ServiceLimitExceeded)",
    ));
    events.push(Event::stack(
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [VPC].",
    ));
    events.push(Event::stack("UPDATE_ROLLBACK_COMPLETE", ""));
    world.account.script(ENV_STACK, Script { events, every: Duration::ZERO });
    insta::assert_snapshot!(world.env_deploy(&[]), @r#"
    exit code: 1
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    - Updating the infrastructure for stack demo-test [update in progress]
    - An ECS cluster to group your services [create failed] [TIME]: Resource creation cancelled
    - An Internet Gateway to connect to the public internet [create failed] [TIME]: Resource creation cancelled
    - A resource policy to allow AWS services to create log streams for your workloads. [create failed] [TIME]: Resource creation cancelled
    - A private DNS namespace for discovering services within the environment [create failed] [TIME]: Resource creation cancelled
    - A Virtual Private Cloud to control networking of your AWS resources [create failed] [TIME]: Resource handler returned message: "The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 1)" (HandlerErrorCode: ServiceLimitExceeded)
    - Updating the infrastructure for stack demo-test [update rollback in progress]: The following resource(s) failed to create: [VPC].
    - Updating the infrastructure for stack demo-test [update rollback complete] [TIME]
    ✘ environment test was not deployed: stack demo-test ended as UPDATE_ROLLBACK_COMPLETE: VPC (AWS::EC2::VPC) is CREATE_FAILED: Resource handler returned message: "The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 1)" (HandlerErrorCode: ServiceLimitExceeded)
      | 6 resources were cancelled because of it: Cluster, InternetGateway, EnvironmentHostedZone, LogResourcePolicy, ServiceDiscoveryNamespace, DefaultHTTPTargetGroup
      The account has as many VPCs in this region as it may have. Delete one that nothing uses, ask for more under Service Quotas (VPCs per Region), name an existing VPC with `network.vpc.id` in the environment's manifest, or make the environment in another region.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test%2FUUID
    "#);
}

/// ENV-8: zones that take no subnets in this account.
#[test]
fn zones_that_take_no_subnets() {
    let world = World::after_env_init();
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource(
            "PublicSubnet2",
            "AWS::EC2::Subnet",
            "CREATE_FAILED",
            "Value (us-west-2d) for parameter availabilityZone is invalid. Subnets can currently only be created in the following \
             availability zones: us-west-2a, us-west-2b, us-west-2c. (Service: Ec2, Status Code: 400, Request ID: 1)",
        ),
        Event::stack(
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [PublicSubnet2].",
        ),
        Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    world.account.script(ENV_STACK, Script { events, every: Duration::ZERO });
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    - Updating the infrastructure for stack demo-test [update in progress]
    - Public subnet 2 for resources that can access the internet [create failed] [TIME]: Value (us-west-2d) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-west-2a, us-west-2b, us-west-2c. (Service: Ec2, Status Code: 400, Request ID: 1)
    - Updating the infrastructure for stack demo-test [update rollback in progress]: The following resource(s) failed to create: [PublicSubnet2].
    - Updating the infrastructure for stack demo-test [update rollback complete] [TIME]
    ✘ environment test was not deployed: stack demo-test ended as UPDATE_ROLLBACK_COMPLETE: PublicSubnet2 (AWS::EC2::Subnet) is CREATE_FAILED: Value (us-west-2d) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-west-2a, us-west-2b, us-west-2c. (Service: Ec2, Status Code: 400, Request ID: 1)
      Subnets can be made in us-west-2a, us-west-2b, us-west-2c. Name two of them in the environment's manifest and deploy again: `network.vpc` with `cidr` and, below `subnets`, `public` and `private` subnets with `cidr` and `az`. `copilot env init --override-az-names us-west-2a,us-west-2b` writes such a manifest for a new environment.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test%2FUUID
    ");
    // The same environment deploys with other zones.
    let zones = "network:\n  vpc:\n    cidr: 10.0.0.0/16\n    subnets:\n      public:\n        - {cidr: 10.0.0.0/24, az: us-west-2a}\n        - {cidr: 10.0.1.0/24, az: us-west-2b}\n      private:\n        - {cidr: 10.0.2.0/24, az: us-west-2a}\n        - {cidr: 10.0.3.0/24, az: us-west-2b}\n";
    world.workspace.file("copilot/environments/test/manifest.yml", &format!("{ENV_MANIFEST}{zones}"));
    world.env_deploy(&[]).succeeds();
}

const ADDON: &str = "Parameters: {App: {Type: String}, Env: {Type: String}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub '${App}-${Env}-items'
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Topic: {Type: AWS::SNS::Topic}
";

/// ENV-14: addons that are not in this checkout are not deleted by the way.
#[test]
fn vanished_addons_need_consent() {
    let world = World::after_env_init();
    world.workspace.file("copilot/environments/addons/items.yml", ADDON);
    insta::assert_snapshot!(world.env_deploy(&[]).outline().lines().last().unwrap(), @"✔ Deployed environment test.");
    std::fs::remove_dir_all(world.workspace.path().join("copilot/environments/addons")).unwrap();
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    Warning: this update of stack demo-test replaces or deletes, or may replace, what may hold data or what others refer to:
      - AddonsStack (AWS::CloudFormation::Stack) will be deleted; everything in it goes too, with the data of Table (AWS::DynamoDB::Table); there are no templates in copilot/environments/addons: is this the right branch, and a complete checkout?

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test
    ✘ environment test was not deployed: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    let said = world.env_deploy(&["--diff-yes"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let package = world.run(&["env", "package", "--name", "test", "--diff"]);
    assert_eq!(package.code, Some(1), "{}", package.stderr);
    assert!(package.stdout.contains("AddonsStack"), "{}", package.stdout);
    world.env_deploy(&["--allow-replacement"]).succeeds();
    assert!(!world.env_stack().contains("AddonsStack"));
}

/// ENV-15: nothing is left of deployments that change nothing.
#[test]
fn no_change_set_is_left() {
    let world = World::after_env_init();
    world.workspace.file("copilot/environments/addons/items.yml", ADDON);
    world.env_deploy(&["--quiet"]).succeeds();
    for _ in 0..5 {
        world.env_deploy(&["--quiet"]).succeeds();
    }
    let resources = world.cloudformation("DescribeStackResources", &[("StackName", ENV_STACK)]).unwrap();
    let nested = resources.split("<PhysicalResourceId>").find_map(|part| {
        let (id, _) = part.split_once("</PhysicalResourceId>")?;
        id.contains(":stack/").then(|| id.to_owned())
    });
    for stack in [ENV_STACK.to_owned(), nested.expect("the addons have a stack")] {
        let left = world.cloudformation("ListChangeSets", &[("StackName", &stack)]).unwrap();
        let open = left.matches("<ExecutionStatus>AVAILABLE</ExecutionStatus>").count()
            + left.matches("<Status>FAILED</Status>").count();
        assert_eq!(open, 0, "{left}");
    }
}

/// ENV-16: addons that import what only this deployment exports.
#[test]
fn addons_that_import_their_own_environment() {
    let world = World::after_env_init();
    let import = "Parameters: {App: {Type: String}, Env: {Type: String}}
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: db
      VpcId:
        Fn::ImportValue: !Sub '${App}-${Env}-VpcId'
";
    world.workspace.file("copilot/environments/addons/db.yml", import);
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    ✘ copilot/environments/addons/db.yml:8:9: demo-test-VpcId is an export of the environment itself, which does not exist before this deployment has ended
      Pass the value in: declare the parameter `VpcId: {Type: String}` in the template, write `VpcId: !Ref VPC` below `Parameters:` of copilot/environments/addons/addons.parameters.yml, and use `!Ref VpcId` in place of the import.
    ");
    assert_eq!(world.account.calls().count("s3:PutObject"), 0);
    // What is told works.
    let passed =
        import.replace("Env: {Type: String}}", "Env: {Type: String}, VpcId: {Type: String}}").replace(
            "      VpcId:\n        Fn::ImportValue: !Sub '${App}-${Env}-VpcId'\n",
            "      VpcId: !Ref VpcId\n",
        );
    world.workspace.file("copilot/environments/addons/db.yml", &passed);
    world
        .workspace
        .file("copilot/environments/addons/addons.parameters.yml", "Parameters:\n  VpcId: !Ref VPC\n");
    world.env_deploy(&["--quiet"]).succeeds();
    // Once the export exists, the import works, and a warning remains.
    std::fs::remove_file(world.workspace.path().join("copilot/environments/addons/addons.parameters.yml"))
        .unwrap();
    world.workspace.file("copilot/environments/addons/db.yml", import);
    let said = world.env_deploy(&["--diff"]).stderr;
    assert!(said.contains("is the environment's own export"), "{said}");
}

/// ENV-17: a manager role that may not write to the bucket is restored with the user's own credentials.
#[test]
fn narrowed_manager_role() {
    let world = World::after_env_init();
    world.account.fault(Rule::deny("s3:PutObject").about("bucketcleanerfunction").times(1));
    let said = world.env_deploy(&[]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    insta::assert_snapshot!(without_times(said.stderr.lines().next().unwrap()), @"The environment's manager role may not write to the artifact bucket, so your own credentials are used; this deployment gives the role what it lacks.");

    let world = World::after_env_init();
    world.account.fault(Rule::deny("s3:PutObject").about("bucketcleanerfunction"));
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    The environment's manager role may not write to the artifact bucket, so your own credentials are used; this deployment gives the role what it lacks.
    ✘ s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/bucketcleanerfunction/HASH.zip failed: AccessDenied: User is not authorized to perform: s3:PutObject
      | With your own credentials: s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/bucketcleanerfunction/HASH.zip failed: AccessDenied: User is not authorized to perform: s3:PutObject
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/bucketcleanerfunction/HASH.zip.
      The manager role differs from what this environment's template gives it, and only a deployment restores it.
      Run the command with credentials that may write to the artifact bucket: those of the application's account, with s3:PutObject and kms:GenerateDataKey.
    ");
}

/// APP-14: a bucket that somebody removed.
#[test]
fn the_bucket_is_gone() {
    let world = World::after_env_init();
    let missing = || Rule::error("s3:PutObject", 404, "NoSuchBucket", "The specified bucket does not exist");
    world.account.fault(missing().about("bucketcleanerfunction"));
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    ✘ the artifact bucket BUCKET of us-west-2, which stack arn:aws:cloudformation:us-west-2:ACCOUNT:stack/StackSet-demo-infrastructure-UUID/UUID made, no longer exists
      | s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/bucketcleanerfunction/HASH.zip failed: NoSuchBucket: The specified bucket does not exist
      Remove that stack and have it made again: empty the application's image repositories in us-west-2, run `aws cloudformation delete-stack-instances --stack-set-name demo-infrastructure --accounts ACCOUNT --regions us-west-2 --no-retain-stacks`, then `copilot env init` for the environment there.
      The images of the application's jobs in us-west-2 go with it: deploy the jobs again afterwards.
    ");
    world.account.clear_faults();
    world.env_deploy(&["--quiet"]).succeeds();
    world.account.fault(missing());
    let said = world.deploy(&[]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("no longer exists"), "{}", said.stderr);
}

#[test]
fn refused_before_the_first_call() {
    let world = World::after_env_init();
    let mut told = crate::support::Told::default();
    let mut case = |name: &str, manifest: &str, flags: &[&str], code: i32| {
        world.workspace.file("copilot/environments/test/manifest.yml", manifest);
        told.runs(name, &world, world.command(&[&["env", "deploy", "--name", "test"], flags].concat()), code);
    };
    case("another environment's", &ENV_MANIFEST.replace("name: test", "name: prod"), &[], 1);
    case("a job's", &ENV_MANIFEST.replace("type: Environment", "type: Scheduled Job"), &[], 1);
    case("no YAML", "name: [", &[], 1);
    case(
        "one subnet",
        &format!("{ENV_MANIFEST}network: {{vpc: {{id: vpc-1, subnets: {{public: [{{id: subnet-1}}]}}}}}}"),
        &[],
        1,
    );
    case("flags that exclude each other", ENV_MANIFEST, &["--attach", "--force"], 2);
    world
        .workspace
        .file("copilot/environments/overrides/cfn.patches.yml", "- {op: remove, path: /Resources/Cluster}\n");
    case("overrides that break the template", ENV_MANIFEST, &[], 1);
    std::fs::remove_dir_all(world.workspace.path().join("copilot/environments/overrides")).unwrap();
    world.workspace.file("copilot/environments/addons/x.yml", "Resources: {T: {Type: AWS::SNS::Topic}}\n");
    case("addons without parameters", ENV_MANIFEST, &[], 1);
    std::fs::remove_dir_all(world.workspace.path().join("copilot/environments")).unwrap();
    told.runs("not in the workspace", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    insta::assert_snapshot!(told.all(), @"
    another environment's (1):
    ✘ copilot/environments/test/manifest.yml:1:7: name: `prod` differs from the manifest's directory `test`
      |
    1 | name: prod
      |       ^^^^
    help: write `name: test`, or rename the directory

    a job's (1):
    ✘ copilot/environments/test/manifest.yml:2:7: type: this is the manifest of a `Scheduled Job`, not of an environment
      |
    2 | type: Scheduled Job
      |       ^^^^^^^^^^^^^
    help: write `type: Environment` if it is an environment's

    no YAML (1):
    ✘ copilot/environments/test/manifest.yml:1:7: invalid YAML: unclosed bracket '['
      |
    1 | name: [
      |       ^

    one subnet (1):
    ✘ copilot/environments/test/manifest.yml:5:47: network.vpc.subnets: one public subnet is too few
      |
    5 | network: {vpc: {id: vpc-1, subnets: {public: [{id: subnet-1}]}}}
      |                                               ^^^^^^^^^^^^^^
    help: list at least two of different availability zones, or no public subnets at all

    flags that exclude each other (2):
    error: the argument '--attach' cannot be used with '--force'

    Usage: copilot env deploy --name <NAME> --attach

    For more information, try '--help'.

    overrides that break the template (1):
    ✘ copilot/environments/overrides/cfn.patches.yml: the output `ClusterId` refers to `Cluster`, and there is no such parameter or resource
      CloudFormation refuses this. What the manifest's texts and the environment's overrides put in or remove must fit the rest of the template: remove the reference, or keep what it refers to.

    addons without parameters (1):
    ✘ copilot/environments/addons: no template declares the parameters App, Env
      Every environment's addons get App and Env: add them below Parameters of one template, each as `{Type: String}`.

    not in the workspace (1):
    ✘ environment test is not in the workspace: there is no copilot/environments/test/manifest.yml
      Get the manifest of a deployed environment: `mkdir -p copilot/environments/test`, then `copilot env show --name test --manifest > copilot/environments/test/manifest.yml`. Create a new environment with `copilot env init --name test`.
    ");
    assert_eq!(world.account.calls().names(), [""; 0]);
}

#[test]
fn refused_by_what_is_deployed() {
    let mut told = crate::support::Told::default();
    let world = World::of_environment(Environment::new("test").version("v1.99.0"), workspace(ENV_MANIFEST));
    told.runs("a newer version's", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    world
        .workspace
        .file("copilot/environments/other/manifest.yml", &ENV_MANIFEST.replace("name: test", "name: other"));
    told.runs("not registered", &world, world.command(&["env", "deploy", "--name", "other"]), 1);
    let world = World::after_env_init();
    world.cloudformation("DeleteStack", &[("StackName", ENV_STACK)]).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    told.runs("record without a stack", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    let world = World::of_environment(bootstrapped().account("210987654321"), workspace(ENV_MANIFEST));
    world.account.fault(Rule::deny("sts:AssumeRole"));
    told.runs("the role is refused", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    insta::assert_snapshot!(told.all(), @"
    a newer version's (1):
    ✘ environment test was deployed by a newer version: its template is v1.99.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.

    not registered (1):
    ✘ there is no environment other in application demo
      Environments of demo: test.

    record without a stack (1):
    ✘ environment test has no stack demo-test
      Its record is there, but what belongs to it is not: `copilot env init --name test` creates the stack.

    the role is refused (1):
    ✘ sts:AssumeRole on role arn:aws:iam::210987654321:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::210987654321:role/demo-test-EnvManagerRole.
    ");
}
