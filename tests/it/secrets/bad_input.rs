//! What is wrong with what a user gives.

use std::fs;

use super::{initialising, shop};
use crate::local_aws::App;
use crate::support::{LOCATION, Told, Workspace, World};

/// Everything that is wrong without asking AWS is told without asking AWS, with exit code 2, and nothing is written.
#[test]
fn what_is_wrong_is_told_before_any_call() {
    let world = shop();
    let long = format!("A=hunter\nBIG=hunter{}\nALSO=hunter{}\n", "x".repeat(4991), "x".repeat(4100));
    for (name, content) in [
        ("empty", ""),
        ("remarks", "# nothing\n"),
        ("no-equals", "A=hunter1\nhunter2\n"),
        ("bad-name", "A=hunter1\nhunter two=3\nB=\n"),
        ("twice", "A=hunter1\nA=hunter2\n"),
        ("long", &long),
        ("too-long", &format!("A=hunter{}\n", "x".repeat(9000))),
        ("no.yml", "A: hunter\nB: {test: *hunter}\n"),
        ("flat.yml", "A: hunter\nB: [hunter]\n"),
        ("long.yml", &format!("A:\n  test: hunter{}\n", "x".repeat(4991))),
        ("latin1", "A=1\n"),
    ] {
        world.workspace.file(name, content);
    }
    fs::write(world.workspace.path().join("bytes"), b"\xff\xfe\x00").unwrap();
    fs::write(world.workspace.path().join("latin1"), b"A=hunter\nB=hunt\xe9\n").unwrap();
    let mut told = Told::default();
    for flags in [
        &[][..],
        &["--name", "A"],
        &["--values", "test=hunter"],
        &["--name", "A\u{a0}", "--values", "test=hunter"],
        &["--name", "a/b", "--values", "test=hunter"],
        &["--name", "A", "--values", "hunter"],
        &["--name", "A", "--values", "test=hunter", "hunter2"],
        &["--from-file", "gone"],
        &["--from-file", "."],
        &["--from-file", "empty"],
        &["--from-file", "remarks"],
        &["--from-file", "no-equals"],
        &["--from-file", "bad-name"],
        &["--from-file", "twice"],
        &["--from-file", "long"],
        &["--from-file", "too-long"],
        &["--from-file", "bytes"],
        &["--from-file", "latin1"],
        &["--from-file", "-"],
        &["--name", "A", "--from-file", "empty"],
        &["--name", "A", "--from-file", "bytes"],
        &["--name", "A B", "--from-file", "no-equals"],
        &["--name", "A", "--from-file", "too-long", "--advanced"],
        &["--cli-input-yaml", "no.yml"],
        &["--cli-input-yaml", "flat.yml"],
        &["--cli-input-yaml", "long.yml"],
        &["--cli-input-yaml", "empty"],
        &["--cli-input-yaml", "no.yml", "--name", "A"],
        &["--from-file", "empty", "--values", "test=hunter"],
        &["--name", "A", "--env", "test", "--values", "test=hunter"],
    ] {
        let said = told.runs(&flags.join(" ").replace("hunter", "…"), &world, initialising(&world, flags), 2);
        assert!(!said.contains("hunter"), "{said}");
    }
    assert!(world.account.calls().names().is_empty(), "{:?}", world.account.calls().names());
    insta::assert_snapshot!(told.all(), @r#"
     (2):
    ✘ --name and --values are missing and there is no terminal to ask on
      Run `copilot secret init --name NAME --values ENV=VALUE,…`, or keep values off the command line: `copilot secret init --name NAME --env ENV --from-file -` reads one from standard input.

    --name A (2):
    ✘ --values is missing and there is no terminal to ask on
      Run `copilot secret init --name NAME --values ENV=VALUE,…`, or keep values off the command line: `copilot secret init --name NAME --env ENV --from-file -` reads one from standard input.

    --values test=… (2):
    ✘ --name is missing and there is no terminal to ask on
      Run `copilot secret init --name NAME --values ENV=VALUE,…`, or keep values off the command line: `copilot secret init --name NAME --env ENV --from-file -` reads one from standard input.

    --name A  --values test=… (2):
    ✘ --name is not a name of a secret: it has a blank in it (U+00A0), and only the letters a to z and A to Z, digits and _ . - are

    --name a/b --values test=… (2):
    ✘ --name is not a name of a secret: it has a character that is not allowed (U+002F), and only the letters a to z and A to Z, digits and _ . - are

    --name A --values … (2):
    ✘ --values is not of the form ENV=VALUE,ENV=VALUE

    --name A --values test=… …2 (2):
    ✘ there are words on the command line that belong to no flag
      A value with blanks or other special characters stands in quotes: --values 'test=two words'.

    --from-file gone (2):
    ✘ cannot read gone: No such file or directory (os error 2)

    --from-file . (2):
    ✘ cannot read .: Is a directory (os error 21)

    --from-file empty (2):
    ✘ empty holds no secrets
      It has a line NAME=value for each; `#` begins a remark.

    --from-file remarks (2):
    ✘ remarks holds no secrets
      It has a line NAME=value for each; `#` begins a remark.

    --from-file no-equals (2):
    ✘ no-equals:2: there is no `=` in this line

    --from-file bad-name (2):
    ✘ bad-name: 2 lines cannot be used
      | bad-name:2: what stands before `=` is not a name of a secret: it has a blank in it (U+0020), and only the letters a to z and A to Z, digits and _ . - are
      | bad-name:3: B cannot be stored: its value is empty, and a parameter cannot be

    --from-file twice (2):
    ✘ twice:2: A is given again; line 1 has it first

    --from-file long (2):
    ✘ ALSO has 4106 bytes, BIG has 4997 bytes, and Parameter Store takes 4096 in its standard tier
      Pass --advanced to store larger secrets in the advanced tier, which takes 8192 bytes and which AWS charges for. Nothing was written.

    --from-file too-long (2):
    ✘ too-long:1: A cannot be stored: its value has 9006 bytes, and Parameter Store takes 8192 at most

    --from-file bytes (2):
    ✘ bytes:1:1: the UTF-16 file ends within a character
      The file is damaged: restore it, or save it as UTF-8.

    --from-file latin1 (2):
    ✘ latin1:2:7: the byte 0xE9 is not UTF-8
      Save the file as UTF-8. From Latin-1 it is converted with `iconv -f ISO-8859-1 -t UTF-8 OLD > NEW`.

    --from-file - (2):
    ✘ standard input holds no secrets
      It has a line NAME=value for each; `#` begins a remark.

    --name A --from-file empty (2):
    ✘ empty cannot be stored as A: its value is empty, and a parameter cannot be

    --name A --from-file bytes (2):
    ✘ bytes is not UTF-8 text (from byte 1 on)
      A secret becomes an environment variable, which is a text. Encode other content first, for example with base64.

    --name A B --from-file no-equals (2):
    ✘ --name is not a name of a secret: it has a blank in it (U+0020), and only the letters a to z and A to Z, digits and _ . - are

    --name A --from-file too-long --advanced (2):
    ✘ too-long cannot be stored as A: its value has 9009 bytes, and Parameter Store takes 8192 at most

    --cli-input-yaml no.yml (2):
    ✘ no.yml:2: this is not YAML; put values with special characters into quotes
      The file has the secrets as keys and, below each, the environments with the values: `DB_PASSWORD:` and `  test: "…"`.

    --cli-input-yaml flat.yml (2):
    ✘ flat.yml: 2 lines cannot be used
      | flat.yml:1: A must be a mapping of environments to values
      | flat.yml:2: B must be a mapping of environments to values
      The file has the secrets as keys and, below each, the environments with the values: `DB_PASSWORD:` and `  test: "…"`.

    --cli-input-yaml long.yml (2):
    ✘ A has 4997 bytes, and Parameter Store takes 4096 in its standard tier
      Pass --advanced to store larger secrets in the advanced tier, which takes 8192 bytes and which AWS charges for. Nothing was written.

    --cli-input-yaml empty (2):
    ✘ empty: it holds no secrets
      The file has the secrets as keys and, below each, the environments with the values: `DB_PASSWORD:` and `  test: "…"`.

    --cli-input-yaml no.yml --name A (2):
    error: the argument '--cli-input-yaml <FILE>' cannot be used with '--name <NAME>'

    Usage: copilot secret init --cli-input-yaml <FILE>

    For more information, try '--help'.

    --from-file empty --values test=… (2):
    error: the argument '--from-file <FILE>' cannot be used with '--values <ENV=VALUE,…>'

    Usage: copilot secret init --from-file <FILE>

    For more information, try '--help'.

    --name A --env test --values test=… (2):
    error: the argument '--env <NAME>' cannot be used with '--values <ENV=VALUE,…>'

    Usage: copilot secret init --name <NAME> --env <NAME>

    For more information, try '--help'.
    "#);
}

#[test]
fn what_is_wrong_with_environments() {
    let world = shop();
    world.workspace.file("all.env", "A=hunter\n");
    world.workspace.file("secrets.yml", "A:\n  test: hunter\n  prdo: hunter\n");
    let mut told = Told::default();
    for (flags, code) in [
        (&["--name", "A", "--values", "staging=hunter"][..], 2),
        (&["--name", "A", "--values", "test=hunter,prdo=hunter"], 2),
        (&["--name", "A", "--values", "test=hunter, prod=hunter"], 2),
        (&["--name", "A", "--values", "test=hunter", "--values", "test=hunter"], 2),
        (&["--name", "A", "--values", "test="], 2),
        (&["--name", "A", "--values", "test={{hunter}}"], 2),
        (&["--from-file", "all.env"], 2),
        (&["--from-file", "all.env", "--env", "staging"], 1),
        (&["--cli-input-yaml", "secrets.yml"], 2),
        (&["--app", "gone", "--name", "A", "--values", "test=hunter"], 1),
    ] {
        let said =
            told.runs(&flags.join(" ").replace("hunter", "…"), &world, initialising(&world, flags), code);
        assert!(!said.contains("hunter"), "{said}");
    }
    let none = World::seeded(App::new("demo"), Workspace::new(LOCATION));
    let flags = ["--name", "A", "--values", "test=hunter"];
    told.runs("no environments", &none, initialising(&none, &flags), 1);
    let name = "x".repeat(1000);
    let said = told.runs(
        "a long name",
        &world,
        initialising(&world, &["--name", &name, "--values", "test=hunter"]),
        2,
    );
    assert!(!said.contains(&name));
    assert_eq!(world.account.calls().count("ssm:PutParameter"), 0);
    insta::assert_snapshot!(told.all(), @"
    --name A --values staging=… (2):
    ✘ --values: pair 1 does not begin with the name of an environment
      Environments of demo: prod, test. Write ENV=VALUE,ENV=VALUE. A pair with a comma and an equals sign in its value stands in double quotes, or the value comes from a file with --from-file.

    --name A --values test=…,prdo=… (2):
    ✘ --values: what follows a comma in pair 1 looks like an environment that there is not
      Environments of demo: prod, test. Write ENV=VALUE,ENV=VALUE. A pair with a comma and an equals sign in its value stands in double quotes, or the value comes from a file with --from-file.

    --name A --values test=…, prod=… (2):
    ✘ --values: a blank follows the comma behind pair 1
      Environments of demo: prod, test. Write ENV=VALUE,ENV=VALUE. A pair with a comma and an equals sign in its value stands in double quotes, or the value comes from a file with --from-file.

    --name A --values test=… --values test=… (2):
    ✘ --values: environment test is given twice
      Environments of demo: prod, test. Write ENV=VALUE,ENV=VALUE. A pair with a comma and an equals sign in its value stands in double quotes, or the value comes from a file with --from-file.

    --name A --values test= (2):
    ✘ A cannot be stored in environment test: its value is empty, and a parameter cannot be
      Nothing was written.

    --name A --values test={{…}} (2):
    ✘ A cannot be stored in environment test: its value has text in double braces ({{…}}), which Parameter Store refuses
      Nothing was written.

    --from-file all.env (2):
    ✘ --env is missing and there is no terminal to ask on
      Pass --env with some of: prod, test.

    --from-file all.env --env staging (1):
    ✘ there is no environment staging in application demo
      Environments of demo: prod, test.

    --cli-input-yaml secrets.yml (2):
    ✘ secrets.yml:3: A: there is no environment prdo in application demo
      Environments of demo: prod, test. Nothing was written.

    --app gone --name A --values test=… (1):
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.

    no environments (1):
    ✘ application demo has no environments
      Secrets belong to an environment. Create one first: `copilot env init`.

    a long name (2):
    ✘ the name of a secret is too long for environment test: the ARN of its parameter would have 1071 characters, and Parameter Store takes 1011
      Choose a shorter name. Nothing was written.
    ");
}
