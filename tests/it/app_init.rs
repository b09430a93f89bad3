//! `app init`, against the local AWS.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::local_aws::{Action, App, Event, LocalAws, Pace, Rule, Script};
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{Run, Started, Told, World, in_parallel, program, without_times};

const ROLES: &str = "demo-infrastructure-roles";

/// A call of a query service of the account, past the gateway.
fn query(world: &World, service: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let (emulator, service, action) = (world.account.emulator(), service.to_owned(), action.to_owned());
    let fields: Vec<(String, String)> =
        fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    LocalAws::shared().block_on(async move {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        emulator.query(&service, &action, &fields).await.unwrap()
    })
}

/// The application's record as it is stored.
fn record(world: &World) -> Option<String> {
    let emulator = world.account.emulator();
    LocalAws::shared().block_on(async move {
        let input = serde_json::json!({ "Name": "/copilot/applications/demo" });
        let answer = emulator.json("ssm", "AmazonSSM.GetParameter", &input).await.ok()?;
        Some(answer["Parameter"]["Value"].as_str()?.to_owned())
    })
}

fn has_stack_set(world: &World) -> bool {
    world.run(&["app", "show", "--name", "demo"]).stderr.matches("no stack set").count() == 0
}

fn workspace_file(world: &World) -> String {
    std::fs::read_to_string(world.workspace.path().join("copilot/.workspace")).unwrap_or_default()
}

fn zone(world: &World, name: &str) {
    let emulator = world.account.emulator();
    let body = format!(
        "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{name}</Name>\
         <CallerReference>{name}</CallerReference></CreateHostedZoneRequest>"
    );
    LocalAws::shared()
        .block_on(async move {
            emulator
                .rest("route53", hyper::Method::POST, "/2013-04-01/hostedzone", body.into())
                .await
                .map(drop)
        })
        .unwrap();
}

fn policy(world: &World, name: &str) {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    query(world, "iam", "CreatePolicy", &[("PolicyName", name), ("PolicyDocument", document)]);
}

#[test]
fn an_application_is_set_up_in_an_empty_account() {
    let world = World::empty();
    insta::assert_snapshot!(world.run(&["app", "init", "demo"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.
    ");
    assert_eq!(workspace_file(&world), "application: demo\n");
    insta::assert_snapshot!(record(&world).unwrap().replace(world.account.id(), "ACCOUNT"), @r#"{"name":"demo","account":"ACCOUNT","domain":"","domainHostedZoneID":"","version":"1.0"}"#);
    let calls = world.account.calls().of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:CreateChangeSet": 1,
        "cloudformation:CreateStackSet": 1,
        "cloudformation:DescribeChangeSet": 1,
        "cloudformation:DescribeStackEvents": 1,
        "cloudformation:DescribeStackSet": 1,
        "cloudformation:DescribeStacks": 1,
        "cloudformation:ExecuteChangeSet": 1,
        "iam:ListRoleTags": 1,
        "ssm:GetParameter": 1,
        "ssm:PutParameter": 1,
        "sts:GetCallerIdentity": 1,
    }
    "#);
    // Again: nothing is created.
    world.workspace.file("copilot/.workspace", "application: demo\n");
    insta::assert_snapshot!(world.run(&["app", "init"]), @"
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    ✔ Application demo is set up already; the workspace belongs to it.
      Next: create an environment with `copilot env init --name test`.
    ");
    let show = world.run(&["app", "show"]);
    assert_eq!((show.code, show.stderr.as_str()), (Some(0), ""), "{show}");
}

#[test]
fn domain_boundary_and_tags_reach_roles_stack_set_and_record() {
    let world = World::empty();
    zone(&world, "example.com");
    policy(&world, "Limits");
    let flags = [
        "--domain",
        "example.com",
        "--permissions-boundary",
        "Limits",
        "--resource-tags",
        "team=data,cost=1",
    ];
    let args = [&["app", "init", "demo"][..], &flags].concat();
    let said = world.run(&args).outline();
    insta::assert_snapshot!(said, @"
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.
    ");
    let id = record(&world)
        .unwrap()
        .split("domainHostedZoneID\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    insta::assert_snapshot!(record(&world).unwrap().replace(world.account.id(), "ACCOUNT").replace(&id, "ZONE"), @r#"{"name":"demo","account":"ACCOUNT","permissionsBoundary":"Limits","domain":"example.com","domainHostedZoneID":"ZONE","version":"1.0","tags":{"cost":"1","team":"data"}}"#);
    let template = world.cloudformation("GetTemplate", &[("StackName", ROLES)]).unwrap();
    assert_eq!(template.matches(":policy/Limits").count(), 3, "{template}");
    let tags = query(&world, "iam", "ListRoleTags", &[("RoleName", "demo-DNSDelegationRole")]);
    assert!(tags.contains("<Value>data</Value>") && tags.contains("<Value>demo</Value>"), "{tags}");
    // The same again, and with something else.
    assert_eq!(world.run(&args).code, Some(0));
    let mut told = Told::default();
    zone(&world, "other.com");
    for more in [
        &["--domain", "other.com"][..],
        &["--permissions-boundary", "Other"],
        &["--resource-tags", "team=web"],
    ] {
        let run = world.run(&[&["app", "init", "demo"], more].concat());
        told.note(&more.join(" "), &world, run.code.unwrap(), &without_times(&run.stderr));
    }
    insta::assert_snapshot!(told.all(), @"
    --domain other.com (1):
    ✘ application demo exists already, and its domain is not other.com but example.com
      It cannot be changed later. Leave out the flag to go on with the application as it is.

    --permissions-boundary Other (1):
    ✘ application demo exists already, and its permissions boundary is not Other but Limits
      It cannot be changed later. Leave out the flag to go on with the application as it is.

    --resource-tags team=web (0):
    Warning: Application demo exists already and keeps its tags: cost=1, team=data.
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    ✔ Application demo is set up already; the workspace belongs to it.
      Next: create an environment with `copilot env init --name test`.
    ");
}

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

/// APP-1: roles are there, stack set and record are not. The roles' stack of the own region is looked at first.
#[test]
fn a_run_that_broke_off_behind_the_roles_is_completed() {
    let world = World::empty();
    policy(&world, "Limits");
    world.account.fault(Rule::deny("cloudformation:CreateStackSet"));
    let flags = ["--permissions-boundary", "Limits", "--resource-tags", "team=data"];
    let run = world.run(&[&["app", "init", "demo"][..], &flags].concat());
    insta::assert_snapshot!(run.outline(), @"
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:CreateStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateStackSet on stack set demo-infrastructure.
      Run `copilot app init demo` again then: it goes on where it stopped.
    ");
    assert_eq!((record(&world), workspace_file(&world).as_str()), (None, ""));
    world.account.clear_faults();
    let before = std::time::Instant::now();
    // Without the flags: what the first run was told is in the stack.
    insta::assert_snapshot!(world.run(&["app", "init", "demo"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    - No new infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.
    ");
    assert_eq!(world.account.calls_since(before).count("cloudformation:ExecuteChangeSet"), 0);
    let record = record(&world).unwrap();
    assert!(
        record.contains(r#""permissionsBoundary":"Limits""#) && record.contains(r#""tags":{"team":"data"}"#),
        "{record}"
    );
    assert!(has_stack_set(&world));
}

/// The events of a creation in which the first role is refused.
fn refused(world: &World, end: &str) -> Script {
    let arn = format!("arn:aws:iam::{}", world.account.id());
    let reason = format!(
        "API: iam:CreateRole User: {arn}:user/dev is not authorized to perform: iam:CreateRole on resource: \
         {arn}:role/demo-adminrole {end}"
    );
    let role = |id: &str, reason: &str| Event::resource(id, "AWS::IAM::Role", "CREATE_FAILED", reason);
    let events = vec![
        Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
        role("AdministrationRole", &reason),
        Event::stack(
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [AdministrationRole].",
        ),
        Event::stack("ROLLBACK_COMPLETE", ""),
    ];
    Script { events, every: Duration::ZERO }
}

/// APP-2 and APP-3: a role is refused. What remains of the stack is removed, and the same command works once it may.
#[test]
fn roles_that_are_refused() {
    let mut told = Told::default();
    for (case, end) in [
        ("a missing permission", "because no identity-based policy allows the iam:CreateRole action"),
        ("a service control policy", "with an explicit deny in a service control policy"),
        ("a permissions boundary", "with an explicit deny in a permissions boundary"),
    ] {
        let world = World::empty();
        world.account.script(ROLES, refused(&world, end));
        let run = world.run(&["app", "init", "demo"]);
        told.note(case, &world, run.code.unwrap(), &without_times(&run.stderr));
        world.account.release(ROLES);
        assert_eq!(world.cloudformation("DescribeStacks", &[("StackName", ROLES)]), None, "{case}");
        assert_eq!(workspace_file(&world), "", "{case}");
        world.run(&["app", "init", "demo"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    a missing permission (1):
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Creating the infrastructure for stack demo-infrastructure-roles [create in progress]
    - A StackSet admin role assumed by CloudFormation to manage regional stacks [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole because no identity-based policy allows the iam:CreateRole action
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback in progress]: The following resource(s) failed to create: [AdministrationRole].
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback complete] [TIME]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete in progress]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete complete] [TIME]
    ✘ iam:CreateRole on demo-adminrole was refused to arn:aws:iam::ACCOUNT:user/dev: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole because no identity-based policy allows the iam:CreateRole action
      A permission is missing: allow iam:CreateRole to arn:aws:iam::ACCOUNT:user/dev, then run `copilot app init demo` again.
      The failed stack was removed: nothing has to be deleted by hand before the command is run again.

    a service control policy (1):
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Creating the infrastructure for stack demo-infrastructure-roles [create in progress]
    - A StackSet admin role assumed by CloudFormation to manage regional stacks [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a service control policy
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback in progress]: The following resource(s) failed to create: [AdministrationRole].
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback complete] [TIME]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete in progress]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete complete] [TIME]
    ✘ iam:CreateRole on demo-adminrole was refused to arn:aws:iam::ACCOUNT:user/dev: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a service control policy
      It is denied explicitly, by a service control policy. This is no missing permission, so more permissions will not help.
      Where every role must have a permissions boundary, name it: `copilot app init demo --permissions-boundary NAME`.
      The failed stack was removed: nothing has to be deleted by hand before the command is run again.

    a permissions boundary (1):
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Creating the infrastructure for stack demo-infrastructure-roles [create in progress]
    - A StackSet admin role assumed by CloudFormation to manage regional stacks [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a permissions boundary
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback in progress]: The following resource(s) failed to create: [AdministrationRole].
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback complete] [TIME]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete in progress]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete complete] [TIME]
    ✘ iam:CreateRole on demo-adminrole was refused to arn:aws:iam::ACCOUNT:user/dev: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a permissions boundary
      It is denied explicitly, by a permissions boundary. This is no missing permission, so more permissions will not help.
      Where every role must have a permissions boundary, name it: `copilot app init demo --permissions-boundary NAME`.
      The failed stack was removed: nothing has to be deleted by hand before the command is run again.
    ");
}

/// What a killed run left of the roles' stack is replaced.
#[test]
fn a_failed_stack_of_an_earlier_run_is_replaced() {
    let world = World::empty();
    world
        .account
        .script(ROLES, refused(&world, "because no identity-based policy allows the iam:CreateRole action"));
    world.account.fault(Rule::deny("cloudformation:DeleteStack"));
    let run = world.run(&["app", "init", "demo"]);
    assert!(run.stderr.contains("The failed stack could not be removed"), "{run}");
    world.account.clear_faults();
    let said = world.run(&["app", "init", "demo"]).succeeds();
    assert!(said.contains("left over from a failed creation"), "{said}");
}

/// APP-11: a directory above that is called `copilot` is somebody else's project.
#[test]
fn a_directory_above_that_is_called_copilot() {
    let world = World::empty();
    world.workspace.file("copilot/go.mod", "module copilot\n");
    let shop = world.workspace.path().join("shop");
    std::fs::create_dir_all(&shop).unwrap();
    let mut command = program(&shop, &["app", "init", "demo"]);
    let said = Run::of_command(command.envs(world.account.env())).succeeds();
    let note = format!("workspace {}", shop.join("copilot").display());
    assert!(said.contains(&note), "{said}");
    assert_eq!(std::fs::read_to_string(shop.join("copilot/.workspace")).unwrap(), "application: demo\n");
    let names: Vec<_> = std::fs::read_dir(world.workspace.path().join("copilot"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["go.mod"]);
}

#[test]
fn two_at_once_both_succeed() {
    for pace in [Duration::ZERO, Duration::from_secs(1)] {
        let world = World::empty();
        world.account.pace_all(pace);
        let runs = in_parallel(2, &["one", "two"], |_| {
            let dir = tempfile::tempdir().unwrap();
            let mut command = program(dir.path(), &["app", "init", "demo"]);
            Started::spawn(command.envs(world.account.env())).finish()
        });
        for run in &runs {
            assert_eq!(run.code, Some(0), "{run}");
        }
        let creates =
            world.account.calls().filter(|call| call.status == 200).count("cloudformation:CreateStackSet");
        assert_eq!(creates, 1);
        assert!(record(&world).is_some() && has_stack_set(&world));
    }
}

/// Each call refused: which call, on what, as whom, and what to do. The call that only looks for a taken name may fail.
#[test]
fn each_call_refused() {
    let world = World::empty();
    world.run(&["app", "init", "demo"]).succeeds();
    let operations: BTreeSet<String> = world.account.calls().of_program().names().into_iter().collect();
    let mut told = Told::default();
    for operation in operations {
        let world = World::empty();
        world.account.fault(Rule::deny(&operation));
        let run = world.run(&["app", "init", "demo"]);
        told.note(&operation, &world, run.code.unwrap(), &Run { stdout: String::new(), ..run }.outline());
        world.account.clear_faults();
        world.run(&["app", "init", "demo"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    cloudformation:CreateChangeSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateChangeSet on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateChangeSet on stack demo-infrastructure-roles.

    cloudformation:CreateStackSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:CreateStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateStackSet on stack set demo-infrastructure.
      Run `copilot app init demo` again then: it goes on where it stopped.

    cloudformation:DescribeChangeSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    cloudformation:DescribeStackEvents (0):
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    Proposing infrastructure changes for stack demo-infrastructure-roles
    - No new infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.

    cloudformation:DescribeStackSet (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:DescribeStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackSet on stack set demo-infrastructure.

    cloudformation:DescribeStacks (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:DescribeStacks on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStacks on stack demo-infrastructure-roles.

    cloudformation:ExecuteChangeSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    iam:ListRoleTags (0):
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.

    ssm:GetParameter (1):
    exit code: 1
    ----- stderr -----
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    ssm:PutParameter (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ ssm:PutParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:PutParameter
      The call was made with your own credentials, whose policies must allow ssm:PutParameter on parameter /copilot/applications/demo.
      Run `copilot app init demo` again then: it goes on where it stopped.

    sts:GetCallerIdentity (1):
    exit code: 1
    ----- stderr -----
    ✘ sts:GetCallerIdentity on the caller's identity failed: AccessDenied: User is not authorized to perform: sts:GetCallerIdentity
      The call was made with your own credentials, whose policies must allow sts:GetCallerIdentity on the caller's identity.
    ");
}

#[test]
fn an_application_is_asked_for() {
    let world = World::empty();
    insta::assert_snapshot!(world.run(&["app", "init"]), @"
    exit code: 2
    ----- stderr -----
    ✘ NAME is missing and there is no terminal to ask on
      Pass NAME.
    ");
    let mut terminal = in_terminal(&world, &["app", "init"], 100);
    terminal.exp_string("What is the new application called?").unwrap();
    terminal.send_line("My_App").unwrap();
    terminal.exp_string("would do").unwrap();
    for _ in 0.."My_App".len() {
        terminal.send("\u{7f}").unwrap();
    }
    terminal.send_line("demo").unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("Application demo is set up."), "{rest}");
    assert_eq!(exit_code(&terminal), 0);

    // With an application in the account it is offered, and a new one.
    std::fs::remove_dir_all(world.workspace.path().join("copilot")).unwrap();
    insta::assert_snapshot!(world.run(&["app", "init"]), @"
    exit code: 2
    ----- stderr -----
    ✘ NAME is missing and there is no terminal to ask on
      Pass NAME with one of: demo, a new application.
    ");
    let mut terminal = in_terminal(&world, &["app", "init"], 100);
    terminal.exp_string("a new application").unwrap();
    terminal.send_line("").unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("Application demo is set up already"), "{rest}");
    assert_eq!(workspace_file(&world), "application: demo\n");
}

/// An interrupt says what there is by then; the same command completes it.
#[test]
fn an_interrupt_at_each_stage() {
    let mut told = Told::default();
    // A call that takes long, and the one that is answered before it.
    for (call, before) in [
        ("sts:GetCallerIdentity", "ssm:GetParameter"),
        ("cloudformation:DescribeStackEvents", "cloudformation:ExecuteChangeSet"),
        ("cloudformation:CreateStackSet", "cloudformation:DescribeStackEvents"),
        ("ssm:PutParameter", "cloudformation:CreateStackSet"),
    ] {
        let world = World::empty();
        if call == "cloudformation:DescribeStackEvents" {
            world.account.pace(ROLES, Pace::EndAfter(Duration::from_secs(3)));
        } else {
            world.account.fault(Rule::on(call, Action::Delay(Duration::from_secs(8))).times(1));
        }
        let started = Started::spawn(&mut world.command(&["app", "init", "demo"]));
        world.wait_for_call(before);
        std::thread::sleep(Duration::from_millis(1500));
        started.signal("INT");
        let run = started.finish();
        let said = Run { stdout: String::new(), ..run };
        told.note(call, &world, said.code.unwrap(), &said.outline());
        world.account.clear_faults();
        world.account.release(ROLES);
        world.run(&["app", "init", "demo"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    sts:GetCallerIdentity (130):
    exit code: 130
    ----- stderr -----
    ! interrupted: nothing was created

    cloudformation:DescribeStackEvents (130):
    exit code: 130
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    Interrupted: deleting stack demo-infrastructure-roles, which was being created. Press Ctrl-C again to exit at once; it then continues in AWS.
    ! interrupted: stack demo-infrastructure-roles was deleted again

    cloudformation:CreateStackSet (130):
    exit code: 130
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ! interrupted: application demo is incomplete; `copilot app init demo` completes it

    ssm:PutParameter (130):
    exit code: 130
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ! interrupted: application demo is incomplete; `copilot app init demo` completes it
    ");
}

#[test]
fn help_as_an_argument() {
    let world = World::seeded(App::new("demo"), crate::support::Workspace::new(crate::support::LOCATION));
    let run = world.run(&["app", "init", "help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, world.run(&["app", "init", "--help"]).stdout);
}
