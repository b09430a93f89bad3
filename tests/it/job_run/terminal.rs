//! `job run --wait` on a terminal.

use std::time::Duration;

use super::{JOB, short, telling};
use crate::support::terminal::{exit_code, in_terminal, plain, screen};
use crate::support::{ENV, stable};

#[test]
fn a_line_shows_how_far_the_run_is_and_lines_of_the_log_stay() {
    let long = crate::local_aws::TaskStory::runs_for(Duration::from_secs(3));
    let world = telling("retries: 1\n", &[long.exit(JOB, 1).lines(JOB, &["one", "ERROR two"]), short()]);
    world.account.retry_wait(Duration::from_secs(2)).unwrap();
    let mut terminal = in_terminal(&world, &["job", "run", "--name", JOB, "--env", ENV, "--wait"], 100);
    let output = terminal.exp_eof().unwrap();
    assert_eq!(exit_code(&terminal), 0);
    let seen = plain(&output);
    for moving in [": task ", "running [", "the next one begins in"] {
        assert!(seen.contains(moving), "{moving}: {seen}");
    }
    insta::assert_snapshot!(stable(&screen(&output, 100), &world), @"
    Run manual-RUN: https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:manual-RUN
    Attempt 1 of 2: task UUID
    one
    ERROR two
    Container report-gen ended with exit code 1
    Attempt 1 failed: exit code 1; the next one begins in 10s
    Attempt 2 of 2: task UUID
    Container report-gen ended with exit code 0
    ✔ Run manual-RUN succeeded at attempt 2 of 2 after TIME.
    ");
}
