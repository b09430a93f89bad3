//! `app delete`.

use std::time::Duration;

use super::{changes, demo, world};
use crate::local_aws::{App, Environment, LocalAws, REGION};
use crate::support::{ENV, JOB, LOCATION, Run, Workspace, World};

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

/// Two environments in two regions, with artifacts, images, secrets, and a repository that is somebody else's.
fn shop() -> World {
    let app = demo().environment(Environment::new("prod").region("eu-west-1")).tag("team", "data");
    let world = world(app);
    world.artifacts(REGION, 3);
    world.artifacts("eu-west-1", 2);
    for name in ["one", "two"] {
        world.record(&format!("/copilot/demo/test/secrets/{name}"), "t");
    }
    world
}

#[test]
fn an_application_with_everything() {
    let world = shop();
    let run = Run::answering(world.command(&["app", "delete"]), "y\n");
    insta::assert_snapshot!(world.outline(&run), @"
    exit code: 0
    ----- stderr -----
    Application demo, account ACCOUNT. To be deleted:
    - environment prod, account ACCOUNT, eu-west-1: stack demo-prod with everything in it, its roles and its record
    - environment test, account ACCOUNT, us-west-2: stack demo-test with everything in it, its roles and its record
    - what the application has in eu-west-1: bucket BUCKET with all artifacts
    - what the application has in us-west-2: bucket BUCKET with all artifacts
    - stack set demo-infrastructure
    - stack demo-infrastructure-roles
    - record /copilot/applications/demo
    - copilot/.workspace
    Kept:
    - manifests and all other files in the workspace
    - 2 secrets below /copilot/demo/test/secrets/ in SSM
    - log groups of functions, below /aws/lambda/demo-
    - the KMS key in eu-west-1, for the 30 days after which AWS deletes it
    - the KMS key in us-west-2, for the 30 days after which AWS deletes it

    Delete application demo? (y/N) Yes
    Kept: 2 secrets below /copilot/demo/test/secrets/ in SSM.
    Kept: log groups of functions, below /aws/lambda/demo-.
    Kept: the KMS key in eu-west-1, for the 30 days after which AWS deletes it.
    Kept: the KMS key in us-west-2, for the 30 days after which AWS deletes it.
    ✔ Deleted application demo.
    ");
    insta::assert_snapshot!(world.inventory(&[REGION, "eu-west-1"]), @"
    parameter /copilot/demo/test/secrets/one
    parameter /copilot/demo/test/secrets/two
    ");
    assert!(!world.workspace.path().join("copilot/.workspace").exists());
    assert!(world.workspace.path().join("copilot/report-gen/manifest.yml").exists());
}

/// Environments are deleted side by side.
#[test]
fn environments_side_by_side() {
    let world = world(demo().env("one").env("two"));
    for env in [ENV, "one", "two"] {
        world.account.pace(&format!("demo-{env}"), crate::local_aws::Pace::EndAfter(Duration::from_secs(2)));
    }
    let run = world.run(&["app", "delete", "--yes"]);
    assert_eq!(run.code, Some(0), "{run}");
    let calls = world.account.calls().of_program();
    let at = |name: &str, which: fn(&crate::local_aws::Call) -> std::time::Instant| {
        let found: Vec<_> = calls.0.iter().filter(|call| call.operation == name).map(which).collect();
        (found.iter().min().copied().unwrap(), found.iter().max().copied().unwrap())
    };
    let (first, _) = at("DeleteStack", |call| call.started);
    let deleted: Vec<_> = calls.0.iter().filter(|call| call.operation == "DeleteStack").collect();
    assert!(deleted[2].started - first < Duration::from_secs(2), "{deleted:?}");
}

#[test]
fn another_applications_workspace_stays() {
    let workspace = Workspace::new(LOCATION);
    workspace.file("copilot/.workspace", "application: other\n");
    let world = World::seeded(App::new("demo"), workspace);
    world.run(&["app", "delete", "--name", "demo", "--yes"]).succeeds();
    assert!(world.workspace.path().join("copilot/.workspace").exists());
}

#[test]
fn what_still_belongs_to_it() {
    let world =
        world(demo().environment(Environment::new("prod").region("eu-west-1")).job(JOB).job("mailer"));
    world.register("front", "Load Balanced Web Service");
    world.workload_stack(ENV, JOB);
    let pipeline = serde_json::json!({
        "pipeline": { "name": "main", "stages": [] },
        "tags": [{ "key": "copilot-application", "value": "demo" }],
    });
    world.emulated(REGION, |emulator| async move {
        emulator.json("codepipeline", "CodePipeline_20150709.CreatePipeline", &pipeline).await.unwrap();
    });
    insta::assert_snapshot!(world.said(&world.run(&["app", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ application demo was not deleted: 2 things are in the way
      | services still belong to application demo: front
      | pipelines still belong to application demo: main
      Delete services with AWS Copilot CLI, which deployed them: `copilot svc delete --app demo --name front`.
      Delete pipelines with AWS Copilot CLI, which set them up: `copilot pipeline delete --app demo --name main`.
    ");
    assert_eq!(changes(&world), Vec::<String>::new());
}

/// Jobs are deleted before the environments that they are in; what add-ons retain is told.
#[test]
fn an_application_with_jobs() {
    let world =
        world(demo().environment(Environment::new("prod").region("eu-west-1")).job(JOB).job("mailer"));
    world.workspace.file("copilot/report-gen/addons/items.yml", ITEMS);
    world
        .workspace
        .manifest(&format!("{LOCATION}storage:\n  volumes:\n    data: {{path: /data, efs: true}}\n"));
    for env in [ENV, "prod"] {
        world.run(&["job", "deploy", "--name", JOB, "--env", env]).succeeds();
    }
    world.images("demo/report-gen", 2);
    let run = Run::answering(world.command(&["app", "delete"]), "y\n");
    insta::assert_snapshot!(world.outline(&run), @"
    exit code: 0
    ----- stderr -----
    Application demo, account ACCOUNT. To be deleted:
    - job mailer: its record
    - job report-gen: stacks demo-prod-report-gen, demo-test-report-gen and its record
    - environment prod, account ACCOUNT, eu-west-1: stack demo-prod with everything in it, its roles and its record
    - environment test, account ACCOUNT, us-west-2: stack demo-test with everything in it, its roles and its record
    - what the application has in eu-west-1: bucket BUCKET with all artifacts; all images of demo/mailer, demo/report-gen
    - what the application has in us-west-2: bucket BUCKET with all artifacts; all images of demo/mailer, demo/report-gen
    - stack set demo-infrastructure
    - stack demo-infrastructure-roles
    - record /copilot/applications/demo
    - copilot/.workspace
    Kept:
    - manifests and all other files in the workspace
    - AWS::DynamoDB::Table demo-prod-report-gen-items in eu-west-1
    - AWS::DynamoDB::Table demo-test-report-gen-items in us-west-2
    - log groups of functions, below /aws/lambda/demo-
    - the KMS key in eu-west-1, for the 30 days after which AWS deletes it
    - the KMS key in us-west-2, for the 30 days after which AWS deletes it

    Delete application demo? (y/N) Yes
    Kept: AWS::DynamoDB::Table demo-prod-report-gen-items in eu-west-1.
    Kept: AWS::DynamoDB::Table demo-test-report-gen-items in us-west-2.
    Kept: log groups of functions, below /aws/lambda/demo-.
    Kept: the KMS key in eu-west-1, for the 30 days after which AWS deletes it.
    Kept: the KMS key in us-west-2, for the 30 days after which AWS deletes it.
    ✔ Deleted application demo.
    ");
    insta::assert_snapshot!(world.inventory(&[REGION, "eu-west-1"]), @"");
}

/// A protected stack of a job is found before anything is deleted.
#[test]
fn a_job_whose_stack_is_protected() {
    let world = world(demo().job(JOB));
    world.deploy(&[]).succeeds();
    world.protect(crate::support::STACK, true);
    let before = changes(&world).len();
    insta::assert_snapshot!(world.said(&world.run(&["app", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ application demo was not deleted: stack demo-test-report-gen has termination protection
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name demo-test-report-gen`, if the stack may go.
    ");
    assert_eq!(changes(&world).len(), before);
}

/// A job that cannot be deleted keeps the application, and the same command goes on.
#[test]
fn a_job_that_cannot_be_deleted() {
    let world = world(demo().job(JOB));
    world.deploy(&[]).succeeds();
    world.account.fault(crate::local_aws::Rule::deny("cloudformation:DeleteStack").times(1));
    insta::assert_snapshot!(world.outline(&world.run(&["app", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deleted: cloudformation:DeleteStack on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:DeleteStack
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DeleteStack on stack demo-test-report-gen.
    ");
    world.run(&["app", "delete", "--yes"]).succeeds();
    assert_eq!(world.inventory(&[REGION]), "");
}

/// The records may be gone before the rest, and the rest before the workspace's word for it.
#[test]
fn what_is_left_of_an_application() {
    let world = shop();
    let forget = |record: &str| {
        let name = serde_json::json!({ "Name": format!("/copilot/applications/demo{record}") });
        world.emulated(REGION, |emulator| async move {
            emulator.json("ssm", "AmazonSSM.DeleteParameter", &name).await.unwrap();
        });
    };
    forget("/environments/prod");
    insta::assert_snapshot!(world.said(&world.run(&["app", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ application demo was not deleted: stack demo-prod in eu-west-1 is of environment prod, of which there is no record
      Delete it first: `copilot env delete --app demo --name prod`.
    ");
    world.register_environment("prod");
    forget("");
    let run = world.run(&["app", "delete", "--yes"]);
    insta::assert_snapshot!(world.outline(&run), @"
    exit code: 0
    ----- stderr -----
    Warning: There is no record of application demo. What is left of it is deleted.
    Kept: 2 secrets below /copilot/demo/test/secrets/ in SSM.
    Kept: log groups of functions, below /aws/lambda/demo-.
    Kept: the KMS key in eu-west-1, for the 30 days after which AWS deletes it.
    Kept: the KMS key in us-west-2, for the 30 days after which AWS deletes it.
    ✔ Deleted application demo.
    ");
    insta::assert_snapshot!(world.inventory(&[REGION, "eu-west-1"]), @"
    parameter /copilot/demo/test/secrets/one
    parameter /copilot/demo/test/secrets/two
    ");
    world.workspace.file("copilot/.workspace", "application: demo\n");
    let again = world.run(&["app", "delete", "--yes"]);
    let said = world.said(&again).replace(world.workspace.path().to_str().unwrap(), "WORKSPACE");
    insta::assert_snapshot!(said, @"
    exit code: 0
    ----- stderr -----
    There is no application demo in account ACCOUNT, region us-west-2 any more; removed WORKSPACE/copilot/.workspace.
    ✔ Deleted application demo.
    ");
    insta::assert_snapshot!(world.said(&world.run(&["app", "delete", "--name", "demo", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no application demo in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
}

#[test]
fn an_environment_of_another_account_goes_as_well() {
    let other = LocalAws::shared().account();
    let world = world(demo().environment(Environment::new("prod").account(other.id())));
    world.run(&["app", "delete", "--yes"]).succeeds();
    insta::assert_snapshot!(world.inventory(&[REGION]), @"");
    let emulator = other.emulator();
    let left = LocalAws::shared().block_on(async move {
        let stacks = emulator.query("cloudformation", "DescribeStacks", &[]).await.unwrap_or_default();
        let roles = emulator.query("iam", "ListRoles", &[]).await.unwrap_or_default();
        (
            stacks.replace("DELETE_COMPLETE", "").matches("_COMPLETE<").count(),
            roles.matches("<RoleName>").count(),
        )
    });
    assert_eq!(left, (0, 0));
}
