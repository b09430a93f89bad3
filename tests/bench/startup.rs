//! What a program costs before it does anything: its size, and the time until it has answered a question about itself.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::measured::{least, median};
use crate::program::Program;
use crate::table::{Table, Targets, megabytes, milliseconds};

const RUNS: usize = 60;
const COMMANDS: [&[&str]; 2] = [&["version"], &["job", "deploy", "--help"]];

/// Measures and prints.
pub(crate) fn measure(programs: &[Program], targets: &mut Targets) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut table = Table::new(2, &["start-up", "program", "min ms", "median ms"]);
    for args in COMMANDS {
        let mut times: Vec<Vec<Duration>> = programs.iter().map(|_| Vec::new()).collect();
        for _ in 0..RUNS {
            for (program, times) in programs.iter().zip(&mut times) {
                times.push(program.time(directory.path(), args, 0)?);
            }
        }
        let command = format!("copilot {}", args.join(" "));
        for (index, (program, times)) in programs.iter().zip(&times).enumerate() {
            let (min, middle) = least(times).zip(median(times)).context("no run was timed")?;
            table.row([command.clone(), program.name.to_owned(), milliseconds(min), milliseconds(middle)]);
            if index == 0 {
                let middle = middle.as_secs_f64() * 1e3;
                targets.at_most(&format!("start-up of `{command}`, median"), middle, 5.0, "ms");
            }
        }
    }
    println!("{table}");

    let mut table = Table::new(1, &["size", "MB"]);
    for (index, program) in programs.iter().enumerate() {
        let size = megabytes(std::fs::metadata(&program.path)?.len());
        table.row([program.name.to_owned(), format!("{size:.1}")]);
        if index == 0 {
            targets.at_most("size of the program", size, 16.0, "MB");
        }
    }
    println!("{table}");
    Ok(())
}
