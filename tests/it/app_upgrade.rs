//! `app upgrade`, against the local AWS.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Parameter, RegionConcurrencyType, StackSetOperationPreferences, StackSetOperationStatus,
};

use crate::local_aws::{Action, App, Event, LocalAws, Rule, Script};
use crate::support::{LOCATION, Run, Told, Workspace, World, in_parallel, without_times};

const ROLES: &str = "demo-infrastructure-roles";
const SET: &str = "demo-infrastructure";
pub(crate) const OLD: &str = "v1.20.0";

fn own_version() -> String {
    format!("v1.34.1+rs.{}", env!("CARGO_PKG_VERSION"))
}

fn block_on<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    LocalAws::shared().block_on(future)
}

/// A client of the account's that is neither recorded with the program's calls nor meets its faults.
async fn client(endpoint: String, account: String) -> Client {
    let credentials = aws_credential_types::Credentials::new(account, "local", None, None, "test");
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .region(aws_types::region::Region::new(crate::local_aws::REGION))
        .load()
        .await;
    Client::new(&config)
}

fn with_client<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    world: &World,
    work: impl FnOnce(Client) -> F + Send + 'static,
) -> T {
    let (endpoint, account) = (world.account.env()[0].1.clone(), world.account.id().to_owned());
    block_on(async move { work(client(endpoint, account).await).await })
}

async fn end_of(client: &Client, id: &str) {
    loop {
        let answer =
            client.describe_stack_set_operation().stack_set_name(SET).operation_id(id).send().await.unwrap();
        match answer.stack_set_operation().unwrap().status().unwrap() {
            StackSetOperationStatus::Running => tokio::time::sleep(Duration::from_millis(10)).await,
            StackSetOperationStatus::Succeeded => return,
            status => panic!("{status:?}"),
        }
    }
}

/// Gives the application an instance in its region, as an environment does.
fn with_instance(world: &World) {
    let account = world.account.id().to_owned();
    with_client(world, |client| async move {
        let call = client
            .create_stack_instances()
            .stack_set_name(SET)
            .accounts(account)
            .regions(crate::local_aws::REGION);
        let started = call.send().await.unwrap();
        end_of(&client, started.operation_id().unwrap()).await;
    });
}

/// Rewrites the templates of the roles' stack and of the stack set, as if they had come from another tool.
pub(crate) fn rewrite(
    world: &World,
    roles: impl Fn(String) -> String + Send + 'static,
    set: impl Fn(String) -> String + Send + 'static,
) {
    with_client(world, |client| async move {
        let template = client.get_template().stack_name(ROLES).send().await.unwrap();
        let stack = client.describe_stacks().stack_name(ROLES).send().await.unwrap().stacks()[0].clone();
        let keep = |p: &Parameter| {
            Parameter::builder().parameter_key(p.parameter_key().unwrap()).use_previous_value(true).build()
        };
        let update = client
            .update_stack()
            .stack_name(ROLES)
            .template_body(roles(template.template_body().unwrap().to_owned()))
            .capabilities("CAPABILITY_NAMED_IAM".into())
            .set_tags(Some(stack.tags().to_vec()))
            .set_parameters(Some(stack.parameters().iter().map(keep).collect()));
        update.send().await.unwrap();
        let known = client.describe_stack_set().stack_set_name(SET).send().await.unwrap();
        let known = known.stack_set().unwrap();
        let update = client
            .update_stack_set()
            .stack_set_name(SET)
            .template_body(set(known.template_body().unwrap().to_owned()))
            .administration_role_arn(known.administration_role_arn().unwrap())
            .execution_role_name(known.execution_role_name().unwrap())
            .set_tags(Some(known.tags().to_vec()))
            .operation_preferences(
                StackSetOperationPreferences::builder()
                    .region_concurrency_type(RegionConcurrencyType::Parallel)
                    .build(),
            );
        let started = update.send().await.unwrap();
        end_of(&client, started.operation_id().unwrap()).await;
    });
    let emulator = world.account.emulator();
    block_on(async move { emulator.settled_stack(ROLES).await.map(drop) }).unwrap();
}

pub(crate) fn aged(version: &'static str) -> impl Fn(String) -> String + Send + 'static {
    move |template| template.replace(&own_version(), version)
}

/// An application of an old version with an instance in its region.
pub(crate) fn old_application() -> World {
    let world = World::empty();
    world.run(&["app", "init", "demo"]).succeeds();
    with_instance(&world);
    rewrite(&world, aged(OLD), aged(OLD));
    world
}

pub(crate) fn set_template(world: &World) -> String {
    with_client(world, |client| async move {
        let known = client.describe_stack_set().stack_set_name(SET).send().await.unwrap();
        known.stack_set().unwrap().template_body().unwrap().to_owned()
    })
}

fn calls(world: &World, since: Instant, name: &str) -> usize {
    world.account.calls_since(since).count(name)
}

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

/// APP-4: what failed in which account and region, and the first failure in the instance's own stack.
#[test]
fn an_instance_that_cannot_be_updated() {
    let world = old_application();
    let reason = "ResourceLogicalId:ECRRepoold, ResourceType:AWS::ECR::Repository, ResourceStatusReason:The repository is not empty";
    world.account.fault(Rule::error("stackset:UpdateInstance", 400, "RepositoryNotEmptyException", reason));
    insta::assert_snapshot!(world.run(&["app", "upgrade"]).outline(), @"
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Updating the resources of stack set demo-infrastructure in all regions [update failed] [TIME]
    ✘ operation 1 of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: ResourceLogicalId:ECRRepoold, ResourceType:AWS::ECR::Repository, ResourceStatusReason:The repository is not empty
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id 1`, remove the cause and run the command again.
    ");
    // The same, with a reason that says nothing: the stack's events do.
    world.account.clear_faults();
    world.account.fault(Rule::error(
        "stackset:UpdateInstance",
        400,
        "Failed",
        "The stack ended in UPDATE_ROLLBACK_COMPLETE",
    ));
    let stack = with_client(&world, |client| async move {
        let instances = client.list_stack_instances().stack_set_name(SET).send().await.unwrap();
        instances.summaries()[0].stack_id().unwrap().to_owned()
    });
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("ECRRepoold", "AWS::ECR::Repository", "DELETE_FAILED", "The repository is not empty"),
        Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let name = stack.split('/').nth(1).unwrap().to_owned();
    world.account.tell(&name, Script { events, every: Duration::ZERO }, None);
    let said = world.run(&["app", "upgrade"]).ends_with(1);
    let first =
        "first in its stack: ECRRepoold (AWS::ECR::Repository) is DELETE_FAILED: The repository is not empty";
    assert!(said.contains(first), "{said}");
    // The stack set has the new template by now; its instance gets it when the command is repeated.
    world.account.clear_faults();
    world.account.release(&name);
    let said = world.run(&["app", "upgrade"]).succeeds();
    assert!(said.contains("Brought the resources of application demo up to date in all regions"), "{said}");
    let said = world.run(&["app", "upgrade"]).succeeds();
    assert!(said.contains("is up to date"), "{said}");
}

/// APP-6: the update was accepted and its answer lost; its repetition meets the update itself.
#[test]
fn the_answer_to_an_update_gets_lost() {
    for code in [None, Some("OperationInProgressException"), Some("OperationIdAlreadyExistsException")] {
        let world = old_application();
        world.account.pace_all(Duration::from_secs(1));
        world.account.fault(Rule::on("cloudformation:UpdateStackSet", Action::Lose).times(1));
        if let Some(code) = code {
            let error =
                Rule::error("cloudformation:UpdateStackSet", 409, code, "Another operation is in progress");
            world.account.fault(error.times(1));
        }
        let before = Instant::now();
        let said = world.run(&["app", "upgrade"]).succeeds();
        assert!(!said.contains("out of date"), "{said}");
        assert!(set_template(&world).contains("Version: 1\n"), "{}", set_template(&world));
        assert_eq!(calls(&world, before, "cloudformation:UpdateStackSet"), 2, "{code:?}");
        assert_eq!(world.run(&["app", "upgrade"]).succeeds().matches("is up to date").count(), 1);
    }
}

/// An operation of somebody else is waited for; of two upgrades at once both succeed and only one changes anything.
#[test]
fn others_at_work() {
    let world = old_application();
    world.account.pace_all(Duration::from_secs(1));
    let (first, started) = (world.account.id().to_owned(), Instant::now());
    with_client(&world, |client| async move {
        let call = client.create_stack_instances().stack_set_name(SET).accounts(first).regions("eu-west-1");
        call.send().await.unwrap();
    });
    let runs = in_parallel(2, &["one", "two"], |_| world.run(&["app", "upgrade"]));
    for run in &runs {
        assert_eq!(run.code, Some(0), "{run}");
    }
    assert!(started.elapsed() > Duration::from_secs(2));
    assert!(set_template(&world).contains("Version: 1\n"), "{}", set_template(&world));
}

#[test]
fn each_call_refused() {
    let world = old_application();
    let before = Instant::now();
    world.run(&["app", "upgrade"]).succeeds();
    let operations: BTreeSet<String> =
        world.account.calls_since(before).of_program().names().into_iter().collect();
    let mut told = Told::default();
    for operation in operations {
        let world = old_application();
        world.account.fault(Rule::deny(&operation));
        let run = world.run(&["app", "upgrade"]);
        told.note(&operation, &world, run.code.unwrap(), &Run { stdout: String::new(), ..run }.outline());
        world.account.clear_faults();
        world.run(&["app", "upgrade"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    cloudformation:CreateChangeSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateChangeSet on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateChangeSet on stack demo-infrastructure-roles.

    cloudformation:DescribeChangeSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    cloudformation:DescribeStackEvents (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ the progress of stack demo-infrastructure-roles cannot be read; the operation continues in AWS: cloudformation:DescribeStackEvents on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackEvents
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackEvents on stack demo-infrastructure-roles.
      Follow it with `copilot app upgrade --name demo`.

    cloudformation:DescribeStackSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackSet on stack set demo-infrastructure.

    cloudformation:DescribeStackSetOperation (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeStackSetOperation on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSetOperation
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackSetOperation on stack set demo-infrastructure.

    cloudformation:DescribeStacks (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:DescribeStacks on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStacks on stack demo-infrastructure-roles.

    cloudformation:ExecuteChangeSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    cloudformation:GetTemplate (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    ✘ cloudformation:GetTemplate on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplate
      The call was made with your own credentials, whose policies must allow cloudformation:GetTemplate on stack demo-infrastructure-roles.

    cloudformation:GetTemplateSummary (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:GetTemplateSummary on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplateSummary
      The call was made with your own credentials, whose policies must allow cloudformation:GetTemplateSummary on stack demo-infrastructure-roles.

    cloudformation:ListStackInstances (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:ListStackInstances on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:ListStackInstances
      The call was made with your own credentials, whose policies must allow cloudformation:ListStackInstances on stack set demo-infrastructure.

    cloudformation:UpdateStackSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:UpdateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:UpdateStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:UpdateStackSet on stack set demo-infrastructure.

    ssm:GetParameter (1):
    exit code: 1
    ----- stderr -----
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.
    ");
}

#[test]
fn an_application_is_chosen() {
    let world = old_application();
    std::fs::remove_dir_all(world.workspace.path().join("copilot")).unwrap();
    let said = world.run(&["app", "upgrade"]).succeeds();
    assert!(said.contains("Found only one application, defaulting to: demo"), "{said}");
}
