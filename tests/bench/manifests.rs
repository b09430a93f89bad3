//! What reading a manifest costs, also one that somebody made to cost much. Each ends with a mistake, so that the
//! program reads, overlays and checks all of it, says what is wrong, and stops before it needs AWS.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::measured::{least, median};
use crate::program::Program;
use crate::table::{Table, Targets, megabytes, milliseconds};

const JOB: &str = "report";

/// A job whose manifest is one line: what a run costs besides reading.
const TINY: &str = "tiny";

const RUNS: usize = 200;

/// Runs of a manifest that takes long.
const FEW: usize = 3;

/// The longest that any file may keep the program busy, in milliseconds.
const LIMIT: f64 = 2_000.0;

const HEAD: &str =
    "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\non: {schedule: '@daily'}\n";
const MISTAKE: &str = "cpu: 256\nmemory: 512\nretries: -1\n";

/// Measures and prints.
pub(crate) fn measure(ours: &Program, targets: &mut Targets) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let dir = directory.path();
    fs::create_dir_all(dir.join("copilot").join(JOB))?;
    fs::create_dir_all(dir.join("copilot").join(TINY))?;
    fs::write(dir.join("copilot").join(TINY).join("manifest.yml"), "name: tiny\n")?;
    fs::write(dir.join("copilot/.workspace"), "application: demo\n")?;
    let mut table = Table::new(1, &["manifest", "KB", "min ms", "median ms", "beyond one line", "peak MB"]);
    for (name, text) in manifests() {
        let ordinary = name == ORDINARY;
        let (times, tiny, peak) = read(ours, dir, &text, if ordinary { RUNS } else { FEW })?;
        let (min, middle) = least(&times).zip(median(&times)).context("no run was timed")?;
        let reading = min.saturating_sub(least(&tiny).context("no run was timed")?);
        table.row([
            name.to_owned(),
            format!("{:.0}", text.len() as f64 / 1e3),
            milliseconds(min),
            milliseconds(middle),
            milliseconds(reading),
            // A run can be over before its memory is looked at, or is looked at before it has begun.
            if peak > 1_000_000 { format!("{:.1}", megabytes(peak)) } else { "-".to_owned() },
        ]);
        let reading = reading.as_secs_f64() * 1e3;
        if ordinary {
            targets.at_most("reading a manifest of 200 lines", reading, 2.0, "ms");
        } else {
            targets.at_most(&format!("reading a manifest: {name}"), reading, LIMIT, "ms");
        }
    }
    println!("{table}");
    Ok(())
}

/// Times of several runs and of as many with a manifest of one line, in turn, and the peak of memory in another run.
fn read(ours: &Program, dir: &Path, text: &str, runs: usize) -> Result<(Vec<Duration>, Vec<Duration>, u64)> {
    fs::write(dir.join("copilot").join(JOB).join("manifest.yml"), text)?;
    let args = |job| ["job", "deploy", "--name", job, "--env", "test"];
    // Looking at the memory takes time of its own.
    let (ran, status, said) = ours.observe(ours.command(dir, &args(JOB)), dir)?;
    ensure!(status.code() == Some(1) && said.contains("manifest.yml"), "{status}:\n{said}");
    let (mut times, mut tiny) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        times.push(ours.time(dir, &args(JOB), 1)?);
        tiny.push(ours.time(dir, &args(TINY), 1)?);
    }
    Ok((times, tiny, ran.peak))
}

const ORDINARY: &str = "200 lines";

/// An ordinary manifest and hostile ones, by name.
fn manifests() -> Vec<(&'static str, String)> {
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let mut ordinary = format!("{HEAD}{MISTAKE}variables:\n");
    ordinary += &lines(60, &|i| format!("  NAME_{i}: \"value {i}\"\n"));
    ordinary += "secrets:\n";
    ordinary += &lines(40, &|i| format!("  SECRET_{i}: /demo/test/secrets/name-{i}\n"));
    ordinary += "sidecars:\n";
    ordinary += &lines(6, &|i| {
        format!("  side{i}:\n    image: repo/side:{i}\n    port: {}\n    variables:\n      A: b\n", 8000 + i)
    });
    ordinary += "environments:\n";
    ordinary += &lines(10, &|i| {
        let name = if i == 0 { "test".to_owned() } else { format!("env{i}") };
        format!("  {name}:\n    cpu: 512\n    memory: 1024\n    variables:\n      NAME_1: other\n")
    });

    let mut bomb = "x-0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..20 {
        let _ = writeln!(bomb, "x-{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 9].join(", "));
    }
    let chain = |i: usize| format!("  s{i}: {{image: i, depends_on: {{s{}: start}}}}\n", i + 1);
    let long = "word ".repeat(2_000_000);
    vec![
        (ORDINARY, ordinary),
        (
            "lists nested 100,000 deep",
            format!("{HEAD}command: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        ),
        ("maps nested 2,000 deep", format!("{HEAD}{}", lines(2_000, &|i| format!("{}a:\n", " ".repeat(i))))),
        ("aliases of aliases, 9 to the 20th", format!("{HEAD}{bomb}")),
        (
            "10,000 aliases of a text of 1 MB",
            format!("{HEAD}x-a: &a {}\ncommand: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(10_000)),
        ),
        (
            "100,000 variables, 10 MB",
            format!("{HEAD}{MISTAKE}variables:\n{}", lines(100_000, &|i| format!("  NAME_{i}: {i:>84}\n"))),
        ),
        ("one line of 10 MB", format!("{HEAD}{MISTAKE}command: {long}\n")),
        (
            "100,000 wrong values in one line",
            format!("{HEAD}variables: {{{}}}\n", lines(100_000, &|i| format!("N{i}: [x], "))),
        ),
        (
            "60,000 unknown fields",
            format!("{HEAD}{MISTAKE}{}", lines(60_000, &|i| format!("variabel{i}: x\n"))),
        ),
        (
            "a key of 1 MB above 100,000 values",
            format!(
                "{HEAD}{MISTAKE}sidecars:\n  ? {}\n  : image: i\n    variables:\n{}",
                "k".repeat(1_000_000),
                lines(100_000, &|i| format!("      N{i}: x\n"))
            ),
        ),
        (
            "200,000 undefined variables in one text",
            format!("{HEAD}command: \"{}\"\n", lines(200_000, &|i| format!("${{N{i}}} "))),
        ),
        ("a chain of 20,000 sidecars", format!("{HEAD}sidecars:\n{}", lines(20_000, &chain))),
    ]
}
