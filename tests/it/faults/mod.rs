//! Fault injection: what a deployment does when single calls fail, when it is killed, and when others deploy at the same
//! time. The tests that are ignored here take minutes: `make faults` runs them and prints their tables.

mod hints;
mod kills;
mod matrix;
mod outside_text;
mod races;

use std::time::{Duration, Instant};

use crate::local_aws::{Call, Rule};
use crate::support::{LOCATION, Workspace, World};

/// A kind of deployment.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub name: &'static str,
    /// A world in which only the deployment is left to do.
    pub world: fn() -> World,
}

const TABLE: &str = "Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
Outputs:
  TableName: {Value: !Ref Table}
";

fn workspace() -> Workspace {
    let workspace = Workspace::new(&format!("{LOCATION}env_file: job.env\n"));
    workspace.file("job.env", "LEVEL=debug\n");
    workspace.file("copilot/report-gen/addons/table.yml", TABLE);
    workspace
}

/// The first deployment of a job with addons and an environment file.
pub(crate) const CREATE: Scenario = Scenario { name: "create", world: || World::new(workspace()) };

/// The second one, of a changed manifest and changed addons.
pub(crate) const UPDATE: Scenario = Scenario {
    name: "update",
    world: || {
        let world = World::new(workspace());
        world.deploy(&[]).succeeds();
        world.workspace.manifest(&format!("{LOCATION}env_file: job.env\nvariables:\n  LOG_LEVEL: debug\n"));
        world.workspace.file("job.env", "LEVEL=info\n");
        let more = format!("{TABLE}  TableAlias: {{Value: reports}}\n");
        world.workspace.file("copilot/report-gen/addons/table.yml", &more);
        world
    },
};

/// One call of a deployment, named so that it is found in another account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// `service:Operation`
    pub operation: String,
    /// What it is about, or how that begins, with `{account}` and `{bucket}` for what differs between worlds.
    pub about: String,
    /// `about` is only the beginning: random or hashed text follows.
    pub cut: bool,
    /// How many calls of this kind come before it.
    pub nth: u32,
}

fn bucket(world: &World) -> &str {
    &world.app.regions.values().next().unwrap().bucket
}

impl Point {
    fn of(call: &Call, world: &World) -> Self {
        let resource =
            call.resource.replace(bucket(world), "{bucket}").replace(world.account.id(), "{account}");
        let end = hash_at(&resource);
        let about = resource[..end.unwrap_or(resource.len())].to_owned();
        Self { operation: call.name(), about, cut: end.is_some(), nth: 0 }
    }

    /// The rule that strikes this call, and those after it as far as the rule is not limited.
    pub(crate) fn strike(&self, rule: Rule, world: &World) -> Rule {
        let about = self.about.replace("{bucket}", bucket(world)).replace("{account}", world.account.id());
        let rule = if self.cut { rule.about(&about) } else { rule.only(&about) };
        rule.of_program().after(self.nth)
    }
}

/// Where a run of hexadecimal digits begins that is long enough to be an id or a hash.
fn hash_at(text: &str) -> Option<usize> {
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_ascii_hexdigit() && !c.is_ascii_uppercase(), start) {
            (true, None) => start = Some(at),
            (true, Some(begun)) if at - begun >= 7 => return start,
            (true, _) => {}
            (false, _) => start = None,
        }
    }
    None
}

/// Every call of a scenario's deployment in the order in which they began; of repeated looks the first.
pub(crate) fn points(scenario: Scenario) -> Vec<Point> {
    let world = (scenario.world)();
    let before = Instant::now();
    world.deploy(&[]).succeeds();
    let mut points: Vec<Point> = Vec::new();
    for call in world.account.calls_since(before).of_program().0 {
        let mut point = Point::of(&call, &world);
        let same = points.iter().filter(|p| p.operation == point.operation && p.about == point.about);
        point.nth = u32::try_from(same.count()).unwrap();
        let repeated = ["DescribeStackEvents", "DescribeChangeSet"].contains(&call.operation.as_str());
        if point.nth == 0 || !repeated {
            points.push(point);
        }
    }
    points
}

/// Waits until nothing goes on in the account's stacks and stack sets: what a killed command began goes on without it.
pub(crate) fn settle(world: &World) {
    let patience = Instant::now() + Duration::from_secs(60);
    let busy = |stacks: &String| {
        stacks.split("<StackStatus>").skip(1).any(|rest| {
            let status = rest.split('<').next().unwrap_or_default();
            status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"
        })
    };
    while world.cloudformation("DescribeStacks", &[]).is_some_and(|stacks| busy(&stacks)) {
        assert!(Instant::now() < patience, "{:?}", world.cloudformation("DescribeStacks", &[]));
        std::thread::sleep(Duration::from_millis(20));
    }
}
