//! SSM Parameter Store: the configuration store, and secrets.

use super::errors::{code, failed};
use super::session::{EnvironmentSession, Session};
use crate::error::{Error, Result};
use crate::ops::port::SecretParameters;
use crate::store::{self, Application, Environment, Workload};

impl SecretParameters for EnvironmentSession {
    async fn secret_parameter(&self, name: &str) -> Result<String> {
        self.session.read_parameter(name).await
    }
}

impl Session {
    /// Client for the application's region.
    fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.config)
    }

    async fn parameter(&self, name: &str) -> Result<Option<String>> {
        match self.ssm().get_parameter().name(name).send().await {
            Ok(output) => Ok(output.parameter.and_then(|p| p.value)),
            Err(e) if code(&e) == Some("ParameterNotFound") => Ok(None),
            Err(e) => Err(failed(&self.who, "ssm:GetParameter", &format!("parameter {name}"), e)),
        }
    }

    /// Values of all parameters right below a path.
    async fn parameters(&self, path: &str) -> Result<Vec<(String, String)>> {
        let mut pages = self.ssm().get_parameters_by_path().path(path).into_paginator().send();
        let mut values = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|e| failed(&self.who, "ssm:GetParametersByPath", &format!("path {path}"), e))?;
            for parameter in page.parameters.unwrap_or_default() {
                if let (Some(name), Some(value)) = (parameter.name, parameter.value) {
                    values.push((name, value));
                }
            }
        }
        Ok(values)
    }

    /// A parameter's value, decrypted.
    async fn read_parameter(&self, name: &str) -> Result<String> {
        let client = aws_sdk_ssm::Client::new(&self.config);
        let target = format!("parameter {name}");
        match client.get_parameter().name(name).with_decryption(true).send().await {
            Ok(output) => output
                .parameter
                .and_then(|parameter| parameter.value)
                .ok_or_else(|| Error::new(format!("ssm:GetParameter on {target} answered without a value"))),
            Err(e) if code(&e) == Some("ParameterNotFound") => {
                Err(Error::new(format!("there is no parameter {name} in {}", self.place()))
                    .hint("A parameter of the application is named /copilot/<app>/<env>/secrets/<name>."))
            }
            Err(e) => Err(failed(&self.who, "ssm:GetParameter", &target, e)),
        }
    }

    /// Where this session's calls go, for messages.
    pub(super) fn place(&self) -> String {
        format!("region {}", self.region_name())
    }

    fn region_name(&self) -> &str {
        self.config.region().map_or("", AsRef::as_ref)
    }

    pub(super) async fn read_application(&self, app: &str) -> Result<Application> {
        let name = store::application_parameter(app);
        match self.parameter(&name).await? {
            Some(text) => store::parse(&name, &text),
            None => {
                let account = self.account().await;
                let place = self.place();
                let place = account.map_or(place.clone(), |account| format!("account {account}, {place}"));
                Err(Error::new(format!("there is no application {app} in {place}")).hint(
                    "Check the application's name (--app), the profile (AWS_PROFILE) and the region (AWS_REGION): \
                     an application's records live in the region it was created in.",
                ))
            }
        }
    }

    /// The caller's account, for a message only; a failure of this extra call must not hide the error.
    async fn account(&self) -> Option<String> {
        aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await.ok()?.account
    }

    pub(super) async fn read_environment(&self, app: &str, env: &str) -> Result<Environment> {
        let name = store::environment_parameter(app, env);
        match self.parameter(&name).await? {
            Some(text) => store::parse(&name, &text),
            None => {
                let error = Error::new(format!("there is no environment {env} in application {app}"));
                // The list only helps the message; without permission to list, the error stands alone.
                let known = self.list_environments(app).await.unwrap_or_default();
                Err(if known.is_empty() {
                    error.hint(
                        "Create it first: `copilot env init` of the tool that manages this application.",
                    )
                } else {
                    error.hint(format!("Environments of {app}: {}.", known.join(", ")))
                })
            }
        }
    }

    pub(super) async fn list_environments(&self, app: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (parameter, text) in self.parameters(&store::environments_path(app)).await? {
            names.push(store::parse::<Environment>(&parameter, &text)?.name);
        }
        names.sort();
        Ok(names)
    }

    pub(super) async fn list_jobs(&self, app: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (parameter, text) in self.parameters(&store::workloads_path(app)).await? {
            let workload: Workload = store::parse(&parameter, &text)?;
            if workload.kind == crate::manifest::JOB_TYPE {
                names.push(workload.name);
            }
        }
        Ok(names)
    }
}
