use std::collections::BTreeSet;

use proptest::prelude::*;

use super::ids::*;
use super::testing::*;
use super::*;
use crate::manifest::env::{AccessLogs, Cdn, FlowLogs, ImportedVpc};
use crate::template::cfn::check::{cycles, dangling, required};
use crate::template::cfn::section;
use crate::template::cfn::template::descriptions;
use crate::template::job::reference_tests::{keys, unresolved};
use crate::template::job::testing::keep_rendered;
use crate::yaml;

fn whole(name: &str, (env, inputs): &(Environment, Inputs)) -> String {
    let template = render(env, inputs).unwrap();
    let text = template.to_yaml();
    keep_rendered(&format!("env-{name}"), &text);
    let read = Template { body: yaml::load(&text).unwrap().unwrap(), header: template.header };
    assert_eq!(unresolved(&read.body), Vec::<String>::new(), "{name}");
    text
}

#[test]
fn template_of_a_first_deployment() {
    insta::assert_snapshot!(whole("minimal", &(minimal(), inputs())));
}

#[test]
fn template_of_an_imported_vpc() {
    insta::assert_snapshot!(whole("imported", &imported()));
}

#[test]
fn template_with_domain_distribution_and_access_logs() {
    insta::assert_snapshot!(whole("distributed", &distributed()));
}

#[test]
fn template_of_the_bootstrap_stack() {
    let mut basics = basics();
    basics.region = "cn-north-1".to_owned();
    basics.permissions_boundary = Some("Boundary".to_owned());
    let text = bootstrap::render(&basics).to_yaml();
    keep_rendered("env-bootstrap", &text);
    assert_eq!(unresolved(&yaml::load(&text).unwrap().unwrap()), Vec::<String>::new());
    insta::assert_snapshot!(text);
    let sent = bootstrap::parameters(&basics).into_iter().map(|(name, value)| format!("{name}={value}"));
    insta::assert_snapshot!(sent.collect::<Vec<_>>().join("\n"), @"
    AppName=shop
    EnvironmentName=test
    ToolsAccountPrincipalARN=arn:aws-cn:iam::123456789012:root
    ");
}

/// Logical ids of two templates: those that only the other one has.
fn added((env, inputs): &(Environment, Inputs), others: &(Environment, Inputs)) -> String {
    let ids = |env: &Environment, inputs: &Inputs| {
        let body = render(env, inputs).unwrap().body;
        let outputs = keys(body.get(OUTPUTS)).into_iter().map(|name| format!("output {name}"));
        keys(body.get(RESOURCES)).into_iter().chain(outputs).collect::<BTreeSet<_>>()
    };
    let (before, after) = (ids(env, inputs), ids(&others.0, &others.1));
    let minus = before.difference(&after).map(|id| format!("- {id}"));
    let plus = after.difference(&before).map(|id| format!("+ {id}"));
    minus.chain(plus).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_fields_of_the_manifest_add_and_take_away() {
    let plain = || (minimal(), inputs());
    let with = |change: &dyn Fn(&mut Environment)| {
        let (mut env, inputs) = plain();
        change(&mut env);
        added(&plain(), &(env, inputs))
    };
    insta::assert_snapshot!(with(&|env| env.network.vpc = imported_vpc()), @"
    - AppRunnerVpcEndpoint
    - AppRunnerVpcEndpointSecurityGroup
    - AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment
    - DefaultPublicRoute
    - InternetGateway
    - InternetGatewayAttachment
    - NatGateway1
    - NatGateway1Attachment
    - NatGateway2
    - NatGateway2Attachment
    - PrivateRoute1
    - PrivateRoute2
    - PrivateRouteTable1
    - PrivateRouteTable1Association
    - PrivateRouteTable2
    - PrivateRouteTable2Association
    - PrivateSubnet1
    - PrivateSubnet2
    - PublicRouteTable
    - PublicSubnet1
    - PublicSubnet1RouteTableAssociation
    - PublicSubnet2
    - PublicSubnet2RouteTableAssociation
    - VPC
    - output AppRunnerVpcEndpointId
    - output InternetGatewayID
    - output PrivateRouteTableIDs
    - output PublicRouteTableID
    ");
    insta::assert_snapshot!(with(&|env| env.network.vpc = Vpc::Imported(ImportedVpc {
        id: "vpc-1".to_owned(),
        private_subnets: vec!["subnet-c".to_owned(), "subnet-d".to_owned(), "subnet-e".to_owned()],
        ..ImportedVpc::default()
    })).lines().filter(|line| line.contains("Subnets") || line.starts_with('+')).collect::<Vec<_>>().join("\n"), @"
    - output PublicSubnets
    + MountTarget3
    ");
    insta::assert_snapshot!(with(&|env| env.http.public.certificates = vec![certificate(1), certificate(2)]), @"
    - CertificateValidationFunction
    - CustomDomainAction
    - CustomDomainFunction
    - CustomResourceRole
    - DNSDelegationFunction
    - DelegateDNSAction
    - EnvironmentHostedZone
    - HTTPSCert
    - output EnvironmentHostedZone
    - output EnvironmentSubdomain
    + HTTPSImportCertificate2
    ");
    insta::assert_snapshot!(with(&|env| env.http.private.certificates = vec![certificate(1), certificate(2)]), @"
    - InternalWorkloadsHostedZone
    - output InternalWorkloadsHostedZone
    - output InternalWorkloadsHostedZoneName
    + InternalHTTPSImportCertificate2
    ");
    insta::assert_snapshot!(with(&|env| env.http.private.vpc_ingress = true), @"
    + InternalLoadBalancerSecurityGroupIngressFromHttp
    + InternalLoadBalancerSecurityGroupIngressFromHttps
    ");
    insta::assert_snapshot!(with(&|env| env.http.public.access_logs = Some(AccessLogs::default())), @"
    + BucketCleanerFunction
    + ELBAccessLogsBucket
    + ELBAccessLogsBucketCleanerAction
    + ELBAccessLogsBucketCleanerRole
    + ELBAccessLogsBucketPolicy
    ");
    insta::assert_snapshot!(with(&|env| env.network.flow_logs = FlowLogs::Enabled { retention_days: 14 }), @"
    + FlowLog
    + FlowLogRole
    + VpcFlowLogGroup
    ");
    insta::assert_snapshot!(with(&|env| env.cdn = Some(Cdn::default())), @"
    + CertificateReplicator
    + CertificateReplicatorFunction
    + CloudFrontDistribution
    + output CloudFrontDomainName
    ");
    insta::assert_snapshot!(added(&plain(), &distributed_with_certificates()), @"
    - CertificateValidationFunction
    - CustomDomainAction
    - CustomDomainFunction
    - CustomResourceRole
    - DNSDelegationFunction
    - DelegateDNSAction
    - EnvironmentHostedZone
    - HTTPSCert
    - output EnvironmentHostedZone
    - output EnvironmentSubdomain
    + CloudFrontDistribution
    + CloudFrontOriginAccessControl
    + UniqueAliasesAction
    + UniqueJSONValuesFunction
    + UniqueJSONValuesFunctionRole
    + output CloudFrontDomainName
    ");
}

/// A domain adds no resource: the conditions of those that are there come true. What else it changes is the distribution's.
#[test]
fn distributions_get_a_certificate_by_domain_and_manifest() {
    let mut lines = Vec::new();
    for (certificate_of_cdn, public, domain) in [
        (false, false, false),
        (false, false, true),
        (true, false, true),
        (true, true, false),
        (true, true, true),
    ] {
        let (mut env, mut inputs) = (minimal(), inputs());
        env.cdn = Some(Cdn { certificate: certificate_of_cdn.then(|| certificate(9)), ..Cdn::default() });
        env.http.public.certificates = public.then(|| certificate(1)).into_iter().collect();
        inputs.domain = domain.then(|| "example.com".to_owned());
        let body = render(&env, &inputs).unwrap().body;
        let path = ["Resources", DISTRIBUTION, "Properties", "DistributionConfig"];
        let config = path.iter().fold(&body, |node, key| node.get(key).unwrap());
        let ids = keys(body.get(RESOURCES));
        let certificate = match config.get("ViewerCertificate") {
            None => "CloudFront's",
            Some(node) if node.get("AcmCertificateArn").is_some() => "the manifest's",
            Some(_) => "the domain's, if there is one",
        };
        lines.push(format!(
            "cdn.certificate {certificate_of_cdn}, http.public.certificates {public}, domain {domain}: {certificate}; aliases {}, function {}, replica {}",
            config.get("Aliases").is_some(),
            ids.contains(UNIQUE_ALIASES),
            ids.contains(CERTIFICATE_REPLICA),
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    cdn.certificate false, http.public.certificates false, domain false: the domain's, if there is one; aliases false, function false, replica true
    cdn.certificate false, http.public.certificates false, domain true: the domain's, if there is one; aliases true, function true, replica true
    cdn.certificate true, http.public.certificates false, domain true: the manifest's; aliases true, function true, replica false
    cdn.certificate true, http.public.certificates true, domain false: the manifest's; aliases true, function true, replica false
    cdn.certificate true, http.public.certificates true, domain true: the manifest's; aliases true, function true, replica false
    ");
}

#[test]
fn conditions_of_resources() {
    let body = render(&distributed().0, &distributed().1).unwrap().body;
    let mut by_condition: Vec<(String, Vec<&str>)> = Vec::new();
    for (_, id, resource) in section::entries(&body, RESOURCES) {
        let condition = resource.get("Condition").and_then(Node::as_text).unwrap_or("always").to_owned();
        match by_condition.iter_mut().find(|(name, _)| *name == condition) {
            Some((_, ids)) => ids.push(id),
            None => by_condition.push((condition, vec![id])),
        }
    }
    let lines = by_condition.iter().map(|(condition, ids)| format!("{condition}: {}", ids.join(" ")));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    always: CloudformationExecutionRole EnvironmentManagerRole ELBAccessLogsBucket ELBAccessLogsBucketCleanerAction BucketCleanerFunction ELBAccessLogsBucketCleanerRole VPC PublicRouteTable DefaultPublicRoute InternetGateway InternetGatewayAttachment PublicSubnet1 PublicSubnet2 PrivateSubnet1 PrivateSubnet2 PublicSubnet1RouteTableAssociation PublicSubnet2RouteTableAssociation ServiceDiscoveryNamespace Cluster EnvironmentSecurityGroup EnvironmentSecurityGroupIngressFromSelf LogResourcePolicy
    CreateALB: ELBAccessLogsBucketPolicy UniqueJSONValuesFunctionRole UniqueJSONValuesFunction UniqueAliasesAction CloudFrontDistribution PublicHTTPLoadBalancerSecurityGroup EnvironmentHTTPSecurityGroupIngressFromPublicALB PublicLoadBalancer DefaultHTTPTargetGroup HTTPListener
    DelegateDNS: CertificateReplicatorFunction CertificateReplicator CustomResourceRole EnvironmentHostedZone CertificateValidationFunction DNSDelegationFunction DelegateDNSAction HTTPSCert
    CreateNATGateways: NatGateway1Attachment NatGateway1 PrivateRouteTable1 PrivateRoute1 PrivateRouteTable1Association NatGateway2Attachment NatGateway2 PrivateRouteTable2 PrivateRoute2 PrivateRouteTable2Association
    ExportHTTPSListener: PublicHTTPSLoadBalancerSecurityGroup EnvironmentHTTPSSecurityGroupIngressFromPublicALB HTTPSListener
    CreateInternalALB: InternalLoadBalancerSecurityGroup EnvironmentSecurityGroupIngressFromInternalALB InternalALBIngressFromEnvironmentSecurityGroup InternalLoadBalancer DefaultInternalHTTPTargetGroup InternalHTTPListener InternalWorkloadsHostedZone
    ExportInternalHTTPSListener: InternalHTTPSListener
    CreateEFS: FileSystem EFSSecurityGroup EFSSecurityGroupIngressFromEnvironment MountTarget1 MountTarget2
    ManagedAliases: CustomDomainFunction CustomDomainAction
    CreateAppRunnerVPCEndpoint: AppRunnerVpcEndpointSecurityGroup AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment AppRunnerVpcEndpoint
    ");
}

#[test]
fn the_two_roles_stay_when_the_stack_is_deleted() {
    for body in [bootstrap::render(&basics()).body, render(&minimal(), &inputs()).unwrap().body] {
        let retained: Vec<&str> = section::entries(&body, RESOURCES)
            .filter(|(.., resource)| resource.get("DeletionPolicy").is_some())
            .map(|(_, id, _)| id)
            .collect();
        assert_eq!(retained, [EXECUTION_ROLE, MANAGER_ROLE]);
    }
}

#[test]
fn a_function_of_the_deployed_stack_can_start_until_it_is_deleted() {
    let trusted = |inputs: &Inputs| {
        let body = render(&minimal(), inputs).unwrap().body;
        let path = ["Resources", EXECUTION_ROLE, "Properties", "AssumeRolePolicyDocument", "Statement"];
        yaml::emit(path.iter().fold(&body, |node, key| node.get(key).unwrap()))
    };
    let mut inputs = inputs();
    assert!(!trusted(&inputs).contains("lambda"));
    inputs.deployed.function_with_execution_role = true;
    insta::assert_snapshot!(trusted(&inputs), @"
    - Effect: Allow
      Principal:
        Service:
          - cloudformation.amazonaws.com
          - lambda.amazonaws.com
      Action: sts:AssumeRole
    ");
}

#[test]
fn only_the_whole_stack_reads_runs_of_jobs() {
    let sids = |body: &Node| {
        let path = ["Resources", MANAGER_ROLE, "Properties", "Policies"];
        let policies = path.iter().fold(body, |node, key| node.get(key).unwrap());
        let text = yaml::emit(policies);
        let sids = text.lines().filter_map(|line| Some(line.split_once("Sid: ")?.1.to_owned()));
        sids.collect::<Vec<_>>().join(" ")
    };
    insta::assert_snapshot!(sids(&bootstrap::render(&basics()).body), @"CloudwatchLogs Cloudwatch ECS ExecuteCommand StartStateMachine CloudFormation GetAndPassCopilotRoles ECR ResourceGroups SSM SSMSecret SSMSession ELBv2 BuiltArtifactAccess PutObjectsToArtifactBucket EncryptObjectsInArtifactBucket EC2 AppRunner Tags ApplicationAutoscaling DeleteRoles DeleteEnvStack RDS");
    insta::assert_snapshot!(sids(&render(&minimal(), &inputs()).unwrap().body), @"CloudwatchLogs Cloudwatch ECS ExecuteCommand StartStateMachine ReadJobRuns CloudFormation GetAndPassCopilotRoles ECR ResourceGroups SSM SSMSecret SSMSession ELBv2 BuiltArtifactAccess PutObjectsToArtifactBucket EncryptObjectsInArtifactBucket EC2 AppRunner Tags ApplicationAutoscaling DeleteRoles DeleteEnvStack RDS");
    let (env, inputs) = imported();
    insta::assert_snapshot!(sids(&render(&env, &inputs).unwrap().body), @"ImportedCertificates CloudwatchLogs Cloudwatch ECS ExecuteCommand StartStateMachine ReadJobRuns CloudFormation GetAndPassCopilotRoles ECR ResourceGroups SSM SSMSecret SSMSession ELBv2 BuiltArtifactAccess PutObjectsToArtifactBucket EncryptObjectsInArtifactBucket EC2 AppRunner Tags ApplicationAutoscaling DeleteRoles DeleteEnvStack RDS");
}

#[test]
fn flow_logs_that_nobody_asked_for_are_kept_and_never_made() {
    for (wanted, deployed, expected) in [
        (FlowLogs::Unset, None, None),
        (FlowLogs::Unset, Some(14), None),
        (FlowLogs::Disabled, None, None),
        (FlowLogs::Disabled, Some(14), Some("14")),
        (FlowLogs::Enabled { retention_days: 30 }, None, Some("30")),
        (FlowLogs::Enabled { retention_days: 30 }, Some(14), Some("30")),
    ] {
        let (mut env, mut inputs) = (minimal(), inputs());
        env.network.flow_logs = wanted;
        inputs.deployed.flow_logs = deployed;
        let body = render(&env, &inputs).unwrap().body;
        let path = ["Resources", "VpcFlowLogGroup", "Properties", "RetentionInDays"];
        let days = path.iter().try_fold(&body, |node, key| node.get(key));
        assert_eq!(days.and_then(Node::as_text), expected, "{wanted:?}, deployed {deployed:?}");
        assert_eq!(keys(body.get(RESOURCES)).contains("FlowLogRole"), expected.is_some());
    }
}

#[test]
fn nobody_is_let_in_when_cloudfronts_addresses_are_not_known() {
    let (env, mut inputs) = distributed();
    inputs.cdn_prefix_lists.clear();
    let error = render(&env, &inputs).unwrap_err();
    insta::assert_snapshot!(error, @"no list of CloudFront's addresses was found in us-west-2, so the load balancer would be open to everybody");
    insta::assert_snapshot!(error.hints().join("\n"), @r#"Remove "cdn" from "http.public.ingress" of the manifest, or deploy to a region with CloudFront's managed prefix list."#);
}

#[test]
fn descriptions_follow_the_template() {
    let (env, inputs) = imported();
    let body = render(&env, &inputs).unwrap().body;
    let lines: Vec<String> =
        descriptions(&body).into_iter().map(|d| format!("{} [{}] {}", d.id, d.kind, d.description)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn functions_of_the_manifest_are_functions_in_the_template() {
    let (mut env, inputs) = (minimal(), inputs());
    env.http.public.certificates = vec!["!ImportValue shop-Certificate".to_owned()];
    env.network.vpc = Vpc::Imported(ImportedVpc {
        id: "!ImportValue shop-Vpc".to_owned(),
        public_subnets: vec!["!ImportValue shop-A".to_owned(), "'subnet-b'".to_owned()],
        private_subnets: Vec::new(),
    });
    let body = render(&env, &inputs).unwrap().body;
    let outputs = body.get(OUTPUTS).unwrap();
    let shown =
        ["VpcId", "PublicSubnets"].map(|name| yaml::emit(outputs.get(name).unwrap().get("Value").unwrap()));
    insta::assert_snapshot!(shown.join("---\n"), @r#"
    !ImportValue shop-Vpc
    ---
    !Join
    - ","
    - - !ImportValue shop-A
      - subnet-b
    "#);
    let listener = body.get(RESOURCES).unwrap().get(HTTPS_LISTENER).unwrap();
    insta::assert_snapshot!(yaml::emit(listener.get("Properties").unwrap().get("Certificates").unwrap()), @"- CertificateArn: !ImportValue shop-Certificate");
}

fn any_environment() -> impl Strategy<Value = (Environment, Inputs)> {
    let flags = proptest::array::uniform10(any::<bool>());
    (flags, 1..4_usize, 0..4_usize, 0..3_u8).prop_map(|(flags, subnets, certificates, flow_logs)| {
        let [imported, domain, cdn, cdn_certificate, logs, own_logs, boundary, private, ingress, source] =
            flags;
        let (mut env, mut inputs) = (minimal(), inputs());
        if imported {
            let ids = |kind: &str| (0..subnets).map(|number| format!("subnet-{kind}{number}")).collect();
            env.network.vpc = Vpc::Imported(ImportedVpc {
                id: "vpc-1".to_owned(),
                public_subnets: if private { Vec::new() } else { ids("a") },
                private_subnets: ids("b"),
            });
        }
        env.network.flow_logs = match flow_logs {
            0 => FlowLogs::Unset,
            1 => FlowLogs::Disabled,
            _ => FlowLogs::Enabled { retention_days: 7 },
        };
        inputs.domain = domain.then(|| "example.com".to_owned());
        inputs.basics.permissions_boundary = boundary.then(|| "Boundary".to_owned());
        env.cdn = cdn.then(|| Cdn { certificate: cdn_certificate.then(|| certificate(9)), ..Cdn::default() });
        env.http.public.certificates = (0..certificates).map(|_| certificate(1)).collect();
        env.http.private.certificates = if private { vec![certificate(2)] } else { Vec::new() };
        env.http.private.vpc_ingress = ingress;
        let bucket_name = (!own_logs).then(|| "logs".to_owned());
        env.http.public.access_logs = logs.then_some(AccessLogs { bucket_name, prefix: None });
        env.http.public.ingress.source_ips = source.then(|| "1.1.1.1/32".to_owned()).into_iter().collect();
        (env, inputs)
    })
}

proptest! {
    #[test]
    fn any_template_is_sound((env, inputs) in any_environment()) {
        let template = render(&env, &inputs).unwrap();
        let body = yaml::load(&template.to_yaml()).unwrap().unwrap();
        prop_assert_eq!(unresolved(&body), Vec::<String>::new());
        prop_assert_eq!(required::find(&body).len(), 0);
        prop_assert_eq!(dangling::find(&body).len(), 0);
        prop_assert!(cycles::check(&body).is_ok());
        prop_assert_eq!(render(&env, &inputs).unwrap(), template);
        let sent: BTreeSet<String> = parameters(&env, &inputs).unwrap().into_iter().map(|(name, _)| name).collect();
        prop_assert_eq!(keys(body.get(PARAMETERS)), sent);
        prop_assert!(check_parameters(&body, &env, &inputs).is_ok());
    }
}
