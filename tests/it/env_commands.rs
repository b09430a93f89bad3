//! `env ls` and `env show`, against the local AWS.

use crate::local_aws::{App, Environment, Rule};
use crate::support::terminal::{bytes, in_terminal};
use crate::support::{ENV, JOB, LOCATION, Told, Workspace, World};

fn shop() -> World {
    let app = App::new("demo")
        .env(ENV)
        .environment(Environment::new("prod").region("eu-west-1"))
        .job(JOB)
        .tag("team", "a&b");
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.register("front", "Backend Service");
    for workload in ["front", JOB, "unregistered"] {
        world.workload_stack(ENV, workload);
    }
    world
}

/// The output without ids that the emulator makes up.
fn stable(text: &str) -> String {
    let is_id = |word: &str| ["vpc-", "subnet-", "sg-"].iter().any(|prefix| word.starts_with(prefix));
    let mut told = String::new();
    for part in text.split_inclusive(['"', ' ', '\n']) {
        let bare = part.trim_end_matches(['"', ' ', '\n']);
        match is_id(bare) {
            true => told.push_str(&format!("{}-ID{}", bare.split('-').next().unwrap(), &part[bare.len()..])),
            false => told.push_str(part),
        }
    }
    told
}

#[test]
fn environments_are_listed() {
    let world = shop();
    insta::assert_snapshot!(world.run(&["env", "ls"]), @r"
    exit code: 0
    ----- stdout -----
    prod
    test
    ----- stderr -----
    prod is in account ACCOUNT, region eu-west-1; test is in account ACCOUNT, region us-west-2
    ");
    insta::assert_snapshot!(world.run(&["env", "ls", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"environments":[{"app":"demo","name":"prod","region":"eu-west-1","accountID":"ACCOUNT","registryURL":"","executionRoleARN":"arn:aws:iam::ACCOUNT:role/demo-prod-CFNExecutionRole","managerRoleARN":"arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole"},{"app":"demo","name":"test","region":"us-west-2","accountID":"ACCOUNT","registryURL":"","executionRoleARN":"arn:aws:iam::ACCOUNT:role/demo-test-CFNExecutionRole","managerRoleARN":"arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole"}]}
    "#);
    insta::assert_snapshot!(world.run(&["env", "ls", "--app", "gone"]), @r"
    exit code: 1
    ----- stderr -----
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
    let empty = World::seeded(App::new("demo"), Workspace::new(LOCATION));
    insta::assert_snapshot!(empty.run(&["env", "ls"]), @"exit code: 0");
    insta::assert_snapshot!(empty.run(&["env", "ls", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"environments":null}
    "#);
    insta::assert_snapshot!(empty.run(&["env", "show"]), @r"
    exit code: 1
    ----- stderr -----
    ✘ application demo has no environments
      Create one first: `copilot env init`.
    ");
}

#[test]
fn an_environment_is_shown() {
    let world = shop();
    let run = world.run(&["env", "show", "--name", ENV]);
    insta::assert_snapshot!(run, @r"
    exit code: 0
    ----- stdout -----
    About

      Name        test
      Region      us-west-2
      Account ID  ACCOUNT

    Workloads

      Name        Type
      ----        ----
      front       Backend Service
      report-gen  Scheduled Job

    Tags

      Key                  Value
      ---                  -----
      copilot-application  demo
      copilot-environment  test
      team                 a&b
    ");
    let calls = world.account.calls().of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:DescribeStacks": 1,
        "ssm:GetParameter": 2,
        "ssm:GetParametersByPath": 1,
        "sts:AssumeRole": 1,
        "tagging:GetResources": 1,
    }
    "#);
    insta::assert_snapshot!(stable(&world.run(&["env", "show", "--name", ENV, "--resources"]).to_string()), @r"
    exit code: 0
    ----- stdout -----
    About

      Name        test
      Region      us-west-2
      Account ID  ACCOUNT

    Workloads

      Name        Type
      ----        ----
      front       Backend Service
      report-gen  Scheduled Job

    Tags

      Key                  Value
      ---                  -----
      copilot-application  demo
      copilot-environment  test
      team                 a&b

    Resources

      AWS::IAM::Role           demo-test-CFNExecutionRole
      AWS::ECS::Cluster        demo-test-Cluster
      AWS::IAM::Role           demo-test-EnvManagerRole
      AWS::EC2::VPC            vpc-ID
      AWS::EC2::SecurityGroup  sg-ID
      AWS::EC2::Subnet         subnet-ID
      AWS::EC2::Subnet         subnet-ID
      AWS::EC2::Subnet         subnet-ID
      AWS::EC2::Subnet         subnet-ID
    ");
    insta::assert_snapshot!(stable(&world.run(&["env", "show", "--name", ENV, "--json"]).to_string()), @r#"
    exit code: 0
    ----- stdout -----
    {"environment":{"app":"demo","name":"test","region":"us-west-2","accountID":"ACCOUNT","registryURL":"","executionRoleARN":"arn:aws:iam::ACCOUNT:role/demo-test-CFNExecutionRole","managerRoleARN":"arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole"},"services":[{"app":"demo","name":"front","type":"Backend Service"}],"jobs":[{"app":"demo","name":"report-gen","type":"Scheduled Job"}],"tags":{"copilot-application":"demo","copilot-environment":"test","team":"a\u0026b"},"environmentVPC":{"id":"vpc-ID","publicSubnetIDs":["subnet-ID","subnet-ID"],"privateSubnetIDs":["subnet-ID","subnet-ID"]}}
    "#);
    let resources = world.run(&["env", "show", "--name", ENV, "--json", "--resources"]).stdout;
    let about: serde_json::Value = serde_json::from_str(&resources).unwrap();
    assert!(about["resources"].as_array().unwrap().len() > 5, "{resources}");
}

#[test]
fn an_environment_is_chosen() {
    let world = shop();
    insta::assert_snapshot!(world.run(&["env", "show"]), @r"
    exit code: 2
    ----- stderr -----
    ✘ --name is missing and there is no terminal to ask on
      Pass --name with one of: prod, test.
    ");
    let one = World::new(Workspace::new(LOCATION));
    insta::assert_snapshot!(one.run(&["env", "show", "--manifest"]), @r"
    exit code: 0
    ----- stdout -----
    name: test
    type: Environment
    ----- stderr -----
    Found only one environment, defaulting to: test
    ");
    insta::assert_snapshot!(one.run(&["env", "show", "--name", "gone"]), @r"
    exit code: 1
    ----- stderr -----
    ✘ there is no environment gone in application demo
      Environments of demo: test.
    ");
    insta::assert_snapshot!(one.run(&["env", "show", "--app", "gone", "--name", ENV]), @r"
    exit code: 1
    ----- stderr -----
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
}

#[test]
fn the_manifest_stands_alone() {
    let world = World::new(Workspace::new(LOCATION));
    for flag in ["--json", "--resources"] {
        let run = world.run(&["env", "show", "--name", ENV, "--manifest", flag]);
        assert_eq!(run.code, Some(2), "{run}");
    }
    assert!(world.account.calls().names().is_empty());
}

#[test]
fn a_manifest_drives_no_terminal() {
    let world = World::new(Workspace::new(LOCATION));
    world.plain_stack("demo-odd", r#"Manifest: "name: odd # \u009b2Ja\u202eb""#);
    let record = format!(
        r#"{{"name":"odd","region":"us-west-2","accountID":"1","executionRoleARN":"e","managerRoleARN":"{}"}}"#,
        world.app.environments[ENV].manager_role_arn
    );
    world.record("/copilot/applications/demo/environments/odd", &record);
    let args = ["env", "show", "--name", "odd", "--manifest"];
    assert_eq!(world.run(&args).stdout, "name: odd # \u{9b}2Ja\u{202e}b\n");
    let mut terminal = in_terminal(&world, &args, 100);
    let shown = String::from_utf8(bytes(&terminal.exp_eof().unwrap())).unwrap();
    assert!(shown.contains("name: odd # ab\r\n"), "{shown:?}");
}

/// Records from before environments had manifests hold what a manifest says today.
#[test]
fn an_environment_without_a_manifest_gets_one_from_its_record() {
    let world = World::new(Workspace::new(LOCATION));
    world.plain_stack("demo-old", "Version: v1.9.0");
    let environment = &world.app.environments[ENV];
    let record = format!(
        r#"{{"app":"demo","name":"old","region":"us-west-2","accountID":"{}","registryURL":"","executionRoleARN":"{}","managerRoleARN":"{}","customConfig":{{"importVPC":{{"id":"vpc-1","publicSubnetIDs":["subnet-1","subnet-2"],"privateSubnetIDs":null}}}},"telemetry":{{"containerInsights":true}}}}"#,
        world.account.id(),
        environment.execution_role_arn,
        environment.manager_role_arn
    );
    world.record("/copilot/applications/demo/environments/old", &record);
    insta::assert_snapshot!(world.run(&["env", "show", "--name", "old", "--manifest"]), @r"
    exit code: 0
    ----- stdout -----
    name: old
    type: Environment
    network:
      vpc:
        id: vpc-1
        subnets:
          public:
            - id: subnet-1
            - id: subnet-2
    observability:
      container_insights: true
    ----- stderr -----
    Stack demo-old holds no manifest: this one is made of what the environment's record holds.
    ");
}

#[test]
fn a_record_without_a_stack_is_told() {
    let world = World::new(Workspace::new(LOCATION));
    let record = format!(
        r#"{{"app":"demo","name":"lost","region":"us-west-2","accountID":"{}","executionRoleARN":"e","managerRoleARN":"{}"}}"#,
        world.account.id(),
        world.app.environments[ENV].manager_role_arn
    );
    world.record("/copilot/applications/demo/environments/lost", &record);
    for flags in [&[][..], &["--resources"], &["--manifest"]] {
        let run = world.run(&[&["env", "show", "--name", "lost"], flags].concat());
        insta::allow_duplicates! {
            insta::assert_snapshot!(run, @r"
            exit code: 1
            ----- stderr -----
            ✘ environment lost has no stack demo-lost in account ACCOUNT, region us-west-2
              Its record is there, but the stack was deleted or never created. `copilot env init --name lost` creates it.
            ");
        }
    }
    world.record("/copilot/applications/demo/environments/lost", "[]");
    insta::assert_snapshot!(world.run(&["env", "show", "--name", "lost"]), @"
    exit code: 1
    ----- stderr -----
    ✘ SSM parameter /copilot/applications/demo/environments/lost holds no record of an environment: it is a list and not an object
      Look at it with `aws ssm get-parameter --name /copilot/applications/demo/environments/lost`; AWS Copilot wrote it as one JSON object.
    ");
}

/// Each call refused: which call, on what, as whom, and what to do.
#[test]
fn each_call_refused() {
    let mut told = Told::default();
    let world = shop();
    for (operation, flags) in [
        ("ssm:GetParameter", &[][..]),
        ("ssm:GetParametersByPath", &[]),
        ("sts:AssumeRole", &[]),
        ("cloudformation:DescribeStacks", &[]),
        ("tagging:GetResources", &[]),
        ("cloudformation:DescribeStackResources", &["--resources"]),
        ("cloudformation:GetTemplateSummary", &["--manifest"]),
    ] {
        world.account.clear_faults();
        world.account.fault(Rule::deny(operation));
        let run = world.run(&[&["env", "show", "--name", ENV], flags].concat());
        assert_eq!(run.stdout, "", "{operation}");
        told.note(operation, &world, run.code.unwrap(), &run.stderr);
    }
    insta::assert_snapshot!(told.all(), @r"
    ssm:GetParameter (1):
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    ssm:GetParametersByPath (1):
    ✘ ssm:GetParametersByPath on path /copilot/applications/demo/components/ failed: AccessDenied: User is not authorized to perform: ssm:GetParametersByPath
      The call was made with your own credentials, whose policies must allow ssm:GetParametersByPath on path /copilot/applications/demo/components/.

    sts:AssumeRole (1):
    ✘ sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole.

    cloudformation:DescribeStacks (1):
    ✘ cloudformation:DescribeStacks on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DescribeStacks on stack demo-test.

    tagging:GetResources (1):
    ✘ tag:GetResources on the stacks of environment test failed: AccessDenied: User is not authorized to perform: tagging:GetResources
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow tag:GetResources on the stacks of environment test.

    cloudformation:DescribeStackResources (1):
    ✘ cloudformation:DescribeStackResources on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackResources
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DescribeStackResources on stack demo-test.

    cloudformation:GetTemplateSummary (1):
    ✘ cloudformation:GetTemplateSummary on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplateSummary
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:GetTemplateSummary on stack demo-test.
    ");
}
