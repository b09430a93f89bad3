//! What an upgrade changes, and what it leaves alone.

use std::time::{Duration, Instant};

use aws_sdk_cloudformation::types::Parameter;

use super::{
    OLD, ROLES, aged, block_on, calls, old_application, own_version, rewrite, set_template, with_client,
};
use crate::local_aws::App;
use crate::support::{LOCATION, Told, Workspace, World, without_times};

#[test]
fn an_old_application_is_upgraded() {
    let world = old_application();
    insta::assert_snapshot!(world.run(&["app", "upgrade"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Upgraded application demo from v1.20.0 to v1.34.1+rs.1.35.0.
    ");
    assert!(
        set_template(&world).contains(&format!("TemplateVersion: \"{}\"", own_version())),
        "{}",
        set_template(&world)
    );
    let before = Instant::now();
    insta::assert_snapshot!(world.run(&["app", "upgrade"]), @"
    exit code: 0
    ----- stderr -----
    ✔ Application demo is up to date (v1.34.1+rs.1.35.0).
    ");
    let made = world.account.calls_since(before).of_program();
    insta::assert_snapshot!(format!("{:#?}", made.counts()), @r#"
    {
        "cloudformation:DescribeStacks": 1,
        "cloudformation:GetTemplateSummary": 2,
        "cloudformation:ListStackInstances": 1,
        "ssm:GetParameter": 1,
    }
    "#);
    assert!(world.run(&["app", "show"]).stdout.contains(&own_version()));
}

/// Boundary and tags come from the record, delegated accounts and other tags from the stack.
#[test]
fn nothing_of_the_roles_is_lost() {
    let world = World::empty();
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let emulator = world.account.emulator();
    block_on(async move {
        emulator
            .query("iam", "CreatePolicy", &[("PolicyName", "Limits"), ("PolicyDocument", document)])
            .await
            .map(drop)
    })
    .unwrap();
    let flags = ["--permissions-boundary", "Limits", "--resource-tags", "team=data"];
    world.run(&[&["app", "init", "demo"][..], &flags].concat()).succeeds();
    // As the old tool's own upgrade left it: without the boundary.
    let bare = |template: String| {
        let lines = template
            .lines()
            .filter(|line| !line.contains("PermissionsBoundary") && !line.contains("policy/Limits"));
        aged(OLD)(lines.map(|line| format!("{line}\n")).collect())
    };
    rewrite(&world, bare, aged(OLD));
    with_client(&world, |client| async move {
        let stack = client.describe_stacks().stack_name(ROLES).send().await.unwrap().stacks()[0].clone();
        let mut tags = stack.tags().to_vec();
        tags.push(aws_sdk_cloudformation::types::Tag::builder().key("cost").value("1").build());
        let parameters = stack.parameters().iter().map(|p| {
            let builder = Parameter::builder().parameter_key(p.parameter_key().unwrap());
            match p.parameter_key() {
                Some("AppDNSDelegatedAccounts") => builder.parameter_value("000000000042").build(),
                _ => builder.use_previous_value(true).build(),
            }
        });
        let update = client.update_stack().stack_name(ROLES).use_previous_template(true);
        let update = update.set_parameters(Some(parameters.collect())).set_tags(Some(tags));
        update.capabilities("CAPABILITY_NAMED_IAM".into()).send().await.unwrap();
    });
    let emulator = world.account.emulator();
    block_on(async move { emulator.settled_stack(ROLES).await.map(drop) }).unwrap();
    world.run(&["app", "upgrade"]).succeeds();
    let template = world.cloudformation("GetTemplate", &[("StackName", ROLES)]).unwrap();
    assert_eq!(template.matches(":policy/Limits").count(), 3, "{template}");
    let stack = world.cloudformation("DescribeStacks", &[("StackName", ROLES)]).unwrap();
    let accounts = format!("<ParameterValue>000000000042,{}</ParameterValue>", world.account.id());
    for part in [&accounts, "<Key>cost</Key>", "<Key>team</Key>", "<Key>copilot-application</Key>"] {
        assert!(stack.contains(part), "{part}: {stack}");
    }
}

#[test]
fn what_is_not_older_is_left_alone() {
    let mut told = Told::default();
    for (roles, set) in [("v1.34.1", "v1.35.0"), ("v1.35.0", "v1.36.0"), ("v1.35.0", OLD), (OLD, "v1.35.0")] {
        let world = World::empty();
        world.run(&["app", "init", "demo"]).succeeds();
        rewrite(&world, aged(roles), aged(set));
        let before = Instant::now();
        let run = world.run(&["app", "upgrade"]);
        told.note(
            &format!("roles {roles}, stack set {set}"),
            &world,
            run.code.unwrap(),
            &without_times(&run.stderr),
        );
        assert_eq!(calls(&world, before, "cloudformation:CreateChangeSet"), 0);
        assert_eq!(calls(&world, before, "cloudformation:UpdateStackSet"), 0);
    }
    let world = World::seeded(App::new("demo"), Workspace::new(LOCATION));
    world.cloudformation("DeleteStack", &[("StackName", ROLES)]);
    std::thread::sleep(Duration::from_millis(300));
    let run = world.run(&["app", "upgrade", "--name", "demo"]);
    told.note("incomplete", &world, run.code.unwrap(), &without_times(&run.stderr));
    let run = World::empty().run(&["app", "upgrade", "-n", "gone"]);
    told.note("no application", &world, run.code.unwrap(), &without_times(&run.stderr));
    insta::assert_snapshot!(told.all(), @"
    roles v1.34.1, stack set v1.35.0 (0):
    ✔ Application demo is up to date (v1.34.1).

    roles v1.35.0, stack set v1.36.0 (0):
    ✔ Application demo has version v1.35.0 already, which is newer than this program's.

    roles v1.35.0, stack set v1.20.0 (1):
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.

    roles v1.20.0, stack set v1.35.0 (1):
    ✘ application demo was changed by a newer version: its templates are v1.35.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.

    incomplete (1):
    ✘ application demo is incomplete: there is no stack demo-infrastructure-roles
      `copilot app init demo` creates what is missing.

    no application (1):
    ✘ there is no application gone in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
}

#[test]
fn the_hosted_zone_of_old_records_is_looked_up() {
    let world = old_application();
    let account = world.account.id();
    let record = format!(r#"{{"name":"demo","account":"{account}","domain":"example.com","version":"1.0"}}"#);
    world.record("/copilot/applications/demo", &record);
    let run = world.run(&["app", "upgrade"]);
    insta::assert_snapshot!(run, @"
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    ✘ domain example.com has no public hosted zone in Route 53 of this account
      Register the domain in Route 53, or create a public hosted zone for it and delegate the domain to that zone; then run the command again.
    ");
    let emulator = world.account.emulator();
    let body = "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>example.com</Name>\
                <CallerReference>1</CallerReference></CreateHostedZoneRequest>";
    block_on(async move {
        emulator.rest("route53", hyper::Method::POST, "/2013-04-01/hostedzone", body.into()).await.map(drop)
    })
    .unwrap();
    world.run(&["app", "upgrade"]).succeeds();
    let emulator = world.account.emulator();
    let stored = block_on(async move {
        let input = serde_json::json!({ "Name": "/copilot/applications/demo" });
        emulator.json("ssm", "AmazonSSM.GetParameter", &input).await.unwrap()["Parameter"]["Value"]
            .to_string()
    });
    assert!(stored.contains(r#"domainHostedZoneID\":\"Z"#), "{stored}");
}

#[test]
fn an_application_is_chosen() {
    let world = old_application();
    std::fs::remove_dir_all(world.workspace.path().join("copilot")).unwrap();
    insta::assert_snapshot!(world.run(&["app", "upgrade"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Found only one application, defaulting to: demo
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Upgraded application demo from v1.20.0 to v1.34.1+rs.1.35.0.
    ");
}
