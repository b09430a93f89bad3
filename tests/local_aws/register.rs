//! Registers a job with an application that the program under test has set up: a repository in each region, and a record.

use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use serde_json::json;

use super::gateway::State;
use super::stack_sets::{self, Action, Definition, Key, Preferences, Start, Started};

/// Adds the job to the stack set and waits until each region has its repository; then writes the record.
pub(super) async fn job(state: &Arc<State>, account: &str, region: &str, app: &str, job: &str) -> Result<()> {
    let key =
        Key { account: account.to_owned(), region: region.to_owned(), name: format!("{app}-infrastructure") };
    let refused = |stack_sets::Refusal(_, code, message)| anyhow!("registering {job}: {code}: {message}");
    let (definition, targets) = state.stack_sets.described(&key).map_err(refused)?;
    let template = with_repository(&definition.template, app, job)?;
    let start = Start {
        id: None,
        action: Action::Update,
        targets: targets.clone(),
        definition: Some(Definition { template, ..definition }),
        overrides: None,
        retain: false,
        preferences: Preferences { parallel: true, ..Preferences::default() },
        request: Vec::new(),
    };
    let Started::New(operation) = state.stack_sets.begin(&key, start).map_err(refused)? else {
        return Err(anyhow!("registering {job}: the operation is not new"));
    };
    stack_sets::run(Arc::clone(state), key.clone(), operation).await;
    for target in &targets {
        state.stack_sets.stack_of(&key, target).map_err(refused)?;
    }
    let record = json!({ "app": app, "name": job, "type": "Scheduled Job" });
    let input = json!({
        "Name": format!("/copilot/applications/{app}/components/{job}"),
        "Type": "String",
        "Value": record.to_string(),
    });
    state.emulator(account, region).json("ssm", "AmazonSSM.PutParameter", &input).await.map(drop)
}

/// The template with the job's repository, its output and its place in the metadata.
fn with_repository(template: &str, app: &str, job: &str) -> Result<String> {
    let id = format!("ECRRepo{}", job.replace('-', "DASH"));
    let repository = format!(
        "  {id}:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: {app}/{job}\n"
    );
    let output = format!("  {id}:\n    Value: !GetAtt {id}.Arn\n");
    let workloads = format!("  Workloads: [{{Name: {job}, WithECR: true}}]\n");
    let mut text = template.to_owned();
    for (before, after) in [
        ("  Workloads: []\n", workloads),
        ("\nResources:\n", format!("\nResources:\n{repository}")),
        ("\nOutputs:\n", format!("\nOutputs:\n{output}")),
    ] {
        ensure!(text.contains(before), "the stack set's template has no {before:?}:\n{template}");
        text = text.replacen(before, &after, 1);
    }
    Ok(text)
}
