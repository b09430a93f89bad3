//! `env deploy`: the first deployment after `env init`, later ones, what is kept, what is asked, what is refused.

mod consent;
mod deploying;
mod failures;
mod refusals;

use crate::support::World;
use crate::support::environments::ENV_MANIFEST;

const ADDON: &str = "Parameters: {App: {Type: String}, Env: {Type: String}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub '${App}-${Env}-items'
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Topic: {Type: AWS::SNS::Topic}
";

/// Changes the manifest of the environment.
fn insights(world: &World) {
    let manifest = ENV_MANIFEST.replace("container_insights: false", "container_insights: true");
    world.workspace.file("copilot/environments/test/manifest.yml", &manifest);
}
