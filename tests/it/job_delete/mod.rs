//! `job delete`, against the local AWS.

mod cases;
mod faults;
mod shared;

use hyper::Method;
use serde_json::{Value, json};

use crate::deletion::changes;
use crate::local_aws::{Account, App, Environment, LocalAws, REGION};
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};

pub(crate) const DELETE: [&str; 5] = ["job", "delete", "--name", JOB, "--yes"];

/// The application `demo` with the job `report-gen`, which is deployed to `test` and has two images there.
pub(crate) fn deployed() -> World {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.images("demo/report-gen", 2);
    world
}

/// Deletes with these flags, without a question.
fn delete(world: &World, flags: &[&str]) -> Run {
    world.run(&[&DELETE[..], flags].concat())
}

/// What there is of the job: stacks, repositories, records.
pub(crate) fn left(world: &World) -> String {
    let inventory = world.inventory(&[REGION]);
    let lines = inventory.lines().filter(|line| line.contains(JOB));
    let mut left: Vec<String> = lines.map(str::to_owned).collect();
    if world.stack_set().contains(JOB) {
        left.push("a place in the stack set".to_owned());
    }
    left.join("\n")
}

impl World {
    /// A call of a JSON service past the gateway.
    fn ask(&self, service: &'static str, target: &'static str, input: Value) -> Value {
        self.emulated(REGION, |emulator| async move { emulator.json(service, target, &input).await.unwrap() })
    }

    /// Starts a run of the deployed job.
    fn start_run(&self, name: &str) -> String {
        let machine = format!("arn:aws:states:{REGION}:{}:stateMachine:{STACK}", self.account.id());
        let input = json!({ "stateMachineArn": machine, "name": name });
        let started = self.ask("states", "AWSStepFunctions.StartExecution", input);
        started["executionArn"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_job_and_what_belongs_to_it() {
    let world = deployed();
    world.record("/copilot/demo/test/secrets/token", "t");
    let run = Run::answering(world.command(&["job", "delete", "--name", JOB]), "y\n");
    insta::assert_snapshot!(world.said(&run), @"
    exit code: 0
    ----- stderr -----
    Job report-gen of application demo. To be deleted:
    - environment test, account ACCOUNT, us-west-2: stack demo-test-report-gen with everything in it, such as the schedule, the state machine and the logs
    - repository demo/report-gen in us-west-2, with 2 images
    - its place in the application's stack set
    - its record /copilot/applications/demo/components/report-gen
    Kept:
    - files in the workspace, such as copilot/report-gen/manifest.yml
    - log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-

    Delete job report-gen of application demo? (y/N) Yes
    - Deleting stack demo-test-report-gen [delete in progress]
    - A CloudWatch event rule to trigger the job's state machine [delete in progress]
    - A CloudWatch event rule to trigger the job's state machine [delete complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [delete in progress]
    - A state machine to invoke your job and handle retry and timeout logic [delete complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [delete in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [delete complete] [TIME]
    - An ECS task definition to group your containers and run them on ECS [delete in progress]
    - An ECS task definition to group your containers and run them on ECS [delete complete] [TIME]
    - An IAM role to control permissions for the containers in your tasks [delete in progress]
    - An IAM role to control permissions for the containers in your tasks [delete complete] [TIME]
    - A CloudWatch log group to hold your service logs [delete in progress]
    - A CloudWatch log group to hold your service logs [delete complete] [TIME]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [delete in progress]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [delete complete] [TIME]
    - Update your environment's shared resources [delete in progress]
    - Update your environment's shared resources [delete complete] [TIME]
    - An IAM role to update your environment stack [delete in progress]
    - An IAM role to update your environment stack [delete complete] [TIME]
    - Deleting stack demo-test-report-gen [delete complete] [TIME]
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    insta::assert_snapshot!(world.inventory(&[REGION]), @"
    bucket BUCKET
    parameter /copilot/applications/demo
    parameter /copilot/applications/demo/environments/test
    parameter /copilot/demo/test/secrets/token
    role demo-adminrole
    role demo-executionrole
    role demo-test-CFNExecutionRole
    role demo-test-EnvManagerRole
    stack StackSet-demo-infrastructure-UUID in us-west-2
    stack demo-infrastructure-roles in us-west-2
    stack demo-test in us-west-2
    stack set demo-infrastructure
    ");
    assert_eq!(left(&world), "");
    assert!(world.workspace.path().join("copilot/report-gen/manifest.yml").exists());
    let calls = world.account.calls().of_program();
    let order: Vec<String> = calls.names().into_iter().filter(|name| changes_something(name)).collect();
    assert_eq!(
        order,
        [
            "cloudformation:DeleteStack",
            "ecr:BatchDeleteImage",
            "cloudformation:UpdateStackSet",
            "ssm:DeleteParameter"
        ]
    );
    // CloudFormation's own role deletes the stack, as it made it.
    let role = &world.app.environments[ENV].execution_role_arn;
    let deletion = calls.filter(|call| call.operation == "DeleteStack");
    assert_eq!(deletion.0.len(), 1);
    assert!(!role.is_empty());
    insta::assert_snapshot!(world.said(&delete(&world, &[])), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no job report-gen in application demo
      The application has no jobs.
    ");
}

fn changes_something(name: &str) -> bool {
    let operation = name.split(':').nth(1).unwrap_or_default();
    !["Describe", "List", "Get", "AssumeRole"].iter().any(|read| operation.starts_with(read))
        && !name.contains("CreateChangeSet")
        && !name.contains("ExecuteChangeSet")
        && !name.starts_with("s3:")
}

#[test]
fn questions_and_names() {
    let world = deployed();
    world.register("front", "Load Balanced Web Service");
    let changed = changes(&world).len();
    let mut told = crate::support::Told::default();
    let mut runs = |case: &str, args: &[&str], answer: Option<&str>| {
        let command = world.command(args);
        let run = match answer {
            Some(answer) => Run::answering(command, answer),
            None => Run::of(command),
        };
        let said = crate::support::without_times(&run.stderr);
        let end: Vec<&str> = said.lines().skip_while(|line| !line.contains('✘')).collect();
        told.note(case, &world, run.code.unwrap(), &end.join("\n"));
    };
    runs("no", &["job", "delete", "--name", JOB], Some("n\n"));
    runs("nobody to ask", &["job", "delete", "--name", JOB], None);
    runs("no such job", &["job", "delete", "--name", "gone", "--yes"], None);
    runs("a service", &["job", "delete", "--name", "front", "--yes"], None);
    runs("no such environment", &["job", "delete", "--name", JOB, "--env", "prod", "--yes"], None);
    runs("no such application", &["job", "delete", "--app", "other", "--name", JOB, "--yes"], None);
    runs("an empty flag", &["job", "delete", "--name", "", "--app", "", "--env", "gone"], None);
    insta::assert_snapshot!(told.all(), @"
    no (1):
    ✘ cancelled: nothing was deleted

    nobody to ask (2):
    ✘ --yes is missing and there is no terminal to ask on: nothing was deleted
      Pass --yes to delete without a question, or pipe `y` into the command.

    no such job (1):
    ✘ there is no job gone in application demo
      Jobs of demo: report-gen.

    a service (1):
    ✘ front is no job: /copilot/applications/demo/components/front says that it is a Load Balanced Web Service; nothing was deleted
      Delete services with AWS Copilot CLI, which deployed them: `copilot svc delete --app demo --name front`.

    no such environment (1):
    ✘ there is no environment prod in application demo
      Environments of demo: test.

    no such application (1):
    ✘ there is no application other in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.

    an empty flag (1):
    ✘ there is no environment gone in application demo
      Environments of demo: test.
    ");
    assert_eq!(changes(&world).len(), changed);
    // Outside of a workspace, with one job of one application.
    let mut command = world.command(&["job", "delete", "--yes"]);
    command.current_dir("/");
    insta::assert_snapshot!(world.outline(&Run::of(command)), @"
    exit code: 0
    ----- stderr -----
    Found only one application, defaulting to: demo
    Found only one job, defaulting to: report-gen
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    let none = World::seeded(App::new("demo").env(ENV), Workspace::new(LOCATION));
    insta::assert_snapshot!(none.said(&none.run(&["job", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ application demo has no jobs
      Create one with `copilot job init`.
    ");
}

/// Stacks go side by side; an environment to which the job was never deployed is no obstacle, nor is one that has only its roles.
#[test]
fn several_environments() {
    let eu = Environment::new("eu").region("eu-west-1");
    let bare = crate::support::environments::bootstrapped();
    let app = App::new("demo").env("prod").environment(eu).environment(bare).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    for env in ["prod", "eu"] {
        world.run(&["job", "deploy", "--name", JOB, "--env", env]).succeeds();
    }
    let run = Run::answering(world.command(&["job", "delete", "--name", JOB]), "y\n");
    insta::assert_snapshot!(world.outline(&run), @"
    exit code: 0
    ----- stderr -----
    Job report-gen of application demo. To be deleted:
    - environment eu, account ACCOUNT, eu-west-1: stack demo-eu-report-gen with everything in it, such as the schedule, the state machine and the logs
    - environment prod, account ACCOUNT, us-west-2: stack demo-prod-report-gen with everything in it, such as the schedule, the state machine and the logs
    - repository demo/report-gen in eu-west-1, which is empty
    - repository demo/report-gen in us-west-2, which is empty
    - its place in the application's stack set
    - its record /copilot/applications/demo/components/report-gen
    Kept:
    - files in the workspace, such as copilot/report-gen/manifest.yml
    - log groups of functions in eu-west-1, below /aws/lambda/demo-eu-report-gen-
    - log groups of functions in us-west-2, below /aws/lambda/demo-prod-report-gen-

    Delete job report-gen of application demo? (y/N) Yes
    Kept: log groups of functions in eu-west-1, below /aws/lambda/demo-eu-report-gen-.
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-prod-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(left(&world), "");
    assert!(!world.inventory(&["eu-west-1"]).contains(JOB));
}

/// One that fails does not keep the others, but the job stays registered.
#[test]
fn one_of_several_environments_fails() {
    let world = World::seeded(App::new("demo").env(ENV).env("prod").job(JOB), Workspace::new(LOCATION));
    for env in ["prod", ENV] {
        world.run(&["job", "deploy", "--name", JOB, "--env", env]).succeeds();
    }
    world.account.fault(crate::local_aws::Rule::deny("cloudformation:DeleteStack").about(STACK));
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen was not deleted: cloudformation:DeleteStack on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:DeleteStack
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DeleteStack on stack demo-test-report-gen.
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
    world.account.clear_faults();
    delete(&world, &[]).succeeds();
    assert_eq!(left(&world), "");
}

#[test]
fn one_environment_only() {
    let world = World::seeded(App::new("demo").env(ENV).env("prod").job(JOB), Workspace::new(LOCATION));
    for env in ["prod", ENV] {
        world.run(&["job", "deploy", "--name", JOB, "--env", env]).succeeds();
    }
    world.images("demo/report-gen", 1);
    let run = Run::answering(world.command(&["job", "delete", "--name", JOB, "--env", ENV]), "y\n");
    insta::assert_snapshot!(world.outline(&run), @"
    exit code: 0
    ----- stderr -----
    Job report-gen of application demo. To be deleted:
    - environment test, account ACCOUNT, us-west-2: stack demo-test-report-gen with everything in it, such as the schedule, the state machine and the logs
    Kept:
    - files in the workspace, such as copilot/report-gen/manifest.yml
    - its images, and the job in other environments
    - log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-

    Delete job report-gen from environment test? (y/N) Yes
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen from environment test.
    ");
    insta::assert_snapshot!(left(&world), @"
    parameter /copilot/applications/demo/components/report-gen
    repository demo/report-gen
    role demo-prod-report-gen-EnvControllerRole-ID
    role demo-prod-report-gen-ExecutionRole-ID
    role demo-prod-report-gen-RuleRole-ID
    role demo-prod-report-gen-StateMachineRole-ID
    role demo-prod-report-gen-TaskRole-ID
    stack demo-prod-report-gen in us-west-2
    a place in the stack set
    ");
    assert_eq!(world.account.calls().of_program().count("ecr:BatchDeleteImage"), 0);
    insta::assert_snapshot!(world.said(&delete(&world, &["--env", ENV])), @"
    exit code: 0
    ----- stderr -----
    Nothing was deleted: there is no stack demo-test-report-gen, and nothing else of job report-gen in environment test.
    ");
    delete(&world, &[]).succeeds();
    assert_eq!(left(&world), "");
}

/// Halves that other tools, people and broken-off runs leave.
#[test]
fn what_is_gone_already() {
    // The stack, by hand.
    let world = deployed();
    world.cloudformation("DeleteStack", &[("StackName", STACK)]).unwrap();
    world.settle(STACK);
    insta::assert_snapshot!(world.said(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(left(&world), "");

    // The record alone.
    let world = deployed();
    world.ask(
        "ssm",
        "AmazonSSM.DeleteParameter",
        json!({ "Name": "/copilot/applications/demo/components/report-gen" }),
    );
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Warning: Application demo has no record of job report-gen. What is left of it is deleted.
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(left(&world), "");

    // Everything but the record: the application's stack set is gone, too.
    let world = World::seeded(App::new("demo").job(JOB), Workspace::new(LOCATION));
    world.gateway("DeleteStackSet", &[("StackSetName", "demo-infrastructure")]);
    delete(&world, &[]).succeeds();
    assert_eq!(left(&world), "");

    // Environments and their roles, past this program.
    let world = deployed();
    world.emulated(REGION, |emulator| async move {
        emulator
            .query(
                "iam",
                "DeleteRolePolicy",
                &[("RoleName", "demo-test-EnvManagerRole"), ("PolicyName", "root")],
            )
            .await
            .ok();
        emulator.query("iam", "DeleteRole", &[("RoleName", "demo-test-EnvManagerRole")]).await.unwrap();
    });
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Warning: The manager role of environment test cannot be used (sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User: arn:aws:iam::ACCOUNT:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole). Your own credentials, which belong to its account, are used instead.
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(left(&world), "");
}

/// A stack of the job's name that is somebody else's, and one of a service whose record is gone.
#[test]
fn stacks_of_others_are_kept() {
    let world = World::new(Workspace::new(LOCATION));
    world.plain_stack(STACK, "Version: v1");
    world.workload_stack(ENV, "front");
    insta::assert_snapshot!(world.said(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Warning: Stack demo-test-report-gen does not carry the tags of job report-gen in environment test: somebody else made it, and it is kept.
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    ✔ Deleted job report-gen of application demo.
    ");
    insta::assert_snapshot!(world.said(&world.run(&["job", "delete", "--name", "front", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    Warning: Stack demo-test-front is not that of a job, and is kept.
    ✘ there is no job front in application demo
      The application has no jobs.
    ");
    insta::assert_snapshot!(world.inventory(&[REGION]).lines().filter(|line| line.starts_with("stack demo-test-")).collect::<Vec<_>>().join("\n"), @"
    stack demo-test-front in us-west-2
    stack demo-test-report-gen in us-west-2
    ");
}

/// Creates the job's stack in the environment `prod` of another account.
fn stack_in(account: &Account<'static>) {
    let emulator = account.emulator();
    LocalAws::shared().block_on(async move {
        let template = "Resources: {Logs: {Type: 'AWS::Logs::LogGroup'}}";
        let mut fields = vec![("StackName", "demo-prod-report-gen"), ("TemplateBody", template)];
        fields.extend([("Tags.member.1.Key", "copilot-application"), ("Tags.member.1.Value", "demo")]);
        fields.extend([("Tags.member.2.Key", "copilot-environment"), ("Tags.member.2.Value", "prod")]);
        fields.extend([("Tags.member.3.Key", "copilot-service"), ("Tags.member.3.Value", JOB)]);
        emulator.query("cloudformation", "CreateStack", &fields).await.unwrap();
        emulator.settled_stack("demo-prod-report-gen").await.unwrap();
    });
}

/// An environment whose account only a profile reaches.
#[test]
fn a_profile_in_place_of_the_manager_role() {
    let other = LocalAws::shared().account();
    let prod = Environment::new("prod").account(other.id());
    let world = World::seeded(App::new("demo").environment(prod).job(JOB), Workspace::new(LOCATION));
    stack_in(&other);
    world.account.fault(crate::local_aws::Rule::deny("sts:AssumeRole"));
    let told = |run: &Run| world.outline(run).replace(other.id(), "OTHER-ACCOUNT");
    insta::assert_snapshot!(told(&delete(&world, &[])), @"
    exit code: 1
    ----- stderr -----
    ✘ sts:AssumeRole on role arn:aws:iam::OTHER-ACCOUNT:role/demo-prod-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::OTHER-ACCOUNT:role/demo-prod-EnvManagerRole.
      Environment prod is in account OTHER-ACCOUNT, your credentials belong to account ACCOUNT. If the manager role is gone, run `copilot job delete --app demo --name report-gen --profile NAME` with a profile of account OTHER-ACCOUNT.
    ");
    let third = LocalAws::shared().account();
    let config = world.profiles(&[("admin", &other), ("stranger", &third)]);
    let with = |profile: &str| {
        let mut command = world.command(&[&DELETE[..], &["--profile", profile]].concat());
        command.env("AWS_CONFIG_FILE", &config);
        told(&Run::of(command)).replace(third.id(), "THIRD-ACCOUNT")
    };
    insta::assert_snapshot!(with("stranger"), @"
    exit code: 2
    ----- stderr -----
    ✘ the profile's credentials belong to account THIRD-ACCOUNT; prod is in account OTHER-ACCOUNT
      Pass --profile with a profile of an environment's account, or leave it out to use the manager roles.
    ");
    insta::assert_snapshot!(with("admin"), @"
    exit code: 0
    ----- stderr -----
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(left(&world), "");
}

/// A pipeline deploys the job again.
#[test]
fn pipelines_are_named() {
    let world = deployed();
    crate::deletion::env::pipeline(&world, "main", ENV);
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    If a pipeline deploys the job (main), it does so again until it is updated: `copilot pipeline deploy` of AWS Copilot CLI, which set it up.
    ✔ Deleted job report-gen of application demo.
    ");
}

/// Objects of the job in the artifact bucket are the region's; they stay.
#[test]
fn artifacts_stay() {
    let world = deployed();
    let bucket = world.app.regions[REGION].bucket.clone();
    let list = |world: &World| {
        let bucket = bucket.clone();
        world.emulated(REGION, |emulator| async move {
            let found =
                emulator.s3(Method::GET, &format!("/{bucket}?list-type=2"), Vec::new()).await.unwrap();
            String::from_utf8_lossy(found.body()).matches("<Key>").count()
        })
    };
    let before = list(&world);
    assert!(before > 0);
    delete(&world, &[]).succeeds();
    assert_eq!(list(&world), before);
}
