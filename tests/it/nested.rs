//! Stacks behind resources: a nested stack, and the environment's stack behind the env-controller.

use std::time::Duration;

use crate::local_aws::{Event, Script};
use crate::support::{LOCATION, STACK, Workspace, World, stable};

const ADDONS: &str = "demo-test-report-gen-AddonsStack-1ABC";

fn script(millis: u64, events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(millis) }
}

fn table(status: &str, reason: &str) -> Event {
    Event::resource("Table", "AWS::DynamoDB::Table", status, reason)
}

#[test]
fn what_failed_in_a_nested_stack_is_the_cause() {
    // Slowly enough to be followed, and at once: then all of the nested stack seems to come behind the rest.
    for (millis, snapshot) in [(400, "a_nested_stack_that_fails_slowly"), (0, "a_nested_stack_that_fails")] {
        let world = World::new(Workspace::new(LOCATION));
        let embedded = "Embedded stack was not successfully created: The following resource(s) failed to create: [Table].";
        world.account.tell(
            ADDONS,
            script(
                millis,
                vec![
                    Event::stack("CREATE_IN_PROGRESS", ""),
                    table("CREATE_IN_PROGRESS", ""),
                    table("CREATE_FAILED", "One or more parameter values were invalid"),
                    Event::resource(
                        "Bucket",
                        "AWS::S3::Bucket",
                        "CREATE_FAILED",
                        "Resource creation cancelled",
                    ),
                    Event::stack("CREATE_FAILED", "The following resource(s) failed to create: [Table]."),
                ],
            ),
            None,
        );
        world.account.script(
            STACK,
            script(
                millis,
                vec![
                    Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
                    Event::nested("AddonsStack", ADDONS, "CREATE_IN_PROGRESS", "Resource creation Initiated"),
                    Event::resource("TaskRole", "AWS::IAM::Role", "CREATE_COMPLETE", ""),
                    Event::resource("LogGroup", "AWS::Logs::LogGroup", "CREATE_COMPLETE", ""),
                    Event::resource("Rule", "AWS::Events::Rule", "CREATE_IN_PROGRESS", ""),
                    Event::resource("RuleRole", "AWS::IAM::Role", "CREATE_IN_PROGRESS", ""),
                    Event::resource("RuleRole", "AWS::IAM::Role", "CREATE_COMPLETE", ""),
                    Event::resource("ExecutionRole", "AWS::IAM::Role", "CREATE_IN_PROGRESS", ""),
                    Event::resource("ExecutionRole", "AWS::IAM::Role", "CREATE_COMPLETE", ""),
                    Event::nested("AddonsStack", ADDONS, "CREATE_FAILED", embedded),
                    Event::stack(
                        "ROLLBACK_IN_PROGRESS",
                        "The following resource(s) failed to create: [AddonsStack].",
                    ),
                    Event::stack("ROLLBACK_COMPLETE", ""),
                ],
            ),
        );
        let said = world.deploy(&[]).ends_with(1);
        let end: String = said.split_inclusive('\n').skip_while(|line| !line.starts_with('✘')).collect();
        insta::assert_snapshot!(snapshot, stable(&end, &world));
    }
}

#[test]
fn a_stack_that_only_waits_for_another_is_hardly_looked_at() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    let template = "Resources:\n  Nat:\n    Type: AWS::EC2::NatGateway\n    Metadata:\n      'aws:copilot:description': NAT\n";
    let nat = |status| Event::resource("Nat", "AWS::EC2::NatGateway", status, "");
    world.account.tell(
        "demo-test",
        script(
            900,
            vec![
                Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
                nat("CREATE_IN_PROGRESS"),
                nat("CREATE_IN_PROGRESS"),
                nat("CREATE_IN_PROGRESS"),
                nat("CREATE_COMPLETE"),
                Event::stack("UPDATE_COMPLETE", ""),
            ],
        ),
        Some(template),
    );
    let action = |status| Event::resource("EnvControllerAction", "Custom::EnvControllerFunction", status, "");
    let mut events = vec![Event::stack("UPDATE_IN_PROGRESS", "User Initiated"), action("UPDATE_IN_PROGRESS")];
    events.extend([action("UPDATE_COMPLETE"), Event::stack("UPDATE_COMPLETE", "")]);
    world.account.script(STACK, script(2_500, events));
    let before = std::time::Instant::now();
    world.deploy(&[]).succeeds();
    let polls = world.account.calls_since(before).filter(|call| call.operation == "DescribeStackEvents");
    let about = |name: &str| {
        let is = |resource: &str| resource == name || resource.contains(&format!(":stack/{name}/"));
        polls.0.iter().filter(|call| is(&call.resource)).count()
    };
    let (own, environment) = (about(STACK), about("demo-test"));
    assert!(environment >= 5, "{environment}: {:?}", polls.names());
    assert!(own + 3 <= environment + 8, "{own} looks at the job's stack, {environment} at the environment's");
}

#[test]
fn what_failed_in_the_environment_is_the_cause() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.tell(
        "demo-test",
        script(
            100,
            vec![
                Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
                Event::resource(
                    "NatGateway1",
                    "AWS::EC2::NatGateway",
                    "CREATE_FAILED",
                    "Elastic IP limit reached",
                ),
                Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", ""),
                Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
            ],
        ),
        None,
    );
    let action = |status, reason| {
        Event::resource("EnvControllerAction", "Custom::EnvControllerFunction", status, reason)
    };
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        action("UPDATE_IN_PROGRESS", ""),
        action("UPDATE_FAILED", "Received response status [FAILED] from custom resource"),
        Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", ""),
        Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    world.account.script(STACK, script(600, events));
    // Lines about the two stacks come in any order.
    let said = world.deploy(&[]).ends_with(1);
    let end = said.split_at(said.find('✘').unwrap()).1;
    insta::assert_snapshot!(stable(end, &world), @"
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen ended as UPDATE_ROLLBACK_COMPLETE: NatGateway1 (AWS::EC2::NatGateway) of stack demo-test (behind EnvControllerAction) is CREATE_FAILED: Elastic IP limit reached
      | EnvControllerAction (Custom::EnvControllerFunction) is UPDATE_FAILED: Received response status [FAILED] from custom resource
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test%2FUUID
    ");
}

#[test]
fn a_nested_stack_that_cannot_be_read_does_not_matter() {
    let world = World::new(Workspace::new(LOCATION));
    let events = vec![
        Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
        Event::nested("AddonsStack", "nobody-knows", "CREATE_IN_PROGRESS", ""),
        Event::nested("AddonsStack", "nobody-knows", "CREATE_COMPLETE", ""),
        Event::stack("CREATE_COMPLETE", ""),
    ];
    world.account.script(STACK, script(1_500, events));
    world.deploy(&[]).succeeds();
    let looks = world.account.calls().filter(|call| call.resource.contains("nobody-knows"));
    assert!(looks.count("cloudformation:DescribeStackEvents") == 1, "{:?}", looks.names());
}
