//! The env controller at work: the function that a deployed job carries, run under Node.js as its stack's custom resource,
//! puts the job on the environment's lists and takes it off again.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::local_aws::{App, Call, Caller, Environment, Event, Pace, Rule, Script};
use crate::support::{ENV, JOB, LOCATION, STACK, Started, Workspace, World};

const ENV_STACK: &str = "demo-test";
const VOLUME: &str = "storage:\n  volumes:\n    data: {path: /data, read_only: false, efs: true}\n";
const PRIVATE: &str = "network:\n  vpc:\n    placement: private\n";

fn world(fragment: &str) -> World {
    World::new(Workspace::new(&format!("{LOCATION}{fragment}")))
}

/// The text after a key of an XML list.
fn after(xml: &str, key: &str, tag: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("Key>{key}</"))?;
    let (_, rest) = rest.split_once(&format!("<{tag}>"))?;
    Some(rest.split_once("</")?.0.to_owned())
}

fn environment(world: &World) -> String {
    world.cloudformation("DescribeStacks", &[("StackName", ENV_STACK)]).unwrap()
}

/// A parameter of the environment's stack.
fn list(world: &World, key: &str) -> String {
    after(&environment(world), key, "ParameterValue").unwrap()
}

/// Updates of the environment that functions asked for.
fn updates(world: &World) -> Vec<Call> {
    let asked = |call: &Call| call.operation == "UpdateStack" && call.caller == Caller::Function;
    world.account.calls().filter(asked).0
}

fn accepted(world: &World) -> usize {
    updates(world).iter().filter(|call| call.status == 200).count()
}

#[test]
fn a_volume_puts_the_job_on_the_list_and_its_end_takes_it_off() {
    let world = world(VOLUME);
    assert_eq!(list(&world, "EFSWorkloads"), "");
    world.deploy(&[]).succeeds();
    assert_eq!(list(&world, "EFSWorkloads"), JOB);
    assert_eq!(accepted(&world), 1);
    // The access point is on the file system that the update made.
    let file_system = after(&environment(&world), "ManagedFileSystemID", "OutputValue").unwrap();
    let definition = world.cloudformation("DescribeStackResources", &[("StackName", STACK)]).unwrap();
    assert!(file_system.starts_with("fs-") && definition.contains("fsap-"), "{file_system} {definition}");

    // Ordinary updates leave the environment alone.
    world.workspace.manifest(&format!("{LOCATION}{VOLUME}variables: {{A: b}}\n"));
    world.deploy(&[]).succeeds();
    assert_eq!((accepted(&world), list(&world, "EFSWorkloads").as_str()), (1, JOB));

    world.workspace.manifest(LOCATION);
    world.deploy(&["--allow-replacement"]).succeeds();
    assert_eq!(list(&world, "EFSWorkloads"), "");
    assert_eq!(after(&environment(&world), "ManagedFileSystemID", "OutputValue"), None);
}

#[test]
fn private_placement_asks_for_nat_gateways_and_public_placement_gives_them_back() {
    let world = world(PRIVATE);
    world.deploy(&[]).succeeds();
    assert_eq!((list(&world, "NATWorkloads").as_str(), list(&world, "EFSWorkloads").as_str()), (JOB, ""));
    world.workspace.manifest(&format!("{LOCATION}{VOLUME}"));
    world.deploy(&[]).succeeds();
    assert_eq!((list(&world, "NATWorkloads").as_str(), list(&world, "EFSWorkloads").as_str()), ("", JOB));
    world.workspace.manifest(LOCATION);
    world.deploy(&["--allow-replacement"]).succeeds();
    assert_eq!((list(&world, "NATWorkloads").as_str(), list(&world, "EFSWorkloads").as_str()), ("", ""));
    assert_eq!(accepted(&world), 3);
}

#[test]
fn other_workloads_stay_on_the_lists() {
    let environment = Environment::new(ENV)
        .parameter("EFSWorkloads", "api,report")
        .parameter("NATWorkloads", "report-gen,report-gen-2")
        .parameter("ALBWorkloads", "report-gen,web")
        .parameter("Aliases", r#"{"web":["w.example"]}"#);
    let app = App::new("demo").environment(environment).job(JOB);
    let world = World::seeded(app, Workspace::new(&format!("{LOCATION}{VOLUME}")));
    world.deploy(&[]).succeeds();
    for (key, value) in [
        ("EFSWorkloads", "api,report,report-gen"),
        ("NATWorkloads", "report-gen-2"),
        ("ALBWorkloads", "web"),
        ("Aliases", "{&quot;web&quot;:[&quot;w.example&quot;]}"),
        ("EnvironmentName", ENV),
    ] {
        assert_eq!(list(&world, key), value, "{key}");
    }
}

#[test]
fn two_jobs_at_once_both_get_on_the_list() {
    let app = App::new("demo").env(ENV).job(JOB).job("mailer");
    let world = World::seeded(app, Workspace::new(&format!("{LOCATION}{VOLUME}")));
    let mailer = format!("{LOCATION}{VOLUME}{PRIVATE}").replace(JOB, "mailer");
    world.workspace.file("copilot/mailer/manifest.yml", &mailer);
    // Whichever comes first keeps the environment busy until the other was refused.
    world.account.pace(ENV_STACK, Pace::EndAfter(Duration::from_secs(3600)));
    let mut command = world.command(&["job", "deploy", "--name", "mailer", "--env", ENV]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mailer = Started(command.spawn().unwrap());
    let report = world.start_deploy(&[]);
    let patience = Instant::now() + Duration::from_secs(60);
    while updates(&world).len() < 2 {
        assert!(Instant::now() < patience, "{:?}", updates(&world));
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut statuses: Vec<u16> = updates(&world).iter().map(|call| call.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "one contends with the other");
    world.account.release(ENV_STACK);
    mailer.finish().succeeds();
    report.finish().succeeds();
    let on_file_system = list(&world, "EFSWorkloads");
    assert!(
        ["report-gen,mailer", "mailer,report-gen"].contains(&on_file_system.as_str()),
        "{on_file_system}"
    );
    assert_eq!(list(&world, "NATWorkloads"), "mailer");
    assert_eq!(accepted(&world), 2, "{:?}", updates(&world));
}

#[test]
fn deleting_the_stack_takes_the_job_off_every_list() {
    let environment = Environment::new(ENV).parameter("EFSWorkloads", "api");
    let app = App::new("demo").environment(environment).job(JOB);
    let world = World::seeded(app, Workspace::new(&format!("{LOCATION}{VOLUME}{PRIVATE}")));
    world.deploy(&[]).succeeds();
    assert_eq!(
        (list(&world, "EFSWorkloads").as_str(), list(&world, "NATWorkloads").as_str()),
        ("api,report-gen", JOB)
    );
    world.cloudformation("DeleteStack", &[("StackName", STACK)]).unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while world.stack().is_some_and(|stack| !stack.contains("DELETE_COMPLETE")) {
        assert!(Instant::now() < patience, "{:?}", world.stack());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!((list(&world, "EFSWorkloads").as_str(), list(&world, "NATWorkloads").as_str()), ("api", ""));
}

#[test]
fn throttling_of_the_environment_update_is_survived() {
    let world = world(VOLUME);
    world.account.fault(Rule::throttle("cloudformation:UpdateStack").times(2));
    world.deploy(&[]).succeeds();
    assert_eq!(list(&world, "EFSWorkloads"), JOB);
    assert_eq!((updates(&world).len(), accepted(&world)), (3, 1));
}

#[test]
fn an_environment_that_rolls_back_fails_the_job_with_the_reason() {
    let world = world(VOLUME);
    let reason = "The following resource(s) failed to update: [FileSystem].";
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", reason),
        Event::stack("UPDATE_ROLLBACK_COMPLETE", reason),
    ];
    world.account.script(ENV_STACK, Script { events, every: Duration::from_millis(200) });
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Stack demo-test [update rollback in progress]: The following resource(s) failed to update: [FileSystem].
    - Stack demo-test [update rollback complete] [TIME]: The following resource(s) failed to update: [FileSystem].
    - Update your environment's shared resources [create failed] [TIME]: Update of environment stack demo-test ended in UPDATE_ROLLBACK_COMPLETE: The following resource(s) failed to update: [FileSystem]. (Log: /aws/lambda/demo-test-report-gen-EnvControllerFunction-ID/UUID)
    - Creating the infrastructure for stack demo-test-report-gen [rollback in progress]: Rollback requested
    - Creating the infrastructure for stack demo-test-report-gen [rollback complete] [TIME]: Rollback complete
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as ROLLBACK_COMPLETE: EnvControllerAction (Custom::EnvControllerFunction) is CREATE_FAILED: Update of environment stack demo-test ended in UPDATE_ROLLBACK_COMPLETE: The following resource(s) failed to update: [FileSystem]. (Log: /aws/lambda/demo-test-report-gen-EnvControllerFunction-ID/UUID)
      The environment's stack could not be updated for this job. Look at its events for the first failure; if another deployment was updating it, deploy again.
      The next `copilot job deploy` deletes what is left of the stack and creates it anew.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");
    assert_eq!(list(&world, "EFSWorkloads"), "");

    world.deploy(&[]).succeeds();
    assert_eq!(list(&world, "EFSWorkloads"), JOB);
}

/// NAT gateways need addresses, and the account has none left.
#[test]
fn exhausted_addresses_are_the_cause_and_leave_nothing_behind() {
    let world = world(PRIVATE);
    let reason = "The following resource(s) failed to create: [NatGateway1Attachment].";
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource(
            "NatGateway1Attachment",
            "AWS::EC2::EIP",
            "CREATE_FAILED",
            "The maximum number of addresses has been reached. (Service: Ec2; Error Code: AddressLimitExceeded)",
        ),
        Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", reason),
        Event::stack("UPDATE_ROLLBACK_COMPLETE", reason),
    ];
    world.account.script(ENV_STACK, Script { events, every: Duration::from_millis(200) });
    let said = world.deploy(&[]).ends_with(1);
    let end = said.split_at(said.find('✘').unwrap()).1;
    insta::assert_snapshot!(crate::support::stable(end, &world), @"
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as ROLLBACK_COMPLETE: NatGateway1Attachment (AWS::EC2::EIP) of stack demo-test (behind EnvControllerAction) is CREATE_FAILED: The maximum number of addresses has been reached. (Service: Ec2; Error Code: AddressLimitExceeded)
      | EnvControllerAction (Custom::EnvControllerFunction) is CREATE_FAILED: Update of environment stack demo-test ended in UPDATE_ROLLBACK_COMPLETE: The following resource(s) failed to create: [NatGateway1Attachment]. (Log: /aws/lambda/demo-test-report-gen-EnvControllerFunction-ID/UUID)
      The account has as many Elastic IP addresses in this region as it may have, and each NAT gateway needs one. Release those that nothing uses, or ask for more under Service Quotas (EC2-VPC Elastic IPs); or place the workload in public subnets.
      The next `copilot job deploy` deletes what is left of the stack and creates it anew.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test%2FUUID
    ");
    assert_eq!(list(&world, "NATWorkloads"), "");
    world.workspace.manifest(LOCATION);
    world.deploy(&[]).succeeds();
    assert_eq!(list(&world, "NATWorkloads"), "");
}

#[test]
fn a_refused_update_fails_the_job_with_the_reason() {
    let world = world(VOLUME);
    world.account.fault(Rule::deny("cloudformation:UpdateStack"));
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Update your environment's shared resources [create failed] [TIME]: User is not authorized to perform: cloudformation:UpdateStack (Log: /aws/lambda/demo-test-report-gen-EnvControllerFunction-ID/UUID)
    - Creating the infrastructure for stack demo-test-report-gen [rollback in progress]: Rollback requested
    - Creating the infrastructure for stack demo-test-report-gen [rollback complete] [TIME]: Rollback complete
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as ROLLBACK_COMPLETE: EnvControllerAction (Custom::EnvControllerFunction) is CREATE_FAILED: User is not authorized to perform: cloudformation:UpdateStack (Log: /aws/lambda/demo-test-report-gen-EnvControllerFunction-ID/UUID)
      The function behind this resource lacks a permission. Its role is in the same stack: look for overrides, a permissions boundary or a policy of the organisation that take the named action away from it, then deploy again.
      The next `copilot job deploy` deletes what is left of the stack and creates it anew.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");
    assert_eq!((updates(&world).len(), list(&world, "EFSWorkloads").as_str()), (1, ""));
}
