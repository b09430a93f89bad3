use std::time::Duration;

use super::*;
use crate::error::Severity;
use crate::image::events::{BuildEvent, PushEvent};
use crate::ops::outcome::Deployable;
use crate::report::events::{ParentResource, Proposal, ResourceEvent, StackTree, TreeResource};

fn build(event: BuildEvent) -> Event {
    Event::Build { container: "report".into(), event }
}

fn push(event: PushEvent) -> Event {
    Event::Push { container: "report".into(), event }
}

fn place() -> Remark {
    Remark {
        severity: Severity::Warning,
        file: "copilot/report/manifest.yml".into(),
        line: 3,
        column: 7,
        message: "look".into(),
    }
}

/// Programs read this: a line here may get more fields, but must not lose any.
#[test]
fn the_schema_of_events() {
    let events = [
        Event::Note("Schedule: daily\u{1b}[2J".into()),
        Event::Warning("look".into()),
        Event::ManifestWarning(place()),
        Event::ManifestWarning(Remark { line: 0, column: 0, ..place() }),
        build(BuildEvent::Started { dockerfile: "Dockerfile".into() }),
        build(BuildEvent::StepStarted { id: "s1".into(), name: "[1/2] RUN make".into() }),
        build(BuildEvent::StepLog { id: "s1".into(), line: "\u{1b}[31mcc\u{1b}[0m".into() }),
        build(BuildEvent::StepFinished { id: "s1".into(), cached: false, error: Some("exit 2".into()) }),
        build(BuildEvent::StepFinished { id: "s2".into(), cached: true, error: None }),
        build(BuildEvent::Finished { elapsed: Duration::from_millis(8100) }),
        push(PushEvent::Started { reference: "repo:v2".into() }),
        push(PushEvent::Layer { id: "5f70".into(), status: "Pushing".into(), progress: Some((1, 3)) }),
        push(PushEvent::Layer { id: "5f70".into(), status: "Pushed".into(), progress: None }),
        push(PushEvent::Finished { reference: "repo:v2".into(), digest: "sha256:1".into() }),
        Event::Proposing { stack: "job".into() },
        Event::Proposed { stack: "job".into(), outcome: Proposal::Executed },
        Event::Proposed { stack: "job".into(), outcome: Proposal::Empty },
        Event::Proposed { stack: "job".into(), outcome: Proposal::Failed },
        Event::StackStarted(StackTree {
            stack: "job-addons".into(),
            title: "The addons".into(),
            resources: vec![TreeResource { logical_id: "Bucket".into(), description: "A bucket".into() }],
            parent: Some(ParentResource { stack: "job".into(), logical_id: "AddonsStack".into() }),
        }),
        Event::Stack(ResourceEvent {
            stack: "job".into(),
            logical_id: "Bucket".into(),
            resource_type: "AWS::S3::Bucket".into(),
            status: "CREATE_FAILED".into(),
            reason: Some("no".into()),
            time: 1_795_424_399.5,
        }),
        Event::StackFinished { stack: "job".into() },
    ];
    let told: Vec<String> = events.iter().map(|event| record("", 1_795_424_400, event).to_string()).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"type":"note","time":"2026-11-23T09:00:00Z","message":"Schedule: daily"}
    {"type":"warning","time":"2026-11-23T09:00:00Z","about":"deployment","message":"look"}
    {"type":"warning","time":"2026-11-23T09:00:00Z","about":"manifest","severity":"warning","file":"copilot/report/manifest.yml","line":3,"column":7,"message":"look"}
    {"type":"warning","time":"2026-11-23T09:00:00Z","about":"manifest","severity":"warning","file":"copilot/report/manifest.yml","message":"look"}
    {"type":"build","time":"2026-11-23T09:00:00Z","container":"report","event":"started","dockerfile":"Dockerfile"}
    {"type":"build","time":"2026-11-23T09:00:00Z","container":"report","event":"step_started","step":"s1","name":"[1/2] RUN make"}
    {"type":"build","time":"2026-11-23T09:00:00Z","container":"report","event":"step_output","step":"s1","line":"cc"}
    {"type":"build","time":"2026-11-23T09:00:00Z","container":"report","event":"step_finished","step":"s1","cached":false,"error":"exit 2"}
    {"type":"build","time":"2026-11-23T09:00:00Z","container":"report","event":"step_finished","step":"s2","cached":true}
    {"type":"build","time":"2026-11-23T09:00:00Z","container":"report","event":"finished","seconds":8.1}
    {"type":"push","time":"2026-11-23T09:00:00Z","container":"report","event":"started","reference":"repo:v2"}
    {"type":"push","time":"2026-11-23T09:00:00Z","container":"report","event":"layer","layer":"5f70","status":"Pushing","sent":1,"total":3}
    {"type":"push","time":"2026-11-23T09:00:00Z","container":"report","event":"layer","layer":"5f70","status":"Pushed"}
    {"type":"push","time":"2026-11-23T09:00:00Z","container":"report","event":"finished","reference":"repo:v2","digest":"sha256:1"}
    {"type":"proposing","time":"2026-11-23T09:00:00Z","stack":"job"}
    {"type":"proposed","time":"2026-11-23T09:00:00Z","stack":"job","outcome":"executed"}
    {"type":"proposed","time":"2026-11-23T09:00:00Z","stack":"job","outcome":"empty"}
    {"type":"proposed","time":"2026-11-23T09:00:00Z","stack":"job","outcome":"failed"}
    {"type":"stack_started","time":"2026-11-23T09:00:00Z","stack":"job-addons","title":"The addons","resources":[{"logical_id":"Bucket","description":"A bucket"}],"parent":{"stack":"job","logical_id":"AddonsStack"}}
    {"type":"resource","time":"2026-11-23T09:00:00Z","stack":"job","logical_id":"Bucket","resource_type":"AWS::S3::Bucket","status":"CREATE_FAILED","reason":"no","event_time":1795424399.5}
    {"type":"stack_finished","time":"2026-11-23T09:00:00Z","stack":"job"}
    "#);
}

#[test]
fn the_schema_of_the_end() {
    let outcomes = [
        Outcome::Deployed { what: Deployable::Job { job: "report".into() }, express: false },
        Outcome::Deployed { what: Deployable::Environment { environment: "test".into() }, express: false },
        Outcome::AtRest { stack: "job".into(), status: "UPDATE_COMPLETE".into() },
        Outcome::Unchanged { stack: "job".into(), pushed: vec!["repo:v2".into()] },
        Outcome::Declined { stack: "job".into() },
        Outcome::Detached {
            stack: "job".into(),
            id: "arn:stack".into(),
            attach: "copilot job deploy --attach".into(),
        },
    ];
    let mut told: Vec<String> =
        outcomes.iter().map(|outcome| record("", 1_795_424_400, &Ended::new(outcome)).to_string()).collect();
    let error = Error::new("it failed\u{1b}[2J")
        .details(["last line".to_owned()])
        .hint("Try again.")
        .remarks([place()]);
    told.push(record("", 1_795_424_400, &Failed::new(&error)).to_string());
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"type":"outcome","time":"2026-11-23T09:00:00Z","outcome":"deployed","job":"report","express":false,"message":"Deployed report."}
    {"type":"outcome","time":"2026-11-23T09:00:00Z","outcome":"deployed","environment":"test","express":false,"message":"Deployed environment test."}
    {"type":"outcome","time":"2026-11-23T09:00:00Z","outcome":"at_rest","stack":"job","status":"UPDATE_COMPLETE","message":"Stack job is idle (UPDATE_COMPLETE)."}
    {"type":"outcome","time":"2026-11-23T09:00:00Z","outcome":"unchanged","stack":"job","pushed":["repo:v2"],"message":"No infrastructure changes: stack job is up to date. The next run uses the image just pushed as repo:v2."}
    {"type":"outcome","time":"2026-11-23T09:00:00Z","outcome":"declined","stack":"job","message":"Nothing was pushed or deployed: stack job is as it was."}
    {"type":"outcome","time":"2026-11-23T09:00:00Z","outcome":"detached","stack":"job","id":"arn:stack","attach":"copilot job deploy --attach","message":"The deployment of stack job continues in AWS (arn:stack). Follow it with `copilot job deploy --attach`."}
    {"type":"error","time":"2026-11-23T09:00:00Z","message":"it failed","details":["last line"],"hints":["Try again."],"places":[{"severity":"warning","file":"copilot/report/manifest.yml","line":3,"column":7,"message":"look"}],"exit_code":1}
    "#);
}
