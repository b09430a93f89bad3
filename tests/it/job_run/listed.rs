//! `job status` and `job runs`.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use regex::Regex;
use serde_json::{Value, json};

use super::{JOB, STACK, deployed, job, long, short, telling};
use crate::job_pause::PAUSE;
use crate::local_aws::{QueryStory, TaskStory};
use crate::local_runs::task_in;
use crate::support::{ENV, Run, Started};

/// Without how long runs took.
pub(super) fn shown(run: &Run) -> String {
    static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d+s\b").unwrap());
    SPAN.replace_all(&run.to_string(), "0s").into_owned()
}

#[test]
fn a_job_that_never_ran() {
    let world = deployed("");
    insta::assert_snapshot!(shown(&job(&world, "status", &[])), @"
    exit code: 0
    ----- stdout -----
    Status

      Job          report-gen
      Environment  test
      Place        account ACCOUNT, us-west-2
      Schedule     every day at 00:00 UTC (cron(0 0 * * ? *))
      Next run     DATE UTC
      Last run     none that is known
      Running      no
      Image        registry.example/report-gen:1
      Deployed     DATE UTC
      Stack        CREATE_COMPLETE, version v1.34.1+rs.1.35.0
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &[])), @"
    exit code: 0
    ----- stdout -----
    Run  Trigger  Started  Took  Attempts  Verdict  Exit  Why
    ---  -------  -------  ----  --------  -------  ----  ---
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &["--json"])), @r#"
    exit code: 0
    ----- stdout -----
    {"runs":[],"cut":false,"withoutLog":null}
    "#);
}

#[test]
fn runs_of_all_kinds() {
    let pull = "CannotPullContainerError: not found";
    let stories =
        [short(), short().exit(JOB, 3).lines(JOB, &["one", "two"]), TaskStory::fails_to_start(pull), long()];
    let world = telling("", &stories);
    for name in ["good", "bad", "unpulled"] {
        world.account.ended_run(&world.account.start_run(STACK, name).unwrap()).unwrap();
    }
    world.account.start_run(STACK, "under-way").unwrap();
    task_in(&world.account, "RUNNING");
    insta::assert_snapshot!(shown(&job(&world, "status", &[])), @"
    exit code: 0
    ----- stdout -----
    Status

      Job          report-gen
      Environment  test
      Place        account ACCOUNT, us-west-2
      Schedule     every day at 00:00 UTC (cron(0 0 * * ? *))
      Next run     DATE UTC
      Last run     unpulled, DATE UTC
                   never started: CannotPullContainerError: not found [TIME]
      Running      under-way, since DATE UTC
                   attempt 1, task UUID RUNNING for TIME
      Image        registry.example/report-gen:1
      Deployed     DATE UTC
      Stack        CREATE_COMPLETE, version v1.34.1+rs.1.35.0
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &[])), @"
    exit code: 0
    ----- stdout -----
    Run        Trigger  Started               Took  Attempts  Verdict        Exit  Why
    ---        -------  -------               ----  --------  -------        ----  ---
    under-way  manual   DATE UTC  0s    1         running        -     
    unpulled   manual   DATE UTC  0s    1         never started  -     CannotPullContainerError: not found
    bad        manual   DATE UTC  0s    1         failed         3     exit code 3
    good       manual   DATE UTC  0s    1         succeeded      0
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &["--failed", "--last", "1"])), @"
    exit code: 0
    ----- stdout -----
    Run       Trigger  Started               Took  Attempts  Verdict        Exit  Why
    ---       -------  -------               ----  --------  -------        ----  ---
    unpulled  manual   DATE UTC  0s    1         never started  -     CannotPullContainerError: not found
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &["bad"])), @"
    exit code: 0
    ----- stdout -----
    Run

      Run             bad
      Job             report-gen, environment test
      Started         DATE UTC by hand
      Verdict         failed: exit code 3 [TIME]
      Step Functions  FAILED
      Console         https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:bad
      Log group       /copilot/demo-test-report-gen

    Attempt 1

      Started    DATE UTC
      Task       UUID (STOPPED)
      Result     exit code 3
      Container  report-gen, exit code 3

    Last lines of container report-gen, attempt 1

      one
      two
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &["gone"])), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no run gone of job report-gen in environment test
      The newest: under-way, unpulled, bad, good.
    ");
    // ECS forgets what has stopped; the log does not.
    world.account.forget_stopped_tasks().unwrap();
    insta::assert_snapshot!(shown(&job(&world, "runs", &["bad"])), @"
    exit code: 0
    ----- stdout -----
    Run

      Run             bad
      Job             report-gen, environment test
      Started         DATE UTC by hand
      Verdict         failed: exit code 3 [TIME]
      Step Functions  FAILED
      Console         https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:bad
      Log group       /copilot/demo-test-report-gen

    Attempt 1

      Started    DATE UTC
      Task       UUID (STOPPED)
      Result     exit code 3
      Container  report-gen, exit code 3

    Last lines of container report-gen, attempt 1

      one
      two
    ");
}

#[test]
fn a_run_of_two_attempts() {
    let world = telling("retries: 1\n", &[short().exit(JOB, 1), short()]);
    world.account.ended_run(&world.account.start_run(STACK, "second-try").unwrap()).unwrap();
    insta::assert_snapshot!(shown(&job(&world, "runs", &[])), @"
    exit code: 0
    ----- stdout -----
    Run         Trigger  Started               Took  Attempts  Verdict    Exit  Why
    ---         -------  -------               ----  --------  -------    ----  ---
    second-try  manual   DATE UTC  0s    2         succeeded  0
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &["second-try"])), @"
    exit code: 0
    ----- stdout -----
    Run

      Run             second-try
      Job             report-gen, environment test
      Started         DATE UTC by hand
      Verdict         succeeded [0s, at attempt 2]
      Step Functions  SUCCEEDED
      Console         https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:second-try
      Log group       /copilot/demo-test-report-gen

    Attempt 1

      Started    DATE UTC
      Task       UUID (STOPPED)
      Result     exit code 1
      Container  report-gen, exit code 1

    Attempt 2

      Started    DATE UTC
      Task       UUID (STOPPED)
      Result     exit code 0
      Container  report-gen, exit code 0
    ");
}

#[test]
fn a_query_that_takes_long_or_ends_without_a_result() {
    let world = telling("", &[short()]);
    world.account.ended_run(&world.account.start_run(STACK, "good").unwrap()).unwrap();
    world.account.tell_query(QueryStory::Running(14)).unwrap();
    let run = job(&world, "runs", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("\ngood ") && run.stderr.contains("Logs Insights is searching"), "{run}");
    world.account.tell_query(QueryStory::Ends("Timeout")).unwrap();
    insta::assert_snapshot!(shown(&job(&world, "runs", &[])), @"
    exit code: 3
    ----- stdout -----
    Run   Trigger  Started               Took  Attempts  Verdict    Exit  Why
    ---   -------  -------               ----  --------  -------    ----  ---
    good  manual   DATE UTC  0s    1         succeeded  0     
    ----- stderr -----
    ✘ the state machine's log could not be read, so attempts, reasons and perhaps runs are missing: the query of log group /copilot/demo-test-report-gen ended as Timeout
      Run the command again, with a shorter time (--since).
    ");
}

#[test]
fn an_interrupt_ends_the_queries() {
    let world = deployed("");
    for _ in 0..2 {
        world.account.tell_query(QueryStory::Never).unwrap();
    }
    let started = Started::spawn(&mut world.command(&["job", "runs", "--name", JOB, "--env", ENV]));
    world.wait_for_call("logs:GetQueryResults");
    started.signal("INT");
    insta::assert_snapshot!(started.finish(), @"
    exit code: 130
    ----- stderr -----
    ! interrupted: nothing was changed
    ");
    assert_eq!(world.account.calls().of_program().count("logs:StopQuery"), 2);
}

#[test]
fn a_run_every_five_minutes_for_a_month() {
    const RUNS: i64 = 8_640;
    const FIVE_MINUTES: i64 = 300_000;
    let world = deployed("");
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let id = world.account.id();
    let event = |number: i64, at: i64, kind: &str| {
        let execution = format!("arn:aws:states:us-west-2:{id}:execution:{STACK}:run-{number}");
        let event = json!({ "type": kind, "details": {}, "event_timestamp": at.to_string(), "execution_arn": execution });
        (at, event.to_string())
    };
    let events = (0..RUNS).flat_map(|number| {
        let at = now - 60_000 - number * FIVE_MINUTES;
        let end = if number % 100 == 0 { "ExecutionFailed" } else { "ExecutionSucceeded" };
        [
            event(number, at, "ExecutionStarted"),
            event(number, at + 1, "TaskSubmitted"),
            event(number, at + 2, end),
        ]
    });
    world.account.put_log_events("/copilot/demo-test-report-gen", "states/a", events).unwrap();
    let read = |flags: &[&str]| {
        let run = job(&world, "runs", &[&["--since", "30d", "--json"], flags].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let read: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(read["cut"], false);
        read["runs"].as_array().unwrap().len()
    };
    assert_eq!((read(&[]), read(&["--failed"])), (8_640, 87));
}

#[test]
fn a_paused_job_is_run_by_hand_and_stays_paused() {
    let world = telling("", &[short()]);
    world.run(PAUSE).succeeds();
    let run = job(&world, "run", &["--wait", "--no-logs"]);
    assert_eq!(run.code, Some(0), "{run}");
    let status = job(&world, "status", &[]).stdout;
    assert!(
        status.contains("Next run     none: the schedule is paused") && status.contains("succeeded ["),
        "{status}"
    );
}
