//! Just enough XML for the answers of services that are called by hand.

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};

use super::signed::Refusal;

/// Contents of all elements of a name that are neither empty nor hold others of that name, in their order.
pub(super) fn elements(xml: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let parts = xml.split(open.as_str()).skip(1);
    let contents = parts.filter_map(|part| Some(part.split_once(close.as_str())?.0.trim()));
    contents.filter(|content| !content.is_empty()).map(str::to_owned).collect()
}

/// The text of the first element of a name.
pub(super) fn text(xml: &str, tag: &str) -> Option<String> {
    elements(xml, tag).into_iter().next().map(|content| unescape(&content))
}

pub(super) fn unescape(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The text of an answer that is the named one, or why the call failed.
pub(super) fn answer(response: &HttpResponse, name: &str) -> Result<String, OrchestratorError<Refusal>> {
    if !response.status().is_success() {
        return Err(refusal(response));
    }
    let text = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
    match text.contains(name) {
        true => Ok(text),
        false => Err(OrchestratorError::other(format!("the answer is no {name}"))),
    }
}

/// An error answer.
pub(super) fn refusal(response: &HttpResponse) -> OrchestratorError<Refusal> {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let code = text(&body, "Code").unwrap_or_else(|| response.status().as_u16().to_string());
    OrchestratorError::operation(Refusal::new(code, text(&body, "Message")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_by_name() {
        let xml = "<subnetSet><item><subnetId>subnet-2</subnetId></item><item><subnetId>subnet-1</subnetId>\
                   </item></subnetSet><nextToken></nextToken><Message>a &lt;b&gt; &amp;amp; c</Message>";
        assert_eq!(elements(xml, "subnetId"), ["subnet-2", "subnet-1"]);
        assert!(elements(xml, "nextToken").is_empty());
        assert!(elements("<subnetId>", "subnetId").is_empty());
        assert_eq!(text(xml, "Message").as_deref(), Some("a <b> &amp; c"));
    }
}
