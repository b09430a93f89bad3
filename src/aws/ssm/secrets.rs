//! Secrets in Parameter Store.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_ssm::operation::put_parameter::PutParameterError;
use aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder;
use aws_sdk_ssm::types::{Parameter, ParameterTier, ParameterType, ResourceTypeForTagging};
use aws_smithy_runtime_api::client::result::SdkError;
use futures_util::future::try_join_all;

use super::{tags_of, target};
use crate::aws::errors::{code, failed, message};
use crate::aws::session::RegionSession;
use crate::aws::tagging;
use crate::error::{Error, Result};
use crate::ops::secret::port::{Answer, Put, SecretStore, Stored};
use crate::store::SecretValue;

/// Attempts of one write.
const ATTEMPTS: u32 = 3;
/// The longest pause before the first repetition of a write.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Names that one call takes.
const NAMES: usize = 10;
/// What stands in a value's place.
const HIDDEN: &str = "***";
/// The shortest value that is replaced.
const SHORTEST_MASKED: usize = 4;

impl SecretStore for RegionSession {
    async fn create_secret(&self, put: &Put<'_>) -> Result<Answer> {
        let tags = tags_of(put.parameter, put.tags)?;
        self.put_secret(put, self.put_request(put).set_tags(Some(tags))).await
    }

    async fn replace_secret(&self, put: &Put<'_>) -> Result<Answer> {
        self.put_secret(put, self.put_request(put).overwrite(true)).await
    }

    async fn tag_secret(&self, parameter: &str, tags: &[(&'static str, String)]) -> Result<()> {
        let request = self
            .session
            .ssm()
            .add_tags_to_resource()
            .resource_type(ResourceTypeForTagging::Parameter)
            .resource_id(parameter)
            .set_tags(Some(tags_of(parameter, tags)?));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(e) => Err(failed(&self.session.who, "ssm:AddTagsToResource", &target(parameter), e)),
        }
    }

    async fn find_secrets(&self, parameters: &[String]) -> Result<Vec<Stored>> {
        let ssm = self.session.ssm();
        let page = |names: &[String]| {
            let target = format!("{} and other parameters", names.first().map_or("", String::as_str));
            let request = ssm.get_parameters().set_names(Some(names.to_vec()));
            async move {
                let found = request.send().await;
                found.map_err(|e| failed(&self.session.who, "ssm:GetParameters", &target, e))
            }
        };
        let pages = try_join_all(parameters.chunks(NAMES).map(page)).await?;
        let found = pages.into_iter().flat_map(|page| page.parameters.unwrap_or_default());
        Ok(found.filter_map(stored).collect())
    }

    async fn list_secrets(&self, path: &str) -> Result<Vec<Stored>> {
        let request = self.session.ssm().get_parameters_by_path().path(path).recursive(true);
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| {
                failed(&self.session.who, "ssm:GetParametersByPath", &format!("path {path}"), e)
            })?;
            found.extend(page.parameters.unwrap_or_default().into_iter().filter_map(stored));
        }
        found.sort_by(|a, b| a.parameter.cmp(&b.parameter));
        Ok(found)
    }

    async fn tagged_parameters(&self, tags: &[(&'static str, String)]) -> Result<BTreeSet<String>> {
        let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let found = tagging::resources(&self.session, "the secrets", "ssm:parameter", &tags).await?;
        // arn:aws:ssm:<region>:<account>:parameter/<path>
        Ok(found.iter().filter_map(|one| Some(one.arn.split_once(":parameter")?.1.to_owned())).collect())
    }
}

impl RegionSession {
    fn put_request(&self, put: &Put<'_>) -> PutParameterFluentBuilder {
        self.session
            .ssm()
            .put_parameter()
            .name(put.parameter)
            .r#type(ParameterType::SecureString)
            .data_type("text")
            .value(put.value.expose())
            .set_tier(put.advanced.then_some(ParameterTier::Advanced))
    }

    async fn put_secret(&self, put: &Put<'_>, request: PutParameterFluentBuilder) -> Result<Answer> {
        // Who writes many secrets repeats a call that came too early.
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_PAUSE);
        let settings = aws_sdk_ssm::config::Builder::new().retry_config(retries);
        match request.customize().config_override(settings).send().await {
            Ok(output) => Ok(Answer::Stored(output.version)),
            Err(e) if code(&e) == Some("ParameterAlreadyExists") => Ok(Answer::Existing),
            Err(e) if code(&e).is_some_and(|code| code.contains("AccessDenied")) => {
                Ok(Answer::Denied(refusal(&self.session.who, put, e)))
            }
            Err(e) if code(&e).is_some_and(is_limit) => Ok(Answer::Busy(refusal(&self.session.who, put, e))),
            Err(e) => Err(refusal(&self.session.who, put, e)),
        }
    }
}

fn is_limit(code: &str) -> bool {
    ["Throttl", "TooManyRequests", "RequestLimit", "TooManyUpdates"].iter().any(|part| code.contains(part))
}

/// The error of a call that AWS refused, without the value, which AWS quotes when it does not like it.
fn refusal<R>(who: &str, put: &Put<'_>, error: SdkError<PutParameterError, R>) -> Error
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    const OPERATION: &str = "ssm:PutParameter";
    let target = target(put.parameter);
    match (code(&error), message(&error)) {
        (Some(code), Some(text)) if code.starts_with("Validation") || code.starts_with("Parameter") => {
            Error::new(format!("{OPERATION} on {target} failed: {code}: {}", without(put.value, text)))
        }
        _ => failed(who, OPERATION, &target, error),
    }
}

/// AWS's words without the value.
fn without(value: &SecretValue, text: &str) -> String {
    match value.expose() {
        value if !text.contains(value) => text.to_owned(),
        // In place of so short a value, which is in any text, the gaps would show it.
        value if value.len() < SHORTEST_MASKED => {
            "its words are left out, since they may hold the value".to_owned()
        }
        value => text.replace(value, HIDDEN),
    }
}

fn stored(parameter: Parameter) -> Option<Stored> {
    Some(Stored {
        parameter: parameter.name?,
        version: parameter.version,
        changed: parameter.last_modified_date.map(|time| time.secs()),
        encrypted: parameter.r#type == Some(ParameterType::SecureString),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_of_messages() {
        let told = |value: &str| without(&SecretValue::new(value), "Parameter value: {{hunter2}} can't nest");
        assert_eq!(told("{{hunter2}}"), "Parameter value: *** can't nest");
        assert_eq!(told("a"), "its words are left out, since they may hold the value");
        assert_eq!(told("other"), "Parameter value: {{hunter2}} can't nest");
    }
}
