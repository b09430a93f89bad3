//! Environments in other accounts, and whose credentials are used.

use super::{command, demo, init, said};
use crate::local_aws::{App, Caller, LocalAws};
use crate::support::terminal::{exit_code, in_shell, plain};
use crate::support::{Run, World, stable};

/// An environment in another account: the application's resources stay in its own, and its people keep their access.
#[test]
fn an_environment_of_a_profile() {
    let world = demo();
    let other = LocalAws::shared().account();
    let config = world.profiles(&[("prod", &other)]);
    let mut init = command(&world, &["--profile", "prod"]);
    let run = Run::of_command(init.env("AWS_CONFIG_FILE", config));
    let told = run.outline().replace(other.id(), "OTHER-ACCOUNT");
    insta::assert_snapshot!(stable(&told, &world), @"
    exit code: 0
    ----- stderr -----
    Setting up environment test in account OTHER-ACCOUNT, us-west-2, with credentials of profile prod; application demo is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/environments/test/manifest.yml, and its schema for editors, copilot/.schema/environment.json
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    ✔ Environment test of application demo is set up in account OTHER-ACCOUNT, us-west-2.
      Next: look at copilot/environments/test/manifest.yml, then create the network and the cluster with `copilot env deploy --name test`.
    ");
    let record = world.recorded("/environments/test").unwrap();
    assert!(record.contains(&format!(r#""accountID":"{}""#, other.id())), "{record}");
    // How often the end of something is looked for depends on time.
    let polls =
        ["DescribeStackSetOperation", "ListStackInstances", "DescribeChangeSet", "DescribeStackEvents"];
    let once = |call: &crate::local_aws::Call| !polls.contains(&call.operation.as_str());
    let own = world.account.calls().of_program().filter(once);
    let others = other.calls().of_program().filter(once);
    insta::assert_snapshot!(format!("{:#?}\n{:#?}", own.counts(), others.counts()), @r#"
    {
        "cloudformation:CreateStackInstances": 1,
        "cloudformation:DescribeStackSet": 1,
        "cloudformation:DescribeStacks": 1,
        "cloudformation:GetTemplateSummary": 1,
        "cloudformation:UpdateStackSet": 1,
        "ssm:GetParameter": 2,
        "ssm:PutParameter": 1,
    }
    {
        "cloudformation:CreateChangeSet": 1,
        "cloudformation:DescribeStacks": 2,
        "cloudformation:ExecuteChangeSet": 1,
        "iam:CreateServiceLinkedRole": 1,
        "iam:GetRole": 2,
        "sts:GetCallerIdentity": 1,
    }
    "#);
    let create = others.filter(|call| call.operation == "CreateChangeSet");
    assert_eq!(create.0[0].caller, Caller::Base);
    let form = &create.0[0].form;
    let root = format!("arn:aws:iam::{}:root", world.account.id());
    assert!(form.iter().any(|(_, value)| *value == root), "{form:?}");
    let set = own.filter(|call| call.operation == "CreateStackInstances");
    assert_eq!(set.0[0].field("Accounts.member.1"), Some(world.account.id()));
}

#[test]
fn an_environment_of_an_access_key() {
    let world = demo();
    let other = LocalAws::shared().account();
    let keys = [
        "--aws-access-key-id",
        other.id(),
        "--aws-secret-access-key",
        "s3cr3t",
        "--aws-session-token",
        "t0k3n",
    ];
    let run = init(&world, &keys);
    let told = said(&run, 0);
    assert!(!told.contains("s3cr3t") && !told.contains("t0k3n"), "{told}");
    let record = world.recorded("/environments/test").unwrap();
    assert!(record.contains(&format!(r#""accountID":"{}""#, other.id())), "{record}");
    for entry in std::fs::read_dir(world.workspace.path().join("copilot/environments/test")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("s3cr3t") && !text.contains(other.id()), "{text}");
    }
}

/// The profile of the variable without a question, the chain where there is no profile, and the region of
/// the profile.
#[test]
fn whose_credentials_without_a_terminal() {
    let who = |text: &str, profile: Option<&str>, flags: &[&str]| {
        let world = demo();
        let other = LocalAws::shared().account();
        let config = text.replace("OTHER", &other.profile("prod").replace("us-west-2", "eu-west-1"));
        let config = world.workspace.file(".aws/config", &config);
        let mut command = command(&world, flags);
        command.env("AWS_CONFIG_FILE", config);
        if let Some(profile) = profile {
            command.env("AWS_PROFILE", profile);
        }
        let run = Run::of_command(&mut command);
        let line = run
            .stderr
            .lines()
            .find(|line| line.contains(" with ") || line.starts_with('✘'))
            .unwrap_or_default();
        let line = crate::support::without_times(line).replace(other.id(), "OTHER-ACCOUNT");
        format!("{} {}", run.code.unwrap(), stable(&line, &world))
    };
    let empty = "[sso-session s]\nsso_region = us-east-1\n[services x]\n";
    let told = [
        who("OTHER", Some("prod"), &[]),
        who("OTHER", Some("prod"), &["--region", "us-west-2"]),
        who("OTHER[profile x]\nregion = us-west-2\n", None, &[]),
        who("OTHER", None, &["--profile", "prod"]),
        who("OTHER[profile x]\naws_access_key_id = 1\n", Some("x"), &["--profile", "prod"]),
        who("OTHER", Some("gone"), &[]),
        who(empty, None, &[]),
        who(empty, None, &["--profile", "default"]),
        who(empty, None, &["--profile", "prod"]),
        who("OTHER", None, &["--profile", "produktion"]),
        who("[profile", None, &[]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    0 Setting up environment test in account OTHER-ACCOUNT, eu-west-1, with credentials of profile prod; application demo is in account ACCOUNT, us-west-2
    0 Setting up environment test in account OTHER-ACCOUNT, us-west-2, with credentials of profile prod; application demo is in account ACCOUNT, us-west-2
    0 Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    0 Setting up environment test in account OTHER-ACCOUNT, eu-west-1, with credentials of profile prod; application demo is in account ACCOUNT, us-west-2
    0 Setting up environment test in account OTHER-ACCOUNT, eu-west-1, with credentials of profile prod; application demo is in account ACCOUNT, us-west-2
    0 Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    0 Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    0 Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    2 ✘ --profile: there is no profile `prod` in ~/.aws/config and ~/.aws/credentials
    2 ✘ --profile: there is no profile `produktion` in ~/.aws/config and ~/.aws/credentials
    0 Setting up environment test in account ACCOUNT, us-west-2, with your own credentials; application demo is in account ACCOUNT, us-west-2
    ");
}

/// A role with a second factor: the code is asked for on a terminal, and cannot be asked for elsewhere.
#[test]
fn a_second_factor_is_asked_for() {
    let world = demo();
    let other = LocalAws::shared().account();
    let seeded = other.seed(App::new("shop").env("x")).unwrap();
    let role = &seeded.environments["x"].manager_role_arn;
    let config = format!(
        "{}[profile prod]\nregion = us-west-2\nrole_arn = {role}\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n",
        other.profile("base")
    );
    let config = world.workspace.file(".aws/config", &config);
    let mut none = command(&world, &["--profile", "prod"]);
    let run = Run::of_command(none.env("AWS_CONFIG_FILE", &config));
    insta::assert_snapshot!(run, @r#"
    exit code: 1
    ----- stderr -----
    ✘ profile `prod` wants a code of the device arn:aws:iam::1:mfa/me (mfa_serial), and there is no terminal to ask on
      Run `eval "$(aws configure export-credentials --profile 'prod' --format env)"` in this shell, then run the command again.
    "#);
    let args = ["env", "init", "--name", "test", "--default-config", "--profile", "prod"];
    let path = config.to_str().unwrap();
    let mut terminal = in_shell(&world, &args, "stty cols 120; exec \"$@\"", &[("AWS_CONFIG_FILE", path)]);
    terminal.exp_string("Code of the device arn:aws:iam::1:mfa/me").unwrap();
    terminal.send_line("123456").unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert_eq!(exit_code(&terminal), 0, "{rest}");
    let assumed = other.calls().filter(|call| call.operation == "AssumeRole");
    assert_eq!(assumed.0[0].field("TokenCode"), Some("123456"));
    assert_eq!(assumed.0[0].field("SerialNumber"), Some("arn:aws:iam::1:mfa/me"));
}

/// T-4: with a domain the roles' stack lets the account in, and keeps accounts, tags and boundary.
#[test]
fn the_hosted_zone_lets_the_account_in() {
    let world = World::empty();
    world.run(&["app", "init", "demo", "--resource-tags", "team=data"]).succeeds();
    let emulator = world.account.emulator();
    let zone = LocalAws::shared().block_on(async move {
        let body = "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>example.com</Name>\
                    <CallerReference>a</CallerReference></CreateHostedZoneRequest>";
        let created = emulator.rest("route53", hyper::Method::POST, "/2013-04-01/hostedzone", body.into()).await;
        let text = String::from_utf8_lossy(created.unwrap().body()).into_owned();
        text.split_once("/hostedzone/").unwrap().1.split('<').next().unwrap().to_owned()
    });
    let record = format!(
        r#"{{"name":"demo","account":"{}","permissionsBoundary":"fence","domain":"example.com","domainHostedZoneID":"{zone}","version":"1.0","tags":{{"team":"data"}}}}"#,
        world.account.id()
    );
    world.record("/copilot/applications/demo", &record);
    let other = LocalAws::shared().account();
    let config = world.profiles(&[("prod", &other)]);
    for _ in 0..2 {
        let mut init = command(&world, &["--profile", "prod"]);
        said(&Run::of_command(init.env("AWS_CONFIG_FILE", &config)), 0);
    }
    let changes = world
        .account
        .calls()
        .filter(|call| call.operation == "CreateChangeSet" && call.resource == "demo-infrastructure-roles");
    assert_eq!(changes.0.len(), 2, "one of `app init`; the second run finds the account let in");
    let form = &changes.0[1].form;
    let has = |text: &str| form.iter().any(|(_, value)| value.contains(text));
    assert!(has(&format!("{},{}", world.account.id(), other.id())), "{form:?}");
    assert!(has("policy/fence") && has("example.com") && has("team"), "{form:?}");
    let roles = other.calls().filter(|call| call.operation == "CreateChangeSet");
    assert!(roles.0[0].field("TemplateBody").unwrap().contains("policy/fence"));
}
