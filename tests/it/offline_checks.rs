//! What AWS would refuse of a job, told before the first call.

use std::fs;

use crate::local_aws::App;
use crate::support::packaging::packaging;
use crate::support::{APP, JOB, LOCATION, Run, Told, Workspace, World};

/// Runs `job deploy` in an account that must not be asked anything.
fn refused(told: &mut Told, case: &str, world: &World) {
    told.runs(case, world, world.deploying(&[]), 1);
    assert!(world.account.calls().0.is_empty(), "{case}: {:?}", world.account.calls().names());
}

fn offline(manifest: &str) -> World {
    World::seeded(App::new(APP), Workspace::new(manifest))
}

#[test]
fn schedules_that_eventbridge_refuses() {
    let mut told = Told::default();
    for schedule in [
        "rate(1 hours)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(30 seconds)",
        "rate(1.5 hours)",
        "cron(0 9 * * * *)",
        "cron(0 9 1 * 2 *)",
        "cron(0 25 * * ? *)",
        "cron(0 9 ? * 0 *)",
        "cron(0 9 ? * 8 *)",
        "cron(0/60 * * * ? *)",
        "cron(0 0/24 * * ? *)",
        "*/60 * * * *",
        "*/90 * * * *",
        "0 */24 * * *",
    ] {
        refused(&mut told, schedule, &offline(&LOCATION.replace("@daily", schedule)));
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn schedules_that_eventbridge_may_refuse() {
    let mut told = Told::default();
    for schedule in ["cron(0 9 ? * FRI-MON *)", "cron(0 9 LW * ? *)", "0 9 1/40 * *"] {
        let world = World::new(Workspace::new(&LOCATION.replace("@daily", schedule)));
        let said = Run::of(packaging(&world, &["--output-dir", "out"])).succeeds();
        // What follows is the same for every job.
        told.note(schedule, &world, 0, said.split("Nothing was built").next().unwrap());
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn names_numbers_and_containers_that_amazon_ecs_refuses() {
    let mut told = Told::default();
    let many =
        |count: usize, item: &str| (0..count).map(|i| format!("{item}{i}")).collect::<Vec<_>>().join(", ");
    for (case, fragment) in [
        ("a secret of a name that is taken", "secrets:\n  COPILOT_SERVICE_NAME: /shop/name\n"),
        ("a variable without a name", "variables:\n  \"\": x\n  A=B: y\n"),
        (
            "too many subnets and security groups",
            &format!(
                "network:\n  vpc:\n    placement:\n      subnets: [{}]\n    security_groups: [{}]\n",
                many(17, "subnet-"),
                many(6, "sg-")
            ),
        ),
        (
            "a health check's numbers",
            "sidecars:\n  db:\n    image: db:1\n    healthcheck:\n      timeout: 90s\n      interval: 4s\n",
        ),
        (
            "an override in another case",
            "taskdef_overrides:\n  - path: containerDefinitions[0].stopTimeout\n    value: 60\n",
        ),
        (
            "a container that may not take so long",
            "taskdef_overrides:\n  - path: ContainerDefinitions[0].StopTimeout\n    value: 300\n",
        ),
        (
            "a label in JSON",
            "taskdef_overrides: []\nsidecars:\n  db:\n    image: db:1\n    labels:\n      logs: [{\"source\": \"db\"}]\n",
        ),
    ] {
        refused(&mut told, case, &offline(&format!("{LOCATION}{fragment}")));
    }
    let waiting = LOCATION.replace("image:\n", "image:\n  depends_on:\n    db: healthy\n");
    refused(
        &mut told,
        "waiting for health that nobody checks",
        &offline(&format!("{waiting}sidecars:\n  db:\n    image: db:1\n")),
    );
    insta::assert_snapshot!(told.all());
}

#[test]
fn names_that_become_too_long() {
    let mut told = Told::default();
    let job = "j".repeat(72);
    let manifest = format!(
        "{}storage:\n  volumes:\n    data:\n      path: /data\n      efs: true\n",
        LOCATION.replace(JOB, &job)
    );
    let world = offline(LOCATION);
    world.workspace.file(&format!("copilot/{job}/manifest.yml"), &manifest);
    told.runs("72 letters", &world, world.command(&["job", "deploy", "--env", "test", "--name", &job]), 1);
    assert!(world.account.calls().0.is_empty());
    insta::assert_snapshot!(told.all().replace(&job, "jj…j"));
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn files_in_other_encodings() {
    let mut told = Told::default();
    let latin = |text: &str| [text.as_bytes(), b"# caf\xe9\n"].concat();
    let addon = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n";
    for (file, text) in [
        ("copilot/.workspace", "application: demo\n"),
        ("copilot/report-gen/manifest.yml", LOCATION),
        ("copilot/report-gen/addons/queue.yml", addon),
        ("copilot/report-gen/overrides/cfn.patches.yml", "- op: remove\n  path: /Resources/Rule\n"),
        ("copilot/report-gen/overrides/cdk.json", "{\"app\": \"node app.js\"}\n"),
    ] {
        let world = offline(LOCATION);
        let path = world.workspace.file(file, "");
        fs::write(path, latin(text)).unwrap();
        refused(&mut told, &format!("{file} in Latin-1"), &world);
    }
    let world = offline(LOCATION);
    let without_mark: Vec<u8> = LOCATION.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(world.workspace.path().join("copilot/report-gen/manifest.yml"), without_mark).unwrap();
    refused(&mut told, "a manifest in UTF-16 without its mark", &world);
    insta::assert_snapshot!(told.all());
}

#[test]
fn files_in_utf_16_are_read() {
    let world = World::new(Workspace::new(LOCATION));
    let packaged = |encode: fn(&str) -> Vec<u8>| {
        for (file, text) in [
            ("copilot/.workspace", "application: demo\n"),
            ("copilot/report-gen/manifest.yml", LOCATION),
            (
                "copilot/report-gen/addons/queue.yml",
                "Parameters:\n  App: {Type: String}\n  Env: {Type: String}\n  Name: {Type: String}\n\
                 Resources:\n  Q:\n    Type: AWS::SQS::Queue\n",
            ),
            (
                "copilot/report-gen/overrides/cfn.patches.yml",
                "- op: replace\n  path: /Description\n  value: Übersicht\n",
            ),
        ] {
            fs::write(world.workspace.file(file, ""), encode(text)).unwrap();
        }
        let output = packaging(&world, &[]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = packaged(|text| text.as_bytes().to_vec());
    assert!(plain.contains("Description: Übersicht"), "{plain}");
    assert_eq!(packaged(utf16), plain);
}
