//! Jobs with addons against the local AWS: the nested stack, what the job gets from it, and what an unchanged
//! directory costs.

use std::fs;
use std::time::Instant;

use aws_sdk_cloudformation::types::{Capability, Parameter, Stack};
use sha2::{Digest, Sha256};

use crate::local_aws::{Action, LocalAws, Rule};
use crate::support::{JOB, LOCATION, STACK, Told, Workspace, World};

const PARAMETERS: &str = "Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
";
const TABLE: &str = "# Items of the job.
Parameters:
  App: {Type: String}
  Env: {Type: String}
  Name: {Type: String}
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub '${App}-${Env}-${Name}-items'
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  ItemsAccess:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Action: ['dynamodb:GetItem'], Resource: !Sub 'arn:${AWS::Partition}:dynamodb:*:*:table/${Items}'}
Outputs:
  ItemsTableName: {Value: !Ref Items}
  ItemsAccessPolicy: {Value: !Ref ItemsAccess}
";
const TOPIC: &str = "Parameters:
  Name: {Type: String}
  Image: {Type: String}
Resources:
  Alarm:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Image}
";

fn with_addons(files: &[(&str, &str)]) -> World {
    let world = World::new(Workspace::new(LOCATION));
    for (name, text) in files {
        world.workspace.file(&format!("copilot/{JOB}/addons/{name}"), text);
    }
    world
}

fn nested(world: &World) -> Option<String> {
    let resources = world.cloudformation("DescribeStackResources", &[("StackName", STACK)])?;
    let (_, rest) = resources.split_once("<LogicalResourceId>AddonsStack</LogicalResourceId>")?;
    let (_, rest) = rest.split_once("<PhysicalResourceId>")?;
    Some(rest.split_once("</PhysicalResourceId>")?.0.to_owned())
}

#[test]
fn create_then_unchanged_then_update_then_remove() {
    let world = with_addons(&[
        ("items.yml", TABLE),
        ("topic.yaml", TOPIC),
        ("addons.parameters.yml", "Parameters:\n  Image: !Ref ContainerImage\n"),
    ]);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - An Addons CloudFormation Stack for your additional AWS resources [create in progress]
    - An Addons CloudFormation Stack for your additional AWS resources [create complete] [TIME]
    - An IAM role to update your environment stack [create in progress]
    - An IAM role to update your environment stack [create complete] [TIME]
    - Update your environment's shared resources [create in progress]
    - Update your environment's shared resources [create complete] [TIME]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [create in progress]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [create complete] [TIME]
    - A CloudWatch log group to hold your service logs [create in progress]
    - A CloudWatch log group to hold your service logs [create complete] [TIME]
    - An IAM role to control permissions for the containers in your tasks [create in progress]
    - An IAM role to control permissions for the containers in your tasks [create complete] [TIME]
    - An ECS task definition to group your containers and run them on ECS [create in progress]
    - An ECS task definition to group your containers and run them on ECS [create complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [create in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [create complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [create in progress]
    - A state machine to invoke your job and handle retry and timeout logic [create complete] [TIME]
    - A CloudWatch event rule to trigger the job's state machine [create in progress]
    - A CloudWatch event rule to trigger the job's state machine [create complete] [TIME]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let url = world.parameter("AddonsTemplateURL").unwrap();
    assert!(url.contains(&format!("/manual/addons/{JOB}/")) && url.ends_with(".yml"), "{url}");
    let nested = nested(&world).unwrap();
    let resources = world.cloudformation("DescribeStackResources", &[("StackName", &nested)]).unwrap();
    for kind in ["AWS::DynamoDB::Table", "AWS::IAM::ManagedPolicy", "AWS::SNS::Topic"] {
        assert!(resources.contains(kind), "{resources}");
    }
    assert!(resources.contains("demo-test-report-gen-items"), "{resources}");
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    for part in ["ITEMS_TABLE_NAME", "AddonsStack.Outputs.ItemsAccessPolicy", "Image: !Ref ContainerImage"] {
        assert!(template.contains(part), "{part} in {template}");
    }

    let start = Instant::now();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    let calls = world.account.calls_since(start).of_program();
    assert_eq!(calls.count("s3:PutObject") + calls.count("s3:GetObject"), 0, "{:?}", calls.names());

    // Layout and comments are no change either.
    let laid_out = TABLE.replace("# Items of the job.\n", "").replace("{Type: String}", "{ Type: 'String' }");
    world.workspace.file(&format!("copilot/{JOB}/addons/items.yml"), &laid_out);
    let start = Instant::now();
    world.deploy(&[]).succeeds();
    assert_eq!(world.account.calls_since(start).of_program().count("s3:PutObject"), 0);

    world.workspace.file(
        &format!("copilot/{JOB}/addons/queue.yml"),
        &format!("{PARAMETERS}Resources:\n  Queue: {{Type: AWS::SQS::Queue}}\nOutputs:\n  QueueURL: {{Value: !Ref Queue}}\n"),
    );
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - An Addons CloudFormation Stack for your additional AWS resources [update in progress]
    - An Addons CloudFormation Stack for your additional AWS resources [update complete] [TIME]
    - An IAM role to control permissions for the containers in your tasks [update in progress]
    - An IAM role to control permissions for the containers in your tasks [update complete] [TIME]
    - An ECS task definition to group your containers and run them on ECS [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [update in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [update complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [update in progress]
    - A state machine to invoke your job and handle retry and timeout logic [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_ne!(world.parameter("AddonsTemplateURL").unwrap(), url);
    let resources = world.cloudformation("DescribeStackResources", &[("StackName", &nested)]).unwrap();
    assert!(resources.contains("AWS::SQS::Queue"), "{resources}");

    fs::remove_dir_all(world.workspace.path().join(format!("copilot/{JOB}/addons"))).unwrap();
    // Everything in them would be deleted, so nobody's consent is assumed.
    insta::assert_snapshot!(world.deploy(&["--quiet"]), @"
    exit code: 1
    ----- stderr -----
    Warning: job report-gen has no addons any more: this deployment deletes the nested stack AddonsStack with its resources
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AddonsStack (AWS::CloudFormation::Stack) will be deleted with everything in it

    Deploy anyway? (y/N) 
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    assert_ne!(world.parameter("AddonsTemplateURL").unwrap(), "");
    insta::assert_snapshot!(world.deploy(&["--quiet", "--allow-replacement"]), @"
    exit code: 0
    ----- stderr -----
    Warning: job report-gen has no addons any more: this deployment deletes the nested stack AddonsStack with its resources
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - AddonsStack (AWS::CloudFormation::Stack) will be deleted with everything in it
    ");
    assert_eq!(world.parameter("AddonsTemplateURL").unwrap(), "");
}

/// The old tool names the template after a text that is laid out otherwise.
#[test]
fn a_template_deployed_by_the_old_tool_stays() {
    let world = with_addons(&[("items.yml", TABLE)]);
    world.deploy(&[]).succeeds();
    let ours = addons_url(&world);
    let (before, _) = ours.rsplit_once('/').unwrap();
    let named = |text: &str| format!("{before}/{:x}.yml", Sha256::digest(text));
    // Comments and flow style as they were, the description dropped.
    let laid_out = TABLE
        .replace("    Properties:\n      TableName", "    Properties:\n      # the name\n      TableName");
    let theirs = named(&laid_out);
    put_object(&world, &theirs, &laid_out);
    set_addons_url(&world, &theirs);

    let start = Instant::now();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    assert_eq!(addons_url(&world), theirs);
    let calls = world.account.calls_since(start).of_program();
    assert_eq!((calls.count("s3:GetObject"), calls.count("s3:PutObject")), (1, 0), "{:?}", calls.names());

    // Another content is replaced, and so is one that cannot be read.
    let other = laid_out.replace("dynamodb:GetItem", "dynamodb:PutItem");
    put_object(&world, &named(&other), &other);
    set_addons_url(&world, &named(&other));
    insta::assert_snapshot!(world.deploy(&["--quiet"]), @"exit code: 0");
    assert_eq!(addons_url(&world), ours);

    // So is one that means the same, but that is not what was uploaded: whoever put it there may replace it once more.
    set_addons_url(&world, &theirs);
    put_object(&world, &theirs, &format!("# planted\n{laid_out}"));
    insta::assert_snapshot!(world.deploy(&["--quiet"]), @"
    exit code: 0
    ----- stderr -----
    Warning: the deployed addons template s3://BUCKET/manual/addons/report-gen/HASH.yml is not the one that was uploaded there: somebody with write access to the bucket put something else there. It is not used; see its versions with `aws s3api list-object-versions --bucket BUCKET --prefix manual/addons/report-gen/HASH.yml`.
    ");
    assert_eq!(addons_url(&world), ours);
    put_object(&world, &theirs, &laid_out);
    set_addons_url(&world, &theirs);
    world.account.fault(Rule::on(
        "s3:GetObject",
        Action::Error { status: 403, code: "AccessDenied".to_owned(), message: "no".to_owned() },
    ));
    world.deploy(&[]).succeeds();
    assert_eq!(addons_url(&world), ours);
}

/// Stores an object where a URL says.
fn put_object(world: &World, url: &str, text: &str) {
    let (host, key) = url.strip_prefix("https://").unwrap().split_once('/').unwrap();
    let (bucket, _) = host.split_once(".s3").unwrap();
    let path = format!("/{bucket}/{key}");
    let (emulator, body) = (world.account.emulator(), text.as_bytes().to_vec());
    LocalAws::shared().block_on(async move { emulator.s3(hyper::Method::PUT, &path, body).await.unwrap() });
}

/// The job's stack through the gateway, which shows URLs as they were sent.
async fn stack(client: &aws_sdk_cloudformation::Client) -> Stack {
    client.describe_stacks().stack_name(STACK).send().await.unwrap().stacks()[0].clone()
}

async fn client(world: &World) -> aws_sdk_cloudformation::Client {
    aws_sdk_cloudformation::Client::new(&world.account.sdk_config().await)
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn addons_url(world: &World) -> String {
    let stack = wait(async { stack(&client(world).await).await });
    let parameter = stack.parameters().iter().find(|p| p.parameter_key() == Some("AddonsTemplateURL"));
    parameter.unwrap().parameter_value().unwrap().to_owned()
}

/// Updates the job's stack to an addons template elsewhere, everything else as it was.
fn set_addons_url(world: &World, url: &str) {
    let updated = wait(async {
        let client = client(world).await;
        let stack = stack(&client).await;
        let parameters = stack.parameters().iter().map(|parameter| {
            let key = parameter.parameter_key().unwrap();
            let same = Parameter::builder().parameter_key(key);
            match key {
                "AddonsTemplateURL" => same.parameter_value(url).build(),
                _ => same.use_previous_value(true).build(),
            }
        });
        let update = client.update_stack().stack_name(STACK).use_previous_template(true);
        let update = update.set_parameters(Some(parameters.collect()));
        update.capabilities(Capability::CapabilityNamedIam).send().await.unwrap();
        world.account.emulator().settled_stack(STACK).await.unwrap()
    });
    assert!(updated.contains("UPDATE_COMPLETE"), "{updated}");
}

#[test]
fn mistakes_are_told_before_any_call() {
    let mut told = Told::default();
    let cases: [(&str, &[(&str, &str)]); 5] = [
        ("no YAML", &[("items.yml", "Resources: [\n")]),
        ("a conflict", &[("a.yml", TABLE), ("b.yml", "Resources: {Items: {Type: AWS::SNS::Topic}}\n")]),
        ("no value for a parameter", &[("items.yml", TABLE), ("topic.yaml", TOPIC)]),
        (
            "two parameter files",
            &[("items.yml", TABLE), ("addons.parameters.yml", ""), ("addons.parameters.yaml", "")],
        ),
        ("no App", &[("topic.yaml", "Resources: {Alarm: {Type: AWS::SNS::Topic}}\n")]),
    ];
    for (case, files) in cases {
        let world = with_addons(files);
        let seeded = world.account.calls().0.len();
        told.runs(case, &world, world.deploying(&[]), 1);
        assert_eq!(world.account.calls().0.len(), seeded, "{case}");
    }
    let world = with_addons(&[]);
    world.workspace.file(&format!("copilot/{JOB}/addons"), "a file");
    told.runs("no directory", &world, world.deploying(&[]), 1);
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_circle_through_the_addons_is_found_before_anything_is_built() {
    let world = with_addons(&[
        ("items.yml", TABLE),
        ("topic.yaml", TOPIC),
        ("addons.parameters.yml", "Parameters:\n  Image: !GetAtt TaskRole.Arn\n"),
    ]);
    let start = Instant::now();
    insta::assert_snapshot!(world.deploy(&["--quiet"]), @"
    exit code: 1
    ----- stderr -----
    ✘ these resources depend on each other in a circle, which CloudFormation refuses: AddonsStack → TaskRole → AddonsStack
      A value in addons.parameters.yml refers to a resource of the job that takes an output of the addons. Remove the reference, or the output.
    ");
    let calls = world.account.calls_since(start);
    assert_eq!(calls.count("s3:PutObject") + calls.count("cloudformation:CreateChangeSet"), 0);
}

/// Nothing is left of deployments that change nothing, neither in the job's stack nor in that of its add-ons.
#[test]
fn no_change_set_is_left() {
    let world = with_addons(&[("items.yml", TABLE)]);
    for _ in 0..6 {
        world.deploy(&[]).succeeds();
    }
    for stack in [STACK.to_owned(), nested(&world).expect("the addons have a stack")] {
        let left = world.cloudformation("ListChangeSets", &[("StackName", &stack)]).unwrap();
        let open = left.matches("<ExecutionStatus>AVAILABLE</ExecutionStatus>").count()
            + left.matches("<Status>FAILED</Status>").count();
        assert_eq!(open, 0, "{left}");
    }
}
