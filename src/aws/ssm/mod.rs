//! SSM Parameter Store: the configuration store, and secrets.

mod secrets;

use aws_sdk_ssm::types::{ParameterType, Tag};

use super::errors::{code, failed};
use super::session::{RegionSession, Session};
use crate::error::{Error, Result};
use crate::ops::port::SecretParameters;
use crate::store::port::{Created, Parameter, Parameters};

impl SecretParameters for RegionSession {
    async fn secret_parameter(&self, name: &str) -> Result<String> {
        self.session.read_parameter(name).await
    }
}

impl Parameters for Session {
    async fn read(&self, name: &str) -> Result<Option<String>> {
        match self.ssm().get_parameter().name(name).send().await {
            Ok(output) => Ok(output.parameter.and_then(|p| p.value)),
            Err(e) if code(&e) == Some("ParameterNotFound") => Ok(None),
            Err(e) => Err(failed(&self.who, "ssm:GetParameter", &target(name), e)),
        }
    }

    async fn list(&self, path: &str) -> Result<Vec<(String, String)>> {
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

    async fn create(&self, parameter: &Parameter) -> Result<Created> {
        let failed = |e| failed(&self.who, "ssm:PutParameter", &target(&parameter.name), e);
        let tags = tags_of(&parameter.name, &parameter.tags)?;
        let request = self
            .ssm()
            .put_parameter()
            .name(&parameter.name)
            .description(&parameter.description)
            .r#type(ParameterType::String)
            .value(&parameter.value)
            .set_tags(Some(tags));
        match request.send().await {
            Ok(_) => Ok(Created::New),
            Err(e) if code(&e) == Some("ParameterAlreadyExists") => Ok(Created::Existing),
            Err(e) => Err(failed(e)),
        }
    }

    async fn overwrite(&self, parameter: &Parameter) -> Result<()> {
        // SSM takes no tags with it; those that there are stay.
        let request = self
            .ssm()
            .put_parameter()
            .name(&parameter.name)
            .description(&parameter.description)
            .r#type(ParameterType::String)
            .value(&parameter.value)
            .overwrite(true);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(e) => Err(failed(&self.who, "ssm:PutParameter", &target(&parameter.name), e)),
        }
    }

    async fn delete(&self, name: &str) -> Result<()> {
        match self.ssm().delete_parameter().name(name).send().await {
            Ok(_) => Ok(()),
            Err(e) if code(&e) == Some("ParameterNotFound") => Ok(()),
            Err(e) => Err(failed(&self.who, "ssm:DeleteParameter", &target(name), e)),
        }
    }

    async fn place(&self) -> String {
        match self.account().await {
            Some(account) => format!("account {account}, {}", self.region()),
            None => self.region(),
        }
    }
}

fn target(name: &str) -> String {
    format!("parameter {name}")
}

fn tags_of(parameter: &str, tags: &[(&'static str, String)]) -> Result<Vec<Tag>> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(*key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|e| Error::new(format!("parameter {parameter} cannot be given its tags: {e}")))
}

impl Session {
    /// Client for the session's region.
    fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.config)
    }

    /// A parameter's value, decrypted.
    async fn read_parameter(&self, name: &str) -> Result<String> {
        let target = target(name);
        match self.ssm().get_parameter().name(name).with_decryption(true).send().await {
            Ok(output) => output
                .parameter
                .and_then(|parameter| parameter.value)
                .ok_or_else(|| Error::new(format!("ssm:GetParameter on {target} answered without a value"))),
            Err(e) if code(&e) == Some("ParameterNotFound") => {
                Err(Error::new(format!("there is no parameter {name} in {}", self.region()))
                    .hint("A parameter of the application is named /copilot/<app>/<env>/secrets/<name>."))
            }
            Err(e) => Err(failed(&self.who, "ssm:GetParameter", &target, e)),
        }
    }

    /// Where this session's calls go, for messages.
    pub(in crate::aws) fn region(&self) -> String {
        format!("region {}", self.config.region().map_or("", AsRef::as_ref))
    }

    /// The caller's account, for a message only; a failure of this extra call must not hide the error.
    async fn account(&self) -> Option<String> {
        aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await.ok()?.account
    }
}
