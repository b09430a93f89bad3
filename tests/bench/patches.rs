//! What it costs to read 500 patches and to apply them to a template, which becomes one of a megabyte, the most that
//! `CloudFormation` takes. The last patch is wrong, so that the program stops before it needs AWS.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::measured::{least, median};
use crate::program::Program;
use crate::table::{Table, Targets, megabytes, milliseconds};

const RUNS: usize = 20;
const MANIFEST: &str = "name: report\ntype: Scheduled Job\nimage: {location: repo/app}\ncpu: 256\nmemory: 512\n\
                        on: {schedule: '@daily'}\n";
const WRONG: &str = "- {op: remove, path: /Resources/Nothing}\n";
const ARGS: [&str; 6] = ["job", "deploy", "--name", "report", "--env", "test"];

/// Measures and prints.
pub(crate) fn measure(ours: &Program, targets: &mut Targets) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let dir = directory.path();
    let overrides = dir.join("copilot/report/overrides");
    fs::create_dir_all(&overrides)?;
    fs::write(dir.join("copilot/.workspace"), "application: demo\n")?;
    fs::write(dir.join("copilot/report/manifest.yml"), MANIFEST)?;
    let file = overrides.join("cfn.patches.yml");
    let many = patches()? + WRONG;
    fs::write(&file, &many)?;
    let (ran, status, said) = ours.observe(ours.command(dir, &ARGS), dir)?;
    ensure!(status.code() == Some(1) && said.contains("has no key \"Nothing\""), "{status}:\n{said}");
    let (mut times, mut single) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        fs::write(&file, &many)?;
        times.push(ours.time(dir, &ARGS, 1)?);
        fs::write(&file, WRONG)?;
        single.push(ours.time(dir, &ARGS, 1)?);
    }
    let (min, middle) = least(&times).zip(median(&times)).context("no run was timed")?;
    let beyond = min.saturating_sub(least(&single).context("no run was timed")?);
    let mut table = Table::new(1, &["patches", "KB", "min ms", "median ms", "beyond one patch", "peak MB"]);
    table.row([
        "500 resources".to_owned(),
        format!("{:.0}", many.len() as f64 / 1e3),
        milliseconds(min),
        milliseconds(middle),
        milliseconds(beyond),
        format!("{:.1}", megabytes(ran.peak)),
    ]);
    targets.at_most("500 patches, a template of 1 MB", beyond.as_secs_f64() * 1e3, 50.0, "ms");
    println!("{table}");
    Ok(())
}

/// Patches that add 500 resources of about 2 KB each.
fn patches() -> Result<String> {
    let mut patches = String::new();
    for i in 0..500 {
        write!(
            patches,
            "- op: add\n  path: /Resources/Queue{i}\n  value:\n    Type: AWS::SQS::Queue\n    Properties:\n"
        )?;
        write!(patches, "      QueueName: !Sub '${{AppName}}-${{EnvName}}-{i}'\n      Tags:\n")?;
        for tag in 0..26 {
            let value = format!("value {tag} of ${{WorkloadName}}");
            write!(patches, "        - Key: key-{tag}\n          Value: !Sub '{value}'\n")?;
        }
    }
    Ok(patches)
}
