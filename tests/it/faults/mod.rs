//! Fault injection: what a deployment does when single calls fail, when it is killed, and when others deploy at the same
//! time. The tests that are ignored here take minutes: `make faults` runs them and prints their tables.

mod hints;
mod kills;
mod matrix;
mod outside_text;
mod races;
mod secrets;

use std::time::{Duration, Instant};

use crate::local_aws::{Call, Rule};
use crate::support::environments::ENV_STACK;
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World};
use crate::{app_upgrade, deletion, env_init, job_init, job_run};

/// A command that changes something.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub name: &'static str,
    /// A world in which only this is left to do.
    pub world: fn() -> World,
    pub command: &'static [&'static str],
    /// The stack that it is about.
    pub stack: &'static str,
    /// The stack is there in the end.
    pub stays: bool,
    /// What is said in the end.
    pub success: &'static str,
}

impl Scenario {
    fn run(&self, world: &World) -> Run {
        world.run(self.command)
    }
}

const JOB_DEPLOY: Scenario = Scenario {
    name: "",
    world: World::empty,
    command: &["job", "deploy", "--name", JOB, "--env", ENV],
    stack: STACK,
    stays: true,
    success: "✔ Deployed report-gen.",
};

const ROLES: &str = "demo-infrastructure-roles";

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
pub(crate) const CREATE: Scenario =
    Scenario { name: "job deploy, create", world: || World::new(workspace()), ..JOB_DEPLOY };

/// The second one, of a changed manifest and changed addons.
pub(crate) const UPDATE: Scenario = Scenario {
    name: "job deploy, update",
    world: || {
        let world = World::new(workspace());
        world.deploy(&[]).succeeds();
        world.workspace.manifest(&format!("{LOCATION}env_file: job.env\nvariables:\n  LOG_LEVEL: debug\n"));
        world.workspace.file("job.env", "LEVEL=info\n");
        let more = format!("{TABLE}  TableAlias: {{Value: reports}}\n");
        world.workspace.file("copilot/report-gen/addons/table.yml", &more);
        world
    },
    ..JOB_DEPLOY
};

/// Everything from an empty account to a registered job, and back.
pub(crate) const SETUPS: [Scenario; 9] = [
    Scenario {
        name: "app init",
        world: World::empty,
        command: &["app", "init", "demo"],
        stack: ROLES,
        stays: true,
        success: "✔ Application demo is set up.",
    },
    Scenario {
        name: "app upgrade",
        world: app_upgrade::old_application,
        command: &["app", "upgrade", "--name", "demo"],
        stack: ROLES,
        stays: true,
        success: "✔ Upgraded application demo from v1.20.0 to",
    },
    Scenario {
        name: "env init",
        world: env_init::demo,
        command: &["env", "init", "--name", ENV, "--default-config"],
        stack: ENV_STACK,
        stays: true,
        success: "✔ Environment test of application demo is set up",
    },
    Scenario {
        name: "env deploy",
        world: World::after_env_init,
        command: &["env", "deploy", "--name", ENV],
        stack: ENV_STACK,
        stays: true,
        success: "✔ Deployed environment test.",
    },
    Scenario {
        name: "job init",
        world: job_init::world,
        command: &["job", "init", "--name", "mailer", "--image", "a", "--schedule", "@daily"],
        stack: ENV_STACK,
        stays: true,
        success: "✔ Job mailer is set up.",
    },
    Scenario {
        name: "job run",
        world: || job_run::telling("", &[job_run::short(), job_run::short()]),
        command: &["job", "run", "--name", JOB, "--env", ENV, "--wait", "--no-logs"],
        stack: STACK,
        stays: true,
        success: " succeeded",
    },
    Scenario {
        name: "job stop",
        world: job_run::under_way,
        command: &["job", "stop", "--name", JOB, "--env", ENV],
        stack: STACK,
        stays: true,
        success: "✔ Stopped run first of job report-gen.",
    },
    Scenario {
        name: "env delete",
        world: deletion::small,
        command: &["env", "delete", "--name", ENV, "--app", "demo", "--yes"],
        stack: ENV_STACK,
        stays: false,
        success: "✔ Deleted environment test of application demo.",
    },
    Scenario {
        name: "app delete",
        world: deletion::small,
        command: &["app", "delete", "--name", "demo", "--yes"],
        stack: ROLES,
        stays: false,
        success: "✔ Deleted application demo.",
    },
];

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

/// The artifact bucket; no text in which anything stands where there is none yet.
fn bucket(world: &World) -> &str {
    world.app.regions.values().next().map_or("no bucket yet", |region| &region.bucket)
}

impl Point {
    fn of(call: &Call, world: &World) -> Self {
        let resource =
            call.resource.replace(bucket(world), "{bucket}").replace(world.account.id(), "{account}");
        let end = hash_at(&resource);
        let about = resource[..end.unwrap_or(resource.len())].to_owned();
        Self { operation: call.name(), about, cut: end.is_some(), nth: 0 }
    }

    /// What it is about in this world, or how that begins.
    fn subject(&self, world: &World) -> String {
        self.about.replace("{bucket}", bucket(world)).replace("{account}", world.account.id())
    }

    /// What IAM calls the operation, where it has another name for it.
    fn permission(&self) -> &str {
        match self.operation.as_str() {
            "s3:ListObjectVersions" => "s3:ListBucketVersions",
            "s3:DeleteObjects" => "s3:DeleteObjectVersion",
            "tagging:GetResources" => "tag:GetResources",
            operation => operation,
        }
    }

    /// The rule that strikes this call, and those after it as far as the rule is not limited.
    pub(crate) fn strike(&self, rule: Rule, world: &World) -> Rule {
        let about = self.subject(world);
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
    scenario.run(&world).succeeds();
    let mut points: Vec<Point> = Vec::new();
    for call in world.account.calls_since(before).of_program().0 {
        let mut point = Point::of(&call, &world);
        let same = points.iter().filter(|p| p.operation == point.operation && p.about == point.about);
        point.nth = u32::try_from(same.count()).unwrap();
        let repeated = [
            "DescribeStackEvents",
            "DescribeChangeSet",
            "DescribeStackSetOperation",
            "GetExecutionHistory",
            "DescribeTasks",
        ]
        .contains(&call.operation.as_str());
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
