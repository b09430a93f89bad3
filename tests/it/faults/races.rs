//! Deployments at the same time: of one job, and of ten jobs that all need something of one environment.

use std::process::Stdio;
use std::time::Duration;

use super::settle;
use crate::local_aws::{Action, App, Pace, Rule};
use crate::support::{ENV, LOCATION, STACK, Started, Workspace, World, in_parallel};

fn left_no_change_set(world: &World) {
    let sets = world.cloudformation("ListChangeSets", &[("StackName", STACK)]).unwrap_or_default();
    assert!(!sets.contains("<ExecutionStatus>AVAILABLE<"), "{sets}");
}

#[test]
fn of_two_deployments_of_a_job_one_wins_and_the_other_says_why() {
    for update in [false, true] {
        let world = World::new(Workspace::new(LOCATION));
        let world = if update { world.with_an_update_to_do() } else { world };
        // Both have their change set before either is executed.
        let wait = Action::Delay(Duration::from_secs(3));
        world.account.fault(Rule::on("cloudformation:ExecuteChangeSet", wait));
        let two = [(); 2].map(|()| world.start_deploy(&[]));
        let runs = two.map(Started::finish);
        // The emulator gives a stack without resources a new id with each change set, so the winner of two creations cannot
        // follow its own.
        assert!(!update || runs.iter().any(|run| run.code == Some(0)), "{runs:?}");
        let lost: Vec<_> = runs
            .into_iter()
            .filter(|run| run.stderr.contains("cloudformation:ExecuteChangeSet on change set "))
            .collect();
        assert_eq!(lost.len(), 1, "{lost:?}");
        let lost = lost.into_iter().next().unwrap().ends_with(1);
        assert!(lost.contains("Another deployment of stack demo-test-report-gen came first."), "{lost}");
        assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0);
        left_no_change_set(&world);
        world.account.clear_faults();
        settle(&world);
        let said = world.deploy(&[]).succeeds();
        assert!(said.contains("No infrastructure changes"), "{said}");
    }
}

#[test]
fn a_deployment_that_waits_for_another_one_finds_its_work_done() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(5)));
    let first = world.start_deploy(&[]);
    world.wait_for_call("cloudformation:ExecuteChangeSet");
    let second = world.start_deploy(&["--wait-for-stack"]);
    let said = second.finish().succeeds();
    assert!(said.contains("Waiting for the creation of stack demo-test-report-gen"), "{said}");
    assert!(said.contains("No infrastructure changes"), "{said}");
    first.finish().succeeds();
}

#[test]
#[ignore = "takes minutes: make faults"]
fn ten_jobs_at_once_all_get_on_the_lists_of_their_environment() {
    const VOLUME: &str = "storage:\n  volumes:\n    data: {path: /data, read_only: false, efs: true}\n";
    const PRIVATE: &str = "network:\n  vpc:\n    placement: private\n";
    let jobs: Vec<String> = (0..10).map(|number| format!("job-{number}")).collect();
    let app = jobs.iter().fold(App::new("demo").env(ENV), |app, job| app.job(job));
    let world = World::seeded(app, Workspace::new(LOCATION));
    for (number, job) in jobs.iter().enumerate() {
        let needs = if number % 2 == 0 { VOLUME } else { PRIVATE };
        let manifest = format!("{LOCATION}{needs}").replace("report-gen", job);
        world.workspace.file(&format!("copilot/{job}/manifest.yml"), &manifest);
    }
    // Longer than a function on a busy machine takes from its look at the stack to its update.
    world.account.pace("demo-test", Pace::EndAfter(Duration::from_secs(4)));
    let runs = in_parallel(10, &jobs, |job| {
        let mut command = world.command(&["job", "deploy", "--name", job, "--env", ENV]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Started(command.spawn().unwrap()).finish()
    });
    let deployed = runs.iter().filter(|run| run.code == Some(0)).count();
    let environment = world.cloudformation("DescribeStacks", &[("StackName", "demo-test")]).unwrap();
    let list = |key: &str| -> Vec<String> {
        let (_, rest) = environment.split_once(&format!("<ParameterKey>{key}</ParameterKey>")).unwrap();
        let value = rest.split_once("<ParameterValue>").unwrap().1.split_once('<').unwrap().0;
        let mut names: Vec<String> = value.split(',').map(str::to_owned).collect();
        names.sort();
        names
    };
    let all = |odd: usize| -> Vec<String> { jobs.iter().skip(odd).step_by(2).cloned().collect() };
    println!(
        "ten jobs at once: {deployed}/10 deployed; EFS {:?}, NAT {:?}",
        list("EFSWorkloads"),
        list("NATWorkloads")
    );
    for run in &runs {
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    assert_eq!((list("EFSWorkloads"), list("NATWorkloads")), (all(0), all(1)));
}
