//! `job run`, `job status`, `job runs`, `job stop`: runs whose tasks are told, against the local AWS.

mod ladder;
mod listed;
mod stopped;
mod terminal;
mod wait;

use std::time::Duration;

use crate::local_aws::{Action, Rule, TaskStory};
use crate::local_runs::task_in;
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};

/// A deployed job, with more in its manifest.
fn deployed(more: &str) -> World {
    let world = World::new(Workspace::new(&format!("{LOCATION}{more}")));
    world.deploy(&[]).succeeds();
    world
}

/// A job whose next tasks do this.
pub(crate) fn telling(more: &str, stories: &[TaskStory]) -> World {
    let world = deployed(more);
    world.account.tell_tasks(STACK, stories.iter().cloned()).unwrap();
    world
}

pub(crate) fn short() -> TaskStory {
    TaskStory::runs_for(Duration::from_millis(300))
}

fn long() -> TaskStory {
    TaskStory::runs_for(Duration::from_secs(600))
}

fn job(world: &World, command: &str, flags: &[&str]) -> Run {
    world.run(&[&["job", command, "--name", JOB, "--env", ENV], flags].concat())
}

/// A job with a run under way.
pub(crate) fn under_way() -> World {
    let world = telling("", &[long()]);
    world.account.start_run(STACK, "first").unwrap();
    task_in(&world.account, "RUNNING");
    world
}

/// How a run that was followed ended, without what was told meanwhile, which depends on when it was looked at.
fn ending(run: &Run) -> String {
    let text = run.to_string();
    let is_meanwhile =
        |line: &&str| ["Run ", "Attempt ", "Container "].iter().any(|start| line.starts_with(start));
    text.lines().filter(|line| !is_meanwhile(line)).map(|line| format!("{line}\n")).collect()
}

/// All that was told, without the states in which a task was seen.
fn outline(run: &Run) -> String {
    let text = run.to_string();
    let is_state = |line: &&str| {
        let state =
            |word: &str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase()) && word != "UUID";
        line.starts_with("Attempt ") && line.rsplit(' ').next().is_some_and(state)
    };
    text.lines().filter(|line| !is_state(line)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_run_is_started_under_a_readable_name() {
    let world = telling("", &[short()]);
    insta::assert_snapshot!(job(&world, "run", &[]), @"
    exit code: 0
    ----- stderr -----
    ✔ Started job report-gen in test: run manual-RUN. Follow it with `copilot job run --name report-gen --env test --attach manual-RUN`.
    https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:manual-RUN
    ");
    let calls = world.account.calls().of_program();
    assert_eq!(calls.count("states:StartExecution"), 1);
}

#[test]
fn names_are_asked_for_or_taken() {
    let world = telling("", &[short(), short()]);
    insta::assert_snapshot!(world.run(&["job", "run"]), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    Found only one environment, defaulting to: test
    ✔ Started job report-gen in test: run manual-RUN. Follow it with `copilot job run --name report-gen --env test --attach manual-RUN`.
    https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:manual-RUN
    ");
    insta::assert_snapshot!(world.run(&["job", "run", "--name", "gone", "--env", ENV]), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no job gone registered in application demo in account ACCOUNT, region us-west-2
      Jobs of demo: report-gen.
    ");
    insta::assert_snapshot!(world.run(&["job", "run", "--name", JOB, "--env", "gone"]), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no environment gone in application demo
      Environments of demo: test.
    ");
}

#[test]
fn what_is_not_deployed_cannot_run() {
    let world = World::new(Workspace::new(LOCATION));
    for command in ["run", "status", "runs", "stop"] {
        let told = job(&world, command, &[]).to_string();
        insta::allow_duplicates! { insta::assert_snapshot!(told, @"
        exit code: 1
        ----- stderr -----
        ✘ job report-gen is not deployed to environment test
          Deploy it first: `copilot job deploy --name report-gen --env test`.
        ") };
    }
}

#[test]
fn a_start_whose_answer_is_lost_is_one_start() {
    for action in [Action::Lose, Action::Garble] {
        let world = telling("", &[short()]);
        world.account.fault(Rule::on("states:StartExecution", action).times(1));
        let run = job(&world, "run", &["--wait", "--no-logs"]);
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(world.account.tasks(STACK).unwrap().len(), 1);
        let runs = job(&world, "runs", &["--json"]).stdout;
        let runs: serde_json::Value = serde_json::from_str(&runs).unwrap();
        assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "{runs}");
    }
}

#[test]
fn flags_that_cannot_be_meant() {
    let world = deployed("");
    let bad: [&[&str]; 8] = [
        &["--env-var", "GREETING"],
        &["--cpu", "300"],
        &["--memory", "700"],
        &["--command", "say 'it"],
        &["--attach", "a:b"],
        &["--attach", "a", "--command", "b"],
        &["--timeout", "5"],
        &["--dry-run"],
    ];
    let told: Vec<String> = bad
        .iter()
        .map(|flags| {
            let run = job(&world, "run", flags);
            format!("{flags:?}: {:?} {}", run.code, run.stderr.lines().next().unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    ["--env-var", "GREETING"]: Some(2) error: invalid value 'GREETING' for '--env-var <KEY=VALUE>': `GREETING` is not of the form KEY=VALUE
    ["--cpu", "300"]: Some(2) ✘ --cpu 300 is not a size that Fargate has
    ["--memory", "700"]: Some(2) ✘ --memory 700 is not a size that Fargate has
    ["--command", "say 'it"]: Some(2) ✘ --command `say 'it` cannot be split into words: the quote ' is not closed
    ["--attach", "a:b"]: Some(2) ✘ `a:b` is not the name of a run
    ["--attach", "a", "--command", "b"]: Some(2) error: the argument '--attach <RUN>' cannot be used with '--command <COMMAND>'
    ["--timeout", "5"]: Some(2) error: invalid value '5' for '--timeout <DURATION>': expected a duration such as 45m or 1h30m
    ["--dry-run"]: Some(2) error: unexpected argument '--dry-run' found
    "#);
    assert_eq!(world.account.calls().of_program().count("states:StartExecution"), 0);
}

#[test]
fn a_task_is_started_directly_with_another_command() {
    let world = telling("", &[short().exit(JOB, 3)]);
    let flags = [
        "--command",
        "python -m app.main --dry-run",
        "--env-var",
        "GREETING=hello big world",
        "--env-var",
        "Q=a=b",
        "--wait",
        "--no-logs",
    ];
    insta::assert_snapshot!(outline(&job(&world, "run", &flags)), @"
    exit code: 1
    ----- stderr -----
    The task is started directly: the job's `retries` and `timeout` do not apply to it, and `copilot job runs` lists it only while ECS remembers it, for about an hour after its end. Its logs stay.
    Run direct-RUN: https://console.aws.amazon.com/ecs/v2/clusters/demo-test-Cluster/tasks/UUID?region=us-west-2
    Attempt 1: task UUID
    Container report-gen ended with exit code 3
    ✘ run direct-RUN of job report-gen failed: exit code 3
      All about the run: `copilot job runs --name report-gen --env test direct-RUN`.
    ");
    let task = world.account.tasks(STACK).unwrap().pop().unwrap();
    insta::assert_snapshot!(task["overrides"], @r#"{"containerOverrides":[{"name":"report-gen","command":["python","-m","app.main","--dry-run"],"environment":[{"name":"GREETING","value":"hello big world"},{"name":"Q","value":"a=b"}]}]}"#);
    assert_eq!(task["startedBy"], "copilot job run");
}

#[test]
fn ecs_that_takes_no_task_is_told_at_once() {
    for (reason, wait) in [("Capacity is unavailable at this time", false), ("RESOURCE:ENI", true)] {
        let world = telling("", &[TaskStory::unplaced(reason)]);
        let mut flags = vec!["--command=-v"];
        flags.extend(wait.then_some("--wait"));
        let run = job(&world, "run", &flags);
        assert_eq!(run.code, Some(1));
        insta::allow_duplicates! {
            insta::assert_snapshot!(run.to_string().replace(reason, "REASON").split("\n  ").next().unwrap_or_default(), @"
            exit code: 1
            ----- stderr -----
            The task is started directly: the job's `retries` and `timeout` do not apply to it, and `copilot job runs` lists it only while ECS remembers it, for about an hour after its end. Its logs stay.
            ✘ nothing was started: ECS took no task of job report-gen: REASON
            ")
        }
    }
}

#[test]
fn names_of_runs_stay_short_and_differ() {
    let world = telling("", &[long(), long()]);
    let start = || {
        let stdout = job(&world, "run", &["--json"]).stdout;
        let outcome: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
        outcome["run"].as_str().unwrap().to_owned()
    };
    let names = [start(), start()];
    assert_ne!(names[0], names[1]);
    for name in names {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(name.len() <= 80 && name.chars().all(fits), "{name}");
    }
}
