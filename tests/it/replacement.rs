//! Updates that replace or delete what holds data or identity: refused, confirmed, allowed.

use std::fs;

use rexpect::session::PtySession;

use crate::local_aws::{App, Change, Environment, Rule};
use crate::support::diffing::answering;
use crate::support::terminal;
use crate::support::{ENV, JOB, LOCATION, STACK, Workspace, World};
use crate::takeover::identities;

const TOPICS: &str = "publish:\n  topics:\n    - name: orders\n    - name: refunds\n";
const VOLUME: &str = "storage:\n  volumes:\n    data: {path: /data, read_only: false, efs: true}\n";

/// A deployed job, and the manifest of its next deployment.
fn deployed_then(first: &str, next: &str) -> World {
    let world = World::new(Workspace::new(&format!("{LOCATION}{first}")));
    world.deploy(&[]).succeeds();
    world.workspace.manifest(&format!("{LOCATION}{next}"));
    world
}

/// The stack's template, and that no change set is left that could be executed.
fn untouched(world: &World) -> String {
    let left = world.cloudformation("ListChangeSets", &[("StackName", STACK)]).unwrap();
    assert!(!left.contains("<ExecutionStatus>AVAILABLE<"), "{left}");
    assert!(world.stack().unwrap().contains("_COMPLETE</StackStatus>"));
    let answer = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    answer.split_once("</TemplateBody>").unwrap().0.to_owned()
}

#[test]
fn a_removed_topic_needs_consent() {
    let world = deployed_then(TOPICS, "publish:\n  topics:\n    - name: orders\n");
    let before = untouched(&world);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - refundsSNSTopic (AWS::SNS::Topic) will be deleted

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    assert_eq!(untouched(&world), before);

    insta::assert_snapshot!(world.deploy(&["--quiet"]), @"
    exit code: 1
    ----- stderr -----
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - refundsSNSTopic (AWS::SNS::Topic) will be deleted

    Deploy anyway? (y/N) 
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");

    insta::assert_snapshot!(answering(&world, &[], "n\n"), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - refundsSNSTopic (AWS::SNS::Topic) will be deleted

    Deploy anyway? (y/N) No
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the update of stack demo-test-report-gen was declined: nothing was deployed, the change set was removed
      Undo what causes the changes above, or pass --allow-replacement to accept them.
    ");
    assert_eq!(untouched(&world), before);
    assert_eq!(world.account.calls().count("cloudformation:ExecuteChangeSet"), 1);

    insta::assert_snapshot!(answering(&world, &[], "y\n").outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - refundsSNSTopic (AWS::SNS::Topic) will be deleted

    Deploy anyway? (y/N) Yes
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert!(!untouched(&world).contains("refundsSNSTopic"));
}

#[test]
fn an_access_point_that_is_replaced_needs_consent() {
    let owned = VOLUME.replace("efs: true", "efs: {uid: 1000, gid: 1000}");
    let world = deployed_then(VOLUME, &owned);
    let access_point = |world: &World| identities(world, STACK)["AccessPoint"].clone();
    let first = access_point(&world);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AccessPoint (AWS::EFS::AccessPoint) will be replaced, as PosixUser, RootDirectory changes

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    assert_eq!(access_point(&world), first);
    insta::assert_snapshot!(world.deploy(&["--allow-replacement"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AccessPoint (AWS::EFS::AccessPoint) will be replaced, as PosixUser, RootDirectory changes
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_ne!(access_point(&world), first);
    world.deploy(&[]).succeeds();
}

#[test]
fn giving_up_the_last_volume_says_that_the_file_system_goes() {
    let world = deployed_then(VOLUME, "");
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AccessPoint (AWS::EFS::AccessPoint) will be deleted; no other workload uses the environment's file system, so that is deleted too, with all its files

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    let environment = Environment::new(ENV).parameter("EFSWorkloads", "api");
    let app = App::new("demo").environment(environment).job(JOB);
    let world = World::seeded(app, Workspace::new(&format!("{LOCATION}{VOLUME}")));
    world.deploy(&[]).succeeds();
    world.workspace.manifest(LOCATION);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AccessPoint (AWS::EFS::AccessPoint) will be deleted

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
}

#[test]
fn ordinary_updates_ask_nothing() {
    let full = format!("{TOPICS}{VOLUME}");
    let world = deployed_then(
        &full,
        &format!(
            "{full}variables: {{A: b}}\nlogging: {{retention: 7}}\nretries: 2\nnetwork: {{vpc: {{placement: private}}}}\n"
        ),
    );
    world.workspace.manifest(
        &fs::read_to_string(world.workspace.path().join("copilot/report-gen/manifest.yml"))
            .unwrap()
            .replace("cpu: 256", "cpu: 512")
            .replace("memory: 512", "memory: 1024"),
    );
    insta::assert_snapshot!(world.deploy(&["--resource-tags", "a=b"]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - An IAM role to update your environment stack [update in progress]
    - An IAM role to update your environment stack [update complete] [TIME]
    - Update your environment's shared resources [update in progress]
    - Stack demo-test [update in progress]
    - Update your environment's shared resources: An IAM Role for AWS CloudFormation to manage resources [update in progress]
    - Update your environment's shared resources: An IAM Role for AWS CloudFormation to manage resources [update complete] [TIME]
    - Update your environment's shared resources: An ECS cluster to group your services [update in progress]
    - Update your environment's shared resources: An ECS cluster to group your services [update complete] [TIME]
    - Update your environment's shared resources: An IAM Role to describe resources in your environment [update in progress]
    - Update your environment's shared resources: An IAM Role to describe resources in your environment [update complete] [TIME]
    - Update your environment's shared resources: An EFS filesystem for persistent task storage [update in progress]
    - Update your environment's shared resources: An EFS filesystem for persistent task storage [update complete] [TIME]
    - Update your environment's shared resources: A security group to allow your containers to talk to each other [update in progress]
    - Update your environment's shared resources: A security group to allow your containers to talk to each other [update complete] [TIME]
    - Stack demo-test [update complete] [TIME]
    - Update your environment's shared resources [update complete] [TIME]
    - An EFS access point to handle POSIX permissions [update in progress]
    - An EFS access point to handle POSIX permissions [update complete] [TIME]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [update in progress]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [update complete] [TIME]
    - A CloudWatch log group to hold your service logs [update in progress]
    - A CloudWatch log group to hold your service logs [update complete] [TIME]
    - A SNS topic to broadcast orders events [update in progress]
    - A SNS topic to broadcast orders events [update complete] [TIME]
    - A SNS topic to broadcast refunds events [update in progress]
    - A SNS topic to broadcast refunds events [update complete] [TIME]
    - An IAM role to control permissions for the containers in your tasks [update in progress]
    - An IAM role to control permissions for the containers in your tasks [update complete] [TIME]
    - An ECS task definition to group your containers and run them on ECS [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [update in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [update complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [update in progress]
    - A state machine to invoke your job and handle retry and timeout logic [update complete] [TIME]
    - A CloudWatch event rule to trigger the job's state machine [update in progress]
    - A CloudWatch event rule to trigger the job's state machine [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn nested_stacks_are_looked_into_and_every_page_is_read() {
    let world = deployed_then("", "variables: {A: b}\n");
    let nested = "arn:aws:cloudformation:us-west-2:1:changeSet/nested/1";
    let deeper = "arn:aws:cloudformation:us-west-2:1:changeSet/deeper/1";
    let addons =
        Change::new("Modify", "AddonsStack", "AWS::CloudFormation::Stack").replacement("Conditional");
    let harmless = Change::new("Modify", "TaskDefinition", "AWS::ECS::TaskDefinition").replacement("True");
    let inner = Change::new("Modify", "Inner", "AWS::CloudFormation::Stack").replacement("False");
    let kept = Change::new("Remove", "Kept", "AWS::S3::Bucket").policy("Retain");
    let bucket = Change::new("Remove", "Bucket", "AWS::S3::Bucket").policy("Delete");
    let table = Change::new("Modify", "Table", "AWS::DynamoDB::Table").replacement("True");
    let role = Change::new("Modify", "TaskRole", "AWS::IAM::Role").replacement("True");
    world.account.tell_changes(
        STACK,
        vec![vec![harmless, addons.change_set(nested)], vec![role.property("RoleName", "Always")]],
    );
    world.account.tell_changes(nested, vec![vec![kept], vec![inner.change_set(deeper), bucket]]);
    world.account.tell_changes(deeper, vec![vec![table.property("TableName", "Always")]]);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - TaskRole (AWS::IAM::Role) will be replaced, as RoleName changes
      - AddonsStack/Bucket (AWS::S3::Bucket) will be deleted
      - AddonsStack/Inner/Table (AWS::DynamoDB::Table) will be replaced, as TableName changes

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");

    world.account.fault(Rule::deny("cloudformation:DescribeChangeSet").about(deeper));
    insta::assert_snapshot!(world.deploy(&["--allow-replacement"]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:1:changeSet/deeper/1 of nested stack AddonsStack/Inner failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeChangeSet
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:1:changeSet/deeper/1 of nested stack AddonsStack/Inner.
    ");
    untouched(&world);
    world.account.clear_faults();

    world.account.tell_changes(deeper, vec![Vec::new()]);
    world.deploy(&["--allow-replacement"]).succeeds();
    assert!(untouched(&world).contains("Name: A"));
}

/// The question, asked on a terminal.
fn asked(world: &World) -> PtySession {
    let args = ["job", "deploy", "--name", JOB, "--env", ENV];
    let mut terminal = terminal::in_terminal(world, &args, 100);
    terminal.exp_string("refundsSNSTopic (AWS::SNS::Topic) will be deleted").unwrap();
    terminal.exp_string("Deploy anyway? (y/N) ").unwrap();
    terminal
}

#[test]
fn on_a_terminal_the_question_is_answered_there() {
    let world = deployed_then(TOPICS, "");
    let before = untouched(&world);
    for answer in ["n", ""] {
        let mut terminal = asked(&world);
        terminal.send_line(answer).unwrap();
        let said = terminal::plain(&terminal.exp_eof().unwrap());
        assert!(said.contains("Deploy anyway? No"), "{said}");
        assert!(said.contains("✘ Proposing infrastructure changes"), "{said}");
        assert!(said.contains("nothing was deployed, the change set was removed"), "{said}");
        assert!(said.contains("--allow-replacement"), "{said}");
        assert_eq!(terminal::exit_code(&terminal), 1);
        assert_eq!(untouched(&world), before);
    }
    let mut terminal = asked(&world);
    terminal.send_control('c').unwrap();
    let said = terminal::plain(&terminal.exp_eof().unwrap());
    assert!(said.contains("interrupted: nothing was deployed, the change set was removed"), "{said}");
    assert_eq!(terminal::exit_code(&terminal), 130);
    assert_eq!(untouched(&world), before);

    let mut terminal = asked(&world);
    terminal.send_line("y").unwrap();
    let said = terminal::plain(&terminal.exp_eof().unwrap());
    assert!(said.contains("✔ Proposing infrastructure changes"), "{said}");
    assert!(said.contains("✔ Deployed report-gen"), "{said}");
    assert_eq!(terminal::exit_code(&terminal), 0);
    assert!(!untouched(&world).contains("refundsSNSTopic"));
}
