//! What `copilot doctor` looks at: task definitions, state machines, rules, images, buckets, policies.

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use serde_json::{Value, json};

use super::errors::failed;
use super::operation::{JSON_1_0, JSON_1_1, Operation};
use super::session::{RegionSession, Session};
use super::signed::Refusal;
use super::{clock, tagging, xml};
use crate::error::{Error, Result};
use crate::ops::doctor::port::{
    Container, EcrImage, Execution, ImageManifest, Inspection, Policies, StateMachine, TaskDefinition,
};
use crate::ops::secret::port::TaggedSecrets;

const DESCRIBE_TASK_DEFINITION: Operation = Operation {
    service: "ecs",
    permission: "ecs:DescribeTaskDefinition",
    headers: &[JSON_1_1, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition")],
    gone: &["Unable to describe task definition"],
};
const DESCRIBE_STATE_MACHINE: Operation = Operation {
    service: "states",
    permission: "states:DescribeStateMachine",
    headers: &[JSON_1_0, ("x-amz-target", "AWSStepFunctions.DescribeStateMachine")],
    gone: &["StateMachineDoesNotExist"],
};
const LIST_EXECUTIONS: Operation = Operation {
    service: "states",
    permission: "states:ListExecutions",
    headers: &[JSON_1_0, ("x-amz-target", "AWSStepFunctions.ListExecutions")],
    gone: &["StateMachineDoesNotExist"],
};
const DESCRIBE_RULE: Operation = Operation {
    service: "events",
    permission: "events:DescribeRule",
    headers: &[JSON_1_1, ("x-amz-target", "AWSEvents.DescribeRule")],
    gone: &["ResourceNotFoundException"],
};
const BATCH_GET_IMAGE: Operation = Operation {
    service: "ecr",
    permission: "ecr:BatchGetImage",
    headers: &[JSON_1_1, ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.BatchGetImage")],
    gone: &["RepositoryNotFoundException"],
};

/// Forms of manifests of images, and of lists of them.
const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

impl Inspection for RegionSession {
    async fn task_definition(&self, arn: &str) -> Result<Option<TaskDefinition>> {
        let input = json!({ "taskDefinition": arn });
        let answer = DESCRIBE_TASK_DEFINITION.ask(&self.session, arn, &input).await?;
        Ok(answer.map(|answer| task_definition(&answer["taskDefinition"])))
    }

    async fn state_machine(&self, arn: &str) -> Result<Option<StateMachine>> {
        let target = format!("state machine {}", last_part(arn));
        let input = json!({ "stateMachineArn": arn });
        let answer = DESCRIBE_STATE_MACHINE.ask(&self.session, &target, &input).await?;
        Ok(answer.as_ref().map(state_machine))
    }

    async fn last_execution(&self, state_machine: &str) -> Result<Option<Execution>> {
        let target = format!("state machine {}", last_part(state_machine));
        let input = json!({ "stateMachineArn": state_machine, "maxResults": 1 });
        // The newest come first.
        let answer = LIST_EXECUTIONS.ask(&self.session, &target, &input).await?;
        Ok(answer.as_ref().and_then(|answer| answer["executions"].get(0)).map(execution))
    }

    async fn is_rule_enabled(&self, rule: &str) -> Result<Option<bool>> {
        let target = format!("rule {rule}");
        let answer = DESCRIBE_RULE.ask(&self.session, &target, &json!({ "Name": rule })).await?;
        Ok(answer.map(|answer| answer["State"] != "DISABLED"))
    }

    async fn image(&self, image: &EcrImage) -> Result<Option<ImageManifest>> {
        let EcrImage { account, region, repository, reference } = image;
        let kind = if reference.contains(':') { "imageDigest" } else { "imageTag" };
        let input = json!({
            "registryId": account,
            "repositoryName": repository,
            "imageIds": [{ kind: reference }],
            "acceptedMediaTypes": MANIFESTS,
        });
        let target = format!("image {reference} of repository {repository}");
        let answer = BATCH_GET_IMAGE.ask(&self.session.in_region(region), &target, &input).await?;
        Ok(answer.as_ref().and_then(|answer| answer["images"].get(0)).map(manifest))
    }

    async fn has_bucket(&self, bucket: &str) -> Result<bool> {
        let target = format!("bucket {bucket}");
        let look = || self.s3.head_bucket().bucket(bucket).send();
        let mut answer = look().await;
        // An answer without a body does not say why. The clock may be: the client knows its difference now.
        if answer.as_ref().is_err_and(|e| status(e) == Some(403)) && clock::correction() != 0 {
            answer = look().await;
        }
        match answer {
            Ok(_) => Ok(true),
            Err(e) if status(&e) == Some(404) => Ok(false),
            Err(e) if status(&e) == Some(403) => {
                Err(Error::new(format!("s3:ListBucket on {target} failed: it is not allowed (403)")).denied())
            }
            Err(e) => Err(failed(&self.session.who, "s3:ListBucket", &target, e)),
        }
    }
}

impl TaggedSecrets for RegionSession {
    async fn tagged_secrets(&self, tags: &[(&'static str, String)]) -> Result<Vec<String>> {
        let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let kind = "secretsmanager:secret";
        let found = tagging::resources(&self.session, "the secrets of Secrets Manager", kind, &tags).await?;
        Ok(found.into_iter().map(|secret| secret.arn).collect())
    }
}

impl Policies for Session {
    async fn policy_document(&self, arn: &str) -> Result<Option<String>> {
        let target = format!("policy {arn}");
        let form = [("Action", "GetPolicy"), ("PolicyArn", arn)];
        let Some(version) = self.ask_iam("iam:GetPolicy", &target, &form, default_version).await? else {
            return Ok(None);
        };
        let form = [("Action", "GetPolicyVersion"), ("PolicyArn", arn), ("VersionId", version.as_str())];
        self.ask_iam("iam:GetPolicyVersion", &target, &form, document).await
    }
}

/// The HTTP status of an answer.
fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn task_definition(definition: &Value) -> TaskDefinition {
    let secrets = |container: &Value| {
        let own = items(&container["secrets"]);
        let of_driver = items(&container["logConfiguration"]["secretOptions"]);
        own.chain(of_driver).map(|secret| (text(&secret["name"]), text(&secret["valueFrom"]))).collect()
    };
    let container = |container: &Value| Container {
        name: text(&container["name"]),
        image: text(&container["image"]),
        secrets: secrets(container),
    };
    TaskDefinition {
        containers: items(&definition["containerDefinitions"]).map(container).collect(),
        architecture: definition["runtimePlatform"]["cpuArchitecture"].as_str().map(str::to_owned),
    }
}

fn state_machine(answer: &Value) -> StateMachine {
    let logging = &answer["loggingConfiguration"];
    let has_level = logging["level"].as_str().is_some_and(|level| level != "OFF");
    StateMachine {
        is_logged: has_level && items(&logging["destinations"]).next().is_some(),
        retries: answer["definition"].as_str().is_some_and(|text| text.contains("\"Retry\"")),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "seconds")]
fn execution(execution: &Value) -> Execution {
    Execution {
        name: text(&execution["name"]),
        status: text(&execution["status"]),
        started: execution["startDate"].as_f64().unwrap_or_default() as i64,
    }
}

/// What a manifest, which the answer has as a text, says of the image.
fn manifest(image: &Value) -> ImageManifest {
    let manifest: Value =
        serde_json::from_str(image["imageManifest"].as_str().unwrap_or_default()).unwrap_or_default();
    let architectures = items(&manifest["manifests"]).map(|one| text(&one["platform"]["architecture"]));
    // Attestations that BuildKit adds are for no platform.
    ImageManifest {
        architectures: architectures.filter(|name| !name.is_empty() && name != "unknown").collect(),
    }
}

/// The name at the end of an ARN.
fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// A part of an answer of IAM; `None` when IAM says that there is no such thing.
fn part(
    response: &HttpResponse,
    element: &str,
    name: &str,
) -> Result<Option<String>, OrchestratorError<Refusal>> {
    match xml::answer(response, element) {
        Ok(answer) => Ok(xml::text(&answer, name)),
        Err(error) if error.as_operation_error().is_some_and(|e| e.code() == Some("NoSuchEntity")) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn default_version(response: &HttpResponse) -> Result<Option<String>, OrchestratorError<Refusal>> {
    part(response, "GetPolicyResponse", "DefaultVersionId")
}

fn document(response: &HttpResponse) -> Result<Option<String>, OrchestratorError<Refusal>> {
    let document = part(response, "GetPolicyVersionResponse", "Document")?;
    // It is encoded as a part of a URL.
    let decode = |text: String| {
        let text = text.replace('+', "%2B");
        let pair = format!("d={text}");
        form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    Ok(document.map(decode))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn answers_are_read() {
        let definition = json!({
            "containerDefinitions": [
                { "name": "a", "image": "b:1", "secrets": [{ "name": "K", "valueFrom": "/k" }],
                  "logConfiguration": { "secretOptions": [{ "name": "T", "valueFrom": "/t" }] } },
                { "name": "side", "image": ":2" },
            ],
            "runtimePlatform": { "cpuArchitecture": "ARM64" },
        });
        let machine = |level: &str, destinations: Value, definition: &str| {
            let logging = json!({ "level": level, "destinations": destinations });
            state_machine(&json!({ "loggingConfiguration": logging, "definition": definition }))
        };
        let index = json!({ "manifests": [
            { "platform": { "architecture": "arm64", "os": "linux" } },
            { "platform": { "architecture": "unknown", "os": "unknown" } },
        ]});
        insta::assert_debug_snapshot!((
            task_definition(&definition),
            task_definition(&Value::Null),
            machine("ALL", json!([{}]), "{\"Retry\": []}"),
            machine("OFF", json!([{}]), ""),
            machine("ALL", json!([]), ""),
            execution(&json!({ "name": "n", "status": "FAILED", "startDate": 1.5 })),
            manifest(&json!({ "imageManifest": index.to_string() })),
            manifest(&json!({ "imageManifest": "<" })),
        ), @r#"
        (
            TaskDefinition {
                containers: [
                    Container {
                        name: "a",
                        image: "b:1",
                        secrets: [
                            (
                                "K",
                                "/k",
                            ),
                            (
                                "T",
                                "/t",
                            ),
                        ],
                    },
                    Container {
                        name: "side",
                        image: ":2",
                        secrets: [],
                    },
                ],
                architecture: Some(
                    "ARM64",
                ),
            },
            TaskDefinition {
                containers: [],
                architecture: None,
            },
            StateMachine {
                is_logged: true,
                retries: true,
            },
            StateMachine {
                is_logged: false,
                retries: false,
            },
            StateMachine {
                is_logged: false,
                retries: false,
            },
            Execution {
                name: "n",
                status: "FAILED",
                started: 1,
            },
            ImageManifest {
                architectures: [
                    "arm64",
                ],
            },
            ImageManifest {
                architectures: [],
            },
        )
        "#);
    }

    #[test]
    fn policies_are_read() {
        let response = |status: u16, body: &str| {
            HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_owned()))
        };
        let version = "<GetPolicyResponse><GetPolicyResult><Policy><DefaultVersionId>v3</DefaultVersionId></Policy>\
                       </GetPolicyResult></GetPolicyResponse>";
        let text = "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>%7B%22a%22%3A%22b+%2Ac%22%7D\
                    </Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>";
        let missing = "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>";
        assert_eq!(default_version(&response(200, version)).unwrap().as_deref(), Some("v3"));
        assert_eq!(default_version(&response(404, missing)).unwrap(), None);
        assert_eq!(document(&response(200, text)).unwrap().as_deref(), Some("{\"a\":\"b+*c\"}"));
    }
}
