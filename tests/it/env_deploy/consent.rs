//! Changes that are asked about.

use super::{ADDON, insights};
use crate::local_aws::{Change, Environment};
use crate::support::World;
use crate::support::environments::{ENV_MANIFEST, ENV_STACK, workspace};

/// A deployment of another network is refused before anything is uploaded.
#[test]
fn another_network_needs_consent() {
    let manifest = format!(
        "{ENV_MANIFEST}network:
  vpc:
    id: vpc-0123456789abcdef0
    subnets:
      public: [{{id: subnet-0a}}, {{id: subnet-0b}}]
      private: [{{id: subnet-0c}}, {{id: subnet-0d}}]
"
    );
    let world = World::of_environment(Environment::new("test"), workspace(&manifest));
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    First update of stack demo-test after AWS Copilot CLI (template v1.34.1). It changes:
      - CertificateValidationFunction
      - CloudformationExecutionRole: AssumeRolePolicyDocument.Statement, Path, Policies
      - Cluster: ClusterSettings, Configuration
      - CustomDomainAction
      - CustomDomainFunction
      - CustomResourceRole
      - DNSDelegationFunction
      - DefaultHTTPTargetGroup
      - DefaultInternalHTTPTargetGroup
      - DelegateDNSAction
      - EFSSecurityGroup
      - EFSSecurityGroupIngressFromEnvironment
      - and 34 more
    Warning: the network of environment test would become another one:
      - the environment has a VPC of its own (10.0.0.0/16), which would be deleted, and the manifest names vpc-ID

    Change the network anyway? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    assert_eq!(world.account.calls().count("s3:PutObject"), 0);
    let other = "network:\n  vpc:\n    cidr: 10.1.0.0/16\n    subnets:\n      public:\n        - {cidr: 10.1.0.0/24}\n        - {cidr: 10.1.1.0/24}\n      private:\n        - {cidr: 10.1.2.0/24}\n        - {cidr: 10.1.3.0/24}\n";
    world.workspace.file("copilot/environments/test/manifest.yml", &format!("{ENV_MANIFEST}{other}"));
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    First update of stack demo-test after AWS Copilot CLI (template v1.34.1). It changes:
      - AppRunnerVpcEndpoint
      - AppRunnerVpcEndpointSecurityGroup
      - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
      - CertificateValidationFunction
      - CloudformationExecutionRole: AssumeRolePolicyDocument.Statement, Path, Policies
      - Cluster: ClusterSettings, Configuration
      - CustomDomainAction
      - CustomDomainFunction
      - CustomResourceRole
      - DNSDelegationFunction
      - DefaultHTTPTargetGroup
      - DefaultInternalHTTPTargetGroup
      - and 53 more
    Warning: the network of environment test would become another one:
      - the VPC's addresses are 10.0.0.0/16, and the manifest says 10.1.0.0/16: it would be replaced with everything in it

    Change the network anyway? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
}

/// Everything that others use is protected: a change set that replaces or removes it needs consent.
#[test]
fn replaced_and_removed_resources_need_consent() {
    let world = World::after_env_init();
    world.env_deploy(&["--quiet"]).succeeds();
    insights(&world);
    let replaced = |id: &str, kind: &str| Change::new("Modify", id, kind).replacement("True");
    world.account.tell_changes(
        ENV_STACK,
        vec![vec![
            replaced("VPC", "AWS::EC2::VPC"),
            replaced("PublicSubnet1", "AWS::EC2::Subnet"),
            replaced("Cluster", "AWS::ECS::Cluster"),
            replaced("ServiceDiscoveryNamespace", "AWS::ServiceDiscovery::PrivateDnsNamespace"),
            replaced("EnvironmentSecurityGroup", "AWS::EC2::SecurityGroup"),
            Change::new("Remove", "FileSystem", "AWS::EFS::FileSystem"),
            Change::new("Remove", "PublicLoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
            Change::new("Remove", "HTTPListener", "AWS::ElasticLoadBalancingV2::Listener"),
            Change::new("Remove", "EnvironmentManagerRole", "AWS::IAM::Role").policy("Retain"),
            Change::new("Modify", "HTTPSCert", "Custom::CertificateValidationFunction")
                .replacement("Conditional"),
            Change::new("Remove", "PublicRoute", "AWS::EC2::Route"),
        ]],
    );
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    Warning: this update of stack demo-test replaces or deletes, or may replace, what may hold data or what others refer to:
      - VPC (AWS::EC2::VPC) will be replaced
      - PublicSubnet1 (AWS::EC2::Subnet) will be replaced
      - Cluster (AWS::ECS::Cluster) will be replaced
      - ServiceDiscoveryNamespace (AWS::ServiceDiscovery::PrivateDnsNamespace) will be replaced
      - EnvironmentSecurityGroup (AWS::EC2::SecurityGroup) will be replaced
      - FileSystem (AWS::EFS::FileSystem) will be deleted; all its files go too
      - PublicLoadBalancer (AWS::ElasticLoadBalancingV2::LoadBalancer) will be deleted
      - HTTPListener (AWS::ElasticLoadBalancingV2::Listener) will be deleted
      - HTTPSCert (Custom::CertificateValidationFunction) may be replaced

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test
    ✘ environment test was not deployed: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
}

/// Addons that are not in this checkout are not deleted by the way.
#[test]
fn vanished_addons_need_consent() {
    let world = World::after_env_init();
    world.workspace.file("copilot/environments/addons/items.yml", ADDON);
    insta::assert_snapshot!(world.env_deploy(&[]).outline().lines().last().unwrap(), @"✔ Deployed environment test.");
    std::fs::remove_dir_all(world.workspace.path().join("copilot/environments/addons")).unwrap();
    insta::assert_snapshot!(world.env_deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test
    Warning: this update of stack demo-test replaces or deletes, or may replace, what may hold data or what others refer to:
      - AddonsStack (AWS::CloudFormation::Stack) will be deleted; everything in it goes too, with the data of Table (AWS::DynamoDB::Table); there are no templates in copilot/environments/addons: is this the right branch, and a complete checkout?

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test
    ✘ environment test was not deployed: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    let said = world.env_deploy(&["--diff-yes"]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let package = world.run(&["env", "package", "--name", "test", "--diff"]);
    assert_eq!(package.code, Some(1), "{}", package.stderr);
    assert!(package.stdout.contains("AddonsStack"), "{}", package.stdout);
    world.env_deploy(&["--allow-replacement"]).succeeds();
    assert!(!world.env_stack().contains("AddonsStack"));
}
