//! Text from outside that would drive a terminal, or a log's reader, in every view.

use std::time::Duration;

use crate::local_aws::{Action, Event, LocalAws, Rule, Script};
use crate::support::outside_text::{Arrange, JSON, XML, wrong_in_views};
use crate::support::{LOCATION, STACK, Workspace, World};

fn script(events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(20) }
}

fn put(world: &World, path: &str, value: &str) {
    let emulator = world.account.emulator();
    let input = serde_json::json!({
        "Name": format!("/copilot/applications/demo{path}"), "Type": "String", "Value": value, "Overwrite": true,
    });
    LocalAws::shared()
        .block_on(async move { emulator.json("ssm", "AmazonSSM.PutParameter", &input).await })
        .unwrap();
}

/// An answer to `DescribeChangeSet`.
fn change_set(status: &str, reason: &str) -> Rule {
    let body = format!(
        "<DescribeChangeSetResponse><DescribeChangeSetResult><StackName>{STACK}</StackName><Status>{status}</Status>\
         <StatusReason>{reason}</StatusReason><CreationTime>2026-11-23T14:00:00Z</CreationTime>\
         <Changes></Changes></DescribeChangeSetResult></DescribeChangeSetResponse>"
    );
    let replace = Action::Replace { status: 200, content_type: "text/xml".to_owned(), body };
    Rule::on("cloudformation:DescribeChangeSet", replace)
}

fn simple() -> World {
    World::new(Workspace::new(LOCATION))
}

const CASES: [(&str, Arrange); 7] = [
    ("a stack's events", || {
        let world = simple();
        let nested = format!("demo-addons-{XML}");
        let events = vec![
            Event::stack("CREATE_IN_PROGRESS", XML),
            Event::nested(&format!("Nested{XML}"), &nested, "CREATE_IN_PROGRESS", XML),
            Event::resource(&format!("Role{XML}"), &format!("AWS::{XML}"), "CREATE_IN_PROGRESS", XML),
            Event::resource("Rule", "AWS::Events::Rule", &format!("CREATE_{XML}"), XML),
            Event::resource(&format!("Role{XML}"), &format!("AWS::{XML}"), "CREATE_FAILED", XML),
            Event::nested(&format!("Nested{XML}"), &nested, "CREATE_FAILED", XML),
            Event::stack("ROLLBACK_IN_PROGRESS", XML),
            Event::stack("ROLLBACK_COMPLETE", XML),
        ];
        world.account.script(STACK, script(events));
        world
    }),
    ("a refused change set", || {
        let world = simple();
        world.account.fault(change_set("FAILED", XML));
        world
    }),
    ("an error of CloudFormation", || {
        let world = simple();
        world.account.fault(Rule::error("cloudformation:DescribeChangeSet", 400, XML, XML));
        world
    }),
    ("an error of S3", || {
        let world = simple();
        world.account.fault(Rule::error("s3:PutObject", 400, "InvalidRequest", XML));
        world
    }),
    ("an error of SSM", || {
        let world = simple();
        world.account.fault(Rule::error("ssm:GetParameter", 400, "ValidationException", JSON));
        world
    }),
    ("an application's record", || {
        let world = simple();
        put(&world, "", JSON);
        world
    }),
    ("an environment's record", || {
        let world = simple();
        let record = serde_json::json!({
            "app": "demo", "name": JSON, "region": "us-west-2", "accountID": JSON,
            "managerRoleARN": JSON, "executionRoleARN": JSON, "registryURL": JSON
        });
        put(&world, "/environments/test", &record.to_string());
        world
    }),
];

#[test]
fn nothing_from_outside_drives_a_terminal() {
    assert_eq!(wrong_in_views(&CASES), "");
}
