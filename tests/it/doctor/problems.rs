//! One world for each problem: what is said of it, and how the command ends.

use super::{deployed, doctor, json, report, with_logs};
use crate::local_aws::{Action, App, Environment, LocalAws, Rule};
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};

/// The report about a world.
fn judged(world: &World) -> String {
    report(Run::of(doctor(world, &[])))
}

#[test]
fn no_credentials() {
    let world = World::new(Workspace::new(LOCATION));
    let mut command = doctor(&world, &[]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    insta::assert_snapshot!(super::sorted(Run::of_command(&mut command)), @"
    exit code: 1
    ----- stdout -----
    - Lambda runtimes: no credentials that AWS accepts
    - application: no credentials that AWS accepts
    - clock: no credentials that AWS accepts
    - environment: no credentials that AWS accepts
    - image: no credentials that AWS accepts
    - last run: no credentials that AWS accepts
    - manager role: no credentials that AWS accepts
    - network: no credentials that AWS accepts
    - permissions boundary: no credentials that AWS accepts
    - regional resources: no credentials that AWS accepts
    - registration: no credentials that AWS accepts
    - repository: no credentials that AWS accepts
    - secrets: no credentials that AWS accepts
    - sidecars: no credentials that AWS accepts
    - stack set: no credentials that AWS accepts
    - stack: no credentials that AWS accepts
    - state machine logs: no credentials that AWS accepts
    - versions: no credentials that AWS accepts
    ✔ Docker Engine: not needed: no job of this workspace builds images
    ✔ manifest of report-gen in test: copilot/report-gen/manifest.yml can be deployed
    ✔ program: v1.35.0 at PROGRAM, which is not in PATH; it writes templates v1.34.1+rs.1.35.0
    ✘ credentials: no AWS credentials were found

    Failures

    ✘ credentials: no AWS credentials were found
      Sign in (`aws sso login`, `aws configure`) or export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then run the command again.

    Not checked

    - clock, application, versions, permissions boundary, stack set, regional resources, manager role, environment, stack, Lambda runtimes, registration, repository, image, secrets, network, sidecars, state machine logs, last run: no credentials that AWS accepts

    ✘ 3 ok, 0 warnings, 1 failure, 18 not checked
    ");
    assert!(world.account.calls().of_program().0.is_empty());
}

#[test]
fn credentials_that_have_expired() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.fault(Rule::expired_token("*:*"));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ credentials: sts:GetCallerIdentity on the caller's identity failed: ExpiredToken: The security token included in the request is expired
      The session of your own credentials has expired: sign in again (for example `aws sso login`) and repeat the command.

    Not checked

    - application, versions, permissions boundary, stack set, environment, registration of report-gen: no credentials that AWS accepts

    ✘ 4 ok, 0 warnings, 1 failure, 6 not checked
    ");
}

#[test]
fn names_that_are_not_there() {
    let world = World::new(Workspace::new(LOCATION));
    insta::assert_snapshot!(Run { stdout: String::new(), ..world.run(&["doctor", "--env", "nope"]) }, @"
    exit code: 1
    ----- stderr -----
    ✘ there is no environment nope in application demo
      Environments of demo: test.
    ");
    insta::assert_snapshot!(Run { stdout: String::new(), ..world.run(&["doctor", "--name", "nope"]) }, @"
    exit code: 1
    ----- stderr -----
    ✘ there is no job nope, neither here nor in application demo
      Jobs of demo: report-gen.
    ");
}

#[test]
fn a_role_that_may_not_be_assumed() {
    let world = deployed(Workspace::new(LOCATION));
    world.account.fault(Rule::deny("sts:AssumeRole"));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ manager role of test: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The role trusts the account that the application is in: the policies of arn:aws:iam::ACCOUNT:root must allow sts:AssumeRole on it, and no service control policy may forbid it.

    Not checked

    - versions, environment of test, stack of test, Lambda runtimes of test, stack of report-gen in test, Lambda runtimes of report-gen in test, image of report-gen in test, state machine logs of report-gen in test, last run of report-gen in test: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole

    ✘ 15 ok, 0 warnings, 1 failure, 9 not checked
    ");
}

/// What the caller's policies do not allow is not checked, whatever else is.
#[test]
fn calls_that_are_refused() {
    let world = deployed(Workspace::new(LOCATION));
    for operation in ["cloudformation:DescribeStackSet", "states:ListExecutions", "tag:GetResources"] {
        world.account.fault(Rule::deny(operation));
    }
    insta::assert_snapshot!(judged(&world), @"
    exit code: 0
    ----- stdout -----
    Not checked

    - versions, stack set, regional resources of test, repository of report-gen in test: cloudformation:DescribeStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSet
    - last run of report-gen in test: states:ListExecutions on state machine demo-test-report-gen failed: AccessDenied: User is not authorized to perform: states:ListExecutions

    ✔ 20 ok, 0 warnings, 0 failures, 5 not checked
    ");
}

#[test]
fn a_job_without_repository_and_record() {
    let app = App::new("demo").env(ENV);
    let world = World::seeded(app, Workspace::with_image());
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ Docker Engine: no Docker Engine answers; tried unix:///nowhere/docker.sock (DOCKER_HOST): there is no such socket
      Start the engine (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST to the one to use.
    ✘ registration of report-gen: demo has no job of this name
      $ copilot job init --app demo --name report-gen
    ✘ repository of report-gen in test: stack set demo-infrastructure does not list the job, and us-west-2 has no repository for it
      Images cannot be pushed without it. Deploy the job again when it is back.
      $ copilot doctor --fix --app demo --name report-gen

    ✘ 22 ok, 0 warnings, 3 failures, 0 not checked
    ");
}

#[test]
fn a_region_without_stack() {
    let world = deployed(Workspace::new(LOCATION));
    let answer = "<ListStackInstancesResponse><ListStackInstancesResult><Summaries/></ListStackInstancesResult></ListStackInstancesResponse>";
    let action =
        Action::Replace { status: 200, content_type: "text/xml".to_owned(), body: answer.to_owned() };
    world.account.fault(Rule::on("cloudformation:ListStackInstances", action));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ regional resources of test: stack set demo-infrastructure has no instance in us-west-2
      It has the bucket and the repositories for this region; the command creates them.
      $ copilot env init --app demo --name test --region us-west-2

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ");
}

#[test]
fn a_bucket_that_was_removed() {
    let world = deployed(Workspace::new(LOCATION));
    world.account.fault(Rule::error("s3:HeadBucket", 404, "NotFound", "gone"));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ regional resources of test: the artifact bucket BUCKET of us-west-2, which stack arn:aws:cloudformation:us-west-2:ACCOUNT:stack/StackSet-demo-infrastructure-UUID/UUID made, no longer exists
      Remove that stack and have it made again: empty the application's image repositories in us-west-2, run `aws cloudformation delete-stack-instances --stack-set-name demo-infrastructure --accounts ACCOUNT --regions us-west-2 --no-retain-stacks`, then `copilot env init` for the environment there. The images of the application's jobs in us-west-2 go with it: deploy the jobs again afterwards.

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ");
}

/// The image of the task definition that Amazon ECS has.
fn with_image(world: &World, image: &str) {
    let body = serde_json::json!({ "taskDefinition": {
        "containerDefinitions": [{ "name": JOB, "image": image }],
    }});
    world.account.fault(Rule::on("ecs:DescribeTaskDefinition", json(&body.to_string())));
    with_logs(world);
}

#[test]
fn images_that_cannot_be_started() {
    let world = deployed(Workspace::new(LOCATION));
    let mut told = String::new();
    for image in [
        ":abc",
        "@sha256:00",
        &format!("{}.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:gone", world.account.id()),
    ] {
        world.account.clear_faults();
        with_image(&world, image);
        told.push_str(&format!("{image}: {}", judged(&world)));
    }
    insta::assert_snapshot!(told.replace(world.account.id(), "ACCOUNT"), @"
    :abc: exit code: 1
    ----- stdout -----
    Failures

    ✘ image of report-gen in test: the image of container report-gen is `:abc`, which names no repository: the task cannot start
      The job had no repository when it was deployed. Deploy it again when it has one.
      $ copilot job deploy --app demo --name report-gen --env test

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    @sha256:00: exit code: 1
    ----- stdout -----
    Failures

    ✘ image of report-gen in test: the image of container report-gen is `@sha256:00`, which names no repository: the task cannot start
      The job had no repository when it was deployed. Deploy it again when it has one.
      $ copilot job deploy --app demo --name report-gen --env test

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:gone: exit code: 1
    ----- stdout -----
    Failures

    ✘ image of report-gen in test: image ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:gone is not in its repository
      Somebody deleted it, or a lifecycle policy did. The next deployment pushes one.
      $ copilot job deploy --app demo --name report-gen --env test

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ");
}

#[test]
fn secrets_that_the_task_may_not_read() {
    let secrets = "secrets:\n  GONE: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/GONE\n  \
                   KEPT: /copilot/demo/test/secrets/KEPT\n  DB:\n    secretsmanager: 'demo/db:password::'\n";
    let world = World::new(Workspace::new(&format!("{LOCATION}{secrets}")));
    world.run(&["secret", "init", "--name", "KEPT", "--values", "test=x"]);
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ secrets of report-gen in test: DB: Secrets Manager has no secret demo/db with the tags copilot-application and copilot-environment of the environment in account ACCOUNT, us-west-2
      If there is one without these tags, the command adds them; otherwise create it first.
      $ aws secretsmanager tag-resource --region us-west-2 --secret-id demo/db --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test
    ✘ secrets of report-gen in test: GONE: there is no parameter /copilot/demo/test/secrets/GONE in account ACCOUNT, us-west-2
      $ copilot secret init --app demo --name GONE

    ✘ 24 ok, 0 warnings, 2 failures, 0 not checked
    ");
}

#[test]
fn an_environment_that_is_not_deployed() {
    let app = App::new("demo").environment(Environment::new(ENV).version("bootstrap")).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ environment of test: it is not deployed: it has its roles and nothing else
      $ copilot env deploy --app demo --name test

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ");
}

#[test]
fn a_boundary_that_is_gone() {
    let app = App::new("demo").env(ENV).job(JOB).permissions_boundary("bounds");
    let world = World::seeded(app, Workspace::new(LOCATION));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ permissions boundary: there is no policy arn:aws:iam::ACCOUNT:policy/bounds, which bounds every role of the application
      Create it again: without it no role can be created or changed.

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ");
}

/// Simulations of policies deny what is allowed, and cannot be made for roles of the IAM Identity Center: nothing is simulated.
#[test]
fn no_policy_is_simulated() {
    let world = deployed(Workspace::new(LOCATION));
    for operation in ["iam:SimulatePrincipalPolicy", "iam:SimulateCustomPolicy"] {
        world.account.fault(Rule::deny(operation));
    }
    let run = Run::of(doctor(&world, &[]));
    assert_eq!(run.code, Some(0));
    let names = world.account.calls().names();
    assert!(!names.iter().any(|name| name.contains("Simulate")), "{names:?}");
}

#[test]
fn a_manifest_that_cannot_be_deployed() {
    let manifest = format!(
        "{}retries: 2\nsidecars:\n  proxy:\n    image: a/b:1\n    port: nine\n",
        LOCATION.replace("@daily", "0 0 31 2")
    );
    let world = World::new(Workspace::new(&manifest));
    insta::assert_snapshot!(judged(&world), @r#"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ manifest of report-gen in test: copilot/report-gen/manifest.yml:8: on.schedule: `0 0 31 2` is not a schedule: a cron schedule has five fields (minute, hour, day of month, month, day of week), not 4; copilot/report-gen/manifest.yml:13: sidecars.proxy.port: `nine` is not a port number between 0 and 65535
      write a cron schedule ("0 9 * * MON-FRI"), a preset ("@daily"), an interval ("@every 1h30m"), an AWS expression ("rate(5 minutes)", "cron(0 9 ? * 2-6 *)"), or "none" to run it by hand only

    Not checked

    - network of report-gen in test: no manifest that can be used says where the job runs

    ✘ 23 ok, 0 warnings, 1 failure, 1 not checked
    "#);
}

#[test]
fn sidecars_that_fail_a_run_and_steps_that_are_lost() {
    let manifest = format!(
        "{}retries: 2\nsidecars:\n  proxy:\n    image: a/b:1\n",
        LOCATION.replace("@daily", "0 9 */2 * *")
    );
    let world = World::new(Workspace::new(&manifest));
    insta::assert_snapshot!(judged(&world), @r#"
    exit code: 0
    ----- stdout -----
    Warnings

    ! manifest of report-gen in test: copilot/report-gen/manifest.yml:8: on.schedule: the step of a day field in `0 9 */2 * *` has no effect; the schedule becomes `cron(0 9 * * ? *)`, as the old tool made it
      write the days one by one ("1,3,5") to run on some days only
    ! sidecars of report-gen in test: a run fails and is repeated when proxy exits with an error, although the job itself succeeded
      Let the sidecars exit with 0 when they are stopped, or set `retries` to 0. A container that is stopped after the main one exits with 143, or with 137 when it does not end in time.

    ! 23 ok, 2 warnings, 0 failures, 0 not checked
    "#);
}

/// What somebody did by hand behind the stack.
#[test]
fn a_rule_that_is_disabled_and_logs_that_are_off() {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.account.fault(Rule::on("events:DescribeRule", json(r#"{"State":"DISABLED"}"#)));
    let logging = r#"{"loggingConfiguration":{"level":"OFF"}}"#;
    world.account.fault(Rule::on("states:DescribeStateMachine", json(logging)));
    let executions = r#"{"executions":[{"name":"run-1","status":"FAILED","startDate":1795000000.5}]}"#;
    world.account.fault(Rule::on("states:ListExecutions", json(executions)));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 0
    ----- stdout -----
    Warnings

    ! schedule of report-gen in test: paused: the rule is disabled, so nothing starts every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
      $ copilot job resume --app demo --name report-gen --env test
    ! state machine logs of report-gen in test: executions are not logged any more, so past runs are known from elsewhere only, or not at all
      Somebody switched it off: the template has it on.
      $ aws stepfunctions update-state-machine --region us-west-2 --state-machine-arn arn:aws:states:us-west-2:ACCOUNT:stateMachine:demo-test-report-gen --logging-configuration 'level=ALL,includeExecutionData=true,destinations=[{cloudWatchLogsLogGroup={logGroupArn=arn:aws:logs:us-west-2:ACCOUNT:log-group:/copilot/demo-test-report-gen:*}}]'
    ! last run of report-gen in test: run-1 of DATE UTC failed (FAILED)
      $ copilot job runs --app demo --env test --name report-gen run-1

    ! 22 ok, 3 warnings, 0 failures, 0 not checked
    ");
}

/// The manager roles of older environments may not list executions; the user may.
#[test]
fn executions_that_only_the_user_may_list() {
    let world = deployed(Workspace::new(LOCATION));
    world.account.fault(Rule::deny("states:ListExecutions").times(1));
    let run = Run::of(doctor(&world, &[]));
    assert!(run.stdout.contains("last run of report-gen in test: none yet"), "{run}");
    world.account.fault(Rule::deny("states:ListExecutions"));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 0
    ----- stdout -----
    Not checked

    - last run of report-gen in test: states:ListExecutions on state machine demo-test-report-gen failed: AccessDenied: User is not authorized to perform: states:ListExecutions

    ✔ 24 ok, 0 warnings, 0 failures, 1 not checked
    ");
}

#[test]
fn a_stack_that_is_stuck() {
    let world = deployed(Workspace::new(LOCATION));
    let stack = world.stack().unwrap().replace("CREATE_COMPLETE", "UPDATE_ROLLBACK_FAILED");
    let action = Action::Replace { status: 200, content_type: "text/xml".to_owned(), body: stack };
    world.account.fault(Rule::on("cloudformation:DescribeStacks", action).about(STACK));
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ stack of report-gen in test: stack demo-test-report-gen is UPDATE_ROLLBACK_FAILED
      $ copilot job deploy --app demo --name report-gen --env test --continue-rollback

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ");
}

#[test]
fn no_engine_to_build_with() {
    let world = World::new(Workspace::with_image());
    insta::assert_snapshot!(judged(&world), @"
    exit code: 1
    ----- stdout -----
    Failures

    ✘ Docker Engine: no Docker Engine answers; tried unix:///nowhere/docker.sock (DOCKER_HOST): there is no such socket
      Start the engine (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST to the one to use.

    ✘ 24 ok, 0 warnings, 1 failure, 0 not checked
    ");
}

/// Of an environment in another account less is seen, and the rest is as elsewhere.
#[test]
fn an_environment_in_another_account() {
    let other = LocalAws::shared().account();
    let app = App::new("demo").environment(Environment::new(ENV).account(other.id())).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    insta::assert_snapshot!(judged(&world).replace(other.id(), "OTHER"), @"
    exit code: 0
    ----- stdout -----
    ✔ 25 ok, 0 warnings, 0 failures, 0 not checked
    ");
}
