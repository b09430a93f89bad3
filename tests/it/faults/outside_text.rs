//! Text from outside that would drive a terminal, or a log's reader, in every view.

use std::time::Duration;

use super::in_parallel;
use crate::local_aws::{Action, Event, LocalAws, Rule, Script};
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};
use crate::terminal::{bytes, in_shell};

/// What XML can carry: a C1 control sequence, a mark that reorders text, a command to GitHub on a line of its own.
const XML: &str = "evil\u{9b}2J\u{202e}\u{85}\n::error::injected\n##[error]injected\u{7f}";
/// What JSON and files can carry as well.
const JSON: &str = "evil\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r\n::error::injected";

fn script(events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(20) }
}

fn put(world: &World, path: &str, value: &str) {
    let emulator = world.account.emulator();
    let input = serde_json::json!({
        "Name": format!("/copilot/applications/demo{path}"), "Type": "String", "Value": value, "Overwrite": true,
    });
    LocalAws::shared()
        .block_on(async move { emulator.json("ssm", "AmazonSSM.PutParameter", &input).await })
        .unwrap();
}

/// An answer to `DescribeChangeSet`.
fn change_set(status: &str, reason: &str) -> Rule {
    let body = format!(
        "<DescribeChangeSetResponse><DescribeChangeSetResult><StackName>{STACK}</StackName><Status>{status}</Status>\
         <StatusReason>{reason}</StatusReason><CreationTime>2026-11-23T14:00:00Z</CreationTime>\
         <Changes></Changes></DescribeChangeSetResult></DescribeChangeSetResponse>"
    );
    let replace = Action::Replace { status: 200, content_type: "text/xml".to_owned(), body };
    Rule::on("cloudformation:DescribeChangeSet", replace)
}

type Arrange = fn() -> World;

fn simple() -> World {
    World::new(Workspace::new(LOCATION))
}

const CASES: [(&str, Arrange); 9] = [
    ("a stack's events", || {
        let world = simple();
        let nested = format!("demo-addons-{XML}");
        let events = vec![
            Event::stack("CREATE_IN_PROGRESS", XML),
            Event::nested(&format!("Nested{XML}"), &nested, "CREATE_IN_PROGRESS", XML),
            Event::resource(&format!("Role{XML}"), &format!("AWS::{XML}"), "CREATE_IN_PROGRESS", XML),
            Event::resource("Rule", "AWS::Events::Rule", &format!("CREATE_{XML}"), XML),
            Event::resource(&format!("Role{XML}"), &format!("AWS::{XML}"), "CREATE_FAILED", XML),
            Event::nested(&format!("Nested{XML}"), &nested, "CREATE_FAILED", XML),
            Event::stack("ROLLBACK_IN_PROGRESS", XML),
            Event::stack("ROLLBACK_COMPLETE", XML),
        ];
        world.account.script(STACK, script(events));
        world
    }),
    ("a refused change set", || {
        let world = simple();
        world.account.fault(change_set("FAILED", XML));
        world
    }),
    ("an error of CloudFormation", || {
        let world = simple();
        world.account.fault(Rule::error("cloudformation:DescribeChangeSet", 400, XML, XML));
        world
    }),
    ("an error of S3", || {
        let world = simple();
        world.account.fault(Rule::error("s3:PutObject", 400, "InvalidRequest", XML));
        world
    }),
    ("an error of SSM", || {
        let world = simple();
        world.account.fault(Rule::error("ssm:GetParameter", 400, "ValidationException", JSON));
        world
    }),
    ("an application's record", || {
        let world = simple();
        put(&world, "", JSON);
        world
    }),
    ("an environment's record", || {
        let world = simple();
        let record = serde_json::json!({
            "app": "demo", "name": JSON, "region": "us-west-2", "accountID": JSON,
            "managerRoleARN": JSON, "executionRoleARN": JSON, "registryURL": JSON
        });
        put(&world, "/environments/test", &record.to_string());
        world
    }),
    ("an error of the registry", || {
        let world = World::new(Workspace::with_image());
        let message = Rule::error("ecr:GetAuthorizationToken", 400, "ServerException", JSON);
        world.account.fault(message);
        world
    }),
    ("a build's output", || {
        let world = World::new(Workspace::with_image());
        let name = "evil\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}2J\u{202e}";
        world.workspace.file("Dockerfile", &format!("FROM scratch\nWORKDIR /{name}\nCOPY {name} /content\n"));
        world
    }),
];

/// What is left of it on the way to a terminal, or to GitHub, which reads commands at the beginning of lines.
fn found(text: &str, github: bool) -> Option<&'static str> {
    let signs = ["\u{9b}", "\u{202e}", "\u{85}", "\u{7f}", "\u{1b}[2J", "\u{1b}]0;", "\u{7}"];
    let lines = ["::error::injected", "##[error]injected"];
    let begins = |sign: &&&str| text.lines().any(|line| line.trim_start().starts_with(**sign));
    let command = lines.iter().filter(|_| github).find(begins);
    signs.iter().find(|sign| text.contains(**sign)).or(command).copied()
}

#[test]
fn nothing_from_outside_drives_a_terminal() {
    let views = [
        ("lines", None, false),
        ("json", Some("--json"), false),
        ("quiet", Some("--quiet"), false),
        ("github", None, true),
        ("quiet github", Some("--quiet"), true),
    ];
    let wrong: Vec<String> = in_parallel(3, &CASES, |(case, arrange)| {
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
    assert!(wrong.concat().is_empty(), "{}", wrong.concat());
}
