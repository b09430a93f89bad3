//! What comparing two templates costs: the library alone, each time in a process of its own. Times are processor time,
//! which on an idle machine is the time it takes, as one thread does it all.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::measured::{least, median};
use crate::table::{Table, Targets, megabytes, milliseconds};

/// The argument that makes this program compare one pair, whose name follows.
pub(crate) const CHILD: &str = "--compare";

const RUNS: usize = 7;

/// A pair of templates and what comparing them may take.
struct Pair {
    name: &'static str,
    limit_ms: f64,
    limit_mb: f64,
    make: fn() -> (String, String),
}

const PAIRS: [Pair; 5] = [
    Pair {
        name: "10,000 lines with 50 edits",
        limit_ms: 100.0,
        limit_mb: 100.0,
        make: || (template(0), template(50)),
    },
    Pair {
        name: "10,000 lines, new stack",
        limit_ms: 100.0,
        limit_mb: 100.0,
        make: || (String::new(), template(0)),
    },
    Pair {
        name: "5,000 items against 5,000 others",
        limit_ms: 1_000.0,
        limit_mb: 100.0,
        make: || (list((0..5_000).map(item)), list((5_000..10_000).map(item))),
    },
    Pair {
        name: "5,000 items in reverse order",
        limit_ms: 1_000.0,
        limit_mb: 100.0,
        make: || (list((0..5_000).map(item)), list((0..5_000).rev().map(item))),
    },
    Pair {
        name: "4,096 items, none written alike",
        limit_ms: 2_000.0,
        limit_mb: 200.0,
        make: || (list((0..4_096).map(|i| forms(i, true))), list((0..4_096).map(|i| forms(i, false)))),
    },
];

/// Measures and prints.
pub(crate) fn measure(targets: &mut Targets) -> Result<()> {
    let program = std::env::current_exe().context("find this program")?;
    let mut table = Table::new(1, &["templates", "KB", "min ms", "median ms", "peak MB", "lines of text"]);
    for pair in &PAIRS {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            let output = Command::new(&program).args([CHILD, pair.name]).output()?;
            ensure!(output.status.success(), "comparing {} failed: {}", pair.name, output.status);
            let said = String::from_utf8(output.stdout)?;
            let figures: Vec<u64> = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
            let [bytes, micros, peak, lines] = figures.as_slice() else {
                anyhow::bail!("comparing {} said {said:?}", pair.name);
            };
            runs.push((*bytes, *micros, *peak, *lines));
        }
        let (bytes, _, _, lines) = *runs.first().context("no run")?;
        let times: Vec<u64> = runs.iter().map(|run| run.1).collect();
        let (min, middle) = least(&times).zip(median(&times)).context("no run was timed")?;
        let (min, middle) = (Duration::from_micros(min), Duration::from_micros(middle));
        let peak = runs.iter().map(|run| run.2).max().unwrap_or(0);
        table.row([
            pair.name.to_owned(),
            format!("{:.0}", bytes as f64 / 1e3),
            milliseconds(min),
            milliseconds(middle),
            format!("{:.1}", megabytes(peak)),
            lines.to_string(),
        ]);
        targets.at_most(&format!("comparing {}", pair.name), min.as_secs_f64() * 1e3, pair.limit_ms, "ms");
        targets.at_most(&format!("memory for {}", pair.name), megabytes(peak), pair.limit_mb, "MB");
    }
    println!("{table}");
    Ok(())
}

/// Compares one pair and prints bytes, microseconds, the peak of memory in bytes and lines.
pub(crate) fn compare(name: &str) -> Result<()> {
    let pair = PAIRS.iter().find(|pair| pair.name == name).context("no such pair")?;
    let (old, new) = (pair.make)();
    let started = processor_time()?;
    let text = copilot::diff::templates(&old, &new).map_err(|e| anyhow::anyhow!("{e}"))?.text();
    let took = processor_time()?.saturating_sub(started).as_micros();
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("read the peak")?;
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
    println!("{} {took} {} {}", old.len() + new.len(), kilobytes * 1024, text.lines().count());
    Ok(())
}

/// How long this process has been on a processor.
fn processor_time() -> Result<Duration> {
    let status = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = status.split_whitespace().next().context("read the processor time")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Task definitions as they are in jobs' templates, some with another size.
fn template(edits: usize) -> String {
    let mut text = String::from("Metadata:\n  Version: v1.34.0\nResources:\n");
    for i in 0..1_000 {
        let cpu = if i % 20 < edits / 50 { 512 } else { 256 };
        let _ = write!(
            text,
            "  Task{i}:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      Cpu: {cpu}\n      Family: !Join ['', \
             [!Ref AppName, '-', !Ref EnvName, '-{i}']]\n      ContainerDefinitions:\n        - Name: !Ref WorkloadName\n          \
             Environment:\n            - Name: NAME_{i}\n              Value: !Sub '${{AppName}}'\n"
        );
    }
    text
}

fn list(items: impl Iterator<Item = String>) -> String {
    std::iter::once("List:\n".to_owned()).chain(items).collect()
}

fn item(number: usize) -> String {
    format!("  - Name: NAME_{number}\n    Value: x\n")
}

/// Twelve calls in one of 4,096 mixtures of short and long forms.
fn forms(number: usize, short: bool) -> String {
    let call = |bit: usize| match ((number >> bit) & 1 == 0) == short {
        true => format!("!Ref A{bit}"),
        false => format!("{{Ref: A{bit}}}"),
    };
    format!("  - [{}]\n", (0..12).map(call).collect::<Vec<_>>().join(", "))
}
