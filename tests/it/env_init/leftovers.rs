//! What earlier attempts and earlier environments left behind.

use std::time::Duration;

use super::{command, create_role, demo, init, outline, role, said, workspace, writes};
use crate::local_aws::{Action, App, Event, Pace, Rule, Script};
use crate::support::{Run, Told, World};

const ROLES: [&str; 2] = ["demo-test-CFNExecutionRole", "demo-test-EnvManagerRole"];
const TAGS: [(&str, &str); 2] = [("copilot-application", "demo"), ("copilot-environment", "test")];

/// T-14: roles that a deleted environment left behind, whose names are taken.
#[test]
fn roles_that_are_left_over_are_replaced() {
    let world = demo();
    ROLES.iter().for_each(|name| create_role(&world, name, &TAGS));
    let before = role(&world, ROLES[0]).unwrap();
    init(&world, &[]).succeeds();
    assert_ne!(role(&world, ROLES[0]).unwrap(), before);
    // The roles of something else are not touched.
    let world = demo();
    create_role(&world, ROLES[1], &[("copilot-application", "demo"), ("copilot-environment", "other")]);
    let mut told = Told::default();
    told.runs("another environment's role", &world, command(&world, &[]), 1);
    insta::assert_snapshot!(told.all(), @"
    another environment's role (1):
    ✘ role demo-test-EnvManagerRole of account ACCOUNT is not this environment's, whose role would have that name: it lacks the tags copilot-application=demo and copilot-environment=test
      Delete the role if nothing needs it, or choose another name for the environment.
    ");
    assert!(writes(&world).is_empty());
}

/// T-1: nothing that goes wrong with a live environment is a reason to delete its roles.
#[test]
fn roles_of_a_live_environment_stay() {
    let faults = [
        Rule::deny("cloudformation:GetTemplate"),
        Rule::deny("cloudformation:CreateChangeSet"),
        Rule::deny("cloudformation:DescribeStacks"),
        Rule::error("stackset:UpdateInstance", 400, "Failed", "no"),
        Rule::on("ssm:PutParameter", Action::Drop { after_bytes: 0 }),
    ];
    for fault in faults {
        let world = World::seeded(App::new("demo").env("test"), workspace());
        world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
        world.account.fault(fault);
        let run = init(&world, &[]);
        assert!(ROLES.iter().all(|name| role(&world, name).is_some()), "{run}");
        let calls = world.account.calls();
        assert_eq!(calls.count("iam:DeleteRole") + calls.count("cloudformation:DeleteStack"), 0, "{run}");
    }
    // While it is updated, too, without waiting for that.
    let world = World::seeded(App::new("demo").env("test"), workspace());
    world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    let updating = vec![Event::stack("UPDATE_IN_PROGRESS", "User Initiated")];
    world.account.tell("demo-test", Script { events: updating, every: Duration::ZERO }, None);
    said(&init(&world, &[]), 0);
    assert_eq!(world.account.calls().count("iam:DeleteRole"), 0);
}

/// An environment of that name in another region has the roles: they are not left over.
#[test]
fn an_environment_in_another_region_keeps_its_roles() {
    let world = demo();
    init(&world, &[]).succeeds();
    super::remove(&world, "/copilot/applications/demo/environments/test");
    let mut told = Told::default();
    told.runs("another region", &world, command(&world, &["--region", "eu-west-1"]), 1);
    insta::assert_snapshot!(told.all(), @"
    another region (1):
    ✘ environment test of application demo is in us-west-2 already: role demo-test-CFNExecutionRole belongs to stack demo-test there (CREATE_COMPLETE)
      Run the command with --region us-west-2 to go on with it, or choose another name for one in eu-west-1.
    ");
    assert!(ROLES.iter().all(|name| role(&world, name).is_some()));
}

/// The first attempt is being rolled back, and leaves its roles behind. One command is enough.
#[test]
fn a_failed_creation_is_waited_for_and_removed() {
    let world = demo();
    ROLES.iter().for_each(|name| create_role(&world, name, &TAGS));
    let mut stale = command(&world, &[]);
    let reason = "Resource handler returned message: no";
    let failing = vec![
        Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
        Event::resource("EnvironmentManagerRole", "AWS::IAM::Role", "CREATE_FAILED", reason),
        Event::stack(
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [EnvironmentManagerRole].",
        ),
        Event::stack("ROLLBACK_COMPLETE", ""),
    ];
    world.account.script("demo-test", Script { events: failing, every: Duration::from_secs(2) });
    // The first one is killed while it follows.
    let first = crate::support::Started::spawn(stale.stdin(std::process::Stdio::null()));
    world.wait_for_call("cloudformation:ExecuteChangeSet");
    first.signal("KILL");
    first.finish();
    ROLES.iter().for_each(|name| create_role(&world, name, &TAGS));
    let run = init(&world, &[]);
    insta::assert_snapshot!(outline(&world, &run), @"
    exit code: 0
    ----- stderr -----
    Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    The manifest copilot/environments/test/manifest.yml is there already and stays as it is
    - EnvironmentManagerRole (AWS::IAM::Role) [create failed] [TIME]: Resource handler returned message: no
    - Waiting for the creation of stack demo-test, going on since DATE UTC [rollback in progress]: The following resource(s) failed to create: [EnvironmentManagerRole].
    The creation of stack demo-test has ended as ROLLBACK_COMPLETE.
    Stack demo-test is left over from a failed creation (ROLLBACK_COMPLETE). It is deleted, then created anew.
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    ✔ Environment test of application demo is set up in account ACCOUNT, us-west-2.
      Next: look at copilot/environments/test/manifest.yml, then create the network and the cluster with `copilot env deploy --name test`.
    ");
    assert!(world.recorded("/environments/test").is_some());
}

#[test]
fn a_failed_creation_is_told_with_its_reason() {
    let world = demo();
    let reason =
        "API: iam:CreateRole User: arn:aws:iam::1:user/dev is not authorized to perform: iam:CreateRole";
    let failing = vec![
        Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
        Event::resource("CloudformationExecutionRole", "AWS::IAM::Role", "CREATE_FAILED", reason),
        Event::stack(
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [CloudformationExecutionRole].",
        ),
        Event::stack("ROLLBACK_COMPLETE", ""),
    ];
    world.account.script("demo-test", Script { events: failing, every: Duration::ZERO });
    insta::assert_snapshot!(outline(&world, &init(&world, &[])), @"
    exit code: 1
    ----- stderr -----
    Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/environments/test/manifest.yml, and its schema for editors, copilot/.schema/environment.json
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    - An IAM Role for AWS CloudFormation to manage resources [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::1:user/dev is not authorized to perform: iam:CreateRole
    - Creating the infrastructure for stack demo-test [rollback in progress]: The following resource(s) failed to create: [CloudformationExecutionRole].
    ✘ iam:CreateRole was refused to arn:aws:iam::1:user/dev: API: iam:CreateRole User: arn:aws:iam::1:user/dev is not authorized to perform: iam:CreateRole
      A permission is missing: allow iam:CreateRole to arn:aws:iam::1:user/dev, then run `copilot env init --name test` again.
    ");
    assert_eq!(world.recorded("/environments/test"), None);
    world.account.release("demo-test");
    init(&world, &[]).succeeds();
}

/// A first stack that was made for a bucket that did not come about is brought up to date.
#[test]
fn a_first_stack_is_brought_up_to_date() {
    let world = World::seeded(App::new("demo").permissions_boundary("fence"), workspace());
    let fenced = format!(r#"{{"name":"demo","account":"{}","version":"1.0"}}"#, world.account.id());
    world.record("/copilot/applications/demo", &fenced);
    init(&world, &[]).succeeds();
    let bounded = fenced.replace(r#""version""#, r#""permissionsBoundary":"fence","version""#);
    world.record("/copilot/applications/demo", &bounded);
    init(&world, &[]).succeeds();
    let template = world.cloudformation("GetTemplate", &[("StackName", "demo-test")]).unwrap();
    assert!(template.contains("policy/fence"), "{template}");
}

/// Ctrl-C while the stacks are made: what is left and what continues is said, and the next run goes on.
#[test]
fn an_interrupted_run_goes_on() {
    let world = demo();
    world.account.pace("demo-test", Pace::EndAfter(Duration::from_secs(3600)));
    let mut talking = crate::talking::Talking::start(command(&world, &[]));
    talking.wait_for("Creating the infrastructure for stack demo-test").signal("INT");
    let run: Run = talking.ends();
    insta::assert_snapshot!(outline(&world, &run), @"
    exit code: 130
    ----- stderr -----
    Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/environments/test/manifest.yml, and its schema for editors, copilot/.schema/environment.json
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    Interrupted: deleting stack demo-test, which was being created. Press Ctrl-C again to exit at once; it then continues in AWS.
    - An IAM Role to describe resources in your environment [delete skipped] [TIME]
    - An IAM Role for AWS CloudFormation to manage resources [delete skipped] [TIME]
    ! interrupted: stack demo-test was deleted again
      `copilot env init --name test` goes on where this run stopped.
    ");
    world.account.release("demo-test");
    super::settle(&world);
    init(&world, &[]).succeeds();
}
