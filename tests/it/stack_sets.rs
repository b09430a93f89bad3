//! Tests of the local AWS's stack sets: the right answers, refusals and failures, and stacks that are really there.

use std::time::{Duration, Instant};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::{
    RegionConcurrencyType, StackSetOperationPreferences, StackSetOperationStatus as Status, Tag,
};

use crate::local_aws::{Account, Action, Caller, LocalAws, REGION, Rule};

const SET: &str = "shop-infrastructure";
const ROLES: &str = "Resources:
  Admin: {Type: 'AWS::IAM::Role', Properties: {RoleName: shop-adminrole, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}}
  Execution: {Type: 'AWS::IAM::Role', Properties: {RoleName: shop-executionrole, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}}
";

/// A stack set's template, with a repository for each name.
fn template(version: u32, repositories: &[&str]) -> String {
    let mut text = format!(
        "Metadata: {{TemplateVersion: 'v1.34.0', Version: {version}, Accounts: [012345678901]}}\nResources:\n  \
         Topic: {{Type: 'AWS::SNS::Topic', Properties: {{DisplayName: 'v{version}'}}}}\n"
    );
    for (number, name) in repositories.iter().enumerate() {
        text.push_str(&format!(
            "  Repo{number}: {{Type: 'AWS::ECR::Repository', Properties: {{RepositoryName: {name}}}}}\n"
        ));
    }
    text
}

/// An account with the stack set's roles, and a client whose every fault shows.
async fn arrange() -> (Account<'static>, Client) {
    let account = LocalAws::shared().account();
    let config = account.sdk_config().await.to_builder();
    let config = config.retry_config(aws_config::retry::RetryConfig::disabled()).build();
    let client = Client::new(&config);
    let roles = client.create_stack().stack_name("shop-infrastructure-roles").template_body(ROLES);
    roles.capabilities("CAPABILITY_NAMED_IAM".into()).send().await.unwrap();
    let emulator = account.emulator();
    LocalAws::shared()
        .block_on(async move { emulator.settled_stack("shop-infrastructure-roles").await.map(drop) })
        .unwrap();
    (account, client)
}

async fn create(client: &Client, account: &Account<'_>) -> String {
    let created = client
        .create_stack_set()
        .stack_set_name(SET)
        .description("Regional <resources>")
        .template_body(template(0, &[]))
        .administration_role_arn(format!("arn:aws:iam::{}:role/shop-adminrole", account.id()))
        .execution_role_name("shop-executionrole")
        .tags(Tag::builder().key("copilot-application").value("shop").build());
    created.send().await.unwrap().stack_set_id().unwrap().to_owned()
}

async fn ended(client: &Client, id: &str) -> Status {
    loop {
        let answer =
            client.describe_stack_set_operation().stack_set_name(SET).operation_id(id).send().await.unwrap();
        let status = answer.stack_set_operation().unwrap().status().unwrap().clone();
        if !matches!(status, Status::Running | Status::Stopping) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn update(client: &Client, id: &str, body: String) -> Status {
    let preferences =
        StackSetOperationPreferences::builder().region_concurrency_type(RegionConcurrencyType::Parallel);
    let call = client.update_stack_set().stack_set_name(SET).template_body(body).operation_id(id);
    let started = call.operation_preferences(preferences.build()).send().await.unwrap();
    assert_eq!(started.operation_id(), Some(id));
    ended(client, id).await
}

async fn add(client: &Client, account: &str, regions: &[&str]) -> (String, Status) {
    let call = client.create_stack_instances().stack_set_name(SET).accounts(account);
    let call = call.set_regions(Some(regions.iter().map(|region| (*region).to_owned()).collect()));
    let id = call.send().await.unwrap().operation_id().unwrap().to_owned();
    let status = ended(client, &id).await;
    (id, status)
}

/// `region: status/detailed status (reason)` of each instance.
async fn instances(client: &Client) -> Vec<String> {
    let listed = client.list_stack_instances().stack_set_name(SET).send().await.unwrap();
    let line = |one: &aws_sdk_cloudformation::types::StackInstanceSummary| {
        let detailed = one.stack_instance_status().unwrap().detailed_status().unwrap().as_str().to_owned();
        let reason = one.status_reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("{}: {}/{detailed}{reason}", one.region().unwrap(), one.status().unwrap().as_str())
    };
    listed.summaries().iter().map(line).collect()
}

fn refusal<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    outcome: Result<R, SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>>,
) -> String {
    let error = outcome.unwrap_err();
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    format!("{status} {}: {}", error.code().unwrap_or("-"), error.message().unwrap_or("-"))
}

#[tokio::test]
async fn instances_are_stacks_that_follow_the_stack_set() {
    let (account, client) = arrange().await;
    let id = create(&client, &account).await;
    assert_eq!(update(&client, "1", template(1, &["shop/one"])).await, Status::Succeeded);
    let (operation, status) = add(&client, account.id(), &[REGION, "eu-west-1"]).await;
    assert_eq!(status, Status::Succeeded);
    insta::assert_debug_snapshot!(instances(&client).await, @r#"
    [
        "eu-west-1: CURRENT/SUCCEEDED",
        "us-west-2: CURRENT/SUCCEEDED",
    ]
    "#);
    let about = client
        .describe_stack_instance()
        .stack_set_name(SET)
        .stack_instance_account(account.id())
        .stack_instance_region(REGION)
        .send()
        .await
        .unwrap();
    let instance = about.stack_instance().unwrap().clone();
    assert_eq!(
        (instance.stack_set_id(), instance.last_operation_id()),
        (Some(id.as_str()), Some(&*operation))
    );
    let stack = instance.stack_id().unwrap().to_owned();
    assert!(stack.contains(":stack/StackSet-shop-infrastructure-"), "{stack}");

    let no_change =
        client.update_stack_set().stack_set_name(SET).use_previous_template(true).operation_id("2");
    no_change.send().await.unwrap();
    assert_eq!(ended(&client, "2").await, Status::Succeeded);
    assert_eq!(update(&client, "3", template(3, &["shop/one", "shop/two"])).await, Status::Succeeded);
    let described = client.describe_stacks().stack_name(&stack).send().await.unwrap();
    let tags: Vec<_> = described.stacks()[0].tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [(Some("copilot-application"), Some("shop"))]);
    let resources = client.describe_stack_resources().stack_name(&stack).send().await.unwrap();
    let physical: Vec<_> =
        resources.stack_resources().iter().filter_map(|one| one.physical_resource_id()).collect();
    assert!(physical.contains(&"shop/two"), "{physical:?}");

    let set = client.describe_stack_set().stack_set_name(&id).send().await.unwrap();
    let set = set.stack_set().unwrap().clone();
    assert_eq!(set.template_body(), Some(template(3, &["shop/one", "shop/two"]).as_str()));
    assert_eq!((set.description(), set.regions().len()), (Some("Regional <resources>"), 2));
    let summary = client.get_template_summary().stack_set_name(SET).send().await.unwrap();
    assert_eq!(
        summary.metadata(),
        Some(r#"{"TemplateVersion":"v1.34.0","Version":3,"Accounts":["012345678901"]}"#)
    );
    let operations = client.list_stack_set_operations().stack_set_name(SET).send().await.unwrap();
    let line = |one: &aws_sdk_cloudformation::types::StackSetOperationSummary| {
        let ended = if one.end_timestamp().is_some() { "ended" } else { "runs" };
        format!("{} {} {ended}", one.action().unwrap().as_str(), one.status().unwrap().as_str())
    };
    insta::assert_debug_snapshot!(operations.summaries().iter().map(line).collect::<Vec<_>>(), @r#"
    [
        "UPDATE SUCCEEDED ended",
        "UPDATE SUCCEEDED ended",
        "CREATE SUCCEEDED ended",
        "UPDATE SUCCEEDED ended",
    ]
    "#);

    let kept = client.delete_stack_instances().stack_set_name(SET).accounts(account.id()).regions(REGION);
    let kept = kept.retain_stacks(true).send().await.unwrap();
    assert_eq!(ended(&client, kept.operation_id().unwrap()).await, Status::Succeeded);
    client.describe_stacks().stack_name(&stack).send().await.unwrap();
    let gone =
        client.delete_stack_instances().stack_set_name(SET).accounts(account.id()).regions("eu-west-1");
    let gone = gone.retain_stacks(false).send().await.unwrap();
    assert_eq!(ended(&client, gone.operation_id().unwrap()).await, Status::Succeeded);
    assert!(instances(&client).await.is_empty());
    client.delete_stack_set().stack_set_name(SET).send().await.unwrap();
    assert_eq!(client.list_stack_sets().send().await.unwrap().summaries().len(), 0);
}

#[tokio::test]
async fn requests_are_refused_as_the_service_refuses_them() {
    let (account, client) = arrange().await;
    let mut told = Vec::new();
    let id = {
        told.push(refusal(client.describe_stack_set().stack_set_name(SET).send().await));
        create(&client, &account).await
    };
    let uuid = id.split(':').next_back().unwrap();
    let again = || {
        let call = client.create_stack_set().stack_set_name("other").template_body(template(0, &[]));
        call.client_request_token("token").send()
    };
    let other = again().await.unwrap();
    assert_eq!(again().await.unwrap().stack_set_id(), other.stack_set_id());
    client.update_stack_set().stack_set_name("other").use_previous_template(true).send().await.unwrap();
    told.push(refusal(again().await));
    let named = || client.create_stack_set().stack_set_name(SET).template_body(template(0, &[]));
    told.push(refusal(named().send().await));
    let long = "#".repeat(51_201);
    told.push(refusal(client.create_stack_set().stack_set_name("long").template_body(long).send().await));
    let unknown = "Resources: {A: {Type: 'AWS::No::Such'}}";
    told.push(refusal(client.create_stack_set().stack_set_name("odd").template_body(unknown).send().await));

    let updating = |id: &str, version| {
        let body = template(version, &[]);
        client.update_stack_set().stack_set_name(SET).template_body(body).operation_id(id).send()
    };
    account.fault(Rule::on("stackset:CreateInstance", Action::Delay(Duration::from_secs(3))).times(1));
    let slow = client.create_stack_instances().stack_set_name(SET).accounts(account.id()).regions(REGION);
    let slow = slow.send().await.unwrap();
    told.push(refusal(updating("1", 1).await));
    told.push(refusal(client.delete_stack_set().stack_set_name(SET).send().await));
    assert_eq!(ended(&client, slow.operation_id().unwrap()).await, Status::Succeeded);
    updating("1", 1).await.unwrap();
    // The same request again is the same operation, also while it runs.
    updating("1", 1).await.unwrap();
    assert_eq!(ended(&client, "1").await, Status::Succeeded);
    updating("1", 1).await.unwrap();
    told.push(refusal(updating("1", 2).await));
    updating("2", 2).await.unwrap();
    assert_eq!(ended(&client, "2").await, Status::Succeeded);
    told.push(refusal(updating("1", 1).await));

    let elsewhere = client.update_stack_set().stack_set_name(SET).template_body(template(3, &[]));
    told.push(refusal(elsewhere.accounts(account.id()).regions("eu-west-1").send().await));
    let operation = client.describe_stack_set_operation().stack_set_name(SET).operation_id("9");
    told.push(refusal(operation.send().await));
    let operation = client.stop_stack_set_operation().stack_set_name(SET).operation_id("2");
    told.push(refusal(operation.send().await));
    let instance = client.describe_stack_instance().stack_set_name(SET);
    let instance = instance.stack_instance_account(account.id()).stack_instance_region("eu-west-1");
    told.push(refusal(instance.send().await));
    told.push(refusal(client.delete_stack_set().stack_set_name(SET).send().await));

    let told = told.join("\n").replace(account.id(), "ACCOUNT").replace(uuid, "UUID");
    insta::assert_snapshot!(told, @r"
    404 StackSetNotFoundException: StackSet shop-infrastructure not found
    409 CreatedButModifiedException: StackSet other has been created already, but was modified since
    409 NameAlreadyExistsException: The Name shop-infrastructure already exists
    400 ValidationError: 1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200
    400 ValidationError: Template format error: Unrecognized resource types: [AWS::No::Such]
    409 OperationInProgressException: Another Operation on StackSet arn:aws:cloudformation:us-west-2:ACCOUNT:stackset/shop-infrastructure:UUID is in progress
    409 OperationInProgressException: Another Operation on StackSet arn:aws:cloudformation:us-west-2:ACCOUNT:stackset/shop-infrastructure:UUID is in progress
    409 OperationIdAlreadyExistsException: OperationId 1 already exists
    409 StaleRequestException: Another operation has been performed since operation 1
    404 StackInstanceNotFoundException: Stack instance not found for StackSet: shop-infrastructure:UUID, account: ACCOUNT, region: eu-west-1
    404 OperationNotFoundException: Operation 9 not found
    400 InvalidOperationException: Operation 2 is not running
    404 StackInstanceNotFoundException: Stack instance not found for StackSet: shop-infrastructure:UUID, account: ACCOUNT, region: eu-west-1
    409 StackSetNotEmptyException: StackSet shop-infrastructure is not empty
    ");
}

#[tokio::test]
async fn a_failure_stops_the_operation_and_can_be_mended() {
    let (account, client) = arrange().await;
    create(&client, &account).await;
    let reason = "ResourceLogicalId:Topic, ResourceType:AWS::SNS::Topic, ResourceStatusReason:no more topics";
    let fault = Rule::error("stackset:CreateInstance", 400, "Failed", reason).about("/eu-west-1").times(1);
    account.fault(fault);
    let (operation, status) = add(&client, account.id(), &["eu-west-1", REGION]).await;
    assert_eq!(status, Status::Failed);
    insta::assert_debug_snapshot!(instances(&client).await, @r#"
    [
        "eu-west-1: OUTDATED/FAILED (ResourceLogicalId:Topic, ResourceType:AWS::SNS::Topic, ResourceStatusReason:no more topics)",
        "us-west-2: OUTDATED/CANCELLED (Cancelled since failure tolerance has exceeded)",
    ]
    "#);
    let results = client.list_stack_set_operation_results().stack_set_name(SET).operation_id(&operation);
    let results = results.send().await.unwrap();
    let line = |one: &aws_sdk_cloudformation::types::StackSetOperationResultSummary| {
        format!("{} {}", one.region().unwrap(), one.status().unwrap().as_str())
    };
    assert_eq!(
        results.summaries().iter().map(line).collect::<Vec<_>>(),
        ["eu-west-1 FAILED", "us-west-2 CANCELLED"]
    );

    assert_eq!(update(&client, "1", template(1, &["shop/one"])).await, Status::Succeeded);
    assert_eq!(instances(&client).await, ["eu-west-1: CURRENT/SUCCEEDED", "us-west-2: CURRENT/SUCCEEDED"]);

    // What really fails says why: a repository of that name is there already.
    let ecr = aws_sdk_ecr::Client::new(&account.sdk_config().await);
    ecr.create_repository().repository_name("shop/taken").send().await.unwrap();
    assert_eq!(update(&client, "2", template(2, &["shop/one", "shop/taken"])).await, Status::Failed);
    insta::assert_debug_snapshot!(instances(&client).await, @r#"
    [
        "eu-west-1: CURRENT/SUCCEEDED",
        "us-west-2: OUTDATED/FAILED (ResourceLogicalId:Repo1, ResourceType:AWS::ECR::Repository, ResourceStatusReason:Resource handler returned message: \"Resource of type 'AWS::ECR::Repository' with identifier 'shop/taken' already exists.\" (HandlerErrorCode: AlreadyExists))",
    ]
    "#);
    assert_eq!(update(&client, "3", template(3, &["shop/one"])).await, Status::Succeeded);

    let image = ecr.put_image().repository_name("shop/one").image_tag("v1");
    image.image_manifest(r#"{"schemaVersion":2,"mediaType":"m","layers":[]}"#).send().await.unwrap();
    let delete = || {
        let call = client.delete_stack_instances().stack_set_name(SET).accounts(account.id());
        call.regions(REGION).regions("eu-west-1").retain_stacks(false)
    };
    let parallel =
        StackSetOperationPreferences::builder().region_concurrency_type(RegionConcurrencyType::Parallel);
    let full = delete().operation_preferences(parallel.build()).send().await.unwrap();
    assert_eq!(ended(&client, full.operation_id().unwrap()).await, Status::Failed);
    insta::assert_debug_snapshot!(instances(&client).await, @r#"
    [
        "us-west-2: INOPERABLE/FAILED (ResourceLogicalId:Repo0, ResourceType:AWS::ECR::Repository, ResourceStatusReason:The repository with name 'shop/one' is not empty)",
    ]
    "#);
    let image = aws_sdk_ecr::types::ImageIdentifier::builder().image_tag("v1").build();
    ecr.batch_delete_image().repository_name("shop/one").image_ids(image).send().await.unwrap();
    let again = delete().send().await.unwrap();
    assert_eq!(ended(&client, again.operation_id().unwrap()).await, Status::Succeeded);
    assert!(instances(&client).await.is_empty());
}

#[tokio::test]
async fn an_operation_needs_the_execution_role() {
    let (account, client) = arrange().await;
    create(&client, &account).await;
    client.delete_stack().stack_name("shop-infrastructure-roles").send().await.unwrap();
    let (_, status) = add(&client, account.id(), &[REGION]).await;
    assert_eq!(status, Status::Failed);
    let told = instances(&client).await.join("\n").replace(account.id(), "ACCOUNT");
    insta::assert_snapshot!(told, @"us-west-2: OUTDATED/FAILED (Account ACCOUNT should have 'shop-executionrole' role with trust relationship to Role 'shop-adminrole'.)");
}

#[tokio::test]
async fn stack_operations_take_their_time_and_are_recorded() {
    let (account, client) = arrange().await;
    create(&client, &account).await;
    account.pace_all(Duration::from_secs(1));
    let start = Instant::now();
    let call = client.create_stack_instances().stack_set_name(SET).accounts(account.id());
    let started = call.regions("eu-west-1").regions(REGION).send().await.unwrap();
    let id = started.operation_id().unwrap();
    let stack = loop {
        let listed = client.list_stack_instances().stack_set_name(SET).stack_instance_region("eu-west-1");
        let listed = listed.send().await.unwrap();
        if let Some(stack) = listed.summaries()[0].stack_id() {
            break stack.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let abroad = aws_sdk_cloudformation::config::Builder::from(&account.sdk_config().await)
        .region(aws_sdk_cloudformation::config::Region::new("eu-west-1"))
        .build();
    let abroad = Client::from_conf(abroad);
    let shown = abroad.describe_stacks().stack_name(&stack).send().await.unwrap();
    assert_eq!(shown.stacks()[0].stack_status().unwrap().as_str(), "CREATE_IN_PROGRESS");
    assert_eq!(ended(&client, id).await, Status::Succeeded);
    assert!(start.elapsed() >= Duration::from_secs(2), "one region after the other");
    let shown = abroad.describe_stacks().stack_name(&stack).send().await.unwrap();
    assert_eq!(shown.stacks()[0].stack_status().unwrap().as_str(), "CREATE_COMPLETE");

    // Other stacks too, each time.
    for number in 0..2 {
        let start = Instant::now();
        let topic = format!("Resources: {{T{number}: {{Type: 'AWS::SNS::Topic'}}}}");
        if number == 0 {
            client.create_stack().stack_name("topics").template_body(topic).send().await.unwrap();
        } else {
            client.update_stack().stack_name("topics").template_body(topic).send().await.unwrap();
        }
        loop {
            let shown = client.describe_stacks().stack_name("topics").send().await.unwrap();
            if !shown.stacks()[0].stack_status().unwrap().as_str().ends_with("_IN_PROGRESS") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(start.elapsed() >= Duration::from_secs(1), "{number}: {:?}", start.elapsed());
    }

    let start = Instant::now();
    assert_eq!(update(&client, "1", template(1, &[])).await, Status::Succeeded);
    let calls = account.calls_since(start);
    let stacks = calls.clone().filter(|call| call.caller == Caller::StackSet);
    assert_eq!((stacks.count("stackset:UpdateInstance"), stacks.serial_depth()), (2, 1));
    assert_eq!(stacks.0[0].resource, format!("{SET}/{}/eu-west-1", account.id()));
    assert_eq!(calls.of_program().count("cloudformation:UpdateStackSet"), 1);
}
