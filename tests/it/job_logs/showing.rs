//! How lines look.

use super::{ago, command, logs, put, stream, world};
use crate::support::terminal::{bytes, in_shell};
use crate::support::{ENV, JOB, Run};

const HOSTILE: &str =
    "\u{1b}]0;x\u{7}\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{1b}[?1049h\u{9b}2Jdone \u{1b}[32mgreen";

#[test]
fn a_terminal_gets_colors_and_nothing_else() {
    let world = world();
    let time = ago(60);
    put(
        &world,
        &stream(JOB, 'a'),
        &[(time, HOSTILE), (time + 1, "\u{1b}[1;93mWARN \u{1b}[0m disk"), (time + 2, "ERROR: no disk")],
    );
    let shown = |env: &[(&str, &str)]| {
        let args = ["job", "logs", "--name", JOB, "--env", ENV];
        let mut terminal = in_shell(&world, &args, "stty rows 40 cols 100; exec \"$@\"", env);
        let shown = String::from_utf8(bytes(&terminal.exp_eof().unwrap())).unwrap();
        shown.replace('\u{1b}', "<ESC>").replace("\r\n", "\n")
    };
    insta::assert_snapshot!(shown(&[]), @"
    <ESC>[2mcopilot/report-gen/aaaaaa<ESC>[22m done <ESC>[32mgreen<ESC>[0m
    <ESC>[2mcopilot/report-gen/aaaaaa<ESC>[22m <ESC>[1;93mWARN <ESC>[0m disk<ESC>[0m
    <ESC>[2mcopilot/report-gen/aaaaaa<ESC>[22m <ESC>[91mERROR<ESC>[0m: no disk
    ");
    let plain = shown(&[("NO_COLOR", "1")]);
    insta::assert_snapshot!(plain, @"
    copilot/report-gen/aaaaaa done green
    copilot/report-gen/aaaaaa WARN  disk
    copilot/report-gen/aaaaaa ERROR: no disk
    ");
    assert_eq!(shown(&[("TERM", "dumb")]), plain);
}

#[test]
fn a_pipe_gets_messages_as_they_are() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(60), HOSTILE)]);
    assert_eq!(logs(&world, &[]).stdout, format!("copilot/report-gen/aaaaaa {HOSTILE}\n"));
    assert_eq!(logs(&world, &["--raw"]).stdout, format!("{HOSTILE}\n"));
    let json: serde_json::Value = serde_json::from_str(&logs(&world, &["--json"]).stdout).unwrap();
    assert_eq!(json["message"], HOSTILE);
    assert!(!logs(&world, &["--json"]).stdout.contains('\u{1b}'));
}

#[test]
fn events_of_several_lines_stay_together() {
    let world = world();
    let time = ago(60);
    put(&world, &stream(JOB, 'a'), &[(time, "Traceback\n  File x\nError"), (time + 10, "after")]);
    put(&world, &stream("nginx", 'a'), &[(time, "GET /"), (time + 5, "GET /x")]);
    insta::assert_snapshot!(logs(&world, &[]), @"
    exit code: 0
    ----- stdout -----
    copilot/nginx/aaaaaaaaaaa GET /
    copilot/report-gen/aaaaaa Traceback
      File x
    Error
    copilot/nginx/aaaaaaaaaaa GET /x
    copilot/report-gen/aaaaaa after
    ");
    insta::assert_snapshot!(logs(&world, &["--raw", "--container", JOB]), @"
    exit code: 0
    ----- stdout -----
    Traceback
      File x
    Error
    after
    ");
}

/// A log of GitHub Actions looks for commands in what is written.
#[test]
fn lines_are_no_workflow_commands() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(60), "::set-env name=x::y")]);
    let mut command = command(&world, &["--raw"]);
    command.env("GITHUB_ACTIONS", "true");
    // A pipe is read by somebody, who gets it unchanged.
    assert_eq!(Run::of(command).stdout, "::set-env name=x::y\n");
}
