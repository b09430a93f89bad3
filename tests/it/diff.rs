//! `job deploy --diff`: what it shows, what it asks, and that nothing leaves the machine before the answer.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::local_aws::{Action, Rule};
use crate::support::{LOCATION, Run, STACK, Started, Workspace, World, stable, without_times};

/// Four variables of the user's beside those that every job has.
const VARIABLES: &str = "variables:\n  A: \"1\"\n";

/// `job deploy --diff` with this on its standard input.
pub(crate) fn answering(world: &World, flags: &[&str], answer: &str) -> Run {
    let mut command = world.deploying(flags);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    Started(child).finish()
}

/// Calls that change something.
pub(crate) fn changing(world: &World, since: Instant) -> Vec<String> {
    let reading = ["Get", "Describe", "List", "Head", "Assume"];
    let names = world.account.calls_since(since).of_program().names();
    let action = |name: &str| name.split_once(':').unwrap().1.to_owned();
    names.into_iter().filter(|name| !reading.iter().any(|verb| action(name).starts_with(verb))).collect()
}

/// What was said on stderr, without times.
pub(crate) fn said(run: &Run) -> String {
    without_times(&run.stderr)
}

fn deployed(manifest: &str) -> World {
    let world = World::new(Workspace::new(manifest));
    world.deploy(&[]).succeeds();
    world
}

/// What a variable more looks like.
pub(crate) const USERS_EXAMPLE: &str = r#"~ Resources:
    ~ TaskDefinition:
        ~ Properties:
            ~ ContainerDefinitions:
                ~ - (changed item)
                  ~ Environment:
                      (4 unchanged items)
                      + - Name: LOG_LEVEL
                      +   Value: "info"
"#;

#[test]
fn the_users_example_and_every_answer() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!("{LOCATION}variables:\n  LOG_LEVEL: info\n"));
    let start = Instant::now();
    for (answer, code, end) in [
        (
            "n\n",
            0,
            "\nContinue with the deployment? (y/N) No\nNothing was pushed or deployed: stack demo-test-report-gen is as it was.\n",
        ),
        (
            "\n",
            0,
            "\nContinue with the deployment? (y/N) No\nNothing was pushed or deployed: stack demo-test-report-gen is as it was.\n",
        ),
        (
            "",
            1,
            "\nContinue with the deployment? (y/N) \n✘ the question needs an answer, and there is no terminal to ask on: nothing was deployed\n  \
             Pass --diff-yes to answer it in advance, or pipe `y` or `n` into the command.\n",
        ),
        (
            "perhaps\n",
            1,
            "\"perhaps\" is not an answer: type y or n.\nContinue with the deployment? (y/N) \n✘ the question needs an answer, and there is no \
             terminal to ask on: nothing was deployed\n  Pass --diff-yes to answer it in advance, or pipe `y` or `n` into the command.\n",
        ),
    ] {
        let run = answering(&world, &["--diff"], answer);
        assert_eq!(run.code, Some(code), "{answer:?}: {}", run.stderr);
        assert_eq!(run.stdout, USERS_EXAMPLE, "{answer:?}");
        assert!(said(&run).ends_with(end), "{answer:?}: {}", run.stderr);
    }
    assert_eq!(changing(&world, start), [""; 0]);

    let run = answering(&world, &["--diff"], "y\n");
    assert_eq!(run.stdout, USERS_EXAMPLE);
    insta::assert_snapshot!(stable(&said(&run), &world), @r#"
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC

    Continue with the deployment? (y/N) Yes
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [update in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [update complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [update in progress]
    - A state machine to invoke your job and handle retry and timeout logic [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    "#);
    assert_eq!(run.code, Some(0));
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    assert!(template.contains("LOG_LEVEL"), "{template}");
}

#[test]
fn nothing_to_ask_where_nothing_differs() {
    let world = deployed(LOCATION);
    let start = Instant::now();
    for (flags, manifest) in [
        (&["--diff"][..], LOCATION.to_owned()),
        (&["--diff-yes"], LOCATION.to_owned()),
        // Only the stored manifest differs.
        (&["--diff"], format!("# A comment.\n{LOCATION}")),
    ] {
        world.workspace.manifest(&manifest);
        let run = world.deploy(flags);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "No changes.\n"), "{}", run.stderr);
        let said = said(&run);
        assert!(
            said.ends_with("No infrastructure changes: stack demo-test-report-gen is up to date.\n"),
            "{said}"
        );
        assert!(!said.contains("(y/N)"), "{said}");
    }
    assert_eq!(changing(&world, start), [""; 0]);
}

#[test]
fn what_the_template_does_not_show() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&LOCATION.replace("@daily", "0 9 * * MON-FRI"));
    let run = answering(&world, &["--diff"], "n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "No changes.\n"), "{}", run.stderr);
    insta::assert_snapshot!(stable(&said(&run), &world), @r#"
    Schedule: at 09:00 UTC on Monday to Friday (cron(0 9 ? * MON-FRI *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      ~ Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)
          -> cron(0 9 ? * MON-FRI *) (at 09:00 UTC on Monday to Friday)

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    "#);

    world.workspace.manifest(LOCATION);
    let run = answering(&world, &["--diff", "--resource-tags", "team=a,cost=1"], "n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "No changes.\n"), "{}", run.stderr);
    insta::assert_snapshot!(stable(&said(&run), &world), @r#"
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Tags:
      + cost: 1
      + team: a

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    "#);

    // Quiet says what was asked for.
    let run = world.deploy(&["--diff-yes", "--quiet", "--resource-tags", "team=a"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "No changes.\n"), "{}", run.stderr);
    assert_eq!(run.stderr, "Tags:\n  + team: a\n");
    assert_eq!(world.tag("team"), Some("a".to_owned()));
}

#[test]
fn a_new_stack_is_added_as_a_whole() {
    let world = World::new(Workspace::new(&format!("{LOCATION}{VARIABLES}")));
    let start = Instant::now();
    let run = answering(&world, &["--diff"], "n\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("\n+ AWSTemplateFormatVersion: 2010-09-09\n"), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.starts_with("+ ")), "{}", run.stdout);
    let said = said(&run);
    for line in
        ["  + Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)\n", "  + copilot-service: report-gen\n"]
    {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(changing(&world, start), [""; 0]);
    assert!(world.stack().is_none());
    let run = world.deploy(&["--diff-yes"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.ends_with("✔ Deployed report-gen.\n"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_compared_is_not_deployed() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!("{LOCATION}{VARIABLES}"));
    let start = Instant::now();
    world.account.fault(Rule::deny("cloudformation:GetTemplate"));
    let run = answering(&world, &["--diff"], "y\n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert!(run.stderr.contains("cloudformation:GetTemplate"), "{}", run.stderr);
    world.account.clear_faults();

    let reply = |body: &str| {
        let xml = format!(
            "<GetTemplateResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><GetTemplateResult>\
             <TemplateBody>{body}</TemplateBody></GetTemplateResult></GetTemplateResponse>"
        );
        world.account.fault(Rule::on(
            "cloudformation:GetTemplate",
            Action::Replace { status: 200, content_type: "text/xml".to_owned(), body: xml },
        ));
    };
    for (body, reason) in [
        ("a: [", "read the deployed template"),
        ("- a", "read the deployed template: line 1: a template is a map of sections"),
        ("Resources: {}\nResources: {}", "read the deployed template: line 2"),
    ] {
        reply(body);
        let run = answering(&world, &["--diff"], "y\n");
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
        assert!(run.stderr.contains(reason), "{reason}: {}", run.stderr);
        assert!(run.stderr.contains("deploying without `--diff` replaces it"), "{}", run.stderr);
        world.account.clear_faults();
    }
    assert_eq!(changing(&world, start), [""; 0]);
}

#[test]
fn nobody_can_have_seen_what_stdout_did_not_take() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!("{LOCATION}{VARIABLES}"));
    let start = Instant::now();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = world
        .deploying(&["--diff-yes"])
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let run = Started(child).finish();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("cannot write the differences to stdout"), "{}", run.stderr);
    assert_eq!(changing(&world, start), [""; 0]);
}

const TOPIC: &str = "Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
Resources:
  Alarm:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: before}
";

#[test]
fn addons_are_compared_as_well() {
    let world = World::new(Workspace::new(LOCATION));
    let addons = |text: &str| world.workspace.file("copilot/report-gen/addons/topic.yml", text);
    addons(TOPIC);
    world.deploy(&[]).succeeds();
    addons(&TOPIC.replace("before", "after"));
    let start = Instant::now();
    let run = answering(&world, &["--diff"], "n\n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "No changes.\n"), "{}", run.stderr);
    let told = said(&run);
    let block = "Addons template:\n  ~ Resources/Alarm/Properties:\n      ~ DisplayName: before -> after\n";
    assert!(told.contains("  ~ AddonsTemplateURL: ") && told.contains(block), "{told}");
    let reads = world.account.calls_since(start).count("s3:GetObject");
    assert_eq!(reads, 1);
    assert_eq!(changing(&world, start), [""; 0]);

    // A bucket that does not show it hides only what differs.
    world.account.fault(Rule::deny("s3:GetObject"));
    let run = answering(&world, &["--diff"], "n\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let told = said(&run);
    assert!(told.contains("Warning: the deployed addons template cannot be read"), "{told}");
    assert!(!told.contains("Addons template:"), "{told}");
    world.account.clear_faults();

    let run = answering(&world, &["--diff"], "y\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let run = world.deploy(&["--diff"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "No changes.\n"), "{}", run.stderr);

    std::fs::remove_dir_all(world.workspace.path().join("copilot/report-gen/addons")).unwrap();
    let told = said(&answering(&world, &["--diff"], "n\n"));
    assert!(told.contains("\n  - Resources:\n  -     Alarm:\n"), "{told}");
}

fn records(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn programs_get_a_record() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!(
        "{}{VARIABLES}",
        LOCATION.replace("cpu: 256", "cpu: 512").replace("memory: 512", "memory: 1024")
    ));
    let run = answering(&world, &["--diff", "--json"], "n\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = records(&run);
    let mut differences = records.iter().find(|r| r["type"] == "differences").unwrap().clone();
    differences.as_object_mut().unwrap().remove("time");
    assert_eq!(
        differences,
        json!({
            "type": "differences",
            "changed": true,
            "template": [{
                "op": "add",
                "path": ["Resources", "TaskDefinition", "Properties", "ContainerDefinitions", 0, "Environment", 4],
                "new": {"Name": "A", "Value": "1"},
            }],
            "parameters": [
                {"key": "TaskCPU", "old": "256", "new": "512"},
                {"key": "TaskMemory", "old": "512", "new": "1024"},
            ],
            "tags": [],
            "images": [],
            "replacements": [{
                "logical_id": "TaskDefinition",
                "resource_type": "AWS::ECS::TaskDefinition",
                "properties": ["ContainerDefinitions", "Cpu", "Memory"],
                "certain": true,
                "harmless": true,
            }],
        })
    );
    let last = records.last().unwrap();
    assert_eq!((&last["type"], &last["outcome"]), (&json!("outcome"), &json!("declined")));
    assert!(run.stderr.contains("Continue with the deployment? (y/N) No\n"), "{}", run.stderr);

    let run = world.deploy(&["--diff-yes", "--json", "--detach"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stdout.contains("\"type\":\"differences\"") && run.stdout.contains("\"outcome\":\"detached\"")
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn replacements_are_told_before_the_question_and_asked_about_after() {
    let volume = |efs: &str| {
        format!("{LOCATION}storage:\n  volumes:\n    data: {{path: /data, read_only: false, efs: {efs}}}\n")
    };
    let world = deployed(&volume("true"));
    world.workspace.manifest(&volume("{uid: 1000, gid: 1000}"));
    let run = answering(&world, &["--diff"], "y\n");
    let told = said(&run);
    assert!(
        told.contains("Replacements:\n  AccessPoint (AWS::EFS::AccessPoint) will be replaced, as PosixUser"),
        "{told}"
    );
    // One answer was piped: it is not taken for the other question's.
    assert!(told.contains("Deploy anyway? (y/N) \n") && run.code == Some(1), "{told}");
    let run = answering(&world, &["--diff"], "y\ny\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn flags_that_do_not_fit() {
    let world = World::new(Workspace::new(LOCATION));
    for flag in ["--diff", "--diff-yes"] {
        let said = world.deploy(&[flag, "--attach"]).ends_with(2);
        assert!(said.contains("cannot be used with"), "{said}");
    }
    // Nothing is asked of a stack that is not there, and `--diff=false` is no `--diff`.
    let said = world.deploy(&["--diff=false"]).succeeds();
    assert!(said.ends_with("✔ Deployed report-gen.\n"), "{said}");
}
