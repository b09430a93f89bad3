//! The program in a pseudo-terminal: questions, progress, Ctrl-C.

use std::time::Duration;

use rexpect::session::{PtySession, spawn_command};

use crate::local_aws::{App, Event, Script};
use crate::support::{ENV, JOB, LOCATION, STACK, Workspace, World};

const PATIENCE_MS: u64 = 60_000;

pub(crate) fn in_terminal(world: &World, args: &[&str], columns: u16) -> PtySession {
    in_shell(world, args, &format!("stty rows 40 cols {columns}; exec \"$@\""), &[])
}

/// Runs a shell script in a pseudo-terminal, in which `"$@"` is the program with these arguments.
pub(crate) fn in_shell(world: &World, args: &[&str], script: &str, env: &[(&str, &str)]) -> PtySession {
    let mut command = world.command(&[]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(args);
    shell
        .env_clear()
        .envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .env("TERM", "xterm-256color")
        .envs(env.iter().copied());
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
pub(crate) fn exit_code(terminal: &PtySession) -> i32 {
    let status = format!("{:?}", terminal.process().wait().unwrap());
    let code = status.strip_prefix("Exited(").and_then(|rest| rest.strip_suffix(')')?.rsplit(", ").next());
    code.unwrap_or_else(|| panic!("{status}")).parse().unwrap()
}

/// Output as the bytes it was: rexpect makes a character of each.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// The text without escape sequences.
pub(crate) fn plain(text: &str) -> String {
    console::strip_ansi_codes(&String::from_utf8_lossy(&bytes(text))).into_owned()
}

/// What a terminal of that width shows after the output.
pub(crate) fn screen(output: &str, columns: u16) -> String {
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
fn ctrl_c_at_a_yes_no_question_begins_a_line_of_its_own() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    let half_deleted = vec![
        Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskRole", "AWS::IAM::Role", "DELETE_FAILED", "in use"),
        Event::stack("DELETE_FAILED", ""),
    ];
    world.account.script(STACK, Script { events: half_deleted, every: Duration::ZERO });
    world.deploy(&[]).ends_with(1);
    let mut terminal = in_terminal(&world, &["job", "deploy", "--name", JOB, "--env", ENV], 100);
    terminal.exp_string("(y/N)").unwrap();
    terminal.send_control('c').unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.lines().any(|line| line.starts_with("! interrupted: nothing was deployed")), "{rest:?}");
    assert_eq!(exit_code(&terminal), 130);
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
