//! What is refused before anything is changed.

use std::time::Duration;

use crate::local_aws::{Environment, Rule};
use crate::support::World;
use crate::support::environments::{ENV_MANIFEST, ENV_STACK, bootstrapped, workspace};

#[test]
fn refused_before_the_first_call() {
    let world = World::after_env_init();
    let mut told = crate::support::Told::default();
    let mut case = |name: &str, manifest: &str, flags: &[&str], code: i32| {
        world.workspace.file("copilot/environments/test/manifest.yml", manifest);
        told.runs(name, &world, world.command(&[&["env", "deploy", "--name", "test"], flags].concat()), code);
    };
    case("another environment's", &ENV_MANIFEST.replace("name: test", "name: prod"), &[], 1);
    case("a job's", &ENV_MANIFEST.replace("type: Environment", "type: Scheduled Job"), &[], 1);
    case("no YAML", "name: [", &[], 1);
    case(
        "one subnet",
        &format!("{ENV_MANIFEST}network: {{vpc: {{id: vpc-1, subnets: {{public: [{{id: subnet-1}}]}}}}}}"),
        &[],
        1,
    );
    case("flags that exclude each other", ENV_MANIFEST, &["--attach", "--force"], 2);
    world
        .workspace
        .file("copilot/environments/overrides/cfn.patches.yml", "- {op: remove, path: /Resources/Cluster}\n");
    case("overrides that break the template", ENV_MANIFEST, &[], 1);
    std::fs::remove_dir_all(world.workspace.path().join("copilot/environments/overrides")).unwrap();
    world.workspace.file("copilot/environments/addons/x.yml", "Resources: {T: {Type: AWS::SNS::Topic}}\n");
    case("addons without parameters", ENV_MANIFEST, &[], 1);
    std::fs::remove_dir_all(world.workspace.path().join("copilot/environments")).unwrap();
    told.runs("not in the workspace", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    insta::assert_snapshot!(told.all(), @"
    another environment's (1):
    ✘ copilot/environments/test/manifest.yml:1:7: name: `prod` differs from the manifest's directory `test`
      |
    1 | name: prod
      |       ^^^^
    help: write `name: test`, or rename the directory

    a job's (1):
    ✘ copilot/environments/test/manifest.yml:2:7: type: this is the manifest of a `Scheduled Job`, not of an environment
      |
    2 | type: Scheduled Job
      |       ^^^^^^^^^^^^^
    help: write `type: Environment` if it is an environment's

    no YAML (1):
    ✘ copilot/environments/test/manifest.yml:1:7: invalid YAML: unclosed bracket '['
      |
    1 | name: [
      |       ^

    one subnet (1):
    ✘ copilot/environments/test/manifest.yml:5:47: network.vpc.subnets: one public subnet is too few
      |
    5 | network: {vpc: {id: vpc-1, subnets: {public: [{id: subnet-1}]}}}
      |                                               ^^^^^^^^^^^^^^
    help: list at least two of different availability zones, or no public subnets at all

    flags that exclude each other (2):
    error: the argument '--attach' cannot be used with '--force'

    Usage: copilot env deploy --name <NAME> --attach

    For more information, try '--help'.

    overrides that break the template (1):
    ✘ copilot/environments/overrides/cfn.patches.yml: the output `ClusterId` refers to `Cluster`, and there is no such parameter or resource
      CloudFormation refuses this. What the manifest's texts and the environment's overrides put in or remove must fit the rest of the template: remove the reference, or keep what it refers to.

    addons without parameters (1):
    ✘ copilot/environments/addons: no template declares the parameters App, Env
      Every environment's addons get App and Env: add them below Parameters of one template, each as `{Type: String}`.

    not in the workspace (1):
    ✘ environment test is not in the workspace: there is no copilot/environments/test/manifest.yml
      Get the manifest of a deployed environment: `mkdir -p copilot/environments/test`, then `copilot env show --name test --manifest > copilot/environments/test/manifest.yml`. Create a new environment with `copilot env init --name test`.
    ");
    assert_eq!(world.account.calls().names(), [""; 0]);
}

#[test]
fn refused_by_what_is_deployed() {
    let mut told = crate::support::Told::default();
    let world = World::of_environment(Environment::new("test").version("v1.99.0"), workspace(ENV_MANIFEST));
    told.runs("a newer version's", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    world
        .workspace
        .file("copilot/environments/other/manifest.yml", &ENV_MANIFEST.replace("name: test", "name: other"));
    told.runs("not registered", &world, world.command(&["env", "deploy", "--name", "other"]), 1);
    let world = World::after_env_init();
    world.cloudformation("DeleteStack", &[("StackName", ENV_STACK)]).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    told.runs("record without a stack", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    let world = World::of_environment(bootstrapped().account("210987654321"), workspace(ENV_MANIFEST));
    world.account.fault(Rule::deny("sts:AssumeRole"));
    told.runs("the role is refused", &world, world.command(&["env", "deploy", "--name", "test"]), 1);
    insta::assert_snapshot!(told.all(), @"
    a newer version's (1):
    ✘ environment test was deployed by a newer version: its template is v1.99.0, this program writes v1.34.1+rs.1.35.0
      Install the newest version of copilot and run the command again.
      Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.

    not registered (1):
    ✘ there is no environment other in application demo
      Environments of demo: test.

    record without a stack (1):
    ✘ environment test has no stack demo-test
      Its record is there, but what belongs to it is not: `copilot env init --name test` creates the stack.

    the role is refused (1):
    ✘ sts:AssumeRole on role arn:aws:iam::210987654321:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::210987654321:role/demo-test-EnvManagerRole.
    ");
}
