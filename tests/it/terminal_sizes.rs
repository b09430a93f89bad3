//! The program in pseudo-terminals of several sizes and kinds.

use std::time::Duration;

use crate::local_aws::Pace;
use crate::support::terminal::{bytes, in_shell, in_terminal, plain, screen};
use crate::support::{ENV, JOB, LOCATION, STACK, Workspace, World, time_length};

const DEPLOY: [&str; 6] = ["job", "deploy", "--name", JOB, "--env", ENV];

/// A world in which something is to be seen for half a second.
fn paced() -> World {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EventEvery(Duration::from_millis(40)));
    world
}

/// The widths of the lines of each redraw, without escape sequences.
fn widths(said: &str) -> Vec<usize> {
    let said = String::from_utf8_lossy(&bytes(said)).into_owned();
    let lines = said.split("\u{1b}[2K").skip(1).filter_map(|rest| rest.split('\n').next());
    lines.map(|line| console::measure_text_width(line.trim_end())).collect()
}

#[test]
fn the_tree_is_redrawn_in_place_and_stays() {
    for columns in [300, 120, 50, 20] {
        let world = paced();
        let mut terminal = in_terminal(&world, &DEPLOY, columns);
        let said = terminal.exp_eof().unwrap();
        assert!(said.contains("\u{1b}[92m"), "statuses are coloured");
        let widest = widths(&said).into_iter().max().unwrap();
        assert!(widest <= usize::from(columns), "{widest} columns of {columns}");
        let screen = screen(&said, columns);
        assert!(screen.contains("✔ Deployed report-g"), "{screen}");
        let tree: Vec<&str> = match columns {
            0..60 => screen.lines().filter(|line| line.starts_with(" ✔ ") && line.ends_with("s]")).collect(),
            _ => screen.lines().filter(|line| line.contains("[create complete]")).collect(),
        };
        let rows = if columns < 60 { 9 } else { 10 };
        assert_eq!(tree.len(), rows, "each resource once:\n{screen}");
        if columns == 300 {
            let title = "- Creating the infrastructure for stack demo-test-report-gen                [create complete]";
            assert!(screen.contains(title), "no wider than it has to be:\n{screen}");
        }
    }
}

#[test]
fn a_terminal_may_change_its_size() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(600)));
    let device = world.workspace.path().join("terminal");
    let script = format!("stty rows 40 cols 120; tty > '{}'; exec \"$@\"", device.display());
    let mut terminal = in_shell(&world, &DEPLOY, &script, &[]);
    let mut said = terminal.exp_string("Creating the infrastructure").unwrap();
    let device = std::fs::read_to_string(device).unwrap();
    // The block is redrawn several times a second.
    let redrawn = || std::thread::sleep(Duration::from_secs(1));
    redrawn();
    for (rows, columns) in [("40", "70"), ("8", "40")] {
        let size = ["-F", device.trim(), "rows", rows, "cols", columns];
        assert!(std::process::Command::new("stty").args(size).status().unwrap().success());
        redrawn();
    }
    world.account.release(STACK);
    said.push_str("Creating the infrastructure");
    said.push_str(&terminal.exp_eof().unwrap());
    let widths = widths(&said);
    let of = |columns: std::ops::RangeInclusive<usize>| {
        widths.iter().filter(|width| columns.contains(width)).count()
    };
    assert!(of(71..=120) > 0 && of(41..=70) > 0 && of(0..=40) > 0, "{widths:?}");
    let narrow = widths.iter().rposition(|width| *width > 40).unwrap();
    assert!(widths.len() - narrow > 1, "the last redraws fit");
    // Of the 10 lines those that had become too wide took two rows each.
    let moves: Vec<usize> = said
        .split("\u{1b}[")
        .filter_map(|rest| rest.split_once('A').and_then(|(count, _)| count.parse().ok()))
        .collect();
    assert!(moves.iter().any(|rows| *rows > 10), "{moves:?}");
    assert!(plain(&said).contains("… "), "8 rows are too few for everything");
    let last = plain(&said);
    let last = last.rsplit("Creating the").next().unwrap();
    assert!(last.lines().filter(|line| line.contains('✔')).count() >= 10, "everything stays:\n{last}");
}

#[test]
fn logs_get_plain_lines_also_in_a_terminal() {
    for (variable, value) in [("TERM", "dumb"), ("CI", "true")] {
        let world = paced();
        let script = "stty rows 40 cols 120; exec \"$@\"";
        let mut terminal = in_shell(&world, &DEPLOY, script, &[(variable, value), ("COLOR", "false")]);
        let said = terminal.exp_eof().unwrap();
        assert!(!said.contains('\u{1b}'), "{said}");
        let said = plain(&said);
        assert!(said.lines().all(|line| time_length(line) > 0), "{said}");
        assert!(said.contains("Z ✔ Deployed report-gen."), "{said}");
    }
    // Only this value means that nobody watches.
    let world = paced();
    let mut terminal = in_shell(&world, &DEPLOY, "stty rows 40 cols 120; exec \"$@\"", &[("CI", "false")]);
    assert!(terminal.exp_eof().unwrap().contains("\u{1b}[2K"));
}

#[test]
fn quiet_is_quiet_on_every_terminal() {
    for env in [&[][..], &[("TERM", "dumb")], &[("NO_COLOR", "1")], &[("COLOR", "true")], &[("CI", "true")]] {
        let world = paced();
        let args = [&DEPLOY[..], &["--quiet"]].concat();
        let mut terminal = in_shell(&world, &args, "exec \"$@\"", env);
        assert_eq!(terminal.exp_eof().unwrap(), "", "{env:?}");
    }
}
