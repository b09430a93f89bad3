//! `app init`, against the local AWS.

mod converging;
mod failures;
mod refusals;
mod setting_up;

use crate::local_aws::LocalAws;
use crate::support::World;

const ROLES: &str = "demo-infrastructure-roles";

/// A call of a query service of the account, past the gateway.
fn query(world: &World, service: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let (emulator, service, action) = (world.account.emulator(), service.to_owned(), action.to_owned());
    let fields: Vec<(String, String)> =
        fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    LocalAws::shared().block_on(async move {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        emulator.query(&service, &action, &fields).await.unwrap()
    })
}

/// The application's record as it is stored.
fn record(world: &World) -> Option<String> {
    let emulator = world.account.emulator();
    LocalAws::shared().block_on(async move {
        let input = serde_json::json!({ "Name": "/copilot/applications/demo" });
        let answer = emulator.json("ssm", "AmazonSSM.GetParameter", &input).await.ok()?;
        Some(answer["Parameter"]["Value"].as_str()?.to_owned())
    })
}

fn has_stack_set(world: &World) -> bool {
    world.run(&["app", "show", "--name", "demo"]).stderr.matches("no stack set").count() == 0
}

fn workspace_file(world: &World) -> String {
    std::fs::read_to_string(world.workspace.path().join("copilot/.workspace")).unwrap_or_default()
}

fn zone(world: &World, name: &str) {
    let emulator = world.account.emulator();
    let body = format!(
        "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{name}</Name>\
         <CallerReference>{name}</CallerReference></CreateHostedZoneRequest>"
    );
    LocalAws::shared()
        .block_on(async move {
            emulator
                .rest("route53", hyper::Method::POST, "/2013-04-01/hostedzone", body.into())
                .await
                .map(drop)
        })
        .unwrap();
}

fn policy(world: &World, name: &str) {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    query(world, "iam", "CreatePolicy", &[("PolicyName", name), ("PolicyDocument", document)]);
}
