//! `job deploy` against the local AWS, without building: the stack's life, calls, prompts.

use std::time::Duration;

use crate::local_aws::{App, Event, Rule, Script};
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};

/// Calls beside the polling of events: what a deployment costs however long it takes.
fn fixed_calls(world: &World, since: std::time::Instant) -> usize {
    let calls = world.account.calls_since(since).of_program();
    let polls = calls.count("cloudformation:DescribeStackEvents");
    let waits = calls.count("cloudformation:DescribeChangeSet").saturating_sub(1);
    calls.0.len() - polls - waits
}

#[test]
fn unchanged() {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
}

#[test]
fn create_then_unchanged_then_update() {
    let world = World::new(Workspace::new(LOCATION));
    let start = std::time::Instant::now();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - An IAM role to update your environment stack [create in progress]
    - An IAM role to update your environment stack [create complete] [TIME]
    - Update your environment's shared resources [create in progress]
    - Update your environment's shared resources [create complete] [TIME]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [create in progress]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [create complete] [TIME]
    - A CloudWatch log group to hold your service logs [create in progress]
    - A CloudWatch log group to hold your service logs [create complete] [TIME]
    - An IAM role to control permissions for the containers in your tasks [create in progress]
    - An IAM role to control permissions for the containers in your tasks [create complete] [TIME]
    - An ECS task definition to group your containers and run them on ECS [create in progress]
    - An ECS task definition to group your containers and run them on ECS [create complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [create in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [create complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [create in progress]
    - A state machine to invoke your job and handle retry and timeout logic [create complete] [TIME]
    - A CloudWatch event rule to trigger the job's state machine [create in progress]
    - A CloudWatch event rule to trigger the job's state machine [create complete] [TIME]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_eq!(world.parameter("ContainerImage").as_deref(), Some("registry.example/report-gen:1"));
    assert_eq!(world.parameter("Schedule").as_deref(), Some("cron(0 0 * * ? *)"));
    for (tag, value) in
        [("copilot-application", "demo"), ("copilot-environment", ENV), ("copilot-service", JOB)]
    {
        assert_eq!(world.tag(tag).as_deref(), Some(value));
    }
    let calls = world.account.calls_since(start).of_program();
    assert!(fixed_calls(&world, start) <= 17, "{:?}", calls.names());
    assert_eq!(calls.count("sts:AssumeRole"), 1);

    let start = std::time::Instant::now();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    let calls = world.account.calls_since(start).of_program();
    assert!(fixed_calls(&world, start) <= 13, "{:?}", calls.names());
    let left = world.cloudformation("ListChangeSets", &[("StackName", STACK)]).unwrap();
    assert!(!left.contains("FAILED"), "{left}");

    world.workspace.manifest(&format!("{LOCATION}variables:\n  LOG_LEVEL: debug\n"));
    let start = std::time::Instant::now();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [update in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [update complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [update in progress]
    - A state machine to invoke your job and handle retry and timeout logic [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert!(fixed_calls(&world, start) <= 14, "{:?}", world.account.calls_since(start).names());
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    assert!(template.contains("LOG_LEVEL"), "{template}");
}

#[test]
fn calls_that_do_not_depend_on_each_other_run_at_once() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.fault(Rule::on("*:*", crate::local_aws::Action::Delay(Duration::from_millis(50))));
    let start = std::time::Instant::now();
    world.deploy(&[]).succeeds();
    let calls = world.account.calls_since(start).of_program();
    let first_upload = calls.0.iter().find(|c| c.service == "s3").unwrap().started;
    let before = calls.filter(|call| call.started < first_upload);
    assert!(before.serial_depth() <= 4, "{} {:?}", before.serial_depth(), before.names());
}

#[test]
fn resource_tags_reach_the_stack() {
    let app = App::new("demo").env(ENV).job(JOB).tag("team", "data").tag("a", "from the application");
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.deploy(&["--resource-tags", "a=b,c=d", "--resource-tags=copilot-service=mine"]).succeeds();
    for (tag, value) in [("a", "b"), ("c", "d"), ("team", "data"), ("copilot-service", JOB)] {
        assert_eq!(world.tag(tag).as_deref(), Some(value), "{tag}");
    }
}

#[test]
fn detach_returns_once_the_change_set_is_executing() {
    let world = World::new(Workspace::new(LOCATION));
    insta::assert_snapshot!(world.deploy(&["--detach"]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    The deployment of stack demo-test-report-gen continues in AWS (arn:aws:cloudformation:us-west-2:ACCOUNT:stack/demo-test-report-gen/UUID). Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    assert_eq!(world.account.calls().count("cloudformation:DescribeStackEvents"), 0);
}

/// A creation that fails at its task role.
fn failing() -> Script {
    let role = |status, reason| Event::resource("TaskRole", "AWS::IAM::Role", status, reason);
    Script {
        events: vec![
            Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
            role("CREATE_IN_PROGRESS", ""),
            role("CREATE_FAILED", "Role name \u{9b}31mis too long"),
            Event::resource(
                "LogGroup",
                "AWS::Logs::LogGroup",
                "CREATE_FAILED",
                "Resource creation cancelled",
            ),
            Event::stack(
                "CREATE_FAILED",
                "The following resource(s) failed to create: [TaskRole, LogGroup].",
            ),
        ],
        every: Duration::ZERO,
    }
}

#[test]
fn no_rollback_leaves_a_failed_stack_and_says_how_to_go_on() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.script(STACK, failing());
    insta::assert_snapshot!(world.deploy(&["--no-rollback"]).outline(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - An IAM role to control permissions for the containers in your tasks [create failed] [TIME]: Role name is too long
    - A CloudWatch log group to hold your service logs [create failed] [TIME]: Resource creation cancelled
    - Creating the infrastructure for stack demo-test-report-gen [create failed] [TIME]: The following resource(s) failed to create: [TaskRole, LogGroup].
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as CREATE_FAILED: TaskRole (AWS::IAM::Role) is CREATE_FAILED: Role name is too long
      | LogGroup (AWS::Logs::LogGroup) is CREATE_FAILED: Resource creation cancelled
      The stack was not rolled back (--no-rollback). Fix the cause and deploy again, or go back with `aws cloudformation rollback-stack --stack-name demo-test-report-gen --role-arn arn:aws:iam::ACCOUNT:role/demo-test-CFNExecutionRole`.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");
}

#[test]
fn a_failed_deployment_names_its_cause() {
    let world = World::new(Workspace::new(LOCATION));
    let mut script = failing();
    script.events.pop();
    script.events.push(Event::stack(
        "ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [TaskRole].",
    ));
    script.events.push(Event::stack("ROLLBACK_COMPLETE", ""));
    world.account.script(STACK, script);
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - An IAM role to control permissions for the containers in your tasks [create failed] [TIME]: Role name is too long
    - A CloudWatch log group to hold your service logs [create failed] [TIME]: Resource creation cancelled
    - Creating the infrastructure for stack demo-test-report-gen [rollback in progress]: The following resource(s) failed to create: [TaskRole].
    - Creating the infrastructure for stack demo-test-report-gen [rollback complete] [TIME]
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as ROLLBACK_COMPLETE: TaskRole (AWS::IAM::Role) is CREATE_FAILED: Role name is too long
      | LogGroup (AWS::Logs::LogGroup) is CREATE_FAILED: Resource creation cancelled
      The next `copilot job deploy` deletes what is left of the stack and creates it anew.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");

    // The stack that is left over takes no change set: it is replaced.
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Stack demo-test-report-gen is left over from a failed creation (ROLLBACK_COMPLETE). It is deleted, then created anew.
    - Deleting stack demo-test-report-gen, left over from a failed creation [delete in progress]
    - Deleting stack demo-test-report-gen, left over from a failed creation [delete complete] [TIME]
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let calls = world.account.calls();
    assert_eq!(calls.count("cloudformation:DeleteStack"), 1, "{:?}", calls.names());
}

#[test]
fn a_single_job_and_environment_are_taken_without_asking() {
    let world = World::new(Workspace::new(LOCATION));
    insta::assert_snapshot!(world.run(&["job", "deploy"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    Only found one option, defaulting to: test
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn without_a_terminal_the_missing_flag_is_named() {
    let app = App::new("demo").env(ENV).env("prod").job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    insta::assert_snapshot!(world.run(&["job", "deploy", "--name", JOB]), @"
    exit code: 2
    ----- stderr -----
    ✘ --env is missing and there is no terminal to ask on
      Pass --env with one of: prod, test.
    ");
}

#[test]
fn a_stack_that_was_never_executed_is_deployed_over() {
    let world = World::new(Workspace::new(LOCATION));
    world.cloudformation(
        "CreateChangeSet",
        &[
            ("StackName", STACK),
            ("ChangeSetName", "left-behind"),
            ("ChangeSetType", "CREATE"),
            ("TemplateBody", r#"{"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}"#),
        ],
    );
    assert!(world.stack().unwrap().contains("REVIEW_IN_PROGRESS"));
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn interrupting_before_execution_leaves_nothing_behind() {
    for signal in ["INT", "TERM"] {
        let world = World::new(Workspace::new(LOCATION));
        world.account.fault(Rule::on(
            "cloudformation:DescribeChangeSet",
            crate::local_aws::Action::Delay(Duration::from_secs(2)),
        ));
        let started = world.start_deploy(&[]);
        world.wait_for_call("cloudformation:CreateChangeSet");
        started.signal(signal);
        insta::allow_duplicates! {
            insta::assert_snapshot!(started.finish(), @"
            exit code: 130
            ----- stderr -----
            Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
            Proposing infrastructure changes for stack demo-test-report-gen
            ✘ Proposing infrastructure changes for stack demo-test-report-gen
            ! interrupted: nothing was deployed, the change set was removed
            ");
        }
        assert!(world.stack().is_none_or(|stack| stack.contains("DELETE_COMPLETE")), "{:?}", world.stack());
    }
}

#[test]
fn a_leftover_with_the_same_template_is_replaced_too() {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    // From here on the stack shows as one whose creation was rolled back, with the template it has.
    world
        .account
        .script(STACK, Script { events: vec![Event::stack("ROLLBACK_COMPLETE", "")], every: Duration::ZERO });
    world.workspace.manifest(&LOCATION.replace("512", "1024"));
    world.deploy(&[]).ends_with(1);
    world.workspace.manifest(LOCATION);
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Stack demo-test-report-gen is left over from a failed creation (ROLLBACK_COMPLETE). It is deleted, then created anew.
    - Deleting stack demo-test-report-gen, left over from a failed creation [delete in progress]
    - Deleting stack demo-test-report-gen, left over from a failed creation [delete complete] [TIME]
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn subnets_are_found_by_their_tags() {
    let tagged = |tag: &str| {
        format!(
            "{LOCATION}network:\n  vpc:\n    placement:\n      subnets:\n        from_tags:\n          {tag}\n"
        )
    };
    let names = "Name: [copilot-demo-test-priv0, copilot-demo-test-priv1]";
    let world = World::new(Workspace::new(&tagged(names)));
    world.deploy(&[]).succeeds();
    let environment = world.cloudformation("DescribeStacks", &[("StackName", "demo-test")]).unwrap();
    let (_, output) = environment.split_once("<OutputKey>PrivateSubnets</OutputKey>").unwrap();
    let value = output.split_once("<OutputValue>").unwrap().1.split_once("</OutputValue>").unwrap().0;
    let mut expected: Vec<&str> = value.split(',').collect();
    expected.sort_unstable();
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    let places: Vec<usize> = expected.iter().map(|id| template.find(id).unwrap()).collect();
    assert!(places.is_sorted(), "{expected:?}");
    assert_eq!(world.account.calls().count("ec2:DescribeSubnets"), 1);

    world.workspace.manifest(&tagged("Team: nobody"));
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ network.vpc.placement.subnets.from_tags: no subnet of VPC vpc-ID carries all of these tags
      Check keys and values of the tags, or list the subnet ids under network.vpc.placement.subnets.
    ");

    world.account.fault(Rule::deny("ec2:DescribeSubnets"));
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ ec2:DescribeSubnets on the subnets failed: AccessDenied: User is not authorized to perform: ec2:DescribeSubnets
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow ec2:DescribeSubnets on the subnets.
    ");
    world.account.clear_faults();

    world
        .account
        .fault(Rule::error("ec2:DescribeSubnets", 503, "RequestLimitExceeded", "slow down").times(2));
    world.workspace.manifest(&tagged(names));
    world.deploy(&[]).succeeds();
}

#[test]
fn the_schedule_is_told_in_words_and_in_local_time() {
    let world = World::new(Workspace::new(&LOCATION.replace("@daily", "0 9 * * MON-FRI")));
    let mut command = world.deploying(&["--detach"]);
    insta::assert_snapshot!(Run::of_command(command.env("TZ", "XYZ-9")), @"
    exit code: 0
    ----- stderr -----
    Schedule: at 09:00 UTC on Monday to Friday (cron(0 9 ? * MON-FRI *)); next: DATE UTC (18:00 local), DATE UTC (18:00 local), DATE UTC (18:00 local)
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    The deployment of stack demo-test-report-gen continues in AWS (arn:aws:cloudformation:us-west-2:ACCOUNT:stack/demo-test-report-gen/UUID). Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    // Nothing rather than something wrong.
    let world = World::new(Workspace::new(&LOCATION.replace("@daily", "cron(0 9 L * ? *)")));
    insta::assert_snapshot!(world.deploy(&["--detach"]), @"
    exit code: 0
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    The deployment of stack demo-test-report-gen continues in AWS (arn:aws:cloudformation:us-west-2:ACCOUNT:stack/demo-test-report-gen/UUID). Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
}

#[test]
fn quiet_says_what_went_wrong_and_nothing_else() {
    let suspicious = format!("{LOCATION}imgae: x\n");
    let world = World::new(Workspace::new(&suspicious));
    assert_eq!(world.deploy(&["--quiet"]).succeeds(), "");
    assert_eq!(world.deploy(&["-q"]).succeeds(), "");
    insta::assert_snapshot!(world.deploy(&["--quiet=false"]), @"
    exit code: 0
    ----- stderr -----
    Warning: copilot/report-gen/manifest.yml:9:1: imgae: unknown field, ignored
      |
    9 | imgae: x
      | ^^^^^
    help: did you mean `image`?
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");

    let world = World::new(Workspace::new(&suspicious));
    let mut script = failing();
    script.events.push(Event::stack("ROLLBACK_COMPLETE", ""));
    world.account.script(STACK, script);
    insta::assert_snapshot!(world.deploy(&["-q"]), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as ROLLBACK_COMPLETE: TaskRole (AWS::IAM::Role) is CREATE_FAILED: Role name is too long
      | LogGroup (AWS::Logs::LogGroup) is CREATE_FAILED: Resource creation cancelled
      The next `copilot job deploy` deletes what is left of the stack and creates it anew.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");
}

#[test]
fn blocks_of_unknown_environments_are_told_when_the_environments_were_listed() {
    let manifest = format!("{LOCATION}environments:\n  tset:\n    cpu: 512\n");
    let world = World::new(Workspace::new(&manifest));
    insta::assert_snapshot!(world.run(&["job", "deploy"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    Only found one option, defaulting to: test
    Warning: copilot/report-gen/manifest.yml:11:5: environments.tset: the application has no such environment
       |
    11 |     cpu: 512
       |     ^^^^^^^^
    help: did you mean `test`?
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
}
