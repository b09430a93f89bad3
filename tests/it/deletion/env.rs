//! `env delete` of environments in the application's own account.

use copilot::custom_resources::EnvironmentFunction;
use hyper::Method;

use super::{changes, demo, world};
use crate::local_aws::{Environment, REGION, Rule};
use crate::support::{ENV, JOB, Run, World};

#[test]
fn an_environment_beside_another_one() {
    let world = world(demo().env("prod").job(JOB));
    world.artifacts(REGION, 3);
    world.record("/copilot/demo/test/secrets/token", "t");
    insta::assert_snapshot!(world.said(&world.run(&["env", "delete", "--name", ENV, "--yes"])), @"
    exit code: 0
    ----- stderr -----
    - Deleting stack demo-test [delete in progress]
    - A security group to allow your containers to talk to each other [delete in progress]
    - A security group to allow your containers to talk to each other [delete complete] [TIME]
    - An IAM Role to describe resources in your environment [delete skipped] [TIME]
    - An ECS cluster to group your services [delete in progress]
    - An ECS cluster to group your services [delete complete] [TIME]
    - An IAM Role for AWS CloudFormation to manage resources [delete skipped] [TIME]
    - Deleting stack demo-test [delete complete] [TIME]
    Kept: 1 secret below /copilot/demo/test/secrets/ in SSM.
    Kept: log groups of functions, below /aws/lambda/demo-test-.
    ✔ Deleted environment test of application demo.
    ");
    insta::assert_snapshot!(world.inventory(&[REGION]), @"
    bucket BUCKET
    parameter /copilot/applications/demo
    parameter /copilot/applications/demo/components/report-gen
    parameter /copilot/applications/demo/environments/prod
    parameter /copilot/demo/test/secrets/token
    repository demo/report-gen
    role demo-adminrole
    role demo-executionrole
    role demo-prod-CFNExecutionRole
    role demo-prod-EnvManagerRole
    stack StackSet-demo-infrastructure-UUID in us-west-2
    stack demo-infrastructure-roles in us-west-2
    stack demo-prod in us-west-2
    stack set demo-infrastructure
    ");
}

/// The bucket and the repositories of the region go with it; the record of the job stays.
#[test]
fn the_last_environment_of_a_region() {
    let world = world(demo().environment(Environment::new("eu").region("eu-west-1")).job(JOB));
    world.artifacts(REGION, 3);
    world.images("demo/report-gen", 2);
    world.images("demo/other", 1);
    let run = Run::answering(world.command(&["env", "delete", "--name", ENV]), "y\n");
    insta::assert_snapshot!(world.outline(&run), @"
    exit code: 0
    ----- stderr -----
    Environment test of application demo, account ACCOUNT, us-west-2. To be deleted:
    - stack demo-test with everything in it
    - its roles demo-test-CFNExecutionRole and demo-test-EnvManagerRole
    - what application demo has in us-west-2: bucket BUCKET with all artifacts; all images of demo/report-gen, as no other environment is there
    - its record /copilot/applications/demo/environments/test
    Kept:
    - files in the workspace, such as copilot/environments/test/manifest.yml
    - log groups of functions, below /aws/lambda/demo-test-

    Delete environment test of application demo? (y/N) Yes
    Kept: log groups of functions, below /aws/lambda/demo-test-.
    ✔ Deleted environment test of application demo.
    ");
    insta::assert_snapshot!(world.inventory(&[REGION, "eu-west-1"]), @"
    bucket BUCKET
    parameter /copilot/applications/demo
    parameter /copilot/applications/demo/components/report-gen
    parameter /copilot/applications/demo/environments/eu
    repository demo/other
    repository demo/report-gen
    role demo-adminrole
    role demo-eu-CFNExecutionRole
    role demo-eu-EnvManagerRole
    role demo-executionrole
    stack StackSet-demo-infrastructure-UUID in eu-west-1
    stack demo-eu in eu-west-1
    stack demo-infrastructure-roles in us-west-2
    stack set demo-infrastructure
    ");
    assert_eq!(world.allowed_accounts(), [world.account.id()]);
}

#[test]
fn questions() {
    let world = world(demo());
    let no = Run::answering(world.command(&["env", "delete", "--name", ENV]), "n\n");
    assert_eq!(no.code, Some(1));
    assert!(no.stderr.ends_with("✘ cancelled: nothing was deleted\n"), "{no}");
    let nobody = world.run(&["env", "delete", "--name", ENV]);
    assert_eq!(nobody.code, Some(2));
    insta::assert_snapshot!(nobody.stderr.lines().skip_while(|line| !line.contains('✘')).collect::<Vec<_>>().join("\n"), @"
    ✘ --yes is missing and there is no terminal to ask on: nothing was deleted
      Pass --yes to delete without a question, or pipe `y` into the command.
    ");
    insta::assert_snapshot!(world.said(&world.run(&["env", "delete", "--name", "prod", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no environment prod in application demo
      Environments of demo: test.
    ");
    insta::assert_snapshot!(world.said(&world.run(&["env", "delete", "--app", "other", "--name", ENV, "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no application other in account ACCOUNT, region us-west-2
      Check the application's name, the profile (AWS_PROFILE) and the region (AWS_REGION): an application's records live in the region it was created in.
    ");
    assert_eq!(changes(&world), Vec::<String>::new());
}

/// Creates a pipeline that deploys to an environment.
pub(crate) fn pipeline(world: &World, name: &str, env: &str) {
    let action = |category: &str, provider: &str, configuration: serde_json::Value| serde_json::json!([{ "actionTypeId": { "category": category, "provider": provider }, "configuration": configuration }]);
    let stack = format!("demo-{env}-front");
    let input = serde_json::json!({
        "pipeline": { "name": name, "stages": [
            { "name": "Source", "actions": action("Source", "GitHub", serde_json::json!({})) },
            { "name": format!("DeployTo-{env}"), "actions": action("Deploy", "CloudFormation", serde_json::json!({ "StackName": stack })) },
        ] },
        "tags": [{ "key": "copilot-application", "value": "demo" }],
    });
    world.emulated(REGION, |emulator| async move {
        emulator.json("codepipeline", "CodePipeline_20150709.CreatePipeline", &input).await.unwrap();
    });
}

/// Whatever stands in the way is told at once, and nothing is changed.
#[test]
fn what_is_still_in_use() {
    let world = world(demo().job(JOB));
    world.register("front", "Load Balanced Web Service");
    for workload in [JOB, "front", "unregistered"] {
        world.workload_stack(ENV, workload);
    }
    pipeline(&world, "main", ENV);
    pipeline(&world, "other", "prod");
    world.protect("demo-test", true);
    insta::assert_snapshot!(world.said(&world.run(&["env", "delete", "--name", ENV, "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ environment test was not deleted: 3 things are in the way
      | pipelines still deploy to environment test: main
      | still deployed in environment test: front (Load Balanced Web Service), report-gen (Scheduled Job), unregistered
      | stack demo-test has termination protection
      Take the environment out of the pipelines' manifests and update the pipelines, or delete them: `copilot pipeline deploy` and `copilot pipeline delete` of AWS Copilot CLI, which set them up.
      Delete jobs from the environment first: `copilot job delete --app demo --name report-gen --env test`.
      Delete services from it with AWS Copilot CLI, which deployed them: `copilot svc delete --app demo --name front --env test`.
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name demo-test`, if the stack may go.
    ");
    assert_eq!(changes(&world), Vec::<String>::new());
}

/// The tagging service answers in pages of fifty.
#[test]
fn workloads_on_a_later_page() {
    let world = world(demo());
    for number in 0..55 {
        world.workload_stack(ENV, &format!("job{number:02}"));
    }
    let said = world.run(&["env", "delete", "--name", ENV, "--yes"]).ends_with(1);
    assert!(said.contains("job00, job01") && said.contains("job53, job54"), "{said}");
}

/// Environments of old versions deleted their roles with the stack.
#[test]
fn roles_that_the_template_does_not_retain() {
    let world = world(demo());
    world.retemplate("demo-test", |template| {
        let changed = template.replace("    DeletionPolicy: Retain\n", "");
        changed.replace("10.0.0.0/16", "10.1.0.0/16").replace("10.0.", "10.1.")
    });
    insta::assert_snapshot!(world.outline(&world.run(&["env", "delete", "--name", ENV, "--yes"])), @"
    exit code: 0
    ----- stderr -----
    Stack demo-test is updated before it is deleted: the roles that delete it must outlive it.
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    Kept: log groups of functions, below /aws/lambda/demo-test-.
    ✔ Deleted environment test of application demo.
    ");
    assert_eq!(world.inventory(&[REGION]).matches("demo-test").count(), 0);
}

/// The function with which the old tool's later versions empty the bucket of access logs fails on every bucket: another one
/// takes its place, and the bucket goes with the stack.
#[test]
fn a_bucket_of_access_logs() {
    let world = world(demo());
    let bucket = world.app.regions[REGION].bucket.clone();
    let zip = EnvironmentFunction::named("BucketCleanerFunction").unwrap().zip().unwrap();
    let path = format!("/{bucket}/old.zip");
    world.emulated(REGION, |emulator| async move { emulator.s3(Method::PUT, &path, zip).await.unwrap() });
    let resources = format!(
        "  ELBAccessLogsBucket: {{Type: AWS::S3::Bucket, Properties: {{VersioningConfiguration: {{Status: Enabled}}}}}}
  ELBAccessLogsBucketCleanerAction:
    Type: Custom::BucketCleanerFunction
    Properties: {{ServiceToken: !GetAtt BucketCleanerFunction.Arn, BucketName: !Ref ELBAccessLogsBucket}}
  BucketCleanerFunction:
    Type: AWS::Lambda::Function
    Properties:
      Code: {{S3Bucket: {bucket}, S3Key: old.zip}}
      Handler: index.handler
      Runtime: nodejs20.x
      Timeout: 900
      Role: !GetAtt CloudformationExecutionRole.Arn
"
    );
    world.retemplate("demo-test", |template| {
        template.replace("Outputs:\n", &format!("{resources}Outputs:\n"))
    });
    let logs = world.physical_id("ELBAccessLogsBucket");
    world.emulated(REGION, |emulator| async move {
        emulator.s3(Method::PUT, &format!("/{logs}/AWSLogs/1"), b"log".to_vec()).await.unwrap()
    });
    let run = world.run(&["env", "delete", "--name", ENV, "--yes"]);
    insta::assert_snapshot!(world.outline(&run), @"
    exit code: 0
    ----- stderr -----
    Stack demo-test is updated before it is deleted: the function that empties its bucket of access logs fails and is replaced.
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    Kept: log groups of functions, below /aws/lambda/demo-test-.
    ✔ Deleted environment test of application demo.
    ");
    assert_eq!(world.inventory(&[REGION]).matches("bucket").count(), 0);
}

#[test]
fn only_tagged_roles_are_deleted() {
    let world = world(demo());
    let untag = [("RoleName", "demo-test-EnvManagerRole"), ("TagKeys.member.1", "copilot-environment")];
    world.emulated(
        REGION,
        |emulator| async move { emulator.query("iam", "UntagRole", &untag).await.unwrap() },
    );
    let said = world.run(&["env", "delete", "--name", ENV, "--yes"]).ends_with(0);
    assert!(
        said.contains(
            "Role demo-test-EnvManagerRole does not carry the tags of environment test, so it is kept."
        ),
        "{said}"
    );
    assert!(world.inventory(&[REGION]).contains("role demo-test-EnvManagerRole"));
}

#[test]
fn a_record_without_a_stack_and_a_stack_without_a_record() {
    let no_stack = world(demo());
    no_stack.cloudformation("DeleteStack", &[("StackName", "demo-test")]).unwrap();
    no_stack.settle("demo-test");
    no_stack.run(&["env", "delete", "--name", ENV, "--yes"]).succeeds();
    let no_record = world(demo());
    let name = serde_json::json!({ "Name": "/copilot/applications/demo/environments/test" });
    no_record.emulated(REGION, |emulator| async move {
        emulator.json("ssm", "AmazonSSM.DeleteParameter", &name).await.unwrap();
    });
    insta::assert_snapshot!(no_record.outline(&no_record.run(&["env", "delete", "--name", ENV, "--yes"])), @"
    exit code: 0
    ----- stderr -----
    Warning: Application demo has no record of environment test, but there is its stack demo-test in us-west-2.
    Kept: log groups of functions, below /aws/lambda/demo-test-.
    ✔ Deleted environment test of application demo.
    ");
    for world in [no_stack, no_record] {
        assert_eq!(world.inventory(&[REGION]).matches("demo-test").count(), 0);
    }
}

/// Somebody else's stack of the environment's name is none of the environment's.
#[test]
fn a_stack_of_somebody_else() {
    let world = world(demo());
    world.cloudformation("DeleteStack", &[("StackName", "demo-test")]).unwrap();
    world.settle("demo-test");
    world.plain_stack("demo-test", "Version: v1");
    let said = world.run(&["env", "delete", "--name", ENV, "--yes"]).succeeds();
    assert!(
        said.contains("Stack demo-test does not carry the tags of environment test: somebody else made it"),
        "{said}"
    );
    assert!(world.inventory(&[REGION]).contains("stack demo-test in us-west-2"));
}

#[test]
fn a_stack_that_is_busy() {
    let world = world(demo());
    world.account.fault(Rule::on(
        "cloudformation:DescribeStacks",
        crate::local_aws::Action::Replace {
            status: 200,
            content_type: "text/xml".to_owned(),
            body: "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>demo-test</StackName><StackId>arn:aws:\
                   cloudformation:us-west-2:1:stack/demo-test/1</StackId><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                   <StackStatus>UPDATE_IN_PROGRESS</StackStatus><Tags><member><Key>copilot-application</Key><Value>demo</Value>\
                   </member><member><Key>copilot-environment</Key><Value>test</Value></member></Tags></member></Stacks>\
                   </DescribeStacksResult></DescribeStacksResponse>"
                .to_owned(),
        },
    ).only("demo-test"));
    let said = world.run(&["env", "delete", "--name", ENV, "--yes"]).ends_with(1);
    assert!(said.contains("stack demo-test is busy: its update is going on (UPDATE_IN_PROGRESS)"), "{said}");
}
