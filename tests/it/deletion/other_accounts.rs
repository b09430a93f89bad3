//! Environments in other accounts than the application's, and credentials that take the manager role's place.

use super::{demo, world};
use crate::local_aws::{Account, Environment, LocalAws, REGION, Rule};
use crate::support::{ENV, Run, World, without_times};

/// `test` in the application's account, `prod` in another one and another region.
fn shop(other: &Account<'static>) -> World {
    let prod = Environment::new("prod").account(other.id()).region("eu-west-1");
    world(demo().environment(prod).tag("team", "data").permissions_boundary("fence"))
}

fn told(world: &World, other: &Account<'_>, run: &Run) -> String {
    world.outline(run).replace(other.id(), "OTHER-ACCOUNT")
}

/// The stack set's instance is in the application's account; the other account is no longer allowed anything.
#[test]
fn an_environment_of_another_account() {
    let other = LocalAws::shared().account();
    let world = shop(&other);
    assert_eq!(world.allowed_accounts().len(), 2);
    insta::assert_snapshot!(told(&world, &other, &world.run(&["env", "delete", "--name", "prod", "--yes"])), @"
    exit code: 0
    ----- stderr -----
    Kept: log groups of functions, below /aws/lambda/demo-prod-.
    ✔ Deleted environment prod of application demo.
    ");
    assert_eq!(world.allowed_accounts(), [world.account.id()]);
    let regions = world.gateway("ListStackInstances", &[("StackSetName", "demo-infrastructure")]);
    assert!(regions.contains("us-west-2") && !regions.contains("eu-west-1"), "{regions}");
    let set = world.stack_set();
    assert!(set.contains("<Key>team</Key>"), "{set}");
    assert!(set.contains("v1.34.1+rs."), "the version of the template: {set}");
}

/// The environment in the other account still needs the application's bucket, key and images.
#[test]
fn the_last_environment_of_the_applications_account() {
    let other = LocalAws::shared().account();
    let world = shop(&other);
    world.run(&["env", "delete", "--name", ENV, "--yes"]).succeeds();
    assert_eq!(world.allowed_accounts(), [other.id()]);
    let regions = world.gateway("ListStackInstances", &[("StackSetName", "demo-infrastructure")]);
    assert!(regions.contains("eu-west-1") && !regions.contains("us-west-2"), "{regions}");
}

/// Tags and everything else of the roles' stack stay; only the account goes.
#[test]
fn the_account_no_longer_changes_the_hosted_zone() {
    let other = LocalAws::shared().account();
    let world = shop(&other);
    let roles = "demo-infrastructure-roles";
    world.retemplate(roles, |template| {
        let topic = "  Zone:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: !Join [' ', !Ref AppDNSDelegatedAccounts]}\n";
        template.replace("Outputs:\n", &format!("{topic}Outputs:\n"))
    });
    let before = world.template(roles).unwrap();
    let delegated = format!("{},{}", other.id(), world.account.id());
    let mut fields = vec![
        ("StackName", roles),
        ("UsePreviousTemplate", "true"),
        ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ("Parameters.member.1.ParameterKey", "AppDNSDelegatedAccounts"),
        ("Parameters.member.1.ParameterValue", &delegated),
    ];
    for (key, previous, name) in [
        ("Parameters.member.2.ParameterKey", "Parameters.member.2.UsePreviousValue", "AdminRoleName"),
        ("Parameters.member.3.ParameterKey", "Parameters.member.3.UsePreviousValue", "ExecutionRoleName"),
        ("Parameters.member.4.ParameterKey", "Parameters.member.4.UsePreviousValue", "AppName"),
    ] {
        fields.extend([(key, name), (previous, "true")]);
    }
    world.cloudformation("UpdateStack", &fields).unwrap();
    assert!(world.settle(roles).contains(&delegated));
    world.run(&["env", "delete", "--name", "prod", "--yes"]).succeeds();
    let after = world.settle(roles);
    assert!(!after.contains(other.id()) && after.contains(world.account.id()), "{after}");
    assert!(after.contains("<Key>team</Key>"), "{after}");
    assert_eq!(world.template(roles).unwrap(), before);
}

/// A deletion that broke off had removed the manager role.
#[test]
fn own_credentials_in_place_of_the_manager_role() {
    let gone = world(demo());
    gone.cloudformation("DeleteStack", &[("StackName", "demo-test")]).unwrap();
    gone.settle("demo-test");
    let failed = world(demo());
    let interface = failed.interface("");
    failed.cloudformation("DeleteStack", &[("StackName", "demo-test")]).unwrap();
    assert!(failed.settle("demo-test").contains("DELETE_FAILED"));
    failed.remove_interface(&interface);
    for world in [gone, failed] {
        world.account.fault(Rule::deny("sts:AssumeRole"));
        let run = world.run(&["env", "delete", "--name", ENV, "--yes"]);
        assert_eq!(run.code, Some(0), "{run}");
        let warned = run.stderr.lines().find(|line| line.contains("Warning:")).unwrap_or_default().to_owned();
        insta::allow_duplicates! {
            insta::assert_snapshot!(crate::support::stable(&without_times(&warned), &world), @"Warning: The manager role of environment test cannot be used (sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole). Your own credentials, which belong to its account, are used instead.");
        }
        assert_eq!(world.inventory(&[REGION]).matches("demo-test").count(), 0);
    }
}

/// In another account a profile of that account takes the role's place.
#[test]
fn a_profile_in_place_of_the_manager_role() {
    let other = LocalAws::shared().account();
    let world = shop(&other);
    world.account.fault(Rule::deny("sts:AssumeRole"));
    insta::assert_snapshot!(told(&world, &other, &world.run(&["env", "delete", "--name", "prod", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ sts:AssumeRole on role arn:aws:iam::OTHER-ACCOUNT:role/demo-prod-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::OTHER-ACCOUNT:role/demo-prod-EnvManagerRole.
      Environment prod is in account OTHER-ACCOUNT, your credentials belong to account ACCOUNT. If the manager role is gone, run `copilot env delete --app demo --name prod --profile NAME` with a profile of account OTHER-ACCOUNT.
    ");
    let config = world.profiles(&[("prod-admin", &other), ("home", &world.account)]);
    let with = |profile: &str| {
        let mut command = world.command(&["env", "delete", "--name", "prod", "--yes", "--profile", profile]);
        command.env("AWS_CONFIG_FILE", &config);
        Run::of(command)
    };
    insta::assert_snapshot!(told(&world, &other, &with("home")), @"
    exit code: 2
    ----- stderr -----
    ✘ the profile's credentials belong to account ACCOUNT; environment prod is in account OTHER-ACCOUNT
      Pass --profile with a profile of that account, or leave it out to use the environment's manager role.
    ");
    assert_eq!(with("nobody").code, Some(1));
    with("prod-admin").succeeds();
    assert_eq!(world.inventory(&[REGION, "eu-west-1"]).matches("prod").count(), 0);
}
