//! CloudWatch Logs: events, streams, queries of Logs Insights.

use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_types::date_time::{DateTime, Format};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::operation::{JSON_1_1, Operation};
use super::session::RegionSession;
use super::signed::{self, Call, Refusal};
use crate::error::Result;
use crate::ops::job::logs::port::{
    EventPage, EventQuery, InsightsQuery, LogEvent, LogReader, LogStream, QueryResults, StreamEvents,
    StreamPage, StreamQuery, Streams,
};

/// Streams in a page, as many as AWS gives.
const STREAMS: usize = 50;

impl LogReader for RegionSession {
    async fn filtered_events(
        &self,
        query: &EventQuery<'_>,
        after: Option<&str>,
    ) -> Result<Option<EventPage>> {
        let EventQuery { group, streams, start, end, pattern, limit } = *query;
        let mut input = json!({ "logGroupName": group });
        match streams {
            Streams::All => {}
            Streams::Prefix(prefix) => input["logStreamNamePrefix"] = json!(prefix),
            Streams::Named(names) => input["logStreamNames"] = json!(names),
        }
        if !pattern.is_empty() {
            input["filterPattern"] = json!(pattern);
        }
        set(&mut input, [("startTime", json!(start)), ("endTime", json!(end)), ("limit", json!(limit))]);
        set(&mut input, [("nextToken", json!(after))]);
        let answer = ask::<Filtered>(self, &FILTER_LOG_EVENTS, group, &input).await?;
        Ok(answer.map(|(page, _)| {
            let mut names = Names::default();
            let event = |event: FilteredEvent| LogEvent {
                stream: names.of(event.stream),
                timestamp: event.timestamp,
                ingestion: event.ingestion,
                id: event.id,
                message: event.message,
            };
            EventPage { events: page.events.into_iter().map(event).collect(), next: page.next }
        }))
    }

    async fn log_streams(
        &self,
        group: &str,
        prefix: Option<&str>,
        after: Option<&str>,
    ) -> Result<Option<StreamPage>> {
        let mut input = json!({ "logGroupName": group, "limit": STREAMS });
        // AWS sorts by time only without a prefix.
        let order = match prefix {
            Some(prefix) => [("logStreamNamePrefix", json!(prefix)), ("orderBy", json!("LogStreamName"))],
            None => [("orderBy", json!("LastEventTime")), ("descending", json!(true))],
        };
        set(&mut input, order);
        set(&mut input, [("nextToken", json!(after))]);
        let answer = ask::<Described>(self, &DESCRIBE_LOG_STREAMS, group, &input).await?;
        Ok(answer.map(|(page, answered)| StreamPage {
            streams: page.streams.into_iter().map(Into::into).collect(),
            next: page.next,
            answered,
        }))
    }

    async fn stream_events(
        &self,
        query: &StreamQuery<'_>,
        token: Option<&str>,
    ) -> Result<Option<StreamEvents>> {
        let StreamQuery { group, stream, start, end, limit, newest_first } = *query;
        let mut input = json!({
            "logGroupName": group, "logStreamName": stream, "startFromHead": !newest_first,
        });
        set(&mut input, [("startTime", json!(start)), ("endTime", json!(end)), ("limit", json!(limit))]);
        set(&mut input, [("nextToken", json!(token))]);
        let target = format!("{group}, stream {stream}");
        let answer = ask::<Got>(self, &GET_LOG_EVENTS, &target, &input).await?;
        Ok(answer.map(|(page, _)| {
            let name: Arc<str> = Arc::from(stream);
            let event = |event: GotEvent| LogEvent {
                stream: Arc::clone(&name),
                timestamp: event.timestamp,
                ingestion: event.ingestion,
                id: String::new(),
                message: event.message,
            };
            let events = page.events.into_iter().map(event).collect();
            StreamEvents { events, forward: page.forward, backward: page.backward }
        }))
    }

    async fn start_query(&self, query: &InsightsQuery<'_>) -> Result<Option<String>> {
        let InsightsQuery { group, text, start, end, limit } = *query;
        let input = json!({
            "logGroupName": group, "queryString": text, "startTime": start, "endTime": end, "limit": limit,
        });
        let answer = START_QUERY.ask(&self.session, &target(group), &input).await?;
        Ok(answer.map(|answer| answer["queryId"].as_str().unwrap_or_default().to_owned()))
    }

    async fn query_results(&self, id: &str) -> Result<QueryResults> {
        let target = format!("query {id}");
        let answer = GET_QUERY_RESULTS
            .ask(&self.session, &target, &json!({ "queryId": id }))
            .await?
            .unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let field = |field: &Value| (text(&field["field"]), text(&field["value"]));
        let row = |row: &Value| row.as_array().into_iter().flatten().map(field).collect();
        Ok(QueryResults {
            status: text(&answer["status"]),
            rows: answer["results"].as_array().into_iter().flatten().map(row).collect(),
            matched: answer["statistics"]["recordsMatched"].as_f64().unwrap_or_default(),
        })
    }

    async fn stop_query(&self, id: &str) -> Result<()> {
        STOP_QUERY.ask(&self.session, &format!("query {id}"), &json!({ "queryId": id })).await.map(drop)
    }
}

/// Operation of CloudWatch Logs.
const fn operation(
    permission: &'static str,
    headers: &'static [(&'static str, &'static str)],
    gone: &'static [&'static str],
) -> Operation {
    Operation { service: "logs", permission, headers, gone }
}

/// A group or a stream that does not exist.
const MISSING: &[&str] = &["ResourceNotFoundException"];

const FILTER_LOG_EVENTS: Operation = operation(
    "logs:FilterLogEvents",
    &[JSON_1_1, ("x-amz-target", "Logs_20140328.FilterLogEvents")],
    MISSING,
);
const DESCRIBE_LOG_STREAMS: Operation = operation(
    "logs:DescribeLogStreams",
    &[JSON_1_1, ("x-amz-target", "Logs_20140328.DescribeLogStreams")],
    MISSING,
);
const GET_LOG_EVENTS: Operation =
    operation("logs:GetLogEvents", &[JSON_1_1, ("x-amz-target", "Logs_20140328.GetLogEvents")], MISSING);
const START_QUERY: Operation =
    operation("logs:StartQuery", &[JSON_1_1, ("x-amz-target", "Logs_20140328.StartQuery")], MISSING);
const GET_QUERY_RESULTS: Operation =
    operation("logs:GetQueryResults", &[JSON_1_1, ("x-amz-target", "Logs_20140328.GetQueryResults")], &[]);
const STOP_QUERY: Operation = operation(
    "logs:StopQuery",
    &[JSON_1_1, ("x-amz-target", "Logs_20140328.StopQuery")],
    // AWS calls a query that has ended an invalid parameter.
    &["ResourceNotFoundException", "InvalidParameterException"],
);

/// A page of `FilterLogEvents`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filtered {
    events: Vec<FilteredEvent>,
    #[serde(rename = "nextToken")]
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FilteredEvent {
    #[serde(rename = "logStreamName")]
    stream: String,
    timestamp: i64,
    #[serde(rename = "ingestionTime")]
    ingestion: i64,
    #[serde(rename = "eventId")]
    id: String,
    message: String,
}

/// A page of `GetLogEvents`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Got {
    events: Vec<GotEvent>,
    #[serde(rename = "nextForwardToken")]
    forward: String,
    #[serde(rename = "nextBackwardToken")]
    backward: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GotEvent {
    timestamp: i64,
    #[serde(rename = "ingestionTime")]
    ingestion: i64,
    message: String,
}

/// A page of `DescribeLogStreams`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Described {
    #[serde(rename = "logStreams")]
    streams: Vec<DescribedStream>,
    #[serde(rename = "nextToken")]
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DescribedStream {
    log_stream_name: String,
    creation_time: i64,
    first_event_timestamp: Option<i64>,
    last_event_timestamp: Option<i64>,
}

impl From<DescribedStream> for LogStream {
    fn from(stream: DescribedStream) -> Self {
        Self {
            name: stream.log_stream_name,
            created: stream.creation_time,
            first: stream.first_event_timestamp,
            last: stream.last_event_timestamp,
        }
    }
}

/// Names of streams, each held once: a page names few streams and has many events.
#[derive(Debug, Default)]
struct Names(Vec<Arc<str>>);

impl Names {
    fn of(&mut self, name: String) -> Arc<str> {
        // The stream of the event before is the most likely one.
        if let Some(known) = self.0.iter().rev().find(|known| ***known == *name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(name);
        self.0.push(Arc::clone(&name));
        name
    }
}

/// Adds what is not null.
fn set<const N: usize>(input: &mut Value, values: [(&str, Value); N]) {
    for (key, value) in values {
        if !value.is_null() {
            input[key] = value;
        }
    }
}

fn target(group: &str) -> String {
    format!("log group {group}")
}

/// The answer of an operation on a group, read at once into its own type because pages are large, and when AWS gave it.
/// `None` when the group is gone.
async fn ask<T>(
    region: &RegionSession,
    operation: &Operation,
    group: &str,
    input: &Value,
) -> Result<Option<(T, Option<i64>)>>
where
    T: DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
{
    let Operation { service, permission, headers, gone } = *operation;
    let call = Call { service, permission, target: &target(group), headers, body: input.to_string() };
    match signed::send(&region.session, call, dated).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if gone.iter().any(|code| error.to_string().contains(code)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An answer and its date in milliseconds since 1970.
fn dated<T: DeserializeOwned>(
    response: &HttpResponse,
) -> Result<(T, Option<i64>), OrchestratorError<Refusal>> {
    if !response.status().is_success() {
        signed::json(response)?;
    }
    let date = response.headers().get("date");
    let date = date.and_then(|text| DateTime::from_str(text, Format::HttpDate).ok());
    let body = response.body().bytes().unwrap_or_default();
    match serde_json::from_slice(body) {
        Ok(answer) => Ok((answer, date.and_then(|date| date.to_millis().ok()))),
        Err(_) => Err(OrchestratorError::other("the answer is not JSON")),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn answers_have_a_date() {
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(r#"{"logStreams": []}"#));
        response.headers_mut().insert("date", "Fri, 27 Nov 2026 13:00:00 GMT");
        let (page, date) = dated::<Described>(&response).unwrap();
        assert!(page.streams.is_empty());
        assert_eq!(date, Some(1_795_784_400_000));
        let response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from("<html>"));
        assert!(dated::<Described>(&response).is_err());
    }
}
