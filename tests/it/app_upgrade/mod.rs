//! `app upgrade`, against the local AWS.

mod failures;
mod upgrading;

use std::time::{Duration, Instant};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Parameter, RegionConcurrencyType, StackSetOperationPreferences, StackSetOperationStatus,
};

use crate::local_aws::LocalAws;
use crate::support::World;

const ROLES: &str = "demo-infrastructure-roles";

const SET: &str = "demo-infrastructure";

pub(crate) const OLD: &str = "v1.20.0";

fn own_version() -> String {
    format!("v1.34.1+rs.{}", env!("CARGO_PKG_VERSION"))
}

fn block_on<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    LocalAws::shared().block_on(future)
}

/// A client of the account's that is neither recorded with the program's calls nor meets its faults.
async fn client(endpoint: String, account: String) -> Client {
    let credentials = aws_credential_types::Credentials::new(account, "local", None, None, "test");
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .region(aws_types::region::Region::new(crate::local_aws::REGION))
        .load()
        .await;
    Client::new(&config)
}

fn with_client<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    world: &World,
    work: impl FnOnce(Client) -> F + Send + 'static,
) -> T {
    let (endpoint, account) = (world.account.env()[0].1.clone(), world.account.id().to_owned());
    block_on(async move { work(client(endpoint, account).await).await })
}

async fn end_of(client: &Client, id: &str) {
    loop {
        let answer =
            client.describe_stack_set_operation().stack_set_name(SET).operation_id(id).send().await.unwrap();
        match answer.stack_set_operation().unwrap().status().unwrap() {
            StackSetOperationStatus::Running => tokio::time::sleep(Duration::from_millis(10)).await,
            StackSetOperationStatus::Succeeded => return,
            status => panic!("{status:?}"),
        }
    }
}

/// Gives the application an instance in its region, as an environment does.
fn with_instance(world: &World) {
    let account = world.account.id().to_owned();
    with_client(world, |client| async move {
        let call = client
            .create_stack_instances()
            .stack_set_name(SET)
            .accounts(account)
            .regions(crate::local_aws::REGION);
        let started = call.send().await.unwrap();
        end_of(&client, started.operation_id().unwrap()).await;
    });
}

/// Rewrites the templates of the roles' stack and of the stack set, as if they had come from another tool.
pub(crate) fn rewrite(
    world: &World,
    roles: impl Fn(String) -> String + Send + 'static,
    set: impl Fn(String) -> String + Send + 'static,
) {
    with_client(world, |client| async move {
        let template = client.get_template().stack_name(ROLES).send().await.unwrap();
        let stack = client.describe_stacks().stack_name(ROLES).send().await.unwrap().stacks()[0].clone();
        let keep = |p: &Parameter| {
            Parameter::builder().parameter_key(p.parameter_key().unwrap()).use_previous_value(true).build()
        };
        let update = client
            .update_stack()
            .stack_name(ROLES)
            .template_body(roles(template.template_body().unwrap().to_owned()))
            .capabilities("CAPABILITY_NAMED_IAM".into())
            .set_tags(Some(stack.tags().to_vec()))
            .set_parameters(Some(stack.parameters().iter().map(keep).collect()));
        update.send().await.unwrap();
        let known = client.describe_stack_set().stack_set_name(SET).send().await.unwrap();
        let known = known.stack_set().unwrap();
        let update = client
            .update_stack_set()
            .stack_set_name(SET)
            .template_body(set(known.template_body().unwrap().to_owned()))
            .administration_role_arn(known.administration_role_arn().unwrap())
            .execution_role_name(known.execution_role_name().unwrap())
            .set_tags(Some(known.tags().to_vec()))
            .operation_preferences(
                StackSetOperationPreferences::builder()
                    .region_concurrency_type(RegionConcurrencyType::Parallel)
                    .build(),
            );
        let started = update.send().await.unwrap();
        end_of(&client, started.operation_id().unwrap()).await;
    });
    let emulator = world.account.emulator();
    block_on(async move { emulator.settled_stack(ROLES).await.map(drop) }).unwrap();
}

pub(crate) fn aged(version: &'static str) -> impl Fn(String) -> String + Send + 'static {
    move |template| template.replace(&own_version(), version)
}

/// An application of an old version with an instance in its region.
pub(crate) fn old_application() -> World {
    let world = World::empty();
    world.run(&["app", "init", "demo"]).succeeds();
    with_instance(&world);
    rewrite(&world, aged(OLD), aged(OLD));
    world
}

pub(crate) fn set_template(world: &World) -> String {
    with_client(world, |client| async move {
        let known = client.describe_stack_set().stack_set_name(SET).send().await.unwrap();
        known.stack_set().unwrap().template_body().unwrap().to_owned()
    })
}

fn calls(world: &World, since: Instant, name: &str) -> usize {
    world.account.calls_since(since).count(name)
}
