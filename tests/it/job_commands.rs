//! `job ls` and `job show`, against the local AWS.

use std::time::{Duration, Instant};

use crate::local_aws::{Action, App, Environment, LocalAws, Rule};
use crate::support::terminal::{bytes, in_terminal};
use crate::support::{ENV, JOB, LOCATION, Run, Told, Workspace, World, program, without_times};

fn shop() -> World {
    let app = App::new("demo").env(ENV).environment(Environment::new("prod").region("eu-west-1")).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.register("front", "Backend Service");
    world
}

#[test]
fn jobs_are_listed() {
    let world = shop();
    insta::assert_snapshot!(world.run(&["job", "ls"]), @"
    exit code: 0
    ----- stdout -----
    Name                Type
    ----                ----
    report-gen          Scheduled Job
    ");
    insta::assert_snapshot!(world.run(&["job", "ls", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"jobs":[{"app":"demo","name":"report-gen","type":"Scheduled Job"}]}
    "#);
    let calls = world.account.calls().of_program();
    insta::assert_snapshot!(format!("{:?}", calls.counts()), @r#"{"ssm:GetParameter": 2, "ssm:GetParametersByPath": 2}"#);
    let empty = World::seeded(App::new("demo"), Workspace::empty());
    insta::assert_snapshot!(empty.run(&["job", "ls"]), @"
    exit code: 0
    ----- stdout -----
    Name                Type
    ----                ----
    ----- stderr -----
    Found only one application, defaulting to: demo
    ");
    insta::assert_snapshot!(empty.run(&["job", "ls", "--app", "demo", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"jobs":null}
    "#);
    insta::assert_snapshot!(empty.run(&["job", "ls", "--app", "gone"]), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
    insta::assert_snapshot!(empty.run(&["job", "ls", "--app", "demo", "--local"]), @"
    exit code: 1
    ----- stderr -----
    ✘ no `copilot` directory in WORKSPACE or up to 4 directories above it
      Run the command inside a project that AWS Copilot or copilot set up.
    ");
}

/// What is in the workspace and what is registered need not be the same.
#[test]
fn jobs_on_one_side_only() {
    let world = World::seeded(App::new("demo").env(ENV).job("cloud-only").job(JOB), Workspace::new(LOCATION));
    world.workspace.file("copilot/local-only/manifest.yml", &LOCATION.replace(JOB, "local-only"));
    insta::assert_snapshot!(world.run(&["job", "ls"]), @"
    exit code: 0
    ----- stdout -----
    Name                Type
    ----                ----
    cloud-only          Scheduled Job
    report-gen          Scheduled Job
    ----- stderr -----
    In this workspace, but not registered in application demo: local-only. Register with `copilot job init --name local-only`.
    ");
    insta::assert_snapshot!(world.run(&["job", "ls", "--local", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"jobs":[{"app":"demo","name":"report-gen","type":"Scheduled Job"}]}
    ----- stderr -----
    In this workspace, but not registered in application demo: local-only. Register with `copilot job init --name local-only`.
    "#);
    world.register("elsewhere", "Scheduled Job");
    world.record("/copilot/applications/other", r#"{"name":"other","account":"1","version":"1.0"}"#);
    insta::assert_snapshot!(world.run(&["job", "ls", "--app", "other"]), @"
    exit code: 0
    ----- stdout -----
    Name                Type
    ----                ----
    ");
}

#[test]
fn a_job_is_shown_where_it_is_deployed() {
    let world = shop();
    world.deploy(&[]).succeeds();
    world.account.fault(Rule::on("*:*", Action::Delay(Duration::from_millis(100))));
    let before = Instant::now();
    let run = world.run(&["job", "show", "--name", JOB]);
    world.account.clear_faults();
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stdout -----
    About

      Name             report-gen
      Type             Scheduled Job
      Application      demo
      Manifest         copilot/report-gen/manifest.yml
      Not deployed to  prod

    Environment test

      Account        ACCOUNT
      Region         us-west-2
      Image          registry.example/report-gen:1
      Schedule       every day at 00:00 UTC (cron(0 0 * * ? *))
      Next runs      DATE UTC
                     DATE UTC
                     DATE UTC
      Last deployed  DATE UTC
      Stack          demo-test-report-gen (CREATE_COMPLETE)
      Version        v1.34.1+rs.1.35.0
    ");
    let calls = world.account.calls_since(before).of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:DescribeStackResources": 2,
        "cloudformation:DescribeStacks": 2,
        "cloudformation:GetTemplate": 2,
        "ecs:DescribeTaskDefinition": 1,
        "ssm:GetParameter": 2,
        "ssm:GetParametersByPath": 1,
        "sts:AssumeRole": 2,
    }
    "#);
    // Records, roles, what there is, the task definition. One after the other there would be twelve.
    assert!(calls.serial_depth() <= 6, "{:?}", calls.names());
    insta::assert_snapshot!(without_stamps(&world.run(&["job", "show"]).stdout), @"
    exit code: 0
    ----- stdout -----
    About

      Name             report-gen
      Type             Scheduled Job
      Application      demo
      Manifest         copilot/report-gen/manifest.yml
      Not deployed to  prod

    Environment test

      Account        ACCOUNT
      Region         us-west-2
      Image          registry.example/report-gen:1
      Schedule       every day at 00:00 UTC (cron(0 0 * * ? *))
      Next runs      DATE UTC
                     DATE UTC
                     DATE UTC
      Last deployed  DATE UTC
      Stack          demo-test-report-gen (CREATE_COMPLETE)
      Version        v1.34.1+rs.1.35.0
    ");
    insta::assert_snapshot!(without_stamps(&world.run(&["job", "show", "--name", JOB, "--json"]).stdout), @r#"
    exit code: 0
    ----- stdout -----
    {"app":"demo","name":"report-gen","type":"Scheduled Job","manifest":"copilot/report-gen/manifest.yml","environments":[{"name":"prod","accountID":"ACCOUNT","region":"eu-west-1","deployed":false,"deployment":null},{"name":"test","accountID":"ACCOUNT","region":"us-west-2","deployed":true,"deployment":{"stack":"demo-test-report-gen","status":"CREATE_COMPLETE","lastDeployed":"TIME","version":"v1.34.1+rs.1.35.0","image":"registry.example/report-gen:1","schedule":{"expression":"cron(0 0 * * ? *)","words":"every day at 00:00 UTC","paused":false,"nextRuns":["TIME","TIME","TIME"]}}}]}
    "#);
    let mut elsewhere = program(&std::env::temp_dir(), &["job", "show", "--app", "demo"]);
    let run = Run::of_command(elsewhere.envs(world.account.env()).env("TZ", "Asia/Tokyo"));
    let deployed = regex::Regex::new(r"(Last deployed.*UTC) .*local\)").unwrap();
    insta::assert_snapshot!(deployed.replace(&run.to_string(), "$1 (TIME local)"), @"
    exit code: 0
    ----- stdout -----
    About

      Name             report-gen
      Type             Scheduled Job
      Application      demo
      Manifest         not in this workspace
      Not deployed to  prod

    Environment test

      Account        ACCOUNT
      Region         us-west-2
      Image          registry.example/report-gen:1
      Schedule       every day at 00:00 UTC (cron(0 0 * * ? *))
      Next runs      DATE UTC (09:00 local)
                     DATE UTC (09:00 local)
                     DATE UTC (09:00 local)
      Last deployed  DATE UTC (TIME local)
      Stack          demo-test-report-gen (CREATE_COMPLETE)
      Version        v1.34.1+rs.1.35.0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    ");
}

/// The output without times that JSON holds.
fn without_stamps(text: &str) -> String {
    let stamp = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let text = stamp.replace_all(text, "TIME");
    Run { code: Some(0), stdout: text.into_owned(), stderr: String::new() }.to_string()
}

/// The task definition counts, not the parameter that the template may have ignored.
#[test]
fn an_overridden_image_is_shown() {
    let world = World::new(Workspace::new(LOCATION));
    let patch = "- op: replace\n  path: /Resources/TaskDefinition/Properties/ContainerDefinitions/0/Image\n  value: patched:2\n";
    world.workspace.file(&format!("copilot/{JOB}/overrides/cfn.patches.yml"), patch);
    world.deploy(&[]).succeeds();
    let image = |world: &World| {
        let shown = world.run(&["job", "show", "--name", JOB]).stdout;
        shown.lines().find(|line| line.contains("Image")).unwrap().trim().to_owned()
    };
    assert_eq!(image(&world), "Image          patched:2");
    world.account.fault(Rule::deny("ecs:DescribeTaskDefinition"));
    assert_eq!(image(&world), "Image          registry.example/report-gen:1");
}

#[test]
fn an_environment_that_cannot_be_entered_is_a_warning() {
    let other = LocalAws::shared().account();
    let app = App::new("demo").env(ENV).environment(Environment::new("far").account(other.id())).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.account.fault(Rule::deny("sts:AssumeRole").about("demo-far-"));
    let run = world.run(&["job", "show", "--name", JOB]);
    insta::assert_snapshot!(run.to_string().replace(other.id(), "OTHER"), @"
    exit code: 0
    ----- stdout -----
    About

      Name         report-gen
      Type         Scheduled Job
      Application  demo
      Manifest     copilot/report-gen/manifest.yml
      Unknown for  far

    Environment test

      Account        ACCOUNT
      Region         us-west-2
      Image          registry.example/report-gen:1
      Schedule       every day at 00:00 UTC (cron(0 0 * * ? *))
      Next runs      DATE UTC
                     DATE UTC
                     DATE UTC
      Last deployed  DATE UTC
      Stack          demo-test-report-gen (CREATE_COMPLETE)
      Version        v1.34.1+rs.1.35.0
    ----- stderr -----
    Warning: It is not known what of job report-gen is deployed in environment far: sts:AssumeRole on role arn:aws:iam::OTHER:role/demo-far-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::OTHER:role/demo-far-EnvManagerRole.
    ");
    let run = world.run(&["job", "show", "--name", JOB, "--json"]);
    insta::assert_snapshot!(without_stamps(&run.stdout.replace(other.id(), "OTHER")), @r#"
    exit code: 0
    ----- stdout -----
    {"app":"demo","name":"report-gen","type":"Scheduled Job","manifest":"copilot/report-gen/manifest.yml","environments":[{"name":"far","accountID":"OTHER","region":"us-west-2","deployed":null,"deployment":null},{"name":"test","accountID":"ACCOUNT","region":"us-west-2","deployed":true,"deployment":{"stack":"demo-test-report-gen","status":"CREATE_COMPLETE","lastDeployed":"TIME","version":"v1.34.1+rs.1.35.0","image":"registry.example/report-gen:1","schedule":{"expression":"cron(0 0 * * ? *)","words":"every day at 00:00 UTC","paused":false,"nextRuns":["TIME","TIME","TIME"]}}}]}
    "#);
}

#[test]
fn jobs_that_are_not_there() {
    let mut told = Told::default();
    let world = shop();
    world.workspace.file("copilot/local/manifest.yml", &LOCATION.replace(JOB, "local"));
    for (case, args) in [
        ("unknown", &["--name", "nope"][..]),
        ("not registered", &["--name", "local"]),
        ("a service", &["--name", "front"]),
        ("another application", &["--app", "gone", "--name", JOB]),
        ("hostile", &["--name", "a\u{1b}[31mb\u{202e}"]),
    ] {
        let run = world.run(&[&["job", "show"], args].concat());
        assert_eq!(run.stdout, "", "{case}");
        told.note(case, &world, run.code.unwrap(), &run.stderr);
    }
    let empty = World::seeded(App::new("demo").env(ENV), Workspace::new(LOCATION));
    let run = empty.run(&["job", "show"]);
    told.note("none", &empty, run.code.unwrap(), &run.stderr);
    let run = empty.run(&["job", "show", "--name", JOB]);
    told.note("none of that name", &empty, run.code.unwrap(), &run.stderr);
    insta::assert_snapshot!(told.all(), @"
    unknown (1):
    ✘ there is no job nope registered in application demo in account ACCOUNT, region us-west-2
      Jobs of demo: report-gen.

    not registered (1):
    ✘ there is no job local registered in application demo in account ACCOUNT, region us-west-2
      Its manifest is in this workspace: register it with `copilot job init --app demo --name local`.

    a service (1):
    ✘ front of application demo is a Backend Service, not a scheduled job
      This program deals with scheduled jobs only; `copilot app show` lists all workloads.

    another application (1):
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.

    hostile (1):
    ✘ there is no job ab registered in application demo in account ACCOUNT, region us-west-2
      Jobs of demo: report-gen.

    none (1):
    ✘ application demo has no jobs
      Create one first: `copilot job init`.

    none of that name (1):
    ✘ there is no job report-gen registered in application demo in account ACCOUNT, region us-west-2
      Its manifest is in this workspace: register it with `copilot job init --app demo --name report-gen`.
    ");
}

#[test]
fn records_drive_no_terminal() {
    let world = World::new(Workspace::new(LOCATION));
    let hostile = r#"{"app":"demo","name":"odd\u001b[31m\nname\u202e","type":"Scheduled Job"}"#;
    world.record("/copilot/applications/demo/components/odd", hostile);
    for args in [&["job", "ls"][..], &["job", "ls", "--json"], &["job", "show", "--name", "odd"]] {
        let mut terminal = in_terminal(&world, args, 100);
        let shown = String::from_utf8(bytes(&terminal.exp_eof().unwrap())).unwrap();
        assert!(!shown.contains("\u{1b}[31m") && !shown.contains('\u{202e}'), "{shown:?}");
        assert!(shown.contains("odd"), "{shown:?}");
    }
}

/// Each call refused: which call, on what, as whom, and what to do.
#[test]
fn each_call_refused() {
    let mut told = Told::default();
    let world = shop();
    world.deploy(&[]).succeeds();
    for (command, operation) in [
        ("ls", "ssm:GetParameter"),
        ("ls", "ssm:GetParametersByPath"),
        ("show", "ssm:GetParameter"),
        ("show", "ssm:GetParametersByPath"),
        ("show", "sts:AssumeRole"),
        ("show", "cloudformation:DescribeStacks"),
        ("show", "cloudformation:GetTemplateSummary"),
        ("show", "cloudformation:DescribeStackResources"),
    ] {
        world.account.clear_faults();
        world.account.fault(Rule::deny(operation));
        let args: &[&str] = if command == "ls" { &["job", "ls"] } else { &["job", "show", "--name", JOB] };
        let run = world.run(args);
        told.note(&format!("{command}, {operation}"), &world, run.code.unwrap(), &without_times(&run.stderr));
    }
    insta::assert_snapshot!(told.all(), @"
    ls, ssm:GetParameter (1):
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    ls, ssm:GetParametersByPath (1):
    ✘ ssm:GetParametersByPath on path /copilot/applications/demo/components/ failed: AccessDenied: User is not authorized to perform: ssm:GetParametersByPath
      The call was made with your own credentials, whose policies must allow ssm:GetParametersByPath on path /copilot/applications/demo/components/.

    show, ssm:GetParameter (1):
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    show, ssm:GetParametersByPath (1):
    ✘ ssm:GetParametersByPath on path /copilot/applications/demo/environments/ failed: AccessDenied: User is not authorized to perform: ssm:GetParametersByPath
      The call was made with your own credentials, whose policies must allow ssm:GetParametersByPath on path /copilot/applications/demo/environments/.

    show, sts:AssumeRole (0):
    Warning: It is not known what of job report-gen is deployed in environment prod: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole.
    Warning: It is not known what of job report-gen is deployed in environment test: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole.

    show, cloudformation:DescribeStacks (0):
    Warning: It is not known what of job report-gen is deployed in environment prod: cloudformation:DescribeStacks on stack demo-prod-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks. The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole, whose policies must allow cloudformation:DescribeStacks on stack demo-prod-report-gen.
    Warning: It is not known what of job report-gen is deployed in environment test: cloudformation:DescribeStacks on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks. The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DescribeStacks on stack demo-test-report-gen.

    show, cloudformation:GetTemplateSummary (0):


    show, cloudformation:DescribeStackResources (0):
    ");
}
