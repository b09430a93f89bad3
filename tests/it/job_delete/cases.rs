//! What went wrong for people who deleted jobs, here or with neighbouring tools.

use std::time::Duration;

use serde_json::json;

use super::{DELETE, delete, deployed, left};
use crate::deletion::changes;
use crate::local_aws::{Action, App, Event, Pace, REGION, Rule, Script};
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};

/// An answer of a JSON service.
fn answer(body: &serde_json::Value) -> Action {
    Action::Replace {
        status: 200,
        content_type: "application/x-amz-json-1.1".to_owned(),
        body: body.to_string(),
    }
}

/// A job with retries and a run of it, `r-1`, whose task is told by the cluster.
fn running() -> (World, String) {
    let world = World::new(Workspace::new(&format!("{LOCATION}retries: 3\n")));
    // A run that takes its time, without a container.
    let definition =
        json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 60, "End": true } } });
    let path = "/Resources/StateMachine/Properties/DefinitionString";
    let patch = json!([{ "op": "replace", "path": path, "value": definition.to_string() }]);
    world.workspace.file("copilot/report-gen/overrides/cfn.patches.yml", &patch.to_string());
    world.deploy(&[]).succeeds();
    let run = world.start_run("r-1");
    let task = format!("arn:aws:ecs:{REGION}:{}:task/cluster/0123", world.account.id());
    world.account.fault(Rule::on("ecs:ListTasks", answer(&json!({ "taskArns": [task] }))).times(2));
    world.account.fault(Rule::on("ecs:StopTask", answer(&json!({}))));
    (world, run)
}

/// Calls that stop something, and the deletion of the stack.
fn stops(world: &World) -> Vec<String> {
    let names = world.account.calls().of_program().names();
    let stops =
        |name: &String| ["StopExecution", "StopTask", "DeleteStack"].iter().any(|one| name.ends_with(one));
    names.into_iter().filter(stops).collect()
}

/// The run ends before its task, so that no retry starts; then the stack goes.
#[test]
fn a_run_in_progress() {
    let (world, _) = running();
    let no = Run::answering(world.command(&["job", "delete", "--name", JOB]), "n\n");
    assert!(world.said(&no).contains("1 run in progress is stopped: r-1"), "{no}");
    assert_eq!(stops(&world), Vec::<String>::new());
    let (world, execution) = running();
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Job report-gen, environment test: 1 run in progress is stopped: r-1.
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(stops(&world), ["states:StopExecution", "ecs:StopTask", "cloudformation:DeleteStack"]);
    // The state machine has taken it along.
    let input = json!({ "executionArn": execution });
    let run = world.account.asks("states", "AWSStepFunctions.DescribeExecution", input);
    assert!(run.unwrap_err().to_string().contains("ExecutionDoesNotExist"));
    // Nothing has made the group again.
    let groups =
        world.ask("logs", "Logs_20140328.DescribeLogGroups", json!({ "logGroupNamePrefix": "/copilot/" }));
    assert_eq!(groups["logGroups"].as_array().unwrap().len(), 0, "{groups}");
}

/// The manager role of an environment that AWS Copilot CLI deployed may not list or stop runs; the user may.
#[test]
fn runs_that_the_manager_role_does_not_see() {
    let (world, _) = running();
    world.account.fault(Rule::deny("states:ListExecutions").times(1));
    world.account.fault(Rule::deny("states:StopExecution").times(1));
    let said = world.outline(&delete(&world, &[]));
    assert!(said.contains("1 run in progress is stopped: r-1"), "{said}");
    assert_eq!(
        stops(&world),
        ["states:StopExecution", "states:StopExecution", "ecs:StopTask", "cloudformation:DeleteStack"]
    );
}

/// Where nobody may, the state machine takes its runs with it; a task that was stopped before would be started again.
#[test]
fn runs_that_nobody_sees() {
    let (world, _) = running();
    world.account.fault(Rule::deny("states:ListExecutions"));
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Job report-gen, environment test: 1 task in progress is stopped.
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(stops(&world), ["cloudformation:DeleteStack", "ecs:StopTask"]);

    let (world, _) = running();
    world.account.fault(Rule::deny("states:StopExecution"));
    let said = world.said(&delete(&world, &[]));
    let said: Vec<&str> = said.lines().filter(|line| line.contains("cannot be stopped")).collect();
    insta::assert_snapshot!(said.join("\n"), @"Warning: Run r-1 cannot be stopped (states:StopExecution on execution r-1 failed: AccessDenied: User is not authorized to perform: states:StopExecution). It ends with its state machine, which is deleted with the stack.");
    assert_eq!(stops(&world).last().unwrap(), "ecs:StopTask");
}

/// Only repositories that the application made are emptied.
#[test]
fn a_repository_of_somebody_else() {
    let app = App::new("demo").env(ENV);
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.register(JOB, "Scheduled Job");
    world.images("demo/report-gen", 3);
    let run = Run::answering(world.command(&["job", "delete", "--name", JOB]), "y\n");
    insta::assert_snapshot!(world.said(&run), @"
    exit code: 0
    ----- stderr -----
    Job report-gen of application demo. To be deleted:
    - its record /copilot/applications/demo/components/report-gen
    Kept:
    - files in the workspace, such as copilot/report-gen/manifest.yml
    - repository demo/report-gen in us-west-2, which application demo did not make

    Delete job report-gen of application demo? (y/N) Yes
    Kept: repository demo/report-gen in us-west-2, which application demo did not make.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(world.account.calls().of_program().count("ecr:BatchDeleteImage"), 0);
    insta::assert_snapshot!(left(&world), @"repository demo/report-gen");
}

/// A protected stack is found before anything is deleted; so is one that is busy.
#[test]
fn stacks_that_cannot_be_deleted_now() {
    let world = World::seeded(App::new("demo").env(ENV).env("prod").job(JOB), Workspace::new(LOCATION));
    for env in ["prod", ENV] {
        world.run(&["job", "deploy", "--name", JOB, "--env", env]).succeeds();
    }
    world.protect(STACK, true);
    world.account.pace("demo-prod-report-gen", Pace::EndAfter(Duration::from_secs(3600)));
    world.workspace.manifest(&format!("{LOCATION}variables: {{A: b}}\n"));
    world.run(&["job", "deploy", "--name", JOB, "--env", "prod", "--detach"]).succeeds();
    let before = changes(&world).len();
    insta::assert_snapshot!(world.said(&delete(&world, &[])), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deleted: 2 things are in the way
      | stack demo-prod-report-gen is busy: its update is going on (UPDATE_IN_PROGRESS)
      | stack demo-test-report-gen has termination protection
      Run the command again when that has ended.
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name demo-test-report-gen`, if the stack may go.
    ");
    assert_eq!(changes(&world).len(), before);
}

/// What add-ons retain is listed, and nothing of it is deleted.
#[test]
fn resources_that_are_retained() {
    let world = World::new(Workspace::new(LOCATION));
    world.workspace.file(
        "copilot/report-gen/addons/items.yml",
        "Parameters:
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
  queue:
    Type: AWS::SQS::Queue
",
    );
    world.deploy(&[]).succeeds();
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Kept: AWS::DynamoDB::Table demo-test-report-gen-items in us-west-2.
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(left(&world), "");
}

/// A resource that cannot be deleted is named with its reason, and the same command goes on after it is repaired.
#[test]
fn a_stack_that_cannot_be_deleted() {
    let world = deployed();
    let reason = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)";
    let events = vec![
        Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
        Event::resource("Data", "AWS::S3::Bucket", "DELETE_IN_PROGRESS", ""),
        Event::resource("Data", "AWS::S3::Bucket", "DELETE_FAILED", reason),
        Event::stack("DELETE_FAILED", "The following resource(s) failed to delete: [Data]."),
    ];
    let script = Script { events, every: Duration::from_millis(50) };
    world.account.story(STACK, "DeleteStack", script);
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deleted: stack demo-test-report-gen cannot be deleted: it ended as DELETE_FAILED: Data (AWS::S3::Bucket) is DELETE_FAILED: The bucket you tried to delete is not empty (Service: S3, Status Code: 409)
      Remove what keeps them from being deleted, then run the command again.
      Or give them up with `aws cloudformation delete-stack --stack-name demo-test-report-gen --retain-resources Data`; they then stay in the account, outside of any stack.
      What bucket Data-1 holds is yours and is not deleted by this program. If it may go: `aws s3 rm --recursive s3://Data-1`, with versioning also all versions (the console's Empty does both); then run this again.
      The job's images and its record stay until its stacks are gone. Run the command again then.
    ");
    insta::assert_snapshot!(left(&world), @"
    parameter /copilot/applications/demo/components/report-gen
    repository demo/report-gen
    role demo-test-report-gen-EnvControllerRole-ID
    role demo-test-report-gen-ExecutionRole-ID
    role demo-test-report-gen-RuleRole-ID
    role demo-test-report-gen-StateMachineRole-ID
    role demo-test-report-gen-TaskRole-ID
    stack demo-test-report-gen in us-west-2
    a place in the stack set
    ");
    delete(&world, &[]).succeeds();
    assert_eq!(left(&world), "");
}

/// The operation of the stack set fails: the record stays, and the same command goes on although the list lacks the job already.
#[test]
fn a_region_that_keeps_its_repository() {
    let world = deployed();
    let reason = "Resource handler returned message: \"internal error\"";
    world.account.fault(Rule::error("stackset:UpdateInstance", 400, "Failed", reason).times(1));
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @r#"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deleted: operation 2 of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: Resource handler returned message: "internal error"
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id 2`, remove the cause and run the command again.
    "#);
    insta::assert_snapshot!(left(&world), @"
    parameter /copilot/applications/demo/components/report-gen
    repository demo/report-gen
    ");
    delete(&world, &[]).succeeds();
    assert_eq!(left(&world), "");
}

/// An image is pushed after the repository was emptied.
#[test]
fn a_repository_that_fills_again() {
    let full = "ResourceLogicalId:ECRReporeportDASHgen, ResourceType:AWS::ECR::Repository, ResourceStatusReason:The repository \
                with name 'demo/report-gen' cannot be deleted because it still contains images";
    let once = deployed();
    once.account.fault(Rule::error("stackset:UpdateInstance", 400, "Failed", full).times(1));
    delete(&once, &[]).succeeds();
    assert_eq!(left(&once), "");
    let always = deployed();
    always.account.fault(Rule::error("stackset:UpdateInstance", 400, "Failed", full));
    insta::assert_snapshot!(always.outline(&delete(&always, &[])), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deleted: operation 4 of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: ResourceLogicalId:ECRReporeportDASHgen, ResourceType:AWS::ECR::Repository, ResourceStatusReason:The repository with name 'demo/report-gen' cannot be deleted because it still contains images
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id 4`, remove the cause and run the command again.
      Something pushes images all the time: 3 times what it pushed was removed. Stop it, then run the command again.
    ");
}

/// A job whose repository could not be made is listed and has no record; it can be deleted.
#[test]
fn a_job_that_was_never_registered() {
    let world = World::new(Workspace::new(LOCATION));
    world.ask(
        "ssm",
        "AmazonSSM.DeleteParameter",
        json!({ "Name": "/copilot/applications/demo/components/report-gen" }),
    );
    insta::assert_snapshot!(world.said(&world.run(&DELETE)), @"
    exit code: 0
    ----- stderr -----
    Warning: Application demo has no record of job report-gen. What is left of it is deleted.
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(left(&world), "");
}

/// A stack set that a newer version wrote would be set back.
#[test]
fn a_stack_set_of_a_newer_version() {
    let world = deployed();
    let newer = crate::app_upgrade::set_template(&world).replace("v1.34.1", "v9.0.0");
    world.gateway(
        "UpdateStackSet",
        &[("StackSetName", "demo-infrastructure"), ("TemplateBody", &newer), ("OperationId", "77")],
    );
    let before = changes(&world).len();
    insta::assert_snapshot!(world.said(&delete(&world, &[])), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deleted: application demo was changed by a newer version: the template of its stack set is v9.0.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or delete only the job's stacks, environment by environment: `copilot job delete --app demo --name report-gen --env NAME`.
    ");
    assert_eq!(changes(&world).len(), before);
    delete(&world, &["--env", ENV]).succeeds();
}
