//! Images in ECR's repositories: listed and deleted. A repository with any cannot be deleted.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::session::RegionSession;
use super::signed::{self, Call};
use crate::error::Result;
use crate::ops::removal::port::Repositories;

impl Repositories for RegionSession {
    async fn images(&self, repository: &str) -> Result<Option<Vec<String>>> {
        let input = json!({ "repositoryName": repository, "maxResults": 1000 });
        let Some(answer) = self.ecr("ecr:ListImages", repository, &input).await? else { return Ok(None) };
        // An image is listed once for each of its tags.
        let ids = answer["imageIds"].as_array().into_iter().flatten();
        let digests: BTreeSet<String> =
            ids.filter_map(|id| id["imageDigest"].as_str().map(str::to_owned)).collect();
        Ok(Some(digests.into_iter().collect()))
    }

    async fn delete_images(&self, repository: &str, digests: &[String]) -> Result<Vec<(String, String)>> {
        let ids: Vec<Value> = digests.iter().map(|digest| json!({ "imageDigest": digest })).collect();
        let input = json!({ "repositoryName": repository, "imageIds": ids });
        let answer = self.ecr("ecr:BatchDeleteImage", repository, &input).await?.unwrap_or_default();
        let failures = answer["failures"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let failure = |failure: &Value| {
            (failure["failureCode"] != "ImageNotFound").then(|| {
                let reason =
                    format!("{}: {}", text(&failure["failureCode"]), text(&failure["failureReason"]));
                (text(&failure["imageId"]["imageDigest"]), reason)
            })
        };
        Ok(failures.filter_map(failure).collect())
    }

    async fn repositories(&self, prefix: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let mut input = json!({ "maxResults": 1000 });
            if let Some(token) = token {
                input["nextToken"] = token;
            }
            let answer = self.ecr("ecr:DescribeRepositories", "*", &input).await?.unwrap_or_default();
            let found = answer["repositories"].as_array().into_iter().flatten();
            let found = found.filter_map(|one| one["repositoryName"].as_str());
            names.extend(found.filter(|name| name.starts_with(prefix)).map(str::to_owned));
            token = answer.get("nextToken").filter(|token| token.is_string()).cloned();
            if token.is_none() {
                return Ok(names);
            }
        }
    }
}

impl RegionSession {
    /// A call about a repository; `None` when there is no such repository.
    async fn ecr(&self, permission: &'static str, repository: &str, input: &Value) -> Result<Option<Value>> {
        let target = match repository {
            "*" => "the repositories".to_owned(),
            name => format!("repository {name}"),
        };
        let headers: &[(&str, &str)] = match permission {
            "ecr:ListImages" => &[TYPE, ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.ListImages")],
            "ecr:BatchDeleteImage" => {
                &[TYPE, ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.BatchDeleteImage")]
            }
            _ => &[TYPE, ("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories")],
        };
        let call = Call { service: "ecr", permission, target: &target, headers, body: input.to_string() };
        match signed::send(&self.session, call, signed::json).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.to_string().contains("RepositoryNotFoundException") => Ok(None),
            Err(error) => Err(error),
        }
    }
}

const TYPE: (&str, &str) = ("content-type", "application/x-amz-json-1.1");
