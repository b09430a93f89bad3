//! The question of `job deploy --diff` on a terminal.

use rexpect::session::PtySession;

use crate::diff::USERS_EXAMPLE as DIFF;
use crate::support::terminal::{exit_code, in_shell, plain, screen};
use crate::support::{ENV, JOB, LOCATION, Workspace, World};

const ARGS: [&str; 7] = ["job", "deploy", "--name", JOB, "--env", ENV, "--diff"];
const QUESTION: &str = "Continue with the deployment? (y/N) ";

fn world() -> World {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.workspace.manifest(&format!("{LOCATION}variables:\n  LOG_LEVEL: info\n"));
    world
}

/// The program at its question, and what it wrote until then.
fn asked(world: &World) -> (PtySession, String) {
    // What is typed moves the cursor, as it does for a user.
    let mut terminal = in_shell(world, &ARGS, "stty rows 40 cols 80 echo; exec \"$@\"", &[]);
    let before = terminal.exp_string(QUESTION).unwrap();
    (terminal, format!("{before}{QUESTION}"))
}

fn proposals(world: &World) -> usize {
    world.account.calls().count("cloudformation:CreateChangeSet")
}

#[test]
fn the_screen_is_the_documented_one() {
    let world = world();
    let (mut terminal, before) = asked(&world);
    assert!(
        screen(&before, 80).trim_end().ends_with(&format!("{DIFF}\n{}", QUESTION.trim_end())),
        "{}",
        screen(&before, 80)
    );
    assert!(before.contains("\u{1b}[92m                      + - Name: LOG_LEVEL"), "{before:?}");
    terminal.send_line("y").unwrap();
    let all = format!("{before}{}", terminal.exp_eof().unwrap());
    let shown = screen(&all, 80);
    assert!(shown.contains(&format!("{DIFF}Continue with the deployment? Yes\n")), "{shown}");
    assert!(shown.contains("✔ Deployed report-gen."), "{shown}");
    assert_eq!(exit_code(&terminal), 0);
}

#[test]
fn no_and_enter_and_the_end_of_input_deploy_nothing() {
    let world = world();
    let deployed = proposals(&world);
    for answer in ["n\r", "\r", "NO\r", "\u{4}"] {
        let (mut terminal, before) = asked(&world);
        terminal.send(answer).unwrap();
        terminal.flush().unwrap();
        let shown = screen(&format!("{before}{}", terminal.exp_eof().unwrap()), 80);
        let end = format!(
            "{DIFF}Continue with the deployment? No\nNothing was pushed or deployed: stack demo-test-report-gen is as it was."
        );
        assert!(shown.trim_end().ends_with(&end), "{answer:?}: {shown}");
        assert_eq!(exit_code(&terminal), 0, "{answer:?}");
    }
    assert_eq!(proposals(&world), deployed);
}

#[test]
fn what_is_no_answer_is_asked_again() {
    let world = world();
    let deployed = proposals(&world);
    let (mut terminal, before) = asked(&world);
    terminal.send_line("perhaps").unwrap();
    let more = terminal.exp_string(QUESTION).unwrap();
    terminal.send_line("n").unwrap();
    let shown = screen(&format!("{before}{more}{QUESTION}{}", terminal.exp_eof().unwrap()), 80);
    let end = "Continue with the deployment? (y/N) perhaps\n\"perhaps\" is not an answer: type y or n.\nContinue with the deployment? No\n\
               Nothing was pushed or deployed: stack demo-test-report-gen is as it was.";
    assert!(shown.trim_end().ends_with(end), "{shown}");
    assert_eq!(exit_code(&terminal), 0);
    assert_eq!(proposals(&world), deployed);
}

#[test]
fn what_was_typed_before_the_question_does_not_answer_it() {
    let world = world();
    let deployed = proposals(&world);
    let mut terminal = in_shell(&world, &ARGS, "exec \"$@\"", &[]);
    terminal.send_line("y").unwrap();
    terminal.exp_string(QUESTION).unwrap();
    terminal.send_line("n").unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("Continue with the deployment? No"), "{rest:?}");
    assert_eq!(proposals(&world), deployed);
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let world = world();
    let deployed = proposals(&world);
    let (mut terminal, _) = asked(&world);
    terminal.send_control('c').unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("interrupted: nothing was pushed or deployed"), "{rest}");
    assert_eq!(exit_code(&terminal), 130);
    assert_eq!(proposals(&world), deployed);
}

#[test]
fn colours_follow_stdout_and_the_users_wish() {
    let world = world();
    for (script, env, coloured) in [
        ("exec \"$@\"", &[][..], true),
        ("exec \"$@\"", &[("NO_COLOR", "1")], false),
        ("exec \"$@\"", &[("COLOR", "false")], false),
        ("exec \"$@\"", &[("TERM", "dumb")], false),
        ("\"$@\" | cat", &[], false),
        ("\"$@\" | cat", &[("COLOR", "true")], true),
    ] {
        let mut terminal = in_shell(&world, &ARGS, script, env);
        let before = terminal.exp_string(QUESTION).unwrap();
        terminal.send_line("n").unwrap();
        // What goes through a pipe may come after the question.
        let all = before + &terminal.exp_eof().unwrap();
        assert_eq!(all.contains("\u{1b}[92m"), coloured, "{script} {env:?}: {all:?}");
    }
}
