//! `env package` and `env override`.

use std::fs;

use crate::support::environments::ENV_MANIFEST;
use crate::support::{World, stable};

#[test]
fn a_directory_of_files() {
    let world = World::after_env_init();
    insta::assert_snapshot!(world.run(&["env", "package", "--name", "test", "--output-dir", "out"]), @"
    exit code: 0
    ----- stderr -----
    Nothing was uploaded. --upload-assets provides what a deployment of the template needs beside it:
      - the code of CertificateValidationFunction at s3://BUCKET/manual/scripts/custom-resources/certificatevalidationfunction/HASH.zip
      - the code of DNSDelegationFunction at s3://BUCKET/manual/scripts/custom-resources/dnsdelegationfunction/HASH.zip
      - the code of CustomDomainFunction at s3://BUCKET/manual/scripts/custom-resources/customdomainfunction/HASH.zip
      - the code of CertificateReplicatorFunction at s3://BUCKET/manual/scripts/custom-resources/certificatereplicatorfunction/HASH.zip
      - the code of BucketCleanerFunction at s3://BUCKET/manual/scripts/custom-resources/bucketcleanerfunction/HASH.zip
      - the code of UniqueJSONValuesFunction at s3://BUCKET/manual/scripts/custom-resources/uniquejsonvaluesfunction/HASH.zip
    Wrote out/test.env.yml, out/test.env.params.json
    ");
    let out = |name: &str| fs::read_to_string(world.workspace.path().join("out").join(name)).unwrap();
    insta::assert_snapshot!(stable(&out("test.env.params.json"), &world), @r#"
    {
      "Parameters": {
        "ALBWorkloads": "",
        "Aliases": "",
        "AppDNSDelegationRole": "",
        "AppDNSName": "",
        "AppName": "demo",
        "AppRunnerPrivateWorkloads": "",
        "CreateHTTPSListener": "false",
        "CreateInternalHTTPSListener": "false",
        "EFSWorkloads": "",
        "EnvironmentName": "test",
        "InternalALBWorkloads": "",
        "NATWorkloads": "",
        "ServiceDiscoveryEndpoint": "test.demo.local",
        "ToolsAccountPrincipalARN": "arn:aws:iam::ACCOUNT:root"
      },
      "Tags": {
        "copilot-application": "demo",
        "copilot-environment": "test"
      }
    }
    "#);
    let printed = world.run(&["env", "package", "--name", "test"]);
    assert_eq!(printed.stdout, out("test.env.yml"));
    let calls = world.account.calls();
    assert_eq!(calls.count("s3:PutObject") + calls.count("cloudformation:CreateChangeSet"), 0);
    let uploaded = world.run(&["env", "package", "--name", "test", "--upload-assets"]);
    assert_eq!(uploaded.stdout, printed.stdout);
    assert_eq!(world.account.calls().count("s3:PutObject"), 6);
}

#[test]
fn comparing_with_what_is_deployed() {
    let world = World::after_env_init();
    let compare = || world.run(&["env", "package", "--name", "test", "--diff"]);
    assert_eq!(compare().code, Some(1));
    world.env_deploy(&["--quiet"]).succeeds();
    insta::assert_snapshot!(compare(), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ");
    world.workspace.file(
        "copilot/environments/test/manifest.yml",
        &ENV_MANIFEST.replace("container_insights: false", "container_insights: true"),
    );
    insta::assert_snapshot!(compare(), @"
    exit code: 1
    ----- stdout -----
    ~ Resources:
        ~ Cluster:
            ~ Properties:
                ~ ClusterSettings:
                    ~ - (changed item)
                      ~ Value: disabled -> enabled
    ");
    world.workspace.file("copilot/environments/test/manifest.yml", "name: [");
    assert_eq!(compare().code, Some(2));
    let forced = world.run(&["env", "package", "--name", "test", "--force", "--output-dir", "out", "--diff"]);
    assert_eq!(forced.code, Some(2));
}

#[test]
fn beginning_overrides() {
    let world = World::after_env_init();
    insta::assert_snapshot!(world.run(&["env", "override", "--tool", "yamlpatch"]), @"
    exit code: 0
    ----- stderr -----
    Wrote copilot/environments/overrides/README.md, copilot/environments/overrides/cfn.patches.yml
    Write the changes into cfn.patches.yml; README.md says how. They apply to all environments: see them with `copilot env package --diff`.
    ");
    insta::assert_snapshot!(world.run(&["env", "override", "--tool", "cdk"]), @"
    exit code: 1
    ----- stderr -----
    ✘ the directory copilot/environments/overrides is not empty
      Change the overrides that are there, or move them away first.
    ");
    let overrides = world.workspace.path().join("copilot/environments/overrides");
    // The patches are comments, so that nothing changes yet.
    world.env_deploy(&["--quiet"]).succeeds();
    fs::remove_dir_all(&overrides).unwrap();
    insta::assert_snapshot!(world.run(&["env", "override", "--tool", "cdk", "--resources", "VPC,Clusters"]), @"
    exit code: 2
    ----- stderr -----
    ✘ --resources: the template has no resource `Clusters` that a CDK app can change
      Did you mean `Cluster`?
    ");
    assert!(!overrides.exists());
    insta::assert_snapshot!(world.run(&["env", "override", "--tool", "cdk"]), @"
    exit code: 2
    ----- stderr -----
    ✘ --resources is missing and there is no terminal to ask on
      Pass --resources with some of: NatGateway1Attachment (AWS::EC2::EIP), NatGateway2Attachment (AWS::EC2::EIP), InternetGateway (AWS::EC2::InternetGateway), NatGateway1 (AWS::EC2::NatGateway), NatGateway2 (AWS::EC2::NatGateway), DefaultPublicRoute (AWS::EC2::Route), PrivateRoute1 (AWS::EC2::Route), PrivateRoute2 (AWS::EC2::Route), PrivateRouteTable1 (AWS::EC2::RouteTable), PrivateRouteTable2 (AWS::EC2::RouteTable), PublicRouteTable (AWS::EC2::RouteTable), AppRunnerVpcEndpointSecurityGroup (AWS::EC2::SecurityGroup), EFSSecurityGroup (AWS::EC2::SecurityGroup), EnvironmentSecurityGroup (AWS::EC2::SecurityGroup), InternalLoadBalancerSecurityGroup (AWS::EC2::SecurityGroup), PublicHTTPLoadBalancerSecurityGroup (AWS::EC2::SecurityGroup), PublicHTTPSLoadBalancerSecurityGroup (AWS::EC2::SecurityGroup), AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment (AWS::EC2::SecurityGroupIngress), EFSSecurityGroupIngressFromEnvironment (AWS::EC2::SecurityGroupIngress), EnvironmentHTTPSSecurityGroupIngressFromPublicALB (AWS::EC2::SecurityGroupIngress), EnvironmentHTTPSecurityGroupIngressFromPublicALB (AWS::EC2::SecurityGroupIngress), EnvironmentSecurityGroupIngressFromInternalALB (AWS::EC2::SecurityGroupIngress), EnvironmentSecurityGroupIngressFromSelf (AWS::EC2::SecurityGroupIngress), InternalALBIngressFromEnvironmentSecurityGroup (AWS::EC2::SecurityGroupIngress), PrivateSubnet1 (AWS::EC2::Subnet), PrivateSubnet2 (AWS::EC2::Subnet), PublicSubnet1 (AWS::EC2::Subnet), PublicSubnet2 (AWS::EC2::Subnet), PrivateRouteTable1Association (AWS::EC2::SubnetRouteTableAssociation), PrivateRouteTable2Association (AWS::EC2::SubnetRouteTableAssociation), PublicSubnet1RouteTableAssociation (AWS::EC2::SubnetRouteTableAssociation), PublicSubnet2RouteTableAssociation (AWS::EC2::SubnetRouteTableAssociation), VPC (AWS::EC2::VPC), AppRunnerVpcEndpoint (AWS::EC2::VPCEndpoint), InternetGatewayAttachment (AWS::EC2::VPCGatewayAttachment), Cluster (AWS::ECS::Cluster), FileSystem (AWS::EFS::FileSystem), MountTarget1 (AWS::EFS::MountTarget), MountTarget2 (AWS::EFS::MountTarget), HTTPListener (AWS::ElasticLoadBalancingV2::Listener), HTTPSListener (AWS::ElasticLoadBalancingV2::Listener), InternalHTTPListener (AWS::ElasticLoadBalancingV2::Listener), InternalHTTPSListener (AWS::ElasticLoadBalancingV2::Listener), InternalLoadBalancer (AWS::ElasticLoadBalancingV2::LoadBalancer), PublicLoadBalancer (AWS::ElasticLoadBalancingV2::LoadBalancer), DefaultHTTPTargetGroup (AWS::ElasticLoadBalancingV2::TargetGroup), DefaultInternalHTTPTargetGroup (AWS::ElasticLoadBalancingV2::TargetGroup), CloudformationExecutionRole (AWS::IAM::Role), CustomResourceRole (AWS::IAM::Role), EnvironmentManagerRole (AWS::IAM::Role), LogResourcePolicy (AWS::Logs::ResourcePolicy), EnvironmentHostedZone (AWS::Route53::HostedZone), InternalWorkloadsHostedZone (AWS::Route53::HostedZone), ServiceDiscoveryNamespace (AWS::ServiceDiscovery::PrivateDnsNamespace).
    ");
    insta::assert_snapshot!(world.run(&["env", "override", "--tool", "cdk", "--resources", "VPC,Cluster"]), @"
    exit code: 0
    ----- stderr -----
    Wrote copilot/environments/overrides/.gitignore, copilot/environments/overrides/README.md, copilot/environments/overrides/bin/override.ts, copilot/environments/overrides/cdk.json, copilot/environments/overrides/package.json, copilot/environments/overrides/stack.ts, copilot/environments/overrides/tsconfig.json
    Each function of stack.ts must be written before the next deployment; README.md says how. They apply to all environments: see them with `copilot env package --diff`.
    ");
    assert!(fs::read_to_string(overrides.join("stack.ts")).unwrap().contains("this.transformVPC();"));
}
