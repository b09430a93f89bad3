//! Every call of a deployment meets every kind of failure.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{CREATE, Point, SETUPS, Scenario, UPDATE, points};
use crate::local_aws::{Action, LocalAws, Rule};
use crate::support::{BUILD, Run, Workspace, World, in_parallel, without_times};

/// A way for a call to fail.
struct Fault {
    name: &'static str,
    rule: fn(&str) -> Rule,
    /// It passes: the deployment has to succeed.
    passes: bool,
}

/// Longer than the program waits for an answer.
const STALL: Duration = Duration::from_secs(45);

/// What no deployment of these may take longer than, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(110);

const FAULTS: [Fault; 7] = [
    Fault { name: "throttled 3×", rule: |on| Rule::throttle(on).times(3), passes: true },
    Fault {
        name: "500 twice",
        rule: |on| Rule::error(on, 500, "InternalFailure", "The service has a problem").times(2),
        passes: true,
    },
    Fault {
        name: "connection dropped",
        rule: |on| Rule::on(on, Action::Drop { after_bytes: 0 }).times(1),
        passes: true,
    },
    Fault { name: "stalled", rule: |on| Rule::on(on, Action::Delay(STALL)).times(1), passes: true },
    Fault { name: "malformed body", rule: |on| Rule::on(on, Action::Garble).times(1), passes: false },
    Fault { name: "AccessDenied", rule: Rule::deny, passes: false },
    Fault { name: "expired token", rule: Rule::expired_token, passes: false },
];

/// What became of one deployment.
struct Cell {
    deployed: bool,
    took: Duration,
    /// What is wrong with it.
    wrong: Vec<String>,
    said: String,
}

fn rule(fault: &Fault, point: &Point, world: &World) -> Rule {
    let rule = point.strike((fault.rule)(&point.operation), world);
    // Looks at a stack or a stack set are repeated for five minutes while they may still succeed.
    let looks = ["cloudformation:DescribeStackEvents", "cloudformation:DescribeStackSetOperation"];
    let look = looks.contains(&point.operation.as_str());
    if look && fault.name == "expired token" { rule.times(3) } else { rule }
}

fn run(scenario: Scenario, point: &Point, fault: &Fault) -> Cell {
    let world = (scenario.world)();
    world.account.fault(rule(fault, point, &world));
    let started = Instant::now();
    let run = scenario.run(&world);
    judge(&world, scenario, point, fault, &run, started.elapsed())
}

fn judge(world: &World, scenario: Scenario, point: &Point, fault: &Fault, run: &Run, took: Duration) -> Cell {
    let said = without_times(&run.stderr);
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    let stack = world.cloudformation("DescribeStacks", &[("StackName", scenario.stack)]);
    let stack = stack.filter(|stack| !stack.contains("DELETE_COMPLETE")).unwrap_or_default();
    // The step that failed is marked as well.
    let is_error = |line: &&str| line.starts_with('✘') && !line.starts_with("✘ Proposing ");
    let reported = said.lines().filter(is_error).collect::<Vec<_>>();
    must(took < LIMIT, "took too long");
    must(!said.contains("panicked") && !said.contains('\u{1b}') && run.stdout.is_empty(), "output");
    must(!stack.contains("REVIEW_IN_PROGRESS"), "an empty stack is left");
    let sets = world.cloudformation("ListChangeSets", &[("StackName", scenario.stack)]).unwrap_or_default();
    must(!sets.contains("<ExecutionStatus>AVAILABLE<"), "a change set is left");
    match run.code {
        Some(0) => {
            must(said.contains(scenario.success), "success is not told");
            must(reported.is_empty(), "an error beside success");
            must(stack.contains("_COMPLETE</StackStatus>") == scenario.stays, "success with another stack");
        }
        Some(1) => {
            must(!fault.passes, "a failure that passes was not survived");
            must(reported.len() == 1, "not one error");
            must(said.contains(&format!("{} on ", point.permission())), "the call is not named");
            let subject = point.subject(world);
            let name = subject.rsplit(['/', ':']).find(|part| part.len() > 2).unwrap_or_default();
            must(said.contains(name), "the resource is not named");
        }
        // A run goes on whether it is seen or not.
        Some(3) => {
            must(!fault.passes, "a failure that passes was not survived");
            must(said.contains("The run goes on in AWS."), "it is not told that the run goes on");
            must(said.contains(&format!("{} on ", point.permission())), "the call is not named");
        }
        code => must(false, &format!("exit code {code:?}")),
    }
    Cell { deployed: run.code == Some(0), took, wrong, said }
}

/// Runs the deployments and returns a table, and what is wrong.
fn table(scenario: Scenario, points: &[Point], faults: &[Fault], threads: usize) -> (String, String) {
    let cells: Vec<(&Point, &Fault)> =
        points.iter().flat_map(|point| faults.iter().map(move |fault| (point, fault))).collect();
    // Those that mostly wait all at once, beside the others.
    let (waiting, working): (Vec<_>, Vec<_>) =
        (0..cells.len()).partition(|at| cells[*at].1.name == "stalled");
    let result = |at: &usize| run(scenario, cells[*at].0, cells[*at].1);
    let (waited, worked) = std::thread::scope(|scope| {
        let waited = scope.spawn(|| in_parallel(waiting.len(), &waiting, result));
        let worked = in_parallel(threads, &working, result);
        (waited.join().unwrap(), worked)
    });
    let mut results: Vec<(usize, Cell)> =
        waiting.into_iter().zip(waited).chain(working.into_iter().zip(worked)).collect();
    results.sort_by_key(|(at, _)| *at);
    lay_out(scenario.name, points, faults, &results)
}

/// A table of results, those of one call side by side; and what is wrong.
fn lay_out(name: &str, points: &[Point], faults: &[Fault], results: &[(usize, Cell)]) -> (String, String) {
    let (mut text, mut wrong) = (String::new(), String::new());
    let names = faults.iter().map(|fault| fault.name).collect::<Vec<_>>().join(" | ");
    writeln!(text, "| {} | {names} |\n| --- |{}", name, " --- |".repeat(faults.len())).unwrap();
    for (point, row) in points.iter().zip(results.chunks(faults.len())) {
        let nth = if point.nth > 0 { format!(" ({}.)", point.nth + 1) } else { String::new() };
        write!(text, "| {} {}{}{nth} |", point.operation, point.about, if point.cut { "…" } else { "" })
            .unwrap();
        for ((_, cell), fault) in row.iter().zip(faults) {
            let mark = match (cell.wrong.is_empty(), cell.deployed) {
                (false, _) => "**wrong**",
                (true, true) => "deployed",
                (true, false) => "error told",
            };
            write!(text, " {mark} {:.1} s |", cell.took.as_secs_f64()).unwrap();
            if !cell.wrong.is_empty() {
                let (what, said) = (cell.wrong.join("; "), &cell.said);
                writeln!(wrong, "{name} {point:?} {}: {what}\n{said}", fault.name).unwrap();
            }
        }
        text.push('\n');
    }
    (text, wrong)
}

#[test]
#[ignore = "takes minutes: make faults"]
fn every_call_meets_every_fault() {
    let mut wrong = String::new();
    // One of them by its name, where only that has changed.
    let only = std::env::var("COPILOT_FAULTS").ok();
    let wanted = |scenario: &Scenario| only.as_ref().is_none_or(|only| scenario.name == only);
    for scenario in [CREATE, UPDATE].into_iter().chain(SETUPS).filter(wanted) {
        let started = Instant::now();
        let points = points(scenario);
        let (text, failures) = table(scenario, &points, &FAULTS, 8);
        let cells = points.len() * FAULTS.len();
        println!("{text}\n{cells} deployments in {:.0} s\n", started.elapsed().as_secs_f64());
        wrong.push_str(&failures);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The calls that only a deployment with a built image makes: its login, and its build's secrets.
#[test]
#[ignore = "takes minutes: make faults"]
fn every_call_of_an_image_meets_every_fault() {
    let started = Instant::now();
    let point = |operation: &str, about: &str| Point {
        operation: operation.to_owned(),
        about: about.to_owned(),
        cut: true,
        nth: 0,
    };
    let points = [
        point("ecr:GetAuthorizationToken", ""),
        point("ssm:GetParameter", "/copilot/demo/test/secrets/token"),
        point("secretsmanager:GetSecretValue", ""),
    ];
    // There are few accounts with a registry: one for each call, deployed to again and again.
    let rows = in_parallel(points.len(), &points, |point| {
        let world = World::with_registry(secret_image());
        store_secrets(&world);
        let results = FAULTS.each_ref().map(|fault| {
            world.workspace.file("content", &uuid::Uuid::new_v4().to_string());
            world.account.clear_faults();
            world.account.fault(point.strike((fault.rule)(&point.operation), &world));
            let started = Instant::now();
            let run = world.deploy(&[]);
            judge(&world, CREATE, point, fault, &run, started.elapsed())
        });
        (0..FAULTS.len()).zip(results).collect::<Vec<_>>()
    });
    let (text, wrong) = lay_out(
        "create and update with a built image",
        &points,
        &FAULTS,
        &rows.into_iter().flatten().collect::<Vec<_>>(),
    );
    println!(
        "{text}\n{} deployments in {:.0} s\n",
        points.len() * FAULTS.len(),
        started.elapsed().as_secs_f64()
    );
    assert!(wrong.is_empty(), "{wrong}");
}

/// A job with an image whose build has secrets.
fn secret_image() -> Workspace {
    let workspace = Workspace::with_image();
    workspace.manifest(&BUILD.replace(
        "  build: ./Dockerfile\n",
        "  build:\n    dockerfile: Dockerfile\n    secrets:\n      ssm: {ssm: /copilot/demo/test/secrets/token}\n      \
         manager: {secretsmanager: build-token}\n",
    ));
    workspace
}

fn store_secrets(world: &World) {
    let emulator = world.account.emulator();
    LocalAws::shared()
        .block_on(async move {
            let parameter = serde_json::json!({
                "Name": "/copilot/demo/test/secrets/token", "Value": "t", "Type": "SecureString"
            });
            emulator.json("ssm", "AmazonSSM.PutParameter", &parameter).await?;
            let secret = serde_json::json!({
                "Name": "build-token", "SecretString": "t", "ClientRequestToken": uuid::Uuid::new_v4().to_string()
            });
            emulator.json("secretsmanager", "secretsmanager.CreateSecret", &secret).await
        })
        .unwrap();
}

/// The calls that change something, without those that only wait.
#[test]
fn calls_that_change_something_meet_most_faults() {
    let changing = ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"];
    let mut points = points(CREATE);
    points.retain(|point| changing.contains(&point.operation.as_str()));
    let (quick, _) = FAULTS.split_at(3);
    let (table_of_quick, wrong) = table(CREATE, &points, quick, 2);
    assert!(wrong.is_empty(), "{wrong}{table_of_quick}");
    let (lasting, wrong) = table(CREATE, &points, &FAULTS[4..], 2);
    assert!(wrong.is_empty(), "{wrong}{lasting}");
}
