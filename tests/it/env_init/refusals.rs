//! What cannot be gone on with is told before the first change.

use super::{command, demo, init, workspace, writes};
use crate::local_aws::{App, Rule};
use crate::support::{Told, World};

/// Flags that cannot be meant: exit code 2, and AWS is not called.
#[test]
fn mistakes_on_the_command_line() {
    let world = demo();
    let mut told = Told::default();
    let long = "b".repeat(43);
    let adjusted = |zones: &'static str, public: &'static str, private: &'static str| {
        vec![
            "--override-az-names",
            zones,
            "--override-public-cidrs",
            public,
            "--override-private-cidrs",
            private,
        ]
    };
    let cases: Vec<(&str, Vec<&str>)> = vec![
        ("a name", vec!["--name", "Test", "--default-config"]),
        ("a name too long for the roles", vec!["--name", &long, "--default-config"]),
        ("another application", vec!["--name", "test", "--default-config", "--app", "shop"]),
        ("import and default", vec!["--name", "test", "--default-config", "--import-vpc-id", "vpc-1"]),
        (
            "import and override",
            vec!["--name", "test", "--import-vpc-id", "vpc-1", "--override-vpc-cidr", "10.0.0.0/16"],
        ),
        (
            "one subnet",
            vec!["--name", "test", "--import-vpc-id", "vpc-1", "--import-public-subnets", "subnet-0a"],
        ),
        (
            "a subnet twice",
            vec![
                "--name",
                "test",
                "--import-vpc-id",
                "vpc-1",
                "--import-public-subnets",
                "subnet-0a, subnet-0a",
            ],
        ),
        (
            "blanks without quotes",
            vec![
                "--name",
                "test",
                "--import-vpc-id",
                "vpc-1",
                "--import-public-subnets",
                "subnet-0a,",
                "subnet-0b",
            ],
        ),
        (
            "an internal subnet that is not imported",
            vec![
                "--name",
                "test",
                "--import-vpc-id",
                "vpc-1",
                "--import-private-subnets",
                "subnet-0a,subnet-0b",
                "--internal-alb-subnets",
                "subnet-0c",
            ],
        ),
        (
            "lists of different lengths",
            [
                vec!["--name", "test", "--override-vpc-cidr", "10.0.0.0/16"],
                adjusted("us-west-2a,us-west-2b", "10.0.0.0/24,10.0.1.0/24", "10.0.2.0/24"),
            ]
            .concat(),
        ),
        (
            "a zone twice",
            [
                vec!["--name", "test", "--override-vpc-cidr", "10.0.0.0/16"],
                adjusted("us-west-2a,us-west-2a", "10.0.0.0/24,10.0.1.0/24", "10.0.2.0/24,10.0.3.0/24"),
            ]
            .concat(),
        ),
        ("a certificate", vec!["--name", "test", "--default-config", "--import-cert-arns", "mine"]),
        (
            "profile and key",
            vec!["--name", "test", "--default-config", "--profile", "p", "--aws-access-key-id", "AKIAHUSH"],
        ),
        ("half a key", vec!["--name", "test", "--default-config", "--aws-secret-access-key", "HUSH"]),
        ("a region", vec!["--name", "test", "--default-config", "--region", "us west"]),
        ("nothing said", vec![]),
        ("no network", vec!["--name", "test", "--region", "eu-west-1"]),
        ("half an import", vec!["--import-vpc-id", "vpc-1"]),
        ("half an override", vec!["--name", "test", "--override-vpc-cidr", "10.0.0.0/16"]),
    ];
    for (case, flags) in cases {
        let said = told.runs(case, &world, world.command(&[vec!["env", "init"], flags].concat()), 2);
        assert!(!said.contains("HUSH"), "{case}: {said}");
    }
    insta::assert_snapshot!(told.all().replace(&long, "LONG"), @"
    a name (2):
    ✘ --name Test: it holds `T`, and only lower-case letters, digits and `-` are allowed; `test` would do

    a name too long for the roles (2):
    ✘ --name LONG: the role demo-LONG-CFNExecutionRole would have 65 characters, and 64 are allowed: the environments of demo can have names of 42 characters at most

    another application (2):
    ✘ --app shop: the workspace belongs to application demo
      Run the command in a workspace of shop; `copilot app init shop` makes a directory one.

    import and default (2):
    ✘ --import-vpc-id and --default-config exclude each other
      Use a VPC of your own (--import-…), have one created with other address ranges (--override-…), or take the default (--default-config).

    import and override (2):
    ✘ --import-vpc-id and --override-vpc-cidr exclude each other
      Use a VPC of your own (--import-…), have one created with other address ranges (--override-…), or take the default (--default-config).

    one subnet (2):
    ✘ --import-public-subnets names one subnet, subnet-0a, and at least two are needed
      Name subnets of two availability zones, or none of this kind.

    a subnet twice (2):
    ✘ --import-public-subnets: subnet subnet-0a is named twice

    blanks without quotes (2):
    error: unexpected argument 'subnet-0b' found

    Usage: copilot env init [OPTIONS]

    For more information, try '--help'.

    an internal subnet that is not imported (2):
    ✘ --internal-alb-subnets: subnet subnet-0c is none of the imported ones
      Name it with --import-private-subnets or --import-public-subnets as well.

    lists of different lengths (2):
    ✘ --override-az-names has 2 values, and --override-private-cidrs has 1
      Every availability zone has one public and one private subnet.

    a zone twice (2):
    ✘ --override-az-names names us-west-2a twice

    a certificate (2):
    ✘ --import-cert-arns: `mine` is not the ARN of a certificate
      It looks like arn:aws:acm:us-west-2:123456789012:certificate/UUID.

    profile and key (2):
    ✘ --profile and --aws-access-key-id exclude each other
      Name a profile, or give an access key.

    half a key (2):
    ✘ --aws-secret-access-key is given without --aws-access-key-id
      Give both --aws-access-key-id and --aws-secret-access-key, or --profile.

    a region (2):
    ✘ --region: `us west` is not the name of a region
      Write it as in `us-west-2`: letters, digits and hyphens only.

    nothing said (2):
    ✘ --name and --default-config are missing and there is no terminal to ask on
      The whole command is: `copilot env init --name test --default-config`.
      --default-config creates a VPC with two public and two private subnets. For another network see `copilot env init --help`.

    no network (2):
    ✘ --default-config is missing and there is no terminal to ask on
      The whole command is: `copilot env init --name test --region eu-west-1 --default-config`.
      --default-config creates a VPC with two public and two private subnets. For another network see `copilot env init --help`.

    half an import (2):
    ✘ --name and --import-private-subnets are missing and there is no terminal to ask on
      The whole command is: `copilot env init --name test --import-vpc-id vpc-… --import-public-subnets subnet-…,subnet-… --import-private-subnets subnet-…,subnet-…`.

    half an override (2):
    ✘ --override-az-names, --override-public-cidrs and --override-private-cidrs are missing and there is no terminal to ask on
      The whole command is: `copilot env init --name test --override-vpc-cidr 10.1.0.0/16 --override-az-names us-west-2a,us-west-2b --override-public-cidrs 10.1.0.0/24,10.1.1.0/24 --override-private-cidrs 10.1.2.0/24,10.1.3.0/24`.
    ");
    assert!(world.account.calls().names().is_empty());
}

#[test]
fn a_directory_without_an_application() {
    let world = World::empty();
    let mut told = Told::default();
    told.runs("nothing", &world, command(&world, &[]), 1);
    world.workspace.file("copilot/README", "");
    told.runs("no application", &world, command(&world, &[]), 1);
    insta::assert_snapshot!(told.all().replace(world.workspace.path().to_str().unwrap(), "WORKSPACE"), @"
    nothing (1):
    ✘ no `copilot` directory in WORKSPACE or up to 4 directories above it
      Run the command inside a project that AWS Copilot or copilot set up.

    no application (1):
    ✘ WORKSPACE/copilot belongs to no application: it has no file .workspace
      `copilot app init NAME` sets up an application, or registers this directory with one that there is.
    ");
    assert!(world.account.calls().names().is_empty());
}

/// What only AWS can tell: nothing is written there, and no manifest is either.
#[test]
fn an_application_that_is_not_whole_or_newer() {
    let mut told = Told::default();
    let none = World::empty();
    none.workspace.file("copilot/.workspace", "application: demo\n");
    told.runs("no application", &none, command(&none, &[]), 1);
    let no_set = World::empty();
    no_set.workspace.file("copilot/.workspace", "application: demo\n");
    let value = format!(r#"{{"name":"demo","account":"{}","version":"1.0"}}"#, no_set.account.id());
    no_set.record("/copilot/applications/demo", &value);
    told.runs("no stacks", &no_set, command(&no_set, &[]), 1);
    no_set.plain_stack("demo-infrastructure-roles", "TemplateVersion: v1.34.0");
    told.runs("no stack set", &no_set, command(&no_set, &[]), 1);
    let newer = World::seeded(App::new("demo"), workspace());
    newer.account.fault(Rule::on(
        "cloudformation:GetTemplateSummary",
        crate::local_aws::Action::Replace {
            status: 200,
            content_type: "text/xml".to_owned(),
            body: "<GetTemplateSummaryResponse><GetTemplateSummaryResult><Metadata>{\"TemplateVersion\":\"v9.0.0\"}</Metadata>\
                   </GetTemplateSummaryResult></GetTemplateSummaryResponse>"
                .to_owned(),
        },
    ));
    told.runs("newer", &newer, command(&newer, &[]), 1);
    assert!(writes(&newer).is_empty());
    init(&newer, &["--allow-downgrade"]).succeeds();
    insta::assert_snapshot!(told.all(), @"
    no application (1):
    ✘ there is no application demo in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.

    no stacks (1):
    ✘ application demo is incomplete: there is no stack demo-infrastructure-roles
      `copilot app init demo` creates what is missing.

    no stack set (1):
    ✘ application demo is incomplete: there is no stack set demo-infrastructure
      `copilot app init demo` creates what is missing.

    newer (1):
    ✘ application demo was changed by a newer version: its templates are v9.0.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.
    ");
}

/// A stack of the environment's name that is something else.
#[test]
fn a_foreign_stack_is_left_alone() {
    let world = demo();
    world.plain_stack("demo-test", "Owner: somebody");
    let mut told = Told::default();
    told.runs("foreign", &world, command(&world, &[]), 1);
    insta::assert_snapshot!(told.all(), @"
    foreign (1):
    ✘ stack demo-test in account ACCOUNT, us-west-2, is not environment test of application demo, whose stack would have that name (CREATE_COMPLETE)
      It has no tags that tell whose it is.
      Choose another name for the environment, or delete the stack if nothing needs it.
    ");
    assert!(writes(&world).is_empty(), "{:?}", writes(&world));
    assert_eq!(world.recorded("/environments/test"), None);
}

/// The environment is recorded: elsewhere, or without a manifest here.
#[test]
fn an_environment_that_is_recorded() {
    let world = World::seeded(App::new("demo").env("test"), workspace());
    let mut told = Told::default();
    told.runs("no manifest", &world, command(&world, &[]), 1);
    world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    told.runs("another region", &world, command(&world, &["--region", "eu-west-1"]), 1);
    let other = crate::local_aws::LocalAws::shared().account();
    let config = world.profiles(&[("other", &other)]);
    let mut elsewhere = command(&world, &["--profile", "other"]);
    elsewhere.env("AWS_CONFIG_FILE", config);
    told.runs("another account", &world, elsewhere, 1);
    insta::assert_snapshot!(told.all().replace(other.id(), "OTHER-ACCOUNT"), @"
    no manifest (1):
    ✘ application demo has an environment test already, and this workspace has no manifest of it
      Get its manifest with `mkdir -p copilot/environments/test && copilot env show --name test --manifest > copilot/environments/test/manifest.yml`.
      Or delete it with `copilot env delete --name test` and create it anew.

    another region (1):
    ✘ environment test is recorded in account ACCOUNT, us-west-2, and would be set up in account ACCOUNT, eu-west-1
      Pass --region us-west-2 to go on with the environment that there is.
      To move it, delete it first: `copilot env delete --name test`.

    another account (1):
    ✘ environment test is recorded in account ACCOUNT, us-west-2, and would be set up in account OTHER-ACCOUNT, us-west-2
      Use credentials of account ACCOUNT (--profile) to go on with the environment that there is.
      To move it, delete it first: `copilot env delete --name test`.
    ");
    assert!(writes(&world).is_empty());
}

/// A region that is not switched on knows no credentials.
#[test]
fn a_region_that_is_not_enabled() {
    let world = demo();
    let message = "The security token included in the request is invalid";
    // The first call of that service is the one in the environment's region.
    world.account.fault(Rule::error("sts:GetCallerIdentity", 403, "InvalidClientTokenId", message).times(1));
    let mut told = Told::default();
    told.runs("not enabled", &world, command(&world, &["--region", "ap-east-1"]), 1);
    world.account.fault(Rule::error("sts:GetCallerIdentity", 403, "InvalidClientTokenId", message));
    told.runs("wrong credentials", &world, command(&world, &["--region", "ap-east-1"]), 1);
    insta::assert_snapshot!(told.all(), @"
    not enabled (1):
    ✘ region ap-east-1 is not enabled for account ACCOUNT
      Enable it in the console below Account > AWS Regions, or with `aws account enable-region --region-name ap-east-1`, and wait some minutes. Or choose another region with --region.

    wrong credentials (1):
    ✘ sts:GetCallerIdentity on the caller's identity failed: InvalidClientTokenId: The security token included in the request is invalid
      AWS does not accept these credentials: check AWS_PROFILE or the access key in use, and this machine's clock.
    ");
    assert!(writes(&world).is_empty());
}

/// Each call that is refused is named, with who made it; before the first change nothing is left behind.
#[test]
fn access_is_denied() {
    let reference = demo();
    init(&reference, &[]).succeeds();
    let calls = reference.account.calls().of_program().counts();
    let mut told = String::new();
    for call in calls.keys() {
        let world = demo();
        world.account.fault(Rule::deny(call).of_program());
        let run = init(&world, &[]);
        let mut first = run.stderr.lines().filter(|line| line.contains(['✘', '!']));
        let first = first.next_back().unwrap_or("goes on").to_owned();
        let code = run.code.unwrap();
        told.push_str(&format!("{call} ({code}): {}\n", crate::support::stable(&first, &world)));
        assert_eq!(world.recorded("/environments/test").is_some(), code == 0, "{call}: {run}");
        world.account.clear_faults();
        super::settle(&world);
        let again = init(&world, &[]);
        assert_eq!(again.code, Some(0), "{call}: {again}");
    }
    insta::assert_snapshot!(told, @"
    cloudformation:CreateChangeSet (1): ✘ cloudformation:CreateChangeSet on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet
    cloudformation:CreateStackInstances (1): ✘ environment test was not set up: cloudformation:CreateStackInstances on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:CreateStackInstances
    cloudformation:DescribeChangeSet (1): ✘ cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeChangeSet
    cloudformation:DescribeStackEvents (0): goes on
    cloudformation:DescribeStackSet (1): ✘ cloudformation:DescribeStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSet
    cloudformation:DescribeStackSetOperation (1): ✘ environment test was not set up: cloudformation:DescribeStackSetOperation on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSetOperation
    cloudformation:DescribeStacks (1): ✘ cloudformation:DescribeStacks on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
    cloudformation:ExecuteChangeSet (1): ✘ cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
    cloudformation:GetTemplateSummary (1): ✘ cloudformation:GetTemplateSummary on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplateSummary
    cloudformation:ListStackInstances (1): ✘ cloudformation:ListStackInstances on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:ListStackInstances
    cloudformation:UpdateStackSet (1): ✘ environment test was not set up: cloudformation:UpdateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:UpdateStackSet
    iam:CreateServiceLinkedRole (0): goes on
    iam:GetRole (0): goes on
    ssm:GetParameter (1): ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
    ssm:PutParameter (1): ✘ ssm:PutParameter on parameter /copilot/applications/demo/environments/test failed: AccessDenied: User is not authorized to perform: ssm:PutParameter
    sts:GetCallerIdentity (1): ✘ sts:GetCallerIdentity on the caller's identity failed: AccessDenied: User is not authorized to perform: sts:GetCallerIdentity
    ");
}
