//! The local AWS makes real stacks from the old tool's templates of environments and applications: creates, updates with
//! every feature on and off again, and deletes them, with nothing left behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::local_aws::output;
use crate::stacks::{Stacks, function};

/// A function for every custom resource: it reports success, and itself as the resource's id.
const STUB: &str = r"
const handler = async (event) => {
  const body = JSON.stringify({Status: 'SUCCESS', RequestId: event.RequestId, StackId: event.StackId,
    LogicalResourceId: event.LogicalResourceId, PhysicalResourceId: `arn:aws:acm:us-west-2:0:certificate/${event.LogicalResourceId}`,
    Data: {UniqueValues: ['a', 'b'], ReplicatedCertArn: 'arn:aws:acm:us-east-1:0:certificate/replica', DNSName: 'x', HostedZoneID: 'Z'}});
  await fetch(event.ResponseURL, {method: 'PUT', body, headers: {'content-length': Buffer.byteLength(body)}});
};
module.exports = new Proxy({}, {get: () => handler});
";

/// What an environment may lean on that is not its own.
const SURROUNDINGS: &str = "Resources:
  VPC: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.1.0.0/16, EnableDnsSupport: true, EnableDnsHostnames: true}}
  PublicA: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref VPC, CidrBlock: 10.1.0.0/24, AvailabilityZone: us-west-2a}}
  PublicB: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref VPC, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-west-2b}}
  PrivateA: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref VPC, CidrBlock: 10.1.2.0/24, AvailabilityZone: us-west-2a}}
  PrivateB: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref VPC, CidrBlock: 10.1.3.0/24, AvailabilityZone: us-west-2b}}
Outputs:
  vpc-0123456789abcdef0: {Value: !Ref VPC}
  subnet-0a11: {Value: !Ref PublicA}
  subnet-0a22: {Value: !Ref PublicB}
  subnet-0b11: {Value: !Ref PrivateA}
  subnet-0b22: {Value: !Ref PrivateB}
";

/// Environments that differ in what they consist of. `COPILOT_CONFORMANCE_CASE` takes others, by a part of the path; empty,
/// all of them.
const CASES: [&str; 8] = [
    "access-logs",
    "addons-parameters",
    "adjusted-3az-unsorted",
    "default",
    "domain-cdn",
    "flow-logs",
    "imported-vpc",
    "public-certificates",
];

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn parameters(path: &Path) -> BTreeMap<String, String> {
    serde_json::from_value(read(path)["Parameters"].clone()).unwrap()
}

/// The case's template in this account, with the functions' code where it says.
async fn environment(stacks: &Stacks, case: &Path, names: &BTreeMap<String, String>) -> String {
    let inputs = read(&case.join("inputs.json"));
    for place in inputs["custom_resources"].as_object().unwrap().values() {
        stacks.upload(place["key"].as_str().unwrap(), function(STUB)).await;
    }
    if let Some((_, key)) = inputs["addons_template_url"].as_str().unwrap().split_once(".com/") {
        let addons = std::fs::read(case.join("addons.json")).unwrap();
        stacks.upload(key, addons).await;
    }
    let mut text = read(&case.join("template.json")).to_string();
    text = text.replace(inputs["artifact_bucket"].as_str().unwrap(), &stacks.bucket);
    for (name, value) in names {
        text = text.replace(name, value);
    }
    text.replace("123456789012", stacks.account.id())
}

async fn run_case(case: PathBuf) {
    let stacks = Stacks::new().await;
    let around = stacks.deploy("around", SURROUNDINGS, &BTreeMap::new()).await;
    let names = ["vpc-0123456789abcdef0", "subnet-0a11", "subnet-0a22", "subnet-0b11", "subnet-0b22"];
    let names = names.into_iter().map(|name| (name.to_owned(), output(&around, name).unwrap())).collect();
    let group = case.parent().unwrap().parent().unwrap();
    let bootstrap = read(&group.join("env-bootstrap/plain/template.json")).to_string();
    let mut values = parameters(&group.join("env-bootstrap/plain/params.json"));
    let stack = read(&case.join("inputs.json"))["stack_name"].as_str().unwrap().to_owned();
    stacks.deploy(&stack, &bootstrap, &values).await;
    let template = environment(&stacks, &case, &names).await;
    values = parameters(&case.join("params.json"));
    stacks.deploy(&stack, &template, &values).await;

    let features =
        ["ALBWorkloads", "InternalALBWorkloads", "EFSWorkloads", "NATWorkloads", "AppRunnerPrivateWorkloads"];
    let mut on = values.clone();
    on.extend(features.iter().map(|name| ((*name).to_owned(), "api".to_owned())));
    stacks.deploy(&stack, &template, &on).await;
    values.extend(features.iter().map(|name| ((*name).to_owned(), String::new())));
    stacks.deploy(&stack, &template, &values).await;
    stacks.delete(&stack).await;
    stacks.delete("around").await;
    let emulator = stacks.account.emulator();
    for (action, kind) in [
        ("DescribeAddresses", "<publicIp>"),
        ("DescribeNatGateways", "<state>available"),
        ("DescribeFlowLogs", "fl-"),
    ] {
        let left = emulator.query("ec2", action, &[]).await.unwrap();
        assert!(!left.contains(kind), "{left}");
    }
}

fn cases(group: &str) -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("COPILOT_CONFORMANCE_DIR") else { return Vec::new() };
    let only = std::env::var("COPILOT_CONFORMANCE_CASE").ok();
    let chosen = |path: &Path| match &only {
        Some(part) => path.to_string_lossy().contains(part),
        None => group != "env" || CASES.iter().any(|name| path.ends_with(name)),
    };
    let mut cases: Vec<_> = std::fs::read_dir(Path::new(&root).join(group))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("template.json").exists() && chosen(path))
        .collect();
    cases.sort();
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_of_the_old_tool_become_stacks() {
    let mut failed = Vec::new();
    for case in cases("env") {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let start = std::time::Instant::now();
        if tokio::spawn(run_case(case)).await.is_err() {
            failed.push(name.clone());
        }
        println!("{name}: {:.1?}", start.elapsed());
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_of_the_old_tool_become_stacks() {
    for group in ["app-roles", "app-stackset"] {
        for case in cases(group) {
            let stacks = Stacks::new().await;
            let zone = "Resources: {Zone: {Type: 'AWS::Route53::HostedZone', Properties: {Name: example.com}}}\n\
                        Outputs: {Zone: {Value: !Ref Zone}}";
            let zone = output(&stacks.deploy("around", zone, &BTreeMap::new()).await, "Zone").unwrap();
            let text =
                read(&case.join("template.json")).to_string().replace("123456789012", stacks.account.id());
            let path = case.join("params.json");
            let mut values = if path.exists() { parameters(&path) } else { BTreeMap::new() };
            if let Some(id) = values.get_mut("AppDomainHostedZoneID").filter(|id| !id.is_empty()) {
                *id = zone;
            }
            println!("{}", case.display());
            stacks.deploy("app", &text, &values).await;
            stacks.delete("app").await;
        }
    }
}
