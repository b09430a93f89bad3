//! What is refused before anything is changed.

use super::{ROLES, policy, query, record, workspace_file};
use crate::local_aws::Rule;
use crate::support::{Told, World, without_times};

/// Each wrong input is told before AWS is called, and no file is written.
#[test]
fn what_can_be_told_without_aws() {
    let world = World::empty();
    let mut told = Told::default();
    let mut case = |world: &World, args: &[&str], code| {
        let command = world.command(&[&["app", "init"], args].concat());
        told.runs(&args.join(" "), world, command, code);
    };
    case(&world, &["My_App"], 2);
    case(&world, &[&"a".repeat(45)], 2);
    case(&world, &["demo", "--domain", "example"], 2);
    case(&world, &["demo", "--permissions-boundary", "arn:aws:iam::aws:policy/PowerUserAccess"], 2);
    case(&world, &["demo", "--resource-tags", "team"], 2);
    case(&world, &["demo", "other"], 2);
    world.workspace.file("copilot/.workspace", "application: zoo\n");
    case(&world, &["demo"], 1);
    world.workspace.file("copilot/.workspace", "app: zoo\n");
    case(&world, &["demo"], 1);
    std::fs::remove_dir_all(world.workspace.path().join("copilot")).unwrap();
    world.workspace.file("copilot", "");
    case(&world, &["demo"], 1);
    insta::assert_snapshot!(told.all(), @"
    My_App (2):
    ✘ `My_App` is no application name: it holds `M`, and only lower-case letters, digits and `-` are allowed; `my-app` would do

    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (2):
    ✘ `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no application name: it has 45 characters, and 44 are allowed: roles of environments, `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-ENV-CFNExecutionRole`, may have 64

    demo --domain example (2):
    ✘ --domain `example`: a domain has a dot in it

    demo --permissions-boundary arn:aws:iam::aws:policy/PowerUserAccess (2):
    ✘ --permissions-boundary `arn:aws:iam::aws:policy/PowerUserAccess`: it is a policy of AWS, and the roles need one of the application's account

    demo --resource-tags team (2):
    error: invalid value 'team' for '--resource-tags <KEY=VALUE,…>': `team` is not of the form key=value

    For more information, try '--help'.

    demo other (2):
    error: unexpected argument 'other' found

    Usage: copilot app init [OPTIONS] [NAME]

    For more information, try '--help'.

    demo (1):
    ✘ the workspace belongs to application zoo, not to demo: see WORKSPACE/copilot/.workspace
      Run the command in a directory outside of this workspace, or detach the workspace from zoo by removing that file.

    demo (1):
    ✘ WORKSPACE/copilot/.workspace names no application
      Correct the file: it holds one line, `application: NAME`. Or remove it, if the workspace belongs to no application.

    demo (1):
    ✘ cannot read WORKSPACE/copilot/.workspace: Not a directory (os error 20)
      Manifests are kept in this directory; make room for it, or run the command somewhere else.
    ");
    assert_eq!(world.account.calls().names(), Vec::<String>::new());
}

/// What AWS has that stands in the way: told before the first change.
#[test]
fn what_stands_in_the_way() {
    let mut told = Told::default();
    let mut case = |what: &str, world: &World, args: &[&str]| {
        let run = world.run(&[&["app", "init", "demo"], args].concat());
        told.note(what, world, run.code.unwrap(), &without_times(&run.stderr));
        assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 0, "{what}");
        assert_eq!(workspace_file(world), "", "{what}");
    };
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = [("RoleName", "demo-adminrole"), ("AssumeRolePolicyDocument", trust)];
    let tag = [("Tags.member.1.Key", "copilot-application"), ("Tags.member.1.Value", "demo")];

    let world = World::empty();
    query(&world, "iam", "CreateRole", &role);
    case("somebody else's role", &world, &[]);
    let world = World::empty();
    query(&world, "iam", "CreateRole", &[&role[..], &tag].concat());
    case("another region", &world, &[]);
    let stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo-infrastructure-roles/1";
    let more = [("Tags.member.1.Key", "aws:cloudformation:stack-id"), ("Tags.member.1.Value", stack)];
    query(&world, "iam", "TagRole", &[&role[..1], &more].concat());
    case("a region that is known", &world, &[]);
    let world = World::empty();
    case("no such policy", &world, &["--permissions-boundary", "Limits"]);
    case(
        "a policy of another account",
        &world,
        &["--permissions-boundary", "arn:aws:iam::123456789012:policy/Limits"],
    );
    case("no zone", &world, &["--domain", "example.com"]);
    let topic = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}";
    query(&world, "cloudformation", "CreateStack", &[("StackName", ROLES), ("TemplateBody", topic)]);
    case("somebody else's stack", &world, &[]);
    insta::assert_snapshot!(told.all(), @"
    somebody else's role (1):
    ✘ account ACCOUNT has a role demo-adminrole already, and it is no application's
      Choose another name for the application: demo needs a role of this name.

    another region (1):
    ✘ application demo of account ACCOUNT is in another region: its role demo-adminrole exists, and us-west-2 has no stack demo-infrastructure-roles
      Find the region with `aws cloudformation describe-stacks --stack-name demo-infrastructure-roles --region REGION`, region by region, and go on there: `AWS_REGION=REGION copilot app init demo`. Or choose another name.

    a region that is known (1):
    ✘ application demo of account ACCOUNT is in eu-west-1: its role demo-adminrole exists, and us-west-2 has no stack demo-infrastructure-roles
      Go on there: `AWS_REGION=eu-west-1 copilot app init demo`, or choose another name.

    no such policy (1):
    ✘ --permissions-boundary: there is no policy Limits in account ACCOUNT
      List those that there are with `aws iam list-policies --scope Local`.

    a policy of another account (1):
    ✘ --permissions-boundary: policy Limits is one of account 123456789012, and the application is in ACCOUNT
      Name a policy of the application's account, or choose another profile (AWS_PROFILE).

    no zone (1):
    ✘ domain example.com has no public hosted zone in Route 53 of this account
      Register the domain in Route 53, or create a public hosted zone for it and delegate the domain to that zone; then run the command again.

    somebody else's stack (1):
    ✘ stack demo-infrastructure-roles exists and is not application demo's
      Choose another name for the application.
    ");
}

/// Without permission to list policies, or with a policy that bounds nothing yet, the policy itself is looked at.
#[test]
fn a_boundary_that_bounds_nothing_yet() {
    let world = World::empty();
    policy(&world, "Limits");
    world.account.fault(Rule::deny("iam:ListPolicies"));
    assert_eq!(world.run(&["app", "init", "demo", "--permissions-boundary", "Limits"]).code, Some(0));
    let world = World::empty();
    policy(&world, "Limits");
    let arn = format!("arn:aws:iam::{}:policy/Limits", world.account.id());
    assert_eq!(world.run(&["app", "init", "demo", "--permissions-boundary", &arn]).code, Some(0));
    assert!(record(&world).unwrap().contains(r#""permissionsBoundary":"Limits""#));
    // One that bounds a role already is found in the list.
    world.account.clear_faults();
    let before = std::time::Instant::now();
    assert_eq!(world.run(&["app", "init", "--permissions-boundary", "Limits"]).code, Some(0));
    assert_eq!(world.account.calls_since(before).count("iam:GetPolicy"), 0);
}
