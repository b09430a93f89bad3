//! What an environment has for its workloads: it is told before the question, and the job leaves the lists.

use super::delete;
use crate::local_aws::{App, Environment, REGION};
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};

const VOLUME: &str = "storage:\n  volumes:\n    data: {path: /data, read_only: false, efs: true}\n";
const PRIVATE: &str = "network:\n  vpc:\n    placement: private\n";

/// A parameter of the environment's stack.
fn list(world: &World, key: &str) -> String {
    let parameters = world.env_parameters();
    let line = parameters.lines().find_map(|line| line.strip_prefix(&format!("{key}=")));
    line.unwrap_or_default().to_owned()
}

/// The last workload of an environment that this program deployed.
#[test]
fn gateways_and_a_file_system_without_users() {
    let world = World::after_env_init();
    world.env_deploy(&["--quiet"]).succeeds();
    world.workspace.manifest(&format!("{LOCATION}{VOLUME}{PRIVATE}"));
    world.deploy(&[]).succeeds();
    assert_eq!((list(&world, "NATWorkloads").as_str(), list(&world, "EFSWorkloads").as_str()), (JOB, JOB));
    let no = Run::answering(world.command(&["job", "delete", "--name", JOB]), "n\n");
    insta::assert_snapshot!(world.said(&no), @"
    exit code: 1
    ----- stderr -----
    Job report-gen of application demo. To be deleted:
    - environment test, account ACCOUNT, us-west-2: stack demo-test-report-gen with everything in it, such as the schedule, the state machine and the logs
    - the NAT gateways of environment test, with their IP addresses: no other workload uses them
    - file system fs-ID of environment test, with all files in it: no other workload uses it
    - repository demo/report-gen in us-west-2, which is empty
    - its place in the application's stack set
    - its record /copilot/applications/demo/components/report-gen
    Kept:
    - files in the workspace, such as copilot/report-gen/manifest.yml
    - log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-

    Delete job report-gen of application demo? (y/N) No
    ✘ cancelled: nothing was deleted
    ");
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    To be deleted, too: the NAT gateways of environment test, with their IP addresses: no other workload uses them.
    To be deleted, too: file system fs-ID of environment test, with all files in it: no other workload uses it.
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!((list(&world, "NATWorkloads").as_str(), list(&world, "EFSWorkloads").as_str()), ("", ""));
}

/// Others still use the file system.
#[test]
fn a_file_system_with_other_users() {
    let environment = Environment::new(ENV).parameter("EFSWorkloads", "api");
    let app = App::new("demo").environment(environment).job(JOB);
    let world = World::seeded(app, Workspace::new(&format!("{LOCATION}{VOLUME}")));
    world.deploy(&[]).succeeds();
    insta::assert_snapshot!(world.outline(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    Kept: log groups of functions in us-west-2, below /aws/lambda/demo-test-report-gen-.
    Kept: file system fs-ID of environment test, for api, and with it the files that the job wrote there.
    ✔ Deleted job report-gen of application demo.
    ");
    assert_eq!(list(&world, "EFSWorkloads"), "api");
}

/// The stack was removed without the function that takes the job off the lists.
#[test]
fn a_job_that_is_still_on_a_list() {
    let environment = Environment::new(ENV).parameter("EFSWorkloads", JOB);
    let app = App::new("demo").environment(environment).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    insta::assert_snapshot!(world.said(&delete(&world, &["--env", ENV])), @"
    exit code: 0
    ----- stderr -----
    To be deleted, too: file system fs-ID of environment test, with all files in it: no other workload uses it.
    Proposing infrastructure changes for stack demo-test
    Warning: this update of stack demo-test replaces or deletes, or may replace, what may hold data or what others refer to:
      - FileSystem (AWS::EFS::FileSystem) will be deleted
    ✔ Proposing infrastructure changes for stack demo-test
    - Updating the infrastructure for stack demo-test [update in progress]
    - Updating the infrastructure for stack demo-test [update complete] [TIME]
    ✔ Deleted job report-gen from environment test.
    ");
    assert_eq!(list(&world, "EFSWorkloads"), "");

    // It cannot be told of by an environment that takes no update.
    let environment = Environment::new(ENV).parameter("EFSWorkloads", JOB);
    let app = App::new("demo").environment(environment).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    world.account.fault(crate::local_aws::Rule::deny("cloudformation:CreateChangeSet"));
    insta::assert_snapshot!(world.said(&delete(&world, &[])), @"
    exit code: 0
    ----- stderr -----
    To be deleted, too: file system fs-ID of environment test, with all files in it: no other workload uses it.
    Proposing infrastructure changes for stack demo-test
    ✘ Proposing infrastructure changes for stack demo-test
    Warning: Environment test still has job report-gen on its lists, and so keeps what it has for it: cloudformation:CreateChangeSet on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet. Take it off with `copilot job delete --app demo --name report-gen --env test` once the environment's stack can be updated.
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    ✔ Deleted job report-gen of application demo.
    ");
    assert!(!world.inventory(&[REGION]).contains(STACK));
}
