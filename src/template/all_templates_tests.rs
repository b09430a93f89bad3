//! What holds for every template of the program.

use std::path::Path;

use super::app::roles::Domain;
use super::app::stack_set::{Config, Workload};
use super::app::{names, roles, stack_set};
use super::cfn::artifacts::{S3Object, object_arn, object_url};
use super::env::testing::{distributed, distributed_with_certificates, imported};
use super::job::tests::{containers, everyday, file_systems, topics_in_china};
use super::{env, job};
use crate::yaml;

const REGION: &str = "cn-northwest-1";
const ACCOUNT: &str = "123456789012";

/// Every template, of an application in this region and under this boundary: its name, its text, and what the user or the
/// account gave for it.
fn all(region: &str, boundary: &str) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    let inputs = roles::Inputs {
        app: "shop".to_owned(),
        account_id: ACCOUNT.to_owned(),
        delegated_accounts: vec!["000000000042".to_owned()],
        domain: Some(Domain { name: "example.com".to_owned(), hosted_zone_id: "Z1".to_owned() }),
        permissions_boundary: Some(boundary.to_owned()),
        template_version: "v1".to_owned(),
    };
    all.push(("roles".to_owned(), roles::render(&inputs).to_yaml(), String::new()));
    let mut config = Config::default();
    config.accounts = vec!["000000000042".to_owned()];
    config.workloads = vec![Workload::new("report-gen", true)];
    all.push(("stack set".to_owned(), stack_set::render("shop", &config, "v1").to_yaml(), String::new()));
    for (name, (environment, mut inputs)) in [
        ("imported", imported()),
        ("distributed", distributed()),
        ("distributed with certificates", distributed_with_certificates()),
    ] {
        inputs.basics.region = region.to_owned();
        inputs.basics.permissions_boundary = Some(boundary.to_owned());
        let given = format!("{environment:?} {inputs:?}");
        let text = env::render(&environment, &inputs).unwrap().to_yaml();
        all.push((format!("environment, {name}"), text, given.clone()));
        all.push((format!("bootstrap, {name}"), env::bootstrap::render(&inputs.basics).to_yaml(), given));
    }
    for (job, mut inputs) in [everyday(), containers(), file_systems(), topics_in_china()] {
        inputs.region = region.to_owned();
        inputs.permissions_boundary = Some(boundary.to_owned());
        let given = format!("{job:?} {inputs:?}");
        all.push((format!("job {}", job.name), job::render(&job, &inputs).unwrap().to_yaml(), given));
    }
    all
}

/// A template that is added to the program has to be added here.
#[test]
fn no_template_is_forgotten() {
    fn count(dir: &Path) -> usize {
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        entries
            .map(|path| match path.is_dir() {
                true => count(&path),
                false => std::fs::read_to_string(&path)
                    .unwrap()
                    .lines()
                    .filter(|line| line.starts_with("pub fn render("))
                    .count(),
            })
            .sum()
    }
    assert_eq!(count(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/template")), 5);
}

#[test]
fn every_role_has_the_boundary() {
    let mut seen = 0;
    for (name, text, _) in all("us-west-2", "Limits") {
        let body = yaml::load(&text).unwrap().unwrap();
        for (_, id, resource) in super::cfn::section::entries(&body, "Resources") {
            if resource.get("Type").and_then(yaml::Node::as_text) != Some("AWS::IAM::Role") {
                continue;
            }
            seen += 1;
            let boundary =
                resource.get("Properties").and_then(|properties| properties.get("PermissionsBoundary"));
            let text = boundary.map(yaml::emit).unwrap_or_default();
            assert!(text.contains(":policy/Limits"), "{name}: {id}: {text}");
        }
    }
    assert!(seen > 20, "{seen} roles");
}

/// ARNs with another partition are refused in the China regions. Names of services (`ecs-tasks.amazonaws.com`) are the same
/// there; addresses are not.
#[test]
fn no_arn_is_of_another_partition() {
    for (name, text, given) in all(REGION, "Limits") {
        for line in text.lines() {
            for (start, _) in line.match_indices("arn:aws:") {
                let rest = &line[start..];
                let end = rest.find([' ', '"', '\'', ',', '}', ']']).unwrap_or(rest.len());
                assert!(given.contains(&rest[..end]), "{name}: {line}");
            }
            let is_address = [".s3.", "s3-", ".dkr.ecr."].iter().any(|part| line.contains(part));
            if is_address && line.contains("amazonaws.com") && !line.contains("amazonaws.com.cn") {
                let address = line
                    .split(['\'', '"', ' ', '/'])
                    .find(|word| word.contains("amazonaws.com"))
                    .unwrap_or_default();
                assert!(given.contains(address), "{name}: {line}");
            }
        }
    }
    let object = S3Object { bucket: "artifacts".to_owned(), key: "a/b.yml".to_owned() };
    insta::assert_snapshot!(
        [
            object_url(REGION, &object),
            object_arn(REGION, &object),
            names::role_arn(REGION, ACCOUNT, &names::admin_role("shop")),
            names::policy_arn(REGION, ACCOUNT, "Limits"),
        ]
        .join("\n"),
        @"
    https://artifacts.s3.cn-northwest-1.amazonaws.com.cn/a/b.yml
    arn:aws-cn:s3:::artifacts/a/b.yml
    arn:aws-cn:iam::123456789012:role/shop-adminrole
    arn:aws-cn:iam::123456789012:policy/Limits
    "
    );
}
