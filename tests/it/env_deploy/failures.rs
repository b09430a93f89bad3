//! Deployments that fail, and what they need that is not there.

use std::time::Duration;

use crate::local_aws::{Event, Rule, Script};
use crate::support::environments::{ENV_MANIFEST, ENV_STACK};
use crate::support::{World, without_times};

/// The failure that came first is the cause, whatever the order of events; cancelled resources are a count.
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

/// Zones that take no subnets in this account.
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

/// Addons that import what only this deployment exports.
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
    insta::assert_snapshot!(world.env_deploy(&["--diff"]).outline(), @"
    exit code: 1
    ----- stdout -----
    ~ Resources/AddonsStack/Properties:
        ~ Parameters:
            - VpcId: !Ref VPC
        ~ TemplateURL: https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/environments/HASH.yml -> https://BUCKET.s3.us-west-2.amazonaws.com/manual/addons/environments/HASH.yml
    ----- stderr -----
    Warning: copilot/environments/addons/db.yml:8:9: demo-test-VpcId is the environment's own export: while the addons import it, no deployment can change it. Pass the value in: declare the parameter `VpcId: {Type: String}` in the template, write `VpcId: !Ref VPC` below `Parameters:` of copilot/environments/addons/addons.parameters.yml, and use `!Ref VpcId` in place of the import.
    Addons template:
      ~ Parameters:
          - VpcId:
          -     Type: String
      ~ Resources/Group/Properties:
          - VpcId: !Ref VpcId
          + VpcId:
          +     Fn::ImportValue: !Sub ${App}-${Env}-VpcId

    Continue with the deployment? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --diff-yes to answer it in advance, or pipe `y` or `n` into the command.
    ");
}

/// A manager role that may not write to the bucket is restored with the user's own credentials.
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

/// A bucket that somebody removed.
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
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ the artifact bucket BUCKET of us-west-2, which stack arn:aws:cloudformation:us-west-2:ACCOUNT:stack/StackSet-demo-infrastructure-UUID/UUID made, no longer exists
      | s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip failed: NoSuchBucket: The specified bucket does not exist
      Remove that stack and have it made again: empty the application's image repositories in us-west-2, run `aws cloudformation delete-stack-instances --stack-set-name demo-infrastructure --accounts ACCOUNT --regions us-west-2 --no-retain-stacks`, then `copilot env init` for the environment there.
      The images of the application's jobs in us-west-2 go with it: deploy the jobs again afterwards.
    ");
}
