//! Who may read executions: neither the manager role of an older environment, nor perhaps the user.

use super::listed::shown;
use super::{JOB, STACK, ending, job, long, short, telling};
use crate::local_aws::{Action, Caller, Rule};
use crate::local_runs::task_in;
use crate::support::World;

/// The manager role may not read or stop executions; nor may the user, when told so.
fn refusing(world: &World, own_too: bool) {
    for call in ["DescribeExecution", "ListExecutions", "GetExecutionHistory", "StopExecution"] {
        let rule = Rule::deny(&format!("states:{call}"));
        world.account.fault(if own_too { rule } else { rule.of_roles() });
    }
}

#[test]
fn the_users_own_credentials_are_tried() {
    let world = telling("", &[short().exit(JOB, 3)]);
    refusing(&world, false);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen failed after TIME: exit code 3
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
    let calls = world.account.calls().of_program();
    let by_role = |role: bool| {
        let calls = calls.clone().filter(|call| matches!(call.caller, Caller::Role(_)) == role);
        calls.count("states:GetExecutionHistory")
    };
    assert_eq!(by_role(true), 1);
    assert!(by_role(false) > 1);
}

#[test]
fn the_state_machines_log_tells_the_end() {
    let world = telling("retries: 1\n", &[short().exit(JOB, 1), short()]);
    refusing(&world, true);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 0
    ----- stderr -----
    ✔ Run manual-RUN succeeded at attempt 2 of 2 after TIME.
    ");
}

#[test]
fn only_ecs_tells_the_end() {
    let world = telling("", &[short().exit(JOB, 3)]);
    refusing(&world, true);
    let nothing = Action::Replace {
        status: 200,
        content_type: "application/x-amz-json-1.1".to_owned(),
        body: r#"{"events":[]}"#.to_owned(),
    };
    world.account.fault(Rule::on("logs:FilterLogEvents", nothing));
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen failed: exit code 3
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
}

#[test]
fn status_and_runs_need_no_permission_to_read_executions() {
    let world = telling("", &[short().exit(JOB, 3), long()]);
    world.account.ended_run(&world.account.start_run(STACK, "first").unwrap()).unwrap();
    world.account.start_run(STACK, "second").unwrap();
    task_in(&world.account, "RUNNING");
    refusing(&world, true);
    insta::assert_snapshot!(shown(&job(&world, "status", &[])), @"
    exit code: 0
    ----- stdout -----
    Status

      Job          report-gen
      Environment  test
      Place        account ACCOUNT, us-west-2
      Schedule     every day at 00:00 UTC (cron(0 0 * * ? *))
      Next run     DATE UTC
      Last run     first, DATE UTC
                   failed: exit code 3 [TIME]
      Running      second, since DATE UTC
                   attempt 1, task UUID RUNNING for TIME
      Image        registry.example/report-gen:1
      Deployed     DATE UTC
      Stack        CREATE_COMPLETE, version v1.34.1+rs.1.35.0
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &[])), @"
    exit code: 0
    ----- stdout -----
    Run     Trigger  Started               Took  Attempts  Verdict  Exit  Why
    ---     -------  -------               ----  --------  -------  ----  ---
    second  manual   DATE UTC  0s    1         running  -     
    first   manual   DATE UTC  0s    1         failed   3     exit code 3
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &["first"])), @"
    exit code: 0
    ----- stdout -----
    Run

      Run             first
      Job             report-gen, environment test
      Started         DATE UTC by hand
      Verdict         failed: exit code 3 [TIME]
      Step Functions  FAILED
      Console         https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:first
      Log group       /copilot/demo-test-report-gen

    Attempt 1

      Started    DATE UTC
      Task       UUID (STOPPED)
      Result     exit code 3
      Container  report-gen, exit code 3
    ");
}

#[test]
fn without_permission_each_attempt_is_stopped() {
    let world = telling("retries: 1\n", &[long(), long()]);
    world.account.start_run(STACK, "first").unwrap();
    task_in(&world.account, "RUNNING");
    refusing(&world, true);
    insta::assert_snapshot!(job(&world, "stop", &[]), @"
    exit code: 0
    ----- stderr -----
    Nobody here may stop the execution of run first itself (states:StopExecution). Its tasks are stopped instead: up to 2 attempts, as they begin. This takes as long as the pauses between them. `copilot env deploy --name test` gives the manager role the permission.
    ✔ Stopped run first of job report-gen.
    ");
    assert_eq!(world.account.calls().of_program().count("ecs:StopTask"), 2);
}
