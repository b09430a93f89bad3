//! From an empty account on: to a deployed environment with `app init`, `env init`, `env deploy`, and to a deployed job with
//! `init`.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::local_aws::{Account, Action, Calls, LocalAws, REGION, Rule};
use crate::program::Program;
use crate::table::{Table, Targets, seconds};
use crate::world::{APP, ENV, JOB};

/// How long each call takes longer, and how long each stack operation takes at least.
const LATENCY: Duration = Duration::from_millis(50);
const PACE: Duration = Duration::from_secs(2);

/// Rounds: each takes many seconds, and stacks dominate it.
const ROUNDS: usize = 3;

/// Calls that start an operation on stacks. An update of a stack set without instances starts none, and with the first
/// environment it has none yet.
const OPERATIONS: [&str; 5] =
    ["ExecuteChangeSet", "CreateStack", "UpdateStack", "DeleteStack", "CreateStackInstances"];

/// Commands by what is shown of them.
type Commands = Vec<(&'static str, Vec<String>)>;

/// A way that begins in an empty account.
struct Journey {
    /// Where it ends.
    end: &'static str,
    /// The commands, with what both programs need to ask nothing; `own` for what only this program knows.
    commands: fn(&Account<'_>, own: bool) -> Commands,
    /// Stack operations in a row that it may take.
    operations: f64,
}

const JOURNEYS: [Journey; 2] = [
    Journey { end: "environment", commands: environment, operations: 3.0 },
    Journey { end: "deployed job", commands: deployed_job, operations: 4.0 },
];

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A peer that was built without a version cannot go all the way by itself: its `init` has no --allow-downgrade. It is given the
/// steps that its `init` takes.
fn deployed_job(account: &Account<'_>, own: bool) -> Commands {
    let image = ["--image", "registry.example/report:1", "--schedule", "@daily"];
    if own {
        let command = ["init", "--app", APP, "--name", JOB, "--env", ENV, "--deploy", "--yes"];
        return vec![("init", words(&[&command[..], &image].concat()))];
    }
    let mut commands = environment(account, own);
    let job_init = ["job", "init", "--app", APP, "--name", JOB, "--allow-downgrade"];
    let job_deploy = ["job", "deploy", "--app", APP, "--name", JOB, "--env", ENV, "--allow-downgrade"];
    commands.insert(1, ("job init", words(&[&job_init[..], &image].concat())));
    commands.push(("job deploy", words(&job_deploy)));
    commands
}

fn environment(account: &Account<'_>, _: bool) -> Commands {
    let keys = ["--aws-access-key-id", account.id(), "--aws-secret-access-key", "local", "--region", REGION];
    // A peer that was built without a version takes itself for older than everything.
    let downgrade = "--allow-downgrade";
    let env_init =
        [&["env", "init", "--app", APP, "--name", ENV, "--default-config", downgrade][..], &keys].concat();
    vec![
        ("app init", words(&["app", "init", APP])),
        ("env init", words(&env_init)),
        ("env deploy", words(&["env", "deploy", "--app", APP, "--name", ENV, downgrade])),
    ]
}

/// One command of one program.
struct Step {
    name: &'static str,
    took: Duration,
    calls: Calls,
}

/// What became of one account.
struct Run {
    steps: Vec<Step>,
    /// Calls of all steps.
    calls: Calls,
}

impl Run {
    fn took(&self) -> Duration {
        self.steps.iter().map(|step| step.took).sum()
    }

    /// The most stack operations of which each began after the one before it had ended.
    fn serial_operations(&self) -> usize {
        let is_operation = |call: &&crate::local_aws::Call| {
            call.service == "cloudformation"
                && OPERATIONS.contains(&call.operation.as_str())
                && call.status == 200
        };
        let mut free_from: Option<Instant> = None;
        let mut count = 0;
        for call in self.calls.0.iter().filter(is_operation) {
            if free_from.is_none_or(|end| call.started >= end) {
                count += 1;
                free_from = Some(call.finished + PACE);
            }
        }
        count
    }

    /// How often the stack set was written.
    fn stack_set_changes(&self) -> usize {
        ["cloudformation:CreateStackSet", "cloudformation:UpdateStackSet"]
            .iter()
            .map(|name| self.calls.count(name))
            .sum()
    }

    /// Calls without those that are repeated until a stack is ready.
    fn fixed(&self) -> usize {
        const POLLS: [&str; 6] = [
            "DescribeStackEvents",
            "DescribeStacks",
            "DescribeChangeSet",
            "DescribeStackSetOperation",
            "ListStackSetOperations",
            "ListStackInstances",
        ];
        let mut seen = BTreeSet::new();
        let counts = |call: &&crate::local_aws::Call| {
            !POLLS.contains(&call.operation.as_str()) || seen.insert((call.name(), call.resource.clone()))
        };
        self.calls.0.iter().filter(counts).count()
    }
}

/// Measures and prints.
pub(crate) fn measure(
    aws: &LocalAws,
    programs: &[Program],
    rounds: usize,
    targets: &mut Targets,
) -> Result<()> {
    JOURNEYS.iter().try_for_each(|journey| travel(journey, aws, programs, rounds, targets))
}

fn travel(
    journey: &Journey,
    aws: &LocalAws,
    programs: &[Program],
    rounds: usize,
    targets: &mut Targets,
) -> Result<()> {
    let mut runs: Vec<Vec<Run>> = programs.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds.min(ROUNDS) {
        let mut pairs: Vec<_> = programs.iter().zip(&mut runs).enumerate().collect();
        if round % 2 == 1 {
            pairs.reverse();
        }
        for (at, (program, runs)) in pairs {
            let run = run(journey, aws, program, at == 0);
            runs.push(run.with_context(|| format!("{}, round {}", program.name, round + 1))?);
        }
    }
    let title = format!("from an empty account to the {}", journey.end);
    let head = ["program", "steps", "all s", "stacks in a row", "stack set changes", "calls", "fixed calls"];
    let mut table = Table::new(3, &[&[title.as_str()][..], &head].concat());
    let mut all = Vec::new();
    for (program, runs) in programs.iter().zip(&runs) {
        let best = runs.iter().min_by_key(|run| run.took()).context("nothing was measured")?;
        let most = |figure: fn(&Run) -> usize| runs.iter().map(figure).max().unwrap_or(0);
        let steps = best.steps.iter().map(|step| format!("{} {} s", step.name, seconds(step.took)));
        let mut row = vec!["50 ms a call, 2 s a stack".to_owned(), program.name.to_owned()];
        row.push(steps.collect::<Vec<_>>().join(", "));
        row.push(seconds(best.took()));
        row.extend(
            [
                most(Run::serial_operations),
                most(Run::stack_set_changes),
                most(|run| run.calls.0.len()),
                most(Run::fixed),
            ]
            .map(|n| n.to_string()),
        );
        table.row(row);
        all.push((best.took(), most(Run::serial_operations)));
    }
    println!("{table}");
    print_calls(programs, &runs)?;
    let (ours, operations) = *all.first().context("no program")?;
    let name = format!("stack operations in a row, empty account to {}", journey.end);
    targets.at_most(&name, operations as f64, journey.operations, "");
    if let Some((theirs, _)) = all.get(1) {
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        targets.at_most(&format!("empty account to {}, times the peer's", journey.end), ratio, 0.6, "");
    }
    Ok(())
}

/// The calls of the first round by kind; a column for each program and command.
fn print_calls(programs: &[Program], runs: &[Vec<Run>]) -> Result<()> {
    let mut head = vec!["calls".to_owned()];
    let mut columns = Vec::new();
    for (program, runs) in programs.iter().zip(runs) {
        let first = runs.first().context("nothing was measured")?;
        for step in &first.steps {
            head.push(format!("{}, {}", program.name, step.name));
            columns.push(&step.calls);
        }
    }
    let mut table = Table::new(1, &head.iter().map(String::as_str).collect::<Vec<_>>());
    let names: BTreeSet<_> = columns.iter().flat_map(|calls| calls.names()).collect();
    for name in names {
        let counts = columns.iter().map(|calls| calls.count(&name).to_string());
        table.row(std::iter::once(name.clone()).chain(counts));
    }
    println!("{table}");
    Ok(())
}

fn run(journey: &Journey, aws: &LocalAws, program: &Program, own: bool) -> Result<Run> {
    let account = aws.account();
    account.pace_all(PACE);
    account.fault(Rule::on("*:*", Action::Delay(LATENCY)).of_program());
    let (workspace, aside) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let begun = Instant::now();
    let mut steps = Vec::new();
    for (name, arguments) in (journey.commands)(&account, own) {
        let step = step(name, program, &account, (&workspace, aside.path()), &arguments);
        steps.push(step.with_context(|| name.to_owned())?);
    }
    Ok(Run { steps, calls: account.calls_since(begun).of_program() })
}

fn step(
    name: &'static str,
    program: &Program,
    account: &Account<'_>,
    (workspace, aside): (&TempDir, &Path),
    arguments: &[String],
) -> Result<Step> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = program.command(workspace.path(), &arguments);
    let keep = |name: &str| program.route.is_empty() || name != "AWS_ENDPOINT_URL";
    command.envs(account.env().into_iter().filter(|(name, _)| keep(name)));
    command.envs(program.route.iter().map(|(name, value)| (name, value)));
    let ran = program.measure(command, aside)?;
    Ok(Step { name, took: ran.took, calls: account.calls_since(ran.started).of_program() })
}
