//! What a deployment changes, shows and keeps.

use std::time::Duration;

use super::{ADDON, insights};
use crate::local_aws::{Action, Rule};
use crate::support::environments::ENV_STACK;
use crate::support::{LOCATION, Started, World, stable};

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

/// Nothing is left of deployments that change nothing.
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
