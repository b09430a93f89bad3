//! `app ls` and `app show`, against the local AWS.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::local_aws::{Action, App, Environment, LocalAws, Rule};
use crate::support::terminal::{in_terminal, plain};
use crate::support::{ENV, JOB, LOCATION, Run, Told, Workspace, World, program, without_times};

/// Two environments, one of them in another account and region; two jobs and a service.
fn shop() -> World {
    let other = LocalAws::shared().account();
    let prod = Environment::new("prod").account(other.id()).region("eu-west-1");
    let app =
        App::new("demo").env(ENV).environment(prod).job(JOB).job("mailer").permissions_boundary("fence");
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.register("front", "Load Balanced Web Service");
    world.roles_stack("v1.33.0");
    for workload in ["mailer", "front", JOB, "unregistered"] {
        world.workload_stack(ENV, workload);
    }
    world
}

/// What was said, without the number of the other account.
fn told(world: &World, run: &Run) -> String {
    run.to_string().replace(&world.app.environments["prod"].account, "OTHER-ACCOUNT")
}

#[test]
fn an_application_is_shown() {
    let world = shop();
    insta::assert_snapshot!(told(&world, &world.run(&["app", "show"])), @r"
    exit code: 0
    ----- stdout -----
    About

      Name                  demo
      Version               v1.33.0
      URI                   N/A
      Permissions Boundary  fence

    Environments

      Name    AccountID     Region
      ----    ---------     ------
      prod    OTHER-ACCOUNT  eu-west-1
      test    ACCOUNT  us-west-2

    Workloads

      Name        Type                       Environments
      ----        ----                       ------------
      front       Load Balanced Web Service  test
      mailer      Scheduled Job              test
      report-gen  Scheduled Job              test

    Pipelines

      Name
      ----
    ");
    let calls = world.account.calls().of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:GetTemplateSummary": 2,
        "ssm:GetParameter": 1,
        "ssm:GetParametersByPath": 2,
        "sts:AssumeRole": 2,
        "tagging:GetResources": 3,
    }
    "#);
}

/// The list of environments, the role of one, its stacks: all else is asked for at the same time.
#[test]
fn calls_are_made_side_by_side() {
    let world = shop();
    world.account.fault(Rule::on("*", Action::Delay(Duration::from_millis(400))));
    assert_eq!(world.run(&["app", "show"]).code, Some(0));
    let calls = world.account.calls().of_program();
    assert_eq!(calls.serial_depth(), 3, "{:?}", calls.names());
}

#[test]
fn an_application_is_shown_to_programs() {
    let world = shop();
    let found = |arn: &str| {
        let body = format!(r#"{{"ResourceTagMappingList":[{{"ResourceARN":"{arn}","Tags":[]}}]}}"#);
        Action::Replace { status: 200, content_type: "application/x-amz-json-1.1".to_owned(), body }
    };
    let arn = "arn:aws:codepipeline:us-west-2:123456789012:demo-main";
    world.account.fault(Rule::on("tagging:GetResources", found(arn)).about("codepipeline:pipeline"));
    let body = format!(
        r#"{{"pipeline":{{"name":"demo-main","stages":[]}},"metadata":{{"pipelineArn":"{arn}","created":1.5,"updated":2}}}}"#
    );
    let answer = Action::Replace { status: 200, content_type: "application/x-amz-json-1.1".to_owned(), body };
    world.account.fault(Rule::on("codepipeline:GetPipeline", answer));
    insta::assert_snapshot!(told(&world, &world.run(&["app", "show", "--json"])), @r#"
    exit code: 0
    ----- stdout -----
    {"name":"demo","version":"v1.33.0","uri":"","permissionsBoundary":"fence","environments":[{"app":"","name":"prod","region":"eu-west-1","accountID":"OTHER-ACCOUNT","registryURL":"","executionRoleARN":"","managerRoleARN":""},{"app":"","name":"test","region":"us-west-2","accountID":"ACCOUNT","registryURL":"","executionRoleARN":"","managerRoleARN":""}],"services":[{"app":"","name":"front","type":"Load Balanced Web Service"}],"jobs":[{"app":"","name":"mailer","type":"Scheduled Job"},{"app":"","name":"report-gen","type":"Scheduled Job"}],"pipelines":[{"pipelineName":"demo-main","region":"us-west-2","accountId":"123456789012","stages":null,"createdAt":"1970-01-01T00:00:01.5Z","updatedAt":"1970-01-01T00:00:02Z"}]}
    "#);
    // Where jobs are deployed is not part of it.
    assert_eq!(world.account.calls().count("sts:AssumeRole"), 0);
    world.account.fault(Rule::deny("codepipeline:GetPipeline"));
    insta::assert_snapshot!(told(&world, &world.run(&["app", "show"])), @"
    exit code: 0
    ----- stdout -----
    About

      Name                  demo
      Version               v1.33.0
      URI                   N/A
      Permissions Boundary  fence

    Environments

      Name    AccountID     Region
      ----    ---------     ------
      prod    OTHER-ACCOUNT  eu-west-1
      test    ACCOUNT  us-west-2

    Workloads

      Name        Type                       Environments
      ----        ----                       ------------
      front       Load Balanced Web Service  test
      mailer      Scheduled Job              test
      report-gen  Scheduled Job              test

    Pipelines

      Name
      ----
      demo-main
    ");
}

#[test]
fn an_application_without_anything_is_shown() {
    let world = World::empty();
    let record = r#"{"name":"demo","account":"1","domain":"","domainHostedZoneID":"","version":"1.0"}"#;
    world.record("/copilot/applications/demo", record);
    world.workspace.file("copilot/.workspace", "application: demo\n");
    insta::assert_snapshot!(world.run(&["app", "show"]), @r"
    exit code: 0
    ----- stdout -----
    About

      Name                  demo
      Version               v0.0.0
      URI                   N/A
      Permissions Boundary  N/A

    Environments

      Name    AccountID  Region
      ----    ---------  ------

    Workloads

      Name    Type      Environments
      ----    ----      ------------

    Pipelines

      Name
      ----
    ----- stderr -----
    Warning: Application demo is incomplete: there is no stack demo-infrastructure-roles. `copilot app init demo` creates what is missing.
    Warning: Application demo is incomplete: there is no stack set demo-infrastructure. `copilot app init demo` creates what is missing.
    ");
    insta::assert_snapshot!(world.run(&["app", "show", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"name":"demo","version":"v0.0.0","uri":"","permissionsBoundary":"","environments":null,"services":null,"jobs":null,"pipelines":null}
    ----- stderr -----
    Warning: Application demo is incomplete: there is no stack demo-infrastructure-roles. `copilot app init demo` creates what is missing.
    Warning: Application demo is incomplete: there is no stack set demo-infrastructure. `copilot app init demo` creates what is missing.
    "#);
}

#[test]
fn an_environment_that_cannot_be_entered_hides_nothing_else() {
    let world = shop();
    world.account.fault(Rule::deny("sts:AssumeRole").about("demo-prod-EnvManagerRole"));
    insta::assert_snapshot!(told(&world, &world.run(&["app", "show"])), @r"
    exit code: 0
    ----- stdout -----
    About

      Name                  demo
      Version               v1.33.0
      URI                   N/A
      Permissions Boundary  fence

    Environments

      Name    AccountID     Region
      ----    ---------     ------
      prod    OTHER-ACCOUNT  eu-west-1
      test    ACCOUNT  us-west-2

    Workloads

      Name        Type                       Environments
      ----        ----                       ------------
      front       Load Balanced Web Service  test
      mailer      Scheduled Job              test
      report-gen  Scheduled Job              test

    Pipelines

      Name
      ----
    ----- stderr -----
    Warning: It is not known what is deployed in environment prod: sts:AssumeRole on role arn:aws:iam::OTHER-ACCOUNT:role/demo-prod-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::OTHER-ACCOUNT:role/demo-prod-EnvManagerRole.
    ");
}

/// Each call refused: which call, on what, as whom, and what to do.
#[test]
fn each_call_refused() {
    let mut told = Told::default();
    let world = shop();
    assert_eq!(world.run(&["app", "show"]).code, Some(0));
    let operations: BTreeSet<String> = world.account.calls().of_program().names().into_iter().collect();
    for operation in operations.iter().filter(|name| *name != "sts:AssumeRole") {
        world.account.clear_faults();
        world.account.fault(Rule::deny(operation));
        let run = world.run(&["app", "show"]);
        let said = run.stderr.replace(&world.app.environments["prod"].account, "OTHER-ACCOUNT");
        told.note(operation, &world, run.code.unwrap(), &without_times(&said));
    }
    world.account.clear_faults();
    world.account.fault(Rule::deny("ssm:GetParametersByPath"));
    let run = world.run(&["app", "ls"]);
    told.note("app ls", &world, run.code.unwrap(), &without_times(&run.stderr));
    insta::assert_snapshot!(told.all(), @r"
    cloudformation:GetTemplateSummary (1):
    ✘ cloudformation:GetTemplateSummary on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplateSummary
      The call was made with your own credentials, whose policies must allow cloudformation:GetTemplateSummary on stack demo-infrastructure-roles.

    ssm:GetParameter (1):
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    ssm:GetParametersByPath (1):
    ✘ ssm:GetParametersByPath on path /copilot/applications/demo/environments/ failed: AccessDenied: User is not authorized to perform: ssm:GetParametersByPath
      The call was made with your own credentials, whose policies must allow ssm:GetParametersByPath on path /copilot/applications/demo/environments/.

    tagging:GetResources (1):
    Warning: It is not known what is deployed in environment prod: tag:GetResources on the stacks of environment prod failed: AccessDenied: User is not authorized to perform: tagging:GetResources. The call was made with the environment manager role arn:aws:iam::OTHER-ACCOUNT:role/demo-prod-EnvManagerRole, whose policies must allow tag:GetResources on the stacks of environment prod.
    Warning: It is not known what is deployed in environment test: tag:GetResources on the stacks of environment test failed: AccessDenied: User is not authorized to perform: tagging:GetResources. The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow tag:GetResources on the stacks of environment test.
    ✘ tag:GetResources on the pipelines of application demo failed: AccessDenied: User is not authorized to perform: tagging:GetResources
      The call was made with your own credentials, whose policies must allow tag:GetResources on the pipelines of application demo.

    app ls (1):
    ✘ ssm:GetParametersByPath on path /copilot/applications/ failed: AccessDenied: User is not authorized to perform: ssm:GetParametersByPath
      The call was made with your own credentials, whose policies must allow ssm:GetParametersByPath on path /copilot/applications/.
    ");
}

#[test]
fn throttled_calls_are_repeated() {
    let world = shop();
    world.account.fault(Rule::throttle("tagging:GetResources").times(1));
    assert_eq!(world.run(&["app", "show"]).code, Some(0));
}

#[test]
fn applications_are_listed() {
    let world = World::seeded(App::new("zoo"), Workspace::new(LOCATION));
    world.account.seed(App::new("bar").env(ENV)).unwrap();
    insta::assert_snapshot!(world.run(&["app", "ls"]), @r"
    exit code: 0
    ----- stdout -----
    bar
    zoo
    ");
    insta::assert_snapshot!(world.run(&["app", "ls", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"applications":["bar","zoo"]}
    "#);
    assert_eq!(world.account.calls().of_program().names().len(), 2);
}

#[test]
fn an_empty_account_has_no_applications() {
    let world = World::empty();
    let run = |args: &[&str]| world.run(args);
    insta::assert_snapshot!(run(&["app", "ls"]), @"exit code: 0");
    insta::assert_snapshot!(run(&["app", "ls", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"applications":[]}
    "#);
    insta::assert_snapshot!(run(&["app", "show"]), @r"
    exit code: 1
    ----- stderr -----
    ✘ there is no application in account ACCOUNT, region us-west-2
      Create one with `copilot app init`, or choose another profile (AWS_PROFILE) or region (AWS_REGION): an application's records live in the region it was created in.
    ");
    insta::assert_snapshot!(run(&["env", "show"]), @r"
    exit code: 1
    ----- stderr -----
    ✘ there is no application in account ACCOUNT, region us-west-2
      Create one with `copilot app init`, or choose another profile (AWS_PROFILE) or region (AWS_REGION): an application's records live in the region it was created in.
    ");
    insta::assert_snapshot!(run(&["env", "ls", "--app", "gone"]), @r"
    exit code: 1
    ----- stderr -----
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
}

#[test]
fn without_a_region_nothing_is_asked() {
    let account = LocalAws::shared().account();
    let dir = tempfile::tempdir().unwrap();
    let mut command = program(dir.path(), &["app", "ls"]);
    command.envs(account.env()).env_remove("AWS_REGION");
    insta::assert_snapshot!(Run::of(command), @r"
    exit code: 1
    ----- stderr -----
    ✘ no AWS region is configured
      Set it for this shell with `export AWS_REGION=<region of the application>`, or for good as `region` in ~/.aws/config.
    ");
}

#[test]
fn an_application_is_chosen() {
    let world = World::seeded(App::new("zoo"), Workspace::new(LOCATION));
    world.roles_stack("v1.34.0");
    let outside = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = program(outside.path(), args);
        Run::of_command(command.envs(world.account.env()))
    };
    insta::assert_snapshot!(run(&["app", "show"]), @"
    exit code: 0
    ----- stdout -----
    About

      Name                  zoo
      Version               v1.34.0
      URI                   N/A
      Permissions Boundary  N/A

    Environments

      Name    AccountID  Region
      ----    ---------  ------

    Workloads

      Name    Type      Environments
      ----    ----      ------------

    Pipelines

      Name
      ----
    ----- stderr -----
    Found only one application, defaulting to: zoo
    ");
    insta::assert_snapshot!(run(&["app", "show", "--name", "gone"]), @r"
    exit code: 1
    ----- stderr -----
    Warning: Application gone is incomplete: there is no stack gone-infrastructure-roles. `copilot app init gone` creates what is missing.
    Warning: Application gone is incomplete: there is no stack set gone-infrastructure. `copilot app init gone` creates what is missing.
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
    // The workspace's application is not in this account.
    insta::assert_snapshot!(world.run(&["app", "show"]), @r"
    exit code: 1
    ----- stderr -----
    Warning: Application demo is incomplete: there is no stack demo-infrastructure-roles. `copilot app init demo` creates what is missing.
    Warning: Application demo is incomplete: there is no stack set demo-infrastructure. `copilot app init demo` creates what is missing.
    ✘ there is no application demo in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
    world.account.seed(App::new("bar").env(ENV)).unwrap();
    insta::assert_snapshot!(run(&["app", "show"]), @r"
    exit code: 2
    ----- stderr -----
    ✘ --name is missing and there is no terminal to ask on
      Pass --name with one of: bar, zoo.
    ");
    insta::assert_snapshot!(run(&["env", "ls", "--json"]), @r"
    exit code: 2
    ----- stderr -----
    ✘ --app is missing and there is no terminal to ask on
      Pass --app with one of: bar, zoo.
    ");
}

#[test]
fn a_workspace_that_names_no_application_is_told() {
    let world = World::seeded(App::new("zoo"), Workspace::new(LOCATION));
    world.workspace.file("copilot/.workspace", "applications: [zoo]\n");
    insta::assert_snapshot!(world.run(&["app", "show"]), @r"
    exit code: 1
    ----- stderr -----
    ✘ WORKSPACE/copilot/.workspace names no application
      Name the application with --app, or add the line `application: NAME`.
    ");
    std::fs::remove_file(world.workspace.path().join("copilot/.workspace")).unwrap();
    assert_eq!(world.run(&["env", "ls"]).code, Some(0));
}

#[test]
fn an_application_is_chosen_with_the_arrow_keys() {
    let world = World::seeded(App::new("zoo").env("zoo-env"), Workspace::new(LOCATION));
    world.account.seed(App::new("bar").env("bar-env")).unwrap();
    std::fs::remove_file(world.workspace.path().join("copilot/.workspace")).unwrap();
    let names = world.run(&["app", "ls"]).stdout;
    let second = names.lines().nth(1).unwrap();
    let mut terminal = in_terminal(&world, &["env", "ls"], 100);
    terminal.exp_string("Select an application").unwrap();
    terminal.send("\u{1b}[B").unwrap();
    terminal.send("\r").unwrap();
    terminal.flush().unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains(&format!("{second}-env is in account")), "{rest}");
}

#[test]
fn texts_from_outside_are_harmless() {
    let world = World::seeded(App::new("demo"), Workspace::new(LOCATION));
    world.roles_stack("v1.34.0");
    world.register("a\u{1b}[2Jb\nc", "Load\tBalanced\u{202e}");
    let run = world.run(&["app", "show"]);
    assert!(run.stdout.contains("  ab c    Load Balanced  -\n"), "{run}");
}
