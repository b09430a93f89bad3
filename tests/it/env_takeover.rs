//! Environments that the old tool deployed, updated by this program: what changes, version by version. The templates are those of
//! a conformance folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::local_aws::Environment;
use crate::support::environments::{ENV_MANIFEST, workspace};
use crate::support::{World, stable};
use crate::takeover::typed;

const CONFORMANCE_DIR: &str = "COPILOT_CONFORMANCE_DIR";
const SECTIONS: [&str; 3] = ["Conditions", "Resources", "Outputs"];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os(CONFORMANCE_DIR);
    if folder.is_none() {
        println!("takeovers were NOT checked: set {CONFORMANCE_DIR}");
    }
    folder.map(PathBuf::from)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The last template as an earlier version had it: without what hangs on parameters that came later.
fn without_later_parts(template: &mut Value, version: &str, parameters: &BTreeSet<String>) {
    template["Metadata"]["Version"] = version.into();
    let later: Vec<String> = template["Parameters"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| !parameters.contains(*name))
        .cloned()
        .collect();
    let mut gone: BTreeSet<String> = later.into_iter().collect();
    template["Parameters"].as_object_mut().unwrap().retain(|name, _| !gone.contains(name));
    loop {
        let before = gone.len();
        for section in SECTIONS {
            template[section].as_object_mut().unwrap().retain(|name, value| {
                let text = value.to_string();
                let names = |gone: &String| {
                    text.contains(&format!("\"{gone}\"")) || text.contains(&format!("${{{gone}}}"))
                };
                let keep = !gone.iter().any(names);
                if !keep {
                    gone.insert(name.clone());
                }
                keep
            });
        }
        if gone.len() == before {
            break;
        }
    }
}

/// An environment whose stack has this template, with the case's names replaced.
fn environment(template: &Value, parameters: &BTreeMap<String, String>) -> Environment {
    let here = |text: &str| text.replace("my-app", "demo");
    let usual = ["AppName", "EnvironmentName", "ToolsAccountPrincipalARN"];
    let others = parameters.iter().filter(|(name, _)| !usual.contains(&name.as_str()));
    let text = here(&typed(template.clone()).to_string());
    others.fold(Environment::new("test").template(&text), |environment, (name, value)| {
        environment.parameter(name, &here(value))
    })
}

/// How an update ended, what it was announced to change, and what it asked about.
fn update(world: &World) -> String {
    let said = world.env_deploy(&[]);
    let text = stable(&crate::support::without_times(&said.stderr), world);
    let mut told = format!("exit code {}\n", said.code.unwrap());
    let mut listing = false;
    for line in text.lines() {
        listing = line.starts_with("First update")
            || line.starts_with("Warning")
            || (listing && line.starts_with("  - "));
        if listing || line.starts_with('✘') {
            told.push_str(&format!("    {line}\n"));
        }
    }
    told
}

#[test]
fn every_version_is_updated_in_place_or_refused() {
    let Some(folder) = folder() else { return };
    let versions = read(&folder.join("metadata/versions.json"));
    let case = folder.join("env/default");
    let (mut table, mut seen) = (Vec::<(String, Vec<String>)>::new(), BTreeSet::new());
    for release in versions.as_array().unwrap() {
        let version = release["environment_template"].as_str().unwrap();
        let known: BTreeSet<String> =
            serde_json::from_value(release["environment_parameters"].clone()).unwrap();
        if !seen.insert((version.to_owned(), known.clone())) {
            continue;
        }
        let mut template = read(&case.join("template.json"));
        without_later_parts(&mut template, version, &known);
        let mut parameters: BTreeMap<String, String> =
            serde_json::from_value(read(&case.join("params.json"))["Parameters"].clone()).unwrap();
        parameters.insert("NATWorkloads".to_owned(), "report-gen".to_owned());
        parameters.insert("EFSWorkloads".to_owned(), "other".to_owned());
        parameters.insert("ServiceDiscoveryEndpoint".to_owned(), "demo.local".to_owned());
        parameters.retain(|name, _| known.contains(name));
        let world = World::of_environment(environment(&template, &parameters), workspace(ENV_MANIFEST));
        let told = update(&world);
        let all = world.env_parameters();
        let kept = ["EFSWorkloads", "NATWorkloads", "ServiceDiscoveryEndpoint"];
        let kept: Vec<&str> =
            all.lines().filter(|line| kept.iter().any(|name| line.starts_with(name))).collect();
        // Versions with the same result are told together.
        let told = format!("{}: {}", kept.join(", "), told.replace(version, "VERSION"));
        match table.iter_mut().find(|(other, _)| *other == told) {
            Some((_, versions)) => versions.push(version.to_owned()),
            None => table.push((told, vec![version.to_owned()])),
        }
    }
    let table: String =
        table.iter().map(|(told, versions)| format!("{}\n  {told}", versions.join(", "))).collect();
    insta::assert_snapshot!(table, @"
    v1.0.0, v1.1.0, v1.2.0
      EFSWorkloads=, NATWorkloads=, ServiceDiscoveryEndpoint=demo.local: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template VERSION). It changes:
          - AppRunnerVpcEndpoint
          - AppRunnerVpcEndpointSecurityGroup
          - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainAction
          - CustomDomainFunction
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DefaultInternalHTTPTargetGroup
          - EFSSecurityGroup
          - EFSSecurityGroupIngressFromEnvironment
          - EnvironmentHTTPSSecurityGroupIngressFromPublicALB
          - EnvironmentManagerRole: Policies
          - and 30 more
    v1.3.0, v1.3.1
      EFSWorkloads=other, NATWorkloads=report-gen, ServiceDiscoveryEndpoint=demo.local: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template VERSION). It changes:
          - AppRunnerVpcEndpoint
          - AppRunnerVpcEndpointSecurityGroup
          - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainAction
          - CustomDomainFunction
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DefaultInternalHTTPTargetGroup
          - EnvironmentHTTPSSecurityGroupIngressFromPublicALB
          - EnvironmentManagerRole: Policies
          - EnvironmentSecurityGroupIngressFromInternalALB
          - HTTPListener
          - and 15 more
    v1.4.0, v1.4.1
      EFSWorkloads=other, NATWorkloads=report-gen, ServiceDiscoveryEndpoint=demo.local: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template VERSION). It changes:
          - AppRunnerVpcEndpoint
          - AppRunnerVpcEndpointSecurityGroup
          - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainAction
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DefaultInternalHTTPTargetGroup
          - EnvironmentHTTPSSecurityGroupIngressFromPublicALB
          - EnvironmentManagerRole: Policies
          - EnvironmentSecurityGroupIngressFromInternalALB
          - HTTPListener
          - and 14 more
    v1.5.1, v1.6.1, v1.7.0, v1.8.0
      EFSWorkloads=other, NATWorkloads=report-gen, ServiceDiscoveryEndpoint=demo.local: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template VERSION). It changes:
          - AppRunnerVpcEndpoint
          - AppRunnerVpcEndpointSecurityGroup
          - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainAction
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DefaultInternalHTTPTargetGroup
          - EnvironmentHTTPSSecurityGroupIngressFromPublicALB
          - EnvironmentManagerRole: Policies
          - EnvironmentSecurityGroupIngressFromInternalALB
          - HTTPListener
          - and 13 more
    v1.9.0
      EFSWorkloads=other, NATWorkloads=report-gen, ServiceDiscoveryEndpoint=demo.local: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template VERSION). It changes:
          - AppRunnerVpcEndpoint
          - AppRunnerVpcEndpointSecurityGroup
          - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DefaultInternalHTTPTargetGroup
          - EnvironmentManagerRole: Policies
          - EnvironmentSecurityGroupIngressFromInternalALB
          - InternalALBIngressFromEnvironmentSecurityGroup
          - InternalHTTPListener
          - InternalHTTPSListener
          - and 7 more
    v1.10.1, v1.12.0, v1.12.1, v1.12.2, v1.12.3
      EFSWorkloads=other, NATWorkloads=report-gen, ServiceDiscoveryEndpoint=demo.local: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template VERSION). It changes:
          - AppRunnerVpcEndpoint
          - AppRunnerVpcEndpointSecurityGroup
          - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
          - Conditions: CreateAppRunnerVPCEndpoint
          - Outputs: AppRunnerVpcEndpointId, EnabledFeatures
          - Parameters: AppRunnerPrivateWorkloads
          - values of parameters: AppRunnerPrivateWorkloads
    v1.13.0, same as cli
      EFSWorkloads=other, NATWorkloads=report-gen, ServiceDiscoveryEndpoint=demo.local: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template VERSION). It changes:
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
    ");
}

/// The whole template of the last version: which resources an update changes.
#[test]
fn resources_that_the_first_update_changes() {
    let Some(folder) = folder() else { return };
    let mut table = String::new();
    for case in [
        "default",
        "flow-logs",
        "flow-logs-false",
        "adjusted-3az-unsorted",
        "security-group-rules",
        "container-insights",
    ] {
        let case = folder.join("env").join(case);
        let parameters =
            serde_json::from_value(read(&case.join("params.json"))["Parameters"].clone()).unwrap();
        let template = read(&case.join("template.json"));
        let manifest = fs::read_to_string(case.join("manifest.yml")).unwrap();
        let world = World::of_environment(environment(&template, &parameters), workspace(&manifest));
        table.push_str(&format!("{}: {}", case.file_name().unwrap().to_string_lossy(), update(&world)));
    }
    insta::assert_snapshot!(table, @"
    default: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template v1.34.0). It changes:
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
    flow-logs: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template v1.34.0). It changes:
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
    flow-logs-false: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template v1.34.0). It changes:
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
        Warning: `network.vpc.flow_logs` is false, but the environment has flow logs: AWS Copilot CLI took `false` for `true`. They stay, as switching them off deletes the logs. Remove the field from the manifest to have them deleted.
    adjusted-3az-unsorted: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template v1.34.0). It changes:
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
    security-group-rules: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template v1.34.0). It changes:
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
    container-insights: exit code 0
        First update of stack demo-test after AWS Copilot CLI (template v1.34.0). It changes:
          - CertificateValidationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - CustomDomainFunction: Code.S3Bucket, Code.S3Key, Runtime
          - DNSDelegationFunction: Code.S3Bucket, Code.S3Key, Runtime
          - EnvironmentManagerRole: Policies
    ");
}
