//! The program in a pseudo-terminal: questions, progress, Ctrl-C.

use std::time::Duration;

use rexpect::session::{PtySession, spawn_command};

use crate::local_aws::{App, Pace};
use crate::support::{ENV, JOB, LOCATION, STACK, Workspace, World};

const PATIENCE_MS: u64 = 60_000;

pub fn in_terminal(world: &World, args: &[&str], columns: u16) -> PtySession {
    let mut command = world.command(&[]);
    // `stty` gives the pseudo-terminal a size; the program then replaces the shell.
    let program = command.get_program().to_owned();
    let mut shell = std::process::Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("stty rows 40 cols {columns}; exec \"$@\""))
        .arg("sh")
        .arg(program)
        .args(args);
    shell
        .env_clear()
        .envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .env("TERM", "xterm-256color");
    shell.current_dir(command.current_dir(world.workspace.path()).get_current_dir().unwrap());
    spawn_command(shell, Some(PATIENCE_MS)).unwrap()
}

fn two_of_each() -> World {
    let app = App::new("demo").env(ENV).env("prod").job(JOB).job("mailer");
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.workspace.file("copilot/mailer/manifest.yml", &LOCATION.replace(JOB, "mailer"));
    world
}

/// The exit code; rexpect's type for it is not public, its text is.
pub fn exit_code(terminal: &PtySession) -> i32 {
    let status = format!("{:?}", terminal.process().wait().unwrap());
    let code = status.strip_prefix("Exited(").and_then(|rest| rest.strip_suffix(')')?.rsplit(", ").next());
    code.unwrap_or_else(|| panic!("{status}")).parse().unwrap()
}

/// Output as the bytes it was: rexpect makes a character of each.
fn bytes(text: &str) -> Vec<u8> {
    text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// The text without escape sequences.
pub fn plain(text: &str) -> String {
    console::strip_ansi_codes(&String::from_utf8_lossy(&bytes(text))).into_owned()
}

/// What a terminal of that width shows after the output.
fn screen(output: &str, columns: u16) -> String {
    let size = |n| std::num::NonZero::new(n).unwrap();
    let mut terminal = vt100::Parser::new(size(40), size(columns), 0);
    terminal.process(&bytes(output));
    terminal.screen().contents()
}

#[test]
fn job_and_environment_are_chosen_with_the_arrow_keys() {
    let world = two_of_each();
    let mut terminal = in_terminal(&world, &["job", "deploy", "--detach"], 100);
    terminal.exp_string("Select a job from your workspace").unwrap();
    terminal.exp_string("mailer").unwrap();
    terminal.exp_string("report-gen").unwrap();
    terminal.send("\u{1b}[B").unwrap();
    terminal.send("\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("Select an environment").unwrap();
    terminal.send("\u{1b}[B").unwrap();
    terminal.send("\r").unwrap();
    terminal.flush().unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("The deployment of stack demo-test-"), "{rest}");
}

#[test]
fn ctrl_c_at_a_question_deploys_nothing() {
    let world = two_of_each();
    let mut terminal = in_terminal(&world, &["job", "deploy"], 100);
    terminal.exp_string("Select a job from your workspace").unwrap();
    terminal.send_control('c').unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("nothing was deployed"), "{rest}");
    assert_eq!(exit_code(&terminal), 130);
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 0);
}

#[test]
fn the_tree_is_redrawn_in_place_and_stays() {
    for columns in [120, 50, 20] {
        let world = World::new(Workspace::new(LOCATION));
        world.account.pace(STACK, Pace::EventEvery(Duration::from_millis(40)));
        let mut terminal = in_terminal(&world, &["job", "deploy", "--name", JOB, "--env", ENV], columns);
        let said = terminal.exp_eof().unwrap();
        assert!(said.contains("\u{1b}[92m"), "statuses are coloured");
        let screen = screen(&said, columns);
        assert!(screen.contains("✔ Deployed report-g"), "{screen}");
        let tree: Vec<&str> = screen.lines().filter(|line| line.trim_start().starts_with("- ")).collect();
        assert_eq!(tree.len(), 10, "the stack and nine resources, once each:\n{screen}");
        if columns == 120 {
            assert!(tree.iter().all(|line| line.contains("[create complete]")), "{screen}");
        }
    }
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let world = World::new(Workspace::new(LOCATION));
    let mut command = world.command(&["job", "deploy", "--name", JOB, "--env", ENV]);
    command.env("TERM", "dumb");
    let mut terminal = spawn_command(command, Some(PATIENCE_MS)).unwrap();
    let said = terminal.exp_eof().unwrap();
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(said.contains("Deployed report-gen."), "{said}");
}
