//! From an empty account to a deployed environment: `app init`, `env init`, `env deploy`.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::local_aws::{Account, Action, Calls, LocalAws, REGION, Rule};
use crate::program::Program;
use crate::table::{Table, Targets, seconds};
use crate::world::{APP, ENV};

/// How long each call takes longer, and how long each stack operation takes at least.
const LATENCY: Duration = Duration::from_millis(50);
const PACE: Duration = Duration::from_secs(2);

/// Rounds: each takes many seconds, and stacks dominate it.
const ROUNDS: usize = 3;

/// Calls that start an operation on stacks. An update of a stack set without instances starts none, and with the first
/// environment it has none yet.
const OPERATIONS: [&str; 5] =
    ["ExecuteChangeSet", "CreateStack", "UpdateStack", "DeleteStack", "CreateStackInstances"];

/// The commands, with what both programs need to ask nothing.
fn commands(account: &Account<'_>) -> [(&'static str, Vec<String>); 3] {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let keys = ["--aws-access-key-id", account.id(), "--aws-secret-access-key", "local", "--region", REGION];
    // A peer that was built without a version takes itself for older than everything.
    let downgrade = "--allow-downgrade";
    let env_init =
        [&["env", "init", "--app", APP, "--name", ENV, "--default-config", downgrade][..], &keys].concat();
    [
        ("app init", words(&["app", "init", APP])),
        ("env init", words(&env_init)),
        ("env deploy", words(&["env", "deploy", "--app", APP, "--name", ENV, downgrade])),
    ]
}

/// One command of one program.
struct Step {
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
    let mut runs: Vec<Vec<Run>> = programs.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds.min(ROUNDS) {
        let mut pairs: Vec<_> = programs.iter().zip(&mut runs).collect();
        if round % 2 == 1 {
            pairs.reverse();
        }
        for (program, runs) in pairs {
            let run = run(aws, program);
            runs.push(run.with_context(|| format!("{}, round {}", program.name, round + 1))?);
        }
    }
    let head = [
        "from an empty account",
        "program",
        "app init s",
        "env init s",
        "env deploy s",
        "all s",
        "stacks in a row",
        "calls",
        "fixed calls",
    ];
    let mut table = Table::new(2, &head);
    let mut all = Vec::new();
    for (program, runs) in programs.iter().zip(&runs) {
        let best = runs.iter().min_by_key(|run| run.took()).context("nothing was measured")?;
        let most = |figure: fn(&Run) -> usize| runs.iter().map(figure).max().unwrap_or(0);
        let mut row = vec!["50 ms a call, 2 s a stack".to_owned(), program.name.to_owned()];
        row.extend(best.steps.iter().map(|step| seconds(step.took)));
        row.push(seconds(best.took()));
        row.extend(
            [most(Run::serial_operations), most(|run| run.calls.0.len()), most(Run::fixed)]
                .map(|n| n.to_string()),
        );
        table.row(row);
        all.push((best.took(), most(Run::serial_operations)));
    }
    println!("{table}");
    print_calls(programs, &runs)?;
    let (ours, operations) = *all.first().context("no program")?;
    targets.at_most("stack operations in a row, empty account to environment", operations as f64, 3.0, "");
    if let Some((theirs, _)) = all.get(1) {
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        targets.at_most("empty account to environment, times the peer's", ratio, 0.6, "");
    }
    Ok(())
}

/// The calls of the first round by kind; a column for each program and command.
fn print_calls(programs: &[Program], runs: &[Vec<Run>]) -> Result<()> {
    let mut head = vec!["calls".to_owned()];
    let mut columns = Vec::new();
    for (program, runs) in programs.iter().zip(runs) {
        let first = runs.first().context("nothing was measured")?;
        for (step, name) in first.steps.iter().zip(["app init", "env init", "env deploy"]) {
            head.push(format!("{}, {name}", program.name));
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

fn run(aws: &LocalAws, program: &Program) -> Result<Run> {
    let account = aws.account();
    account.pace_all(PACE);
    account.fault(Rule::on("*:*", Action::Delay(LATENCY)).of_program());
    let (workspace, aside) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let begun = Instant::now();
    let mut steps = Vec::new();
    for (name, arguments) in commands(&account) {
        let step = step(program, &account, (&workspace, aside.path()), &arguments);
        steps.push(step.with_context(|| name.to_owned())?);
    }
    Ok(Run { steps, calls: account.calls_since(begun).of_program() })
}

fn step(
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
    Ok(Step { took: ran.took, calls: account.calls_since(ran.started).of_program() })
}
