//! What an application becomes, by flags, questions and the directory.

use super::{ROLES, policy, query, record, workspace_file, zone};
use crate::local_aws::App;
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{Run, Told, World, program, without_times};

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

/// A directory above that is called `copilot` is somebody else's project.
#[test]
fn a_directory_above_that_is_called_copilot() {
    let world = World::empty();
    world.workspace.file("copilot/go.mod", "module copilot\n");
    let shop = world.workspace.path().join("shop");
    std::fs::create_dir_all(&shop).unwrap();
    let mut command = program(&shop, &["app", "init", "demo"]);
    let run = Run::of_command(command.envs(world.account.env()));
    insta::assert_snapshot!(run.outline(), @"
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/shop/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.
    ");
    assert_eq!(std::fs::read_to_string(shop.join("copilot/.workspace")).unwrap(), "application: demo\n");
    let names: Vec<_> = std::fs::read_dir(world.workspace.path().join("copilot"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["go.mod"]);
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

#[test]
fn help_as_an_argument() {
    let world = World::seeded(App::new("demo"), crate::support::Workspace::new(crate::support::LOCATION));
    let run = world.run(&["app", "init", "help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, world.run(&["app", "init", "--help"]).stdout);
}
