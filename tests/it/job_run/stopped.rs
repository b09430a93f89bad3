//! `job stop`

use super::listed::shown;
use super::{JOB, STACK, deployed, job, long, short, telling};

#[test]
fn nothing_to_stop() {
    let world = deployed("");
    insta::assert_snapshot!(job(&world, "stop", &[]), @"
    exit code: 0
    ----- stderr -----
    Nothing to stop: no run of job report-gen is under way in test.
    ");
    insta::assert_snapshot!(job(&world, "stop", &["gone"]), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no run gone of job report-gen in environment test
      No run of it is known.
    ");
}

#[test]
fn one_of_two_or_all() {
    let world = telling("", &[long(), long(), short()]);
    world.account.start_run(STACK, "first").unwrap();
    world.account.start_run(STACK, "second").unwrap();
    insta::assert_snapshot!(job(&world, "stop", &[]), @"
    exit code: 2
    ----- stderr -----
    ✘ RUN is missing and there is no terminal to ask on
      Pass RUN with one of: second, first.
    ");
    insta::assert_snapshot!(job(&world, "stop", &["first"]), @"
    exit code: 0
    ----- stderr -----
    ✔ Stopped run first of job report-gen.
    ");
    insta::assert_snapshot!(job(&world, "stop", &["first"]), @"
    exit code: 0
    ----- stderr -----
    Run first has ended already.
    ");
    insta::assert_snapshot!(job(&world, "stop", &["--all"]), @"
    exit code: 0
    ----- stderr -----
    ✔ Stopped run second of job report-gen.
    ");
    insta::assert_snapshot!(shown(&job(&world, "runs", &["--failed"])), @"
    exit code: 0
    ----- stdout -----
    Run     Trigger  Started               Took  Attempts  Verdict  Exit  Why
    ---     -------  -------               ----  --------  -------  ----  ---
    second  manual   DATE UTC  0s    1         stopped  143   copilot job stop
    first   manual   DATE UTC  0s    1         stopped  143   copilot job stop
    ");
    assert!(world.account.tasks(STACK).unwrap().iter().all(|task| task["desiredStatus"] == "STOPPED"));
    assert_eq!(JOB, "report-gen");
}
