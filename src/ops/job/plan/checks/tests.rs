use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::ops::port::RegionalResources;
use crate::stack::port::Stack;
use crate::store::{Application, Environment};
use crate::workspace::Workspace;
use crate::{manifest, stack};

fn request() -> Request {
    Request {
        workspace: Workspace { copilot_dir: PathBuf::from("copilot") },
        limits: crate::ops::limits::Limits::default(),
        app: "shop".to_owned(),
        env: None,
        job: None,
        tag: None,
        resource_tags: BTreeMap::new(),
        allow_downgrade: false,
        attach: false,
        detach: false,
        diff: false,
        diff_yes: false,
        stack: stack::Options::default(),
    }
}

fn job(fragment: &str) -> Job {
    let required =
        "name: report\ntype: Scheduled Job\nimage: {location: x}\non: {schedule: '@daily'}\n".to_owned();
    let text = required + fragment;
    let source = manifest::Source { path: "copilot/report/manifest.yml", text: &text };
    let target =
        manifest::Target { app: "shop", env: "test", job: "report", lookup: &|_| None, environments: &[] };
    manifest::load(source, target).unwrap_or_else(|findings| panic!("{findings}")).job
}

/// An application whose environment has this version and these features.
fn state(version: &str, features: &[&str]) -> Surroundings<()> {
    Surroundings {
        application: Application {
            name: "shop".to_owned(),
            account: "123456789012".to_owned(),
            ..Application::default()
        },
        environment: Environment {
            name: "test".to_owned(),
            region: "eu-west-1".to_owned(),
            account_id: "123456789012".to_owned(),
            ..Environment::default()
        },
        regional: RegionalResources {
            kms_key_arn: String::new(),
            bucket: String::new(),
            repositories: BTreeMap::new(),
            stack_id: String::new(),
        },
        login: None,
        manager: (),
        stack: None,
        deployed: None,
        env_stack: Stack {
            parameters: features.iter().map(|name| ((*name).to_owned(), String::new())).collect(),
            ..Stack::default()
        },
        subnets: Vec::new(),
        secrets: Vec::new(),
        env_version: version.to_owned(),
    }
}

/// What the check says about a fragment; nothing when the environment will do.
fn complaint(fragment: &str, version: &str, features: &[&str]) -> String {
    let request = request();
    let target = Target::new(&request, "test".to_owned(), "report".to_owned());
    match check(&request, &target, &job(fragment), &state(version, features)) {
        Ok(()) => String::new(),
        Err(error) => error.to_string(),
    }
}

const NAT: &str = "NATWorkloads";
const EFS: &str = "EFSWorkloads";

/// The features that an environment must have, by the rows of the observed behaviour.
#[test]
fn features_a_job_needs() {
    let private = "network: {vpc: {placement: private}}";
    let both = format!("{private}\nstorage: {{volumes: {{a: {{path: /a, efs: true}}}}}}");
    let rows: [(&str, &str, &[&str]); 8] = [
        ("Q01", "cpu: 256", &[]),
        ("Q02", private, &[NAT]),
        ("Q03", "storage: {volumes: {a: {path: /a, efs: true}, b: {path: /b, efs: {id: fs-1}}}}", &[EFS]),
        ("Q04", "storage: {volumes: {b: {path: /b, efs: {id: fs-1}}}}", &[]),
        ("Q05", "storage: {volumes: {b: {path: /b, efs: {uid: 1, gid: 1}}}}", &[EFS]),
        ("Q06", "storage: {volumes: {b: {path: /b, efs: false}}}", &[]),
        ("Q07", &both, &[NAT, EFS]),
        ("Q08", "network: {vpc: {placement: {subnets: [s-1]}}}", &[]),
    ];
    for (id, fragment, needed) in rows {
        for available in [&[][..], &[NAT], &[EFS], &[NAT, EFS]] {
            let complaint = complaint(fragment, "v1.4.0", available);
            let enough = needed.iter().all(|feature| available.contains(feature));
            assert_eq!(complaint.is_empty(), enough, "{id} with {available:?}: {complaint}");
        }
    }
}

#[test]
fn environments_that_will_not_do() {
    let private = "network: {vpc: {placement: private}}";
    let both = format!("{private}\nstorage: {{volumes: {{a: {{path: /a, efs: true}}}}}}");
    let efs = "storage: {volumes: {a: {path: /a, efs: true}}}";
    let needs = |feature: &str| {
        format!(
            "environment test is on version v1.2.0 and does not support {feature}, which job report needs (least version: v1.3.0)"
        )
    };
    let rows = [
        ("AA6", efs, "v1.2.0", &[][..], needs("managed EFS volumes")),
        ("AA7", "", "bootstrap", &[NAT, EFS], "environment test is not deployed yet".to_owned()),
        // The first missing feature is named, NAT gateways before file systems.
        ("AA8", both.as_str(), "v1.2.0", &[], needs("NAT gateways")),
        ("AA8", both.as_str(), "v1.2.0", &[NAT], needs("managed EFS volumes")),
        // What counts is the parameter, not the version.
        ("AA9", private, "v0.1.0", &[NAT], String::new()),
    ];
    for (id, fragment, version, features, want) in rows {
        assert_eq!(complaint(fragment, version, features), want, "{id}");
    }
}

#[test]
fn tags_that_too_many_subnets_have() {
    let request = request();
    let target = Target::new(&request, "test".to_owned(), "report".to_owned());
    let job = job("network: {vpc: {placement: {subnets: {from_tags: {tier: jobs}}}}}");
    let told = |count: usize| {
        let state = Surroundings { subnets: vec!["subnet-1".to_owned(); count], ..state("v1.42.0", &[]) };
        check(&request, &target, &job, &state).map_err(|error| error.to_string())
    };
    assert_eq!(told(16), Ok(()));
    insta::assert_snapshot!(told(17).unwrap_err(), @"copilot/report/manifest.yml: 17 subnets have the tags of `network.vpc.placement.subnets.from_tags`, and Amazon ECS takes up to 16");
}
