use std::time::{Duration, Instant};

use super::StackViews;
use crate::report::events::{ParentResource, ResourceEvent, StackTree, TreeResource};
use crate::ui::paint::Paint;

const JOB: &str = "demo-test-report";
const ADDONS: &str = "demo-test-report-AddonsStack-1A2B";
const ENVIRONMENT: &str = "demo-test";
const SHARED: &str = "Update your environment's shared resources";

fn tree(stack: &str, title: &str, resources: &[(&str, &str)], parent: Option<(&str, &str)>) -> StackTree {
    let resource = |(id, description): &(&str, &str)| TreeResource {
        logical_id: (*id).into(),
        description: (*description).into(),
    };
    StackTree {
        stack: stack.into(),
        title: title.into(),
        resources: resources.iter().map(resource).collect(),
        parent: parent.map(|(stack, id)| ParentResource { stack: stack.into(), logical_id: id.into() }),
    }
}

fn job() -> StackTree {
    tree(
        JOB,
        "Updating the infrastructure for stack demo-test-report",
        &[
            ("EnvControllerAction", SHARED),
            ("AddonsStack", "An Addons CloudFormation Stack for your additional AWS resources"),
            ("StateMachine", "A state machine to invoke your job and handle retry and timeout logic"),
            ("TaskDefinition", "An ECS task definition to group your containers and run them on ECS"),
        ],
        None,
    )
}

/// Stacks whose events arrive the moment they happen, in tenths of a second from the start.
struct Followed {
    views: StackViews,
    start: Instant,
}

impl Followed {
    fn new(trees: &[StackTree]) -> Self {
        let mut views = StackViews::default();
        trees.iter().for_each(|tree| views.start(tree));
        Self { views, start: Instant::now() }
    }

    fn at(&self, tenths: u64) -> Instant {
        self.start + Duration::from_millis(tenths * 100)
    }

    fn event(
        &mut self,
        tenths: u64,
        stack: &str,
        id: &str,
        status: &str,
        reason: Option<&str>,
    ) -> Option<String> {
        let now = self.at(tenths);
        #[allow(clippy::cast_precision_loss, reason = "small")]
        let event = ResourceEvent {
            stack: stack.into(),
            logical_id: id.into(),
            resource_type: if id == stack { "AWS::CloudFormation::Stack" } else { "AWS::X::Y" }.into(),
            status: status.into(),
            reason: reason.map(str::to_owned),
            time: 1_800_000_000.0 + tenths as f64 / 10.0,
        };
        self.views.apply(&event, now).map(|change| {
            let within = change.within.map(|within| format!("{within}: ")).unwrap_or_default();
            format!("{within}{} [{}]", change.description, change.changed.status)
        })
    }

    fn screen(&self, tenths: u64, width: usize, height: usize) -> String {
        let lines = self.views.lines(self.at(tenths), width, height, Paint(false));
        assert!(lines.len() <= height, "{lines:#?}");
        for line in &lines {
            assert!(console::measure_text_width(line) <= width, "{line}");
        }
        lines.join("\n")
    }
}

#[test]
fn an_update_looks_as_the_old_tool_drew_it() {
    let mut job = Followed::new(&[tree(
        JOB,
        "Updating the infrastructure for stack demo-test-report",
        &[
            ("StateMachine", "A state machine to invoke your job and handle retry and timeout logic"),
            ("TaskDefinition", "An ECS task definition to group your containers and run them on ECS"),
        ],
        None,
    )]);
    job.event(0, JOB, JOB, "UPDATE_IN_PROGRESS", Some("User Initiated"));
    job.event(10, JOB, "TaskDefinition", "UPDATE_IN_PROGRESS", None);
    job.event(39, JOB, "TaskDefinition", "UPDATE_COMPLETE", None);
    insta::assert_snapshot!(job.screen(77, 120, 40), @"
    - Updating the infrastructure for stack demo-test-report                   [update in progress]  [7.7s]
      - A state machine to invoke your job and handle retry and timeout logic  [not started]
      - An ECS task definition to group your containers and run them on ECS    [update complete]     [2.9s]
    ");
}

#[test]
fn failures_show_their_reason_also_without_a_description() {
    let mut job = Followed::new(&[job()]);
    job.event(0, JOB, JOB, "UPDATE_IN_PROGRESS", None);
    assert_eq!(job.event(5, JOB, "RuleRole", "CREATE_IN_PROGRESS", None), None);
    assert_eq!(job.event(9, JOB, "Rule", "CREATE_FAILED", Some("Resource creation cancelled")), None);
    let change = job.event(17, JOB, "RuleRole", "CREATE_FAILED", Some("not authorised to do this"));
    assert_eq!(change.unwrap(), "RuleRole (AWS::X::Y) [create failed]");
    let twice = "not authorised to do this";
    job.event(20, JOB, "RuleRole", "DELETE_FAILED", Some(twice));
    insta::assert_snapshot!(job.screen(20, 60, 40), @"
    - Updating the infrastructure…  [update in progress]  [2.0s]
      - Update your environment's…  [not started]
      - An Addons CloudFormation …  [not started]
      - A state machine to invoke…  [not started]
      - An ECS task definition to…  [not started]
      - RuleRole (AWS::X::Y)        [delete failed]       [1.2s]
        not authorised to do this
    ");
}

#[test]
fn trees_hang_below_the_row_that_stands_for_them() {
    let mut job = Followed::new(&[job()]);
    job.event(0, JOB, JOB, "UPDATE_IN_PROGRESS", None);
    job.event(2, JOB, "EnvControllerAction", "UPDATE_IN_PROGRESS", None);
    job.event(2, JOB, "AddonsStack", "UPDATE_IN_PROGRESS", None);
    let shared = [("Cluster", "An ECS cluster to group your services"), ("Vpc", "A VPC")];
    job.views.start(&tree(ENVIRONMENT, SHARED, &shared, Some((JOB, "EnvControllerAction"))));
    let bucket = [("Bucket", "A bucket for the reports")];
    job.views.start(&tree(ADDONS, "The job's addons", &bucket, Some((JOB, "AddonsStack"))));
    let nested = [("Table", "A table")];
    job.views.start(&tree("deepest", "Inside of the addons", &nested, Some((ADDONS, "Inner"))));
    assert_eq!(job.event(3, ENVIRONMENT, ENVIRONMENT, "UPDATE_IN_PROGRESS", None), None, "its row says so");
    let change = job.event(4, ENVIRONMENT, "Cluster", "UPDATE_IN_PROGRESS", None);
    assert_eq!(
        change.unwrap(),
        "Update your environment's shared resources: An ECS cluster to group your services [update in progress]"
    );
    job.event(3, ADDONS, ADDONS, "UPDATE_IN_PROGRESS", None);
    job.event(5, ADDONS, "Bucket", "CREATE_FAILED", Some("reports already exists"));
    let change = job.event(6, "deepest", "Table", "CREATE_IN_PROGRESS", None);
    assert_eq!(change.unwrap(), "deepest: A table [create in progress]");
    insta::assert_snapshot!(job.screen(30, 120, 40), @"
    - Updating the infrastructure for stack demo-test-report                   [update in progress]  [3.0s]
      - Update your environment's shared resources                             [update in progress]  [2.8s]
        - An ECS cluster to group your services                                [update in progress]  [2.6s]
      - An Addons CloudFormation Stack for your additional AWS resources       [update in progress]  [2.8s]
        - The job's addons                                                     [update in progress]  [2.7s]
          - A bucket for the reports                                           [create failed]       [0.0s]
            reports already exists
          - Inside of the addons                                               [not started]
            - A table                                                          [create in progress]  [2.4s]
      - A state machine to invoke your job and handle retry and timeout logic  [not started]
      - An ECS task definition to group your containers and run them on ECS    [not started]
    ");
    assert!(
        job.views.finish(ADDONS, job.at(31), 120, Paint(false)).is_empty(),
        "it ends with the job's stack"
    );
    let kept = job.views.finish(JOB, job.at(31), 120, Paint(false));
    assert_eq!(kept.len(), 11, "{kept:#?}");
    assert_eq!(job.screen(31, 120, 40), "");
}

#[test]
fn several_stacks_are_followed_at_once() {
    let one = tree("one", "Creating one", &[("A", "The A")], None);
    let two = tree("two", "Creating two", &[("A", "The other A")], None);
    let lost = tree("lost", "Creating lost", &[], Some(("nobody", "A")));
    let mut both = Followed::new(&[one, two, lost]);
    let change = both.event(0, "two", "A", "CREATE_IN_PROGRESS", None);
    assert_eq!(change.unwrap(), "two: The other A [create in progress]");
    insta::assert_snapshot!(both.screen(10, 80, 40), @"
    - Creating one      [not started]
      - The A           [not started]
    - Creating two      [not started]
      - The other A     [create in progress]  [1.0s]
    - Creating lost     [not started]
    ");
    assert_eq!(both.views.finish("one", both.at(10), 80, Paint(false)).len(), 2);
    assert!(both.screen(10, 80, 40).starts_with("- Creating two"));
}

fn large() -> Followed {
    let resources: Vec<(String, String)> =
        (0..200).map(|n| (format!("R{n}"), format!("Resource number {n}"))).collect();
    let resources: Vec<(&str, &str)> =
        resources.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    Followed::new(&[tree(JOB, "Creating everything", &resources, None)])
}

#[test]
fn a_low_terminal_shows_what_matters() {
    let mut job = large();
    job.event(0, JOB, JOB, "CREATE_IN_PROGRESS", None);
    for n in 0..100 {
        job.event(1, JOB, &format!("R{n}"), "CREATE_IN_PROGRESS", None);
        job.event(2, JOB, &format!("R{n}"), "CREATE_COMPLETE", None);
    }
    job.event(3, JOB, "R120", "CREATE_IN_PROGRESS", None);
    job.event(3, JOB, "R150", "CREATE_IN_PROGRESS", None);
    let reason = "Resource handler returned message: \"the bucket is not there\" (RequestToken: 1)";
    job.event(4, JOB, "R150", "CREATE_FAILED", Some(reason));
    insta::assert_snapshot!(job.screen(10, 80, 8), @r#"
    - Creating everything    [create in progress]  [1.0s]
      - Resource number 0    [create complete]     [0.1s]
      - Resource number 1    [create complete]     [0.1s]
      - Resource number 120  [create in progress]  [0.7s]
      - Resource number 150  [create failed]       [0.1s]
        Resource handler returned message: "the bucket is not there" (RequestToken:
        1)
      … 196 more: 98 complete, 98 not started
    "#);
    for height in 0..12 {
        job.screen(10, 80, height);
        job.screen(10, 20, height);
    }
    let kept = job.views.finish(JOB, job.at(10), 80, Paint(false));
    assert_eq!(kept.len(), 203, "everything stays");
}

#[test]
fn a_narrow_terminal_gets_marks() {
    let mut job = Followed::new(&[job()]);
    job.event(0, JOB, JOB, "UPDATE_IN_PROGRESS", None);
    job.event(1, JOB, "AddonsStack", "UPDATE_COMPLETE", None);
    job.event(2, JOB, "StateMachine", "UPDATE_IN_PROGRESS", None);
    job.event(3, JOB, "EnvControllerAction", "UPDATE_FAILED", Some("the function 日本語 failed"));
    insta::assert_snapshot!(job.screen(500, 30, 40), @"
    > Updating the infras… [50.0s]
      [update in progress]
     ✘ Update your environ… [0.0s]
        the function 日本語 failed
     ✔ An Addons CloudForm… [0.0s]
     > A state machine to… [49.8s]
     - An ECS task definition to …
    ");
    insta::assert_snapshot!(job.screen(500, 20, 40), @"
    > Updating … [50.0s]
      [update in progre…
     ✘ Update yo… [0.0s]
        the function
        日本語 failed
     ✔ An Addons… [0.0s]
     > A state … [49.8s]
     - An ECS task defi…
    ");
    for width in 0..70 {
        job.views.lines(job.at(500), width, 40, Paint(true));
    }
}

#[test]
fn a_long_status_leaves_room_for_descriptions() {
    let mut job = Followed::new(&[job()]);
    job.event(0, JOB, JOB, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None);
    insta::assert_snapshot!(job.screen(12, 72, 40), @"
    - Updating the …  [update rollback complete cleanup in progress]  [1.2s]
      - Update your environment's shared resour…  [not started]
      - An Addons CloudFormation Stack for your…  [not started]
      - A state machine to invoke your job and …  [not started]
      - An ECS task definition to group your co…  [not started]
    ");
}

#[test]
fn times_are_those_of_the_events() {
    let mut job = Followed::new(&[tree(JOB, "Updating", &[("A", "The A"), ("B", "The B")], None)]);
    job.event(0, JOB, JOB, "UPDATE_IN_PROGRESS", None);
    // Seen 40 seconds late, all at once.
    let start = job.start;
    job.start -= Duration::from_secs(40);
    job.event(10, JOB, "A", "UPDATE_IN_PROGRESS", None);
    job.event(35, JOB, "A", "UPDATE_COMPLETE", None);
    job.event(50, JOB, "B", "UPDATE_IN_PROGRESS", None);
    job.start = start;
    insta::assert_snapshot!(job.screen(80, 80, 40), @"
    - Updating          [update in progress]  [13.0s]
      - The A           [update complete]     [2.5s]
      - The B           [update in progress]  [8.0s]
    ");
}

/// What a large stack costs: the figure is in BENCHMARKS.md. The limit is a tenth of a core with a debug
/// build's overhead in it, so that only a wrong order of growth breaks it.
#[test]
fn a_large_stack_is_cheap_to_follow() {
    let mut job = large();
    let started = Instant::now();
    for n in 0_u64..2000 {
        let status = if n / 200 % 2 == 0 { "UPDATE_IN_PROGRESS" } else { "UPDATE_COMPLETE" };
        job.event(n / 10, JOB, &format!("R{}", n % 200), status, None);
    }
    let events = started.elapsed();
    let started = Instant::now();
    let redraws = 100;
    for n in 0..redraws {
        job.views.lines(job.at(200 + n), 120, 50, Paint(true));
    }
    let redraw = started.elapsed() / u32::try_from(redraws).unwrap();
    println!("2,000 events: {events:?}; one redraw of 200 resources: {redraw:?}");
    assert!(redraw < Duration::from_millis(50), "{redraw:?} of every 100 ms");
}

#[test]
fn a_stack_that_is_told_of_again_gains_rows_and_keeps_its_state() {
    let below = Some((JOB, "EnvControllerAction"));
    let mut followed = Followed::new(&[job(), tree(ENVIRONMENT, SHARED, &[], below)]);
    followed.event(0, JOB, "EnvControllerAction", "UPDATE_IN_PROGRESS", None);
    followed.event(5, ENVIRONMENT, "NatGateway1", "CREATE_IN_PROGRESS", None);
    followed.views.start(&tree(ENVIRONMENT, SHARED, &[("NatGateway1", "NAT for private subnets")], below));
    let change = followed.event(9, ENVIRONMENT, "NatGateway1", "CREATE_COMPLETE", None);
    assert_eq!(change.unwrap(), format!("{SHARED}: NAT for private subnets [create complete]"));
    let screen = followed.screen(20, 110, 40);
    assert_eq!(screen.matches("NAT for private subnets").count(), 1, "{screen}");
    assert!(screen.contains("[0.4s]"), "{screen}");
}
