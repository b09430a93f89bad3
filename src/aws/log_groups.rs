//! CloudWatch Logs: log groups.

use serde_json::{Value, json};

use super::operation::{JSON_1_1, Operation};
use super::session::RegionSession;
use crate::error::Result;
use crate::ops::port::{LogGroup, LogGroups};

const DESCRIBE_LOG_STREAMS: Operation = Operation {
    service: "logs",
    permission: "logs:DescribeLogStreams",
    headers: &[JSON_1_1, ("x-amz-target", "Logs_20140328.DescribeLogStreams")],
    gone: &["ResourceNotFoundException"],
};
const DESCRIBE_LOG_GROUPS: Operation = Operation {
    service: "logs",
    permission: "logs:DescribeLogGroups",
    headers: &[JSON_1_1, ("x-amz-target", "Logs_20140328.DescribeLogGroups")],
    gone: &[],
};

impl LogGroups for RegionSession {
    async fn log_group(&self, name: &str) -> Result<Option<LogGroup>> {
        let newest =
            json!({ "logGroupName": name, "orderBy": "LastEventTime", "descending": true, "limit": 1 });
        let answer = DESCRIBE_LOG_STREAMS.ask(&self.session, &target(name), &newest).await?;
        let written = |answer: Value| seconds(&answer["logStreams"][0]["lastEventTimestamp"]);
        Ok(answer.map(|answer| LogGroup { written: written(answer), ..LogGroup::default() }))
    }

    async fn listed_log_group(&self, name: &str) -> Result<Option<LogGroup>> {
        // Of the names that begin with it, it is the first.
        let input = json!({ "logGroupNamePrefix": name, "limit": 1 });
        let answer = DESCRIBE_LOG_GROUPS.ask(&self.session, &target(name), &input).await?.unwrap_or_default();
        let group = &answer["logGroups"][0];
        Ok((group["logGroupName"] == name).then(|| LogGroup {
            created: seconds(&group["creationTime"]),
            bytes: group["storedBytes"].as_u64(),
            written: None,
        }))
    }
}

fn target(name: &str) -> String {
    format!("log group {name}")
}

/// A time that the service gives in milliseconds.
fn seconds(milliseconds: &Value) -> Option<i64> {
    milliseconds.as_i64().map(|time| time.div_euclid(1000))
}
