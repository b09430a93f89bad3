//! Text from outside that would drive a terminal, or a log's reader, in every view.

use super::terminal::{bytes, in_shell};
use super::{ENV, JOB, Run, World, in_parallel};

/// What XML can carry: a C1 control sequence, a mark that reorders text, a command to GitHub on a line of its own.
pub(crate) const XML: &str = "evil\u{9b}2J\u{202e}\u{85}\n::error::injected\n##[error]injected\u{7f}";
/// What JSON and files can carry as well.
pub(crate) const JSON: &str = "evil\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r\n::error::injected";

/// Makes a world whose deployment fails with such a text.
pub(crate) type Arrange = fn() -> World;

/// What is left of it on the way to a terminal, or to GitHub, which reads commands at the beginning of lines.
fn found(text: &str, github: bool) -> Option<&'static str> {
    let signs = ["\u{9b}", "\u{202e}", "\u{85}", "\u{7f}", "\u{1b}[2J", "\u{1b}]0;", "\u{7}"];
    let lines = ["::error::injected", "##[error]injected"];
    let begins = |sign: &&&str| text.lines().any(|line| line.trim_start().starts_with(**sign));
    let command = lines.iter().filter(|_| github).find(begins);
    signs.iter().find(|sign| text.contains(**sign)).or(command).copied()
}

/// Deploys in every view; returns what is wrong with what was said.
pub(crate) fn wrong_in_views(cases: &[(&str, Arrange)]) -> String {
    let views = [
        ("lines", None, false),
        ("json", Some("--json"), false),
        ("quiet", Some("--quiet"), false),
        ("github", None, true),
        ("quiet github", Some("--quiet"), true),
    ];
    let wrong: Vec<String> = in_parallel(3, cases, |(case, arrange)| {
        let mut wrong = String::new();
        for (view, flag, github) in views {
            let world = arrange();
            let mut command = world.deploying(flag.as_slice());
            if github {
                command.env("GITHUB_ACTIONS", "true").env("CI", "true");
            }
            let run = Run::of(command);
            let said = format!("{}{}", run.stdout, run.stderr);
            if run.code != Some(1) {
                wrong.push_str(&format!("{case} ({view}): not told: {:?} {said}\n", run.code));
            }
            if let Some(sign) = found(&said, github) {
                wrong.push_str(&format!("{case} ({view}): {sign:?} in {said:?}\n"));
            }
        }
        let world = arrange();
        let args = ["job", "deploy", "--name", JOB, "--env", ENV];
        let mut terminal = in_shell(&world, &args, "stty rows 40 cols 100; exec \"$@\"", &[]);
        let said = String::from_utf8_lossy(&bytes(&terminal.exp_eof().unwrap())).into_owned();
        // A row of the progress tree is drawn anew in place, never by clearing the screen.
        if let Some(sign) = found(&said, false) {
            wrong.push_str(&format!("{case} (terminal): {sign:?} in {said:?}\n"));
        }
        wrong
    });
    wrong.concat()
}
