//! `secret ls`

use std::time::Instant;

use regex::Regex;
use serde_json::json;

use super::{TAGS, existing, hidden, init, many, shop};
use crate::local_aws::Rule;
use crate::support::{ENV, Told, without_times};

fn listed(text: &str) -> String {
    let stamp = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    stamp.replace_all(text, "TIME").into_owned()
}

#[test]
fn secrets_are_listed() {
    let world = shop();
    insta::assert_snapshot!(world.run(&["secret", "ls"]), @"
    exit code: 0
    ----- stdout -----
    Name  Environment  Tags  Version  Last changed
    ----  -----------  ----  -------  ------------
    ");
    insta::assert_snapshot!(world.run(&["secret", "ls", "--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {"secrets":[]}
    "#);
    many(&world, 12);
    init(&world, &["--env", "prod", "--from-file", "many.env"]).succeeds();
    existing(&world, ENV, "KEY_03", &TAGS);
    existing(&world, ENV, "NO_TAGS", &[]);
    existing(&world, ENV, "HALF", &TAGS[..1]);
    world.ssm(
        ENV,
        "PutParameter",
        json!({ "Name": "/copilot/demo/test/secrets/PLAIN", "Type": "String", "Value": "hunter" }),
    );
    let before = Instant::now();
    let run = hidden(world.run(&["secret", "ls"]));
    insta::assert_snapshot!(listed(&run.to_string()), @"
    exit code: 0
    ----- stdout -----
    Name     Environment  Tags     Version  Last changed
    ----     -----------  ----     -------  ------------
    HALF     test         missing  1        DATE UTC
    KEY_00   prod         ok       1        DATE UTC
    KEY_01   prod         ok       1        DATE UTC
    KEY_02   prod         ok       1        DATE UTC
    KEY_03   prod         ok       1        DATE UTC
    KEY_03   test         ok       1        DATE UTC
    KEY_04   prod         ok       1        DATE UTC
    KEY_05   prod         ok       1        DATE UTC
    KEY_06   prod         ok       1        DATE UTC
    KEY_07   prod         ok       1        DATE UTC
    KEY_08   prod         ok       1        DATE UTC
    KEY_09   prod         ok       1        DATE UTC
    KEY_10   prod         ok       1        DATE UTC
    KEY_11   prod         ok       1        DATE UTC
    NO_TAGS  test         missing  1        DATE UTC
    PLAIN    test         missing  1        DATE UTC
    ----- stderr -----
    Warning: Jobs of environment test cannot read HALF, NO_TAGS, PLAIN: the tags copilot-application=demo and copilot-environment=test are missing. Add them with `aws ssm add-tags-to-resource --region us-west-2 --resource-type Parameter --resource-id /copilot/demo/test/secrets/HALF --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test`, or store the value again with `copilot secret init --name HALF --env test --overwrite`.
    ");
    let calls = world.account.calls_since(before).of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "ssm:GetParameter": 1,
        "ssm:GetParametersByPath": 4,
        "sts:AssumeRole": 2,
        "tagging:GetResources": 2,
    }
    "#);
    let run = hidden(world.run(&["secret", "ls", "--env", ENV, "--json"]));
    insta::assert_snapshot!(listed(&run.stdout), @r#"{"secrets":[{"name":"HALF","environment":"test","parameter":"/copilot/demo/test/secrets/HALF","tagged":false,"encrypted":true,"version":1,"lastChanged":"TIME"},{"name":"KEY_03","environment":"test","parameter":"/copilot/demo/test/secrets/KEY_03","tagged":true,"encrypted":true,"version":1,"lastChanged":"TIME"},{"name":"NO_TAGS","environment":"test","parameter":"/copilot/demo/test/secrets/NO_TAGS","tagged":false,"encrypted":true,"version":1,"lastChanged":"TIME"},{"name":"PLAIN","environment":"test","parameter":"/copilot/demo/test/secrets/PLAIN","tagged":false,"encrypted":false,"version":1,"lastChanged":"TIME"}]}"#);
}

#[test]
fn secrets_that_cannot_be_listed() {
    let mut told = Told::default();
    let world = shop();
    existing(&world, ENV, "A", &TAGS);
    for (case, rule, flags) in [
        ("no role", Rule::deny("sts:AssumeRole"), &[][..]),
        ("not one role", Rule::deny("sts:AssumeRole").about("demo-prod-"), &[]),
        ("no list", Rule::deny("ssm:GetParametersByPath").about("/secrets/"), &["--env", ENV]),
        ("no tags", Rule::deny("tagging:GetResources"), &["--env", ENV]),
        ("no record", Rule::deny("ssm:GetParameter"), &[]),
    ] {
        world.account.clear_faults();
        world.account.fault(rule);
        let run = hidden(world.run(&[&["secret", "ls"], flags].concat()));
        let text = format!("{}{}", listed(&run.stdout), without_times(&run.stderr));
        told.note(case, &world, run.code.unwrap(), &text);
    }
    world.account.clear_faults();
    let run = world.run(&["secret", "ls", "--env", "nope"]);
    told.note("no environment", &world, run.code.unwrap(), &run.stderr);
    assert_eq!(world.account.calls().count("ssm:DescribeParameters"), 0);
    insta::assert_snapshot!(told.all(), @"
    no role (1):
    ✘ 2 environments' secrets cannot be listed
      | the secrets of environment prod cannot be listed: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      | the secrets of environment test cannot be listed: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole.
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole.

    not one role (0):
    Name  Environment  Tags  Version  Last changed
    ----  -----------  ----  -------  ------------
    A     test         ok    1        DATE UTC
    Warning: Not all secrets are listed: the secrets of environment prod cannot be listed: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole.

    no list (1):
    ✘ the secrets of environment test cannot be listed: ssm:GetParametersByPath on path /copilot/demo/test/secrets/ failed: AccessDenied: User is not authorized to perform: ssm:GetParametersByPath
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow ssm:GetParametersByPath on path /copilot/demo/test/secrets/.

    no tags (0):
    Name  Environment  Tags     Version  Last changed
    ----  -----------  ----     -------  ------------
    A     test         unknown  1        DATE UTC
    Warning: It is not known which secrets of environment test jobs can read: tag:GetResources on the secrets failed: AccessDenied: User is not authorized to perform: tagging:GetResources. The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow tag:GetResources on the secrets.

    no record (1):
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    no environment (1):
    ✘ there is no environment nope in application demo
      Environments of demo: prod, test.
    ");
}
