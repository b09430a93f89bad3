//! Deploys of a job whose image is only named: created, deployed again unchanged, and updated, with and without latency.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::local_aws::LocalAws;
use crate::measured::{Measured, least, median};
use crate::program::Program;
use crate::table::{Table, Targets, megabytes, seconds};
use crate::world::{Image, World};

const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(50)];

/// A deploy, what is added to the manifest for it, and how many fixed calls it may cost.
struct Step {
    name: &'static str,
    manifest: &'static str,
    calls: u32,
}

const LOCATION: &str = "image:\n  location: registry.example/report-gen:1\n";
const STEPS: [Step; 3] = [
    Step { name: "create", manifest: LOCATION, calls: 15 },
    Step { name: "no change", manifest: LOCATION, calls: 13 },
    Step {
        name: "update",
        manifest: "image:\n  location: registry.example/report-gen:1\nretries: 2\n",
        calls: 14,
    },
];

/// The deploys of one step with one latency: by program, then by round.
type Rounds = Vec<Vec<Measured>>;

/// Measures and prints.
pub(crate) fn measure(
    aws: &LocalAws,
    programs: &[Program],
    rounds: usize,
    targets: &mut Targets,
) -> Result<()> {
    let head =
        ["job with image.location", "latency", "program", "min s", "median s", "times ours", "peak MB"];
    let mut with_latency = Vec::new();
    let mut times = Table::new(3, &head);
    let mut peak = 0;
    for latency in LATENCIES {
        let steps = run(aws, programs, rounds, latency)?;
        for (step, by_program) in STEPS.iter().zip(&steps) {
            add_times(&mut times, step, latency, programs, by_program)?;
        }
        let ours = steps.iter().filter_map(|by_program| by_program.first()).flatten();
        peak = ours.map(|measured| measured.peak).max().unwrap_or(0).max(peak);
        with_latency = steps;
    }
    println!("{times}");
    print_calls(programs, &with_latency)?;
    print_depths(programs, &with_latency)?;

    for (step, by_program) in STEPS.iter().zip(&with_latency) {
        let ours = by_program.first().context("no program")?;
        let most = ours.iter().map(|measured| measured.fixed().0.len()).max().unwrap_or(0);
        targets.at_most(&format!("fixed calls, {}", step.name), most as f64, f64::from(step.calls), "");
    }
    targets.at_most("peak memory without build", megabytes(peak), 40.0, "MB");
    Ok(())
}

fn run(aws: &LocalAws, programs: &[Program], rounds: usize, latency: Duration) -> Result<Vec<Rounds>> {
    let mut steps: Vec<Rounds> =
        STEPS.iter().map(|_| programs.iter().map(|_| Vec::new()).collect()).collect();
    for round in 0..rounds {
        let worlds = programs.iter().map(|_| World::new(aws, Image::Location)).collect::<Result<Vec<_>>>()?;
        for (step, by_program) in STEPS.iter().zip(&mut steps) {
            let mut pairs: Vec<_> = programs.iter().zip(&worlds).zip(by_program).collect();
            // Whoever goes first may find the emulator in another state than the second.
            if round % 2 == 1 {
                pairs.reverse();
            }
            for ((program, world), measured) in pairs {
                world.manifest(step.manifest)?;
                world.latency(latency);
                let deploy = world.deploy(program);
                measured.push(deploy.with_context(|| format!("{}, round {}", step.name, round + 1))?);
            }
        }
    }
    Ok(steps)
}

fn add_times(
    table: &mut Table,
    step: &Step,
    latency: Duration,
    programs: &[Program],
    by_program: &Rounds,
) -> Result<()> {
    let times = |measured: &Vec<Measured>| measured.iter().map(|measured| measured.took).collect::<Vec<_>>();
    let ours = by_program.first().map(times).context("no program")?;
    for (program, measured) in programs.iter().zip(by_program) {
        let theirs = times(measured);
        let ratios: Vec<_> = theirs
            .iter()
            .zip(&ours)
            .map(|(theirs, ours)| theirs.as_secs_f64() / ours.as_secs_f64())
            .collect();
        let (min, middle) = least(&theirs).zip(median(&theirs)).context("no deploy was timed")?;
        table.row([
            step.name.to_owned(),
            format!("{} ms", latency.as_millis()),
            program.name.to_owned(),
            seconds(min),
            seconds(middle),
            format!("{:.2}", median(&ratios).context("no deploy was timed")?),
            format!("{:.1}", megabytes(measured.iter().map(|measured| measured.peak).max().unwrap_or(0))),
        ]);
    }
    Ok(())
}

/// The calls of the first round by kind; a column for each program and step.
fn print_calls(programs: &[Program], steps: &[Rounds]) -> Result<()> {
    let mut head = vec!["calls".to_owned()];
    let mut columns = Vec::new();
    for (index, program) in programs.iter().enumerate() {
        for (step, by_program) in STEPS.iter().zip(steps) {
            head.push(format!("{}, {}", program.name, step.name));
            columns.push(by_program.get(index).and_then(|rounds| rounds.first()).context("no deploy")?);
        }
    }
    let mut table = Table::new(1, &head.iter().map(String::as_str).collect::<Vec<_>>());
    let names: BTreeSet<_> = columns.iter().flat_map(|measured| measured.calls.names()).collect();
    for name in names {
        let counts = columns.iter().map(|measured| measured.calls.count(&name).to_string());
        table.row(std::iter::once(name.clone()).chain(counts));
    }
    let fixed = columns.iter().map(|measured| measured.fixed().0.len().to_string());
    table.row(std::iter::once("all but repeated polls".to_owned()).chain(fixed));
    println!("{table}");
    Ok(())
}

fn print_depths(programs: &[Program], steps: &[Rounds]) -> Result<()> {
    let head =
        ["one after the other", "program", "fixed calls", "their depth", "before the first upload", "polls"];
    let mut table = Table::new(2, &head);
    for (step, by_program) in STEPS.iter().zip(steps) {
        for (program, rounds) in programs.iter().zip(by_program) {
            let worst = |figure: fn(&Measured) -> usize| rounds.iter().map(figure).max().context("no deploy");
            let upload = rounds.iter().filter_map(Measured::serial_before_upload).max();
            table.row([
                step.name.to_owned(),
                program.name.to_owned(),
                worst(|measured| measured.fixed().0.len())?.to_string(),
                worst(|measured| measured.fixed().serial_depth())?.to_string(),
                upload.map_or_else(|| "none".to_owned(), |depth| depth.to_string()),
                worst(Measured::polls)?.to_string(),
            ]);
        }
    }
    println!("{table}");
    Ok(())
}
