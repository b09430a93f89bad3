//! `GetTemplateSummary` of stack sets, and with the metadata that the emulator leaves out.

use anyhow::Result;

use super::call::Incoming;
use super::gateway::{State, forward};
use super::http::{Reply, with_body, write_form};
use super::xml;
use super::yaml::read_yaml;

/// Answers about a stack set as if its template had been passed.
pub(super) async fn of_stack_set(
    state: &State,
    account: &str,
    request: &Incoming,
    template: std::result::Result<String, Reply>,
) -> Result<Reply> {
    let template = match template {
        Ok(template) => template,
        Err(refusal) => return Ok(refusal),
    };
    let mut request = request.clone();
    request.form.retain(|(key, _)| key != "StackSetName");
    request.form.push(("TemplateBody".to_owned(), template));
    let fields = request.form.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let response = forward(state, &request, write_form(fields).into()).await?;
    let summary = String::from_utf8_lossy(response.body()).into_owned();
    let summary = add_metadata(state, account, &request, summary).await;
    Ok(with_body(response, summary))
}

/// Adds the template's `Metadata` as JSON, as the service does.
pub(super) async fn add_metadata(
    state: &State,
    account: &str,
    request: &Incoming,
    summary: String,
) -> String {
    let body = match (request.field("TemplateBody"), request.field("StackName")) {
        (Some(body), _) => Some(body.to_owned()),
        (None, Some(stack)) => {
            let emulator = state.emulator(account, &request.region);
            let template = emulator.query("cloudformation", "GetTemplate", &[("StackName", stack)]).await;
            template.ok().and_then(|xml| xml::text(&xml, "TemplateBody"))
        }
        (None, None) => None,
    };
    let Some(metadata) =
        body.and_then(|body| read_yaml(&body)).and_then(|template| template.get("Metadata").cloned())
    else {
        return summary;
    };
    let element =
        format!("<Metadata>{}</Metadata></GetTemplateSummaryResult>", xml::escape(&metadata.to_string()));
    summary.replace("</GetTemplateSummaryResult>", &element)
}
