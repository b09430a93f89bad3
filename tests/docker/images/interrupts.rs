//! Ctrl-C while building and pushing.

use std::fs;
use std::time::Duration;

use super::{Images, outline, with_step};
use crate::local_aws::{Action, Rule};
use crate::support::{Workspace, World};

/// Waits until something holds; the test fails when it does not come to hold.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(std::time::Instant::now() < patience, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a build step with this argument runs. The engine is on this machine, so its processes show.
fn step_runs(argument: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        fs::read(entry.path().join("cmdline")).is_ok_and(|line| {
            let line = String::from_utf8_lossy(&line).into_owned();
            line.starts_with("/step") && line.contains(argument)
        })
    })
}

#[test]
fn interrupted_while_building() {
    let unique = uuid::Uuid::new_v4().to_string();
    let world = World::new(with_step(&format!("RUN [\"/step\", \"wait\", \"{unique}\"]")));
    let started = world.start_deploy(&[]);
    wait_until("the build step", || step_runs(&unique));
    started.signal("INT");
    insta::assert_snapshot!(outline(&started.finish()), @"
    exit code: 130
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    ! interrupted: nothing was deployed
    ");
    assert_eq!(world.stack(), None);
    wait_until("the end of the build step", || !step_runs(&unique));
}

#[test]
fn interrupted_while_pushing() {
    let world = Images::new(Workspace::with_image());
    world.account.fault(Rule::on("registry:StartUpload", Action::Delay(Duration::from_secs(3))));
    let started = world.start_deploy(&[]);
    world.wait_for_call("registry:HeadBlob");
    started.signal("INT");
    insta::assert_snapshot!(outline(&started.finish()), @"
    exit code: 130
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    ! interrupted: nothing was deployed
    ");
    assert_eq!(world.stack(), None);
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 0);
}
