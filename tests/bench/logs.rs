//! What it costs to read long logs, beside `aws logs tail` of the AWS CLI on the same data.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::local_aws::{LocalAws, REGION};
use crate::measured::{least, median};
use crate::program::{Program, Ran};
use crate::table::{Table, Targets, megabytes, seconds};
use crate::world::{APP, ENV, Image, JOB, World};

const LINES: [usize; 2] = [10_000, 100_000];
const ROUNDS: usize = 5;

/// The package index has version 1 of the CLI; the plugin is the command `logs tail` of version 2 for it.
const PACKAGES: [&str; 2] = ["awscli==1.46.3", "awscli-plugin-logs-tail==0.2"];

/// Measures and prints.
pub(crate) fn measure(aws: &LocalAws, ours: &Program, targets: &mut Targets) -> Result<()> {
    let cli = Program { name: "aws logs tail", path: aws_cli()?, route: Vec::new() };
    let head = ["reading logs", "lines", "s (least)", "s (median)", "peak MB"];
    let mut table = Table::new(1, &head);
    let mut peaks = Vec::new();
    for lines in LINES {
        let world = World::new(aws, Image::Location)?;
        fill(&world, lines)?;
        let (mut of_ours, mut of_cli) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let args = ["job", "logs", "--name", JOB, "--env", ENV, "--since", "24h"];
            of_ours.push(read(&world, ours, &args, lines)?);
            let group = group();
            of_cli.push(read(&world, &cli, &["logs", "tail", &group, "--since", "1d"], lines)?);
        }
        for (program, runs) in [("copilot job logs", &of_ours), (cli.name, &of_cli)] {
            let times: Vec<_> = runs.iter().map(|run| run.took).collect();
            table.row([
                program.to_owned(),
                lines.to_string(),
                seconds(least(&times).unwrap_or_default()),
                seconds(median(&times).unwrap_or_default()),
                format!("{:.1}", megabytes(peak(runs))),
            ]);
        }
        peaks.push(peak(&of_ours));
        let time = |runs: &[Ran]| median(&runs.iter().map(|run| run.took.as_secs_f64()).collect::<Vec<_>>());
        let ratio = time(&of_ours).zip(time(&of_cli)).map_or(f64::NAN, |(ours, cli)| ours / cli);
        targets.at_most(&format!("time to read {lines} lines, beside aws logs tail"), ratio, 1.2, "");
    }
    println!("{table}");
    let grown =
        peaks.last().copied().unwrap_or_default().saturating_sub(peaks.first().copied().unwrap_or_default());
    // A page, and the next one: a short log is less than that.
    targets.at_most("memory gained from 10,000 to 100,000 lines", megabytes(grown), 12.0, "MB");
    Ok(())
}

fn group() -> String {
    format!("/copilot/{APP}-{ENV}-{JOB}")
}

/// Lets a task with a sidecar log so many lines in an hour.
fn fill(world: &World<'_>, lines: usize) -> Result<()> {
    let now = jiff::Timestamp::now().as_millisecond();
    let step = 3_600_000 / i64::try_from(lines)?;
    let line = |n: usize| {
        let time = now - 3_700_000 + i64::try_from(n).unwrap_or_default() * step;
        (
            time,
            format!(
                "level=info msg=\"report {n} was written\" rows=1024 took=12ms path=/reports/2026/{n}.csv"
            ),
        )
    };
    let (main, sidecar): (Vec<usize>, Vec<usize>) = (0..lines).partition(|n| n % 10 != 0);
    for (container, lines) in [(JOB, main), ("nginx", sidecar)] {
        let stream = format!("copilot/{container}/0123456789abcdef0123456789abcdef");
        world.account().put_log_events(&group(), &stream, lines.into_iter().map(line))?;
    }
    Ok(())
}

/// Reads them once. All lines must come.
fn read(world: &World<'_>, program: &Program, args: &[&str], lines: usize) -> Result<Ran> {
    let aside = tempfile::tempdir()?;
    let mut command: Command = program.command(world.path(), args);
    command.envs(world.account().env());
    let config = aside.path().join("config");
    fs::write(&config, "[plugins]\ntail = awscli_plugin_logs_tail\n")?;
    // The name that version 1 of the AWS CLI has for it.
    command.env("AWS_CONFIG_FILE", config).env("AWS_DEFAULT_REGION", REGION);
    let ran = program.measure(command, aside.path())?;
    let written = fs::read_to_string(aside.path().join("output"))?.lines().count();
    ensure!(written == lines, "{} wrote {written} lines of {lines}", program.name);
    Ok(ran)
}

fn peak(runs: &[Ran]) -> u64 {
    runs.iter().map(|run| run.peak).max().unwrap_or_default()
}

/// The AWS CLI, installed beside this program where it is not yet.
fn aws_cli() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(3).context("this program is in no build directory")?;
    let directory = target.join("awscli");
    let program = directory.join("bin/aws");
    if !directory.join("lib").is_dir() || !has_plugin(&directory) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&directory))?;
        run(Command::new(directory.join("bin/pip")).args(["install", "--quiet"]).args(PACKAGES))?;
    }
    ensure!(program.is_file(), "{} was not installed", program.display());
    Ok(program)
}

fn has_plugin(directory: &Path) -> bool {
    let found =
        Command::new(directory.join("bin/python")).args(["-c", "import awscli_plugin_logs_tail"]).output();
    found.is_ok_and(|output| output.status.success())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("run {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
