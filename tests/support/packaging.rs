//! `job package`.

use std::fs;
use std::process::Command;
use std::time::Instant;

use super::{BUILD, ENV, JOB, Run, STACK, Workspace, World};
use crate::local_aws::{Calls, LocalAws, REGION};

/// An addon with a function from a directory of the workspace.
pub(crate) const FUNCTION: &str = "Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
Resources:
  Cleanup:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cleanup'
      Code: lambdas/cleanup
";

/// `job package --name report-gen --env test` and more flags.
pub(crate) fn packaging(world: &World, flags: &[&str]) -> Command {
    world.command(&[&["job", "package", "--name", JOB, "--env", ENV], flags].concat())
}

/// `job package --diff` and more flags.
pub(crate) fn comparing(world: &World, flags: &[&str]) -> Command {
    let mut command = packaging(world, &[&["--diff"], flags].concat());
    // Nothing is built for it.
    command.env("DOCKER_HOST", "unix:///nowhere.sock");
    command
}

/// What it said; stdout must be empty.
pub(crate) fn packaged(world: &World, flags: &[&str]) -> String {
    Run::of(packaging(world, flags)).succeeds()
}

pub(crate) fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.workspace.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Nothing but reading has gone on since then.
pub(crate) fn changed_nothing_since(world: &World, moment: Instant) {
    assert_reads(world.account.calls_since(moment));
}

pub(crate) fn assert_reads(calls: Calls) {
    let reads =
        ["ssm:Get", "sts:", "cloudformation:Get", "cloudformation:Describe", "cloudformation:List", "s3:Get"];
    let writes: Vec<String> = calls.of_program().names();
    let writes: Vec<_> =
        writes.iter().filter(|name| !reads.iter().any(|read| name.starts_with(read))).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

/// A job that needs everything there is to upload.
pub(crate) fn with_everything(workspace: Workspace) -> Workspace {
    workspace.manifest(&format!(
        "{BUILD}env_file: prod.env\nsidecars:\n  helper:\n    image:\n      build: helper/Dockerfile\n    env_file: helper.env\n"
    ));
    workspace.file("helper/Dockerfile", "FROM scratch\nCOPY content /helper\n");
    workspace.file("helper/content", &workspace.path().display().to_string());
    workspace.file("prod.env", "A=1\n");
    workspace.file("helper.env", "B=2\n");
    workspace.file(&format!("copilot/{JOB}/addons/cleanup.yml"), FUNCTION);
    workspace.file("lambdas/cleanup/index.js", "exports.handler = async () => 'clean';\n");
    workspace
}

/// The template that the job's stack was given.
pub(crate) fn deployed_template(world: &World) -> String {
    let client = cloudformation(world);
    LocalAws::shared().block_on(async move {
        let reply = client.get_template().stack_name(STACK).send().await.unwrap();
        reply.template_body.unwrap()
    })
}

/// A `CloudFormation` client such as other tools have.
pub(crate) fn cloudformation(world: &World) -> aws_sdk_cloudformation::Client {
    let (account, endpoint) = (world.account.id().to_owned(), world.account.env()[0].1.clone());
    LocalAws::shared().block_on(async move {
        let credentials = aws_credential_types::Credentials::new(account, "local", None, None, "test");
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .credentials_provider(credentials)
            .region(aws_types::region::Region::new(REGION))
            .load()
            .await;
        aws_sdk_cloudformation::Client::new(&config)
    })
}
