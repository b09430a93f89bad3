//! What is not there, and what cannot be meant.

use serde_json::json;

use super::{GROUP, ago, command, logs, put, stream, world};
use crate::support::{ENV, JOB, Run};

#[test]
fn what_is_missing_is_said() {
    let world = world();
    let mut told = vec![
        logs(&world, &[]).to_string(),
        Run::of(world.command(&["job", "logs", "--name", "gone", "--env", ENV])).to_string(),
        Run::of(world.command(&["job", "logs", "--name", JOB, "--env", "gone"])).to_string(),
    ];
    world.deploy(&[]).succeeds();
    told.push(logs(&world, &[]).to_string());
    put(&world, &stream(JOB, 'a'), &[(ago(7200), "old")]);
    told.extend(
        [
            &["--since", "1h"][..],
            &["--container", "nginx"],
            &["--tasks", "beef,cafe"],
            &["--run", "previous"],
        ]
        .map(|flags| logs(&world, flags).to_string()),
    );
    world.account.asks("logs", "Logs_20140328.DeleteLogGroup", json!({ "logGroupName": GROUP })).unwrap();
    told.push(logs(&world, &[]).to_string());
    insta::assert_snapshot!(told.join("\n"), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen is not deployed to environment test
      Deploy it first: `copilot job deploy --name report-gen --env test`.

    exit code: 1
    ----- stderr -----
    ✘ there is no job gone registered in application demo in account ACCOUNT, region us-west-2
      Jobs of demo: report-gen.

    exit code: 1
    ----- stderr -----
    ✘ there is no environment gone in application demo
      Environments of demo: test.

    exit code: 0
    ----- stderr -----
    Job report-gen has not logged anything in environment test yet. `copilot job run --name report-gen --env test` starts it.

    exit code: 0
    ----- stderr -----
    Job report-gen logged nothing in environment test at that time.

    exit code: 0
    ----- stderr -----
    Job report-gen has no lines of a container nginx. Its containers: report-gen.

    exit code: 0
    ----- stderr -----
    Job report-gen has no lines of a task beef or cafe in environment test.

    exit code: 1
    ----- stderr -----
    ✘ job report-gen has no run before its last one
      The newest runs: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.

    exit code: 1
    ----- stderr -----
    ✘ the log group /copilot/demo-test-report-gen of job report-gen does not exist
      Somebody has deleted it, or the template no longer has it. `copilot job deploy` makes it anew when its template changes.
    ");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let world = world();
    let cases: [&[&str]; 16] = [
        &["--since", "-5m"],
        &["--since", "5 minutes"],
        &["--since", "5m", "--start-time", "2026-11-27T09:00:00Z"],
        &["--start-time", "yesterday"],
        &["--start-time", "2026-11-27T09:00:00Z", "--end-time", "2026-11-27T10:00:00+01:00"],
        &["--end-time", "2026-11-27T09:00:00Z", "--follow"],
        &["--last", "-1"],
        &["--last", "0"],
        &["--last", "2", "--follow"],
        &["--limit", "-1"],
        &["--limit", "10001"],
        &["--tasks", "a", "--include-state-machine"],
        &["--tasks", "a", "--run", "b"],
        &["--last", "2", "--run", "b"],
        &["--last", "2", "--tasks", "b"],
        &["--json", "--raw"],
    ];
    let mut told = String::new();
    for flags in cases {
        let run = Run::of(command(&world, flags));
        assert_eq!(run.code, Some(2), "{flags:?}: {run}");
        told += &format!("{}: {}\n", flags.join(" "), run.stderr.lines().next().unwrap());
    }
    insta::assert_snapshot!(told, @"
    --since -5m: error: invalid value '-5m' for '--since <DURATION>': must not be negative
    --since 5 minutes: error: invalid value '5 minutes' for '--since <DURATION>': expected a duration such as 30s, 5m or 1h30m
    --since 5m --start-time 2026-11-27T09:00:00Z: error: the argument '--since <DURATION>' cannot be used with '--start-time <TIME>'
    --start-time yesterday: error: invalid value 'yesterday' for '--start-time <TIME>': expected a time of RFC 3339, such as 2026-11-27T09:00:00Z
    --start-time 2026-11-27T09:00:00Z --end-time 2026-11-27T10:00:00+01:00: ✘ --start-time is not before --end-time
    --end-time 2026-11-27T09:00:00Z --follow: error: the argument '--end-time <TIME>' cannot be used with '--follow'
    --last -1: error: invalid value '-1' for '--last <NUMBER>': -1 is not in 1..=4294967295
    --last 0: error: invalid value '0' for '--last <NUMBER>': 0 is not in 1..=4294967295
    --last 2 --follow: error: the argument '--last <NUMBER>' cannot be used with '--follow'
    --limit -1: error: invalid value '-1' for '--limit <NUMBER>': -1 is not in 0..=10000
    --limit 10001: error: invalid value '10001' for '--limit <NUMBER>': 10001 is not in 0..=10000
    --tasks a --include-state-machine: error: the argument '--tasks <ID,…>' cannot be used with '--include-state-machine'
    --tasks a --run b: error: the argument '--tasks <ID,…>' cannot be used with '--run <NAME>'
    --last 2 --run b: error: the argument '--last <NUMBER>' cannot be used with '--run <NAME>'
    --last 2 --tasks b: error: the argument '--last <NUMBER>' cannot be used with '--tasks <ID,…>'
    --json --raw: error: the argument '--json' cannot be used with '--raw'
    ");
    assert!(world.account.calls().0.is_empty(), "{:?}", world.account.calls().names());
}

/// As with the old tool, these mean that nothing is given.
#[test]
fn zero_is_no_limit() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(7200), "old")]);
    insta::assert_snapshot!(logs(&world, &["--limit", "0", "--since", "0s", "--raw"]), @"
    exit code: 0
    ----- stdout -----
    old
    ");
}
