//! Secrets that there are already.

use serde_json::json;

use super::{TAGS, about, existing, init, one_environment, shop, value};
use crate::local_aws::Rule;
use crate::support::terminal::{in_terminal, plain};
use crate::support::{ENV, stable};

#[test]
fn nothing_is_replaced_without_a_word() {
    let world = shop();
    existing(&world, ENV, "DB", &TAGS);
    let flags = ["--name", "DB", "--values", "test=hunter-new,prod=hunter-new", "--overwrite"];
    let run = init(&world, &flags);
    insta::assert_snapshot!(run, @"
    exit code: 2
    ----- stderr -----
    ✘ --overwrite would replace a secret, and there is no terminal to ask on
      | DB in application demo, environment test (account ACCOUNT, region us-west-2): replaces version 1, last changed DATE UTC
      Pass --yes to replace without a question. Nothing was written.
    ");
    assert_eq!(
        (value(&world, ENV, "DB"), about(&world, "prod", "DB")),
        ("hunter-old".into(), "absent".into())
    );
    let args = [&["secret", "init"], &flags[..]].concat();
    let mut terminal = in_terminal(&world, &args, 200);
    let asked = terminal.exp_string("Replace these values? (y/N)").unwrap();
    insta::assert_snapshot!(stable(&plain(&asked), &world), @"DB in application demo, environment test (account ACCOUNT, region us-west-2): replaces version 1, last changed DATE UTC");
    terminal.send("\r").unwrap();
    terminal.flush().unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("Nothing was written."), "{rest}");
    assert_eq!(value(&world, ENV, "DB"), "hunter-old");
    let mut terminal = in_terminal(&world, &args, 200);
    terminal.exp_string("Replace these values? (y/N)").unwrap();
    terminal.send("y\r").unwrap();
    terminal.flush().unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(!rest.contains("hunter"), "{rest}");
    assert_eq!(
        (value(&world, ENV, "DB"), value(&world, "prod", "DB")),
        ("hunter-new".into(), "hunter-new".into())
    );
    insta::assert_snapshot!(about(&world, ENV, "DB"), @"SecureString Standard v2 [copilot-application=demo copilot-environment=test]");
}

#[test]
fn tags_that_could_not_be_set_are_told_and_set_the_next_time() {
    let world = one_environment();
    existing(&world, ENV, "DB", &[]);
    let flags = ["--name", "DB", "--values", "test=hunter-new", "--overwrite", "--yes"];
    world.account.fault(Rule::deny("ssm:AddTagsToResource"));
    insta::assert_snapshot!(init(&world, &flags), @"
    exit code: 1
    ----- stderr -----
    ✘ environment test: the value of DB was replaced, but its tags may be missing, without which jobs cannot read it: ssm:AddTagsToResource on parameter /copilot/demo/test/secrets/DB failed: AccessDenied: User is not authorized to perform: ssm:AddTagsToResource
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow ssm:AddTagsToResource on parameter /copilot/demo/test/secrets/DB.
      Run the command again to set the tags.
    ");
    world.account.clear_faults();
    insta::assert_snapshot!(init(&world, &flags[..4]), @"
    exit code: 0
    ----- stderr -----
    DB exists in environment test and stays as it is.
    Warning: In environment test these secrets do not carry the tags copilot-application=demo and copilot-environment=test, without which jobs cannot read them: DB. With --overwrite they get the tags and the value.
    Pass --overwrite to replace secrets that exist.

    Give them to a job in its manifest:

    secrets:
      DB: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/DB
    ");
    init(&world, &flags).succeeds();
    insta::assert_snapshot!(about(&world, ENV, "DB"), @"SecureString Standard v3 [copilot-application=demo copilot-environment=test]");
    init(&world, &flags[..4]).succeeds();
    // When the tags cannot be looked up, nothing is said about them.
    world.account.fault(Rule::deny("tagging:GetResources"));
    insta::assert_snapshot!(init(&world, &flags[..4]), @"
    exit code: 0
    ----- stderr -----
    DB exists in environment test and stays as it is.
    Pass --overwrite to replace secrets that exist.

    Give them to a job in its manifest:

    secrets:
      DB: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/DB
    ");
}

#[test]
fn a_parameter_of_another_type_is_left_alone() {
    let world = one_environment();
    let name = "/copilot/demo/test/secrets/PLAIN";
    world.ssm(ENV, "PutParameter", json!({ "Name": name, "Type": "String", "Value": "hunter-old" }));
    let run = init(&world, &["--name", "PLAIN", "--values", "test=hunter", "--overwrite", "--yes"]);
    insta::assert_snapshot!(run, @"
    exit code: 1
    ----- stderr -----
    ✘ environment test: parameter /copilot/demo/test/secrets/PLAIN is not encrypted, and AWS does not change that
      Delete it with `aws ssm delete-parameter --region us-west-2 --name /copilot/demo/test/secrets/PLAIN`, then run the command again.
    ");
    assert_eq!(value(&world, ENV, "PLAIN"), "hunter-old");
}
