//! Secrets from files and standard input.

use std::process::Command;

use super::{about, hidden, init, init_with, initialising, one_environment, shop, value};
use crate::support::{ENV, Run};

#[test]
fn an_env_file() {
    let world = shop();
    let file = "# of the shop\n\nexport A=hunter1\nB = hunter2\n  C=hunter3\nTOKEN=hunter#cd\nN=hunter # note\nP=#hunter\n\
                GREETING=hunter big  world\nCERT=\"-----BEGIN hunter-----\\nMIIF\\n-----END X-----\\n\"\nRAW='hunter\\nb'\nLAST=hunter";
    world.workspace.file("shop.env", file);
    let run = init(&world, &["--env", ENV, "--from-file", "shop.env"]);
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
    Stored A in environment test: 7 characters.
    Stored B in environment test: 7 characters.
    Stored C in environment test: 7 characters.
    Stored CERT in environment test: 44 characters in 3 lines.
    Stored GREETING in environment test: 17 characters.
    Stored LAST in environment test: 6 characters.
    Stored N in environment test: 6 characters.
    Stored P in environment test: 7 characters.
    Stored RAW in environment test: 9 characters.
    Stored TOKEN in environment test: 9 characters.

    Give them to a job in its manifest:

    secrets:
      A: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/A
      B: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/B
      C: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/C
      CERT: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/CERT
      GREETING: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/GREETING
      LAST: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/LAST
      N: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/N
      P: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/P
      RAW: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/RAW
      TOKEN: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/TOKEN
    ");
    let stored = |name: &str| value(&world, ENV, name);
    for (name, want) in [
        ("A", "hunter1"),
        ("B", "hunter2"),
        ("C", "hunter3"),
        ("TOKEN", "hunter#cd"),
        ("N", "hunter"),
        ("P", "#hunter"),
        ("GREETING", "hunter big  world"),
        ("CERT", "-----BEGIN hunter-----\nMIIF\n-----END X-----\n"),
        ("RAW", "hunter\\nb"),
        ("LAST", "hunter"),
    ] {
        assert_eq!(stored(name), want, "{name}");
        assert_eq!(about(&world, "prod", name), "absent");
    }
    // The same with Windows' line ends, from standard input, to both.
    let windows = file.replace('\n', "\r\n").replace("A=", "AA=").replace("LAST=", "LAST2=");
    let run = init_with(&world, &["--env", "test,prod", "--from-file", "-"], windows.as_bytes());
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!((stored("AA"), stored("LAST2")), ("hunter1".into(), "hunter".into()));
    assert_eq!(value(&world, "prod", "CERT"), value(&world, ENV, "CERT"));
    assert_eq!(value(&world, "prod", "N"), "hunter");
}

#[test]
fn a_file_is_one_secret() {
    let world = one_environment();
    let key = "-----BEGIN hunter-----\r\nMIIF=\n-----END-----\n";
    world.workspace.file("key.pem", key);
    let run = init(&world, &["--name", "TLS_KEY", "--from-file", "key.pem"]);
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
    Found only one environment, defaulting to: test
    Stored TLS_KEY in environment test: 44 characters in 3 lines.

    Give them to a job in its manifest:

    secrets:
      TLS_KEY: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/TLS_KEY
    ");
    assert_eq!(value(&world, ENV, "TLS_KEY"), key);
    init_with(&world, &["--name", "FROM_STDIN", "--from-file", "-"], key.as_bytes()).succeeds();
    assert_eq!(value(&world, ENV, "FROM_STDIN"), key);
    // What a shell gives for <(program).
    let with = initialising(&world, &[]);
    let mut shell = Command::new("bash");
    let script = "exec \"$0\" secret init --name PIPED --from-file <(printf 'hunter\\n')";
    shell.args(["-c", script]).arg(with.get_program());
    shell.env_clear().envs(with.get_envs().filter_map(|(key, value)| Some((key, value?))));
    shell.current_dir(world.workspace.path());
    hidden(Run::of(shell)).succeeds();
    assert_eq!(value(&world, ENV, "PIPED"), "hunter\n");
}

#[test]
fn a_yaml_file() {
    let world = shop();
    world.workspace.file(
        "secrets.yml",
        "db_password:\n  test: hunter1\n  prod: \"hunter 2\"\napi_key:\n  prod: |\n    hunter\n    3\n",
    );
    insta::assert_snapshot!(init(&world, &["--cli-input-yaml", "secrets.yml"]), @"
    exit code: 0
    ----- stderr -----
    Stored api_key in environment prod: 9 characters in 2 lines.
    Stored db_password in environment prod: 8 characters.
    Stored db_password in environment test: 7 characters.

    Give them to a job in its manifest:

    secrets:
      api_key: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/api_key
      db_password: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/db_password
    ");
    assert_eq!(value(&world, "prod", "api_key"), "hunter\n3\n");
    assert_eq!(value(&world, "prod", "db_password"), "hunter 2");
    assert_eq!(value(&world, ENV, "db_password"), "hunter1");
}

#[test]
fn large_values_go_to_the_advanced_tier_when_that_is_asked_for() {
    let world = one_environment();
    let large = format!("hunter{}", "x".repeat(4994));
    world.workspace.file("large.env", &format!("SMALL=hunter\nBIG={large}\n"));
    let run = init(&world, &["--from-file", "large.env", "--advanced"]);
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
    Found only one environment, defaulting to: test
    Stored BIG in environment test: 5000 characters.
    Stored SMALL in environment test: 6 characters.

    Give them to a job in its manifest:

    secrets:
      BIG: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/BIG
      SMALL: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/SMALL
    ");
    assert_eq!(value(&world, ENV, "BIG"), large);
    insta::assert_snapshot!(format!("{}\n{}", about(&world, ENV, "BIG"), about(&world, ENV, "SMALL")), @"
    SecureString Advanced v1 [copilot-application=demo copilot-environment=test]
    SecureString Standard v1 [copilot-application=demo copilot-environment=test]
    ");
}
