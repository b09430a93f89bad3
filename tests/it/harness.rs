//! Tests of the local AWS itself: that it starts, keeps accounts apart, runs what is deployed to it, and deviates from
//! plain behaviour where told to.

use std::time::Duration;

use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{ChangeSetType, Parameter};

use crate::local_aws::{Account, Action, App, Caller, Environment, Event, LocalAws, Pace, Rule, Script};

fn shop() -> App {
    App::new("shop").env("test").job("report-gen")
}

async fn cloudformation(account: &Account<'_>) -> CloudFormation {
    // One attempt, so that each fault shows.
    let config = account.sdk_config().await.to_builder().retry_config(no_retries()).build();
    CloudFormation::new(&config)
}

fn no_retries() -> aws_config::retry::RetryConfig {
    aws_config::retry::RetryConfig::disabled()
}

async fn status(client: &CloudFormation, stack: &str) -> String {
    let answer = client.describe_stacks().stack_name(stack).send().await.unwrap();
    answer.stacks()[0].stack_status().unwrap().as_str().to_owned()
}

async fn settled(client: &CloudFormation, stack: &str) -> String {
    loop {
        let status = status(client, stack).await;
        if !status.ends_with("_IN_PROGRESS") {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn topic(name: &str) -> String {
    format!("Resources: {{Topic: {{Type: 'AWS::SNS::Topic', Properties: {{DisplayName: {name}}}}}}}")
}

/// Creates or updates a stack through a change set and executes it.
async fn deploy(
    client: &CloudFormation,
    stack: &str,
    kind: ChangeSetType,
    template: String,
    parameters: &[(&str, &str)],
) {
    let parameters = parameters
        .iter()
        .map(|(key, value)| Parameter::builder().parameter_key(*key).parameter_value(*value).build());
    let change_set = client
        .create_change_set()
        .stack_name(stack)
        .change_set_name(format!("copilot-{}", uuid::Uuid::new_v4()))
        .change_set_type(kind)
        .template_body(template)
        .set_parameters(Some(parameters.collect()))
        .capabilities("CAPABILITY_IAM".into())
        .send()
        .await
        .unwrap();
    let id = change_set.id().unwrap();
    loop {
        let description = client.describe_change_set().change_set_name(id).send().await.unwrap();
        match description.status().unwrap().as_str() {
            "CREATE_COMPLETE" => break,
            "FAILED" => panic!("{description:?}"),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    client.execute_change_set().change_set_name(id).send().await.unwrap();
}

#[tokio::test]
async fn a_seeded_application_is_readable_through_the_sdk() {
    let account = LocalAws::shared().account();
    let app = shop().tag("team", "data").permissions_boundary("limits").environment(
        Environment::new("eu").region("eu-west-1").version("bootstrap").parameter("EFSWorkloads", "other"),
    );
    let seeded = account.seed(app).unwrap();
    let config = account.sdk_config().await;

    let ssm = aws_sdk_ssm::Client::new(&config);
    let record = ssm.get_parameter().name("/copilot/applications/shop").send().await.unwrap();
    let id = account.id();
    assert_eq!(
        record.parameter().unwrap().value().unwrap(),
        format!(
            r#"{{"name":"shop","account":"{id}","permissionsBoundary":"limits","domain":"","domainHostedZoneID":"","version":"1.0","tags":{{"team":"data"}}}}"#
        )
    );
    let jobs =
        ssm.get_parameters_by_path().path("/copilot/applications/shop/components/").send().await.unwrap();
    assert_eq!(
        jobs.parameters()[0].value(),
        Some(r#"{"app":"shop","name":"report-gen","type":"Scheduled Job"}"#)
    );

    let client = CloudFormation::new(&config);
    let instances = client
        .list_stack_instances()
        .stack_set_name("shop-infrastructure")
        .stack_instance_account(id)
        .stack_instance_region("us-west-2")
        .send()
        .await
        .unwrap();
    assert_eq!(instances.summaries().len(), 1);
    let stack_id = instances.summaries()[0].stack_id().unwrap();
    let regional = client.describe_stacks().stack_name(stack_id).send().await.unwrap();
    let outputs: Vec<_> =
        regional.stacks()[0].outputs().iter().filter_map(|output| output.output_key()).collect();
    assert_eq!(
        outputs,
        ["KMSKeyARN", "PipelineBucket", "TemplateVersion", "StackSetOpId", "ECRReporeportDASHgen"]
    );
    let repository = regional.stacks()[0].outputs()[4].output_value().unwrap();
    assert_eq!(repository, format!("arn:aws:ecr:us-west-2:{id}:repository/shop/report-gen"));

    let environment = client.describe_stacks().stack_name("shop-test").send().await.unwrap();
    let environment = &environment.stacks()[0];
    assert!(
        environment
            .tags()
            .iter()
            .any(|tag| (tag.key(), tag.value()) == (Some("copilot-environment"), Some("test")))
    );
    assert!(environment.outputs().iter().all(|output| output.output_key() != Some("ManagedFileSystemID")));
    let summary = client.get_template_summary().stack_name("shop-test").send().await.unwrap();
    let metadata: serde_json::Value = serde_json::from_str(summary.metadata().unwrap()).unwrap();
    assert_eq!(metadata["Version"], "v1.34.1");
    assert_eq!(seeded.environments["eu"].region, "eu-west-1");
    assert_eq!(seeded.regions.len(), 2);

    let missing =
        client.list_stack_instances().stack_set_name("other-infrastructure").send().await.unwrap_err();
    assert_eq!(missing.into_service_error().code(), Some("StackSetNotFoundException"));
}

#[tokio::test]
async fn uploads_of_the_sdk_arrive_and_make_templates() {
    let account = LocalAws::shared().account();
    let seeded = account.seed(shop()).unwrap();
    let region = &seeded.regions["us-west-2"];
    let config = account.sdk_config().await;
    let s3 = aws_sdk_s3::Client::new(&config);
    let body = topic("from S3").into_bytes();
    let (bucket, key) = (region.bucket.as_str(), "manual/templates/shop.yml");
    s3.put_object().bucket(bucket).key(key).body(body.clone().into()).send().await.unwrap();
    let head = s3.head_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!(head.content_length(), Some(i64::try_from(body.len()).unwrap()));
    let stored = s3.get_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!(stored.body.collect().await.unwrap().to_vec(), body);

    let client = CloudFormation::new(&config);
    let url = format!("https://{bucket}.s3.us-west-2.amazonaws.com/{key}");
    let nested =
        "Parameters: {Url: {Type: String}}\nResources: {Nested: {Type: 'AWS::CloudFormation::Stack', \
                  Properties: {TemplateURL: !Ref Url}}}"
            .to_owned();
    deploy(&client, "outer", ChangeSetType::Create, nested, &[("Url", &url)]).await;
    assert_eq!(settled(&client, "outer").await, "CREATE_COMPLETE");
    let outer = client.describe_stacks().stack_name("outer").send().await.unwrap();
    assert_eq!(outer.stacks()[0].parameters()[0].parameter_value(), Some(url.as_str()));
    let change_set = client
        .create_change_set()
        .stack_name("direct")
        .change_set_name("a")
        .change_set_type(ChangeSetType::Create);
    change_set.template_url(&url).send().await.unwrap();
    assert_eq!(account.calls().count("s3:PutObject"), 1);
}

#[tokio::test]
async fn calls_are_recorded_with_their_credentials() {
    let account = LocalAws::shared().account();
    let seeded = account.seed(shop()).unwrap();
    let config = account.sdk_config().await;
    let role = &seeded.environments["test"].manager_role_arn;
    let sts = aws_sdk_sts::Client::new(&config);
    let assumed = sts.assume_role().role_arn(role).role_session_name("test").send().await.unwrap();
    let keys = assumed.credentials().unwrap();
    let credentials = aws_credential_types::Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        None,
        "test",
    );
    let manager = config
        .to_builder()
        .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(credentials))
        .build();
    account.fault(Rule::on("cloudformation:DescribeStacks", Action::Delay(Duration::from_millis(100))));
    let (base, manager) = (CloudFormation::new(&config), CloudFormation::new(&manager));
    let start = std::time::Instant::now();
    let (first, second) = tokio::join!(
        base.describe_stacks().stack_name("shop-test").send(),
        manager.describe_stacks().stack_name("shop-test").send(),
    );
    first.unwrap();
    second.unwrap();
    manager.describe_stacks().stack_name("shop-test").send().await.unwrap();

    let calls = account.calls_since(start);
    assert_eq!(calls.names(), ["cloudformation:DescribeStacks"; 3]);
    assert_eq!((calls.serial_depth(), calls.most_at_once()), (2, 2));
    assert!(calls.0.iter().all(|call| call.resource == "shop-test"));
    assert_eq!(calls.0[2].caller, Caller::Role(role.clone()));
    assert_eq!(calls.filter(|call| call.caller == Caller::Base).0.len(), 1);
}

#[tokio::test]
async fn faults_strike_where_and_as_often_as_told() {
    let aws = LocalAws::shared();
    let (account, other) = (aws.account(), aws.account());
    for account in [&account, &other] {
        account.seed(shop()).unwrap();
    }
    let (client, bystander) = (cloudformation(&account).await, cloudformation(&other).await);
    let describe = || client.describe_stacks().stack_name("shop-test").send();

    account.fault(Rule::throttle("cloudformation:DescribeStacks").about("shop-test").after(1).times(1));
    describe().await.unwrap();
    bystander.describe_stacks().stack_name("shop-test").send().await.unwrap();
    bystander.describe_stacks().stack_name("shop-test").send().await.unwrap();
    let throttled = describe().await.unwrap_err().into_service_error();
    assert_eq!((throttled.code(), throttled.message()), (Some("ThrottlingException"), Some("Rate exceeded")));
    describe().await.unwrap();

    account.fault(Rule::on("cloudformation:*", Action::Drop { after_bytes: 0 }).times(1));
    assert!(describe().await.unwrap_err().as_service_error().is_none());
    account.fault(Rule::on("*:DescribeStacks", Action::Garble).times(1));
    describe().await.unwrap_err();

    let ssm = aws_sdk_ssm::Client::new(&account.sdk_config().await);
    account.fault(Rule::deny("ssm:GetParameter"));
    let denied = ssm.get_parameter().name("/copilot/applications/shop").send().await.unwrap_err();
    assert_eq!(denied.into_service_error().code(), Some("AccessDenied"));
    account.clear_faults();
    ssm.get_parameter().name("/copilot/applications/shop").send().await.unwrap();
}

#[tokio::test]
async fn a_paced_stack_takes_its_time_and_can_be_cancelled() {
    let account = LocalAws::shared().account();
    let client = cloudformation(&account).await;
    deploy(&client, "slow", ChangeSetType::Create, topic("a"), &[]).await;
    assert_eq!(settled(&client, "slow").await, "CREATE_COMPLETE");

    account.pace("slow", Pace::EndAfter(Duration::from_secs(3600)));
    deploy(&client, "slow", ChangeSetType::Update, topic("b"), &[]).await;
    assert_eq!(status(&client, "slow").await, "UPDATE_IN_PROGRESS");
    let refused = client
        .create_change_set()
        .stack_name("slow")
        .change_set_name("two")
        .change_set_type(ChangeSetType::Update)
        .template_body(topic("c"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(refused.code(), Some("ValidationError"));
    assert!(refused.message().unwrap().ends_with("is in UPDATE_IN_PROGRESS state and can not be updated."));

    client.cancel_update_stack().stack_name("slow").send().await.unwrap();
    assert_eq!(status(&client, "slow").await, "UPDATE_ROLLBACK_COMPLETE");
    let events = client.describe_stack_events().stack_name("slow").send().await.unwrap();
    let newest: Vec<_> = events
        .stack_events()
        .iter()
        .take(3)
        .filter_map(|event| Some(event.resource_status()?.as_str()))
        .collect();
    assert_eq!(
        newest,
        [
            "UPDATE_ROLLBACK_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS"
        ]
    );
    account.release("slow");
    assert_eq!(settled(&client, "slow").await, "UPDATE_COMPLETE");

    account.pace("slow", Pace::EventEvery(Duration::from_secs(3600)));
    deploy(&client, "slow", ChangeSetType::Update, topic("d"), &[]).await;
    assert_eq!(status(&client, "slow").await, "UPDATE_IN_PROGRESS");
    let events = client.describe_stack_events().stack_name("slow").send().await.unwrap();
    assert_eq!(events.stack_events()[0].logical_resource_id(), Some("slow"));
}

#[tokio::test]
async fn a_scripted_operation_is_told_but_not_carried_out() {
    let account = LocalAws::shared().account();
    let client = cloudformation(&account).await;
    deploy(&client, "told", ChangeSetType::Create, topic("a"), &[]).await;
    settled(&client, "told").await;
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("Topic", "AWS::SNS::Topic", "UPDATE_FAILED", "Topic is broken & stays so"),
        Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Topic]."),
        Event::stack("UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [Topic]."),
    ];
    account.script("told", Script { events, every: Duration::ZERO });
    assert_eq!(status(&client, "told").await, "CREATE_COMPLETE");
    deploy(&client, "told", ChangeSetType::Update, topic("b"), &[]).await;
    assert_eq!(status(&client, "told").await, "UPDATE_ROLLBACK_FAILED");
    let shown = client.describe_stack_events().stack_name("told").send().await.unwrap();
    assert_eq!(shown.stack_events()[2].resource_status_reason(), Some("Topic is broken & stays so"));
    let template = account.emulator();
    let body = LocalAws::shared().block_on(async move {
        template.query("cloudformation", "GetTemplate", &[("StackName", "told")]).await.unwrap()
    });
    assert!(body.contains("DisplayName: a"), "{body}");
}
