//! What is there already.

use serde_json::{Value, json};

use super::{GROUP, ago, logs, messages, now, put, stream, task, world};
use crate::local_aws::{Action, App, Environment, LocalAws, Rule};
use crate::support::{ENV, JOB, LOCATION, Workspace, World};

/// Two runs, the older one with two attempts, and with a sidecar.
fn two_runs() -> World {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(7200), "first attempt"), (ago(7190), "ERROR: it fails")]);
    put(&world, &stream("nginx", 'a'), &[(ago(7195), "sidecar up")]);
    put(&world, &stream(JOB, 'b'), &[(ago(60), "second run"), (ago(50), "done")]);
    put(&world, &stream("nginx", 'b'), &[(ago(55), "sidecar again")]);
    world
}

#[test]
fn the_last_run_has_all_its_containers() {
    let world = two_runs();
    insta::assert_snapshot!(logs(&world, &[]), @"
    exit code: 0
    ----- stdout -----
    copilot/report-gen/bbbbbb second run
    copilot/nginx/bbbbbbbbbbb sidecar again
    copilot/report-gen/bbbbbb done
    ");
    insta::assert_snapshot!(logs(&world, &["--container", "nginx", "--last", "2"]), @"
    exit code: 0
    ----- stdout -----
    copilot/nginx/aaaaaaaaaaa sidecar up
    copilot/nginx/bbbbbbbbbbb sidecar again
    ");
    insta::assert_snapshot!(messages(&world, &["--last", "2"]).join("\n"), @"
    first attempt
    sidecar up
    ERROR: it fails
    second run
    sidecar again
    done
    ");
    insta::assert_snapshot!(messages(&world, &["--tasks", &task('a')[..8]]).join("\n"), @"
    first attempt
    sidecar up
    ERROR: it fails
    ");
    insta::assert_snapshot!(messages(&world, &["--last", "2", "--limit", "3"]).join("\n"), @"
    second run
    sidecar again
    done
    ");
    insta::assert_snapshot!(messages(&world, &["--since", "1h"]).join("\n"), @"
    second run
    sidecar again
    done
    ");
}

#[test]
fn a_run_is_chosen_by_name() {
    let world = two_runs();
    let expected = ["first attempt", "sidecar up", "ERROR: it fails"];
    for name in [task('a').as_str(), "aaaa", "previous"] {
        assert_eq!(messages(&world, &["--run", name]), expected, "{name}");
    }
    assert_eq!(messages(&world, &["--run", "latest"]), ["second run", "sidecar again", "done"]);
    for digit in "cdef".chars() {
        put(&world, &stream(JOB, digit), &[(ago(40), "x")]);
    }
    insta::assert_snapshot!(logs(&world, &["--run", "gone"]), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen has no run gone
      The newest runs: ffffffffffffffffffffffffffffffff, eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee, dddddddddddddddddddddddddddddddd, cccccccccccccccccccccccccccccccc, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.
    ");
    put(&world, "copilot/report-gen/aaaa", &[(ago(9000), "x")]);
    insta::assert_snapshot!(logs(&world, &["--run", "aa"]), @"
    exit code: 1
    ----- stderr -----
    ✘ 2 runs of job report-gen have names that begin with aa
      | aaaa
      | aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      Write more of the name.
    ");
}

/// An empty page is not the end: a token that is repeated is.
#[test]
fn empty_pages_in_between() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(60), "never shown")]);
    let page = |message: Option<&str>, token: &str| {
        let events: Vec<Value> = message
            .map(|message| json!({ "timestamp": now(), "ingestionTime": now(), "message": message }))
            .into_iter()
            .collect();
        let body = json!({ "events": events, "nextForwardToken": token, "nextBackwardToken": "b/0" });
        let content_type = "application/x-amz-json-1.1".to_owned();
        Rule::on("logs:GetLogEvents", Action::Replace { status: 200, content_type, body: body.to_string() })
            .times(1)
    };
    world.account.fault(page(Some("one"), "f/1"));
    world.account.fault(page(None, "f/2"));
    world.account.fault(page(Some("two"), "f/3"));
    world.account.fault(page(None, "f/3"));
    assert_eq!(messages(&world, &["--since", "24h"]), ["one", "two"]);
    assert_eq!(world.account.calls().count("logs:GetLogEvents"), 4);
}

/// Which streams seem to have ended before the time is asked with `FilterLogEvents`, whose pages may be empty too.
#[test]
fn a_stream_whose_last_event_aws_does_not_know_yet() {
    let world = world();
    put(&world, &stream(JOB, 'a'), &[(ago(2000), "before"), (ago(600), "within")]);
    let listed = json!({ "logStreams": [{
        "logStreamName": stream(JOB, 'a'), "creationTime": ago(2000), "firstEventTimestamp": ago(2000),
        "lastEventTimestamp": ago(2000),
    }] });
    let replace = |name: &str, body: &Value| {
        let content_type = "application/x-amz-json-1.1".to_owned();
        Rule::on(name, Action::Replace { status: 200, content_type, body: body.to_string() }).times(1)
    };
    world.account.fault(replace("logs:DescribeLogStreams", &listed));
    // The token of a page that begins with the first event.
    let empty = json!({ "events": [], "nextToken": "WzAsIDBd" });
    world.account.fault(replace("logs:FilterLogEvents", &empty));
    assert_eq!(messages(&world, &["--since", "1000s"]), ["within"]);
    let counts = world.account.calls().of_program().counts();
    assert_eq!(counts["logs:FilterLogEvents"], 2, "{counts:?}");
}

#[test]
fn events_of_several_streams_are_in_the_order_of_time() {
    let world = world();
    let time = ago(600);
    put(&world, &stream(JOB, 'a'), &[(time + 5, "5"), (time + 7, "7, first"), (time + 7, "7, second")]);
    put(&world, &stream(JOB, 'b'), &[(time + 1, "1")]);
    put(&world, &stream("nginx", 'a'), &[(time + 3, "3"), (time + 8, "8")]);
    let shown = messages(&world, &["--since", "1h"]);
    assert_eq!(shown, ["1", "3", "5", "7, first", "7, second", "8"]);
}

#[test]
fn a_long_stream_is_read_to_its_end() {
    let world = world();
    let start = ago(3600);
    let events = (0..25_000).map(|n| (start + n / 10, format!("line {n}")));
    world.account.put_log_events(GROUP, &stream(JOB, 'a'), events).unwrap();
    let first = messages(&world, &["--since", "24h"]);
    let expected: Vec<String> = (0..25_000).map(|n| format!("line {n}")).collect();
    assert!(first == expected, "{} lines, from {:?} to {:?}", first.len(), first.first(), first.last());
    assert!(messages(&world, &["--since", "24h"]) == expected);
    assert_eq!(messages(&world, &["--limit", "2"]), ["line 24998", "line 24999"]);
}

#[test]
fn a_span_of_time() {
    let world = two_runs();
    let iso = |time: i64| jiff::Timestamp::from_millisecond(time).unwrap().to_string();
    assert_eq!(
        messages(&world, &["--start-time", &iso(ago(7196)), "--end-time", &iso(ago(52))]),
        ["sidecar up", "ERROR: it fails", "second run", "sidecar again"]
    );
    assert_eq!(
        messages(&world, &["--start-time", &iso(ago(7196)), "--last", "1"]),
        ["second run", "sidecar again", "done"]
    );
}

/// This machine's clock is ahead: the time that AWS tells counts.
#[test]
fn a_clock_that_is_wrong() {
    let world = world();
    let of_aws = now() - 600_000;
    put(&world, &stream(JOB, 'a'), &[(of_aws - 900_000, "too old"), (of_aws - 120_000, "two minutes old")]);
    world.account.fault(Rule::on("logs:*", Action::Date(-600)));
    insta::assert_snapshot!(logs(&world, &["--since", "5m", "--raw"]), @"
    exit code: 0
    ----- stdout -----
    two minutes old
    ----- stderr -----
    This machine's clock is 10 minutes ahead of AWS's, which counts here.
    ");
    world.account.clear_faults();
    world.account.fault(Rule::on("logs:*", Action::Date(30)));
    assert_eq!(logs(&world, &["--since", "1h"]).stderr, "");
}

#[test]
fn state_machine_events_are_shown_on_request() {
    let world = two_runs();
    let event = |run: &str| json!({ "type": "ExecutionStarted", "execution_arn": format!("arn:aws:states:us-west-2:1:execution:demo-test-report-gen:{run}") });
    let events = [(ago(61), event("r-2").to_string())];
    world
        .account
        .put_log_events(GROUP, "states/demo-test-report-gen/2026-11-27-13-00/0a0b0c0d", events)
        .unwrap();
    insta::assert_snapshot!(logs(&world, &["--include-state-machine", "--json"]).stdout.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        format!("{} {}\n", line["logStreamName"].as_str().unwrap(), line["message"].as_str().unwrap())
    }).collect::<String>(), @r#"
    states/demo-test-report-gen/2026-11-27-13-00/0a0b0c0d {"type":"ExecutionStarted","execution_arn":"arn:aws:states:us-west-2:1:execution:demo-test-report-gen:r-2"}
    copilot/report-gen/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb second run
    copilot/nginx/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb sidecar again
    copilot/report-gen/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb done
    "#);
}

/// Every call about logs is made with the manager role of the environment, in its account and region.
#[test]
fn an_environment_in_another_account_and_region() {
    let app = App::new("demo").environment(Environment::new(ENV).region("eu-west-1")).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    let mut there = world.account.emulator();
    there.region = "eu-west-1".to_owned();
    let (stream, time) = (stream(JOB, 'a'), ago(60));
    LocalAws::shared().block_on(async move {
        let events = json!([{ "timestamp": time, "message": "over there" }]);
        for (call, more) in
            [("CreateLogGroup", json!([])), ("CreateLogStream", json!([])), ("PutLogEvents", events)]
        {
            let input = json!({ "logGroupName": GROUP, "logStreamName": stream, "logEvents": more });
            there.json("logs", &format!("Logs_20140328.{call}"), &input).await.unwrap();
        }
    });
    assert_eq!(messages(&world, &[]), ["over there"]);
    let calls = world.account.calls().of_program().filter(|call| call.service == "logs");
    assert!(calls.0.len() >= 4, "{:?}", calls.names());
    for call in calls.0 {
        assert_eq!(call.region, "eu-west-1");
        assert!(format!("{:?}", call.caller).contains("EnvManagerRole"), "{:?}", call.caller);
    }
}
