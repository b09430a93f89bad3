//! What only the first deployment of a job can run into: a job without a record, and things that an earlier job of its name has
//! left behind. All of it is told before anything is built, or else with the way out.

use std::time::Instant;

use serde_json::{Value, json};

use crate::deletion::changes;
use crate::local_aws::{Account, App, Environment, LocalAws, Rule};
use crate::support::{ENV, JOB, LOCATION, Workspace, World};

const GROUP: &str = "/copilot/demo-test-report-gen";

/// A call of CloudWatch Logs, past the gateway.
fn ask_logs(account: &Account<'_>, operation: &'static str, input: Value) {
    let emulator = account.emulator();
    LocalAws::shared()
        .block_on(async move { emulator.json("logs", &format!("Logs_20140328.{operation}"), &input).await })
        .unwrap();
}

/// Removes it again.
pub(crate) fn remove_log_group(account: &Account<'_>) {
    ask_logs(account, "DeleteLogGroup", json!({ "logGroupName": GROUP }));
}

/// A log group of the job's name in an account, with one line from the year 2026.
pub(crate) fn leave_log_group(account: &Account<'_>) {
    let call = |operation: &'static str, input: Value| {
        let emulator = account.emulator();
        LocalAws::shared()
            .block_on(
                async move { emulator.json("logs", &format!("Logs_20140328.{operation}"), &input).await },
            )
            .unwrap();
    };
    call("CreateLogGroup", json!({ "logGroupName": GROUP }));
    call("CreateLogStream", json!({ "logGroupName": GROUP, "logStreamName": "a" }));
    let events = json!([{ "timestamp": 1_780_000_000_000_u64, "message": "the last line" }]);
    call("PutLogEvents", json!({ "logGroupName": GROUP, "logStreamName": "a", "logEvents": events }));
}

#[test]
fn a_left_over_log_group_is_found_before_anything_is_done() {
    let world = World::new(Workspace::new(LOCATION));
    leave_log_group(&world.account);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ log group /copilot/demo-test-report-gen exists already, and stack demo-test-report-gen, which would make it, does not: it is left over (made DATE UTC, last written to DATE UTC, 13 bytes)
      Remove it with its logs: `aws logs delete-log-group --region us-west-2 --log-group-name /copilot/demo-test-report-gen`.
      To keep the logs, copy them to a bucket before: `aws logs create-export-task --region us-west-2 --log-group-name /copilot/demo-test-report-gen --from 0 --to $(date +%s)000 --destination BUCKET`.
      If it is there again after that, something still writes to it: a run of the job that was deleted, for example. Look at the tasks of environment test first.
    ");
    assert_eq!(changes(&world), Vec::<String>::new());
    // Before the question of --diff, too.
    assert!(world.deploy(&["--diff"]).ends_with(1).contains("exists already"));
    // What is packaged may be deployed elsewhere.
    assert_eq!(world.run(&["job", "package", "--name", JOB, "--env", ENV]).code, Some(0));
}

#[test]
fn a_left_over_log_group_in_another_account() {
    let other = LocalAws::shared().account();
    let app = App::new("demo").environment(Environment::new(ENV).account(other.id())).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    leave_log_group(&other);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ log group /copilot/demo-test-report-gen exists already, and stack demo-test-report-gen, which would make it, does not: it is left over (last written to DATE UTC)
      Remove it with its logs: `aws logs delete-log-group --region us-west-2 --log-group-name /copilot/demo-test-report-gen`.
      To keep the logs, copy them to a bucket before: `aws logs create-export-task --region us-west-2 --log-group-name /copilot/demo-test-report-gen --from 0 --to $(date +%s)000 --destination BUCKET`.
      If it is there again after that, something still writes to it: a run of the job that was deleted, for example. Look at the tasks of environment test first.
    ");
}

#[test]
fn a_log_group_that_the_stack_does_not_make() {
    let world = World::new(Workspace::new(LOCATION));
    leave_log_group(&world.account);
    let patch =
        "- op: replace\n  path: /Resources/LogGroup/Properties/LogGroupName\n  value: /elsewhere/report\n";
    world.workspace.file(&format!("copilot/{JOB}/overrides/cfn.patches.yml"), patch);
    world.deploy(&[]).succeeds();
}

/// Without the permission to look the deployment goes on, and CloudFormation finds the log group.
#[test]
fn a_left_over_log_group_that_nobody_may_look_for() {
    let world = World::new(Workspace::new(LOCATION));
    leave_log_group(&world.account);
    world.account.fault(Rule::deny("logs:DescribeLogStreams"));
    let said = world.deploy(&[]).ends_with(1);
    assert!(said.contains("A log group of this name was left by an earlier stack"), "{said}");
    // What failed is no left-over of somebody else: the next deployment removes it.
    world.account.clear_faults();
    let said = world.deploy(&[]).ends_with(1);
    assert!(said.contains("ROLLBACK_COMPLETE"), "{said}");
}

#[test]
fn a_job_that_is_not_registered() {
    let world = World::seeded(App::new("demo").env(ENV), Workspace::new(LOCATION));
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ there is no job report-gen registered in application demo in account ACCOUNT, region us-west-2
      Its manifest is in this workspace: register it with `copilot job init --app demo --name report-gen`.
    ");
    assert_eq!(changes(&world), Vec::<String>::new());
    assert_eq!(world.run(&["job", "package", "--name", JOB, "--env", ENV]).code, Some(0));
    world.register(JOB, "Backend Service");
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ report-gen of application demo is a Backend Service, not a scheduled job
      This program deals with scheduled jobs only; `copilot app show` lists all workloads.
    ");
    world.register(JOB, "Scheduled Job");
    world.deploy(&[]).succeeds();
}

#[test]
fn only_the_first_deployment_looks() {
    let world = World::new(Workspace::new(LOCATION));
    let looks = |since: Instant| {
        let calls = world.account.calls_since(since).of_program();
        let record = calls.0.iter().filter(|call| call.resource.contains("/components/")).count();
        (record, calls.count("logs:DescribeLogStreams"), calls.count("logs:DescribeLogGroups"))
    };
    let before = Instant::now();
    world.deploy(&[]).succeeds();
    assert_eq!(looks(before), (1, 1, 0));
    let before = Instant::now();
    world.deploy(&[]).succeeds();
    assert_eq!(looks(before), (0, 0, 0));
}

const ITEMS: &str = "Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
Resources:
  items:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub ${App}-${Env}-${Name}-items
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
";

/// A table that a deleted job has left behind stands in the way of the next job of its name.
#[test]
fn a_table_that_was_kept() {
    let world = World::new(Workspace::new(LOCATION));
    world.workspace.file("copilot/report-gen/addons/items.yml", ITEMS);
    let emulator = world.account.emulator();
    let table = json!({
        "TableName": "demo-test-report-gen-items", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    LocalAws::shared()
        .block_on(async move { emulator.json("dynamodb", "DynamoDB_20120810.CreateTable", &table).await })
        .unwrap();
    let run = world.deploy(&[]);
    let said = run.outline();
    let at = said.rfind("\n✘ ").unwrap_or_else(|| panic!("{said}"));
    insta::assert_snapshot!(crate::support::stable(&said[at + 1..], &world), @r#"
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as ROLLBACK_COMPLETE: AddonsStack (AWS::CloudFormation::Stack) is CREATE_FAILED: Resource handler returned message: "Resource of type 'AWS::DynamoDB::Table' with identifier 'demo-test-report-gen-items' already exists." (HandlerErrorCode: AlreadyExists)
      Something of this name exists outside of the stack. Delete it if nothing uses it, give the resource another name, or import it into the stack, then deploy again.
      The next `copilot job deploy` deletes what is left of the stack and creates it anew.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    "#);
    assert_eq!(run.code, Some(1));
}
