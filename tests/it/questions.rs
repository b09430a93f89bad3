//! Questions in a pseudo-terminal, and Ctrl-C at them.

use std::time::Duration;

use crate::local_aws::{App, Event, Script};
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{ENV, JOB, LOCATION, STACK, Workspace, World};

fn two_of_each() -> World {
    let app = App::new("demo").env(ENV).env("prod").job(JOB).job("mailer");
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.workspace.file("copilot/mailer/manifest.yml", &LOCATION.replace(JOB, "mailer"));
    world
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
    assert!(rest.contains("nothing was changed"), "{rest}");
    assert_eq!(exit_code(&terminal), 130);
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 0);
}
