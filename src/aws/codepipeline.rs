//! `CodePipeline`: the pipelines that the old tool set up for an application.

use serde_json::{Value, json};

use super::session::Session;
use super::signed::{self, Call};
use super::tagging;
use crate::error::{Error, Result};
use crate::ops::app::pipeline::{Pipeline, Stage};

/// Names of an application's pipelines.
pub(super) async fn names(session: &Session, app: &str) -> Result<Vec<String>> {
    let target = format!("the pipelines of application {app}");
    let tags = [("copilot-application", app)];
    let found = tagging::resources(session, &target, "codepipeline:pipeline", &tags).await?;
    // `arn:aws:codepipeline:us-west-2:123456789012:NAME`
    let name = |arn: &str| arn.splitn(6, ':').nth(5).map(str::to_owned);
    Ok(found.iter().filter_map(|pipeline| name(&pipeline.arn)).collect())
}

/// What a pipeline consists of.
pub(super) async fn describe(session: &Session, name: &str) -> Result<Pipeline> {
    let target = format!("pipeline {name}");
    let call = Call {
        service: "codepipeline",
        permission: "codepipeline:GetPipeline",
        target: &target,
        headers: &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "CodePipeline_20150709.GetPipeline"),
        ],
        body: json!({ "name": name }).to_string(),
    };
    let answer = signed::send(session, call, signed::json).await?;
    read(&answer).ok_or_else(|| {
        Error::new(format!("codepipeline:GetPipeline on {target} answered without the pipeline's ARN"))
    })
}

fn read(answer: &Value) -> Option<Pipeline> {
    let (pipeline, metadata) = (&answer["pipeline"], &answer["metadata"]);
    let mut arn = metadata["pipelineArn"].as_str()?.split(':').skip(3);
    let stages = pipeline["stages"].as_array().into_iter().flatten();
    Some(Pipeline {
        name: text(&pipeline["name"]),
        region: arn.next()?.to_owned(),
        account_id: arn.next()?.to_owned(),
        stages: stages.map(stage).collect(),
        created_at: time(&metadata["created"]),
        updated_at: time(&metadata["updated"]),
    })
}

/// A stage is what its first action is.
fn stage(stage: &Value) -> Stage {
    let action = &stage["actions"][0];
    let (category, provider) =
        (text(&action["actionTypeId"]["category"]), text(&action["actionTypeId"]["provider"]));
    let value = |key: &str| text(&action["configuration"][key]);
    let details = match (category.as_str(), provider.as_str()) {
        ("Source", "GitHub") => format!("Repository: {}/{}", value("Owner"), value("Repo")),
        ("Source", "CodeCommit") => format!("Repository: {}", value("RepositoryName")),
        ("Source", "CodeStarSourceConnection") => format!("Repository: {}", value("FullRepositoryId")),
        ("Build", _) => format!("BuildProject: {}", value("ProjectName")),
        ("Deploy", _) => format!("StackName: {}", value("StackName")),
        _ => String::new(),
    };
    Stage { name: text(&stage["name"]), category, provider, details }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Seconds since 1970, with a fraction of milliseconds, as a date.
#[allow(clippy::cast_possible_truncation, reason = "no date is so far away")]
fn time(value: &Value) -> String {
    let milliseconds = (value.as_f64().unwrap_or_default() * 1000.0).round() as i64;
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_is_what_its_stages_first_do() {
        let action = |category: &str, provider: &str, configuration: Value| {
            json!([{
                "actionTypeId": { "category": category, "owner": "AWS", "provider": provider, "version": "1" },
                "configuration": configuration,
            }])
        };
        let answer = json!({
            "pipeline": { "name": "main", "stages": [
                { "name": "Source", "actions": action("Source", "GitHub", json!({ "Owner": "o", "Repo": "r" })) },
                { "name": "Code", "actions": action("Source", "CodeCommit", json!({ "RepositoryName": "c" })) },
                { "name": "Star", "actions":
                    action("Source", "CodeStarSourceConnection", json!({ "FullRepositoryId": "o/s" })) },
                { "name": "Build", "actions": action("Build", "CodeBuild", json!({ "ProjectName": "p" })) },
                { "name": "DeployTo-test", "actions":
                    action("Deploy", "CloudFormation", json!({ "StackName": "app-test-job" })) },
                { "name": "Approve", "actions": action("Approval", "Manual", json!({})) },
                { "name": "Empty", "actions": [] },
            ] },
            "metadata": {
                "pipelineArn": "arn:aws:codepipeline:us-west-2:123456789012:main",
                "created": 1_680_336_000.0,
                "updated": 1_704_164_645.25,
            },
        });
        insta::assert_snapshot!(format!("{:#?}", read(&answer).unwrap()), @r#"
        Pipeline {
            name: "main",
            region: "us-west-2",
            account_id: "123456789012",
            stages: [
                Stage {
                    name: "Source",
                    category: "Source",
                    provider: "GitHub",
                    details: "Repository: o/r",
                },
                Stage {
                    name: "Code",
                    category: "Source",
                    provider: "CodeCommit",
                    details: "Repository: c",
                },
                Stage {
                    name: "Star",
                    category: "Source",
                    provider: "CodeStarSourceConnection",
                    details: "Repository: o/s",
                },
                Stage {
                    name: "Build",
                    category: "Build",
                    provider: "CodeBuild",
                    details: "BuildProject: p",
                },
                Stage {
                    name: "DeployTo-test",
                    category: "Deploy",
                    provider: "CloudFormation",
                    details: "StackName: app-test-job",
                },
                Stage {
                    name: "Approve",
                    category: "Approval",
                    provider: "Manual",
                    details: "",
                },
                Stage {
                    name: "Empty",
                    category: "",
                    provider: "",
                    details: "",
                },
            ],
            created_at: "2023-04-01T08:00:00Z",
            updated_at: "2024-01-02T03:04:05.25Z",
        }
        "#);
        assert_eq!(read(&json!({ "pipeline": {} })), None);
    }
}
