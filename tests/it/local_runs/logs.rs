//! Tests of the local AWS itself: how it hands out log events.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::GROUP;
use crate::local_aws::{Account, QueryStory};
use crate::support::{LOCATION, Workspace, World};

/// The history of runs in one query.
const HISTORY: &str = r#"filter @logStream like /^states\// and ispresent(execution_arn)
| stats min(event_timestamp) as started, max(event_timestamp) as ended, sum(type = "TaskSubmitted") as attempts,
  latest(details.error) as error, max(id) as events by execution_arn
| sort started desc | limit 2"#;

fn rows(account: &Account<'_>, query: &str) -> Vec<Vec<String>> {
    let answer = asked(account, query, |answer| answer["status"] != "Running");
    assert_eq!(answer["status"], "Complete");
    let cell =
        |cell: &Value| format!("{}={}", cell["field"].as_str().unwrap(), cell["value"].as_str().unwrap());
    let row = |row: &Value| row.as_array().unwrap().iter().map(cell).collect();
    answer["results"].as_array().unwrap().iter().map(row).collect()
}

fn start_query(account: &Account<'_>, query: &str) -> Result<String, String> {
    let input =
        json!({ "logGroupName": GROUP, "startTime": 0, "endTime": 4_000_000_000_u64, "queryString": query });
    let started =
        account.asks("logs", "Logs_20140328.StartQuery", input).map_err(|error| error.to_string())?;
    Ok(started["queryId"].as_str().unwrap().to_owned())
}

/// Asks for the results until they are wanted.
fn asked(account: &Account<'_>, query: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let id = start_query(account, query).unwrap();
    loop {
        let answer = account.asks("logs", "Logs_20140328.GetQueryResults", json!({ "queryId": id })).unwrap();
        if wanted(&answer) {
            return answer;
        }
    }
}

#[test]
fn a_query_has_the_history_of_runs() {
    let world = World::new(Workspace::new(LOCATION));
    let account = &world.account;
    let event = |time: i64, id: u32, kind: &str, run: &str, details: Value| {
        let event = json!({
            "id": id.to_string(), "type": kind, "details": details, "previous_event_id": "0",
            "event_timestamp": time.to_string(), "execution_arn": run,
        });
        (time, event.to_string())
    };
    let first = [
        event(1_700_000_000_000, 1, "ExecutionStarted", "a", json!({ "input": "{}" })),
        event(1_700_000_001_000, 5, "TaskSubmitted", "a", json!({})),
        event(1_700_000_002_000, 6, "TaskFailed", "a", json!({ "error": "States.TaskFailed" })),
        event(1_700_000_003_000, 9, "TaskSubmitted", "a", json!({})),
    ];
    account.put_log_events(GROUP, "states/demo-test-report-gen/2023-11-14-22-13/0a0b0c0d", first).unwrap();
    let second = [event(1_700_000_005_000, 1, "ExecutionStarted", "b", json!({}))];
    account.put_log_events(GROUP, "states/demo-test-report-gen/2023-11-14-22-13/0a0b0c0e", second).unwrap();
    account
        .put_log_events(GROUP, "copilot/report-gen/1", [(1_700_000_006_000, "{\"type\":1}".to_owned())])
        .unwrap();
    insta::assert_debug_snapshot!(rows(account, HISTORY), @r#"
    [
        [
            "execution_arn=b",
            "started=1700000005000",
            "ended=1700000005000",
            "attempts=0",
            "events=1",
        ],
        [
            "execution_arn=a",
            "started=1700000000000",
            "ended=1700000003000",
            "attempts=2",
            "error=States.TaskFailed",
            "events=9",
        ],
    ]
    "#);
    let failed = r#"filter type in ["TaskFailed", "TaskTimedOut"] | display details.error, type"#;
    insta::assert_debug_snapshot!(rows(account, failed)[0][..2], @r#"
    [
        "details.error=States.TaskFailed",
        "type=TaskFailed",
    ]
    "#);

    account.tell_query(QueryStory::Running(2)).unwrap();
    account.tell_query(QueryStory::Ends("Timeout")).unwrap();
    account.tell_query(QueryStory::Never).unwrap();
    assert_eq!(rows(account, HISTORY).len(), 2);
    assert_eq!(asked(account, HISTORY, |_| true)["status"], "Timeout");
    let id = start_query(account, HISTORY).unwrap();
    let stop = || account.asks("logs", "Logs_20140328.StopQuery", json!({ "queryId": id }));
    assert_eq!(stop().unwrap()["success"], true);
    assert!(stop().unwrap_err().to_string().contains("InvalidParameterException"));
    let told = ["filter type ~ 1", "stats median(x)", "unknown x", ""]
        .map(|query| start_query(account, query).unwrap_err());
    insta::assert_snapshot!(told.join("\n"), @r#"
    Logs_20140328.StartQuery: {"__type": "MalformedQueryException", "message": "unexpected ' ~ 1'"}
    Logs_20140328.StartQuery: {"__type": "MalformedQueryException", "message": "unknown aggregate median"}
    Logs_20140328.StartQuery: {"__type": "MalformedQueryException", "message": "unknown command unknown"}
    Logs_20140328.StartQuery: {"__type": "MalformedQueryException", "message": "empty query"}
    "#);
}

#[test]
fn a_hundred_thousand_events_are_read_in_pages() {
    const COUNT: i64 = 100_000;
    let world = World::new(Workspace::new(LOCATION));
    let account = &world.account;
    let events =
        |first: i64| (first..COUNT).step_by(2).map(|n| (1_700_000_000_000 + n / 7, format!("line {n:06}")));
    account.put_log_events(GROUP, "copilot/report-gen/a", events(0)).unwrap();
    account.put_log_events(GROUP, "copilot/report-gen/b", events(1)).unwrap();
    let started = Instant::now();
    let found = account.log_events(GROUP, "copilot/").unwrap();
    let took = started.elapsed();
    let all: Vec<&String> = found.values().flatten().collect();
    assert_eq!(all.len(), 100_000);
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    assert!(took < Duration::from_secs(20), "{took:?}");

    let count = |pattern: &str| {
        let mut input = json!({ "logGroupName": GROUP, "filterPattern": pattern });
        let (mut pages, mut events) = (0, 0);
        loop {
            let page = account.asks("logs", "Logs_20140328.FilterLogEvents", input.clone()).unwrap();
            pages += 1;
            events += page["events"].as_array().unwrap().len();
            let Some(token) = page["nextToken"].as_str() else { return (pages, events) };
            input["nextToken"] = json!(token);
        }
    };
    assert_eq!(count("\"line 099999\""), (2, 1));
    assert_eq!(count("LINE"), (2, 0));
    assert_eq!(count("?000001 ?000002"), (2, 2));
}
