//! Questions, in a pseudo-terminal.

use super::{about, one_environment, shop, value};
use crate::support::ENV;
use crate::support::terminal::{bytes, exit_code, in_terminal, plain};

#[test]
fn values_are_asked_for_unseen() {
    let world = shop();
    let mut terminal = in_terminal(&world, &["secret", "init"], 100);
    terminal.exp_string("Name of the secret").unwrap();
    terminal.send("API_KEY\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("Value of API_KEY in environment prod").unwrap();
    terminal.exp_string("> ").unwrap();
    // A paste that is longer than what terminals keep of a line, in one go.
    let long = format!("hunter{}", "x".repeat(3990));
    terminal.send(&format!("{long}\r")).unwrap();
    terminal.flush().unwrap();
    let shown = terminal.exp_string("Value of API_KEY in environment test").unwrap();
    assert!(shown.contains("3996 characters") && !shown.contains("hunter"), "{shown}");
    terminal.exp_string("> ").unwrap();
    terminal.send("\r").unwrap();
    terminal.flush().unwrap();
    let rest = terminal.exp_eof().unwrap();
    assert!(!rest.contains("hunter"), "{rest}");
    assert_eq!(value(&world, "prod", "API_KEY"), long);
    assert_eq!(about(&world, ENV, "API_KEY"), "absent");
    // The lines for the manifest are plain: no colours, no bullets, no blanks at their ends.
    let rest = String::from_utf8(bytes(&rest)).unwrap();
    let lines = "\r\nsecrets:\r\n  API_KEY: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/API_KEY\r\n";
    assert!(rest.ends_with(lines), "{rest:?}");
    assert_eq!(exit_code(&terminal), 0);
}

#[test]
fn answers_that_are_none() {
    let world = one_environment();
    let ask = || {
        let mut terminal = in_terminal(&world, &["secret", "init", "--name", "A"], 100);
        terminal.exp_string("> ").unwrap();
        terminal
    };
    let mut several = ask();
    several.send("hunter1\rhunter2\r").unwrap();
    several.flush().unwrap();
    let said = plain(&several.exp_eof().unwrap());
    assert!(said.contains("several lines were pasted") && !said.contains("hunter"), "{said}");
    assert_eq!(exit_code(&several), 2);
    let mut interrupted = ask();
    interrupted.send("hunter1").unwrap();
    interrupted.send_control('c').unwrap();
    let said = plain(&interrupted.exp_eof().unwrap());
    assert!(said.contains("interrupted: nothing was changed") && !said.contains("hunter"), "{said}");
    assert_eq!(exit_code(&interrupted), 130);
    let mut nothing = ask();
    nothing.send("\r").unwrap();
    nothing.flush().unwrap();
    let said = plain(&nothing.exp_eof().unwrap());
    assert!(said.contains("No value was given, so nothing was written."), "{said}");
    assert_eq!(exit_code(&nothing), 0);
    assert_eq!(world.account.calls().count("ssm:PutParameter"), 0);
}

#[test]
fn environments_of_a_file_are_chosen() {
    let world = shop();
    world.workspace.file("a.env", "A=hunter\n");
    let mut terminal = in_terminal(&world, &["secret", "init", "--from-file", "a.env"], 100);
    terminal.exp_string("Which environments get the secrets?").unwrap();
    terminal.exp_string("test").unwrap();
    terminal.send("\u{1b}[B \r").unwrap();
    terminal.flush().unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("Stored A in environment test"), "{rest}");
    assert_eq!((value(&world, ENV, "A"), about(&world, "prod", "A")), ("hunter".into(), "absent".into()));
}
