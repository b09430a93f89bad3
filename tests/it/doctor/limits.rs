//! Checks that get no answer.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::{deployed, doctor, report, with_logs};
use crate::local_aws::{Action, Rule};
use crate::support::{LOCATION, Run, Started, Workspace, World};

/// The registry never answers: that check ends by itself, and all others are made.
#[test]
fn a_registry_that_never_answers() {
    let world = World::new(Workspace::new(LOCATION));
    let image = format!("{}.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:1", world.account.id());
    world.workspace.manifest(&LOCATION.replace("registry.example/report-gen:1", &image));
    world.deploy(&[]).succeeds();
    with_logs(&world);
    world.account.fault(Rule::on("ecr:*", Action::Delay(Duration::from_secs(60))));
    let before = Instant::now();
    let run = Run::of(doctor(&world, &[]));
    let time = before.elapsed();
    assert!(time < Duration::from_secs(15), "{time:?}");
    insta::assert_snapshot!(report(run), @"
    exit code: 0
    ----- stdout -----
    Not checked

    - image of report-gen in test: ecr:BatchGetImage on ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:1 has not answered in 9 s

    ✔ 24 ok, 0 warnings, 0 failures, 1 not checked
    ");
}

/// The results come as they are there, not with the last of them.
#[test]
fn results_come_one_by_one() {
    let world = deployed(Workspace::new(LOCATION));
    world.account.fault(Rule::on("states:ListExecutions", Action::Delay(Duration::from_secs(3))));
    let mut child = Started::spawn(&mut doctor(&world, &[])).0;
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let first = Instant::now();
    for _ in 0..10 {
        lines.next().unwrap().unwrap();
    }
    let (early, rest) = (first.elapsed(), lines.count());
    assert!(early < Duration::from_secs(3) && first.elapsed() >= Duration::from_secs(3), "{early:?} {rest}");
    assert!(child.wait().unwrap().success());
}

/// Nothing of AWS answers at all.
#[test]
fn aws_that_never_answers() {
    let world = World::new(Workspace::new(LOCATION));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = doctor(&world, &[]);
    command.env("AWS_ENDPOINT_URL", format!("http://{}", silent.local_addr().unwrap()));
    let before = Instant::now();
    let run = Run::of(command);
    assert!(before.elapsed() < Duration::from_secs(16), "{:?}", before.elapsed());
    insta::assert_snapshot!(report(run), @"
    exit code: 0
    ----- stdout -----
    Not checked

    - credentials: sts:GetCallerIdentity has not answered in 9 s
    - clock: AWS has not answered
    - application, permissions boundary: ssm:GetParameter of the application's record has not answered in 9 s
    - versions, stack set: cloudformation:DescribeStackSet on demo-infrastructure has not answered in 9 s
    - environment: ssm:GetParametersByPath of the environments' records has not answered in 9 s
    - registration of report-gen: ssm:GetParametersByPath of the workloads' records has not answered in 9 s

    ✔ 3 ok, 0 warnings, 0 failures, 8 not checked
    ");
}
