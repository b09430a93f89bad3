//! The checks inside `job deploy`.

use crate::support::{JOB, LOCATION, Workspace, World};

/// A secret that the task may not read is told before anything is built; the deployment goes on.
#[test]
fn secrets_that_the_task_may_not_read() {
    let secrets = "secrets:\n  GONE: /elsewhere/gone\n  KEPT: /copilot/demo/test/secrets/KEPT\n";
    let world = World::new(Workspace::new(&format!("{LOCATION}{secrets}")));
    world.run(&["secret", "init", "--name", "KEPT", "--values", "test=x"]);
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: The task may not start. Secret GONE: there is no parameter /elsewhere/gone in account ACCOUNT, us-west-2. Write its value into a file, and store it with the tags. Run `aws ssm put-parameter --region us-west-2 --type SecureString --name /elsewhere/gone --value file://FILE --tags Key=copilot-application,Value=demo Key=copilot-environment,Value=test`.
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

/// An image without a name that overrides have written.
#[test]
fn a_task_that_cannot_start_is_no_success() {
    for (image, known) in [("':latest'", true), ("{'Fn::Sub': ':latest'}", false)] {
        let world = World::new(Workspace::new(LOCATION));
        let path = "/Resources/TaskDefinition/Properties/ContainerDefinitions/0/Image";
        let patch = format!("- op: replace\n  path: {path}\n  value: {image}\n");
        world.workspace.file(&format!("copilot/{JOB}/overrides/cfn.patches.yml"), &patch);
        let run = world.deploy(&[]);
        let looked = world.account.calls().count("ecs:DescribeTaskDefinition");
        assert_eq!(looked, usize::from(!known), "{image}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(run.outline(), @"
            exit code: 1
            ----- stderr -----
            Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
            Proposing infrastructure changes for stack demo-test-report-gen
            ✔ Proposing infrastructure changes for stack demo-test-report-gen
            - Creating the infrastructure for stack demo-test-report-gen [create in progress]
            - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
            ✘ stack demo-test-report-gen is deployed, but the image of container report-gen is `:latest`, which names no repository: the task cannot start
              See whether the job has lost its repository: `copilot doctor --app demo --env test --name report-gen`.
              Bring it back with `copilot doctor --fix`, then deploy again: `copilot job deploy --app demo --env test --name report-gen`. If overrides of the job write the image, mend them first.
            ");
        }
    }
}
