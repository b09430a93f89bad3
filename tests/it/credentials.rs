//! Which credentials a command uses: the same for all commands, whatever else is configured.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::local_aws::{App, LocalAws};
use crate::support::{ENV, JOB, LOCATION, Run, Workspace, World};

/// A cluster: its template names the application's environments.
const STORAGE: &[&str] = &[
    "--workload",
    JOB,
    "--name",
    "db",
    "--storage-type",
    "Aurora",
    "--lifecycle",
    "workload",
    "--engine",
    "MySQL",
    "--initial-db",
    "reports",
];

/// Every command, by its path, with what it is run with here and how it ends; `None`: it calls AWS in no case.
fn commands() -> BTreeMap<&'static str, Option<(&'static [&'static str], i32)>> {
    BTreeMap::from([
        // The question is not answered.
        ("app delete", Some((&[][..], 2))),
        ("app init", Some((&["demo"], 0))),
        ("app ls", Some((&[], 0))),
        ("app show", Some((&[], 0))),
        ("app upgrade", Some((&[], 0))),
        ("completion", None),
        ("doctor", Some((&["--name", JOB], 0))),
        ("env delete", Some((&["--name", "fresh", "--yes"], 1))),
        // The differences are not answered.
        ("env deploy", Some((&["--name", ENV, "--diff"], 1))),
        ("env init", Some((&["--name", "fresh", "--default-config"], 0))),
        ("env ls", Some((&[], 0))),
        ("env override", None),
        ("env package", Some((&["--name", ENV], 0))),
        ("env show", Some((&["--name", ENV], 0))),
        ("init", Some((&["--name", JOB, "--yes"], 0))),
        // There is no such job.
        ("job delete", Some((&["--name", "gone", "--yes"], 1))),
        ("job deploy", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job init", Some((&["--name", "mailer", "--image", "a", "--schedule", "@daily"], 0))),
        ("job logs", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job ls", Some((&[], 0))),
        ("job override", None),
        ("job package", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job pause", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job resume", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job run", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job runs", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job show", Some((&["--name", JOB], 0))),
        ("job status", Some((&["--name", JOB, "--env", ENV], 0))),
        ("job stop", Some((&["--name", JOB, "--env", ENV], 0))),
        ("schema", None),
        ("secret init", Some((&["--name", "KEY", "--values", "test=a"], 0))),
        ("secret ls", Some((&[], 0))),
        ("storage init", Some((STORAGE, 0))),
        ("version", None),
    ])
}

/// The paths of all commands, as the help shows them.
pub(crate) fn known(world: &World, path: &[&str], found: &mut BTreeSet<String>) {
    let help = world.run(&[path, &["--help"]].concat()).stdout;
    let listed = help.split_once("\nCommands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap());
    let Some(listed) = listed else {
        found.insert(path.join(" "));
        return;
    };
    // Names are indented by two blanks, the rest of their descriptions by more.
    let name = |line: &str| Some(line.strip_prefix("  ")?.split(' ').next()?.to_owned());
    for name in listed.lines().filter_map(name).filter(|name| !name.is_empty() && name != "help") {
        known(world, &[path, &[name.as_str()]].concat(), found);
    }
}

#[test]
fn every_command_uses_the_keys_of_the_environment_not_those_of_a_profile() {
    let world = World::seeded(App::new("demo").env(ENV).job(JOB), Workspace::new(LOCATION));
    world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    let mut found = BTreeSet::new();
    known(&world, &[], &mut found);
    let commands = commands();
    let missing: Vec<_> = found.iter().filter(|path| !commands.contains_key(path.as_str())).collect();
    assert!(missing.is_empty(), "commands that this test does not know: {missing:?}");
    let other = LocalAws::shared().account();
    let config = world.profiles(&[("default", &other)]);
    let called = found.iter().filter_map(|path| Some((path, commands[path.as_str()]?)));
    for (path, (arguments, code)) in called {
        let before = std::time::Instant::now();
        let path: Vec<&str> = path.split(' ').collect();
        let mut command: Command = world.command(&[&path, arguments].concat());
        command.env("AWS_CONFIG_FILE", &config);
        let run = Run::of_command(&mut command);
        assert_eq!(run.code, Some(code), "{path:?}: {run}");
        assert!(!world.account.calls_since(before).of_program().0.is_empty(), "{path:?} called nothing");
    }
    assert_eq!(other.calls().names(), Vec::<String>::new());
}
