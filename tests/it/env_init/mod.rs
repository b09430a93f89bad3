//! `env init`, against the local AWS.

mod accounts;
mod leftovers;
mod networks;
mod questions;
mod refusals;
mod together;

use std::process::Command;

use crate::local_aws::{App, Environment, LocalAws};
use crate::support::{Run, Workspace, World, without_times};

/// A workspace of the application `demo` without jobs.
fn workspace() -> Workspace {
    let workspace = Workspace::new("");
    std::fs::remove_dir_all(workspace.path().join("copilot/report-gen")).unwrap();
    workspace
}

/// The application `demo` without environments.
pub(crate) fn demo() -> World {
    World::seeded(App::new("demo"), workspace())
}

/// The application `demo` with an environment in its own account and region, so that the region has its resources.
pub(crate) fn with_region() -> World {
    World::seeded(App::new("demo").env("other"), workspace())
}

/// `env init --name test --default-config` and more.
fn command(world: &World, flags: &[&str]) -> Command {
    world.command(&[&["env", "init", "--name", "test", "--default-config"], flags].concat())
}

fn init(world: &World, flags: &[&str]) -> Run {
    Run::of(command(world, flags))
}

/// What was said, without the lines about single resources.
fn outline(world: &World, run: &Run) -> String {
    crate::support::stable(&run.outline(), world)
}

/// The error at the end: what goes on side by side before it has no order.
fn error(world: &World, run: &Run) -> String {
    let told = outline(world, run);
    let at = told.rfind("\n✘ ").unwrap_or_else(|| panic!("{told}"));
    told[at + 1..].to_owned()
}

/// Deletes a parameter.
fn remove(world: &World, name: &str) {
    let (emulator, input) = (world.account.emulator(), serde_json::json!({ "Name": name }));
    let deleted = async move { emulator.json("ssm", "AmazonSSM.DeleteParameter", &input).await.map(drop) };
    LocalAws::shared().block_on(deleted).unwrap();
}

/// An answer of IAM about a role of the account; `None` when there is no such role.
fn role(world: &World, role: &str) -> Option<String> {
    let (emulator, name) = (world.account.emulator(), role.to_owned());
    LocalAws::shared()
        .block_on(async move { emulator.query("iam", "GetRole", &[("RoleName", &name)]).await.ok() })
}

/// Creates a role with tags outside of any stack.
fn create_role(world: &World, name: &str, tags: &[(&str, &str)]) {
    let emulator = world.account.emulator();
    let name = name.to_owned();
    let tags: Vec<(String, String)> = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    LocalAws::shared().block_on(async move {
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let inline = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let mut fields = vec![
            ("RoleName".to_owned(), name.clone()),
            ("AssumeRolePolicyDocument".to_owned(), policy.to_owned()),
        ];
        for (index, (key, value)) in tags.iter().enumerate() {
            fields.push((format!("Tags.member.{}.Key", index + 1), key.clone()));
            fields.push((format!("Tags.member.{}.Value", index + 1), value.clone()));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        emulator.query("iam", "CreateRole", &fields).await.unwrap();
        let inline = [("RoleName", name.as_str()), ("PolicyName", "root"), ("PolicyDocument", inline)];
        emulator.query("iam", "PutRolePolicy", &inline).await.unwrap();
    });
}

/// The calls that change something, by name.
fn writes(world: &World) -> Vec<String> {
    let verbs = ["Create", "Update", "Delete", "Put", "Execute", "Add"];
    let names = world.account.calls().of_program().names();
    names
        .into_iter()
        .filter(|name| verbs.iter().any(|verb| name.split(':').nth(1).unwrap().starts_with(verb)))
        .collect()
}

#[test]
fn an_environment_is_set_up() {
    let world = demo();
    insta::assert_snapshot!(outline(&world, &init(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/environments/test/manifest.yml, and its schema for editors, copilot/.schema/environment.json
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    ✔ Environment test of application demo is set up in account ACCOUNT, us-west-2.
      Next: look at copilot/environments/test/manifest.yml, then create the network and the cluster with `copilot env deploy --name test`.
    ");
    insta::assert_snapshot!(world.recorded("/environments/test").unwrap().replace(world.account.id(), "ACCOUNT"), @r#"{"app":"demo","name":"test","region":"us-west-2","accountID":"ACCOUNT","registryURL":"","executionRoleARN":"arn:aws:iam::ACCOUNT:role/demo-test-CFNExecutionRole","managerRoleARN":"arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole"}"#);
    let manifest =
        std::fs::read_to_string(world.workspace.path().join("copilot/environments/test/manifest.yml"))
            .unwrap();
    assert!(manifest.contains("\nname: test\ntype: Environment\n"), "{manifest}");
    let stack = world.cloudformation("DescribeStacks", &[("StackName", "demo-test")]).unwrap();
    for part in ["copilot-application", "copilot-environment", "EnvironmentManagerRoleARN"] {
        assert!(stack.contains(part), "{stack}");
    }
    assert!(!stack.contains("<RoleARN>"), "{stack}");
    let template = world.cloudformation("GetTemplate", &[("StackName", "demo-test")]).unwrap();
    assert!(template.contains("Version: bootstrap"), "{template}");
}

/// The stack set has let the account in and has its stack in the region: nothing is left to do but to look.
#[test]
fn once_more_changes_nothing() {
    let world = demo();
    init(&world, &[]).succeeds();
    let before = world.account.calls().of_program().0.len();
    let again = init(&world, &[]);
    insta::assert_snapshot!(outline(&world, &again), @"
    exit code: 0
    ----- stderr -----
    Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    The manifest copilot/environments/test/manifest.yml is there already and stays as it is
    ✔ Environment test of application demo is set up already in account ACCOUNT, us-west-2.
      Next: look at copilot/environments/test/manifest.yml, then create the network and the cluster with `copilot env deploy --name test`.
    ");
    let calls = world.account.calls().of_program();
    let calls = crate::local_aws::Calls(calls.0[before..].to_vec());
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:DescribeStackSet": 1,
        "cloudformation:DescribeStacks": 3,
        "cloudformation:GetTemplate": 1,
        "cloudformation:GetTemplateSummary": 1,
        "cloudformation:ListStackInstances": 2,
        "iam:CreateServiceLinkedRole": 1,
        "iam:GetRole": 2,
        "ssm:GetParameter": 3,
        "ssm:PutParameter": 1,
        "sts:GetCallerIdentity": 1,
    }
    "#);
    // The same for one that the old tool has deployed.
    let world = World::seeded(App::new("demo").env("test"), workspace());
    world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    let run = init(&world, &[]);
    insta::assert_snapshot!(outline(&world, &run), @"
    exit code: 0
    ----- stderr -----
    Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    The manifest copilot/environments/test/manifest.yml is there already and stays as it is
    ✔ Environment test of application demo is set up already in account ACCOUNT, us-west-2.
      Next: look at copilot/environments/test/manifest.yml, then create the network and the cluster with `copilot env deploy --name test`.
    ");
    assert_eq!(writes(&world), ["iam:CreateServiceLinkedRole", "ssm:PutParameter"]);
}

/// Whoever has an application of the old tool keeps it: texts as texts, and nothing that is not known is dropped.
#[test]
fn a_stack_set_of_the_old_tool_keeps_what_it_has() {
    let app = App::new("demo")
        .environment(Environment::new("far").account("000000000042"))
        .job("report-gen")
        .tag("team", "data");
    let world = World::seeded(app, workspace());
    init(&world, &[]).succeeds();
    let set = world.account.calls().filter(|call| call.operation == "UpdateStackSet");
    assert_eq!(set.0.len(), 1);
    let template = set.0[0].field("TemplateBody").unwrap();
    let metadata: String = template.split("Resources:").next().unwrap().to_owned();
    insta::assert_snapshot!(metadata.replace(world.account.id(), "ACCOUNT"), @r#"
    AWSTemplateFormatVersion: "2010-09-09"
    Description: Cross-regional resources to support the CodePipeline for a workspace
    Metadata:
      TemplateVersion: "v1.34.1+rs.1.35.0"
      Version: 2
      Workloads:
        - Name: report-gen
          WithECR: true
      Accounts:
        - "000000000042"
        - "ACCOUNT"
      Services: "See #5140"
    "#);
    let tags: Vec<_> =
        set.0[0].form.iter().filter(|(key, _)| key.starts_with("Tags")).map(|(_, v)| v.as_str()).collect();
    assert_eq!(tags, ["copilot-application", "demo", "team", "data"]);
}

/// In a new region, too, the environment's own stack does not wait until the application's is complete.
#[test]
fn operations_run_side_by_side() {
    let world = demo();
    world.account.pace_all(std::time::Duration::from_secs(4));
    init(&world, &[]).succeeds();
    let calls = world.account.calls();
    let of = |name: &str| calls.0.iter().find(|call| call.name() == name).unwrap().clone();
    let (region, environment) = (of("stackset:CreateInstance"), of("cloudformation:ExecuteChangeSet"));
    assert!(environment.started < region.finished);
    // Where the application is in the region already, no operation of the stack set is needed at all.
    let world = with_region();
    init(&world, &[]).succeeds();
    let calls = world.account.calls();
    assert_eq!(
        calls.count("cloudformation:UpdateStackSet") + calls.count("cloudformation:CreateStackInstances"),
        0
    );
}

#[test]
fn help_and_hidden_flags() {
    let world = demo();
    let help = world.run(&["env", "init", "--help"]);
    assert!(!help.stdout.contains("--prod"), "{help}");
    insta::assert_snapshot!(help.stdout, @r"
    Set up an environment: its manifest, its two roles, and its place in the application.

    An environment is a network, a cluster and roles in one account and region. This command prepares
    the account and writes the manifest; `copilot env deploy` then creates the network and the cluster.
    Nothing is created twice: after a failure, and on an environment that is there, the command only
    does what is missing. A manifest that is there is never changed.

    Usage: copilot env init [OPTIONS]

    Options:
          --allow-downgrade
              Go on although a newer version has changed the application

      -a, --app <NAME>
              Name of the application; it must be the workspace's [default: the workspace's]

          --aws-access-key-id <ID>
              Id of an access key of the environment's account

          --aws-secret-access-key <SECRET>
              The access key's secret

          --aws-session-token <TOKEN>
              Session token of a temporary access key

          --container-insights
              Collect Container Insights, which Amazon CloudWatch charges for

          --default-config
              Ask nothing about the network: a new VPC with two public and two private subnets

          --import-cert-arns <ARN,…>
              ARNs of certificates in AWS Certificate Manager for the load balancer, separated by commas

          --import-private-subnets <ID,…>
              Ids of private subnets of the imported VPC, at least two, separated by commas

          --import-public-subnets <ID,…>
              Ids of public subnets of the imported VPC, at least two, separated by commas

          --import-vpc-id <ID>
              Id of a VPC of your own, which the environment uses

          --internal-alb-allow-vpc-ingress
              Let the whole VPC reach the internal load balancer

          --internal-alb-subnets <ID,…>
              Ids of the imported subnets that the internal load balancer is placed in, separated by
              commas

      -n, --name <NAME>
              Name of the environment

          --override-az-names <ZONE,…>
              Availability zones of the new VPC's subnets, at least two, separated by commas

          --override-private-cidrs <CIDR,…>
              Address ranges of the new VPC's private subnets, one for each zone, separated by commas

          --override-public-cidrs <CIDR,…>
              Address ranges of the new VPC's public subnets, one for each zone, separated by commas

          --override-vpc-cidr <CIDR>
              Address range of the new VPC [default: 10.0.0.0/16]

          --profile <NAME>
              Profile of the environment's account, in ~/.aws/config or ~/.aws/credentials. The
              environment's region is the profile's, unless --region names one

          --region <REGION>
              Region of the environment [default: that of the credentials]

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      Set up the environment test with the default network, in a script:
        copilot env init --name test --default-config

      Set up the environment prod in another account and region, which a profile names:
        copilot env init --name prod --profile prod --region eu-west-1 --default-config

      Use a VPC and subnets that you have:
        copilot env init --name test --import-vpc-id vpc-0a1b2c3d \
          --import-public-subnets subnet-0a,subnet-0b --import-private-subnets subnet-0c,subnet-0d

      Choose the address ranges of the new VPC:
        copilot env init --name test --override-vpc-cidr 10.1.0.0/16 \
          --override-az-names us-west-2a,us-west-2b \
          --override-public-cidrs 10.1.0.0/24,10.1.1.0/24 \
          --override-private-cidrs 10.1.2.0/24,10.1.3.0/24
    ");
    let run = init(&world, &["--prod"]);
    assert_eq!(run.code, Some(0), "{run}");
}

/// A failed operation of the stack set is an error with its reasons, and the environment is not recorded.
#[test]
fn a_failed_operation_of_the_stack_set_is_told() {
    use crate::local_aws::Rule;
    let reason = "ResourceLogicalId:ECRRepoold, ResourceType:AWS::ECR::Repository, ResourceStatusReason:RepositoryNotEmptyException";
    let far = LocalAws::shared().account();
    let world =
        World::seeded(App::new("demo").environment(Environment::new("far").account(far.id())), workspace());
    world.account.fault(Rule::error("stackset:UpdateInstance", 400, "Failed", reason).times(1));
    let failed = init(&world, &[]);
    insta::assert_snapshot!(error(&world, &failed), @"
    ✘ environment test was not set up: operation 2 of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: ResourceLogicalId:ECRRepoold, ResourceType:AWS::ECR::Repository, ResourceStatusReason:RepositoryNotEmptyException
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id 2`, remove the cause and run the command again.
      Nothing has to be undone: `copilot env init --name test` goes on where this run stopped.
    ");
    assert_eq!(world.recorded("/environments/test"), None);
    init(&world, &[]).succeeds();
    assert!(world.recorded("/environments/test").is_some());
    // In a new region.
    let reason = "ResourceLogicalId:KMSKey, ResourceType:AWS::KMS::Key, ResourceStatusReason:quota exceeded";
    world.account.fault(Rule::error("stackset:CreateInstance", 400, "Failed", reason).times(1));
    let flags = ["env", "init", "--name", "eu", "--region", "eu-west-1", "--default-config"];
    insta::assert_snapshot!(outline(&world, &world.run(&flags)), @"
    exit code: 1
    ----- stderr -----
    Setting up environment eu in account ACCOUNT, eu-west-1, with your own credentials; application demo is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/environments/eu/manifest.yml
    - Creating the resources of application demo in eu-west-1 [update failed] [TIME]
    ✘ environment eu was not set up: operation UUID of stack set demo-infrastructure failed
      | account ACCOUNT, eu-west-1: FAILED: ResourceLogicalId:KMSKey, ResourceType:AWS::KMS::Key, ResourceStatusReason:quota exceeded
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id UUID`, remove the cause and run the command again.
      Nothing has to be undone: `copilot env init --name eu --region eu-west-1` goes on where this run stopped.
    ");
    assert_eq!(world.recorded("/environments/eu"), None);
    world.run(&flags).succeeds();
}

/// Waits until no stack of the environment is under way, nor an operation of the stack set.
fn settle(world: &World) {
    for _ in 0..600 {
        let stack = world.cloudformation("DescribeStacks", &[("StackName", "demo-test")]).unwrap_or_default();
        if !stack.contains("_IN_PROGRESS</StackStatus>") || stack.contains("REVIEW_IN_PROGRESS") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn said(run: &Run, code: i32) -> String {
    assert_eq!(run.code, Some(code), "{run}");
    without_times(&run.stderr)
}
