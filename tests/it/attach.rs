//! `--detach`, `--attach`, `--timeout`, `--express`, and polls that fail.

use std::time::{Duration, Instant};

use crate::local_aws::{Action, Event, Pace, Rule, Script};
use crate::support::{ENV, JOB, LOCATION, STACK, Told, Workspace, World};
use crate::talking::Talking;

fn script(millis: u64, events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(millis) }
}

fn role(status: &str, reason: &str) -> Event {
    Event::resource("TaskRole", "AWS::IAM::Role", status, reason)
}

#[test]
fn a_detached_deployment_is_followed_to_its_end() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3)));
    insta::assert_snapshot!(world.deploy(&["--detach"]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    The deployment of stack demo-test-report-gen continues in AWS (arn:aws:cloudformation:us-west-2:ACCOUNT:stack/demo-test-report-gen/UUID). Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    // As it was told.
    let command = "copilot job deploy --attach --app demo --env test --name report-gen";
    let before = world.account.calls().0.len();
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    // Neither a manifest nor a Docker Engine is needed for it.
    std::fs::remove_file(world.workspace.path().join("copilot/report-gen/manifest.yml")).unwrap();
    let mut command = world.command(&args);
    command.env("DOCKER_HOST", "unix:///nowhere.sock");
    insta::assert_snapshot!(crate::support::Run::of(command), @"
    exit code: 0
    ----- stderr -----
    - Following the creation of stack demo-test-report-gen [create in progress]
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
    - Following the creation of stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let calls = world.account.calls().of_program().0.split_off(before);
    let only_reads = ["GetParameter", "AssumeRole", "GetTemplate"];
    assert!(
        calls
            .iter()
            .all(|c| c.operation.starts_with("Describe") || only_reads.contains(&c.operation.as_str())),
        "{calls:?}"
    );
}

#[test]
fn at_rest_the_last_state_is_told() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    told.runs("nothing there", &world, world.deploying(&["--attach"]), 1);
    world.deploy(&[]).succeeds();
    told.runs("deployed", &world, world.deploying(&["--attach"]), 0);
    world.workspace.manifest(&LOCATION.replace("512", "1024"));
    world.account.script(
        STACK,
        script(
            0,
            vec![
                Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
                role("UPDATE_FAILED", "Role name is too long"),
                Event::resource("Rule", "AWS::Events::Rule", "UPDATE_FAILED", "Resource update cancelled"),
                Event::stack(
                    "UPDATE_ROLLBACK_IN_PROGRESS",
                    "The following resource(s) failed to update: [TaskRole].",
                ),
                Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
            ],
        ),
    );
    world.deploy(&[]).ends_with(1);
    told.runs("rolled back", &world, world.deploying(&["--attach"]), 1);
    told.runs("with other flags", &world, world.deploying(&["--attach", "--detach"]), 2);
    told.runs("without rollback", &world, world.deploying(&["--express", "--no-rollback"]), 2);
    told.runs("no duration", &world, world.deploying(&["--timeout", "5 minutes"]), 2);
    told.runs("skipping alone", &world, world.deploying(&["--resources-to-skip", "A"]), 2);
    insta::assert_snapshot!(told.all());
}

#[test]
fn attached_to_a_failing_update_the_exit_code_says_so() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.script(
        STACK,
        script(
            600,
            vec![
                Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
                role("UPDATE_IN_PROGRESS", ""),
                role("UPDATE_FAILED", "Role name is too long"),
                Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", ""),
                Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
            ],
        ),
    );
    world.deploy(&["--detach"]).succeeds();
    insta::assert_snapshot!(world.deploy(&["--attach"]).outline(), @"
    exit code: 1
    ----- stderr -----
    - Following the update of stack demo-test-report-gen [update in progress]
    - An IAM role to control permissions for the containers in your tasks [update failed] [TIME]: Role name is too long
    - Following the update of stack demo-test-report-gen [update rollback in progress]
    - Following the update of stack demo-test-report-gen [update rollback complete] [TIME]
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as UPDATE_ROLLBACK_COMPLETE: TaskRole (AWS::IAM::Role) is UPDATE_FAILED: Role name is too long
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");
}

#[test]
fn ctrl_c_while_attached_stops_only_the_following() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    world.deploy(&["--detach"]).succeeds();
    let mut attached = Talking::start(world.deploying(&["--attach"]));
    attached.wait_for("[create in progress]").signal("INT");
    insta::assert_snapshot!(attached.ends().outline(), @"
    exit code: 130
    ----- stderr -----
    - Following the creation of stack demo-test-report-gen [create in progress]
    ! interrupted: nothing was changed; the creation of stack demo-test-report-gen continues in AWS
      Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0);
}

#[test]
fn when_the_time_is_over_the_deployment_goes_on() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    let started = Instant::now();
    insta::assert_snapshot!(world.deploy(&["--timeout", "2s"]).outline(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    ✘ stack demo-test-report-gen has not come to rest after 2s (--timeout): its status is CREATE_IN_PROGRESS
      The operation in AWS is not affected. Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0);
}

#[test]
fn a_step_is_noticed_within_a_second() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(4)));
    let mut deploy = Talking::start(world.deploying(&[]));
    world.wait_for_call("cloudformation:ExecuteChangeSet");
    let executed = Instant::now();
    deploy.wait_for("Deployed report-gen");
    assert!(executed.elapsed() < Duration::from_secs(5), "{:?}", executed.elapsed());
    deploy.ends_with(0);
    let polls = world.account.calls().count("cloudformation:DescribeStackEvents");
    assert!(polls <= 30, "{polls}");
}

#[test]
fn express_mode_is_asked_for_with_rollback() {
    let world = World::new(Workspace::new(LOCATION));
    insta::assert_snapshot!(world.deploy(&["--express"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen. In Express mode its resources may take some more minutes to be ready.
    ");
    world.workspace.manifest(&LOCATION.replace("512", "1024"));
    world.deploy(&[]).succeeds();
    let sets = world.account.calls().filter(|call| call.operation == "CreateChangeSet");
    let field = |n: usize, name: &str| sets.0[n].field(name).map(str::to_owned);
    assert_eq!(field(0, "DeploymentConfig.Mode").as_deref(), Some("EXPRESS"));
    assert_eq!(field(0, "DeploymentConfig.DisableRollback").as_deref(), Some("false"));
    assert_eq!(field(1, "DeploymentConfig.Mode"), None);
    let executions = world.account.calls().filter(|call| call.operation == "ExecuteChangeSet");
    assert!(executions.0.iter().all(|call| call.field("DisableRollback").is_none()));
}

/// More failures in a row than the SDK repeats a call by itself.
#[test]
fn polls_that_fail_for_a_while_do_not_end_the_following() {
    let world = World::new(Workspace::new(LOCATION));
    let name = "cloudformation:DescribeStackEvents";
    world.account.fault(Rule::error(name, 503, "ServiceUnavailable", "busy").about(STACK).after(1).times(10));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(2)));
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    Warning: the progress of stack demo-test-report-gen cannot be read at the moment (cloudformation:DescribeStackEvents on stack demo-test-report-gen failed: ServiceUnavailable: busy). Trying again for some minutes; the operation in AWS is not affected.
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn credentials_that_end_early_are_renewed() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3)));
    world.account.fault(Rule::expired_token("cloudformation:DescribeStackEvents").after(2).times(1));
    world.deploy(&[]).succeeds();
    assert_eq!(world.account.calls().of_program().count("sts:AssumeRole"), 2);
}

#[test]
fn source_credentials_that_are_gone_are_told() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    world.account.fault(Rule::expired_token("cloudformation:DescribeStackEvents").after(2));
    world.account.fault(Rule::expired_token("sts:AssumeRole").after(1));
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    Warning: the progress of stack demo-test-report-gen cannot be read at the moment (cloudformation:DescribeStackEvents on stack demo-test failed: ExpiredToken: The security token included in the request is expired). Trying again for some minutes; the operation in AWS is not affected.
    ✘ the progress of stack demo-test-report-gen cannot be read; the operation continues in AWS: cloudformation:DescribeStackEvents on stack demo-test-report-gen was not sent: the credentials of the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole cannot be renewed: ExpiredToken: The security token included in the request is expired
      Sign in again (for example `aws sso login`), then run the command again.
      Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
}

#[test]
fn findings_of_early_validation_are_listed() {
    let world = World::new(Workspace::new(LOCATION));
    let reason = "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot \
                  Early Validation errors, use the DescribeEvents API for detailed failure information.";
    let answer = |action: &str, body: String| Action::Replace {
        status: 200,
        content_type: "text/xml".to_owned(),
        body: format!("<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"),
    };
    let failed = format!("<Status>FAILED</Status><StatusReason>{reason}</StatusReason>");
    world.account.fault(Rule::on("cloudformation:DescribeChangeSet", answer("DescribeChangeSet", failed)));
    let finding = "<OperationEvents><member><LogicalResourceId>Rule</LogicalResourceId><ResourceType>AWS::Events::Rule\
                   </ResourceType><ValidationStatusReason>#/State: value is not one of ENABLED</ValidationStatusReason>\
                   <ValidationPath>/Resources/Rule/Properties/State</ValidationPath></member></OperationEvents>";
    world
        .account
        .fault(Rule::on("cloudformation:DescribeEvents", answer("DescribeEvents", finding.to_owned())));
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: CloudFormation refuses the change set for stack demo-test-report-gen: The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.
      | Rule (AWS::Events::Rule): #/State: value is not one of ENABLED (at /Resources/Rule/Properties/State)
    ");
    let call = world.account.calls().filter(|call| call.operation == "DescribeEvents").0.remove(0);
    assert_eq!(call.field("Filters.FailedEvents"), Some("true"));
    assert!(call.field("ChangeSetName").is_some_and(|name| name.contains("changeSet/copilot-")), "{call:?}");
}

#[test]
fn flags_are_explained() {
    let world = World::new(Workspace::new(LOCATION));
    let help = world.run(&["job", "deploy", "--help"]).stdout;
    for flag in [
        "--attach",
        "--continue-rollback",
        "--express",
        "--recreate",
        "--resources-to-skip",
        "--timeout",
        "--wait-for-stack",
    ] {
        assert!(help.contains(flag), "{flag}: {help}");
    }
    assert!(help.contains(&format!("--name {JOB} --env {ENV} --attach")), "{help}");
}
